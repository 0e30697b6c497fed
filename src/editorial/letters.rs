//! 转送函: the office's own letter of a 直转, in the place of the one that comes with the program.

use std::path::Path;

use crate::bulletin::Letter;

/// The one letter that there is, by the name of its file.
const TRANSFER: &str = "transfer.toml";

/// The letter of the office's folder; the compiled-in one where the folder is not named or has none.
///
/// # Errors
/// Which file is wrong and why, in Chinese: also one of a name that nothing asks for, which would be passed over in
/// silence.
pub fn load_letter(dir: &Path) -> Result<Letter, String> {
    let mut letter = Letter::from_toml(Letter::compiled_in(), "config/letters/transfer.toml")?;
    if dir.as_os_str().is_empty() {
        return Ok(letter);
    }
    let unreadable = |error: std::io::Error| format!("无法读取转送函目录 {}：{error}", dir.display());
    for entry in std::fs::read_dir(dir).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.extension().is_none_or(|end| end != "toml") {
            continue;
        }
        if path.file_name().is_none_or(|name| name != TRANSFER) {
            return Err(format!("{}：没有这种函，转送函的文件名须为 {TRANSFER}", path.display()));
        }
        let text = std::fs::read_to_string(&path)
            .map_err(|error| format!("无法读取 {}：{error}", path.display()))?;
        letter = Letter::from_toml(&text, &path.display().to_string())?;
    }
    Ok(letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_own_letter_takes_the_place_of_the_programs_and_a_wrong_one_is_named() {
        let dir = tempfile::tempdir().expect("dir");
        let standard = load_letter(Path::new("")).expect("compiled in");
        assert_eq!(load_letter(dir.path()).expect("an empty folder"), standard);
        let put = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).expect("written");
        put("transfer.toml", "title = '函'\nbody = '{收文单位}：请办。{发文单位}'\nattached = '附：{题目}'");
        put("readme.txt", "no letter");
        assert_ne!(load_letter(dir.path()).expect("its own"), standard);
        put("transfer.toml", "title = '函'");
        assert!(load_letter(dir.path()).expect_err("half").contains("transfer.toml"));
        put("letter.toml", "");
        assert!(load_letter(dir.path()).is_err());
        assert!(load_letter(&dir.path().join("none")).expect_err("no folder").contains("转送函目录"));
    }
}
