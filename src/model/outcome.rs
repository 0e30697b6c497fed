//! What became of a manuscript (DOMAIN §4): adopted by a level of the ladder, passed on, noted on by a leader (批示).

use serde::{Deserialize, Serialize};

use super::item_state::states;
use super::time::LocalDate;
use super::user::{Permission, Roles};

/// Longest texts of a registration, in characters.
const OUTLET_MAX: usize = 60;
const NUMBER_MAX: usize = 40;
const BY_MAX: usize = 60;
const WORDING_MAX: usize = 2_000;

states! {
    /// A step of the ladder.
    OutcomeKind {
        /// 单篇: printed by itself.
        Single = "single", "单篇采用";
        /// 综合: printed together with others.
        Composite = "composite", "综合采用";
        /// 转送 to a department.
        PassedOn = "passed_on", "转送";
        /// 批示 by a leader.
        Instructed = "instructed", "批示";
    }
}

states! {
    /// Whose ladder.
    OutcomeLevel {
        /// 区县.
        District = "district", "区县";
        /// 市.
        City = "city", "市";
        /// 全国.
        National = "national", "全国";
        /// A party's own.
        Party = "party", "党派";
    }
}

states! {
    /// Who may read the wording and the scan; everybody else sees that there is one.
    OutcomeReaders {
        /// Whoever may look at items.
        Office = "office", "全体查阅人员";
        /// Those who write and review, and the signer.
        Writers = "writers", "编辑、审核、签发";
        /// 审核 and 签发 alone.
        Heads = "heads", "审核、签发";
    }
}

impl OutcomeKind {
    /// Reads what a list or a person writes: 单篇, 综合, 转送, 批示.
    pub fn from_words(text: &str) -> Option<Self> {
        let holds = |word: &str| text.contains(word);
        if holds("批示") || holds("批阅") {
            Some(Self::Instructed)
        } else if holds("转") {
            Some(Self::PassedOn)
        } else if holds("综合") {
            Some(Self::Composite)
        } else if holds("单") || holds("采用") {
            Some(Self::Single)
        } else {
            None
        }
    }
}

impl OutcomeLevel {
    /// Reads what a list or a person writes: 区县级, 市级, 全国政协, 中央.
    pub fn from_words(text: &str) -> Option<Self> {
        let any = |words: &[&str]| words.iter().any(|word| text.contains(word));
        if any(&["全国", "中央", "国家", "中办", "国办", "国务院"]) {
            Some(Self::National)
        } else if any(&["民革", "民盟", "民建", "民进", "农工", "致公", "九三", "台盟", "党派"])
        {
            Some(Self::Party)
        } else if any(&["市"]) {
            Some(Self::City)
        } else if any(&["区", "县"]) {
            Some(Self::District)
        } else {
            None
        }
    }
}

impl OutcomeReaders {
    /// Whether somebody with these roles may read it.
    pub fn admit(self, roles: &Roles) -> bool {
        use Permission as P;
        let wanted: &[Permission] = match self {
            Self::Office => &[P::Read],
            Self::Writers => &[P::Edit, P::Review, P::Sign],
            Self::Heads => &[P::Review, P::Sign],
        };
        wanted.iter().any(|one| roles.allow(*one))
    }
}

/// What a registration says, as it is entered; [`Outcome::new`] checks it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutcomeFields {
    /// 单篇, 综合, 转送 or 批示.
    pub kind: OutcomeKind,
    /// 级别.
    pub level: OutcomeLevel,
    /// 采用单位 or 刊物; of a 转送 to whom.
    pub outlet: String,
    /// 期号 of that bulletin.
    #[serde(default)]
    pub number: String,
    /// The day of the adoption or of the 批示 itself.
    pub date: LocalDate,
    /// 批示人.
    #[serde(default)]
    pub by: String,
    /// The wording of a 批示, or a remark.
    #[serde(default)]
    pub wording: String,
    /// Who may read it.
    pub readers: OutcomeReaders,
}

/// A registration that can stand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Outcome(OutcomeFields);

/// Why a registration cannot stand.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OutcomeError {
    /// A field that must be there.
    #[error("请填写{0}")]
    Missing(&'static str),
    /// A field that is too long.
    #[error("{label}共 {chars} 字，超过 {max} 字的上限，请删减")]
    Long {
        /// Which.
        label: &'static str,
        /// As entered.
        chars: usize,
        /// As allowed.
        max: usize,
    },
    /// A day to come.
    #[error("日期 {0} 还没有到，请核对")]
    Future(LocalDate),
}

impl Outcome {
    /// Checks a registration; `today` is the last day that it may be of.
    ///
    /// # Errors
    /// [`OutcomeError`] naming the field.
    pub fn new(mut fields: OutcomeFields, today: LocalDate) -> Result<Self, OutcomeError> {
        for text in [&mut fields.outlet, &mut fields.number, &mut fields.by, &mut fields.wording] {
            *text = text.trim().replace("\r\n", "\n");
        }
        let limits = [
            ("采用单位或刊物", &fields.outlet, OUTLET_MAX),
            ("期号", &fields.number, NUMBER_MAX),
            ("批示人", &fields.by, BY_MAX),
            ("内容", &fields.wording, WORDING_MAX),
        ];
        for (label, text, max) in limits {
            let chars = text.chars().count();
            if chars > max {
                return Err(OutcomeError::Long { label, chars, max });
            }
        }
        let instructed = fields.kind == OutcomeKind::Instructed;
        if instructed && fields.by.is_empty() {
            return Err(OutcomeError::Missing("批示人"));
        }
        if !instructed && fields.outlet.is_empty() {
            return Err(OutcomeError::Missing("采用单位或刊物"));
        }
        if fields.date > today {
            return Err(OutcomeError::Future(fields.date));
        }
        Ok(Self(fields))
    }

    /// One that was checked when it was written.
    pub fn from_stored(fields: OutcomeFields) -> Self {
        Self(fields)
    }

    /// What it says.
    pub fn fields(&self) -> &OutcomeFields {
        &self.0
    }

    /// By what one registration of a manuscript is told from another: the same list entered twice gives the same keys.
    pub fn key(&self) -> String {
        let plain = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>();
        let Self(fields) = self;
        let whose = if fields.kind == OutcomeKind::Instructed { &fields.by } else { &fields.outlet };
        let (kind, level) = (fields.kind.code(), fields.level.code());
        format!("{kind}|{level}|{}|{}|{}", plain(whose), plain(&fields.number), fields.date)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Role;

    fn fields() -> OutcomeFields {
        OutcomeFields {
            kind: OutcomeKind::Single,
            level: OutcomeLevel::City,
            outlet: "市委《每日要情》".to_owned(),
            number: "第12期".to_owned(),
            date: LocalDate::from_ymd(2026, 3, 4).expect("a day"),
            by: String::new(),
            wording: String::new(),
            readers: OutcomeReaders::Office,
        }
    }

    #[test]
    fn a_registration_that_lacks_what_it_is_of_or_lies_ahead_is_refused() {
        let today = LocalDate::from_ymd(2026, 3, 5).expect("a day");
        assert!(Outcome::new(fields(), today).is_ok());
        let no_outlet = OutcomeFields { outlet: " ".to_owned(), ..fields() };
        assert_eq!(Outcome::new(no_outlet, today), Err(OutcomeError::Missing("采用单位或刊物")));
        let nobody = OutcomeFields { kind: OutcomeKind::Instructed, ..fields() };
        assert_eq!(Outcome::new(nobody, today), Err(OutcomeError::Missing("批示人")));
        let yesterday = LocalDate::from_ymd(2026, 3, 3).expect("a day");
        assert_eq!(Outcome::new(fields(), yesterday), Err(OutcomeError::Future(fields().date)));
        let long = OutcomeFields { wording: "字".repeat(2_001), ..fields() };
        assert!(Outcome::new(long, today).expect_err("long").to_string().contains("2001"));
    }

    #[test]
    fn signs_and_blanks_do_not_make_another_registration() {
        let today = fields().date;
        let one = Outcome::new(fields(), today).expect("one");
        let other =
            OutcomeFields {
                outlet: "市委 每日要情".to_owned(), number: "第 12 期".to_owned(), ..fields()
            };
        assert_eq!(Outcome::new(other, today).expect("other").key(), one.key());
        let next = OutcomeFields { number: "第13期".to_owned(), ..fields() };
        assert_ne!(Outcome::new(next, today).expect("next").key(), one.key());
    }

    #[test]
    fn what_lists_write_is_read_and_the_heads_keep_their_own() {
        assert_eq!(OutcomeLevel::from_words("重庆市委"), Some(OutcomeLevel::City));
        assert_eq!(OutcomeLevel::from_words("全国政协"), Some(OutcomeLevel::National));
        assert_eq!(OutcomeLevel::from_words("民盟市委"), Some(OutcomeLevel::Party));
        assert_eq!(OutcomeKind::from_words("综合采用"), Some(OutcomeKind::Composite));
        let editor = Roles::new(&[Role::Editor]).expect("roles");
        assert!(OutcomeReaders::Writers.admit(&editor) && !OutcomeReaders::Heads.admit(&editor));
    }
}
