//! 拼合: the sentences of a manuscript's items, grouped by what they say, taken one by one into its text.

use crate::group::by_what_they_say;
use crate::model::{Actor, ManuscriptId, Texts};
use crate::store::{
    Priority, Sql, StoreError, Tx, as_registered, correct_manuscript, items_of, read_item, read_manuscript,
};
use crate::text::fold;

use super::super::{Desk, DeskError};
use super::make::credit_line;
use super::{BODY_MAX, current, editing};

/// Sentences taken at once.
const TAKEN_MAX: usize = 60;

/// A sentence of an item.
#[derive(Debug, Clone)]
pub struct Offered {
    /// Which item and which sentence of it, as a form sends it back: 0-3.
    pub key: String,
    /// Which item, from 1.
    pub source: usize,
    /// As written, personal data masked.
    pub sentence: String,
    /// Who is credited for it.
    pub credit: String,
    /// Whether the text of the manuscript has it already.
    pub taken: bool,
}

/// What one or several items say.
#[derive(Debug, Clone)]
pub struct Matter {
    /// The sentences that say it, the first item's first.
    pub sentences: Vec<Offered>,
    /// Whether only one item says it: what that one brings that is new.
    pub only_one: bool,
}

/// What is said, of a manuscript.
#[derive(Debug, Clone)]
pub struct Merging {
    /// Title of each item, from 1.
    pub sources: Vec<String>,
    /// What they say, in the order of the items.
    pub matters: Vec<Matter>,
}

impl Desk {
    /// The sentences of a manuscript's items by what they say; `body` is the text that they are looked for in.
    ///
    /// # Errors
    /// When there is no such manuscript.
    pub async fn merging(&self, id: ManuscriptId, body: Option<String>) -> Result<Merging, DeskError> {
        let (texts, titles, credits, written) = self
            .store
            .read(move |sql: &mut dyn Sql| {
                let (mut texts, mut titles, mut credits) = (Vec::new(), Vec::new(), Vec::new());
                for (no, _) in items_of(sql, &id)? {
                    let item = read_item(sql, no)?;
                    let item = as_registered(sql, item)?;
                    titles.push(item.row.title.clone());
                    texts.push(item.submission.text.plain());
                    credits.push(credit_line(&[(no, item)]));
                }
                Ok::<_, StoreError>((texts, titles, credits, read_manuscript(sql, &id)?.texts.body))
            })
            .await?;
        let masked = |text: &String| self.redactor.mask(text).into_inner();
        let (texts, titles): (Vec<String>, Vec<String>) =
            (texts.iter().map(masked).collect(), titles.iter().map(masked).collect());
        let body = body.unwrap_or(written);
        let kin = self.kin.clone();
        self.compute(move || {
            let frequencies = kin.frequencies()?;
            let all: Vec<&str> = texts.iter().map(String::as_str).collect();
            let groups = by_what_they_say(&all, &frequencies, |text| kin.cut(text));
            let whole = folded(&body);
            let matters = groups.into_iter().map(|group| {
                let first = group.first().map(|said| said.text);
                Matter {
                    only_one: group.iter().all(|said| Some(said.text) == first),
                    sentences: group
                        .into_iter()
                        .map(|said| Offered {
                            key: format!("{}-{}", said.text, said.at),
                            source: said.text + 1,
                            credit: credits.get(said.text).cloned().unwrap_or_default(),
                            taken: whole.contains(&folded(&said.sentence)),
                            sentence: said.sentence,
                        })
                        .collect(),
                }
            });
            Ok(Merging { sources: titles, matters: matters.collect() })
        })
        .await
    }

    /// Puts sentences at the end of the text, each once, with a step that names the items they are of; everybody whose
    /// item is used is credited.
    ///
    /// # Errors
    /// When it is not in editing, somebody else changed it meanwhile, or nothing new was chosen.
    pub async fn take_sentences(
        &self,
        (id, rev): (ManuscriptId, i64),
        keys: Vec<String>,
        by: Actor,
    ) -> Result<usize, DeskError> {
        if keys.len() > TAKEN_MAX {
            return Err(DeskError::Request(format!("一次至多取 {TAKEN_MAX} 句，请分几次")));
        }
        let merging = self.merging(id, None).await?;
        let chosen: Vec<Offered> = merging
            .matters
            .into_iter()
            .flat_map(|matter| matter.sentences)
            .filter(|one| !one.taken && keys.contains(&one.key))
            .collect();
        if chosen.is_empty() {
            return Err(DeskError::Request("没有选中新的句子，请先勾选正文里还没有的".to_owned()));
        }
        self.store
            .write(Priority::Desk, move |tx: &mut Tx<'_>| {
                let record = current(tx, &id, rev)?;
                editing(&record)?;
                let sentences: Vec<&str> = chosen.iter().map(|one| one.sentence.as_str()).collect();
                let body = format!("{}\n{}", record.texts.body.trim_end(), sentences.concat());
                if body.chars().count() > BODY_MAX {
                    return Err(DeskError::Request(format!("取入后正文超过 {BODY_MAX} 字的上限，请先删减")));
                }
                let mut sources = Vec::new();
                for (no, _) in items_of(tx, &id)? {
                    let item = read_item(tx, no)?;
                    sources.push((no, as_registered(tx, item)?));
                }
                let used: Vec<String> = chosen.iter().map(|one| one.source.to_string()).collect();
                let comment = format!("取自来稿 {}：{} 句", distinct(&used).join("、"), chosen.len());
                let credit = credited(&record.texts.credit, &credit_line(&sources));
                let texts = Texts { body, credit, ..record.texts.clone() };
                // Somebody's draft stays: it is offered beside what was saved meanwhile.
                correct_manuscript(tx, &record, &texts, "取入来稿文字", &by, &comment)?;
                Ok(chosen.len())
            })
            .await
    }
}

fn folded(text: &str) -> String {
    fold([text]).chars().iter().collect()
}

fn distinct(all: &[String]) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for one in all {
        if !out.contains(one) {
            out.push(one.clone());
        }
    }
    out
}

/// The credit line as an editor left it, with whoever is missing in it behind.
fn credited(own: &str, everybody: &str) -> String {
    let missing: Vec<&str> = everybody
        .split('、')
        .filter(|person| {
            !person.is_empty() && !own.contains(person.split(['（', '(']).next().unwrap_or(person))
        })
        .collect();
    let parts: Vec<&str> =
        std::iter::once(own.trim()).chain(missing).filter(|part| !part.is_empty()).collect();
    parts.join("、")
}

#[cfg(test)]
mod tests {
    use super::credited;

    #[test]
    fn whoever_is_used_is_credited_once_and_what_an_editor_wrote_stays() {
        assert_eq!(credited("", "甲某（某局）、乙某"), "甲某（某局）、乙某");
        assert_eq!(credited("甲某", "甲某（某局）、乙某"), "甲某、乙某");
        assert_eq!(credited("据甲某、乙某反映", "甲某、乙某"), "据甲某、乙某反映");
    }
}
