//! Configuration: the compiled-in default, then a file, then the environment. Unknown keys fail, risky values warn.

mod layers;
mod networks;
mod oidc;
#[cfg(test)]
mod schema;
mod settings;

pub use layers::{ConfigError, layered, load};
pub use networks::Networks;
pub use oidc::{Oidc, SecondStepBy, sealed};
pub use settings::{
    Accounts, Attachments, Audit, Bulletin, Config, Data, Desk, Exchange, Group, Index, Intake, Kafka,
    KafkaSecurity, Log, LogFormat, Mail, MailSecurity, Notify, Outward, Pipeline, Portal, Pull, Queue,
    QueueKind, SecretText, Server, Session, Store, StoreKind,
};

/// The commented default, which is also the documentation.
pub const DEFAULT: &str = include_str!("../../config/default.toml");

/// Environment variables that are not configuration keys, so a prefix search must not take them for one.
pub const RESERVED: &[&str] = &[
    "MINYI_FAILPOINT",
    "MINYI_FAULT",
    "MINYI_SLOW",
    "MINYI_TOKEN",
    "MINYI_CA_FILE",
    "MINYI_CONFIG",
    "MINYI_DATA_DIR",
    "MINYI_KILLS",
    "MINYI_EVENTS",
    "MINYI_BLESS",
    "MINYI_BACKUP_PASSPHRASE",
];

/// What begins the names of variables that hold secrets of pulled sources: they are no keys either.
pub const SECRET_PREFIX: &str = "MINYI_SECRET_";

/// Reads one variable of the environment; the only place that does.
#[expect(clippy::disallowed_methods, reason = "this is the home of the environment")]
pub fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The variables that set configuration keys, `MINYI_SECTION__KEY`.
#[expect(clippy::disallowed_methods, reason = "this is the home of the environment")]
pub fn environment_keys() -> Vec<(String, String)> {
    std::env::vars()
        .filter(|(name, _)| name.starts_with("MINYI_") && !name.starts_with(SECRET_PREFIX))
        .filter(|(name, _)| !RESERVED.contains(&name.as_str()))
        .collect()
}
