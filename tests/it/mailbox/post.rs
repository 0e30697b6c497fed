//! A real server of mail (`TEST_IMAP`, started by `tests/dovecot/start`), and mails of our own for it.

use std::io::Write;
use std::path::PathBuf;

use async_imap::{Client, Session};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures_util::TryStreamExt;
use minyi::config::environment;
use tokio::net::TcpStream;

/// The server, and one mailbox on it.
pub struct Post {
    pub sealed: u16,
    pub plain: u16,
    pub certificate: PathBuf,
    pub user: String,
    session: Session<TcpStream>,
}

fn port(address: &str) -> u16 {
    address.rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port")
}

impl Post {
    /// Signs in to a mailbox of the caller's own, with a folder `Laigao`.
    pub async fn of(name: &str) -> Self {
        let told = environment("TEST_IMAP").expect("TEST_IMAP names no server");
        let [sealed, plain, certificate]: [&str; 3] =
            told.split_whitespace().collect::<Vec<_>>().try_into().expect("what tests/dovecot/start prints");
        let now = std::time::UNIX_EPOCH.elapsed().expect("after 1970").as_nanos();
        let user = format!("{name}{now}");
        let stream = TcpStream::connect(plain).await.expect("the server answers");
        let mut client = Client::new(stream);
        client.read_response().await.expect("a greeting").expect("a greeting");
        let mut session = client.login(&user, "tests").await.map_err(|(error, _)| error).expect("signed in");
        session.create("Laigao").await.expect("a folder");
        Self { sealed: port(sealed), plain: port(plain), certificate: certificate.into(), user, session }
    }

    /// Puts mails into the folder.
    pub async fn put(&mut self, mails: &[Vec<u8>]) {
        for mail in mails {
            self.session.append("Laigao", None, None, mail).await.expect("put");
        }
    }

    /// Makes the folder anew: the same mails under a new UIDVALIDITY.
    pub async fn renumber(&mut self, mails: &[Vec<u8>]) {
        let before = self.session.examine("Laigao").await.expect("open").uid_validity;
        self.session.close().await.expect("closed");
        self.session.delete("Laigao").await.expect("deleted");
        self.session.create("Laigao").await.expect("made");
        self.put(mails).await;
        let after = self.session.examine("Laigao").await.expect("open").uid_validity;
        assert!(before.is_some() && before != after, "{before:?} {after:?}");
    }

    /// How many mails a folder has, and how many of them were seen.
    pub async fn count(&mut self, folder: &str) -> (usize, usize) {
        let opened = self.session.examine(folder).await.expect("open");
        if opened.exists == 0 {
            return (0, 0);
        }
        let flags = self.session.fetch("1:*", "FLAGS").await.expect("asked");
        let all: Vec<_> = flags.try_collect().await.expect("flags");
        let seen = all.iter().filter(|one| one.flags().any(|flag| flag == async_imap::types::Flag::Seen));
        (all.len(), seen.count())
    }

    pub async fn make_folder(&mut self, name: &str) {
        self.session.create(name).await.expect("a folder");
    }

    /// The file of a source that reads the folder.
    pub fn plan(&self, more: &str) -> String {
        format!(
            "title = \"信息处邮箱\"\nformat = \"mailbox\"\nevery_minutes = 60\n[mailbox]\nhost = \"127.0.0.1\"\nport = {}\nca = \"{}\"\nuser = \"{}\"\npassword = \"${{MAILBOX}}\"\nfolder = \"Laigao\"\n{more}",
            self.sealed,
            self.certificate.display(),
            self.user,
        )
    }
}

fn wrapped(bytes: &[u8]) -> String {
    let text = STANDARD.encode(bytes);
    let lines: Vec<&str> =
        text.as_bytes().chunks(76).map(|line| std::str::from_utf8(line).expect("ASCII")).collect();
    lines.join("\r\n")
}

fn word(text: &str) -> String {
    format!("=?utf-8?B?{}?=", STANDARD.encode(text))
}

/// A part that is a file.
pub fn file(name: &str, bytes: &[u8]) -> String {
    format!(
        "Content-Type: application/octet-stream; name=\"{0}\"\r\nContent-Disposition: attachment; filename=\"{0}\"\r\nContent-Transfer-Encoding: base64\r\n\r\n{1}\r\n",
        word(name),
        wrapped(bytes)
    )
}

/// A part that is a text.
pub fn text(text: &str) -> String {
    format!(
        "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n{}\r\n",
        wrapped(text.as_bytes())
    )
}

/// A mail of parts.
pub fn mail(id: &str, from: &str, subject: &str, parts: &[String]) -> Vec<u8> {
    let body: String = parts.iter().map(|part| format!("--=b=\r\n{part}")).collect();
    format!(
        "From: {} <{from}>\r\nTo: minyi@example.org\r\nSubject: {}\r\nDate: Thu, 08 Jan 2026 09:30:00 +0800\r\nMessage-ID: <{id}@example.org>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"=b=\"\r\n\r\n{body}--=b=--\r\n",
        word("张三"),
        word(subject)
    )
    .into_bytes()
}

/// A mail of one part, with heads of its own.
pub fn plain_mail(heads: &str, body: &str) -> Vec<u8> {
    format!("{heads}\r\n{body}\r\n").into_bytes()
}

/// A Word file.
pub fn docx(paragraphs: &[&str]) -> Vec<u8> {
    let body: String =
        paragraphs.iter().map(|text| format!("<w:p><w:r><w:t>{text}</w:t></w:r></w:p>")).collect();
    let document = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><w:document xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\"><w:body>{body}</w:body></w:document>"
    );
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, text) in [("[Content_Types].xml", "<Types/>"), ("word/document.xml", &document)] {
        zip.start_file(name, zip::write::SimpleFileOptions::default()).expect("a part");
        zip.write_all(text.as_bytes()).expect("memory");
    }
    zip.finish().expect("memory").into_inner()
}

/// The smallest picture.
pub fn png(n: usize) -> Vec<u8> {
    [b"\x89PNG\r\n\x1a\n".as_slice(), &n.to_le_bytes()].concat()
}
