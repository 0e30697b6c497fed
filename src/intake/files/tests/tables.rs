//! Spreadsheets, CSV and JSON.

use rust_xlsxwriter::{ExcelDateTime, Format, Formula};

use super::*;

#[test]
fn csv_is_read_in_every_encoding_and_with_every_line_end_and_separator() {
    let text = csv_text();
    let utf16: Vec<u8> =
        [0xFF, 0xFE].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let big: Vec<u8> =
        [0xFE, 0xFF].into_iter().chain(text.encode_utf16().flat_map(u16::to_be_bytes)).collect();
    let files: [(&str, Vec<u8>); 11] = [
        ("utf8.csv", text.clone().into_bytes()),
        ("bom.csv", format!("\u{FEFF}{text}").into_bytes()),
        ("gbk.csv", gbk(&text)),
        ("crlf.csv", text.replace('\n', "\r\n").into_bytes()),
        ("cr.csv", text.replace('\n', "\r").into_bytes()),
        ("gbk-crlf.csv", gbk(&text.replace('\n', "\r\n"))),
        ("utf16le.csv", utf16),
        ("utf16be.csv", big),
        ("tabs.tsv", text.replace(',', "\t").into_bytes()),
        ("semicolons.csv", text.replace(',', ";").into_bytes()),
        ("named-txt.txt", text.into_bytes()),
    ];
    for (name, bytes) in &files {
        let all = drafts(name, bytes);
        assert_eq!(all.len(), 2, "{name}");
        assert_eq!((all[0].title(), all[0].text("contributor.name")), (TITLE, Some("张三")), "{name}");
        assert_eq!(all[0].text("submitted_at"), Some("2026-01-08T00:00"), "{name}");
        all.iter().for_each(good);
    }
    let ids: Vec<String> = files.iter().map(|(name, bytes)| drafts(name, bytes)[0].json()).collect();
    assert!(ids.iter().all(|id| *id == ids[0]), "the same row is the same item whatever the file");
}

#[test]
fn csv_cells_may_hold_commas_quotes_and_line_breaks_and_rows_may_be_ragged() {
    let text = "\u{FEFF}\"标 题\",正文（必填）,反映人\n\"甲,\"\"乙\"\"的建议\",\"第一行。\n第二行。\",张三\n\n缺了后面的列\n多出的列的建议,正文正文,李四,多,多\n";
    let all = drafts("a.csv", text.as_bytes());
    assert_eq!(all.len(), 3);
    assert_eq!(all[0].title(), "甲,\"乙\"的建议");
    assert_eq!(all[0].text("body"), Some("第一行。\n第二行。"));
    let missing = flaws(&all[1]);
    assert!(
        missing.iter().any(|flaw| flaw.cell.as_deref() == Some("B6") || flaw.reason.contains("正文")),
        "{missing:?}"
    );
    good(&all[2]);
}

#[test]
fn a_title_row_may_stand_above_the_header_and_names_may_be_english() {
    let above = simple(
        &["2026年社情民意信息汇总表"],
        &[
            &["填报单位：", "某区政协"],
            &["序号", "标题", "内容", "作者", "自定义"],
            &["1", TITLE, BODY, "张三", "x"],
        ],
    );
    let reading = read_it("above.xlsx", &above).expect("read");
    assert_eq!(reading.drafts.len(), 1);
    assert_eq!(reading.drafts[0].place, "第 4 行");
    assert!(reading.notes[0].contains("自定义"), "{:?}", reading.notes);
    let english = one(
        "english.xlsx",
        &simple(&["Title", "Body", "Author", "Unit"], &[&[TITLE, BODY, "张三", "市第一中学"]]),
    );
    assert_eq!(english.text("contributor.unit"), Some("市第一中学"));
    good(&english);
}

#[test]
fn dates_are_read_in_the_forms_that_people_write() {
    let forms = [
        ("2026-01-08", "2026-01-08T00:00"),
        ("2026/1/8", "2026-01-08T00:00"),
        ("2026.1.8", "2026-01-08T00:00"),
        ("2026年1月8日", "2026-01-08T00:00"),
        ("20260108", "2026-01-08T00:00"),
        ("二〇二六年一月八日", "2026-01-08T00:00"),
        ("二〇二六年一月二十一日", "2026-01-21T00:00"),
        ("2026年１月８日", "2026-01-08T00:00"),
        ("2026-01-08 9:30", "2026-01-08T09:30"),
        ("2026年1月8日 9时30分", "2026-01-08T09:30"),
        ("2026/1/8 星期四 18:05:00", "2026-01-08T18:05"),
        ("2026-01-08T09:30:00+08:00", "2026-01-08T09:30:00+08:00"),
    ];
    for (text, right) in forms {
        assert_eq!(cells::time(text).as_deref(), Some(right), "{text}");
    }
    for text in ["2026-02-30", "去年", "1月8日", "13/13/2026", "", "2026年13月1日"] {
        assert_eq!(cells::time(text), None, "{text}");
    }
    let file = book(|book| {
        let sheet = book.add_worksheet();
        let format = Format::new().set_num_format("yyyy/m/d");
        for (column, text) in (0_u16..).zip(["标题", "正文", "日期"]) {
            sheet.write(0, column, text).expect("a cell");
        }
        sheet.write(1, 0, TITLE).expect("a cell");
        sheet.write(1, 1, BODY).expect("a cell");
        let date = ExcelDateTime::from_ymd(2026, 1, 8).expect("a date");
        sheet.write_datetime_with_format(1, 2, &date, &format).expect("a cell");
    });
    assert_eq!(one("serial.xlsx", &file).text("submitted_at"), Some("2026-01-08T00:00"));
}

#[test]
fn errors_are_marked_cell_by_cell_before_anything_is_sent() {
    let long = "长".repeat(120);
    let file = simple(
        &["标题", "正文", "日期", "是否公开", "紧急程度", "反映人"],
        &[
            &[TITLE, BODY, "2026-02-30", "也许", "火急", "张三"],
            &[&long, "", "2026-01-08", "是", "特急", "李四"],
            &["", BODY, "", "否", "", "王五"],
        ],
    );
    let all = drafts("errors.xlsx", &file);
    let cells = |draft: &Draft| {
        let mut cells: Vec<String> = flaws(draft).into_iter().filter_map(|flaw| flaw.cell).collect();
        cells.sort();
        cells
    };
    assert_eq!(cells(&all[0]), ["C2", "D2", "E2"]);
    assert_eq!(cells(&all[1]), ["A3", "B3"]);
    assert_eq!(cells(&all[2]), ["A4"]);
}

#[test]
fn merged_cells_formulas_numbers_and_hidden_sheets_are_understood() {
    let file = book(|book| {
        let sheet = book.add_worksheet().set_name("一月").expect("a name");
        for (column, text) in (0_u16..).zip(["单位", "标题", "正文", "电话", "反映人"]) {
            sheet.write(0, column, text).expect("a cell");
        }
        sheet.merge_range(1, 0, 2, 0, "市第一中学", &Format::new()).expect("merged");
        for row in 1..3 {
            sheet.write(row, 1, format!("{TITLE}{row}")).expect("a cell");
            sheet.write(row, 2, BODY).expect("a cell");
            sheet.write(row, 3, 13_800_138_000_f64).expect("a cell");
        }
        sheet.write_formula(1, 4, Formula::new("=\"张\"&\"三\"").set_result("张三")).expect("a cell");
        sheet.write(2, 4, "李四、王五").expect("a cell");
        let hidden = book.add_worksheet().set_name("底稿").expect("a name");
        hidden.set_hidden(true);
        hidden.write(0, 0, "标题").expect("a cell");
        book.add_worksheet().set_name("说明").expect("a name").write(0, 0, "只是说明").expect("a cell");
    });
    let reading = read_it("merged.xlsx", &file).expect("read");
    let all = reading.drafts;
    assert_eq!(all.len(), 2);
    assert!(all.iter().all(|draft| draft.text("contributor.unit") == Some("市第一中学")), "{all:#?}");
    assert_eq!(all[0].text("contributor.phone"), Some("13800138000"));
    assert_eq!(all[0].text("contributor.name"), Some("张三"));
    assert_eq!(all[1].item["co_contributors"][0]["name"], "王五");
    assert!(reading.notes.iter().any(|note| note.contains("说明")), "{:?}", reading.notes);
    all.iter().for_each(good);
}

#[test]
fn a_cell_in_the_farthest_corner_takes_no_memory() {
    let file = book(|book| {
        let sheet = book.add_worksheet();
        for (column, text) in (0_u16..).zip(["标题", "正文"]) {
            sheet.write(0, column, text).expect("a cell");
            sheet.write(1, column, if column == 0 { TITLE } else { BODY }).expect("a cell");
        }
        sheet.write(1_048_575, 16_383, "远").expect("a cell");
        sheet.write(900_000, 0, " ").expect("a cell");
    });
    good(&drafts("corner.xlsx", &file)[0]);
}

#[test]
fn the_template_is_read_by_its_own_reader() {
    let empty = template().expect("a template");
    refused("模板.xlsx", &empty, "没有内容");
}

#[test]
fn tables_without_a_header_or_without_rows_say_so() {
    refused("no-header.xlsx", &simple(&["甲", "乙"], &[&["1", "2"]]), "表头");
    refused("only-header.xlsx", &simple(&["标题", "正文"], &[]), "没有内容");
    refused("blank.xlsx", &simple(&[""], &[]), "没有内容");
    refused("no-header.csv", "甲,乙\n1,2\n".as_bytes(), "表头");
    refused("empty.csv", b"", "空的");
    refused("blank.txt", b"  \n\n", "空的");
}

#[test]
fn jsonl_and_json_are_read_and_broken_lines_are_named() {
    let item = format!("{{\"title\":\"{TITLE}\",\"body\":\"{BODY}\",\"external_id\":\"A1\"}}");
    good(&one("one.json", item.as_bytes()));
    assert_eq!(drafts("list.json", format!("[{item},{item}]").as_bytes()).len(), 2);
    let reading =
        read_it("lines.jsonl", format!("{item}\n{{broken\n\n[1]\n{item}\n").as_bytes()).expect("read");
    assert_eq!((reading.drafts.len(), reading.refused.len()), (2, 2));
    assert!(reading.refused[0].0.contains("第 2 行"), "{:?}", reading.refused);
    assert_eq!(drafts("gbk.jsonl", &gbk(&item)).len(), 1);
    assert_eq!(one("lines.jsonl", item.as_bytes()).text("external_id"), Some("A1"));
}

#[test]
fn a_large_file_is_refused_and_a_long_one_is_read() {
    refused("大.txt", &vec![b'a'; FILE_MAX + 1], "64 MB");
    let mut text = String::from("标题,正文\n");
    for at in 0..50_000 {
        text.push_str(&format!("关于第{at}号路灯的建议,{BODY}\n"));
    }
    assert_eq!(drafts("五万行.csv", text.as_bytes()).len(), 50_000);
}

#[test]
fn rows_that_say_the_same_are_each_an_item_and_the_same_file_again_gives_the_same_names() {
    let row = format!("{TITLE},{BODY},张三\n");
    let text = format!("标题,正文,反映人\n{row}{row}{TITLE}二,{BODY},张三\n{row}");
    let names = |bytes: &[u8]| -> Vec<String> {
        let all = drafts("汇总.csv", bytes);
        all.iter().map(|draft| draft.text("external_id").expect("a name").to_owned()).collect()
    };
    let first = names(text.as_bytes());
    let (one, two) = (first[0].as_str(), first[2].as_str());
    assert_eq!(first, [one, &format!("{one}-2"), two, &format!("{one}-3")]);
    assert_ne!(one, two);
    assert_eq!(names(text.as_bytes()), first);
}

#[test]
fn the_header_is_told_as_it_was_understood() {
    let text = format!("序号,*标 题（必填）,内容,心情\n1,{TITLE},{BODY},好\n");
    let columns = read_it("表.csv", text.as_bytes()).expect("read").columns;
    let told: Vec<_> = columns.iter().map(|one| (one.cell.as_str(), one.name.as_str(), one.field)).collect();
    assert_eq!(
        told,
        [
            ("A1", "序号", None),
            ("B1", "*标 题（必填）", Some("标题")),
            ("C1", "内容", Some("正文")),
            ("D1", "心情", None)
        ]
    );
}

#[test]
fn a_column_names_the_topic_that_a_row_answers() {
    for name in ["选题", "应征选题", "topic"] {
        let text = format!("标题,正文,{name}\n题目一,正文一,夜间公交线路\n题目二,正文二,\n");
        let all = drafts("a.csv", text.as_bytes());
        assert_eq!(all[0].text("topic"), Some("夜间公交线路"), "{name}");
        assert_eq!(all[1].text("topic"), None, "{name}");
        all.iter().for_each(good);
    }
}
