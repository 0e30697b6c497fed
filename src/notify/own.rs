//! Sending by a channel of the office's own. A message says what happened to which receipt and never what an item says; its
//! number stands in no log.

use std::io::{Read, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use bytes::Bytes;
use serde_json::{Value, json};

use crate::config::{SECRET_PREFIX, environment};
use crate::outward::{Call, OutwardError};
use crate::store::{Due, StoreError, choice_of};

use super::channel::{Kind, OwnChannel, with_secrets};
use super::{Deliverer, Failure};

/// What a program says by this exit code: try again later (`EX_TEMPFAIL` of sysexits.h).
const TRY_AGAIN: i32 = 75;
/// Of what a program writes so much is read, and of its last line so much is kept.
const OUTPUT_MAX: u64 = 64 << 10;
const LINE_MAX: usize = 200;
/// Of a call's answer nothing but the status is of interest.
const ANSWER_MAX: usize = 64 << 10;
/// How often is looked whether a program has ended.
const LOOK: Duration = Duration::from_millis(20);
/// Events that a message tells of one by one.
const TOLD_MAX: usize = 3;

/// A message to one person by one channel.
pub(super) struct Message {
    code: String,
    channel: OwnChannel,
    to: String,
    pub(super) due: Vec<Due>,
}

impl Deliverer {
    /// One message an event, or one for all of a day where that was chosen; what has to wait is put off.
    pub(super) async fn messages(&self, due: Vec<Due>) -> Result<Vec<Message>, StoreError> {
        let (mut out, now) = (Vec::new(), self.parts.clock.now());
        for (owner, due) in super::by_owner(due) {
            let choice = self.parts.store.read(move |sql| choice_of(sql, &owner)).await?;
            if choice.way.is_empty() || choice.number.is_empty() {
                self.end(due, Err(Failure::Nobody("供稿者已不要这种通知".to_owned()))).await?;
                continue;
            }
            let Some(channel) = self.parts.channels.get(&choice.way) else {
                let told = format!("没有配置通知通道“{}”，请核对 notify.channels_dir 后重发", choice.way);
                self.end(due, Err(Failure::Final(told))).await?;
                continue;
            };
            for due in super::together(due, choice.way_when, true) {
                let when = super::when_of(&due, choice.way_when);
                let since = due.iter().map(|one| one.at).min().unwrap_or(now);
                match self.hours.later(when, since, now, channel.closed_hours) {
                    Some(later) => self.put_off(due, later).await?,
                    None => out.push(Message {
                        code: choice.way.clone(),
                        channel: channel.clone(),
                        to: choice.number.clone(),
                        due,
                    }),
                }
            }
        }
        Ok(out)
    }

    /// Sends one; gives it back with what it met.
    pub(super) async fn send_own(&self, message: Message) -> (Vec<Due>, Result<(), Failure>) {
        let result = match message.channel.kind {
            Kind::Http => self.call(&message).await,
            Kind::Command => {
                let input = message.json().to_string();
                let channel = message.channel.clone();
                let run = tokio::task::spawn_blocking(move || run(&channel, input.as_bytes()));
                run.await.unwrap_or_else(|error| Err(Failure::later(error.to_string())))
            }
        };
        let hidden = |told: String| told.replace(&message.to, &hidden(&message.to));
        let result = result.map_err(|failure| match failure {
            Failure::Later { told, after } => Failure::Later { told: hidden(told), after },
            Failure::Final(told) => Failure::Final(hidden(told)),
            Failure::Nobody(told) => Failure::Nobody(told),
        });
        (message.due, result)
    }

    async fn call(&self, message: &Message) -> Result<(), Failure> {
        let channel = &message.channel;
        let (id, text) = (message.id(), message.text());
        let first = message.due.first();
        let (receipt, event) = first.map_or(("", ""), |due| (due.receipt.as_str(), due.kind.code()));
        let fields = [
            ("id", id.as_str()),
            ("to", &message.to),
            ("text", &text),
            ("receipt", receipt),
            ("event", event),
        ];
        let body = channel.filled(&fields).to_string();
        let url = with_secrets(&channel.url, &secret).map_err(Failure::later)?;
        let mut headers = vec![
            ("content-type".to_owned(), "application/json; charset=utf-8".to_owned()),
            ("minyi-event-id".to_owned(), id),
        ];
        for (name, value) in &channel.headers {
            headers.push((name.clone(), with_secrets(value, &secret).map_err(Failure::later)?));
        }
        let call = Call { url, headers, body: Some(Bytes::from(body)), most: ANSWER_MAX };
        let limit = Duration::from_secs(channel.timeout_seconds);
        match tokio::time::timeout(limit, self.parts.outward.call(call)).await {
            Err(_) => Err(Failure::later(format!("{} 秒内没有收完对方的答复", channel.timeout_seconds))),
            // It may hold a secret.
            Ok(Err(OutwardError::Address(_))) => Err(Failure::later("通道的 url 不是地址，请核对说明文件")),
            Ok(Err(error)) => Err(Failure::later(error.to_string())),
            Ok(Ok(reply)) if reply.ok() => Ok(()),
            Ok(Ok(reply)) => Err(Failure::Later {
                told: format!("对方答复 {}", reply.status),
                after: reply.header("retry-after").and_then(|seconds| seconds.trim().parse().ok()),
            }),
        }
    }
}

impl Message {
    /// The same events have the same id, so a repeat is known by it.
    fn id(&self) -> String {
        super::id_of(&self.due)
    }

    fn text(&self) -> String {
        let line = |due: &Due| match due.receipt.as_str() {
            "" => due.words.clone(),
            receipt => format!("您的来稿（回执号 {receipt}）：{}", due.words),
        };
        let told: Vec<String> = self.due.iter().take(TOLD_MAX).map(line).collect();
        let more = if self.due.len() > TOLD_MAX {
            format!("。共 {} 条，详见“我的来稿”", self.due.len())
        } else {
            String::new()
        };
        told.join("；") + &more
    }

    fn json(&self) -> Value {
        let event = |due: &Due| {
            json!({ "id": due.event, "event": due.kind.code(), "at": due.at.to_string(), "words": due.words,
                    "receipt": due.receipt })
        };
        json!({
            "id": self.id(),
            "channel": self.code,
            "to": self.to,
            "text": self.text(),
            "events": self.due.iter().map(event).collect::<Vec<_>>(),
        })
    }
}

fn secret(name: &str) -> Option<String> {
    environment(&format!("{SECRET_PREFIX}{name}"))
}

/// A number as logs have it: 138****5678.
fn hidden(number: &str) -> String {
    let chars: Vec<char> = number.chars().collect();
    match chars.len() {
        0..=4 => "****".to_owned(),
        5..=8 => format!("{}****", chars[..2].iter().collect::<String>()),
        count => {
            let (head, tail) = (chars[..3].iter(), chars[count - 4..].iter());
            format!("{}****{}", head.collect::<String>(), tail.collect::<String>())
        }
    }
}

/// Runs a program with the message on its standard input; on a thread that may wait.
fn run(channel: &OwnChannel, input: &[u8]) -> Result<(), Failure> {
    let Some((program, arguments)) = channel.command.split_first() else {
        return Err(Failure::Final("通道没有写明命令".to_owned()));
    };
    let mut command = Command::new(program);
    // Of the server's own environment, secrets above all, a program sees nothing.
    command.args(arguments).env_clear().process_group(0);
    command.env("PATH", environment("PATH").unwrap_or_else(|| "/usr/local/bin:/usr/bin:/bin".to_owned()));
    for (name, value) in &channel.environment {
        command.env(name, with_secrets(value, &secret).map_err(Failure::later)?);
    }
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let started = command.spawn();
    let mut child = started.map_err(|error| Failure::later(format!("命令 {program} 无法启动：{error}")))?;
    let outputs = [reader(child.stdout.take()), reader(child.stderr.take())];
    // A program that reads nothing of it may still send it; and one that waits for more than it reads holds up nothing here.
    let (input, stdin) = (input.to_vec(), child.stdin.take());
    let writing = std::thread::spawn(move || stdin.map(|mut stdin| stdin.write_all(&input)));
    let code = wait(&mut child, Duration::from_secs(channel.timeout_seconds));
    // Whatever it left behind is ended with it, so that the pipes close.
    end_all(&child);
    if code.is_none() && child.wait().is_err() {
        tracing::warn!(program, "a notice's command could not be waited for");
    }
    let _ = writing.join();
    let lines = outputs.map(|output| output.and_then(|output| output.join().ok()).unwrap_or_default());
    let last = lines.iter().rev().find_map(|text| last_line(text)).unwrap_or_default();
    match code {
        Some(Some(0)) => Ok(()),
        Some(Some(TRY_AGAIN)) => Err(Failure::later(format!("命令要求稍后再试　{last}").trim().to_owned())),
        Some(Some(code)) => Err(Failure::Final(format!("命令以 {code} 退出　{last}").trim().to_owned())),
        Some(None) => Err(Failure::later(format!("命令被信号终止　{last}").trim().to_owned())),
        None => Err(Failure::later(format!("命令 {} 秒内没有结束，已终止", channel.timeout_seconds))),
    }
}

/// How it ended; none where it did not in time.
fn wait(child: &mut Child, limit: Duration) -> Option<Option<i32>> {
    let until = Instant::now() + limit;
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status.code()),
            Ok(None) if Instant::now() < until => std::thread::sleep(LOOK),
            Ok(None) | Err(_) => return None,
        }
    }
}

/// Ends the program and what it started; nobody left to end is fine.
fn end_all(child: &Child) {
    let group = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw);
    if let Some(group) = group {
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
}

fn reader<R: Read + Send + 'static>(from: Option<R>) -> Option<std::thread::JoinHandle<Vec<u8>>> {
    let mut from = from?;
    Some(std::thread::spawn(move || {
        let mut kept = Vec::new();
        // What breaks off is read as far as it came; what is more is let through and dropped.
        let _ = from.by_ref().take(OUTPUT_MAX).read_to_end(&mut kept);
        let _ = std::io::copy(&mut from, &mut std::io::sink());
        kept
    }))
}

fn last_line(output: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(output);
    let line = text.lines().rev().find(|line| !line.trim().is_empty())?;
    Some(line.trim().chars().filter(|c| !c.is_control()).take(LINE_MAX).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn channel(script: &str) -> OwnChannel {
        let text = format!(
            "title = \"短信\"\nkind = \"command\"\ntimeout_seconds = 1\ncommand = [\"sh\", \"-c\", '''{script}''']"
        );
        OwnChannel::parse(&text).expect("a channel")
    }

    fn met(script: &str) -> (char, String) {
        match run(&channel(script), b"{\"to\":\"13800138000\"}") {
            Ok(()) => ('k', String::new()),
            Err(Failure::Later { told, .. }) => ('l', told),
            Err(Failure::Final(told)) => ('f', told),
            Err(Failure::Nobody(told)) => ('n', told),
        }
    }

    #[test]
    fn the_exit_code_says_whether_it_was_delivered() {
        assert_eq!(met("grep -q 13800138000").0, 'k', "it stands on the standard input");
        assert_eq!(met("exit 0").0, 'k', "who reads nothing may send all the same");
        let (how, told) = met("echo one; echo 余额不足 >&2; exit 75");
        assert!(how == 'l' && told.contains("余额不足"), "{told}");
        let (how, told) = met("echo 空号; echo; exit 3");
        assert!(how == 'f' && told.contains("3") && told.contains("空号"), "{told}");
        let (how, told) = met("kill -9 $$");
        assert!(how == 'l' && told.contains("信号"), "{told}");
        assert!(met("test -z \"$HOME$MINYI_SECRET_X\"").0 == 'k', "nothing of the environment");
    }

    #[test]
    fn a_program_that_hangs_or_leaves_another_behind_is_ended() {
        let began = Instant::now();
        let (how, told) = met("sleep 60");
        assert!(how == 'l' && told.contains("1 秒内没有结束"), "{told}");
        assert_eq!(met("sleep 60 & exit 0").0, 'k', "its pipes are closed with it");
        assert!(began.elapsed() < Duration::from_secs(20));
        assert_eq!(met("yes | head -c 2000000; exit 75").0, 'l', "much output blocks nothing");
    }

    #[test]
    fn a_number_is_never_told_in_clear() {
        assert_eq!(hidden("13800138000"), "138****8000");
        assert_eq!((hidden("1234").as_str(), hidden("zhang3").as_str()), ("****", "zh****"));
    }
}
