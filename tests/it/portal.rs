//! Contributors' pages: from empty form to receipt, with an account and without; returned, answered, withdrawn.

use serde_json::json;

use crate::support::{Answer, Browser, TestApp, between, encoded};
use crate::tables::{act, day};

const BODY: &str = "翠柏苑北门到菜市场一段没有照明，老人夜间摔倒过几次，建议增设路灯。";

/// Fills in the form as it stands; the question is answered as people do.
pub async fn fill(browser: &mut Browser, path: &str, changes: &[(&str, &str)]) -> Answer {
    let page = browser.get(path).await.text();
    let hidden = |name: &str| {
        let mark = format!("name=\"{name}\" value=\"");
        between(&page, &mark, "\"").unwrap_or_default()
    };
    let (key, ticket, corrects) = (hidden("key"), hidden("ticket"), hidden("corrects"));
    let draft = hidden("draft");
    let sum: u8 = ticket.split('.').take(2).filter_map(|part| part.parse::<u8>().ok()).sum();
    let answer = sum.to_string();
    let mut fields = vec![
        ("key", key.as_str()),
        ("ticket", &ticket),
        ("corrects", &corrects),
        ("draft", &draft),
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

#[tokio::test]
async fn one_box_is_told_apart_by_the_server_where_there_is_no_script() {
    let app = TestApp::start().await;
    let mut wang = Browser::signed_in(&app, "wang", &["contributor"]).await;
    let text = "翠柏苑北门一段没有路灯，老人摔倒过几次。原因是没有预留管线。建议尽快增设。";
    let said = [("title", ""), ("body", text), ("name", "王勃"), ("do", "propose")];
    let page = fill(&mut wang, "/report", &said).await;
    let shown = page.text();
    assert_eq!(page.status, 200, "{shown}");
    for expected in [
        "老人摔倒过几次。</textarea>",
        "原因是没有预留管线。</textarea>",
        "建议尽快增设。</textarea>",
        "value=\"王勃\"",
        "请核对后提交",
    ] {
        assert!(shown.contains(expected), "{expected}: {shown}");
    }
    let found = wang.post("/report/propose", &[("body", text)]).await.json();
    assert_eq!(found["suggestions"], "建议尽快增设。", "{found}");
    // Without a title nothing is sent unseen.
    let untitled = fill(&mut wang, "/report", &[("title", ""), ("body", text), ("name", "王勃")]).await;
    assert!(untitled.status == 422 && untitled.text().contains("已按文字拟了一个"), "{}", untitled.text());
    assert_eq!(app.settle().await["counts"]["items"], 0);
    app.finish().await;
}

#[tokio::test]
async fn a_contributor_sees_what_they_sent_their_year_and_takes_a_notice_of_use() {
    let app = TestApp::start_with(|config| config.portal.expected_per_year = 3).await;
    let source = app.add_source("desk", &["submit", "read", "edit", "issue"]).await;
    let mut wang = Browser::signed_in(&app, "wang", &["contributor"]).await;
    let mut other = Browser::signed_in(&app, "zhou", &["contributor"]).await;
    let fields = [
        ("name", "王勃"),
        ("unit", "某中学"),
        ("suggestions", "尽快增设。"),
        ("open", "no"),
        ("open_reason", "涉及住户"),
        ("place", "沙坪坝区"),
    ];
    let sent = fill(&mut wang, "/report", &fields).await;
    assert_eq!(sent.status, 303, "{}", sent.text());
    app.settle().await;
    let mine = wang.get("/mine").await.text();
    assert!(mine.contains("今年 1 / 应报 3") && mine.contains("采用 0 件"), "{mine}");
    let id = between(&mine, "href=\"/mine/", "/sent\"").expect("a page");
    let own = format!("/mine/{id}/sent");
    let page = wang.get(&own).await.text();
    for expected in [BODY, "尽快增设。", "不同意公开", "沙坪坝区", "已收到，编辑会尽快阅看", "修改"]
    {
        assert!(page.contains(expected), "{expected}: {page}");
    }
    assert_eq!(other.get(&own).await.status, 404);
    let early = wang.get(&format!("/mine/{id}/notice")).await;
    assert!(early.status == 422 && early.text().contains("还没有被采用"), "{}", early.text());

    let proof = source.post("/api/v1/bulletins", json!({ "series": "opinion", "items": [id] }).to_string());
    let issue = crate::support::text(&proof.await.ok(), "/id").to_owned();
    let signed = json!({ "signer": "左丘明" }).to_string();
    source.post(&format!("/api/v1/bulletins/{issue}/issue"), signed).await.ok();
    let mine = wang.get("/mine").await.text();
    assert!(mine.contains("采用 1 件") && mine.contains(&format!("/mine/{id}/notice")), "{mine}");
    let notice = wang.get(&format!("/mine/{id}/notice")).await;
    assert_eq!((notice.status, &notice.body[..4]), (200, b"%PDF".as_slice()), "{}", notice.text());
    assert_eq!(other.get(&format!("/mine/{id}/notice")).await.status, 404);
    assert_eq!(wang.get("/mine?year=99999").await.status, 422);
    app.finish().await;
}

#[tokio::test]
async fn sector_and_party_are_chosen_from_what_is_in_use_and_what_was_chosen_before_stays() {
    let app = TestApp::start().await;
    let mut wang = Browser::signed_in(&app, "wang", &["contributor"]).await;
    let mut keeper = Browser::signed_in(&app, "chen", &["system"]).await;
    let page = wang.get("/report").await.text();
    assert!(page.contains("<option>教育界</option>") && page.contains("<option>民盟</option>"), "{page}");
    assert!(
        Browser::new(&app).get("/report").await.text().contains("<option>教育界</option>"),
        "the open form"
    );
    let chosen = |sector: &'static str| [("name", "王勃"), ("sector", sector), ("party", "民盟")];
    let wrong = fill(&mut wang, "/report", &chosen("某界")).await;
    let told = wrong.text();
    assert!(wrong.status == 422 && told.contains("界别“某界”现在不可选"), "{told}");
    assert!(told.contains(BODY), "what was typed comes back");
    let sent = fill(&mut wang, "/report", &chosen("教育界")).await;
    assert_eq!(sent.status, 303, "{}", sent.text());
    app.settle().await;
    assert!(
        wang.get("/report").await.text().contains("<option selected>教育界</option>"),
        "who one is stands there"
    );

    // Retired, it is offered to no new item, and stays in that which says so.
    let row = format!("/tables/sector/rows/{}", encoded("教育界".as_bytes()));
    let done = act(&mut keeper, &row, &[("do", "retire"), ("last", &day(-1))]).await;
    assert!(done.status < 400, "{}", done.text());
    assert!(!wang.get("/report").await.text().contains("教育界"), "who one is, is chosen anew");
    let late = fill(&mut wang, "/report", &chosen("教育界")).await;
    assert_eq!(late.status, 422, "{}", late.text());
    let id = between(&wang.get("/mine").await.text(), "action=\"/mine/", "/withdraw").expect("an id");
    let again = wang.get(&format!("/mine/{id}")).await.text();
    assert!(
        again.contains("<option selected>教育界</option>")
            && again.contains("<option selected>民盟</option>"),
        "{again}"
    );
    let longer = format!("{BODY}路段长约300米。");
    let fields = [("name", "王勃"), ("sector", "教育界"), ("party", "民盟"), ("body", longer.as_str())];
    let answered = fill(&mut wang, &format!("/mine/{id}"), &fields).await;
    assert_eq!(answered.header("location"), "/mine?answered=1", "{}", answered.text());
    app.finish().await;
}
