//! A list of adoptions is matched, shown, and entered only as the editor confirms. The same list again adds nothing.

use serde::{Deserialize, Serialize};

use crate::model::{
    Actor, LocalDate, ManuscriptId, Outcome, OutcomeFields, OutcomeKind, OutcomeLevel, OutcomeReaders,
};
use crate::outcome::{Adoption, read_adoptions};
use crate::store::{
    KnownTitle, Priority, Sql, Tx, insert_outcome, known_titles, outcome_like, read_manuscript,
};

use super::super::{Desk, DeskError};
use super::matching::{Match, Titles};

/// How a row was matched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Without doubt.
    Sure,
    /// With candidates to choose from.
    Doubtful,
    /// By nothing.
    Unknown,
    /// Registered already.
    Known,
}

/// A row with what it may mean.
#[derive(Debug, Clone)]
pub struct Proposed {
    /// How it was matched.
    pub standing: Standing,
    /// What would be entered.
    pub fields: OutcomeFields,
    /// The row in the spreadsheet.
    pub row: usize,
    /// The title and the author as the list has them.
    pub title: String,
    /// 反映人 in the list.
    pub author: String,
    /// Why it is doubtful; empty where it is not.
    pub doubt: &'static str,
    /// What the row lacks and was filled in, or why it cannot be entered.
    pub note: String,
    /// Whether it can be entered at all.
    pub complete: bool,
    /// The manuscripts, the likeliest first.
    pub candidates: Vec<KnownTitle>,
}

/// A row that the editor confirmed for a manuscript.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Picked {
    /// Which manuscript.
    pub manuscript: ManuscriptId,
    /// What is entered.
    pub fields: OutcomeFields,
}

/// What came of a list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Entered {
    /// Entered now.
    pub new: usize,
    /// Registered before, withdrawn ones included.
    pub known: usize,
}

impl Desk {
    /// Reads a list and matches it; nothing is entered.
    ///
    /// # Errors
    /// When it is no list that can be read.
    pub async fn match_adoptions(
        &self,
        bytes: Vec<u8>,
        level: OutcomeLevel,
        outlet: String,
    ) -> Result<Vec<Proposed>, DeskError> {
        let known = self.store.read(known_titles).await?;
        let today = self.clock.now().date();
        let proposed = self
            .compute(move || {
                let rows = read_adoptions(&bytes).map_err(|error| DeskError::Request(error.to_string()))?;
                let titles = Titles::new(&known);
                Ok(rows
                    .into_iter()
                    .map(|row| proposed(row, &titles, &known, level, &outlet, today))
                    .collect::<Vec<_>>())
            })
            .await?;
        self.store
            .read(move |sql: &mut dyn Sql| {
                let mut out = proposed;
                for row in out.iter_mut().filter(|row| row.complete) {
                    let key = Outcome::from_stored(row.fields.clone()).key();
                    for candidate in &row.candidates {
                        // A doubtful row that stands registered under one of its candidates was decided before.
                        if outcome_like(sql, &candidate.id, &key)?.is_some() {
                            row.standing = Standing::Known;
                        }
                    }
                }
                Ok::<_, DeskError>(out)
            })
            .await
    }

    /// Enters what the editor confirmed, all of it or nothing; what is registered already is left as it is.
    ///
    /// # Errors
    /// When a registration cannot stand, or a manuscript is gone.
    pub async fn enter_adoptions(&self, picked: Vec<Picked>, by: Actor) -> Result<Entered, DeskError> {
        let today = self.clock.now().date();
        let checked = picked
            .into_iter()
            .map(|one| {
                let title = format!("{} {}", one.fields.outlet, one.fields.number);
                let outcome = Outcome::new(one.fields, today);
                outcome
                    .map(|outcome| (one.manuscript, outcome))
                    .map_err(|error| DeskError::Request(format!("{title}：{error}，整份清单没有登记")))
            })
            .collect::<Result<Vec<_>, _>>()?;
        self.store
            .write(Priority::Desk, move |tx: &mut Tx<'_>| {
                let mut entered = Entered::default();
                for (manuscript, outcome) in &checked {
                    read_manuscript(tx, manuscript)?;
                    if outcome_like(tx, manuscript, &outcome.key())?.is_some() {
                        entered.known += 1;
                        continue;
                    }
                    insert_outcome(tx, manuscript, outcome, None, &by)?;
                    entered.new += 1;
                }
                Ok(entered)
            })
            .await
    }
}

fn proposed(
    row: Adoption,
    titles: &Titles,
    known: &[KnownTitle],
    level: OutcomeLevel,
    outlet: &str,
    today: LocalDate,
) -> Proposed {
    let found = titles.find(&row);
    let (standing, ids, doubt) = match found {
        Match::Sure(id) => (Standing::Sure, vec![id], ""),
        Match::Doubtful(ids, why) => (Standing::Doubtful, ids, why.label()),
        Match::Unknown => (Standing::Unknown, Vec::new(), ""),
    };
    let candidates = ids.iter().filter_map(|id| known.iter().find(|one| one.id == *id)).cloned().collect();
    let named = if row.outlet.is_empty() { outlet } else { &row.outlet };
    let kind = [&row.kind, &row.outlet].into_iter().find_map(|text| OutcomeKind::from_words(text));
    let by_leader = !row.by.is_empty() && row.kind.is_empty();
    let fields = OutcomeFields {
        kind: if by_leader { OutcomeKind::Instructed } else { kind.unwrap_or(OutcomeKind::Single) },
        level: OutcomeLevel::from_words(&row.level).unwrap_or(level),
        outlet: named.to_owned(),
        number: row.number.clone(),
        date: row.date.unwrap_or(today),
        by: row.by.clone(),
        wording: row.wording.clone(),
        readers: if by_leader { OutcomeReaders::Heads } else { OutcomeReaders::Office },
    };
    let (note, complete) = match (row.date, Outcome::new(fields.clone(), today)) {
        (None, _) => ("没有日期，不能登记；请在表格中补上再导入".to_owned(), false),
        (_, Err(error)) => (format!("{error}；请在表格中补上再导入"), false),
        (Some(_), Ok(_)) => (String::new(), true),
    };
    Proposed {
        standing,
        fields,
        row: row.row,
        title: row.title,
        author: row.author,
        doubt,
        note,
        complete,
        candidates,
    }
}
