//! 纸质单据 (核稿单, 签批单, 送阅单): filled in from a manuscript or an issue, and the record that a form's code names.

use std::collections::BTreeMap;
use std::path::Path;

use crate::bulletin::{Filling, Form, FormOf, Recipients, Sheet, write_sheet_docx};
use crate::model::{
    Contributor, IssueId, ManuscriptId, ManuscriptState, Outlet, RecordCode, Timestamp, Urgency,
};
use crate::store::{
    ManuscriptRecord, Sql, Step, StoreError, issues_between, items_of, list_users, manuscripts_between,
    read_item, read_manuscript, stage_of, standing_of, steps_of,
};

use super::issue::{IssueView, credit, no_pdf};
use super::kinds::Stage;
use super::{Desk, DeskError};

/// Steps that only change the text; a form tells what was decided.
const EDITS: [&str; 5] = ["修改", "恢复", "取入来稿文字", "附图", "Word 修改"];
/// Steps that a form tells, the latest ones.
const STEPS_MAX: usize = 7;
/// Longest comment in 办理经过, in characters.
const COMMENT_MAX: usize = 60;
/// Titles of a 综合 that a form lists.
const TITLES_MAX: usize = 8;
/// Contributors that a form names.
const NAMED_MAX: usize = 8;

/// Of what a form is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Record {
    /// 编稿.
    Manuscript(ManuscriptId),
    /// 期.
    Issue(IssueId),
}

impl Record {
    /// Its page.
    pub fn address(&self) -> String {
        match self {
            Self::Manuscript(id) => format!("/manuscripts/{id}"),
            Self::Issue(id) => format!("/issues/{id}"),
        }
    }

    /// 编号.
    pub fn code(&self) -> RecordCode {
        match self {
            Self::Manuscript(id) => RecordCode::of_manuscript(id),
            Self::Issue(id) => RecordCode::of_issue(id),
        }
    }

    fn kind(&self) -> FormOf {
        match self {
            Self::Manuscript(_) => FormOf::Manuscript,
            Self::Issue(_) => FormOf::Issue,
        }
    }
}

/// The forms compiled in, and the office's own over them.
///
/// # Errors
/// Which file is wrong and why, in Chinese.
pub fn load_forms(dir: &Path) -> Result<BTreeMap<String, Form>, String> {
    let mut out = BTreeMap::new();
    let mut add = |text: &str, origin: &str| {
        let form = Form::from_toml(text, origin)?;
        out.insert(form.id.clone(), form);
        Ok::<_, String>(())
    };
    for (id, text) in Form::compiled_in() {
        add(text, &format!("config/forms/{id}.toml"))?;
    }
    if !dir.as_os_str().is_empty() {
        let unreadable = |error: std::io::Error| format!("无法读取单据目录 {}：{error}", dir.display());
        for entry in std::fs::read_dir(dir).map_err(unreadable)? {
            let path = entry.map_err(unreadable)?.path();
            if path.extension().is_some_and(|end| end == "toml") {
                add(&std::fs::read_to_string(&path).map_err(unreadable)?, &path.display().to_string())?;
            }
        }
    }
    Ok(out)
}

/// What the store knows of one manuscript.
struct Told {
    record: ManuscriptRecord,
    steps: Vec<Step>,
    contributors: Vec<Contributor>,
    received: Option<Timestamp>,
    urgency: Urgency,
    stage: Option<String>,
    kind: crate::model::KindId,
}

fn tell(sql: &mut dyn Sql, id: &ManuscriptId) -> Result<Told, StoreError> {
    let (mut contributors, mut received): (Vec<Contributor>, Option<Timestamp>) = (Vec::new(), None);
    // In the order of the credit line: as they came in.
    let items = items_of(sql, id)?.into_iter().map(|(no, _)| read_item(sql, no));
    let mut items = items.collect::<Result<Vec<_>, StoreError>>()?;
    items.sort_by_key(|item| item.row.received_at);
    for item in items {
        received = Some(received.map_or(item.row.received_at, |first| first.min(item.row.received_at)));
        for person in item.submission.contributor.iter().chain(&item.submission.co_contributors) {
            if !contributors.iter().any(|known| known.name == person.name && known.unit == person.unit) {
                contributors.push(person.clone());
            }
        }
    }
    let (stage, kind) = stage_of(sql, id)?;
    let urgency = standing_of(sql, id)?.0;
    let (record, steps) = (read_manuscript(sql, id)?, steps_of(sql, id)?);
    Ok(Told { record, steps, contributors, received, urgency, stage, kind })
}

type People = BTreeMap<String, String>;

fn people(sql: &mut dyn Sql) -> Result<People, StoreError> {
    Ok(list_users(sql)?.into_iter().map(|user| (user.name.to_string(), user.title)).collect())
}

impl Desk {
    /// The forms offered beside a record: code and name, in the order of the day's work.
    pub fn forms_of(&self, record: Record) -> Vec<(String, String)> {
        let order = |id: &str| Form::compiled_in().iter().position(|(known, _)| *known == id);
        let mut forms: Vec<&Form> = self.forms.values().filter(|form| form.is_of(record.kind())).collect();
        forms.sort_by_key(|form| (order(&form.id).unwrap_or(usize::MAX), form.id.clone()));
        forms.into_iter().map(|form| (form.id.clone(), form.name.clone())).collect()
    }

    /// A form filled in; `site` = where the pages are reached, for its QR code. Its name comes with it.
    ///
    /// # Errors
    /// When there is no such record, or no such form of it.
    pub async fn form(&self, record: Record, form: &str, site: &str) -> Result<(String, Sheet), DeskError> {
        let found = self.forms.get(form).filter(|form| form.is_of(record.kind()));
        let form = found.ok_or_else(|| StoreError::NotFound(format!("单据 {form}")))?;
        let mut filling = match record {
            Record::Manuscript(id) => self.of_manuscript(id).await?,
            Record::Issue(id) => self.of_issue(id).await?,
        };
        filling.code = record.code().to_string();
        filling.values.insert("编号", filling.code.clone());
        // Without an address a scanner types the code alone into the field of 检索.
        filling.address = match site {
            "" => filling.code.clone(),
            site => format!("{}/find/{}", site.trim_end_matches('/'), filling.code),
        };
        let title = filling.values.get("题目").and_then(|title| title.lines().next()).unwrap_or_default();
        let name = format!("{} {title}", form.name);
        Ok((name, form.fill(&filling, self.clock.now().date())))
    }

    /// A filled form as `docx` or `pdf`.
    ///
    /// # Errors
    /// When there is no such format, or the program has no PDF.
    pub async fn form_file(&self, sheet: Sheet, format: &str) -> Result<Vec<u8>, DeskError> {
        let (presses, format) = (self.presses.clone(), format.to_owned());
        self.compute(move || match format.as_str() {
            "docx" => Ok(write_sheet_docx(&sheet)?),
            "pdf" => presses.sheet(&sheet)?.ok_or_else(no_pdf),
            other => Err(DeskError::Request(format!("单据没有 {other} 形式，可用：docx、pdf"))),
        })
        .await
    }

    /// The records that a code names: one, hardly ever more, none where nothing has it.
    ///
    /// # Errors
    /// When the store is away.
    pub async fn coded(&self, code: RecordCode) -> Result<Vec<(Record, String)>, DeskError> {
        let (first, last) = code.ids();
        let found = self.store.read(move |sql: &mut dyn Sql| {
            let manuscripts = manuscripts_between(sql, &first, &last)?;
            let manuscripts = manuscripts.into_iter().map(|(id, title)| (Record::Manuscript(id), title));
            let issues = issues_between(sql, &first, &last)?;
            let issues = issues.into_iter().map(|id| (Record::Issue(id), "拟发稿".to_owned()));
            Ok::<_, StoreError>(manuscripts.chain(issues).collect::<Vec<_>>())
        });
        Ok(found.await?)
    }

    async fn of_manuscript(&self, id: ManuscriptId) -> Result<Filling, DeskError> {
        let read = move |sql: &mut dyn Sql| Ok::<_, StoreError>((tell(sql, &id)?, people(sql)?));
        let (told, people) = self.store.read(read).await?;
        let mut filling = Filling { unit: self.unit_of(&told.record.outlet), ..Filling::default() };
        let texts = &told.record.texts;
        filling.values.insert("题目", texts.title.clone());
        filling.values.insert("字数", format!("{} 字", chars(&texts.body)));
        self.outlet_values(&told.record.outlet, &mut filling.values);
        common(&mut filling.values, &[&told], &people);
        if let Some(issue) = told.record.issue {
            let issue = self.issue_view(issue).await?;
            self.issue_values(&issue, &mut filling.values);
        }
        let chain = self.kinds.get(&told.kind).map(|kind| kind.stages.as_slice()).unwrap_or_default();
        filling.steps = lines(&told.steps, &people);
        filling.steps.extend(still_to_come(&told, chain));
        Ok(filling)
    }

    async fn of_issue(&self, id: IssueId) -> Result<Filling, DeskError> {
        let issue = self.issue_view(id).await?;
        let ids: Vec<ManuscriptId> = issue.manuscripts.iter().map(|view| view.manuscript.id).collect();
        let read = move |sql: &mut dyn Sql| {
            let told = ids.iter().map(|id| tell(sql, id)).collect::<Result<Vec<_>, _>>()?;
            Ok::<_, StoreError>((told, people(sql)?))
        };
        let (told, people) = self.store.read(read).await?;
        let outlet = Outlet::Series { series: issue.issue.series.clone() };
        let mut filling = Filling { unit: self.unit_of(&outlet), ..Filling::default() };
        let titles: Vec<&str> = told.iter().map(|one| one.record.texts.title.as_str()).collect();
        filling.values.insert("题目", listed_titles(&titles));
        let all: usize = told.iter().map(|one| chars(&one.record.texts.body)).sum();
        filling.values.insert("字数", format!("{all} 字"));
        self.outlet_values(&outlet, &mut filling.values);
        common(&mut filling.values, &told.iter().collect::<Vec<_>>(), &people);
        self.issue_values(&issue, &mut filling.values);
        filling.steps = match told.as_slice() {
            [one] => lines(&one.steps, &people),
            several => reviews(several, &people),
        };
        Ok(filling)
    }

    /// 编印单位 of an outlet; of what goes out without an issue that of the first series, as its paper has it.
    fn unit_of(&self, outlet: &Outlet) -> String {
        let own = outlet.series().and_then(|series| self.series.get(series));
        own.or_else(|| self.series.values().next()).map(|series| series.unit.clone()).unwrap_or_default()
    }

    fn outlet_values(&self, outlet: &Outlet, values: &mut BTreeMap<&'static str, String>) {
        let (name, whither, range) = match outlet {
            Outlet::Series { series } => match self.series.get(series) {
                Some(series) => {
                    values.insert("印数", format!("{} 份", series.copies));
                    (series.name.clone(), format!("《{}》", series.name), recipients(&series.recipients))
                }
                None => (series.to_string(), series.to_string(), String::new()),
            },
            Outlet::Report { to, title, .. } => (title.clone(), format!("上报{to}"), format!("报：{to}。")),
            Outlet::Forward { to } => ("转送件".to_owned(), format!("直转{to}"), format!("送：{to}。")),
        };
        values.extend([("刊名", name), ("去向", whither), ("报送范围", range)]);
    }

    fn issue_values(&self, view: &IssueView, values: &mut BTreeMap<&'static str, String>) {
        let issue = &view.issue;
        let label = view.label.clone().unwrap_or_else(|| format!("{}年第　　期", issue.printed_date.year()));
        values.extend([("期号", label), ("印发日期", issue.printed_date.chinese())]);
        if let Some(copies) = issue.plan.get("copies").and_then(serde_json::Value::as_u64) {
            values.insert("印数", format!("{copies} 份"));
        }
        if let Some(urgency) = issue.plan.get("urgency").and_then(serde_json::Value::as_str) {
            values.insert("紧急程度", urgency.to_owned());
        }
    }
}

fn chars(text: &str) -> usize {
    text.chars().filter(|c| !c.is_whitespace()).count()
}

fn recipients(lists: &Recipients) -> String {
    let lists = [("报", &lists.report), ("送", &lists.send), ("发", &lists.distribute)];
    let lists = lists.into_iter().filter(|(_, list)| !list.is_empty());
    lists.map(|(label, list)| format!("{label}：{}。", list.join("，"))).collect::<Vec<_>>().join("\n")
}

/// What one or several manuscripts say together: 供稿, 署名, 编辑, 紧急程度, 收稿日期.
fn common(values: &mut BTreeMap<&'static str, String>, all: &[&Told], people: &People) {
    let mut named: Vec<String> = Vec::new();
    let mut editors: Vec<String> = Vec::new();
    for told in all {
        for person in told.contributors.iter().map(credit) {
            if !named.contains(&person) {
                named.push(person);
            }
        }
        let editor = told.steps.first().map(|step| who(&step.actor.to_string(), people)).unwrap_or_default();
        if !editors.contains(&editor) {
            editors.push(editor);
        }
    }
    let credits: Vec<&str> = all.iter().map(|told| told.record.texts.credit.as_str()).collect();
    let urgency = all.iter().map(|told| told.urgency).max_by_key(|urgency| *urgency as u8);
    let first = all.iter().filter_map(|told| told.received).min();
    values.extend([
        ("供稿", cut_list(&named, NAMED_MAX, "人")),
        ("署名", credits.join("；")),
        ("编辑", editors.join("、")),
        ("紧急程度", urgency.unwrap_or(Urgency::Normal).label().to_owned()),
        ("收稿日期", first.map(|at| at.date().chinese()).unwrap_or_default()),
    ]);
}

fn cut_list(all: &[String], most: usize, of: &str) -> String {
    let shown = all.iter().take(most).cloned().collect::<Vec<_>>().join("、");
    if all.len() > most { format!("{shown}等 {} {of}", all.len()) } else { shown }
}

fn listed_titles(titles: &[&str]) -> String {
    if let [one] = titles {
        return (*one).to_owned();
    }
    let mut lines: Vec<String> = titles
        .iter()
        .take(TITLES_MAX)
        .enumerate()
        .map(|(at, title)| format!("{}. {title}", at + 1))
        .collect();
    if titles.len() > TITLES_MAX {
        lines.push(format!("……共 {} 篇", titles.len()));
    }
    lines.join("\n")
}

fn who(actor: &str, people: &People) -> String {
    match actor.split_once(':') {
        Some(("user", name)) => people.get(name).cloned().unwrap_or_else(|| name.to_owned()),
        _ => String::new(),
    }
}

fn line(action: String, step: &Step, people: &People) -> [String; 4] {
    let comment: String = step.comment.chars().take(COMMENT_MAX).collect();
    let cut = if comment.len() < step.comment.len() { "……" } else { "" };
    [action, who(&step.actor.to_string(), people), step.at.date().to_string(), format!("{comment}{cut}")]
}

/// What was decided, the latest of it.
fn lines(steps: &[Step], people: &People) -> Vec<[String; 4]> {
    let decided: Vec<&Step> = steps.iter().filter(|step| !EDITS.contains(&step.action.as_str())).collect();
    let latest = decided.len().saturating_sub(STEPS_MAX);
    decided[latest..].iter().map(|step| line(step.action.clone(), step, people)).collect()
}

/// Of several manuscripts the last thing that was done to each, by its place in the issue.
fn reviews(all: &[Told], people: &People) -> Vec<[String; 4]> {
    let last = |(at, told): (usize, &Told)| {
        let step = told.steps.iter().rev().find(|step| !EDITS.contains(&step.action.as_str()))?;
        Some(line(format!("{}. {}", at + 1, step.action), step, people))
    };
    all.iter().enumerate().filter_map(last).take(TITLES_MAX).collect()
}

/// The stages that are still to come, to be filled in by hand.
fn still_to_come(told: &Told, chain: &[Stage]) -> Vec<[String; 4]> {
    let at = match told.record.state {
        ManuscriptState::Editing => 0,
        ManuscriptState::InReview => {
            let stage = told.stage.as_deref();
            chain.iter().position(|one| Some(one.code.as_str()) == stage).unwrap_or(chain.len())
        }
        _ => chain.len(),
    };
    let open = |stage: &Stage| [stage.name.clone(), String::new(), String::new(), String::new()];
    chain[at..].iter().map(open).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_and_names_are_listed_until_there_are_too_many() {
        assert_eq!(listed_titles(&["甲"]), "甲");
        assert_eq!(listed_titles(&["甲", "乙"]), "1. 甲\n2. 乙");
        assert!(listed_titles(&["题"; 12]).ends_with("8. 题\n……共 12 篇"));
        let names: Vec<String> = (1..=9).map(|no| format!("某{no}")).collect();
        assert!(cut_list(&names, 8, "人").ends_with("某8等 9 人"));
        assert_eq!(cut_list(&names[..2], 8, "人"), "某1、某2");
    }

    #[test]
    fn an_own_form_takes_the_place_of_one_or_stands_beside_them() {
        let dir = tempfile::tempdir().expect("dir");
        let own = |id: &str| {
            let text = format!(
                "id = \"{id}\"\nname = \"本单位单\"\ntitle = \"单\"\nfor = [\"issue\"]\n[[row]]\nkind = \"steps\"\nlabel = \"经过\"\n"
            );
            std::fs::write(dir.path().join(format!("{id}.toml")), text).expect("written");
        };
        own("review");
        own("own");
        let forms = load_forms(dir.path()).expect("forms");
        let names: Vec<&str> = forms.values().map(|form| form.name.as_str()).collect();
        assert_eq!(names, ["本单位单", "送阅单", "本单位单", "签批单"]);
        std::fs::write(dir.path().join("bad.toml"), "id = 1").expect("written");
        assert!(load_forms(dir.path()).expect_err("bad").contains("bad.toml"));
        assert_eq!(load_forms(Path::new("")).expect("compiled in").len(), 3);
    }
}
