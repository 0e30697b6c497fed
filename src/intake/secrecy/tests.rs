use super::*;
use proptest::prelude::*;

const MARKS: &[&str] = &[
    "机密★3年",
    "机 密 ★",
    "秘密☆",
    "绝密*",
    "秘密＊长期",
    "機密★",
    "絕密 ★ 10年",
    "祕密★",
    "机\u{3000}密\u{3000}★",
    "机\u{200B}密★",
    "秘密 10年★",
    "机密１２个月☆",
    "秘密二十年★",
    "密级：秘密",
    "密级:机密",
    "密 级 ： 绝 密",
    "密級：機密",
];

#[test]
fn every_form_of_a_mark_is_found_wherever_it_stands() {
    for mark in MARKS {
        assert!(find_mark(mark), "{mark}");
        assert!(find_mark(&format!("关于加强管理的建议\n{mark}\n一、情况")), "{mark}");
    }
}

#[test]
fn the_bare_word_is_no_mark() {
    for text in [
        "",
        "保护企业商业机密的建议",
        "商业秘密，*注",
        "机密\n★ 一、建议",
        "密级：内部",
        "密级",
        "密级：",
        "★机密文件管理",
        "亲密★",
        "密切联系群众★★★",
        "严禁处理涉密信息",
        "秘密投票3年后★",
    ] {
        assert!(!find_mark(text), "{text}");
    }
}

#[test]
fn a_long_run_of_blanks_costs_one_pass() {
    let text = format!("{}★", "密 级 ".repeat(20_000)) + &" ".repeat(200_000) + "密";
    assert!(!find_mark(&text));
}

fn any_text() -> impl Strategy<Value = String> {
    let pieces =
        ["机", "密", "绝", "秘", "级", "：", "★", "*", " ", "\u{3000}", "年", "3", "\n", "a", "情况"];
    let tricky = prop::collection::vec(prop::sample::select(pieces.to_vec()), 0..30);
    prop_oneof![tricky.prop_map(|parts| parts.concat()), "\\PC{0,60}"]
}

proptest! {
    /// Any text is read without a panic, and a mark put anywhere into it is found.
    #[test]
    fn a_mark_put_into_any_text_is_found(
        text in any_text(),
        mark in prop::sample::select(MARKS.to_vec()),
        at in any::<prop::sample::Index>(),
    ) {
        find_mark(&text);
        let at = at.index(text.chars().count() + 1);
        let (before, after): (String, String) =
            (text.chars().take(at).collect(), text.chars().skip(at).collect());
        let marked = [before.as_str(), mark, &after].concat();
        prop_assert!(find_mark(&marked));
    }
}
