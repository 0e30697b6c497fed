//! 采用 and 批示 by a person's own program: read by whom they are for, registered, corrected and withdrawn.

use hyper::Method;
use serde_json::{Value, json};

use crate::desk_api::{person, post};
use crate::support::{TestApp, item, list, number, text};

fn noted() -> Value {
    json!({ "kind": "instructed", "level": "city", "outlet": "", "date": "2026-01-08", "by": "某领导",
            "wording": "请城管部门研办", "readers": "heads" })
}

fn with(mut body: Value, more: &[(&str, Value)]) -> Value {
    for (name, value) in more {
        body[*name] = value.clone();
    }
    body
}

#[tokio::test]
async fn a_program_registers_corrects_and_withdraws_and_reads_no_more_than_its_owner() {
    let app = TestApp::start().await;
    let source = app.add_source("demo", &["submit"]).await;
    let body = "翠柏苑北门到菜市场一段没有照明，建议增设路灯。";
    let ids = app.post_all(&source, &[item("1", "建议增设路灯", body)]).await;
    app.settle().await;
    let editor = person(&app, "zhang", &["editor"]).await;
    let head = person(&app, "li", &["reviewer"]).await;
    let reader = person(&app, "zhou", &["reader"]).await;
    let wanted = json!({ "items": ids, "outlet": "series", "series": "opinion" });
    let made = post(&editor, "/api/v1/desk/manuscripts", wanted).await.json();
    let path = format!("/api/v1/desk/manuscripts/{}/outcomes", text(&made, "/id"));
    let one = "/api/v1/desk/outcomes/1";
    assert_eq!(reader.get(&path).await.ok(), json!([]));

    post(&reader, &path, noted()).await.refused(403, "right_missing");
    let nobody = post(&head, &path, with(noted(), &[("by", json!(""))])).await;
    assert!(nobody.status == 422 && nobody.text().contains("请填写批示人"), "{}", nobody.text());
    let entered = post(&head, &path, noted()).await;
    assert_eq!(entered.status, 201, "{}", entered.text());
    assert_eq!(entered.json(), json!({ "no": 1, "rev": 1 }));

    for place in [path.as_str(), "/api/v1/desk/outcomes", one] {
        let seen = head.get(place).await.ok().to_string();
        assert!(seen.contains("请城管部门研办") && seen.contains("某领导"), "{place}: {seen}");
        for other in [&editor, &reader] {
            let seen = other.get(place).await.ok().to_string();
            assert!(seen.contains("instructed") && seen.contains("\"withheld\":true"), "{place}: {seen}");
            assert!(!seen.contains("请城管") && !seen.contains("某领导"), "{place}: {seen}");
        }
    }
    let put = async |client: &crate::support::Client, body: Value| {
        client.call(Method::PUT, one, &[], body.to_string()).await
    };
    let change =
        with(noted(), &[("rev", json!(1)), ("comment", json!("补正")), ("wording", json!("请速办"))]);
    put(&editor, change.clone()).await.refused(403, "forbidden");
    let withdrawal = json!({ "rev": 1, "comment": "登记有误" });
    let withdraw = format!("{one}/withdraw");
    post(&editor, &withdraw, withdrawal.clone()).await.refused(403, "forbidden");
    let silent = put(&head, with(change.clone(), &[("comment", json!(" "))])).await;
    assert!(silent.status == 422 && silent.text().contains("缘由"), "{}", silent.text());
    let corrected = put(&head, change.clone()).await.ok();
    assert_eq!((number(&corrected, "/rev"), text(&corrected, "/wording")), (2, "请速办"));
    assert_eq!(text(&corrected, "/versions/0/wording"), "请城管部门研办", "what it said before stays");
    let seen = editor.get(one).await.ok();
    assert!(list(&seen, "/versions").len() == 2 && !seen.to_string().contains("办\""), "{seen}");
    put(&head, change).await.refused(409, "stale");
    post(&head, &withdraw, withdrawal).await.refused(409, "stale");
    let gone = post(&head, &withdraw, json!({ "rev": 2, "comment": "登记有误" })).await.ok();
    assert!(gone["withdrawn_at"].is_string(), "{gone}");
    assert_eq!(reader.get("/api/v1/desk/outcomes").await.ok(), json!([]));
    let all = reader.get("/api/v1/desk/outcomes?withdrawn=true&level=city&kind=instructed").await.ok();
    assert_eq!(number(&all, "/0/no"), 1);
    let elsewhere = reader.get("/api/v1/desk/outcomes?withdrawn=true&level=national").await.ok();
    assert_eq!(elsewhere, json!([]));
    reader.get("/api/v1/desk/outcomes?level=moon").await.refused(400, "bad_query");
    head.get(&format!("{one}/scan")).await.refused(404, "not_found");
    reader.get(&format!("{one}/scan")).await.refused(403, "forbidden");
    app.finish().await;
}
