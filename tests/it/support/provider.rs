//! An identity platform of the tests' own (OpenID Connect, as much of it as a sign-in wants): it signs with ES256, checks PKCE
//! and the client's secret, gives each code once, and lies on demand.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use axum::extract::{RawForm, RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use minyi::clock::{Clock, SystemClock};
use minyi::config::{Config, SecretText};
use ring::digest::{SHA256, digest};
use ring::hmac;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING as ALGORITHM, EcdsaKeyPair, KeyPair};
use serde_json::{Value, json};

const CLIENT: &str = "minyi-test";
/// The secret that the platform and the system share.
pub const SECRET: &str = "correct-horse-staple";

/// How a token is other than it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lie {
    None,
    Nonce,
    NoNonce,
    Audience,
    SecondAudience,
    Party,
    Issuer,
    Expired,
    Future,
    Old,
    Signature,
    /// By the shared secret instead of the platform's key.
    Shared,
    /// By nobody at all.
    Unsigned,
    /// Another access token than the one that it came with.
    Hash,
    Missing,
}

struct Pending {
    challenge: String,
    nonce: String,
    back: String,
}

struct Inner {
    issuer: String,
    key: EcdsaKeyPair,
    kid: u32,
    /// Who signs in next.
    claims: Value,
    lie: Lie,
    /// How long the token takes.
    delay: Duration,
    codes: HashMap<String, Pending>,
    given: u32,
    asked: Vec<&'static str>,
    /// Where the system really is, for people who come by a browser.
    desk: String,
}

type Shared = State<Arc<Mutex<Inner>>>;

/// A running platform.
pub struct Provider {
    inner: Arc<Mutex<Inner>>,
    task: tokio::task::JoinHandle<()>,
}

fn fresh_key() -> EcdsaKeyPair {
    let random = SystemRandom::new();
    let key = EcdsaKeyPair::generate_pkcs8(&ALGORITHM, &random).expect("a key");
    EcdsaKeyPair::from_pkcs8(&ALGORITHM, key.as_ref(), &random).expect("a key")
}

fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn pairs(text: &str) -> HashMap<String, String> {
    form_urlencoded::parse(text.as_bytes()).into_owned().collect()
}

impl Provider {
    /// Starts one.
    pub async fn start() -> Self {
        Self::start_as("127.0.0.1").await
    }

    /// Starts one that is called by this name.
    pub async fn start_as(name: &str) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("bound");
        let address = listener.local_addr().expect("an address");
        let inner = Arc::new(Mutex::new(Inner {
            issuer: format!("http://{name}:{}/realm", address.port()),
            key: fresh_key(),
            kid: 1,
            claims: json!({ "sub": "u-1001" }),
            lie: Lie::None,
            delay: Duration::ZERO,
            codes: HashMap::new(),
            given: 0,
            asked: Vec::new(),
            desk: String::new(),
        }));
        let router = Router::new()
            .route("/realm/.well-known/openid-configuration", get(document))
            .route("/realm/keys", get(keys))
            .route("/realm/token", post(token))
            .route("/realm/authorize", get(authorize))
            .with_state(Arc::clone(&inner));
        let task = tokio::spawn(async move { axum::serve(listener, router).await.expect("served") });
        Self { inner, task }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().expect("whole")
    }

    /// Settings that name this platform.
    pub fn configure(&self, config: &mut Config) {
        config.desk.address = "https://minyi.test".to_owned();
        let oidc = &mut config.accounts.oidc;
        oidc.issuer = self.inner().issuer.clone();
        oidc.client_id = CLIENT.to_owned();
        oidc.client_secret = SecretText::new(SECRET.to_owned());
        oidc.timeout_seconds = 2;
    }

    /// Where people who come by a browser are sent back to.
    pub fn desk(&self, address: SocketAddr) {
        self.inner().desk = format!("http://{address}");
    }

    /// Who signs in from now on.
    pub fn person(&self, claims: Value) {
        self.inner().claims = claims;
    }

    /// How tokens are from now on.
    pub fn lie(&self, lie: Lie) {
        self.inner().lie = lie;
    }

    /// How long a token takes from now on.
    pub fn delay(&self, delay: Duration) {
        self.inner().delay = delay;
    }

    /// Another key from now on.
    pub fn rotate(&self) {
        let mut inner = self.inner();
        inner.key = fresh_key();
        inner.kid += 1;
    }

    /// What it was asked.
    pub fn asked(&self) -> Vec<&'static str> {
        self.inner().asked.clone()
    }

    /// Nobody answers any more.
    pub fn end(&self) {
        self.task.abort();
    }

    /// What somebody at the platform's page agrees to: gives the path to which they are sent back.
    pub fn agree(&self, sent: &str) -> String {
        let asked = self.checked(sent);
        self.inner().agree(&asked)
    }

    /// What somebody refuses there.
    pub fn refuse(&self, sent: &str, error: &str) -> String {
        format!("/sign-in/oidc/back?error={error}&state={}", self.checked(sent)["state"])
    }

    fn checked(&self, sent: &str) -> HashMap<String, String> {
        let (place, asked) = sent.split_once('?').expect("a question");
        assert_eq!(place, format!("{}/authorize", self.inner().issuer));
        let asked = pairs(asked);
        for (name, value) in [
            ("response_type", "code"),
            ("client_id", CLIENT),
            ("code_challenge_method", "S256"),
            ("redirect_uri", "https://minyi.test/sign-in/oidc/back"),
        ] {
            assert_eq!(asked.get(name).map(String::as_str), Some(value), "{name}");
        }
        assert!(asked["scope"].split(' ').any(|scope| scope == "openid"));
        for name in ["state", "nonce", "code_challenge"] {
            assert!(asked[name].len() >= 43, "{name}");
        }
        asked
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn document(State(inner): Shared) -> Json<Value> {
    let mut inner = inner.lock().expect("whole");
    inner.asked.push("document");
    let issuer = &inner.issuer;
    Json(json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "jwks_uri": format!("{issuer}/keys"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["none", "HS256", "ES256"],
    }))
}

async fn keys(State(inner): Shared) -> Json<Value> {
    let mut inner = inner.lock().expect("whole");
    inner.asked.push("keys");
    let point = inner.key.public_key().as_ref();
    Json(json!({ "keys": [{
        "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": format!("k{}", inner.kid),
        "x": encode(&point[1..33]), "y": encode(&point[33..65]),
    }] }))
}

fn refusal(error: &str) -> Response {
    (StatusCode::BAD_REQUEST, Json(json!({ "error": error }))).into_response()
}

async fn token(State(inner): Shared, headers: HeaderMap, RawForm(form): RawForm) -> Response {
    let delay = inner.lock().expect("whole").delay;
    tokio::time::sleep(delay).await;
    let mut inner = inner.lock().expect("whole");
    inner.asked.push("token");
    let basic = format!("Basic {}", STANDARD.encode(format!("{CLIENT}:{SECRET}")));
    if headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()) != Some(basic.as_str()) {
        return refusal("invalid_client");
    }
    let form = pairs(&String::from_utf8_lossy(&form));
    let given = |name: &str| form.get(name).cloned().unwrap_or_default();
    let Some(pending) = inner.codes.remove(&given("code")) else { return refusal("invalid_grant") };
    let proof = encode(digest(&SHA256, given("code_verifier").as_bytes()));
    if proof != pending.challenge || given("redirect_uri") != pending.back {
        return refusal("invalid_grant");
    }
    let mut answer = json!({ "access_token": "a-token", "token_type": "Bearer", "expires_in": 300 });
    if inner.lie != Lie::Missing {
        answer["id_token"] = inner.id_token(&pending).into();
    }
    Json(answer).into_response()
}

/// The page of the platform, with a link by which somebody agrees.
async fn authorize(State(inner): Shared, RawQuery(asked): RawQuery) -> Html<String> {
    let mut inner = inner.lock().expect("whole");
    let back = inner.agree(&pairs(&asked.unwrap_or_default())).replace('&', "&amp;");
    Html(format!(
        "<!DOCTYPE html><title>platform</title><a id=\"agree\" href=\"{}{back}\">agree</a>",
        inner.desk
    ))
}

impl Inner {
    fn agree(&mut self, asked: &HashMap<String, String>) -> String {
        self.given += 1;
        let code = format!("code-{}", self.given);
        let pending = Pending {
            challenge: asked["code_challenge"].clone(),
            nonce: asked["nonce"].clone(),
            back: asked["redirect_uri"].clone(),
        };
        self.codes.insert(code.clone(), pending);
        format!("/sign-in/oidc/back?code={code}&state={}", asked["state"])
    }

    fn id_token(&self, pending: &Pending) -> String {
        let now = SystemClock.now().as_micros() / 1_000_000;
        let hash = digest(&SHA256, b"a-token");
        let mut claims = self.claims.clone();
        for (name, value) in [
            ("iss", json!(self.issuer)),
            ("aud", json!(CLIENT)),
            ("iat", json!(now)),
            ("exp", json!(now + 300)),
            ("nonce", json!(pending.nonce)),
            ("at_hash", json!(encode(&hash.as_ref()[..16]))),
        ] {
            claims[name] = value;
        }
        match self.lie {
            Lie::Nonce => claims["nonce"] = json!("another"),
            Lie::NoNonce => {
                claims.as_object_mut().expect("claims").remove("nonce");
            }
            Lie::Audience => claims["aud"] = json!("somebody-else"),
            Lie::SecondAudience => claims["aud"] = json!([CLIENT, "somebody-else"]),
            Lie::Party => claims["azp"] = json!("somebody-else"),
            Lie::Issuer => claims["iss"] = json!("https://id.example.org"),
            Lie::Expired => claims["exp"] = json!(now - 61),
            Lie::Future => claims["iat"] = json!(now + 120),
            Lie::Old => claims["iat"] = json!(now - 3600),
            Lie::Hash => claims["at_hash"] = json!(encode([7; 16])),
            _ => {}
        }
        let algorithm = match self.lie {
            Lie::Shared => "HS256",
            Lie::Unsigned => "none",
            _ => "ES256",
        };
        let head = json!({ "alg": algorithm, "typ": "JWT", "kid": format!("k{}", self.kid) });
        let text = format!("{}.{}", encode(head.to_string()), encode(claims.to_string()));
        let mut signature = match self.lie {
            Lie::Shared => {
                let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
                hmac::sign(&key, text.as_bytes()).as_ref().to_vec()
            }
            Lie::Unsigned => Vec::new(),
            _ => self.key.sign(&SystemRandom::new(), text.as_bytes()).expect("signed").as_ref().to_vec(),
        };
        if self.lie == Lie::Signature {
            signature[20] ^= 1;
        }
        format!("{text}.{}", encode(signature))
    }
}
