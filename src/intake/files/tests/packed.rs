//! ZIP, old and broken formats, and whatever else may arrive.

use super::*;

#[test]
fn old_formats_go_through_the_office_program_or_say_what_is_missing() {
    let compound = |stream: &str| {
        let mut bytes = vec![0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];
        bytes.extend(std::iter::repeat_n(0, 600));
        bytes.extend(stream.encode_utf16().flat_map(u16::to_le_bytes));
        bytes
    };
    for (name, bytes) in [
        ("旧.doc", compound("WordDocument")),
        ("旧.wps", compound("WordDocument")),
        ("表.et", compound("ksheet")),
        ("旧.rtf", b"{\\rtf1 abc}".to_vec()),
    ] {
        refused(name, &bytes, "LibreOffice");
    }
    let office = |_: &[u8], _: &str, _: &str| Ok(docx(&[heading(TITLE), p(BODY)].concat()));
    let helpers = Helpers { pdf: None, office: Some(&office) };
    let reading = read("旧.doc", &compound("WordDocument"), helpers).expect("converted");
    assert_eq!(reading.drafts[0].title(), TITLE);
    let failing = |_: &[u8], _: &str, _: &str| Err("LibreOffice 未能转换".to_owned());
    let helpers = Helpers { pdf: None, office: Some(&failing) };
    assert!(
        read("旧.doc", &compound("WordDocument"), helpers)
            .expect_err("failed")
            .to_string()
            .contains("未能转换")
    );
    refused("加密.docx", &compound("EncryptedPackage"), "密码");
    refused("加密.xlsx", &compound("EncryptedPackage"), "密码");
    refused("坏.xls", &compound("Workbook"), "损坏");
    refused("不明", &compound("Something"), "不认识");
}

#[test]
fn what_is_not_read_is_refused_with_the_remedy() {
    for (name, bytes, says) in [
        ("a.rar", b"Rar!\x1A\x07\x01\x00...".as_slice(), "ZIP"),
        ("a.7z", b"7z\xBC\xAF\x27\x1C...", "ZIP"),
        ("a.gz", b"\x1F\x8B\x08...", "解压"),
        ("a.png", b"\x89PNG\r\n\x1A\n...", "图片"),
        ("a.jpg", b"\xFF\xD8\xFF\xE0...", "图片"),
        ("a.exe", b"MZ\x90\x00...", "程序"),
        ("a.html", b"<!DOCTYPE html><html></html>", "网页"),
        ("a.bin", b"\x00\x01\x02\x03\x04\x05\x06\x07\x08\x00\x01\x02", "编码"),
    ] {
        refused(name, bytes, says);
    }
    let noise: Vec<u8> = (0..4000_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    assert!(read_it("噪声.docx", &noise).is_err());
}

#[test]
fn broken_office_files_are_named_as_broken() {
    let whole = simple(&["标题", "正文"], &[&[TITLE, BODY]]);
    for cut in [5, 30, 200, whole.len() / 2, whole.len() - 10] {
        assert!(read_it("断.xlsx", &whole[..cut]).is_err(), "cut at {cut}");
    }
    let mut flipped = whole.clone();
    for at in (60..flipped.len()).step_by(97) {
        flipped[at] ^= 0x55;
    }
    drop(read_it("乱.xlsx", &flipped));
    refused("断.docx", &docx(&p(BODY))[..80], "损坏");
    refused(
        "xml.docx",
        &zipped(&[(b"word/document.xml", b"<w:document><w:body></w:p></w:document>")]),
        "损坏",
    );
    refused("空.docx", &docx(""), "没有文字");
    refused("ppt.pptx", &zipped(&[(b"ppt/presentation.xml", b"<p/>")]), "演示文稿");
}

#[test]
fn archives_are_read_with_gbk_names_and_each_file_by_itself() {
    let letter = docx(&p(BODY));
    let names = [gbk("来稿/1.关于增设路灯的建议（张三）.docx"), gbk("来稿/表.csv"), gbk("来稿/坏.rar")];
    let table = csv_text();
    let file = zipped(&[
        (&names[0], &letter),
        (&names[1], table.as_bytes()),
        (&names[2], b"Rar!\x1A\x07"),
        (b"__MACOSX/._x.docx", b"junk"),
        (b".DS_Store", b"junk"),
    ]);
    let reading = read_it("来稿.zip", &file).expect("read");
    assert_eq!(reading.drafts.len(), 3);
    assert_eq!(
        (reading.drafts[0].title(), reading.drafts[0].text("contributor.name")),
        (TITLE, Some("张三"))
    );
    assert!(reading.drafts[1].place.contains("表.csv") && reading.drafts[1].place.contains("第 2 行"));
    assert_eq!(reading.refused.len(), 1, "{:?}", reading.refused);
    assert!(reading.refused[0].0.contains("坏.rar") && reading.refused[0].1.contains("RAR"));
    let utf8 = zipped(&[("来稿/关于路灯的建议（李四）.docx".as_bytes(), &letter)]);
    assert_eq!(drafts("u.zip", &utf8)[0].text("contributor.name"), Some("李四"));
    refused("空.zip", &zipped(&[(b"__MACOSX/x", b"")]), "没有文件");
}

#[test]
fn bombs_and_towers_of_archives_are_stopped() {
    let zeros = vec![b'0'; 70 << 20];
    let big = zipped(&[(b"a.txt", &zeros)]);
    assert!(big.len() < 1 << 20);
    let reading = read_it("bomb.zip", &big).expect("each file by itself");
    assert!(reading.refused[0].1.contains("上限"), "{:?}", reading.refused);
    let many: Vec<(&[u8], &[u8])> = (0..9).map(|_| (b"a".as_slice(), zeros.as_slice())).collect();
    let named: Vec<Vec<u8>> = (0..9).map(|at| format!("{at}.txt").into_bytes()).collect();
    let many: Vec<(&[u8], &[u8])> =
        many.iter().zip(&named).map(|((_, content), name)| (name.as_slice(), *content)).collect();
    assert_eq!(read_it("bombs.zip", &zipped(&many)), Err(FileError::Bomb));
    let inflated = zipped(&[
        (b"xl/workbook.xml", &zeros),
        (b"xl/a.xml", &zeros),
        (b"xl/b.xml", &zeros),
        (b"xl/c.xml", &zeros),
    ]);
    assert_eq!(read_it("bomb.xlsx", &inflated), Err(FileError::Bomb));
    let mut tower = zipped(&[(b"a.txt", BODY.as_bytes())]);
    for _ in 0..4 {
        tower = zipped(&[(b"inner.zip", &tower)]);
    }
    let reading = read_it("tower.zip", &tower).expect("read");
    assert!(reading.drafts.is_empty() && reading.refused[0].1.contains("层数"), "{:?}", reading.refused);
    let crowd: Vec<Vec<u8>> = (0..5001).map(|at| format!("{at}.txt").into_bytes()).collect();
    let crowd: Vec<(&[u8], &[u8])> = crowd.iter().map(|name| (name.as_slice(), b"x".as_slice())).collect();
    assert_eq!(read_it("crowd.zip", &zipped(&crowd)), Err(FileError::Bomb));
}

proptest::proptest! {
    /// Whatever the bytes and the name, there is an answer.
    #[test]
    fn any_bytes_get_an_answer(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..400), ending in "(docx|xlsx|xls|csv|txt|zip|pdf|json|)") {
        for head in [b"".as_slice(), b"PK\x03\x04", b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", b"%PDF-1.4", b"\xEF\xBB\xBF"] {
            let all = [head, &bytes].concat();
            drop(read_it(&format!("名.{ending}"), &all));
        }
    }

    #[test]
    fn any_text_gets_an_answer(text in "[\\PC\n]{0,200}") {
        drop(read_it("名.txt", text.as_bytes()));
        drop(read_it("名.csv", text.as_bytes()));
    }
}
