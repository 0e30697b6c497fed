//! DOC and WPS files as DOCX, by LibreOffice where it is installed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Files that one start of LibreOffice converts: starting takes longer than converting.
const AT_ONCE: usize = 50;
/// Said where it is not installed.
const MISSING: &str = "未装 LibreOffice（soffice），不能读 DOC、WPS；装上后重试，或先另存为 DOCX";

/// Converted files; they are gone when this is dropped.
pub(super) struct Converted {
    made: BTreeMap<PathBuf, Result<PathBuf, String>>,
    _work: Option<tempfile::TempDir>,
}

impl Converted {
    /// Where the DOCX of a file lies, or why there is none; `None` = it was not to be converted.
    pub(super) fn of(&self, path: &Path) -> Option<&Result<PathBuf, String>> {
        self.made.get(path)
    }
}

/// Converts files, each under a name of its own: two folders may hold files of one name.
pub(super) fn convert(files: &[PathBuf], program: &str) -> std::io::Result<Converted> {
    let mut made = BTreeMap::new();
    if files.is_empty() {
        return Ok(Converted { made, _work: None });
    }
    let work = tempfile::tempdir()?;
    let (from, to) = (work.path().join("from"), work.path().join("to"));
    std::fs::create_dir_all(&from)?;
    for (batch, group) in files.chunks(AT_ONCE).enumerate() {
        let mut named = Vec::new();
        for (at, path) in group.iter().enumerate() {
            // LibreOffice tells formats by what files hold; WPS writes what DOC holds.
            let copy = from.join(format!("{batch}-{at}.doc"));
            std::fs::copy(path, &copy)?;
            named.push((path, to.join(format!("{batch}-{at}.docx")), copy));
        }
        // A profile of its own: the one of the user may be open in another window, or not be writable.
        let run = Command::new(program)
            .arg(format!("-env:UserInstallation=file://{}", work.path().join("profile").display()))
            .args(["--headless", "--convert-to", "docx:MS Word 2007 XML", "--outdir"])
            .arg(&to)
            .args(named.iter().map(|(_, _, copy)| copy))
            .output();
        let why = match &run {
            Err(_) => MISSING.to_owned(),
            Ok(run) => {
                let said = String::from_utf8_lossy(&run.stderr);
                format!("LibreOffice 未能转换 {}", said.lines().next().unwrap_or_default())
                    .trim_end()
                    .to_owned()
            }
        };
        for (path, docx, _) in named {
            let result = if docx.exists() { Ok(docx) } else { Err(why.clone()) };
            made.insert(path.clone(), result);
        }
    }
    Ok(Converted { made, _work: Some(work) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_the_program_it_is_said_plainly() {
        let dir = tempfile::tempdir().expect("dir");
        let file = dir.path().join("旧文件.wps");
        std::fs::write(&file, b"x").expect("written");
        let converted = convert(std::slice::from_ref(&file), "no-such-program").expect("tried");
        assert_eq!(converted.of(&file), Some(&Err(MISSING.to_owned())));
        assert_eq!(converted.of(dir.path()), None);
    }
}
