//! Entering and changing an entry. What was typed comes back where it cannot stand.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;

use crate::model::{
    CodeTable, ContributorKind, LocalDate, Permission, ReporterFields, ReporterForm, ReporterPost,
};
use crate::site::{Asked, Fields, Page, Shell, Visit, page_with};
use crate::web::{Form, Problem};

use super::entry::{back, entry_no, revision};
use super::{Pages, Shared};

/// Empty lines for further posts.
const SPARE_POSTS: usize = 2;

#[derive(Template)]
#[template(path = "contributor_edit.html")]
struct EditPage {
    shell: Shell,
    /// Number and revision; none where it is a new one.
    at: Option<(i64, i64)>,
    forms: Vec<(&'static str, &'static str, bool)>,
    kinds: Vec<(&'static str, bool)>,
    /// What is offered today; what stands there stays.
    sectors: Vec<(String, bool)>,
    parties: Vec<String>,
    districts: Vec<String>,
    fields: ReporterFields,
    aliases: String,
    posts: Vec<PostFields>,
    /// Whether what is sensitive may be shown; otherwise it stays as it is unless something is entered.
    personal: bool,
    error: String,
}

#[derive(Default)]
struct PostFields {
    unit: String,
    post: String,
    from: String,
    until: String,
}

fn shown(
    pages: &Pages,
    visit: &Visit,
    at: Option<(i64, i64)>,
    fields: ReporterFields,
    posts: Option<Vec<PostFields>>,
    error: String,
) -> Page {
    let day = |day: Option<LocalDate>| day.map(|day| day.to_string()).unwrap_or_default();
    let known = fields.posts.iter().map(|post| PostFields {
        unit: post.unit.clone(),
        post: post.post.clone(),
        from: day(post.from),
        until: day(post.until),
    });
    let mut posts = posts.unwrap_or_else(|| known.collect());
    posts.resize_with(posts.len() + SPARE_POSTS, PostFields::default);
    let status = if error.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let form = |one: &ReporterForm| (one.code(), one.label(), *one == fields.form);
    let kind = |one: &ContributorKind| (one.label(), Some(*one) == fields.kind);
    let personal = visit.may(Permission::Personal) || at.is_none();
    let (rows, today) = (pages.registry.parts.tables.now(), pages.registry.parts.clock.now().date());
    let edited = EditPage {
        sectors: rows.choices(CodeTable::Sector, today, if personal { &fields.sector } else { "" }),
        parties: rows.names(CodeTable::Party, today),
        districts: rows.names(CodeTable::District, today),
        shell: Shell::new(pages, visit),
        at,
        forms: ReporterForm::ALL.iter().map(form).collect(),
        kinds: ContributorKind::ALL.iter().map(kind).collect(),
        aliases: fields.aliases.join("、"),
        posts,
        personal,
        fields,
        error,
    };
    page_with(status, &edited)
}

/// The posts as they stand in the form.
fn typed_posts(form: &Form) -> Vec<PostFields> {
    let column = |name: &'static str| form.all(name).map(|text| text.trim().to_owned()).collect::<Vec<_>>();
    let (units, posts, froms, untils) =
        (column("post_unit"), column("post_title"), column("post_from"), column("post_until"));
    let at = |all: &[String], at: usize| all.get(at).cloned().unwrap_or_default();
    let lines = (0..units.len()).map(|line| PostFields {
        unit: at(&units, line),
        post: at(&posts, line),
        from: at(&froms, line),
        until: at(&untils, line),
    });
    let filled = |line: &PostFields| {
        [&line.unit, &line.post, &line.from, &line.until].iter().any(|text| !text.is_empty())
    };
    lines.filter(filled).collect()
}

fn day(text: &str, label: &str, at: usize) -> Result<Option<LocalDate>, Problem> {
    if text.is_empty() {
        return Ok(None);
    }
    let day = LocalDate::parse(text);
    day.map(Some).map_err(|error| Problem::invalid(format!("第 {at} 条任职的{label}“{text}”{error}")))
}

fn posts(lines: &[PostFields]) -> Result<Vec<ReporterPost>, Problem> {
    let post = |(line, at): (&PostFields, usize)| {
        Ok(ReporterPost {
            unit: line.unit.clone(),
            post: line.post.clone(),
            from: day(&line.from, "起日", at)?,
            until: day(&line.until, "止日", at)?,
        })
    };
    lines.iter().zip(1..).map(post).collect()
}

/// The fields as they stand in the form; `before` keeps what this person may not see and did not enter anew.
fn typed(form: &Form, before: Option<&ReporterFields>, personal: bool) -> ReporterFields {
    let text = |name: &str| form.text(name).to_owned();
    let mut fields = ReporterFields::named(
        ReporterForm::from_code(form.text("form")).unwrap_or(ReporterForm::Person),
        form.text("name"),
    );
    fields.aliases = form
        .text("aliases")
        .split(['、', '，', ',', '；', ';'])
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect();
    fields.kind = ContributorKind::from_label(form.text("kind"));
    fields.district = text("district");
    fields.note = text("note");
    (fields.party, fields.sector) = (text("party"), text("sector"));
    (fields.phone, fields.email) = (text("phone"), text("email"));
    if let Some(before) = before.filter(|_| !personal) {
        let kept = |entered: &mut String, known: &String| {
            if entered.is_empty() {
                entered.clone_from(known);
            }
        };
        kept(&mut fields.party, &before.party);
        kept(&mut fields.sector, &before.sector);
        kept(&mut fields.phone, &before.phone);
        kept(&mut fields.email, &before.email);
    }
    fields
}

pub(super) async fn blank(State(pages): Shared, visit: Visit, Asked(asked): Asked) -> Page {
    let form = ReporterForm::from_code(asked.text("form")).unwrap_or(ReporterForm::Person);
    shown(&pages, &visit, None, ReporterFields::named(form, ""), None, String::new())
}

pub(super) async fn add(State(pages): Shared, visit: Visit, Fields(form): Fields) -> Page {
    let (mut fields, lines) = (typed(&form, None, true), typed_posts(&form));
    let again = fields.clone();
    let added = match posts(&lines) {
        Ok(posts) => {
            fields.posts = posts;
            pages.registry.add(fields, visit.actor()?).await
        }
        Err(problem) => Err(problem),
    };
    match added {
        Ok(no) => back(no, "add"),
        Err(problem) if problem.status == 422 => {
            shown(&pages, &visit, None, again, Some(lines), problem.detail)
        }
        Err(problem) => Err(problem),
    }
}

/// Who may see what is sensitive sees it in the form too, so opening it is a look, and logged.
pub(super) async fn show(State(pages): Shared, visit: Visit, Path(no): Path<String>) -> Page {
    let no = entry_no(&no)?;
    if visit.may(Permission::Personal) {
        pages.registry.reveal(no, visit.actor()?).await?;
    }
    let record = pages.registry.entry(no).await?.record;
    let at = Some((record.no, record.rev));
    shown(&pages, &visit, at, record.fields, None, String::new())
}

pub(super) async fn change(
    State(pages): Shared,
    visit: Visit,
    Path(no): Path<String>,
    Fields(form): Fields,
) -> Page {
    let at = (entry_no(&no)?, revision(&form)?);
    let before = pages.registry.entry(at.0).await?.record.fields;
    let personal = visit.may(Permission::Personal);
    let (mut fields, lines) = (typed(&form, Some(&before), personal), typed_posts(&form));
    let again = fields.clone();
    let changed = match posts(&lines) {
        Ok(posts) => {
            fields.posts = posts;
            pages.registry.change(at, fields, visit.actor()?).await
        }
        Err(problem) => Err(problem),
    };
    match changed {
        Ok(()) => back(at.0, "change"),
        Err(problem) if problem.status == 422 => {
            shown(&pages, &visit, Some(at), again, Some(lines), problem.detail)
        }
        Err(problem) => Err(problem),
    }
}
