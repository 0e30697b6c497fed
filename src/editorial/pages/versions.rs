//! What each step changed in a manuscript, and the text as it stands beside an earlier step or a source.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{Path, State};

use crate::model::Texts;
use crate::site::{Asked, Page, Shell, Visit, page};
use crate::web::Problem;

use super::super::diff::Part;
use super::super::manuscript::ManuscriptPage as Manuscript;
use super::super::{Desk, cut, diff};
use super::Shared;
use super::history::who;
use super::manuscript::manuscript_id;
use super::papers::PaperLine;

pub(super) struct StepLine {
    pub step: i64,
    pub what: String,
    pub who: String,
    pub at: String,
    pub comment: String,
    /// What this step changed in the text; empty where it changed nothing.
    pub changed: Vec<Part>,
    /// On which paper it was decided, where it was.
    pub paper: Option<PaperLine>,
}

pub(super) fn whole(texts: &Texts) -> String {
    format!("{}\n{}\n{}", texts.title, texts.body, texts.credit)
}

/// Each step with what it changed, the latest first.
pub(super) async fn steps(
    desk: &Desk,
    manuscript: &Manuscript,
    people: &BTreeMap<String, String>,
    visit: &Visit,
) -> Result<Vec<StepLine>, Problem> {
    let texts: Vec<String> = manuscript.steps.iter().map(|step| whole(&step.texts)).collect();
    let kin = desk.kin.clone();
    let changes = desk
        .compute(move || {
            let pairs = texts.windows(2).map(|pair| {
                if pair[0] == pair[1] {
                    return Vec::new();
                }
                let (one, other) = (cut::words(&kin, &pair[0]), cut::words(&kin, &pair[1]));
                changed_lines(diff::compare(&one, &other).1)
            });
            Ok(std::iter::once(Vec::new()).chain(pairs).collect::<Vec<_>>())
        })
        .await?;
    let paper = |step: i64| manuscript.papers.iter().find(|(no, _)| *no == step).map(|(_, paper)| paper);
    let lines = manuscript.steps.iter().zip(changes).map(|(step, changed)| StepLine {
        step: step.step,
        what: step.action.clone(),
        who: who(&step.actor.to_string(), people),
        at: step.at.minute(),
        comment: step.comment.clone(),
        changed,
        paper: paper(step.step).map(|paper| PaperLine::new(paper, people, visit)),
    });
    let mut lines: Vec<StepLine> = lines.collect();
    lines.reverse();
    Ok(lines)
}

/// Of what stayed, only so much that one sees where the change is.
pub(super) fn changed_lines(parts: Vec<Part>) -> Vec<Part> {
    const AROUND: usize = 12;
    let short = |part: Part| {
        let chars: Vec<char> = part.text.chars().collect();
        if !part.same || chars.len() <= 2 * AROUND + 1 {
            return part;
        }
        let (head, tail) = (&chars[..AROUND], &chars[chars.len() - AROUND..]);
        Part { text: format!("{}……{}", String::from_iter(head), String::from_iter(tail)), same: true }
    };
    parts.into_iter().map(short).collect()
}

#[derive(Template)]
#[template(path = "versions.html")]
struct VersionsPage {
    shell: Shell,
    id: String,
    heading: String,
    one_label: String,
    other_label: String,
    one: Vec<Part>,
    other: Vec<Part>,
}

/// The text as it stands beside an earlier step or a source.
pub(super) async fn compare(
    State(pages): Shared,
    visit: Visit,
    Path(id): Path<String>,
    Asked(asked): Asked,
) -> Page {
    let desk = &pages.desk;
    let id = manuscript_id(&id)?;
    let manuscript = desk.manuscript(id, &visit.who()?.user).await?;
    let step = asked.number("step").and_then(|step| manuscript.steps.iter().find(|one| one.step == step));
    let item = manuscript.items.iter().find(|(id, _, _)| id.to_string() == asked.text("item"));
    let (label, text) = match (step, item) {
        (Some(step), _) => {
            (format!("第 {} 步：{}（{}）", step.step, step.action, step.at.minute()), whole(&step.texts))
        }
        (None, Some((_, title, text))) => {
            ("来稿".to_owned(), desk.redactor.mask(&format!("{title}\n{text}")).into_inner())
        }
        (None, None) => return Err(Problem::not_found("没有要对照的那一步或那件来稿")),
    };
    let (kin, now) = (desk.kin.clone(), whole(&manuscript.record.texts));
    let (one, other) =
        desk.compute(move || Ok(diff::compare(&cut::words(&kin, &text), &cut::words(&kin, &now)))).await?;
    page(&VersionsPage {
        shell: Shell::new(&pages, &visit),
        id: id.to_string(),
        heading: manuscript.record.texts.title,
        one_label: label,
        other_label: "现在的编稿".to_owned(),
        one,
        other,
    })
}
