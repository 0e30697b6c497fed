//! The Word file as a package: integrity, order of elements, styles, determinism.

use std::io::{Cursor, Read};

use zip::ZipArchive;

use super::super::tests::{elderly_care, four, input, series};
use super::super::{Document, compile};
use super::xml::{Element, Node, parse};
use super::{schema, write};
use crate::model::Urgency;

fn single() -> Document {
    let series = series("opinion");
    compile(&series, &input(&series, vec![elderly_care()])).expect("compiles")
}

fn composite() -> Document {
    let series = series("opinion-composite");
    let mut input = input(&series, four());
    input.editors_note = Some("近期，本刊收到一批民生信息 <A&B>，现予编发。".to_owned());
    input.urgency = Urgency::Critical;
    compile(&series, &input).expect("compiles")
}

fn part(bytes: &[u8], name: &str) -> String {
    let mut zip = ZipArchive::new(Cursor::new(bytes)).expect("zip");
    let mut text = String::new();
    zip.by_name(name).expect(name).read_to_string(&mut text).expect("utf-8");
    text
}

/// All texts of a part, in order.
fn texts(element: &Element, out: &mut String) {
    for node in &element.children {
        match node {
            Node::Element(child) => texts(child, out),
            Node::Text(text) if element.name == "w:t" => out.push_str(text),
            Node::Text(_) => {}
        }
    }
}

#[test]
fn equal_documents_give_equal_bytes_on_every_thread() {
    let here = write(&composite(), &[1, 2, 4, 4]).expect("docx");
    let elsewhere = std::thread::spawn(|| {
        write(&single(), &[]).expect("docx");
        write(&composite(), &[1, 2, 4, 4]).expect("docx")
    });
    assert_eq!(here, elsewhere.join().expect("thread"));
}

#[test]
fn the_package_is_whole_and_every_declared_part_is_there() {
    let bytes = write(&composite(), &[1, 2, 4, 4]).expect("docx");
    let mut zip = ZipArchive::new(Cursor::new(bytes.as_slice())).expect("zip");
    assert_eq!(zip.by_index(0).expect("first").name(), "[Content_Types].xml");
    let names: Vec<String> = zip.file_names().map(str::to_owned).collect();
    for name in &names {
        parse(part(&bytes, name).as_bytes()).expect(name);
    }
    let types = part(&bytes, "[Content_Types].xml");
    for declared in types.split("PartName=\"/").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(names.iter().any(|name| name == declared), "{declared}");
    }
    assert!(part(&bytes, "docProps/core.xml").contains(">2026-01-08T00:00:00Z<"));
    assert!(
        part(&bytes, "docProps/core.xml").contains("<dc:title>社情民意信息·综合 2026年第12期</dc:title>")
    );
}

#[test]
fn every_element_stands_where_the_standard_wants_it() {
    let bytes = write(&composite(), &[1, 2, 4, 4]).expect("docx");
    for name in ["word/document.xml", "word/styles.xml", "word/settings.xml", "word/footer1.xml"] {
        let text = part(&bytes, name);
        let mut again = parse(text.as_bytes()).expect(name);
        let before = again.clone();
        schema::put_in_order(&mut again);
        // Attributes are added once, so only the order is compared.
        assert_eq!(order(&before), order(&again), "{name}");
        assert!(!text.contains("w14:paraId") && !text.contains("<w:rPr/>"), "{name}");
    }
    let document = part(&bytes, "word/document.xml");
    let section = &document[document.find("<w:sectPr").expect("section")..];
    let place = |name: &str| section.find(name).expect(name);
    assert!(place("<w:footerReference") < place("<w:pgSz"));
    assert!(place("<w:pgMar") < place("<w:docGrid"));
}

fn order(element: &Element) -> Vec<String> {
    let mut names = vec![element.name.clone()];
    for node in &element.children {
        if let Node::Element(child) = node {
            names.extend(order(child));
        }
    }
    names
}

#[test]
fn the_page_is_that_of_the_standard() {
    let bytes = write(&single(), &[]).expect("docx");
    let document = part(&bytes, "word/document.xml");
    assert!(document.contains(r#"<w:pgSz w:w="11906" w:h="16838"/>"#), "{document}");
    assert!(document.contains(r#"w:top="2098" w:right="1474" w:bottom="1984" w:left="1587""#));
    assert!(document.contains(r#"<w:docGrid w:type="lines" w:linePitch="579"/>"#));
    let styles = part(&bytes, "word/styles.xml");
    assert!(styles.contains(r#"w:line="579" w:lineRule="exact""#));
    assert!(styles.contains(r#"w:firstLineChars="200""#));
    assert!(styles.contains(r#"<w:widowControl w:val="0"/>"#));
    assert!(styles.contains(r#"<w:spacing w:val="-5"/>"#));
    for face in ["方正小标宋简体", "仿宋_GB2312", "黑体", "楷体_GB2312", "宋体"] {
        assert!(styles.contains(&format!("w:eastAsia=\"{face}\"")), "{face}");
    }
    assert!(part(&bytes, "word/settings.xml").contains("<w:evenAndOddHeaders"));
    let (odd, even) = (part(&bytes, "word/footer1.xml"), part(&bytes, "word/footer2.xml"));
    assert!(odd.contains("PageNumberOdd") && even.contains("PageNumberEven"));
}

#[test]
fn every_style_that_is_used_is_defined() {
    let bytes = write(&composite(), &[1, 2, 4, 4]).expect("docx");
    let styles = part(&bytes, "word/styles.xml");
    let mut used = part(&bytes, "word/document.xml");
    used += &part(&bytes, "word/footer1.xml");
    used += &part(&bytes, "word/footer2.xml");
    for tag in ["<w:pStyle w:val=\"", "<w:rStyle w:val=\""] {
        for id in used.split(tag).skip(1).filter_map(|rest| rest.split('"').next()) {
            assert!(styles.contains(&format!("w:styleId=\"{id}\"")), "{id}");
        }
    }
}

#[test]
fn the_file_says_what_the_document_says() {
    let document = composite();
    let bytes = write(&document, &[]).expect("docx");
    let mut said = String::new();
    texts(&parse(part(&bytes, "word/document.xml").as_bytes()).expect("xml"), &mut said);
    let said = said.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
    let squeezed = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
    assert_eq!(squeezed(&said), squeezed(&document.plain_text()));
}

#[test]
fn the_foot_stands_at_the_bottom_of_the_last_page_between_its_rules() {
    let document = part(&write(&single(), &[]).expect("docx"), "word/document.xml");
    let table = &document[document.find("<w:tbl>").expect("table")..];
    assert!(table.contains(r#"w:vertAnchor="margin""#) && table.contains(r#"w:tblpYSpec="bottom""#));
    assert!(table.contains(r#"<w:top w:val="single" w:sz="8""#), "{table}");
    assert!(table.contains(r#"<w:insideH w:val="single" w:sz="6""#));
    assert_eq!(table.matches("<w:tr>").count(), 4);
    assert!(table.contains("印60份"));
}
