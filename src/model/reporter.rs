//! 反映人库: the people and units that items come from, with what they were and when.

use serde::{Deserialize, Serialize};

use super::contributor::ContributorKind;
use super::item_state::states;
use super::time::LocalDate;

/// Longest name of a person or unit, in characters.
const NAME_MAX: usize = 50;
/// Longest of the other short fields.
const FIELD_MAX: usize = 100;
/// Longest note.
const NOTE_MAX: usize = 500;
/// Names beside the present one.
const ALIASES_MAX: usize = 10;
/// Posts of one entry.
const POSTS_MAX: usize = 40;

states! {
    /// Whether an entry stands for one person or for a unit.
    ReporterForm {
        /// 个人.
        Person = "person", "个人";
        /// 单位.
        Unit = "unit", "单位";
    }
}

states! {
    /// Where something stands that is written in the name of a unit.
    UnitDraftState {
        /// A reviewer of the unit has to pass it.
        Waiting = "waiting", "待本级审核";
        /// Returned to its author with a word.
        Returned = "returned", "本级退回";
        /// Passed, and on its way: nobody changes it any more.
        Sending = "sending", "正在报送";
        /// Passed, and sent.
        Sent = "sent", "已报送";
    }
}

impl UnitDraftState {
    /// Whether a reviewer has something to do.
    pub fn waits(self) -> bool {
        matches!(self, Self::Waiting | Self::Sending)
    }

    /// Whether its author may write it anew.
    pub fn may_change(self) -> bool {
        matches!(self, Self::Waiting | Self::Returned)
    }

    /// Whether it may go on to another state.
    pub fn may_become(self, next: Self) -> bool {
        use UnitDraftState as S;
        matches!(
            (self, next),
            (S::Waiting | S::Sending, S::Sending)
                | (S::Waiting, S::Returned)
                | (S::Sending, S::Sent | S::Waiting)
                | (S::Returned | S::Waiting, S::Waiting)
        )
    }
}

/// What somebody is or was, where, from day to day; an unknown day is open.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReporterPost {
    /// 单位.
    #[serde(default)]
    pub unit: String,
    /// 职务.
    #[serde(default)]
    pub post: String,
    /// The first day.
    #[serde(default)]
    pub from: Option<LocalDate>,
    /// The last day.
    #[serde(default)]
    pub until: Option<LocalDate>,
}

impl ReporterPost {
    /// Whether it was held on a day.
    pub fn holds_on(&self, day: LocalDate) -> bool {
        self.from.is_none_or(|from| from <= day) && self.until.is_none_or(|until| day <= until)
    }

    /// Whether it is the same post, whenever it was held.
    pub fn is_of(&self, unit: &str, post: &str) -> bool {
        name_key(&self.unit) == name_key(unit) && name_key(&self.post) == name_key(post)
    }
}

/// What an entry says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReporterFields {
    /// A person or a unit.
    pub form: ReporterForm,
    /// 姓名, or the name of the unit.
    pub name: String,
    /// 曾用名、别名.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// 供稿者类别.
    #[serde(default)]
    pub kind: Option<ContributorKind>,
    /// 党派; sensitive.
    #[serde(default)]
    pub party: String,
    /// 界别; sensitive.
    #[serde(default)]
    pub sector: String,
    /// 区县.
    #[serde(default)]
    pub district: String,
    /// 电话; sensitive.
    #[serde(default)]
    pub phone: String,
    /// 邮箱; sensitive.
    #[serde(default)]
    pub email: String,
    /// 备注.
    #[serde(default)]
    pub note: String,
    /// 任职.
    #[serde(default)]
    pub posts: Vec<ReporterPost>,
}

impl ReporterFields {
    /// An entry that says nothing but what it is called.
    pub fn named(form: ReporterForm, name: &str) -> Self {
        Self {
            form,
            name: name.to_owned(),
            aliases: Vec::new(),
            kind: None,
            party: String::new(),
            sector: String::new(),
            district: String::new(),
            phone: String::new(),
            email: String::new(),
            note: String::new(),
            posts: Vec::new(),
        }
    }

    /// The post that is named for a day: the one at this unit where there are several.
    pub fn post_on(&self, day: LocalDate, unit: Option<&str>) -> Option<&ReporterPost> {
        let held = || self.posts.iter().filter(|post| post.holds_on(day));
        let same = unit.and_then(|unit| held().find(|post| name_key(&post.unit) == name_key(unit)));
        // The latest that was begun is the one that somebody is known by.
        same.or_else(|| held().max_by_key(|post| post.from))
    }

    /// The fields that differ from another's, in the office's words.
    pub fn changed(&self, other: &Self) -> Vec<&'static str> {
        let fields = [
            ("类型", self.form == other.form),
            ("名称", self.name == other.name),
            ("别名", self.aliases == other.aliases),
            ("类别", self.kind == other.kind),
            ("党派", self.party == other.party),
            ("界别", self.sector == other.sector),
            ("区县", self.district == other.district),
            ("电话", phone_key(&self.phone) == phone_key(&other.phone)),
            ("邮箱", self.email == other.email),
            ("备注", self.note == other.note),
            ("任职", self.posts == other.posts),
        ];
        fields.into_iter().filter(|(_, same)| !same).map(|(label, _)| label).collect()
    }
}

/// Why an entry cannot stand as it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReporterError {
    /// No name.
    #[error("没有填姓名或单位名称，请填写")]
    Unnamed,
    /// Too long.
    #[error("{0}共 {1} 字，超过 {2} 字的上限，请删减")]
    Long(&'static str, usize, usize),
    /// More than an entry may have.
    #[error("{0}超过 {1} 项，请删减")]
    Many(&'static str, usize),
    /// Not a telephone number.
    #[error("电话“{0}”不对：应为 5 至 20 位数字，可有 + - 空格和括号，请改正")]
    Phone(String),
    /// Not an address.
    #[error("邮箱“{0}”不对：应如 name@example.org，请改正")]
    Email(String),
    /// A post of which nothing is said.
    #[error("第 {0} 条任职没有单位和职务，请填写其中一项，或清空日期")]
    EmptyPost(usize),
    /// A post that ends before it begins.
    #[error("第 {0} 条任职的止日早于起日，请改正")]
    Backwards(usize),
}

impl ReporterError {
    /// The column that it speaks of, as a list names it.
    pub fn column(&self) -> &'static str {
        match self {
            Self::Unnamed => "姓名",
            Self::Long(label, ..) | Self::Many(label, _) => label,
            Self::Phone(_) => "电话",
            Self::Email(_) => "邮箱",
            Self::EmptyPost(_) => "单位",
            Self::Backwards(_) => "止",
        }
    }
}

/// An entry that can stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reporter(ReporterFields);

impl Reporter {
    /// Checks what was entered.
    ///
    /// # Errors
    /// [`ReporterError`], which names the field.
    pub fn new(mut fields: ReporterFields) -> Result<Self, ReporterError> {
        let texts = [
            ("姓名", &mut fields.name, NAME_MAX),
            ("党派", &mut fields.party, FIELD_MAX),
            ("界别", &mut fields.sector, FIELD_MAX),
            ("区县", &mut fields.district, FIELD_MAX),
            ("邮箱", &mut fields.email, FIELD_MAX),
            ("电话", &mut fields.phone, FIELD_MAX),
            ("备注", &mut fields.note, NOTE_MAX),
        ];
        for (label, text, max) in texts {
            *text = text.trim().to_owned();
            long(label, text, max)?;
        }
        if fields.name.is_empty() {
            return Err(ReporterError::Unnamed);
        }
        fields.aliases = fields.aliases.iter().map(|name| name.trim().to_owned()).collect();
        fields.aliases.retain(|name| !name.is_empty() && *name != fields.name);
        fields.aliases.dedup();
        fields.aliases.iter().try_for_each(|name| long("别名", name, NAME_MAX))?;
        if fields.aliases.len() > ALIASES_MAX {
            return Err(ReporterError::Many("别名", ALIASES_MAX));
        }
        if !fields.phone.is_empty() && !is_phone(&fields.phone) {
            return Err(ReporterError::Phone(fields.phone));
        }
        if !fields.email.is_empty() && !is_email(&fields.email) {
            return Err(ReporterError::Email(fields.email));
        }
        posts(&mut fields.posts)?;
        Ok(Self(fields))
    }

    /// What it says.
    pub fn fields(&self) -> &ReporterFields {
        &self.0
    }
}

fn long(label: &'static str, text: &str, max: usize) -> Result<(), ReporterError> {
    let chars = text.chars().count();
    if chars > max { Err(ReporterError::Long(label, chars, max)) } else { Ok(()) }
}

fn posts(posts: &mut Vec<ReporterPost>) -> Result<(), ReporterError> {
    for post in posts.iter_mut() {
        post.unit = post.unit.trim().to_owned();
        post.post = post.post.trim().to_owned();
    }
    posts.retain(|post| *post != ReporterPost::default());
    if posts.len() > POSTS_MAX {
        return Err(ReporterError::Many("任职", POSTS_MAX));
    }
    for (post, at) in posts.iter().zip(1..) {
        long("单位", &post.unit, FIELD_MAX)?;
        long("职务", &post.post, FIELD_MAX)?;
        if post.unit.is_empty() && post.post.is_empty() {
            return Err(ReporterError::EmptyPost(at));
        }
        if post.from.zip(post.until).is_some_and(|(from, until)| until < from) {
            return Err(ReporterError::Backwards(at));
        }
    }
    Ok(())
}

fn is_phone(text: &str) -> bool {
    let known = text.chars().all(|c| c.is_ascii_digit() || "+- ()（）".contains(c));
    known && (5..=20).contains(&phone_key(text).len())
}

fn is_email(text: &str) -> bool {
    let plain = text.chars().all(|c| c.is_ascii_graphic() && !"<>(),;:\\\"[]".contains(c));
    let parts = text.split_once('@');
    plain && parts.is_some_and(|(name, host)| !name.is_empty() && host.contains('.') && !host.contains('@'))
}

/// A name as names are compared: without blanks, since 张 三 is 张三.
pub fn name_key(name: &str) -> String {
    name.chars().filter(|c| !c.is_whitespace()).collect()
}

/// A telephone number as numbers are compared: its digits, without the country's 86.
pub fn phone_key(phone: &str) -> String {
    let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
    match digits.strip_prefix("86") {
        Some(rest) if rest.len() == 11 => rest.to_owned(),
        _ => digits,
    }
}

/// An address as addresses are compared.
pub fn email_key(email: &str) -> String {
    email.trim().to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> LocalDate {
        LocalDate::parse(text).expect("a day")
    }

    fn person(name: &str) -> ReporterFields {
        ReporterFields::named(ReporterForm::Person, name)
    }

    fn post(unit: &str, from: Option<&str>, until: Option<&str>) -> ReporterPost {
        ReporterPost {
            unit: unit.to_owned(),
            post: String::new(),
            from: from.map(day),
            until: until.map(day),
        }
    }

    #[test]
    fn an_entry_that_cannot_stand_names_the_field() {
        let refused = |change: fn(&mut ReporterFields)| {
            let mut fields = person("张三");
            change(&mut fields);
            Reporter::new(fields).expect_err("refused")
        };
        assert_eq!(refused(|fields| fields.name = " ".to_owned()), ReporterError::Unnamed);
        assert!(matches!(refused(|fields| fields.phone = "无".to_owned()), ReporterError::Phone(_)));
        assert!(matches!(refused(|fields| fields.email = "a@b".to_owned()), ReporterError::Email(_)));
        assert_eq!(refused(|fields| fields.name = "长".repeat(51)), ReporterError::Long("姓名", 51, 50));
        let backwards = |fields: &mut ReporterFields| {
            fields.posts = vec![post("甲", Some("2026-02-01"), Some("2026-01-01"))];
        };
        assert_eq!(refused(backwards), ReporterError::Backwards(1));
        let empty = |fields: &mut ReporterFields| fields.posts = vec![post("", Some("2026-02-01"), None)];
        assert_eq!(refused(empty), ReporterError::EmptyPost(1));
    }

    #[test]
    fn the_post_of_a_day_is_the_one_held_then_and_at_the_unit_that_is_named() {
        let mut fields = person("张三");
        fields.posts = vec![
            post("甲单位", None, Some("2025-12-31")),
            post("乙单位", Some("2026-01-01"), None),
            post("丙学会", Some("2020-01-01"), None),
        ];
        let unit =
            |on: &str, named: Option<&str>| fields.post_on(day(on), named).map(|post| post.unit.as_str());
        assert_eq!(unit("2025-06-01", None), Some("丙学会"));
        assert_eq!(unit("2025-06-01", Some("甲 单位")), Some("甲单位"));
        assert_eq!(unit("2026-06-01", Some("甲单位")), Some("乙单位"));
        assert_eq!(person("李四").post_on(day("2026-06-01"), None), None);
    }

    #[test]
    fn names_and_numbers_are_compared_without_how_they_are_written() {
        assert_eq!(name_key(" 张　三 "), "张三");
        assert_eq!(phone_key("+86 138-0000-0000"), "13800000000");
        assert_eq!(phone_key("023-6700 0000"), "02367000000");
    }
}
