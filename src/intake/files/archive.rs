//! ZIP files: names in UTF-8 or GBK, each file in them read by itself, with limits on what they unpack to.

use std::io::{Cursor, Read};

use encoding_rs::GB18030;
use zip::ZipArchive;

use super::draft::Reading;
use super::{FILE_MAX, FileError, Helpers, open};

/// Archives within archives.
pub(super) const DEPTH_MAX: usize = 2;
/// Files in an archive.
const FILES_MAX: usize = 5_000;
/// Bytes that an archive may unpack to.
const TOTAL_MAX: u64 = 512 << 20;
/// Bytes that an office file may unpack to.
const OFFICE_MAX: u64 = 256 << 20;

pub(super) fn read(bytes: &[u8], helpers: Helpers<'_>, depth: usize) -> Result<Reading, FileError> {
    if depth >= DEPTH_MAX {
        return Err(FileError::Kind("压缩包中又有压缩包，层数过多；请直接报送其中的文件".to_owned()));
    }
    let mut zip = opened(bytes)?;
    if zip.len() > FILES_MAX {
        return Err(FileError::Bomb);
    }
    let mut reading = Reading::default();
    let (mut total, mut locked, mut files) = (0, 0, 0);
    for index in 0..zip.len() {
        let Some(name) = name_of(&mut zip, index)? else { continue };
        files += 1;
        let content = match zip.by_index(index) {
            Ok(file) => {
                let mut content = Vec::new();
                let most = (FILE_MAX as u64 + 1).min(TOTAL_MAX - total + 1);
                match file.take(most).read_to_end(&mut content) {
                    Ok(_) => content,
                    Err(error) => {
                        reading.refused.push((name, FileError::Damaged(error.to_string()).to_string()));
                        continue;
                    }
                }
            }
            Err(error) => {
                let password = error.to_string().to_lowercase().contains("password");
                locked += usize::from(password);
                let why = if password { FileError::Password } else { FileError::Damaged(error.to_string()) };
                reading.refused.push((name, why.to_string()));
                continue;
            }
        };
        total += content.len() as u64;
        if total > TOTAL_MAX {
            return Err(FileError::Bomb);
        }
        add(&mut reading, &name, &content, helpers, depth);
    }
    match (files, locked) {
        (0, _) => Err(FileError::NoText("压缩包中没有文件".to_owned())),
        (files, locked) if files == locked => Err(FileError::Password),
        _ => Ok(reading),
    }
}

fn add(reading: &mut Reading, name: &str, content: &[u8], helpers: Helpers<'_>, depth: usize) {
    let own = name.rsplit(['/', '\\']).next().unwrap_or(name);
    if crate::intake::secrecy::find_mark(name) {
        reading.secret = true;
        reading.refused.push(("（文件名含密级标志）".to_owned(), FileError::Secret.to_string()));
        return;
    }
    let read = if content.len() > FILE_MAX {
        Err(FileError::TooLarge(content.len() >> 20))
    } else {
        open(own, content, helpers, depth + 1)
    };
    match read {
        Ok(one) => {
            reading.secret |= one.secret;
            let inside =
                |place: String| if place.is_empty() { name.to_owned() } else { format!("{name} {place}") };
            reading.drafts.extend(one.drafts.into_iter().map(|mut draft| {
                draft.place = inside(draft.place);
                draft
            }));
            reading.refused.extend(one.refused.into_iter().map(|(place, why)| (inside(place), why)));
            reading.notes.extend(one.notes.into_iter().map(|note| format!("{name}：{note}")));
        }
        Err(error) => reading.refused.push((name.to_owned(), error.to_string())),
    }
}

/// The name of an entry; nothing for folders and for what systems leave behind.
fn name_of(zip: &mut ZipArchive<Cursor<&[u8]>>, index: usize) -> Result<Option<String>, FileError> {
    let entry = zip.by_index_raw(index).map_err(|error| FileError::Damaged(error.to_string()))?;
    let raw = entry.name_raw();
    let name = match std::str::from_utf8(raw) {
        Ok(name) => name.to_owned(),
        Err(_) => GB18030.decode_without_bom_handling(raw).0.into_owned(),
    };
    let own = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let left_behind = own.is_empty()
        || entry.is_dir()
        || name.starts_with("__MACOSX/")
        || own.starts_with(['.', '~'])
        || matches!(own, "Thumbs.db" | "desktop.ini");
    Ok((!left_behind).then_some(name))
}

fn opened(bytes: &[u8]) -> Result<ZipArchive<Cursor<&[u8]>>, FileError> {
    ZipArchive::new(Cursor::new(bytes)).map_err(|error| FileError::Damaged(error.to_string()))
}

/// Whether an office file unpacks to something that can be held; what its parts say of their size is not believed.
pub(super) fn measure(bytes: &[u8]) -> Result<(), FileError> {
    let mut zip = opened(bytes)?;
    if zip.len() > FILES_MAX {
        return Err(FileError::Bomb);
    }
    let mut total = 0;
    for index in 0..zip.len() {
        let part = zip.by_index(index).map_err(|error| {
            let password = error.to_string().to_lowercase().contains("password");
            if password { FileError::Password } else { FileError::Damaged(error.to_string()) }
        })?;
        let read = std::io::copy(&mut part.take(OFFICE_MAX - total + 1), &mut std::io::sink());
        total += read.map_err(|error| FileError::Damaged(error.to_string()))?;
        if total > OFFICE_MAX {
            return Err(FileError::Bomb);
        }
    }
    Ok(())
}

/// One part of an office file.
pub(super) fn part(bytes: &[u8], name: &str) -> Result<Option<Vec<u8>>, FileError> {
    let mut zip = opened(bytes)?;
    let Some(index) = zip.index_for_name(name) else { return Ok(None) };
    let file = zip.by_index(index).map_err(|error| FileError::Damaged(error.to_string()))?;
    let mut content = Vec::new();
    file.take(OFFICE_MAX).read_to_end(&mut content).map_err(|error| FileError::Damaged(error.to_string()))?;
    Ok(Some(content))
}
