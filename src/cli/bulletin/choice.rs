//! What `compile` and `batch` are told alike: the series, the items or the query that finds them, the printed date.

use super::super::client::{Client, query_value};
use super::super::output::{list, text};

/// Most items of one command.
const ITEMS_MAX: usize = 200;

/// What is chosen.
#[derive(Debug, clap::Args)]
pub(super) struct Choice {
    /// 刊物代码：opinion 单篇，opinion-composite 综合，special-report 专报，review 送阅
    #[arg(long, default_value = "opinion")]
    pub(super) series: String,
    /// 来稿编号，按先后
    #[arg(required_unless_present = "query")]
    items: Vec<String>,
    /// 改用检索式选稿
    #[arg(long, conflicts_with = "items")]
    query: Option<String>,
    /// 检索式取前几件；缺省 compile 为 1，batch 为 200
    #[arg(long, requires = "query")]
    limit: Option<usize>,
    /// 印发日期，缺省为今天，例：2026-01-08
    #[arg(long)]
    pub(super) date: Option<String>,
}

impl Choice {
    /// The ids that are named or found; `usual` = how many hits are taken where nothing is said.
    pub(super) async fn items(&self, client: &mut Client, usual: usize) -> anyhow::Result<Vec<String>> {
        let items = match &self.query {
            None => self.items.clone(),
            Some(query) => {
                let limit = self.limit.unwrap_or(usual).clamp(1, ITEMS_MAX);
                let asked = format!("/api/v1/search?q={}&limit={limit}", query_value(query));
                let (mut found, mut path): (Vec<String>, _) = (Vec::new(), asked.clone());
                // A search answers by pages.
                loop {
                    let page = client.get(&path).await?;
                    found.extend(list(&page, "hits").iter().map(|hit| text(hit, "id").to_owned()));
                    let next = text(&page, "next");
                    if next.is_empty() || found.len() >= limit {
                        break;
                    }
                    path = format!("{asked}&cursor={}", query_value(next));
                }
                found.truncate(limit);
                found
            }
        };
        anyhow::ensure!(!items.is_empty(), "没有选中来稿：请给出来稿编号，或换一个检索式");
        Ok(items)
    }
}
