//! The conversation with a server of mail (IMAP): every answer within its time, every refusal in words that say what to do.

use std::time::Duration;

use async_imap::error::Error;
use async_imap::types::Fetch;
use async_imap::{Client, Session};
use futures_util::TryStreamExt;

use crate::outward::{Outward, Stream, secured};

use super::super::PullError;
use super::folder_name;
use super::settings::{Mailbox, Security};

type Wire = Box<dyn Stream>;

/// What a mail is known by before it is read.
pub(super) struct Listed {
    pub(super) uid: u32,
    pub(super) size: u32,
    pub(super) head: Vec<u8>,
}

/// A folder that is open.
pub(super) struct Open {
    session: Session<Wire>,
    limit: Duration,
    may_move: bool,
    /// The folder is the same as before as long as this is.
    pub(super) validity: u32,
}

/// Signs in and opens the folder.
pub(super) async fn open(outward: &Outward, mailbox: &Mailbox, password: &str) -> Result<Open, PullError> {
    let limit = Duration::from_secs(mailbox.timeout_seconds);
    let client = greeted(outward, mailbox, limit).await?;
    let signed = within(limit, async { Ok(client.login(&mailbox.user, password).await) }).await?;
    let mut session = signed.map_err(|(error, _)| match error {
        Error::No(told) | Error::Bad(told) => PullError::Plan(format!(
            "邮箱拒绝登录（{}）：请核对 user 与口令；不少邮箱要用单独的“授权码”代替口令，并须先在邮箱设置中开启 IMAP",
            short(&told)
        )),
        error => failed(&error),
    })?;
    let able = within(limit, session.capabilities()).await?;
    let may_move = able.has_str("MOVE");
    if able.has_str("ID") {
        // Some servers open no folder for whom they do not know by name.
        let own = [("name", Some("minyi")), ("version", Some(env!("CARGO_PKG_VERSION")))];
        drop(within(limit, session.id(own)).await?);
    }
    let folder = folder_name::encoded(&mailbox.folder);
    let opened = match within(limit, async { Ok(session.select(&folder).await) }).await? {
        Err(Error::No(told)) => {
            return Err(PullError::Plan(format!(
                "打不开文件夹“{}”（{}）：请核对 folder",
                mailbox.folder,
                short(&told)
            )));
        }
        opened => opened.map_err(|error| failed(&error))?,
    };
    let validity = opened.uid_validity.ok_or_else(|| {
        PullError::Unreadable(
            "邮箱没有给出 UIDVALIDITY，无法记住收到了哪里：请换一个支持 IMAP 的邮箱".to_owned(),
        )
    })?;
    Ok(Open { session, limit, may_move, validity })
}

/// Connects, sealed as the settings say.
async fn greeted(outward: &Outward, mailbox: &Mailbox, limit: Duration) -> Result<Client<Wire>, PullError> {
    let stream = outward.connect(&mailbox.host, mailbox.port()).await?;
    let seal = async |stream: Wire| -> Result<Wire, PullError> {
        let sealed: Wire = Box::new(secured(stream, &mailbox.host, &mailbox.ca).await?);
        Ok(sealed)
    };
    let plain: Wire = Box::new(stream);
    let stream = if mailbox.security == Security::Tls { seal(plain).await? } else { plain };
    let mut client = Client::new(stream);
    let greeting = within(limit, async { Ok(client.read_response().await?) }).await?;
    if greeting.is_none() {
        return Err(PullError::Unreadable(
            "邮箱没有应答就断开了连接：请核对 host、port 与 security".to_owned(),
        ));
    }
    if mailbox.security != Security::Starttls {
        return Ok(client);
    }
    let begun = within(limit, async { Ok(client.run_command_and_check_ok("STARTTLS", None).await) }).await?;
    begun.map_err(|_| {
        PullError::Plan("邮箱不提供 STARTTLS，没有登录：请改用 993 端口和 security = \"tls\"".to_owned())
    })?;
    Ok(Client::new(seal(client.into_inner()).await?))
}

impl Open {
    /// The numbers of the mails after one, in order.
    pub(super) async fn after(&mut self, last: u32) -> Result<Vec<u32>, PullError> {
        let Some(first) = last.checked_add(1) else { return Ok(Vec::new()) };
        let found = within(self.limit, self.session.uid_search(format!("UID {first}:* UNDELETED"))).await?;
        // `n:*` names the last mail too where there is none after n.
        let mut found: Vec<u32> = found.into_iter().filter(|uid| *uid >= first).collect();
        found.sort_unstable();
        self.forget_unasked();
        Ok(found)
    }

    /// Sizes and heads of mails; one that was taken away meanwhile is not among them.
    pub(super) async fn heads(&mut self, uids: &[u32]) -> Result<Vec<Listed>, PullError> {
        let all: Vec<String> = uids.iter().map(u32::to_string).collect();
        let asked = "(UID RFC822.SIZE BODY.PEEK[HEADER])";
        let found = self.fetch(&all.join(","), asked).await?;
        let mut out: Vec<Listed> = found
            .iter()
            .filter_map(|one| {
                Some(Listed {
                    uid: one.uid?,
                    size: one.size.unwrap_or(0),
                    head: one.header().unwrap_or_default().to_vec(),
                })
            })
            .collect();
        out.sort_by_key(|one| one.uid);
        out.dedup_by_key(|one| one.uid);
        Ok(out)
    }

    /// A whole mail; nothing where it was taken away meanwhile.
    pub(super) async fn mail(&mut self, uid: u32) -> Result<Option<Vec<u8>>, PullError> {
        let found = self.fetch(&uid.to_string(), "(UID BODY.PEEK[])").await?;
        Ok(found.iter().filter(|one| one.uid == Some(uid)).find_map(|one| one.body()).map(<[u8]>::to_vec))
    }

    async fn fetch(&mut self, uids: &str, asked: &str) -> Result<Vec<Fetch>, PullError> {
        let session = &mut self.session;
        let fetched = async {
            let found = session.uid_fetch(uids, asked).await?;
            found.try_collect::<Vec<Fetch>>().await
        };
        let fetched = within(self.limit, fetched).await?;
        self.forget_unasked();
        Ok(fetched)
    }

    /// Marks a mail as seen.
    pub(super) async fn see(&mut self, uid: u32) -> Result<(), PullError> {
        let marked = format!("UID STORE {uid} +FLAGS.SILENT (\\Seen)");
        within(self.limit, self.session.run_command_and_check_ok(marked)).await?;
        self.forget_unasked();
        Ok(())
    }

    /// Moves a mail into another folder.
    pub(super) async fn put_away(&mut self, uid: u32, folder: &str) -> Result<(), PullError> {
        let (folder, id) = (folder_name::encoded(folder), uid.to_string());
        if self.may_move {
            within(self.limit, self.session.uid_mv(&id, &folder)).await?;
        } else {
            within(self.limit, self.session.uid_copy(&id, &folder)).await?;
            let gone = format!("UID STORE {uid} +FLAGS.SILENT (\\Deleted)");
            within(self.limit, self.session.run_command_and_check_ok(gone)).await?;
        }
        self.forget_unasked();
        Ok(())
    }

    /// Says good-bye; a server that does not answer is left all the same.
    pub(super) async fn close(mut self) {
        drop(within(self.limit.min(Duration::from_secs(5)), self.session.logout()).await);
    }

    /// What the server said unasked is of no interest, and must not fill the channel that it comes by.
    fn forget_unasked(&self) {
        while self.session.unsolicited_responses.try_recv().is_ok() {}
    }
}

async fn within<T>(limit: Duration, asked: impl Future<Output = Result<T, Error>>) -> Result<T, PullError> {
    match tokio::time::timeout(limit, asked).await {
        Ok(answer) => answer.map_err(|error| failed(&error)),
        Err(_) => Err(PullError::Unreadable(format!(
            "邮箱 {} 秒内没有答复，稍后自动再试；一直如此请加大 timeout_seconds",
            limit.as_secs()
        ))),
    }
}

fn failed(error: &Error) -> PullError {
    PullError::Unreadable(match error {
        Error::No(told) | Error::Bad(told) => format!("邮箱拒绝了请求（{}），稍后自动再试", short(told)),
        Error::Io(_) | Error::ConnectionLost => "与邮箱的连接中断，稍后自动再试".to_owned(),
        Error::Validate(_) => "user、口令或 folder 中有不能发送的字符（如换行），请核对".to_owned(),
        other => format!("邮箱的答复读不懂（{}），稍后自动再试", short(&other.to_string())),
    })
}

fn short(told: &str) -> String {
    told.chars().filter(|c| !c.is_control()).take(120).collect()
}
