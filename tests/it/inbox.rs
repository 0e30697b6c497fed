//! 来稿 and the page of one item, as editors work with them.

use serde_json::json;

use crate::support::{Browser, Client, Item, TestApp, between, item};

async fn desk(items: &[Item]) -> (TestApp, Client, Browser, Vec<String>) {
    let app = TestApp::start().await;
    let source = app.add_source("desk", &["submit", "read", "edit"]).await;
    let ids = app.post_all(&source, items).await;
    app.settle().await;
    let browser = Browser::signed_in(&app, "zhang", &["editor"]).await;
    (app, source, browser, ids)
}

fn three() -> Vec<Item> {
    vec![
        item("1", "建议加装电梯", "老旧小区没有电梯，老人上下楼吃力，建议统筹加装。")
            .from("钟离意", "某街道"),
        item("2", "桥面塌陷", "青石桥西头路面塌陷，没有围挡，请尽快修复。").with("urgency", json!("特急")),
        item("3", "公交末班车太早", "夜里九点以后没有公交，建议延长。").with("district", json!("渝中区")),
    ]
}

async fn state(source: &Client, id: &str) -> String {
    source.get(&format!("/api/v1/items/{id}")).await.ok()["state"].as_str().expect("a state").to_owned()
}

/// The titles of a list, as they stand.
fn titles(page: &str) -> Vec<String> {
    page.split("<td class=\"what\">")
        .skip(1)
        .map(|row| {
            between(row, "\">", "</a>").expect("a title").rsplit('>').next().unwrap_or_default().to_owned()
        })
        .collect()
}

#[tokio::test]
async fn the_urgent_one_stands_on_top_and_filters_narrow_the_list() {
    let (app, _, mut browser, _) = desk(&three()).await;
    let page = browser.get("/inbox").await.text();
    assert_eq!(titles(&page), ["桥面塌陷", "公交末班车太早", "建议加装电梯"]);
    assert!(page.contains("待编 <span>3</span>"), "{page}");
    let old = browser.get("/inbox?order=old").await.text();
    assert_eq!(titles(&old), ["桥面塌陷", "建议加装电梯", "公交末班车太早"]);
    let found = browser.get("/inbox?district=%E6%B8%9D%E4%B8%AD%E5%8C%BA").await.text();
    assert_eq!(titles(&found), ["公交末班车太早"]);
    let none = browser.get("/inbox?subject=nothing").await.text();
    assert!(none.contains("没有符合条件的来稿"));
    // What nobody knows in an address is as if it were not there.
    assert_eq!(titles(&browser.get("/inbox?state=nonsense&after=%00&act=99&at=x").await.text()).len(), 3);
    app.finish().await;
}

#[tokio::test]
async fn keep_decline_and_pass_on_move_items_and_each_can_be_undone() {
    let (app, source, mut browser, ids) = desk(&three()).await;
    browser.get("/inbox").await;
    let kept = browser
        .post(
            "/inbox/act",
            &[("item", &ids[0]), ("item", &ids[1]), ("do", "keep"), ("back", "/inbox"), ("at", "1")],
        )
        .await;
    let location = kept.header("location").to_owned();
    assert!(
        kept.status == 303 && location.starts_with("/inbox?act=") && location.ends_with("&at=1"),
        "{location}"
    );
    let page = browser.get(&location).await.text();
    assert!(page.contains("已留存 2 件") && titles(&page) == ["公交末班车太早"], "{page}");
    assert_eq!([state(&source, &ids[0]).await, state(&source, &ids[1]).await], ["kept", "kept"]);
    let act = between(&page, "name=\"act\" value=\"", "\"").expect("an act");
    let undone = browser.post("/inbox/undo", &[("act", &act), ("back", "/inbox")]).await;
    assert!(browser.get(undone.header("location")).await.text().contains("已撤销“留存”"));
    assert_eq!([state(&source, &ids[0]).await, state(&source, &ids[1]).await], ["received", "received"]);
    assert_eq!(browser.post("/inbox/undo", &[("act", &act)]).await.status, 409);

    assert_eq!(browser.post("/inbox/act", &[("item", &ids[0]), ("do", "decline")]).await.status, 422);
    assert_eq!(browser.post("/inbox/act", &[("item", &ids[0]), ("reason", "invented")]).await.status, 422);
    assert_eq!(browser.post("/inbox/act", &[("item", &ids[0]), ("reason", "outdated")]).await.status, 303);
    assert_eq!(browser.post("/inbox/act", &[("item", &ids[2]), ("do", "forward")]).await.status, 422);
    assert_eq!(
        browser
            .post("/inbox/act", &[("item", &ids[2]), ("do", "forward"), ("to", "交通运输委")])
            .await
            .status,
        303
    );
    assert_eq!([state(&source, &ids[0]).await, state(&source, &ids[2]).await], ["declined", "forwarded"]);
    let history = source.get(&format!("/api/v1/items/{}", ids[0])).await.ok()["history"].to_string();
    assert!(history.contains("不采用：已过时效") && history.contains("user:zhang"), "{history}");
    assert_eq!(browser.post("/inbox/act", &[("do", "keep")]).await.status, 422);
    app.finish().await;
}

#[tokio::test]
async fn what_somebody_holds_is_left_alone_by_others_and_they_are_told_who() {
    let (app, source, mut zhang, ids) = desk(&three()).await;
    let mut li = Browser::signed_in(&app, "li", &["editor"]).await;
    zhang.get("/inbox").await;
    assert_eq!(zhang.post("/inbox/act", &[("item", &ids[0]), ("do", "claim")]).await.status, 303);
    assert_eq!(titles(&zhang.get("/inbox?holder=me").await.text()), ["建议加装电梯"]);
    assert_eq!(titles(&li.get("/inbox?holder=none").await.text()).len(), 2);
    let both = [("item", ids[0].as_str()), ("item", ids[1].as_str()), ("do", "keep")];
    let told = li.post("/inbox/act", &both).await.header("location").to_owned();
    let page = li.get(&told).await.text();
    assert!(
        page.contains("已留存 1 件") && page.contains("《建议加装电梯》未处理：已由zhang先生领取"),
        "{page}"
    );
    assert_eq!(state(&source, &ids[0]).await, "received");
    // Another person's act cannot be undone, nor be told of.
    let act = told.trim_start_matches("/inbox?act=").to_owned();
    assert_eq!(zhang.post("/inbox/undo", &[("act", &act)]).await.status, 404);
    assert!(!zhang.get(&told).await.text().contains("已留存"));
    app.finish().await;
}

#[tokio::test]
async fn an_undo_leaves_alone_what_somebody_changed_since() {
    let (app, source, mut zhang, ids) = desk(&three()).await;
    let mut li = Browser::signed_in(&app, "li", &["editor"]).await;
    zhang.get("/inbox").await;
    let done = zhang.post("/inbox/act", &[("item", &ids[0]), ("do", "keep")]).await;
    let act = done.header("location").trim_start_matches("/inbox?act=").to_owned();
    li.get("/inbox?state=kept").await;
    assert_eq!(li.post("/inbox/act", &[("item", &ids[0]), ("do", "reopen")]).await.status, 303);
    assert_eq!(li.post("/inbox/act", &[("item", &ids[0]), ("do", "keep")]).await.status, 303);
    let undone = zhang.post("/inbox/undo", &[("act", &act)]).await;
    let page = zhang.get(undone.header("location")).await.text();
    assert!(page.contains("之后已有改动，没有撤销"), "{page}");
    assert_eq!(state(&source, &ids[0]).await, "kept");
    app.finish().await;
}

#[tokio::test]
async fn pages_of_the_list_neither_repeat_nor_leave_out() {
    let items: Vec<Item> = (0..95)
        .map(|n| {
            let one =
                item(&n.to_string(), &format!("第{n}件"), &format!("第{n}处路灯不亮，共{n}盏，请派人修复。"));
            if n % 10 == 3 { one.with("urgency", json!("加急")) } else { one }
        })
        .collect();
    let (app, _, mut browser, _) = desk(&items).await;
    for order in ["", "&order=old"] {
        let (mut seen, mut next) = (Vec::new(), format!("/inbox?state=received{order}"));
        loop {
            let page = browser.get(&next).await.text();
            seen.extend(titles(&page));
            let Some(more) = between(&page, "<a class=\"button\" href=\"", "\" rel=\"next\"") else { break };
            next = more.replace("&#38;", "&").replace("&amp;", "&");
        }
        assert_eq!(seen.len(), 95);
        // Which of the urgent ones is first depends on the order in which a queue of several parts hands them over.
        let urgent = |title: &String| title.ends_with("3件");
        assert!(seen[..10].iter().all(urgent) && !seen[10..].iter().any(urgent), "{seen:?}");
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 95);
    }
    app.finish().await;
}

#[tokio::test]
async fn personal_data_is_masked_until_a_look_is_logged_and_who_has_no_right_never_sees_it() {
    let body = "联系人王小明，手机13812345678，翠柏苑三号楼路灯不亮。";
    let one = item("1", "路灯不亮请致电13812345678", body)
        .with("contributor", json!({ "name": "王小明", "phone": "13987654321", "party": "民盟" }));
    let (app, source, mut editor, ids) = desk(&[one]).await;
    let mut reader = Browser::signed_in(&app, "li", &["reader"]).await;
    let path = format!("/items/{}", ids[0]);
    let page = editor.get(&path).await.text();
    assert!(!page.contains("13812345678") && !page.contains("13987654321"), "{page}");
    assert!(
        page.contains("138****5678") && page.contains("处个人信息已遮盖") && page.contains("民盟"),
        "{page}"
    );
    assert!(!editor.get("/inbox").await.text().contains("13812345678"));
    let plain = editor.post(&format!("{path}/reveal"), &[]).await.text();
    assert!(plain.contains("13812345678") && plain.contains("13987654321"), "{plain}");
    let history = source.get(&format!("/api/v1/items/{}", ids[0])).await.ok()["history"].to_string();
    assert!(history.contains("item.reveal") && history.contains("user:zhang"));
    let page = reader.get(&path).await.text();
    assert!(!page.contains("电话") && !page.contains("民盟") && !page.contains("/reveal"), "{page}");
    assert_eq!(reader.post(&format!("{path}/reveal"), &[]).await.status, 403);
    app.finish().await;
}

#[tokio::test]
async fn texts_are_shown_as_text_whatever_they_hold() {
    let evil = "<script>alert(1)</script><img src=x onerror=alert(2)>";
    let one = item("1", evil, &format!("{evil}\"'><b>粗体</b>"))
        .from("<svg onload=alert(4)>", "\"><svg onload=alert(3)>");
    let other = item("2", evil, &format!("{evil}\"'><b>粗体</b>又及")).from("<img src=x>", evil);
    let (app, _, mut browser, ids) = desk(&[one, other]).await;
    browser.get("/inbox").await;
    browser.post(&format!("/items/{}/notes", ids[0]), &[("text", evil)]).await;
    let compare = format!("/items/{}/compare/{}", ids[0], ids[1]);
    for path in [
        "/inbox".to_owned(),
        format!("/items/{}", ids[0]),
        compare,
        format!("/inbox?district={}", "%3Cscript%3Ealert(1)%3C/script%3E"),
    ] {
        let page = browser.get(&path).await.text();
        for mark in ["<script>alert", "<img src=x", "<svg onload", "<b>粗体"] {
            assert!(!page.contains(mark), "{path}: {mark}");
        }
    }
    app.finish().await;
}

#[tokio::test]
async fn two_items_are_compared_and_decided_on_from_the_page() {
    let long = "上清寺片区老旧小区建成三十年，六层以上没有电梯，老人上下楼十分吃力。居民愿意分摊费用，但管线迁改费用过高。";
    let items = [item("1", "加装电梯", long), item("2", "加装电梯", &format!("{long}请公布进度。"))];
    let (app, source, mut browser, ids) = desk(&items).await;
    let page = browser.get(&format!("/items/{}", ids[0])).await.text();
    let path = format!("/items/{}/compare/{}", ids[0], ids[1]);
    assert!(page.contains(&path) && page.contains("相似来稿"), "{page}");
    let page = browser.get(&path).await.text();
    assert!(page.contains("<ins>请公布进度。</ins>"), "{page}");
    let done = browser.post(&path, &[("verdict", "follow_up"), ("comment", "有新内容")]).await;
    assert_eq!(done.status, 303);
    assert!(browser.get(&path).await.text().contains("已认定为续报：有新内容"));
    let verdicts = source.get(&format!("/api/v1/items/{}/verdicts", ids[1])).await.ok();
    assert_eq!(verdicts[0]["verdict"], "follow_up");
    assert_eq!(browser.post(&path, &[("verdict", "maybe")]).await.status, 422);
    assert_eq!(browser.post(&path, &[("verdict", "none")]).await.status, 303);
    assert_eq!(source.get(&format!("/api/v1/items/{}/verdicts", ids[1])).await.ok(), json!([]));
    app.finish().await;
}

#[tokio::test]
async fn an_item_is_sent_back_for_more_and_withdrawn_with_a_word() {
    let (app, source, mut browser, ids) = desk(&three()).await;
    browser.get(&format!("/items/{}", ids[0])).await;
    assert_eq!(browser.post("/inbox/act", &[("item", &ids[0]), ("do", "ask")]).await.status, 422);
    let asked = [("item", ids[0].as_str()), ("do", "ask"), ("comment", "请补充具体楼栋")];
    assert_eq!(browser.post("/inbox/act", &asked).await.status, 303);
    assert_eq!(state(&source, &ids[0]).await, "returned");
    let gone = [("item", ids[1].as_str()), ("do", "withdraw"), ("comment", "作者来电")];
    assert_eq!(browser.post("/inbox/act", &gone).await.status, 303);
    assert_eq!(state(&source, &ids[1]).await, "withdrawn");
    let page = browser.get(&format!("/items/{}", ids[0])).await.text();
    assert!(page.contains("退回请补充：请补充具体楼栋（已收到 → 请补充）"), "{page}");
    app.finish().await;
}
