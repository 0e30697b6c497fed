//! From the lines of a file to an issue: head, titles, text, credits, foot.

use crate::model::SeriesId;

use super::head::{Numbered, date, named, numbered};
use super::{Line, PastArticle, PastIssue};
use crate::bulletin::paragraphs::clean;

/// The head is looked for in so many lines.
const HEAD_LINES: usize = 16;
/// A text shorter than this is hardly a whole article.
const BODY_MIN: usize = 20;
/// A line as long as this that ends as a sentence does is a paragraph.
const PARAGRAPH_MIN: usize = 30;
/// The longest title.
const TITLE_MAX: usize = 90;

/// Reads an issue; `stem` is the file's name without its ending.
pub(super) fn issue(stem: &str, lines: &[Line], known: &[(SeriesId, String)]) -> PastIssue {
    let lines: Vec<Line> = lines
        .iter()
        .map(|line| Line { text: clean(&line.text.replace('\u{200B}', "")), ..line.clone() })
        .filter(|line| !line.text.is_empty() && !is_page_number(&line.text))
        .collect();
    let foot = lines.iter().rposition(|line| !is_foot(&line.text)).map_or(0, |at| at + 1);
    let foot = lines[..foot].iter().position(|line| is_foot(&line.text)).unwrap_or(foot);
    let mut issue = PastIssue::default();
    let head = head_end(&lines[..foot]);
    read_head(stem, &lines[..head], known, &mut issue);
    read_articles(&lines[head..foot], &mut issue);
    if issue.date.is_none() {
        issue.date = lines[foot.saturating_sub(3)..].iter().find_map(|line| date(&line.text));
        let doubt = if issue.date.is_some() { "日期取自文末" } else { "没有找到印发日期" };
        issue.doubts.push(doubt.to_owned());
    }
    agree(&mut issue);
    issue
}

/// Where the head ends: after the line with the date, else after the line with the number, else after the masthead.
fn head_end(lines: &[Line]) -> usize {
    let top = &lines[..lines.len().min(HEAD_LINES)];
    let after = |found: Option<usize>| found.map(|at| at + 1);
    after(top.iter().position(|line| date(&line.text).is_some() && line.text.chars().count() < 50))
        .or_else(|| after(top.iter().position(|line| numbered(&line.text).number.is_some())))
        .unwrap_or_else(|| usize::from(!lines.is_empty()))
}

fn read_head(stem: &str, head: &[Line], known: &[(SeriesId, String)], issue: &mut PastIssue) {
    let squeezed = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
    let masthead: String = head.iter().map(|line| squeezed(&line.text)).collect();
    let by_name = |text: &str| {
        let found = known.iter().filter(|(_, name)| text.contains(&squeezed(name)));
        found.max_by_key(|(_, name)| name.chars().count()).map(|(id, _)| id.clone())
    };
    let (printed, filed) = (by_name(&masthead), by_name(&squeezed(stem)));
    if let (Some(printed), Some(filed)) = (&printed, &filed)
        && printed != filed
    {
        issue.doubts.push(format!("刊头是 {printed}，文件名是 {filed}"));
    }
    issue.series = printed.or(filed);
    if issue.series.is_none() {
        issue.doubts.push("没有认出刊物".to_owned());
    }
    let said: Vec<Numbered> = head.iter().map(|line| numbered(&line.text)).collect();
    let name = named(stem);
    issue.date = head.iter().find_map(|line| date(&line.text));
    issue.total = said.iter().find_map(|one| one.total).or(name.total);
    issue.supplement = said.iter().any(|one| one.supplement && one.number.is_some()) || name.supplement;
    let printed = said.iter().find_map(|one| one.number);
    issue.number = printed.or(name.number);
    issue.year = said.iter().filter(|one| one.number.is_some()).find_map(|one| one.year).or(name.year);
    match (printed, name.number) {
        (Some(printed), Some(filed)) if printed != filed => {
            issue.doubts.push(format!("刊头是第{printed}期，文件名是第{filed}期"));
        }
        (None, Some(_)) => issue.doubts.push("期号取自文件名".to_owned()),
        (None, None) => issue.doubts.push("没有找到期号".to_owned()),
        _ => {}
    }
}

/// Year and date must agree; what is missing of one is taken from the other.
fn agree(issue: &mut PastIssue) {
    match (issue.year, issue.date.map(crate::model::LocalDate::year)) {
        (Some(year), Some(dated)) if year != dated => {
            issue.doubts.push(format!("期号是 {year} 年的，日期却在 {dated} 年"));
        }
        (None, Some(dated)) => issue.year = Some(dated),
        _ => {}
    }
}

/// Titles are what is big; where nothing is, what is centred; where nothing is, the first lines, and that is a doubt.
fn read_articles(lines: &[Line], issue: &mut PastIssue) {
    let (contents, lines) = split_contents(lines);
    let any = |is: fn(&Line) -> bool| lines.iter().any(|line| is(line) && could_be_title(&line.text));
    let big = any(|line| line.big);
    let centred = any(|line| line.centred);
    let is_title =
        |line: &Line| could_be_title(&line.text) && if big { line.big } else { centred && line.centred };
    let plain = !big && !centred;
    let named = if plain { title_by_words(&lines) } else { None };
    let mut articles: Vec<PastArticle> = Vec::new();
    let mut in_title = false;
    let mut before: Vec<&str> = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let guessed = plain && at < named.unwrap_or(1);
        if guessed || is_title(line) {
            if !in_title {
                articles.push(PastArticle::default());
            }
            in_title = true;
            if let Some(article) = articles.last_mut() {
                article.title.push_str(&line.text);
            }
            continue;
        }
        in_title = false;
        match articles.last_mut() {
            Some(article) => {
                article.body.push_str(&line.text);
                article.body.push('\n');
            }
            None => before.push(&line.text),
        }
    }
    if plain && named.is_none() && !articles.is_empty() {
        issue.doubts.push("标题没有格式可认，取正文前第一行".to_owned());
    }
    let note: String = before.concat();
    if !note.is_empty() && !note.starts_with("编者按") && !note.starts_with("【编者按") {
        issue.doubts.push("标题之前还有文字".to_owned());
    }
    articles.iter_mut().for_each(take_credit);
    doubt_articles(&articles, contents, issue);
    issue.articles = articles;
}

/// How many of the first lines are the title, where nothing but their words tells: 关于…的建议, …问题亟待关注, with a
/// paragraph after them. One line, or one that was broken into two or three.
fn title_by_words(lines: &[Line]) -> Option<usize> {
    let paragraph =
        |line: &Line| line.text.chars().count() >= PARAGRAPH_MIN && line.text.ends_with(['。', '：', '；']);
    (1..=3).find(|count| {
        let title: String = lines.iter().take(*count).map(|line| line.text.as_str()).collect();
        reads_as_title(&title) && lines.get(*count).is_some_and(paragraph)
    })
}

/// The two patterns that editors rewrite titles by.
fn reads_as_title(text: &str) -> bool {
    let ends = |words: &[&str]| words.iter().any(|word| text.ends_with(word));
    let about = text.starts_with("关于") && ends(&["建议", "意见", "情况", "报告", "思考", "对策", "反映"]);
    let urgent = ["亟待", "亟需", "亟须", "值得", "应予", "应引起", "需引起", "急需"]
        .iter()
        .any(|word| text.contains(word))
        && ends(&["关注", "重视", "解决", "破解", "规范", "加强", "改进", "完善", "警惕"]);
    could_be_title(text) && !text.contains(['。', '！', '？']) && (about || urgent)
}

fn doubt_articles(articles: &[PastArticle], contents: usize, issue: &mut PastIssue) {
    if articles.is_empty() {
        issue.doubts.push("没有找到标题".to_owned());
    }
    if contents > 0 && contents != articles.len() {
        issue.doubts.push(format!("目录有 {contents} 条，正文认出 {} 篇", articles.len()));
    }
    for article in articles {
        if article.body.chars().count() < BODY_MIN {
            issue.doubts.push(format!("“{}”正文过短", article.title));
        }
        if article.title.chars().count() > TITLE_MAX {
            issue.doubts.push("标题过长，可能连着正文".to_owned());
        }
    }
}

/// Takes the 目录 out: its entries are counted, so that no article is overlooked.
fn split_contents(lines: &[Line]) -> (usize, Vec<Line>) {
    let is_label = |line: &Line| line.text.chars().filter(|c| !c.is_whitespace()).eq("目录".chars());
    let Some(label) = lines.iter().position(is_label) else { return (0, lines.to_vec()) };
    let paged = lines[label..].iter().any(|line| is_entry(&line.text) && has_leader(&line.text));
    let mut count = 0;
    let mut end = label + 1;
    // An entry that has not come to its page number yet goes on in the next line.
    let mut open = false;
    while let Some(line) = lines.get(end) {
        let closes = ends_with_page(&line.text) || has_leader(&line.text);
        // Without its number the last line of an entry may stand as if it were centred.
        let centred = line.centred && !closes;
        if is_entry(&line.text) && !line.big {
            count += 1;
        } else if line.big || (centred && count > 0) || !(line.entry || closes || (open && paged)) {
            break;
        }
        open = !closes;
        end += 1;
    }
    (count, [&lines[..label], &lines[end..]].concat())
}

/// `3. 标题` or `三、标题`; a page number that stands alone is no entry.
fn is_entry(text: &str) -> bool {
    let counts = |c: char| c.is_ascii_digit() || "一二三四五六七八九十".contains(c);
    text.starts_with(counts) && text.trim_start_matches(counts).starts_with(['.', '．', '、'])
}

/// Dots up to a page number; the number itself is not always read.
fn has_leader(text: &str) -> bool {
    let dot = |c: char| "·….．•‥".contains(c);
    let end = text.trim_end_matches(|c: char| c.is_ascii_digit() || c.is_whitespace());
    end.chars().rev().take_while(|c| dot(*c)).count() >= 2
}

fn ends_with_page(text: &str) -> bool {
    text.ends_with(|c: char| c.is_ascii_digit())
}

/// The last lines in brackets, or after 作者 or 供稿, name who is credited.
fn take_credit(article: &mut PastArticle) {
    let body = article.body.trim_end();
    let (rest, last) = body.rsplit_once('\n').unwrap_or(("", body));
    let bracketed = last.starts_with(['（', '(']) && last.ends_with(['）', ')']);
    let named = ["供稿：", "作者：", "反映人：", "来源："].iter().any(|word| last.starts_with(word));
    if (bracketed || named) && !rest.is_empty() && last.chars().count() <= TITLE_MAX {
        article.credit = last.to_owned();
        article.body = rest.to_owned();
    } else {
        article.body = body.to_owned();
    }
}

fn could_be_title(text: &str) -> bool {
    let count = text.chars().count();
    let squeezed: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    (2..=TITLE_MAX).contains(&count)
        && !text.ends_with(['。', '；', '：', ':'])
        && squeezed != "目录"
        && !squeezed.starts_with("编者按")
}

fn is_page_number(text: &str) -> bool {
    let inner = text.trim_matches(|c: char| c.is_whitespace() || "—–-－─".contains(c));
    inner.len() < text.len() && !inner.is_empty() && inner.chars().all(|c| c.is_ascii_digit())
}

/// 报, 送, 发, 签发 … 印N份: what stands between the rules at the end.
fn is_foot(text: &str) -> bool {
    let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    [
        "报：",
        "送：",
        "发：",
        "分送：",
        "抄送：",
        "签发：",
        "编辑：",
        "核稿：",
        "责任编辑：",
        "（共印",
        "报:",
        "送:",
        "发:",
    ]
    .iter()
    .any(|word| text.starts_with(word))
        || (text.contains("印") && text.ends_with("份") && text.chars().count() < 40)
}
