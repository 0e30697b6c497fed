//! Entries as pages show them.

use crate::model::{LocalDate, ReporterPost};
use crate::store::ReporterRecord;
use crate::text::Redactor;

/// An entry in a list.
pub(super) struct Line {
    pub no: i64,
    pub name: String,
    pub form: &'static str,
    pub kind: &'static str,
    pub district: String,
    /// The posts that are held today.
    pub posts: String,
    pub aliases: String,
    pub retired: bool,
    /// The entry that it was merged into.
    pub merged_into: Option<i64>,
    pub bound: bool,
}

/// A post as it is told: 某大学 教授（2023-01-01 起）.
pub(super) struct PostLine {
    pub what: String,
    pub when: String,
    pub held: bool,
}

pub(super) fn post_line(post: &ReporterPost, today: LocalDate) -> PostLine {
    let what = [post.unit.as_str(), post.post.as_str()];
    let when = match (post.from, post.until) {
        (None, None) => String::new(),
        (Some(from), None) => format!("{from} 起"),
        (None, Some(until)) => format!("至 {until}"),
        (Some(from), Some(until)) => format!("{from} 至 {until}"),
    };
    let what: Vec<&str> = what.into_iter().filter(|part| !part.is_empty()).collect();
    PostLine { what: what.join(" "), when, held: post.holds_on(today) }
}

pub(super) fn line(record: &ReporterRecord, today: LocalDate) -> Line {
    let fields = &record.fields;
    let held = fields.posts.iter().map(|post| post_line(post, today)).filter(|post| post.held);
    Line {
        no: record.no,
        name: fields.name.clone(),
        form: fields.form.label(),
        kind: fields.kind.map_or("", |kind| kind.label()),
        district: fields.district.clone(),
        posts: held.map(|post| post.what).collect::<Vec<_>>().join("；"),
        aliases: fields.aliases.join("、"),
        retired: record.retired_at.is_some(),
        merged_into: record.merged_into,
        bound: record.account.is_some(),
    }
}

/// What is sensitive in an entry: label, and the value as it is or masked. Without the right nothing is shown of it.
pub(super) fn sensitive(
    redactor: &Redactor,
    record: &ReporterRecord,
    personal: bool,
    revealed: bool,
) -> Vec<(&'static str, String)> {
    let fields = &record.fields;
    let all = [
        ("党派", &fields.party, false),
        ("界别", &fields.sector, false),
        ("电话", &fields.phone, true),
        ("邮箱", &fields.email, true),
    ];
    all.into_iter()
        .filter(|(_, value, _)| !value.is_empty())
        .map(|(label, value, contact)| {
            let shown = match (personal, revealed || !contact) {
                (true, true) => value.clone(),
                (true, false) => redactor.field(value).into_inner(),
                (false, _) => "已登记，无权查看".to_owned(),
            };
            (label, shown)
        })
        .collect()
}
