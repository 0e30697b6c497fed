//! The table of past issues: what was read of each file, for an editor to look at and to correct in a spreadsheet.

use std::path::Path;

use anyhow::Context;

use crate::bulletin::PastIssue;
use crate::model::LocalDate;

use super::import::Found;

/// The columns of the table, parted by tabs.
const COLUMNS: &str = "取用\t文件\t刊物\t年\t期号\t总期号\t增刊\t日期\t标题\t署名\t存疑";
/// What parts several titles or credits in one cell.
const PARTS: &str = " ‖ ";
/// The mark at a file's beginning by which spreadsheets know UTF-8.
const BOM: char = '\u{FEFF}';

/// A file as a row of the table.
pub(super) fn row(one: &Found) -> String {
    let take = if one.take { "是" } else { "否" };
    let issue = match &one.issue {
        Ok(issue) => issue,
        Err(why) => return format!("否\t{}\t\t\t\t\t\t\t\t\t{why}", one.name),
    };
    let number = |number: Option<String>| number.unwrap_or_default();
    let join = |of: fn(&crate::bulletin::PastArticle) -> &str| {
        issue.articles.iter().map(of).collect::<Vec<_>>().join(PARTS).replace(['\t', '\n'], " ")
    };
    [
        take.to_owned(),
        one.name.clone(),
        number(issue.series.as_ref().map(ToString::to_string)),
        number(issue.year.map(|year| year.to_string())),
        number(issue.number.map(|number| number.to_string())),
        number(issue.total.map(|total| total.to_string())),
        if issue.supplement { "是".to_owned() } else { String::new() },
        number(issue.date.map(|date| date.to_string())),
        join(|article| &article.title),
        join(|article| &article.credit),
        issue.doubts.join("；"),
    ]
    .join("\t")
}

/// Writes the table for an editor to correct.
pub(super) fn write_table(path: &Path, found: &[Found]) -> anyhow::Result<()> {
    let rows: Vec<String> = found.iter().map(row).collect();
    let table = format!("{BOM}{COLUMNS}\n{}\n", rows.join("\n"));
    std::fs::write(path, table).with_context(|| format!("无法写入 {}", path.display()))
}

/// Takes an edited table's values in place of those that were read.
pub(super) fn correct(path: &Path, found: &mut [Found]) -> anyhow::Result<()> {
    let table = std::fs::read_to_string(path)
        .with_context(|| format!("无法读取 {}（应为 UTF-8）", path.display()))?;
    let mut lines = table.trim_start_matches(BOM).lines();
    anyhow::ensure!(
        lines.next().map(str::trim_end) == Some(COLUMNS),
        "{} 不是本命令生成的对照表",
        path.display()
    );
    for (at, line) in lines.enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let cells: Vec<&str> = line.split('\t').map(|cell| cell.trim().trim_matches('"')).collect();
        let cell = |column: usize| cells.get(column).copied().unwrap_or_default();
        let Some(one) = found.iter_mut().find(|one| one.name == cell(1)) else {
            anyhow::bail!("对照表第 {} 行：目录中没有文件 {}", at + 2, cell(1));
        };
        one.take = cell(0) == "是";
        let Ok(issue) = &mut one.issue else {
            anyhow::ensure!(!one.take, "对照表第 {} 行：{} 未能读出，不能取用", at + 2, one.name);
            continue;
        };
        overwrite(issue, &cell).with_context(|| format!("对照表第 {} 行", at + 2))?;
    }
    Ok(())
}

fn overwrite<'a>(issue: &mut PastIssue, cell: &impl Fn(usize) -> &'a str) -> anyhow::Result<()> {
    fn parsed<T: std::str::FromStr>(text: &str, what: &str) -> anyhow::Result<Option<T>> {
        if text.is_empty() {
            return Ok(None);
        }
        text.parse().map(Some).map_err(|_| anyhow::anyhow!("{what}“{text}”不对"))
    }
    issue.series = parsed(cell(2), "刊物代码")?;
    issue.year = parsed(cell(3), "年")?;
    issue.number = parsed(cell(4), "期号")?;
    issue.total = parsed(cell(5), "总期号")?;
    issue.supplement = cell(6) == "是";
    issue.date = Some(cell(7)).filter(|date| !date.is_empty()).map(LocalDate::parse).transpose()?;
    let titles: Vec<&str> = cell(8).split(PARTS.trim()).map(str::trim).collect();
    let credits: Vec<&str> = cell(9).split(PARTS.trim()).map(str::trim).collect();
    anyhow::ensure!(titles.len() == issue.articles.len(), "标题应有 {} 个，以“‖”分隔", issue.articles.len());
    for (at, article) in issue.articles.iter_mut().enumerate() {
        titles[at].clone_into(&mut article.title);
        credits.get(at).copied().unwrap_or_default().clone_into(&mut article.credit);
    }
    Ok(())
}
