//! Where an item stands, by its receipt, in plain words: whoever holds the receipt may ask.

use askama::Template;
use axum::extract::State;

use crate::model::{ItemState, Receipt};
use crate::site::{Asked, Page, Shell, Visit, page};
use crate::store::{OutcomeMark, Sql, item_by_receipt, outcome_mark};

use super::Shared;

#[derive(Template)]
#[template(path = "receipt.html")]
struct ReceiptPage {
    shell: Shell,
    receipt: String,
    /// Sent just now.
    fresh: bool,
    error: String,
    state: &'static str,
    told: &'static str,
    at: String,
}

/// What each state means to who sent it (DOMAIN §2).
pub(super) fn told(state: Option<ItemState>, mark: OutcomeMark) -> (&'static str, &'static str) {
    use crate::model::PublicState as P;
    if mark.instructed {
        return ("已有批示", "您反映的情况已有批示，感谢您的反映");
    }
    if mark.adopted {
        return ("已采用", "您反映的情况已被上级采用，感谢您的反映");
    }
    match state.map(ItemState::public) {
        None | Some(P::Received) => ("已收到", "编辑会尽快阅看"),
        Some(P::Editing) => ("编辑中", "编辑正在据此编写信息"),
        Some(P::Adopted) => ("已采用", "已编入信息报送，感谢您的反映"),
        Some(P::Kept) => ("留作参考", "已收悉，留作参考"),
        Some(P::Returned) => ("请补充", "请登录后按编辑的意见补充，再次报送"),
        Some(P::Withdrawn) => ("已撤回", "已按您的要求撤回"),
    }
}

pub(super) async fn show(State(pages): Shared, visit: Visit, Asked(asked): Asked) -> Page {
    let text = asked.text("no").chars().filter(|c| !c.is_whitespace()).take(60).collect::<String>();
    let mut shown = ReceiptPage {
        shell: Shell::new(&pages, &visit),
        receipt: text.clone(),
        fresh: asked.text("fresh") == "1",
        error: String::new(),
        state: "",
        told: "",
        at: String::new(),
    };
    if text.is_empty() {
        return page(&shown);
    }
    let Ok(receipt) = text.parse::<Receipt>() else {
        shown.error = "回执号不对，应为四个一组、共二十个字母和数字，请核对后再查".to_owned();
        return page(&shown);
    };
    let wanted = receipt.clone();
    let read = pages.portal.read(move |sql: &mut dyn Sql| {
        let row = item_by_receipt(sql, &wanted)?;
        let mark = match &row {
            Some(row) => outcome_mark(sql, row.no)?,
            None => OutcomeMark::default(),
        };
        Ok((row, mark))
    });
    let (row, mark) = read.await?;
    if row.is_none() && !shown.fresh {
        shown.error = "没有查到这个回执号。刚刚报送的请稍候再查；其他情况请核对号码".to_owned();
        return page(&shown);
    }
    let (state, words) = told(row.as_ref().map(|row| row.state), mark);
    shown.receipt = receipt.to_string();
    (shown.state, shown.told) = (state, words);
    shown.at = row.map(|row| row.received_at.minute()).unwrap_or_default();
    page(&shown)
}
