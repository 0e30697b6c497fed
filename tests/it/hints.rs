//! Hints about an item: subjects learned from labelled items, and what its text lacks.

use serde_json::json;

use crate::support::{Browser, TestApp, item, list, number, text};

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

#[tokio::test]
async fn places_units_urgency_and_keywords_are_hinted_at_with_their_reasons_and_change_nothing() {
    let app = TestApp::start().await;
    let client = app.add_source("hints", &["submit", "read"]).await;
    let body =
        "弹子石老街旁的边坡随时可能垮塌，砸到行人，物业和住建局都不管，联系人电话13800138000。建议尽快加固。";
    let urgent = item("1", "弹子石边坡危险", body)
        .with("district", json!("渝中区"))
        .with("subject", json!("城乡建设"));
    let calm = item("2", "建议增设书架", "社区活动室的书架太少，建议增加两个。");
    let ids = app.post_all(&client, &[urgent, calm]).await;
    app.settle().await;
    let hints = client.get(&format!("/api/v1/items/{}/hints", ids[0])).await.ok();
    assert_eq!((text(&hints, "/districts/0/code"), text(&hints, "/districts/0/name")), ("500108", "南岸区"));
    assert!(hints["districts"][0]["words"].to_string().contains("弹子石"), "{hints:#}");
    assert_eq!(text(&hints, "/district_note"), "来稿所填区县是渝中区，文中地名指南岸区");
    assert_eq!(text(&hints, "/units/0/unit"), "住房城乡建委");
    assert!(hints["units"][0]["reasons"].to_string().contains("文中提到住建局"), "{hints:#}");
    assert_eq!((text(&hints, "/urgency/level"), text(&hints, "/urgency/signs/0/word")), ("加急", "随时"));
    assert!(!hints.to_string().contains("13800138000"), "what is quoted is masked: {hints:#}");
    assert!(hints["keywords"].to_string().contains("边坡"), "{hints:#}");
    let calm = client.get(&format!("/api/v1/items/{}/hints", ids[1])).await.ok();
    assert!(calm["urgency"].is_null() && list(&calm, "/districts").is_empty(), "{calm:#}");

    // On the page they are taken by one press each, and only then anything changes.
    let mut editor = Browser::signed_in(&app, "zhang", &["editor"]).await;
    let path = format!("/items/{}", ids[0]);
    let page = editor.get(&path).await.text();
    assert!(page.contains("可能加急") && page.contains("<mark>随时</mark>"), "{page}");
    assert!(
        page.contains("来稿所填区县是渝中区") && page.contains("value=\"住房城乡建委\" data-key=\"u\""),
        "{page}"
    );
    let detail = client.get(&format!("/api/v1/items/{}", ids[0])).await.ok();
    assert!(detail.to_string().contains("渝中区") && !detail.to_string().contains("南岸区"), "{detail}");
    assert_eq!(editor.post(&format!("{path}/urgency"), &[("urgency", "加急")]).await.status, 303);
    assert!(!editor.get(&path).await.text().contains("确认为加急"), "it is confirmed");
    let forward = [("item", ids[0].as_str()), ("back", "/inbox"), ("forward", "住房城乡建委")];
    assert_eq!(editor.post("/inbox/act", &forward).await.status, 303);
    // What was done once is known the next time.
    let again = item("3", "又一处", "盼望早日解决。").with("subject", json!("城乡建设"));
    let ids = app.post_all(&client, &[again]).await;
    app.settle().await;
    let hints = client.get(&format!("/api/v1/items/{}/hints", ids[0])).await.ok();
    assert!(hints["units"].to_string().contains("同主题来稿曾直转该单位 1 次"), "{hints:#}");
    app.finish().await;
}
