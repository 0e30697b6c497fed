//! 选题 that an item answers: looked up before the item is acknowledged, kept by its number.

use std::sync::Arc;

use crate::model::{ItemId, LocalDate, TopicStanding};
use crate::store::{Sql, Store, StoreError, TopicRecord, item_no, named_topic, topic_of};

/// Why a topic cannot be answered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TopicError {
    /// There is none of this number or these words.
    #[error("没有选题“{0}”")]
    Unknown(String),
    /// Its last day is over.
    #[error("选题“{0}”已于 {1} 截止")]
    Past(String, LocalDate),
    /// An editor closed it.
    #[error("选题“{0}”已停止征集")]
    Closed(String),
    /// It cannot be looked up now.
    #[error("选题暂时无法核对：{0}")]
    Away(String),
}

impl TopicError {
    /// What to do about it.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Unknown(_) => "请填征集中的选题编号，或与发布时完全相同的选题；不应征选题则不要写 topic",
            Self::Past(..) | Self::Closed(_) => "请改填其他征集中的选题；不应征选题则不要写 topic",
            Self::Away(_) => "请稍后再报",
        }
    }

    /// Whether the same will be taken later.
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Away(_))
    }
}

/// Looks topics up.
pub struct Topics(Arc<Store>);

impl Topics {
    /// In this store.
    pub fn new(store: Arc<Store>) -> Self {
        Self(store)
    }

    /// The number of what an item names. An item that was taken before stays with a topic that has ended since: a repost is
    /// the same item, whenever it comes.
    ///
    /// # Errors
    /// [`TopicError`], which is for the item's author.
    pub(super) async fn number(
        &self,
        named: &str,
        item: ItemId,
        (today, known): (LocalDate, bool),
    ) -> Result<String, TopicError> {
        let text = named.trim().to_owned();
        let read = self.0.read(move |sql: &mut dyn Sql| {
            let Some(topic) = named_topic(sql, &text, today)? else {
                return Ok::<_, StoreError>(Err(TopicError::Unknown(text.clone())));
            };
            let open = topic.standing(today) == TopicStanding::Open;
            if open || known || item_no(sql, &item).is_ok() || answers(sql, &item, &topic)? {
                return Ok(Ok(topic.no.to_string()));
            }
            Ok(Err(match topic.standing(today) {
                TopicStanding::Past => TopicError::Past(topic.title, topic.deadline),
                TopicStanding::Open | TopicStanding::Closed => TopicError::Closed(topic.title),
            }))
        });
        read.await.map_err(|error| TopicError::Away(error.to_string()))?
    }
}

fn answers(sql: &mut dyn Sql, item: &ItemId, topic: &TopicRecord) -> Result<bool, StoreError> {
    Ok(topic_of(sql, item)?.is_some_and(|known| known.no == topic.no))
}
