//! Hints about an item: subjects learned from labelled items, and what its text lacks.

use serde_json::json;

use crate::support::{TestApp, item, list, number, text};

#[tokio::test]
async fn subjects_are_suggested_once_trained_and_before_that_the_answer_says_what_to_do() {
    let app = TestApp::start().await;
    let client = app.add_source("hints", &["submit", "read", "edit"]).await;
    let labelled = (0..12).flat_map(|n| {
        let road = format!("第{n}号公交站台早高峰挤不上车，路口红绿灯太短，车辆排队，建议增加公交班次。");
        let health = format!("第{n}社区医院没有夜间门诊，老人看病排队，建议医院延长门诊时间并增加医生。");
        [
            item(&format!("r{n}"), "公交与路口", &road).with("subject", json!("交通")),
            item(&format!("h{n}"), "医院与门诊", &health).with("subject", json!("卫生")),
        ]
    });
    let asked = item("asked", "儿科医生不够", "孩子发烧，医院门诊要排队三个小时，一位医生看全部病人。");
    let items: Vec<_> = labelled.chain([asked]).collect();
    let ids = app.post_all(&client, &items).await;
    app.settle().await;
    let path = format!("/api/v1/items/{}/hints", ids[24]);

    let before = client.get(&path).await.ok();
    assert!(list(&before, "/subjects").is_empty());
    assert!(before["notes"].to_string().contains("minyi subjects train"), "{before}");
    assert!(before["completeness"].to_string().contains("没有看到建议"), "{before}");

    let trained = client.post("/api/v1/subjects/train", "{}").await.ok();
    assert_eq!((number(&trained, "/items"), number(&trained, "/subjects/卫生")), (24, 12));
    let after = client.get(&path).await.ok();
    assert!(list(&after, "/notes").is_empty());
    assert_eq!(text(&after, "/subjects/0/subject"), "卫生");
    assert!(after["subjects"][0]["confidence"].as_f64().expect("a share") > 0.5, "{after}");
    assert!(after["subjects"][0]["reasons"].to_string().contains("医院"), "{after}");
    app.finish().await;
}

#[tokio::test]
async fn too_few_labelled_items_are_refused_with_their_number() {
    let app = TestApp::start().await;
    let client = app.add_source("hints", &["submit", "edit"]).await;
    app.post_all(&client, &[item("1", "题", "文").with("subject", json!("交通"))]).await;
    app.settle().await;
    let refused = client.post("/api/v1/subjects/train", "{}").await;
    assert_eq!(refused.status, 422);
    assert!(refused.text().contains("只有 1 件"), "{}", refused.text());
    app.finish().await;
}
