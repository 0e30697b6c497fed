//! An uploaded file as its page shows it: read by the intake, with the PDF reader and LibreOffice lent to it.

use crate::bulletin;
use crate::editorial::ReadText;
use crate::intake::Intake;
use crate::intake::files::{self, Draft, FileError, Flaw, Helpers, SECRET};
use crate::pull::{FileRow, Unread};
use crate::upload::{Looked, LookedRow};

/// Reads and checks a file. `prefix` stands before the numbers that it gives its items, so that nobody's meet another's.
///
/// # Errors
/// [`FileError`] when it gives nothing, or nothing of it may be kept.
pub(super) fn look(
    intake: &Intake,
    max_ahead_hours: u32,
    name: &str,
    bytes: &[u8],
    prefix: &str,
) -> Result<Looked, FileError> {
    let pdf = |bytes: &[u8]| bulletin::pdf_paragraphs(bytes).map_err(|error| error.to_string());
    let mut reading = files::read(name, bytes, Helpers { pdf: Some(&pdf), office: Some(&files::convert) })?;
    reading.drafts.iter_mut().for_each(|draft| number(draft, prefix));
    let flaws = files::check_all(&reading.drafts, intake.now(), max_ahead_hours, intake.kinds());
    if reading.secret || flaws.iter().flatten().any(|flaw| flaw.field == SECRET) {
        return Err(FileError::SecretInside);
    }
    let refused = reading.refused.into_iter().map(|(place, why)| LookedRow {
        place,
        title: String::new(),
        by: String::new(),
        json: String::new(),
        flaws: vec![why],
    });
    let rows = reading.drafts.iter().zip(flaws).map(|(draft, flaws)| row(draft, &flaws)).chain(refused);
    Ok(Looked {
        rows: rows.collect(),
        notes: reading.notes,
        columns: reading.columns.into_iter().map(|one| (one.cell, one.name, one.field)).collect(),
    })
}

/// The same for a file that came by mail or lies in a watched folder.
///
/// # Errors
/// [`Unread`] tells what is none of those files from what is broken or must not be kept.
pub(super) fn for_pull(
    intake: &Intake,
    max_ahead_hours: u32,
    name: &str,
    bytes: &[u8],
    prefix: &str,
) -> Result<Vec<FileRow>, Unread> {
    let looked = look(intake, max_ahead_hours, name, bytes, prefix).map_err(|error| {
        let told = error.to_string();
        match error {
            FileError::Secret | FileError::SecretInside => Unread::Secret(told),
            FileError::Empty | FileError::Kind(_) | FileError::NoText(_) | FileError::NoHeader => {
                Unread::Other(told)
            }
            FileError::TooLarge(_) | FileError::Password | FileError::Damaged(_) | FileError::Bomb => {
                Unread::Broken(told)
            }
        }
    })?;
    let row =
        |row: LookedRow| FileRow { place: row.place, title: row.title, json: row.json, flaws: row.flaws };
    Ok(looked.rows.into_iter().map(row).collect())
}

fn number(draft: &mut Draft, prefix: &str) {
    if let Some(serde_json::Value::String(id)) = draft.item.get_mut("external_id") {
        id.insert_str(0, prefix);
    }
}

fn row(draft: &Draft, flaws: &[Flaw]) -> LookedRow {
    LookedRow {
        place: draft.place.clone(),
        title: draft.title().to_owned(),
        by: draft.text("contributor.name").unwrap_or_default().to_owned(),
        json: draft.json(),
        flaws: flaws.iter().map(ToString::to_string).collect(),
    }
}

/// Reads the text of a document that is no item.
pub(super) fn text_reader() -> ReadText {
    std::sync::Arc::new(|name, bytes| {
        let pdf = |bytes: &[u8]| bulletin::pdf_paragraphs(bytes).map_err(|error| error.to_string());
        let helpers = Helpers { pdf: Some(&pdf), office: Some(&files::convert) };
        files::paragraphs(name, bytes, helpers).map_err(|error| error.to_string())
    })
}
