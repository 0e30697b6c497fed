//! E-mail: what happened to which receipt, in one message for what is due together. No message holds an item's text.

use std::time::Duration;

use lettre::message::Mailbox;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};

use crate::config::{self, MailSecurity};
use crate::model::{EventId, NoticeKind};
use crate::store::{Due, StoreError, mail_choice};

use super::{Deliverer, Failure, by_owner, together, when_of};

/// Seconds that the mail server may take for one step.
const STEP_SECONDS: u64 = 30;

/// Why mail cannot be sent as the settings stand.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// No address.
    #[error("配置 mail.from “{0}”不是邮件地址，例：民意办公室 <minyi@example.org>")]
    From(String),
    /// TLS.
    #[error("无法建立到邮件服务器的加密连接：{0}")]
    Tls(String),
}

/// A message to one person.
pub(super) struct Letter {
    pub(super) to: String,
    pub(super) due: Vec<Due>,
}

impl Deliverer {
    /// One letter for each person for what is due; what has to wait is put off.
    pub(super) async fn letters(&self, due: Vec<Due>) -> Result<Vec<Letter>, StoreError> {
        let (mut out, now) = (Vec::new(), self.parts.clock.now());
        for (owner, due) in by_owner(due) {
            let choice = self.parts.store.read(move |sql| mail_choice(sql, &owner)).await?;
            if choice.address.is_empty() {
                self.end(due, Err(Failure::Nobody("本人已不要邮件".to_owned()))).await?;
                continue;
            }
            for mut due in together(due, choice.mail, false) {
                let since = due.iter().map(|one| one.at).min().unwrap_or(now);
                if let Some(later) = self.hours.later(when_of(&due, choice.mail), since, now, true) {
                    self.put_off(due, later).await?;
                    continue;
                }
                due.sort_by_key(|one| one.key.notice);
                out.push(Letter { to: choice.address.clone(), due });
            }
        }
        Ok(out)
    }
}

/// The way to the mail server.
pub(super) struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    address: String,
}

impl Mailer {
    /// `None` where no mail server is configured.
    pub(super) fn new(mail: &config::Mail, notify: &config::Notify) -> Result<Option<Self>, MailError> {
        if mail.host.is_empty() {
            return Ok(None);
        }
        let from = mail.from.parse().map_err(|_| MailError::From(mail.from.clone()))?;
        let tls = || TlsParameters::new(mail.host.clone()).map_err(|error| MailError::Tls(error.to_string()));
        let tls = match mail.security {
            MailSecurity::Tls => Tls::Wrapper(tls()?),
            MailSecurity::Starttls => Tls::Required(tls()?),
            MailSecurity::None => Tls::None,
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(mail.host.clone())
            .port(mail.port)
            .tls(tls)
            .timeout(Some(Duration::from_secs(STEP_SECONDS)));
        if !mail.user.is_empty() {
            let password = mail.password.reveal().to_owned();
            builder = builder.credentials(Credentials::new(mail.user.clone(), password));
        }
        Ok(Some(Self { transport: builder.build(), from, address: notify.address.clone() }))
    }

    pub(super) async fn send(&self, letter: &Letter) -> Result<(), Failure> {
        self.hand_over(self.message(letter)?).await
    }

    /// Sends a receipt back to whoever sent items by mail.
    pub(super) async fn answer(&self, due: &Due, answered: &str) -> Result<(), Failure> {
        self.hand_over(self.receipt(due, answered)?).await
    }

    async fn hand_over(&self, message: Message) -> Result<(), Failure> {
        match self.transport.send(message).await {
            Ok(_) => Ok(()),
            Err(error) => {
                let told: String = error.to_string().chars().take(200).collect();
                Err(Failure::later(format!("邮件服务器没有收下：{told}")))
            }
        }
    }

    /// Marked as written by a program, so that no other program answers it (RFC 3834).
    fn receipt(&self, due: &Due, answered: &str) -> Result<Message, Failure> {
        let to: Mailbox =
            due.key.target.parse().map_err(|_| Failure::Nobody("发件人的地址不能回信".to_owned()))?;
        let header =
            |name, value: &str| HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned());
        let mut builder = Message::builder()
            .from(self.from.clone())
            .to(to)
            .subject("来稿回执")
            .message_id(Some(format!("<{}@{}>", due.event.as_str(), self.from.email.domain())))
            .header(ContentType::TEXT_PLAIN)
            .raw_header(header("Auto-Submitted", "auto-replied"))
            .raw_header(header("Minyi-Event-Id", due.event.as_str()));
        // What somebody else calls a mail may be anything: a line end in it would begin another header.
        let plain = |c: char| c.is_ascii_graphic() && !matches!(c, '<' | '>');
        if !answered.is_empty() && answered.chars().all(plain) {
            builder = builder.in_reply_to(format!("<{answered}>")).references(format!("<{answered}>"));
        }
        let body = format!(
            "您好！来信收到。\r\n\r\n{}\r\n\r\n此邮件由系统自动发出，请勿回复。\r\n",
            due.words.replace('\n', "\r\n")
        );
        builder.body(body).map_err(|error| Failure::later(error.to_string()))
    }

    fn message(&self, letter: &Letter) -> Result<Message, Failure> {
        let to: Mailbox =
            letter.to.parse().map_err(|_| Failure::later("邮件地址不对，请供稿者更正后重发"))?;
        let ids: Vec<&str> = letter.due.iter().map(|due| due.event.as_str()).collect();
        let host = self.from.email.domain();
        let message = Message::builder()
            .from(self.from.clone())
            .to(to)
            .subject(subject(&letter.due))
            .message_id(Some(format!("<{}@{host}>", message_id(&letter.due))))
            .header(ContentType::TEXT_PLAIN)
            .raw_header(HeaderValue::new(HeaderName::new_from_ascii_str("Minyi-Event-Id"), ids.join(" ")))
            .body(text(&letter.due, &self.address));
        message.map_err(|error| Failure::later(error.to_string()))
    }
}

/// The same events in one message have the same id, so a repeat is known by it.
fn message_id(due: &[Due]) -> String {
    let mut hasher = blake3::Hasher::new();
    due.iter().map(|due| &due.event).map(EventId::as_str).for_each(|id| {
        hasher.update(id.as_bytes());
    });
    hasher.finalize().to_hex()[..32].to_owned()
}

fn subject(due: &[Due]) -> String {
    match due {
        topics if topics.iter().all(|one| one.kind == NoticeKind::Topic) => "选题征集".to_owned(),
        tasks if tasks.iter().all(|one| one.kind == NoticeKind::Tasks) => "待办提醒".to_owned(),
        [one] => format!("您的来稿：{}", one.kind.label()),
        many => format!("您的来稿：{} 条办理情况", many.len()),
    }
}

fn text(due: &[Due], address: &str) -> String {
    if due.iter().all(|one| one.kind == NoticeKind::Tasks) {
        return tasks_text(due, address);
    }
    let (topics, told): (Vec<&Due>, Vec<&Due>) = due.iter().partition(|one| one.kind == NoticeKind::Topic);
    let mut out = String::from("您好！\r\n");
    if !told.is_empty() {
        out.push_str("\r\n您反映的社情民意有新的办理情况：\r\n\r\n");
    }
    for one in told {
        out.push_str(&format!("· {} 回执号 {}：{}\r\n", one.at.minute(), one.receipt, one.words));
    }
    if !topics.is_empty() {
        out.push_str("\r\n欢迎就以下选题反映情况：\r\n\r\n");
    }
    for one in topics {
        out.push_str(&format!("· {}\r\n", one.words));
    }
    if !address.is_empty() {
        out.push_str(&format!(
            "\r\n登录后可查看全文、办理情况和选题：{}/mine\r\n",
            address.trim_end_matches('/')
        ));
    }
    out.push_str("\r\n此邮件由系统发出，请勿回复。不想再收到，请登录后在“我的来稿”中更改通知方式。\r\n");
    out
}

/// To somebody of the office.
fn tasks_text(due: &[Due], address: &str) -> String {
    let mut out = String::from("您好！\r\n\r\n");
    for one in due {
        out.push_str(&format!("· {} {}\r\n", one.at.date(), one.words));
    }
    if !address.is_empty() {
        out.push_str(&format!("\r\n办理：{}/tasks\r\n", address.trim_end_matches('/')));
    }
    out.push_str("\r\n此邮件由系统发出，请勿回复。不想再收到，请在“待办”页面更改。\r\n");
    out
}
