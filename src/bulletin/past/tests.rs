//! 120 past issues in five habits of naming and layout: how many are read without doubt, and that none is read wrongly
//! without being doubted.

use std::io::{Cursor, Write};

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::{PastError, PastIssue, read_past};
use crate::bulletin::tests::{elderly_care, four, input, series};
use crate::bulletin::{compile, write_docx};
use crate::model::{IssueNumber, LocalDate, SeriesId, Texts};

fn known() -> Vec<(SeriesId, String)> {
    [
        ("opinion", "社情民意信息"),
        ("opinion-composite", "社情民意信息·综合"),
        ("special-report", "社情民意信息专报"),
        ("review", "送阅"),
    ]
    .into_iter()
    .map(|(id, name)| (id.parse().expect("slug"), name.to_owned()))
    .collect()
}

/// A paragraph as another office's program writes it: text, half-points (0 = none said), centred.
struct Set<'a>(&'a str, u32, bool);

/// A Word file without styles.
fn word(paragraphs: &[Set<'_>]) -> Vec<u8> {
    let body: String = paragraphs
        .iter()
        .map(|Set(text, size, centred)| {
            let centre = if *centred { "<w:pPr><w:jc w:val=\"center\"/></w:pPr>" } else { "" };
            let look =
                if *size > 0 { format!("<w:rPr><w:sz w:val=\"{size}\"/></w:rPr>") } else { String::new() };
            let text = quick_xml::escape::escape(*text);
            format!("<w:p>{centre}<w:r>{look}<w:t xml:space=\"preserve\">{text}</w:t></w:r></w:p>")
        })
        .collect();
    let space = "xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\"";
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("word/document.xml", SimpleFileOptions::default()).expect("zip");
    write!(zip, "<w:document {space}><w:body>{body}</w:body></w:document>").expect("zip");
    zip.finish().expect("zip").into_inner()
}

/// What a made file truly is.
struct Made {
    name: String,
    bytes: Vec<u8>,
    series: &'static str,
    number: u32,
    date: LocalDate,
    titles: Vec<String>,
    /// Whether something was put in that must be doubted.
    trap: bool,
}

fn day(n: u32) -> LocalDate {
    LocalDate::from_ymd(
        2025,
        u8::try_from(n % 12 + 1).expect("month"),
        u8::try_from(n % 28 + 1).expect("day"),
    )
    .expect("a day")
}

fn article(n: u32) -> Texts {
    let subjects = [
        "老旧小区加装电梯",
        "社区养老服务",
        "外卖骑手权益保障",
        "农村公路养护",
        "中小学课后服务",
        "嘉陵江水质保护",
    ];
    let subject = subjects[n as usize % subjects.len()];
    let title = match n % 3 {
        0 => format!("关于进一步做好我市{subject}有关工作的建议"),
        1 => format!("{subject}中的几个问题亟待关注"),
        _ => format!("关于在成渝地区双城经济圈建设中统筹推进{subject}并建立跨区域协同机制的若干建议"),
    };
    let body = format!(
        "据市政协委员反映，{subject}推进中存在第{n}类情况，群众反映较多，需要有关部门研究解决。\n\
         一、主要问题\n政策衔接不够，{n}个区县标准不一，办理周期较长。\n二、有关建议\n为此，建议由市级部门牵头，统一标准，年内完成。"
    );
    Texts { title, body, credit: format!("（市政协委员　王某{n}）") }
}

/// 1 and 2: made by this program, as Word files and as PDF.
fn own(n: u32, pdf: bool) -> Made {
    let id = if n.is_multiple_of(3) { "opinion-composite" } else { "opinion" };
    let series = series(id);
    let articles: Vec<Texts> =
        if id == "opinion" { vec![article(n)] } else { (0..3).map(|at| article(n + at)).collect() };
    let titles = articles.iter().map(|one| one.title.clone()).collect();
    let mut input = input(&series, articles);
    input.number = Some(IssueNumber { series: series.id.clone(), year: 2025, number: n + 1 });
    input.printed_date = day(n);
    let document = compile(&series, &input).expect("compiles");
    let name = format!("{} 2025年第{}期", series.name, n + 1);
    let (name, bytes) = if pdf {
        (format!("{name}.pdf"), super::super::pdf::tests::typeset(&document))
    } else {
        (format!("{name}.docx"), write_docx(&document, &[]).expect("docx"))
    };
    Made {
        name,
        bytes,
        series: if id == "opinion" { "opinion" } else { "opinion-composite" },
        number: n + 1,
        date: day(n),
        titles,
        trap: false,
    }
}

/// 3: sizes set by hand, the file named by number and title; now and then the name has another number than the head.
fn by_hand(n: u32) -> Made {
    let one = article(n);
    let number = n + 1;
    let trap = n.is_multiple_of(8);
    let filed = if trap { number + 1 } else { number };
    let (issue, unit) =
        (format!("第 {number} 期"), format!("政协办公厅编印                {}", day(n).chinese()));
    let mut set = vec![
        Set("内部资料 注意保存", 32, false),
        Set("社 情 民 意 信 息", 96, true),
        Set(&issue, 32, true),
        Set(&unit, 32, false),
        Set(&one.title, 44, true),
    ];
    set.extend(one.body.lines().map(|line| Set(line, 32, false)));
    set.push(Set(&one.credit, 32, false));
    set.push(Set("报：市委办公厅，市政府办公厅。", 28, false));
    set.push(Set("（共印60份）", 28, false));
    let name = format!("2025-{filed:03}期 {}.docx", one.title);
    Made { name, bytes: word(&set), series: "opinion", number, date: day(n), titles: vec![one.title], trap }
}

/// 4: nothing set at all, the date in Chinese digits; only the words of a title tell it. Now and then they do not, or
/// there is a second title under it, or it was broken into two lines.
fn bare(n: u32) -> Made {
    let mut one = article(n);
    let trap = n % 8 == 3 || n % 8 == 5;
    if n % 8 == 3 {
        "社区食堂办起来容易办下去难".clone_into(&mut one.title);
    }
    let digits = ["〇", "一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二"];
    let date = LocalDate::from_ymd(2025, u8::try_from(n % 12 + 1).expect("month"), 9).expect("a day");
    let dated = format!("二〇二五年{}月九日", digits[usize::from(date.month())]);
    let issue = format!("（2025）第{}期", n + 1);
    let mut set = vec![Set("社情民意信息专报", 0, false), Set(&issue, 0, false), Set(&dated, 0, false)];
    let broken = one.title.char_indices().nth(12).map_or(one.title.len(), |(at, _)| at);
    let (first, second) = one.title.split_at(if n % 8 == 6 { broken } else { one.title.len() });
    set.extend([first, second].into_iter().filter(|line| !line.is_empty()).map(|line| Set(line, 0, false)));
    if n % 8 == 5 {
        set.push(Set("——基于三个区县的调研", 0, false));
    }
    set.extend(one.body.lines().map(|line| Set(line, 0, false)));
    set.push(Set("送：市政协主席、副主席。", 0, false));
    let name = format!("专报（第{}期）.docx", n + 1);
    Made {
        name,
        bytes: word(&set),
        series: "special-report",
        number: n + 1,
        date,
        titles: vec![one.title.clone()],
        trap,
    }
}

/// 5: several articles under centred titles of the text's size, with a 目录; now and then one title is not centred.
fn composite(n: u32) -> Made {
    let articles: Vec<Texts> = (0..4).map(|at| article(n + at)).collect();
    let trap = n.is_multiple_of(6);
    let (number, dated) =
        (format!("综合〔2025〕{}号", n + 1), format!("重庆市政协办公厅　{}", day(n).chinese()));
    let entries: Vec<String> =
        articles.iter().enumerate().map(|(at, one)| format!("{}. {}", at + 1, one.title)).collect();
    let mut set = vec![
        Set("社情民意信息·综合", 72, true),
        Set(&number, 32, true),
        Set(&dated, 32, false),
        Set("目  录", 32, true),
    ];
    set.extend(entries.iter().map(|entry| Set(entry, 32, false)));
    for (at, one) in articles.iter().enumerate() {
        set.push(Set(&one.title, 32, !(trap && at == 2)));
        set.extend(one.body.lines().map(|line| Set(line, 32, false)));
        set.push(Set(&one.credit, 32, false));
    }
    set.push(Set("签发：王某某    编辑：李某", 28, false));
    let titles = articles.iter().map(|one| one.title.clone()).collect();
    let name = format!("综合2025年{}期.docx", n + 1);
    Made { name, bytes: word(&set), series: "opinion-composite", number: n + 1, date: day(n), titles, trap }
}

/// A habit by name, and how its files are made.
type Habit = (&'static str, fn(u32) -> Made);

fn is_right(issue: &PastIssue, made: &Made) -> bool {
    let titles: Vec<&String> = issue.articles.iter().map(|one| &one.title).collect();
    issue.series.as_ref().is_some_and(|series| series.as_str() == made.series)
        && issue.number == Some(made.number)
        && issue.year == Some(made.date.year())
        && issue.date == Some(made.date)
        && titles == made.titles.iter().collect::<Vec<_>>()
        && issue.articles.iter().all(|one| one.body.contains("主要问题") && !one.body.contains("报："))
}

#[test]
fn most_of_120_made_files_are_read_without_doubt_and_none_wrongly_without_one() {
    let habits: [Habit; 5] = [
        ("own DOCX", |n| own(n, false)),
        ("own PDF", |n| own(n, true)),
        ("sizes by hand", by_hand),
        ("nothing set", bare),
        ("centred titles", composite),
    ];
    let (mut sure, mut right, mut all) = (0, 0, 0);
    let mut told = Vec::new();
    for (habit, make) in habits {
        let (mut habit_sure, mut habit_right) = (0, 0);
        for n in 0..24 {
            let made = make(n);
            let issue = read_past(&made.name, &made.bytes, &known()).expect("readable");
            let (ok, doubtful) = (is_right(&issue, &made), !issue.doubts.is_empty());
            assert!(ok || doubtful, "{habit}: {} read wrongly without doubt: {issue:#?}", made.name);
            assert!(doubtful || !made.trap, "{habit}: {} should be doubted", made.name);
            habit_sure += usize::from(!doubtful);
            habit_right += usize::from(ok);
            all += 1;
        }
        told.push(format!("{habit}: {habit_sure} of 24 without doubt, {habit_right} right as read"));
        sure += habit_sure;
        right += habit_right;
    }
    assert!(sure >= 107 && right >= 116, "{sure} without doubt, {right} right of {all}: {told:#?}");
}

#[test]
fn an_issue_of_ours_is_read_as_it_was_compiled() {
    let series = series("opinion");
    let document = compile(&series, &input(&series, vec![elderly_care()])).expect("compiles");
    let issue = read_past("x.docx", &write_docx(&document, &[]).expect("docx"), &known()).expect("readable");
    assert_eq!(issue.doubts, Vec::<String>::new());
    assert_eq!((issue.number, issue.year), (Some(12), Some(2026)));
    assert_eq!(issue.articles[0].credit, elderly_care().credit);
    let texts: Vec<String> = document.articles[0].blocks.iter().map(crate::bulletin::Block::text).collect();
    assert_eq!(issue.articles[0].body, texts.join("\n"));
    assert_eq!(four().len(), 4);
}

#[test]
fn what_is_no_file_of_an_issue_is_refused_in_chinese() {
    let refused = |name: &str, bytes: &[u8]| read_past(name, bytes, &known()).expect_err("refused");
    assert_eq!(refused("a.doc", b"\xD0\xCF\x11\xE0"), PastError::Kind);
    assert!(matches!(refused("a.docx", b"PK\x03\x04broken"), PastError::Damaged(_)));
    assert!(matches!(refused("a.pdf", b"%PDF-1.4 broken"), PastError::Damaged(_) | PastError::NoText));
}
