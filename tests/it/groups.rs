//! What repeats is set beside what it repeats.

use serde_json::json;

use crate::support::{NDJSON, TestApp, item, list, number, text, texts};

const LONG: &str = "上清寺片区老旧小区建成三十年，六层以上没有电梯，老人上下楼十分吃力。居民愿意分摊费用，但管线迁改费用过高。\
建议由市政部门统筹迁改，简化审批手续，并将补助标准适当提高，让有意愿的楼栋尽快开工建设。";

#[tokio::test]
async fn exact_repeats_that_arrive_together_form_one_group() {
    let app = TestApp::start().await;
    let client = app.add_source("repeats", &["submit", "read"]).await;
    let lines: Vec<String> = (0..8).map(|n| item(&format!("b{n}"), "加装电梯", LONG).json()).collect();
    client.batch(&[("content-type", NDJSON)], lines.join("\n")).await;
    let tasks: Vec<_> = (0..8)
        .map(|n| {
            let client = client.clone();
            let body = item(&format!("t{n}"), "加装电梯", LONG).json();
            tokio::spawn(async move { client.post("/api/v1/items", body).await.status })
        })
        .collect();
    for task in tasks {
        assert_eq!(task.await.expect("posted"), 202);
    }
    let report = app.settle().await;
    assert_eq!((number(&report, "/counts/groups"), number(&report, "/counts/grouped")), (1, 16));
    // Each repeat is linked to the first only: a flood costs one link an item.
    assert_eq!(number(&report, "/counts/links"), 15);
    app.finish().await;
}

#[tokio::test]
async fn a_near_repeat_is_linked_with_its_score_and_another_matter_is_not() {
    let app = TestApp::start().await;
    let client = app.add_source("near", &["submit", "read"]).await;
    let near = format!("{LONG}另请公布办理进度。");
    let other =
        "磁器口古镇节假日人流密集，垃圾分类投放点太少，建议增设流动收运车并延长收运时间，安排专人引导。";
    let items = [item("1", "加装电梯", LONG), item("2", "加装电梯", &near), item("3", "垃圾分类", other)];
    let ids = app.post_all(&client, &items).await;
    let report = app.settle().await;
    assert_eq!((number(&report, "/counts/links"), number(&report, "/counts/groups")), (1, 0));
    let similar = client.get(&format!("/api/v1/items/{}/similar", ids[1])).await.ok();
    assert_eq!(texts(&similar, "/links", "id"), [ids[0].clone()]);
    let link = &list(&similar, "/links")[0];
    let score = link["score"].as_f64().expect("a score");
    assert!(link["kind"] == "near" && (0.7..1.0).contains(&score), "{similar}");
    let other = client.get(&format!("/api/v1/items/{}/similar", ids[2])).await.ok();
    assert!(list(&other, "/links").is_empty() && other["summary"].is_null(), "{other}");
    app.finish().await;
}

#[tokio::test]
async fn a_group_shows_its_members_in_order_and_knows_script_and_width() {
    let app = TestApp::start().await;
    let client = app.add_source("group", &["submit", "read"]).await;
    let items = [
        item("1", "垃圾分类", "垃圾分类点太少，ABC路。"),
        item("2", "垃圾分類", "垃圾分類點太少，ＡＢＣ路！"),
    ];
    let ids = app.post_all(&client, &items).await;
    app.settle().await;
    let group = client.get(&format!("/api/v1/groups/{}", ids[0])).await.ok();
    assert_eq!(texts(&group, "/members", "id"), ids);
    let shown = client.get(&format!("/api/v1/items/{}", ids[1])).await.ok();
    assert_eq!((text(&shown, "/group/id"), number(&shown, "/group/size")), (ids[0].as_str(), 2));
    app.finish().await;
}

#[tokio::test]
async fn a_correction_that_changes_the_text_loses_its_old_links() {
    let app = TestApp::start().await;
    let client = app.add_source("version", &["submit", "read"]).await;
    let near = format!("{LONG}另请公布办理进度。");
    let ids = app.post_all(&client, &[item("1", "加装电梯", LONG), item("2", "加装电梯", &near)]).await;
    assert_eq!(number(&app.settle().await, "/counts/links"), 1);
    let corrected =
        json!({ "title": "停车难", "body": "其实要反映的是夜间停车难，建议错时开放单位停车场。" });
    let path = format!("/api/v1/items/{}/versions", ids[1]);
    assert_eq!(client.post(&path, corrected.to_string()).await.status, 202);
    let report = app.settle().await;
    assert_eq!((number(&report, "/counts/links"), number(&report, "/counts/versions")), (0, 3));
    assert_eq!(number(&client.search("错时", "").await, "/total"), 1);
    app.finish().await;
}
