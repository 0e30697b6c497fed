//! Finding by a person's own program: as on the page of 检索, with its tabs, facets and kept searches.

use hyper::Method;
use serde_json::json;

use crate::desk_api::person;
use crate::support::{Browser, TestApp, encoded, item, list, number, text};

#[tokio::test]
async fn a_program_finds_what_the_page_finds_by_tab_by_facet_and_page_by_page() {
    let app = TestApp::start().await;
    let source = app.add_source("demo", &["submit"]).await;
    let lamp = "翠柏苑北门到菜市场一段没有路灯，联系人电话13800138000。建议增设路灯。";
    let items = [
        item("1", "建议增设路灯", lamp).with("district", json!("渝中区")),
        item("2", "路灯太暗", "北浦路的路灯太暗，夜间看不清，请更换。").with("district", json!("渝中区")),
        item("3", "路灯损坏", "码头一带的路灯坏了多日，没有人修。").with("district", json!("沙坪坝区")),
        item("4", "停车难", "广场夜间停车难，车位太少。").with("district", json!("渝中区")),
    ];
    app.post_all(&source, &items).await;
    app.settle().await;
    let reader = person(&app, "zhou", &["reader"]).await;
    let path = format!("/api/v1/desk/search?q={}", encoded("路灯".as_bytes()));

    let found = reader.get(&path).await.ok();
    assert_eq!((number(&found, "/total"), list(&found, "/hits").len()), (3, 3), "{found}");
    assert!(!found.to_string().contains("13800138000"), "masked: {found}");
    let district = list(&found, "/facets/district");
    assert_eq!(district[0], json!({ "value": "渝中区", "count": 2 }));
    let there = reader.get(&format!("{path}&district={}", encoded("渝中区".as_bytes()))).await.ok();
    assert_eq!(number(&there, "/total"), 2, "{there}");
    assert_eq!(number(&reader.get(&format!("{path}&tab=items")).await.ok(), "/total"), 3);
    assert_eq!(number(&reader.get(&format!("{path}&tab=issued")).await.ok(), "/total"), 0);

    let (mut ids, mut cursor) = (Vec::new(), String::new());
    for _ in 0..3 {
        let next = format!("{path}&sort=oldest&limit=1&cursor={}", encoded(cursor.as_bytes()));
        let page = reader.get(&next).await.ok();
        ids.push(text(&page, "/hits/0/id").to_owned());
        cursor = page["next"].as_str().unwrap_or_default().to_owned();
    }
    ids.sort();
    ids.dedup();
    assert!(ids.len() == 3 && cursor.is_empty(), "{ids:?} {cursor}");

    reader.get(&format!("{path}&tab=drafts")).await.refused(400, "bad_query");
    reader.get(&format!("{path}&colour=red")).await.refused(400, "bad_query");
    assert_eq!(reader.get(&format!("{path}&sort=loudest")).await.status, 422);
    app.finish().await;
}

#[tokio::test]
async fn a_search_kept_on_the_page_is_asked_as_it_stands_and_its_hits_are_seen() {
    let app = TestApp::start().await;
    let source = app.add_source("demo", &["submit"]).await;
    let mut browser = Browser::signed_in(&app, "zhou", &["reader"]).await;
    let reader = crate::desk_api::key(&app, &mut browser).await;
    let query = format!("q={}&tab=&sort=newest", encoded("路灯".as_bytes()));
    let kept = format!("/api/v1/desk/searches/{}", encoded("路灯".as_bytes()));
    let put = json!({ "query": query, "subscribed": true });
    reader.call(Method::PUT, &kept, &[], put.to_string()).await.ok();
    app.post_all(&source, &[item("1", "再增设路灯", "又一处没有路灯，建议增设。")]).await;
    app.settle().await;
    fresh(&reader, 1).await;
    let listed = reader.get("/api/v1/desk/searches").await.ok();
    let found = reader.get(&format!("/api/v1/desk/search?{}", text(&listed, "/0/query"))).await.ok();
    assert_eq!(number(&found, "/total"), 1, "{found}");
    fresh(&reader, 0).await;
    assert!(
        browser.get(&format!("/search?{query}")).await.text().contains("再增设"),
        "the page finds it too"
    );
    app.finish().await;
}

/// Waits until the kept search has so many new hits.
async fn fresh(client: &crate::support::Client, wanted: i64) {
    let mut seen = json!(null);
    for _ in 0..900 {
        seen = client.get("/api/v1/desk/searches").await.ok();
        if number(&seen, "/0/fresh") == wanted {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    assert_eq!(number(&seen, "/0/fresh"), wanted, "{seen}");
}
