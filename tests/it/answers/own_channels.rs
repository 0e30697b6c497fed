//! Channels of the office's own: a command, an HTTP call; each notice once, under one id, and never a number in a log.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use minyi::clock::{Clock, SystemClock};
use minyi::model::{Actor, DeliveryState, ItemId, ItemKey, MailChoice, Receipt, SecretKey};
use minyi::store::{Priority, StoreError, Tx, list_deliveries, put_own_item, set_way};

use super::receivers::Hooks;
use super::{confirmed, events, figures, send, settings, stop_when_noted};
use crate::support::{Browser, Server, TestApp, between, engines, minyi};

const NUMBER: &str = "13800138000";

/// A folder with one channel; what the command writes goes beside it.
fn channel(dir: &Path, code: &str, text: &str) {
    std::fs::create_dir_all(dir).expect("a folder");
    std::fs::write(dir.join(format!("{code}.toml")), text).expect("written");
}

fn by_command(script: &str) -> String {
    format!(
        "title = \"短信\"\nkind = \"command\"\ntimeout_seconds = 1\nclosed_hours = false\ncommand = [\"sh\", \"-c\", '''{script}''']\n"
    )
}

/// A contributor who chose the channel, and so many notices of their items, written while nobody serves.
fn chosen(dir: &Path, count: usize) {
    let store = engines::open_store(dir);
    let write = store.write(Priority::Desk, move |tx: &mut Tx<'_>| {
        let wang = Actor::User("wang".to_owned());
        set_way(tx, &wang, "sms", MailChoice::AtOnce, NUMBER)?;
        let source = "portal".parse().map_err(|_| StoreError::Stale)?;
        for n in 0..count {
            let item = ItemId::derive(&source, ItemKey::External(&n.to_string()));
            let receipt = Receipt::derive(&SecretKey::new([1; 32]), &item);
            put_own_item(tx, &wang, (&item, &receipt), "建议增设路灯")?;
        }
        Ok::<_, StoreError>(())
    });
    std::thread::spawn(move || write.wait().expect("written")).join().expect("written");
}

/// The ids that the command has confirmed, in their order.
fn sent(file: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

async fn wait_for(file: &Path, count: usize) {
    for _ in 0..12_000 {
        if sent(file).into_iter().collect::<BTreeSet<_>>().len() >= count {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("only {} of {count} came", sent(file).len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_fails_at_random_is_told_of_every_event_and_of_none_again_after_it_was_noted() {
    let count = events(120);
    let place = tempfile::tempdir().expect("a folder");
    let (channels, told) = (place.path().join("channels"), place.path().join("sent"));
    // One in ten wants to be asked later, one dies, one in thirty hangs. Whoever killed the server left one without its message.
    let script = format!(
        "input=$(cat); test -n \"$input\" || exit 75; echo \"$input\" >> {0}/seen; n=$(od -An -N1 -tu1 /dev/urandom | tr -d \" \"); \
         case $((n % 30)) in 0|1|2) echo \"稍后 {NUMBER}\" >&2; exit 75;; 3|4|5) kill -9 $$;; 6) sleep 30;; esac; \
         id=$(printf %s \"$input\" | sed \"s/.*\\\"id\\\":\\\"\\([0-9a-f]*\\)\\\".*/\\1/\"); echo \"$id\" >> {0}/sent",
        place.path().display()
    );
    channel(&channels, "sms", &by_command(&script));
    let dir = tempfile::tempdir().expect("a folder");
    let mut all = settings(dir.path());
    all.push(("MINYI_NOTIFY__CHANNELS_DIR", channels.display().to_string()));
    let dir = Server::start_on(dir, &all).stop();
    chosen(dir.path(), count);
    let mut server = Server::start_on(dir, &all);
    let (mut noted, mut upto) = (BTreeSet::new(), 0);
    for kill in 1..=3 {
        wait_for(&told, kill * count / 5).await;
        let dir = server.kill();
        let again = sent(&told);
        assert!(again[upto..].iter().all(|id| !noted.contains(id)), "none again once it was noted");
        (noted, upto) = (confirmed(dir.path()), again.len());
        server = Server::start_on(dir, &all);
    }
    wait_for(&told, count).await;
    let dir = stop_when_noted(server, &all, count).await;
    assert_eq!(confirmed(dir.path()).len(), count, "none missing");
    let all = sent(&told);
    assert!(all[upto..].iter().all(|id| !noted.contains(id)), "none again once it was noted");
    let mut often = BTreeMap::<&str, usize>::new();
    all.iter().for_each(|id| *often.entry(id).or_default() += 1);
    let repeats = often.values().filter(|count| **count > 1).count();
    figures(&format!(
        "command: {count} events, 3 killed starts, {} missing, {repeats} repeats, each under its id",
        count - often.len()
    ));
    assert!(repeats <= 3 * 16, "only what was on its way when the process ended: {repeats}");
    let seen = std::fs::read_to_string(place.path().join("seen")).expect("what the command was given");
    assert!(seen.contains(NUMBER) && seen.contains("已收到") && !seen.contains("路灯"), "no item's text");
    let log = std::fs::read_to_string(dir.path().join("log.txt")).expect("the log");
    assert!(!log.contains(NUMBER), "a number stands in no log");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contributor_chooses_a_channel_and_a_refusal_is_kept_without_the_number() {
    let place = tempfile::tempdir().expect("a folder");
    let script = format!(
        "cat > /dev/null; test -e {0}/well && exit 0; echo \"空号 {NUMBER}\"; exit 3",
        place.path().display()
    );
    channel(&place.path().join("channels"), "sms", &by_command(&script));
    let folder = place.path().join("channels");
    let with = move |config: &mut minyi::config::Config| {
        config.notify.channels_dir = folder;
        config.notify.every_ms = 30;
    };
    let app = TestApp::start_with(with).await;
    let mut wang = Browser::signed_in(&app, "wang", &["contributor"]).await;
    let mut editor = Browser::signed_in(&app, "zhang", &["editor"]).await;
    let mut auditor = Browser::signed_in(&app, "wu", &["audit"]).await;
    assert!(wang.get("/mine").await.text().contains("<option value=\"sms\">短信</option>"));
    for (way, number, says) in [("sms", "123", "手机号不对"), ("owl", NUMBER, "没有这种通知方式")]
    {
        let bad =
            [("mail", "none"), ("address", ""), ("way", way), ("way_when", "at_once"), ("number", number)];
        let bad = wang.post("/notices/choice", &bad).await;
        assert!(bad.status == 422 && bad.text().contains(says), "{}", bad.text());
    }
    let choice = [
        ("mail", "none"),
        ("address", ""),
        ("way", "sms"),
        ("way_when", "at_once"),
        ("number", "138 0013-8000"),
    ];
    assert_eq!(wang.post("/notices/choice", &choice).await.status, 303);
    assert!(wang.get("/mine").await.text().contains("value=\"13800138000\""));
    send(&mut wang, &"0".repeat(32)).await;
    let mut page = String::new();
    for _ in 0..100 {
        page = editor.get("/deliveries").await.text();
        if page.contains("未送达</span>") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(page.contains("命令以 3 退出") && page.contains("空号 138****8000"), "its last line: {page}");
    let log = auditor.get("/log.csv").await.text();
    assert!(log.contains("通知") && !log.contains(NUMBER) && !page.contains(NUMBER), "never in clear");

    std::fs::write(place.path().join("well"), "").expect("written");
    let no = between(&page, "action=\"/deliveries/", "\"").expect("a delivery");
    let again = editor.post(&format!("/deliveries/{no}"), &[("channel", "own"), ("target", "wang")]).await;
    assert_eq!(again.status, 303, "{}", again.text());
    for _ in 0..100 {
        page = editor.get("/deliveries?state=sent").await.text();
        if page.contains("已送达</span>") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(page.contains("已送达</span>"), "{page}");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_carries_the_fields_of_its_body_and_new_topics_come_on_the_page() {
    let hooks = Arc::new(Hooks::start(11).await);
    let place = tempfile::tempdir().expect("a folder");
    let body = "[body]\ntouser = \"{to}\"\nmsg = { id = \"{id}\", text = \"{text}\", kind = \"{event}\" }\n";
    let head = "title = \"政务通讯\"\nkind = \"http\"\ncontact = \"id\"\nclosed_hours = false\n";
    channel(place.path(), "messenger", &format!("{head}url = \"{}\"\n{body}", hooks.url()));
    let folder = place.path().to_owned();
    let with = move |config: &mut minyi::config::Config| {
        config.notify.channels_dir = folder;
        config.notify.every_ms = 30;
        config.notify.first_retry_ms = 30;
        config.notify.lease_seconds = 1;
        config.outward.allow_private = "127.0.0.1".to_owned();
        config.outward.timeout_seconds = 1;
    };
    let app = TestApp::start_with(with).await;
    let mut wang = Browser::signed_in(&app, "wang", &["contributor"]).await;
    let mut editor = Browser::signed_in(&app, "zhang", &["editor"]).await;
    wang.get("/mine").await;
    let choice = [("mail", "none"), ("address", ""), ("way", "messenger"), ("number", "wang-01")];
    assert_eq!(wang.post("/notices/choice", &choice).await.status, 303);
    for n in 0..10 {
        send(&mut wang, &format!("{n:032}")).await;
    }
    hooks.wait_for(10).await;
    let seen = hooks.report();
    assert!(seen.texts.contains("\"touser\":\"wang-01\"") && seen.texts.contains("已收到"), "{}", seen.texts);
    assert!(!seen.texts.contains("路灯") && !seen.texts.contains("翠柏苑"), "{}", seen.texts);

    // A batch of topics is one notice, on everybody's page at once, by the channel with the next digest.
    editor.get("/topics").await;
    let batch = [("topics", "老旧小区加装电梯\n夜间公交线路"), ("deadline", "9000-12-31")];
    assert_eq!(editor.post("/topics", &batch).await.status, 303);
    let mine = wang.get("/mine").await.text();
    assert!(mine.contains("征集“老旧小区加装电梯”“夜间公交线路”，9000-12-31 截止"), "{mine}");
    let mut later = Browser::signed_in(&app, "li", &["contributor"]).await;
    assert!(!later.get("/mine").await.text().contains("征集“"), "not to who came after it");
    let waiting = editor.get("/deliveries?state=waiting").await.text();
    assert!(waiting.contains("征集“老旧小区加装电梯”") && waiting.contains("短信等 wang"), "{waiting}");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_goes_out_in_the_closed_hours() {
    let place = tempfile::tempdir().expect("a folder");
    let script = format!("cat >> {}/seen", place.path().display());
    let text = by_command(&script).replace("closed_hours = false", "closed_hours = true");
    channel(&place.path().join("channels"), "sms", &text);
    let folder = place.path().join("channels");
    let now = SystemClock.now();
    let hour = (now.as_micros() - now.date().start().as_micros()) / 3_600_000_000;
    let hour = u8::try_from(hour).expect("an hour");
    let with = move |config: &mut minyi::config::Config| {
        config.notify.channels_dir = folder;
        config.notify.every_ms = 30;
        config.notify.closed_from = hour;
        config.notify.closed_to = (hour + 2) % 24;
    };
    let app = TestApp::start_with(with).await;
    let mut wang = Browser::signed_in(&app, "wang", &["contributor"]).await;
    wang.get("/mine").await;
    let choice = [("mail", "none"), ("address", ""), ("way", "sms"), ("number", NUMBER)];
    assert_eq!(wang.post("/notices/choice", &choice).await.status, 303);
    send(&mut wang, &"1".repeat(32)).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    let dir = app.finish().await;
    assert!(!place.path().join("seen").exists(), "nothing was sent");
    let store = engines::open_store(dir.path());
    let read = move || store.read(|sql| list_deliveries(sql, Some(DeliveryState::Waiting), false, 10)).wait();
    let rows = std::thread::spawn(read).join().expect("read").expect("the log");
    assert!(rows.len() == 1 && rows[0].attempts == 0, "{rows:?}");
}

#[test]
fn doctor_says_which_command_is_not_there() {
    let place = tempfile::tempdir().expect("a folder");
    let dir = place.path().join("channels");
    let said = || {
        let output = minyi(&["--data", &place.path().join("data").display().to_string(), "doctor"])
            .env("MINYI_NOTIFY__CHANNELS_DIR", &dir)
            .output()
            .expect("runs");
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    channel(&dir, "sms", "title = \"短信\"\nkind = \"command\"\ncommand = [\"/no/such/program\"]\n");
    assert!(said().contains("找不到命令 /no/such/program"), "{}", said());
    channel(&dir, "sms", &by_command("exit 0"));
    assert!(said().contains("通知通道 sms（短信）说明文件可用"), "{}", said());
    channel(&dir, "sms", "title = \"短信\"\nkind = \"owl\"\n");
    assert!(said().contains("第 2 行") && said().contains("notify.channels_dir"), "{}", said());
}
