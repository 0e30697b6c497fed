//! Pulled sources against servers that misbehave: nothing missed, nothing taken twice, also when the process is killed.

mod misbehaving;
mod world;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use minyi::config::Config;
use serde_json::{Value, json};

use crate::support::{Browser, Server, TestApp, engines, minyi, number, text};
use world::{Asked, Reply, World};

/// Writes the file of a source.
fn plan(dir: &Path, id: &str, url: &str, more: &str) {
    let text = format!("title = \"{id} 渠道\"\nurl = \"{url}\"\nevery_minutes = 60\n{more}");
    std::fs::write(dir.join(format!("{id}.toml")), text).expect("written");
}

fn settings(dir: &Path) -> impl FnOnce(&mut Config) + use<> {
    let dir = dir.to_owned();
    move |config| {
        config.pull.dir = dir;
        config.pull.every_ms = 30;
        config.pull.first_retry_ms = 60;
        config.outward.allow_private = "127.0.0.1".to_owned();
        config.outward.timeout_seconds = 1;
    }
}

/// An entry of a feed of RSS.
fn rss_item(id: &str, title: &str) -> String {
    format!(
        "<item><guid>{id}</guid><title>{title}</title><description>{title}，请有关部门处理。</description></item>"
    )
}

fn rss(items: &[String]) -> String {
    format!(
        "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>频道</title>{}</channel></rss>",
        items.concat()
    )
}

/// The feed of a source that holds the entries `first … last`.
fn feed(source: &str, numbers: std::ops::RangeInclusive<usize>) -> String {
    rss(&numbers
        .map(|n| rss_item(&format!("{source}-{n}"), &format!("{source}的第{n}件")))
        .collect::<Vec<_>>())
}

/// Titles of what is stored, by source, with the number of versions.
fn stored(dir: &Path) -> BTreeMap<String, Vec<(String, i64)>> {
    let store = engines::open_store(dir);
    let read = move || {
        let rows = store
            .read(|sql| {
                sql.query(
                    "SELECT source_id, title, (SELECT count(*) FROM item_versions v WHERE v.item_no = items.no)
                     FROM items ORDER BY source_id, title",
                    &[],
                )
            })
            .wait()
            .expect("the items");
        let mut out: BTreeMap<String, Vec<(String, i64)>> = BTreeMap::new();
        for row in &rows {
            let (source, title) = (row.text(0).expect("source"), row.text(1).expect("title"));
            out.entry(source.to_owned()).or_default().push((title.to_owned(), row.int(2).expect("count")));
        }
        out
    };
    std::thread::spawn(read).join().expect("read")
}

/// Waits until a source has ended a pull well, and gives how it does.
async fn well(app: &TestApp, id: &str) -> Value {
    for _ in 0..400 {
        let view = view(app, id).await;
        if view["succeeded_at"] != "" && view["failures"] == 0 {
            return view;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{id} never ended well: {}", view(app, id).await);
}

async fn view(app: &TestApp, id: &str) -> Value {
    let all = app.operator.get("/api/v1/pulls").await.ok();
    let found = all.as_array().and_then(|all| all.iter().find(|one| one["id"] == id)).cloned();
    found.unwrap_or_else(|| panic!("no {id} in {all}"))
}

/// 立即抓取.
async fn pull(app: &TestApp, id: &str) -> Value {
    app.operator.post(&format!("/api/v1/pulls/{id}"), "{}").await.ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_is_asked_for_what_is_new_and_says_when_nothing_is() {
    let (world, plans) = (World::start().await, tempfile::tempdir().expect("a folder"));
    world.answers("/news", |asked: &Asked| {
        let (etag, last) = if asked.before < 2 { ("\"one\"", 5) } else { ("\"two\"", 7) };
        if asked.header("if-none-match") == etag {
            return Reply::new("304 Not Modified", &[("etag", etag)], b"");
        }
        let kind = [
            ("content-type", "text/xml"),
            ("etag", etag),
            ("last-modified", "Thu, 08 Jan 2026 01:30:00 GMT"),
        ];
        Reply::new("200 OK", &kind, feed("news", last - 4..=last).as_bytes())
    });
    plan(plans.path(), "news", &world.url("/news"), "");
    let app = TestApp::start_with(settings(plans.path())).await;
    assert_eq!(number(&well(&app, "news").await, "/taken"), 5);
    assert_eq!(number(&pull(&app, "news").await, "/last_taken"), 0);
    assert_eq!(number(&pull(&app, "news").await, "/last_taken"), 2);
    assert_eq!(number(&pull(&app, "news").await, "/last_taken"), 0);
    let asked = world.asked("/news");
    assert_eq!(asked.len(), 4, "nothing is asked for before its time");
    assert_eq!(asked[0].header("if-none-match"), "");
    assert_eq!(asked[1].header("if-modified-since"), "Thu, 08 Jan 2026 01:30:00 GMT");
    assert_eq!(
        [1, 2, 3].map(|at| asked[at].header("if-none-match").to_owned()),
        ["\"one\"", "\"one\"", "\"two\""]
    );
    let dir = app.finish().await;
    assert_eq!(stored(dir.path())["news"].len(), 7);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_that_moved_on_by_more_than_it_shows_is_told() {
    let (world, plans) = (World::start().await, tempfile::tempdir().expect("a folder"));
    world.answers("/news", |asked: &Asked| {
        Reply::xml(&feed("news", asked.before * 30 + 1..=asked.before * 30 + 12))
    });
    plan(plans.path(), "news", &world.url("/news"), "");
    let app = TestApp::start_with(settings(plans.path())).await;
    let first = well(&app, "news").await;
    assert_eq!((text(&first, "/state"), text(&first, "/told")), ("正常", ""), "at first everything is new");
    let later = pull(&app, "news").await;
    assert!(text(&later, "/state") == "注意" && text(&later, "/told").contains("every_minutes"), "{later}");
    assert_eq!((number(&later, "/taken"), number(&later, "/failures")), (24, 0));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_entry_is_a_version_and_what_is_refused_is_told_on_the_page() {
    let (world, plans) = (World::start().await, tempfile::tempdir().expect("a folder"));
    world.answers("/news", |asked: &Asked| {
        let first = if asked.before == 0 { "路灯不亮" } else { "路灯仍然不亮" };
        let long = "长".repeat(20_001);
        let entry = |id: &str, title: &str, body: &str| {
            format!("<item><guid>{id}</guid><title>{title}</title><description>{body}</description></item>")
        };
        Reply::xml(&rss(&[
            entry("a", "路灯", first),
            entry("long", "过长", &long),
            entry("mark", "标志", "机密★ 不得外传"),
            entry("none", "", ""),
            entry("b", "井盖", "井盖缺失"),
        ]))
    });
    plan(plans.path(), "news", &world.url("/news"), "[item]\nunit = \"江湾街道\"\nkind = \"群众\"\n");
    let app = TestApp::start_with(settings(plans.path())).await;
    let seen = well(&app, "news").await;
    assert_eq!((number(&seen, "/taken"), number(&seen, "/refused")), (2, 3));
    app.settle().await;
    let seen = pull(&app, "news").await;
    assert_eq!((number(&seen, "/taken"), number(&seen, "/revised"), number(&seen, "/refused")), (2, 1, 3));
    let mut admin = Browser::signed_in(&app, "sys", &["system"]).await;
    let list = admin.get("/pulled").await.text();
    assert!(list.contains("news 渠道") && list.contains("正常"), "{list}");
    let page = admin.get("/pulled/news").await.text();
    for word in ["long", "20000", "既没有标题也没有正文", "涉密", "立即抓取", "累计"] {
        assert!(page.contains(word), "{word}: {page}");
    }
    assert!(!page.contains("机密★"), "what must not be kept is not shown");
    let asked = world.asked("/news").len();
    assert_eq!(admin.post("/pulled/news", &[]).await.header("location"), "/pulled/news?asked=1");
    for _ in 0..100 {
        if world.asked("/news").len() > asked {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(world.asked("/news").len(), asked + 1, "it is pulled at once");
    let dir = app.finish().await;
    let titles = stored(dir.path()).remove("news").expect("items");
    assert_eq!(titles, [("井盖".to_owned(), 1), ("路灯".to_owned(), 2)]);
}

/// The entries of an API in pages, the newest first.
fn page_of(all: &[usize], page: usize, size: usize) -> Value {
    let rows = all.iter().rev().skip((page - 1) * size).take(size);
    let rows: Vec<Value> = rows
        .map(|n| json!({ "no": n, "t": format!("第{n:04}件"), "c": format!("第{n:04}件的正文") }))
        .collect();
    json!({ "data": { "rows": rows } })
}

const BY_PAGE: &str = "format = \"json\"\n[json]\nitems = \"/data/rows\"\nfields = { id = \"/no\", title = \"/t\", body = \"/c\" }\n\
    paging = { by = \"page\", parameter = \"p\" }\n";
const BY_CURSOR: &str = "format = \"json\"\n[json]\nitems = \"/data/rows\"\nfields = { id = \"/no\", title = \"/t\", body = \"/c\" }\n\
    paging = { by = \"cursor\", parameter = \"after\", cursor = \"/next\", order = \"oldest\" }\n";

#[tokio::test(flavor = "multi_thread")]
async fn pages_that_shrink_while_they_are_read_hide_nothing() {
    let (world, plans) = (World::start().await, tempfile::tempdir().expect("a folder"));
    let mut all: Vec<usize> = (1..=50).collect();
    world.answers("/list", move |asked: &Asked| {
        let reply = Reply::json(&page_of(&all, asked.number("p").unwrap_or(1), 10));
        // After the second page five of those on the first are taken away: the third begins with what was never shown.
        if asked.before == 1 {
            all.retain(|n| *n <= 45);
        }
        reply
    });
    plan(plans.path(), "list", &world.url("/list"), BY_PAGE);
    let app = TestApp::start_with(settings(plans.path())).await;
    let seen = well(&app, "list").await;
    assert_eq!(number(&seen, "/taken"), 50, "{seen}");
    let asked = world.asked("/list").len();
    assert_eq!(number(&pull(&app, "list").await, "/last_taken"), 0);
    assert_eq!(world.asked("/list").len(), asked + 1, "one page that is known is enough");
    let dir = app.finish().await;
    assert_eq!(stored(dir.path())["list"].len(), 50);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_goes_on_where_it_stood_and_one_that_repeats_ends() {
    let (world, plans) = (World::start().await, tempfile::tempdir().expect("a folder"));
    // A log: three entries a page, and at first its end is at the seventh.
    world.answers("/log", |asked: &Asked| {
        let (from, end) = (asked.number("after").unwrap_or(0), if asked.before < 4 { 7 } else { 11 });
        let rows: Vec<Value> =
            (from + 1..=end.min(from + 3)).map(|n| json!({ "no": n, "t": format!("第{n:04}件") })).collect();
        let next = (from + rows.len()).to_string();
        Reply::json(&json!({ "data": { "rows": rows }, "next": next }))
    });
    world.answers("/circle", |asked: &Asked| {
        let at = asked.number("after").unwrap_or(0);
        Reply::json(
            &json!({ "data": { "rows": [{ "no": at, "t": format!("第{at:04}件") }] }, "next": (at + 1) % 3 }),
        )
    });
    plan(plans.path(), "log", &world.url("/log"), BY_CURSOR);
    plan(plans.path(), "circle", &world.url("/circle"), BY_CURSOR);
    let app = TestApp::start_with(settings(plans.path())).await;
    assert_eq!(number(&well(&app, "log").await, "/taken"), 7);
    let asked = world.asked("/log").len();
    assert_eq!(number(&pull(&app, "log").await, "/taken"), 11);
    let later = world.asked("/log").split_off(asked);
    assert_eq!(later[0].number("after"), Some(7), "it goes on where it stood");
    let seen = well(&app, "circle").await;
    assert_eq!((number(&seen, "/taken"), text(&seen, "/state")), (3, "注意"));
    assert!(text(&seen, "/told").contains("重复"), "{seen}");
    let dir = app.finish().await;
    let stored = stored(dir.path());
    assert_eq!((stored["log"].len(), stored["circle"].len()), (11, 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sweep_that_is_cut_off_goes_on_at_its_page_though_new_entries_push_the_others_down() {
    let (world, plans) = (World::start().await, tempfile::tempdir().expect("a folder"));
    let mut all: Vec<usize> = (1..=60).collect();
    let mut broken = 3;
    world.answers("/list", move |asked: &Asked| {
        let page = asked.number("p").unwrap_or(1);
        if page == 4 && broken > 0 {
            // Meanwhile more than a page of new ones comes in: what was on page three is on page four now.
            broken -= 1;
            let next = all.len() + 1;
            all.extend(next..next + 5);
            return Reply::status("502 Bad Gateway");
        }
        Reply::json(&page_of(&all, page, 10))
    });
    plan(plans.path(), "list", &world.url("/list"), BY_PAGE);
    let app = TestApp::start_with(settings(plans.path())).await;
    well(&app, "list").await;
    let seen = pull(&app, "list").await;
    assert_eq!(number(&seen, "/taken"), 75, "{seen}");
    let dir = app.finish().await;
    assert_eq!(stored(dir.path())["list"].len(), 75);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_wrong_is_told_and_the_others_are_pulled() {
    let (world, plans) = (World::start().await, tempfile::tempdir().expect("a folder"));
    world.answers("/good", |_: &Asked| Reply::xml(&feed("good", 1..=2)));
    plan(plans.path(), "good", &world.url("/good"), "");
    plan(plans.path(), "off", &world.url("/off"), "on = false\n");
    plan(plans.path(), "wrong", "https://x.cn", "colour = 1\n");
    plan(plans.path(), "secret", &world.url("/secret"), "[headers]\nauthorization = \"Bearer ${NOBODY}\"\n");
    let app = TestApp::start_with(settings(plans.path())).await;
    well(&app, "good").await;
    for (id, state, word) in
        [("off", "已停用", ""), ("wrong", "配置有误", "colour"), ("secret", "失败", "MINYI_SECRET_NOBODY")]
    {
        let mut seen = view(&app, id).await;
        for _ in 0..100 {
            if text(&seen, "/state") == state {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
            seen = view(&app, id).await;
        }
        assert!(text(&seen, "/state") == state && text(&seen, "/told").contains(word), "{seen}");
    }
    assert!(world.asked("/off").is_empty() && world.asked("/secret").is_empty());
    for refused in ["wrong", "off", "unknown"] {
        let answer = app.operator.post(&format!("/api/v1/pulls/{refused}"), "{}").await;
        assert!(matches!(answer.status, 404 | 422), "{refused}: {}", answer.text());
    }
    let client = app.add_source("street", &["submit", "read", "edit", "issue"]).await;
    assert_eq!(client.post("/api/v1/pulls/good", "{}").await.status, 403, "only commands on the machine");
    assert_eq!(client.get("/api/v1/pulls").await.status, 403);
    app.finish().await;
}

/// The same settings for a process.
fn pulling(plans: &Path) -> Vec<(&'static str, String)> {
    vec![
        ("MINYI_PULL__DIR", plans.to_str().expect("a path").to_owned()),
        ("MINYI_PULL__EVERY_MS", "30".to_owned()),
        ("MINYI_PULL__FIRST_RETRY_MS", "40".to_owned()),
        ("MINYI_OUTWARD__ALLOW_PRIVATE", "127.0.0.1".to_owned()),
        ("MINYI_OUTWARD__TIMEOUT_SECONDS", "1".to_owned()),
    ]
}

/// Waits until the only source of a process has ended a pull well.
async fn ended_well(server: &Server) {
    let mut seen = Value::Null;
    for _ in 0..600 {
        seen = server.operator.get("/api/v1/pulls").await.ok()[0].clone();
        if seen["succeeded_at"] != "" {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("it never ended well: {seen}");
}

/// Entries of the source that is pulled while the process is killed, and entries on one of its pages.
const MANY: usize = 240;
const A_PAGE: usize = 20;

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_is_killed_while_it_pulls_loses_and_doubles_nothing() {
    let (world, plans) = (World::start().await, tempfile::tempdir().expect("a folder"));
    let all: Vec<usize> = (1..=MANY).collect();
    // Every seventh answer is a failure, of another kind each time.
    world.answers("/list", move |asked: &Asked| {
        let good = Reply::json(&page_of(&all, asked.number("p").unwrap_or(1), A_PAGE));
        match asked.before % 28 {
            6 => Reply::status("500 Oops"),
            13 => good.cut(100),
            20 => Reply::default(),
            27 => Reply { last_wait: Duration::from_secs(3), ..good.cut(50) },
            _ => Reply { first_wait: Duration::from_millis(15), ..good },
        }
    });
    plan(plans.path(), "list", &world.url("/list"), BY_PAGE);
    let dir = tempfile::tempdir().expect("a folder");
    let mut all = engines::variables(dir.path());
    all.extend(pulling(plans.path()));
    // Killed between taking and noting: after the 7th, 33rd … item of a run was made durable and before anything was said of it.
    let mut dir = dir;
    for (at, place) in [
        ("intake.before_answer", 7),
        ("intake.before_answer", 33),
        ("queue.after_commit", 3),
        ("store.before_commit", 9),
    ]
    .into_iter()
    .enumerate()
    {
        // The embedded queue has that place, and brokers have not.
        if engines::on_servers() && place.0.starts_with("queue.") {
            continue;
        }
        let failpoint = format!("{}:{}", place.0, place.1);
        let mut command = minyi(&["serve", "--listen", "127.0.0.1:0", "--data"]);
        command
            .arg(dir.path())
            .envs(all.iter().map(|(name, value)| (*name, value)))
            .env("MINYI_FAILPOINT", &failpoint);
        let log = std::fs::File::create(dir.path().join(format!("log{at}.txt"))).expect("a log");
        let mut child =
            command.stdout(std::process::Stdio::null()).stderr(log).spawn().expect("the program starts");
        let ended = tokio::task::spawn_blocking(move || {
            for _ in 0..300 {
                if let Some(status) = child.try_wait().expect("its status") {
                    return Some(status);
                }
                std::thread::sleep(Duration::from_millis(100));
            }
            // It never came to that place.
            drop(child.kill());
            drop(child.wait());
            None
        });
        let status = ended.await.expect("waited").unwrap_or_else(|| panic!("{failpoint} was not reached"));
        let told = || std::fs::read_to_string(dir.path().join(format!("log{at}.txt"))).unwrap_or_default();
        assert_eq!(
            std::os::unix::process::ExitStatusExt::signal(&status),
            Some(9),
            "{failpoint}: {}",
            told()
        );
    }
    // And wherever it happens to be.
    for wait in [900, 1200] {
        let server = Server::start_on(dir, &all);
        tokio::time::sleep(Duration::from_millis(wait)).await;
        dir = server.kill();
    }
    let server = Server::start_on(dir, &all);
    ended_well(&server).await;
    let report = server.operator.post("/api/v1/verify", "").await.ok();
    assert_eq!(report["ok"], true, "{report:#}");
    let dir = server.stop();
    let titles = stored(dir.path()).remove("list").expect("items");
    let wanted: Vec<(String, i64)> = (1..=MANY).map(|n| (format!("第{n:04}件"), 1)).collect();
    assert_eq!(titles, wanted, "each once, in one version");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Kafka and PostgreSQL"]
async fn of_two_nodes_one_pulls_at_a_time() {
    let (world, plans) = (World::start().await, tempfile::tempdir().expect("a folder"));
    let all: Vec<usize> = (1..=MANY).collect();
    world.answers("/list", move |asked: &Asked| {
        let good = Reply::json(&page_of(&all, asked.number("p").unwrap_or(1), A_PAGE));
        Reply { first_wait: Duration::from_millis(30), ..good }
    });
    plan(plans.path(), "list", &world.url("/list"), BY_PAGE);
    let mut shared = engines::variables_of("two pullers");
    shared.extend(pulling(plans.path()));
    let first = Server::start_on(tempfile::tempdir().expect("a folder"), &shared);
    let beside = tempfile::tempdir().expect("a folder");
    std::fs::copy(first.dir().join("secret.key"), beside.path().join("secret.key")).expect("copied");
    let second = Server::start_on(beside, &shared);
    ended_well(&second).await;
    let asked = world.asked("/list").len();
    // Twelve pages and the empty one behind them, and once more, because something was found.
    assert_eq!(asked, 2 * (MANY / A_PAGE + 1), "no page is read by both");
    let report = second.operator.post("/api/v1/verify", "").await.ok();
    assert_eq!((&report["ok"], number(&report, "/counts/items")), (&json!(true), MANY as i64), "{report:#}");
    drop(first.stop());
    drop(second.stop());
}
