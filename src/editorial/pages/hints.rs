//! 提示 beside an item: what its text says, with the words that say so. What a form of the page can take over is taken by
//! one press.

use crate::model::Urgency;

use super::super::hints::HintsView;

/// The card of an item's page.
pub(super) struct HintCard {
    pub completeness: Vec<String>,
    /// 主题, how sure, why.
    pub subjects: Vec<(String, String)>,
    pub districts: Vec<DistrictLine>,
    pub district_note: String,
    /// 单位, why.
    pub units: Vec<(String, String)>,
    /// 加急 or 特急; empty where nothing says so.
    pub urgency: &'static str,
    /// Whether the item is held for less urgent than that.
    pub higher: bool,
    pub signs: Vec<SignLine>,
    pub keywords: String,
}

pub(super) struct DistrictLine {
    pub name: String,
    pub code: String,
    pub words: String,
    pub note: String,
}

pub(super) struct SignLine {
    pub kind: String,
    /// The words around the sign, and the sign itself.
    pub before: String,
    pub word: String,
    pub after: String,
}

impl HintCard {
    pub(super) fn new(hints: HintsView, held: Urgency) -> Self {
        let urgency = hints.urgency.as_ref().map(|hint| hint.level);
        let subject = |one: crate::group::SubjectSuggestion| {
            let why = one.reasons.join("、");
            (format!("{} {:.0}%", one.subject, one.confidence * 100.0), why)
        };
        let district = |hint: crate::text::PlaceHint| DistrictLine {
            words: hint.words.join("、"),
            note: hint.note.unwrap_or_default(),
            name: hint.name,
            code: hint.code,
        };
        let signs = hints.urgency.into_iter().flat_map(|hint| hint.signs);
        let words = hints.keywords.into_iter().map(|keyword| keyword.word);
        Self {
            completeness: hints.completeness,
            subjects: hints.subjects.into_iter().map(subject).collect(),
            districts: hints.districts.into_iter().map(district).collect(),
            district_note: hints.district_note.unwrap_or_default(),
            units: hints.units.into_iter().map(|hint| (hint.unit, hint.reasons.join("；"))).collect(),
            urgency: urgency.map_or("", Urgency::label),
            higher: urgency.is_some_and(|level| rank(level) > rank(held)),
            signs: signs.map(sign).collect(),
            keywords: words.collect::<Vec<_>>().join("、"),
        }
    }

    pub(super) fn empty(&self) -> bool {
        self.completeness.is_empty()
            && self.subjects.is_empty()
            && self.districts.is_empty()
            && self.units.is_empty()
            && self.urgency.is_empty()
            && self.keywords.is_empty()
    }
}

fn rank(urgency: Urgency) -> Option<usize> {
    Urgency::ALL.iter().position(|one| *one == urgency)
}

fn sign(sign: crate::text::Sign) -> SignLine {
    let (before, after) = sign.around.split_once(sign.word.as_str()).unwrap_or((sign.around.as_str(), ""));
    SignLine { kind: sign.kind, before: before.to_owned(), after: after.to_owned(), word: sign.word }
}
