//! How the exchange stands: what was made, what arrived, what is missing, what waits.

use serde::Serialize;

use crate::model::{Seq, Timestamp};
use crate::store::{
    PackageRecord, PackageState, Sql, StoreError, Way, cursor, items_changed_after, last_package,
    list_packages, packages_in,
};

use super::package::Counts;
use super::{CURSOR, Exchange, ExchangeError};

/// Packages shown of each direction.
const SHOWN: i64 = 50;
/// Gaps named.
const GAPS: i64 = 200;
/// Changes counted that wait to be sent.
const WAITING: i64 = 1000;

/// A package as pages and commands show it.
#[derive(Debug, Clone, Serialize)]
pub struct Shown {
    /// Its number.
    pub number: i64,
    /// What its file is called.
    pub name: String,
    /// Where it stands.
    pub state: &'static str,
    /// When it was made; empty where that is not known.
    pub made: String,
    /// When that was noted here.
    pub at: String,
    /// What is in it.
    pub counts: String,
    /// Its size, KiB; 0 where it is not kept here.
    pub kb: i64,
    /// What could not be done as the other site wanted.
    pub notes: Vec<String>,
}

/// How the exchange stands.
#[derive(Debug, Clone, Serialize)]
pub struct Standing {
    /// 外网, 内网; empty: not in use.
    pub side: &'static str,
    /// This site's public key.
    pub key: String,
    /// Whether the other site's is known.
    pub peer: bool,
    /// The last number that was made, and the last that is known to have arrived.
    pub made: i64,
    /// See `made`.
    pub arrived: i64,
    /// The last number that was taken.
    pub taken: i64,
    /// Changes that wait to be sent, up to a thousand.
    pub waiting: usize,
    /// In red words, what is missing or has to be looked at.
    pub alarms: Vec<String>,
    /// Packages that were made, the last first.
    pub out: Vec<Shown>,
    /// Packages that came, the last first.
    pub came: Vec<Shown>,
}

/// What is read for it.
struct Facts {
    out: Vec<PackageRecord>,
    came: Vec<PackageRecord>,
    gaps: Vec<PackageRecord>,
    made: i64,
    taken: i64,
    waiting: usize,
}

fn facts(sql: &mut dyn Sql) -> Result<Facts, StoreError> {
    let number = |last: Option<PackageRecord>| last.map_or(0, |last| last.number);
    let upto: Seq = cursor(sql, CURSOR)?;
    let (made, taken) = (number(last_package(sql, Way::Out)?), number(last_package(sql, Way::In)?));
    let mut gaps = packages_in(sql, Way::In, PackageState::Missing, GAPS)?;
    gaps.retain(|gap| gap.number > taken);
    Ok(Facts {
        out: list_packages(sql, Way::Out, SHOWN)?,
        came: list_packages(sql, Way::In, SHOWN)?,
        gaps,
        made,
        taken,
        waiting: items_changed_after(sql, upto, WAITING)?.len(),
    })
}

impl Exchange {
    /// How the exchange stands.
    ///
    /// # Errors
    /// When the store is away.
    pub async fn standing(&self) -> Result<Standing, ExchangeError> {
        let Facts { out, came, gaps, made, taken, waiting } = self.parts.store.read(facts).await?;
        let arrived = out.iter().filter(|one| one.state == PackageState::Arrived).map(|one| one.number).max();
        Ok(Standing {
            side: self.side.map_or("", super::Side::label),
            key: self.public_key().to_string(),
            peer: self.peer.is_some(),
            made,
            arrived: arrived.unwrap_or(0),
            taken,
            waiting,
            alarms: alarms(&gaps, &came),
            out: out.iter().map(|one| self.shown(Way::Out, one)).collect(),
            came: came.iter().map(|one| self.shown(Way::In, one)).collect(),
        })
    }

    pub(super) fn shown(&self, way: Way, package: &PackageRecord) -> Shown {
        let known = package.made_at > Timestamp::from_micros(0);
        let here = way == Way::Out;
        Shown {
            number: package.number,
            name: if known { self.name_of(way, package) } else { String::new() },
            state: package.state.label(),
            made: if known { package.made_at.minute() } else { String::new() },
            at: package.at.minute(),
            counts: match package.state {
                PackageState::Missing => String::new(),
                _ if here && package.bytes == 0 => String::new(),
                _ => serde_json::from_str::<Counts>(&package.counts).unwrap_or_default().words(),
            },
            kb: if here { (package.bytes + 1023) >> 10 } else { 0 },
            notes: serde_json::from_str(&package.notes).unwrap_or_default(),
        }
    }
}

/// What is missing, and what to do about it.
fn alarms(gaps: &[PackageRecord], came: &[PackageRecord]) -> Vec<String> {
    let mut out: Vec<String> = gaps
        .iter()
        .map(|gap| {
            let made = match gap.made_at.as_micros() {
                0 => String::new(),
                _ => format!("（对方 {} 做出）", gap.made_at.minute()),
            };
            format!("缺第 {} 号{made}：请找到后导入；找不到的，请对方按同一号重新取出", gap.number)
        })
        .collect();
    let early = came.iter().filter(|one| one.state == PackageState::Early);
    out.extend(early.map(|one| format!("第 {} 号来早了，没有导入：请在缺的导入之后再导入一次", one.number)));
    out
}
