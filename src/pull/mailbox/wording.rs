//! What a mail's words are for: what its subject says without the marks of programs, and whether its text is an item or
//! only says that one is enclosed.

/// What programs put before a subject.
const PREFIXES: &[&str] = &[
    "re:",
    "re：",
    "fw:",
    "fw：",
    "fwd:",
    "fwd：",
    "aw:",
    "回复:",
    "回复：",
    "答复:",
    "答复：",
    "转发:",
    "转发：",
    "转:",
    "转：",
    "回覆:",
    "回覆：",
    "轉寄:",
    "轉寄：",
    "[转发]",
    "【转发】",
    "[回复]",
    "【回复】",
];
/// Subjects that name no matter.
const NAMELESS: &[&str] = &[
    "",
    "无主题",
    "(无主题)",
    "（无主题）",
    "no subject",
    "(no subject)",
    "附件",
    "见附件",
    "文件",
    "稿件",
    "来稿",
    "投稿",
    "材料",
    "信息",
    "社情民意",
    "社情民意信息",
    "社情民意来稿",
    "报送",
    "信息报送",
    "社情民意信息报送",
    "反映",
    "建议",
    "意见建议",
    "提案",
    "邮件",
    "来信",
    "你好",
    "您好",
    "报送材料",
    "上报",
    "上报材料",
];
/// Lines from which on a mail quotes another.
const QUOTES: &[&str] = &[
    "-----原始邮件-----",
    "----- 原始邮件 -----",
    "------------------ 原始邮件",
    "------------------ original",
    "-----original message-----",
    "--------原始邮件--------",
    "---- 回复的原邮件 ----",
];
/// Lines that programs add at the end.
const ADDED: &[&str] = &[
    "发自我的",
    "从我的",
    "来自我的",
    "sent from my",
    "发送自",
    "发自qq邮箱",
    "发自 qq邮箱",
    "获取 outlook",
    "get outlook for",
    "从qq邮箱发来的超大附件",
    "此邮件及其附件",
];
/// Words by which a sentence speaks of the mail, not of a matter.
const COVERS: &[&str] = &[
    "附件",
    "查收",
    "收悉",
    "随信",
    "随函",
    "现报上",
    "现报送",
    "现将",
    "报送如下",
    "呈报",
    "呈上",
    "请审阅",
    "请审核",
    "请审定",
    "请阅",
    "请指正",
    "请批评指正",
    "请予采用",
    "望采用",
    "您好",
    "你好",
    "老师好",
    "领导好",
    "谢谢",
    "感谢",
    "辛苦",
    "祝",
    "此致",
    "敬礼",
    "顺颂",
    "联系人",
    "联系电话",
    "手机",
    "电话",
    "邮箱",
    "地址",
    "邮编",
    "传真",
];
/// Characters that a text has at least that is an item by itself, and one that comes beside files that are items.
const ALONE_MIN: usize = 15;
const BESIDE_MIN: usize = 60;

/// A subject without what programs put before it; empty where it names no matter.
pub(super) fn title(subject: &str) -> String {
    let mut rest = subject.trim();
    loop {
        let lower = rest.to_lowercase();
        // Small letters of these marks are as long as the marks.
        let Some(mark) = PREFIXES.iter().find(|mark| lower.starts_with(**mark)) else { break };
        rest = rest.get(mark.len()..).unwrap_or_default().trim_start();
    }
    let plain = rest.trim_matches(|c: char| c.is_whitespace() || "【】[]。.!！".contains(c)).to_lowercase();
    if NAMELESS.contains(&plain.as_str()) { String::new() } else { rest.trim().to_owned() }
}

/// A text without what it quotes and what programs added. Where nothing stands before what it quotes, that is what was
/// sent: a mail that was passed on.
pub(super) fn own(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let quote = lines.iter().position(|line| {
        let lower = line.to_lowercase();
        QUOTES.iter().any(|mark| lower.starts_with(mark))
            || (line.starts_with("在")
                && line.ends_with(['：', ':'])
                && (line.contains("写道") || line.contains("wrote")))
            || (lower.starts_with("on ") && lower.ends_with("wrote:"))
    });
    let kept = |lines: &[&str]| -> String {
        let lines = lines.iter().filter(|line| {
            let lower = line.to_lowercase();
            !ADDED.iter().any(|mark| lower.starts_with(mark)) && **line != "--"
        });
        lines.copied().collect::<Vec<_>>().join("\n").trim().to_owned()
    };
    let Some(quote) = quote else { return kept(&unquoted(&lines)) };
    let before = kept(&unquoted(&lines[..quote]));
    if said(&before) >= ALONE_MIN {
        return before;
    }
    let after: Vec<&str> =
        lines[quote + 1..].iter().map(|line| line.trim_start_matches(['>', ' '])).collect();
    kept(&after)
}

/// Lines that do not begin with `>`; all of them where there are no others.
fn unquoted<'a>(lines: &[&'a str]) -> Vec<&'a str> {
    let own: Vec<&str> = lines.iter().copied().filter(|line| !line.starts_with('>')).collect();
    if own.iter().any(|line| !line.is_empty()) {
        return own;
    }
    lines.iter().map(|line| line.trim_start_matches(['>', ' '])).collect()
}

/// Whether a text is an item; `beside` = files that are items came with it.
pub(super) fn is_item(text: &str, beside: bool) -> bool {
    said(text) >= if beside { BESIDE_MIN } else { ALONE_MIN }
}

/// Letters that speak of a matter.
fn said(text: &str) -> usize {
    text.split(|c: char| "。！？!?；;\n".contains(c))
        .filter(|sentence| !COVERS.iter().any(|word| sentence.contains(word)))
        .map(|sentence| sentence.chars().filter(|c| c.is_alphanumeric()).count())
        // A name, a unit, a date under a letter.
        .filter(|letters| *letters > 6)
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_loses_the_marks_of_programs_and_names_a_matter_or_nothing() {
        assert_eq!(title("转发：Re: 回复：关于增设路灯的建议"), "关于增设路灯的建议");
        assert_eq!(title("FW: Fwd:关于增设路灯的建议 "), "关于增设路灯的建议");
        assert_eq!(title("【转发】关于转：换车牌的建议"), "关于转：换车牌的建议");
        for nameless in ["", "Re: ", "转发：社情民意信息", "（无主题）", "见附件。", "【投稿】"]
        {
            assert_eq!(title(nameless), "", "{nameless}");
        }
    }

    #[test]
    fn a_text_that_only_speaks_of_its_files_is_no_item() {
        for cover in [
            "见附件",
            "您好！现将我街道本周的社情民意信息报上，请查收。\n翠柏街道办事处\n联系电话：023-63812345",
            "附件是我写的一件关于老旧小区加装电梯之后公摊电费怎样分担的建议，请查收，谢谢！",
            "",
        ] {
            assert!(!is_item(&own(cover), false), "{cover}");
        }
        let short = "翠柏苑北门到菜市场一段没有路灯，晚上老人出门容易摔倒，建议尽快增设。";
        assert!(is_item(short, false));
        assert!(!is_item(short, true), "beside files a text must say more");
        assert!(is_item(&format!("{short}\n{short}\n附照片。"), true));
    }

    #[test]
    fn quotes_and_what_programs_add_are_left_out_unless_nothing_else_was_sent() {
        let matter = "翠柏苑北门到菜市场一段没有路灯，晚上老人出门容易摔倒，建议尽快增设。";
        let answer = format!(
            "{matter}\n\n发自我的手机\n----- 原始邮件 -----\n发件人：办公室\n请各位委员报送信息，截止时间为本月底。"
        );
        assert_eq!(own(&answer), matter);
        let passed_on = format!("请处理\n-----原始邮件-----\n发件人：张三\n主题：路灯\n\n{matter}");
        assert!(own(&passed_on).ends_with(matter) && !own(&passed_on).contains("请处理"));
        assert_eq!(own(&format!("> {matter}")), matter);
        assert_eq!(own(&format!("{matter}\n> 上次的信")), matter);
    }
}
