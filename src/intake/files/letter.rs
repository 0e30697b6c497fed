//! A text as items: title, author, unit, date and body told apart; one item a file, or several, each under its title.

use serde_json::json;

use super::draft::{Draft, Reading};
use super::name::{self, Named};
use super::table::Row;
use super::{FileError, cells, header, people, table};
use crate::intake::secrecy::find_mark;

/// A longer line is no title.
const TITLE_MAX: usize = 60;
/// Fewer characters under a title are no text of its own.
const BODY_MIN: usize = 20;
/// Lines at the front and at the end in which labels and signatures are looked for.
const EDGE_LINES: usize = 10;

/// A paragraph with its look; or a row of a table.
#[derive(Debug, Clone, Default)]
pub(super) struct Paragraph {
    pub text: String,
    /// A heading of the first level, or big and centred.
    pub heading: bool,
    pub centred: bool,
    pub big: bool,
    /// The cells, if it is a row.
    pub cells: Vec<String>,
}

/// The items of a text; `file` is its name.
pub(super) fn read(file: &str, paragraphs: &[Paragraph]) -> Result<Reading, FileError> {
    if let Some(reading) = rows(paragraphs) {
        return Ok(reading);
    }
    let lines = lines(paragraphs);
    if lines.is_empty() {
        return Err(FileError::NoText("文件中没有文字".to_owned()));
    }
    let named = name::read(file);
    let starts = starts(&lines);
    let secret = lines.iter().any(|line| find_mark(&line.text));
    let mut reading = Reading { secret, ..Reading::default() };
    if starts.len() < 2 {
        reading.drafts.push(item(&lines, &named, "")?);
        return Ok(reading);
    }
    let shared = Named { title: None, ..named };
    for (at, start) in starts.iter().enumerate() {
        let end = starts.get(at + 1).copied().unwrap_or(lines.len());
        reading.drafts.push(item(&lines[*start..end], &shared, &format!("第 {} 篇", at + 1))?);
    }
    Ok(reading)
}

/// A table with a header of ours is read like a spreadsheet.
fn rows(paragraphs: &[Paragraph]) -> Option<Reading> {
    let rows: Vec<Row> = paragraphs
        .iter()
        .filter(|one| !one.cells.is_empty())
        .enumerate()
        .map(|(at, one)| Row { number: at + 1, cells: one.cells.clone() })
        .collect();
    let headed = rows
        .iter()
        .take(3)
        .any(|row| header::columns(&row.cells).is_some_and(|all| all.iter().flatten().count() >= 3));
    if headed && rows.len() >= 2 { table::read(&rows, None).ok() } else { None }
}

/// The lines that hold something; a row of a form is a line for each label in it.
fn lines(paragraphs: &[Paragraph]) -> Vec<Paragraph> {
    let mut out = Vec::new();
    for one in paragraphs {
        if !one.cells.is_empty() {
            out.extend(form(&one.cells).into_iter().map(|text| Paragraph { text, ..Paragraph::default() }));
            continue;
        }
        let parts = if one.heading {
            vec![one.text.replace('\n', "")]
        } else {
            one.text.split('\n').map(str::to_owned).collect()
        };
        let parts = parts.into_iter().map(|part| {
            part.trim_matches(|c: char| c.is_whitespace() || crate::model::is_invisible(c)).to_owned()
        });
        out.extend(parts.filter(|part| !part.is_empty()).map(|text| Paragraph { text, ..one.clone() }));
    }
    out
}

/// 标题 | …… | 反映人 | 张三: a label and what is filled in beside it.
fn form(cells: &[String]) -> Vec<String> {
    let mut out = Vec::new();
    let mut at = 0;
    while at < cells.len() {
        let value = cells.get(at + 1).map(|value| value.trim()).unwrap_or_default();
        if header::field(&cells[at]).is_some() && header::field(value).is_none() {
            if !value.is_empty() {
                out.push(format!("{}：{value}", cells[at].split_whitespace().collect::<String>()));
            }
            at += 2;
        } else {
            out.extend((!cells[at].trim().is_empty()).then(|| cells[at].trim().to_owned()));
            at += 1;
        }
    }
    out
}

/// Where the items of a text begin: at each heading, or at each line that is written like a title.
fn starts(lines: &[Paragraph]) -> Vec<usize> {
    let own_text = |starts: &[usize]| {
        starts.iter().enumerate().all(|(at, start)| {
            let end = starts.get(at + 1).copied().unwrap_or(lines.len());
            lines[start + 1..end].iter().map(|line| line.text.chars().count()).sum::<usize>() >= BODY_MIN
        })
    };
    let headings: Vec<usize> = (0..lines.len()).filter(|at| lines[*at].heading).collect();
    let headings: Vec<usize> =
        headings.iter().copied().filter(|at| *at == 0 || !lines[*at - 1].heading).collect();
    let titles: Vec<usize> = (0..lines.len()).filter(|at| is_title(&lines[*at].text)).collect();
    // A heading before all of them is the name of the whole.
    [headings, titles].into_iter().find(|starts| starts.len() > 1 && own_text(starts)).unwrap_or_default()
}

/// 关于……的建议, numbered or not, and other endings of titles.
fn is_title(text: &str) -> bool {
    const ENDS: [&str; 14] = [
        "的建议",
        "的情况",
        "的反映",
        "的思考",
        "的报告",
        "的提案",
        "的意见",
        "的对策",
        "的问题",
        "亟待关注",
        "亟待解决",
        "引起重视",
        "值得关注",
        "的几点建议",
    ];
    let plain = text
        .trim_start_matches(|c: char| c.is_ascii_digit() || "一二三四五六七八九十、.．（）()".contains(c))
        .trim();
    let length = plain.chars().count();
    (6..=TITLE_MAX).contains(&length)
        && !plain.contains(['。', '；', '！'])
        && (plain.starts_with("关于") || plain.starts_with("建议"))
        && ENDS.iter().any(|end| plain.ends_with(end))
}

fn item(lines: &[Paragraph], named: &Named, place: &str) -> Result<Draft, FileError> {
    let mut draft = Draft::at(place);
    let mut rest: Vec<&Paragraph> = lines.iter().collect();
    labels(&mut draft, &mut rest);
    title(&mut draft, &mut rest, named);
    byline(&mut draft, &mut rest);
    signature(&mut draft, &mut rest);
    if !draft.item.contains_key("body") && !draft.item.contains_key("situation") {
        let body = rest.iter().map(|line| line.text.as_str()).collect::<Vec<_>>().join("\n");
        if body.trim().is_empty() {
            return Err(FileError::NoText("只有标题，没有正文".to_owned()));
        }
        draft.put("body", body);
    }
    from_name(&mut draft, named);
    if draft.title().is_empty() {
        let body = draft.text("body").or_else(|| draft.text("situation")).unwrap_or_default();
        let first: String = body.chars().take_while(|c| !"，。！？；\n".contains(*c)).take(40).collect();
        draft.put("title", first);
    }
    Ok(draft)
}

/// 标题：……, 反映人：张三, 联系电话：…… in the first and last lines.
fn labels(draft: &mut Draft, rest: &mut Vec<&Paragraph>) {
    let count = rest.len();
    let mut at = 0;
    rest.retain(|line| {
        at += 1;
        let edge = at <= EDGE_LINES || at + EDGE_LINES > count;
        let Some((label, value)) = line.text.split_once(['：', ':']).filter(|_| edge) else { return true };
        let value = value.trim();
        let Some(field) = header::field(label).filter(|_| label.chars().count() <= 8 && !value.is_empty())
        else {
            return true;
        };
        let text = matches!(field, "body" | "situation" | "causes" | "suggestions");
        let small = matches!(field, "title") || value.chars().count() <= 50;
        // 建议：…… in a letter is a part of it, in a form a field; only a form has a title of its own too.
        if text && !draft.item.contains_key("title") || !text && !small || draft.text(field).is_some() {
            return true;
        }
        if text && field != "body" {
            return true;
        }
        match cells::value(field, value) {
            Ok(value) => {
                draft.put(field, value);
                false
            }
            Err(_) => true,
        }
    });
    // What follows 正文：…… belongs to it.
    if let Some(body) = draft.text("body").map(str::to_owned) {
        let more: Vec<&str> = rest.iter().map(|line| line.text.as_str()).collect();
        if more.iter().map(|line| line.chars().count()).sum::<usize>() >= BODY_MIN {
            draft.put("body", format!("{body}\n{}", more.join("\n")));
            rest.clear();
        }
    }
}

/// The first lines, if they look like a title; a title may run over two.
fn title(draft: &mut Draft, rest: &mut Vec<&Paragraph>, named: &Named) {
    if draft.item.contains_key("title") {
        return;
    }
    let looks = |line: &Paragraph| {
        let length = line.text.chars().count();
        let ends = line.text.ends_with(['。', '；', '！', '：', ':', '，', '？']);
        length <= TITLE_MAX && !ends && (line.heading || line.centred || is_title(&line.text))
    };
    let count = rest.iter().take(2).take_while(|line| looks(line) && !people::is_line(&line.text)).count();
    let two = count == 2 && rest[1].heading == rest[0].heading && !is_title(&rest[0].text);
    let known =
        named.title.as_deref().filter(|title| rest.first().is_some_and(|line| line.text.contains(title)));
    let short = rest.len() > 1
        && rest.first().is_some_and(|line| {
            (4..=40).contains(&line.text.chars().count())
                && !line.text.contains(['。', '，', '！', '？', '：', ':'])
        });
    let count =
        if two { 2 } else { usize::from(count > 0 || known.is_some() || short && named.title.is_none()) };
    if count > 0 {
        let text: String = rest.drain(..count).map(|line| line.text.as_str()).collect();
        let plain = text.trim_start_matches(|c: char| c.is_ascii_digit() || "、.．".contains(c)).trim();
        draft.put("title", plain);
    }
}

/// Under the title: （张三）, 市第一中学 张三, 作者 张三.
fn byline(draft: &mut Draft, rest: &mut Vec<&Paragraph>) {
    if let Some(line) = rest.first()
        && rest.len() > 1
        && people::take(draft, &line.text)
    {
        rest.remove(0);
    }
}

/// At the end: a name, a unit, a date, each on a line or together.
fn signature(draft: &mut Draft, rest: &mut Vec<&Paragraph>) {
    for _ in 0..4 {
        let Some(last) = rest.last().filter(|_| rest.len() > 1) else { return };
        let text = last.text.trim_matches(|c: char| "（）() 　".contains(c));
        let taken = if !draft.item.contains_key("submitted_at")
            && let Some(time) = cells::time(text)
        {
            draft.put("submitted_at", time);
            true
        } else {
            people::take(draft, &last.text)
        };
        if !taken {
            return;
        }
        rest.pop();
    }
}

/// What the text did not say, from the file's name.
fn from_name(draft: &mut Draft, named: &Named) {
    if draft.title().is_empty()
        && let Some(title) = &named.title
    {
        draft.put("title", title.as_str());
    }
    if draft.text("contributor.name").is_none()
        && let Some(author) = &named.author
    {
        draft.put("contributor.name", author.as_str());
        let others: Vec<_> = named.co_authors.iter().map(|name| json!({ "name": name })).collect();
        if !others.is_empty() {
            draft.put("co_contributors", others);
        }
    }
    if draft.text("contributor.unit").is_none()
        && let Some(unit) = &named.unit
    {
        draft.put("contributor.unit", unit.as_str());
    }
    // A unit that speaks for itself.
    if draft.text("contributor.name").is_none()
        && let Some(unit) = draft.text("contributor.unit").map(str::to_owned)
    {
        draft.put("contributor.name", unit);
    }
    if draft.text("submitted_at").is_none()
        && let Some(date) = &named.date
    {
        draft.put("submitted_at", date.as_str());
    }
}
