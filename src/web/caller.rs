//! What a request may do. Whoever identified the caller has put it among the request's extensions.

use axum::http::{Extensions, StatusCode};

use crate::model::{Caller, Scope};

use super::Problem;

/// The caller, if it may do `scope`.
///
/// # Errors
/// 401 for a caller that nobody identified, 403 for one whose token lacks the scope.
pub fn require(extensions: &Extensions, scope: Scope) -> Result<Caller, Problem> {
    let Some(caller) = extensions.get::<Caller>() else {
        let detail = "请在 Authorization 中提供令牌：Bearer my_…（由管理员用 minyi source add 生成）";
        return Err(Problem::new(StatusCode::UNAUTHORIZED, "no_token", detail));
    };
    if caller.scopes.allow(scope) {
        return Ok(caller.clone());
    }
    let detail = format!("此令牌没有“{}”权限（{}），请联系管理员", scope.label(), scope.code());
    Err(Problem::new(StatusCode::FORBIDDEN, "scope_missing", detail))
}
