//! Numbers and frozen content under whatever an office does, in any order: a property test over a running instance.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

use crate::support::{Client, TestApp, item, list, number, text};

/// Series of one article, of several, with numbered copies, with a running total.
const SERIES: [&str; 4] = ["opinion", "opinion-composite", "special-report", "review"];
/// Those that may have 增刊.
const WITH_SUPPLEMENTS: [&str; 2] = ["opinion", "review"];
/// Items that issues are made from, again and again.
const ITEMS: usize = 12;

/// Something that is done with issues.
#[derive(Debug, Clone)]
enum Deed {
    /// A proof of any items in any order, signed; issued at once or only registered.
    Sign { series: usize, items: Vec<Index>, supplement: bool, only: bool },
    /// Several signed at the same moment, the first of them by two people.
    Together { series: usize, count: usize },
    /// A registered one is issued after all.
    Finish(Index),
    /// A registered one gives its number back.
    GiveBack(Index),
    /// A registered one is made void, with its number.
    Void(Index),
    /// A number that was given on paper, so many after the highest.
    Paper { series: usize, ahead: u32 },
    /// Somebody tries to change what is issued.
    Meddle(Index),
}

fn deed() -> impl Strategy<Value = Deed> {
    let items = || proptest::collection::vec(any::<Index>(), 1..=ITEMS);
    let series = || 0..SERIES.len();
    prop_oneof![
        6 => (series(), items(), any::<bool>(), any::<bool>())
            .prop_map(|(series, items, supplement, only)| Deed::Sign { series, items, supplement, only }),
        2 => (series(), 2..5_usize).prop_map(|(series, count)| Deed::Together { series, count }),
        2 => any::<Index>().prop_map(Deed::Finish),
        2 => any::<Index>().prop_map(Deed::GiveBack),
        1 => any::<Index>().prop_map(Deed::Void),
        1 => (series(), 1..4_u32).prop_map(|(series, ahead)| Deed::Paper { series, ahead }),
        1 => any::<Index>().prop_map(Deed::Meddle),
    ]
}

/// An office at work.
struct Office {
    client: Client,
    items: Vec<String>,
    registered: Vec<String>,
    /// Issued ones as they were answered when they were frozen.
    frozen: Vec<Value>,
    year: String,
}

impl Office {
    async fn proof(&mut self, series: &str, items: &[String], supplement: bool) -> String {
        let request = json!({ "series": series, "items": items, "supplement": supplement });
        let made = self.client.post("/api/v1/bulletins", request.to_string()).await.ok();
        text(&made, "/printed_date")[..4].clone_into(&mut self.year);
        text(&made, "/id").to_owned()
    }

    async fn sign(&self, id: &str, request: Value) -> Value {
        self.client.post(&format!("/api/v1/bulletins/{id}/issue"), request.to_string()).await.ok()
    }

    async fn carry_out(&mut self, deed: Deed) {
        match deed {
            Deed::Sign { series, items, supplement, only } => {
                let series = SERIES[series];
                let mut chosen: Vec<String> = Vec::new();
                for index in items {
                    let one = index.get(&self.items).clone();
                    if !chosen.contains(&one) {
                        chosen.push(one);
                    }
                }
                if ["opinion", "special-report"].contains(&series) {
                    chosen.truncate(1);
                }
                let supplement = supplement && WITH_SUPPLEMENTS.contains(&series);
                let id = self.proof(series, &chosen, supplement).await;
                let signed = self.sign(&id, json!({ "signer": "左丘明", "register_only": only })).await;
                let printed: Vec<&str> =
                    list(&signed, "/manuscripts").iter().map(|one| text(one, "/items/0")).collect();
                assert_eq!(printed, chosen, "in the order in which they were chosen");
                if only { self.registered.push(id) } else { self.frozen.push(signed) }
            }
            Deed::Together { series, count } => self.together(SERIES[series], count).await,
            Deed::Finish(index) => {
                if let Some(id) = self.take_registered(index) {
                    let signed = self.sign(&id, json!({ "signer": "左丘明" })).await;
                    self.frozen.push(signed);
                }
            }
            Deed::GiveBack(index) => self.end(index, "give-back").await,
            Deed::Void(index) => self.end(index, "void").await,
            Deed::Paper { series, ahead } => {
                let series = SERIES[series];
                let items = self.items[..1].to_vec();
                let id = self.proof(series, &items, false).await;
                let rows = self.rows(series).await;
                let highest = rows.iter().filter(|row| row["supplement"] == false);
                let highest = highest.map(|row| number(row, "/number")).max().unwrap_or(0);
                let request = json!({ "signer": "左丘明", "number": highest + i64::from(ahead) });
                let signed = self.sign(&id, request).await;
                self.frozen.push(signed);
            }
            Deed::Meddle(index) => {
                if self.frozen.is_empty() {
                    return;
                }
                let id = text(index.get(&self.frozen), "/id").to_owned();
                let change = json!({ "title": "改", "comment": "改" }).to_string();
                let path = format!("/api/v1/bulletins/{id}");
                let manuscripts = self.client.get(&path).await.ok();
                let mut change: Value = serde_json::from_str(&change).expect("json");
                change["manuscript"] = manuscripts["manuscripts"][0]["id"].clone();
                self.client
                    .post(&format!("{path}/correct"), change.to_string())
                    .await
                    .refused(422, "invalid");
                let reason = json!({ "reason": "试" }).to_string();
                for what in ["void", "give-back"] {
                    let refused = self.client.post(&format!("{path}/{what}"), reason.clone()).await;
                    refused.refused(409, "illegal_move");
                }
            }
        }
    }

    /// Proofs signed at the same moment, the first of them twice: each gets a number of its own, once.
    async fn together(&mut self, series: &str, count: usize) {
        let mut ids = Vec::new();
        for at in 0..count {
            let items = [self.items[at].clone()];
            ids.push(self.proof(series, &items, false).await);
        }
        ids.push(ids[0].clone());
        let tasks: Vec<_> = ids
            .iter()
            .map(|id| {
                let (client, path) = (self.client.clone(), format!("/api/v1/bulletins/{id}/issue"));
                tokio::spawn(
                    async move { client.post(&path, json!({ "signer": "左丘明" }).to_string()).await },
                )
            })
            .collect();
        let mut issued: BTreeMap<String, i64> = BTreeMap::new();
        for (id, task) in ids.iter().zip(tasks) {
            let answer = task.await.expect("answered");
            if answer.status == 200 {
                let one = number(&answer.ok(), "/number/number");
                assert_eq!(*issued.entry(id.clone()).or_insert(one), one, "one issue, one number");
            } else {
                assert_eq!(
                    *id,
                    ids[0],
                    "only who signs what another has signed is refused: {}",
                    answer.text()
                );
                assert_eq!(answer.status, 409, "{}", answer.text());
            }
        }
        assert_eq!(issued.len(), count, "every proof was issued");
        let mut numbers: Vec<i64> = issued.values().copied().collect();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), count, "two signers, two numbers");
        for id in issued.keys() {
            let issue = self.client.get(&format!("/api/v1/bulletins/{id}")).await.ok();
            self.frozen.push(issue);
        }
    }

    fn take_registered(&mut self, index: Index) -> Option<String> {
        if self.registered.is_empty() {
            return None;
        }
        let at = index.index(self.registered.len());
        Some(self.registered.swap_remove(at))
    }

    async fn end(&mut self, index: Index, what: &str) {
        if let Some(id) = self.take_registered(index) {
            let reason = json!({ "reason": "试" }).to_string();
            self.client.post(&format!("/api/v1/bulletins/{id}/{what}"), reason).await.ok();
        }
    }

    async fn rows(&self, series: &str) -> Vec<Value> {
        let rows = self.client.get(&format!("/api/v1/series/{series}/numbers/{}", self.year)).await.ok();
        rows.as_array().cloned().unwrap_or_default()
    }

    /// No number twice, none missing, and everything that is frozen as it was.
    async fn check(&self) {
        for series in SERIES {
            let rows = self.rows(series).await;
            for supplement in [false, true] {
                let of = rows.iter().filter(|row| row["supplement"] == supplement);
                let numbers: Vec<i64> = of.map(|row| number(row, "/number")).collect();
                assert_eq!(numbers, (1..).take(numbers.len()).collect::<Vec<i64>>(), "{series}: {rows:#?}");
            }
        }
        for before in &self.frozen {
            let path = format!("/api/v1/bulletins/{}", text(before, "/id"));
            let now = self.client.get(&path).await.ok();
            for part in ["number", "total", "files", "content_hash", "manuscripts", "printed_date", "state"] {
                assert_eq!(now[part], before[part], "{part}");
            }
            let verified = self.client.get(&format!("{path}/verify")).await.ok();
            assert!(verified["ok"] == true && !list(&verified, "/files").is_empty(), "{verified:#}");
        }
    }
}

async fn hold(deeds: Vec<Deed>) {
    let app = TestApp::start().await;
    let client = app.add_source("desk", &["submit", "read", "edit", "issue"]).await;
    let bodies: Vec<_> = (1..=ITEMS)
        .map(|n| {
            let title = format!("关于治理第{n}类问题的建议");
            item(&n.to_string(), &title, &format!("第{n}类情况，群众反映较多。建议研究解决。"))
                .from("钟离意", "某街道")
        })
        .collect();
    let items = app.post_all(&client, &bodies).await;
    app.settle().await;
    let mut office = Office { client, items, registered: vec![], frozen: vec![], year: "2026".to_owned() };
    for deed in deeds {
        office.carry_out(deed).await;
    }
    office.check().await;
    let report = app.operator.post("/api/v1/verify", "").await.ok();
    assert_eq!((number(&report, "/numbers/count"), number(&report, "/files/count")), (0, 0), "{report:#}");
    app.finish().await;
}

/// `PROPTEST_CASES` asks for more of them.
#[test]
fn in_any_order_numbers_are_unique_without_gap_and_frozen_content_stays() {
    let usual = Config::default();
    // An office is slow to start: a few cases, unless more are asked for than usual.
    let cases = if usual.cases == 256 { 6 } else { usual.cases };
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 24, ..usual };
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    TestRunner::new(config)
        .run(&proptest::collection::vec(deed(), 4..16), |deeds| {
            runtime.block_on(hold(deeds));
            Ok(())
        })
        .expect("whatever is done");
}

#[tokio::test]
async fn an_item_on_two_issues_is_free_when_both_are_void_and_not_before() {
    let app = TestApp::start().await;
    let client = app.add_source("desk", &["submit", "read", "edit", "issue"]).await;
    let body = item("1", "关于治理飞线充电的建议", "楼道里飞线充电较多，建议增设充电棚。");
    let items = app.post_all(&client, &[body]).await;
    app.settle().await;
    let mut office =
        Office { client, items: items.clone(), registered: vec![], frozen: vec![], year: String::new() };
    let mut issues = Vec::new();
    for series in ["opinion", "special-report"] {
        let id = office.proof(series, &items, false).await;
        office.sign(&id, json!({ "signer": "左丘明", "register_only": true })).await;
        issues.push(id);
    }
    let state = async || {
        let read = office.client.get(&format!("/api/v1/items/{}", items[0])).await.ok();
        text(&read, "/state").to_owned()
    };
    let reason = json!({ "reason": "试" }).to_string();
    for (id, left) in issues.iter().zip(["editing", "received"]) {
        office.client.post(&format!("/api/v1/bulletins/{id}/void"), reason.clone()).await.ok();
        assert_eq!(state().await, left);
    }
    app.finish().await;
}
