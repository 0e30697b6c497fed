//! 代理 (A/B 岗): one person standing in for another, from day to day (DOMAIN §2).

use serde::Serialize;

use super::ids::UserName;
use super::time::LocalDate;
use super::user::{Permission, Role, Roles, User};

/// Longest time that somebody is stood in for, in days.
pub const COVER_DAYS: u32 = 366;

/// Somebody who is away, as the person standing in for them has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cover {
    /// Who is away.
    pub name: UserName,
    /// 姓名.
    pub title: String,
    /// What they are.
    pub roles: Roles,
}

/// The days of an absence, both included: never turned round, never longer than [`COVER_DAYS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CoverDays {
    from: LocalDate,
    until: LocalDate,
}

/// Why an absence cannot be entered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CoverError {
    /// The last day lies before the first.
    #[error("结束日期早于开始日期，请对调")]
    Turned,
    /// It has passed already.
    #[error("结束日期已过，请改为今天或以后的日期")]
    Past,
    /// Longer than a year.
    #[error("一次代理最长 {COVER_DAYS} 天，请缩短")]
    TooLong,
}

impl CoverDays {
    /// Checks them.
    ///
    /// # Errors
    /// [`CoverError`] when they are turned round, past, or too many.
    pub fn new(from: LocalDate, until: LocalDate, today: LocalDate) -> Result<Self, CoverError> {
        if until < from {
            return Err(CoverError::Turned);
        }
        if until < today {
            return Err(CoverError::Past);
        }
        if until.minus_days(COVER_DAYS).is_some_and(|earliest| from <= earliest) {
            return Err(CoverError::TooLong);
        }
        Ok(Self { from, until })
    }

    /// The first day.
    pub fn from(self) -> LocalDate {
        self.from
    }

    /// The last day.
    pub fn until(self) -> LocalDate {
        self.until
    }
}

impl User {
    /// One's own roles and those of whoever one stands in for. The roles of administrators are never handed on.
    pub fn standing(&self) -> Roles {
        let handed = self.covers.iter().flat_map(|cover| cover.roles.iter());
        let all: Vec<Role> =
            self.roles.iter().chain(handed.filter(|role| !role.is_administrator())).collect();
        // One's own roles were checked and no administrator's was added.
        Roles::new(&all).unwrap_or_else(|_| self.roles.clone())
    }

    /// Whether one may do this, by one's own right or in somebody's place.
    pub fn may(&self, wanted: Permission) -> bool {
        self.standing().allow(wanted)
    }

    /// In whose place one does what one's own roles do not allow.
    pub fn in_place_of(&self, wanted: Permission) -> Option<&Cover> {
        if self.roles.allow(wanted) {
            return None;
        }
        self.covers.iter().find(|cover| cover.roles.allow(wanted))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Timestamp;

    fn day(text: &str) -> LocalDate {
        LocalDate::parse(text).expect("a day")
    }

    fn user(roles: &[Role], covers: Vec<Cover>) -> User {
        User {
            name: "li".parse().expect("a name"),
            title: "李某".to_owned(),
            roles: Roles::new(roles).expect("roles"),
            active: true,
            second_step: false,
            created_at: Timestamp::from_micros(0),
            disabled_at: None,
            covers,
        }
    }

    fn cover(roles: &[Role]) -> Cover {
        let roles = Roles::new(roles).expect("roles");
        Cover { name: "zhao".parse().expect("a name"), title: "赵立".to_owned(), roles }
    }

    #[test]
    fn days_are_in_order_not_past_and_at_most_a_year() {
        let today = day("2026-03-02");
        let days = |from, until| CoverDays::new(day(from), day(until), today).map(|_| ());
        assert_eq!(days("2026-03-02", "2026-03-02"), Ok(()));
        assert_eq!(days("2026-02-01", "2026-03-02"), Ok(()), "what began earlier may still be entered");
        assert_eq!(days("2026-03-09", "2026-03-08"), Err(CoverError::Turned));
        assert_eq!(days("2026-02-01", "2026-03-01"), Err(CoverError::Past));
        assert_eq!(days("2026-03-02", "2027-03-02"), Ok(()));
        assert_eq!(days("2026-03-02", "2027-03-03"), Err(CoverError::TooLong));
    }

    #[test]
    fn whoever_stands_in_may_what_the_other_may_but_administers_nothing() {
        let deputy = user(&[Role::Editor], vec![cover(&[Role::Signer, Role::System])]);
        assert!(deputy.may(Permission::Sign) && deputy.may(Permission::Edit));
        assert!(!deputy.may(Permission::Accounts) && !deputy.may(Permission::Run));
        assert_eq!(deputy.in_place_of(Permission::Sign).map(|cover| cover.title.as_str()), Some("赵立"));
        assert_eq!(deputy.in_place_of(Permission::Edit), None, "it is one's own right");
        assert!(!user(&[Role::Editor], Vec::new()).may(Permission::Sign));
    }
}
