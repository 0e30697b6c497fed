//! What a file is: by its bytes first, by its ending only where the bytes leave it open.

use std::io::Cursor;

use zip::ZipArchive;

use super::{FileError, csv, encoding};

/// The kinds that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FileKind {
    Xlsx,
    Xls,
    Xlsb,
    Ods,
    Csv,
    Json,
    Docx,
    Text,
    Pdf,
    /// Read by way of LibreOffice.
    Old {
        ending: &'static str,
        becomes: &'static str,
    },
    Archive,
}

impl FileKind {
    fn endings(self) -> &'static [&'static str] {
        match self {
            Self::Xlsx => &["xlsx", "xlsm", "xltx"],
            Self::Xls => &["xls", "et"],
            Self::Xlsb => &["xlsb"],
            Self::Ods => &["ods"],
            Self::Csv => &["csv", "tsv", "txt"],
            Self::Json => &["json", "jsonl", "ndjson", "txt"],
            Self::Docx => &["docx", "docm"],
            Self::Text => &["txt", "md", "text"],
            Self::Pdf => &["pdf"],
            Self::Old { .. } => &["doc", "wps", "et", "rtf", "dot", "odt"],
            Self::Archive => &["zip"],
        }
    }

    /// What is to be said where the ending promises something else.
    pub(super) fn note(self, name: &str) -> Option<String> {
        let ending = ending(name);
        let known = !ending.is_empty() && !self.endings().contains(&ending.as_str());
        known.then(|| format!("扩展名为 .{ending}，内容是{}，已按内容读取", self.label()))
    }

    fn label(self) -> &'static str {
        match self {
            Self::Xlsx | Self::Xls | Self::Xlsb | Self::Ods => "电子表格",
            Self::Csv => "CSV 表格",
            Self::Json => "JSON",
            Self::Docx | Self::Old { .. } => "文字文档",
            Self::Text => "纯文本",
            Self::Pdf => " PDF",
            Self::Archive => " ZIP 压缩包",
        }
    }
}

pub(super) fn ending(name: &str) -> String {
    name.rsplit_once('.')
        .map(|(_, ending)| ending.to_lowercase())
        .filter(|end| end.len() <= 6)
        .unwrap_or_default()
}

pub(super) fn without_office(ending: &str) -> FileError {
    let other = if ending == "et" { "XLSX" } else { "DOCX" };
    FileError::Kind(format!(
        "本机未装 LibreOffice，不能读 .{ending}；请另存为 {other} 后再报，或请管理员安装 LibreOffice"
    ))
}

/// What the bytes are.
pub(super) fn of(name: &str, bytes: &[u8]) -> Result<FileKind, FileError> {
    let refuse = |why: &str| Err(FileError::Kind(why.to_owned()));
    if bytes.is_empty() {
        return Err(FileError::Empty);
    }
    match bytes {
        [b'P', b'K', 3 | 5 | 7, ..] => packed(bytes),
        [0xD0, 0xCF, 0x11, 0xE0, ..] => compound(name, bytes),
        [b'%', b'P', b'D', b'F', ..] => Ok(FileKind::Pdf),
        [b'{', b'\\', b'r', b't', b'f', ..] => Ok(FileKind::Old { ending: "rtf", becomes: "docx" }),
        [b'R', b'a', b'r', b'!', ..] => {
            refuse("不能读 RAR 压缩包：请解压后直接报送其中的文件，或改用 ZIP 压缩")
        }
        [b'7', b'z', 0xBC, 0xAF, ..] => {
            refuse("不能读 7z 压缩包：请解压后直接报送其中的文件，或改用 ZIP 压缩")
        }
        [0x1F, 0x8B, ..] => refuse("不能读 gzip 压缩文件：请解压后再报"),
        [0x89, b'P', b'N', b'G', ..] | [0xFF, 0xD8, 0xFF, ..] | [b'G', b'I', b'F', b'8', ..] => {
            refuse("这是图片，没有可读的文字；请报送文字稿，图片作附件")
        }
        [b'M', b'Z', ..] | [0x7F, b'E', b'L', b'F', ..] => refuse("这是程序文件，不予接收"),
        _ => plain(name, bytes),
    }
}

/// ZIP: an office file or an archive.
fn packed(bytes: &[u8]) -> Result<FileKind, FileError> {
    let zip = ZipArchive::new(Cursor::new(bytes))
        .map_err(|error| FileError::Damaged(format!("ZIP 结构不完整（{error}）")))?;
    let has = |name: &str| zip.index_for_name(name).is_some();
    Ok(if has("xl/workbook.xml") {
        FileKind::Xlsx
    } else if has("xl/workbook.bin") {
        FileKind::Xlsb
    } else if has("word/document.xml") {
        FileKind::Docx
    } else if has("ppt/presentation.xml") {
        return Err(FileError::Kind("不能读演示文稿：请将文字另存为 DOCX 后再报".to_owned()));
    } else if has("mimetype") && has("content.xml") {
        let odt = bytes.windows(8).take(200).any(|part| part == b"ment.tex");
        if odt { FileKind::Old { ending: "odt", becomes: "docx" } } else { FileKind::Ods }
    } else if has("OFD.xml") {
        return Err(FileError::Kind("不能读 OFD：请另存为 DOCX 或有文字的 PDF 后再报".to_owned()));
    } else {
        FileKind::Archive
    })
}

/// The old office formats, and new ones behind a password.
fn compound(name: &str, bytes: &[u8]) -> Result<FileKind, FileError> {
    let holds = |stream: &str| {
        let wide: Vec<u8> = stream.encode_utf16().flat_map(u16::to_le_bytes).collect();
        bytes.windows(wide.len()).any(|part| part == wide.as_slice())
    };
    let ending = ending(name);
    Ok(if holds("EncryptedPackage") {
        return Err(FileError::Password);
    } else if holds("WordDocument") {
        FileKind::Old { ending: if ending == "wps" { "wps" } else { "doc" }, becomes: "docx" }
    } else if holds("Workbook") || holds("Book") {
        FileKind::Xls
    } else {
        match ending.as_str() {
            "wps" => FileKind::Old { ending: "wps", becomes: "docx" },
            "doc" => FileKind::Old { ending: "doc", becomes: "docx" },
            "et" => FileKind::Old { ending: "et", becomes: "xlsx" },
            "xls" => FileKind::Xls,
            _ => {
                return Err(FileError::Kind("不认识的 Office 文件，请另存为 DOCX 或 XLSX 后再报".to_owned()));
            }
        }
    })
}

/// Text of some kind, if it is text.
fn plain(name: &str, bytes: &[u8]) -> Result<FileKind, FileError> {
    let text = encoding::decode(bytes)?;
    let start = text.trim_start();
    if start.is_empty() {
        return Err(FileError::Empty);
    }
    let head = start.get(..200).unwrap_or(start).to_lowercase();
    if head.starts_with("<!doctype html") || head.starts_with("<html") {
        return Err(FileError::Kind("这是网页文件：请复制正文存为 TXT 或 DOCX 后再报".to_owned()));
    }
    Ok(match ending(name).as_str() {
        "csv" | "tsv" => FileKind::Csv,
        "json" | "jsonl" | "ndjson" => FileKind::Json,
        _ if start.starts_with('{') => FileKind::Json,
        _ if csv::has_header(&text) => FileKind::Csv,
        "xlsx" | "xls" | "docx" | "doc" | "pdf" | "zip" | "wps" | "et" if !looks_written(&text) => {
            return Err(FileError::Damaged("内容与扩展名不符".to_owned()));
        }
        _ => FileKind::Text,
    })
}

/// Whether most of it is what people write.
fn looks_written(text: &str) -> bool {
    let (mut all, mut good) = (0_usize, 0_usize);
    for c in text.chars().take(2000) {
        all += 1;
        good += usize::from(
            c.is_alphanumeric()
                || c.is_whitespace()
                || c.is_ascii_punctuation()
                || "，。、；：？！“”（）《》".contains(c),
        );
    }
    good * 10 >= all * 8
}
