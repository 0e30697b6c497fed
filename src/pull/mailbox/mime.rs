//! A mail taken apart: who wrote it, which texts it has, which files; and whether a program sent it.

use mail_parser::decoders::base64::base64_decode;
use mail_parser::decoders::quoted_printable::quoted_printable_decode;
use mail_parser::{Encoding, Message, MessageParser, MessagePart, MimeHeaders, PartType};

use crate::model::Timestamp;
use crate::text::markup::plain;

use super::super::{charset, dates};
use super::words;

/// Mails within mails that are opened.
const DEPTH_MAX: usize = 3;
/// A picture that a text shows within itself and that has fewer bytes is a logo.
const LOGO_BYTES: usize = 10 << 10;
/// Character sets in which whoever writes Chinese is mistaken: the bytes say more.
const DOUBTFUL: &[&str] = &[
    "",
    "utf-8",
    "utf8",
    "us-ascii",
    "ascii",
    "iso-8859-1",
    "latin1",
    "windows-1252",
    "gb2312",
    "gbk",
    "x-gbk",
    "gb18030",
    "big5",
    "unknown-8bit",
    "default",
];
/// Parts that are there for programs.
const UNREAD: &[&str] = &[
    "application/pgp-signature",
    "application/pkcs7-signature",
    "application/x-pkcs7-signature",
    "application/ics",
    "text/calendar",
    "text/vcard",
    "text/x-vcard",
    "text/directory",
];

/// Who wrote a mail.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Sender {
    /// As the mail says; empty where it does not.
    pub(super) name: String,
    /// In small letters; empty where it is none.
    pub(super) address: String,
}

/// What stands above a mail.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Head {
    /// Its `Message-ID` without brackets.
    pub(super) id: String,
    pub(super) subject: String,
    pub(super) from: Sender,
    pub(super) date: String,
    /// Why it is none that a person wrote to us.
    pub(super) automatic: Option<&'static str>,
}

impl Head {
    /// Reads what stands above a mail; of one that cannot be read there is nothing.
    pub(super) fn read(raw: &[u8]) -> Self {
        let read = || MessageParser::default().parse_headers(raw).map(|message| Self::of(&message));
        shielded(read).unwrap_or_default()
    }

    fn of(message: &Message<'_>) -> Self {
        let (subject, from) = (subject(message), sender(message));
        let automatic = automatic(message, &subject, &from.address);
        let date = raw_header(message, "Date").map(words::decoded).unwrap_or_default();
        let id = message.message_id().unwrap_or_default().trim().to_owned();
        Self { id, subject, from, date, automatic }
    }

    /// When it was written, as far as that can be believed.
    pub(super) fn at(&self, latest: Timestamp) -> Option<Timestamp> {
        // A comment with the name of the zone may follow.
        let date = self.date.split('(').next().unwrap_or_default();
        dates::read(date).filter(|at| *at <= latest)
    }

    /// By which it is known again in whatever folder; nothing where only all of it can tell.
    pub(super) fn key(&self) -> Option<String> {
        if self.id.is_empty() {
            return None;
        }
        Some(key(&[&self.id, &self.date, &self.from.address, &self.subject]))
    }
}

/// The name of a mail from what tells it from others.
pub(super) fn key(parts: &[&str]) -> String {
    let mut hasher = blake3::Hasher::new();
    parts.iter().for_each(|part| {
        hasher.update(&(part.len() as u64).to_le_bytes()).update(part.as_bytes());
    });
    format!("mail-{}", &hasher.finalize().to_hex()[..24])
}

/// A text of a mail, or of one within it, under its own subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Text {
    pub(super) subject: String,
    pub(super) text: String,
}

/// A file that came with a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct File {
    pub(super) name: String,
    pub(super) bytes: Vec<u8>,
}

/// A mail.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Mail {
    pub(super) head: Head,
    pub(super) texts: Vec<Text>,
    pub(super) files: Vec<File>,
}

/// Takes a mail apart.
///
/// # Errors
/// In Chinese, where it is none.
pub(super) fn read(raw: &[u8]) -> Result<Mail, String> {
    let parsed = shielded(|| {
        let message = MessageParser::default().parse(raw)?;
        let mut mail = Mail { head: Head::of(&message), ..Mail::default() };
        collect(raw, &message, mail.head.subject.clone(), &mut mail, 0);
        Some(mail)
    });
    parsed.ok_or_else(|| "邮件损坏，无法解析：请发件人另发一封".to_owned())
}

/// The crate that parses strangers' mail is not ours: a panic in it is a damaged mail.
fn shielded<T>(read: impl FnOnce() -> Option<T> + std::panic::UnwindSafe) -> Option<T> {
    std::panic::catch_unwind(read).ok().flatten()
}

fn collect(raw: &[u8], message: &Message<'_>, under: String, mail: &mut Mail, depth: usize) {
    let text = shown(raw, message);
    if !text.trim().is_empty() {
        mail.texts.push(Text { subject: under, text });
    }
    for (at, part) in message.parts.iter().enumerate() {
        let kind = kind(part);
        let own = u32::try_from(at).is_ok_and(|at| {
            (message.text_body.contains(&at) || message.html_body.contains(&at))
                && is_text(part)
                && !is_file(part)
        });
        if own || UNREAD.contains(&kind.as_str()) {
            continue;
        }
        match &part.body {
            PartType::Multipart(_) => {}
            PartType::Message(inner) if depth < DEPTH_MAX => {
                collect(&inner.raw_message, inner, subject(inner), mail, depth + 1);
            }
            _ => {
                let logo =
                    kind.starts_with("image/") && part.content_id().is_some() && part.len() < LOGO_BYTES;
                if !logo {
                    let bytes = bytes(raw, part);
                    let name = file_name(raw, part).unwrap_or_else(|| unnamed(&kind).to_owned());
                    mail.files.push(File { name, bytes });
                }
            }
        }
    }
}

/// The text of a mail as its reader sees it.
fn shown(raw: &[u8], message: &Message<'_>) -> String {
    let all = |ids: &[u32]| -> String {
        let parts = ids.iter().filter_map(|id| message.parts.get(*id as usize));
        let texts = parts.filter(|part| is_text(part) && !is_file(part)).map(|part| text_of(raw, part));
        texts.filter(|text| !text.trim().is_empty()).collect::<Vec<_>>().join("\n")
    };
    let (plain, rich) = (all(&message.text_body), all(&message.html_body));
    let length = |text: &str| text.chars().filter(|c| !c.is_whitespace()).count();
    // Where the plain text only says that there is another one.
    if length(&rich) > length(&plain) * 2 + 20 { rich } else { plain }
}

fn is_text(part: &MessagePart<'_>) -> bool {
    matches!(part.body, PartType::Text(_) | PartType::Html(_))
}

/// Whether a part is meant to be kept apart, whatever it is.
fn is_file(part: &MessagePart<'_>) -> bool {
    part.content_disposition().is_some_and(|told| told.is_attachment()) || part.attachment_name().is_some()
}

fn kind(part: &MessagePart<'_>) -> String {
    part.content_type().map_or_else(String::new, |told| {
        format!("{}/{}", told.ctype(), told.subtype().unwrap_or_default()).to_lowercase()
    })
}

fn unnamed(kind: &str) -> &'static str {
    match kind {
        "application/pdf" => "附件.pdf",
        "text/plain" => "附件.txt",
        "text/csv" => "附件.csv",
        _ => "附件",
    }
}

fn text_of(raw: &[u8], part: &MessagePart<'_>) -> String {
    let (read, html) = match &part.body {
        PartType::Text(text) => (text, false),
        PartType::Html(text) => (text, true),
        _ => return String::new(),
    };
    let told = part.content_type().and_then(|told| told.attribute("charset")).unwrap_or_default();
    let own = DOUBTFUL
        .contains(&told.trim().to_ascii_lowercase().as_str())
        .then(|| charset::decode(&bytes(raw, part), "", &format!("charset={told}")).ok())
        .flatten();
    let text = own.unwrap_or_else(|| read.to_string());
    if html { plain(&text) } else { text.replace("\r\n", "\n") }
}

/// What a part holds, byte by byte as it was before it was packed for the way.
fn bytes(raw: &[u8], part: &MessagePart<'_>) -> Vec<u8> {
    let packed = raw.get(part.raw_body_offset() as usize..part.raw_end_offset() as usize);
    let own = packed.filter(|_| is_text(part)).and_then(|packed| match part.encoding {
        Encoding::None => Some(packed.to_vec()),
        Encoding::QuotedPrintable => quoted_printable_decode(packed),
        Encoding::Base64 => base64_decode(packed),
    });
    own.unwrap_or_else(|| part.contents().to_vec())
}

fn raw_header<'a>(message: &'a Message<'_>, name: &str) -> Option<&'a [u8]> {
    let header = message.headers().iter().find(|header| header.name().eq_ignore_ascii_case(name))?;
    message.raw_message.get(header.offset_start() as usize..header.offset_end() as usize)
}

/// A head's text: as it was read, or from its bytes where those were not what they should be.
fn subject(message: &Message<'_>) -> String {
    let (read, raw) = (message.subject().unwrap_or_default(), raw_header(message, "Subject"));
    let doubtful = |raw: &&[u8]| !raw.is_ascii() || read.contains('\u{fffd}') || is_mojibake(read);
    raw.filter(doubtful).map_or_else(|| line(read), |raw| line(&words::decoded(raw)))
}

/// Chinese that was read as Latin looks like `¹ØÓÚ`.
fn is_mojibake(text: &str) -> bool {
    let latin = text.chars().filter(|c| ('\u{80}'..='\u{ff}').contains(c)).count();
    latin >= 2 && latin * 2 > text.chars().count()
}

fn line(text: &str) -> String {
    let clean: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    clean.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn sender(message: &Message<'_>) -> Sender {
    let Some(first) = message.from().and_then(|from| from.first()) else { return Sender::default() };
    let mut name = first.name().unwrap_or_default().to_owned();
    if let Some(raw) = raw_header(message, "From")
        && (!raw.is_ascii() || name.contains('\u{fffd}') || is_mojibake(&name))
    {
        let before = raw.split(|byte| *byte == b'<').next().unwrap_or_default();
        name = words::decoded(before);
    }
    let address = first.address().unwrap_or_default().trim().to_lowercase();
    let whole = address.split_once('@').is_some_and(|(user, host)| !user.is_empty() && host.contains('.'))
        && !address.contains(char::is_whitespace);
    let name = line(name.trim().trim_matches(['"', '\'']));
    // Programs that know no name put the address there once more.
    let name = if name.contains('@') { String::new() } else { name };
    Sender { name, address: if whole { address } else { String::new() } }
}

fn file_name(raw: &[u8], part: &MessagePart<'_>) -> Option<String> {
    let read = part.attachment_name()?;
    if read.contains("=?") {
        return Some(line(&words::decoded(read.as_bytes())));
    }
    if !(read.contains('\u{fffd}') || is_mojibake(read)) {
        return Some(line(read));
    }
    // Not encoded at all, or cut within a character.
    let bytes = part.headers().iter().find_map(|header| {
        let told = raw.get(header.offset_start() as usize..header.offset_end() as usize)?;
        let at = told.windows(5).position(|five| five.eq_ignore_ascii_case(b"name="))? + 5;
        let rest = told[at..].strip_prefix(b"\"").unwrap_or(&told[at..]);
        let end = rest.iter().position(|byte| matches!(byte, b'"' | b';' | b'\r' | b'\n'));
        Some(&rest[..end.unwrap_or(rest.len())])
    });
    Some(bytes.map_or_else(|| line(read), |bytes| line(&words::decoded(bytes))))
}

/// Why a mail is none that a person wrote to us (RFC 3834).
fn automatic(message: &Message<'_>, subject: &str, from: &str) -> Option<&'static str> {
    let said = |name: &str| {
        raw_header(message, name).map(|raw| String::from_utf8_lossy(raw).trim().to_ascii_lowercase())
    };
    let user = from.split('@').next().unwrap_or_default();
    let root = message.parts.first().and_then(|part| part.content_type());
    let report = root.is_some_and(|told| {
        told.ctype().eq_ignore_ascii_case("multipart") && told.subtype() == Some("report")
    });
    let returned = said("Return-Path").is_some_and(|path| path == "<>");
    if report || returned || matches!(user, "mailer-daemon" | "postmaster") {
        return Some("退信或送达报告，不作来稿，不发回执");
    }
    let starts = |marks: &[&str]| {
        let subject = subject.to_lowercase();
        marks.iter().any(|mark| subject.starts_with(mark))
    };
    let answered = said("Auto-Submitted").is_some_and(|value| !value.starts_with("no"))
        || ["X-Autoreply", "X-Autorespond", "X-Autoresponder"].iter().any(|name| said(name).is_some())
        || starts(&["自动回复", "自动答复", "automatic reply", "auto reply", "autoreply", "out of office"]);
    if answered {
        return Some("自动回复，不作来稿，不发回执");
    }
    let many = said("Precedence")
        .is_some_and(|value| ["bulk", "junk", "list", "auto_reply"].contains(&value.as_str()))
        || ["List-Id", "List-Unsubscribe", "List-Post"].iter().any(|name| said(name).is_some());
    many.then_some("群发邮件（邮件列表），不作来稿，不发回执")
}

#[cfg(test)]
#[path = "mime_tests.rs"]
mod tests;
