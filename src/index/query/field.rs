//! The fields an editor can name.

use std::fmt;

use crate::text::searchable;

/// From this likeness on (0–1), a name that is none is taken for a slip of the pen.
const LIKE: f64 = 0.5;

macro_rules! fields {
    ($($(#[$doc:meta])* $variant:ident = $label:literal $(, $name:literal)+;)+) => {
        /// A part of an item that can be searched by itself.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Field {
            $($(#[$doc])* $variant,)+
        }

        impl Field {
            /// Every field.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// All its names: the Chinese one that is shown first, then others, the English ones in lower case.
            pub fn names(self) -> &'static [&'static str] {
                match self {
                    $(Self::$variant => &[$label $(, $name)+],)+
                }
            }

            /// The Chinese name that is shown.
            pub fn label(self) -> &'static str {
                match self {
                    $(Self::$variant => $label,)+
                }
            }
        }
    };
}

fields! {
    /// 标题.
    Title = "标题", "title";
    /// 正文.
    Body = "正文", "body";
    /// 单位: the reporter's or the contributor's.
    Unit = "单位", "unit";
    /// 反映人.
    Reporter = "反映人", "姓名", "reporter", "name";
    /// 区县.
    District = "区县", "district";
    /// 主题.
    Subject = "主题", "subject";
    /// 来源: the channel it came through.
    Source = "来源", "渠道", "source";
    /// 状态: where it stands.
    State = "状态", "state";
    /// 类别.
    Kind = "类别", "kind";
    /// 日期: when it was received.
    Date = "日期", "date";
    /// 回执: the contributor's receipt.
    Receipt = "回执", "receipt";
    /// 编号: the item's id or an issue's number.
    Id = "编号", "id";
}

impl Field {
    /// The field of this name, in any width and case.
    pub fn from_name(name: &str) -> Option<Self> {
        let name = searchable(name);
        Self::ALL.iter().copied().find(|field| field.names().contains(&name.as_str()))
    }

    /// The field that was probably meant by a name that is none.
    pub fn nearest(name: &str) -> Option<Self> {
        let name = searchable(name);
        let mut best = None;
        for &field in Self::ALL {
            for candidate in field.names() {
                let score = likeness(&name, candidate);
                if score >= LIKE && best.is_none_or(|(top, _)| score > top) {
                    best = Some((score, field));
                }
            }
        }
        best.map(|(_, field)| field)
    }
}

/// Edit distance says little about names of two characters, so for Chinese ones a shared character counts too
/// (地区 is like 区县).
fn likeness(typed: &str, name: &str) -> f64 {
    let edits = strsim::normalized_damerau_levenshtein(typed, name);
    if name.is_ascii() {
        return edits;
    }
    let longest = typed.chars().count().max(name.chars().count());
    let shared = name.chars().filter(|c| typed.contains(*c)).count();
    edits.max(shared as f64 / longest as f64)
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.label())
    }
}
