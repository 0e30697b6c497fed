//! A pulled source as its file describes it: where, how often, what is in it. One file a source, `渠道代码.toml`.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use url::Url;

use crate::config::SECRET_PREFIX;
use crate::model::SourceId;

use super::PullError;
use super::entry::FIELDS;
use super::folder::Folder;
use super::mailbox::Mailbox;

/// What comes back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// RSS, Atom, JSON Feed: it says itself which.
    #[default]
    Feed,
    /// An API, read as `[json]` says.
    Json,
    /// Mails, as `[mailbox]` says.
    Mailbox,
    /// Files, as `[folder]` says.
    Folder,
}

/// How pages are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PagingBy {
    /// By number.
    Page,
    /// By what the page before says.
    Cursor,
}

/// In which order entries come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Order {
    /// The newest stand on the first page: each pull begins there.
    #[default]
    Newest,
    /// The oldest come first: each pull goes on where the last one ended.
    Oldest,
}

/// Pages of an API.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Paging {
    /// By what.
    pub by: PagingBy,
    /// The parameter of the address that holds it.
    pub parameter: String,
    /// Number of the first page.
    #[serde(default = "one")]
    pub first: i64,
    /// Where the cursor of the next page stands.
    #[serde(default)]
    pub cursor: String,
    /// Where `true` stands as long as there is a next page; none: as long as there is a cursor.
    #[serde(default)]
    pub more: Option<String>,
    /// The order of entries.
    #[serde(default)]
    pub order: Order,
}

impl Paging {
    /// The number of a page.
    pub(super) fn number(&self, at: Option<&str>) -> i64 {
        at.and_then(|at| at.parse().ok()).unwrap_or(self.first)
    }
}

/// An API.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Api {
    /// JSON pointer to the list of entries; empty = the answer itself.
    #[serde(default)]
    pub items: String,
    /// Field of an entry → JSON pointer within it.
    pub fields: BTreeMap<String, String>,
    /// Where there are pages.
    #[serde(default)]
    pub paging: Option<Paging>,
}

/// A pulled source.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Its name.
    pub title: String,
    /// The address of a feed or an API; `${NAME}` is the secret of that name.
    #[serde(default)]
    pub url: String,
    /// What comes back.
    #[serde(default)]
    pub format: Format,
    /// Minutes between pulls.
    #[serde(default = "half_an_hour")]
    pub every_minutes: u32,
    /// Whether it is pulled.
    #[serde(default = "yes")]
    pub on: bool,
    /// Whether an entry whose text changed is taken as a further version.
    #[serde(default = "yes")]
    pub versions: bool,
    /// The character set, where the source says it wrongly.
    #[serde(default)]
    pub charset: String,
    /// Largest answer, KB.
    #[serde(default = "four_mb")]
    pub max_kb: usize,
    /// Pages read in one go at most.
    #[serde(default = "fifty")]
    pub max_pages: u32,
    /// Sent along; `${NAME}` is the secret of that name.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// What every entry has that does not say otherwise.
    #[serde(default)]
    pub item: BTreeMap<String, String>,
    /// How an API is read.
    #[serde(default)]
    pub json: Option<Api>,
    /// Which mailbox is read.
    #[serde(default)]
    pub mailbox: Option<Mailbox>,
    /// Which folder is watched.
    #[serde(default)]
    pub folder: Option<Folder>,
}

fn one() -> i64 {
    1
}
fn half_an_hour() -> u32 {
    30
}
fn yes() -> bool {
    true
}
fn four_mb() -> usize {
    4096
}
fn fifty() -> u32 {
    50
}

impl Plan {
    /// Reads a file's text.
    ///
    /// # Errors
    /// What is wrong with it, in Chinese.
    pub fn parse(text: &str) -> Result<Self, String> {
        let plan: Self = toml::from_str(text).map_err(|error| {
            let line =
                error.span().map_or(1, |span| text[..span.start.min(text.len())].matches('\n').count() + 1);
            format!("第 {line} 行：{}", error.message())
        })?;
        plan.check()?;
        Ok(plan)
    }

    fn check(&self) -> Result<(), String> {
        let known = |field: &String| FIELDS.contains(&field.as_str());
        let api = self.json.as_ref();
        let fields = self.item.keys().chain(api.iter().flat_map(|api| api.fields.keys()));
        if let Some(unknown) = fields.into_iter().find(|field| !known(field)) {
            return Err(format!("没有字段“{unknown}”，可用：{}", FIELDS.join("、")));
        }
        if !(1..=10_080).contains(&self.every_minutes) {
            return Err("every_minutes 应在 1 与 10080（七天）之间".to_owned());
        }
        if !(1..=65_536).contains(&self.max_kb) || !(1..=1000).contains(&self.max_pages) {
            return Err("max_kb 应在 1 与 65536 之间，max_pages 应在 1 与 1000 之间".to_owned());
        }
        self.check_tables()?;
        let Some(api) = api else { return Ok(()) };
        if !["title", "body", "situation"].iter().any(|field| api.fields.contains_key(*field)) {
            return Err("[json.fields] 至少须有 title、body、situation 之一".to_owned());
        }
        let paging = api.paging.as_ref();
        let pointers = api.fields.values().chain([&api.items]);
        let pointers = pointers
            .chain(paging.iter().flat_map(|paging| [Some(&paging.cursor), paging.more.as_ref()]).flatten());
        if let Some(bad) =
            pointers.into_iter().find(|pointer| !(pointer.is_empty() || pointer.starts_with('/')))
        {
            return Err(format!("“{bad}”不是 JSON 指针，应以 / 开头，例：/data/items"));
        }
        match paging {
            Some(paging) if paging.by == PagingBy::Cursor && paging.cursor.is_empty() => {
                Err("按 cursor 翻页时须写 cursor = \"/…\"：下一页的游标在答复中的位置".to_owned())
            }
            _ => Ok(()),
        }
    }

    /// Each format has its own table, and no other.
    fn check_tables(&self) -> Result<(), String> {
        let tables = [
            ("json", Format::Json, self.json.is_some()),
            ("mailbox", Format::Mailbox, self.mailbox.is_some()),
            ("folder", Format::Folder, self.folder.is_some()),
        ];
        for (name, format, there) in tables {
            match (self.format == format, there) {
                (true, false) => return Err(format!("format = \"{name}\" 时须有 [{name}]")),
                (false, true) => return Err(format!("有 [{name}] 时须写 format = \"{name}\"")),
                _ => {}
            }
        }
        let called = matches!(self.format, Format::Feed | Format::Json);
        if called == self.url.is_empty() {
            let told = if called {
                "须有 url：对方的地址"
            } else {
                "邮箱与文件夹没有 url，请删去这一行"
            };
            return Err(told.to_owned());
        }
        self.mailbox.as_ref().map_or(Ok(()), Mailbox::check)?;
        self.folder.as_ref().map_or(Ok(()), Folder::check)
    }

    /// Seconds between two rounds.
    pub(super) fn pause_seconds(&self) -> u64 {
        self.folder.as_ref().map_or(u64::from(self.every_minutes) * 60, |folder| folder.every_seconds)
    }

    /// Where it is, as pages show it.
    pub(super) fn address_shown(&self) -> String {
        match (&self.mailbox, &self.folder) {
            (Some(mailbox), _) => mailbox.address(),
            (_, Some(folder)) => folder.path.display().to_string(),
            _ => self.url.clone(),
        }
    }

    /// What is weaker than it should be, or keeps it from working.
    pub fn warning(&self) -> Option<String> {
        let mailbox = self.mailbox.as_ref().and_then(Mailbox::warning).map(str::to_owned);
        mailbox.or_else(|| self.folder.as_ref().and_then(Folder::warning))
    }

    /// The order of entries and pages.
    pub(super) fn order(&self) -> Order {
        self.paging().map_or(Order::Newest, |paging| paging.order)
    }

    pub(super) fn paging(&self) -> Option<&Paging> {
        self.json.as_ref()?.paging.as_ref()
    }

    /// The address of a page, secrets put in.
    ///
    /// # Errors
    /// [`PullError::Plan`], without the secrets.
    pub(super) fn address(&self, at: Option<&str>, secret: Secret<'_>) -> Result<Url, PullError> {
        let bad = || PullError::Plan(format!("url“{}”不是地址，应以 https:// 或 http:// 开头", self.url));
        let first = Url::parse(&filled(&self.url, secret)?).map_err(|_| bad())?;
        match (self.paging(), at) {
            (None, None) => Ok(first),
            (None, Some(link)) => first.join(link).map_err(|_| bad()),
            (Some(paging), at) => {
                let at = match paging.by {
                    PagingBy::Page => paging.number(at).to_string(),
                    PagingBy::Cursor => match at {
                        None => return Ok(first),
                        Some(at) => at.to_owned(),
                    },
                };
                Ok(with_parameter(first, &paging.parameter, &at))
            }
        }
    }

    /// The headers, secrets put in.
    ///
    /// # Errors
    /// [`PullError::Plan`] where a secret is not set.
    pub(super) fn all_headers(&self, secret: Secret<'_>) -> Result<Vec<(String, String)>, PullError> {
        self.headers.iter().map(|(name, value)| Ok((name.clone(), filled(value, secret)?))).collect()
    }

    /// The secrets that it names.
    pub fn secrets(&self) -> Vec<String> {
        let texts = std::iter::once(&self.url).chain(self.headers.values());
        let texts = texts.chain(self.mailbox.iter().map(|mailbox| &mailbox.password));
        let mut out: Vec<String> = texts.flat_map(|text| names(text)).collect();
        out.sort();
        out.dedup();
        out
    }
}

/// Gives a secret by its name.
pub(super) type Secret<'a> = &'a (dyn Fn(&str) -> Option<String> + Send + Sync);

fn names(text: &str) -> Vec<String> {
    text.split("${")
        .skip(1)
        .filter_map(|rest| rest.split_once('}'))
        .map(|(name, _)| name.to_owned())
        .collect()
}

/// With secrets in the place of their names.
pub(super) fn filled(text: &str, secret: Secret<'_>) -> Result<String, PullError> {
    let mut out = text.to_owned();
    for name in names(text) {
        let value = secret(&name).ok_or_else(|| {
            PullError::Plan(format!("环境变量 {SECRET_PREFIX}{name} 没有设置，请设置后重启服务"))
        })?;
        out = out.replace(&format!("${{{name}}}"), &value);
    }
    Ok(out)
}

fn with_parameter(mut url: Url, name: &str, value: &str) -> Url {
    let others: Vec<(String, String)> = url
        .query_pairs()
        .filter(|(key, _)| key != name)
        .map(|(key, value)| (key.into(), value.into()))
        .collect();
    url.query_pairs_mut().clear().extend_pairs(others).append_pair(name, value);
    url
}

/// Sources by their codes, each with its plan or with what is wrong with it.
pub type Plans = Vec<(SourceId, Result<Plan, String>)>;

/// The files of a folder. Those that cannot be used are told, and do not keep the others from working.
///
/// # Errors
/// When the folder cannot be read, or a file is not named after a source.
pub fn load(dir: &Path) -> Result<Plans, String> {
    if dir.as_os_str().is_empty() {
        return Ok(Vec::new());
    }
    let unreadable = |error: std::io::Error| format!("无法读取抓取渠道目录 {}：{error}", dir.display());
    let mut out = Vec::new();
    for entry in std::fs::read_dir(dir).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let Some(code) = name.strip_suffix(".toml").filter(|code| !code.ends_with(".example")) else {
            continue;
        };
        let id: SourceId = code
            .parse()
            .map_err(|_| format!("{}：文件名应为渠道代码（小写字母、数字、-）加 .toml", path.display()))?;
        let plan = std::fs::read_to_string(&path)
            .map_err(|error| error.to_string())
            .and_then(|text| Plan::parse(&text));
        out.push((id, plan.map_err(|why| format!("{} 有误：{why}", path.display()))));
    }
    out.sort_by(|a, b| a.0.as_str().cmp(b.0.as_str()));
    Ok(out)
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
