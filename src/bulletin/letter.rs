//! Papers that go out without an issue: 上报 under a title of its own, and the letter (函) of a 直转.

use serde::Deserialize;

use crate::model::{LocalDate, Texts, Urgency};

use super::compile::{CompileError, IssueInput, compile_with};
use super::document::{Document, Foot};
use super::form::known_places;
use super::series::{Contents, Numbering, Recipients, Series, SeriesKind};
use super::title::Words;

/// What a letter may ask for between braces.
const PLACES: [&str; 4] = ["收文单位", "题目", "发文单位", "日期"];

/// The same of a 用稿通知.
const NOTICE_PLACES: [&str; 5] = ["反映人", "题目", "采用情况", "发文单位", "日期"];

/// The letter of a 直转; every key is explained in `config/letters/transfer.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Letter {
    title: String,
    body: String,
    attached: String,
}

/// Who writes to whom, and when.
#[derive(Debug, Clone, Copy)]
pub struct Sent<'a> {
    /// 收文单位.
    pub to: &'a str,
    /// 发文单位.
    pub from: &'a str,
    /// The day that is printed.
    pub date: LocalDate,
}

impl Letter {
    /// The letter that the program brings along: text of the file.
    pub fn compiled_in() -> &'static str {
        include_str!("../../config/letters/transfer.toml")
    }

    /// Reads a letter; `origin` names the file in what is said about it.
    ///
    /// # Errors
    /// What is wrong with it, in Chinese.
    pub fn from_toml(text: &str, origin: &str) -> Result<Self, String> {
        let wrong = |why: String| format!("{origin} 有误：{why}");
        let letter: Self = toml::from_str(text).map_err(|error| wrong(error.to_string()))?;
        let parts = [("title", &letter.title), ("body", &letter.body), ("attached", &letter.attached)];
        for (key, text) in parts {
            if text.trim().is_empty() {
                return Err(wrong(format!("{key} 是空的，请填写")));
            }
            known_places(text, &PLACES).map_err(wrong)?;
        }
        // A letter that names nobody, or not what it passes on, would go out to whoever happens to get it.
        for place in ["收文单位", "发文单位"] {
            if !letter.body.contains(&format!("{{{place}}}")) {
                return Err(wrong(format!("body 中没有 {{{place}}}，成文后看不出是谁写给谁的")));
            }
        }
        Ok(letter)
    }

    /// The letter, with the original behind it.
    ///
    /// # Errors
    /// [`CompileError`] when there is no text to pass on.
    pub fn write(
        &self,
        like: &Series,
        original: &Texts,
        sent: Sent<'_>,
        words: Words<'_>,
    ) -> Result<Document, CompileError> {
        let filled = |text: &str| {
            text.trim()
                .replace("{收文单位}", sent.to)
                .replace("{题目}", original.title.trim())
                .replace("{发文单位}", sent.from)
                .replace("{日期}", &sent.date.chinese())
        };
        let letter = Texts { title: filled(&self.title), body: filled(&self.body), credit: String::new() };
        let attached = Texts { title: filled(&self.attached), ..original.clone() };
        let series =
            Series { name: "转送函".to_owned(), kind: SeriesKind::Composite, ..plain(like, sent) };
        let mut document = compile_with(&series, &input(vec![letter, attached], sent.date), words)?;
        document.issue_line = sent.to.to_owned();
        document.foot = Foot { report: Vec::new(), send: vec![sent.to.to_owned()], ..document.foot };
        Ok(document)
    }
}

/// 用稿通知: what a contributor is given on paper of an item that was used; every key is explained in
/// `config/letters/adopted.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UseNotice {
    title: String,
    body: String,
}

/// What a 用稿通知 tells.
#[derive(Debug, Clone, Copy)]
pub struct Used<'a> {
    /// 反映人, with the unit where it is known.
    pub by: &'a str,
    /// 题目 as it was sent.
    pub title: &'a str,
    /// 编入某刊某期 …, without 已 in front.
    pub how: &'a str,
    /// The day that is printed.
    pub date: LocalDate,
}

impl UseNotice {
    /// The notice that the program brings along: text of the file.
    pub fn compiled_in() -> &'static str {
        include_str!("../../config/letters/adopted.toml")
    }

    /// Reads a notice; `origin` names the file in what is said about it.
    ///
    /// # Errors
    /// What is wrong with it, in Chinese.
    pub fn from_toml(text: &str, origin: &str) -> Result<Self, String> {
        let wrong = |why: String| format!("{origin} 有误：{why}");
        let notice: Self = toml::from_str(text).map_err(|error| wrong(error.to_string()))?;
        for (key, text) in [("title", &notice.title), ("body", &notice.body)] {
            if text.trim().is_empty() {
                return Err(wrong(format!("{key} 是空的，请填写")));
            }
            known_places(text, &NOTICE_PLACES).map_err(wrong)?;
        }
        for place in ["题目", "采用情况"] {
            if !notice.body.contains(&format!("{{{place}}}")) {
                return Err(wrong(format!("body 中没有 {{{place}}}，看不出采用了什么")));
            }
        }
        Ok(notice)
    }

    /// The notice, set like an issue.
    ///
    /// # Errors
    /// [`CompileError`] when there is no text.
    pub fn write(&self, like: &Series, used: Used<'_>, words: Words<'_>) -> Result<Document, CompileError> {
        let date = used.date.chinese();
        let filled = |text: &str| {
            let places = [("{采用情况}", used.how), ("{发文单位}", &like.unit), ("{日期}", &date)];
            let own = [("{反映人}", used.by), ("{题目}", used.title.trim())];
            // What contributors wrote goes in last: a brace in it is no place.
            places
                .iter()
                .chain(&own)
                .fold(text.trim().to_owned(), |text, (place, by)| text.replace(place, by))
        };
        let text = Texts { title: filled(&self.title), body: filled(&self.body), credit: String::new() };
        let sent = Sent { to: used.by, from: &like.unit, date: used.date };
        let series = Series {
            name: "用稿通知".to_owned(),
            kind: SeriesKind::Single,
            // It leaves the house.
            mark: String::new(),
            ..plain(like, sent)
        };
        let mut document = compile_with(&series, &input(vec![text], used.date), words)?;
        document.issue_line = used.by.to_owned();
        document.foot = Foot { report: Vec::new(), send: vec![used.by.to_owned()], ..document.foot };
        Ok(document)
    }
}

/// 上报: set like an issue, with the outlet's own title and the cover line in the place of the number.
///
/// # Errors
/// [`CompileError`] when there is no title or text.
pub fn report(
    like: &Series,
    (title, cover): (&str, &str),
    texts: &Texts,
    sent: Sent<'_>,
    words: Words<'_>,
) -> Result<Document, CompileError> {
    let name = if title.is_empty() { like.name.clone() } else { title.to_owned() };
    let series = Series { name, kind: SeriesKind::Single, ..plain(like, sent) };
    let mut document = compile_with(&series, &input(vec![texts.clone()], sent.date), words)?;
    document.issue_line = if cover.is_empty() { format!("报{}", sent.to) } else { cover.to_owned() };
    Ok(document)
}

/// A series without what belongs to numbers and copies, going to one receiver.
fn plain(like: &Series, sent: Sent<'_>) -> Series {
    Series {
        unit: sent.from.to_owned(),
        copies: 1,
        contents: Contents::Never,
        copy_numbers: false,
        numbering: Numbering::default(),
        recipients: Recipients { report: vec![sent.to.to_owned()], ..Recipients::default() },
        ..like.clone()
    }
}

fn input(articles: Vec<Texts>, date: LocalDate) -> IssueInput {
    IssueInput {
        number: None,
        total: None,
        supplement: false,
        printed_date: date,
        urgency: Urgency::Normal,
        editors_note: None,
        articles,
        pictures: std::collections::BTreeMap::new(),
        earlier: Vec::new(),
        signer: None,
        editor: None,
        checker: None,
        copies: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bulletin::words::crude_words;

    fn series() -> Series {
        let (_, text) = Series::compiled_in()[0];
        Series::from_toml(text, "opinion.toml").expect("a series")
    }

    fn texts() -> Texts {
        Texts {
            title: "路灯不亮".to_owned(),
            body: "某处路灯不亮。\n建议修好。".to_owned(),
            credit: "某".to_owned(),
        }
    }

    fn sent() -> Sent<'static> {
        let date = LocalDate::from_ymd(2026, 1, 8).expect("a day");
        Sent { to: "某局", from: "某办公室", date }
    }

    #[test]
    fn a_letter_names_its_receiver_the_day_and_carries_the_original() {
        let letter = Letter::from_toml(Letter::compiled_in(), "transfer.toml").expect("a letter");
        let document = letter.write(&series(), &texts(), sent(), &crude_words).expect("a document");
        let told = format!("{document:?}");
        for part in ["某局：", "2026年1月8日", "某办公室", "某处路灯不亮。", "关于转送", "附："]
        {
            assert!(told.contains(part), "{part}: {told}");
        }
        assert!(!told.contains('{') || !told.contains("{题目}"), "no place is left open");
        assert_eq!((document.articles.len(), document.issue_line.as_str()), (2, "某局"));
    }

    #[test]
    fn a_letter_that_asks_for_what_there_is_not_or_lacks_whom_it_is_for_says_so() {
        let read = |title: &str, body: &str| {
            let text = format!("title = '{title}'\nbody = '{body}'\nattached = '附：{{题目}}'");
            Letter::from_toml(&text, "transfer.toml").map(|letter| letter.title)
        };
        let whole = "{收文单位}：请办。{发文单位}";
        assert_eq!(read("函", whole).as_deref(), Ok("函"));
        for (title, body, why) in [
            ("{标题}", whole, "{标题}"),
            ("函", "{收文单位：{发文单位}", "{收文单位"),
            (" ", whole, "title 是空的"),
            ("函", "请办。{发文单位}", "没有 {收文单位}"),
            ("函", "{收文单位}：请办。", "没有 {发文单位}"),
        ] {
            let told = read(title, body).expect_err(why);
            assert!(told.starts_with("transfer.toml 有误") && told.contains(why), "{told}");
        }
        assert!(Letter::from_toml("title = 1", "own.toml").expect_err("a number").contains("own.toml"));
    }

    #[test]
    fn a_notice_of_use_names_who_what_and_where() {
        let notice = UseNotice::from_toml(UseNotice::compiled_in(), "adopted.toml").expect("a notice");
        let date = LocalDate::from_ymd(2026, 1, 8).expect("a day");
        let used = Used {
            by: "王某", title: "路灯{日期}不亮", how: "编入《信息》2026年第3期", date
        };
        let document = notice.write(&series(), used, &crude_words).expect("a document");
        let told = format!("{document:?}");
        for part in ["王某：", "已编入《信息》2026年第3期", "路灯{日期}不亮", "2026年1月8日", "用稿通知"]
        {
            assert!(told.contains(part), "{part}: {told}");
        }
        let wrong = |body: &str| {
            let text = format!("title = '通知'\nbody = '{body}'");
            UseNotice::from_toml(&text, "adopted.toml").expect_err(body)
        };
        assert!(wrong("{题目}已采用").contains("{采用情况}"));
        assert!(wrong("{题目}已{采用情况}{期号}").contains("{期号}"));
        assert!(wrong(" ").contains("body 是空的"));
    }

    #[test]
    fn a_report_bears_the_title_and_the_line_of_its_outlet() {
        let document = report(&series(), ("民意专送", "供参阅"), &texts(), sent(), &crude_words);
        let document = document.expect("a document");
        assert_eq!((document.masthead.name.as_str(), document.issue_line.as_str()), ("民意专送", "供参阅"));
        assert_eq!(document.foot.report, ["某局"]);
        let bare = report(&series(), ("", ""), &texts(), sent(), &crude_words).expect("a document");
        assert_eq!((bare.masthead.name, bare.issue_line), (series().name, "报某局".to_owned()));
    }
}
