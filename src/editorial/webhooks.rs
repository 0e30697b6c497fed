//! 推送: where a source's notices go, the key that signs them, and what became of each delivery.

use serde::{Deserialize, Serialize};

use crate::model::{Actor, DeliveryState, SourceId};
use crate::store::{
    DeliveryKey, DeliveryRow, Priority, Sql, StoreError, Tx, Webhook, count_deliveries, list_deliveries,
    resend_delivery, set_webhook, webhooks,
};

use super::{Desk, DeskError};

/// Deliveries that a page lists.
const LISTED: i64 = 200;
/// Longest address.
const URL_MAX: usize = 500;

/// Where notices are to go.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhookRequest {
    /// The address; empty = nowhere any more.
    pub url: String,
}

/// A webhook as it was set, with its key, this once.
#[derive(Debug, Serialize)]
pub struct WebhookSet {
    /// Of which source.
    pub source: SourceId,
    /// The address.
    pub url: String,
    /// The key of the signature; none where notices end.
    pub key: Option<String>,
}

impl Desk {
    /// Sets where the notices of a source's items go; each time with a new key.
    ///
    /// # Errors
    /// When the address cannot be called, or there is no such source.
    pub async fn set_webhook(
        &self,
        source: SourceId,
        wanted: WebhookRequest,
        by: Actor,
    ) -> Result<WebhookSet, DeskError> {
        let url = wanted.url.trim().to_owned();
        if url.len() > URL_MAX {
            return Err(DeskError::Request(format!("地址超过 {URL_MAX} 个字符，请缩短")));
        }
        if !url.is_empty() {
            (self.hooks.check_address)(&url).map_err(DeskError::Request)?;
        }
        let (id, to) = (source.clone(), url.clone());
        let set = move |tx: &mut Tx<'_>| set_webhook(tx, &id, &to, &by);
        let serial = self.store.write(Priority::Desk, set).await?;
        let key = (!url.is_empty()).then(|| (self.hooks.webhook_key)(&source, serial));
        Ok(WebhookSet { source, url, key })
    }

    /// Every webhook in force.
    ///
    /// # Errors
    /// When the store is away.
    pub async fn webhooks(&self) -> Result<Vec<Webhook>, DeskError> {
        Ok(self.store.read(webhooks).await?)
    }

    /// The latest deliveries, and how many were given up.
    ///
    /// # Errors
    /// When the store is away.
    pub async fn deliveries(
        &self,
        state: Option<DeliveryState>,
        phone: bool,
    ) -> Result<(Vec<DeliveryRow>, i64), DeskError> {
        let read = move |sql: &mut dyn Sql| {
            let rows = list_deliveries(sql, state, phone, LISTED)?;
            Ok::<_, StoreError>((rows, count_deliveries(sql, DeliveryState::GivenUp)?))
        };
        Ok(self.store.read(read).await?)
    }

    /// 重发; for a call: 已告知.
    ///
    /// # Errors
    /// When it was confirmed or taken back already.
    pub async fn resend_delivery(&self, key: DeliveryKey, by: Actor) -> Result<(), DeskError> {
        let again = move |tx: &mut Tx<'_>| resend_delivery(tx, &key, &by);
        match self.store.write(Priority::Desk, again).await {
            Err(StoreError::Stale) => Err(DeskError::Request("这条通知已送达或已取消，不再发送".to_owned())),
            other => Ok(other?),
        }
    }
}
