//! A source (来稿渠道), its token's scopes and its limits.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::User;
use super::ids::SourceId;
use super::item_state::states;
use super::time::Timestamp;

states! {
    /// What a token may do (DESIGN §9).
    Scope {
        /// Post items and look at one's own receipts.
        Submit = "submit", "报送";
        /// Search and read items, groups and bulletins.
        Read = "read", "查阅";
        /// Make manuscripts, decide on links.
        Edit = "edit", "编辑";
        /// Compile, sign, number and issue.
        Issue = "issue", "编发";
    }
}

/// A set of scopes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scopes(pub Vec<Scope>);

impl Scopes {
    /// Whether `scope` is among them.
    pub fn allow(&self, scope: Scope) -> bool {
        self.0.contains(&scope)
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.iter().map(|scope| scope.code()).collect::<Vec<_>>().join(","))
    }
}

/// How much one token may send.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Items a minute; 0 = no limit.
    pub per_minute: u32,
    /// Items a day (Asia/Shanghai); 0 = no limit.
    pub per_day: u32,
}

/// A registered source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// Its code.
    pub id: SourceId,
    /// Its name as shown.
    pub title: String,
    /// What its token may do.
    pub scopes: Scopes,
    /// How much it may send.
    pub limits: Limits,
    /// When it was added.
    pub created_at: Timestamp,
    /// When its token was revoked.
    pub revoked_at: Option<Timestamp>,
}

/// A bearer token. Only its hash is stored; the text is shown once, when it is made.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// A new token from 24 random bytes.
    pub fn from_random(random: [u8; 24]) -> Self {
        let hex: String = random.iter().map(|b| format!("{b:02x}")).collect();
        Self(format!("my_{hex}"))
    }

    /// Wraps what a client sent.
    pub fn presented(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The text, to be shown once.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// The hash under which it is stored. Tokens are 192 random bits, so a fast hash is enough.
    pub fn hash(&self) -> [u8; 32] {
        *blake3::hash(self.0.as_bytes()).as_bytes()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// Who makes a request, and what they may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// As the audit log names them.
    pub actor: super::Actor,
    /// What they may do.
    pub scopes: Scopes,
    /// The source whose token they hold; none for an operator.
    pub source: Option<Source>,
}

impl Caller {
    /// Whoever may run commands on the machine: everything is allowed, under their own name.
    pub fn operator(name: &str) -> Self {
        Self {
            actor: super::Actor::Operator(name.to_owned()),
            scopes: Scopes(Scope::ALL.to_vec()),
            source: None,
        }
    }

    /// A person, by a key of their own: they post through the way in of what people send in their own name.
    pub fn person(user: &User, way_in: SourceId) -> Self {
        let source = Source {
            id: way_in,
            title: user.title.clone(),
            scopes: Scopes(vec![Scope::Submit]),
            limits: Limits { per_minute: 0, per_day: 0 },
            created_at: user.created_at,
            revoked_at: None,
        };
        Self { actor: user.actor(), scopes: source.scopes.clone(), source: Some(source) }
    }

    /// A holder of a source's token.
    pub fn source(source: Source) -> Self {
        Self {
            actor: super::Actor::Source(source.id.clone()),
            scopes: source.scopes.clone(),
            source: Some(source),
        }
    }
}
