//! Who is calling, by bearer token; and how much each token may send.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use arc_swap::ArcSwap;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::future::BoxFuture;

use crate::clock::Clock;
use crate::model::{Caller, LocalDate, Permission, Source, SourceId, Token, User};
use crate::store::{Store, StoreError, source_tokens};
use crate::web::{OperatorName, Problem};

use super::review::OWN_SOURCE;

/// Finds the person whose own key this is.
pub type People = Box<dyn Fn(String) -> BoxFuture<'static, Result<Option<User>, Problem>> + Send + Sync>;

/// What a person's key begins with.
const PERSONAL: &str = "mu_";

/// The registered tokens, in memory; read again whenever a source changes.
pub struct Tokens {
    store: Arc<Store>,
    clock: Arc<dyn Clock>,
    by_hash: ArcSwap<HashMap<[u8; 32], Source>>,
    sent: Mutex<HashMap<SourceId, Sent>>,
    people: People,
}

/// What a source has sent lately.
struct Sent {
    /// What is left of this minute's allowance: it fills up evenly.
    allowance: f64,
    at: Instant,
    day: LocalDate,
    today: u64,
}

impl Tokens {
    /// Reads the tokens.
    ///
    /// # Errors
    /// When the store is away.
    pub fn load(store: Arc<Store>, clock: Arc<dyn Clock>, people: People) -> Result<Arc<Self>, StoreError> {
        let by_hash = store.read(source_tokens).wait()?.into_iter().collect();
        let by_hash = ArcSwap::from_pointee(by_hash);
        Ok(Arc::new(Self { store, clock, by_hash, sent: Mutex::default(), people }))
    }

    /// Reads them again.
    ///
    /// # Errors
    /// When the store is away: the tokens known before stay in force.
    pub async fn reload(&self) -> Result<(), StoreError> {
        let tokens = self.store.read(source_tokens).await?;
        self.by_hash.store(Arc::new(tokens.into_iter().collect()));
        Ok(())
    }

    /// The source that holds a token.
    ///
    /// # Errors
    /// 401 for an unknown token and for a revoked one.
    fn holder(&self, token: &Token) -> Result<Source, Problem> {
        // The look-up is by hash, so its timing says nothing about the token.
        let unauthorised = |detail: &str| Problem::new(StatusCode::UNAUTHORIZED, "bad_token", detail);
        match self.by_hash.load().get(&token.hash()) {
            None => Err(unauthorised("令牌无效，请核对是否完整复制，或向管理员申请新的令牌")),
            Some(source) if source.revoked_at.is_some() => {
                Err(unauthorised("此令牌已停用，请向管理员申请新的令牌"))
            }
            Some(source) => Ok(source.clone()),
        }
    }

    /// Who holds a key or a token.
    async fn caller(&self, bearer: String) -> Result<Caller, Problem> {
        if !bearer.starts_with(PERSONAL) {
            return self.holder(&Token::presented(&bearer)).map(Caller::source);
        }
        match (self.people)(bearer).await? {
            None => {
                let detail = "个人令牌无效、已停用或已过期，请在“我的账户”重新生成";
                Err(Problem::new(StatusCode::UNAUTHORIZED, "bad_key", detail))
            }
            Some(user) if user.may(Permission::Submit) => {
                let way_in = OWN_SOURCE.parse().map_err(|error| Problem::internal(&error))?;
                Ok(Caller::person(&user, way_in))
            }
            Some(_) => {
                let detail = "此账户没有“报送”权限，如有需要请联系安全管理员";
                Err(Problem::new(StatusCode::FORBIDDEN, "right_missing", detail))
            }
        }
    }

    /// Counts `items` against a source's limits.
    ///
    /// # Errors
    /// 429 with the time to wait.
    pub fn spend(&self, source: &Source, items: u32) -> Result<(), Problem> {
        let limits = source.limits;
        if limits.per_minute == 0 && limits.per_day == 0 {
            return Ok(());
        }
        let (now, day) = (Instant::now(), self.clock.now().date());
        let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        let full = f64::from(limits.per_minute);
        let sent =
            sent.entry(source.id.clone()).or_insert_with(|| Sent { allowance: full, at: now, day, today: 0 });
        if sent.day != day {
            (sent.day, sent.today) = (day, 0);
        }
        let wanted = f64::from(items);
        if limits.per_day > 0 && sent.today + u64::from(items) > u64::from(limits.per_day) {
            let detail = format!(
                "此令牌今日已报送 {} 件，达到每日 {} 件的上限，请明日再报",
                sent.today, limits.per_day
            );
            let until_midnight = (day.end().as_micros() - self.clock.now().as_micros()) / 1_000_000;
            return Err(too_many(detail, u64::try_from(until_midnight).unwrap_or(3600).max(1)));
        }
        if limits.per_minute > 0 {
            let gained = now.duration_since(sent.at).as_secs_f64() * full / 60.0;
            sent.allowance = (sent.allowance + gained).min(full);
            sent.at = now;
            if sent.allowance < wanted {
                let wait = ((wanted - sent.allowance) * 60.0 / full).ceil().max(1.0);
                let detail = format!("此令牌每分钟至多报送 {} 件，请 {wait} 秒后再报", limits.per_minute);
                return Err(too_many(detail, wait as u64));
            }
            sent.allowance -= wanted;
        }
        sent.today += u64::from(items);
        Ok(())
    }
}

fn too_many(detail: String, seconds: u64) -> Problem {
    Problem::new(StatusCode::TOO_MANY_REQUESTS, "too_many", detail).retry_after(seconds)
}

/// Puts the caller among the request's extensions; a request without a token passes unnamed, one with a wrong token
/// does not pass.
pub async fn identify(State(tokens): State<Arc<Tokens>>, mut request: Request, next: Next) -> Response {
    let caller = match request.extensions().get::<OperatorName>() {
        Some(operator) => Some(Ok(Caller::operator(&operator.0))),
        None => match bearer(&request) {
            Some(bearer) => Some(tokens.caller(bearer).await),
            None => None,
        },
    };
    match caller {
        None => {}
        Some(Ok(caller)) => drop(request.extensions_mut().insert(caller)),
        Some(Err(problem)) => return problem.into_response(),
    }
    next.run(request).await
}

fn bearer(request: &Request) -> Option<String> {
    let value = request.headers().get(header::AUTHORIZATION)?.to_str().unwrap_or_default();
    let token = value.strip_prefix("Bearer ").or_else(|| value.strip_prefix("bearer ")).unwrap_or(value);
    Some(token.trim().to_owned())
}
