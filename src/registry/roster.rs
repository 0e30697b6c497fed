//! A list of people or units as an office has it: the header is found by its names, a wrong cell is told by its place.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::{ContributorKind, LocalDate, Reporter, ReporterFields, ReporterForm, ReporterPost};

use super::Sheet;

/// Rows of one list.
const ROWS_MAX: usize = 10_000;
/// Rows in which a header is looked for.
const HEADER_WITHIN: usize = 10;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Column {
    Form,
    Name,
    Aliases,
    Kind,
    Party,
    Sector,
    District,
    Phone,
    Email,
    Unit,
    Post,
    From,
    Until,
    Note,
}

const NAMES: &[(Column, &[&str])] = &[
    (Column::Form, &["类型", "个人或单位"]),
    (Column::Name, &["姓名", "名称", "反映人", "委员姓名", "姓名或单位名称"]),
    (Column::Aliases, &["曾用名", "别名", "曾用名别名"]),
    (Column::Kind, &["类别", "供稿者类别", "身份", "反映人类别"]),
    (Column::Party, &["党派", "政治面貌", "党派团体"]),
    (Column::Sector, &["界别"]),
    (Column::District, &["区县", "所在区县", "地区"]),
    (Column::Phone, &["电话", "手机", "联系电话", "手机号", "手机号码", "联系方式"]),
    (Column::Email, &["邮箱", "电子邮箱", "电子邮件", "Email", "email"]),
    (Column::Unit, &["单位", "工作单位", "单位名称", "所在单位"]),
    (Column::Post, &["职务", "单位职务", "现任职务", "职称"]),
    (Column::From, &["起", "任职起", "起日", "任职时间", "任职日期"]),
    (Column::Until, &["止", "任职止", "止日", "离任时间", "离任日期"]),
    (Column::Note, &["备注", "说明"]),
];

fn column(name: &str) -> Option<Column> {
    let cut = name.find(['（', '(']).filter(|at| *at > 0).unwrap_or(name.len());
    let plain: String = name[..cut].chars().filter(|c| c.is_alphanumeric()).collect();
    NAMES.iter().find(|(_, names)| names.contains(&plain.as_str())).map(|(column, _)| *column)
}

/// A row of a list that can stand.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Listed {
    /// Its number in the file.
    pub row: usize,
    /// What it says.
    pub fields: ReporterFields,
    /// From when on it holds posts of which it says no day.
    pub since: Option<LocalDate>,
}

/// A row as it was read, or what is wrong with it, cell by cell.
pub(super) type ReadRow = Result<Listed, (usize, String)>;

/// Rows for whom an election is, or none where the list is no such thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Election {
    /// From this day on.
    pub day: LocalDate,
    /// Whose posts end where they are not in the list.
    pub kind: ContributorKind,
}

/// Reads the rows below the header of every sheet that has one.
pub(super) fn read_list(sheets: &[Sheet], election: Option<Election>) -> Result<Vec<ReadRow>, String> {
    let mut out: Vec<ReadRow> = Vec::new();
    let mut headed = false;
    for (sheet, rows) in sheets {
        let filled = |cells: &[String]| cells.iter().any(|cell| !cell.trim().is_empty());
        let header = rows.iter().filter(|(_, cells)| filled(cells)).take(HEADER_WITHIN);
        let Some((at, columns)) = header.filter_map(|(at, cells)| Some((*at, header_of(cells)?))).next()
        else {
            continue;
        };
        headed = true;
        let prefix = if sheets.len() > 1 { format!("工作表“{sheet}”") } else { String::new() };
        let below = rows.iter().filter(|(row, cells)| *row > at && filled(cells));
        out.extend(below.map(|(row, cells)| one(*row, cells, &columns, &prefix, election)));
    }
    match out.len() {
        _ if !headed => {
            Err("没有找到表头：前 10 行中应有一行写明“姓名”（或“单位名称”）等列名，请补上再选".to_owned())
        }
        0 => Err("表头下面没有内容".to_owned()),
        rows if rows > ROWS_MAX => Err(format!("名册有 {rows} 行，一次至多 {ROWS_MAX} 行，请分成几份")),
        _ => Ok(out),
    }
}

fn header_of(cells: &[String]) -> Option<BTreeMap<Column, usize>> {
    let mut columns: BTreeMap<Column, usize> = BTreeMap::new();
    for (at, name) in cells.iter().enumerate() {
        if let Some(column) = column(name.trim()) {
            columns.entry(column).or_insert(at);
        }
    }
    // A list of units calls its names by that.
    if !columns.contains_key(&Column::Name)
        && let Some(at) = columns.remove(&Column::Unit)
    {
        columns.insert(Column::Name, at);
        columns.insert(Column::Form, usize::MAX);
    }
    (columns.contains_key(&Column::Name) && (columns.len() > 1 || cells.len() == 1)).then_some(columns)
}

/// The letters of a column: 0 is A, 27 is AB.
fn letters(mut column: usize) -> String {
    let mut out = Vec::new();
    loop {
        out.push(char::from(b'A' + u8::try_from(column % 26).unwrap_or_default()));
        if column < 26 {
            break;
        }
        column = column / 26 - 1;
    }
    out.iter().rev().collect()
}

fn one(
    row: usize,
    cells: &[String],
    columns: &BTreeMap<Column, usize>,
    prefix: &str,
    election: Option<Election>,
) -> ReadRow {
    let text = |column: Column| {
        columns
            .get(&column)
            .and_then(|at| cells.get(*at))
            .map(|text| text.trim().to_owned())
            .unwrap_or_default()
    };
    let place = |column: Column| match columns.get(&column) {
        Some(at) if *at != usize::MAX => format!("{prefix}{}{row}", letters(*at)),
        _ => format!("{prefix}第 {row} 行"),
    };
    let mut flaws = Vec::new();
    let form = match text(Column::Form).as_str() {
        "" if columns.get(&Column::Form) == Some(&usize::MAX) => ReporterForm::Unit,
        "" | "个人" | "人" => ReporterForm::Person,
        "单位" => ReporterForm::Unit,
        other => {
            flaws.push(format!("{}：类型“{other}”不对，应为“个人”或“单位”", place(Column::Form)));
            ReporterForm::Person
        }
    };
    let mut fields = ReporterFields::named(form, &text(Column::Name));
    let kind = text(Column::Kind);
    fields.kind = ContributorKind::from_label(&kind);
    if !kind.is_empty() && fields.kind.is_none() {
        let known: Vec<&str> = ContributorKind::ALL.iter().map(|one| one.label()).collect();
        flaws.push(format!("{}：没有类别“{kind}”，可用：{}", place(Column::Kind), known.join("、")));
    }
    fields.kind = fields.kind.or(election.map(|election| election.kind));
    fields.aliases = split(&text(Column::Aliases));
    (fields.party, fields.sector) = (text(Column::Party), text(Column::Sector));
    (fields.phone, fields.email) = (text(Column::Phone), text(Column::Email));
    (fields.district, fields.note) = (text(Column::District), text(Column::Note));
    let mut day_of = |column: Column, label: &str| {
        let text = text(column);
        let day = LocalDate::written(&text);
        if day.is_none() && !text.is_empty() {
            flaws.push(format!("{}：{label}“{text}”不是日期，应如 2026-01-08", place(column)));
        }
        day
    };
    let (from, until) = (day_of(Column::From, "起日"), day_of(Column::Until, "止日"));
    let (unit, post) = (text(Column::Unit), text(Column::Post));
    if !unit.is_empty() || !post.is_empty() {
        fields.posts.push(ReporterPost { unit, post, from, until });
    }
    match Reporter::new(fields) {
        Ok(entry) if flaws.is_empty() => {
            Ok(Listed { row, fields: entry.fields().clone(), since: election.map(|election| election.day) })
        }
        Ok(_) => Err((row, flaws.join("；"))),
        Err(error) => {
            let at = column(error.column()).unwrap_or(Column::Name);
            flaws.push(format!("{}：{error}", place(at)));
            Err((row, flaws.join("；")))
        }
    }
}

fn split(text: &str) -> Vec<String> {
    let names = text.split(['、', '，', ',', '；', ';']).map(str::trim).filter(|name| !name.is_empty());
    names.map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet(rows: &[&[&str]]) -> Vec<Sheet> {
        let cells = |row: &&[&str]| row.iter().map(|cell| (*cell).to_owned()).collect();
        vec![("名册".to_owned(), rows.iter().map(cells).zip(1..).map(|(cells, row)| (row, cells)).collect())]
    }

    #[test]
    fn a_list_is_read_below_its_title_and_a_wrong_cell_is_named() {
        let rows = read_list(
            &sheet(&[
                &["第六届委员名册"],
                &["序号", "姓名", "工作单位", "职务", "手机（必填）", "任职起"],
                &["1", "张 三", "某大学", "教授", "13800000000", "2026年1月8日"],
                &["2", "李四", "某公司", "", "没有", "下个月"],
                &["3", "", "某公司", "", "", ""],
            ]),
            None,
        )
        .expect("rows");
        let first = rows[0].as_ref().expect("stands");
        assert_eq!((first.row, first.fields.name.as_str()), (3, "张 三"));
        assert_eq!(first.fields.posts[0].from, LocalDate::from_ymd(2026, 1, 8));
        let (row, why) = rows[1].as_ref().expect_err("wrong");
        assert!(*row == 4 && why.contains("E4：电话") && why.contains("F4：起日“下个月”不是日期"), "{why}");
        assert!(rows[2].as_ref().expect_err("no name").1.contains("B5：没有填姓名"));
        assert!(read_list(&sheet(&[&["甲", "乙"]]), None).is_err());
    }

    #[test]
    fn a_list_of_units_has_units_in_it() {
        let rows = read_list(&sheet(&[&["单位名称", "区县"], &["某区政协", "某区"]]), None).expect("rows");
        let fields = &rows[0].as_ref().expect("stands").fields;
        assert_eq!((fields.form, fields.name.as_str()), (ReporterForm::Unit, "某区政协"));
    }
}
