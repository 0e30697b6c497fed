//! From signed texts to a document: the one place where an issue's content is decided (DOMAIN §3).

use std::collections::BTreeMap;

use crate::model::{IssueNumber, LocalDate, Reset, SeriesId, Texts, Urgency};

use super::document::{Article, Document, Foot, Masthead, Name};
use super::paragraphs::{blocks, clean, lines};
use super::picture::Picture;
use super::series::{Contents, Series, SeriesKind};
use super::title::{Words, shape};
use super::words::crude_words;

/// What an issue is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssueInput {
    /// The number taken at 登记; `None` = a proof 清样, which prints 第　　期.
    pub number: Option<IssueNumber>,
    /// 总第N期, where the series counts it.
    pub total: Option<u32>,
    /// Whether this is a 增刊, numbered apart.
    pub supplement: bool,
    /// The date that is printed.
    pub printed_date: LocalDate,
    /// 紧急程度; 普通 prints nothing.
    pub urgency: Urgency,
    /// 编者按; blank = none.
    pub editors_note: Option<String>,
    /// The articles in order.
    pub articles: Vec<Texts>,
    /// Their pictures: article, from 0, and the number that its text calls the picture by (【图1】).
    pub pictures: BTreeMap<(usize, u32), Picture>,
    /// 此前编发, a line each; empty = no end box.
    pub earlier: Vec<String>,
    /// 签发.
    pub signer: Option<String>,
    /// 编辑.
    pub editor: Option<String>,
    /// 核稿.
    pub checker: Option<String>,
    /// 印数; `None` = as the series says.
    pub copies: Option<u32>,
}

/// Why an issue cannot be compiled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CompileError {
    /// No article at all.
    #[error("本期没有稿件")]
    Empty,
    /// A single-item series with several.
    #[error("《{name}》为单篇刊物，本期却有 {count} 篇稿件")]
    NotComposite {
        /// 刊名.
        name: String,
        /// How many there are.
        count: usize,
    },
    /// An article without a title or a text.
    #[error("第 {article} 篇稿件缺少{part}")]
    Missing {
        /// Which, from 1.
        article: usize,
        /// 标题 or 正文.
        part: &'static str,
    },
    /// A number of another series.
    #[error("期号属于刊物 {number}，不是 {series}")]
    OtherSeries {
        /// Whose number it is.
        number: SeriesId,
        /// The series compiled.
        series: SeriesId,
    },
    /// A number of another year than the printed date's.
    #[error("期号是 {number_year} 年的，印发日期却在 {printed_year} 年")]
    OtherYear {
        /// The number's year.
        number_year: i32,
        /// The printed date's.
        printed_year: i32,
    },
    /// The series prints a 总期号 and none was given, or the other way round.
    #[error("《{0}》的总期号与刊物设置 numbering.total 不一致")]
    Total(String),
    /// The series has no 增刊.
    #[error("《{0}》未设增刊（numbering.supplement）")]
    NoSupplements(String),
    /// 印0份.
    #[error("印数至少为 1")]
    NoCopies,
}

/// Compiles an issue, with titles cut into lines by a crude list of words.
///
/// # Errors
/// [`CompileError`] when the input does not make an issue of this series.
pub fn compile(series: &Series, input: &IssueInput) -> Result<Document, CompileError> {
    compile_with(series, input, &crude_words)
}

/// Compiles an issue; `words` cuts a title into words, so that no line break parts one.
///
/// # Errors
/// [`CompileError`] when the input does not make an issue of this series.
pub fn compile_with(series: &Series, input: &IssueInput, words: Words<'_>) -> Result<Document, CompileError> {
    check(series, input)?;
    let articles: Vec<Article> = input
        .articles
        .iter()
        .enumerate()
        .map(|(at, texts)| {
            let own = input.pictures.iter().filter(|((article, _), _)| *article == at);
            let own = own.map(|((_, number), picture)| (*number, picture.clone())).collect();
            article(at + 1, texts, &own, words)
        })
        .collect::<Result<_, _>>()?;
    let listed = series.contents == Contents::WhenSeveral && articles.len() > 1;
    Ok(Document {
        masthead: Masthead {
            name: clean(&series.name),
            mark: Some(clean(&series.mark)).filter(|mark| !mark.is_empty()),
            urgency: (input.urgency != Urgency::Normal).then(|| input.urgency.label().to_owned()),
        },
        issue_line: issue_line(series, input),
        unit: clean(&series.unit),
        date: input.printed_date,
        editors_note: input.editors_note.as_deref().map(note).unwrap_or_default(),
        contents: if listed { articles.iter().map(|one| one.title.concat()).collect() } else { Vec::new() },
        articles,
        earlier: input.earlier.iter().map(|line| clean(line)).filter(|line| !line.is_empty()).collect(),
        foot: foot(series, input),
    })
}

fn check(series: &Series, input: &IssueInput) -> Result<(), CompileError> {
    let count = input.articles.len();
    if count == 0 {
        return Err(CompileError::Empty);
    }
    if series.kind == SeriesKind::Single && count > 1 {
        return Err(CompileError::NotComposite { name: series.name.clone(), count });
    }
    if input.supplement && !series.numbering.supplement {
        return Err(CompileError::NoSupplements(series.name.clone()));
    }
    if input.copies == Some(0) {
        return Err(CompileError::NoCopies);
    }
    let Some(number) = &input.number else { return Ok(()) };
    if number.series != series.id {
        return Err(CompileError::OtherSeries { number: number.series.clone(), series: series.id.clone() });
    }
    let printed_year = input.printed_date.year();
    if series.numbering.reset == Reset::Yearly && number.year != printed_year {
        return Err(CompileError::OtherYear { number_year: number.year, printed_year });
    }
    // 增刊 are numbered apart and have no 总期号.
    if input.total.is_some() != (series.numbering.total && !input.supplement) {
        return Err(CompileError::Total(series.name.clone()));
    }
    Ok(())
}

/// 第12期（总第345期）; 2026年第12期 where no running number is printed; 总第345期 where nothing else counts.
fn issue_line(series: &Series, input: &IssueInput) -> String {
    let blank = || "　　".to_owned();
    let number = input.number.as_ref().map_or_else(blank, |number| number.number.to_string());
    if input.supplement {
        return format!("{}年增刊第{number}期", input.printed_date.year());
    }
    match (series.numbering.reset, series.numbering.total) {
        (Reset::Never, _) => format!("总第{number}期"),
        (Reset::Yearly, false) => format!("{}年第{number}期", input.printed_date.year()),
        (Reset::Yearly, true) => {
            let total = input.total.map_or_else(blank, |total| total.to_string());
            format!("第{number}期（总第{total}期）")
        }
    }
}

fn article(
    at: usize,
    texts: &Texts,
    pictures: &BTreeMap<u32, Picture>,
    words: Words<'_>,
) -> Result<Article, CompileError> {
    let title = shape(&texts.title, words);
    if title.iter().all(String::is_empty) {
        return Err(CompileError::Missing { article: at, part: "标题" });
    }
    let blocks = blocks(&texts.body, pictures);
    if blocks.is_empty() {
        return Err(CompileError::Missing { article: at, part: "正文" });
    }
    let credit = Some(lines(&texts.credit).concat()).filter(|credit| !credit.is_empty());
    Ok(Article { title, blocks, credit })
}

/// The paragraphs of the 编者按, without the words that every writer puts before it.
fn note(text: &str) -> Vec<String> {
    let mut note = lines(text);
    if let Some(first) = note.first_mut() {
        for label in ["编者按：", "编者按:", "【编者按】", "编者按"] {
            if let Some(rest) = first.strip_prefix(label) {
                *first = rest.trim().to_owned();
                break;
            }
        }
    }
    note.retain(|line| !line.is_empty());
    note
}

fn foot(series: &Series, input: &IssueInput) -> Foot {
    let cleaned = |list: &[String]| list.iter().map(|one| clean(one)).collect();
    let shown = [
        ("签发", series.show.signer, &input.signer),
        ("编辑", series.show.editor, &input.editor),
        ("核稿", series.show.checker, &input.checker),
    ];
    let names = shown.into_iter().filter(|(_, shown, _)| *shown).filter_map(|(role, _, name)| {
        let name = clean(name.as_deref()?);
        (!name.is_empty()).then(|| Name { role: role.to_owned(), name })
    });
    Foot {
        report: cleaned(&series.recipients.report),
        send: cleaned(&series.recipients.send),
        distribute: cleaned(&series.recipients.distribute),
        names: names.collect(),
        copies: input.copies.unwrap_or(series.copies),
    }
}
