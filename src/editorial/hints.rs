//! What the program makes of an item: hints for the editor, never decisions.

use std::sync::Arc;

use serde::Serialize;

use crate::group::{SubjectSuggestion, Subjects, SubjectsError, Trained};
use crate::model::{ItemId, ItemText};
use crate::store::{item_no, read_item};

use super::{Desk, DeskError};

/// Body length that the office advises against exceeding, in characters (DOMAIN §2).
const ADVISED_CHARS: usize = 1500;
/// Shorter texts can hardly hold situation and suggestion.
const SHORT_CHARS: usize = 50;
/// Words by which a text without parts of its own says what should be done.
const SUGGESTING: &[&str] = &["建议", "希望", "请求", "呼吁", "恳请", "应当", "应该", "望", "请"];

/// The hints of an item.
#[derive(Debug, Serialize)]
pub struct HintsView {
    /// 主题建议, the likeliest first.
    pub subjects: Vec<SubjectSuggestion>,
    /// What is missing or too much, in Chinese: advice, no refusal.
    pub completeness: Vec<String>,
    /// What could not be hinted at, and what to do.
    pub notes: Vec<String>,
}

impl Desk {
    /// The hints of an item.
    ///
    /// # Errors
    /// When there is none of this id, or the model's file is damaged.
    pub async fn hints(&self, id: ItemId) -> Result<HintsView, DeskError> {
        let submission = self
            .store
            .read(move |sql| {
                let no = item_no(sql, &id)?;
                Ok::<_, DeskError>(read_item(sql, no)?.submission)
            })
            .await?;
        let subjects = Arc::clone(&self.subjects);
        self.compute(move || {
            let suggested = subjects.suggest(submission.title.as_str(), &submission.text.plain())?;
            let note = "还没有主题模型；来稿标注主题后执行 minyi subjects train";
            Ok(HintsView {
                notes: if suggested.is_none() { vec![note.to_owned()] } else { Vec::new() },
                subjects: suggested.unwrap_or_default(),
                completeness: completeness(&submission.text),
            })
        })
        .await
    }

    /// Trains the subject model on the items that carry a subject.
    ///
    /// # Errors
    /// When too few do, one training is under way, or the model cannot be written.
    pub async fn train_subjects(&self) -> Result<Trained, DeskError> {
        // It takes a processor for long: one at a time, or searches would wait for those that come after it.
        let turn = Arc::clone(&self.training).try_lock_owned();
        let turn = turn.map_err(|_| DeskError::Request("主题正在训练，请等它完成".to_owned()))?;
        let (subjects, store): (Arc<Subjects>, _) = (Arc::clone(&self.subjects), Arc::clone(&self.store));
        let train = move || {
            let trained = subjects.train(&store);
            drop(turn);
            Ok(trained?)
        };
        self.compute(train).await
    }
}

impl From<SubjectsError> for DeskError {
    fn from(error: SubjectsError) -> Self {
        match error {
            SubjectsError::Store(error) => Self::Store(error),
            SubjectsError::File(error) => Self::File(error),
            other => Self::Request(other.to_string()),
        }
    }
}

fn completeness(text: &ItemText) -> Vec<String> {
    let mut out = Vec::new();
    let chars = text.chars();
    if chars > ADVISED_CHARS {
        out.push(format!("正文 {chars} 字，超过建议的 {ADVISED_CHARS} 字"));
    }
    if chars < SHORT_CHARS {
        out.push(format!("正文只有 {chars} 字，情况可能没有说清"));
    }
    let suggests = match text {
        ItemText::Parts { suggestions, .. } => suggestions.is_some(),
        ItemText::Body { body } => SUGGESTING.iter().any(|word| body.as_str().contains(word)),
    };
    if !suggests {
        out.push("没有看到建议：希望怎样解决？".to_owned());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hints(body: &str) -> Vec<String> {
        let text = serde_json::json!({ "body": body });
        completeness(&serde_json::from_value(text).expect("text"))
    }

    #[test]
    fn what_is_missing_or_too_much_is_said_and_a_good_text_is_left_alone() {
        let good = format!("{}建议增加路灯。", "翠柏苑北门到菜市场一段没有照明。".repeat(5));
        assert!(hints(&good).is_empty());
        assert_eq!(hints("路灯坏了。").len(), 2);
        assert!(hints(&good.repeat(20))[0].contains("1500"));
    }
}
