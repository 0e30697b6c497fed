//! Who did it: every change has an actor (DESIGN §9).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::ids::{IdError, SourceId};

/// Who caused a change, as the audit log names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Actor {
    /// A signed-in person.
    User(String),
    /// A source, by its token.
    Source(SourceId),
    /// Whoever may run commands on the machine; the name is the account of the operating system.
    Operator(String),
    /// The system itself: workers, timers.
    System,
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(name) => write!(f, "user:{name}"),
            Self::Source(id) => write!(f, "source:{id}"),
            Self::Operator(name) => write!(f, "operator:{name}"),
            Self::System => f.write_str("system"),
        }
    }
}

impl FromStr for Actor {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        match text.split_once(':') {
            None if text == "system" => Ok(Self::System),
            Some(("user", name)) => Ok(Self::User(name.to_owned())),
            Some(("source", id)) => Ok(Self::Source(id.parse()?)),
            Some(("operator", name)) => Ok(Self::Operator(name.to_owned())),
            _ => Err(IdError { what: "操作者", text: text.chars().take(40).collect() }),
        }
    }
}

impl TryFrom<String> for Actor {
    type Error = IdError;
    fn try_from(text: String) -> Result<Self, IdError> {
        text.parse()
    }
}

impl From<Actor> for String {
    fn from(actor: Actor) -> String {
        actor.to_string()
    }
}
