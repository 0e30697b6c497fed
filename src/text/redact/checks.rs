//! What must hold besides the pattern before a run of characters is taken for personal data (DOMAIN §6).

use serde::Deserialize;

/// A test on what a pattern found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Check {
    /// The pattern is enough.
    #[default]
    None,
    /// An identity number of GB 11643, new or old: the date exists, the check character fits, the region is one.
    IdNumber,
    /// The sum of Luhn, which bank cards carry.
    Luhn,
    /// A number plate has at least two digits: without, it is a word in capitals.
    Plate,
    /// A house, not a line of the underground, a document or a day.
    House,
    /// A person's name: it begins with a surname.
    Name,
}

impl Check {
    /// Whether `found` passes; `after` is what follows it.
    pub(super) fn holds(self, found: &str, after: &str) -> bool {
        match self {
            Self::None => true,
            Self::IdNumber => is_id_number(found),
            Self::Luhn => luhn(found),
            Self::Plate => found.chars().filter(char::is_ascii_digit).count() >= 2,
            Self::House => is_house(found, after),
            // 江北区电话：… and 万州局电话：… begin with surnames as well.
            Self::Name => {
                surname(found).is_some_and(|length| found.chars().count() > length)
                    && !found.ends_with(|last| "区县市镇乡村局委办处所站院校司厂店部科室组".contains(last))
            }
        }
    }
}

/// Weights of the 17 digits, and the check characters by the sum modulo 11 (GB 11643).
const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECKS: &[u8; 11] = b"10X98765432";
/// First two digits of the provinces.
const PROVINCES: [&str; 34] = [
    "11", "12", "13", "14", "15", "21", "22", "23", "31", "32", "33", "34", "35", "36", "37", "41", "42",
    "43", "44", "45", "46", "50", "51", "52", "53", "54", "61", "62", "63", "64", "65", "71", "81", "82",
];

fn is_id_number(text: &str) -> bool {
    if !text.is_ascii() || !PROVINCES.iter().any(|province| text.starts_with(province)) {
        return false;
    }
    match text.len() {
        18 => {
            let digits = text.bytes().take(17).map(|digit| u32::from(digit.wrapping_sub(b'0')));
            let sum: u32 = digits.zip(WEIGHTS).map(|(digit, weight)| digit * weight).sum();
            let check = text.as_bytes()[17].to_ascii_uppercase();
            is_date(&text[6..10], &text[10..12], &text[12..14]) && CHECKS[(sum % 11) as usize] == check
        }
        15 => is_date(&format!("19{}", &text[6..8]), &text[8..10], &text[10..12]),
        _ => false,
    }
}

fn is_date(year: &str, month: &str, day: &str) -> bool {
    let date = || {
        let month = time::Month::try_from(month.parse::<u8>().ok()?).ok()?;
        time::Date::from_calendar_date(year.parse().ok()?, month, day.parse().ok()?).ok()
    };
    date().is_some()
}

fn luhn(text: &str) -> bool {
    let digits: Vec<u32> = text.chars().filter_map(|c| c.to_digit(10)).collect();
    let doubled = |digit: u32| if digit > 4 { 2 * digit - 9 } else { 2 * digit };
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(at, digit)| if at % 2 == 1 { doubled(*digit) } else { *digit })
        .sum();
    // A row of one digit passes the sum and is no card.
    sum.is_multiple_of(10) && digits.windows(2).any(|pair| pair[0] != pair[1])
}

fn is_house(found: &str, after: &str) -> bool {
    const NOT_AFTER: [&str; 12] =
        ["线", "文", "令", "公告", "通知", "意见", "台风", "出口", "工程", "提案", "地块", "议案"];
    let other = NOT_AFTER.iter().any(|word| after.starts_with(word));
    // 5月1号 is a day; 12个小组 and 第三组 are no houses either.
    !other && !found.contains(['月', '年', '第', '个']) && !is_count(found)
}

/// 一共有十一栋 says how many, not which. 有3号楼 may be a house all the same.
fn is_count(found: &str) -> bool {
    const BEFORE: [&str; 4] = ["有", "共", "近", "约"];
    const NUMERALS: &str = "0123456789一二两三四五六七八九十百";
    let counted = |word: &str| {
        found
            .match_indices(word)
            .any(|(at, _)| found[at + word.len()..].starts_with(|c| NUMERALS.contains(c)))
    };
    !found.contains('号') && BEFORE.into_iter().any(counted)
}

/// How many characters the surname at the front of a name has; none if it begins with no surname.
pub fn surname(name: &str) -> Option<usize> {
    let first = name.chars().next()?;
    if DOUBLE.iter().any(|double| name.starts_with(double)) {
        return Some(2);
    }
    SINGLE.contains(first).then_some(1)
}

const DOUBLE: [&str; 14] = [
    "欧阳", "上官", "司马", "诸葛", "东方", "皇甫", "尉迟", "公孙", "慕容", "令狐", "夏侯", "司徒", "长孙",
    "申屠",
];

/// The surnames that nearly everybody has.
const SINGLE: &str = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎\
余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段漕钱汤尹黎易常武乔贺赖龚文庞樊兰殷施陶洪翟安\
颜倪严牛温芦季俞章鲁葛伍韦申尤毕聂丛焦向柳邢路岳齐沿梅莫庄辛管祝左涂谷祁时舒耿牟卜路詹关苗凌费纪靳盛童欧甄项曲成游阳裴\
席卫查屈鲍位覃霍翁隋植甘景薄单包司柏宁柯阮桂闵解强柴华车冉房边辜吉饶刁瞿戚丘古米池滕晋苑邬臧畅宫来嵺苟全褚廉简娄盖符\
奚木穆党燕郎邸冀谈姬屠连郜晏栾郁商蒙计喻揭窦迟宇敖糜鄢冷卓花仇艾蓝都巩稽井练仲乐虞卞封竺冼原官衣楚佟栗匡宗应台巫鞠僧桑\
荆谌银扬明沙薄伏岑习胥保和蔺";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identity_numbers_are_told_by_date_region_and_check_character() {
        for number in ["11010519491231002X", "11010519491231002x", "440524188001010014", "500101900229123"] {
            let exists = number != "500101900229123";
            assert_eq!(is_id_number(number), exists, "{number}");
        }
        assert!(is_id_number("500101900228123"), "the old form of fifteen digits");
        for number in ["110105194912310021", "11010519490231002X", "99010519491231002X", "1101051949"] {
            assert!(!is_id_number(number), "{number}");
        }
    }

    #[test]
    fn cards_have_a_sum() {
        assert!(luhn("6222 0212 0000 0000 003") == luhn("6222021200000000003"));
        assert!(luhn("4111111111111111"));
        assert!(!luhn("4111111111111112"));
        assert!(!luhn("0000000000000000"));
    }

    #[test]
    fn names_begin_with_a_surname() {
        assert_eq!(surname("张三"), Some(1));
        assert_eq!(surname("欧阳修远"), Some(2));
        assert_eq!(surname("的士"), None);
        assert!(!Check::Name.holds("欧阳", ""), "a surname alone hides nothing");
    }
}
