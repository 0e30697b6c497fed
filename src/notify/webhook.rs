//! Signed calls. The receiver checks `Minyi-Signature: t=<seconds>,v1=<hex>` with
//! `v1 = HMAC-SHA256(key, "<seconds>.<body>")`, refuses what is older than five minutes, and drops a `Minyi-Event-Id` that
//! it has seen: so neither a repeat nor a recording does anything.

use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::json;
use sha2::Sha256;

use crate::model::{SecretKey, SourceId};
use crate::outward::Call;
use crate::store::{Due, Webhook};

use super::{Failure, Parts};

/// Of a receiver's answer nothing but the status is of interest.
const ANSWER_MAX: usize = 64 << 10;

/// The key of a source's webhook, as the receiver keeps it: made from the instance's secret, so it is stored nowhere.
pub fn key_of(secret: &SecretKey, source: &SourceId, serial: i64) -> String {
    let key = secret.for_purpose(&format!("webhook {source} {serial}"));
    key.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// `t=…,v1=…` of a body at a second.
pub fn signature(key: &str, seconds: i64, body: &[u8]) -> String {
    // HMAC takes a key of any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key.as_bytes()) else { return String::new() };
    mac.update(format!("{seconds}.").as_bytes());
    mac.update(body);
    let hex: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("t={seconds},v1={hex}")
}

/// What is told: never a word of the item's text.
fn body(due: &Due) -> Vec<u8> {
    json!({
        "id": due.event,
        "no": due.key.notice,
        "event": due.kind.code(),
        "at": due.at.to_string(),
        "words": due.words,
        "item": {
            "id": due.item,
            "receipt": due.receipt,
            "external_id": due.external_id,
            "state": due.state.map(|state| state.public()),
        },
    })
    .to_string()
    .into_bytes()
}

/// Sends one; gives it back with what it met.
pub(super) async fn send(parts: &Parts, known: &[Webhook], due: Due) -> (Due, Result<(), Failure>) {
    let Some(hook) = known.iter().find(|hook| hook.source.as_str() == due.key.target) else {
        return (due, Err(Failure::Nobody("该渠道已不再接收推送".to_owned())));
    };
    let body = body(&due);
    let seconds = parts.clock.now().as_micros() / 1_000_000;
    let key = key_of(&parts.secret, &hook.source, hook.serial);
    let headers = vec![
        ("content-type".to_owned(), "application/json; charset=utf-8".to_owned()),
        ("minyi-event-id".to_owned(), due.event.as_str().to_owned()),
        ("minyi-event".to_owned(), due.kind.code().to_owned()),
        ("minyi-signature".to_owned(), signature(&key, seconds, &body)),
    ];
    let call = Call { url: hook.url.clone(), headers, body: Some(Bytes::from(body)), most: ANSWER_MAX };
    let result = match parts.outward.call(call).await {
        Ok(reply) if reply.ok() => Ok(()),
        Ok(reply) => Err(Failure::Later {
            told: format!("对方答复 {}", reply.status),
            after: reply.header("retry-after").and_then(|seconds| seconds.trim().parse().ok()),
        }),
        Err(error) => Err(Failure::later(error.to_string())),
    };
    (due, result)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_the_same_for_the_same_and_another_for_anything_else() {
        let secret = SecretKey::new([7; 32]);
        let source: SourceId = "street".parse().expect("a source");
        let key = key_of(&secret, &source, 1);
        assert_eq!(key.len(), 64);
        assert_ne!(key, key_of(&secret, &source, 2));
        let one = signature(&key, 1_000, b"{}");
        assert_eq!(one, signature(&key, 1_000, b"{}"));
        for other in
            [signature(&key, 1_001, b"{}"), signature(&key, 1_000, b"{ }"), signature("x", 1_000, b"{}")]
        {
            assert_ne!(one, other);
        }
    }

    #[test]
    fn the_signature_is_the_hmac_of_the_standard() {
        // RFC 4231, test case 2, reached through the form "t.body": key "Jefe", data "what do ya want for nothing?".
        let mut mac = Hmac::<Sha256>::new_from_slice(b"Jefe").expect("a key");
        mac.update(b"what do ya want for nothing?");
        let hex: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    }
}
