//! The page as typeset.

use std::sync::OnceLock;

use super::super::past::{Glyph, glyphs};
use super::super::picture::tests::{drawing, photograph};
use super::super::tests::{elderly_care, four, input, series};
use super::super::{Document, Picture, compile};
use super::{Press, write};

pub(super) fn press() -> &'static Press {
    static PRESS: OnceLock<Press> = OnceLock::new();
    PRESS.get_or_init(|| Press::new(Vec::new()).expect("fonts"))
}

pub(super) fn single() -> Document {
    let series = series("opinion");
    compile(&series, &input(&series, vec![elderly_care()])).expect("compiles")
}

pub(super) fn composite() -> Document {
    let series = series("opinion-composite");
    let mut input = input(&series, four());
    input.editors_note = Some("近期，本刊收到一批民生信息，现予编发，供参阅。".to_owned());
    compile(&series, &input).expect("compiles")
}

/// Where `BULLETINS_TO` names a folder, what the tests typeset is left there to be looked at.
pub(super) fn look(name: &str, bytes: &[u8]) {
    if let Some(dir) = std::env::var_os("BULLETINS_TO") {
        std::fs::write(std::path::Path::new(&dir).join(name), bytes).expect("written");
    }
}

/// A document as PDF, for tests elsewhere.
pub(in crate::bulletin) fn typeset(document: &Document) -> Vec<u8> {
    write(press(), document, &[]).expect("pdf").bytes
}

/// Points to millimetres.
pub(super) fn mm(points: f64) -> f64 {
    points / 72.0 * 25.4
}

#[test]
fn a_full_page_holds_22_lines_of_28_characters() {
    let series = series("opinion");
    let mut texts = elderly_care();
    texts.body = "国".repeat(26 + 28 * 60);
    let document = compile(&series, &input(&series, vec![texts])).expect("compiles");
    let page: Vec<Glyph> = glyphs(&typeset(&document))
        .expect("read")
        .into_iter()
        .filter(|glyph| glyph.page == 1 && glyph.text == "国")
        .collect();
    assert_eq!(page.len(), 22 * 28);
    let lines: Vec<&[Glyph]> = page.chunks(28).collect();
    for line in &lines {
        assert!(line.iter().all(|glyph| (glyph.y - line[0].y).abs() < 0.01), "one baseline a line");
        let width = mm(line[27].x + line[27].size - line[0].x);
        assert!((width - 156.0).abs() <= 0.5, "type area {width} mm wide");
        assert!((mm(line[0].x) - 28.0).abs() <= 0.5, "left margin {} mm", mm(line[0].x));
    }
    let pitches = lines.windows(2).map(|pair| pair[1][0].y - pair[0][0].y);
    assert!(pitches.clone().all(|pitch| (pitch - 28.99).abs() <= 0.05), "{:?}", pitches.collect::<Vec<_>>());
    let height = mm((lines[21][0].y - lines[0][0].y) / 21.0 * 22.0);
    assert!((height - 225.0).abs() <= 0.5, "type area {height} mm high");
    let top = mm(lines[0][0].y - 0.88 * lines[0][0].size);
    assert!((top - 37.0).abs() <= 0.5, "top margin {top} mm");
}

#[test]
fn where_an_article_ends_is_told_line_by_line_over_the_end_of_a_page() {
    let series = series("opinion");
    let ends = (24..=60).map(|lines: usize| {
        let mut texts = elderly_care();
        texts.body = "国".repeat(26 + 28 * (lines - 1));
        let document = compile(&series, &input(&series, vec![texts])).expect("compiles");
        let (page, line) = write(press(), &document, &[]).expect("pdf").article_ends[0];
        // A full page may be told as the one after it without a line.
        assert!(line <= 22, "{lines}: page {page}, line {line}");
        22 * (page - 1) + line
    });
    let ends: Vec<usize> = ends.collect();
    assert!(ends.windows(2).all(|pair| pair[1] == pair[0] + 1), "one line more each: {ends:?}");
}

#[test]
fn the_text_of_the_pdf_is_that_of_the_document() {
    let read: String = glyphs(&typeset(&single()))
        .expect("read")
        .into_iter()
        .filter(|glyph| (100.0..740.0).contains(&glyph.y))
        .map(|glyph| glyph.text)
        .collect();
    assert_eq!(squeezed(&read), squeezed(&single().plain_text()));
}

#[test]
fn the_same_issue_gives_the_same_bytes_and_says_that_it_is_an_archive_file() {
    let bytes = typeset(&composite());
    assert_eq!(bytes, typeset(&composite()));
    let text = String::from_utf8_lossy(&bytes);
    assert!(text.contains("<pdfaid:part>2</pdfaid:part>") && text.contains("<pdfaid:conformance>B<"));
    assert!(text.contains("zh-CN") && !text.contains("zh-TW"));
}

#[test]
fn a_single_article_fills_two_pages() {
    let pdf = write(press(), &single(), &[]).expect("pdf");
    look("single.pdf", &pdf.bytes);
    assert_eq!((pdf.pages, pdf.article_pages), (2, vec![1]));
}

#[test]
fn a_composite_issue_knows_where_its_articles_begin() {
    let pdf = write(press(), &composite(), &[]).expect("pdf");
    look("composite.pdf", &pdf.bytes);
    assert_eq!(pdf.article_pages.len(), 4);
}

#[test]
fn every_series_is_typeset_with_titles_of_one_to_four_lines() {
    let titles = [
        "老旧小区充电桩报装难",
        "主城区老旧小区加装电梯后续管理维护难问题亟待关注",
        "关于在成渝地区双城经济圈建设中进一步加强长江上游流域生态环境协同治理和联合执法监管的建议",
        "关于在成渝地区双城经济圈建设中进一步加强长江上游流域生态环境协同治理和联合执法监管以及推动建立跨区域横向生态保护补偿机制的建议",
    ];
    let ids = ["opinion", "special-report", "review", "opinion-composite"];
    for ((lines, title), id) in (1..).zip(titles).zip(ids) {
        let series = series(id);
        let mut texts = elderly_care();
        title.clone_into(&mut texts.title);
        let mut one = input(&series, vec![texts]);
        one.total = series.numbering.total.then_some(345);
        one.supplement = id == "opinion-composite" && series.numbering.supplement;
        let document = compile(&series, &one).expect("compiles");
        assert_eq!(document.articles[0].title.len(), lines, "{:?}", document.articles[0].title);
        let copies: &[u32] = if series.copy_numbers { &[7] } else { &[] };
        look(&format!("series-{id}.pdf"), &write(press(), &document, copies).expect("pdf").bytes);
    }
}

#[test]
fn copies_are_numbered_and_begin_with_page_one() {
    let pdf = write(press(), &single(), &[1, 2, 15]).expect("pdf");
    look("copies.pdf", &pdf.bytes);
    assert_eq!((pdf.pages, pdf.article_pages), (6, vec![1]));
}

#[test]
fn a_full_page_and_hard_cases() {
    let series = series("opinion");
    let mut texts = elderly_care();
    texts.body = format!("{}\n", "国".repeat(26 + 28 * 60));
    let full = compile(&series, &input(&series, vec![texts.clone()])).expect("compiles");
    look("full.pdf", &typeset(&full));
    look("full.docx", &super::super::write_docx(&full, &[]).expect("docx"));
}

/// The document's texts without blanks and without what only marks where a line may break.
pub(super) fn squeezed(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && *c != '\u{200B}').collect()
}

/// Both forms of a document, left to be looked at; the PDF says what the document says, in order.
fn shown(name: &str, document: &Document) -> usize {
    let pdf = write(press(), document, &[]).expect("pdf");
    look(&format!("{name}.pdf"), &pdf.bytes);
    look(&format!("{name}.docx"), &super::super::write_docx(document, &pdf.article_pages).expect("docx"));
    look(&format!("{name}.html"), super::super::write_html(document).as_bytes());
    look(&format!("{name}.txt"), document.plain_text().as_bytes());
    look(&format!("{name}.json"), serde_json::to_string(document).expect("json").as_bytes());
    pdf.pages
}

#[test]
fn hard_cases_are_typeset() {
    let series = series("opinion");
    let mut texts = elderly_care();
    texts.title =
        "关于在成渝地区双城经济圈建设中进一步加强长江上游流域生态环境协同治理和联合执法监管的建议".to_owned();
    texts.body = KINSOKU.to_owned();
    let mut hard = input(&series, vec![texts]);
    hard.editors_note = Some("此件反映的问题值得重视，请有关部门研究。".to_owned());
    hard.earlier =
        vec!["此前编发：2025年第12期《关于社区养老服务的建议》，市民政局已采纳并印发实施方案。".to_owned()];
    shown("hard", &compile(&series, &hard).expect("compiles"));
    shown("single", &single());
    shown("composite", &composite());
}

#[test]
fn pictures_and_tables_are_typeset_on_the_grid() {
    let series = series("opinion");
    let mut texts = elderly_care();
    texts.title = "沿街商铺占用消防通道问题亟待关注".to_owned();
    texts.body = PICTURES.to_owned();
    let mut input = input(&series, vec![texts]);
    let given = [
        (1, photograph(4000, 3000)),
        (2, drawing(900, 500)),
        (3, photograph(1200, 1600)),
        (4, drawing(240, 120)),
    ];
    for (number, file) in given {
        input.pictures.insert((0, number), Picture::take_in(&file).expect("a picture"));
    }
    let document = compile(&series, &input).expect("compiles");
    assert_eq!(document.without_picture(), [(1, "【图9】没有这张图")]);
    assert!(shown("pictures", &document) >= 4);
    let again: Document =
        serde_json::from_str(&serde_json::to_string(&document).expect("json")).expect("json");
    assert_eq!((&again, again.content_hash()), (&document, document.content_hash()));
    // Text after pictures and tables stands on the lines of the grid again.
    let top = 37.0 / 25.4 * 72.0 + 0.88 * 16.0;
    let off = |glyph: &Glyph| {
        let lines = (glyph.y - top) / (225.0 / 25.4 * 72.0 / 22.0);
        (lines - lines.round()).abs()
    };
    let all = glyphs(&typeset(&document)).expect("read");
    let marked: Vec<&Glyph> = all.iter().filter(|glyph| glyph.text == "格").collect();
    assert_eq!(marked.len(), 3);
    assert!(marked.iter().all(|glyph| off(glyph) < 0.02), "{marked:?}");
}

#[test]
fn thirty_pages_and_empty_sections_are_typeset() {
    let series = series("opinion");
    let mut texts = elderly_care();
    let part = |n: u32| {
        let body = elderly_care().body.replace("（一）站点", &format!("（一）第{n}类站点"));
        format!("{body}\n")
    };
    texts.body = (1..=30).map(part).collect();
    let long = compile(&series, &input(&series, vec![texts.clone()])).expect("compiles");
    assert!(shown("thirty", &long) >= 30);
    let said: String = glyphs(&typeset(&long)).expect("read").into_iter().map(|glyph| glyph.text).collect();
    assert_eq!(said.matches("类站点布局不够合理").count(), 30);
    texts.body =
        "一、没有内容的一节\n二、也没有内容的一节\n（一）没有内容的小节\n1. 没有内容的条\n（二）最后一个标题"
            .to_owned();
    shown("empty", &compile(&series, &input(&series, vec![texts])).expect("compiles"));
}

#[test]
fn very_long_strings_stay_within_the_type_area() {
    let series = series("opinion");
    let mut texts = elderly_care();
    let run = "Aa0-".repeat(90);
    texts.title = run[..120].to_owned();
    texts.body =
        format!("{run}\n一、{}\n{}\n名称\t地址\n{run}\t{}", &run[..36], "〇".repeat(400), &run[..80]);
    texts.credit = format!("（{}）", &run[..60]);
    let mut input = input(&series, vec![texts]);
    input.editors_note = Some(run.clone());
    input.earlier = vec![run];
    let document = compile(&series, &input).expect("compiles");
    shown("long-strings", &document);
    let right = (28.0 + 156.0 + 1.5) / 25.4 * 72.0;
    let outside: Vec<Glyph> =
        glyphs(&typeset(&document)).expect("read").into_iter().filter(|glyph| glyph.x > right).collect();
    assert!(outside.is_empty(), "{outside:?}");
}

const PICTURES: &str = "据市政协委员反映，部分街区商铺占用消防通道，遇险情时救援车辆难以进入，群众反映强烈。\n\
    【图1】沿街商铺占用消防通道（2026年1月5日摄于某街道）\n\
    格后的文字应当回到版心的行上，不因图片而错行。\n\
    【图2】历年接报情况\n\
    一、主要问题\n\
    格一、图与标题相接时，标题不应落单。\n\
    【图3】\n\
    【图9】没有这张图\n\
    【图4】小图不放大\n\
    表1　各区县接报情况\n\
    区县\t2024年\t2025年\t主要情形\n\
    渝中区\t120\t151\t商铺外摆占用通道，夜间尤甚，多次整治后反弹\n\
    南岸区\t98\t102\t停车占用\n\
    \t\t\t\n\
    合计\t218\t253\t\n\
    二、有关建议\n\
    为此，建议按规格分类，由市级部门牵头开展专项整治。\n\
    表2　逐月情况\n\
    月份\t一\t二\t三\t四\t五\t六\t七\t八\n\
    接报\t1\t2\t3\t4\t5\t6\t7\t8\n\
    | 项目 | 说明 |\n|---|---|\n| 牵头单位 | 市消防救援总队 |\n| 完成时限 | 2026年底前 |";

const KINSOKU: &str = "一、行首行尾禁则\n\
    这一行恰好有二十六个字再加上一个逗号看看它怎样换行呢，后文继续写下去直到第二行也满了为止这里要有一个句号。再来“引号”和（括号）以及《书名号》连用：“《条例》（试行）”，如此而已……破折号——也不能拆开。\n\
    （二）数字与西文混排\n\
    截至2026年1月8日，全市GDP达3.2万亿元，同比增长5.6%，PM2.5平均浓度为31μg/m³；详见https://www.example.gov.cn/zwgk/zfxxgk/fdzdgknr/tjxx/202601/t20260108_123456789.html所列数据，联系邮箱someone.with.a.long.name@example.org，电话023-12345678。\n\
    1. 序号①②③与〔2026〕12号、℃、㎡、‰、Ⅳ、α、→、★等符号。\n\
    （1）生僻字：李昇、朱镕基、王堃、张喆、刘翀、陈珺、赵祎、䶮、㛃、𬭎。\n\
    一字末行测试一字末行测试一字末行测试一字末行测试一字末。\n\
    aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n\
    区县\t2024年\t2025年\t增长\n渝中区\t120\t151\t25.8%\n南岸区\t98\t102\t4.1%\n合计（含两江新区等功能区在内）\t218\t253\t16.1%\n\
    以上数据由各区县报送。";
