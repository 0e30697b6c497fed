//! The one use case of the intake: a checked submission becomes durable and gets its receipt. Every way in ends here.

use std::collections::{HashSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use super::attach::{AttachError, Attachments};
use super::review::{Held, Review, ReviewError, Way};
use super::topic::{TopicError, Topics};
use crate::clock::{Clock, random_bytes};
use crate::failpoint;
use crate::model::{
    Actor, ContentHash, ItemId, ItemKey, KindId, Receipt, SecretKey, SourceId, Submission, Timestamp,
};
use crate::queue::{Append, Appended, Envelope, Producer, Purpose, QueueError};
use crate::store::Store;

/// Receipts of the last minutes, kept to answer for items that no worker has stored yet.
const RECENT: usize = 65_536;

/// What a contributor is handed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    /// The item.
    pub item: ItemId,
    /// Its receipt.
    pub receipt: Receipt,
    /// Whether it had been received before.
    pub repeat: bool,
    /// 待本级审核: it is kept, and is accepted when a reviewer of the sender's unit passes it.
    pub waits: bool,
}

/// What another site of the office took.
#[derive(Debug, Clone)]
pub struct Carried {
    /// The item.
    pub item: ItemId,
    /// The receipt that was given for it.
    pub receipt: Receipt,
    /// Who sent it.
    pub source: SourceId,
    /// When it was acknowledged.
    pub received_at: Timestamp,
    /// Whether it is a further version of an item.
    pub correction: bool,
    /// What was received.
    pub submission: Submission,
}

/// Why a checked submission was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AcceptError {
    /// The item's key stands for another text.
    #[error("{0} 已用于另一份不同的内容：更正原件请用 /versions，另报一件请换一个编号")]
    OtherText(String),
    /// The request's key was used for another item.
    #[error(
        "external_id“{external_id}”与 Idempotency-Key“{key}”不一致：该 Idempotency-Key 已用于另一件来稿，请换一个"
    )]
    OtherItem {
        /// The item's name.
        external_id: String,
        /// The request's name.
        key: String,
    },
    /// A correction of what was never sent by this source.
    #[error("没有此来稿，或不是本渠道报送：{0}")]
    UnknownItem(ItemId),
    /// Nothing can be taken now.
    #[error(transparent)]
    Queue(#[from] QueueError),
    /// An attachment that cannot be referred to.
    #[error(transparent)]
    Attachment(#[from] AttachError),
    /// A topic that cannot be answered.
    #[error(transparent)]
    Topic(#[from] TopicError),
    /// It should wait for the sender's unit, and cannot.
    #[error(transparent)]
    Review(#[from] ReviewError),
    /// The system has no randomness to make a key from.
    #[error("系统随机数暂不可用")]
    NoRandomness,
}

/// What the intake works with.
pub struct Intake {
    producer: Arc<dyn Producer>,
    clock: Arc<dyn Clock>,
    secret: SecretKey,
    kinds: Vec<KindId>,
    attachments: Attachments,
    topics: Topics,
    review: Review,
    recent: Mutex<Recent>,
}

#[derive(Default)]
struct Recent {
    order: VecDeque<Receipt>,
    set: HashSet<Receipt>,
}

/// By which an item is known.
struct Named {
    item: ItemId,
    /// The request, where that is another name than the item's.
    request: Option<ItemId>,
    external: Option<String>,
    /// As a refusal calls it.
    label: String,
}

impl Intake {
    /// With the queue, the store, and the secret that receipts are keyed by.
    pub fn new(
        producer: Arc<dyn Producer>,
        clock: Arc<dyn Clock>,
        secret: SecretKey,
        kinds: Vec<KindId>,
        attachments: Attachments,
        store: &Arc<Store>,
    ) -> Self {
        let (topics, review) = (Topics::new(Arc::clone(store)), Review::new(Arc::clone(store)));
        Self { producer, clock, secret, kinds, attachments, topics, review, recent: Mutex::default() }
    }

    /// The present.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The kinds of item that are taken.
    pub fn kinds(&self) -> &[KindId] {
        &self.kinds
    }

    /// Keeps attachments.
    pub fn attachments(&self) -> &Attachments {
        &self.attachments
    }

    /// What an item refers to is kept for good before the item is acknowledged.
    async fn refer(&self, actor: &Actor, submission: &Submission) -> Result<(), AttachError> {
        if submission.attachments.is_empty() {
            return Ok(());
        }
        self.attachments.refer(actor, &submission.attachments).await
    }

    /// What names a topic names it by its number from here on.
    async fn numbered(&self, mut submission: Submission, item: ItemId) -> Result<Submission, TopicError> {
        if let Some(named) = &submission.topic {
            let known = self.gave(&Receipt::derive(&self.secret, &item));
            let today = self.clock.now().date();
            submission.topic = Some(self.topics.number(named, item, (today, known)).await?);
        }
        Ok(submission)
    }

    /// Whether a receipt was given lately by this process.
    pub fn gave(&self, receipt: &Receipt) -> bool {
        self.recent.lock().unwrap_or_else(PoisonError::into_inner).set.contains(receipt)
    }

    /// Takes an item, or a correction as the next version of one. The answer means that it is durable: in the queue, or
    /// before a reviewer of the sender's unit where that wants to pass it first (本级审核).
    ///
    /// # Errors
    /// [`AcceptError`]; nothing was taken then.
    pub async fn take(
        &self,
        way: &Way<'_>,
        corrects: Option<ItemId>,
        submission: Submission,
    ) -> Result<Ticket, AcceptError> {
        self.refer(way.actor, &submission).await?;
        let named = self.named(way, corrects, &submission)?;
        let submission = self.numbered(submission, named.item).await?;
        let receipt = Receipt::derive(&self.secret, &named.item);
        match self.review.hold(way, corrects, &submission, &receipt).await? {
            Held::Not => {}
            Held::Waits => return Ok(Ticket { item: named.item, receipt, repeat: false, waits: true }),
            Held::Sent => return Ok(Ticket { item: named.item, receipt, repeat: true, waits: false }),
            Held::SentOther => return Err(AcceptError::OtherText(named.label)),
        }
        let purpose = if corrects.is_none() { Purpose::Submit } else { Purpose::Version };
        let append = self.message(purpose, way, &named, submission);
        let ticket = |repeat| Ticket { item: named.item, receipt, repeat, waits: false };
        match self.append(append).await? {
            Appended::New => Ok(ticket(false)),
            Appended::Repeat => Ok(ticket(true)),
            Appended::OtherItem if corrects.is_none() => Err(AcceptError::OtherItem {
                external_id: named.external.unwrap_or_default(),
                key: way.key.unwrap_or_default().to_owned(),
            }),
            Appended::OtherText | Appended::OtherItem => Err(AcceptError::OtherText(named.label)),
            Appended::UnknownItem => Err(AcceptError::UnknownItem(named.item)),
        }
    }

    /// Which item it is, and which request.
    fn named(
        &self,
        way: &Way<'_>,
        corrects: Option<ItemId>,
        submission: &Submission,
    ) -> Result<Named, AcceptError> {
        let request = way.key.map(|key| ItemId::derive(way.source, ItemKey::Request(key)));
        let external = submission.external_id.as_ref().map(|id| id.as_str().to_owned());
        let key = format!("Idempotency-Key“{}”", way.key.unwrap_or_default());
        if let Some(item) = corrects {
            return Ok(Named { item, request, external, label: key });
        }
        Ok(match (&external, request) {
            (Some(name), request) => {
                let item = ItemId::derive(way.source, ItemKey::External(name));
                let label = format!("external_id“{name}”");
                Named { item, request, external, label }
            }
            (None, Some(item)) => Named { item, request: None, external, label: key },
            (None, None) => {
                Named { item: self.random_item(way.source)?, request: None, external, label: key }
            }
        })
    }

    /// Takes what another site of the office took and acknowledged: its id, its receipt and the time of it stay.
    ///
    /// # Errors
    /// [`AcceptError`]; nothing was taken then.
    pub async fn carry(&self, carried: Carried) -> Result<Ticket, AcceptError> {
        let Carried { item, receipt, source, received_at, correction, submission } = carried;
        // Whoever sent it has an account over there: one of the same name here is somebody else.
        let actor = Actor::Source(source.clone());
        let purpose = if correction { Purpose::Version } else { Purpose::Submit };
        let named = Named { item, request: None, external: None, label: format!("回执 {receipt}") };
        let mut append = self.message(purpose, &Way::new(&source, &actor, None), &named, submission);
        append.envelope.receipt = receipt.clone();
        append.envelope.received_at = received_at;
        append.payload = append.envelope.encode();
        let repeat = match self.append(append).await? {
            Appended::New => false,
            Appended::Repeat => true,
            Appended::OtherText | Appended::OtherItem => {
                return Err(AcceptError::OtherText(named.label));
            }
            Appended::UnknownItem => return Err(AcceptError::UnknownItem(item)),
        };
        Ok(Ticket { item, receipt, repeat, waits: false })
    }

    /// Puts a dead letter's message into the queue again, as it was or corrected; its receipt stays.
    ///
    /// # Errors
    /// [`AcceptError::Queue`]; it stays a dead letter then.
    pub async fn resend(&self, envelope: Envelope) -> Result<Appended, AcceptError> {
        self.append(Append { payload: envelope.encode(), envelope, request_key: None, again: true }).await
    }

    async fn append(&self, append: Append) -> Result<Appended, AcceptError> {
        failpoint::pass("intake.before_append");
        let receipt = append.envelope.receipt.clone();
        let appended = self.producer.append(append).await?;
        failpoint::pass("intake.before_answer");
        if appended == Appended::New {
            let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
            if recent.set.insert(receipt.clone()) {
                recent.order.push_back(receipt);
            }
            if recent.order.len() > RECENT
                && let Some(oldest) = recent.order.pop_front()
            {
                recent.set.remove(&oldest);
            }
        }
        Ok(appended)
    }

    /// The submission is written once: its hash is taken of the bytes that stand in the queue.
    fn message(&self, purpose: Purpose, way: &Way<'_>, named: &Named, submission: Submission) -> Append {
        let written = serde_json::value::to_raw_value(&submission).unwrap_or_default();
        let envelope = Envelope {
            v: Envelope::VERSION,
            purpose,
            item: named.item,
            receipt: Receipt::derive(&self.secret, &named.item),
            source: way.source.clone(),
            actor: way.actor.clone(),
            received_at: self.clock.now(),
            content: ContentHash::of(written.get().as_bytes()),
            submission,
        };
        let payload = envelope.encode_around(&written);
        Append { payload, envelope, request_key: named.request, again: false }
    }

    /// A source that names nothing gets a name of its own for each item.
    fn random_item(&self, source: &SourceId) -> Result<ItemId, AcceptError> {
        let random: [u8; 16] = random_bytes().map_err(|_| AcceptError::NoRandomness)?;
        let key: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(ItemId::derive(source, ItemKey::Request(&format!("random:{key}"))))
    }
}
