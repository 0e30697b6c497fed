//! 一键整理: the form of a text put in order as a list of changes, each to take or to refuse; the words stay.
//!
//! Rules look at the text one after another until none has anything left to say, so tidying twice changes nothing
//! more. No rule touches a digit, what stands within quotes or 《》, or an address on the net; greetings, signatures
//! and contacts are taken out as whole pieces.

mod change;
mod contacts;
mod courtesy;
mod lines;
mod numbering;
mod quotes;
mod sheet;
mod signs;
mod spaces;

pub use change::{Change, TidyKind};

use change::{Draft, Edit};
use sheet::Sheet;

/// Rounds after which what is left is left: every rule shortens or settles, so a handful is enough.
const ROUNDS: usize = 24;

/// Everything that could be put in order, in the order of the text. Taking all of it gives a text for which nothing is
/// proposed.
pub fn propose(text: &str) -> Vec<Change> {
    let mut draft = Draft::new(text);
    for _ in 0..ROUNDS {
        let edits = round(&Sheet::new(draft.now.clone()));
        if edits.is_empty() {
            break;
        }
        draft.make(&edits);
    }
    draft.changes()
}

/// The text with the chosen ones of its changes. Those that do not fit the text are left out.
pub fn apply(text: &str, chosen: &[Change]) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut edits: Vec<Edit> = chosen.iter().filter(|one| one.fits(&chars)).map(Edit::from).collect();
    edits.sort_by_key(|edit| (edit.start, edit.end));
    edits.dedup_by(|next, last| next.start < last.end || (next.start, next.end) == (last.start, last.end));
    change::applied(&chars, &edits).into_iter().collect()
}

/// What the rules say of a text as it is now; where two would change the same place the first one may.
fn round(sheet: &Sheet) -> Vec<Edit> {
    let mut edits = Vec::new();
    lines::find(sheet, &mut edits);
    courtesy::find(sheet, &mut edits);
    quotes::find(sheet, &mut edits);
    numbering::find(sheet, &mut edits);
    signs::find(sheet, &mut edits);
    spaces::find(sheet, &mut edits);
    edits.retain(|edit| sheet.allows(edit));
    // What has to wait for the next round keeps its place all the same: the rules after it have less to say there.
    let free: Vec<bool> =
        (0..edits.len()).map(|at| edits[..at].iter().all(|other| edits[at].apart_from(other))).collect();
    let mut free = free.into_iter();
    edits.retain(|_| free.next() == Some(true));
    edits.sort_by_key(|edit| edit.start);
    edits
}

#[cfg(test)]
mod tests;
