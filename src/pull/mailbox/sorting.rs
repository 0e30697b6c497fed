//! What becomes of a mail: its text and its files as items, pictures and other files as attachments, and what is left out
//! with the reason.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::model::Timestamp;

use super::super::handing::{FileRow, Readers, Unread, completed, person};
use super::mime::{File, Mail, Sender};
use super::sender::Known;
use super::wording;

/// Limits of the contract.
const TITLE_MAX: usize = 100;
const NAME_MAX: usize = 50;
const EMAIL_MAX: usize = 100;
/// Attachments of one item.
const ATTACHED_MAX: usize = 10;

/// An item, and where it stands in the mail.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Found {
    /// 正文, 第 2 个附件.
    pub(super) place: String,
    pub(super) item: Map<String, Value>,
}

/// What became of a mail.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Sorted {
    /// Items; attachments go with the first.
    pub(super) items: Vec<Found>,
    /// Files that are to be kept with it: where, and what.
    pub(super) attached: Vec<(String, File)>,
    /// What was left out: where, and why.
    pub(super) refused: Vec<(String, String)>,
    /// A secrecy mark stands somewhere: nothing of it may be kept.
    pub(super) secret: Option<String>,
}

/// By which everything in a mail is named and completed.
pub(super) struct Of<'a> {
    pub(super) key: &'a str,
    pub(super) sender: &'a Sender,
    /// Who that is, where an account has this address or 反映人库 knows it.
    pub(super) known: &'a Known,
    pub(super) fixed: &'a BTreeMap<String, String>,
    pub(super) latest: Timestamp,
}

const SECRET: &str = "严禁处理涉密信息：邮件中有密级标志，整封未保存、未收稿";

/// Sorts a mail.
pub(super) fn sort(mail: Mail, readers: &Readers, of: &Of<'_>) -> Sorted {
    let mut out = Sorted::default();
    let Mail { head, texts, files } = mail;
    let marked = |text: &str| (readers.marked)(text);
    let anywhere = marked(&head.subject)
        || texts.iter().any(|text| marked(&text.text) || marked(&text.subject))
        || files.iter().any(|file| marked(&file.name));
    if anywhere {
        return Sorted { secret: Some(SECRET.to_owned()), ..Sorted::default() };
    }
    let at = head.at(of.latest);
    let mut from_files = Vec::new();
    for (number, file) in (1..).zip(files) {
        let place = format!("第 {number} 个附件");
        match (readers.file)(&file.name, &file.bytes, &format!("{}/{number}/", of.key)) {
            Ok(rows) => from_rows(&place, rows, file, &mut from_files, &mut out),
            Err(Unread::Secret(_)) => return Sorted { secret: Some(SECRET.to_owned()), ..Sorted::default() },
            Err(Unread::Other(_)) => out.attached.push((place, file)),
            Err(Unread::Broken(why)) => out.refused.push((place, why)),
        }
    }
    let beside = !from_files.is_empty();
    let bodies = texts.iter().enumerate().filter_map(|(number, text)| {
        let own = wording::own(&text.text);
        if wording::is_item(&own, beside) { Some((number, text, own)) } else { None }
    });
    for (number, text, own) in bodies {
        let place =
            if number == 0 { "正文".to_owned() } else { format!("第 {number} 封转来的邮件") };
        out.items.push(Found {
            place,
            item: letter(&format!("{}/text-{number}", of.key), &text.subject, &own, readers),
        });
    }
    out.items.extend(from_files);
    for found in &mut out.items {
        complete(&mut found.item, of, at);
    }
    if out.items.is_empty() {
        // Nothing to attach them to.
        let files = std::mem::take(&mut out.attached).into_iter();
        out.refused.extend(files.map(|(place, _)| (place, "没有可收的文字，附件没有收下".to_owned())));
    }
    for (place, _) in out.attached.drain(ATTACHED_MAX.min(out.attached.len())..) {
        out.refused.push((place, format!("一件来稿至多 {ATTACHED_MAX} 个附件，没有收下")));
    }
    out
}

/// The items of a file; a file of which none can be taken goes along as an attachment, and what is wrong is told.
fn from_rows(place: &str, rows: Vec<FileRow>, file: File, items: &mut Vec<Found>, out: &mut Sorted) {
    let several = rows.len() > 1;
    let mut good = 0;
    for row in rows {
        let place = if several && !row.place.is_empty() {
            format!("{place} {}", row.place)
        } else {
            place.to_owned()
        };
        match serde_json::from_str(&row.json) {
            Ok(Value::Object(item)) if row.flaws.is_empty() => {
                good += 1;
                items.push(Found { place, item });
            }
            _ => out.refused.push((place, row.flaws.join("；"))),
        }
    }
    if good == 0 {
        out.attached.push((place.to_owned(), file));
    }
}

/// A text as an item: the subject is its title, where it names a matter.
fn letter(id: &str, subject: &str, text: &str, readers: &Readers) -> Map<String, Value> {
    let told = (readers.letter)(text);
    let subject = wording::title(subject);
    let mut title = if subject.is_empty() { told.title.clone() } else { subject };
    let mut body = if told.body.trim().is_empty() { text.to_owned() } else { told.body.clone() };
    if title.trim().is_empty() {
        title = body.chars().take_while(|c| !"，。！？；\n".contains(*c)).take(40).collect();
    }
    if title.chars().count() > TITLE_MAX {
        // Nothing of it is lost: it stands in full before the text.
        body = format!("{title}\n{body}");
        title = title.chars().take(TITLE_MAX - 1).chain(['…']).collect();
    }
    let mut item = Map::new();
    item.insert("external_id".to_owned(), json!(id));
    item.insert("title".to_owned(), json!(title));
    item.insert("body".to_owned(), json!(body));
    let cut = |text: &str, most: usize| text.chars().take(most).collect::<String>();
    person(&mut item, "name", &cut(&told.name, NAME_MAX));
    person(&mut item, "unit", &cut(&told.unit, 100));
    person(&mut item, "phone", &cut(&told.phone, 30));
    item
}

/// Who sent it and when, where it does not say so itself. The sender's address is how its author can be reached.
fn complete(item: &mut Map<String, Value>, of: &Of<'_>, at: Option<Timestamp>) {
    let cut = |text: &str| text.chars().take(NAME_MAX).collect::<String>();
    of.known.complete(item);
    let names = [of.known.title.as_deref().unwrap_or_default(), &of.sender.name, &of.sender.address];
    if let Some(name) = names.iter().find(|name| !name.trim().is_empty()) {
        // A unit that speaks for itself has named nobody, and does not write mail: somebody there does.
        person(item, "name", &cut(name));
    }
    if of.sender.address.chars().count() <= EMAIL_MAX {
        person(item, "email", &of.sender.address);
    }
    completed(item, of.fixed);
    if let Some(at) = at {
        item.entry("submitted_at").or_insert_with(|| json!(at));
    }
}

#[cfg(test)]
#[path = "sorting_tests.rs"]
mod tests;
