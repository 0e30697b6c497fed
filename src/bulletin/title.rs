//! A title in lines: words kept whole, the lines shaped as a trapezoid or a diamond (GB/T 9704-2012 7.3.1).

/// Full-width characters of 2号 that stand on one line of 156 mm.
pub const LINE_MAX: usize = 20;
/// A line shorter than this looks lost.
const LINE_MIN: usize = 4;

/// Up to this many lines can be given a shape by trying every one; no signed title is longer.
const SHAPED_MAX: usize = 4;

/// Widths in tenths of a character, so that half-width ones add up without fractions of a float.
const FULL: usize = 10;
/// A half-width letter or digit of a proportional face may be wider than half.
const HALF: usize = 6;

// What a break or a shape costs. Only the order matters: cutting a number or a 《》 is never done, cutting a known word
// hardly ever, a bad shape rather than that.
const INSIDE_WORD: u32 = 60;
const UNKNOWN: u32 = 14;
const BETWEEN_WORDS: u32 = 4;
const WELCOME: u32 = 0;
const BAD_START: u32 = 45;
const HOURGLASS: u32 = 40;
const EQUAL: u32 = 8;
const SHORT_LINE: u32 = 40;
const ONE_LINE_MORE: u32 = 25;

/// Cuts a title into words, so that no line break parts one; jieba's `cut` fits.
pub(super) type Words<'a> = &'a dyn for<'t> Fn(&'t str) -> Vec<&'t str>;

/// The lines of a title. Line breaks that an editor typed are kept as they are, as long as each line fits.
pub(super) fn shape(title: &str, words: Words<'_>) -> Vec<String> {
    let typed = super::paragraphs::lines(title);
    if typed.len() > 1 && typed.iter().all(|line| width(line.chars()) <= LINE_MAX * FULL) {
        return typed;
    }
    let title = typed.concat();
    let chars: Vec<char> = title.chars().collect();
    let total = width(chars.iter().copied());
    if total <= LINE_MAX * FULL {
        return vec![title];
    }
    let costs = break_costs(&chars, &title, words);
    let fewest = total.div_ceil(LINE_MAX * FULL);
    let shaped =
        if fewest <= SHAPED_MAX { shaped(&chars, &costs, fewest) } else { even(&chars, &costs, fewest) };
    cut(&chars, &shaped.unwrap_or_else(|| full_lines(&chars)))
}

/// The cheapest breaks into the fewest lines or one more.
fn shaped(chars: &[char], costs: &[Option<u32>], fewest: usize) -> Option<Vec<usize>> {
    let mut widths = vec![0];
    for (at, c) in chars.iter().enumerate() {
        widths.push(widths[at] + width([*c].into_iter()));
    }
    let mut search = Search { widths: &widths, costs, best: None };
    search.run(&mut Vec::new(), 0, fewest, 0);
    search.run(&mut Vec::new(), 0, fewest + 1, ONE_LINE_MORE);
    search.best.map(|(_, breaks)| breaks)
}

/// A title of more lines than can be given a shape: lines of about equal length.
fn even(chars: &[char], costs: &[Option<u32>], lines: usize) -> Option<Vec<usize>> {
    let target = width(chars.iter().copied()) / lines;
    // The least cost of the text up to each place, and where its last line begins.
    let mut least: Vec<Option<(u32, usize)>> = vec![None; chars.len() + 1];
    least[0] = Some((0, 0));
    for end in 1..=chars.len() {
        let Some(break_cost) = (if end == chars.len() { Some(WELCOME) } else { costs[end] }) else {
            continue;
        };
        let mut line = 0;
        for start in (0..end).rev() {
            line += width([chars[start]].into_iter());
            if line > LINE_MAX * FULL {
                break;
            }
            let Some((before, _)) = least[start] else { continue };
            let off = u32::try_from(line.abs_diff(target) / FULL).unwrap_or_default();
            let cost = before + break_cost + off * off;
            if least[end].is_none_or(|(known, _)| cost < known) {
                least[end] = Some((cost, start));
            }
        }
    }
    let mut breaks = Vec::new();
    let mut at = least[chars.len()]?.1;
    while at > 0 {
        breaks.push(at);
        at = least[at]?.1;
    }
    breaks.reverse();
    Some(breaks)
}

/// Where the lines of a text break that may break nowhere: when they are full.
fn full_lines(chars: &[char]) -> Vec<usize> {
    let mut breaks = Vec::new();
    let mut line = 0;
    for (at, c) in chars.iter().enumerate() {
        let wide = width([*c].into_iter());
        if line + wide > LINE_MAX * FULL {
            breaks.push(at);
            line = 0;
        }
        line += wide;
    }
    breaks
}

fn cut(chars: &[char], breaks: &[usize]) -> Vec<String> {
    let mut start = 0;
    let mut lines: Vec<String> = Vec::with_capacity(breaks.len() + 1);
    for end in breaks.iter().copied().chain([chars.len()]) {
        let end = end.min(chars.len());
        let line: String = chars[start..end].iter().collect();
        lines.push(line.trim().to_owned());
        start = end;
    }
    lines.retain(|line| !line.is_empty());
    lines
}

fn width(chars: impl Iterator<Item = char>) -> usize {
    chars.map(|c| if c.is_ascii() { HALF } else { FULL }).sum()
}

/// Tries every way to place the breaks; a title has few characters and fewer lines.
struct Search<'a> {
    /// The width of the text up to each place.
    widths: &'a [usize],
    costs: &'a [Option<u32>],
    best: Option<(u32, Vec<usize>)>,
}

impl Search<'_> {
    fn end(&self) -> usize {
        self.widths.len() - 1
    }

    fn run(&mut self, breaks: &mut Vec<usize>, start: usize, lines_left: usize, spent: u32) {
        let rest = self.widths[self.end()] - self.widths[start];
        let too_dear = self.best.as_ref().is_some_and(|(least, _)| spent >= *least);
        if too_dear || rest > lines_left * LINE_MAX * FULL {
            return;
        }
        if lines_left == 1 {
            let cost = spent + self.shape_cost(breaks);
            if self.best.as_ref().is_none_or(|(least, _)| cost < *least) {
                self.best = Some((cost, breaks.clone()));
            }
            return;
        }
        for end in start + 1..self.end() {
            if self.widths[end] - self.widths[start] > LINE_MAX * FULL {
                break;
            }
            let Some(cost) = self.costs[end] else { continue };
            breaks.push(end);
            self.run(breaks, end, lines_left - 1, spent + cost);
            breaks.pop();
        }
    }

    /// Trapezoids and diamonds cost nothing; hourglasses, rectangles and lost characters do.
    fn shape_cost(&self, breaks: &[usize]) -> u32 {
        let ends = breaks.iter().copied().chain([self.end()]);
        let starts = [0].into_iter().chain(breaks.iter().copied());
        let widths: Vec<usize> =
            starts.zip(ends).map(|(from, to)| self.widths[to] - self.widths[from]).collect();
        let (Some(&least), Some(&most)) = (widths.iter().min(), widths.iter().max()) else { return 0 };
        let spread = u32::try_from((most - least) / FULL).unwrap_or(u32::MAX / 8);
        let mut cost = 3 * spread.saturating_sub(6);
        if spread < 2 {
            cost += EQUAL;
        }
        if least < LINE_MIN * FULL {
            cost += SHORT_LINE;
        }
        let peak = widths.iter().position(|w| *w == most).unwrap_or(0);
        let rises = widths[..=peak].windows(2).all(|pair| pair[0] <= pair[1]);
        let falls = widths[peak..].windows(2).all(|pair| pair[0] >= pair[1]);
        if rises && falls { cost } else { cost + HOURGLASS }
    }
}

/// For each place between two characters what a break there costs; `None` = never.
fn break_costs(chars: &[char], title: &str, words: Words<'_>) -> Vec<Option<u32>> {
    let mut costs = word_costs(chars.len(), title, words);
    for at in 1..chars.len() {
        let (before, after) = (chars[at - 1], chars[at]);
        let cost = &mut costs[at];
        if "，、：；—…》”’）".contains(before) || "的和与及或".contains(before) || before == ' '
        {
            *cost = cost.map(|cost| if cost < INSIDE_WORD { WELCOME } else { cost });
        }
        if "的了着过等之性化者".contains(after) {
            *cost = cost.map(|cost| cost.max(BAD_START));
        }
        if glued(before, after) {
            *cost = None;
        }
    }
    forbid_inside_marks(chars, &mut costs);
    costs
}

fn word_costs(count: usize, title: &str, words: Words<'_>) -> Vec<Option<u32>> {
    let mut costs = vec![Some(INSIDE_WORD); count + 1];
    let mut at = 0;
    let mut single_before = false;
    for word in words(title) {
        let single = word.chars().count() == 1;
        if let Some(cost) = costs.get_mut(at) {
            *cost = Some(if single && single_before { UNKNOWN } else { BETWEEN_WORDS });
        }
        at += word.chars().count();
        single_before = single;
    }
    costs
}

/// Numbers stay whole, with what they count; no line begins with a closing mark or ends with an opening one.
fn glued(before: char, after: char) -> bool {
    let number = |c: char| c.is_ascii_alphanumeric() || ".%-+".contains(c);
    let chinese_number = |c: char| "一二三四五六七八九十百千万亿两".contains(c);
    let counted = |c: char| "年月日号期届次条个名项家户天岁级元万亿千百倍时".contains(c);
    (number(before) && (number(after) || counted(after)))
        || (chinese_number(before) && (chinese_number(after) || counted(after)))
        || (before == '第' && (number(after) || chinese_number(after)))
        || "，。、：；！？》〉）】”’…—·".contains(after)
        || "《〈（【“‘·".contains(before)
}

/// What stands in 《》, “” or （） stays on one line, unless it is too long for one.
fn forbid_inside_marks(chars: &[char], costs: &mut [Option<u32>]) {
    for (open, close) in [('《', '》'), ('“', '”'), ('‘', '’'), ('（', '）')] {
        let mut from = 0;
        while let Some(start) = chars[from..].iter().position(|c| *c == open).map(|at| from + at) {
            let Some(end) = chars[start..].iter().position(|c| *c == close).map(|at| start + at) else {
                break;
            };
            if width(chars[start..=end].iter().copied()) <= LINE_MAX * FULL {
                costs[start + 1..=end].fill(None);
            }
            from = end + 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::words::crude_words;
    use super::*;
    use proptest::prelude::*;

    fn lines(title: &str) -> Vec<String> {
        shape(title, &crude_words)
    }

    fn widths(lines: &[String]) -> Vec<usize> {
        lines.iter().map(|line| line.chars().count()).collect()
    }

    #[test]
    fn a_short_title_is_one_line() {
        assert_eq!(lines("关于完善社区养老服务的建议"), ["关于完善社区养老服务的建议"]);
        assert_eq!(lines(&"字".repeat(20)).len(), 1);
    }

    #[test]
    fn two_lines_are_unequal_and_keep_their_words() {
        assert_eq!(
            lines("关于进一步完善我市社区嵌入式养老服务体系的建议"),
            ["关于进一步完善我市", "社区嵌入式养老服务体系的建议"]
        );
        for title in [
            "外卖骑手职业伤害保障不足问题亟待引起有关方面关注",
            "主城区老旧小区加装电梯后续管理维护难问题亟待关注",
        ] {
            let lines = lines(title);
            assert_eq!(lines.len(), 2, "{lines:?}");
            assert_eq!(lines.concat(), title);
            assert!(widths(&lines).iter().all(|w| (4..=20).contains(w)), "{lines:?}");
        }
    }

    #[test]
    fn three_and_four_lines_make_no_hourglass() {
        let three =
            "关于在成渝地区双城经济圈建设中进一步加强长江上游流域生态环境协同治理和联合执法监管的建议";
        let four = format!("{three}以及推动建立跨区域横向生态保护补偿机制的有关意见和情况反映");
        for (title, count) in [(three, 3), (four.as_str(), 4)] {
            let lines = lines(title);
            assert_eq!(lines.len(), count, "{lines:?}");
            let w = widths(&lines);
            let peak = w.iter().position(|x| Some(x) == w.iter().max()).expect("peak");
            assert!(w[..=peak].is_sorted() && w[peak..].iter().rev().is_sorted(), "{lines:?}");
        }
    }

    #[test]
    fn book_titles_quotations_and_numbers_stay_whole() {
        let lines = lines("关于贯彻落实《重庆市养老服务条例》第十八条和2026年“一老一小”民生实事的建议");
        for whole in ["《重庆市养老服务条例》", "第十八条", "2026年", "“一老一小”"] {
            assert!(lines.iter().any(|line| line.contains(whole)), "{whole}: {lines:?}");
        }
    }

    #[test]
    fn an_editors_own_line_breaks_win() {
        assert_eq!(lines("关于完善社区养老\n服务体系的建议"), ["关于完善社区养老", "服务体系的建议"]);
    }

    #[test]
    fn a_segmenter_of_the_caller_is_heard() {
        let title = "关于支持綦江区打造西部陆海新通道铝产业集群示范区的建议";
        let words = |text: &str| -> Vec<&str> {
            assert_eq!(text, title);
            vec!["关于支持綦江区打造西部陆海新通道铝产业集群", "示范区的建议"]
        };
        // The only cheap break makes a line that is too long, so it is not taken.
        assert!(shape(title, &|_| words(title)).iter().all(|line| line.chars().count() <= LINE_MAX));
    }

    #[test]
    fn a_title_of_any_length_is_broken_at_once() {
        let long = "啊哦呃咦呜".repeat(400);
        assert_eq!(lines(&long).len(), 100);
        assert_eq!(lines(&"《".repeat(50)).concat(), "《".repeat(50));
    }

    proptest! {
        /// No character is lost, no line is too long, and a handful of lines is enough, whatever the title.
        #[test]
        fn any_title_fits(title in "[关于的和建议问题《》“”0-9a-z，、（）年第十]{1,100}") {
            let lines = lines(&title);
            prop_assert_eq!(lines.concat(), title);
            prop_assert!(lines.len() <= 8, "{:?}", lines);
            prop_assert!(lines.iter().all(|line| width(line.chars()) <= 20 * FULL), "{:?}", lines);
        }
    }
}
