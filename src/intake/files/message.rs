//! A chat message or an e-mail as somebody pastes it: what the program put around the text is taken off, the rest is read like a
//! letter.

use super::letter::{self, Paragraph};
use super::name;

/// Lines at the front in which a head of an e-mail is looked for.
const HEAD_LINES: usize = 12;
/// A longer line is no head of a message.
const HEAD_MAX: usize = 60;

/// What a message seems to say of itself; nothing in it is certain.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Message {
    /// 标题.
    pub title: String,
    /// 正文.
    pub body: String,
    /// 反映人.
    pub name: String,
    /// 单位.
    pub unit: String,
    /// 电话.
    pub phone: String,
}

/// Tells the parts of a pasted message apart.
pub fn message(text: &str) -> Message {
    let (mut out, mut rest) = (Message::default(), Vec::new());
    for (at, line) in text.lines().map(str::trim).enumerate() {
        let taken = line.chars().count() <= HEAD_MAX
            && (at < HEAD_LINES && mail(line, &mut out) || chat(line, &mut out));
        if !taken {
            rest.push(line);
        }
    }
    let plain = rest.join("\n").trim().to_owned();
    let paragraphs: Vec<Paragraph> =
        rest.iter().map(|line| Paragraph { text: (*line).to_owned(), ..Paragraph::default() }).collect();
    let draft = letter::read("", &paragraphs).ok().filter(|read| read.drafts.len() == 1);
    let draft = draft.and_then(|mut read| read.drafts.pop());
    let text = |path: &str| draft.as_ref().and_then(|draft| draft.text(path)).unwrap_or_default().to_owned();
    let or = |own: String, found: String| if own.is_empty() { found } else { own };
    out.title = or(std::mem::take(&mut out.title), text("title"));
    out.name = or(text("contributor.name"), std::mem::take(&mut out.name));
    out.unit = text("contributor.unit");
    out.phone = or(text("contributor.phone"), phone(&plain));
    out.body = or(text("body"), plain);
    out
}

/// 发件人：, 主题： and what else stands above an e-mail.
fn mail(line: &str, out: &mut Message) -> bool {
    let Some((label, value)) = line.split_once(['：', ':']) else { return false };
    let label: String = label.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect();
    match label.as_str() {
        "发件人" | "from" => {
            let name = value.split(['<', '(', '（']).next().unwrap_or_default();
            name.trim().trim_matches('"').clone_into(&mut out.name);
        }
        "主题" | "subject" => {
            let mut title = value.trim();
            while let Some(rest) = ["回复：", "转发：", "回复:", "转发:", "Re:", "RE:", "Fwd:", "FW:", "Fw:"]
                .iter()
                .find_map(|mark| title.strip_prefix(mark))
            {
                title = rest.trim();
            }
            title.clone_into(&mut out.title);
        }
        "收件人" | "抄送" | "日期" | "发送时间" | "时间" | "to" | "cc" | "date" | "sent" => {}
        _ => return false,
    }
    true
}

/// 张三 2026/1/8 9:30, 张三: 09:30:15: who wrote, above what was written.
fn chat(line: &str, out: &mut Message) -> bool {
    let line = line.trim_end_matches(['：', ':']);
    let Some(time) = line.rsplit([' ', '\u{3000}']).next() else { return false };
    let clock: Vec<&str> = time.split([':', '：']).collect();
    let digits = |part: &&str| (1..=2).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
    if !(2..=3).contains(&clock.len()) || !clock.iter().all(digits) {
        return false;
    }
    let who = line[..line.len() - time.len()].trim_end();
    let who = who.trim_end_matches(|c: char| {
        c.is_ascii_digit()
            || c.is_whitespace()
            || "-/.年月日上下午中早晚星期周一二三四五六天（）()".contains(c)
    });
    let who = who.trim_end_matches([':', '：']).trim();
    if who.chars().count() > 20 || who.contains(['，', '。', '；', '！']) {
        return false;
    }
    if out.name.is_empty() && name::is_people(who) {
        who.clone_into(&mut out.name);
    }
    true
}

/// The first number that can be called: a mobile's, or a fixed line's with its area.
fn phone(text: &str) -> String {
    let sign = |c: char| c.is_ascii_digit() || c == '-';
    let numbers = text.split(|c: char| !sign(c)).map(|part| part.trim_matches('-'));
    let good = |number: &&str| {
        let digits: String = number.chars().filter(char::is_ascii_digit).collect();
        let mobile =
            digits.len() == 11 && digits.starts_with('1') && !digits[1..].starts_with(['0', '1', '2']);
        let fixed = number.starts_with('0')
            && number.split_once('-').is_some_and(|(area, rest)| {
                (3..=4).contains(&area.len()) && (7..=8).contains(&rest.len()) && !rest.contains('-')
            });
        mobile || fixed
    };
    numbers.into_iter().find(good).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &str = "翠柏苑北门到菜市场一段没有路灯，晚上老人出门容易摔倒，建议尽快增设路灯。";

    #[test]
    fn a_chat_message_gives_who_wrote_it_and_what() {
        let pasted = format!("王勃 2026/1/8 21:03\n关于增设路灯的建议\n{BODY}\n联系电话：13812345678");
        let read = message(&pasted);
        assert_eq!((read.title.as_str(), read.name.as_str()), ("关于增设路灯的建议", "王勃"));
        assert_eq!((read.body.as_str(), read.phone.as_str()), (BODY, "13812345678"));
    }

    #[test]
    fn an_e_mail_gives_its_subject_and_its_sender() {
        let pasted = format!(
            "发件人：张三 <zhang@example.org>\n日期：2026年1月8日 9:30\n收件人：信息处\n主题：转发：关于修补路面的建议\n\n{BODY}\n翠柏街道办事处\n023-63812345"
        );
        let read = message(&pasted);
        assert_eq!((read.title.as_str(), read.name.as_str()), ("关于修补路面的建议", "张三"));
        assert_eq!(read.phone, "023-63812345");
        assert!(read.body.starts_with(BODY), "{read:?}");
    }

    #[test]
    fn a_text_alone_keeps_every_word_and_gets_a_title() {
        let read = message(BODY);
        assert_eq!(read.body, BODY);
        assert!(BODY.starts_with(&read.title) && !read.title.is_empty(), "{read:?}");
        assert_eq!(message(""), Message::default());
        let clock = message("会议定于 9:30 开始，请通知。\n请大家 9:30");
        assert!(clock.body.contains("请通知"), "{clock:?}");
    }
}
