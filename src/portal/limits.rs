//! How many items an hour one address may send without an account.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use crate::model::Timestamp;

const HOUR_MICROS: i64 = 3_600_000_000;
/// Addresses remembered at most; beyond it those of earlier hours are forgotten.
const ADDRESSES: usize = 50_000;

/// Counts.
pub(super) struct Limits {
    per_hour: u32,
    seen: Mutex<HashMap<IpAddr, (i64, u32)>>,
}

impl Limits {
    /// `per_hour` 0 = none.
    pub(super) fn new(per_hour: u32) -> Self {
        Self { per_hour, seen: Mutex::default() }
    }

    /// Counts one item; whether it is within the limit.
    pub(super) fn spend(&self, address: IpAddr, now: Timestamp) -> bool {
        if self.per_hour == 0 {
            return true;
        }
        let hour = now.as_micros().div_euclid(HOUR_MICROS);
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() >= ADDRESSES {
            seen.retain(|_, (of, _)| *of == hour);
        }
        let entry = seen.entry(address).or_insert((hour, 0));
        if entry.0 != hour {
            *entry = (hour, 0);
        }
        entry.1 += 1;
        entry.1 <= self.per_hour
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_address_has_its_own_hour() {
        let limits = Limits::new(2);
        let now = Timestamp::parse("2026-03-01T09:10:00").expect("a time");
        let (one, two) = (IpAddr::from([10, 0, 0, 1]), IpAddr::from([10, 0, 0, 2]));
        assert_eq!([one, one, one, two].map(|address| limits.spend(address, now)), [true, true, false, true]);
        assert!(limits.spend(one, now.plus_seconds(3600)));
        assert!(Limits::new(0).spend(one, now));
    }
}
