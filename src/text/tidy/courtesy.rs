//! Greetings, set phrases, signatures and contacts around a letter: a bulletin prints none of them.

use std::ops::Range;
use std::sync::OnceLock;

use regex::Regex;

use super::change::{Edit, TidyKind};
use super::contacts;
use super::sheet::{Sheet, is_blank};

/// Lines at the end of a letter that are looked at.
const LAST_LINES: usize = 10;
/// A longer line says more than a signature.
const SIGNATURE_MAX: usize = 40;

/// Why signatures and contacts go.
const CONTACTS: &str = "客套、落款和联系方式，署名另行填写";

/// At the front of the first line.
const GREETINGS: [&str; 4] = [
    // Several at once: 尊敬的某县人民政府，发改委，自来水公司：
    "^(?:尊敬的|敬爱的|亲爱的)[^，。！？；：:,.!?\\n]{1,20}(?:[，,、][^，。！？；：:,.!?、\\n]{0,14}(?:政府|局|委|办|厅|处|科|中心|公司|部门|书记|市长|县长|区长|镇长|乡长|主任|领导|同志|先生|女士|代表|委员)){1,6}[：:](?:(?:您|你|你们|您们|大家)?好[！!。，,：:]?)?",
    "^(?:尊敬的|敬爱的|亲爱的)[^，。！？；：:,.!?\\n]{1,20}[：:，,！!](?:(?:您|你|你们|您们|大家)?好[！!。，,：:]?)?",
    "^(?:各位)?[^，。！？；：:,!?\\n]{0,10}(?:领导|书记|市长|区长|县长|局长|主任|主席|部长|同志|政府)(?:们)?[：:，,！!]?\\s*(?:大家|您|你|你们|您们)?好[！!。，,：:~]+",
    "^(?:您|你|你们|您们|大家)好[！!。，,：:~]+",
];
/// The whole of one of the last lines.
const CLOSINGS: [&str; 4] = [
    "^(?:此致|敬礼|此致敬礼|特此(?:反映|说明|报告|致函)?|(?:谢谢|多谢)(?:您|你|领导|各位领导|大家|了|政府)?|(?:万分|非常|十分|衷心)?感谢[^，。！？]{0,12}|顺?祝[^，。！？]{2,20}|(?:敬)?盼(?:望)?(?:领导|早日|尽快)?(?:回复|复|答复)|(?:望|请|恳请|希望)(?:领导|有关部门|政府)?(?:能)?(?:尽快|早日)?(?:回复|答复|批示))[！!。.~～ ]*$",
    "^(?:反映人|投诉人|提案人|作者|署名|报送人|联系人|姓名|电话|联系电话|手机|手机号|手机号码|联系方式|联系地址|邮箱|微信|微信号|QQ|qq)(?:[（(][^）)]{0,8}[）)])?\\s*[：:].*$",
    "^(?:一(?:位|名|个|群))?[^，。！？；：:\\n]{0,14}(?:业主|居民|市民|村民|家长|老百姓|公民|网友|职工)(?:代表)?(?:们)?[。.]?$",
    "^(?:(?:19|20)\\d{2}\\s*年\\s*\\d{1,2}\\s*月\\s*\\d{1,2}\\s*[日号]|(?:19|20)\\d{2}[-/.]\\d{1,2}[-/.]\\d{1,2}|[二〇○零一]{4}年[一二三四五六七八九十]{1,2}月[一二三四五六七八九十]{1,3}日)[。.]?$",
];
/// The last sentence of the last line.
const LAST_SENTENCE: &str = "[。！？；!?](?P<hit>\\s*(?:谢谢|多谢|非常感谢|感谢|盼复|盼回复|盼望回复|望回复|敬请回复|此致敬礼|拜托了?)(?:您|你|领导|各位领导|政府|大家|了)?[！!。.~～]*)$";

struct Rules {
    greetings: Vec<Regex>,
    closings: Vec<Regex>,
    last_sentence: Option<Regex>,
}

fn rules() -> &'static Rules {
    static RULES: OnceLock<Rules> = OnceLock::new();
    let all = |patterns: &[&str]| patterns.iter().filter_map(|pattern| Regex::new(pattern).ok()).collect();
    RULES.get_or_init(|| Rules {
        greetings: all(&GREETINGS),
        closings: all(&CLOSINGS),
        last_sentence: Regex::new(LAST_SENTENCE).ok(),
    })
}

pub(super) fn find(sheet: &Sheet, out: &mut Vec<Edit>) {
    let lines: Vec<Range<usize>> =
        sheet.lines().iter().map(|line| sheet.trimmed(line)).filter(|line| !line.is_empty()).collect();
    // A text of one line is no letter that could do without it.
    if let Some(first) = lines.first() {
        greeting(sheet, first, lines.len() == 1, out);
    }
    if lines.len() > 1 {
        closing(sheet, &lines, out);
    }
    if let Some(last) = lines.last() {
        let text = sheet.text(last.clone());
        let found = rules().last_sentence.as_ref().and_then(|rule| rule.captures(&text));
        if let Some(hit) = found.and_then(|found| found.name("hit")) {
            let start = last.start + text[..hit.start()].chars().count();
            out.push(courtesy(start..last.end, "客套话"));
        }
        if let Some((from, to)) = contacts::at_end(&text) {
            out.push(courtesy(last.start + from..last.start + to, CONTACTS));
        }
    }
}

fn greeting(sheet: &Sheet, line: &Range<usize>, alone: bool, out: &mut Vec<Edit>) {
    let text = sheet.text(line.clone());
    let found = rules().greetings.iter().find_map(|rule| rule.find(&text));
    if let Some(found) = found.filter(|found| !alone || found.end() < text.len()) {
        let length = text[..found.end()].chars().count();
        let whole = sheet.at(line.start + length) == Some('\n');
        out.push(courtesy(line.start..line.start + length + usize::from(whole), "称呼和问候"));
    }
}

/// From the last line upwards, as long as lines are nothing but courtesy.
fn closing(sheet: &Sheet, lines: &[Range<usize>], out: &mut Vec<Edit>) {
    for line in lines[1..].iter().rev().take(LAST_LINES) {
        let text = sheet.text(line.clone());
        let short = line.len() <= SIGNATURE_MAX && rules().closings.iter().any(|rule| rule.is_match(&text));
        if !short && !contacts::is_line(&text) {
            break;
        }
        let blanks = sheet.chars[..line.start].iter().rev().take_while(|c| is_blank(**c)).count();
        out.push(courtesy(line.start - blanks - 1..line.end, CONTACTS));
    }
}

fn courtesy(range: Range<usize>, reason: &str) -> Edit {
    Edit::new(range.start, range.end, "", TidyKind::Courtesy, reason)
}
