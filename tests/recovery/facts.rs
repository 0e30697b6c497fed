//! What stands in the store's file once the process is gone, read without the program's help.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context, Result, ensure};
use rusqlite::{Connection, OpenFlags};

/// Items by their external ids, and what the program found out about them.
#[derive(Debug)]
pub struct Facts {
    /// Every item's external id, once for each row.
    pub items: Vec<String>,
    /// The same in the order of the change log.
    pub by_sequence: Vec<String>,
    /// How texts are alike.
    pub likeness: Likeness,
    /// Numbers of issues by series and year, ascending.
    pub numbers: BTreeMap<(String, i64), Vec<i64>>,
    /// Issues that hold a number and are not issued, or the other way round.
    pub unfinished: i64,
}

/// Groups and links in a form that does not depend on which of two equal texts came first.
#[derive(Debug, PartialEq, Eq)]
pub struct Likeness {
    /// Exact repeats.
    pub groups: BTreeSet<BTreeSet<String>>,
    /// Near duplicates: two texts, each named by the first of its group, with how many links they have and the score
    /// in millionths.
    pub near: Pairs,
    /// The same for pairs that are one text edited.
    pub edited: Pairs,
    /// Exact links.
    pub exact: usize,
}

impl Facts {
    /// Reads a data folder that no process uses.
    pub fn read(dir: &Path) -> Result<Self> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
        let store = Connection::open_with_flags(dir.join("store.db"), flags)?;
        let names: BTreeMap<i64, String> =
            rows(&store, "SELECT no, external_id FROM items", |row| Ok((row.get(0)?, row.get(1)?)))?
                .into_iter()
                .collect();
        let mut numbers: BTreeMap<(String, i64), Vec<i64>> = BTreeMap::new();
        let given = "SELECT series, year, number FROM issues WHERE number IS NOT NULL ORDER BY number";
        for (series, year, number) in rows(&store, given, |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        {
            numbers.entry((series, year)).or_default().push(number);
        }
        let unfinished = "SELECT count(*) FROM issues WHERE (number IS NULL) <> (issued_at IS NULL)";
        let received = "SELECT i.external_id FROM changes c JOIN items i ON i.no = c.item_no
                        WHERE c.kind = 'item.received' ORDER BY c.seq";
        Ok(Self {
            by_sequence: rows(&store, received, |row| row.get(0))?,
            items: names.values().cloned().collect(),
            likeness: Likeness::read(&store, &names)?,
            numbers,
            unfinished: store.query_row(unfinished, [], |row| row.get(0))?,
        })
    }

    /// Every book of numbers runs from 1 without gap or repeat, and every issue has its number.
    pub fn check_numbers(&self) -> Result<()> {
        ensure!(self.unfinished == 0, "{} issues are half done", self.unfinished);
        for (book, numbers) in &self.numbers {
            let expected: Vec<i64> = (1..=numbers.len() as i64).collect();
            ensure!(*numbers == expected, "{book:?}: {numbers:?}");
        }
        Ok(())
    }
}

/// Pairs of texts, how often they are linked, and their score in millionths.
pub type Pairs = BTreeMap<(String, String), (usize, i64)>;

impl Likeness {
    fn read(store: &Connection, names: &BTreeMap<i64, String>) -> Result<Self> {
        let name = |no: i64| names.get(&no).cloned().with_context(|| format!("no item {no}"));
        let mut groups: BTreeMap<i64, BTreeSet<String>> = BTreeMap::new();
        let members = "SELECT first_no, item_no FROM group_members";
        for (first, item) in rows(store, members, |row| Ok((row.get(0)?, row.get(1)?)))? {
            groups.entry(first).or_default().insert(name(item)?);
        }
        let groups: BTreeSet<BTreeSet<String>> = groups.into_values().collect();
        let text = |no: i64| -> Result<String> {
            let own = name(no)?;
            let group = groups.iter().find(|group| group.contains(&own));
            Ok(group.and_then(BTreeSet::first).cloned().unwrap_or(own))
        };
        let (mut near, mut edited, mut exact) = (BTreeMap::new(), BTreeMap::new(), 0);
        let links = "SELECT a_no, b_no, kind, score FROM links";
        let read = |row: &rusqlite::Row<'_>| {
            Ok((row.get(0)?, row.get(1)?, row.get::<_, String>(2)?, row.get::<_, f64>(3)?))
        };
        for (a, b, kind, score) in rows(store, links, read)? {
            if kind == "exact" {
                exact += 1;
                continue;
            }
            let (a, b) = (text(a)?, text(b)?);
            let pair = if a < b { (a, b) } else { (b, a) };
            let kept = if kind == "near" { &mut near } else { &mut edited };
            let entry = kept.entry(pair).or_insert((0, 0));
            *entry = (entry.0 + 1, (score * 1e6) as i64);
        }
        Ok(Self { groups, near, edited, exact })
    }
}

fn rows<T>(
    store: &Connection,
    sql: &str,
    read: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
) -> Result<Vec<T>> {
    Ok(store.prepare(sql)?.query_map([], read)?.collect::<rusqlite::Result<_>>()?)
}
