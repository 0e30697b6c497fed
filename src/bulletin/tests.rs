//! From series and texts to the printed document, and what may not be compiled.

use proptest::prelude::*;

use super::*;
use crate::model::{IssueNumber, LocalDate, Texts, Urgency};

pub(super) fn series(id: &str) -> Series {
    let (_, text) = Series::compiled_in().iter().find(|(name, _)| *name == id).expect("compiled in");
    Series::from_toml(text, id).expect("valid")
}

fn texts(title: &str, body: &str, credit: &str) -> Texts {
    Texts { title: title.to_owned(), body: body.to_owned(), credit: credit.to_owned() }
}

pub(super) fn input(series: &Series, articles: Vec<Texts>) -> IssueInput {
    IssueInput {
        number: Some(IssueNumber { series: series.id.clone(), year: 2026, number: 12 }),
        total: None,
        supplement: false,
        printed_date: LocalDate::parse("2026-01-08").expect("date"),
        urgency: Urgency::Normal,
        editors_note: None,
        articles,
        pictures: std::collections::BTreeMap::new(),
        earlier: Vec::new(),
        signer: Some("王某某".to_owned()),
        editor: Some("李某".to_owned()),
        checker: None,
        copies: None,
    }
}

/// An article of about a page and a half, with headings of every level.
pub(super) fn elderly_care() -> Texts {
    let body = "　　据市政协委员调研反映，近年来我市社区嵌入式养老服务站点数量增长较快，全市已建成站点3200余个，覆盖率达到95%，但“建得多、用得少”的现象较为突出，群众获得感不强。\r\n\
        一、存在的主要问题\n\
        （一）站点布局不够合理。部分老旧小区步行至最近站点超过800米，坡坎多、无电梯，高龄老年人往返困难；新建小区配建用房又多在负一层，采光通风较差。\n\
        （二）服务内容较为单一\n\
        1. 助餐服务难以持续。每餐补贴2元，多数站点日均就餐不足30人，保本点为60人，运营主体普遍亏损。\n\
        2. 医养结合不够紧密\n\
        （1）签约医生上门频次低\n\
        问卷显示，仅12.6%的老年人过去一年接受过上门诊疗服务。\n\
        二、有关建议\n\
        为此，建议：\n\
        （一）优化站点布局。由市民政局牵头，会同市规划自然资源局、市住房城乡建委，按照“一刻钟服务圈”要求，对全市站点逐一评估，2026年底前完成调整。\n\
        （二）完善补贴政策。将助餐补贴由“按站点”改为“按人次”，对失能老年人家庭给予倾斜。\n\
        （三）推动医养结合。支持社区卫生服务中心在站点设置诊疗点，纳入医保定点范围。";
    texts(
        "关于进一步完善我市社区嵌入式养老服务体系的建议",
        body,
        "（市政协委员、市养老服务协会会长　张某某）",
    )
}

pub(super) fn four() -> Vec<Texts> {
    let rider = "据市总工会反映，我市外卖骑手约11万人，参加职业伤害保障试点的不足六成。\n一、平台投保标准不一，事故后理赔周期平均达47天。\n二、多数骑手不了解保障范围，遇事故多自行承担。\n为此，建议将全市主要平台全部纳入试点，公开投保情况，并开通线上快速理赔。";
    let charge = "据江津区政协反映，部分老旧小区因配电容量不足，充电桩报装平均等待4个月以上，居民“飞线充电”屡禁不止，火灾隐患较大。\n为此，建议由市发展改革委牵头，将配电设施扩容纳入老旧小区改造内容，推广统建统营模式，对集中充电场所给予电价支持。";
    let river = "据民进市委会反映，嘉陵江部分支流枯水期水质波动较大，跨区县断面责任划分不清。\n为此，建议建立支流断面月度会商制度，落实上下游横向生态补偿。";
    vec![
        elderly_care(),
        texts("外卖骑手职业伤害保障不足问题亟待关注", rider, "（市总工会）"),
        texts("老旧小区充电桩报装难", charge, "（江津区政协）"),
        texts(
            "关于在成渝地区双城经济圈建设中进一步加强长江上游流域生态环境协同治理和联合执法监管的建议",
            river,
            "（民进市委会，执笔人：陈某、刘某某、赵某、孙某某、周某、吴某某、郑某）",
        ),
    ]
}

fn opinion() -> (Series, IssueInput) {
    let series = series("opinion");
    let input = input(&series, vec![elderly_care()]);
    (series, input)
}

#[test]
fn a_single_issue_reads_as_it_prints() {
    let (series, input) = opinion();
    let document = compile(&series, &input).expect("compiles");
    insta::assert_snapshot!(document.plain_text());
}

#[test]
fn a_composite_issue_lists_its_titles_and_puts_the_note_first() {
    let series = series("opinion-composite");
    let mut input = input(&series, four());
    input.editors_note = Some("【编者按】近期，本刊收到一批民生信息，现予编发，供参阅。".to_owned());
    let document = compile(&series, &input).expect("compiles");
    let flow = document.flow();
    assert!(matches!(flow[0], Piece::Note([note]) if note.starts_with("近期")));
    assert!(matches!(flow[1], Piece::Contents(titles) if titles.len() == 4));
    assert!(matches!(flow[2], Piece::Title { article: 0, .. }));
    assert_eq!(document.contents[3], four()[3].title);
}

#[test]
fn the_note_of_a_single_article_stands_under_its_title() {
    let (series, mut input) = opinion();
    input.editors_note = Some("第一段。\n\n第二段。".to_owned());
    let document = compile(&series, &input).expect("compiles");
    assert!(matches!(document.flow()[1], Piece::Note(note) if note.len() == 2));
    assert!(document.plain_text().contains("编者按：第一段。\n第二段。\n"));
}

#[test]
fn issue_lines_follow_the_series_way_of_counting() {
    let line =
        |series: &Series, input: &IssueInput| compile(series, input).map(|document| document.issue_line);
    let (single, mut number) = opinion();
    assert_eq!(line(&single, &number).as_deref(), Ok("2026年第12期"));
    number.number = None;
    assert_eq!(line(&single, &number).as_deref(), Ok("2026年第　　期"));

    let mut review = series("review");
    let mut number = input(&review, vec![elderly_care()]);
    assert_eq!(line(&review, &number), Err(CompileError::Total("送阅".to_owned())));
    number.total = Some(345);
    assert_eq!(line(&review, &number).as_deref(), Ok("第12期（总第345期）"));
    let supplement = IssueInput { supplement: true, total: None, ..number.clone() };
    assert_eq!(line(&review, &supplement).as_deref(), Ok("2026年增刊第12期"));
    let proof = IssueInput { number: None, total: None, ..number.clone() };
    assert_eq!(line(&review, &proof).as_deref(), Ok("第　　期（总第　　期）"));

    review.numbering.reset = crate::model::Reset::Never;
    review.numbering.total = false;
    let never = IssueInput { total: None, ..number };
    assert_eq!(line(&review, &never).as_deref(), Ok("总第12期"));
}

#[test]
fn what_is_no_issue_of_the_series_is_refused_in_chinese() {
    let (series, good) = opinion();
    let why = |change: &dyn Fn(&mut IssueInput)| {
        let mut input = good.clone();
        change(&mut input);
        compile(&series, &input).expect_err("refused").to_string()
    };
    assert_eq!(why(&|i| i.articles.clear()), "本期没有稿件");
    assert_eq!(why(&|i| i.articles = four()), "《社情民意信息》为单篇刊物，本期却有 4 篇稿件");
    assert_eq!(why(&|i| i.articles[0].title = " 　\n".to_owned()), "第 1 篇稿件缺少标题");
    assert_eq!(why(&|i| i.articles[0].body = "\u{200B}\n".to_owned()), "第 1 篇稿件缺少正文");
    let mut without = series.clone();
    without.numbering.supplement = false;
    let supplement = IssueInput { supplement: true, ..good.clone() };
    let refused = compile(&without, &supplement).expect_err("refused").to_string();
    assert_eq!(refused, "《社情民意信息》未设增刊（numbering.supplement）");
    assert_eq!(why(&|i| i.copies = Some(0)), "印数至少为 1");
    let next_year = LocalDate::parse("2027-01-01").expect("date");
    assert_eq!(why(&|i| i.printed_date = next_year), "期号是 2026 年的，印发日期却在 2027 年");
    let other = "review".parse().expect("slug");
    let foreign = IssueNumber { series: other, year: 2026, number: 1 };
    assert_eq!(why(&|i| i.number = Some(foreign.clone())), "期号属于刊物 review，不是 opinion");
}

#[test]
fn the_foot_names_only_whom_the_series_shows() {
    let (mut series, mut input) = opinion();
    input.copies = Some(80);
    let foot = compile(&series, &input).expect("compiles").foot;
    assert_eq!(foot.last_line(), ("签发：王某某".to_owned(), "印80份".to_owned()));
    series.show.editor = true;
    series.show.checker = true;
    let foot = compile(&series, &input).expect("compiles").foot;
    assert_eq!(foot.last_line().0, "签发：王某某　　编辑：李某");
}

#[test]
fn the_content_hash_follows_the_content() {
    let (series, mut input) = opinion();
    let before = compile(&series, &input).expect("compiles").content_hash();
    assert_eq!(compile(&series, &input).expect("compiles").content_hash(), before);
    input.urgency = Urgency::Critical;
    assert_ne!(compile(&series, &input).expect("compiles").content_hash(), before);
}

#[test]
fn html_escapes_every_text_and_holds_no_script() {
    let (mut series, mut input) = opinion();
    let evil = "<script>alert('1')</script>&\"";
    series.unit = evil.to_owned();
    series.recipients.report = vec![evil.to_owned()];
    input.articles = vec![texts(evil, &format!("一、{evil}。{evil}\n{evil}"), evil)];
    input.editors_note = Some(evil.to_owned());
    input.signer = Some(evil.to_owned());
    let html = write_html(&compile(&series, &input).expect("compiles"));
    assert!(!html.contains("<script"), "{html}");
    assert!(html.contains("&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;&quot;"));
    assert!(!html.contains("http:") && !html.contains("https:"), "self-contained");
}

#[test]
fn html_marks_up_titles_and_headings() {
    let (series, input) = opinion();
    let html = write_html(&compile(&series, &input).expect("compiles"));
    assert!(html.contains("<h1>关于进一步完善我市<br>社区嵌入式养老服务体系的建议</h1>"));
    assert!(html.contains("<h2>一、存在的主要问题</h2>"));
    assert!(html.contains("<p><span class=\"lead2\">（一）站点布局不够合理。</span>部分老旧小区"));
    assert!(html.contains("<time datetime=\"2026-01-08\">2026年1月8日</time>"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    /// Whatever is typed, an issue either compiles, the same each time, or is refused with a reason.
    #[test]
    fn any_text_compiles_or_is_refused(title in "\\PC{0,60}", body in "(\\PC|\n){0,200}", credit in "\\PC{0,30}") {
        let series = series("opinion");
        let input = input(&series, vec![texts(&title, &body, &credit)]);
        if let Ok(document) = compile(&series, &input) {
            let again = compile(&series, &input).expect("the same again");
            prop_assert_eq!(write_docx(&document, &[]).expect("docx"), write_docx(&again, &[]).expect("docx"));
            prop_assert!(write_html(&document).ends_with("</html>\n"));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]
    /// Any number of articles in any order: each is printed once, where it was put, under its own title.
    #[test]
    fn articles_are_printed_in_the_order_given(order in proptest::collection::vec(0..200_usize, 1..60)) {
        let series = series("opinion-composite");
        let article = |n: &usize| texts(&format!("关于第{n}件事的建议"), &format!("第{n}件事的情况。"), &format!("（委员{n}）"));
        let document = compile(&series, &input(&series, order.iter().map(article).collect())).expect("compiles");
        let titles: Vec<String> = document.articles.iter().map(|one| one.title.concat()).collect();
        prop_assert_eq!(&titles, &order.iter().map(|n| format!("关于第{n}件事的建议")).collect::<Vec<_>>());
        let listed = if order.len() > 1 { titles } else { Vec::new() };
        prop_assert_eq!(&document.contents, &listed);
        for (article, n) in document.articles.iter().zip(&order) {
            prop_assert_eq!(article.blocks[0].text(), format!("第{n}件事的情况。"));
        }
        // The same articles in another order are another issue.
        let mut turned = order.clone();
        turned.reverse();
        let other = compile(&series, &input(&series, turned.iter().map(article).collect())).expect("compiles");
        prop_assert_eq!(other.content_hash() == document.content_hash(), turned == order);
    }
}
