//! 通知 on 我的来稿: what happened since one looked last, and by which way one wants to hear.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect};

use crate::model::{Actor, MailChoice};
use crate::site::{Fields, Page, Visit};
use crate::store::{Choice, Notice, Sql, StoreError, choice_of, notices_of, see_notices, set_choice};
use crate::web::Problem;

use super::Shared;

/// Notices listed.
const LISTED: i64 = 50;
/// Longest address.
const ADDRESS_MAX: usize = 200;

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
}

impl Notices {
    /// Reads them.
    pub(super) fn read(sql: &mut dyn Sql, owner: &Actor) -> Result<Self, StoreError> {
        let (notices, choice) = (notices_of(sql, owner, LISTED)?, choice_of(sql, &owner.to_string())?);
        Ok(Self::of(notices, choice))
    }

    fn of(notices: Vec<Notice>, choice: Choice) -> Self {
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
            ways: MailChoice::ALL.iter().map(|one| (one.code(), one.label(), *one == choice.mail)).collect(),
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
    if mail != MailChoice::None && !is_address(&address) {
        return Err(Problem::invalid("邮箱不对，应如 name@example.org，请改正后再保存"));
    }
    let actor = visit.actor()?;
    pages.portal.write(move |tx| set_choice(tx, &actor, mail, &address)).await?;
    Ok(Redirect::to("/mine?chosen=1").into_response())
}

/// One plain address; anything else could name further receivers or headers.
fn is_address(text: &str) -> bool {
    let plain = text.chars().all(|c| c.is_ascii_graphic() && !"<>(),;:\\\"[]".contains(c));
    let parts = text.split_once('@');
    plain && parts.is_some_and(|(name, host)| !name.is_empty() && host.contains('.') && !host.contains('@'))
}

#[cfg(test)]
mod tests {
    use super::is_address;

    #[test]
    fn an_address_is_one_receiver_and_nothing_else() {
        assert!(is_address("wang.bo@mail.example.org"));
        for bad in
            ["", "wang", "a@b", "a@b.cn,c@d.cn", "A <a@b.cn>", "a@b.cn\r\nBcc: x@y.cn", "a@@b.cn", "@b.cn"]
        {
            assert!(!is_address(bad), "{bad:?}");
        }
    }
}
