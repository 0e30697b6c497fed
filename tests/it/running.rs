//! The pages for running it, the ledgers, and searches that are kept.

use crate::support::{Browser, Client, TestApp, between, item};

#[tokio::test]
async fn a_source_is_registered_its_token_shown_once_and_revoked() {
    let app = TestApp::start().await;
    let mut admin = Browser::signed_in(&app, "sys", &["system"]).await;
    assert!(admin.get("/sources").await.text().contains("还没有来稿渠道"));
    let wrong = admin.post("/sources", &[("id", "Wrong Code")]).await;
    assert_eq!(wrong.status, 422, "{}", wrong.text());
    let added =
        admin.post("/sources", &[("id", "yubei"), ("title", "渝北区政协"), ("scope", "submit")]).await.text();
    let token = between(&added, "<code class=\"long\">", "</code>").expect("a token");
    assert!(!admin.get("/sources").await.text().contains(&token), "it is shown once");
    let source = Client::tcp(app.address(), Some(&token));
    let taken = source.post("/api/v1/items", item("1", "建议增设路灯", "翠柏苑缺路灯。").json()).await;
    assert_eq!(taken.status, 202, "{}", taken.text());
    assert_eq!(admin.post("/sources/yubei/revoke", &[]).await.status, 303);
    let refused = source.post("/api/v1/items", item("2", "建议增设路灯", "翠柏苑缺路灯。").json()).await;
    assert_eq!(refused.status, 401);
    assert!(admin.get("/dead").await.text().contains("没有异常来稿"));
    assert_eq!(admin.get("/dead/99").await.status, 404);
    let page = admin.get("/system").await.text();
    assert!(page.contains("来稿总数") && page.contains("编辑 → 审核 → 签发"), "{page}");
    app.finish().await;
}

#[tokio::test]
async fn ledgers_and_hits_are_taken_out_by_who_may_and_it_is_logged() {
    let app = TestApp::start().await;
    let source = app.add_source("desk", &["submit", "read"]).await;
    app.post_all(
        &source,
        &[item("1", "=路灯1+1", "翠柏苑缺路灯，电话13812345678。").from("钟离意", "某街道")],
    )
    .await;
    app.settle().await;
    let mut editor = Browser::signed_in(&app, "zhang", &["editor"]).await;
    let mut reader = Browser::signed_in(&app, "wang", &["reader"]).await;
    let all = "from=2020-01-01&to=2099-12-31";
    assert_eq!(reader.get(&format!("/ledger?{all}")).await.status, 403);
    let csv = editor.get(&format!("/ledger?{all}&format=csv")).await.text();
    assert!(
        csv.contains("导出人：zhang先生") && csv.contains("\"'=路灯1+1\"") && csv.contains("某街道"),
        "{csv}"
    );
    let xlsx = editor.get(&format!("/ledger?{all}&which=issued")).await;
    assert!(xlsx.status == 200 && xlsx.body.starts_with(b"PK"), "{}", xlsx.status);
    let turned = editor.get("/ledger?from=2026-02-01&to=2026-01-01").await;
    assert!(turned.status == 422 && turned.text().contains("请对调"), "{}", turned.text());
    assert_eq!(editor.get("/ledger?from=x&to=2026-01-01").await.status, 422);
    let hits = editor.get("/search/list?q=%E8%B7%AF%E7%81%AF&format=csv").await.text();
    assert!(
        hits.contains("检索式：路灯") && hits.contains("某街道") && !hits.contains("13812345678"),
        "{hits}"
    );
    assert_eq!(editor.get("/search/list?q=").await.status, 422);
    let mut auditor = Browser::signed_in(&app, "audit", &["audit"]).await;
    assert!(auditor.get("/log?kind=list").await.text().contains("导出：来稿台账"));
    app.finish().await;
}

#[tokio::test]
async fn a_search_is_kept_under_a_name_for_its_owner_alone() {
    let app = TestApp::start().await;
    let mut editor = Browser::signed_in(&app, "zhang", &["editor"]).await;
    let mut other = Browser::signed_in(&app, "wang", &["editor"]).await;
    editor.get("/search?q=%E8%B7%AF%E7%81%AF").await;
    let fields = [("do", "keep"), ("name", "路灯照明"), ("query", "q=%E8%B7%AF%E7%81%AF&tab=&sort=newest")];
    let kept = editor.post("/searches", &fields).await;
    assert_eq!(kept.status, 303, "{}", kept.text());
    assert!(kept.header("location").starts_with("/search?q="));
    assert!(editor.get("/search").await.text().contains("路灯照明"));
    assert!(!other.get("/search").await.text().contains("路灯照明"));
    let nameless = editor.post("/searches", &[("do", "keep"), ("name", ""), ("query", "q=x")]).await;
    assert_eq!(nameless.status, 422);
    // What is kept leads nowhere else.
    let away = editor.post("/searches", &[("do", "keep"), ("name", "a"), ("query", "//evil.example")]).await;
    assert!(away.header("location").starts_with("/search?"));
    editor.post("/searches", &[("do", "forget"), ("name", "路灯照明"), ("query", "q=x")]).await;
    assert!(!editor.get("/search").await.text().contains("路灯照明"));
    let advanced = editor.get("/search?q=&title=%E8%B7%AF&reporter=%E9%92%9F&from=2026-01-01").await;
    assert!(advanced.status == 200 && advanced.text().contains("标题:路 反映人:钟 日期:2026-01-01.."));
    app.finish().await;
}
