//! A list of adoptions as a level sends it: a spreadsheet with a header of its own words.

use std::collections::BTreeMap;
use std::io::Cursor;

use calamine::{Data, DataRef, Reader, Xlsx};

use crate::model::LocalDate;

/// Largest file.
pub const LIST_MAX: usize = 8 << 20;
/// Rows of a list.
const ROWS_MAX: usize = 3_000;
/// Columns that are looked at.
const COLUMNS_MAX: u32 = 60;
/// Rows above the header: title, unit, date.
const ABOVE_MAX: usize = 10;
/// Bytes that a spreadsheet may unpack to.
const UNPACKED_MAX: u64 = 128 << 20;
/// Longest cell that is kept, in characters.
const CELL_MAX: usize = 300;

/// A row of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Adoption {
    /// The row in the spreadsheet, from 1.
    pub row: usize,
    /// 题目.
    pub title: String,
    /// 反映人.
    pub author: String,
    /// 采用单位 or 刊物.
    pub outlet: String,
    /// 期号.
    pub number: String,
    /// 日期; none where the cell holds no day.
    pub date: Option<LocalDate>,
    /// 级别, as written.
    pub level: String,
    /// 采用方式, as written.
    pub kind: String,
    /// 批示人.
    pub by: String,
    /// 批示内容, 备注.
    pub wording: String,
}

/// Why a list cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// Not a spreadsheet of the kind.
    #[error("文件不是 XLSX 表格，没有读入。请在 WPS 或 Excel 中另存为 XLSX 再选（{0}）")]
    Kind(String),
    /// Too much in it.
    #[error("表格过大（至多 {ROWS_MAX} 行），请分成几份再导入")]
    Large,
    /// No header.
    #[error("没有找到表头。表头须有“题目”或“标题”一列，并有采用单位、期号、日期、级别、反映人中的至少一列")]
    NoHeader,
    /// A text that is no UTF-8.
    #[error("CSV 文件不是 UTF-8 编码，没有读入。请另存为 XLSX，或“CSV UTF-8（逗号分隔）”再选")]
    Encoding,
    /// Too many rows of a table of 基础数据.
    #[error("表格过长（至多 {} 行），请分成几份再导入", super::CODE_ROWS_MAX)]
    Long,
    /// No header of a table of 基础数据.
    #[error("没有找到表头。表头须有“名称”一列（届次为“届”和“次”），可先导出本表，在其上修改")]
    NoNames,
    /// No row below it.
    #[error("表头下面没有内容")]
    Empty,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Column {
    Title,
    Author,
    Outlet,
    Number,
    Date,
    Level,
    Kind,
    By,
    Wording,
}

const NAMES: &[(Column, &[&str])] = &[
    (
        Column::Title,
        &[
            "题目",
            "标题",
            "信息题目",
            "信息标题",
            "稿件标题",
            "采用信息",
            "采用题目",
            "信息名称",
            "篇名",
            "文章标题",
        ],
    ),
    (
        Column::Author,
        &[
            "反映人",
            "作者",
            "姓名",
            "供稿人",
            "撰稿人",
            "报送人",
            "委员姓名",
            "报送单位",
            "供稿单位",
            "作者单位",
            "来稿单位",
        ],
    ),
    (
        Column::Outlet,
        &[
            "采用单位",
            "刊物",
            "采用刊物",
            "刊物名称",
            "采用情况",
            "采用部门",
            "采用载体",
            "刊发载体",
            "载体",
            "转送单位",
        ],
    ),
    (Column::Number, &["期号", "期数", "刊期", "采用期号", "期次", "第几期"]),
    (
        Column::Date,
        &[
            "日期",
            "时间",
            "采用日期",
            "采用时间",
            "刊发日期",
            "印发日期",
            "批示日期",
            "批示时间",
            "刊发时间",
            "转送日期",
        ],
    ),
    (Column::Level, &["级别", "采用级别", "层级", "采用层级"]),
    (Column::Kind, &["采用方式", "采用类别", "采用形式", "类别", "采用类型", "方式", "类型"]),
    (Column::By, &["批示人", "批示领导", "领导", "批示领导姓名"]),
    (Column::Wording, &["批示内容", "批示", "批示情况", "备注", "说明"]),
];

fn column(name: &str) -> Option<Column> {
    let cut = name.find(['（', '(', '[', '【']).filter(|at| *at > 0).unwrap_or(name.len());
    let plain: String = name[..cut].chars().filter(|c| c.is_alphanumeric()).collect();
    NAMES.iter().find(|(_, names)| names.contains(&plain.as_str())).map(|(column, _)| *column)
}

pub(super) type Cells = BTreeMap<u32, BTreeMap<u32, String>>;

/// Reads every visible sheet that has a header.
///
/// # Errors
/// [`ListError`] in words for the editor.
pub fn read_adoptions(bytes: &[u8]) -> Result<Vec<Adoption>, ListError> {
    measure(bytes)?;
    let mut book: Xlsx<_> =
        Xlsx::new(Cursor::new(bytes)).map_err(|error| ListError::Kind(error.to_string()))?;
    let visible =
        book.sheets_metadata().iter().filter(|sheet| sheet.visible == calamine::SheetVisible::Visible);
    let names: Vec<String> = visible.map(|sheet| sheet.name.clone()).collect();
    let (mut out, mut headed) = (Vec::new(), false);
    for name in names {
        let cells = cells(&mut book, &name)?;
        if let Some(rows) = below_header(&cells) {
            headed = true;
            out.extend(rows);
        }
    }
    match out.len() {
        _ if !headed => Err(ListError::NoHeader),
        0 => Err(ListError::Empty),
        rows if rows > ROWS_MAX => Err(ListError::Large),
        _ => Ok(out),
    }
}

/// The cells of the first visible sheet.
pub(super) fn first_sheet(bytes: &[u8]) -> Result<Cells, ListError> {
    measure(bytes)?;
    let mut book: Xlsx<_> =
        Xlsx::new(Cursor::new(bytes)).map_err(|error| ListError::Kind(error.to_string()))?;
    let visible =
        book.sheets_metadata().iter().find(|sheet| sheet.visible == calamine::SheetVisible::Visible);
    match visible.map(|sheet| sheet.name.clone()) {
        Some(name) => cells(&mut book, &name),
        None => Err(ListError::Empty),
    }
}

/// Looks at what it unpacks to before anything is unpacked.
fn measure(bytes: &[u8]) -> Result<(), ListError> {
    let wrong = |error: zip::result::ZipError| ListError::Kind(error.to_string());
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).map_err(wrong)?;
    let mut total = 0_u64;
    for at in 0..zip.len() {
        let mut part = zip.by_index(at).map_err(wrong)?;
        // What its directory says may be false: it is unpacked into nothing.
        let mut limited = std::io::Read::take(&mut part, UNPACKED_MAX + 1 - total);
        let size = std::io::copy(&mut limited, &mut std::io::sink());
        total += size.map_err(|error| ListError::Kind(error.to_string()))?;
        if total > UNPACKED_MAX {
            return Err(ListError::Large);
        }
    }
    Ok(())
}

/// Cell by cell, so that one in the last row of the last column does not ask for the whole sheet.
fn cells(book: &mut Xlsx<Cursor<&[u8]>>, name: &str) -> Result<Cells, ListError> {
    let wrong = |error: calamine::XlsxError| ListError::Kind(error.to_string());
    let mut reader = book.worksheet_cells_reader(name).map_err(wrong)?;
    let mut out = Cells::new();
    while let Some(cell) = reader.next_cell().map_err(wrong)? {
        let ((row, column), text) = (cell.get_position(), text(cell.get_value()));
        if text.is_empty() || column >= COLUMNS_MAX {
            continue;
        }
        if out.len() > ROWS_MAX + ABOVE_MAX && !out.contains_key(&row) {
            return Err(ListError::Large);
        }
        out.entry(row).or_default().insert(column, text);
    }
    Ok(out)
}

fn text(value: &DataRef<'_>) -> String {
    let text = match Data::from(value.clone()) {
        Data::Float(number) if number.fract() == 0.0 && number.abs() < 1e15 => format!("{number:.0}"),
        Data::DateTime(at) => {
            let (year, month, day, ..) = at.to_ymd_hms_milli();
            format!("{year:04}-{month:02}-{day:02}")
        }
        Data::Error(_) | Data::Empty => String::new(),
        other => other.to_string(),
    };
    text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(CELL_MAX).collect()
}

fn below_header(cells: &Cells) -> Option<Vec<Adoption>> {
    let (header, columns) = cells.iter().take(ABOVE_MAX).find_map(|(row, cells)| {
        let mut columns: BTreeMap<Column, u32> = BTreeMap::new();
        for (at, name) in cells {
            if let Some(column) = column(name) {
                columns.entry(column).or_insert(*at);
            }
        }
        (columns.len() > 1 && columns.contains_key(&Column::Title)).then_some((*row, columns))
    })?;
    let rows = cells.range(header + 1..).filter_map(|(row, cells)| {
        let cell = |column| columns.get(&column).and_then(|at| cells.get(at)).cloned().unwrap_or_default();
        let title = cell(Column::Title);
        // A sum at the foot, or a header that is repeated on every page.
        let none = title.is_empty() || column(&title) == Some(Column::Title);
        (!none).then(|| Adoption {
            row: *row as usize + 1,
            title,
            author: cell(Column::Author),
            outlet: cell(Column::Outlet),
            number: cell(Column::Number),
            date: LocalDate::written(&cell(Column::Date)),
            level: cell(Column::Level),
            kind: cell(Column::Kind),
            by: cell(Column::By),
            wording: cell(Column::Wording),
        })
    });
    Some(rows.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rust_xlsxwriter::Workbook;

    fn book(rows: &[&[&str]]) -> Vec<u8> {
        let mut book = Workbook::new();
        let sheet = book.add_worksheet();
        for (row, cells) in (0_u32..).zip(rows) {
            for (at, text) in (0_u16..).zip(*cells) {
                sheet.write_string(row, at, *text).expect("written");
            }
        }
        book.save_to_buffer().expect("a file")
    }

    #[test]
    fn a_header_is_found_below_a_title_and_columns_by_their_names() {
        let bytes = book(&[
            &["2026年1月采用情况"],
            &["序号", "信息题目", "作者", "刊物（全称）", "期号", "刊发日期", "级别"],
            &["1", "关于甲的建议", "张三", "《每日要情》", "12", "2026年1月8日", "市级"],
            &["2", "关于乙的建议", "", "", "", "没有", ""],
            &["", "", "", "合计"],
        ]);
        let rows = read_adoptions(&bytes).expect("rows");
        assert_eq!(rows.len(), 2);
        assert_eq!(
            (rows[0].row, rows[0].title.as_str(), rows[0].outlet.as_str()),
            (3, "关于甲的建议", "《每日要情》")
        );
        assert_eq!(rows[0].date, LocalDate::from_ymd(2026, 1, 8));
        assert_eq!((rows[1].date, rows[1].number.as_str()), (None, ""));
    }

    #[test]
    fn what_is_no_list_is_said_in_words() {
        assert!(matches!(read_adoptions(b"text"), Err(ListError::Kind(_))));
        assert!(matches!(read_adoptions(&book(&[&["甲", "乙"]])), Err(ListError::NoHeader)));
        assert!(matches!(read_adoptions(&book(&[&["题目", "期号"]])), Err(ListError::Empty)));
    }
}
