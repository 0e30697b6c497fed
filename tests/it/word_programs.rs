//! A manuscript goes through the programs that offices have, and comes back. python-docx stands for what other
//! systems make, LibreOffice for the programs on a desk, which write every part anew. A change is tracked, a comment left.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{Browser, TestApp};
use crate::word::{field, made};

/// The words in the text that the other program replaces, and by what.
const OLD: &str = "没有照明";
const CHANGED: &str = "没有路灯";
const COMMENT: &str = "几盏？请核实。";

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/word").join(name)
}

/// python-docx, by the interpreter that `TEST_PYTHON_DOCX` names.
fn python(_folder: &Path, source: &Path, target: &Path) {
    let interpreter = minyi::config::environment("TEST_PYTHON_DOCX").unwrap_or_else(|| "python3".to_owned());
    let ran = Command::new(interpreter)
        .arg(script("edit.py"))
        .args([source, target])
        .args([OLD, CHANGED])
        .output()
        .expect("python3");
    assert!(ran.status.success(), "pip install python-docx: {}", String::from_utf8_lossy(&ran.stderr));
}

/// What python-docx made, opened and written anew by LibreOffice in its own way: other runs, other parts, other names.
fn libreoffice(folder: &Path, source: &Path, target: &Path) {
    let edited = folder.join("between.docx");
    python(folder, source, &edited);
    let out = target.parent().expect("a folder").join("out");
    let ran = Command::new("soffice")
        .arg(format!("-env:UserInstallation=file://{}", folder.join("profile").display()))
        .args(["--headless", "--norestore", "--convert-to", "docx", "--outdir"])
        .args([&out, &edited])
        .output()
        .expect("soffice: install libreoffice-writer-nogui");
    let written = out.join("between.docx");
    assert!(ran.status.success() && written.exists(), "{ran:?}");
    std::fs::rename(written, target).expect("moved");
}

/// Downloads, has the program change it, uploads, takes what was changed.
async fn round_trip(edited: fn(&Path, &Path, &Path)) {
    let app = TestApp::start().await;
    let mut editor = Browser::signed_in(&app, "zhang", &["editor"]).await;
    let path = made(&app, &mut editor, "1", "建议增设路灯").await;
    let word = format!("{path}/word");
    let begun = editor.get(&word).await.body;
    let folder = tempfile::tempdir().expect("a folder");
    let (source, target) = (folder.path().join("begun.docx"), folder.path().join("edited.docx"));
    std::fs::write(&source, &begun).expect("written");
    edited(folder.path(), &source, &target);
    let bytes = std::fs::read(&target).expect("what the program wrote");

    editor.get(&path).await;
    let asked = editor.upload(&word, "edited.docx", &bytes).await;
    let page = asked.text();
    assert_eq!(asked.status, 200, "the mark of the version is kept, the changes are asked about: {page}");
    // Programs replace a word whole or only what differs in it.
    assert!(page.contains("<del>") && page.contains("<ins>"), "{page}");
    assert!(page.contains("批注（李科）") && page.contains(COMMENT), "{page}");
    let names = ["rev", "step", "credited", "word"];
    let fields: Vec<(&str, String)> = names.iter().map(|name| (*name, field(&page, name))).collect();
    let mut sent: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let takes: Vec<String> = (0..10)
        .map(|at| at.to_string())
        .filter(|at| page.contains(&format!("name=\"take\" value=\"{at}\"")))
        .collect();
    assert!(!takes.is_empty(), "{page}");
    sent.extend(takes.iter().map(|at| ("take", at.as_str())));
    let done = editor.post(&format!("{word}/take"), &sent).await;
    assert_eq!(done.status, 303, "{}", done.text());
    let page = editor.get(&path).await.text();
    assert!(page.contains("翠柏苑北门到菜市场一段没有路灯，老人夜间摔倒过几次。"), "{page}");
    assert!(page.contains("建议增设路灯。") && page.contains(COMMENT), "{page}");
    let body = crate::support::between(&page, "data-advised=\"1500\">", "</textarea>").expect("a body");
    assert!(!body.contains(OLD) && body.trim().lines().count() == 2, "{body}");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs LibreOffice and python-docx"]
async fn what_libreoffice_wrote_anew_comes_back_as_a_version() {
    round_trip(libreoffice).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs python-docx"]
async fn what_python_docx_tracked_and_commented_comes_back_as_a_version() {
    round_trip(python).await;
}
