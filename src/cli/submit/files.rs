//! Files other than JSONL: read here, checked here cell by cell, sent as items like any other.

use std::path::Path;

use anyhow::Context;

use crate::bulletin;
use crate::clock::{Clock, SystemClock};
use crate::intake::files::{self, Draft, Flaw, Helpers};
use crate::model::KindId;

/// How far ahead of the present an item may be dated, as in the intake's default.
const AHEAD_HOURS: u32 = 24;

/// A draft with what is wrong with it.
pub(super) struct Checked {
    /// File and place in it.
    pub place: String,
    pub draft: Draft,
    /// Empty = it can be sent.
    pub flaws: Vec<Flaw>,
}

/// What a file gave.
pub(super) struct Read {
    pub items: Vec<Checked>,
    /// Parts that gave nothing: where, and why.
    pub refused: Vec<(String, String)>,
    pub notes: Vec<String>,
}

/// Reads a file and checks every draft.
pub(super) fn read(path: &Path) -> anyhow::Result<Read> {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let shown = path.display().to_string();
    let size = std::fs::metadata(path).with_context(|| format!("无法打开 {shown}"))?.len();
    let too_large = size > files::FILE_MAX as u64;
    let bytes = if too_large {
        Vec::new()
    } else {
        std::fs::read(path).with_context(|| format!("无法读取 {shown}"))?
    };
    let helpers = Helpers { pdf: Some(&pdf), office: Some(&files::convert) };
    let result = if too_large {
        Err(files::FileError::TooLarge(usize::try_from(size >> 20).unwrap_or(usize::MAX)))
    } else {
        files::read(&name, &bytes, helpers)
    };
    let reading = match result {
        Ok(reading) => reading,
        Err(error) => {
            return Ok(Read {
                items: Vec::new(),
                refused: vec![(shown, error.to_string())],
                notes: Vec::new(),
            });
        }
    };
    let (now, kinds) = (SystemClock.now(), ["opinion".parse::<KindId>()?]);
    let inside = |place: &str| if place.is_empty() { shown.clone() } else { format!("{shown} {place}") };
    let flaws = files::check_all(&reading.drafts, now, AHEAD_HOURS, &kinds);
    let items = reading.drafts.into_iter().zip(flaws).map(|(draft, mut flaws)| {
        // Which kinds of item there are is the server's to say.
        flaws.retain(|flaw| flaw.field != "kind");
        Checked { place: inside(&draft.place), draft, flaws }
    });
    Ok(Read {
        items: items.collect(),
        refused: reading.refused.iter().map(|(place, why)| (inside(place), why.clone())).collect(),
        notes: reading.notes,
    })
}

fn pdf(bytes: &[u8]) -> Result<Vec<String>, String> {
    bulletin::pdf_paragraphs(bytes).map_err(|error| error.to_string())
}
