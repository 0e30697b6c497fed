//! What an attacker tries first: fields that no form has, numbers of what belongs to others, paths out of the folder,
//! texts that make a search slow, and pages without their protecting headers. (Signing in, forged forms, planted
//! sessions and strange addresses to go on with: `accounts.rs`; texts as scripts: `inbox.rs`; formulas: `running.rs`.)

use std::time::Duration;

use hyper::Method;

use crate::rights::filled;
use crate::support::{Browser, Client, TestApp, between, encoded, item, text};

const BODY: &str = "翠柏苑北门到菜市场一段没有照明，老人夜间摔倒过几次，建议增设路灯。";

/// What no form asks for; a careless program would write it into the record.
const SMUGGLED: &[(&str, &str)] = &[
    ("id", "01J00000000000000000000000"),
    ("state", "issued"),
    ("stage", "passed"),
    ("urgency", "特急"),
    ("source", "desk"),
    ("received_at", "2001-01-01T00:00:00+08:00"),
    ("votes.up", "100"),
    ("author", "zhou"),
    ("role", "system"),
    ("roles", "signer"),
    ("number", "99"),
];

/// A form of the portal as it stands, with more fields than it has.
async fn report(browser: &mut Browser, title: &str, more: &[(&str, &str)]) -> String {
    let page = browser.get("/report").await.text();
    let hidden = |name: &str| between(&page, &format!("name=\"{name}\" value=\""), "\"").unwrap_or_default();
    let (key, ticket) = (hidden("key"), hidden("ticket"));
    let sum: u8 = ticket.split('.').take(2).filter_map(|part| part.parse::<u8>().ok()).sum();
    let answer = sum.to_string();
    let mut fields = vec![
        ("key", key.as_str()),
        ("ticket", &ticket),
        ("answer", &answer),
        ("title", title),
        ("body", BODY),
    ];
    fields.extend(more);
    let sent = browser.post("/report", &fields).await;
    assert_eq!(sent.status, 303, "{}", sent.text());
    sent.header("location").to_owned()
}

#[tokio::test]
async fn fields_that_no_form_has_change_nothing() {
    let app = TestApp::start().await;
    let source = app.add_source("desk", &["submit", "read"]).await;
    report(&mut Browser::new(&app), "公众来稿路灯", SMUGGLED).await;
    let mut contributor = Browser::signed_in(&app, "wang", &["contributor"]).await;
    report(&mut contributor, "委员来稿路灯", SMUGGLED).await;
    app.settle().await;
    let found = source.search("路灯", "").await;
    let hits = found["hits"].as_array().expect("hits");
    assert_eq!(hits.len(), 2, "{found:#}");
    for hit in hits {
        let item = source.get(&format!("/api/v1/items/{}", text(hit, "/id"))).await.ok();
        assert_eq!(item["state"], "received", "{item:#}");
        assert!(item.pointer("/submission/urgency").is_none(), "{item:#}");
        assert!(!item.to_string().contains("2001-01-01") && !item.to_string().contains("votes"), "{item:#}");
        assert_ne!(item["source"], "desk", "{item:#}");
    }
    // Nobody gives themselves a role with the form of their own account.
    contributor.get("/account").await;
    let fields = [&[("present", "wrong"), ("password", "x"), ("again", "x")], SMUGGLED].concat();
    contributor.post("/account/password", &fields).await;
    assert_eq!(contributor.get("/inbox").await.status, 403);
    assert_eq!(contributor.get("/accounts").await.status, 403);
    // A field that the contract does not know is refused with its name, not passed over.
    let strange = item("s", "建议增设路灯", BODY).with("state", "issued".into());
    let refused = source.post("/api/v1/items", strange.json()).await;
    assert!(refused.status == 422 && refused.text().contains("state"), "{}", refused.text());
    app.finish().await;
}

#[tokio::test]
async fn a_manuscripts_form_cannot_name_its_stage_its_writer_or_its_number() {
    let app = TestApp::start().await;
    let source = app.add_source("desk", &["submit", "read", "edit"]).await;
    let ids = app.post_all(&source, &[item("1", "建议增设路灯", BODY)]).await;
    app.settle().await;
    let mut editor = Browser::signed_in(&app, "zhang", &["editor"]).await;
    editor.get(&format!("/items/{}", ids[0])).await;
    let path = editor.post(&format!("/items/{}/manuscript", ids[0]), &[("series", "opinion")]).await;
    let path = path.header("location").to_owned();
    let page = editor.get(&path).await.text();
    let rev = between(&page, "name=\"rev\" value=\"", "\"").expect("a revision");
    let fields = [
        &[
            ("rev", rev.as_str()),
            ("do", "save"),
            ("title", "翠柏苑缺路灯"),
            ("body", BODY),
            ("credit", "某街道"),
        ],
        SMUGGLED,
    ]
    .concat();
    let saved = editor.post(&path, &fields).await;
    assert_eq!(saved.status, 303, "{}", saved.text());
    let page = editor.get(&path).await.text();
    assert!(page.contains("翠柏苑缺路灯"), "{page}");
    let state = source.get(&format!("/api/v1/items/{}", ids[0])).await.ok()["state"].clone();
    assert_eq!(state, "editing");
    assert!(!editor.get("/numbers").await.text().contains("第99期"));
    app.finish().await;
}

#[tokio::test]
async fn what_belongs_to_others_is_not_had_by_its_number() {
    let app = TestApp::start().await;
    let mine = app.add_source("mine", &["submit"]).await;
    let yours = app.add_source("yours", &["submit", "read"]).await;
    let ids = app.post_all(&yours, &[item("1", "建议增设路灯", BODY)]).await;
    app.settle().await;
    // A token for sending opens no item, and corrects no item of another source.
    assert_eq!(mine.get(&format!("/api/v1/items/{}", ids[0])).await.status, 403);
    let path = format!("/api/v1/items/{}/versions", ids[0]);
    let other = item("1", "改成别的", "别人改的内容，不应当被收下。");
    let refused = mine.post(&path, other.json()).await;
    assert!(refused.status == 404 || refused.status == 403, "{} {}", refused.status, refused.text());
    let item = yours.get(&format!("/api/v1/items/{}", ids[0])).await.ok();
    assert!(item.to_string().contains("建议增设路灯") && !item.to_string().contains("改成别的"));
    // A receipt is a secret, not a count: its neighbours are nobody's.
    let mut public = Browser::new(&app);
    let shown = report(&mut public, "公众来稿路灯", &[]).await;
    let page = public.get(&shown).await.text();
    let receipt = between(&page, "<p class=\"no\">", "</p>").expect("a receipt");
    for at in 0..receipt.len() {
        let mut guess: Vec<char> = receipt.chars().collect();
        if !guess[at].is_ascii_alphanumeric() {
            continue;
        }
        guess[at] = if guess[at] == '2' { '3' } else { '2' };
        let guess: String = guess.into_iter().collect();
        let page = public.get(&format!("/receipt?no={guess}")).await;
        assert!(guess == receipt || !page.text().contains("已收到"), "{guess} opened something");
    }
    // Nobody looks at accounts, sources or the log by their addresses.
    let mut contributor = Browser::signed_in(&app, "wang", &["contributor"]).await;
    for path in
        ["/items/ID", "/items/ID/compare/ID", "/manuscripts/1", "/issues/1/files/pdf", "/log.csv", "/dead/1"]
    {
        let path = path.replace("ID", &ids[0]);
        assert_eq!(contributor.get(&path).await.status, 403, "{path}");
    }
    app.finish().await;
}

#[tokio::test]
async fn no_path_leads_out_of_where_it_belongs() {
    let app = TestApp::start().await;
    let source = Client::tcp(app.address(), None);
    let mut editor = Browser::signed_in(&app, "zhang", &["editor"]).await;
    let ways = [
        "../secret.key",
        "..%2fsecret.key",
        "%2e%2e/secret.key",
        "%2e%2e%2fsecret.key",
        "..%252fsecret.key",
        "..%5csecret.key",
        "....//secret.key",
        "%00secret.key",
        "%2fetc%2fpasswd",
        "site.css%00.html",
        "..;/secret.key",
        "%c0%ae%c0%ae/secret.key",
    ];
    for way in ways {
        for place in ["/assets/", "/docs/", "/issues/1/files/", "/items/", "/setup/", "/accounts/", "/"] {
            let path = format!("{place}{way}");
            for answer in [source.get(&path).await, editor.get(&path).await] {
                assert!(
                    [303, 400, 401, 403, 404, 405].contains(&answer.status),
                    "{path} gives {}",
                    answer.status
                );
                assert!(!answer.text().contains("root:"), "{path}");
            }
        }
    }
    app.finish().await;
}

#[tokio::test]
async fn no_query_and_no_filter_keeps_the_server_busy() {
    let app = TestApp::start().await;
    let source = app.add_source("desk", &["submit", "read"]).await;
    let items: Vec<_> =
        (0..40).map(|n| item(&n.to_string(), &format!("第{n}件路灯"), &BODY.repeat(200))).collect();
    app.post_all(&source, &items).await;
    app.settle().await;
    let mut editor = Browser::signed_in(&app, "zhang", &["editor"]).await;
    let nasty = [
        "(a+)+$".repeat(100),
        "(".repeat(5_000),
        "((((路灯 OR ".repeat(500),
        "\"".repeat(3_001),
        "-路 ".repeat(1_000),
        "路灯 OR ".repeat(1_000),
        "*".repeat(2_000),
        "标题:".repeat(1_000),
        "日期:2026-01-01..".repeat(500),
        format!("\"{}\"~99999999999", "路 灯 ".repeat(700)),
        "\u{202e}\u{0}\u{200b}".repeat(500),
    ];
    for query in &nasty {
        // An address holds 64 KB; a Chinese character takes nine bytes of it.
        let query: String = query.chars().take(1_700).collect();
        let query = encoded(query.as_bytes());
        for path in [
            format!("/search?q={query}"),
            format!("/search?q=&title={query}&reporter={query}"),
            format!("/inbox?q={query}&district={query}&state={query}&order={query}"),
            format!("/log?kind={query}"),
        ] {
            let told = path.chars().take(60).collect::<String>();
            let answer = tokio::time::timeout(Duration::from_secs(20), editor.get(&path)).await.expect(&told);
            assert!(answer.status < 500, "{told} gives {}", answer.status);
        }
        let path = format!("/api/v1/search?q={query}");
        let answer = tokio::time::timeout(Duration::from_secs(20), source.get(&path)).await.expect("in time");
        assert!(answer.status < 500, "{} gives {}", &path[..60], answer.status);
    }
    app.finish().await;
}

#[tokio::test]
async fn every_answer_carries_the_protecting_headers() {
    let app = TestApp::start().await;
    let source = app.add_source("desk", &["submit", "read"]).await;
    app.post_all(&source, &[item("1", "建议增设路灯", BODY)]).await;
    app.settle().await;
    let mut editor = Browser::signed_in(&app, "zhang", &["editor", "reviewer", "signer"]).await;
    let mut paths: Vec<String> = minyi::editorial::page_rights()
        .into_iter()
        .chain(minyi::portal::page_rights())
        .chain(minyi::pull::page_rights())
        .chain(minyi::exchange::page_rights())
        .chain(minyi::registry::page_rights())
        .chain(minyi::editorial::api_rights())
        .chain(minyi::registry::api_rights())
        // The answer that stays open is looked at in `live`.
        .filter(|right| right.method == Method::GET && right.path != "/events")
        .map(|right| filled(right.path))
        .collect();
    for more in [
        "/nowhere",
        "/api/v1/items/x",
        "/api/v1/search?q=a",
        "/openapi.json",
        "/docs",
        "/healthz",
        "/ledger?format=csv",
    ] {
        paths.push(more.to_owned());
    }
    for path in paths {
        let answer = editor.get(&path).await;
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert!(!answer.header("referrer-policy").is_empty(), "{path}");
        let policy = answer.header("content-security-policy");
        assert!(policy.contains("default-src 'none'"), "{path}: {policy}");
        // The viewer of the interface's description is a library's page; it styles as it goes, without foreign scripts.
        let styled = path.starts_with("/docs");
        assert!(styled || !policy.contains("unsafe-"), "{path}: {policy}");
        let kind = answer.header("content-type");
        assert!(answer.body.is_empty() || !kind.is_empty(), "{path} does not say what it is");
        assert!(!kind.starts_with("text/") || kind.contains("charset=utf-8"), "{path}: {kind}");
        assert_eq!(answer.header("server"), "", "{path} says what it runs on");
    }
    app.finish().await;
}
