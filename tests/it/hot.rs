//! Hot matters over a period: many people, not many items.

use serde_json::json;

use crate::support::{TestApp, list, matters, number, text, texts};

#[tokio::test]
async fn what_several_people_raise_is_hot_and_what_one_person_repeats_is_not() {
    let app = TestApp::start().await;
    let client = app.add_source("hot", &["submit", "read"]).await;
    let at = |day: usize| json!(format!("2025-03-{day:02}T09:00:00+08:00"));
    let plant = matters::plant()
        .into_iter()
        .enumerate()
        .map(|(n, item)| item.with("submitted_at", at(5 + n)).with("district", json!("渝中区")));
    let loud = (0..6).map(|n| {
        let body = format!("梧桐里菜市场拆除以后买菜难，已经第{n}次反映，请恢复梧桐里菜市场。");
        crate::support::item(&format!("l{n}"), "请恢复梧桐里菜市场", &body)
            .from("一人", "某处")
            .with("submitted_at", at(8 + n))
    });
    let others = matters::others().into_iter().map(|item| item.with("submitted_at", at(20)));
    let items: Vec<_> = plant.chain(loud).chain(others).collect();
    let ids = app.post_all(&client, &items).await;
    app.settle().await;

    let found = client.get("/api/v1/hot?from=2025-03-01&to=2025-03-31&limit=5").await.ok();
    assert_eq!(number(&found, "/items"), items.len() as i64);
    let matters = list(&found, "/matters");
    assert_eq!(matters.len(), 1, "{found:#}");
    let hot = &matters[0];
    assert_eq!((number(hot, "/count"), number(hot, "/contributors")), (3, 3));
    assert!(hot["heat"].as_f64().expect("a heat") > 0.0);
    assert!(text(hot, "/title").contains("搅拌站") && text(hot, "/wording") == "混凝土搅拌站", "{hot:#}");
    assert!(hot["people"].to_string().contains("钟离意") && hot["places"].to_string().contains("渝中区"));
    let mut members = texts(hot, "/latest", "id");
    members.reverse();
    assert_eq!(members, ids[..3]);
    assert!(text(hot, "/first").starts_with("2025-03-05") && text(hot, "/last").starts_with("2025-03-07"));
    // Another period holds none of it.
    let empty = client.get("/api/v1/hot?from=2024-01-01&to=2024-12-31").await.ok();
    assert!(number(&empty, "/items") == 0 && list(&empty, "/matters").is_empty());
    app.finish().await;
}

#[tokio::test]
async fn a_period_that_cannot_be_is_refused_with_the_reason() {
    let app = TestApp::start().await;
    let client = app.add_source("hot", &["read"]).await;
    for query in ["from=2025-03-02&to=2025-03-01", "from=yesterday", "limit=many", "since=2025-03-01"] {
        let answer = client.get(&format!("/api/v1/hot?{query}")).await;
        assert!([400, 422].contains(&answer.status), "{query}: {}", answer.text());
    }
    let stranger = crate::support::Client::tcp(app.address(), None);
    assert_eq!(stranger.get("/api/v1/hot").await.status, 401);
    app.finish().await;
}
