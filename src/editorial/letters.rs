//! Letters: the office's own 转送函 and 用稿通知, in the place of those that come with the program; and the 用稿通知 of an item.

use std::path::Path;
use std::sync::Arc;

use crate::bulletin::{Letter, UseNotice, Used, cut_at};
use crate::model::ItemId;
use crate::store::{Sql, StoreError, issued_uses, item_no, outcome_mark, read_item};

use super::issue::{for_any_text, no_pdf};
use super::{Desk, DeskError};

/// The letters that there are, by the names of their files.
const TRANSFER: &str = "transfer.toml";
const ADOPTED: &str = "adopted.toml";

/// The letter of a 直转: that of the office's folder, the compiled-in one where the folder is not named or has none.
///
/// # Errors
/// Which file is wrong and why, in Chinese: also one of a name that nothing asks for, which would be passed over in
/// silence.
pub fn load_letter(dir: &Path) -> Result<Letter, String> {
    match own(dir, TRANSFER)? {
        Some((text, origin)) => Letter::from_toml(&text, &origin),
        None => Letter::from_toml(Letter::compiled_in(), "config/letters/transfer.toml"),
    }
}

/// The 用稿通知, likewise.
///
/// # Errors
/// As of [`load_letter`].
pub fn load_use_notice(dir: &Path) -> Result<UseNotice, String> {
    match own(dir, ADOPTED)? {
        Some((text, origin)) => UseNotice::from_toml(&text, &origin),
        None => UseNotice::from_toml(UseNotice::compiled_in(), "config/letters/adopted.toml"),
    }
}

/// The text of a letter of the office's own, and where it stands.
fn own(dir: &Path, wanted: &str) -> Result<Option<(String, String)>, String> {
    if dir.as_os_str().is_empty() {
        return Ok(None);
    }
    let unreadable = |error: std::io::Error| format!("无法读取函件目录 {}：{error}", dir.display());
    let mut found = None;
    for entry in std::fs::read_dir(dir).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if path.extension().is_none_or(|end| end != "toml") {
            continue;
        }
        if ![TRANSFER, ADOPTED].contains(&name.as_str()) {
            return Err(format!("{}：没有这种函，文件名须为 {TRANSFER} 或 {ADOPTED}", path.display()));
        }
        if name == wanted {
            let text = std::fs::read_to_string(&path)
                .map_err(|error| format!("无法读取 {}：{error}", path.display()))?;
            found = Some((text, path.display().to_string()));
        }
    }
    Ok(found)
}

impl Desk {
    /// The 用稿通知 of an item as PDF, dated today.
    ///
    /// # Errors
    /// When it was not used, or the program has no PDF.
    pub async fn use_notice(&self, item: ItemId) -> Result<Vec<u8>, DeskError> {
        let read = self.store.read(move |sql: &mut dyn Sql| {
            let no = item_no(sql, &item)?;
            let uses = issued_uses(sql, no)?;
            Ok::<_, StoreError>((read_item(sql, no)?, uses, outcome_mark(sql, no)?))
        });
        let (record, uses, mark) = read.await?;
        let mut how: Vec<String> = uses
            .iter()
            .map(|(series, year, number, _)| {
                let name = self.series.iter().find(|(id, _)| id.as_str() == series);
                let name = name.map_or(series.as_str(), |(_, series)| series.name.as_str());
                format!("编入《{name}》{year}年第{number}期")
            })
            .collect();
        how.extend(mark.adopted.then(|| "被上级采用".to_owned()));
        how.extend(mark.instructed.then(|| "得到领导批示".to_owned()));
        if how.is_empty() {
            return Err(DeskError::Request("这件来稿还没有被采用，采用后才有用稿通知".to_owned()));
        }
        let by = record.submission.contributor.as_ref().map_or_else(
            || "反映人".to_owned(),
            |one| match &one.unit {
                Some(unit) if *unit != one.name => format!("{unit} {}", one.name),
                _ => one.name.clone(),
            },
        );
        let (title, how) = (record.submission.title.as_str().to_owned(), how.join("，"));
        let like = self.series.values().next().cloned();
        let like = like.ok_or_else(|| DeskError::Request("还没有配置刊物，没有版式可用".to_owned()))?;
        let (notice, word_ends) = (self.use_notice.clone(), Arc::clone(&self.hooks.word_ends));
        let (presses, date) = (Arc::clone(&self.presses), self.clock.now().date());
        self.compute(move || {
            let words = for_any_text(|text| cut_at(text, &word_ends(text)));
            let used = Used { by: &by, title: &title, how: &how, date };
            let document = notice.write(&like, used, &words)?;
            let set = presses.pdf(&document, &[])?.ok_or_else(no_pdf)?;
            Ok(set.bytes)
        })
        .await
    }
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
        put("adopted.toml", "title = '通知'\nbody = '{题目}已{采用情况}'");
        assert_ne!(load_use_notice(dir.path()), load_use_notice(Path::new("")));
        put("letter.toml", "");
        assert!(load_letter(dir.path()).is_err());
        assert!(load_letter(&dir.path().join("none")).expect_err("no folder").contains("函件目录"));
    }
}
