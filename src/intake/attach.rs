//! Attachments (附件): looked at before they are kept, kept by content hash, referred to before an item is acknowledged.

use std::io::{Cursor, Write};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use zip::ZipArchive;

use crate::config;
use crate::model::{Actor, BlobHash, FileId};
use crate::store::{Blobs, FileRecord, Priority, Store, StoreError, Tx, note_loose, put_file, use_files};

use super::secrecy;

/// Longest name that is kept, characters.
const NAME_MAX: usize = 100;

/// What an attachment may be; found by its bytes, never by its ending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttachmentKind {
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
    /// GIF.
    Gif,
    /// WebP.
    Webp,
    /// PDF.
    Pdf,
    /// Word without macros.
    Docx,
    /// Excel without macros.
    Xlsx,
}

impl AttachmentKind {
    fn of(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0xFF, 0xD8, 0xFF, ..] => Some(Self::Jpeg),
            [0x89, b'P', b'N', b'G', 0x0D, 0x0A, 0x1A, 0x0A, ..] => Some(Self::Png),
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some(Self::Gif),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Self::Webp),
            [b'%', b'P', b'D', b'F', b'-', ..] => Some(Self::Pdf),
            [b'P', b'K', 3, 4, ..] => Self::office(bytes),
            _ => None,
        }
    }

    fn office(bytes: &[u8]) -> Option<Self> {
        let zip = ZipArchive::new(Cursor::new(bytes)).ok()?;
        if zip.file_names().any(|name| name.ends_with("vbaProject.bin")) {
            return None;
        }
        let has = |name: &str| zip.index_for_name(name).is_some();
        if has("word/document.xml") {
            Some(Self::Docx)
        } else if has("xl/workbook.xml") {
            Some(Self::Xlsx)
        } else {
            None
        }
    }

    fn endings(self) -> &'static [&'static str] {
        match self {
            Self::Jpeg => &["jpg", "jpeg"],
            Self::Png => &["png"],
            Self::Gif => &["gif"],
            Self::Webp => &["webp"],
            Self::Pdf => &["pdf"],
            Self::Docx => &["docx"],
            Self::Xlsx => &["xlsx"],
        }
    }

    /// Its media type.
    fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Gif => "image/gif",
            Self::Webp => "image/webp",
            Self::Pdf => "application/pdf",
            Self::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }
}

/// Why an attachment is not kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AttachError {
    /// Nothing in it.
    #[error("附件“{0}”是空的，请重新选择")]
    Empty(String),
    /// Too large.
    #[error("附件“{0}”超过 {1} MB 的上限，请缩小图片或分成几份")]
    TooLarge(String, usize),
    /// Something else than is taken.
    #[error(
        "附件“{0}”不是图片（JPG、PNG、GIF、WebP）、PDF、DOCX 或 XLSX（不含宏），没有收下，请另存为其中一种"
    )]
    Kind(String),
    /// Its name bears a secrecy mark.
    #[error("严禁处理涉密信息：附件的文件名中有密级标志，没有收下，未保存")]
    Secret,
    /// The scanner found something.
    #[error("附件“{0}”没有通过病毒检查，没有收下，未保存")]
    Infected(String),
    /// The scanner cannot be asked.
    #[error("病毒检查暂不可用（{0}），附件没有收下，请稍后再试")]
    Scanner(String),
    /// It was never kept, was kept by somebody else, or was swept.
    #[error("没有附件 {0}，或已过期（上传后 24 小时内须随来稿报送），请重新上传")]
    Unknown(FileId),
    /// The disk or the store is away.
    #[error("附件暂时存不下（{0}），请稍后再试")]
    Away(String),
}

impl AttachError {
    /// Whether trying again may help.
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Scanner(_) | Self::Away(_))
    }
}

impl From<StoreError> for AttachError {
    fn from(error: StoreError) -> Self {
        Self::Away(error.to_string())
    }
}

/// Keeps attachments.
pub struct Attachments {
    store: Arc<Store>,
    blobs: Blobs,
    settings: config::Attachments,
}

impl Attachments {
    /// With the place where files are kept.
    pub fn new(store: Arc<Store>, blobs: Blobs, settings: config::Attachments) -> Self {
        Self { store, blobs, settings }
    }

    /// Largest attachment, bytes.
    pub fn most(&self) -> usize {
        self.settings.max_mb << 20
    }

    /// Looks at a file and keeps it until an item refers to it, for a day at most. The same file by the same person again is the
    /// same attachment.
    ///
    /// # Errors
    /// [`AttachError`]; no byte of it was kept then.
    pub async fn keep(&self, owner: &Actor, name: &str, bytes: Vec<u8>) -> Result<FileRecord, AttachError> {
        let shown: String = name.chars().take(40).collect();
        if secrecy::find_mark(name) {
            return Err(AttachError::Secret);
        }
        if bytes.is_empty() {
            return Err(AttachError::Empty(shown));
        }
        if bytes.len() > self.most() {
            return Err(AttachError::TooLarge(shown, self.settings.max_mb));
        }
        let kind = AttachmentKind::of(&bytes).ok_or_else(|| AttachError::Kind(shown.clone()))?;
        let (name, hash) = (clean(name, kind), BlobHash::of(&bytes));
        let record = FileRecord {
            id: FileId::derive(&owner.to_string(), &name, &hash),
            owner: owner.to_string(),
            kind: kind.media_type().to_owned(),
            bytes: u32::try_from(bytes.len()).unwrap_or(u32::MAX),
            name,
            hash,
        };
        let scanner = self.settings.clone();
        let bytes = blocking(move || scan(&scanner, &shown, &bytes).map(|()| bytes)).await?;
        // Noted before the bytes are there: a crash in between leaves nothing that is not swept.
        self.store.write(Priority::Desk, move |tx: &mut Tx<'_>| note_loose(tx, &hash)).await?;
        let blobs = self.blobs.clone();
        blocking(move || blobs.put(&bytes).map_err(|error| AttachError::Away(error.to_string()))).await?;
        let kept = record.clone();
        self.store.write(Priority::Desk, move |tx: &mut Tx<'_>| put_file(tx, &kept)).await?;
        Ok(record)
    }

    /// Notes that an item refers to these, before it is acknowledged.
    ///
    /// # Errors
    /// [`AttachError::Unknown`] naming the first that is not this owner's.
    pub async fn refer(&self, owner: &Actor, ids: &[FileId]) -> Result<(), AttachError> {
        let (owner, ids) = (owner.to_string(), ids.to_vec());
        let refer = move |tx: &mut Tx<'_>| use_files(tx, &owner, &ids);
        match self.store.write::<_, StoreError, _>(Priority::Desk, refer).await? {
            None => Ok(()),
            Some(unknown) => Err(AttachError::Unknown(unknown)),
        }
    }
}

async fn blocking<T: Send + 'static>(
    job: impl FnOnce() -> Result<T, AttachError> + Send + 'static,
) -> Result<T, AttachError> {
    tokio::task::spawn_blocking(job).await.map_err(|error| AttachError::Away(error.to_string()))?
}

/// The last part of a path without what no name has, short, with the ending of what it is.
fn clean(name: &str, kind: AttachmentKind) -> String {
    let own = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let plain = |c: &char| !c.is_control() && !crate::model::is_invisible(*c) && !"<>:\"|?*".contains(*c);
    let own: String = own.chars().filter(plain).collect();
    let own = own.trim().trim_start_matches('.');
    let (stem, ending) = own.rsplit_once('.').unwrap_or((own, ""));
    let right = kind.endings().contains(&ending.to_lowercase().as_str());
    let stem: String = if right { stem } else { own }.chars().take(NAME_MAX).collect();
    let stem = if stem.trim().is_empty() { "附件" } else { stem.trim() };
    format!("{stem}.{}", if right { ending } else { kind.endings()[0] })
}

/// Asks the scanner, where one is configured: 0 = clean, 1 = not, anything else = it cannot say.
fn scan(settings: &config::Attachments, shown: &str, bytes: &[u8]) -> Result<(), AttachError> {
    let mut words = settings.scan.split_whitespace();
    let Some(program) = words.next() else { return Ok(()) };
    let failed = |error: std::io::Error| AttachError::Scanner(error.to_string());
    let mut file = tempfile::NamedTempFile::new().map_err(failed)?;
    file.write_all(bytes).map_err(failed)?;
    let mut run = Command::new(program)
        .args(words)
        .arg(file.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(failed)?;
    let begun = Instant::now();
    loop {
        if let Some(status) = run.try_wait().map_err(failed)? {
            return match status.code() {
                Some(0) => Ok(()),
                Some(1) => Err(AttachError::Infected(shown.to_owned())),
                _ => Err(AttachError::Scanner(format!("检查程序以 {status} 结束"))),
            };
        }
        if begun.elapsed() > Duration::from_secs(settings.scan_seconds) {
            // One that has just ended cannot be killed.
            drop(run.kill());
            drop(run.wait());
            return Err(AttachError::Scanner(format!("超过 {} 秒", settings.scan_seconds)));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PNG: &[u8] = &[0x89, b'P', b'N', b'G', 0x0D, 0x0A, 0x1A, 0x0A, 0];

    #[test]
    fn names_are_cleaned_and_get_the_ending_of_what_they_are() {
        let png = |name: &str| clean(name, AttachmentKind::Png);
        assert_eq!(png("C:\\照片\\路口.PNG"), "路口.PNG");
        assert_eq!(png("../../etc/passwd"), "passwd.png");
        assert_eq!(png("路口.exe"), "路口.exe.png");
        assert_eq!(png("\u{202E}gnp.路\n口?"), "gnp.路口.png");
        assert_eq!(png(""), "附件.png");
        assert_eq!(png(&"长".repeat(300)).chars().count(), NAME_MAX + 4);
    }

    #[test]
    fn a_file_is_what_its_bytes_say() {
        assert_eq!(AttachmentKind::of(PNG), Some(AttachmentKind::Png));
        assert_eq!(AttachmentKind::of(b"%PDF-1.7"), Some(AttachmentKind::Pdf));
        for other in [&b"MZ\x90"[..], b"<html>", b"PK\x03\x04not a zip", b"GIF8", b"", b"\x7FELF"] {
            assert_eq!(AttachmentKind::of(other), None, "{other:?}");
        }
    }

    #[test]
    fn a_scanner_lets_pass_refuses_or_cannot_say() {
        let with = |scan: &str, seconds| {
            let settings = config::Attachments { max_mb: 1, scan: scan.to_owned(), scan_seconds: seconds };
            super::scan(&settings, "a.png", PNG)
        };
        assert_eq!(with("", 1), Ok(()));
        assert_eq!(with("test -s", 5), Ok(()));
        assert_eq!(with("test ! -s", 5), Err(AttachError::Infected("a.png".to_owned())));
        assert!(matches!(with("/no/such/scanner", 1), Err(AttachError::Scanner(_))));
        assert!(matches!(with("tail -f", 0), Err(AttachError::Scanner(_))), "one that never ends");
    }
}
