//! What can be done with entries; pages and calls share it.

use crate::model::{Actor, CodeTable, Reporter, ReporterFields, UserName};
use crate::store::{
    DistinctPair, ReporterFilter, ReporterItem, ReporterRecord, Sql, StoreError, Tx, UnitPerson,
    bind_reporter, change_reporter, count_reporter_items, count_reporters, distinct_reporters,
    double_reporters, insert_reporter, items_of_reporter, leave_unit, list_reporters, merge_reporter,
    put_unit_person, read_reporter, reporter_family, retire_reporter, reveal_reporter, set_distinct,
    set_unit_review, unit_people, unit_review_first, unmerge_reporter,
};
use crate::text::romanised;
use crate::web::Problem;

use super::Registry;

/// Pairs that are listed.
const PAIRS_LISTED: i64 = 200;
/// Items that an entry's page lists.
const ITEMS_LISTED: i64 = 50;

/// An entry with everything that is known beside it.
#[derive(Clone)]
pub(super) struct EntryView {
    pub record: ReporterRecord,
    /// What was merged into it.
    pub members: Vec<ReporterRecord>,
    /// The latest items of all of them.
    pub items: Vec<ReporterItem>,
    pub sent: i64,
    pub adopted: i64,
    /// Who belongs or belonged to it, where it is a unit.
    pub people: Vec<UnitPerson>,
    /// 本级审核.
    pub review_first: bool,
}

/// Two entries that may be one.
pub(super) struct Double {
    pub one: ReporterRecord,
    pub two: ReporterRecord,
    /// Whether their telephone is the same; else name and unit are.
    pub phone: bool,
}

/// What may be one, and what was said to be two.
pub(super) struct Doubles {
    pub pairs: Vec<Double>,
    pub distinct: Vec<(ReporterRecord, ReporterRecord, DistinctPair)>,
}

/// An entry is entered as it may stand, with the ways in which its names are typed in Latin letters.
pub(super) fn checked(fields: ReporterFields) -> Result<(Reporter, Vec<String>), Problem> {
    let entry = Reporter::new(fields).map_err(|error| Problem::invalid(error.to_string()))?;
    let spelled = spelled(entry.fields());
    Ok((entry, spelled))
}

pub(super) fn spelled(fields: &ReporterFields) -> Vec<String> {
    let mut out: Vec<String> =
        std::iter::once(&fields.name).chain(&fields.aliases).flat_map(|name| romanised(name)).collect();
    out.sort_unstable();
    out.dedup();
    out
}

/// The account as it was entered; empty = none.
pub(super) fn account_name(text: &str) -> Result<Option<UserName>, Problem> {
    match text.trim() {
        "" => Ok(None),
        name => name.parse().map(Some).map_err(|_| Problem::invalid(format!("账户“{name}”不对，请填用户名"))),
    }
}

impl Registry {
    /// A list, and how many there are in all: active, retired.
    pub(super) async fn list(
        &self,
        filter: ReporterFilter,
        skip: i64,
        limit: i64,
    ) -> Result<(Vec<ReporterRecord>, (i64, i64)), Problem> {
        self.read(move |sql| Ok((list_reporters(sql, &filter, skip, limit)?, count_reporters(sql)?))).await
    }

    pub(super) async fn entry(&self, no: i64) -> Result<EntryView, Problem> {
        self.read(move |sql: &mut dyn Sql| {
            let record = read_reporter(sql, no)?;
            let members = reporter_family(sql, no)?.into_iter().skip(1);
            let members =
                members.map(|member| read_reporter(sql, member)).collect::<Result<Vec<_>, StoreError>>()?;
            let (sent, adopted) = count_reporter_items(sql, no)?;
            Ok(EntryView {
                members,
                items: items_of_reporter(sql, no, ITEMS_LISTED)?,
                sent,
                adopted,
                people: unit_people(sql, no)?,
                review_first: unit_review_first(sql, no)?,
                record,
            })
        })
        .await
    }

    /// That somebody looks at what is sensitive in an entry is logged, or nothing is shown.
    pub(super) async fn reveal(&self, no: i64, by: Actor) -> Result<(), Problem> {
        self.write(move |tx: &mut Tx<'_>| reveal_reporter(tx, no, &by)).await
    }

    /// Whether a 界别 may be entered: one of those in use, or what stands there. A 党派 may be any: the table names the
    /// democratic parties alone.
    fn offered(&self, sector: &str, stands: &str) -> Result<(), Problem> {
        let (rows, today) = (self.parts.tables.now(), self.parts.clock.now().date());
        rows.check(CodeTable::Sector, today, sector.trim(), stands).map_err(Problem::invalid)
    }

    pub(super) async fn add(&self, fields: ReporterFields, by: Actor) -> Result<i64, Problem> {
        self.offered(&fields.sector, "")?;
        let (entry, spelled) = checked(fields)?;
        self.write(move |tx| insert_reporter(tx, &entry, &spelled, &by)).await
    }

    pub(super) async fn change(
        &self,
        at: (i64, i64),
        fields: ReporterFields,
        by: Actor,
    ) -> Result<(), Problem> {
        let before = self.read(move |sql: &mut dyn Sql| read_reporter(sql, at.0)).await?;
        self.offered(&fields.sector, &before.fields.sector)?;
        let (entry, spelled) = checked(fields)?;
        self.write(move |tx| change_reporter(tx, at, &entry, &spelled, &by)).await
    }

    pub(super) async fn retire(&self, at: (i64, i64), retired: bool, by: Actor) -> Result<(), Problem> {
        self.write(move |tx| retire_reporter(tx, at, retired, &by)).await
    }

    pub(super) async fn bind(&self, at: (i64, i64), account: &str, by: Actor) -> Result<(), Problem> {
        let account = account_name(account)?;
        self.write(move |tx| bind_reporter(tx, at, account.as_ref(), &by)).await
    }

    pub(super) async fn merge(&self, kept: (i64, i64), gone: (i64, i64), by: Actor) -> Result<(), Problem> {
        self.write(move |tx| merge_reporter(tx, kept, gone, &by)).await
    }

    pub(super) async fn unmerge(&self, no: i64, by: Actor) -> Result<i64, Problem> {
        self.write(move |tx| unmerge_reporter(tx, no, &by)).await
    }

    /// Pairs that may be one, and those that were said to be two.
    pub(super) async fn doubles(&self) -> Result<Doubles, Problem> {
        self.read(move |sql: &mut dyn Sql| {
            let (mut pairs, mut distinct) = (Vec::new(), Vec::new());
            for (one, two, phone) in double_reporters(sql, PAIRS_LISTED)? {
                let (one, two) = (read_reporter(sql, one)?, read_reporter(sql, two)?);
                pairs.push(Double { one, two, phone });
            }
            for said in distinct_reporters(sql, PAIRS_LISTED)? {
                distinct.push((read_reporter(sql, said.one)?, read_reporter(sql, said.two)?, said));
            }
            Ok(Doubles { pairs, distinct })
        })
        .await
    }

    pub(super) async fn set_distinct(
        &self,
        pair: (i64, i64),
        distinct: bool,
        by: Actor,
    ) -> Result<(), Problem> {
        self.write(move |tx| set_distinct(tx, pair, distinct, &by)).await
    }

    pub(super) async fn put_person(
        &self,
        unit: i64,
        account: &str,
        reviewer: bool,
        by: Actor,
    ) -> Result<(), Problem> {
        let account =
            account_name(account)?.ok_or_else(|| Problem::invalid("没有填账户，请填要加入本单位的用户名"))?;
        self.write(move |tx| put_unit_person(tx, unit, &account, reviewer, &by)).await
    }

    pub(super) async fn leave(&self, unit: i64, account: &str, by: Actor) -> Result<(), Problem> {
        let account =
            account_name(account)?.ok_or_else(|| Problem::invalid("没有填账户，请填要移出的用户名"))?;
        self.write(move |tx| leave_unit(tx, unit, &account, &by)).await
    }

    pub(super) async fn review_first(&self, unit: i64, wanted: bool, by: Actor) -> Result<(), Problem> {
        self.write(move |tx| set_unit_review(tx, unit, wanted, &by)).await
    }
}
