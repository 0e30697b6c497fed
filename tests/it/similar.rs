//! The same matter in other words is set beside an item, with the reason, and what was issued is said in one sentence.

use serde_json::{Value, json};

use crate::support::{Client, TestApp, list, matters, number, text, texts};

/// Among a dozen items no word is known to be rare, so scores are lower than in an office.
const LOW: f64 = 0.1;

async fn similar(client: &Client, id: &str) -> Value {
    client.get(&format!("/api/v1/items/{id}/similar")).await.ok()
}

/// A digit as it comes out of a Chinese keyboard.
fn full_width(c: char) -> char {
    if c.is_ascii_digit() { char::from_u32(u32::from(c) + 0xFEE0).unwrap_or(c) } else { c }
}

async fn filled(app: &TestApp) -> (Client, Vec<String>) {
    let client = app.add_source("desk", &["submit", "read", "edit", "issue"]).await;
    let items = [matters::plant(), matters::others()].concat();
    let ids = app.post_all(&client, &items).await;
    app.settle().await;
    (client, ids)
}

#[tokio::test]
async fn the_same_matter_in_other_words_is_found_with_its_reason_and_nothing_else_is() {
    let app = TestApp::start_with(|config| config.group.same_matter_threshold = LOW).await;
    let (client, ids) = filled(&app).await;
    let found = similar(&client, &ids[1]).await;
    let mut kin = texts(&found, "/same_matter", "id");
    kin.sort();
    let mut wanted = vec![ids[0].clone(), ids[2].clone()];
    wanted.sort();
    assert_eq!(kin, wanted, "{found:#}");
    assert!(list(&found, "/links").is_empty());
    for row in list(&found, "/same_matter") {
        assert!((LOW..=1.0).contains(&row["score"].as_f64().expect("a score")));
        let reasons = row["reasons"].to_string();
        assert!(reasons.contains("搅拌站") && reasons.contains("某街道"), "{reasons}");
        assert!(list(row, "/issued").is_empty() && row["verdict"].is_null());
    }
    // An earlier item that was not issued is said to be that; the news of this text is quoted.
    assert!(text(&found, "/summary").starts_with("此事已有同类来稿1件，最早为"), "{found:#}");
    assert!(text(&found, "/summary").contains("均未编发；本稿新增："), "{found:#}");
    assert!(found["new_sentences"].to_string().contains("取样"), "{found:#}");
    let alone = similar(&client, &ids[3]).await;
    assert!(list(&alone, "/same_matter").is_empty() && alone["summary"].is_null(), "{alone:#}");
    let unknown = client.get("/api/v1/items/0000000000000000000000000000000000/similar").await;
    assert!((400..500).contains(&unknown.status));
    app.finish().await;
}

#[tokio::test]
async fn what_was_issued_is_said_with_its_number_and_its_contributor() {
    let app = TestApp::start_with(|config| config.group.same_matter_threshold = LOW).await;
    let (client, ids) = filled(&app).await;
    let request = json!({ "series": "opinion", "items": [&ids[0]] });
    let compiled = client.post("/api/v1/bulletins", request.to_string()).await.ok();
    let path = format!("/api/v1/bulletins/{}/issue", text(&compiled, "/id"));
    let issued = client.post(&path, json!({ "signer": "左丘明" }).to_string()).await.ok();
    app.settle().await;
    let found = similar(&client, &ids[1]).await;
    let (year, no) = (number(&issued, "/number/year"), number(&issued, "/number/number"));
    let cited = format!("{year}年第{no}期");
    let row = list(&found, "/same_matter").iter().find(|row| row["id"] == ids[0].as_str());
    assert!(row.expect("the issued item")["issued"].to_string().contains(&cited), "{found:#}");
    let summary = text(&found, "/summary");
    assert!(summary.contains(&format!("{cited}已编发（钟离意）；本稿新增：")), "{summary}");
    // Asked for as people write it, in whatever width.
    let wide: String = format!("{year}年{no}期").chars().map(full_width).collect();
    for asked in [format!("{year}年{no}期"), cited.clone(), wide] {
        assert_eq!(texts(&client.search(&asked, "").await, "/hits", "id"), [ids[0].clone()], "{asked}");
    }
    // A leader's note on it belongs into the sentence, and goes from it when it is withdrawn; its wording never stands there.
    let manuscript = text(&compiled, "/manuscripts/0/id");
    let note = json!({ "kind": "instructed", "level": "city", "outlet": "", "by": "某领导", "date": "2026-01-20",
        "wording": "请某部门阅研", "readers": "office" });
    let path = format!("/api/v1/manuscripts/{manuscript}/outcomes");
    let entered = client.post(&path, note.to_string()).await;
    assert_eq!(entered.status, 201, "{}", entered.text());
    let entered = entered.json();
    let found = similar(&client, &ids[1]).await;
    let summary = text(&found, "/summary");
    assert!(
        summary.contains("已编发（钟离意），有批示；本稿新增：") && !summary.contains("阅研"),
        "{summary}"
    );
    let gone = json!({ "rev": number(&entered, "/rev"), "comment": "登记错了" });
    client
        .post(&format!("/api/v1/outcomes/{}/withdraw", number(&entered, "/no")), gone.to_string())
        .await
        .ok();
    assert!(!text(&similar(&client, &ids[1]).await, "/summary").contains("有批示"));
    app.finish().await;
}
