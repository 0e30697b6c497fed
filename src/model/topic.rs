//! 选题: what an office asks its contributors to write about, published in batches with a deadline.

use super::time::LocalDate;

/// Longest title, in characters.
pub const TOPIC_TITLE_MAX: usize = 60;
/// Longest note, in characters.
pub const TOPIC_NOTE_MAX: usize = 200;
/// Topics published at once.
pub const TOPIC_BATCH_MAX: usize = 100;

/// A topic that is to be published: never without a title, never longer than a page can show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTopic {
    title: String,
    note: String,
}

/// Why a batch cannot be published.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TopicError {
    /// Nothing was written.
    #[error("没有写选题，请每行写一个，再发布")]
    None,
    /// More lines than one batch may have.
    #[error("共 {0} 个选题，一次最多发布 {TOPIC_BATCH_MAX} 个，请分批发布")]
    TooMany(usize),
    /// A line that begins with the sign between title and note.
    #[error("第 {0} 行只有说明，请在“｜”前写上选题")]
    Untitled(usize),
    /// A title that is too long.
    #[error(
        "第 {0} 行的选题共 {1} 字，超过 {TOPIC_TITLE_MAX} 字的上限，请删减，或把后半写在“｜”之后作为说明"
    )]
    TitleLong(usize, usize),
    /// A note that is too long.
    #[error("第 {0} 行的说明共 {1} 字，超过 {TOPIC_NOTE_MAX} 字的上限，请删减")]
    NoteLong(usize, usize),
    /// The same title in two lines.
    #[error("第 {0} 行与前面的选题相同，请删去一行")]
    Twice(usize),
}

impl NewTopic {
    /// One a line; what follows the first `｜` is the note.
    ///
    /// # Errors
    /// [`TopicError`], which names the line.
    pub fn parse_batch(text: &str) -> Result<Vec<Self>, TopicError> {
        let mut out: Vec<Self> = Vec::new();
        for (line, no) in text.lines().zip(1..) {
            if line.trim().is_empty() {
                continue;
            }
            let (title, note) = line.split_once(['｜', '|']).unwrap_or((line, ""));
            let (title, note) = (title.trim().to_owned(), note.trim().to_owned());
            match (title.chars().count(), note.chars().count()) {
                (0, _) => return Err(TopicError::Untitled(no)),
                (chars, _) if chars > TOPIC_TITLE_MAX => return Err(TopicError::TitleLong(no, chars)),
                (_, chars) if chars > TOPIC_NOTE_MAX => return Err(TopicError::NoteLong(no, chars)),
                _ if out.iter().any(|topic| topic.title == title) => return Err(TopicError::Twice(no)),
                _ => out.push(Self { title, note }),
            }
        }
        match out.len() {
            0 => Err(TopicError::None),
            count if count > TOPIC_BATCH_MAX => Err(TopicError::TooMany(count)),
            _ => Ok(out),
        }
    }

    /// 选题.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// What is asked in particular; may be empty.
    pub fn note(&self) -> &str {
        &self.note
    }
}

/// Whether a topic can be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TopicStanding {
    /// 征集中.
    Open,
    /// Its last day is over.
    Past,
    /// An editor closed it.
    Closed,
}

impl TopicStanding {
    /// On a day.
    pub fn on(today: LocalDate, deadline: LocalDate, closed: bool) -> Self {
        match (closed, deadline < today) {
            (true, _) => Self::Closed,
            (false, true) => Self::Past,
            (false, false) => Self::Open,
        }
    }

    /// As pages show it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Open => "征集中",
            Self::Past => "已截止",
            Self::Closed => "已关闭",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_is_a_topic_and_what_follows_the_bar_its_note() {
        let batch = NewTopic::parse_batch("老旧小区加装电梯｜侧重资金分担\r\n\n  夜间公交 \n").expect("two");
        let told: Vec<_> = batch.iter().map(|topic| (topic.title(), topic.note())).collect();
        assert_eq!(told, [("老旧小区加装电梯", "侧重资金分担"), ("夜间公交", "")]);
    }

    #[test]
    fn a_batch_that_cannot_be_published_says_in_which_line() {
        let refused = |text: &str| NewTopic::parse_batch(text).expect_err("refused");
        assert_eq!(refused(" \n"), TopicError::None);
        assert_eq!(refused("甲\n｜只有说明"), TopicError::Untitled(2));
        assert_eq!(refused("甲\n\n甲｜乙"), TopicError::Twice(3));
        assert_eq!(refused(&"长".repeat(61)), TopicError::TitleLong(1, 61));
        assert_eq!(refused(&format!("甲｜{}", "长".repeat(201))), TopicError::NoteLong(1, 201));
        let many: Vec<String> = (0..101).map(|no| format!("选题{no}")).collect();
        assert_eq!(refused(&many.join("\n")), TopicError::TooMany(101));
    }

    #[test]
    fn a_topic_is_open_up_to_the_end_of_its_last_day() {
        let day = |text: &str| LocalDate::parse(text).expect("a day");
        let on = |today: &str, closed| TopicStanding::on(day(today), day("2026-03-31"), closed);
        assert_eq!(on("2026-03-31", false), TopicStanding::Open);
        assert_eq!(on("2026-04-01", false), TopicStanding::Past);
        assert_eq!(on("2026-03-01", true), TopicStanding::Closed);
    }
}
