//! Where an item stands, as its contributor may know it: made on the inner site, done as told on the outer one.

use crate::model::{Actor, CodeTable, ItemId, ItemState, Notify};
use crate::store::{
    Crossed, Sql, StoreError, Telling, ToTell, Tx, asked_for, crossed, issued_uses, issued_words, item_no,
    move_item_telling, outcome_mark, outcome_words, put_crossed, read_rows, take_back_outcome, tell_outcome,
    to_tell,
};
use crate::tables::Rows;

use super::records::Answer;

/// The answer to an item as it now stands.
pub(super) fn answer(sql: &mut dyn Sql, id: &ItemId, tables: &Rows) -> Result<Answer, StoreError> {
    let item = to_tell(sql, id)?;
    let (state, told) = outward(&item, tables);
    let mark = outcome_mark(sql, item.no)?;
    let outcomes = outcome_words(sql, item.no)?;
    Ok(Answer {
        item: *id,
        receipt: item.receipt,
        version: item.version,
        state,
        asked: if state == ItemState::Returned { asked_for(sql, id)? } else { String::new() },
        words: match (state, &told) {
            (ItemState::Adopted, _) => Some(issued_words(sql, item.no)?),
            (_, Told::Words(words)) => Some(words.clone()),
            _ => None,
        },
        tell: told != Told::Nothing,
        adopted: mark.adopted,
        instructed: mark.instructed,
        uses: issued_uses(sql, item.no)?,
        outcomes: outcomes.into_iter().map(str::to_owned).collect(),
    })
}

/// What goes out of the house.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Told {
    /// The usual words.
    Usual,
    /// These.
    Words(String),
    /// Nothing: nobody is told, or somebody calls.
    Nothing,
}

/// Nobody outside learns 不采用, 直转 or 并入.
fn outward(item: &ToTell, tables: &Rows) -> (ItemState, Told) {
    match item.state {
        ItemState::Draft | ItemState::Received => (ItemState::Received, Told::Usual),
        ItemState::Merged => (ItemState::Kept, Told::Nothing),
        ItemState::Forwarded => (ItemState::Kept, Told::Usual),
        ItemState::Declined => {
            let reason = item.closing.as_ref().and_then(|code| tables.row(CodeTable::Reason, code));
            let told = match reason {
                None => Told::Usual,
                Some(reason) => match reason.notify.unwrap_or(Notify::Yes) {
                    Notify::Yes => reason.outward.clone().map_or(Told::Usual, Told::Words),
                    Notify::No | Notify::Phone => Told::Nothing,
                },
            };
            (ItemState::Kept, told)
        }
        state @ (ItemState::Editing
        | ItemState::Returned
        | ItemState::Adopted
        | ItemState::Kept
        | ItemState::Withdrawn) => (state, Told::Usual),
    }
}

/// What an answer may say.
const SAYABLE: &[ItemState] = &[
    ItemState::Received,
    ItemState::Editing,
    ItemState::Returned,
    ItemState::Adopted,
    ItemState::Kept,
    ItemState::Withdrawn,
];

/// Does as an answer says; says what could not be done. The same answer again changes nothing.
pub(super) fn follow(tx: &mut Tx<'_>, answer: &Answer, by: &Actor) -> Result<Option<String>, StoreError> {
    let id = &answer.item;
    let no = match item_no(tx, id) {
        Ok(no) => no,
        Err(StoreError::NotFound(_)) => {
            return Ok(Some(format!("回执 {}：本站没有这件来稿，答复没有登记", answer.receipt)));
        }
        Err(error) => return Err(error),
    };
    let written = serde_json::to_string(answer).map_err(|error| StoreError::Corrupt(error.to_string()))?;
    let known = crossed(tx, id)?.unwrap_or_default();
    if known.answer == written {
        return Ok(None);
    }
    let Some(row) = read_rows(tx, &[no])?.pop() else { return Ok(None) };
    let before: Option<Answer> = serde_json::from_str(&known.answer).ok();
    let mark = answer.mark();
    put_crossed(tx, id, &Crossed { answer: written, mark, ..known })?;
    let told = before.map(|before| before.outcomes).unwrap_or_default();
    for words in told.iter().filter(|words| !answer.outcomes.contains(words)) {
        take_back_outcome(tx, &row, words)?;
    }
    for words in answer.outcomes.iter().filter(|words| !told.contains(words)) {
        tell_outcome(tx, &row, words)?;
    }
    // An answer to what was corrected since asks for what may have been given by now: the next one tells.
    let outdated = answer.state == ItemState::Returned && answer.version < row.version;
    if row.state == answer.state || outdated {
        return Ok(None);
    }
    let (title, label) = (&row.title, answer.state.label());
    if !SAYABLE.contains(&answer.state) || row.state.reach(answer.state).is_err() {
        let now = row.state.label();
        return Ok(Some(format!("《{title}》本站为“{now}”，不能改为对方所说的“{label}”，请人工核对")));
    }
    let why = match answer.state {
        ItemState::Returned => format!("退回请补充：{}", answer.asked),
        _ => format!("内网答复：{label}"),
    };
    let telling = match (&answer.words, answer.tell) {
        (_, false) => Telling::Nobody,
        (Some(words), true) => Telling::Words(words.clone()),
        (None, true) => Telling::ByState,
    };
    move_item_telling(tx, &row, answer.state, by, &why, telling)?;
    Ok(None)
}
