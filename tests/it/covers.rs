//! 代理: tasks and rights of who is away, with the record saying who stood in for whom.

use crate::support::{Browser, TestApp, between, item};

const BODY: &str = "翠柏苑北门到菜市场一段没有照明，老人夜间摔倒过几次。建议增设路灯。";

async fn arrange(browser: &mut Browser, deputy: &str, from: &str, until: &str) -> crate::support::Answer {
    browser.get("/account").await;
    browser.post("/account/cover", &[("deputy", deputy), ("from", from), ("until", until)]).await
}

/// Sends the form of a manuscript as it stands.
async fn act(browser: &mut Browser, path: &str, what: &str, comment: &str) -> crate::support::Answer {
    let page = browser.get(path).await.text();
    let rev = between(&page, "name=\"rev\" value=\"", "\"").unwrap_or_else(|| "1".to_owned());
    let step = between(&page, "name=\"step\" value=\"", "\"").unwrap_or_default();
    let fields = [
        ("rev", rev.as_str()),
        ("step", &step),
        ("title", "建议增设路灯"),
        ("body", BODY),
        ("credit", "某街道"),
        ("do", what),
        ("comment", comment),
    ];
    browser.post(path, &fields).await
}

#[tokio::test]
async fn whoever_stands_in_reviews_and_signs_and_the_record_says_for_whom() {
    let app = TestApp::start().await;
    let source = app.add_source("desk", &["submit", "read"]).await;
    let ids = app.post_all(&source, &[item("1", "建议增设路灯", BODY)]).await;
    app.settle().await;
    let mut editor = Browser::signed_in(&app, "zhang", &["editor"]).await;
    let mut head = Browser::signed_in(&app, "li", &["reviewer"]).await;
    let mut chief = Browser::signed_in(&app, "zhao", &["signer"]).await;
    let mut deputy = Browser::signed_in(&app, "wang", &["editor"]).await;
    editor.get(&format!("/items/{}", ids[0])).await;
    let made = editor.post(&format!("/items/{}/manuscript", ids[0]), &[("series", "opinion")]).await;
    let path = made.header("location").to_owned();
    assert_eq!(act(&mut editor, &path, "submit", "").await.status, 303);

    // Without an arrangement the deputy may not pass it, and does not see it among the tasks.
    assert_eq!(act(&mut deputy, &path, "pass", "").await.status, 403);
    assert!(!deputy.get("/tasks").await.text().contains("建议增设路灯"));
    let today = minyi::model::Timestamp::from_micros(
        i64::try_from(std::time::SystemTime::UNIX_EPOCH.elapsed().expect("after 1970").as_micros())
            .expect("fits"),
    )
    .date()
    .to_string();
    assert_eq!(arrange(&mut head, "wang", &today, &today).await.header("location"), "/account?done=cover");
    assert!(head.get("/account").await.text().contains("由<b>wang先生</b>代理"));
    assert!(deputy.get("/tasks").await.text().contains("建议增设路灯"), "the tasks moved");
    assert!(deputy.get("/account").await.text().contains("我正在代理"));
    let passed = act(&mut deputy, &path, "pass", "同意").await;
    assert_eq!(passed.status, 303, "{}", passed.text());
    assert!(editor.get(&path).await.text().contains("（代li先生）同意"));

    // Signing, in place of the signer; the issue says so.
    let id = path.rsplit('/').next().expect("an id").to_owned();
    editor.get("/issues").await;
    let issue = editor.post("/issues", &[("series", "opinion"), ("manuscript", &id)]).await;
    let issue = issue.header("location").to_owned();
    deputy.get(&issue).await;
    assert_eq!(deputy.post(&format!("{issue}/sign"), &[]).await.status, 403);
    arrange(&mut chief, "wang", &today, &today).await;
    deputy.get(&issue).await;
    let signed = deputy.post(&format!("{issue}/sign"), &[]).await;
    assert_eq!(signed.status, 303, "{}", signed.text());
    assert!(editor.get(&issue).await.text().contains("wang先生（代zhao先生）"));

    // Ended, it is over at once, and the log has both.
    assert_eq!(
        chief.post("/account/cover", &[("do", "end")]).await.header("location"),
        "/account?done=cover_end"
    );
    assert_eq!(deputy.post(&format!("{issue}/sign"), &[]).await.status, 403);
    let mut auditor = Browser::signed_in(&app, "audit", &["audit"]).await;
    let log = auditor.get("/log").await.text();
    assert!(log.contains("安排代理") && log.contains("结束代理"), "{log}");
    app.finish().await;
}

#[tokio::test]
async fn nobody_reviews_an_edit_of_whom_they_stand_in_for() {
    let app = TestApp::start().await;
    let source = app.add_source("desk", &["submit", "read"]).await;
    let ids = app.post_all(&source, &[item("1", "建议增设路灯", BODY)]).await;
    app.settle().await;
    let mut head = Browser::signed_in(&app, "li", &["reviewer"]).await;
    let mut deputy = Browser::signed_in(&app, "wang", &["editor"]).await;
    head.get(&format!("/items/{}", ids[0])).await;
    let made = head.post(&format!("/items/{}/manuscript", ids[0]), &[("series", "opinion")]).await;
    let path = made.header("location").to_owned();
    assert_eq!(act(&mut head, &path, "submit", "").await.status, 303);
    arrange(&mut head, "wang", "2026-01-01", "2099-01-01").await;
    assert_eq!(arrange(&mut head, "wang", "2026-11-01", "2027-10-31").await.status, 303);
    let refused = act(&mut deputy, &path, "pass", "").await;
    assert!(refused.status == 403 && refused.text().contains("所代理的人编过此稿"), "{}", refused.text());
    app.finish().await;
}

#[tokio::test]
async fn an_arrangement_that_cannot_be_is_refused_with_the_reason() {
    let app = TestApp::start().await;
    let mut head = Browser::signed_in(&app, "li", &["reviewer"]).await;
    let _admin = Browser::signed_in(&app, "sec", &["security"]).await;
    let _other = Browser::signed_in(&app, "wang", &["editor"]).await;
    for (deputy, from, until, why) in [
        ("wang", "2099-01-02", "2099-01-01", "请对调"),
        ("wang", "2020-01-01", "2020-01-02", "结束日期已过"),
        ("wang", "2098-01-01", "2099-12-31", "最长"),
        ("wang", "明天", "2099-01-01", "开始日期须为日期"),
        ("li", "2099-01-01", "2099-01-02", "另一位同事"),
        ("sec", "2099-01-01", "2099-01-02", "管理员账户"),
    ] {
        let refused = arrange(&mut head, deputy, from, until).await;
        assert!(refused.status == 422 && refused.text().contains(why), "{why}: {}", refused.text());
    }
    assert_eq!(arrange(&mut head, "nobody", "2099-01-01", "2099-01-02").await.status, 404);
    assert_eq!(head.post("/account/cover", &[("do", "end")]).await.status, 404);
    app.finish().await;
}
