//! Two sites with no wire between them: items go in, answers come out, in files that somebody carries.

use std::collections::BTreeMap;

use hyper::Method;
use minyi::config::Config;
use minyi::exchange::SiteKey;
use minyi::model::SecretKey;
use serde_json::{Value, json};

use crate::portal::fill;
use crate::support::{Answer, Browser, Client, TestApp, between, engines, item, list, number, text};

const OUTER: u8 = 1;
const INNER: u8 = 2;

/// A picture, so large that a package of one MiB holds one of them.
fn picture(n: u8) -> Vec<u8> {
    let head = [0x89, b'P', b'N', b'G', 0x0D, 0x0A, 0x1A, 0x0A];
    [&head[..], &vec![n; 600 << 10]].concat()
}

/// A folder whose secret, and so whose key, is known before it is used.
fn folder(secret: u8) -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    std::fs::write(dir.path().join("secret.key"), format!("{secret:02x}").repeat(32)).expect("written");
    dir
}

fn settings(own: u8) -> impl FnOnce(&mut Config) {
    move |config| {
        let (side, peer) = if own == OUTER { ("outer", INNER) } else { ("inner", OUTER) };
        config.exchange.side = side.to_owned();
        config.exchange.max_mb = 1;
        let peer = SiteKey::of(&SecretKey::new([peer; 32])).expect("a key").public();
        config.exchange.peer_key = peer.to_string();
    }
}

async fn site(own: u8) -> TestApp {
    TestApp::start_in(folder(own), settings(own)).await
}

/// Makes what is due and takes along what nobody has taken.
async fn exported(app: &TestApp) -> Vec<Vec<u8>> {
    let due = app.operator.post("/api/v1/exchange/packages", "{}").await.ok();
    let mut out = Vec::new();
    for package in list(&due, "/packages") {
        out.push(fetched(app, number(package, "/number")).await);
        let path = format!("/api/v1/exchange/packages/{}/handed", number(package, "/number"));
        app.operator.post(&path, "{}").await.ok();
    }
    out
}

async fn fetched(app: &TestApp, number: i64) -> Vec<u8> {
    let answer = app.operator.get(&format!("/api/v1/exchange/packages/{number}")).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.body.to_vec()
}

async fn import(app: &TestApp, bytes: &[u8]) -> Answer {
    app.operator.call(Method::POST, "/api/v1/exchange/import", &[], bytes.to_vec()).await
}

/// Carries everything that is due from one site to the other.
async fn carried(from: &TestApp, to: &TestApp) -> Vec<Vec<u8>> {
    let packages = exported(from).await;
    for package in &packages {
        let taken = import(to, package).await.ok();
        assert_eq!((&taken["repeat"], &taken["notes"]), (&json!(false), &json!([])), "{taken:#}");
    }
    to.settle().await;
    packages
}

async fn standing(app: &TestApp) -> Value {
    app.operator.get("/api/v1/exchange").await.ok()
}

/// What an item's receipt tells.
async fn told(app: &TestApp, receipt: &str) -> Value {
    app.operator.get(&format!("/api/v1/receipts/{receipt}")).await.ok()
}

async fn attached(client: &Client, n: u8) -> String {
    let kept = client.call(Method::POST, &format!("/api/v1/files?name={n}.png"), &[], picture(n)).await;
    assert_eq!(kept.status, 201, "{}", kept.text());
    text(&kept.json(), "/id").to_owned()
}

/// 28 items by the API, two of them with an attachment: receipt by external id.
async fn posted(app: &TestApp) -> (Client, BTreeMap<String, (String, String)>) {
    let client = app.add_source("county", &["submit"]).await;
    let files = [attached(&client, 0).await, attached(&client, 1).await];
    let mut out = BTreeMap::new();
    for n in 0..28_usize {
        let body = format!("第{n}处路段没有照明，老人夜间摔倒过{n}次，建议增设路灯，并写明完工日期。");
        let mut one = item(&n.to_string(), &format!("关于第{n}处路灯的建议"), &body).from("钟离意", "某街道");
        if let Some(file) = files.get(n) {
            one = one.with("attachments", json!([file]));
        }
        let taken = client.post("/api/v1/items", one.json()).await.ok();
        let (id, receipt) = (text(&taken, "/id").to_owned(), text(&taken, "/receipt").to_owned());
        out.insert(n.to_string(), (id, receipt));
    }
    (client, out)
}

/// What wang sent by the form, by title: id.
async fn own_items(wang: &mut Browser) -> BTreeMap<String, String> {
    let page = wang.get("/mine").await.text();
    let mut out = BTreeMap::new();
    for part in page.split("href=\"/mine/").skip(1) {
        if let (Some((id, rest)), true) = (part.split_once('/'), part.contains("/sent\"")) {
            let title = between(rest, ">", "<").unwrap_or_default();
            out.entry(title).or_insert_with(|| id.to_owned());
        }
    }
    out
}

#[tokio::test]
async fn items_go_in_answers_come_out_and_nothing_is_taken_twice() {
    let (outer, inner) = (site(OUTER).await, site(INNER).await);
    let (county, posted) = posted(&outer).await;
    let mut wang = Browser::signed_in(&outer, "wang", &["contributor"]).await;
    // Somebody else has the same account name on the inner site: nothing of wang's becomes theirs.
    let mut namesake = Browser::signed_in(&inner, "wang", &["contributor"]).await;
    for title in ["建议增设公厕", "建议修复井盖"] {
        let body = format!("{title}：翠柏苑北门到菜市场一段，老人行走不便，居民多次反映，望尽快解决。");
        let sent = fill(&mut wang, "/report", &[("title", title), ("body", &body), ("name", "王勃")]).await;
        assert_eq!(sent.status, 303, "{}", sent.text());
    }
    outer.settle().await;

    let first = carried(&outer, &inner).await;
    assert_eq!(first.len(), 2, "two pictures do not fit into one");
    let report = inner.settle().await;
    assert_eq!(number(&report, "/counts/items"), 30, "{report:#}");
    for (_, receipt) in posted.values() {
        let (there, here) = (told(&outer, receipt).await, told(&inner, receipt).await);
        assert_eq!((&there["received_at"], &there["title"]), (&here["received_at"], &here["title"]));
    }
    let mut editor = Browser::signed_in(&inner, "zhang", &["editor"]).await;
    for n in 0..2_u8 {
        let file = editor.get(&format!("/items/{}/files/1", posted[&n.to_string()].0)).await;
        assert!(file.status == 200 && file.body == picture(n), "{} of {n}", file.status);
    }
    assert!(!namesake.get("/mine").await.text().contains("建议增设公厕"));

    // One is returned with what is asked for, one is adopted, one is declined.
    let mine = own_items(&mut wang).await;
    let (toilet, manhole) = (&mine["建议增设公厕"], &mine["建议修复井盖"]);
    editor.get("/inbox").await;
    let asked = [("item", toilet.as_str()), ("do", "ask"), ("comment", "请写明路段长度"), ("back", "/inbox")];
    assert_eq!(editor.post("/inbox/act", &asked).await.status, 303);
    let keep = [("item", posted["5"].0.as_str()), ("do", "keep"), ("back", "/inbox")];
    assert_eq!(editor.post("/inbox/act", &keep).await.status, 303);
    let desk = inner.add_source("desk", &["read", "edit", "issue"]).await;
    let proof = json!({ "series": "opinion", "items": [manhole] }).to_string();
    let proof = desk.post("/api/v1/bulletins", proof).await.ok();
    let signed = json!({ "signer": "左丘明" }).to_string();
    desk.post(&format!("/api/v1/bulletins/{}/issue", text(&proof, "/id")), signed).await.ok();
    inner.settle().await;
    let back = carried(&inner, &outer).await;
    let plain = String::from_utf8_lossy(&back[0]).into_owned();
    assert!(!plain.contains("zhang") && !plain.contains("左丘明"), "no name of the house goes out: {plain}");
    let page = wang.get("/mine").await.text();
    assert!(
        page.contains("请补充") && page.contains("请写明路段长度") && page.contains("采用 1 件"),
        "{page}"
    );
    assert!(page.contains("第 1 期信息报送"), "{page}");
    let notice = wang.get(&format!("/mine/{manhole}/notice")).await;
    assert_eq!((notice.status, &notice.body[..4]), (200, b"%PDF".as_slice()), "{}", notice.text());
    assert_eq!(told(&outer, &posted["5"].1).await["state"], "留作参考");
    assert_eq!(standing(&outer).await["arrived"], 2, "the answer says what has come");

    // wang answers, and the county takes one back: it goes in as a further version and as a withdrawal.
    let longer = "建议增设公厕：翠柏苑北门到菜市场一段长约300米，老人行走不便，望尽快解决。";
    let answered = fill(&mut wang, &format!("/mine/{toilet}"), &[("body", longer), ("name", "王勃")]).await;
    assert_eq!(answered.status, 303, "{}", answered.text());
    let extra = [("title", "建议撤去"), ("body", "这一件马上就会撤回，没有别的内容。"), ("name", "王勃")];
    assert_eq!(fill(&mut wang, "/report", &extra).await.status, 303);
    outer.settle().await;
    let withdrawn = own_items(&mut wang).await["建议撤去"].clone();
    assert_eq!(wang.post(&format!("/mine/{withdrawn}/withdraw"), &[]).await.status, 303);
    let second = carried(&outer, &inner).await;
    let page = editor.get(&format!("/items/{toilet}")).await.text();
    assert!(page.contains("长约300米") && page.contains("第 2 版"), "{page}");
    assert!(editor.get(&format!("/items/{withdrawn}")).await.text().contains("撤稿"));
    let answers = carried(&inner, &outer).await;

    // Everything once more: the same end.
    let before = (inner.settle().await, outer.settle().await, wang.get("/mine").await.text());
    for (to, packages) in [(&inner, [&first, &second]), (&outer, [&back, &answers])] {
        for package in packages.into_iter().flatten() {
            assert_eq!(import(to, package).await.ok()["repeat"], true);
        }
    }
    let after = (inner.settle().await, outer.settle().await, wang.get("/mine").await.text());
    assert_eq!((&after.0["counts"], &after.1["counts"]), (&before.0["counts"], &before.1["counts"]));
    assert_eq!(after.2, before.2);
    assert!(exported(&inner).await.is_empty(), "nothing new, no package");
    drop(county);
    outer.finish().await;
    inner.finish().await;
}

#[tokio::test]
async fn a_gap_a_change_and_a_wrong_site_are_said_with_what_to_do() {
    let (outer, inner) = (site(OUTER).await, site(INNER).await);
    let source = outer.add_source("county", &["submit"]).await;
    let mut packages = Vec::new();
    for n in 1..=3 {
        let one = item(&n.to_string(), &format!("第{n}件"), &format!("第{n}件的正文，讲第{n}处的井盖松动。"));
        source.post("/api/v1/items", one.json()).await.ok();
        outer.settle().await;
        packages.extend(exported(&outer).await);
    }
    assert_eq!(packages.len(), 3);
    let never_made = outer.operator.post("/api/v1/exchange/packages/9/handed", "{}").await;
    assert_eq!(never_made.status, 404, "{}", never_made.text());
    let mut changed = packages[0].clone();
    let at = changed.len() - 20;
    changed[at] ^= 1;
    assert!(import(&inner, &changed).await.refused(422, "invalid").contains("与清单不符"));
    assert!(import(&inner, &packages[0][..at]).await.refused(422, "invalid").contains("没有复制完"));
    assert!(import(&outer, &packages[0]).await.refused(422, "invalid").contains("本站自己"));

    import(&inner, &packages[0]).await.ok();
    let gap = import(&inner, &packages[2]).await.refused(409, "package_order");
    assert!(gap.contains("缺第 2 号（对方 ") && gap.contains("--again 2"), "{gap}");
    let alarms = standing(&inner).await["alarms"].to_string();
    assert!(alarms.contains("缺第 2 号") && alarms.contains("第 3 号来早了"), "{alarms}");
    let mut admin = Browser::signed_in(&inner, "run", &["system"]).await;
    let page = admin.get("/exchange").await.text();
    assert!(page.contains("class=\"alert\" role=\"alert\">缺第 2 号"), "{page}");

    // The lost one is handed out again as it was, and both are chosen on the page at once.
    assert_eq!(fetched(&outer, 2).await, packages[1]);
    let files =
        [("file", "第000003号.minyi", &packages[2][..]), ("file", "第000002号.minyi", &packages[1][..])];
    let page = admin.upload_with("/exchange/import", &[] as &[(&str, &str)], &files).await.text();
    assert!(page.contains("第 2 号已导入") && page.contains("第 3 号已导入：来稿 1 件"), "{page}");
    assert!(!page.contains("缺第 2 号"), "{page}");
    assert_eq!(number(&inner.settle().await, "/counts/items"), 3);
    outer.finish().await;
    inner.finish().await;
}

fn copied(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder").flatten() {
        let target = to.join(entry.file_name());
        match entry.file_type().expect("a type") {
            kind if kind.is_dir() => copied(&entry.path(), &target),
            kind if kind.is_file() => drop(std::fs::copy(entry.path(), target).expect("copied")),
            _ => {}
        }
    }
}

#[tokio::test]
async fn a_site_restored_from_an_older_backup_finds_back_and_doubles_nothing() {
    if engines::on_servers() {
        // Its facts are not in the folder.
        return;
    }
    let (outer, inner) = (site(OUTER).await, site(INNER).await);
    let source = outer.add_source("county", &["submit"]).await;
    let send = async |client: &Client, n: u32| {
        let one = item(&n.to_string(), &format!("第{n}件"), &format!("第{n}件的正文，讲第{n}处的井盖松动。"));
        client.post("/api/v1/items", one.json()).await.ok();
    };
    send(&source, 1).await;
    outer.settle().await;
    carried(&outer, &inner).await;
    let dir = outer.finish().await;
    let backup = tempfile::tempdir().expect("a folder");
    copied(dir.path(), backup.path());
    let outer = TestApp::start_in(dir, settings(OUTER)).await;
    send(&Client::tcp(outer.address(), Some(source.token())), 2).await;
    outer.settle().await;
    carried(&outer, &inner).await;
    drop(outer.finish().await);

    let outer = TestApp::start_in(backup, settings(OUTER)).await;
    send(&Client::tcp(outer.address(), Some(source.token())), 3).await;
    outer.settle().await;
    let fork = exported(&outer).await;
    let told = import(&inner, &fork[0]).await.refused(409, "package_order");
    assert!(told.contains("较早的备份"), "{told}");
    carried(&inner, &outer).await;
    carried(&outer, &inner).await;
    let report = inner.settle().await;
    assert_eq!(number(&report, "/counts/items"), 3, "{report:#}");
    assert_eq!(standing(&inner).await["taken"], 3);
    outer.finish().await;
    inner.finish().await;
}
