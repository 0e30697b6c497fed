//! 选题 in the portal: which are open, and which one an item answers.

use crate::model::{ItemId, LocalDate, TopicStanding};
use crate::store::{Sql, StoreError, TopicRecord, open_topics, read_topic, topic_of};
use crate::web::Problem;

use super::Portal;

/// A topic that can be answered, as a page lists it.
pub(super) struct TopicLine {
    pub no: i64,
    pub title: String,
    pub note: String,
    pub deadline: String,
    /// 征集中, or why it can be answered no more.
    pub standing: &'static str,
    pub chosen: bool,
}

impl TopicLine {
    fn new(topic: &TopicRecord, today: LocalDate, chosen: bool) -> Self {
        Self {
            no: topic.no,
            title: topic.title.clone(),
            note: topic.note.clone(),
            deadline: topic.deadline.to_string(),
            standing: if topic.standing(today) == TopicStanding::Open {
                ""
            } else {
                topic.standing(today).label()
            },
            chosen,
        }
    }
}

/// The open topics, for a list.
pub(super) fn open_lines(sql: &mut dyn Sql, today: LocalDate) -> Result<Vec<TopicLine>, StoreError> {
    Ok(open_topics(sql, today)?.iter().map(|topic| TopicLine::new(topic, today, false)).collect())
}

/// What a form offers, and what stands chosen in it.
#[derive(Default)]
pub(super) struct Topics {
    today: Option<LocalDate>,
    open: Vec<TopicRecord>,
    chosen: Option<TopicRecord>,
    /// Why what is chosen cannot be answered.
    refused: Option<String>,
}

impl Topics {
    /// For a form in which `chosen` stands. The topic that `item` answers already stays open to it: it was sent in time.
    pub(super) async fn read(portal: &Portal, chosen: &str, item: Option<ItemId>) -> Result<Self, Problem> {
        let (today, chosen) = (portal.clock.now().date(), chosen.to_owned());
        portal.read(move |sql: &mut dyn Sql| Self::find(sql, today, &chosen, item)).await
    }

    fn find(
        sql: &mut dyn Sql,
        today: LocalDate,
        chosen: &str,
        item: Option<ItemId>,
    ) -> Result<Self, StoreError> {
        let mut out = Self { today: Some(today), open: open_topics(sql, today)?, ..Self::default() };
        if chosen.is_empty() {
            return Ok(out);
        }
        let found = match chosen.parse().map(|no| read_topic(sql, no)) {
            Ok(Ok(topic)) => topic,
            Ok(Err(StoreError::NotFound(_))) | Err(_) => {
                out.refused = Some("没有这个选题，请重新选择后再提交".to_owned());
                return Ok(out);
            }
            Ok(Err(error)) => return Err(error),
        };
        let answered = match item {
            Some(item) => topic_of(sql, &item)?.is_some_and(|topic| topic.no == found.no),
            None => false,
        };
        if !answered {
            out.refused = refusal(&found, today);
        }
        out.chosen = Some(found);
        Ok(out)
    }

    /// As the form lists them; what is chosen stands among them even where it can be answered no more.
    pub(super) fn lines(&self) -> Vec<TopicLine> {
        let Some(today) = self.today else { return Vec::new() };
        let chosen = self.chosen.as_ref().map(|topic| topic.no);
        let gone = self.chosen.iter().filter(|topic| self.open.iter().all(|open| open.no != topic.no));
        let all = gone.chain(&self.open);
        all.map(|topic| TopicLine::new(topic, today, chosen == Some(topic.no))).collect()
    }

    /// The topic that the item answers.
    ///
    /// # Errors
    /// Why it cannot be answered, and what to do.
    pub(super) fn answered(&self) -> Result<Option<i64>, String> {
        match &self.refused {
            Some(why) => Err(why.clone()),
            None => Ok(self.chosen.as_ref().map(|topic| topic.no)),
        }
    }
}

fn refusal(topic: &TopicRecord, today: LocalDate) -> Option<String> {
    let title = &topic.title;
    let why = match topic.standing(today) {
        TopicStanding::Open => return None,
        TopicStanding::Past => format!("“{title}”已于 {} 截止", topic.deadline),
        TopicStanding::Closed => format!("“{title}”已停止征集"),
    };
    Some(format!("{why}，请改选其他选题，或选“不应征选题”后再提交"))
}
