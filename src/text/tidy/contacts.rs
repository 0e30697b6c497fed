//! Contacts that stand in one line with the text, after its last sentence: 联系人：张三，电话：…… They are told by their
//! labels and by standing at the very end; a number or a name within a sentence is part of the text.

use std::sync::OnceLock;

use regex::Regex;

/// As much of the end of a line is looked at, in characters.
const REACH: usize = 160;

/// Ways to say whose the name is.
const PERSON: &str = "(?:实名)?(?:反映|投诉|(?:投诉)?举报|申辩|上访|陈述|留言|来信|写信|申请|求助|求助代表|具报|呼吁|发帖|报送|撰稿|供稿|受害|联系|当事|信访|诉求|建议|提案)人|(?:村民|业主|居民)?代表|户主|作者|署名|姓名|受害业主|反映单位";
/// Ways to say that a number follows.
const PHONE: &str = "(?:本人|我的?|个人)?(?:联系|手机|移动|固定)?(?:电话|手机|座机|方式|号码)(?:号码?)?(?:[（(][^（）()]{1,8}[）)]|[及与和/]微信(?:同号)?)?";
/// A telephone or card number, also a masked one.
const NUMBER: &str =
    "[+(（]?[0-9０-９*×][0-9０-９*×xX（）() －—-]{5,24}[0-9０-９*×xX](?:\\s?[（(][^（）()]{1,12}[）)])?";
/// Addresses of the net.
const NET: &str = "(?:电子)?(?:邮箱|邮件|电邮|微信号?|(?i:qq|e-?mail)号?码?)";
/// Family names that most people have: a name without a label before it is taken for one by these alone.
const FAMILY: &str = "[王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖萧田董潘袁于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦傅方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱覃武戴莫孔向汤冉]";
/// A day.
const DAY: &str = "(?:(?:19|20)\\d{2}\\s?年\\s?\\d{1,2}\\s?月\\s?\\d{1,2}\\s?[日号]|(?:19|20)\\d{2}[-/.]\\d{1,2}[-/.]\\d{1,2}日?|[二〇○零一二三四五六七八九0]{4}年[一二三四五六七八九十]{1,2}月[一二三四五六七八九十]{1,3}日)";
/// Who signs, without a label.
const SIGNER: &str = "(?:一(?:位|名|个|群))?[^，。！？；：:,!?;\\s]{0,14}(?:业主|居民|市民|村民|家长|老百姓|网友|职工)(?:代表)?(?:们)?";
/// What is still said after a contact.
const THEN: &str = "(?:[，。,！!；;\\s]*(?:谢谢(?:您|你|领导)?|多谢|盼复|望(?:尽快)?(?:回复|答复)|请(?:尽快)?(?:回复|答复|联系)(?:我|本人)?|静候(?:回复|佳音)))?";

struct Rules {
    tail: Option<Regex>,
    line: Option<Regex>,
    bracketed: Option<Regex>,
}

/// One contact after another, a day perhaps at their end.
fn contacts() -> String {
    let value = "[^，。！？；：,!?;:\\n]{1,30}?";
    let person = format!("(?:{PERSON})(?:[（(][^（）()]{{1,8}}[）)])?\\s?[:：，,]\\s?{value}");
    let phone = format!("{PHONE}\\s?(?:是|为)?\\s?[:：；;]?\\s?{NUMBER}(?:\\s?[、，,/或]\\s?{NUMBER})*");
    let net = format!("{NET}\\s?(?:是|为)?\\s?[:：]?\\s?[A-Za-z0-9_.@*-]{{5,40}}");
    let card = "身份证(?:号码?)?\\s?[:：]?\\s?[0-9*]{14,17}[0-9xX*]";
    let named = format!(
        "(?:{PERSON})\\s?{FAMILY}\\p{{Han}}{{1,2}}\\s?[:：，,]?\\s?(?:{NUMBER}|{phone}|{card}|{net})"
    );
    let place = format!("(?:联系|通[讯信]|家庭)?(?:地址|住址)\\s?[:：，,]\\s?{value}");
    let day = format!("(?:日期\\s?[:：]\\s?)?{DAY}");
    let labelled = format!("(?:{named}|{person}|{phone}|{net}|{card}|{place})");
    // 张三 13800138000, 李某某（手机：……）: a name and at once its number.
    let bare = format!(
        "{FAMILY}\\p{{Han}}{{1,2}}(?:先生|女士|同志|敬?上|泣?书)?[ 　，,、:：（(]{{0,3}}(?:{phone}|{NUMBER})[）)]?"
    );
    let apart = "[，。、；,;/ 　\\t]{0,4}";
    format!("(?:{labelled}|{bare})(?:{apart}(?:{labelled}|{bare}|{NUMBER}|{day}))*")
}

fn rules() -> &'static Rules {
    static RULES: OnceLock<Rules> = OnceLock::new();
    RULES.get_or_init(|| {
        let before = "(?:此致|敬礼|特此(?:反映|说明|报告))?[！!，,\\s]{0,3}";
        let all = format!("{before}(?:{}|{SIGNER}[ 　，,]{{0,3}}{DAY})", contacts());
        let end = format!("{THEN}[。.！!；;~～\\s]*$");
        Rules {
            tail: Regex::new(&format!("[。！？；!?…”）)](?P<hit>\\s*{all}{end})")).ok(),
            line: Regex::new(&format!("^{all}{end}")).ok(),
            bracketed: Regex::new(&format!("(?P<hit>[（(]\\s?{}\\s?[）)])[。.！!]?$", contacts())).ok(),
        }
    })
}

/// Whether a line is nothing but contacts.
pub(super) fn is_line(text: &str) -> bool {
    text.chars().count() <= REACH && rules().line.as_ref().is_some_and(|rule| rule.is_match(text))
}

/// The contacts at the end of a line, from where to where in characters; something else stands before them.
pub(super) fn at_end(text: &str) -> Option<(usize, usize)> {
    let chars = text.chars().count();
    let skipped = chars.saturating_sub(REACH);
    let from = text.char_indices().nth(skipped).map_or(0, |(at, _)| at);
    let end = &text[from..];
    let found = [&rules().tail, &rules().bracketed].into_iter().flatten().find_map(|rule| rule.captures(end));
    let hit = found?.name("hit")?;
    let place = |at: usize| skipped + end[..at].chars().count();
    (hit.start() > 0).then(|| (place(hit.start()), place(hit.end())))
}
