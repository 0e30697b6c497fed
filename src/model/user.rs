//! People who sign in, and what each may do.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::Actor;
use super::cover::Cover;
use super::ids::UserName;
use super::item_state::states;
use super::time::Timestamp;

states! {
    /// One thing that a person may be allowed to do. Every page and every action asks for one of these.
    Permission {
        /// Send items and see one's own.
        Submit = "submit", "报送";
        /// Answer what was handed to one's unit.
        Handle = "handle", "办理";
        /// Look at items, manuscripts and issues.
        Read = "read", "查看来稿";
        /// Take, keep, decline, pass on; decide on likeness.
        Triage = "triage", "处理来稿";
        /// See contact data and what is masked; each look is logged.
        Personal = "personal", "查看个人信息";
        /// Write manuscripts.
        Edit = "edit", "编稿";
        /// Pass or return what others wrote.
        Review = "review", "审核";
        /// Sign the proof.
        Sign = "sign", "签发";
        /// Number and issue what is signed.
        Register = "register", "登记编发";
        /// Take lists out of the system.
        Export = "export", "导出";
        /// Add and disable accounts.
        Accounts = "accounts", "账户管理";
        /// Give roles, unlock, end other people's sessions.
        Grants = "grants", "授权管理";
        /// Read the log of everything.
        Audit = "audit", "查看操作日志";
        /// Sources, tables, health.
        Run = "run", "运行维护";
    }
}

states! {
    /// What a person is in the office (DOMAIN §1).
    Role {
        /// 供稿者.
        Contributor = "contributor", "供稿者";
        /// 编辑.
        Editor = "editor", "编辑";
        /// 审核.
        Reviewer = "reviewer", "审核";
        /// 签发.
        Signer = "signer", "签发";
        /// 承办单位.
        Unit = "unit", "承办单位";
        /// 只读.
        Reader = "reader", "查阅";
        /// 系统管理员.
        System = "system", "系统管理员";
        /// 安全管理员.
        Security = "security", "安全管理员";
        /// 审计管理员.
        Auditor = "audit", "审计管理员";
    }
}

impl Role {
    /// What this role allows.
    pub fn permissions(self) -> &'static [Permission] {
        use Permission as P;
        match self {
            Self::Contributor => &[P::Submit],
            Self::Editor => &[P::Read, P::Triage, P::Personal, P::Edit, P::Register, P::Export],
            Self::Reviewer => &[P::Read, P::Triage, P::Personal, P::Edit, P::Review, P::Register, P::Export],
            Self::Signer => &[P::Read, P::Sign],
            Self::Unit => &[P::Handle],
            Self::Reader => &[P::Read],
            Self::System => &[P::Accounts, P::Run],
            Self::Security => &[P::Grants],
            Self::Auditor => &[P::Audit],
        }
    }

    /// The three administrators are kept apart: whoever runs the system neither grants rights nor reads the log alone.
    pub fn is_administrator(self) -> bool {
        matches!(self, Self::System | Self::Security | Self::Auditor)
    }
}

/// Why somebody cannot have these roles.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RolesError {
    /// Not one of the roles.
    #[error("没有角色“{0}”，可用：{known}", known = known())]
    Unknown(String),
    /// None at all.
    #[error("至少要有一个角色，可用：{}", known())]
    None,
    /// Two administrators in one account.
    #[error("系统、安全、审计三类管理员不得由同一账户担任，请分设账户")]
    Administrators,
}

fn known() -> String {
    Role::ALL.iter().map(|role| format!("{}（{}）", role.code(), role.label())).collect::<Vec<_>>().join("、")
}

/// The roles of one account: at least one, and never two administrators.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
pub struct Roles(Vec<Role>);

impl Roles {
    /// Checks them.
    ///
    /// # Errors
    /// [`RolesError`] when there is none, or two administrators.
    pub fn new(wanted: &[Role]) -> Result<Self, RolesError> {
        let roles: Vec<Role> = Role::ALL.iter().copied().filter(|role| wanted.contains(role)).collect();
        match roles.iter().filter(|role| role.is_administrator()).count() {
            _ if roles.is_empty() => Err(RolesError::None),
            0 | 1 => Ok(Self(roles)),
            _ => Err(RolesError::Administrators),
        }
    }

    /// Every role, in the office's order.
    pub fn iter(&self) -> impl Iterator<Item = Role> {
        self.0.iter().copied()
    }

    /// Whether one of them allows it.
    pub fn allow(&self, wanted: Permission) -> bool {
        self.0.iter().any(|role| role.permissions().contains(&wanted))
    }

    /// In the office's words: 编辑、审核.
    pub fn labels(&self) -> String {
        self.0.iter().map(|role| role.label()).collect::<Vec<_>>().join("、")
    }
}

impl TryFrom<Vec<String>> for Roles {
    type Error = RolesError;
    fn try_from(codes: Vec<String>) -> Result<Self, RolesError> {
        let wanted = codes
            .iter()
            .map(|code| Role::from_code(code.trim()).ok_or_else(|| RolesError::Unknown(code.clone())))
            .collect::<Result<Vec<_>, _>>()?;
        Self::new(&wanted)
    }
}

impl From<Roles> for Vec<String> {
    fn from(roles: Roles) -> Self {
        roles.0.iter().map(|role| role.code().to_owned()).collect()
    }
}

impl fmt::Display for Roles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.iter().map(|role| role.code()).collect::<Vec<_>>().join(","))
    }
}

impl FromStr for Roles {
    type Err = RolesError;
    fn from_str(text: &str) -> Result<Self, RolesError> {
        text.split(',').map(str::to_owned).collect::<Vec<_>>().try_into()
    }
}

/// An account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct User {
    /// With which one signs in.
    pub name: UserName,
    /// 姓名.
    pub title: String,
    /// What one is.
    pub roles: Roles,
    /// Whether a password was set.
    pub active: bool,
    /// Whether one signs in with a code as well (动态验证码).
    pub second_step: bool,
    /// When it was added.
    pub created_at: Timestamp,
    /// When it was disabled.
    pub disabled_at: Option<Timestamp>,
    /// For whom one stands in today (代理); known only where somebody is signed in.
    #[serde(skip)]
    pub covers: Vec<Cover>,
}

impl User {
    /// As the audit log names them.
    pub fn actor(&self) -> Actor {
        Actor::User(self.name.to_string())
    }
}

/// Under what a session is stored: the hash of what the browser holds.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SessionKey(pub [u8; 32]);

impl SessionKey {
    /// Enough to tell a person's sessions apart; says nothing that could be used.
    pub fn short(&self) -> String {
        self.0[..8].iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl fmt::Debug for SessionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SessionKey({}…)", self.short())
    }
}

/// A person with a session that is in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedIn {
    /// Who.
    pub user: User,
    /// By which session.
    pub session: SessionKey,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_account_holds_two_administrators() {
        for pair in
            [[Role::System, Role::Security], [Role::System, Role::Auditor], [Role::Security, Role::Auditor]]
        {
            assert_eq!(Roles::new(&pair), Err(RolesError::Administrators));
        }
        assert!(Roles::new(&[Role::Editor, Role::Reviewer]).is_ok());
        assert_eq!(Roles::new(&[]), Err(RolesError::None));
    }

    #[test]
    fn roles_read_back_in_one_order_and_an_unknown_one_is_named() {
        let roles: Roles = "reviewer,editor".parse().expect("roles");
        assert_eq!(roles.to_string(), "editor,reviewer");
        assert!("editor,chief".parse::<Roles>().expect_err("chief").to_string().contains("chief"));
    }

    #[test]
    fn no_administrator_may_see_items_and_no_editor_may_administer() {
        let business = [Permission::Read, Permission::Triage, Permission::Personal, Permission::Sign];
        for role in [Role::System, Role::Security, Role::Auditor] {
            assert!(business.iter().all(|wanted| !role.permissions().contains(wanted)), "{role:?}");
        }
        let running = [Permission::Accounts, Permission::Grants, Permission::Audit, Permission::Run];
        for role in [Role::Editor, Role::Reviewer, Role::Signer, Role::Reader] {
            assert!(running.iter().all(|wanted| !role.permissions().contains(wanted)), "{role:?}");
        }
    }
}
