//! Contributors' pages: from empty form to receipt, with an account and without; returned, answered, withdrawn.

use crate::support::{Answer, Browser, TestApp, between};

const BODY: &str = "翠柏苑北门到菜市场一段没有照明，老人夜间摔倒过几次，建议增设路灯。";

/// Fills in the form as it stands; the question is answered as people do.
pub async fn fill(browser: &mut Browser, path: &str, changes: &[(&str, &str)]) -> Answer {
    let page = browser.get(path).await.text();
    let hidden = |name: &str| {
        let mark = format!("name=\"{name}\" value=\"");
        between(&page, &mark, "\"").unwrap_or_default()
    };
    let (key, ticket, corrects) = (hidden("key"), hidden("ticket"), hidden("corrects"));
    let sum: u8 = ticket.split('.').take(2).filter_map(|part| part.parse::<u8>().ok()).sum();
    let answer = sum.to_string();
    let mut fields = vec![
        ("key", key.as_str()),
        ("ticket", &ticket),
        ("corrects", &corrects),
        ("answer", &answer),
        ("title", "建议增设路灯"),
        ("body", BODY),
    ];
    for (name, value) in changes {
        fields.retain(|(known, _)| known != name);
        fields.push((name, value));
    }
    browser.post("/report", &fields).await
}

#[tokio::test]
async fn anybody_sends_an_item_and_follows_it_by_its_receipt() {
    let app = TestApp::start().await;
    let mut public = Browser::new(&app);
    let sent =
        fill(&mut public, "/report", &[("name", "钟离意"), ("phone", "13812345678"), ("kind", "委员")]).await;
    assert_eq!(sent.status, 303, "{}", sent.text());
    let shown = public.get(sent.header("location")).await.text();
    let receipt = between(&shown, "<p class=\"no\">", "</p>").expect("a receipt");
    app.settle().await;
    assert!(public.get(&format!("/receipt?no={receipt}")).await.text().contains("已收到"));
    assert!(public.get("/receipt?no=abc").await.text().contains("回执号不对"));
    // The desk has it under 群众, whatever the form said.
    let mut editor = Browser::signed_in(&app, "zhang", &["editor"]).await;
    let page = editor.get("/inbox").await.text();
    assert!(page.contains("建议增设路灯"), "{page}");
    let item = between(&page, "href=\"/items/", "?")
        .or_else(|| between(&page, "href=\"/items/", "\""))
        .expect("an item");
    let page = editor.get(&format!("/items/{item}")).await.text();
    assert!(page.contains("群众") && page.contains("钟离意"), "{page}");
    app.finish().await;
}

#[tokio::test]
async fn a_form_that_is_refused_comes_back_with_everything_that_was_typed() {
    let app = TestApp::start().await;
    let mut public = Browser::new(&app);
    let wrong = fill(&mut public, "/report", &[("answer", "99")]).await;
    assert!(wrong.status == 422 && wrong.text().contains("算式的答案不对") && wrong.text().contains(BODY));
    let secret = fill(&mut public, "/report", &[("body", "机密★ 某事项")]).await;
    assert!(secret.status == 422 && secret.text().contains("没有收下"), "{}", secret.text());
    let empty = fill(&mut public, "/report", &[("title", "")]).await;
    assert!(
        empty.status == 422 && empty.text().contains("标题") && empty.text().contains(BODY),
        "{}",
        empty.text()
    );
    let robot = fill(&mut public, "/report", &[("website", "http://x")]).await;
    assert_eq!(robot.status, 422);
    assert_eq!(app.settle().await["counts"]["items"], 0);
    app.finish().await;
}

#[tokio::test]
async fn the_same_form_sent_twice_is_one_item() {
    let app = TestApp::start().await;
    let mut public = Browser::new(&app);
    let page = public.get("/report").await.text();
    let hidden = |name: &str| between(&page, &format!("name=\"{name}\" value=\""), "\"").unwrap_or_default();
    let (key, ticket) = (hidden("key"), hidden("ticket"));
    let sum: u8 = ticket.split('.').take(2).filter_map(|part| part.parse::<u8>().ok()).sum();
    let answer = sum.to_string();
    let fields =
        [("key", key.as_str()), ("ticket", &ticket), ("answer", &answer), ("title", "题"), ("body", BODY)];
    let one = public.post("/report", &fields).await.header("location").to_owned();
    let two = public.post("/report", &fields).await.header("location").to_owned();
    assert_eq!(one, two);
    assert_eq!(app.settle().await["counts"]["items"], 1);
    app.finish().await;
}

#[tokio::test]
async fn an_office_may_take_items_from_registered_contributors_only_and_so_many_an_hour() {
    let app = TestApp::start_with(|config| config.portal.public = false).await;
    let mut public = Browser::new(&app);
    assert_eq!(public.get("/report").await.status, 403);
    app.finish().await;
    let app = TestApp::start_with(|config| config.portal.per_hour = 1).await;
    let mut public = Browser::new(&app);
    assert_eq!(fill(&mut public, "/report", &[]).await.status, 303);
    let second = fill(&mut public, "/report", &[("title", "又一件")]).await;
    assert!(second.status == 429 && second.text().contains(BODY), "{}", second.text());
    app.finish().await;
}

#[tokio::test]
async fn a_contributor_keeps_a_draft_sends_answers_and_withdraws() {
    let app = TestApp::start().await;
    let mut contributor = Browser::signed_in(&app, "wang", &["contributor"]).await;
    let mut other = Browser::signed_in(&app, "zhou", &["contributor"]).await;
    let mut editor = Browser::signed_in(&app, "zhang", &["editor"]).await;
    assert_eq!(contributor.get("/").await.header("location"), "/mine");
    contributor.get("/report").await;
    let draft = [("title", "写到一半"), ("body", "写到一半的情况")];
    assert_eq!(contributor.post("/report/draft", &draft).await.status, 200);
    assert!(contributor.get("/report").await.text().contains("写到一半的情况"));
    assert!(!other.get("/report").await.text().contains("写到一半的情况"));

    let sent =
        fill(&mut contributor, "/report", &[("name", "王勃"), ("kind", "委员"), ("unit", "某中学")]).await;
    assert_eq!(sent.status, 303, "{}", sent.text());
    app.settle().await;
    assert!(!contributor.get("/report").await.text().contains("写到一半"), "the draft is gone");
    assert!(contributor.get("/report").await.text().contains("value=\"某中学\""), "who one is stands there");
    let mine = contributor.get("/mine").await.text();
    assert!(mine.contains("建议增设路灯") && mine.contains("报送 1 件"), "{mine}");
    assert!(!other.get("/mine").await.text().contains("建议增设路灯"));

    // Similar ones: of one's own by title, of others by number.
    let typed = [("title", "增设路灯"), ("body", BODY)];
    let own = contributor.post("/report/similar", &typed).await.json();
    assert!(own["count"] == 1 && own["own"][0]["title"] == "建议增设路灯", "{own}");
    let told = other.post("/report/similar", &typed).await.json();
    assert!(told["count"] == 1 && told["own"].as_array().is_some_and(Vec::is_empty), "{told}");

    // Returned with a word, answered, and withdrawn.
    let id = between(&mine, "action=\"/mine/", "/withdraw").expect("an id");
    editor.get("/inbox").await;
    let asked = [("item", id.as_str()), ("do", "ask"), ("comment", "请写明路段长度"), ("back", "/inbox")];
    assert_eq!(editor.post("/inbox/act", &asked).await.status, 303);
    assert!(contributor.get("/mine").await.text().contains("请写明路段长度"));
    assert_eq!(other.get(&format!("/mine/{id}")).await.status, 404, "it is not theirs");
    let longer = format!("{BODY}路段长约300米。");
    let answered =
        fill(&mut contributor, &format!("/mine/{id}"), &[("body", &longer), ("name", "王勃")]).await;
    assert_eq!(answered.header("location"), "/mine?answered=1", "{}", answered.text());
    app.settle().await;
    let page = editor.get(&format!("/items/{id}")).await.text();
    assert!(page.contains("路段长约300米") && page.contains("第 2 版"), "{page}");
    other.get("/mine").await;
    assert_eq!(other.post(&format!("/mine/{id}/withdraw"), &[]).await.status, 404);
    contributor.get("/mine").await;
    assert_eq!(contributor.post(&format!("/mine/{id}/withdraw"), &[]).await.status, 303);
    assert!(contributor.get("/mine").await.text().contains("已撤回"));
    assert_eq!(contributor.post(&format!("/mine/{id}/withdraw"), &[]).await.status, 409);
    app.finish().await;
}
