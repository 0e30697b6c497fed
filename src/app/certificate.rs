//! The server's certificate while it serves: new files are taken into force, and its end is spoken of in time.

use std::sync::Arc;
use std::time::Duration;

use crate::clock::Clock;
use crate::model::Timestamp;
use crate::web::{Standing, Tls};

/// How often the files are looked at.
const LOOK: Duration = Duration::from_secs(5);
/// How often an end that is near is spoken of, seconds.
const REMIND_SECONDS: i64 = 24 * 3600;

/// Looks at the files again and again, until it is dropped. Files that cannot be used change nothing: one of the two may
/// just be on its way.
pub(super) async fn keep_fresh(tls: Arc<Tls>, clock: Arc<dyn Clock>) {
    let (mut trouble, mut reminded) = (String::new(), None);
    loop {
        remind(&tls, clock.now(), &mut reminded);
        tokio::time::sleep(LOOK).await;
        let looked = Arc::clone(&tls);
        let Ok(found) = tokio::task::spawn_blocking(move || looked.look()).await else { return };
        let now = found.as_ref().err().map(ToString::to_string).unwrap_or_default();
        if matches!(found, Ok(true)) {
            tracing::info!(until = %tls.validity().until, "the certificate is renewed");
            reminded = None;
        } else if !now.is_empty() && now != trouble {
            tracing::error!("the certificate before stays in force: {now}");
        }
        trouble = now;
    }
}

fn remind(tls: &Tls, now: Timestamp, reminded: &mut Option<Timestamp>) {
    let validity = tls.validity();
    metrics::gauge!("minyi_tls_certificate_end_seconds").set((validity.until.as_micros() / 1_000_000) as f64);
    if reminded.is_some_and(|at| now < at.plus_seconds(REMIND_SECONDS)) {
        return;
    }
    *reminded = Some(now);
    match validity.at(now) {
        Standing::Good => {}
        Standing::Soon(_) => tracing::warn!("{}", validity.told(now)),
        Standing::Expired | Standing::NotYet => tracing::error!("{}", validity.told(now)),
    }
}
