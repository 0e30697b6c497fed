//! Keys for a person's own programs (个人令牌), on the page of the account.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect};

use crate::accounts::{AccountError, KEY_DAYS};
use crate::site::{Fields, Page, Visit};

use super::Shared;
use super::account::{Told, shown};

/// Makes one: shown on the page that answers, and never again.
pub(super) async fn add(State(pages): Shared, visit: Visit, Fields(form): Fields) -> Page {
    let days = form.text("days").parse().unwrap_or_default();
    let told = match pages.accounts.add_key(&visit.who()?.user, form.text("label"), days).await {
        Ok(key) => Told { fresh_key: Some(key), ..Told::default() },
        Err(AccountError::Field(why)) => Told { key: Some(why), ..Told::default() },
        Err(error) => return Err(error.into()),
    };
    shown(&pages, &visit, told).await
}

/// Ends one.
pub(super) async fn end(State(pages): Shared, visit: Visit, Fields(form): Fields) -> Page {
    pages.accounts.end_key(&visit.who()?.user, form.text("key").to_owned()).await?;
    Ok(Redirect::to("/account?done=key_end").into_response())
}

/// The longest time, in days, for the form.
pub(super) fn longest() -> u32 {
    *KEY_DAYS.end()
}
