//! 异常来稿: see them, correct them, send them again.

use serde::Serialize;
use serde_json::Value;

use crate::model::Actor;
use crate::store::{DeadLetter, DeadState, Priority, Tx, list_dead, read_dead, set_dead_state};

use super::{Desk, DeskError};

/// A dead letter with its message.
#[derive(Debug, Serialize)]
pub struct DeadView {
    /// What is known of it.
    #[serde(flatten)]
    pub letter: DeadLetter,
    /// The message, as JSON where it can be read.
    pub message: Value,
}

impl Desk {
    /// The open ones, newest first.
    ///
    /// # Errors
    /// When the store is away.
    pub async fn dead_letters(&self) -> Result<Vec<DeadLetter>, DeskError> {
        Ok(self.store.read(|sql| list_dead(sql, 500)).await?)
    }

    /// One of them.
    ///
    /// # Errors
    /// When there is none of this number.
    pub async fn dead_letter(&self, no: i64) -> Result<DeadView, DeskError> {
        let letter = self.store.read(move |sql| read_dead(sql, no)).await?;
        let text = letter.envelope.clone();
        let message = serde_json::from_str(&text).unwrap_or(Value::String(text));
        Ok(DeadView { letter, message })
    }

    /// Puts it into the queue again, as it was or as `corrected`.
    ///
    /// # Errors
    /// When there is none of this number, it was sent again already, or the queue does not take it.
    pub async fn resend(&self, no: i64, corrected: Option<Value>, by: Actor) -> Result<(), DeskError> {
        let letter = self.store.read(move |sql| read_dead(sql, no)).await?;
        if letter.state != DeadState::Open {
            return Err(DeskError::Request(format!("异常来稿 {no} 已重新投递")));
        }
        let message = corrected.map_or_else(|| letter.envelope.clone(), |value| value.to_string());
        (self.hooks.resend)(message).await.map_err(DeskError::Resend)?;
        let done = self.store.write(Priority::Desk, move |tx: &mut Tx<'_>| {
            set_dead_state(tx, &letter, DeadState::Resent, &by)
        });
        Ok(done.await?)
    }
}
