//! A mailbox as a source, against a real server (dovecot): each mail once, whatever happens; what is wrong is told.

mod post;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use minyi::model::{Actor, MailChoice, Role, Roles, Timestamp};
use minyi::store::{Priority, StoreError, Tx, insert_user, own_items, refused_entries, set_choice};
use serde_json::Value;
use tempfile::TempDir;

use crate::answers::receivers::Letters;
use crate::support::{Server, engines, number, text};
use post::{Post, docx, file, mail, plain_mail, png};

/// Mails of the great test.
const MAILS: usize = 200;
const MATTER: &str = "翠柏苑北门到菜市场一段没有路灯，晚上老人出门容易摔倒，建议尽快增设。";

/// The `n`th mail, of one of five kinds, and the titles of the items in it.
fn nth(n: usize) -> (Vec<u8>, Vec<String>) {
    let (id, from) = (format!("m{n}"), format!("sender{}@example.org", n % 7));
    let title = |part: &str| format!("关于第{n:04}号{part}增设路灯的建议");
    let body = |part: &str| format!("{}{part}{MATTER}", title(part));
    match n % 5 {
        // A text with a picture.
        0 => (
            mail(
                &id,
                &from,
                &format!("转发：{}", title("")),
                &[post::text(&body("")), file("路口.png", &png(n))],
            ),
            vec![title("")],
        ),
        // A cover with a Word file.
        1 => {
            let word = docx(&[&title("文"), &body("文")]);
            (
                mail(
                    &id,
                    &from,
                    "社情民意",
                    &[post::text("您好，见附件，请查收。"), file("来稿.docx", &word)],
                ),
                vec![title("文")],
            )
        }
        // A table of two rows, and a text file.
        2 => {
            let table = format!(
                "标题,正文,反映人\n{},{},李四\n{},{},王五\n",
                title("甲"),
                body("甲"),
                title("乙"),
                body("乙")
            );
            let letter = format!("{}\n{}\n", title("丙"), body("丙"));
            let parts =
                [post::text("见附件"), file("汇总.csv", table.as_bytes()), file("稿.txt", letter.as_bytes())];
            (mail(&id, &from, "附件", &parts), vec![title("甲"), title("乙"), title("丙")])
        }
        // HTML alone, without a Message-ID.
        3 => {
            let heads = format!(
                "From: {from}\r\nSubject: =?utf-8?Q?{}?=\r\nContent-Type: text/html; charset=utf-8\r\n",
                title("").bytes().map(|byte| format!("={byte:02X}")).collect::<String>()
            );
            (plain_mail(&heads, &format!("<html><body><p>{}</p></body></html>", body(""))), vec![title("")])
        }
        // A text and a Word file that are items both.
        _ => {
            let word = docx(&[&title("件"), &body("件")]);
            let text = format!("{}\n{MATTER}\n{MATTER}", body(""));
            (
                mail(&id, &from, &title(""), &[post::text(&text), file("件.docx", &word)]),
                vec![title(""), title("件")],
            )
        }
    }
}

fn settings(dir: &Path, plans: &Path, letters: Option<&Letters>) -> Vec<(&'static str, String)> {
    let mut all = engines::variables(dir);
    let own = [
        ("MINYI_PULL__DIR", plans.to_str().expect("a path")),
        ("MINYI_PULL__EVERY_MS", "30"),
        ("MINYI_PULL__FIRST_RETRY_MS", "40"),
        ("MINYI_OUTWARD__ALLOW_PRIVATE", "127.0.0.1, ::1"),
        ("MINYI_NOTIFY__EVERY_MS", "50"),
        ("MINYI_NOTIFY__LEASE_SECONDS", "2"),
        ("MINYI_NOTIFY__FIRST_RETRY_MS", "40"),
        ("MINYI_SECRET_MAILBOX", "tests"),
    ];
    all.extend(own.map(|(name, value)| (name, value.to_owned())));
    if let Some(letters) = letters {
        let port = letters.port().to_string();
        let mail = [
            ("MINYI_MAIL__HOST", "127.0.0.1"),
            ("MINYI_MAIL__PORT", &port),
            ("MINYI_MAIL__SECURITY", "none"),
            ("MINYI_MAIL__FROM", "民意办公室 <minyi@example.org>"),
        ];
        all.extend(mail.map(|(name, value)| (name, value.to_owned())));
    }
    all
}

/// Titles of what is stored of a source, with the number of versions.
fn stored(dir: &Path, source: &'static str) -> Vec<(String, i64)> {
    let store = engines::open_store(dir);
    let read = move || {
        let rows = store.read(move |sql| {
            sql.query(
                &format!(
                    "SELECT title, (SELECT count(*) FROM item_versions v WHERE v.item_no = items.no)
                     FROM items WHERE source_id = '{source}' ORDER BY title"
                ),
                &[],
            )
        });
        let rows = rows.wait().expect("the items");
        rows.iter().map(|row| (row.text(0).expect("title").to_owned(), row.int(1).expect("count"))).collect()
    };
    std::thread::spawn(read).join().expect("read")
}

async fn view(server: &Server, id: &str) -> Value {
    let all = server.operator.get("/api/v1/pulls").await.ok();
    let found = all.as_array().and_then(|all| all.iter().find(|one| one["id"] == id)).cloned();
    found.unwrap_or_else(|| panic!("no {id} in {all}"))
}

/// Waits until a source has come to be as wanted.
async fn until(server: &Server, id: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    for _ in 0..1200 {
        let seen = view(server, id).await;
        if wanted(&seen) {
            return seen;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{id} never came to be so: {}", view(server, id).await);
}

async fn pull(server: &Server, id: &str) -> Value {
    server.operator.post(&format!("/api/v1/pulls/{id}"), "{}").await.ok()
}

fn plans(all: &[(&str, String)]) -> TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    for (id, text) in all {
        std::fs::write(dir.path().join(format!("{id}.toml")), text).expect("written");
    }
    dir
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs dovecot"]
async fn two_hundred_mails_are_taken_each_once_though_the_process_is_killed_in_between() {
    let (mut post, letters) = (Post::of("many").await, Letters::start_failing(11, 12).await);
    let all: Vec<(Vec<u8>, Vec<String>)> = (0..MAILS).map(nth).collect();
    let mails: Vec<Vec<u8>> = all.iter().map(|(mail, _)| mail.clone()).collect();
    let mut wanted: Vec<(String, i64)> =
        all.iter().flat_map(|(_, titles)| titles.iter().map(|title| (title.clone(), 1))).collect();
    wanted.sort();
    let plans = plans(&[("box", post.plan("max_mails = 30\n"))]);
    let mut dir = tempfile::tempdir().expect("a folder");
    let own = settings(dir.path(), plans.path(), Some(&letters));
    post.put(&mails[..MAILS / 2]).await;
    // Killed after an item was made durable and before anything was said of it, and before something was noted.
    for failpoint in ["intake.before_answer:9", "intake.before_append:14", "store.before_commit:25"] {
        let mut settings = own.clone();
        settings.push(("MINYI_FAILPOINT", failpoint.to_owned()));
        dir = killed(dir, &settings).await;
    }
    post.put(&mails[MAILS / 2..]).await;
    // And wherever it happens to be.
    let mut before = 0;
    for _ in 0..4 {
        let server = Server::start_on(dir, &own);
        let at = before + 35;
        let seen =
            until(&server, "box", |seen| number(seen, "/taken") >= at || seen["succeeded_at"] != "").await;
        before = number(&seen, "/taken");
        dir = server.kill();
    }
    let server = Server::start_on(dir, &own);
    let seen = until(&server, "box", |seen| number(seen, "/taken") as usize >= wanted.len()).await;
    assert_eq!((number(&seen, "/taken") as usize, number(&seen, "/refused")), (wanted.len(), 0), "{seen}");
    letters.wait_for(MAILS).await;
    // The same mails under other numbers bring nothing.
    post.renumber(&mails).await;
    pull(&server, "box").await;
    let seen = until(&server, "box", |seen| seen["state"] == "正常").await;
    assert_eq!((number(&seen, "/taken") as usize, number(&seen, "/refused")), (wanted.len(), 0), "{seen}");
    assert_eq!(post.count("Laigao").await, (MAILS, 0), "they are left on the server as they are");
    let report = server.operator.post("/api/v1/verify", "").await.ok();
    assert_eq!(report["ok"], true, "{report:#}");
    let dir = server.stop();
    assert_eq!(stored(dir.path(), "box"), wanted, "each once, in one version");
    let (receipts, _, texts) = letters.report();
    assert_eq!(receipts, MAILS, "a receipt for each mail, and no other");
    assert!(
        texts.contains("In-Reply-To: <m0@example.org>") && texts.contains("Auto-Submitted: auto-replied")
    );
    assert!(texts.contains("回执号") && !texts.contains("路灯"), "no receipt holds a text");
}

/// Starts the program and waits until it was killed by its failpoint.
async fn killed(dir: TempDir, settings: &[(&'static str, String)]) -> TempDir {
    let mut command = crate::support::minyi(&["serve", "--listen", "127.0.0.1:0", "--data"]);
    command.arg(dir.path()).envs(settings.iter().map(|(name, value)| (*name, value)));
    let log = std::fs::File::create(dir.path().join("killed.txt")).expect("a log");
    let mut child =
        command.stdout(std::process::Stdio::null()).stderr(log).spawn().expect("the program starts");
    let ended = tokio::task::spawn_blocking(move || {
        for _ in 0..400 {
            if child.try_wait().expect("its status").is_some() {
                return true;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        drop(child.kill());
        drop(child.wait());
        false
    });
    assert!(ended.await.expect("waited"), "the failpoint was not reached");
    dir
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs dovecot"]
async fn what_is_no_item_is_told_and_keeps_no_other_mail_waiting() {
    let (mut post, letters) = (Post::of("odd").await, Letters::start_failing(5, 12).await);
    post.make_folder("&XfJlNg-").await;
    let from = "zhang@example.org";
    let good = |id: &str| mail(id, from, &format!("关于{id}号路灯的建议"), &[post::text(MATTER)]);
    let secret = mail("secret", from, "机密★ 路灯", &[post::text(MATTER)]);
    let secret_file = mail(
        "hidden",
        from,
        "材料",
        &[post::text("见附件"), file("稿.txt", "密级：秘密\n关于路灯的建议".as_bytes())],
    );
    let marked = plain_mail(
        &format!(
            "From: {from}\r\nAuto-Submitted: auto-replied\r\nMessage-ID: <auto@x.cn>\r\nSubject: away\r\n"
        ),
        MATTER,
    );
    let bounce = plain_mail(
        "Return-Path: <>\r\nFrom: MAILER-DAEMON@x.cn\r\nMessage-ID: <b@x.cn>\r\nSubject: failed\r\n",
        MATTER,
    );
    let stranger = mail("stranger", "li@elsewhere.cn", "关于路灯的建议", &[post::text(MATTER)]);
    let large =
        mail("large", from, "关于大图的建议", &[post::text(MATTER), file("大.png", &vec![7; 1 << 20])]);
    let empty = mail("empty", from, "见附件", &[post::text("见附件")]);
    let broken = mail(
        "broken",
        from,
        "关于井盖的建议",
        &[post::text(MATTER), file("坏.docx", b"PK\x03\x04broken"), file("程序.exe", b"MZ\x90")],
    );
    let plans = plans(&[(
        "box",
        post.plan(
            "senders = [\"@example.org\", \"@x.cn\"]\nmax_mb = 1\nafter = \"move\"\nmoved_to = \"已收\"\n",
        ),
    )]);
    let dir = tempfile::tempdir().expect("a folder");
    let own = settings(dir.path(), plans.path(), Some(&letters));
    let dir = known_contributor(dir, &own, from).await;
    post.put(&[
        good("first"),
        secret,
        secret_file,
        marked,
        bounce,
        stranger,
        large,
        empty,
        broken,
        good("last"),
    ])
    .await;
    let server = Server::start_on(dir, &own);
    until(&server, "box", |seen| seen["succeeded_at"] != "").await;
    let seen = pull(&server, "box").await;
    assert_eq!(number(&seen, "/taken"), 3, "{seen}");
    // first, secret, hidden, large, empty, broken, last.
    letters.wait_for(7).await;
    assert_eq!((post.count("Laigao").await.0, post.count("&XfJlNg-").await.0), (0, 10));
    let dir = server.stop();
    let refused = refusals(dir.path(), "box");
    let told = |word: &str| refused.iter().any(|(name, why)| name.contains(word) || why.contains(word));
    for word in [
        "自动回复",
        "退信",
        "senders",
        "超过 1 MB",
        "没有可收的文字",
        "损坏",
        "第 2 个附件",
        "严禁处理涉密信息",
    ] {
        assert!(told(word), "{word}: {refused:?}");
    }
    assert!(!told("机密★") && !told("密级："), "what must not be kept is not shown: {refused:?}");
    let titles: Vec<String> = stored(dir.path(), "box").into_iter().map(|(title, _)| title).collect();
    assert_eq!(titles, ["关于first号路灯的建议", "关于last号路灯的建议", "关于井盖的建议"]);
    assert_eq!(own_titles(dir.path()), titles, "they are among the sender's own items");
    let (receipts, _, texts) = letters.report();
    assert_eq!(receipts, 7, "{texts}");
    for word in ["没有收稿", "涉密", "回执号", "没有收下"] {
        assert!(texts.contains(word), "{word}: {texts}");
    }
    for word in ["路灯", "井盖", "机密", "elsewhere", "MAILER-DAEMON"] {
        assert!(!texts.contains(word), "{word}: {texts}");
    }
}

/// An account that wants its mail at an address, in the facts of an instance that is not running.
async fn known_contributor(
    dir: TempDir,
    settings: &[(&'static str, String)],
    address: &'static str,
) -> TempDir {
    let dir = Server::start_on(dir, settings).stop();
    let store = engines::open_store(dir.path());
    let write = move || {
        let added: Result<(), StoreError> = store
            .write(Priority::Desk, move |tx: &mut Tx<'_>| {
                let roles = Roles::new(&[Role::Contributor]).expect("roles");
                insert_user(tx, &"zhang".parse().expect("a name"), "张思远", &roles, &Actor::System)?;
                set_choice(tx, &Actor::User("zhang".to_owned()), MailChoice::AtOnce, address)
            })
            .wait();
        added.expect("added");
    };
    std::thread::spawn(write).join().expect("written");
    dir
}

/// Titles of what the account has among its own.
fn own_titles(dir: &Path) -> Vec<String> {
    let store = engines::open_store(dir);
    let read = move || {
        let owner = Actor::User("zhang".to_owned());
        let ever = (Timestamp::from_micros(0), Timestamp::from_micros(i64::MAX));
        let own = store.read(move |sql| own_items(sql, &owner, ever, 100)).wait().expect("the items");
        let mut titles: Vec<String> = own.into_iter().map(|item| item.title).collect();
        titles.sort();
        titles
    };
    std::thread::spawn(read).join().expect("read")
}

/// What the page of a source says was refused: name, and why.
fn refusals(dir: &Path, source: &str) -> Vec<(String, String)> {
    let (store, source) = (engines::open_store(dir), source.parse().expect("a source"));
    let read = move || {
        let rows = store.read(move |sql| refused_entries(sql, &source, 100)).wait().expect("the entries");
        rows.into_iter().map(|(name, why, _)| (name, why)).collect()
    };
    std::thread::spawn(read).join().expect("read")
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs dovecot"]
async fn what_keeps_a_mailbox_closed_is_told_with_what_to_do() {
    let mut post = Post::of("closed").await;
    post.put(&[nth(0).0]).await;
    let good = post.plan("");
    let own = std::env::temp_dir().join("no such file.pem");
    let all: BTreeMap<&str, (String, &str)> = BTreeMap::from([
        ("password", (good.replace("${MAILBOX}", "${WRONG}"), "授权码")),
        (
            "trust",
            (
                good.lines().filter(|line| !line.starts_with("ca =")).collect::<Vec<_>>().join("\n"),
                "不是由所信任的机构签发",
            ),
        ),
        ("name", (good.replace("127.0.0.1", "localhost"), "不是为这个主机名签发")),
        (
            "file",
            (good.replace(&post.certificate.display().to_string(), &own.display().to_string()), "证书文件"),
        ),
        ("folder", (good.replace("Laigao", "没有"), "打不开文件夹")),
        (
            "plain",
            (good.replace(&format!("port = {}", post.sealed), &format!("port = {}", post.plain)), "加密连接"),
        ),
        ("unset", (good.replace("${MAILBOX}", "${NOBODY}"), "MINYI_SECRET_NOBODY")),
    ]);
    let files: Vec<(&str, String)> = all.iter().map(|(id, (text, _))| (*id, text.clone())).collect();
    let starttls = good.replace(
        &format!("port = {}", post.sealed),
        &format!("port = {}\nsecurity = \"starttls\"", post.plain),
    );
    let plans = plans(&[files, vec![("good", good), ("starttls", starttls)]].concat());
    let dir = tempfile::tempdir().expect("a folder");
    let mut own = settings(dir.path(), plans.path(), None);
    own.push(("MINYI_SECRET_WRONG", "wrong".to_owned()));
    let server = Server::start_on(dir, &own);
    for (id, (_, word)) in &all {
        let seen = until(&server, id, |seen| seen["state"] == "失败").await;
        assert!(text(&seen, "/told").contains(word), "{id}: {seen}");
        assert_eq!(number(&seen, "/taken"), 0);
    }
    let seen = until(&server, "good", |seen| seen["succeeded_at"] != "").await;
    assert_eq!((number(&seen, "/taken"), text(&seen, "/told")), (1, ""));
    let seen = until(&server, "starttls", |seen| seen["succeeded_at"] != "").await;
    assert!(number(&seen, "/taken") == 1 && text(&seen, "/told").contains("STARTTLS"), "{seen}");
    drop(server.stop());
}
