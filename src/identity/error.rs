//! Why somebody could not sign in by the platform.

use crate::outward::OutwardError;

/// Policy: what the person can do is said in full; what the platform answered is for the log, and secrets for nobody.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlatformError {
    /// Nobody there, or too slow, or something that is not what was asked for.
    #[error("统一身份认证平台现在无法使用（{0}）。请稍后再试，或用密码登录")]
    Away(String),
    /// It answers what cannot be understood.
    #[error("统一身份认证平台的答复不合规范（{0}）。请联系管理员，或用密码登录")]
    Odd(String),
    /// The person said no there.
    #[error("您在统一身份认证平台取消了登录，或没有同意授权")]
    Denied,
    /// It does not know this system, or its secret.
    #[error("统一身份认证平台没有认可本系统（{0}）。请管理员核对 accounts.oidc 的 client_id、密钥和回调地址")]
    Client(String),
    /// It refused, by a code of its own.
    #[error("统一身份认证平台拒绝了这次登录（{0}）。请重新登录；仍不行，请联系管理员")]
    Refused(String),
    /// What it signed does not hold.
    #[error("统一身份认证平台的登录凭证没有通过核验（{0}）。请重新登录；仍不行，请联系管理员")]
    Token(Fault),
    /// It does not say who it is.
    #[error("统一身份认证平台没有给出身份标识（声明 {0}）。请管理员核对 accounts.oidc 的 claim 与 scopes")]
    Claim(String),
    /// No randomness.
    #[error("系统随机数不可用：{0}")]
    Random(String),
}

/// What is wrong with an ID token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// None was given.
    #[error("没有凭证")]
    Missing,
    /// Not by a key of the platform, or by an algorithm that is not taken.
    #[error("签名不对")]
    Signature,
    /// By somebody else.
    #[error("签发者不符")]
    Issuer,
    /// For somebody else.
    #[error("不是签发给本系统的")]
    Audience,
    /// Too old, or from the future.
    #[error("已过期，或签发时间不对：请核对两边的系统时间")]
    Expired,
    /// For another attempt.
    #[error("不属于这次登录")]
    Nonce,
    /// Another access token came with it.
    #[error("令牌不成套")]
    Hash,
    /// Anything else.
    #[error("格式不对")]
    Form,
}

impl PlatformError {
    /// Whether an attempt that ends so is kept in the log of acts: what the platform said was not believed.
    pub fn is_noted(&self) -> bool {
        matches!(self, Self::Refused(_) | Self::Token(_) | Self::Claim(_))
    }

    /// Whether it may be the visitor's own doing, and is counted like a wrong password: a code that was made up, an answer
    /// of another attempt. What the platform does wrong locks nobody out.
    pub fn counts(&self) -> bool {
        matches!(self, Self::Refused(_) | Self::Token(Fault::Nonce))
    }
}

impl From<OutwardError> for PlatformError {
    fn from(error: OutwardError) -> Self {
        match error {
            OutwardError::TooLarge(_) => Self::Odd(error.to_string()),
            _ => Self::Away(error.to_string()),
        }
    }
}
