//! Ten kinds of edits, as they are made by people who send a text again.

use crate::text::traditional;

use super::repeats::Text;

/// What is done to a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edit {
    /// Words replaced by others of the same meaning.
    Synonym,
    /// A sentence more.
    Added,
    /// A sentence less.
    Removed,
    /// Paragraphs, or sentences where there is one paragraph, in another order.
    Reordered,
    /// A greeting before and set phrases after.
    Boilerplate,
    /// Traditional script.
    Traditional,
    /// Full width.
    Width,
    /// Characters replaced, dropped or doubled: so many of a hundred.
    Typos(u32),
}

impl Edit {
    /// Every kind that is measured.
    pub const ALL: [Self; 10] = [
        Self::Synonym,
        Self::Added,
        Self::Removed,
        Self::Reordered,
        Self::Boilerplate,
        Self::Traditional,
        Self::Width,
        Self::Typos(2),
        Self::Typos(5),
        Self::Typos(10),
    ];

    /// Its name in reports.
    pub fn name(self) -> String {
        match self {
            Self::Synonym => "synonym".to_owned(),
            Self::Added => "added".to_owned(),
            Self::Removed => "removed".to_owned(),
            Self::Reordered => "reordered".to_owned(),
            Self::Boilerplate => "boilerplate".to_owned(),
            Self::Traditional => "traditional".to_owned(),
            Self::Width => "width".to_owned(),
            Self::Typos(percent) => format!("typos_{percent}"),
        }
    }

    /// The edited copy; nothing when the text offers no place for this edit.
    pub fn apply(self, (title, body): &Text, dice: &mut Dice) -> Option<Text> {
        let whole = |edit: &mut dyn FnMut(&str) -> String| (edit(title), edit(body));
        let copy = match self {
            Self::Synonym => whole(&mut |text| synonyms(text, dice)),
            Self::Added => (title.clone(), added(body, dice)),
            Self::Removed => (title.clone(), removed(body, dice)?),
            Self::Reordered => (title.clone(), reordered(body, dice)?),
            Self::Boilerplate => {
                (title.clone(), format!("{}{body}{}", dice.pick(GREETINGS), dice.pick(CLOSINGS)))
            }
            Self::Traditional => whole(&mut |text| traditional(text)),
            Self::Width => whole(&mut |text| text.chars().map(full_width).collect()),
            Self::Typos(percent) => {
                let pool: Vec<char> = COMMON.chars().collect();
                whole(&mut |text| typos(text, percent, &pool, dice))
            }
        };
        (copy != (title.clone(), body.clone())).then_some(copy)
    }
}

/// Numbers that look random and are the same with the same seed (splitmix64).
pub struct Dice(u64);

impl Dice {
    /// With a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Below a number that is not 0.
    pub fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    /// Puts a list in another order (Fisher and Yates).
    pub fn shuffle<T>(&mut self, list: &mut [T]) {
        for at in (1..list.len()).rev() {
            list.swap(at, self.below(at + 1));
        }
    }
}

fn synonyms(text: &str, dice: &mut Dice) -> String {
    let (mut out, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(c) = rest.chars().next() {
        let other = SYNONYMS.iter().find_map(|(one, other)| {
            let both = [(one, other), (other, one)];
            both.into_iter().find(|(from, _)| rest.starts_with(**from))
        });
        match other {
            // Two of three: nobody replaces every word.
            Some((from, to)) => {
                out.push_str(if dice.below(3) > 0 { to } else { from });
                rest = &rest[from.len()..];
            }
            None => {
                out.push(c);
                rest = &rest[c.len_utf8()..];
            }
        }
    }
    out
}

/// Sentences with what ends them.
fn sentences(text: &str) -> Vec<&str> {
    let pieces = text.split_inclusive(['。', '！', '？', '；', '!', '?', ';', '\n']);
    pieces.filter(|piece| piece.chars().any(char::is_alphanumeric)).collect()
}

fn added(body: &str, dice: &mut Dice) -> String {
    let mut pieces = sentences(body);
    pieces.insert(dice.below(pieces.len() + 1), dice.pick(SENTENCES));
    pieces.concat()
}

fn removed(body: &str, dice: &mut Dice) -> Option<String> {
    let mut pieces = sentences(body);
    let whole: usize = pieces.iter().map(|piece| piece.len()).sum();
    // What is most of a text is not dropped by somebody who sends it again.
    let small: Vec<usize> = (0..pieces.len()).filter(|at| pieces[*at].len() * 2 <= whole).collect();
    if small.is_empty() {
        return None;
    }
    pieces.remove(dice.pick(&small));
    Some(pieces.concat())
}

fn reordered(body: &str, dice: &mut Dice) -> Option<String> {
    let paragraphs: Vec<&str> = body.split('\n').filter(|text| !text.trim().is_empty()).collect();
    let (mut pieces, between) = if paragraphs.len() > 1 { (paragraphs, "\n") } else { (sentences(body), "") };
    if pieces.len() < 2 {
        return None;
    }
    dice.shuffle(&mut pieces);
    Some(pieces.join(between))
}

fn full_width(c: char) -> char {
    match c {
        ' ' => '\u{3000}',
        '!'..='~' => char::from_u32(u32::from(c) + 0xFEE0).unwrap_or(c),
        _ => c,
    }
}

fn typos(text: &str, percent: u32, pool: &[char], dice: &mut Dice) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if !c.is_alphanumeric() || dice.below(100) >= percent as usize {
            out.push(c);
            continue;
        }
        match dice.below(3) {
            0 => out.push(dice.pick(pool)),
            1 => {}
            _ => out.extend([c, c]),
        }
    }
    out
}

/// Characters that slip in for others.
const COMMON: &str = "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经十三之进着等部度家电力里如水化高自二理起小物现实加量都两体制机当使点从业本去把性好应开它合还因由其些然前外天政四日那社义事平形相全表间样与关各重新线内数正心反你明看原又么利比或但质气第向道命此变条只没结解问意建月公无系军很情者最立代想已通并提直题党程展五果料象员革位入常文总次品式活设及管特件长求老头基资边流路级少图山统接知较将组见计别她手角期根论运农指";

const GREETINGS: &[&str] = &[
    "尊敬的各位负责同志：你们好！冒昧来信，打扰之处请多包涵。",
    "您好，我是本地的一名普通居民，有一件事想借这个平台向您反映，情况如下。",
    "领导好！早就听说这里办事认真，今天特地写下这些话，盼能得到重视。",
];
const CLOSINGS: &[&str] = &[
    "以上所说句句属实，恳请有关方面在百忙之中过问，早日给大家一个答复。此致敬礼！",
    "感谢您抽空看完这封信，期待您的回音，祝您工作顺心、身体健康。",
    "盼望早日解决，大家都会记得你们的好，再次道谢。",
];
const SENTENCES: &[&str] = &[
    "昨天傍晚又有两位邻居谈起这件事，都说盼着早些有个结果。",
    "我们也拍了一些照片，需要的话可以随时提供。",
    "听说别的片区前年就办妥了，不知道我们这里还要等多久。",
    "家里有上了年纪的人，这件事对他们影响尤其大。",
    "为此我前后打过三次电话，每回都说会转告，之后便没有下文。",
    "希望能派人到现场看一看，听听住户怎么说。",
    "如果一时办不到，也请说明原因和大致的时间。",
    "周边几栋楼的住户都愿意配合。",
];

/// Words that stand for each other in such letters.
const SYNONYMS: &[(&str, &str)] = &[
    ("希望", "期盼"),
    ("建议", "提议"),
    ("解决", "处理"),
    ("问题", "难题"),
    ("目前", "当前"),
    ("现在", "如今"),
    ("居民", "住户"),
    ("业主", "房主"),
    ("小区", "社区"),
    ("严重", "厉害"),
    ("影响", "妨碍"),
    ("经常", "时常"),
    ("非常", "十分"),
    ("尽快", "尽早"),
    ("马上", "立刻"),
    ("但是", "可是"),
    ("因为", "由于"),
    ("所以", "因此"),
    ("如果", "假如"),
    ("已经", "早已"),
    ("需要", "有待"),
    ("相关", "有关"),
    ("部门", "单位"),
    ("领导", "负责人"),
    ("政府", "官方"),
    ("学校", "校方"),
    ("孩子", "小孩"),
    ("老人", "长者"),
    ("道路", "马路"),
    ("车辆", "汽车"),
    ("噪音", "噪声"),
    ("晚上", "夜里"),
    ("早上", "清晨"),
    ("附近", "周边"),
    ("方便", "便利"),
    ("困难", "不易"),
    ("增加", "增添"),
    ("减少", "降低"),
    ("没有", "没"),
    ("时候", "时"),
    ("为什么", "为何"),
    ("怎么", "怎样"),
    ("知道", "清楚"),
    ("告诉", "告知"),
    ("要求", "请求"),
    ("反映", "反应"),
    ("投诉", "举报"),
    ("多次", "数次"),
    ("一直", "始终"),
    ("必须", "务必"),
    ("开发商", "建设方"),
    ("公司", "企业"),
    ("工资", "薪水"),
    ("房子", "住房"),
    ("购买", "买"),
    ("安全", "平安"),
    ("危险", "凶险"),
    ("污染", "脏污"),
    ("规定", "规矩"),
    ("修建", "建造"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn text() -> Text {
        let body = "我们小区门口的路灯坏了A3个月。晚上老人出门容易摔倒。\n希望有关部门尽快派人修理！";
        ("路灯问题".to_owned(), body.to_owned())
    }

    #[test]
    fn every_kind_of_edit_changes_the_text_and_the_same_seed_changes_it_alike() {
        for edit in Edit::ALL {
            // An edit of little text may leave it as it is once in a while.
            let copies =
                |seed: u64| (0..20).filter_map(move |n| edit.apply(&text(), &mut Dice::new(seed + n)));
            assert!(copies(7).count() > 4, "{edit:?}");
            assert!(copies(7).all(|copy| copy != text()), "{edit:?}");
            assert!(copies(7).eq(copies(7)), "{edit:?}");
        }
    }

    #[test]
    fn typos_come_as_often_as_they_are_to() {
        let long: String = COMMON.repeat(20);
        let copy = typos(&long, 10, &['某'], &mut Dice::new(3));
        let replaced = copy.chars().filter(|c| *c == '某').count() as f64;
        let share = replaced / long.chars().count() as f64;
        assert!((0.025..0.042).contains(&share), "a third of ten in a hundred is replaced: {share}");
    }

    #[test]
    fn sentences_are_moved_dropped_and_put_in_as_wholes() {
        let dice = &mut Dice::new(1);
        let body = text().1;
        let same = |a: &str, b: &str| {
            let sorted = |text: &str| {
                let mut all: Vec<_> = sentences(text).into_iter().map(|s| s.trim().to_owned()).collect();
                all.sort_unstable();
                all
            };
            sorted(a) == sorted(b)
        };
        assert!(same(&reordered(&body, dice).expect("two paragraphs"), &body));
        assert_eq!(sentences(&removed(&body, dice).expect("three sentences")).len(), 2);
        assert_eq!(sentences(&added(&body, dice)).len(), 4);
        assert_eq!(removed("只有一句话", dice), None);
    }
}
