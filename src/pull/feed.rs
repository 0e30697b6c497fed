//! RSS (0.9 to 2.0, RDF), Atom and JSON Feed, read as leniently as they are written: versions, prefixes and entities that
//! do not stand in the standard, but never a text that is cut off.
//!
//! A reader of our own on quick-xml: the entry's own id must come through as it is (or be absent), a time without a zone
//! is Beijing's, and a document that ends too soon is an error and not a shorter feed.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use serde_json::Value;

use crate::text::markup::decoded;

use super::entry::Entry;
use super::{PullError, json};

/// What a document holds.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Document {
    /// In its order.
    pub(super) entries: Vec<Entry>,
    /// Where older ones are, as the document says.
    pub(super) next: Option<String>,
}

/// Reads a feed.
///
/// # Errors
/// [`PullError::Unreadable`], saying what the text is instead.
pub(super) fn read(text: &str) -> Result<Document, PullError> {
    let text = text.trim_start_matches('\u{feff}').trim();
    match text.chars().next() {
        None => Err(PullError::Unreadable("对方返回空内容".to_owned())),
        Some('{' | '[') => json_feed(text),
        Some('<') => xml(text),
        Some(_) => Err(PullError::Unreadable("内容不是 RSS、Atom 或 JSON Feed：请核对地址".to_owned())),
    }
}

fn json_feed(text: &str) -> Result<Document, PullError> {
    const FIELDS: &[(&str, &str)] = &[
        ("id", "/id"),
        ("link", "/url"),
        ("title", "/title"),
        ("body", "/content_html"),
        ("body", "/content_text"),
        ("body", "/summary"),
        ("name", "/authors/0/name"),
        ("name", "/author/name"),
        ("submitted_at", "/date_published"),
        ("submitted_at", "/date_modified"),
    ];
    let value: Value = json::parse(text)?;
    let items = value.get("items").and_then(Value::as_array).ok_or_else(|| {
        PullError::Unreadable(
            "是 JSON，但不是 JSON Feed（没有 items）：若是数据接口，请设 format = \"json\"".to_owned(),
        )
    })?;
    let next = value.get("next_url").and_then(Value::as_str).map(str::to_owned);
    Ok(Document { entries: items.iter().map(|item| json::entry(item, FIELDS)).collect(), next })
}

/// A child of an entry and the field it fills, in the order of preference: the first that holds something wins.
const CHILDREN: &[(&str, &str)] = &[
    ("guid", "id"),
    ("id", "id"),
    ("dc:identifier", "id"),
    ("title", "title"),
    ("content:encoded", "body"),
    ("content", "body"),
    ("description", "body"),
    ("summary", "body"),
    ("dc:creator", "name"),
    ("author", "name"),
    ("pubDate", "submitted_at"),
    ("published", "submitted_at"),
    ("dc:date", "submitted_at"),
    ("issued", "submitted_at"),
    ("updated", "submitted_at"),
    ("modified", "submitted_at"),
];

fn broken(error: &dyn std::fmt::Display) -> PullError {
    PullError::Unreadable(format!("XML 有误，内容可能不完整（{error}），没有收下"))
}

fn xml(text: &str) -> Result<Document, PullError> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().allow_dangling_amp = true;
    let (mut document, mut depth, mut root) = (Document::default(), 0_usize, String::new());
    loop {
        match reader.read_event().map_err(|error| broken(&error))? {
            Event::Start(tag) => {
                let name = name(&tag);
                if depth == 0 {
                    root = root_of(&name)?;
                }
                if matches!(bare(&name, &root), "item" | "entry") {
                    document.entries.push(entry(&mut reader, &tag, &root)?);
                } else {
                    depth += 1;
                }
            }
            Event::Empty(tag) => {
                let name = name(&tag);
                if depth == 0 {
                    root = root_of(&name)?;
                }
                if name.rsplit(':').next() == Some("link") && attribute(&tag, "rel") == "next" {
                    document.next = Some(attribute(&tag, "href")).filter(|link| !link.is_empty());
                }
            }
            Event::End(_) => depth = depth.saturating_sub(1),
            Event::Eof if depth > 0 => return Err(broken(&"结尾缺失")),
            Event::Eof if root.is_empty() && document == Document::default() => return Err(no_feed("")),
            Event::Eof => return Ok(document),
            _ => {}
        }
    }
}

fn name(tag: &BytesStart<'_>) -> String {
    String::from_utf8_lossy(tag.name().as_ref()).into_owned()
}

/// The prefix of the root with its colon, where it is the root of a feed.
fn root_of(name: &str) -> Result<String, PullError> {
    let (prefix, local) = name.split_once(':').unwrap_or(("", name));
    match local {
        // RDF has a prefix of its own; its entries have none.
        "RDF" => Ok("-".to_owned()),
        "rss" | "feed" | "channel" if prefix.is_empty() => Ok("-".to_owned()),
        "rss" | "feed" | "channel" => Ok(format!("{prefix}:")),
        other => Err(no_feed(other)),
    }
}

fn no_feed(root: &str) -> PullError {
    PullError::Unreadable(if root.eq_ignore_ascii_case("html") {
        "对方返回的是网页，不是 RSS 或 Atom：地址可能变了，或需要登录、验证".to_owned()
    } else {
        format!(
            "是 XML，但不是 RSS 或 Atom（最外层是“{}”）：请核对地址",
            root.chars().take(30).collect::<String>()
        )
    })
}

fn bare<'a>(name: &'a str, root: &str) -> &'a str {
    let name = name.strip_prefix(root).unwrap_or(name);
    ["atom:", "rss:"].iter().find_map(|prefix| name.strip_prefix(prefix)).unwrap_or(name)
}

/// Reads one entry, from behind its start tag to behind its end tag.
fn entry(reader: &mut Reader<&[u8]>, start: &BytesStart<'_>, root: &str) -> Result<Entry, PullError> {
    let mut found: Vec<(String, String)> = Vec::new();
    // RSS 1.0 names an item in its tag.
    found.push(("dc:identifier".to_owned(), attribute(start, "rdf:about")));
    let mut links = Vec::new();
    loop {
        match reader.read_event().map_err(|error| broken(&error))? {
            Event::Start(tag) => {
                let (whole, end) = (name(&tag), tag.to_end().into_owned());
                let inner = reader.read_text(end.name()).map_err(|error| broken(&error))?;
                let inner = inner.decode().map_err(|error| broken(&error))?;
                let child = bare(&whole, root);
                match child {
                    "link" => links.push((attribute(&tag, "rel"), link(&tag, &inner))),
                    "author" => found.push((child.to_owned(), author(&inner))),
                    "guid" | "id" => found.push((child.to_owned(), text_of(&inner).trim().to_owned())),
                    _ => found.push((child.to_owned(), text_of(&inner))),
                }
            }
            Event::Empty(tag) if bare(&name(&tag), root) == "link" => {
                links.push((attribute(&tag, "rel"), attribute(&tag, "href")));
            }
            Event::End(_) => break,
            Event::Eof => return Err(broken(&"结尾缺失")),
            _ => {}
        }
    }
    let mut entry = Entry::default();
    for (child, field) in CHILDREN {
        let values = found.iter().filter(|(name, _)| name == child);
        values.for_each(|(_, value)| entry.set(field, value));
    }
    let page = links.iter().find(|(rel, _)| matches!(rel.as_str(), "" | "alternate"));
    if let Some((_, address)) = page {
        entry.set("link", address);
    }
    Ok(entry)
}

fn link(tag: &BytesStart<'_>, inner: &str) -> String {
    let href = attribute(tag, "href");
    if href.is_empty() { text_of(inner).trim().to_owned() } else { href }
}

/// Atom has the name within; RSS an address of mail with the name in brackets.
fn author(inner: &str) -> String {
    let named = inner.split_once("name>").filter(|(before, _)| before.ends_with(['<', ':']));
    let named = named.and_then(|(_, rest)| rest.split_once("</"));
    let text = text_of(named.map_or(inner, |(name, _)| name));
    let bracketed = text.split_once('(').and_then(|(_, rest)| rest.split_once(')')).map(|(name, _)| name);
    match bracketed {
        Some(name) if text.contains('@') => name.trim().to_owned(),
        _ if text.contains('@') => String::new(),
        _ => text.trim().to_owned(),
    }
}

/// The content of an element as HTML: what was escaped, or stood in CDATA, or stands there as elements (XHTML).
fn text_of(inner: &str) -> String {
    let elements = {
        let outside: String =
            parts(inner).into_iter().filter(|(cdata, _)| !cdata).map(|(_, part)| part).collect();
        outside.contains("</") || outside.contains("/>")
    };
    parts(inner)
        .into_iter()
        .map(|(cdata, part)| if cdata || elements { part.to_owned() } else { decoded(part) })
        .collect()
}

/// The pieces in CDATA and those between them.
fn parts(inner: &str) -> Vec<(bool, &str)> {
    let (mut out, mut rest) = (Vec::new(), inner);
    while let Some((before, after)) = rest.split_once("<![CDATA[") {
        out.push((false, before));
        let (inside, behind) = after.split_once("]]>").unwrap_or((after, ""));
        out.push((true, inside));
        rest = behind;
    }
    out.push((false, rest));
    out
}

fn attribute(tag: &BytesStart<'_>, wanted: &str) -> String {
    let found =
        tag.attributes().with_checks(false).flatten().find(|one| one.key.as_ref() == wanted.as_bytes());
    found.map(|one| decoded(&String::from_utf8_lossy(&one.value))).unwrap_or_default()
}

#[cfg(test)]
#[path = "feed_tests.rs"]
mod tests;
