use std::collections::HashSet;

use proptest::prelude::*;

use super::{Piece, Redactor};

fn masked(text: &str) -> String {
    Redactor::standard().unwrap().mask(text).into_inner()
}

#[test]
fn every_kind_of_personal_data_is_masked_as_the_domain_says() {
    let cases = [
        ("身份证号11010519491231002X，请查。", "身份证号110105********002X，请查。"),
        ("身份证 440524188001010014。", "身份证 440524********0014。"),
        ("打电话13812345678没人接", "打电话138****5678没人接"),
        ("１３８１２３４５６７８", "１３８****５６７８"),
        ("138-1234-5678", "138******5678"),
        ("拨打023-63811234投诉", "拨打023-6381****投诉"),
        ("（023）63811234", "（023）6381****"),
        ("电话：63811234", "电话：6381****"),
        ("卡号4111111111111111被扣款", "卡号4111********1111被扣款"),
        ("卡号4111 1111 1111 1111被扣款", "卡号4111***********1111被扣款"),
        ("渝A12345占道", "渝A***45占道"),
        ("新能源车渝AD12345占道", "新能源车渝A****45占道"),
        ("发邮件到zhang.san@example.com", "发邮件到z***@example.com"),
        ("家住渝北区龙溪街道红锦大道88号3栋2单元5-1，漏水", "家住渝北区龙溪街道****，漏水"),
        ("渝中区中山三路36号", "渝中区****"),
        ("联系人：张三丰，联系", "联系人：张**，联系"),
        ("联系人 欧阳修远", "联系人 欧阳**"),
        ("电话：13812345678（王小五）", "电话：138****5678（王**）"),
        ("李四，电话：13812345678", "李*，电话：138****5678"),
    ];
    for (text, want) in cases {
        assert_eq!(masked(text), want, "{text}");
    }
}

#[test]
fn what_only_looks_like_personal_data_stays() {
    for text in [
        "轨道交通3号线",
        "渝府发〔2024〕12号文件",
        "2024年5月1号放假",
        "投资13812345678900元",
        "编号110105194912310021",
        "联系人方式不明",
        "联系人员不足",
        "九龙坡区12个小组、第三组",
        "服务热线12345、110",
        "GB/T 9704-2012",
        "综合A12栋楼的居民",
        "社区一共有十一栋楼签够了同意书",
        "该小区共12栋、近30个单元",
        "渝北区、江北区有居民反映，5号台风过后",
        "每月1500元，共3600000000000000元",
    ] {
        assert_eq!(masked(text), text, "{text}");
    }
}

#[test]
fn an_editor_may_release_a_false_hit_and_reveal_a_true_one() {
    let (redactor, text) = (Redactor::standard().unwrap(), "致电13812345678或13987654321");
    let released = HashSet::from(["13812345678".to_owned()]);
    let pieces = redactor.pieces(text, &released).into_inner();
    assert_eq!(pieces.to_string(), "致电13812345678或139****4321");
    assert!(matches!(&pieces.0[1], Piece::Hidden { number: 0, label, .. } if label == "手机号码"));
    assert_eq!(redactor.hidden(text, &released, 0), Some("13987654321"));
    assert_eq!(redactor.hidden(text, &released, 1), None);
}

#[test]
fn a_field_is_masked_even_where_no_rule_knows_it() {
    let redactor = Redactor::standard().unwrap();
    assert_eq!(redactor.field("13812345678").get(), "138****5678");
    assert_eq!(redactor.field("wx-zhangsan").get(), "w********");
    assert_eq!(redactor.field("").get(), "");
}

#[test]
fn an_offices_wrong_rule_is_named() {
    let wrong = "[[rule]]\nkind = \"staff\"\nlabel = \"工号\"\npattern = \"(\"\nmark = \"*\"\n";
    let error = Redactor::from_toml(wrong).unwrap_err().to_string();
    assert!(error.contains("第 1 条") && error.contains("staff"), "{error}");
    assert!(Redactor::from_toml("[[rule]]\nknd = 1\n").is_err());
    let own =
        "[[rule]]\nkind = \"staff\"\nlabel = \"工号\"\npattern = 'G\\d{6}'\nkeep = [1, 2]\nmark = \"*\"\n";
    assert_eq!(Redactor::from_toml(own).unwrap().mask("工号G123456").get(), "工号G****56");
}

proptest! {
    #[test]
    fn masking_never_fails_and_leaves_what_is_between_alone(text in "[张三0-9０-９A-Z渝@.电话：（）区号 \n-]{0,80}") {
        let redactor = Redactor::standard().unwrap();
        let hits = redactor.find(&text);
        let pieces = redactor.pieces(&text, &HashSet::new()).into_inner();
        let mut rebuilt = String::new();
        let mut hidden = 0;
        for piece in &pieces.0 {
            match piece {
                Piece::Plain { text } => rebuilt.push_str(text),
                Piece::Hidden { number, .. } => {
                    prop_assert_eq!(*number, hidden);
                    rebuilt.push_str(&text[hits[hidden].range.clone()]);
                    hidden += 1;
                }
            }
        }
        prop_assert_eq!(rebuilt, text);
    }

    #[test]
    fn a_mobile_number_is_never_left_readable(before in "[ 联系电话：，\u{4e00}-\u{4e20}]{0,6}", rest in "[3-9][0-9]{9}") {
        let number = format!("1{rest}");
        let shown = masked(&format!("{before}{number}。"));
        prop_assert!(!shown.contains(&number), "{}", shown);
    }
}
