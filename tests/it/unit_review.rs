//! 本级审核 of everything a unit's people send: by file, by their own programs, as an answer to 请补充; passed many at once.

use crate::contributors::{enter, hidden};
use crate::desk_api::key;
use crate::portal::fill;
use crate::support::{Browser, Client, NDJSON, TestApp, between, item, number, text};
use crate::upload::{ended, uploaded};

const BODY: &str = "翠柏苑北门到菜市场一段没有路灯，晚上老人出门容易摔倒，建议尽快增设路灯。";

/// A unit with review, of a writer (wang) and a reviewer (li).
async fn unit(app: &TestApp) -> [Browser; 2] {
    let mut keeper = Browser::signed_in(app, "chen", &["system"]).await;
    let wang = Browser::signed_in(app, "wang", &["contributor"]).await;
    let li = Browser::signed_in(app, "li", &["contributor"]).await;
    let no = enter(&mut keeper, &[("name", "某区政协"), ("form", "unit")]).await;
    let path = format!("/contributors/{no}");
    keeper.get(&path).await;
    for (account, reviewer) in [("wang", ""), ("li", "1")] {
        let add = [("do", "add"), ("account", account), ("reviewer", reviewer)];
        assert_eq!(keeper.post(&format!("{path}/people"), &add).await.status, 303);
    }
    assert_eq!(keeper.post(&format!("{path}/review"), &[("do", "on")]).await.status, 303);
    [wang, li]
}

async fn sent_file(browser: &mut Browser, text: &str) -> (String, String) {
    let page = uploaded(browser, "表.csv", text).await;
    browser.get(&page).await;
    assert_eq!(browser.post(&format!("{page}/send"), &[]).await.status, 303);
    let told = ended(browser, &page).await;
    (page, told)
}

/// What the reviewer's page has of everything that may be passed.
fn shown(page: &str) -> Vec<String> {
    let mark = "name=\"shown\" value=\"";
    page.match_indices(mark).filter_map(|(at, _)| between(&page[at..], mark, "\"")).collect()
}

#[tokio::test]
async fn a_file_waits_row_by_row_is_passed_at_once_and_its_report_says_so() {
    let app = TestApp::start().await;
    let [mut wang, mut li] = unit(&app).await;
    let rows: String = (1..=30).map(|at| format!("{at},第{at}条建议,{BODY}{at}\n")).collect();
    let table = format!("编号,标题,正文\n{rows}");
    let (page, told) = sent_file(&mut wang, &table).await;
    assert!(told.contains("新收 0 件，重复 0 件，未收 0 件，待本级审核 30 件"), "{told}");
    assert_eq!(wang.get(&format!("{page}/report/csv")).await.text().matches("待本级审核").count(), 30);
    assert_eq!(number(&app.settle().await, "/counts/items"), 0, "nothing came to the office");
    // The same file again waits once.
    sent_file(&mut wang, &table).await;
    let seen = li.get("/unit").await.text();
    let all = shown(&seen);
    assert_eq!(all.len(), 30, "{seen}");

    // One is returned, written anew in the form, and stays the row of the file.
    let back = [("do", "return"), ("rev", "1"), ("comment", "写明路段")];
    assert_eq!(li.post("/unit/30", &back).await.status, 303);
    let report = wang.get(&format!("{page}/report/csv")).await.text().to_owned();
    assert!(report.contains("写明路段"), "{report}");
    let longer = format!("{BODY}路段长约300米。");
    let again = fill(&mut wang, "/report?draft=30", &[("body", &longer), ("name", "王勃")]).await;
    assert_eq!(again.header("location"), "/unit?done=submitted", "{}", again.text());

    // What was picked is passed; what was written anew since it was read stays.
    li.get("/unit").await;
    assert_eq!(wang.get("/unit").await.status, 200);
    assert_eq!(wang.post("/unit/many", &[("do", "picked"), ("pick", &all[0])]).await.status, 403);
    assert_eq!(li.post("/unit/many", &[("do", "picked")]).await.status, 422, "nothing picked");
    let picked = li.post("/unit/many", &[("do", "picked"), ("pick", &all[0]), ("pick", "30.1")]).await;
    assert_eq!(picked.header("location"), "/unit?done=many&passed=1&left=1", "{}", picked.text());
    let page_now = li.get("/unit").await.text();
    let rest: Vec<String> = shown(&page_now);
    assert_eq!(rest.len(), 29);
    let mut fields = vec![("do", "all")];
    fields.extend(rest.iter().map(|one| ("shown", one.as_str())));
    let passed = li.post("/unit/many", &fields).await;
    assert_eq!(passed.header("location"), "/unit?done=many&passed=29&left=0", "{}", passed.text());
    assert_eq!(number(&app.settle().await, "/counts/items"), 30);
    let report = wang.get(&format!("{page}/report/csv")).await.text();
    assert_eq!(report.matches("本级已通过").count(), 30, "{report}");
    assert!(wang.get("/mine").await.text().contains("第7条建议"), "they are the author's");
    let kept = li.get("/unit").await.text();
    assert!(kept.contains("第7条建议") && shown(&kept).is_empty(), "{kept}");
    // Once more: each was sent already, and the row that was written anew is told to be another text.
    let (_, told) = sent_file(&mut wang, &table).await;
    assert!(told.contains("新收 0 件，重复 29 件，未收 1 件"), "{told}");
    assert_eq!(number(&app.settle().await, "/counts/items"), 30);
    app.finish().await;
}

#[tokio::test]
async fn a_persons_own_programs_send_in_their_name_and_wait_like_the_form() {
    let app = TestApp::start().await;
    let [mut wang, mut li] = unit(&app).await;
    let mut zhou = Browser::signed_in(&app, "zhou", &["contributor"]).await;
    let (own, free) = (key(&app, &mut wang).await, key(&app, &mut zhou).await);
    let one = item("1", "建议增设路灯", BODY);
    let sent = own.post("/api/v1/items", one.json()).await;
    let told = sent.json();
    assert!(sent.status == 202 && told["waits"] == true, "{told}");
    let receipt = text(&told, "/receipt").to_owned();
    let state = |client: Client, receipt: String| async move {
        text(&client.get(&format!("/api/v1/receipts/{receipt}")).await.ok(), "/state").to_owned()
    };
    let open = || Client::tcp(app.address(), None);
    assert_eq!(state(open(), receipt.clone()).await, "待本级审核");
    let both = [item("1", "建议增设路灯", BODY), item("2", "建议修补路面", BODY)].map(|it| it.json());
    let lines = own.batch(&[("content-type", NDJSON)], both.join("\n")).await;
    assert!(lines.iter().all(|line| line["waits"] == true), "{lines:?}");
    // Two people may count from 1, and whoever belongs to no unit is not held up.
    let other = free.post("/api/v1/items", one.json()).await;
    assert!(other.status == 202 && other.json().get("waits").is_none(), "{}", other.text());
    assert_ne!(text(&other.json(), "/receipt"), receipt);
    assert!(zhou.get("/mine").await.text().contains("建议增设路灯"), "it is one's own");
    assert_eq!(number(&app.settle().await, "/counts/items"), 1);
    let page = li.get("/unit").await.text();
    let all = shown(&page);
    assert_eq!(all.len(), 2, "the same item waits once: {page}");
    let mut fields = vec![("do", "all")];
    fields.extend(all.iter().map(|one| ("shown", one.as_str())));
    li.post("/unit/many", &fields).await;
    assert_eq!(number(&app.settle().await, "/counts/items"), 3);
    assert_eq!(state(open(), receipt.clone()).await, "已收到", "the receipt is the one that was given");
    let again = own.post("/api/v1/items", one.json()).await;
    assert!(again.status == 200 && text(&again.json(), "/receipt") == receipt, "{}", again.text());

    // A key sends, and does nothing else here; a correction of what is not one's own is refused.
    let id = text(&other.json(), "/id").to_owned();
    let versions = format!("/api/v1/items/{id}/versions");
    let longer = item("1", "建议增设路灯", &format!("{BODY}路段长约300米。")).json();
    own.post(&versions, longer.clone()).await.refused(404, "not_found");
    assert_eq!(free.post(&versions, longer).await.status, 202);
    own.get("/api/v1/search?q=x").await.refused(403, "scope_missing");
    let reader = crate::desk_api::person(&app, "lin", &["reader"]).await;
    reader.post("/api/v1/items", one.json()).await.refused(403, "right_missing");
    app.finish().await;
}

#[tokio::test]
async fn an_answer_to_what_the_office_asks_waits_too() {
    let app = TestApp::start().await;
    let [mut wang, mut li] = unit(&app).await;
    let mut editor = Browser::signed_in(&app, "zhang", &["editor"]).await;
    fill(&mut wang, "/report", &[("name", "王勃")]).await;
    li.get("/unit").await;
    assert_eq!(li.post("/unit/1", &[("do", "pass"), ("rev", "1")]).await.status, 303);
    app.settle().await;
    let id = between(&wang.get("/mine").await.text(), "action=\"/mine/", "/withdraw").expect("an id");
    editor.get("/inbox").await;
    let asked = [("item", id.as_str()), ("do", "ask"), ("comment", "请写明路段长度"), ("back", "/inbox")];
    assert_eq!(editor.post("/inbox/act", &asked).await.status, 303);
    for text in ["路段长约200米。", "路段长约300米。"] {
        let longer = format!("{BODY}{text}");
        let answered = fill(&mut wang, &format!("/mine/{id}"), &[("body", &longer), ("name", "王勃")]).await;
        assert_eq!(answered.header("location"), "/unit?done=submitted", "{}", answered.text());
    }
    app.settle().await;
    assert!(!editor.get(&format!("/items/{id}")).await.text().contains("第 2 版"), "it waits");
    let page = li.get("/unit").await.text();
    assert!(page.contains("补充") && page.contains("300米") && !page.contains("200米"), "one answer: {page}");
    let rev = hidden(&page, "rev");
    assert_eq!(li.post("/unit/2", &[("do", "pass"), ("rev", &rev)]).await.status, 303);
    app.settle().await;
    let page = editor.get(&format!("/items/{id}")).await.text();
    assert!(page.contains("路段长约300米") && page.contains("第 2 版"), "{page}");
    assert!(li.get("/unit").await.text().contains("建议增设路灯"), "it is the unit's");
    app.finish().await;
}
