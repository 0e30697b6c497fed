//! 选题: published in batches, moved, closed, opened again; and what answered them.

use crate::model::{Actor, ItemState, LocalDate, NewTopic};
use crate::store::{
    Priority, Sql, StoreError, TopicRecord, Tx, close_topic, count_topic_items, list_topics, open_topics,
    publish_topics, set_topic_deadline,
};

use super::{Desk, DeskError};

/// Topics that a page lists.
const LISTED: i64 = 500;
/// Longest name of a batch, in characters.
const BATCH_MAX: usize = 40;

/// The topics, with what answered them.
pub struct TopicsView {
    /// The latest batch first, each as it was written.
    pub topics: Vec<TopicRecord>,
    /// Topic, state, how many items.
    pub counts: Vec<(i64, ItemState, i64)>,
}

impl TopicsView {
    /// How many items answer a topic in a state.
    pub fn count(&self, topic: i64, state: ItemState) -> i64 {
        let of = |(no, at, _): &&(i64, ItemState, i64)| *no == topic && *at == state;
        self.counts.iter().find(of).map_or(0, |(_, _, count)| *count)
    }
}

impl Desk {
    /// Every topic.
    ///
    /// # Errors
    /// When the store is away.
    pub async fn topics(&self) -> Result<TopicsView, DeskError> {
        let read = self.store.read(|sql: &mut dyn Sql| {
            let topics = list_topics(sql, LISTED)?;
            let counts = if topics.is_empty() { Vec::new() } else { count_topic_items(sql)? };
            Ok::<_, StoreError>(TopicsView { topics, counts })
        });
        Ok(read.await?)
    }

    /// The topics that can be answered today, the nearest deadline first.
    ///
    /// # Errors
    /// When the store is away.
    pub async fn open_topics(&self) -> Result<Vec<TopicRecord>, DeskError> {
        let today = self.clock.now().date();
        Ok(self.store.read(move |sql: &mut dyn Sql| open_topics(sql, today)).await?)
    }

    /// 发布: one topic a line, all with one deadline.
    ///
    /// # Errors
    /// When a line cannot be a topic, one is open already, or the deadline has passed.
    pub async fn publish_topics(
        &self,
        batch: String,
        lines: &str,
        deadline: LocalDate,
        by: Actor,
    ) -> Result<usize, DeskError> {
        let chars = batch.chars().count();
        if chars > BATCH_MAX {
            return Err(DeskError::Request(format!("批次共 {chars} 字，超过 {BATCH_MAX} 字的上限，请删减")));
        }
        let topics = NewTopic::parse_batch(lines).map_err(|error| DeskError::Request(error.to_string()))?;
        self.to_come(deadline)?;
        let count = topics.len();
        let known = self
            .store
            .write(Priority::Desk, move |tx: &mut Tx<'_>| publish_topics(tx, &batch, &topics, deadline, &by))
            .await?;
        if known.is_empty() {
            return Ok(count);
        }
        let known = known.join("”“");
        Err(DeskError::Request(format!("选题“{known}”已在征集中，没有发布；请删去这些行，再发布其余的")))
    }

    /// Gives a topic another deadline.
    ///
    /// # Errors
    /// When it has passed, or there is no such topic.
    pub async fn set_topic_deadline(&self, no: i64, deadline: LocalDate, by: Actor) -> Result<(), DeskError> {
        self.to_come(deadline)?;
        let write = move |tx: &mut Tx<'_>| set_topic_deadline(tx, no, deadline, &by);
        Ok(self.store.write(Priority::Desk, write).await?)
    }

    /// 关闭 or 重新征集.
    ///
    /// # Errors
    /// When there is no such topic.
    pub async fn close_topic(&self, no: i64, closed: bool, by: Actor) -> Result<(), DeskError> {
        let write = move |tx: &mut Tx<'_>| close_topic(tx, no, closed, &by);
        Ok(self.store.write(Priority::Desk, write).await?)
    }

    fn to_come(&self, deadline: LocalDate) -> Result<(), DeskError> {
        if deadline < self.clock.now().date() {
            return Err(DeskError::Request(format!("截止日期 {deadline} 已过，请改为今天或以后的日期")));
        }
        Ok(())
    }
}
