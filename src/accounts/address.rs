//! Lock-out of a client's address: who tries a few passwords under each of many names is not seen by counting names.
//!
//! An office behind one address (NAT) shares its count, so the limit is wide, and the count begins anew after an hour. A
//! success takes nothing off it.

use std::net::{IpAddr, Ipv6Addr};

use crate::config;
use crate::model::Timestamp;
use crate::store::{AddressLimit, Sql, StoreError, Tx, address_lock, count_from_address, note_shut_out};

use super::AccountError;

/// Failed attempts of one address are counted together for so long.
const WITHIN_SECONDS: i64 = 3600;

/// Where an attempt comes from, and what is allowed to come from there.
#[derive(Debug, Clone)]
pub(super) struct Door {
    /// None on the local socket, and where addresses are not counted.
    counted: Option<(String, AddressLimit)>,
}

impl Door {
    pub(super) fn new(settings: &config::Accounts, from: Option<IpAddr>) -> Self {
        let limit = AddressLimit {
            most: settings.max_address_failures,
            within_seconds: WITHIN_SECONDS,
            lock_seconds: i64::from(settings.lock_minutes) * 60,
        };
        let from = from.filter(|_| limit.most > 0);
        Self { counted: from.map(|address| (shared_by(address), limit)) }
    }

    /// As the log names it.
    pub(super) fn address(&self) -> Option<&str> {
        self.counted.as_ref().map(|(address, _)| address.as_str())
    }

    /// Until when it is shut.
    pub(super) fn shut(&self, sql: &mut dyn Sql, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        self.address().map_or(Ok(None), |address| address_lock(sql, address, now))
    }

    /// Looks whether it is shut, and notes an attempt that finds it so.
    pub(super) fn refuse(&self, tx: &mut Tx<'_>, name: &str) -> Result<Option<AccountError>, StoreError> {
        let now = tx.now();
        let Some((until, address)) = self.shut(tx, now)?.zip(self.address()) else { return Ok(None) };
        note_shut_out(tx, name, address, until)?;
        Ok(Some(shut_until(until, now)))
    }

    /// Counts a failed attempt; tells whether it was one too many.
    pub(super) fn count(&self, tx: &mut Tx<'_>) -> Result<Option<AccountError>, StoreError> {
        let Some((address, limit)) = &self.counted else { return Ok(None) };
        let until = count_from_address(tx, address, *limit)?;
        Ok(until.map(|until| shut_until(until, tx.now())))
    }
}

fn shut_until(until: Timestamp, now: Timestamp) -> AccountError {
    let seconds = (until.as_micros() - now.as_micros()) / 1_000_000;
    AccountError::AddressLocked { until, minutes: (seconds.max(0) + 59) / 60 }
}

/// An address as it is counted: of IPv6 the network, since whoever has one address has all of its /64.
fn shared_by(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let network = Ipv6Addr::from(u128::from(address) & !u128::from(u64::MAX));
            format!("{network}/64")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(address: &str) -> String {
        shared_by(address.parse().expect("an address"))
    }

    #[test]
    fn an_ipv6_network_is_counted_as_one_and_ipv4_in_its_clothes_as_itself() {
        assert_eq!(counted("203.0.113.9"), "203.0.113.9");
        assert_eq!(counted("::ffff:203.0.113.9"), "203.0.113.9");
        assert_eq!(counted("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
        assert_eq!(counted("2001:db8:1:2::1"), counted("2001:db8:1:2:ffff::"));
        assert_ne!(counted("2001:db8:1:2::1"), counted("2001:db8:1:3::1"));
    }

    #[test]
    fn the_local_socket_is_not_counted_and_nobody_where_the_limit_is_off() {
        let mut settings = config::load(None, &[]).expect("the default").accounts;
        let from = Some("203.0.113.9".parse().expect("an address"));
        assert_eq!(Door::new(&settings, from).address(), Some("203.0.113.9"));
        assert_eq!(Door::new(&settings, None).address(), None);
        settings.max_address_failures = 0;
        assert_eq!(Door::new(&settings, from).address(), None);
    }

    #[test]
    fn the_message_says_how_long_it_takes_and_until_when() {
        let now = Timestamp::parse("2026-03-02T09:30:00+08:00").expect("a time");
        let told = shut_until(now.plus_seconds(14 * 60 + 1), now).to_string();
        assert!(told.contains("15 分钟") && told.contains("09:44"), "{told}");
    }
}
