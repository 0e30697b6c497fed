//! Words written twice, and signs written twice.

use std::collections::HashSet;
use std::ops::Range;

use super::hit::{Find, Kind, Severity};
use super::page::Page;

/// Single characters that never stand twice, where each is a word of its own.
const PARTICLES: &str = "的了是在和与及对将把被为从由向以于而也都就并或这那我你他其等之有要会能可进到使让请该按未已需应再因但如各该及至";
/// Signs that never stand twice.
const SIGNS: [char; 6] = ['，', '、', '；', '：', '。', ','];
/// Words of one stretch that are compared with the next.
const STRETCH: usize = 4;
/// From so many characters on a repeated stretch need not end where a word ends.
const LONG: usize = 4;

/// Finds them.
pub(super) struct Doubled {
    /// Words that are rightly said twice: 研究研究.
    repeatable: HashSet<String>,
    /// Phrases in which a character rightly stands twice: 在在建工地旁.
    except: Vec<String>,
}

impl Doubled {
    pub(super) fn new(repeatable: Vec<String>, except: Vec<String>) -> Self {
        Self { repeatable: repeatable.into_iter().collect(), except }
    }

    pub(super) fn find(&self, page: &Page<'_>, out: &mut Vec<Find>) {
        let words: Vec<Range<usize>> = page.words().collect();
        let mut upto = 0;
        for (at, word) in words.iter().enumerate() {
            if word.start < upto {
                continue;
            }
            let stretch = &words[at..words.len().min(at + STRETCH)];
            let found = self.repeated(page, stretch).or_else(|| within(page, word));
            if let Some(once) = found.filter(|once| !page.excepted(&twice(once), &self.except)) {
                upto = twice(&once).end;
                out.push(find(page, &once));
            }
        }
        signs(page, out);
    }

    /// The longest stretch of words from the first on that is said again right after.
    fn repeated(&self, page: &Page<'_>, words: &[Range<usize>]) -> Option<Range<usize>> {
        let start = words.first()?.start;
        words.iter().rev().map(|last| start..last.end).find(|once| {
            let (said, end) = (&page.text[once.clone()], twice(once).end);
            // 学生学生会: short words begin longer ones; long ones hardly do (老旧小区老旧小区改造).
            let ends_a_word = |end: usize| page.is_boundary(end) || said.chars().count() >= LONG;
            page.text[once.end..].starts_with(said) && ends_a_word(end) && self.is_fault(said, page, end)
        })
    }

    fn is_fault(&self, word: &str, page: &Page<'_>, end: usize) -> bool {
        let chars: Vec<char> = word.chars().collect();
        let ideographs = |c: &char| ('\u{4E00}'..='\u{9FFF}').contains(c);
        if !chars.iter().all(ideographs) {
            return false;
        }
        if let [one] = chars.as_slice() {
            // 的的确确, 是是非非: said on purpose.
            return PARTICLES.contains(*one) && !goes_on_in_twos(&page.text[end..]);
        }
        // 说着说着, 走着走着: something goes on.
        if matches!(chars.as_slice(), [_, '着']) {
            return false;
        }
        // 一个一个, 一步一步; 哈哈哈哈; 谢谢谢谢.
        let counted = matches!(chars[0], '一' | '半' | '两' | '几') && chars.len() <= 3;
        let same = chars.windows(2).all(|pair| pair[0] == pair[1]);
        !counted && !same && !self.repeatable.contains(word)
    }
}

fn goes_on_in_twos(rest: &str) -> bool {
    let mut next = rest.chars();
    matches!((next.next(), next.next()), (Some(a), Some(b)) if a == b && a.is_alphanumeric())
}

/// A stretch and the same length after it.
fn twice(once: &Range<usize>) -> Range<usize> {
    once.start..once.end + once.len()
}

fn find(page: &Page<'_>, once: &Range<usize>) -> Find {
    let said = page.text[once.clone()].to_owned();
    Find {
        range: twice(once),
        kind: Kind::Doubled,
        severity: Severity::Ordinary,
        reason: format!("“{said}”重复"),
        proposal: Some(said),
    }
}

/// The first half of 的的, 和和 that the segmenter took for one word.
fn within(page: &Page<'_>, word: &Range<usize>) -> Option<Range<usize>> {
    let mut chars = page.text[word.clone()].chars();
    let (one, two) = (chars.next()?, chars.next()?);
    let fault = chars.next().is_none()
        && one == two
        && "的了和与及将把被在是为从对".contains(one)
        && !goes_on_in_twos(&page.text[word.end..]);
    fault.then(|| word.start..word.start + one.len_utf8())
}

/// ，， and 。。; three and more stops are somebody's dots, which tidying turns into ….
fn signs(page: &Page<'_>, out: &mut Vec<Find>) {
    let mut run: Option<(char, usize, usize)> = None;
    for (at, c) in page.text.char_indices().chain([(page.text.len(), '\0')]) {
        match run {
            Some((sign, _, ref mut count)) if sign == c => *count += 1,
            _ => {
                if let Some((sign, from, count)) = run.take()
                    && (count == 2 || count > 2 && !matches!(sign, '。' | '，' | ','))
                {
                    out.push(Find {
                        range: from..at,
                        kind: Kind::Doubled,
                        severity: Severity::Ordinary,
                        reason: format!("标点“{sign}”重复"),
                        proposal: Some(sign.to_string()),
                    });
                }
                run = SIGNS.contains(&c).then_some((c, at, 1));
            }
        }
    }
}
