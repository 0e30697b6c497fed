//! A made-up list of 300 adoptions over 360 manuscripts: what is matched, what is asked about, what is never mistaken.

use super::*;
use crate::model::{LocalDate, Timestamp};

const PLACES: [&str; 12] = [
    "江湾区",
    "石桥区",
    "云岭区",
    "临渡县",
    "竹溪县",
    "南浦区",
    "北浦区",
    "青滩镇",
    "双河镇",
    "柏林街道",
    "东风街道",
    "西岭县",
];
const MATTERS: [&str; 30] = [
    "老旧小区电梯维护",
    "校园周边食品摊点管理",
    "江面漂浮物清理",
    "乡镇卫生院药品供应",
    "农村饮水管网改造",
    "夜间施工噪声治理",
    "共享单车停放秩序",
    "独居老人助餐服务",
    "公交站候车设施",
    "河道采砂监管",
    "社区托育机构建设",
    "外卖骑手职业保障",
    "高标准农田管护",
    "中小企业融资担保",
    "残疾人无障碍通道",
    "电动自行车充电安全",
    "非遗传承人培养",
    "垃圾分类收运衔接",
    "山区公路防护栏",
    "医保异地结算",
    "职业学校实训基地",
    "古树名木保护",
    "家政服务信用体系",
    "农产品冷链物流",
    "城市内涝预警",
    "青少年心理健康",
    "工业园区污水处理",
    "快递包装回收",
    "消防通道占用整治",
    "灵活就业人员参保",
];
const STRANGE: [&str; 10] = [
    "跨境电商退税流程",
    "航空应急救援基地",
    "极地科考物资",
    "海洋牧场试点",
    "数字人民币推广",
    "远洋渔船安全",
    "冰雪运动场馆",
    "卫星遥感数据开放",
    "核电科普教育",
    "沙漠光伏基地",
];
const NAMES: [&str; 9] =
    ["钟离意", "欧阳静", "令狐安", "上官清", "司徒远", "端木青", "东方晓", "公孙礼", "慕容雪"];

fn title(at: usize) -> String {
    let (place, matter) = (PLACES[at / MATTERS.len()], MATTERS[at % MATTERS.len()]);
    match at % 3 {
        0 => format!("关于加强{place}{matter}的建议"),
        1 => format!("{place}{matter}问题亟待关注"),
        _ => format!("关于完善{place}{matter}工作机制的几点建议"),
    }
}

fn known(at: usize) -> KnownTitle {
    KnownTitle {
        id: ManuscriptId::from_random([(at / 256) as u8, (at % 256) as u8, 0, 0, 0, 0, 0, 0, 0, 0]),
        title: title(at),
        credit: format!("{}（某单位）", NAMES[at % NAMES.len()]),
        made_at: Timestamp::parse("2026-01-05T09:00:00").expect("a time"),
        issue: None,
    }
}

fn row(title: String, author: &str) -> Adoption {
    let date = LocalDate::from_ymd(2026, 2, 3);
    Adoption { row: 3, title, author: author.to_owned(), date, ..Adoption::default() }
}

/// A character mistyped here and there, never the same ones.
fn mistyped(title: &str, at: usize) -> String {
    let mut chars: Vec<char> = title.chars().collect();
    let (first, second) = (2 + at % 4, chars.len() - 4 - at % 3);
    chars[first] = '误';
    if at.is_multiple_of(2) {
        chars.remove(second);
    }
    chars.into_iter().collect()
}

/// The row, and which manuscripts it may be taken for; none for what is not among them.
fn cases() -> Vec<(Adoption, Vec<usize>)> {
    let mut out = Vec::new();
    for case in 0..300_usize {
        let at = case * 7 % 360;
        let author = if case % 2 == 0 { NAMES[at % NAMES.len()] } else { "" };
        let (text, right) = match case {
            0..130 => (title(at), vec![at]),
            130..190 => (mistyped(&title(at), case), vec![at]),
            190..230 => {
                let short = title(at).replace("关于加强", "").replace("关于完善", "");
                (short.replace("的几点建议", "").replace("的建议", "").replace("亟待关注", ""), vec![at])
            }
            230..250 => {
                let other = (at + 1) % 360;
                (format!("{}；{}", title(at), title(other)), vec![at, other])
            }
            _ => {
                let (place, matter) = (PLACES[case % PLACES.len()], STRANGE[case % STRANGE.len()]);
                (format!("关于加强{place}{matter}的建议"), Vec::new())
            }
        };
        out.push((row(text, author), right));
    }
    out
}

#[test]
fn of_300_adoptions_none_is_mistaken_and_nearly_all_are_found() {
    let known: Vec<KnownTitle> = (0..360).map(known).collect();
    let titles = Titles::new(&known);
    let (mut sure, mut wrong, mut first, mut asked, mut present) = (0, 0, 0, 0, 0);
    for (row, right) in cases() {
        let ids: Vec<ManuscriptId> = right.iter().map(|at| known[*at].id).collect();
        present += usize::from(!ids.is_empty());
        match titles.find(&row) {
            Match::Sure(id) if ids.contains(&id) => sure += 1,
            Match::Sure(_) => wrong += 1,
            Match::Doubtful(all, _) => {
                asked += 1;
                first += usize::from(all.first().is_some_and(|id| ids.contains(id)));
            }
            Match::Unknown => {}
        }
    }
    assert_eq!(wrong, 0, "no row is entered for another manuscript");
    assert!(asked > 0 && present == 250, "{asked} asked about, {present} present");
    assert!(sure >= 130, "what is written alike is sure: {sure}, right first {first}, asked {asked}");
    assert!((sure + first) as f64 >= 0.9 * f64::from(present as u32), "{sure} + {first} of {present}");
}

#[test]
fn the_same_title_of_another_author_or_of_two_manuscripts_is_asked_about() {
    let one = known(0);
    let other = KnownTitle { id: known(1).id, credit: "司徒远".to_owned(), ..known(0) };
    let single = Titles::new(std::slice::from_ref(&one));
    assert_eq!(single.find(&row(title(0), "")), Match::Sure(one.id));
    assert_eq!(single.find(&row(title(0), "司徒远")), Match::Doubtful(vec![one.id], Doubt::Author));
    let both = Titles::new(&[one.clone(), other.clone()]);
    assert!(matches!(both.find(&row(title(0), "")), Match::Doubtful(all, Doubt::Several) if all.len() == 2));
    assert_eq!(both.find(&row(title(0), "司徒远")), Match::Sure(other.id));
}

#[test]
fn another_place_is_another_title_and_what_was_made_later_is_asked_about() {
    let titles = Titles::new(&[known(0)]);
    let elsewhere = row(title(0).replace("江湾区", "北浦区"), NAMES[0]);
    assert!(
        matches!(titles.find(&elsewhere), Match::Doubtful(_, Doubt::Near)),
        "near, by the same author, and not sure"
    );
    let early = Adoption { date: LocalDate::from_ymd(2025, 12, 1), ..row(title(0), "") };
    assert!(matches!(titles.find(&early), Match::Doubtful(_, Doubt::Later)));
}
