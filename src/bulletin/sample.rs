//! A made-up issue, to see what a series looks like before anything is issued in it.

use std::collections::BTreeMap;

use crate::model::{IssueNumber, LocalDate, Texts, Urgency};

use super::compile::IssueInput;
use super::series::{Series, SeriesKind};

/// Titles of one, two, three and four lines, as far as an issue holds so many.
const TITLES: [&str; 4] = [
    "老旧小区充电桩报装难",
    "主城区老旧小区加装电梯后续管理维护难问题亟待关注",
    "关于在成渝地区双城经济圈建设中进一步加强长江上游流域生态环境协同治理和联合执法监管的建议",
    "关于在成渝地区双城经济圈建设中进一步加强长江上游流域生态环境协同治理和联合执法监管以及推动建立跨区域横向生态保护补偿机制的建议",
];

/// A text with every kind of heading, a list and a table.
const BODY: &str = "据市政协委员反映（此为样张，文字为虚构），部分老旧小区建成较早，配电容量不足，居民报装充电设施平均等待4个月以上，“飞线充电”屡禁不止，存在安全隐患。\n\
    一、主要问题\n\
    （一）配电容量不足。某小区变压器建于1998年，户均容量仅1.5千瓦，晚高峰已近满负荷，新增充电设施须先行扩容。\n\
    （二）各方责任不清\n\
    1. 供电企业认为，小区内部线路由业主共有，改造费用应由业主承担。\n\
    2. 物业企业认为，业主委员会未成立的，无从表决使用维修资金。\n\
    （1）费用分担没有依据\n\
    （2）日常维护无人负责\n\
    表1　样张小区报装情况\n\
    小区\t报装户数\t平均等待（天）\t主要原因\n\
    样张一\t36\t128\t变压器容量不足，须更换后重新核定，涉及两条线路\n\
    样张二\t21\t95\t业主未能表决\n\
    二、有关建议\n\
    为此，建议：\n\
    （一）将配电设施扩容纳入老旧小区改造内容，由财政、供电企业、业主按比例分担。\n\
    （二）推广统建统营模式，对集中充电场所给予电价支持。";

/// An issue of a series that shows everything the series prints. `printed` is its date.
pub fn sample(series: &Series, printed: LocalDate) -> IssueInput {
    let count = if series.kind == SeriesKind::Composite { TITLES.len() } else { 1 };
    let skip = usize::from(count == 1);
    let articles = TITLES.iter().skip(skip).take(count).map(|title| Texts {
        title: (*title).to_owned(),
        body: BODY.to_owned(),
        credit: "（样张委员　某某某）".to_owned(),
    });
    IssueInput {
        number: Some(IssueNumber { series: series.id.clone(), year: printed.year(), number: 12 }),
        total: series.numbering.total.then_some(345),
        supplement: false,
        printed_date: printed,
        urgency: Urgency::Normal,
        editors_note: (count > 1).then(|| "此为样张，用于核对刊头、版记和版式，文字均为虚构。".to_owned()),
        articles: articles.collect(),
        pictures: BTreeMap::new(),
        earlier: Vec::new(),
        signer: Some("某某某".to_owned()),
        editor: Some("某某".to_owned()),
        checker: Some("某某".to_owned()),
        copies: None,
    }
}
