//! 反映人库 through the pages: entered, found, matched, credited, imported, merged; units with their people; 不是我.

use rust_xlsxwriter::Workbook;
use serde_json::json;

use crate::desk_api::person;
use crate::portal::fill;
use crate::support::{Browser, TestApp, between, item, list, number, text};

const BODY: &str = "翠柏苑北门到菜市场一段没有照明，老人夜间摔倒过几次，建议增设路灯。";

/// A spreadsheet as an office has it.
fn book(rows: &[&[&str]]) -> Vec<u8> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (row, cells) in (0_u32..).zip(rows) {
        for (at, cell) in (0_u16..).zip(*cells) {
            sheet.write_string(row, at, *cell).expect("written");
        }
    }
    book.save_to_buffer().expect("a file")
}

/// Enters somebody on the page and gives the entry's number.
pub async fn enter(keeper: &mut Browser, fields: &[(&str, &str)]) -> String {
    keeper.get("/contributors/new").await;
    let done = keeper.post("/contributors/new", fields).await;
    assert_eq!(done.status, 303, "{}", done.text());
    between(done.header("location"), "/contributors/", "?").expect("a number")
}

fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// What a page has in a hidden field.
pub fn hidden(page: &str, name: &str) -> String {
    let value = between(page, &format!("name=\"{name}\" value=\""), "\"").unwrap_or_default();
    value.replace("&#34;", "\"").replace("&quot;", "\"").replace("&amp;", "&")
}

#[tokio::test]
async fn an_entry_is_entered_found_looked_behind_changed_and_retired() {
    let app = TestApp::start().await;
    let mut keeper = Browser::signed_in(&app, "chen", &["system"]).await;
    let mut editor = Browser::signed_in(&app, "zhang", &["editor"]).await;
    let mut reader = Browser::signed_in(&app, "lin", &["reader"]).await;
    let fields = [
        ("form", "person"),
        ("name", "钟离意"),
        ("kind", "委员"),
        ("party", "某党"),
        ("phone", "13812345678"),
        ("post_unit", "某街道"),
        ("post_title", "主任"),
        ("post_from", "2020-01-01"),
        ("post_until", ""),
    ];
    keeper.get("/contributors/new").await;
    let wrong = keeper.post("/contributors/new", &[("name", "钟离意"), ("phone", "没有")]).await;
    assert!(wrong.status == 422 && wrong.text().contains("电话“没有”不对"), "{}", wrong.text());
    let wrong = keeper.post("/contributors/new", &[("name", "钟离意"), ("sector", "某界")]).await;
    assert!(wrong.status == 422 && wrong.text().contains("界别“某界”现在不可选"), "{}", wrong.text());
    let no = enter(&mut keeper, &fields).await;
    let path = format!("/contributors/{no}");
    for words in ["钟离", "zly", "某街道"] {
        let found = editor.get(&format!("/contributors?words={}", encoded(words))).await.text();
        assert!(found.contains("钟离意"), "{words}: {found}");
    }
    assert!(!editor.get("/contributors?words=zz").await.text().contains("钟离意"));
    let page = editor.get(&path).await.text();
    assert!(page.contains("某街道 主任") && page.contains("某党") && !page.contains("13812345678"), "{page}");
    assert!(!page.contains("/edit"), "editors read");
    let none = reader.get(&path).await.text();
    assert!(!none.contains("某党") && none.contains("无权查看"), "{none}");
    assert_eq!(reader.post(&format!("{path}/reveal"), &[]).await.status, 403);
    assert!(editor.post(&format!("{path}/reveal"), &[]).await.text().contains("13812345678"));
    let mut auditor = Browser::signed_in(&app, "qin", &["audit"]).await;
    assert!(auditor.get("/log").await.text().contains("查看反映人 钟离意 的联系方式"));

    // Who may not see it changes it only by entering something else.
    let form = keeper.get(&format!("{path}/edit")).await.text();
    assert!(!form.contains("13812345678"), "{form}");
    let rev = hidden(&form, "rev");
    let changed = [
        ("rev", rev.as_str()),
        ("form", "person"),
        ("name", "钟离意"),
        ("phone", ""),
        ("post_unit", "某街道"),
        ("post_title", "主任"),
        ("post_from", "2020-01-01"),
        ("post_until", "2025-12-31"),
    ];
    assert_eq!(keeper.post(&format!("{path}/edit"), &changed).await.status, 303);
    assert_eq!(keeper.post(&format!("{path}/edit"), &changed).await.status, 409, "an old form");
    assert!(editor.post(&format!("{path}/reveal"), &[]).await.text().contains("13812345678"));
    let rev = hidden(&keeper.get(&path).await.text(), "rev");
    assert_eq!(keeper.post(&format!("{path}/retire"), &[("rev", &rev)]).await.status, 303);
    assert!(!editor.get("/contributors").await.text().contains("钟离意"));
    assert!(editor.get("/contributors?standing=retired").await.text().contains("钟离意"));
    app.finish().await;
}

#[tokio::test]
async fn an_item_finds_its_entry_or_is_given_one_and_the_credit_follows_the_registry() {
    let app = TestApp::start().await;
    let mut keeper = Browser::signed_in(&app, "chen", &["system"]).await;
    let mut editor = Browser::signed_in(&app, "zhang", &["editor"]).await;
    let post =
        |unit, title| [("post_unit", unit), ("post_title", title), ("post_from", ""), ("post_until", "")];
    let one = [[("name", "张三"), ("form", "person")].as_slice(), &post("某大学", "教授")].concat();
    let no = enter(&mut keeper, &one).await;
    let other = enter(&mut keeper, &[("name", "张三"), ("form", "person"), ("district", "某区")]).await;
    let source = app.add_source("demo", &["submit"]).await;
    let items = [
        item("1", "建议增设路灯", BODY).from("张三", "某大学"),
        item("2", "建议延长公交", "夜间公交班次少，下夜班的人回家不便，建议延长到二十三点。")
            .from("张三", "某医院"),
    ];
    let ids = app.post_all(&source, &items).await;
    app.settle().await;
    let sure = editor.get(&format!("/items/{}", ids[0])).await.text();
    assert!(sure.contains(&format!("/contributors/{no}\">反映人库 张三")), "{sure}");
    let doubt = editor.get(&format!("/items/{}", ids[1])).await.text();
    assert!(doubt.contains("反映人库中可能是") && doubt.contains("某大学教授"), "{doubt}");
    let link = format!("/items/{}/contributors", ids[1]);
    let done = editor.post(&link, &[("name", "张三"), ("reporter", &other)]).await;
    assert_eq!(done.status, 303, "{}", done.text());
    let linked = editor.get(&format!("/items/{}", ids[1])).await.text();
    assert!(linked.contains(&format!("/contributors/{other}\">反映人库 张三")), "{linked}");
    assert!(editor.get(&format!("/contributors/{other}")).await.text().contains("建议延长公交"));
    editor.get(&format!("/items/{}", ids[0])).await;
    let made = editor.post(&format!("/items/{}/manuscript", ids[0]), &[("series", "opinion")]).await;
    let manuscript = made.header("location").to_owned();
    assert!(editor.get(&manuscript).await.text().contains("张三（某大学教授）"), "{manuscript}");

    // What happened since is another day's post; the text that is written stays.
    let rev = hidden(&keeper.get(&format!("/contributors/{no}")).await.text(), "rev");
    let moved =
        [[("rev", rev.as_str()), ("name", "张三"), ("form", "person")].as_slice(), &post("某学会", "会长")]
            .concat();
    assert_eq!(keeper.post(&format!("/contributors/{no}/edit"), &moved).await.status, 303);
    assert!(editor.get(&manuscript).await.text().contains("张三（某大学教授）"));
    app.finish().await;
}

#[tokio::test]
async fn a_list_is_shown_before_it_is_entered_and_an_election_ends_posts() {
    let app = TestApp::start().await;
    let mut keeper = Browser::signed_in(&app, "chen", &["system"]).await;
    let rows: &[&[&str]] = &[
        &["委员名册"],
        &["姓名", "工作单位", "职务", "类别", "电话"],
        &["张三", "某大学", "教授", "委员", "13800000001"],
        &["李四", "某公司", "经理", "委员", "13800000002"],
        &["王五", "某医院", "", "会员", ""],
    ];
    keeper.get("/contributors/import").await;
    let shown = keeper.upload("/contributors/import", "名册.xlsx", &book(rows)).await.text();
    for expected in ["新增 2 条", "有误 1 条", "D5：没有类别“会员”"] {
        assert!(shown.contains(expected), "{expected}: {shown}");
    }
    assert!(
        keeper.get("/contributors").await.text().contains("反映人库还是空的"),
        "nothing before it is confirmed"
    );
    let rows_field = hidden(&shown, "rows");
    let take = [("rows", rows_field.as_str()), ("day", ""), ("pick-0", "new"), ("pick-1", "new")];
    let done = keeper.post("/contributors/import/take", &take).await;
    assert_eq!(done.status, 303, "{}", done.text());
    assert!(keeper.get(done.header("location")).await.text().contains("新增 2 条"));
    // The same again changes nothing.
    let again = keeper.upload(
        "/contributors/import",
        "名册.csv",
        "姓名,工作单位,职务\n张三,某大学,教授\n".as_bytes(),
    );
    assert!(again.await.text().contains("相同 1 条"));

    let new: &[&[&str]] =
        &[&["姓名", "单位", "职务"], &["张三", "某大学", "教授"], &["赵六", "某中学", "校长"]];
    let fields = [("election", "1"), ("day", "2027-01-10"), ("kind", "委员")];
    let file = book(new);
    let shown = keeper
        .upload_with("/contributors/import", &fields, &[("file", "新名册.xlsx", file.as_slice())])
        .await
        .text();
    assert!(shown.contains("结束任职 1 人") && shown.contains("李四"), "{shown}");
    let (rows_field, end) = (hidden(&shown, "rows"), hidden(&shown, "end"));
    let take =
        [("rows", rows_field.as_str()), ("day", "2027-01-10"), ("pick-1", "new"), ("end", end.as_str())];
    let done = keeper.post("/contributors/import/take", &take).await;
    assert!(done.header("location").ends_with("added=1&changed=0&ended=1"), "{}", done.text());
    let no = end.split('.').next().unwrap_or_default().to_owned();
    let page = keeper.get(&format!("/contributors/{no}")).await.text();
    assert!(page.contains("某公司 经理") && page.contains("至 2027-01-09"), "{page}");
    app.finish().await;
}

#[tokio::test]
async fn doubles_are_proposed_merged_and_taken_apart() {
    let app = TestApp::start().await;
    let mut keeper = Browser::signed_in(&app, "chen", &["system"]).await;
    let one =
        enter(&mut keeper, &[("name", "张三"), ("phone", "13800000001"), ("post_unit", "某大学")]).await;
    let two =
        enter(&mut keeper, &[("name", "张叁"), ("phone", "138 0000 0001"), ("post_unit", "某公司")]).await;
    let pairs = keeper.get("/contributors/doubles").await.text();
    assert!(pairs.contains("电话相同"), "{pairs}");
    let both = format!("{one} {two}");
    assert_eq!(keeper.post("/contributors/doubles", &[("distinct", &both)]).await.status, 303);
    let parted = keeper.get("/contributors/doubles").await.text();
    assert!(parted.contains("没有看上去重复") && parted.contains("已认定不是同一人"), "{parted}");
    assert_eq!(keeper.post("/contributors/doubles", &[("undo", &both)]).await.status, 303);
    assert!(keeper.get("/contributors/doubles").await.text().contains("电话相同"));
    let pair = format!("{one}.1 {two}.1");
    assert_eq!(keeper.post("/contributors/doubles", &[("pair", &pair)]).await.status, 303);
    let page = keeper.get(&format!("/contributors/{one}")).await.text();
    assert!(page.contains("某大学") && page.contains("某公司") && page.contains("撤销合并"), "{page}");
    assert!(keeper.get(&format!("/contributors?words={}", encoded("张叁"))).await.text().contains("已并入"));
    assert!(keeper.get("/contributors/doubles").await.text().contains("没有看上去重复"));
    assert_eq!(keeper.post("/contributors/doubles", &[("pair", &pair)]).await.status, 409);
    keeper.get(&format!("/contributors/{one}")).await;
    assert_eq!(keeper.post(&format!("/contributors/{two}/unmerge"), &[]).await.status, 303);
    assert!(!keeper.get(&format!("/contributors/{one}")).await.text().contains("某公司"));
    app.finish().await;
}

#[tokio::test]
async fn a_units_item_waits_for_its_reviewer_and_stays_the_units() {
    let app = TestApp::start().await;
    let mut keeper = Browser::signed_in(&app, "chen", &["system"]).await;
    let mut wang = Browser::signed_in(&app, "wang", &["contributor"]).await;
    let mut li = Browser::signed_in(&app, "li", &["contributor"]).await;
    let mut zhou = Browser::signed_in(&app, "zhou", &["contributor"]).await;
    let unit = enter(&mut keeper, &[("name", "某区政协"), ("form", "unit")]).await;
    let path = format!("/contributors/{unit}");
    let people = format!("{path}/people");
    keeper.get(&path).await;
    for (account, reviewer) in [("wang", ""), ("li", "1")] {
        let add = [("do", "add"), ("account", account), ("reviewer", reviewer)];
        assert_eq!(keeper.post(&people, &add).await.status, 303);
    }
    assert_eq!(keeper.post(&format!("{path}/review"), &[("do", "on")]).await.status, 303);
    assert_eq!(zhou.get("/unit").await.status, 404);
    assert!(!zhou.get("/report").await.text().contains("报送名义"));

    // What the office would refuse is refused before anybody has to review it.
    let secret = fill(&mut wang, "/report", &[("name", "王勃"), ("body", "机密★ 某事项")]).await;
    assert!(secret.status == 422 && secret.text().contains("没有收下"), "{}", secret.text());
    let sent = fill(&mut wang, "/report", &[("name", "王勃"), ("as_unit", "1")]).await;
    assert_eq!(sent.header("location"), "/unit?done=submitted", "{}", sent.text());
    assert_eq!(app.settle().await["counts"]["items"], 0, "nothing came to the office");
    let waiting = wang.get("/unit").await.text();
    assert!(waiting.contains("待本级审核") && !waiting.contains("通过并报送"), "{waiting}");
    assert!(li.get("/mine").await.text().contains("本级审核 1 件"));
    let seen = li.get("/unit").await.text();
    assert!(seen.contains(BODY) && seen.contains("通过并报送"), "{seen}");
    let rev = hidden(&seen, "rev");
    let own = wang.post("/unit/1", &[("do", "pass"), ("rev", &rev)]).await;
    assert_eq!(own.status, 403, "only a reviewer passes");
    let empty = li.post("/unit/1", &[("do", "return"), ("rev", &rev)]).await;
    assert_eq!(empty.status, 422, "a word is wanted");
    let back = li.post("/unit/1", &[("do", "return"), ("rev", &rev), ("comment", "写明路段")]).await;
    assert_eq!(back.status, 303, "{}", back.text());
    assert!(wang.get("/unit").await.text().contains("写明路段"));
    let longer = format!("{BODY}路段长约300米。");
    let again = fill(&mut wang, "/report?draft=1", &[("body", &longer), ("name", "王勃")]).await;
    assert_eq!(again.header("location"), "/unit?done=submitted", "{}", again.text());
    let stale = li.post("/unit/1", &[("do", "pass"), ("rev", &rev)]).await;
    assert_eq!(stale.status, 409, "another text than was read");
    let rev = hidden(&li.get("/unit").await.text(), "rev");
    let passed = li.post("/unit/1", &[("do", "pass"), ("rev", &rev)]).await;
    assert_eq!(passed.status, 303, "{}", passed.text());
    assert_eq!(app.settle().await["counts"]["items"], 1);
    assert!(wang.get("/mine").await.text().contains("建议增设路灯"), "it is the author's too");

    // In one's own name it is passed as well, and does not become the unit's.
    let own =
        fill(&mut wang, "/report", &[("name", "王勃"), ("title", "个人的一件"), ("as_unit", "0")]).await;
    assert_eq!(own.header("location"), "/unit?done=submitted", "{}", own.text());
    let seen = li.get("/unit").await.text();
    assert!(seen.contains("本人名义"), "{seen}");
    let passed = li.post("/unit/2", &[("do", "pass"), ("rev", &hidden(&seen, "rev"))]).await;
    assert_eq!(passed.status, 303, "{}", passed.text());
    // The author leaves; the unit keeps what was sent in its name.
    keeper.get(&path).await;
    assert_eq!(keeper.post(&people, &[("do", "leave"), ("account", "wang")]).await.status, 303);
    assert_eq!(wang.get("/unit").await.status, 404);
    let kept = li.get("/unit").await.text();
    assert!(kept.contains("建议增设路灯") && !kept.contains("个人的一件"), "{kept}");
    app.finish().await;
}

#[tokio::test]
async fn a_co_signer_is_told_says_not_me_and_the_editor_sees_it() {
    let app = TestApp::start().await;
    let mut keeper = Browser::signed_in(&app, "chen", &["system"]).await;
    let mut editor = Browser::signed_in(&app, "zhang", &["editor"]).await;
    let mut wang = Browser::signed_in(&app, "wang", &["contributor"]).await;
    let no = enter(&mut keeper, &[("name", "王勃"), ("post_unit", "某中学")]).await;
    let path = format!("/contributors/{no}");
    let rev = hidden(&keeper.get(&path).await.text(), "rev");
    let bound = keeper.post(&format!("{path}/account"), &[("rev", &rev), ("account", "wang")]).await;
    assert_eq!(bound.status, 303, "{}", bound.text());
    let source = app.add_source("demo", &["submit"]).await;
    let signed = json!([{ "name": "王勃", "unit": "某中学" }, { "name": "杨炯" }]);
    let sent = item("1", "建议增设路灯", BODY).from("钟离意", "某街道").with("co_contributors", signed);
    let ids = app.post_all(&source, &[sent]).await;
    app.settle().await;
    let told = wang.get("/mine").await.text();
    assert!(told.contains("钟离意 报送") && told.contains("不是我"), "{told}");
    let denied = wang.post(&format!("/mine/{}/not-me", ids[0]), &[]).await;
    assert_eq!(denied.status, 303, "{}", denied.text());
    assert!(wang.get("/mine").await.text().contains("已说明不是本人"));
    let page = editor.get(&format!("/items/{}", ids[0])).await.text();
    assert!(page.contains("本人表示：不是我") && page.contains("表示不是本人，不再署名"), "{page}");
    let made = editor.post(&format!("/items/{}/manuscript", ids[0]), &[("series", "opinion")]).await;
    let manuscript = editor.get(made.header("location")).await.text();
    assert!(manuscript.contains("钟离意（某街道）、杨炯") && !manuscript.contains("王勃"), "{manuscript}");
    app.finish().await;
}

#[tokio::test]
async fn programs_keep_the_registry_with_the_same_rights_and_masks() {
    let app = TestApp::start().await;
    let keeper = person(&app, "chen", &["system"]).await;
    let editor = person(&app, "zhang", &["editor"]).await;
    let path = "/api/v1/desk/contributors";
    let fields = json!({ "form": "person", "name": "张三", "phone": "13800000001", "sector": "教育界",
        "posts": [{ "unit": "某大学", "post": "教授", "from": "2020-01-01" }] });
    let made = keeper.post(path, fields.to_string()).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let no = number(&made.json(), "/no");
    let one = format!("{path}/{no}");
    let shown = editor.get(&one).await.ok();
    assert!(text(&shown, "/sector") == "教育界" && text(&shown, "/phone") != "13800000001", "{shown}");
    assert!(
        keeper.get(&one).await.ok().get("sector").is_none(),
        "what is sensitive is for who has the right"
    );
    let revealed = editor.post(&format!("{one}/reveal"), "{}").await.ok();
    assert_eq!(text(&revealed, "/phone"), "13800000001");
    editor
        .post(&format!("{one}/retire"), json!({ "rev": 1, "retired": true }).to_string())
        .await
        .refused(403, "right_missing");
    let change = json!({ "rev": 1, "district": "某区" }).to_string();
    let changed = keeper.call(hyper::Method::PUT, &one, &[], change.clone()).await.ok();
    assert_eq!((text(&changed, "/district"), number(&changed, "/rev")), ("某区", 2));
    keeper.call(hyper::Method::PUT, &one, &[], change).await.refused(409, "stale");
    assert_eq!(list(&editor.get(&format!("{path}?words=zs")).await.ok(), "").len(), 1);
    let source = app.add_source("demo", &["submit"]).await;
    let ids = app.post_all(&source, &[item("1", "建议增设路灯", BODY).from("张三", "某医院")]).await;
    app.settle().await;
    let link = json!({ "name": "张三", "reporter": no }).to_string();
    editor.post(&format!("/api/v1/desk/items/{}/contributors", ids[0]), link).await.ok();
    assert_eq!(number(&editor.get(&one).await.ok(), "/sent"), 1);
    app.finish().await;
}

#[tokio::test]
async fn programs_bring_in_a_list_and_say_that_two_are_two() {
    let app = TestApp::start().await;
    let keeper = person(&app, "chen", &["system"]).await;
    let editor = person(&app, "zhang", &["editor"]).await;
    let path = "/api/v1/desk/contributors";
    let file = book(&[
        &["姓名", "工作单位", "类别", "电话"],
        &["张三", "某大学", "委员", "13800000001"],
        &["张叁", "某公司", "委员", "13800000001"],
        &["王五", "某医院", "会员", ""],
    ]);
    let look = format!("{path}/import?name=a.xlsx");
    let read = keeper.call(hyper::Method::POST, &look, &[], file.clone()).await.ok();
    let standings: Vec<&str> = list(&read, "/rows").iter().map(|row| text(row, "/standing")).collect();
    assert_eq!(standings, ["added", "added", "wrong"], "{read}");
    assert!(text(&read, "/rows/2/told").contains("没有类别"), "{read}");
    assert_eq!(list(&keeper.get(path).await.ok(), "").len(), 0, "nothing before it is confirmed");
    editor.call(hyper::Method::POST, &look, &[], file.clone()).await.refused(403, "right_missing");
    keeper.post(&format!("{path}/import"), "").await.refused(400, "bad_query");
    keeper.call(hyper::Method::POST, &look, &[], "text").await.refused(422, "invalid");

    let take = format!("{path}/import/take");
    keeper.post(&take, "{}").await.refused(422, "invalid");
    let rows: Vec<_> = (0..2).map(|at| json!({ "listed": read["rows"][at]["listed"] })).collect();
    let entered = keeper.post(&take, json!({ "rows": rows }).to_string()).await.ok();
    assert_eq!(entered, json!({ "added": 2, "changed": 0, "ended": 0 }));
    let again = keeper.call(hyper::Method::POST, &look, &[], file).await.ok();
    assert_eq!(text(&again, "/rows/0/standing"), "same", "{again}");

    let doubles = format!("{path}/doubles");
    let found = keeper.get(&doubles).await.ok();
    assert_eq!(text(&found, "/pairs/0/why"), "电话相同", "{found}");
    let pair = |distinct: bool| json!({ "one": 1, "two": 2, "distinct": distinct }).to_string();
    let said = keeper.post(&doubles, pair(true)).await.ok();
    assert!(list(&said, "/pairs").is_empty() && list(&said, "/distinct").len() == 1, "{said}");
    assert_eq!(list(&keeper.post(&doubles, pair(false)).await.ok(), "/pairs").len(), 1);
    keeper
        .post(&doubles, json!({ "one": 1, "two": 9, "distinct": true }).to_string())
        .await
        .refused(404, "not_found");
    app.finish().await;
}
