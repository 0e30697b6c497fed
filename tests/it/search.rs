//! Finding: every operator, both scripts, any text as a query.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::{Client, TestApp, encoded, item, list, number, text, texts};

async fn library(app: &TestApp) -> Client {
    let client = app.add_source("library", &["submit", "read"]).await;
    let items = [
        item("1", "关于老旧小区加装电梯的建议", "上清寺片区老旧小区加装电梯缺少资金。")
            .with("district", json!("渝中区")),
        item("2", "關於垃圾分類的建議", "磁器口垃圾分類投放點太少。").with("district", json!("沙坪坝区")),
        item("3", "关于停车难的反映", "翀珺广场夜间停车难，ＡＢＣ路段尤甚。")
            .with("district", json!("渝中区")),
        item("4", "关于养老床位的建议", "护理型养老床位不足。").from("钟离意", "某养老院"),
        item("5", "<script>alert(1)</script>", "标题里有脚本的来稿，停车场也提到。"),
    ];
    app.post_all(&client, &items).await;
    app.settle().await;
    client
}

#[tokio::test]
async fn every_operator_finds_what_it_must() {
    let app = TestApp::start().await;
    let client = library(&app).await;
    let table: &[(&str, i64)] = &[
        ("电梯", 1),
        ("電梯", 1),
        ("垃圾分类", 1),
        ("电梯 资金", 1),
        ("电梯 OR 停车", 3),
        ("建议 -电梯", 2),
        ("\"养老床位\"", 1),
        ("「垃圾分类」", 1),
        ("标题:停车", 1),
        ("正文：停车", 2),
        ("单位:养老院", 1),
        ("反映人:钟离意", 1),
        ("区县:渝中", 2),
        ("区县:(渝中区 OR 沙坪坝区)", 3),
        ("渠道:library 电梯", 1),
        ("日期:今天 电梯", 1),
        ("日期:..2020", 0),
        ("状态:已编发", 0),
        ("2026年第1期", 0),
        ("翀珺", 1),
        ("ａｂｃ", 1),
        ("(电梯 OR 垃圾) -资金", 1),
        ("yzq", 2),
        ("yuzhong 电梯", 1),
        ("ｙｚｑ　电梯", 1),
        ("zly", 1),
        ("zhongliyi 床位", 1),
        ("某养老院", 1),
        ("单位：“某养老院”", 1),
    ];
    for (query, expected) in table {
        let found = client.search(query, "").await;
        let total = if found["relaxed"] == true { 0 } else { number(&found, "/total") };
        assert_eq!(total, *expected, "{query}: {found:#}");
    }
    app.finish().await;
}

#[tokio::test]
async fn what_is_shown_is_escaped_marked_and_counted() {
    let app = TestApp::start().await;
    let client = library(&app).await;
    let found = client.search("停车", "").await;
    let titles = texts(&found, "/hits", "title");
    assert!(titles.contains(&"关于<mark>停车</mark>难的反映".to_owned()), "{titles:?}");
    assert!(titles.iter().all(|title| !title.contains("<script>")), "{titles:?}");
    let districts = list(&found, "/facets/district");
    assert_eq!((text(&districts[0], "/value"), number(&districts[0], "/count")), ("渝中区", 1));
    app.finish().await;
}

#[tokio::test]
async fn an_item_is_found_within_two_seconds_of_its_answer() {
    let app = TestApp::start().await;
    let client = app.add_source("quick", &["submit", "read"]).await;
    app.post_all(&client, &[item("1", "急件", "龘靐齉路塌陷。")]).await;
    let begun = Instant::now();
    while number(&client.search("龘靐齉", "").await, "/total") == 0 {
        assert!(begun.elapsed() < Duration::from_secs(2), "not found in time");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    app.finish().await;
}

#[tokio::test]
async fn pages_give_each_hit_once() {
    let app = TestApp::start().await;
    let client = app.add_source("pages", &["submit", "read"]).await;
    let items: Vec<_> =
        (0..23).map(|n| item(&n.to_string(), &format!("停车建议{n}"), &format!("第{n}处停车难。"))).collect();
    app.post_all(&client, &items).await;
    app.settle().await;
    for sort in ["relevance", "newest", "oldest"] {
        let (mut seen, mut cursor) = (HashSet::new(), String::new());
        loop {
            let page = client.search("停车", &format!("&limit=5&sort={sort}{cursor}")).await;
            for id in texts(&page, "/hits", "id") {
                assert!(seen.insert(id), "{sort}: twice");
            }
            let Some(next) = page["next"].as_str() else { break };
            cursor = format!("&cursor={}", encoded(next.as_bytes()));
        }
        assert_eq!(seen.len(), 23, "{sort}");
    }
    app.finish().await;
}

#[tokio::test]
async fn no_query_text_is_an_error() {
    let app = TestApp::start().await;
    let client = library(&app).await;
    let mut state = 0x2026_1124_u64;
    let mut random = move |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below as u64) as usize
    };
    const PIECES: &[&str] = &[
        "\"",
        "“",
        "”",
        "(",
        ")",
        "（",
        "）",
        "-",
        "－",
        " ",
        "\u{3000}",
        "OR",
        "或",
        "|",
        "标题:",
        "日期:",
        "区县：",
        "停车",
        "电梯",
        "2026年第1期",
        "..",
        ">=",
        "*",
        "?",
        "[",
        "]",
        "{",
        "}",
        "\\",
        "/",
        ":",
        "^",
        "~",
        "+",
        "&&",
        "近7天",
        "的",
        "\u{200B}",
        "😀",
    ];
    for round in 0..2000 {
        let bytes: Vec<u8> = if round % 2 == 0 {
            (0..random(60)).map(|_| random(256) as u8).collect()
        } else {
            (0..random(20)).flat_map(|_| PIECES[random(PIECES.len())].bytes()).collect()
        };
        let answer = client.get(&format!("/api/v1/search?q={}", encoded(&bytes))).await;
        // Bytes that are no UTF-8 are a wrong request; everything else is a query.
        let expected = if std::str::from_utf8(&bytes).is_ok() { 200 } else { answer.status };
        assert_eq!(answer.status, expected, "{bytes:?}: {}", answer.text());
        assert!(answer.status < 500, "{bytes:?}: {}", answer.text());
    }
    app.finish().await;
}
