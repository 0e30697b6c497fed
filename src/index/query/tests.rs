//! Every operator in both widths, every note, and that no text is an error.

use proptest::prelude::*;

use super::*;

/// A Monday.
fn today() -> LocalDate {
    day("2026-11-23")
}

fn day(text: &str) -> LocalDate {
    LocalDate::parse(text).expect("date")
}

/// Read as `canonical`, without a note, and the canonical form stays what it is.
#[track_caller]
fn reads(text: &str, canonical: &str) {
    let query = parse(text, today());
    assert_eq!(query.to_string(), canonical, "{text}");
    assert_eq!(query.notes, Vec::<String>::new(), "{text}");
    assert_eq!(parse(canonical, today()).clauses, query.clauses, "{text}");
}

/// Read as `canonical`, and the editor is told why.
#[track_caller]
fn reads_with_note(text: &str, canonical: &str, note: &str) {
    let query = parse(text, today());
    assert_eq!(query.to_string(), canonical, "{text}");
    assert!(query.notes.iter().any(|line| line.contains(note)), "{text}: {:?}", query.notes);
    assert_eq!(parse(canonical, today()).clauses, query.clauses, "{text}");
}

fn words(text: &str) -> Node {
    Node::Words(text.to_owned())
}

fn phrase(text: &str) -> Node {
    Node::Phrase(text.to_owned())
}

fn field(field: Field, value: Node) -> Node {
    Node::Field { field, value: Box::new(value) }
}

#[track_caller]
fn tree(text: &str, clauses: &[Clause]) {
    assert_eq!(parse(text, today()).clauses, clauses, "{text}");
}

#[test]
fn words_are_all_wanted_and_kept_as_typed() {
    tree("留学生 就业", &[Clause::must(words("留学生")), Clause::must(words("就业"))]);
    tree("　５Ｇ\t基站\n", &[Clause::must(words("５Ｇ")), Clause::must(words("基站"))]);
    tree("", &[]);
    tree("　 ", &[]);
}

#[test]
fn a_phrase_stands_between_any_pair_of_quotation_marks() {
    for text in
        ["\"留学 就业\"", "“留学 就业”", "「留学 就业」", "『留学 就业』", "＂留学 就业＂", "”留学 就业”"]
    {
        tree(text, &[Clause::must(phrase("留学 就业"))]);
    }
    tree(
        "关于“一带一路”建设",
        &[Clause::must(words("关于")), Clause::must(phrase("一带一路")), Clause::must(words("建设"))],
    );
    tree("\"关于“一带一路”的建议\"", &[Clause::must(phrase("关于“一带一路”的建议"))]);
}

#[test]
fn a_phrase_is_shown_in_marks_that_do_not_occur_in_it() {
    reads("“说\"不\"”", "“说\"不\"”");
    reads("「说\"不\"的“人”」", "「说\"不\"的“人”」");
    reads("「留学」", "\"留学\"");
}

#[test]
fn a_minus_in_either_width_excludes_what_stands_behind_it() {
    tree("养老 -培训", &[Clause::must(words("养老")), Clause::must_not(words("培训"))]);
    reads("－培训", "-培训");
    reads("－“职业培训”", "-\"职业培训\"");
    reads("-标题：培训", "-标题:培训");
    reads("-（甲 | 乙）", "-(甲 OR 乙)");
    reads("-(甲 乙)", "-(甲 乙)");
}

#[test]
fn a_dash_inside_a_word_or_between_blanks_excludes_nothing() {
    tree("2026-01", &[Clause::must(words("2026-01"))]);
    tree(
        "重庆 - 养老",
        &[Clause::must(words("重庆")), Clause::must(words("-")), Clause::must(words("养老"))],
    );
}

#[test]
fn alternatives_are_written_in_five_ways() {
    let either = Clause::must(Node::Or(vec![words("养老"), words("托育"), phrase("早教")]));
    for or in ["OR", "ＯＲ", "|", "｜", "或"] {
        tree(&format!("养老 {or} 托育 {or} “早教”"), std::slice::from_ref(&either));
    }
    reads("养老|托育", "养老 OR 托育");
    tree("或许 甲或乙 for", &[words("或许"), words("甲或乙"), words("for")].map(Clause::must));
}

#[test]
fn an_or_binds_closer_than_a_blank() {
    reads("重庆 养老 OR 托育 补贴", "重庆 (养老 OR 托育) 补贴");
    reads("重庆 （养老 或 托育） 补贴", "重庆 (养老 OR 托育) 补贴");
    reads("甲 OR (乙 OR 丙)", "甲 OR 乙 OR 丙");
    reads("甲 OR -乙", "甲 OR -乙");
    reads("(甲 乙) OR (丙 丁)", "(甲 乙) OR (丙 丁)");
    reads("((甲 乙)) 丙", "甲 乙 丙");
    reads("关于养老（二期）的建议", "关于养老 二期 的建议");
}

#[test]
fn a_group_among_alternatives_keeps_its_conditions_together() {
    let both = Node::All(vec![Clause::must(words("甲")), Clause::must_not(words("乙"))]);
    tree("(甲 -乙) OR 丙", &[Clause::must(Node::Or(vec![both, words("丙")]))]);
}

#[test]
fn every_field_is_named_in_chinese_and_english_in_either_width() {
    for &which in Field::ALL {
        let value = if which == Field::Date { "2026" } else { "甲" };
        for name in which.names() {
            let wide: String = name
                .chars()
                .map(|c| char::from_u32(u32::from(c) + 0xFEE0).filter(|_| c.is_ascii()).unwrap_or(c))
                .collect();
            for text in [
                format!("{name}:{value}"),
                format!("{}：{value}", name.to_uppercase()),
                format!("{wide}: {value}"),
            ] {
                reads(&text, &format!("{}:{value}", which.label()));
            }
        }
    }
}

#[test]
fn the_value_of_a_field_is_a_word_a_phrase_or_a_list() {
    tree("单位:民盟", &[Clause::must(field(Field::Unit, words("民盟")))]);
    tree("单位：“民盟 市委”", &[Clause::must(field(Field::Unit, phrase("民盟 市委")))]);
    let districts = Node::Or(vec![words("渝中区"), words("江北区")]);
    tree("区县:(渝中区 OR 江北区)", &[Clause::must(field(Field::District, districts.clone()))]);
    tree("区县：（渝中区｜江北区）", &[Clause::must(field(Field::District, districts))]);
    reads("标题:(甲 -乙)", "标题:(甲 -乙)");
    reads("标题:(甲) OR 正文:乙", "标题:甲 OR 正文:乙");
    reads("标题:单位:甲", "标题:单位:甲");
    reads("标题：-甲", "标题:-甲");
    reads("姓名：张三　单位：民盟", "反映人:张三 单位:民盟");
}

#[test]
fn a_field_without_a_value_is_a_word() {
    reads_with_note("标题:", "标题", "后面没有内容");
    reads_with_note("标题：\"\" 甲", "标题 甲", "后面没有内容");
    reads_with_note("标题:() 甲", "标题 甲", "空括号");
    reads_with_note("标题: 单位:民盟", "标题 单位:民盟", "“标题:”后面没有内容");
    reads_with_note("甲 OR 标题: OR 乙", "甲 OR 标题 OR 乙", "后面没有内容");
}

#[test]
fn an_unknown_field_is_words_and_the_nearest_one_is_named() {
    reads_with_note("地区:渝中", "地区:渝中", "您要找的可能是“区县:”");
    reads_with_note("tilte：养老", "tilte：养老", "您要找的可能是“标题:”");
    reads_with_note("单位名:\"民盟\"", "单位名: \"民盟\"", "您要找的可能是“单位:”");
    reads_with_note("电话:甲", "电话:甲", "没有“电话”这个字段");
}

#[test]
fn a_colon_in_a_time_an_address_or_a_sentence_is_no_field() {
    reads("10:30", "10:30");
    reads("https://example.org/a", "https://example.org/a");
    reads("关于养老服务的几点建议：一是", "关于养老服务的几点建议：一是");
    reads(":甲", ":甲");
}

#[test]
fn an_issue_is_found_by_its_number() {
    let issue = Node::Issue { year: 2026, number: 112 };
    for text in ["2026年112期", "2026年第112期", "２０２６年第１１２期", "编号:2026年第0112期"]
    {
        let found = parse(text, today()).clauses;
        let expected =
            if text.starts_with("编号") { field(Field::Id, issue.clone()) } else { issue.clone() };
        assert_eq!(found, [Clause::must(expected)], "{text}");
    }
    reads("-2026年112期", "-2026年第112期");
    for text in ["26年第1期", "2026年第0期", "2026年第期", "2026年第99999999999期", "标题:2026年第1期"]
    {
        let query = parse(text, today());
        assert!(!format!("{query:?}").contains("Issue"), "{text}");
    }
}

#[test]
fn a_period_is_a_year_a_month_or_a_day_in_any_spelling() {
    for text in ["2026", "２０２６", "2026年", "今年", "本年", "=2026", "2026-01..2026-12", "\"2026 年\""]
    {
        reads(&format!("日期:{text}"), "日期:2026");
    }
    for text in ["2026-01", "2026-1", "2026年1月", "202601", "2026.1", "2026/01", "２０２６－０１"] {
        reads(&format!("日期：{text}"), "日期:2026-01");
    }
    for text in ["2026-01-08", "2026-1-8", "2026年1月8日", "2026年1月8号", "20260108", "2026/1/8", "2026.1.8"]
    {
        reads(&format!("date:{text}"), "日期:2026-01-08");
    }
}

#[test]
fn a_period_may_count_from_today() {
    reads("日期:今天", "日期:2026-11-23");
    reads("日期:昨日", "日期:2026-11-22");
    reads("日期:近7天", "日期:2026-11-17..2026-11-23");
    reads("日期:近３０日", "日期:2026-10-25..2026-11-23");
    reads("日期:近1天", "日期:2026-11-23");
    reads("日期:本月", "日期:2026-11");
    reads("日期:上月", "日期:2026-10");
    reads("日期:去年", "日期:2025");
    reads("日期:昨天..今天", "日期:2026-11-22..2026-11-23");
}

#[test]
fn a_period_may_be_open_at_one_end() {
    let from = Node::DateRange { from: Some(day("2026-01-01")), to: None };
    for text in ["日期:>=2026-01-01", "日期：＞＝2026", "日期:≥2026年1月", "日期:>2025", "日期:2026.."]
    {
        tree(text, &[Clause::must(from.clone())]);
    }
    let to = Node::DateRange { from: None, to: Some(day("2026-03-31")) };
    for text in ["日期:<=2026-03", "日期:≤2026-03-31", "日期:<2026-04", "日期:..2026-03", "日期：．．2026-3"]
    {
        tree(text, &[Clause::must(to.clone())]);
    }
    reads("日期:>=2026-01-01", "日期:2026-01-01..");
    reads("日期:<=2026-03", "日期:..2026-03-31");
}

#[test]
fn a_period_has_two_ends_and_alternatives() {
    let quarter = Node::DateRange { from: Some(day("2026-01-01")), to: Some(day("2026-03-31")) };
    for text in ["2026-01..2026-03", "2026-01～2026-03", "2026年1月至2026年3月", "2026-1-1到2026-3-31"]
    {
        tree(&format!("日期:{text}"), &[Clause::must(quarter.clone())]);
    }
    reads("日期:2026-01..2026-03", "日期:2026-01..2026-03");
    reads("日期:(2024 OR 2026-01)", "日期:2024 OR 日期:2026-01");
    reads("-日期:2025", "-日期:2025");
    reads_with_note("日期:2026-03..2026-01", "日期:2026-01..2026-03", "已对调");
}

#[test]
fn a_date_that_is_none_is_words() {
    for text in [
        "2026-13",
        "2026-02-30",
        "去年底",
        "近0天",
        "近999999999999天",
        "近天",
        "..",
        ">=",
        "26-1",
        ">9999",
        "<0000",
    ] {
        reads_with_note(&format!("日期:{text}"), &format!("日期:{text}"), "日期写法不对，已按普通词检索");
    }
    reads_with_note("日期:“去年 底”", "\"去年 底\"", "日期写法不对");
    reads_with_note("日期:(2026 OR 甲)", "日期:2026 OR 日期:甲", "日期写法不对");
}

#[test]
fn what_is_open_is_closed_at_the_end_and_what_is_left_over_is_left_out() {
    reads_with_note("\"留学 就业", "\"留学 就业\"", "没有成对");
    reads_with_note("区县:(渝中 OR 江北", "区县:(渝中 OR 江北)", "没有成对");
    reads_with_note("甲) 乙", "甲 乙", "多余的右括号");
    reads_with_note("OR 甲", "甲", "“或”");
    reads_with_note("甲 OR", "甲", "“或”");
    reads_with_note("甲 OR | 乙", "甲 OR 乙", "“或”");
    reads_with_note("甲 ()", "甲", "空括号");
    reads("甲」 乙”丙”", "甲 乙 \"丙\"");
}

#[test]
fn parentheses_deeper_than_the_limit_are_ignored() {
    let deep = format!("{}甲 OR 乙{} 丙", "(".repeat(500), ")".repeat(500));
    let query = parse(&deep, today());
    assert_eq!(
        query.notes,
        [
            "检索式超过1000字，超出部分已略去",
            "括号超过8层，更深的括号已忽略",
            "括号或引号没有成对，已在末尾补齐"
        ]
    );
    assert_eq!(query.to_string(), "甲 OR 乙");
    let nested = "(甲 乙 OR ".repeat(8) + "(丙 OR -丁" + &")".repeat(9);
    let query = parse(&nested, today());
    assert_eq!(parse(&query.to_string(), today()).clauses, query.clauses);
}

#[test]
fn a_query_beyond_the_limits_is_cut() {
    let many = "甲 ".repeat(MAX_TERMS + 1);
    let query = parse(&many, today());
    assert_eq!(query.clauses.len(), MAX_TERMS);
    assert_eq!(query.notes, ["检索词超过64个，超出部分已略去"]);
    let listed = format!("标题:({})", "甲|".repeat(MAX_TERMS + 1));
    assert_eq!(parse(&listed, today()).to_string().matches('甲').count(), MAX_TERMS);
    let long = "长".repeat(MAX_CHARS + 1);
    let query = parse(&long, today());
    assert_eq!(query.clauses, [Clause::must(words(&"长".repeat(MAX_CHARS)))]);
    assert_eq!(query.notes, ["检索式超过1000字，超出部分已略去"]);
    assert!(parse(&"长".repeat(MAX_CHARS), today()).notes.is_empty());
}

#[test]
fn a_query_may_only_exclude() {
    tree("-甲 －乙", &[Clause::must_not(words("甲")), Clause::must_not(words("乙"))]);
}

/// The pieces that queries are made of.
const PIECES: &[&str] = &[
    "甲",
    "养老",
    "OR",
    "ＯＲ",
    "或",
    "|",
    "｜",
    "-",
    "－",
    "(",
    ")",
    "（",
    "）",
    "\"",
    "＂",
    "“",
    "”",
    "「",
    "」",
    "『",
    "』",
    " ",
    "　",
    ":",
    "：",
    "标题:",
    "title：",
    "日期:",
    "日期：(",
    "编号:",
    "单位",
    "2026",
    "-01",
    "..",
    "近7天",
    "今年",
    ">=",
    "2026年第1期",
    "地区:",
    "\n",
    "\u{0}",
    "\u{FEFF}",
    "é",
    "🙂",
];

/// The two promises: reading never fails, and what is shown is read as the same.
fn check(text: &str) -> Result<(), TestCaseError> {
    let query = parse(text, today());
    let shown = query.to_string();
    let again = parse(&shown, today());
    prop_assert_eq!(&again.clauses, &query.clauses, "{:?} shown as {:?}", text, shown);
    prop_assert_eq!(again.to_string(), shown);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_a_query_and_its_shown_form_is_the_same_query(text in "\\PC{0,300}") {
        check(&text)?;
    }

    #[test]
    fn any_characters_at_all_are_a_query(chars in prop::collection::vec(any::<char>(), 0..300)) {
        check(&chars.into_iter().collect::<String>())?;
    }

    #[test]
    fn any_mix_of_operators_is_a_query(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..40)) {
        check(&pieces.concat())?;
        check(&pieces.join(" "))?;
    }

    #[test]
    fn any_mix_of_operators_around_deep_parentheses_is_a_query(
        depth in 5_usize..12,
        pieces in prop::collection::vec(prop::sample::select(PIECES), 0..30),
    ) {
        check(&format!("{}{}", "(甲 OR (乙 ".repeat(depth / 2), pieces.join(" ")))?;
    }
}
