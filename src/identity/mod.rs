//! Signing in by an identity platform (统一身份认证, OpenID Connect): where somebody is sent, and what is believed of the answer.
//!
//! The authorization code flow with PKCE, state and nonce. The platform is asked over a caller of our own (one TLS, limits of
//! time and size, no redirects). An ID token is believed that a key of the platform signed, for this system, for this very
//! attempt, and that is in force. Which account that opens is not known here.

mod error;
mod provider;
mod token;
mod wait;

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use crate::clock::Clock;
use crate::config::{self, Oidc};
use crate::model::{Said, SecretKey, SessionKey};

pub use error::{Fault, PlatformError};
pub use wait::{WAIT_SECONDS, Wait};

use provider::Provider;
use wait::WaitKey;

/// The platform.
pub struct Platform {
    settings: Oidc,
    provider: Provider,
    key: WaitKey,
    clock: Arc<dyn Clock>,
}

/// Somebody is sent to the platform.
pub struct Sent {
    /// Where.
    pub address: String,
    /// What their browser holds meanwhile.
    pub held: String,
}

/// What came back in the address.
#[derive(Debug, Default)]
pub struct Answer<'a> {
    /// The code that is exchanged for the token.
    pub code: &'a str,
    /// What went wrong, in the platform's word.
    pub error: &'a str,
    /// Who answers, where the platform says it (RFC 9207).
    pub issuer: &'a str,
}

impl Platform {
    /// With the configuration; none where it names no platform. Nothing is asked yet: a platform that is away keeps no start.
    ///
    /// # Errors
    /// When the file of its authority cannot serve; in Chinese.
    pub fn new(
        accounts: &config::Accounts,
        desk: &config::Desk,
        secret: &SecretKey,
        clock: Arc<dyn Clock>,
    ) -> Result<Option<Self>, String> {
        let settings = accounts.oidc.clone();
        if !settings.is_on() {
            return Ok(None);
        }
        let provider = Provider::new(&settings, Oidc::back(desk), Arc::clone(&clock))?;
        Ok(Some(Self { settings, provider, key: WaitKey::new(secret), clock }))
    }

    /// The words on the button.
    pub fn label(&self) -> &str {
        &self.settings.label
    }

    /// Sends somebody there: to sign in and go on to `next`, or to bind an identity to the account of this session.
    ///
    /// # Errors
    /// [`PlatformError::Away`] and the like.
    pub fn send<'a>(
        &'a self,
        next: &'a str,
        binds: Option<SessionKey>,
    ) -> BoxFuture<'a, Result<Sent, PlatformError>> {
        async move {
            let random = |error: std::io::Error| PlatformError::Random(error.to_string());
            let wait = Wait::begin(next, binds, self.clock.now()).map_err(random)?;
            let address = self.limited(self.provider.address(&wait).boxed()).await?;
            Ok(Sent { address, held: self.key.seal(&wait).map_err(random)? })
        }
        .boxed()
    }

    /// What the browser held, if it was sealed here and is not too old.
    pub fn held(&self, held: &str) -> Option<Wait> {
        self.key.open(held, self.clock.now())
    }

    /// Exchanges the answer for who it is.
    ///
    /// # Errors
    /// [`PlatformError`] says why nobody is believed.
    pub fn ask<'a>(
        &'a self,
        wait: &'a Wait,
        answer: &'a Answer<'a>,
    ) -> BoxFuture<'a, Result<Said, PlatformError>> {
        async move {
            match answer.error {
                "" => {}
                "access_denied" | "login_required" | "consent_required" | "interaction_required" => {
                    return Err(PlatformError::Denied);
                }
                error => return Err(refusal(error)),
            }
            if !answer.issuer.is_empty() && answer.issuer != self.settings.issuer {
                return Err(PlatformError::Token(Fault::Issuer));
            }
            if answer.code.is_empty() {
                return Err(PlatformError::Odd("没有授权码".to_owned()));
            }
            self.limited(self.provider.said(wait, answer.code).boxed()).await
        }
        .boxed()
    }

    /// Whether the platform can be asked: its discovery document and its keys; gives how many keys it has.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check(&self) -> BoxFuture<'_, Result<usize, PlatformError>> {
        self.limited(self.provider.keys().boxed()).boxed()
    }

    /// However many questions it takes, nobody waits longer than said.
    async fn limited<T>(&self, asked: BoxFuture<'_, Result<T, PlatformError>>) -> Result<T, PlatformError> {
        let seconds = self.settings.timeout_seconds;
        match tokio::time::timeout(Duration::from_secs(seconds), asked).await {
            Ok(answered) => answered,
            Err(_) => Err(PlatformError::Away(format!("{seconds} 秒内没有答复"))),
        }
    }
}

/// A refusal by its code: what it says of this system is for whoever runs it.
fn refusal(code: &str) -> PlatformError {
    let told: String = code.chars().filter(|c| c.is_ascii_graphic()).take(60).collect();
    match code {
        "invalid_client" | "unauthorized_client" | "invalid_scope" | "unsupported_response_type" => {
            PlatformError::Client(told)
        }
        "server_error" | "temporarily_unavailable" => PlatformError::Away(told),
        _ => PlatformError::Refused(told),
    }
}
