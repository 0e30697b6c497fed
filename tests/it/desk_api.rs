//! The desk for a person's own programs: the same day's work as on the pages, the same rights, by a key of their own.

use hyper::Method;
use minyi::editorial::{self, page_rights};
use minyi::model::{Role, Roles};
use minyi::registry;
use minyi::site::{Need, PageRight};
use serde_json::{Value, json};

use crate::rights::filled;
use crate::support::{Answer, Browser, Client, TestApp, between, item, list, number, text};

const BODY: &str =
    "翠柏苑北门到菜市场一段没有照明，老人夜间摔倒过几次，联系人电话13800138000。建议增设路灯。";

/// Every call of a person's own programs.
fn api_rights() -> Vec<PageRight> {
    [editorial::api_rights(), registry::api_rights()].concat()
}

/// A key, made on the page of the account as its owner would.
pub async fn key(app: &TestApp, browser: &mut Browser) -> Client {
    browser.get("/account").await;
    let made = browser.post("/account/keys", &[("label", "办公系统同步"), ("days", "30")]).await.text();
    let key = between(&made, "readonly value=\"", "\"").unwrap_or_else(|| panic!("no key in {made}"));
    assert!(key.starts_with("mu_"), "{key}");
    assert!(!browser.get("/account").await.text().contains(&key), "a key is shown once");
    Client::tcp(app.address(), Some(&key))
}

pub async fn person(app: &TestApp, name: &str, roles: &[&str]) -> Client {
    let mut browser = Browser::signed_in(app, name, roles).await;
    key(app, &mut browser).await
}

pub async fn post(client: &Client, path: &str, body: Value) -> Answer {
    client.post(path, body.to_string()).await
}

#[tokio::test]
async fn an_items_whole_day_is_done_by_programs() {
    let app = TestApp::start().await;
    let source = app.add_source("demo", &["submit"]).await;
    let ids = app.post_all(&source, &[item("1", "建议增设路灯", BODY).from("钟离意", "某街道")]).await;
    app.settle().await;
    let editor = person(&app, "zhang", &["editor"]).await;
    let head = person(&app, "li", &["reviewer"]).await;
    let signer = person(&app, "qian", &["signer"]).await;
    let me = editor.get("/api/v1/desk/me").await.ok();
    assert_eq!(text(&me, "/name"), "zhang");

    let inbox = editor.get("/api/v1/desk/inbox?holder=none").await.ok();
    assert_eq!(number(&inbox, "/counts/received"), 1);
    assert_eq!(text(&inbox, "/items/0/id"), ids[0]);
    let shown = editor.get(&format!("/api/v1/desk/items/{}", ids[0])).await.ok();
    assert!(!shown.to_string().contains("13800138000"), "masked: {shown}");
    let revealed = post(&editor, &format!("/api/v1/desk/items/{}/reveal", ids[0]), json!({})).await.ok();
    assert!(revealed.to_string().contains("13800138000"));
    assert!(revealed.to_string().contains("item.reveal"), "that somebody looked is logged");

    let act = json!({ "items": ids, "action": "keep" });
    let kept = post(&editor, "/api/v1/desk/acts", act.clone()).await.ok();
    assert_eq!((number(&kept, "/moved"), text(&kept, "/action")), (1, "留存"));
    let undo = format!("/api/v1/desk/acts/{}/undo", number(&kept, "/act"));
    post(&head, &undo, json!({})).await.refused(404, "not_found");
    assert_eq!(post(&editor, &undo, json!({})).await.ok()["undone"], true);

    let wanted = json!({ "items": ids, "outlet": "series", "series": "opinion" });
    let made = post(&editor, "/api/v1/desk/manuscripts", wanted).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let made = made.json();
    let path = format!("/api/v1/desk/manuscripts/{}", text(&made, "/id"));
    let change = json!({ "rev": made["rev"], "title": "翠柏苑北门缺路灯" });
    let put = |body: Value| editor.call(Method::PUT, &path, &[], body.to_string());
    let saved = put(change.clone()).await.ok();
    assert_eq!(text(&saved, "/texts/title"), "翠柏苑北门缺路灯");
    put(change).await.refused(409, "stale");
    let hits = editor.get(&format!("{path}/proof-reading")).await.ok();
    assert!(hits.is_array());
    let sent = post(&editor, &format!("{path}/submit"), json!({ "rev": saved["rev"] })).await.ok();
    let own = post(&editor, &format!("{path}/pass"), json!({ "rev": sent["rev"] })).await;
    assert_eq!(own.status, 403, "nobody passes what they wrote: {}", own.text());
    assert_eq!(text(&head.get("/api/v1/desk/tasks").await.ok(), "/waiting/0/what"), "审核");
    let passed = post(&head, &format!("{path}/pass"), json!({ "rev": sent["rev"] })).await.ok();
    assert_eq!(text(&passed, "/state"), "awaiting_signature");

    let draft = json!({ "series": "opinion", "manuscripts": [made["id"]] });
    let drafted = post(&editor, "/api/v1/desk/issues", draft).await.ok();
    let issue = format!("/api/v1/desk/issues/{}", text(&drafted, "/id"));
    post(&editor, &format!("{issue}/sign"), json!({})).await.refused(403, "right_missing");
    post(&editor, &format!("{issue}/issue"), json!({})).await.refused(409, "not_checked");
    let signed = post(&signer, &format!("{issue}/sign"), json!({})).await.ok();
    assert_eq!(text(&signed, "/signer"), "qian先生");
    post(&editor, &format!("{issue}/check"), json!({})).await.ok();
    let issued = post(&editor, &format!("{issue}/issue"), json!({})).await.ok();
    assert_eq!(number(&issued, "/number/number"), 1, "{issued}");
    let file = editor.get(&format!("{issue}/files/docx")).await;
    assert!(file.status == 200 && file.body.starts_with(b"PK"), "{}", file.status);
    let listed = editor.get("/api/v1/desk/issues").await.ok();
    assert_eq!(list(&listed, "/issues").len(), 1);
    app.finish().await;
}

async fn asked(client: &Client, right: &PageRight) -> Answer {
    client.call(right.method.clone(), &filled(right.path), &[], "{}").await
}

#[tokio::test]
async fn every_call_answers_every_role_as_the_table_says_and_nobody_without_a_key() {
    let app = TestApp::start().await;
    for role in Role::ALL {
        let roles = Roles::new(&[*role]).expect("one role");
        let client = person(&app, role.code(), &[role.code()]).await;
        for right in api_rights() {
            let answer = asked(&client, &right).await;
            let told = format!("{role:?} {} {} gives {}", right.method, right.path, answer.text());
            assert_eq!(answer.status != 403, right.need.met_by(&roles), "{told}");
            assert!(answer.status != 401 && answer.status < 500, "{told}");
        }
    }
    let nobody = Client::tcp(app.address(), None);
    let source = app.add_source("demo", &["submit", "read", "edit", "issue"]).await;
    for right in api_rights() {
        asked(&nobody, &right).await.refused(401, "no_key");
        asked(&source, &right).await.refused(401, "bad_key");
    }
    app.finish().await;
}

#[tokio::test]
async fn a_session_opens_nothing_here_and_a_key_no_page() {
    let app = TestApp::start().await;
    let mut browser = Browser::signed_in(&app, "zhang", &["editor"]).await;
    browser.get("/api/v1/desk/me").await.refused(401, "no_key");
    let client = key(&app, &mut browser).await;
    assert_eq!(client.get("/inbox").await.status, 303, "to sign in");
    app.finish().await;
}

#[tokio::test]
async fn a_key_ends_with_its_day_by_its_owner_and_with_the_account() {
    let app = TestApp::start().await;
    let mut browser = Browser::signed_in(&app, "zhang", &["editor"]).await;
    browser.get("/account").await;
    for (label, days) in [("", "30"), ("用途", "0"), ("用途", "367"), ("用途", "很多")] {
        let refused = browser.post("/account/keys", &[("label", label), ("days", days)]).await;
        assert_eq!(refused.status, 422, "{label} {days}");
    }
    let first = key(&app, &mut browser).await;
    first.get("/api/v1/desk/me").await.ok();
    let page = browser.get("/account").await.text();
    let short = between(&page, "name=\"key\" value=\"", "\"").expect("its name");
    let ended = browser.post("/account/keys/end", &[("key", &short)]).await;
    assert_eq!(ended.status, 303, "{}", ended.text());
    first.get("/api/v1/desk/me").await.refused(401, "bad_key");

    let second = key(&app, &mut browser).await;
    second.get("/api/v1/desk/me").await.ok();
    app.operator.post("/api/v1/users/zhang/disable", "{}").await.ok();
    second.get("/api/v1/desk/me").await.refused(401, "bad_key");
    app.operator.post("/api/v1/users/zhang/enable", "{}").await.ok();
    second.get("/api/v1/desk/me").await.refused(401, "bad_key");
    app.finish().await;
}

#[tokio::test]
async fn bad_requests_are_told_what_is_wrong_with_them() {
    let app = TestApp::start().await;
    let editor = person(&app, "zhang", &["editor"]).await;
    editor.get("/api/v1/desk/inbox?colour=red").await.refused(400, "bad_query");
    editor.get("/api/v1/desk/inbox?state=nowhere").await.refused(400, "bad_query");
    editor.get("/api/v1/desk/inbox?after=x").await.refused(400, "bad_cursor");
    editor.post("/api/v1/desk/acts", "{").await.refused(400, "malformed_json");
    let told =
        editor.post("/api/v1/desk/acts", r#"{"items":[],"action":"burn"}"#).await.refused(422, "invalid");
    assert!(told.contains("burn"), "{told}");
    let none = editor.post("/api/v1/desk/acts", r#"{"items":[],"action":"keep"}"#).await;
    assert!(none.refused(422, "invalid").contains("没有选中来稿"));
    app.finish().await;
}

#[tokio::test]
async fn a_decision_on_paper_is_entered_and_a_search_subscribed_to_by_a_persons_program() {
    let app = TestApp::start().await;
    let source = app.add_source("demo", &["submit"]).await;
    let ids = app.post_all(&source, &[item("1", "建议增设路灯", BODY).from("钟离意", "某街道")]).await;
    app.settle().await;
    let editor = person(&app, "zhang", &["editor"]).await;
    let clerk = person(&app, "wang", &["editor"]).await;
    let head = person(&app, "li", &["reviewer"]).await;
    let wanted = json!({ "items": ids, "outlet": "series", "series": "opinion" });
    let made = post(&editor, "/api/v1/desk/manuscripts", wanted).await.json();
    let path = format!("/api/v1/desk/manuscripts/{}", text(&made, "/id"));
    post(&editor, &format!("{path}/submit"), json!({ "rev": made["rev"] })).await.ok();

    let scanned = async |client: &Client| {
        client.call(Method::POST, "/api/v1/desk/scans?name=a.pdf", &[], &b"%PDF-1.4 scan"[..]).await
    };
    assert_eq!(clerk.call(Method::POST, "/api/v1/desk/scans", &[], "MZ").await.status, 422);
    let kept = scanned(&clerk).await;
    assert_eq!(kept.status, 201, "{}", kept.text());
    let open = clerk.get(&format!("{path}/decisions")).await.ok();
    assert_eq!(
        (&open["decisions"], &open["deciders"]),
        (&json!(["pass", "return"]), &json!([["li", "li先生"]]))
    );
    let day = minyi::clock::Clock::now(&minyi::clock::SystemClock).date().to_string();
    let decision = |scan: &Value| {
        json!({ "rev": open["rev"], "decision": "pass", "decider": "li", "date": day, "wording": "同意",
                "scan": scan["id"] })
    };
    let own = scanned(&editor).await.ok();
    post(&editor, &format!("{path}/decisions"), decision(&own)).await.refused(403, "forbidden");
    let entered = post(&clerk, &format!("{path}/decisions"), decision(&kept.json())).await;
    assert_eq!(entered.status, 201, "{}", entered.text());
    assert_eq!(text(&head.get(&path).await.ok(), "/state"), "awaiting_signature");
    assert_eq!(head.get("/api/v1/desk/decisions/1/scan").await.body[..], *b"%PDF-1.4 scan");

    let search = "/api/v1/desk/searches/%E8%B7%AF%E7%81%AF";
    let put = |body: Value| clerk.call(Method::PUT, search, &[], body.to_string());
    put(json!({ "subscribed": true })).await.refused(404, "not_found");
    let kept = put(json!({ "query": "q=%E8%B7%AF%E7%81%AF", "subscribed": true })).await.ok();
    assert_eq!(kept[0]["subscribed"], true, "{kept}");
    app.post_all(&source, &[item("2", "再增设路灯", "又一处没有路灯，建议增设。")]).await;
    app.settle().await;
    let mut told = json!([]);
    for _ in 0..100 {
        told = clerk.get("/api/v1/desk/reminders").await.ok();
        if told != json!([]) {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    assert!(text(&told, "/0/words").contains("有 1 件新来稿") && told[0]["seen_at"].is_null(), "{told}");
    post(&clerk, "/api/v1/desk/reminders/seen", json!({ "upto": told[0]["no"] })).await.ok();
    assert!(clerk.get("/api/v1/desk/reminders").await.ok()[0]["seen_at"].is_string());
    assert_eq!(post(&clerk, &format!("{search}/forget"), json!({})).await.ok(), json!([]));
    app.finish().await;
}

#[test]
fn every_call_is_described_with_the_rights_that_its_table_asks() {
    let document = minyi::web::openapi();
    for right in api_rights() {
        let method = right.method.as_str().to_lowercase();
        let told = &document["paths"][right.path][&method];
        assert!(told.is_object(), "{method} {} is not described", right.path);
        let labels: Vec<&str> = match right.need {
            Need::Open | Need::SignedIn => Vec::new(),
            Need::May(one) => vec![one.label()],
            Need::Any(some) => some.iter().map(|one| one.label()).collect(),
        };
        let expected = if labels.is_empty() {
            Value::Null
        } else {
            json!(format!("需要权限：{}", labels.join("或")))
        };
        assert_eq!(told["description"], expected, "{method} {}", right.path);
    }
    let described =
        document["paths"].as_object().expect("paths").keys().filter(|path| path.contains("/desk/"));
    let asked: std::collections::BTreeSet<&str> = api_rights().iter().map(|right| right.path).collect();
    assert_eq!(described.count(), asked.len());
}

/// What a page or a form of the desk is called by where its call has another address.
const CALLED: &[(&str, &str)] = &[
    ("/inbox/act", "/acts"),
    ("/inbox/hand-back", "/acts/hand-back"),
    ("/inbox/merge", "/acts/merge"),
    ("/inbox/undo", "/acts/{no}/undo"),
    ("/items/{id}/group", "/items/{id}/take-out"),
    ("/items/{id}/compare/{other}", "/items/{id}/verdicts"),
    ("/items/{id}/manuscript", "/manuscripts"),
    ("/topics/{no}", "/topics/{no}/close"),
    ("/manuscripts/{id}/tidy", "/manuscripts/{id}/tidying"),
    ("/manuscripts/{id}/outlet", "/manuscripts/{id}/send"),
    ("/manuscripts/{id}/forms/{form}", "/manuscripts/{id}/forms/{form}/{format}"),
    ("/manuscripts/{id}/decision", "/manuscripts/{id}/decisions"),
    ("/issues/{id}/decision", "/issues/{id}/decisions"),
    ("/issues/{id}/end", "/issues/{id}/void"),
    ("/issues/{id}/forms/{form}", "/issues/{id}/forms/{form}/{format}"),
    ("/papers/{no}/scan", "/decisions/{no}/scan"),
    ("/tables/{table}/list", "/tables/{table}"),
    ("/tables/{table}/import", "/tables/{table}/rows"),
    ("/tables/{table}/import/take", "/tables/{table}/rows"),
    ("/contributors/new", "/contributors"),
    ("/contributors/{no}/edit", "/contributors/{no}"),
    ("/ledger", "/ledgers/{which}"),
    ("/dead", "/dead-letters"),
    ("/dead/{no}", "/dead-letters/{no}"),
    ("/deliveries/{no}", "/deliveries/{no}/resend"),
    ("/log.csv", "/log"),
];

/// What has no call, and why.
const UNCALLED: &[(&str, &str)] = &[
    ("/", "leads a browser on"),
    ("/assets/{name}", "the files of pages"),
    ("/events", "figures for open pages"),
    ("/view", "how pages look"),
    ("/sign-in", "a key signs in"),
    ("/sign-in/code", "a key signs in"),
    ("/sign-out", "a key has no session"),
    ("/setup/{link}", "a person sets a password"),
    ("/account", "a key makes no keys, passwords or sessions"),
    ("/accounts", "the same; operators have /api/v1/users"),
    ("/manuscripts/{id}/draft", "a program keeps its own drafts"),
    ("/manuscripts/{id}/sentences", "the text is put whole"),
    ("/manuscripts/{id}/word", "the text is read and put, not its Word file"),
    ("/manuscripts/{id}/compare", "each step has its full text"),
    ("/system", "/health and /metrics say it to programs"),
    ("/tasks/mail", "where a person wants mail is theirs to say"),
];

#[test]
fn whatever_the_desks_pages_do_has_its_call_or_a_reason_for_none() {
    let calls: std::collections::BTreeSet<String> =
        api_rights().iter().map(|right| right.path.trim_start_matches("/api/v1/desk").to_owned()).collect();
    for right in page_rights().into_iter().chain(registry::page_rights()) {
        let called = CALLED.iter().find(|(page, _)| *page == right.path).map_or(right.path, |(_, call)| call);
        let uncalled = UNCALLED.iter().any(|(page, _)| {
            right.path == *page || (page.len() > 1 && right.path.starts_with(&format!("{page}/")))
        });
        assert!(calls.contains(called) || uncalled, "{} {} has neither", right.method, right.path);
    }
}

#[tokio::test]
async fn what_no_handler_ever_sees_is_told_like_every_other_refusal() {
    let app = TestApp::start().await;
    let source = app.add_source("demo", &["read", "issue"]).await;
    source.get("/api/v1/items/%ff").await.refused(400, "unreadable");
    source.get("/api/v1/series/opinion/numbers/soon").await.refused(404, "not_found");
    source.get("/api/v1/bulletins?colour=red").await.refused(400, "bad_query");
    let nobody = Client::tcp(app.address(), None);
    nobody.post("/api/v1/bulletins/0/original", "").await.refused(401, "no_token");
    let page = nobody.get("/setup/%ff").await;
    assert!(page.status == 400 && page.header("content-type").starts_with("text/html"), "{}", page.text());
    app.finish().await;
}

#[tokio::test]
async fn what_somebody_holds_is_handed_back_by_a_program_of_who_reviews() {
    let app = TestApp::start().await;
    let source = app.add_source("demo", &["submit"]).await;
    let ids = app.post_all(&source, &[item("1", "建议增设路灯", BODY), item("2", "路灯", BODY)]).await;
    app.settle().await;
    let editor = person(&app, "zhang", &["editor"]).await;
    let other = person(&app, "wang", &["editor"]).await;
    let head = person(&app, "li", &["reviewer"]).await;
    let claim = json!({ "items": ids, "action": "claim" });
    assert_eq!(number(&post(&editor, "/api/v1/desk/acts", claim.clone()).await.ok(), "/moved"), 2);
    assert_eq!(number(&post(&other, "/api/v1/desk/acts", claim.clone()).await.ok(), "/moved"), 0);
    let all = json!({ "holder": "zhang" });
    assert_eq!(post(&other, "/api/v1/desk/acts/hand-back", all.clone()).await.status, 403);
    let back = post(&head, "/api/v1/desk/acts/hand-back", all).await.ok();
    assert_eq!((number(&back, "/moved"), text(&back, "/action")), (2, "释放"));
    assert_eq!(number(&post(&other, "/api/v1/desk/acts", claim).await.ok(), "/moved"), 2);
    app.finish().await;
}
