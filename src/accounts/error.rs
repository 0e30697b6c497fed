//! What the accounts can answer instead of a result.

use crate::model::{IdError, RolesError, Subject, Timestamp};
use crate::store::StoreError;

/// Policy: what the person can mend is said in full. Whether an account exists is never said to who is not signed in.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// The facts.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Wrong name or password, or an account that is disabled or not set up: which of them is not said.
    #[error("用户名或密码不正确；忘记密码请联系管理员重置")]
    Refused,
    /// Too many attempts under this name.
    #[error("连续多次未通过，已暂停登录至 {}，请稍后再试或联系管理员", .0.clock())]
    Locked(Timestamp),
    /// Too many attempts from this address, under whatever names.
    #[error(
        "从您所在的网络地址登录，未通过的次数过多，已暂停从此地址登录；请 {minutes} 分钟后（{} 以后）再试。已登录的不受影响",
        .until.clock()
    )]
    AddressLocked {
        /// Until when.
        until: Timestamp,
        /// How long that takes, in minutes begun.
        minutes: i64,
    },
    /// A code that is wrong, or was used before.
    #[error("未通过：密码或验证码不正确，或验证码已用过；请等验证器显示下一个验证码再试")]
    Code,
    /// The password was given too long ago.
    #[error("登录已超时，请重新输入用户名和密码")]
    Half,
    /// An identity of the platform that opens no account.
    #[error("该身份尚未绑定本系统账户，请联系管理员")]
    Unbound(Subject),
    /// An identity whose account was disabled.
    #[error("您的账户已停用，请联系管理员")]
    Disabled,
    /// An answer of the platform that nobody in this browser waits for, or that was taken before.
    #[error("这次登录已经用过、已过期，或不是在本浏览器发起的，请重新登录")]
    Stray,
    /// A one-time link that does not exist, was used, or is over.
    #[error("此链接已使用或已过期，请向管理员索取新的链接")]
    Link,
    /// A password against the rules.
    #[error("{0}")]
    Password(String),
    /// A name of another shape.
    #[error("用户名须以小写字母开头，只含小写字母、数字、- 和 _，最多 40 位")]
    Name(#[from] IdError),
    /// Roles that one account cannot have.
    #[error(transparent)]
    Roles(#[from] RolesError),
    /// A field that is wrong.
    #[error("{0}")]
    Field(String),
    /// Too many people sign in at once.
    #[error("登录的人过多，请稍候再试")]
    Busy,
    /// No randomness.
    #[error("系统随机数不可用：{0}")]
    Random(#[from] std::io::Error),
    /// A computation ended without a result.
    #[error("内部计算出错：{0}")]
    Broken(String),
}
