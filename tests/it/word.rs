//! A manuscript goes to Word and comes back: a version of its own, its changes decided, nothing written over.

use std::io::{Cursor, Read, Write};

use crate::support::{Browser, TestApp, between, item};

const BODY: &str = "翠柏苑北门到菜市场一段没有照明，老人夜间摔倒过几次。\n建议增设路灯。";

pub async fn made(app: &TestApp, editor: &mut Browser, key: &str, title: &str) -> String {
    let source = app.add_source(&format!("desk{key}"), &["submit", "read", "edit"]).await;
    let ids = app.post_all(&source, &[item(key, title, BODY).from("钟离意", "某街道")]).await;
    app.settle().await;
    editor.get(&format!("/items/{}", ids[0])).await;
    let done = editor.post(&format!("/items/{}/manuscript", ids[0]), &[("series", "opinion")]).await;
    assert_eq!(done.status, 303, "{}", done.text());
    done.header("location").to_owned()
}

/// The file with its text changed and, where given, comments added, all other parts as they were.
pub fn changed(docx: &[u8], change: impl Fn(String) -> String, comments: Option<&str>) -> Vec<u8> {
    let mut from = zip::ZipArchive::new(Cursor::new(docx)).expect("a DOCX");
    let mut to = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    for at in 0..from.len() {
        let mut part = from.by_index(at).expect("a part");
        let (name, mut text) = (part.name().to_owned(), String::new());
        part.read_to_string(&mut text).expect("text");
        let text = if name == "word/document.xml" { change(text) } else { text };
        to.start_file(name, options).expect("a part");
        to.write_all(text.as_bytes()).expect("written");
    }
    if let Some(comments) = comments {
        to.start_file("word/comments.xml", options).expect("a part");
        to.write_all(comments.as_bytes()).expect("written");
    }
    to.finish().expect("a file").into_inner()
}

/// The field of a page, as a browser would send it back.
pub fn field(page: &str, name: &str) -> String {
    let value = between(page, &format!("name=\"{name}\" value=\""), "\"").expect("a field");
    value.replace("&#34;", "\"").replace("&quot;", "\"").replace("&#38;", "&").replace("&amp;", "&")
}

#[tokio::test]
async fn what_was_written_in_word_becomes_a_version_and_an_older_one_is_brought_together() {
    let app = TestApp::start().await;
    let mut editor = Browser::signed_in(&app, "zhang", &["editor"]).await;
    let mut other = Browser::signed_in(&app, "wang", &["editor"]).await;
    let path = made(&app, &mut editor, "1", "建议增设路灯").await;
    let word = format!("{path}/word");
    let begun = editor.get(&word).await;
    assert!(begun.status == 200 && begun.header("content-disposition").contains("filename*=UTF-8''"));

    editor.get(&path).await;
    let same = editor.upload(&word, "a.docx", &begun.body).await;
    assert!(same.status == 422 && same.text().contains("完全一样"), "{}", same.text());
    let mine = changed(&begun.body, |xml| xml.replace("没有照明", "没有路灯"), None);
    let done = editor.upload(&word, "a.docx", &mine).await;
    assert_eq!((done.status, done.header("location")), (303, format!("{path}/compare?step=1").as_str()));
    let page = editor.get(&path).await.text();
    assert!(page.contains("没有路灯") && page.contains("Word 修改"), "{page}");
    let shown = editor.get(&format!("{path}/compare?step=1")).await.text();
    assert!(shown.contains("<ins>") && shown.contains("<del>"), "{shown}");

    // Another began with the first version: both changes are shown, neither is written over.
    other.get(&path).await;
    let late = changed(&begun.body, |xml| xml.replace("建议增设路灯。</w:t>", "建议尽快增设。</w:t>"), None);
    let clash = other.upload(&word, "b.docx", &late).await;
    let told = clash.text();
    assert!(clash.status == 409 && told.contains("您的文字没有丢"), "{told}");
    let body = between(&told, "data-advised=\"1500\">", "</textarea>").expect("a body");
    assert!(body.contains("没有路灯") && body.contains("建议尽快增设。"), "{body}");
    assert!(!editor.get(&path).await.text().contains("建议尽快增设。"));
    app.finish().await;
}

#[tokio::test]
async fn tracked_changes_are_decided_one_by_one_and_comments_stand_in_the_log() {
    let app = TestApp::start().await;
    let mut editor = Browser::signed_in(&app, "zhang", &["editor"]).await;
    let path = made(&app, &mut editor, "1", "建议增设路灯").await;
    let word = format!("{path}/word");
    let begun = editor.get(&word).await.body;
    let tracked = |xml: String| {
        let put_in = "<w:ins w:id=\"1\" w:author=\"李科\"><w:r><w:t>尽快</w:t></w:r></w:ins>";
        let taken_out = "<w:del w:id=\"2\" w:author=\"李科\"><w:r><w:delText>请</w:delText></w:r></w:del>";
        let text = "<w:p><w:r><w:t>建议</w:t></w:r>".to_owned()
            + taken_out
            + put_in
            + "<w:r><w:t>增设路灯。</w:t></w:r></w:p>";
        xml.replace("<w:p><w:r><w:t xml:space=\"preserve\">建议增设路灯。</w:t></w:r></w:p>", &text)
    };
    let comments = "<w:comments xmlns:w=\"w\"><w:comment w:id=\"0\" w:author=\"李科\"><w:p><w:r><w:t>几盏？</w:t></w:r></w:p></w:comment></w:comments>";
    editor.get(&path).await;
    let asked = editor.upload(&word, "a.docx", &changed(&begun, tracked, Some(comments))).await;
    let page = asked.text();
    assert!(
        asked.status == 200 && page.contains("<del>请</del>") && page.contains("<ins>尽快</ins>"),
        "{page}"
    );
    assert!(page.contains("批注（李科）：几盏？"), "{page}");
    assert!(!editor.get(&path).await.text().contains("尽快"));

    let names = ["rev", "step", "credited", "word"];
    let fields: Vec<(&str, String)> = names.iter().map(|name| (*name, field(&page, name))).collect();
    let mut sent: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    sent.push(("take", "1"));
    let done = editor.post(&format!("{word}/take"), &sent).await;
    assert_eq!(done.status, 303, "{}", done.text());
    let page = editor.get(&path).await.text();
    assert!(page.contains("建议请尽快增设路灯。") && page.contains("几盏？"), "{page}");
    app.finish().await;
}

#[tokio::test]
async fn a_file_of_another_manuscript_is_refused_and_one_without_a_mark_is_asked_about() {
    let app = TestApp::start().await;
    let mut editor = Browser::signed_in(&app, "zhang", &["editor"]).await;
    let one = made(&app, &mut editor, "1", "建议增设路灯").await;
    let two = made(&app, &mut editor, "2", "公交站没有座椅").await;
    let others = editor.get(&format!("{two}/word")).await.body;
    editor.get(&one).await;
    let refused = editor.upload(&format!("{one}/word"), "a.docx", &others).await;
    assert!(
        refused.status == 422 && refused.text().contains("另一篇编稿《公交站没有座椅》"),
        "{}",
        refused.text()
    );
    let mut bare = zip::ZipWriter::new(Cursor::new(Vec::new()));
    bare.start_file("word/document.xml", zip::write::SimpleFileOptions::default()).expect("a part");
    let text = "<w:document xmlns:w=\"w\"><w:body><w:p><w:r><w:t>题</w:t></w:r></w:p><w:p><w:r><w:t>文。</w:t></w:r></w:p></w:body></w:document>";
    bare.write_all(text.as_bytes()).expect("written");
    let bare = bare.finish().expect("a file").into_inner();
    let asked = editor.upload(&format!("{one}/word"), "a.docx", &bare).await.text();
    assert!(asked.contains("没有本系统的版本标记") && asked.contains("确是本稿"), "{asked}");
    for (bytes, told) in
        [(&b""[..], "没有选中文件"), (b"%PDF-1.7", "不是 Word 文件"), (&bare[..90], "已损坏")]
    {
        let refused = editor.upload(&format!("{one}/word"), "a.docx", bytes).await;
        assert!(refused.status == 422 && refused.text().contains(told), "{told}: {}", refused.text());
    }
    let huge = editor.upload(&format!("{one}/word"), "a.docx", &vec![b'P'; 9 << 20]).await;
    assert_eq!(huge.status, 413, "{}", huge.text());
    app.finish().await;
}
