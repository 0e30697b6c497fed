use std::collections::BTreeSet;
use std::io::{Cursor, Write};

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::model::{ManuscriptId, Texts};

use super::{Mark, Word, WordError, read, write};

fn pack(parts: &[(&str, &str)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in parts {
        zip.start_file(*name, SimpleFileOptions::default()).expect("a part");
        zip.write_all(text.as_bytes()).expect("written");
    }
    zip.finish().expect("a file").into_inner()
}

/// A file of this body, with the name spaces that Word and WPS declare.
fn word(body: &str) -> Word {
    read(&pack(&[("word/document.xml", &document(body))])).expect("a Word file")
}

fn document(body: &str) -> String {
    format!("<w:document xmlns:w=\"w\" xmlns:wps=\"x\"><w:body>{body}</w:body></w:document>")
}

fn p(runs: &str) -> String {
    format!("<w:p>{runs}</w:p>")
}

fn r(text: &str) -> String {
    format!("<w:r><w:rPr><w:sz w:val=\"32\"/></w:rPr><w:t>{text}</w:t></w:r>")
}

fn all(word: &Word) -> Texts {
    word.texts(&BTreeSet::new(), true)
}

fn texts() -> Texts {
    Texts {
        title: "关于“一老一小”出行的建议".to_owned(),
        body: "一、情况\n坡道 <太陡> & 没有扶手。\n二、建议\n加装扶手（先急后缓）。".to_owned(),
        credit: "钟离意（某街道）、上官文".to_owned(),
    }
}

#[test]
fn what_is_written_is_read_again_with_its_mark() {
    let id = ManuscriptId::from_random([7; 10]);
    let mark = Mark::new(id, 4, 3, &texts());
    let bytes = write(&texts(), &mark).expect("a file");
    assert_eq!(bytes, write(&texts(), &mark).expect("the same file"));
    let word = read(&bytes).expect("read");
    assert_eq!(all(&word), texts());
    assert_eq!(word.mark, Some(mark.clone()));
    assert!(mark.fits(&texts()) && !mark.fits(&Texts { title: "别的".to_owned(), ..texts() }));
    assert!(word.changes.is_empty() && word.notes.is_empty());
}

#[test]
fn each_tracked_change_is_taken_or_refused_by_itself() {
    let body = [
        p(&r("题")),
        p(&[
            &r("路灯"),
            "<w:del w:id=\"1\" w:author=\"李科\"><w:r><w:delText>三</w:delText></w:r></w:del>",
            "<w:ins w:id=\"2\" w:author=\"李科\"><w:r><w:t>五</w:t></w:r></w:ins>",
            &r("盏，"),
            "<w:ins w:id=\"3\" w:author=\"李科\"><w:r><w:t>均已</w:t></w:r></w:ins>",
            "<w:ins w:id=\"4\" w:author=\"李科\"><w:r><w:t>损坏</w:t></w:r></w:ins>",
        ]
        .concat()),
    ];
    let word = word(&body.concat());
    let told: Vec<(bool, &str)> = word.changes.iter().map(|one| (one.out, one.text.as_str())).collect();
    // What a program cuts into runs of its own is one change to who reads it.
    assert_eq!(told, [(true, "三"), (false, "五"), (false, "均已损坏")]);
    let with = |refused: &[usize]| word.texts(&refused.iter().copied().collect(), true).body;
    assert_eq!(with(&[]), "路灯五盏，均已损坏");
    assert_eq!(with(&[0, 1, 2]), "路灯三盏，");
    assert_eq!(with(&[2]), "路灯五盏，");
}

#[test]
fn a_paragraph_that_was_split_or_joined_is_a_change_too() {
    let split = "<w:p><w:pPr><w:rPr><w:ins w:id=\"1\" w:author=\"甲\"/></w:rPr></w:pPr><w:r><w:t>前半</w:t></w:r></w:p>";
    let joined = "<w:p><w:pPr><w:rPr><w:del w:id=\"2\" w:author=\"乙\"/></w:rPr></w:pPr><w:r><w:t>丙</w:t></w:r></w:p>";
    let word = word(&[p(&r("题")).as_str(), split, &p(&r("后半")), joined, &p(&r("丁"))].concat());
    let with = |refused: &[usize]| word.texts(&refused.iter().copied().collect(), true).body;
    assert_eq!(with(&[]), "前半\n后半\n丙丁");
    assert_eq!(with(&[0, 1]), "前半后半\n丙\n丁");
}

#[test]
fn comments_come_with_the_words_that_they_are_about() {
    let body = [
        p(&r("题")),
        p(&[
            "<w:commentRangeStart w:id=\"0\"/>",
            &r("三个月"),
            "<w:commentRangeEnd w:id=\"0\"/><w:r><w:commentReference w:id=\"0\"/></w:r>",
            &r("未修"),
        ]
        .concat()),
    ];
    let comments = "<w:comments xmlns:w=\"w\"><w:comment w:id=\"0\" w:author=\"王主任\"><w:p><w:r><w:t>请核实&amp;注明</w:t></w:r></w:p></w:comment></w:comments>";
    let bytes = pack(&[("word/document.xml", &document(&body.concat())), ("word/comments.xml", comments)]);
    let word = read(&bytes).expect("read");
    assert_eq!(super::told(&word.notes), ["批注（王主任）“三个月”：请核实&注明"]);
    assert_eq!(all(&word).body, "三个月未修");
}

/// WPS: the second form of a drawing; LibreOffice: tab stops and breaks; all: sections, numbering, tables.
#[test]
fn what_is_not_text_stays_out_and_what_word_counts_itself_is_told() {
    let body = [
        p("<w:r><w:t>上行</w:t><w:br/><w:t>下行</w:t></w:r>"),
        p("<w:pPr><w:tabs><w:tab w:val=\"left\" w:pos=\"420\"/></w:tabs></w:pPr><w:r><w:t>甲</w:t><w:tab/><w:t>乙</w:t></w:r>"),
        p("<w:r><mc:AlternateContent><mc:Choice/><mc:Fallback><w:t>图</w:t></mc:Fallback></mc:AlternateContent></w:r>"),
        p("<w:pPr><w:numPr><w:numId w:val=\"1\"/></w:numPr></w:pPr><w:r><w:instrText>PAGE</w:instrText><w:t>项</w:t></w:r>"),
        "<w:tbl><w:tr><w:tc><w:p><w:r><w:t>区</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>数</w:t></w:r></w:p></w:tc></w:tr></w:tbl>".to_owned(),
        p(&r("（某街道）")),
    ];
    let word = word(&body.concat());
    let texts = all(&word);
    assert_eq!((texts.title.as_str(), texts.credit.as_str()), ("上行下行", "某街道"));
    assert_eq!(texts.body, "甲 乙\n\n项\n|区|数|");
    assert_eq!(word.numbered, 1);
    // Where no credit line is awaited, brackets at the end are text.
    assert!(word.texts(&BTreeSet::new(), false).body.ends_with("（某街道）"));
}

#[test]
fn a_file_that_cannot_be_read_is_told_from_one_that_is_none() {
    assert_eq!(read(b""), Err(WordError::Empty));
    assert_eq!(read(b"\xD0\xCF\x11\xE0old"), Err(WordError::Old));
    assert_eq!(read(b"%PDF-1.7"), Err(WordError::Other));
    assert_eq!(read(&pack(&[("xl/workbook.xml", "<a/>")])), Err(WordError::Other));
    assert_eq!(read(&pack(&[("word/document.xml", &document(&p("")))])), Err(WordError::Blank));
    assert!(matches!(read(&pack(&[("word/document.xml", "<w:p><w:r>")])), Err(WordError::Damaged(_))));
    let whole = pack(&[("word/document.xml", &document(&p(&r("题"))))]);
    assert!(matches!(read(&whole[..whole.len() / 2]), Err(WordError::Damaged(_))));
}

#[test]
fn a_part_that_unpacks_to_more_than_anybody_writes_is_not_unpacked_whole() {
    let huge = " ".repeat(super::PART_MAX as usize + 10);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
    zip.start_file("word/document.xml", options).expect("a part");
    zip.write_all(huge.as_bytes()).expect("written");
    let bytes = zip.finish().expect("a file").into_inner();
    assert!(bytes.len() < 100_000);
    assert_eq!(read(&bytes), Err(WordError::Large("正文")));
}
