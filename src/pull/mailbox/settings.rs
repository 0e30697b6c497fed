//! A mailbox as its file describes it.

use std::path::PathBuf;

use serde::Deserialize;

/// How the server is spoken to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Security {
    /// TLS from the first byte.
    #[default]
    Tls,
    /// In the open first, then TLS: whoever stands between may keep it from beginning, which ends the round.
    Starttls,
    /// In the open, the password too.
    None,
}

/// What is done with a mail on the server after it was dealt with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum After {
    /// Nothing.
    #[default]
    Leave,
    /// It is marked as seen.
    Seen,
    /// It is moved into another folder.
    Move,
}

/// A mailbox.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mailbox {
    /// The server.
    pub host: String,
    /// Its port; 0 = the usual one.
    #[serde(default)]
    pub port: u16,
    /// How it is spoken to.
    #[serde(default)]
    pub security: Security,
    /// Authorities trusted instead of those that come with the program: a file of PEM.
    #[serde(default)]
    pub ca: PathBuf,
    /// Who signs in.
    pub user: String,
    /// With what; `${NAME}` is the secret of that name.
    pub password: String,
    /// Which folder.
    #[serde(default = "inbox")]
    pub folder: String,
    /// What is done with a mail afterwards.
    #[serde(default)]
    pub after: After,
    /// Where it is moved.
    #[serde(default)]
    pub moved_to: String,
    /// Whether the sender gets a receipt.
    #[serde(default = "yes")]
    pub receipt: bool,
    /// Addresses, or domains as `@example.org`, from which mail is taken; none = all.
    #[serde(default)]
    pub senders: Vec<String>,
    /// Largest mail, MB.
    #[serde(default = "forty")]
    pub max_mb: u32,
    /// Mails dealt with in one go at most.
    #[serde(default = "hundred")]
    pub max_mails: usize,
    /// Seconds that one answer of the server may take.
    #[serde(default = "minute")]
    pub timeout_seconds: u64,
}

fn inbox() -> String {
    "INBOX".to_owned()
}
fn yes() -> bool {
    true
}
fn forty() -> u32 {
    40
}
fn hundred() -> usize {
    100
}
fn minute() -> u64 {
    60
}

impl Mailbox {
    pub(in crate::pull) fn check(&self) -> Result<(), String> {
        if self.host.trim().is_empty() || self.user.trim().is_empty() || self.password.is_empty() {
            return Err(
                "[mailbox] 须有 host、user、password（口令写作 ${名称}，值放在环境变量中）".to_owned()
            );
        }
        if !self.password.contains("${") {
            return Err("[mailbox] 的 password 不能直接写口令：请写作 ${名称}，值放在环境变量中".to_owned());
        }
        if !(1..=200).contains(&self.max_mb)
            || !(1..=1000).contains(&self.max_mails)
            || !(1..=600).contains(&self.timeout_seconds)
        {
            return Err(
                "max_mb 应在 1 与 200 之间，max_mails 应在 1 与 1000 之间，timeout_seconds 应在 1 与 600 之间"
                    .to_owned(),
            );
        }
        if (self.after == After::Move) == self.moved_to.is_empty() {
            return Err("after = \"move\" 与 moved_to = \"文件夹\" 须一起写".to_owned());
        }
        if self.moved_to == self.folder {
            return Err("moved_to 不能就是 folder".to_owned());
        }
        Ok(())
    }

    pub(super) fn port(&self) -> u16 {
        match (self.port, self.security) {
            (0, Security::Tls) => 993,
            (0, _) => 143,
            (port, _) => port,
        }
    }

    /// As pages name it.
    pub(in crate::pull) fn address(&self) -> String {
        let scheme = if self.security == Security::None { "imap" } else { "imaps" };
        format!("{scheme}://{}:{}/{}（{}）", self.host, self.port(), self.folder, self.user)
    }

    /// What is weaker than it should be.
    pub fn warning(&self) -> Option<&'static str> {
        match self.security {
            Security::Tls => None,
            Security::Starttls => {
                Some("邮箱用 STARTTLS 连接：加密之前的一段是明文，能用 993 端口的请改为 security = \"tls\"")
            }
            Security::None => Some(
                "邮箱用明文连接：口令和来稿在网络上可被看到，只能用于同一台机器，请改为 security = \"tls\"",
            ),
        }
    }

    /// Whether mail of this sender is taken.
    pub(super) fn admits(&self, address: &str) -> bool {
        let address = address.to_lowercase();
        self.senders.is_empty()
            || self
                .senders
                .iter()
                .map(|one| one.trim().to_lowercase())
                .any(|one| if one.starts_with('@') { address.ends_with(&one) } else { address == one })
    }
}
