//! What is known of the platform (its discovery document and its keys), and the questions that it is asked.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use openidconnect::core::{
    CoreAuthenticationFlow, CoreClientAuthMethod, CoreErrorResponseType, CoreProviderMetadata,
};
use openidconnect::{
    AsyncHttpClient, AuthType, AuthorizationCode, ClientId, ClientSecret, CsrfToken, DiscoveryError,
    HttpRequest, HttpResponse, IssuerUrl, Nonce, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl,
    RequestTokenError, Scope, StandardErrorResponse,
};
use tokio::sync::Mutex;
use url::Url;

use crate::clock::Clock;
use crate::config::{Oidc, sealed};
use crate::model::{Said, Timestamp};
use crate::outward::{Known, OutwardError};

use super::token::{Client, believed, trusted};
use super::wait::Wait;
use super::{Fault, PlatformError, refusal};

/// What the platform says of itself is believed for so long.
const FRESH_SECONDS: i64 = 600;
/// A token by a key that is not known makes us ask for the keys again, at most so often.
const AGAIN_SECONDS: i64 = 30;
/// A platform that was away is not asked again for so long: one waits, the others are told at once.
const AWAY_SECONDS: i64 = 5;
/// Discovery documents, keys and tokens are small.
const ANSWER_MAX: usize = 512 << 10;

/// The last look at the platform.
#[derive(Default)]
struct Look {
    known: Option<(Arc<Client>, Timestamp)>,
    away: Option<(PlatformError, Timestamp)>,
}

/// The library's questions go by our own caller.
struct Caller(Known);

impl<'c> AsyncHttpClient<'c> for Caller {
    type Error = OutwardError;
    type Future = BoxFuture<'c, Result<HttpResponse, OutwardError>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        self.0.call(request).boxed()
    }
}

/// The platform, as it is asked.
pub(super) struct Provider {
    settings: Oidc,
    back: RedirectUrl,
    issuer: IssuerUrl,
    caller: Caller,
    clock: Arc<dyn Clock>,
    look: Mutex<Look>,
}

impl Provider {
    pub(super) fn new(settings: &Oidc, back: String, clock: Arc<dyn Clock>) -> Result<Self, String> {
        let ca_file: &Path = &settings.ca_file;
        let caller = Known::new(ca_file, settings.timeout_seconds, ANSWER_MAX)
            .map_err(|why| format!("accounts.oidc.ca_file：{why}"))?;
        let issuer = IssuerUrl::new(settings.issuer.clone())
            .map_err(|error| format!("accounts.oidc.issuer：{error}"))?;
        let back = RedirectUrl::new(back).map_err(|error| format!("desk.address：{error}"))?;
        Ok(Self {
            settings: settings.clone(),
            back,
            issuer,
            caller: Caller(caller),
            clock,
            look: Mutex::default(),
        })
    }

    /// Where somebody is sent.
    pub(super) async fn address(&self, wait: &Wait) -> Result<String, PlatformError> {
        let client = self.known(FRESH_SECONDS).await?;
        let verifier = PkceCodeVerifier::new(wait.verifier.clone());
        let (state, nonce) = (wait.state.clone(), wait.nonce.clone());
        let scopes = self.settings.scopes.split_whitespace().filter(|scope| *scope != "openid");
        let (address, _, _) = client
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                move || CsrfToken::new(state),
                move || Nonce::new(nonce),
            )
            .add_scopes(scopes.map(|scope| Scope::new(scope.to_owned())))
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier))
            .url();
        Ok(address.to_string())
    }

    /// Who it is, for a code.
    pub(super) async fn said(&self, wait: &Wait, code: &str) -> Result<Said, PlatformError> {
        let client = self.known(FRESH_SECONDS).await?;
        let exchange = client
            .exchange_code(AuthorizationCode::new(code.to_owned()))
            .map_err(|error| odd(&error))?
            .set_pkce_verifier(PkceCodeVerifier::new(wait.verifier.clone()));
        let response = exchange.request_async(&self.caller).await.map_err(|error| exchange_error(&error))?;
        let now = self.clock.now();
        match believed(&client, &self.settings, &response, &wait.nonce, now) {
            // Platforms change their keys: the new ones are asked for before the token is refused.
            Err(PlatformError::Token(Fault::Signature)) => {
                let client = self.known(AGAIN_SECONDS).await?;
                believed(&client, &self.settings, &response, &wait.nonce, now)
            }
            done => done,
        }
    }

    /// How many keys the platform has, asked anew.
    pub(super) async fn keys(&self) -> Result<usize, PlatformError> {
        let document = self.discover().await?;
        Ok(document.jwks().keys().len())
    }

    /// What is known of the platform, no older than said. Who asks while another does waits for the same answer.
    async fn known(&self, seconds: i64) -> Result<Arc<Client>, PlatformError> {
        let mut look = self.look.lock().await;
        let now = self.clock.now();
        if let Some((client, at)) = &look.known
            && at.plus_seconds(seconds) > now
        {
            return Ok(Arc::clone(client));
        }
        if let Some((error, at)) = &look.away
            && at.plus_seconds(AWAY_SECONDS) > now
        {
            return Err(error.clone());
        }
        // A little less than the whole wait, so that it is noted who kept it waiting.
        let limit = Duration::from_millis(self.settings.timeout_seconds * 900);
        let discovered = tokio::time::timeout(limit, self.discover()).await;
        let slow = || PlatformError::Away(format!("{} 秒内没有答复", self.settings.timeout_seconds));
        match discovered.unwrap_or_else(|_| Err(slow())) {
            Ok(document) => {
                let client = Arc::new(self.client(document));
                *look = Look { known: Some((Arc::clone(&client), now)), away: None };
                Ok(client)
            }
            Err(error) => {
                tracing::warn!(%error, "the identity platform cannot be asked");
                look.away = Some((error.clone(), self.clock.now()));
                Err(error)
            }
        }
    }

    async fn discover(&self) -> Result<CoreProviderMetadata, PlatformError> {
        let document = CoreProviderMetadata::discover_async(self.issuer.clone(), &self.caller).await;
        let document = document.map_err(|error| discovery_error(&error))?;
        let token = document.token_endpoint().map(|address| address.url());
        let token = token.ok_or_else(|| PlatformError::Odd("发现文档没有 token_endpoint".to_owned()))?;
        let (sign_in, keys) = (document.authorization_endpoint().url(), document.jwks_uri().url());
        if let Some(open) = [token, sign_in, keys].into_iter().find(|address| !sealed(address)) {
            return Err(PlatformError::Odd(format!("{} 不是 https 地址", shown(open))));
        }
        if trusted(&document).is_empty() {
            return Err(PlatformError::Odd(
                "没有共同的签名算法，平台须用 RS256 或 ES256 等非对称算法签名".to_owned(),
            ));
        }
        Ok(document)
    }

    fn client(&self, document: CoreProviderMetadata) -> Client {
        let secret = self.settings.client_secret.reveal();
        let secret = (!secret.is_empty()).then(|| ClientSecret::new(secret.to_owned()));
        // The way that the standard has first; the other where the platform knows that alone.
        let ways = document.token_endpoint_auth_methods_supported();
        let basic = ways.is_none_or(|ways| {
            ways.contains(&CoreClientAuthMethod::ClientSecretBasic)
                || !ways.contains(&CoreClientAuthMethod::ClientSecretPost)
        });
        let way = if basic { AuthType::BasicAuth } else { AuthType::RequestBody };
        let document_algorithms = trusted(&document);
        let document = document.set_id_token_signing_alg_values_supported(document_algorithms);
        Client::from_provider_metadata(document, ClientId::new(self.settings.client_id.clone()), secret)
            .set_redirect_uri(self.back.clone())
            .set_auth_type(way)
    }
}

/// An address without what may be secret in it.
fn shown(address: &Url) -> String {
    format!("{}://{}{}", address.scheme(), address.host_str().unwrap_or_default(), address.path())
}

fn odd(error: &dyn std::error::Error) -> PlatformError {
    tracing::warn!(%error, "the identity platform answers oddly");
    PlatformError::Odd("不能理解".to_owned())
}

fn discovery_error(error: &DiscoveryError<OutwardError>) -> PlatformError {
    match error {
        DiscoveryError::Request(error) => error.clone().into(),
        DiscoveryError::Response(status, _, why) => {
            tracing::warn!(%status, why, "the identity platform gives no discovery document");
            match status.as_u16() {
                500.. => PlatformError::Away(format!("发现文档或密钥答复 {}", status.as_u16())),
                200 => PlatformError::Odd("发现文档或密钥不是 JSON".to_owned()),
                status => PlatformError::Odd(format!("发现文档或密钥答复 {status}，请核对 issuer")),
            }
        }
        DiscoveryError::Validation(_) => {
            PlatformError::Odd("发现文档中的 issuer 与 accounts.oidc.issuer 不一致，须逐字相同".to_owned())
        }
        DiscoveryError::Parse(why) => {
            tracing::warn!(%why, "the identity platform's discovery document cannot be read");
            PlatformError::Odd("发现文档或密钥缺少必需的内容".to_owned())
        }
        other => odd(other),
    }
}

type ExchangeError = RequestTokenError<OutwardError, StandardErrorResponse<CoreErrorResponseType>>;

fn exchange_error(error: &ExchangeError) -> PlatformError {
    match error {
        RequestTokenError::Request(error) => error.clone().into(),
        RequestTokenError::ServerResponse(answer) => {
            let code = answer.error().as_ref().to_owned();
            tracing::warn!(
                code,
                description = answer.error_description(),
                "the identity platform refuses a code"
            );
            refusal(&code)
        }
        // The body may hold a token: of it only where it could not be read.
        RequestTokenError::Parse(why, _) => {
            tracing::warn!(at = %why.path(), "the identity platform's token cannot be read");
            PlatformError::Token(Fault::Form)
        }
        RequestTokenError::Other(why) => {
            tracing::warn!(why, "the identity platform gives no token");
            PlatformError::Odd("没有给出令牌".to_owned())
        }
    }
}
