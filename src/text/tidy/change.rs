//! A change of a text, and changes made one after another seen as changes of the first text.

use std::ops::Range;

use serde::{Deserialize, Serialize};

/// What a change is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TidyKind {
    /// 缩进.
    Indent,
    /// 空格与不可见字符.
    Space,
    /// 断行与空行.
    Break,
    /// 标点.
    Punctuation,
    /// 引号.
    Quote,
    /// 破折号与省略号.
    Dash,
    /// 序号.
    Numbering,
    /// 称呼、客套、落款、联系方式.
    Courtesy,
}

impl TidyKind {
    /// Its name for an editor.
    pub fn label(self) -> &'static str {
        match self {
            Self::Indent => "缩进",
            Self::Space => "空格",
            Self::Break => "断行",
            Self::Punctuation => "标点",
            Self::Quote => "引号",
            Self::Dash => "破折号与省略号",
            Self::Numbering => "序号",
            Self::Courtesy => "称呼落款",
        }
    }
}

/// A change, to take or to refuse.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Its first character in the text, counted from 0.
    pub start: usize,
    /// The character after its last; the same as `start` where something is put in.
    pub end: usize,
    /// What it is about.
    pub kind: TidyKind,
    /// What stands there.
    pub before: String,
    /// What is to stand there.
    pub after: String,
    /// Why, in Chinese.
    pub reason: String,
}

impl Change {
    /// Whether the text has at its place what it is to change.
    pub(super) fn fits(&self, chars: &[char]) -> bool {
        chars.get(self.start..self.end).is_some_and(|there| there.iter().copied().eq(self.before.chars()))
    }
}

/// A change while it is being worked out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Edit {
    pub start: usize,
    pub end: usize,
    pub after: Vec<char>,
    pub kind: TidyKind,
    pub reason: String,
}

impl Edit {
    pub(super) fn new(start: usize, end: usize, after: &str, kind: TidyKind, reason: &str) -> Self {
        Self { start, end, after: after.chars().collect(), kind, reason: reason.to_owned() }
    }

    /// Whether both can be made without asking which comes first.
    pub(super) fn apart_from(&self, other: &Self) -> bool {
        let beside = self.start < self.end && other.start < other.end;
        let before = |one: &Self, two: &Self| one.end < two.start || beside && one.end == two.start;
        before(self, other) || before(other, self)
    }
}

impl From<&Change> for Edit {
    fn from(change: &Change) -> Self {
        Self::new(change.start, change.end, &change.after, change.kind, &change.reason)
    }
}

/// The text after edits that stand in order and apart.
pub(super) fn applied(chars: &[char], edits: &[Edit]) -> Vec<char> {
    let (mut out, mut at) = (Vec::with_capacity(chars.len()), 0);
    for edit in edits {
        out.extend_from_slice(&chars[at..edit.start]);
        out.extend_from_slice(&edit.after);
        at = edit.end;
    }
    out.extend_from_slice(&chars[at..]);
    out
}

/// A text that is changed again and again, and what all of that comes to.
pub(super) struct Draft {
    original: Vec<char>,
    /// The characters as they are now.
    pub now: Vec<char>,
    /// Where each of them stands in the original; nothing for those that were put in.
    origins: Vec<Option<usize>>,
    /// What was changed where: between which characters of the original that were still there.
    records: Vec<(Range<usize>, TidyKind, String)>,
}

impl Draft {
    pub(super) fn new(text: &str) -> Self {
        let original: Vec<char> = text.chars().collect();
        let origins = (0..original.len()).map(Some).collect();
        Self { now: original.clone(), original, origins, records: Vec::new() }
    }

    /// Makes edits that stand in order and apart.
    pub(super) fn make(&mut self, edits: &[Edit]) {
        for edit in edits {
            let left = self.origins[..edit.start].iter().rev().find_map(|origin| *origin);
            let right = self.origins[edit.end..].iter().find_map(|origin| *origin);
            let place = left.map_or(0, |left| left + 1)..right.unwrap_or(self.original.len());
            self.records.push((place, edit.kind, edit.reason.clone()));
        }
        self.now = applied(&self.now, edits);
        let (mut origins, mut at) = (Vec::with_capacity(self.now.len()), 0);
        for edit in edits {
            origins.extend_from_slice(&self.origins[at..edit.start]);
            origins.extend(edit.after.iter().map(|_| None));
            at = edit.end;
        }
        origins.extend_from_slice(&self.origins[at..]);
        self.origins = origins;
    }

    /// What it comes to: a change for each gap between characters that are still there.
    pub(super) fn changes(&self) -> Vec<Change> {
        let mut out = Vec::new();
        let (mut from, mut put_in) = (0, Vec::new());
        let ends = self.origins.iter().copied().chain([Some(self.original.len())]);
        for (at, origin) in ends.enumerate() {
            match origin {
                None => put_in.push(self.now[at]),
                Some(origin) => {
                    out.extend(self.change(from..origin, &put_in));
                    (from, put_in) = (origin + 1, Vec::new());
                }
            }
        }
        out
    }

    fn change(&self, gap: Range<usize>, after: &[char]) -> Option<Change> {
        let within = |place: &Range<usize>| gap.start <= place.start && place.end <= gap.end;
        let records: Vec<_> = self.records.iter().filter(|(place, ..)| within(place)).collect();
        let before = &self.original[gap.clone()];
        // What is the same at both ends is no part of the change.
        let head = before.iter().zip(after).take_while(|(a, b)| a == b).count();
        let tail =
            before[head..].iter().rev().zip(after[head..].iter().rev()).take_while(|(a, b)| a == b).count();
        let (start, end) = (gap.start + head, gap.end - tail);
        let (before, after): (String, String) =
            (self.original[start..end].iter().collect(), after[head..after.len() - tail].iter().collect());
        let courtesy = records.iter().any(|(_, kind, _)| *kind == TidyKind::Courtesy);
        let kind = if courtesy { TidyKind::Courtesy } else { records.first()?.1 };
        let mut reasons: Vec<&str> = Vec::new();
        for (_, _, reason) in &records {
            if !reasons.contains(&reason.as_str()) {
                reasons.push(reason);
            }
        }
        (before != after).then(|| Change { start, end, kind, before, after, reason: reasons.join("；") })
    }
}
