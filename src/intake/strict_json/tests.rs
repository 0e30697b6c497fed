use super::*;

fn error(text: &str) -> JsonError {
    parse(text.as_bytes()).expect_err(text)
}

fn string(text: &str) -> Json<'_> {
    Json::String(text.into())
}

#[test]
fn every_kind_of_value_is_read() {
    let json = parse(br#"{"a":[null,true,-1,2.5,"x"],"b":{}}"#).expect("valid");
    let list = vec![
        Json::Null,
        Json::Bool(true),
        Json::Number((-1).into()),
        Json::Number(Number::from_f64(2.5).expect("finite")),
        string("x"),
    ];
    assert_eq!(
        json,
        Json::Object(vec![("a".into(), Json::Array(list)), ("b".into(), Json::Object(Vec::new()))])
    );
}

#[test]
fn a_string_without_escapes_is_borrowed_and_one_with_escapes_is_decoded() {
    let Json::Array(items) = parse(r#"["渝中","\u6e1d\n"]"#.as_bytes()).expect("valid") else {
        panic!("list")
    };
    assert!(matches!(&items[0], Json::String(Cow::Borrowed("渝中"))));
    assert_eq!(items[1], string("渝\n"));
}

#[test]
fn a_repeated_key_is_named_with_its_place_also_when_written_with_escapes() {
    let at = Position { line: 2, column: 8 };
    let text = "{\"标题\":1,\n \"\\u6807题\":2}";
    assert_eq!(
        error(text),
        JsonError::DuplicateKey { key: "标题".to_owned(), at: Position { column: 10, ..at } }
    );
    assert!(error(r#"{"a":{"b":1,"b":1}}"#).to_string().contains("“b”重复"));
    assert!(parse(br#"{"a":{"b":1},"b":1}"#).is_ok());
}

#[test]
fn a_repeated_key_is_found_among_many() {
    let keys = |n: usize| (0..n).map(|i| format!("\"k{i}\":0")).collect::<Vec<_>>().join(",");
    for n in [1, 15, 16, 17, 18, 1000] {
        assert!(parse(format!("{{{}}}", keys(n)).as_bytes()).is_ok(), "{n}");
        let text = format!("{{{},\"k{}\":0}}", keys(n), n / 2);
        assert!(matches!(error(&text), JsonError::DuplicateKey { .. }), "{n}");
    }
}

#[test]
fn depth_is_bounded_exactly() {
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    assert!(parse(nested(MAX_DEPTH).as_bytes()).is_ok());
    let one_more = error(&nested(MAX_DEPTH + 1));
    assert!(matches!(one_more, JsonError::TooDeep { at: Position { line: 1, column: 33..=34 } }));
    assert!(matches!(error(&"{\"a\":".repeat(10_000)), JsonError::TooDeep { .. }));
}

#[test]
fn bytes_that_are_not_utf8_are_named_by_offset() {
    let bytes = [b"{\"title\":\"".as_slice(), &[0xD6, 0xD0], b"\"}"].concat();
    assert!(
        matches!(parse(&bytes), Err(JsonError::NotUtf8 { offset: 10, hint }) if hint.contains("GB18030"))
    );
    assert!(
        matches!(parse(&[0xFF, 0xFE, b'{', 0]), Err(JsonError::NotUtf8 { offset: 0, hint }) if hint.contains("UTF-16"))
    );
}

#[test]
fn a_byte_order_mark_is_passed_over_once() {
    assert!(parse("\u{FEFF}{}".as_bytes()).is_ok());
    assert!(matches!(error("\u{FEFF}\u{FEFF}{}"), JsonError::Malformed { .. }));
}

#[test]
fn each_slip_is_told_in_chinese_with_its_place() {
    for (text, line, column, told) in [
        ("", 1, 1, "内容为空"),
        (" \n ", 2, 1, "内容为空"),
        ("{\"标题\":\"重庆", 1, 9, "截断"),
        ("{} {}", 1, 4, "多余内容"),
        ("[1,]", 1, 4, "多了逗号"),
        ("{\"a\":1,}", 1, 8, "多了逗号"),
        ("{\"a\" 1}", 1, 6, "冒号"),
        ("{\"甲\":1 \"乙\":2}", 1, 8, "缺少 }"),
        ("[1 2]", 1, 4, "缺少 ]"),
        ("{a:1}", 1, 2, "双引号"),
        ("[NaN]", 1, 2, "NaN"),
        ("[nul]", 1, 5, "null"),
        ("[1e999]", 1, 6, "超出范围"),
        ("[01]", 1, 3, "数字"),
        ("[\"\\x\"]", 1, 4, "转义"),
        ("[\"\\ud800\"]", 1, 9, "不成对"),
        ("[\"\\udc00\"]", 1, 8, "不成对"),
        ("[\"a\nb\"]", 2, 1, "换行"),
    ] {
        let error = error(text);
        let JsonError::Malformed { what, at } = error else { panic!("{text}: {error:?}") };
        assert!(what.contains(told), "{text}: {what}");
        assert_eq!((at.line, at.column), (line, column), "{text}: {what}");
    }
}

#[test]
fn what_an_error_repeats_is_short_and_on_one_line() {
    assert_eq!(echo("a\nb"), "a\u{FFFD}b");
    assert_eq!(echo(&"长".repeat(1000)).chars().count(), ECHO_MAX + 1);
}

proptest::proptest! {
    /// Whatever the bytes, there is an answer; and what is accepted, serde_json accepts too, with the same meaning.
    #[test]
    fn any_bytes_are_answered(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200), text in "[\\[\\]{}\",:0-9eE.\\\\unla -]{0,60}") {
        let _ = parse(&bytes);
        let ours = parse(text.as_bytes()).is_ok();
        let theirs = serde_json::from_str::<serde_json::Value>(&text).is_ok();
        proptest::prop_assert!(theirs || !ours);
    }
}
