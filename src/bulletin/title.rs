//! A title in lines: words kept whole, the lines shaped as a trapezoid or a diamond (GB/T 9704-2012 7.3.1).

/// Full-width characters of 2号 that stand on one line of 156 mm.
pub(super) const LINE_MAX: usize = 20;
/// A line shorter than this looks lost.
const LINE_MIN: usize = 4;

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
    let mut best: Option<(u32, Vec<usize>)> = None;
    for (more, count) in (fewest..fewest + 3).enumerate() {
        let mut search = Search { chars: &chars, costs: &costs, best: None };
        search.run(&mut Vec::new(), 0, count, 0);
        if let Some((cost, breaks)) = search.best {
            let cost = cost + ONE_LINE_MORE * u32::try_from(more).unwrap_or(u32::MAX / ONE_LINE_MORE);
            if best.as_ref().is_none_or(|(least, _)| cost < *least) {
                best = Some((cost, breaks));
            }
        }
    }
    let breaks = best.map_or_else(|| full_lines(&chars), |(_, breaks)| breaks);
    cut(&chars, &breaks)
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
    chars: &'a [char],
    costs: &'a [Option<u32>],
    best: Option<(u32, Vec<usize>)>,
}

impl Search<'_> {
    fn run(&mut self, breaks: &mut Vec<usize>, start: usize, lines_left: usize, spent: u32) {
        if self.best.as_ref().is_some_and(|(least, _)| spent >= *least) {
            return;
        }
        let rest = width(self.chars[start..].iter().copied());
        if rest > lines_left * LINE_MAX * FULL {
            return;
        }
        if lines_left == 1 {
            let cost = spent + self.shape_cost(breaks);
            if self.best.as_ref().is_none_or(|(least, _)| cost < *least) {
                self.best = Some((cost, breaks.clone()));
            }
            return;
        }
        let mut line = 0;
        for end in start + 1..self.chars.len() {
            line += width(self.chars[end - 1..end].iter().copied());
            if line > LINE_MAX * FULL {
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
        let ends = breaks.iter().copied().chain([self.chars.len()]);
        let starts = [0].into_iter().chain(breaks.iter().copied());
        let widths: Vec<usize> =
            starts.zip(ends).map(|(from, to)| width(self.chars[from..to].iter().copied())).collect();
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

/// Words that titles of this office use again and again; the longest that fits is taken.
const COMMON: &str = "\
    社会主义 高质量 一体化 数字化 智能化 规范化 常态化 老龄化 现代化 老年人 \
    未成年人 残疾人 农民工 志愿者 大学生 中小学 幼儿园 医疗机构 养老机构 民营企业 \
    中小企业 个体工商户 新能源 人工智能 公共服务 公共交通 轨道交通 老旧小区 商业银行 \
    长江经济带 成渝地区 双城经济圈 乡村振兴 基层治理 营商环境 生态环境 食品安全 亟待 \
    亟需 关注 关于 进一步 建议 问题 加强 加快 推进 推动 完善 优化 规范 提升 \
    提高 解决 破解 重视 促进 健全 建立 强化 落实 发展 建设 管理 服务 治理 监管 \
    保护 保障 改革 创新 政策 机制 体系 制度 标准 工作 社区 街道 农村 城市 城镇 \
    乡村 区县 全市 我市 重庆 群众 居民 企业 学校 医院 养老 医疗 医保 教育 就业 \
    住房 交通 公交 电梯 停车 充电 桩 设施 小区 物业 环境 污染 垃圾 分类 水质 \
    河道 安全 风险 隐患 消防 外卖 快递 骑手 网络 平台 数据 信息 技术 科技 产业 \
    农业 工业 文化 旅游 金融 贷款 税收 补贴 资金 项目 人才 培训 青年 儿童 妇女 \
    家庭 婚姻 生育 托育 嵌入式 适老化 无障碍 改造 更新 试点 存在 反映 希望 部分 \
    基层 政府 部门 单位 机构 组织 行业 市场 价格 消费 收费 执法 法律 法规 立法 \
    司法 诉讼 维权 投诉 影响 现象 情况 困难 难题 短板 不足";

/// A crude cut into words for callers without a segmenter: common words, runs of letters and digits, else characters.
pub fn crude_words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let known = COMMON.split(' ').filter(|word| rest.starts_with(*word)).map(str::len).max();
        let run: usize = rest.bytes().take_while(u8::is_ascii_alphanumeric).count();
        let len = known.unwrap_or_else(|| run.max(first.len_utf8()));
        let (word, after) = rest.split_at(len);
        words.push(word);
        rest = after;
    }
    words
}

#[cfg(test)]
mod tests {
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
