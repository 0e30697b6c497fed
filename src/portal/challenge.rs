//! A question that people answer at a glance, without pictures and without the internet: each is signed, good for one
//! item and for two hours.

use crate::clock::random_bytes;
use crate::model::{SecretKey, Timestamp};

const GOOD_SECONDS: i64 = 2 * 3600;
const DIGITS: [&str; 10] = ["零", "一", "二", "三", "四", "五", "六", "七", "八", "九"];

/// Asks and checks.
pub(super) struct Questions([u8; 32]);

/// A question as a form carries it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Question {
    /// 三加五等于几？
    pub text: String,
    /// Goes back with the answer.
    pub ticket: String,
}

impl Questions {
    pub(super) fn new(secret: &SecretKey) -> Self {
        Self(secret.for_purpose("portal questions"))
    }

    fn signed(&self, one: u8, two: u8, until: i64, key: &str) -> String {
        blake3::keyed_hash(&self.0, format!("{one}+{two}<{until}/{key}").as_bytes()).to_hex()[..32].to_owned()
    }

    /// A question for the form that carries `key`.
    pub(super) fn ask(&self, now: Timestamp, key: &str) -> Question {
        let random: [u8; 2] = random_bytes().unwrap_or([3, 5]);
        let (one, two) = (random[0] % 9 + 1, random[1] % 9 + 1);
        let until = now.plus_seconds(GOOD_SECONDS).as_micros();
        let ticket = format!("{one}.{two}.{until}.{}", self.signed(one, two, until, key));
        Question {
            text: format!("{}加{}等于几？", DIGITS[usize::from(one)], DIGITS[usize::from(two)]),
            ticket,
        }
    }

    /// Whether the answer is right, the question was asked here for this form, and not too long ago.
    ///
    /// # Errors
    /// What to do, in Chinese.
    pub(super) fn check(
        &self,
        ticket: &str,
        answer: &str,
        now: Timestamp,
        key: &str,
    ) -> Result<(), &'static str> {
        let stale = "页面停留过久，请回答新的算式后再提交，文字不会丢失";
        let parts: Vec<&str> = ticket.split('.').collect();
        let [one, two, until, signature] = parts.as_slice() else { return Err(stale) };
        let (Ok(one), Ok(two), Ok(until)) = (one.parse(), two.parse(), until.parse::<i64>()) else {
            return Err(stale);
        };
        if self.signed(one, two, until, key) != *signature || now.as_micros() > until {
            return Err(stale);
        }
        if number(answer) == Some(one + two) {
            return Ok(());
        }
        Err("算式的答案不对，请再算一下，填数字即可")
    }
}

/// 8, ８, 八, 十二.
fn number(answer: &str) -> Option<u8> {
    let plain: String = answer
        .trim()
        .chars()
        .map(|c| match c {
            '０'..='９' => char::from_u32(c as u32 - '０' as u32 + '0' as u32).unwrap_or(c),
            c => c,
        })
        .collect();
    if let Ok(number) = plain.parse() {
        return Some(number);
    }
    let digit =
        |text: &str| DIGITS.iter().position(|digit| *digit == text).and_then(|at| u8::try_from(at).ok());
    match plain.strip_prefix('十') {
        Some("") => Some(10),
        Some(rest) => digit(rest).map(|rest| 10 + rest),
        None => digit(&plain),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).expect("a time")
    }

    #[test]
    fn a_right_answer_is_taken_in_figures_and_in_characters() {
        assert_eq!(
            [number("8"), number(" ８ "), number("八"), number("十二"), number("十")],
            [8, 8, 8, 12, 10].map(Some)
        );
        assert_eq!([number(""), number("很多"), number("-1")], [None; 3]);
    }

    #[test]
    fn a_question_is_good_for_its_form_and_for_two_hours() {
        let questions = Questions::new(&SecretKey::new([7; 32]));
        let now = at("2026-03-01T09:00:00");
        let question = questions.ask(now, "form");
        let parts: Vec<&str> = question.ticket.split('.').collect();
        let sum = parts[0].parse::<u8>().expect("one") + parts[1].parse::<u8>().expect("two");
        let answer = sum.to_string();
        assert!(questions.check(&question.ticket, &answer, now, "form").is_ok());
        assert!(questions.check(&question.ticket, "99", now, "form").is_err());
        assert!(questions.check(&question.ticket, &answer, now, "another").is_err());
        assert!(questions.check(&question.ticket, &answer, now.plus_seconds(7201), "form").is_err());
        assert!(questions.check("1.1.9999999999999999.x", "2", now, "form").is_err());
        assert!(questions.check("", "2", now, "form").is_err());
    }
}
