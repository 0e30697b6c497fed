//! 选题: published by an editor, answered in the portal, counted and filtered at the desk.

use minyi::model::{Actor, LocalDate, NewTopic};
use minyi::store::{Priority, StoreError, Tx, publish_topics};

use crate::portal::fill;
use crate::support::{Browser, TestApp, between, engines};

#[tokio::test]
async fn a_topic_is_published_answered_counted_and_closed() {
    let app = TestApp::start().await;
    let mut editor = Browser::signed_in(&app, "zhang", &["editor"]).await;
    let mut reader = Browser::signed_in(&app, "lin", &["reader"]).await;
    let mut wang = Browser::signed_in(&app, "wang", &["contributor"]).await;
    assert!(editor.get("/topics").await.text().contains("还没有选题"));
    assert!(!wang.get("/mine").await.text().contains("选题征集"));

    // What cannot be published comes back as it was typed.
    let lines = "老旧小区加装电梯｜侧重资金分担\n夜间公交线路";
    for (deadline, topics, says) in [
        ("2020-01-01", lines, "已过"),
        ("", lines, "没有填截止日期"),
        ("9000-12-31", "甲题\n甲题", "第 2 行"),
        ("9000-12-31", "  ", "没有写选题"),
    ] {
        let answer = editor.post("/topics", &[("topics", topics), ("deadline", deadline)]).await;
        assert!(answer.status == 422 && answer.text().contains(says), "{says}: {}", answer.text());
        assert!(answer.text().contains(topics), "{}", answer.text());
    }
    let fields = [("topics", lines), ("deadline", "9000-12-31"), ("batch", "第一批")];
    assert_eq!(editor.post("/topics", &fields).await.header("location"), "/topics?published=2");
    let twice = editor.post("/topics", &fields).await;
    assert!(twice.status == 422 && twice.text().contains("已在征集中"), "{}", twice.text());
    reader.get("/topics").await;
    assert_eq!(reader.post("/topics/1", &[("do", "close")]).await.status, 403);

    // The contributor sees them and answers one; the public is not asked.
    let mine = wang.get("/mine").await.text();
    for expected in ["老旧小区加装电梯", "侧重资金分担", "9000-12-31 截止", "/report?topic=1"]
    {
        assert!(mine.contains(expected), "{expected}: {mine}");
    }
    assert!(wang.get("/report?topic=1").await.text().contains("<option value=\"1\" selected>"));
    assert!(!Browser::new(&app).get("/report").await.text().contains("应征选题"));
    let sent = fill(&mut wang, "/report", &[("name", "王勃"), ("topic", "1")]).await;
    assert_eq!(sent.status, 303, "{}", sent.text());
    let other = fill(&mut wang, "/report", &[("name", "王勃"), ("title", "与选题无关的一件")]).await;
    assert_eq!(other.status, 303, "{}", other.text());
    app.settle().await;

    // The desk counts it, filters by it, and shows it on the item.
    let topics = editor.get("/topics").await.text();
    assert!(topics.contains("1 件</a>"), "{topics}");
    let list = editor.get("/inbox?state=received&topic=1").await.text();
    assert!(list.contains("建议增设路灯") && !list.contains("与选题无关的一件"), "{list}");
    assert!(list.contains("<option value=\"1\" selected>老旧小区加装电梯（1）"), "{list}");
    assert!(!editor.get("/inbox?topic=2").await.text().contains("建议增设路灯"));
    let id = between(&list, "href=\"/items/", "?").expect("an item");
    let item = editor.get(&format!("/items/{id}")).await.text();
    assert!(item.contains("<a href=\"/inbox?topic=1\">老旧小区加装电梯</a>"), "{item}");
    assert!(item.contains("应征选题：老旧小区加装电梯"), "the log tells of it: {item}");

    // Closed: refused, and the text kept. Open again, with another deadline: taken.
    assert_eq!(editor.post("/topics/1", &[("do", "close")]).await.header("location"), "/topics?done=close");
    let late = fill(&mut wang, "/report", &[("name", "王勃"), ("title", "迟到的一件"), ("topic", "1")]).await;
    assert!(late.status == 422 && late.text().contains("已停止征集"), "{}", late.text());
    assert!(late.text().contains("value=\"迟到的一件\""), "{}", late.text());
    // What answered it before stays with it when it is sent again.
    let more = "翠柏苑北门到菜市场一段没有照明，老人夜间摔倒过几次，建议增设路灯，并定期检修。";
    let fields = [("name", "王勃"), ("body", more), ("topic", "1")];
    let same = fill(&mut wang, &format!("/mine/{id}"), &fields).await;
    assert_eq!(same.header("location"), "/mine?answered=1", "{}", same.text());
    assert_eq!(editor.post("/topics/1", &[("do", "reopen")]).await.status, 303);
    let moved = [("do", "deadline"), ("deadline", "9000-06-30")];
    assert_eq!(editor.post("/topics/1", &moved).await.header("location"), "/topics?done=deadline");
    assert!(wang.get("/mine").await.text().contains("9000-06-30 截止"));
    assert_eq!(editor.post("/topics/9", &[("do", "close")]).await.status, 404);
    app.finish().await;
}

#[tokio::test]
async fn a_topic_whose_deadline_has_passed_is_refused_and_the_text_kept() {
    let app = TestApp::start().await;
    let wang = Browser::signed_in(&app, "wang", &["contributor"]).await;
    let dir = app.stop().await;
    let store = engines::open_store(dir.path());
    let publish = |tx: &mut Tx<'_>| {
        let topics = NewTopic::parse_batch("去年的选题").map_err(|_| StoreError::Stale)?;
        let deadline = LocalDate::parse("2025-03-31").map_err(|_| StoreError::Stale)?;
        publish_topics(tx, "", &topics, deadline, &Actor::System)
    };
    let published = tokio::task::spawn_blocking(move || store.write(Priority::Desk, publish).wait());
    assert!(published.await.expect("ended").expect("published").is_empty());
    let app = TestApp::start_in(dir, |_| {}).await;
    let mut wang = wang.again(&app);
    assert!(!wang.get("/mine").await.text().contains("去年的选题"));
    assert!(!wang.get("/report").await.text().contains("去年的选题"));
    let sent = fill(&mut wang, "/report", &[("name", "王勃"), ("topic", "1")]).await;
    let told = sent.text();
    assert!(sent.status == 422 && told.contains("“去年的选题”已于 2025-03-31 截止"), "{told}");
    assert!(told.contains("value=\"建议增设路灯\""), "{told}");
    let without = fill(&mut wang, "/report", &[("name", "王勃"), ("topic", "")]).await;
    assert_eq!(without.status, 303, "{}", without.text());
    app.finish().await;
}

#[tokio::test]
async fn a_topic_is_answered_by_what_is_typed_in() {
    let app = TestApp::start().await;
    let mut editor = Browser::signed_in(&app, "zhang", &["editor"]).await;
    assert!(!editor.get("/typed").await.text().contains("应征选题"), "nothing to answer");
    editor.get("/topics").await;
    let fields = [("topics", "夜间公交线路"), ("deadline", "9000-12-31")];
    assert_eq!(editor.post("/topics", &fields).await.status, 303);
    let page = editor.get("/typed").await.text();
    assert!(page.contains("<option value=\"1\">夜间公交线路"), "{page}");
    let key = between(&page, "name=\"key\" value=\"", "\"").expect("a key");
    let body = "北浦路末班车太早，晚班工人回不了家，建议延长到二十三点。";
    let typed = [
        ("key", key.as_str()),
        ("channel", "typed-phone"),
        ("title", "建议延长末班车时间"),
        ("body", body),
        ("topic", "1"),
        ("do", "send"),
    ];
    let sent = editor.post("/typed", &typed).await;
    assert_eq!(sent.status, 303, "{}", sent.text());
    let next = editor.get(sent.header("location")).await.text();
    assert!(next.contains("<option value=\"1\" selected>夜间公交线路"), "the topic stays chosen: {next}");
    assert_eq!(editor.post("/topics/1", &[("do", "close")]).await.status, 303);
    let late: Vec<_> = typed
        .iter()
        .map(|(name, value)| (*name, if *name == "title" { "迟到的一件" } else { *value }))
        .map(|(name, value)| (name, if name == "key" { "0123456789abcdef0123456789abcdef" } else { value }))
        .collect();
    let late = editor.post("/typed", &late).await;
    assert!(late.status == 422 && late.text().contains("已停止征集"), "{}", late.text());
    app.settle().await;
    assert!(editor.get("/topics").await.text().contains("1 件</a>"));
    app.finish().await;
}
