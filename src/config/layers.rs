//! Laying one table of settings over another, and saying exactly which key is wrong.

use std::path::Path;

use toml::{Table, Value};

use super::settings::Config;

/// What is wrong with the configuration, with the place and the remedy.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("无法读取配置文件 {path}：{cause}")]
    Unreadable {
        /// Its path.
        path: String,
        /// Why.
        cause: std::io::Error,
    },
    /// The file is no TOML.
    #[error("配置文件 {path} 不是有效的 TOML：{cause}")]
    Syntax {
        /// Its path.
        path: String,
        /// Where and why.
        cause: Box<toml::de::Error>,
    },
    /// A key that does not exist.
    #[error("{origin} 中没有配置项 {key}{hint}")]
    UnknownKey {
        /// File or environment.
        origin: String,
        /// The key as written.
        key: String,
        /// The nearest known key, as half a sentence.
        hint: String,
    },
    /// A value of the wrong kind.
    #[error("{origin} 中 {key} 的值不对：{why}")]
    BadValue {
        /// File or environment.
        origin: String,
        /// The key.
        key: String,
        /// Why.
        why: String,
    },
}

/// Reads the default, then `file`, then `environment` (`MINYI_SECTION__KEY`), each over the one before.
///
/// # Errors
/// The first thing that is wrong, with its origin and key.
pub fn load(file: Option<&Path>, environment: &[(String, String)]) -> Result<Config, ConfigError> {
    let Some(path) = file else { return layered(None, environment) };
    let origin = path.display().to_string();
    let text = std::fs::read_to_string(path)
        .map_err(|cause| ConfigError::Unreadable { path: origin.clone(), cause })?;
    layered(Some((&origin, &text)), environment)
}

/// The same with a file that has been read: its name and its text.
///
/// # Errors
/// The first thing that is wrong, with its origin and key.
pub fn layered(file: Option<(&str, &str)>, environment: &[(String, String)]) -> Result<Config, ConfigError> {
    let mut table = parse(super::DEFAULT, "config/default.toml")?;
    if let Some((origin, text)) = file {
        lay(&mut table, origin, text)?;
    }
    for (name, value) in environment {
        let key = name.trim_start_matches("MINYI_").to_lowercase().replace("__", ".");
        let value = like_default(&mut table, &key, value).ok_or_else(|| unknown(&table, name, &key))?;
        set(&mut table, name, &key, value)?;
    }
    let config: Config = Value::Table(table).try_into().map_err(|error: toml::de::Error| {
        ConfigError::BadValue { origin: "配置".to_owned(), key: String::new(), why: error.to_string() }
    })?;
    config.check()?;
    Ok(config)
}

/// Secrets that come from the environment alone, and how they are called there.
const NOT_IN_FILES: [(&str, &str); 2] = [
    ("mail.password", "MINYI_MAIL__PASSWORD"),
    ("accounts.oidc.client_secret", "MINYI_ACCOUNTS__OIDC__CLIENT_SECRET"),
];

/// Lays a file over the default.
fn lay(table: &mut Table, origin: &str, text: &str) -> Result<(), ConfigError> {
    for (section, value) in parse(text, origin)? {
        let Value::Table(keys) = value else {
            return Err(unknown(table, origin, &section));
        };
        lay_section(table, origin, &section, keys)?;
    }
    Ok(())
}

fn lay_section(table: &mut Table, origin: &str, section: &str, keys: Table) -> Result<(), ConfigError> {
    for (key, value) in keys {
        let key = format!("{section}.{key}");
        if let Some((_, variable)) = NOT_IN_FILES.iter().find(|(secret, _)| *secret == key) {
            let why = format!("口令不写入文件，请用环境变量 {variable}");
            return Err(ConfigError::BadValue { origin: origin.to_owned(), key, why });
        }
        match value {
            Value::Table(inner) if slot(table, &key).is_some_and(|known| known.is_table()) => {
                lay_section(table, origin, &key, inner)?;
            }
            value => set(table, origin, &key, value)?,
        }
    }
    Ok(())
}

/// Where a key of the default stands: `section.name`, or `section.part.name`.
fn slot<'a>(table: &'a mut Table, key: &str) -> Option<&'a mut Value> {
    let (section, name) = key.split_once('.')?;
    name.split('.').try_fold(table.get_mut(section)?, |at, part| at.as_table_mut()?.get_mut(part))
}

fn parse(text: &str, path: &str) -> Result<Table, ConfigError> {
    text.parse().map_err(|cause| ConfigError::Syntax { path: path.to_owned(), cause: Box::new(cause) })
}

/// Sets a key that the default knows to a value of the default's kind.
fn set(table: &mut Table, origin: &str, key: &str, value: Value) -> Result<(), ConfigError> {
    let error = unknown(table, origin, key);
    let Some(slot) = slot(table, key) else { return Err(error) };
    let value = match (&*slot, value) {
        (Value::Float(_), Value::Integer(number)) => Value::Float(number as f64),
        (_, value) => value,
    };
    if slot.type_str() != value.type_str() {
        let why = format!("应为 {}，现为 {}", kind_name(slot), kind_name(&value));
        return Err(ConfigError::BadValue { origin: origin.to_owned(), key: key.to_owned(), why });
    }
    *slot = value;
    Ok(())
}

/// Reads a variable's text as the kind that the default has there.
fn like_default(table: &mut Table, key: &str, text: &str) -> Option<Value> {
    Some(match slot(table, key)? {
        Value::Integer(_) => {
            text.parse().map(Value::Integer).unwrap_or_else(|_| Value::String(text.to_owned()))
        }
        Value::Float(_) => text.parse().map(Value::Float).unwrap_or_else(|_| Value::String(text.to_owned())),
        Value::Boolean(_) => {
            text.parse().map(Value::Boolean).unwrap_or_else(|_| Value::String(text.to_owned()))
        }
        _ => Value::String(text.to_owned()),
    })
}

fn unknown(table: &Table, origin: &str, key: &str) -> ConfigError {
    let known = keys(table, "");
    let nearest = known
        .into_iter()
        .map(|known| (strsim::jaro_winkler(&known, key), known))
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .filter(|(score, _)| *score > 0.7);
    let hint = nearest.map_or(String::new(), |(_, known)| format!("，是否为 {known}？"));
    ConfigError::UnknownKey { origin: origin.to_owned(), key: key.to_owned(), hint }
}

/// Every key, with its sections.
fn keys(table: &Table, above: &str) -> Vec<String> {
    let below = table.iter().map(|(key, value)| match value {
        Value::Table(inner) => keys(inner, &format!("{above}{key}.")),
        _ => vec![format!("{above}{key}")],
    });
    below.flatten().collect()
}

fn kind_name(value: &Value) -> &'static str {
    match value {
        Value::String(_) => "文字",
        Value::Integer(_) => "整数",
        Value::Float(_) => "小数",
        Value::Boolean(_) => "true 或 false",
        Value::Table(_) => "一节",
        _ => "其他类型",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> (tempfile::TempDir, std::path::PathBuf) {
        let dir = tempfile::tempdir().expect("dir");
        let path = dir.path().join("minyi.toml");
        std::fs::write(&path, text).expect("write");
        (dir, path)
    }

    #[test]
    fn the_default_loads_by_itself() {
        let config = load(None, &[]).expect("default");
        assert_eq!(config.server.listen, "127.0.0.1:8780");
        assert_eq!(config.warnings(), Vec::<String>::new());
    }

    #[test]
    fn an_unknown_key_names_the_nearest_known_one() {
        let (_dir, path) = file("[server]\nlissen = \"0.0.0.0:80\"\n");
        let error = load(Some(&path), &[]).expect_err("unknown").to_string();
        assert!(error.contains("server.lissen") && error.contains("server.listen"), "{error}");
    }

    #[test]
    fn a_value_of_the_wrong_kind_is_named() {
        let (_dir, path) = file("[queue]\nmax_depth = \"many\"\n");
        let error = load(Some(&path), &[]).expect_err("kind").to_string();
        assert!(error.contains("queue.max_depth") && error.contains("整数"), "{error}");
    }

    #[test]
    fn the_environment_wins_over_the_file() {
        let (_dir, path) = file("[pipeline]\nbatch = 10\n");
        let env = [("MINYI_PIPELINE__BATCH".to_owned(), "20".to_owned())];
        assert_eq!(load(Some(&path), &env).expect("both").pipeline.batch, 20);
    }

    #[test]
    fn an_unknown_variable_fails_too() {
        let env = [("MINYI_SERVER__PORT".to_owned(), "80".to_owned())];
        assert!(matches!(load(None, &env), Err(ConfigError::UnknownKey { .. })));
    }

    #[test]
    fn the_example_for_several_nodes_loads_and_shows_no_password() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/production.example.toml");
        assert!(
            matches!(load(Some(&path), &[]), Err(ConfigError::BadValue { key, .. }) if key == "store.url")
        );
        let env = [("MINYI_STORE__URL".to_owned(), "postgres://minyi:hush@db/minyi".to_owned())];
        let config = load(Some(&path), &env).expect("valid");
        assert_eq!(config.store.url.reveal(), "postgres://minyi:hush@db/minyi");
        assert!(!format!("{config:?}").contains("hush"));
        assert_eq!(config.warnings(), Vec::<String>::new());
        assert!(config.server.has_tls() && config.server.proxies().contain([10, 0, 0, 5].into()));
        // It shows what an office sets, and nothing that it need not.
        let shown: Table = std::fs::read_to_string(&path).expect("read").parse().expect("TOML");
        let default: Table = crate::config::DEFAULT.parse().expect("TOML");
        for section in
            ["data", "server", "accounts", "desk", "queue", "kafka", "store", "mail", "notify", "log"]
        {
            assert!(shown.contains_key(section) && shown[section] != default[section], "{section}");
        }
    }

    #[test]
    fn one_file_of_tls_without_the_other_and_a_proxy_without_an_address_are_refused() {
        for (text, key) in [
            ("[server]\ncertificate = \"/a.pem\"\n", "server.certificate"),
            ("[server]\nkey = \"/a.key\"\n", "server.certificate"),
            ("[server]\ntrusted_proxies = \"10.0.0.1, proxy.example\"\n", "server.trusted_proxies"),
        ] {
            let (_dir, path) = file(text);
            let error = load(Some(&path), &[]).expect_err("refused");
            assert!(matches!(&error, ConfigError::BadValue { key: named, .. } if named == key), "{error}");
        }
    }

    #[test]
    fn the_password_of_the_mail_server_stands_in_no_file() {
        let (_dir, path) = file("[mail]\npassword = \"hush\"\n");
        let error = load(Some(&path), &[]).expect_err("refused").to_string();
        assert!(error.contains("MINYI_MAIL__PASSWORD") && !error.contains("hush"), "{error}");
        let env = [("MINYI_MAIL__PASSWORD".to_owned(), "hush".to_owned())];
        assert_eq!(load(None, &env).expect("valid").mail.password.reveal(), "hush");
    }

    #[test]
    fn a_section_within_a_section_is_read_from_file_and_environment() {
        let text = "[desk]\naddress = \"https://minyi.example.org\"\n[accounts.oidc]\n\
                    issuer = \"https://id.example.org\"\nclient_id = \"minyi\"\n";
        let (_dir, path) = file(text);
        let env = [("MINYI_ACCOUNTS__OIDC__CLIENT_SECRET".to_owned(), "hush".to_owned())];
        let config = load(Some(&path), &env).expect("valid");
        let oidc = &config.accounts.oidc;
        assert_eq!((oidc.client_id.as_str(), oidc.client_secret.reveal()), ("minyi", "hush"));
        assert_eq!((oidc.claim.as_str(), config.accounts.max_failures), ("sub", 5));
        assert!(!format!("{config:?}").contains("hush"));
        for (text, named) in [
            ("[accounts.oidc]\nisuer = \"x\"\n", "accounts.oidc.issuer"),
            ("[accounts.oidc]\nclient_secret = \"hush\"\n", "MINYI_ACCOUNTS__OIDC__CLIENT_SECRET"),
            ("[accounts.oidc]\ntimeout_seconds = \"x\"\n", "整数"),
            ("[accounts]\noidc = 3\n", "一节"),
            ("[accounts.oidc.more]\na = 1\n", "accounts.oidc.more"),
            ("[accounts]\nhttps = { a = 1 }\n", "accounts.https"),
        ] {
            let (_dir, path) = file(text);
            let error = load(Some(&path), &[]).expect_err("refused").to_string();
            assert!(error.contains(named) && !error.contains("hush"), "{error}");
        }
    }

    #[test]
    fn an_address_open_to_the_network_warns() {
        let (_dir, path) = file("[server]\nlisten = \"0.0.0.0:8780\"\n");
        assert_eq!(load(Some(&path), &[]).expect("valid").warnings().len(), 1);
        let more = "listen = \"0.0.0.0:8780\"\ncertificate = \"/a.pem\"\nkey = \"/a.key\"\n";
        let (_dir, path) = file(&format!("[server]\n{more}"));
        assert!(load(Some(&path), &[]).expect("valid").warnings().is_empty(), "with TLS it is closed");
    }
}
