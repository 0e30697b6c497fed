//! 来稿渠道 and their tokens.

use serde::{Deserialize, Serialize};

use crate::clock::random_bytes;
use crate::model::{Actor, Limits, Scope, Scopes, Source, SourceId, Token};
use crate::store::{Priority, Tx, insert_source, list_sources, revoke_source};

use super::{Desk, DeskError};

/// A source to be registered.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceRequest {
    /// Its code.
    pub id: String,
    /// Its name; the code where none is given.
    #[serde(default)]
    pub title: Option<String>,
    /// What its token may do; `submit` where nothing is given.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// Items a minute; the configured default where nothing is given.
    #[serde(default)]
    pub per_minute: Option<u32>,
    /// Items a day.
    #[serde(default)]
    pub per_day: Option<u32>,
}

/// A registered source, with its token, this once.
#[derive(Debug, Serialize)]
pub struct NewSource {
    /// The source.
    #[serde(flatten)]
    pub source: Source,
    /// The token: it is not stored and will not be shown again.
    pub token: String,
}

impl Desk {
    /// Registers a source and makes its token.
    ///
    /// # Errors
    /// When the code is no code or is taken, or a scope is unknown.
    pub async fn add_source(&self, request: SourceRequest, by: Actor) -> Result<NewSource, DeskError> {
        let id: SourceId = request
            .id
            .parse()
            .map_err(|error: crate::model::IdError| DeskError::Request(error.to_string()))?;
        let scopes = if request.scopes.is_empty() {
            vec![Scope::Submit]
        } else {
            request.scopes.iter().map(|code| scope(code)).collect::<Result<_, _>>()?
        };
        let source = Source {
            title: request.title.unwrap_or_else(|| id.to_string()),
            id,
            scopes: Scopes(scopes),
            limits: Limits {
                per_minute: request.per_minute.unwrap_or(self.limits.per_minute),
                per_day: request.per_day.unwrap_or(self.limits.per_day),
            },
            created_at: self.clock.now(),
            revoked_at: None,
        };
        let token = Token::from_random(random_bytes()?);
        let (written, secret) = (source.clone(), token.clone());
        self.store
            .write(Priority::Desk, move |tx: &mut Tx<'_>| insert_source(tx, &written, &secret, &by))
            .await?;
        (self.hooks.sources_changed)().await;
        Ok(NewSource { source, token: token.reveal().to_owned() })
    }

    /// Every source.
    ///
    /// # Errors
    /// When the store is away.
    pub async fn sources(&self) -> Result<Vec<Source>, DeskError> {
        Ok(self.store.read(list_sources).await?)
    }

    /// Revokes a source's token.
    ///
    /// # Errors
    /// When there is no such source, or it is revoked already.
    pub async fn revoke_source(&self, id: SourceId, by: Actor) -> Result<(), DeskError> {
        self.store.write(Priority::Desk, move |tx: &mut Tx<'_>| revoke_source(tx, &id, &by)).await?;
        (self.hooks.sources_changed)().await;
        Ok(())
    }
}

fn scope(code: &str) -> Result<Scope, DeskError> {
    Scope::from_code(code).ok_or_else(|| {
        let known = Scope::ALL.iter().map(|scope| scope.code()).collect::<Vec<_>>().join("、");
        DeskError::Request(format!("没有权限“{code}”，可用：{known}"))
    })
}
