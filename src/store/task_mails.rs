//! 待办 by e-mail: who of the office wants it, and the notice of each day. It goes out as every other e-mail.

use serde_json::json;

use crate::model::{Actor, Channel, LocalDate, MailChoice, NoticeKind, User, UserName};

use super::notices::{Choice, choice_of, insert, next_no, plan};
use super::sql::{Sql, bind};
use super::topic_notices::no_item;
use super::{StoreError, Tx, covers_of, read_user};

/// What stands before the name in the target of such a delivery.
const MARK: &str = "tasks:";

/// The address to which somebody wants it; none where they do not.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn task_mail_of(sql: &mut dyn Sql, name: &UserName) -> Result<Option<String>, StoreError> {
    let row = sql.first("SELECT address FROM task_mails WHERE user_name = ?1", bind![name.as_str()])?;
    row.map(|row| row.text(0).map(str::to_owned)).transpose()
}

/// Keeps the address; an empty one ends it.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn set_task_mail(tx: &mut Tx<'_>, name: &UserName, address: &str, by: &Actor) -> Result<(), StoreError> {
    if address.is_empty() {
        tx.execute("DELETE FROM task_mails WHERE user_name = ?1", bind![name.as_str()])?;
    } else {
        tx.execute(
            "INSERT INTO task_mails (user_name, address, told_on) VALUES (?1, ?2, '')
             ON CONFLICT (user_name) DO UPDATE SET address = excluded.address",
            bind![name.as_str(), address],
        )?;
    }
    tx.audit(by, "user.task_mail", name.as_str(), &json!({ "wanted": !address.is_empty() }))
}

/// Whose notice of a day was not written yet, with whom they stand in for; those whose accounts have ended are left out.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn task_mails_due(sql: &mut dyn Sql, day: LocalDate) -> Result<Vec<User>, StoreError> {
    let rows = sql.query(
        "SELECT t.user_name FROM task_mails t JOIN users u ON u.name = t.user_name
         WHERE t.told_on < ?1 AND u.disabled_at IS NULL ORDER BY t.user_name",
        bind![&day.to_string()],
    )?;
    rows.iter()
        .map(|row| {
            let name: UserName = row.parsed(0, |text| text.parse().ok())?;
            let mut user = read_user(sql, &name)?;
            user.covers = covers_of(sql, &name, day)?;
            Ok(user)
        })
        .collect()
}

/// Writes the notice of a day, once, whichever node comes first; without words there is nothing to tell that day.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn tell_tasks(
    tx: &mut Tx<'_>,
    name: &UserName,
    day: LocalDate,
    words: Option<&str>,
) -> Result<(), StoreError> {
    let day = day.to_string();
    let first = tx.execute(
        "UPDATE task_mails SET told_on = ?2 WHERE user_name = ?1 AND told_on < ?2",
        bind![name.as_str(), &day],
    )?;
    let Some(words) = words.filter(|_| first > 0) else { return Ok(()) };
    let no = next_no(tx)?;
    insert(tx, no, (&no_item()?, 0), NoticeKind::Tasks, words)?;
    plan(tx, no, Channel::Mail, &format!("{MARK}{name}"), 0)
}

/// How the owner of a delivery by e-mail wants to hear: a contributor, or somebody of the office of their 待办.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn mail_choice(sql: &mut dyn Sql, target: &str) -> Result<Choice, StoreError> {
    let Some(name) = target.strip_prefix(MARK).and_then(|name| name.parse::<UserName>().ok()) else {
        return choice_of(sql, target);
    };
    let address = task_mail_of(sql, &name)?.unwrap_or_default();
    Ok(Choice { mail: MailChoice::AtOnce, address, ..Choice::default() })
}
