//! What a change and the row after it must hold.

use super::change::refuse;
use super::{CodeRow, CodeTable, RowChange, RowError, RowFields, session_name};

/// Longest code, in characters.
const CODE_MAX: usize = 40;
/// Longest name, in characters.
const NAME_MAX: usize = 40;
/// Longest note and outward wording, in characters.
const NOTE_MAX: usize = 200;
/// Highest 届 and 次.
const SESSION_MAX: u32 = 99;

/// The fields of a row to be added, complete.
pub(super) fn new_fields(
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
pub(super) fn changed(table: CodeTable, row: &CodeRow, change: RowChange) -> Result<RowChange, RowError> {
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
