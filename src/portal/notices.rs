//! 通知 on 我的来稿: what happened since one looked last, and by which way one wants to hear.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect};

use crate::model::{Actor, MailChoice, is_mail_address};
use crate::site::{Fields, Page, Visit};
use crate::store::{
    Choice, Notice, Sql, StoreError, Tx, choice_of, notices_of, see_notices, set_choice, set_way,
};
use crate::web::{Form, Problem};

use super::{Shared, Way};

/// Notices listed.
const LISTED: i64 = 50;
/// Longest address.
const ADDRESS_MAX: usize = 200;
/// Longest number or name at a channel.
const NUMBER_MAX: usize = 40;

/// A notice, as the page shows it.
pub(super) struct Told {
    pub(super) kind: &'static str,
    pub(super) words: String,
    pub(super) title: String,
    pub(super) at: String,
    pub(super) unread: bool,
    pub(super) item: String,
}

/// What 我的来稿 shows of notices.
pub(super) struct Notices {
    pub(super) told: Vec<Told>,
    pub(super) unread: usize,
    /// The latest that is shown: what comes later stays unread.
    pub(super) last: i64,
    pub(super) address: String,
    /// Code, name, whether it is chosen.
    pub(super) ways: Vec<(&'static str, &'static str, bool)>,
    /// The office's own channels: code, name, whether it is chosen; when; the number there.
    pub(super) own: Vec<(String, String, bool)>,
    pub(super) own_when: Vec<(&'static str, &'static str, bool)>,
    pub(super) number: String,
}

impl Notices {
    /// Reads them.
    pub(super) fn read(sql: &mut dyn Sql, owner: &Actor, ways: &[Way]) -> Result<Self, StoreError> {
        let (notices, choice) = (notices_of(sql, owner, LISTED)?, choice_of(sql, &owner.to_string())?);
        Ok(Self::of(notices, choice, ways))
    }

    fn of(notices: Vec<Notice>, choice: Choice, ways: &[Way]) -> Self {
        let when = |chosen: MailChoice| {
            MailChoice::ALL.iter().map(|one| (one.code(), one.label(), *one == chosen)).collect::<Vec<_>>()
        };
        let last = notices.first().map_or(0, |notice| notice.no);
        let told: Vec<Told> = notices
            .into_iter()
            .map(|notice| Told {
                kind: notice.kind.label(),
                words: notice.words,
                title: notice.title,
                at: notice.at.minute(),
                unread: notice.no > choice.seen,
                item: notice.item.to_string(),
            })
            .collect();
        Self {
            unread: told.iter().filter(|one| one.unread).count(),
            told,
            last,
            ways: when(choice.mail),
            own: ways
                .iter()
                .map(|way| (way.code.clone(), way.title.clone(), way.code == choice.way))
                .collect(),
            own_when: when(choice.way_when).into_iter().filter(|(code, _, _)| *code != "none").collect(),
            number: choice.number,
            address: choice.address,
        }
    }

    /// Whether an item has something unread.
    pub(super) fn unread_of(&self, item: &str) -> bool {
        self.told.iter().any(|one| one.unread && one.item == item)
    }
}

/// 全部已读, up to what was shown.
pub(super) async fn seen(State(pages): Shared, visit: Visit, Fields(form): Fields) -> Page {
    let upto = form.number("upto").ok_or_else(|| Problem::invalid("页面已过期，请返回“我的来稿”重试"))?;
    let actor = visit.actor()?;
    pages.portal.write(move |tx| see_notices(tx, &actor, upto)).await?;
    Ok(Redirect::to("/mine").into_response())
}

/// By which way one wants to hear.
pub(super) async fn choose(State(pages): Shared, visit: Visit, Fields(form): Fields) -> Page {
    let mail =
        MailChoice::from_code(form.text("mail")).ok_or_else(|| Problem::invalid("请选择是否要邮件通知"))?;
    let address = form.limited("address", "邮箱", ADDRESS_MAX)?;
    if mail != MailChoice::None && !is_mail_address(&address) {
        return Err(Problem::invalid("邮箱不对，应如 name@example.org，请改正后再保存"));
    }
    let (way, when, number) = own_way(&pages.portal.ways, &form)?;
    let actor = visit.actor()?;
    let write = move |tx: &mut Tx<'_>| {
        set_choice(tx, &actor, mail, &address)?;
        set_way(tx, &actor, &way, when, &number)
    };
    pages.portal.write(write).await?;
    Ok(Redirect::to("/mine?chosen=1").into_response())
}

/// One of the office's own channels, when, and the number there; all empty where none is wanted.
fn own_way(ways: &[Way], form: &Form) -> Result<(String, MailChoice, String), Problem> {
    let code = form.text("way");
    if code.is_empty() {
        return Ok((String::new(), MailChoice::None, String::new()));
    }
    let way = ways.iter().find(|way| way.code == code);
    let way = way.ok_or_else(|| Problem::invalid("没有这种通知方式，请刷新后重新选择"))?;
    let when = MailChoice::from_code(form.text("way_when")).filter(|when| *when != MailChoice::None);
    let when = when.unwrap_or(MailChoice::AtOnce);
    let typed = form.limited("number", "号码", NUMBER_MAX)?;
    let number = if way.mobile { mobile(&typed) } else { Some(typed).filter(|typed| is_name(typed)) };
    let wanted = if way.mobile {
        "手机号不对，应为 11 位，例：13800138000"
    } else {
        "账号不对，应为 1–40 个字，不含空格"
    };
    let number =
        number.ok_or_else(|| Problem::invalid(format!("{}的{wanted}，请改正后再保存", way.title)))?;
    Ok((code.to_owned(), when, number))
}

/// A mobile number as it is dialled, however it was typed.
fn mobile(typed: &str) -> Option<String> {
    let typed = typed.trim().strip_prefix("+86").unwrap_or(typed.trim());
    let digits: String = typed.chars().filter(|c| !matches!(c, ' ' | '-')).collect();
    let plain = digits.len() == 11 && digits.bytes().all(|byte| byte.is_ascii_digit());
    let known = digits.starts_with('1') && digits.as_bytes().get(1).is_some_and(|byte| *byte >= b'3');
    (plain && known).then_some(digits)
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && !text.chars().any(|c| c.is_whitespace() || c.is_control())
}

#[cfg(test)]
mod tests {
    use super::mobile;

    #[test]
    fn a_mobile_number_is_read_however_it_was_typed() {
        for typed in ["13800138000", " 138 0013 8000", "+86 138-0013-8000"] {
            assert_eq!(mobile(typed).as_deref(), Some("13800138000"), "{typed}");
        }
        for bad in
            ["", "1380013800", "12800138000", "023-63000000", "13800138000;rm", "１３８００１３８０００"]
        {
            assert_eq!(mobile(bad), None, "{bad}");
        }
    }
}
