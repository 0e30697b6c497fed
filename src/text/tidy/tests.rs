//! What is put in order, and what is left alone whatever happens.

use proptest::prelude::*;

use super::*;

fn tidied(text: &str) -> String {
    apply(text, &propose(text))
}

/// Without the indent that every paragraph gets.
fn body(text: &str) -> String {
    tidied(text).lines().map(|line| line.trim_start_matches('　')).collect::<Vec<_>>().join("\n")
}

#[test]
fn punctuation_beside_chinese_becomes_full_width_and_numbers_stay() {
    for (text, right) in [
        ("停车难,上学难;看病贵.", "停车难，上学难；看病贵。"),
        ("原因如下:一是资金不足!", "原因如下：一是资金不足！"),
        ("该路段(约1.5公里)长期积水", "该路段（约1.5公里）长期积水"),
        ("投资1,250,000元,比例1:100", "投资1,250,000元，比例1:100"),
        ("网址http://example.cn/a?b=1,请查看", "网址http://example.cn/a?b=1，请查看"),
        ("使用GB/T 9704-2012标准", "使用GB/T 9704-2012标准"),
        ("时间为8:30-18:00", "时间为8:30-18:00"),
        ("问题如下：一．电梯常坏；二.电表不准", "问题如下：一、电梯常坏；二、电表不准"),
        ("名列第一.其余不详.", "名列第一。其余不详。"),
        ("太慢了！！！怎么办？？", "太慢了！怎么办？"),
        ("太慢了...", "太慢了……"),
        ("没有人管。。。。。。", "没有人管……"),
        ("老问题--停车难", "老问题——停车难"),
        ("反复出现，，无人负责。。", "反复出现，无人负责。"),
    ] {
        assert_eq!(body(text), right, "{text}");
    }
}

#[test]
fn quotes_are_set_right_and_what_they_hold_is_not() {
    assert_eq!(body("居民称之为\"断头路,没人管\",已三年"), "居民称之为“断头路,没人管”，已三年");
    assert_eq!(body("所谓「样板 工程」"), "所谓“样板 工程”");
    assert_eq!(body("依据《条例 (试行)》,应当"), "依据《条例 (试行)》，应当");
    assert_eq!(body("屏幕55\"已损坏"), "屏幕55\"已损坏");
}

#[test]
fn numbers_of_points_are_written_in_one_way() {
    for (text, right) in [
        ("一.基本情况", "一、基本情况"),
        ("(一)加强巡查", "（一）加强巡查"),
        ("（二）、严格执法", "（二）严格执法"),
        ("1、增设路灯", "1.增设路灯"),
        ("2. 修补路面", "2.修补路面"),
        ("3)公示结果", "（3）公示结果"),
        ("(4)接受监督", "（4）接受监督"),
        ("1、2号楼漏水", "1、2号楼漏水"),
        ("1.5公里长的路段", "1.5公里长的路段"),
        ("十一、其他", "十一、其他"),
    ] {
        assert_eq!(body(text), right, "{text}");
    }
}

#[test]
fn paragraphs_are_indented_without_empty_lines_and_broken_lines_are_joined() {
    let text = "  路灯坏了三个月，晚上一片漆黑。\r\n\r\n\r\n 老人出门容易摔倒。  \n";
    assert_eq!(tidied(text), "　　路灯坏了三个月，晚上一片漆黑。\n　　老人出门容易摔倒。");
    let broken = "近年来老旧小区的停车问题越来越突出，\n居民下班以后要绕行多圈才能找到一个车\n位，消防通道也常常被占用。\n建议尽快规划。";
    assert_eq!(
        tidied(broken),
        "　　近年来老旧小区的停车问题越来越突出，居民下班以后要绕行多圈才能找到一个车位，消防通道也常常被占用。\n　　建议尽快规划。"
    );
}

#[test]
fn rows_of_a_table_and_pictures_stay_as_they_are() {
    let table = "　　各区情况如下：\n区县\t件数\n渝中区\t12\n【图1】";
    assert_eq!(tidied(table), table);
}

#[test]
fn blanks_go_where_chinese_has_none_and_stay_between_words() {
    assert_eq!(body("共 300 户使用 App 报名 ，效果好"), "共300户使用App报名，效果好");
    assert_eq!(body("作者：张 三"), "作者：张 三");
    assert_eq!(body("电话138 0013 8000无人接"), "电话138 0013 8000无人接");
    assert_eq!(body("零\u{200B}宽\u{FEFF}字符"), "零宽字符");
}

#[test]
fn greetings_signatures_and_contacts_are_proposed_to_go() {
    let letter = "尊敬的书记：\n您好！我是翠柏苑的居民。\n小区北门路灯坏了三个月。请尽快维修。谢谢！\n联系电话：13800138000\n翠柏苑业主\n2026年3月1日";
    assert_eq!(tidied(letter), "　　我是翠柏苑的居民。\n　　小区北门路灯坏了三个月。请尽快维修。");
    assert_eq!(tidied("尊敬的各位领导:您们好！我们是翠柏苑的居民。"), "　　我们是翠柏苑的居民。");
    assert_eq!(
        tidied("尊敬的某县政府，发改委，自来水公司：水价涨了一倍，请核查。"),
        "　　水价涨了一倍，请核查。"
    );
    assert!(tidied("尊敬的市长，我反映一件事：水价涨了一倍。").contains("我反映一件事：水价"));
    let changes = propose(letter);
    assert!(changes.iter().filter(|change| change.kind == TidyKind::Courtesy).count() >= 2, "{changes:#?}");
    // Whoever refuses these keeps them.
    let kept: Vec<Change> = changes.into_iter().filter(|change| change.kind != TidyKind::Courtesy).collect();
    assert!(apply(letter, &kept).contains("联系电话：13800138000"));
}

/// What stands in braces is a contact in one line with the text; a line without braces has none that may go.
#[test]
fn contacts_in_one_line_with_the_text_are_proposed_to_go_and_what_the_text_says_stays() {
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/tidy/contacts.txt");
    let all = std::fs::read_to_string(&file).expect("the labelled lines");
    let lines: Vec<&str> = all.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    assert!(lines.len() >= 60, "{} lines", lines.len());
    let mut wrong = Vec::new();
    for line in lines {
        let whole = line.replace("\\n", "\n");
        let text = whole.replace(['{', '}'], "");
        let mut wanted = String::new();
        let mut outside = true;
        for c in whole.chars() {
            match c {
                '{' => outside = false,
                '}' => outside = true,
                c if outside => wanted.push(c),
                _ => {}
            }
        }
        let (got, plain) = (body(&text), wanted.trim_end().to_owned());
        if got != plain {
            wrong.push(format!("{text}\n  {got}"));
        }
        assert_eq!(propose(&tidied(&text)), vec![], "{text}");
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn a_change_names_place_reason_and_both_texts_and_stands_alone() {
    let text = "　　停车难,上学难.";
    let changes = propose(text);
    let [comma, stop] = changes.as_slice() else { panic!("{changes:?}") };
    assert_eq!((comma.start, comma.end, comma.before.as_str(), comma.after.as_str()), (5, 6, ",", "，"));
    assert_eq!(comma.kind, TidyKind::Punctuation);
    assert!(!comma.reason.is_empty());
    assert_eq!(apply(text, std::slice::from_ref(stop)), "　　停车难,上学难。");
    assert_eq!(apply(text, &[]), text);
    assert_eq!(apply("别的文字", &changes), "别的文字", "changes of another text do no harm");
}

/// Runs of digits in order.
fn numbers(text: &str) -> Vec<String> {
    text.split(|c| !sheet::is_digit(c)).filter(|run| !run.is_empty()).map(str::to_owned).collect()
}

/// What stands between “ and ”.
fn quotations(text: &str) -> Vec<String> {
    text.split('“').skip(1).filter_map(|rest| rest.split_once('”')).map(|(held, _)| held.to_owned()).collect()
}

proptest! {
    #[test]
    fn tidying_twice_changes_nothing_more(
        text in "[甲乙张三一二，。、；：！？,.;:!?()（）\"“”《》 　\t\r\nA1-9…—-]{0,60}"
    ) {
        let once = tidied(&text);
        prop_assert_eq!(propose(&once), vec![], "{:?} → {:?}", text, once);
    }

    #[test]
    fn anything_typed_can_be_tidied(text in "[\\PC\n]{0,60}") {
        let once = tidied(&text);
        prop_assert_eq!(tidied(&once), once);
    }

    /// Contacts come in any order and with any signs between.
    #[test]
    fn tidying_contacts_twice_changes_nothing_more(
        text in "(路灯坏了。|请维修！|联系人：张三|，|、| |电话：13800138000|手机13900139000|（|）|谢谢！|2026年3月1日|\n|李四|邮箱a@b.cn|；){0,14}"
    ) {
        let once = tidied(&text);
        prop_assert_eq!(propose(&once), vec![], "{:?} → {:?}", text, once);
    }

    #[test]
    fn numbers_names_and_quotations_stay(
        text in "([建议尽快修路张三丰李四，。,.:;()\n 、1-9]|“[修路,. 1-9]{1,6}”|13800138000){0,40}"
    ) {
        let changes = propose(&text);
        let kept: Vec<Change> = changes.into_iter().filter(|change| change.kind != TidyKind::Courtesy).collect();
        let once = apply(&text, &kept);
        prop_assert_eq!(numbers(&once), numbers(&text));
        prop_assert_eq!(quotations(&once), quotations(&text));
        prop_assert_eq!(once.matches("张三丰").count(), text.matches("张三丰").count());
        let words = |text: &str| text.chars().filter(|c| c.is_alphabetic()).collect::<String>();
        prop_assert_eq!(words(&once), words(&text));
    }

    /// Each change can be taken without the others.
    #[test]
    fn any_choice_of_changes_is_a_text(text in "[甲乙，。,.!()\" \n1-9-]{0,40}", mask in any::<u64>()) {
        let changes = propose(&text);
        let chosen: Vec<Change> =
            changes.iter().enumerate().filter(|(at, _)| mask >> (at % 64) & 1 == 1).map(|(_, one)| one.clone()).collect();
        let some = apply(&text, &chosen);
        let words = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>();
        prop_assert_eq!(words(&some), words(&text));
        let mut last = 0;
        for change in &changes {
            prop_assert!(last <= change.start && change.start <= change.end);
            last = change.end;
        }
    }
}
