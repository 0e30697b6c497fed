//! Word, text and PDF.

use super::*;

#[test]
fn a_word_file_gives_title_author_unit_date_and_body() {
    let whole = docx(
        &[heading(TITLE), p("市第一中学 张三"), p(BODY), p("为此，建议尽快办理。"), p("2026年1月8日")]
            .concat(),
    );
    let draft = one("来稿.docx", &whole);
    assert_eq!(draft.title(), TITLE);
    assert_eq!(
        (draft.text("contributor.name"), draft.text("contributor.unit")),
        (Some("张三"), Some("市第一中学"))
    );
    assert_eq!(draft.text("submitted_at"), Some("2026-01-08T00:00"));
    assert_eq!(draft.text("body"), Some(format!("{BODY}\n为此，建议尽快办理。").as_str()));
    good(&draft);
    // What the text does not say, its name does.
    let named = one("3.关于修补路面的建议（李四）.docx", &docx(&p(BODY)));
    assert_eq!((named.title(), named.text("contributor.name")), ("关于修补路面的建议", Some("李四")));
    assert_eq!(named.text("body"), Some(BODY));
}

#[test]
fn a_word_form_and_a_word_table_are_read() {
    let form = format!(
        "{}<w:tbl>{}{}{}</w:tbl>",
        heading("社情民意信息报送表"),
        row(&["标 题", TITLE]),
        row(&["反映人", "张三", "单位", "市第一中学"]),
        row(&["正文", BODY])
    );
    let draft = one("表.docx", &docx(&form));
    assert_eq!(
        (draft.title(), draft.text("contributor.unit"), draft.text("body")),
        (TITLE, Some("市第一中学"), Some(BODY))
    );
    let table = format!(
        "<w:tbl>{}{}{}</w:tbl>",
        row(&["序号", "标题", "正文", "反映人"]),
        row(&["1", TITLE, BODY, "张三"]),
        row(&["2", "关于路面的建议", BODY, "李四"])
    );
    assert_eq!(drafts("汇总.docx", &docx(&table)).len(), 2);
}

#[test]
fn several_items_in_one_file_are_told_apart_by_their_headings() {
    let two = docx(&[heading(TITLE), p(BODY), heading("关于修补路面的建议"), p(BODY)].concat());
    let all = drafts("两篇.docx", &two);
    assert_eq!(all.iter().map(Draft::title).collect::<Vec<_>>(), [TITLE, "关于修补路面的建议"]);
    assert_eq!(all[1].place, "第 2 篇");
    let text = format!("1.{TITLE}\n{BODY}\n张三\n\n2.关于修补路面的建议\n{BODY}\n李四\n");
    let all = drafts("两篇.txt", text.as_bytes());
    assert_eq!(
        all.iter().map(|draft| draft.text("contributor.name")).collect::<Vec<_>>(),
        [Some("张三"), Some("李四")]
    );
    // A heading within one text does not part it.
    let parts = format!("{TITLE}\n一、基本情况\n{BODY}\n二、有关建议\n{BODY}\n");
    assert_eq!(drafts("一篇.txt", parts.as_bytes()).len(), 1);
}

#[test]
fn deleted_and_doubled_text_of_word_is_not_taken() {
    let body = format!(
        "{}<w:p><w:del><w:r><w:delText>删去的</w:delText></w:r></w:del><w:ins><w:r><w:t>{BODY}</w:t></w:r></w:ins></w:p>\
         <w:p><w:r><mc:AlternateContent xmlns:mc=\"m\"><mc:Choice><w:t>框&amp;内</w:t></mc:Choice><mc:Fallback><w:t>框内</w:t></mc:Fallback></mc:AlternateContent></w:r></w:p>",
        heading(TITLE)
    );
    let draft = one("修订.docx", &docx(&body));
    assert_eq!(draft.text("body"), Some(format!("{BODY}\n框&内").as_str()));
}

#[test]
fn text_files_are_read_in_every_encoding_and_labels_are_understood() {
    let text = format!("标题：{TITLE}\n反映人：张三\n单位：市第一中学\n联系电话：023-63880000\n\n{BODY}\n");
    for (name, bytes) in [
        ("a.txt", text.clone().into_bytes()),
        ("b.txt", gbk(&text)),
        ("c.txt", format!("\u{FEFF}{}", text.replace('\n', "\r\n")).into_bytes()),
        ("没有扩展名", text.clone().into_bytes()),
    ] {
        let draft = one(name, &bytes);
        assert_eq!((draft.title(), draft.text("body")), (TITLE, Some(BODY)), "{name}");
        assert_eq!(draft.text("contributor.phone"), Some("023-63880000"), "{name}");
        good(&draft);
    }
    let bare = one("微信.txt", BODY.as_bytes());
    assert!(!bare.title().is_empty() && bare.text("body") == Some(BODY));
}

#[test]
fn a_pdf_is_read_by_the_reader_that_is_handed_in() {
    let lines = |_: &[u8]| Ok(vec![TITLE.to_owned(), "张三".to_owned(), BODY.to_owned()]);
    let scan = |_: &[u8]| Ok(vec!["1".to_owned()]);
    let broken = |_: &[u8]| Err("坏了".to_owned());
    let with =
        |reader: &PdfReader| read("a.pdf", b"%PDF-1.7 ...", Helpers { pdf: Some(reader), office: None });
    let reading = with(&lines).expect("read");
    assert_eq!(
        (reading.drafts[0].title(), reading.drafts[0].text("contributor.name")),
        (TITLE, Some("张三"))
    );
    assert!(with(&scan).expect_err("a scan").to_string().contains("扫描件"));
    assert!(with(&broken).expect_err("broken").to_string().contains("损坏"));
    refused("b.pdf", b"%PDF-1.7 ...", "PDF");
    refused("c.pdf", b"%PDF-1.7 /Encrypt 5 0 R", "密码");
}

#[test]
fn a_wrong_ending_is_said_and_the_content_read() {
    let table = simple(&["标题", "正文"], &[&[TITLE, BODY]]);
    let reading = read_it("其实是表格.docx", &table).expect("read");
    assert!(reading.drafts.len() == 1 && reading.notes[0].contains("电子表格"), "{:?}", reading.notes);
    let reading = read_it("其实是文字.xlsx", &docx(&[heading(TITLE), p(BODY)].concat())).expect("read");
    assert!(reading.drafts.len() == 1 && reading.notes[0].contains("文字文档"), "{:?}", reading.notes);
    let reading = read_it("其实是表格.xls", csv_text().as_bytes()).expect("read");
    assert_eq!(reading.drafts.len(), 2);
}

#[test]
fn a_secrecy_mark_in_a_name_or_a_text_refuses_it() {
    refused("机密★3年.docx", &docx(&p(BODY)), "涉密");
    let marked = one("甲.txt", format!("{TITLE}\n机密★\n{BODY}").as_bytes());
    assert!(flaws(&marked)[0].reason.contains("严禁处理涉密信息"));
    let inside = zipped(&[("秘密★.txt".as_bytes(), BODY.as_bytes())]);
    let reading = read_it("z.zip", &inside).expect("read");
    assert!(reading.drafts.is_empty() && !reading.refused[0].0.contains('★'), "{:?}", reading.refused);
}
