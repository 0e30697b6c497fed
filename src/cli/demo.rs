//! `minyi demo`: an empty folder, nothing else needed. Everything goes through the real intake over HTTP.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use hyper::Method;
use serde_json::{Value, json};

use crate::app::App;
use crate::config::Config;

use super::client::{Client, Target, query_value};
use super::output::{list, number, print_json, progress, text};
use super::serve::Signals;
use super::{bulletin, sample, search};

/// What the demonstration searches for.
const SEARCHES: [&str; 3] = ["老旧小区 加装电梯", "區縣:萬州 OR 停车", "标题:养老 -床位"];
/// Who signs its first issue.
const SIGNER: &str = "演示签发人";
/// How long the workers may take to come up to the present.
const PATIENCE: Duration = Duration::from_secs(60);

/// 演示
#[derive(Debug, clap::Args)]
pub struct Args {
    /// 演示数据放在哪里
    #[arg(long, default_value = "minyi-demo")]
    dir: PathBuf,
    /// 监听地址；端口 0 由系统选择
    #[arg(long, default_value = "127.0.0.1:8780")]
    listen: String,
    /// 演示完即退出
    #[arg(long)]
    once: bool,
    /// 输出 JSON 摘要
    #[arg(long)]
    json: bool,
}

/// Runs it.
pub async fn run(mut config: Config, args: Args) -> anyhow::Result<ExitCode> {
    let begun = Instant::now();
    config.data.dir = args.dir.join("data");
    let fresh = !config.data.dir.join("store.db").exists();
    let listen = args.listen.clone();
    let mut app = App::start(config).await?;
    let bound = match app.listen(Some(&listen)).await {
        Ok(bound) => bound,
        // The usual port may be taken by a real instance; a demonstration can have another.
        Err(_) if listen.ends_with(":8780") => app.listen(Some("127.0.0.1:0")).await?,
        Err(error) => return Err(error),
    };
    let url = format!("http://{}", bound.map(|at| at.to_string()).unwrap_or_default());
    let show = Show { json: args.json };
    let summary = demonstrate(&show, &url, &args.dir, fresh, begun).await;
    if let Ok(summary) = &summary
        && args.json
    {
        print_json(summary);
    }
    let failed = summary.as_ref().err().is_some();
    if !failed && !args.once {
        let signals = Signals::listen()?;
        show.say("");
        show.say(&format!("服务仍在 {url} 运行，接口说明：{url}/docs/"));
        show.say("另开一个终端试试：");
        show.say(&format!("    minyi --data {}/data search 充电桩", args.dir.display()));
        show.say("按 Ctrl-C 结束。");
        signals.until_told().await;
    }
    app.stop().await;
    summary.map(|_| ExitCode::SUCCESS)
}

/// Speaks to the reader, unless a program reads.
struct Show {
    json: bool,
}

impl Show {
    fn say(&self, line: &str) {
        if !self.json {
            println!("{line}");
        }
    }
}

async fn demonstrate(
    show: &Show,
    url: &str,
    dir: &Path,
    fresh: bool,
    begun: Instant,
) -> anyhow::Result<Value> {
    show.say(&format!("民意演示：数据在 {}，服务在 {url}", dir.display()));
    if !fresh {
        show.say("（目录中已有上次演示的数据：同样的来稿再报不会重复入库）");
    }
    let mut operator = Client::new(Target::local(&dir.join("data")), None);
    let token = token(&mut operator, dir).await?;
    let mut contributor = Client::new(Target::from_url(url)?, Some(token));

    let posted = post_all(&mut contributor).await?;
    show.say(&format!(
        "\n一、报送：{} 件，收下 {} 件（其中再报 {} 件），未收 {} 件",
        posted.received,
        posted.accepted,
        posted.repeated,
        posted.refused.values().map(|(count, _)| count).sum::<u64>()
    ));
    for (reason, (count, example)) in &posted.refused {
        show.say(&format!("    {reason} {count} 件，例：{example}"));
    }
    settle(&mut operator).await?;

    let report = operator.call(Method::POST, "/api/v1/verify", &[], "").await?.expect()?;
    let counts = report.get("counts").cloned().unwrap_or_default();
    show.say(&format!(
        "\n二、入库 {} 件；查重：完全重复 {} 组 {} 件，相似链接 {} 条",
        number(&counts, "items"),
        number(&counts, "groups"),
        number(&counts, "grouped"),
        number(&counts, "links")
    ));

    show.say("\n三、检索");
    let mut found = Vec::new();
    for query in SEARCHES {
        let result = operator.get(&format!("/api/v1/search?q={}&limit=3", query_value(query))).await?;
        if !show.json {
            println!("\n检索“{query}”");
            search::print(&result);
        }
        found.push(json!({ "query": query, "total": number(&result, "total") }));
    }

    show.say("\n四、编刊");
    let issue = first_issue(&mut operator).await?;
    let files = bulletin::write_files(&mut operator, &issue, &dir.join("bulletins")).await?;
    let issued = issue.get("number").cloned().unwrap_or_default();
    show.say(&format!(
        "《{}》{}年第{}期已编发，签发人 {SIGNER}",
        text(&issue, "series_name"),
        number(&issued, "year"),
        number(&issued, "number")
    ));
    files.iter().for_each(|file| show.say(&format!("    {}", file.display())));
    let seconds = begun.elapsed().as_secs_f64();
    show.say(&format!("\n用时 {seconds:.1} 秒"));
    let refused: BTreeMap<&String, u64> =
        posted.refused.iter().map(|(reason, (count, _))| (reason, *count)).collect();
    Ok(json!({
        "received": posted.received,
        "accepted": posted.accepted,
        "repeated": posted.repeated,
        "refused": refused,
        "groups": number(&counts, "groups"),
        "grouped_items": number(&counts, "grouped"),
        "links": number(&counts, "links"),
        "searches": found,
        "bulletin": {
            "series": text(&issue, "series"),
            "year": number(&issued, "year"),
            "number": number(&issued, "number"),
            "files": files,
        },
        "seconds": (seconds * 10.0).round() / 10.0,
    }))
}

/// The token of the demonstration's source; kept beside the data, so that it can be repeated.
async fn token(operator: &mut Client, dir: &Path) -> anyhow::Result<String> {
    let path = dir.join("token.txt");
    if let Ok(token) = std::fs::read_to_string(&path) {
        return Ok(token.trim().to_owned());
    }
    let request = json!({ "id": "demo", "title": "演示渠道", "scopes": ["submit", "read"], "per_minute": 0 });
    let added = operator.post("/api/v1/sources", &request).await?;
    let token = text(&added, "token").to_owned();
    std::fs::write(&path, &token)?;
    Ok(token)
}

#[derive(Default)]
struct Posted {
    received: u64,
    accepted: u64,
    repeated: u64,
    /// By reason: how many, and what the first was told.
    refused: BTreeMap<String, (u64, String)>,
}

/// Posts every sample item, one request each, as contributors do; then the bad ones.
async fn post_all(client: &mut Client) -> anyhow::Result<Posted> {
    let bad = sample::bad_items();
    let good = sample::demo_items();
    let bar = progress((good.len() + bad.len()) as u64, "报送");
    let mut posted = Posted::default();
    let texts = good.into_iter().map(str::to_owned).chain(bad.into_iter().map(|(_, text)| text));
    for item in texts {
        let headers = [("content-type", "application/json; charset=utf-8")];
        let answer = client.call(Method::POST, "/api/v1/items", &headers, item).await?;
        posted.received += 1;
        match answer.status.as_u16() {
            202 => posted.accepted += 1,
            200 => {
                posted.accepted += 1;
                posted.repeated += 1;
            }
            _ => {
                let problem = answer.json()?;
                let entry = posted.refused.entry(text(&problem, "code").to_owned()).or_default();
                entry.0 += 1;
                if entry.1.is_empty() {
                    entry.1 = text(&problem, "detail").chars().take(60).collect();
                }
            }
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(posted)
}

/// Waits until everything acknowledged is stored and can be found.
async fn settle(client: &mut Client) -> anyhow::Result<()> {
    let begun = Instant::now();
    loop {
        let checks = json!({ "checks": client.get("/readyz").await? });
        let detail = |name: &str, key: &str| {
            let check = list(&checks, "checks").iter().find(|check| text(check, "name") == name);
            check.and_then(|check| check.get("detail")?.get(key)?.as_u64()).unwrap_or_default()
        };
        if detail("queue", "waiting") == 0 && detail("index", "lag") == 0 || begun.elapsed() > PATIENCE {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// What the first issue is about: of these, the best that no issue has carried.
const MATTER: &str = "加装电梯 建议 状态:未编发";

/// Compiles and issues one bulletin.
async fn first_issue(operator: &mut Client) -> anyhow::Result<Value> {
    let path = format!("/api/v1/search?q={}&limit=1", query_value(MATTER));
    let found = operator.get(&path).await?;
    let item = list(&found, "hits").first().map(|hit| text(hit, "id").to_owned());
    let item = item.ok_or_else(|| anyhow::anyhow!("没有可以编发的来稿"))?;
    let request = json!({ "series": "opinion", "items": [item] });
    let issue = operator.post("/api/v1/bulletins", &request).await?;
    let path = format!("/api/v1/bulletins/{}/issue", text(&issue, "id"));
    operator.post(&path, &json!({ "signer": SIGNER })).await
}
