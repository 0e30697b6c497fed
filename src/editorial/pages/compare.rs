//! Two items side by side, what differs marked word by word; what an editor decides about the two.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect};

use crate::index::Kin;
use crate::model::{ItemMove, Permission, Verdict};
use crate::site::{Fields, Page, Shell, Visit, page};
use crate::web::Problem;

use super::super::diff::{Part, compare as differ};
use super::super::item::ItemView;
use super::super::{VerdictRequest, cut};
use super::Shared;
use super::history::{people, who};
use super::item::item_id;

pub(super) async fn decide(
    State(pages): Shared,
    visit: Visit,
    Path((id, other)): Path<(String, String)>,
    Fields(form): Fields,
) -> Page {
    let (one, two) = (item_id(&id)?, item_id(&other)?);
    let back = format!("/items/{one}/compare/{two}");
    let actor = visit.actor()?;
    match form.text("verdict") {
        "none" => pages.desk.withdraw_verdict(one, two, actor).await?,
        "merge" => {
            let why = form.limited("comment", "说明", 500)?;
            let act = pages.desk.merge(vec![one, two], None, why, visit.who()?.user.name.clone()).await?;
            pages.desk.counted.forget();
            return Ok(Redirect::to(&format!("/items/{one}?act={act}#group")).into_response());
        }
        code => {
            let verdict = Verdict::from_code(code);
            let verdict = verdict.ok_or_else(|| Problem::invalid("请选择重复、续报或无关"))?;
            let comment = form.limited("comment", "说明", 500)?;
            pages.desk.give_verdict(one, VerdictRequest { other: two, verdict, comment }, actor).await?;
        }
    }
    Ok(Redirect::to(&back).into_response())
}

#[derive(Template)]
#[template(path = "compare.html")]
struct ComparePage {
    shell: Shell,
    one: Side,
    other: Side,
    verdict: &'static str,
    told: Option<(String, String)>,
    may_act: bool,
}

struct Side {
    id: String,
    about: String,
    state: &'static str,
    title: Vec<Part>,
    body: Vec<Part>,
    issued: Vec<String>,
    /// Whether its state lets it be merged, or merged into.
    mergeable: bool,
}

pub(super) async fn show(
    State(pages): Shared,
    visit: Visit,
    Path((id, other)): Path<(String, String)>,
) -> Page {
    let desk = &pages.desk;
    let (one, two) = (desk.item(item_id(&id)?).await?, desk.item(item_id(&other)?).await?);
    let verdicts = desk.verdicts(one.item.row.id).await?;
    let given = verdicts.into_iter().find(|row| row.other == two.item.row.id);
    let people = people(&pages).await?;
    let masked = |text: &str| desk.redactor.mask(text).into_inner();
    let titles = [masked(&one.item.row.title), masked(&two.item.row.title)];
    let bodies = [masked(&one.item.submission.text.plain()), masked(&two.item.submission.text.plain())];
    let kin = desk.kin.clone();
    let (titles, bodies) =
        desk.compute(move || Ok((differences(&kin, &titles), differences(&kin, &bodies)))).await?;
    let told = given.as_ref().map(|row| {
        let by = format!("{} {}", who(&row.actor.to_string(), &people), row.at.minute());
        (by, row.comment.clone())
    });
    page(&ComparePage {
        shell: Shell::new(&pages, &visit),
        one: side(&one, titles.0, bodies.0),
        other: side(&two, titles.1, bodies.1),
        verdict: given.map_or("", |row| row.verdict.code()),
        told,
        may_act: visit.may(Permission::Triage),
    })
}

type Parts = Vec<Part>;

fn differences(kin: &Kin, texts: &[String; 2]) -> (Parts, Parts) {
    let words = texts.each_ref().map(|text| cut::words(kin, text));
    differ(&words[0], &words[1])
}

fn side(view: &ItemView, title: Parts, body: Parts) -> Side {
    let row = &view.item.row;
    let by = [row.reporter.clone(), row.unit.clone(), row.district.clone(), Some(row.received_at.minute())];
    Side {
        id: row.id.to_string(),
        about: by.into_iter().flatten().collect::<Vec<_>>().join(" · "),
        state: row.state.label(),
        title,
        body,
        issued: view.issued.clone(),
        mergeable: row.state.apply(ItemMove::Merge).is_ok(),
    }
}
