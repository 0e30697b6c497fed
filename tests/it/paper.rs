//! What an office adds to a proof or keeps beside an issue: pictures, corrections, numbered copies, originals, samples.

use std::io::Cursor;

use hyper::Method;
use image::{DynamicImage, ImageFormat, RgbImage};
use serde_json::{Value, json};

use crate::support::{Client, TestApp, item, list, number, text, texts};

async fn desk(app: &TestApp) -> (Client, Vec<String>) {
    let client = app.add_source("desk", &["submit", "read", "edit", "issue"]).await;
    let items: Vec<_> = (1..=2)
        .map(|n| {
            let title = format!("关于修复第{n}号道路的建议");
            item(&n.to_string(), &title, "道路坑洼已有两年。\n井盖松动。\n建议尽快修复。")
                .from("钟离意", "某街道")
        })
        .collect();
    let ids = app.post_all(&client, &items).await;
    app.settle().await;
    (client, ids)
}

async fn proof(client: &Client, series: &str, items: &[String], more: Value) -> Value {
    let mut request = json!({ "series": series, "items": items });
    for (key, value) in more.as_object().into_iter().flatten() {
        request[key] = value.clone();
    }
    client.post("/api/v1/bulletins", request.to_string()).await.ok()
}

async fn issue(client: &Client, id: &str) -> Value {
    client
        .post(&format!("/api/v1/bulletins/{id}/issue"), json!({ "signer": "左丘明" }).to_string())
        .await
        .ok()
}

fn drawing() -> Vec<u8> {
    let mut file = Vec::new();
    let drawn = RgbImage::from_fn(600, 300, |x, y| {
        image::Rgb([u8::try_from(x % 256).expect("byte"), 60, u8::try_from(y % 256).expect("byte")])
    });
    DynamicImage::from(drawn).write_to(&mut Cursor::new(&mut file), ImageFormat::Png).expect("png");
    file
}

#[tokio::test]
async fn a_picture_is_printed_where_the_text_calls_it_and_frozen_with_the_issue() {
    let app = TestApp::start().await;
    let (client, ids) = desk(&app).await;
    let made = proof(&client, "opinion", &ids[..1], json!({})).await;
    let id = text(&made, "/id");
    let path = format!("/api/v1/bulletins/{id}/pictures?name=%E4%BA%95.png&caption=%E4%BA%95%E7%9B%96");
    client.post(&path, "not a picture").await.refused(422, "invalid");
    let shown = client.post(&path, drawing()).await.ok();
    assert_eq!(number(&shown, "/manuscripts/0/pictures/0/number"), 1);
    assert!(text(&shown, "/manuscripts/0/texts/body").ends_with("建议尽快修复。\n【图1】井盖"));
    // The editor moves it up; a second mark has no picture yet, which is said.
    let body = "道路坑洼已有两年。\n【图1】井盖\n【图2】\n建议尽快修复。";
    let change = json!({ "body": body, "comment": "附图移到第一段之后" }).to_string();
    let moved = client.post(&format!("/api/v1/bulletins/{id}/correct"), change).await.ok();
    assert!(list(&moved, "/warnings")[0].as_str().is_some_and(|why| why.contains("【图2】")), "{moved:#}");
    let second = client.post(&format!("/api/v1/bulletins/{id}/pictures?name=b.png"), drawing()).await.ok();
    assert!(!second["warnings"].to_string().contains("附图"), "{second:#}");
    let html = client.get(&format!("/api/v1/bulletins/{id}/proof")).await.text();
    assert!(
        html.contains("<figcaption>图1　井盖</figcaption>") && html.matches("data:image/png").count() == 2
    );
    let issued = issue(&client, id).await;
    let verified = client.get(&format!("/api/v1/bulletins/{id}/verify")).await.ok();
    assert!(verified["ok"] == true, "{verified:#}");
    assert!(list(&verified, "/files").iter().all(|file| file["same_again"] == true), "{verified:#}");
    let late = client.post(&path, drawing()).await;
    assert!(late.refused(422, "invalid").contains("已编发"), "{issued:#}");
    app.finish().await;
}

#[tokio::test]
async fn the_signer_is_shown_what_was_corrected() {
    let app = TestApp::start().await;
    let (client, ids) = desk(&app).await;
    let made = proof(&client, "opinion", &ids[..1], json!({})).await;
    let id = text(&made, "/id");
    assert!(made["manuscripts"][0].get("corrections").is_none(), "{made:#}");
    let change =
        json!({ "body": "道路坑洼已有三年。\n井盖松动。\n建议尽快修复。", "comment": "年限核实为三年" });
    let shown = client.post(&format!("/api/v1/bulletins/{id}/correct"), change.to_string()).await.ok();
    let correction = &shown["manuscripts"][0]["corrections"][0];
    assert_eq!((text(correction, "/action"), text(correction, "/comment")), ("清样改动", "年限核实为三年"));
    assert_eq!(
        correction["changes"],
        json!([{ "part": "正文", "before": "道路坑洼已有两年。", "after": "道路坑洼已有三年。" }])
    );
    app.finish().await;
}

#[tokio::test]
async fn a_series_may_keep_each_numbered_copy_in_a_file_of_its_own_and_shows_a_sample() {
    let app = TestApp::start_with(|config| {
        let dir = config.data.dir.join("series");
        std::fs::create_dir_all(&dir).expect("a folder");
        let own = "id = \"letters\"\nname = \"要情专送\"\nkind = \"single\"\nunit = \"某市政协办公厅\"\ncopies = 3\n\
            copy_numbers = true\ncopy_files = \"each\"\n[numbering]\n[recipients]\nreport = [\"市委办公厅\"]\n";
        std::fs::write(dir.join("letters.toml"), own).expect("written");
        config.bulletin.series_dir = dir;
    })
    .await;
    let (client, ids) = desk(&app).await;
    let sample = client.get("/api/v1/series/letters/preview").await;
    assert!(sample.header("content-type").starts_with("text/html") && sample.text().contains("要情专送"));
    assert!(client.get("/api/v1/series/letters/preview?format=pdf").await.body.starts_with(b"%PDF"));
    client.get("/api/v1/series/letters/preview?format=wps").await.refused(422, "invalid");
    let made = proof(&client, "letters", &ids[..1], json!({})).await;
    let issued = issue(&client, text(&made, "/id")).await;
    let formats = texts(&issued, "/files", "format");
    let copies: Vec<&String> = formats.iter().filter(|format| format.starts_with("copy-")).collect();
    assert_eq!(copies, ["copy-000001.pdf", "copy-000002.pdf", "copy-000003.pdf"]);
    let second =
        client.get(&format!("/api/v1/bulletins/{}/files/copy-000002.pdf", text(&issued, "/id"))).await;
    assert_eq!(second.header("content-type"), "application/pdf");
    let verified = client.get(&format!("/api/v1/bulletins/{}/verify", text(&issued, "/id"))).await.ok();
    assert!(list(&verified, "/files").iter().all(|file| file["same_again"] == true), "{verified:#}");
    app.finish().await;
}

#[tokio::test]
async fn the_file_of_a_past_issue_is_kept_and_never_changed() {
    let app = TestApp::start().await;
    let (client, ids) = desk(&app).await;
    let past = json!({ "series": "opinion", "number": 7, "date": "2025-01-02", "articles": [{
        "title": "关于治理江岸夜间噪声的建议",
        "body": "据市民反映，江岸夜间施工噪声扰民，投诉处置周期较长。建议明确时段，联合执法。" }] });
    let taken = client.post("/api/v1/bulletins/past", past.to_string()).await.ok();
    let path = format!("/api/v1/bulletins/{}", text(&taken, "/id"));
    let original = format!("{path}/original?name=%E7%AC%AC7%E6%9C%9F.docx");
    client.post(&original, "PK the file").await.ok();
    client.post(&original, "PK the file").await.ok();
    assert!(client.post(&original, "PK another").await.refused(422, "invalid").contains("第7期.docx"));
    let file = client.get(&format!("{path}/files/original")).await;
    assert_eq!(file.text(), "PK the file");
    assert!(file.header("content-type").contains("wordprocessingml"));
    let made = proof(&client, "opinion", &ids[..1], json!({})).await;
    let own = format!("/api/v1/bulletins/{}/original?name=a.docx", text(&made, "/id"));
    client.post(&own, "PK the file").await.refused(422, "invalid");
    let unsaid = client.call(Method::POST, &format!("{path}/original"), &[], "PK").await;
    assert_eq!(unsaid.status, 400);
    app.settle().await;
    app.finish().await;
}

#[tokio::test]
async fn a_query_finds_more_items_than_one_page_of_hits() {
    let app = TestApp::start().await;
    let client = app.add_source("desk", &["submit", "read", "edit", "issue"]).await;
    let items: Vec<_> = (1..=55)
        .map(|n| {
            let body = format!("第{n}处井盖松动，第{n}条道路坑洼。建议尽快修复。");
            item(&n.to_string(), &format!("关于修复第{n}处井盖的建议"), &body).from("钟离意", "某街道")
        })
        .collect();
    app.post_all(&client, &items).await;
    app.settle().await;
    let request = json!({ "series": "opinion-composite", "query": "井盖", "limit": 50 });
    let made = client.post("/api/v1/bulletins", request.to_string()).await.ok();
    assert_eq!(list(&made, "/manuscripts").len(), 50);
    app.finish().await;
}
