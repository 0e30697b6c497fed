//! What is laid over a table, and what it must hold.

use serde::{Deserialize, Serialize};

use super::{CodeRow, CodeTable, DatedName, LocalDate, Notify, session_name};

/// Longest code, in characters.
const CODE_MAX: usize = 40;
/// Longest name, in characters.
const NAME_MAX: usize = 40;
/// Longest note and outward wording, in characters.
const NOTE_MAX: usize = 200;
/// Highest 届 and 次.
const SESSION_MAX: u32 = 99;
/// Between two rows that follow each other, so that others can be put between them.
const STEP: i64 = 10;

/// What a row is to be.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RowFields {
    /// Its name; that of a session is made of its numbers.
    pub name: String,
    /// Offered from this day on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub valid_from: Option<LocalDate>,
    /// Offered until this day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub valid_to: Option<LocalDate>,
    /// Its place in the list; the last where none is given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<i64>,
    /// 备注.
    pub note: String,
    /// A reason's wording for the contributor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outward: Option<String>,
    /// Whether a reason is told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notify: Option<Notify>,
    /// 届.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub term: Option<u32>,
    /// 次.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<u32>,
}

/// One change of one row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum RowChange {
    /// 添加.
    Add(RowFields),
    /// 更名, from a day on.
    Rename {
        /// The new name.
        name: String,
        /// Its first day.
        from: LocalDate,
    },
    /// 停用.
    Retire {
        /// The last day on which it is offered.
        last: LocalDate,
    },
    /// 恢复使用.
    Restore {},
    /// Everything else that a row has.
    Amend {
        /// Offered from this day on.
        #[serde(default)]
        valid_from: Option<LocalDate>,
        /// Its place in the list; unchanged where none is given.
        #[serde(default)]
        order: Option<i64>,
        /// 备注.
        #[serde(default)]
        note: String,
        /// A reason's wording for the contributor; unchanged where none is given.
        #[serde(default)]
        outward: Option<String>,
        /// Whether a reason is told; unchanged where nothing is given.
        #[serde(default)]
        notify: Option<Notify>,
    },
}

impl RowChange {
    /// What the log calls it.
    pub fn action(&self) -> &'static str {
        match self {
            Self::Add(_) => "table.add",
            Self::Rename { .. } => "table.rename",
            Self::Retire { .. } => "table.retire",
            Self::Restore {} => "table.restore",
            Self::Amend { .. } => "table.amend",
        }
    }

    /// In words.
    pub fn told(&self) -> String {
        match self {
            Self::Add(fields) => format!("添加：{}", fields.name),
            Self::Rename { name, from } => format!("更名：{from} 起为“{name}”"),
            Self::Retire { last } => format!("停用：最后有效日 {last}"),
            Self::Restore {} => "恢复使用".to_owned(),
            Self::Amend { .. } => "修改起始日、排序、备注等".to_owned(),
        }
    }
}

/// Why a change cannot be made, in words that say what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct RowError(pub String);

fn refuse<T>(why: impl Into<String>) -> Result<T, RowError> {
    Err(RowError(why.into()))
}

/// A change of the past, and whether it was undone.
#[derive(Debug, Clone, Copy)]
pub struct Laid<'a> {
    /// Of which row.
    pub code: &'a str,
    /// What.
    pub change: &'a RowChange,
    /// Whether it was undone.
    pub undone: bool,
}

/// A table with its changes laid over it, in the order of the list. What the table no longer has is passed over, and what
/// it has by now is as it was changed.
pub fn lay_over<'a>(shipped: &[CodeRow], changes: impl IntoIterator<Item = Laid<'a>>) -> Vec<CodeRow> {
    let mut rows = shipped.to_vec();
    for laid in changes {
        if !laid.undone {
            lay(&mut rows, laid.code, laid.change);
        } else if let RowChange::Add(fields) = laid.change
            && !rows.iter().any(|row| row.code == laid.code)
        {
            let row = CodeRow { withdrawn: true, ..new_row(&rows, laid.code, fields) };
            rows.push(row);
        }
    }
    rows.sort_by_key(|row| row.order);
    rows
}

fn new_row(rows: &[CodeRow], code: &str, fields: &RowFields) -> CodeRow {
    let last = rows.iter().map(|row| row.order).max().unwrap_or_default();
    CodeRow {
        code: code.to_owned(),
        names: vec![DatedName { from: None, name: fields.name.clone() }],
        valid_from: fields.valid_from,
        valid_to: fields.valid_to,
        order: fields.order.unwrap_or(last + STEP),
        note: fields.note.clone(),
        outward: fields.outward.clone(),
        notify: fields.notify,
        term: fields.term,
        number: fields.number,
        withdrawn: false,
    }
}

fn lay(rows: &mut Vec<CodeRow>, code: &str, change: &RowChange) {
    if let RowChange::Add(fields) = change {
        let row = new_row(rows, code, fields);
        match rows.iter_mut().find(|row| row.code == code) {
            Some(known) => *known = row,
            None => rows.push(row),
        }
        return;
    }
    let Some(row) = rows.iter_mut().find(|row| row.code == code) else { return };
    match change {
        RowChange::Add(_) => {}
        RowChange::Rename { name, from } => {
            row.names.push(DatedName { from: Some(*from), name: name.clone() });
            row.names.sort_by_key(|name| name.from);
        }
        RowChange::Retire { last } => row.valid_to = Some(*last),
        RowChange::Restore {} => row.valid_to = None,
        RowChange::Amend { valid_from, order, note, outward, notify } => {
            row.valid_from = *valid_from;
            row.order = order.unwrap_or(row.order);
            row.note.clone_from(note);
            row.outward = outward.clone().or_else(|| row.outward.take());
            row.notify = notify.or(row.notify);
        }
    }
}

/// Makes a change, checked: gives the code of its row, the change as it is kept, and the rows after it. The code of a new
/// row may be left empty where its name or its numbers can stand for it.
///
/// # Errors
/// [`RowError`] when the change cannot be made to this row, or the table would not hold afterwards.
pub fn change_rows(
    table: CodeTable,
    rows: &[CodeRow],
    code: &str,
    change: RowChange,
) -> Result<(String, RowChange, Vec<CodeRow>), RowError> {
    let (code, change) = match change {
        RowChange::Add(fields) => {
            let (code, fields) = new_fields(table, rows, code.trim(), fields)?;
            (code, RowChange::Add(fields))
        }
        other => {
            let known = rows.iter().find(|row| row.code == code);
            let Some(row) = known.filter(|row| !row.withdrawn) else {
                return refuse(format!("{}中没有代码“{code}”，可先添加", table.label()));
            };
            (code.to_owned(), changed(table, row, other)?)
        }
    };
    let mut after = rows.to_vec();
    lay(&mut after, &code, &change);
    after.sort_by_key(|row| row.order);
    check_row(table, &after, &code)?;
    Ok((code, change, after))
}

/// The fields of a row to be added, complete.
fn new_fields(
    table: CodeTable,
    rows: &[CodeRow],
    code: &str,
    mut fields: RowFields,
) -> Result<(String, RowFields), RowError> {
    fields.name = fields.name.trim().to_owned();
    fields.note = fields.note.trim().to_owned();
    let mut code = code.to_owned();
    if table == CodeTable::Session {
        let (Some(term), Some(number)) = (fields.term, fields.number) else {
            return refuse("没有填届数和次数，请填阿拉伯数字，例：第 6 届第 2 次");
        };
        if !(1..=SESSION_MAX).contains(&term) || !(1..=SESSION_MAX).contains(&number) {
            return refuse(format!("届数和次数应为 1 至 {SESSION_MAX} 的整数，请改正"));
        }
        (code, fields.name) = (format!("{term}-{number}"), session_name(term, number));
    } else {
        (fields.term, fields.number) = (None, None);
    }
    if table == CodeTable::Reason {
        let outward = fields.outward.take().unwrap_or_default();
        fields.outward = Some(wording(&outward)?);
        if fields.notify.is_none() {
            return refuse("没有选是否告知供稿者，请选告知、不告知或电话告知");
        }
    } else {
        (fields.outward, fields.notify) = (None, None);
    }
    name(&fields.name)?;
    if code.is_empty() {
        if matches!(table, CodeTable::District | CodeTable::Reason) {
            return refuse("没有填代码，请填一个，例：500157 或 out_of_date；以后不能再改");
        }
        code.clone_from(&fields.name);
    }
    let shape = |c: char| c.is_control() || c == '/' || c == '\\';
    if code.chars().count() > CODE_MAX || code.contains(shape) || code.starts_with('.') {
        return refuse(format!("代码“{code}”不能用：至多 {CODE_MAX} 字，不含斜线，不以点开头"));
    }
    match rows.iter().find(|row| row.code == code) {
        Some(row) if !row.withdrawn => refuse(format!(
            "代码“{code}”已有（{}，{}）；停用的请在其页面恢复使用，不要另加",
            row.newest_name(),
            row.period()
        )),
        _ => Ok((code, fields)),
    }
}

fn name(text: &str) -> Result<(), RowError> {
    match text.chars().count() {
        0 => refuse("没有填名称，请填写"),
        chars if chars > NAME_MAX => refuse(format!("名称共 {chars} 字，超过 {NAME_MAX} 字的上限，请删减")),
        _ if text.contains(char::is_control) => refuse("名称中有换行或控制字符，请删去"),
        _ => Ok(()),
    }
}

fn wording(text: &str) -> Result<String, RowError> {
    let text = text.trim();
    match text.chars().count() {
        0 => refuse("没有填对外答复，请写供稿者看到的话，例：已收悉，留作参考"),
        chars if chars > NOTE_MAX => {
            refuse(format!("对外答复共 {chars} 字，超过 {NOTE_MAX} 字的上限，请删减"))
        }
        _ => Ok(text.to_owned()),
    }
}

/// A change of a row that there is, complete.
fn changed(table: CodeTable, row: &CodeRow, change: RowChange) -> Result<RowChange, RowError> {
    match change {
        RowChange::Rename { .. } if table == CodeTable::Session => {
            refuse("届次的名称由届数和次数而来，不能更名；有误请撤销添加，再加一行")
        }
        RowChange::Rename { name: new, from } => {
            let new = new.trim().to_owned();
            name(&new)?;
            let latest = row.names.last().and_then(|name| name.from).or(row.valid_from);
            if new == row.newest_name() {
                return refuse(format!("新名称与现名称“{new}”相同，没有要改的"));
            }
            if let Some(latest) = latest.filter(|latest| from <= *latest) {
                return refuse(format!(
                    "起用日 {from} 应晚于“{}”的起用日 {latest}，请改日期",
                    row.newest_name()
                ));
            }
            match row.valid_to.filter(|last| *last < from) {
                Some(last) => refuse(format!("此行只用到 {last}，{from} 起不能更名；请改日期，或先恢复使用")),
                None => Ok(RowChange::Rename { name: new, from }),
            }
        }
        RowChange::Retire { last } if row.valid_to == Some(last) => {
            refuse(format!("最后有效日本来就是 {last}，没有要改的"))
        }
        RowChange::Restore {} if row.valid_to.is_none() => refuse("此行没有停用，不必恢复"),
        RowChange::Amend { valid_from, order, note, outward, notify } => {
            let reason = table == CodeTable::Reason;
            let outward = outward.filter(|_| reason).map(|text| wording(&text)).transpose()?;
            let notify = notify.filter(|_| reason);
            let note = note.trim().to_owned();
            let same = valid_from == row.valid_from
                && order.is_none_or(|order| order == row.order)
                && note == row.note
                && (outward.is_none() || outward == row.outward)
                && (notify.is_none() || notify == row.notify);
            if same {
                return refuse("没有改动，不必保存");
            }
            Ok(RowChange::Amend { valid_from, order, note, outward, notify })
        }
        other => Ok(other),
    }
}

/// What a row must hold among the others.
///
/// # Errors
/// [`RowError`] naming the other row where there is one.
pub fn check_row(table: CodeTable, rows: &[CodeRow], code: &str) -> Result<(), RowError> {
    let Some(row) = rows.iter().find(|row| row.code == code && !row.withdrawn) else { return Ok(()) };
    if let (Some(first), Some(last)) = (row.valid_from, row.valid_to)
        && last < first
    {
        return refuse(format!("止日 {last} 早于起日 {first}，请改其中一个"));
    }
    if let Some(late) = row.names.iter().filter_map(|name| name.from).next()
        && row.valid_from.is_some_and(|first| late <= first)
    {
        return refuse(format!("起始日须早于更名日 {late}，请改起始日"));
    }
    if row.note.chars().count() > NOTE_MAX {
        return refuse(format!("备注超过 {NOTE_MAX} 字的上限，请删减"));
    }
    if table == CodeTable::Session && row.valid_from.is_none() {
        return refuse("没有填起日，请填本次会议的第一天");
    }
    let others = rows.iter().filter(|other| other.code != code && !other.withdrawn && other.meets(row));
    for other in others {
        if table == CodeTable::Session {
            return refuse(format!(
                "与“{}”（{}）重叠；请改起止日，或先把那一行的止日改到 {} 之前",
                other.newest_name(),
                other.period(),
                row.valid_from.map(|day| day.to_string()).unwrap_or_default()
            ));
        }
        if other.newest_name() == row.newest_name() {
            return refuse(format!(
                "名称“{}”与代码“{}”（{}）相同；请换一个名称，或先停用那一行",
                row.newest_name(),
                other.code,
                other.period()
            ));
        }
    }
    Ok(())
}
