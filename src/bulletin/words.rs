//! A crude cut of titles into words, for callers without a segmenter.

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

/// Cuts a text where a segmenter's words end, counted in characters; crudely where the ends do not fit the text.
pub fn cut_at<'t>(text: &'t str, ends: &[usize]) -> Vec<&'t str> {
    let places: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    let rises = ends.first().is_some_and(|end| *end > 0) && ends.windows(2).all(|pair| pair[0] < pair[1]);
    if !rises || ends.last() != Some(&(places.len() - 1)) {
        return crude_words(text);
    }
    let mut start = 0;
    let mut words = Vec::with_capacity(ends.len());
    for end in ends {
        words.push(&text[places[start]..places[*end]]);
        start = *end;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_words_and_runs_of_letters_stay_whole() {
        assert_eq!(crude_words("关于5G基站与养老服务"), ["关于", "5G", "基", "站", "与", "养老", "服务"]);
    }

    #[test]
    fn a_segmenters_ends_cut_the_text_and_ends_that_do_not_fit_are_not_heard() {
        assert_eq!(cut_at("綦江区养老", &[3, 5]), ["綦江区", "养老"]);
        for ends in [&[][..], &[3], &[3, 3, 5], &[0, 5], &[3, 6]] {
            assert_eq!(cut_at("綦江区养老", ends), crude_words("綦江区养老"), "{ends:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn the_words_are_the_text(text in "\\PC{0,40}") {
            proptest::prop_assert_eq!(crude_words(&text).concat(), text);
        }
    }
}
