use super::*;

fn day(text: &str) -> LocalDate {
    LocalDate::parse(text).expect("a day")
}

fn row(code: &str, order: i64) -> CodeRow {
    CodeRow {
        code: code.to_owned(),
        names: vec![DatedName { from: None, name: format!("名{code}") }],
        valid_from: None,
        valid_to: None,
        order,
        note: String::new(),
        outward: None,
        notify: None,
        term: None,
        number: None,
        withdrawn: false,
    }
}

fn named(name: &str) -> RowFields {
    RowFields { name: name.to_owned(), ..RowFields::default() }
}

fn session(term: u32, number: u32, first: &str, last: Option<&str>) -> RowChange {
    RowChange::Add(RowFields {
        term: Some(term),
        number: Some(number),
        valid_from: Some(day(first)),
        valid_to: last.map(day),
        ..RowFields::default()
    })
}

/// The changes one after the other; the last is to be made or refused.
fn after(
    table: CodeTable,
    shipped: &[CodeRow],
    changes: &[(&str, RowChange)],
) -> Result<Vec<CodeRow>, String> {
    let mut rows = shipped.to_vec();
    for (code, change) in changes {
        let made = change_rows(table, &rows, code, change.clone());
        rows = made.map_err(|error| error.to_string())?.2;
    }
    Ok(rows)
}

fn refused(table: CodeTable, shipped: &[CodeRow], changes: &[(&str, RowChange)]) -> String {
    after(table, shipped, changes).expect_err("refused")
}

#[test]
fn a_row_is_offered_from_its_first_day_to_its_last_and_on_both_of_them() {
    let one =
        CodeRow { valid_from: Some(day("2026-01-10")), valid_to: Some(day("2026-02-10")), ..row("a", 1) };
    let on = |text: &str| one.standing(day(text));
    assert_eq!(on("2026-01-09"), RowStanding::Coming);
    assert_eq!((on("2026-01-10"), on("2026-02-10")), (RowStanding::InUse, RowStanding::InUse));
    assert_eq!(on("2026-02-11"), RowStanding::Retired);
    assert_eq!(row("b", 1).standing(day("1900-01-01")), RowStanding::InUse);
}

#[test]
fn a_name_holds_from_its_day_on_and_the_past_keeps_the_old_one() {
    let rename = RowChange::Rename { name: "新名".to_owned(), from: day("2026-03-01") };
    let rows = after(CodeTable::Unit, &[row("a", 1)], &[("a", rename)]).expect("renamed");
    let on = |text: &str| rows[0].name_on(day(text)).to_owned();
    assert_eq!([on("2026-02-28"), on("2026-03-01"), on("2030-01-01")], ["名a", "新名", "新名"]);
    assert_eq!(rows[0].newest_name(), "新名");
}

#[test]
fn a_new_name_comes_after_the_one_before_and_within_the_time_of_its_row() {
    let rename = |name: &str, from: &str| ("a", RowChange::Rename { name: name.to_owned(), from: day(from) });
    let shipped = [row("a", 1), row("b", 2)];
    let refused = |changes: &[(&str, RowChange)]| refused(CodeTable::Unit, &shipped, changes);
    assert!(refused(&[rename("新", "2026-03-01"), rename("更新", "2026-03-01")]).contains("应晚于“新”"));
    assert!(refused(&[rename("名a", "2026-03-01")]).contains("相同，没有要改的"));
    assert!(refused(&[rename("名b", "2026-03-01")]).contains("与代码“b”"));
    let retire = ("a", RowChange::Retire { last: day("2026-01-31") });
    assert!(refused(&[retire, rename("新", "2026-03-01")]).contains("只用到 2026-01-31"));
    assert!(refused(&[rename(" ", "2026-03-01")]).contains("没有填名称"));
    assert!(refused(&[rename(&"长".repeat(41), "2026-03-01")]).contains("超过 40 字"));
}

#[test]
fn a_retired_row_keeps_its_name_and_comes_back() {
    let retire = ("a", RowChange::Retire { last: day("2026-01-31") });
    let rows = after(CodeTable::District, &[row("a", 1)], std::slice::from_ref(&retire)).expect("retired");
    assert_eq!(rows[0].standing(day("2026-02-01")), RowStanding::Retired);
    assert_eq!(rows[0].name_on(day("2026-02-01")), "名a");
    let back = after(CodeTable::District, &[row("a", 1)], &[retire.clone(), ("a", RowChange::Restore {})]);
    assert_eq!(back.expect("restored")[0].valid_to, None);
    let again = refused(CodeTable::District, &[row("a", 1)], &[retire.clone(), retire]);
    assert!(again.contains("本来就是 2026-01-31"), "{again}");
    let never = refused(CodeTable::District, &[row("a", 1)], &[("a", RowChange::Restore {})]);
    assert!(never.contains("没有停用"), "{never}");
    assert!(refused(CodeTable::District, &[], &[("x", RowChange::Restore {})]).contains("没有代码“x”"));
}

#[test]
fn a_later_version_of_the_shipped_table_arrives_under_the_changes() {
    let rename = RowChange::Rename { name: "新名".to_owned(), from: day("2026-03-01") };
    let add = RowChange::Add(named("自加"));
    let laid = [("b", &rename), ("own", &add)].map(|(code, change)| Laid { code, change, undone: false });
    let now = lay_over(&[row("a", 10), row("b", 20)], laid);
    let codes = |rows: &[CodeRow]| rows.iter().map(|row| row.code.clone()).collect::<Vec<_>>();
    assert_eq!(codes(&now), ["a", "b", "own"]);
    let upgraded = lay_over(&[row("c", 5), row("b", 20)], laid);
    assert_eq!(codes(&upgraded), ["c", "b", "own"]);
    assert_eq!(upgraded[1].newest_name(), "新名");
}

#[test]
fn what_was_undone_is_as_if_it_had_not_been_and_an_undone_row_is_still_read() {
    let retire = RowChange::Retire { last: day("2026-01-31") };
    let add = RowChange::Add(named("自加"));
    let laid = [("a", &retire), ("own", &add)].map(|(code, change)| Laid { code, change, undone: true });
    let rows = lay_over(&[row("a", 10)], laid);
    assert_eq!(rows[0].standing(day("2026-02-01")), RowStanding::InUse);
    assert_eq!(rows[1].standing(day("2026-02-01")), RowStanding::Withdrawn);
    assert_eq!(rows[1].name_on(day("2026-02-01")), "自加");
    let again = change_rows(CodeTable::Unit, &rows, "own", add.clone()).expect("added again").2;
    assert_eq!(again[1].standing(day("2026-02-01")), RowStanding::InUse);
    assert!(change_rows(CodeTable::Unit, &rows, "own", retire.clone()).is_err());
}

#[test]
fn a_new_row_has_a_code_of_its_own_and_what_its_table_asks_for() {
    let add = |code: &str, fields: RowFields| vec![(code.to_owned(), RowChange::Add(fields))];
    let made = |table, changes: Vec<(String, RowChange)>| {
        let changes: Vec<(&str, RowChange)> =
            changes.iter().map(|(code, change)| (code.as_str(), change.clone())).collect();
        after(table, &[row("a", 10)], &changes)
    };
    let unit = made(CodeTable::Unit, add("", named(" 数据局 "))).expect("added");
    assert_eq!((unit[1].code.as_str(), unit[1].newest_name(), unit[1].order), ("数据局", "数据局", 20));
    let why = |table, changes| made(table, changes).expect_err("refused");
    assert!(why(CodeTable::District, add("", named("新区"))).contains("没有填代码"));
    assert!(why(CodeTable::Unit, add("a", named("新"))).contains("代码“a”已有（名a，一直有效）"));
    assert!(why(CodeTable::Unit, add("x", named("名a"))).contains("名称“名a”与代码“a”"));
    assert!(why(CodeTable::Unit, add("a/b", named("新"))).contains("不能用"));
    assert!(why(CodeTable::Reason, add("x", named("新"))).contains("没有填对外答复"));
    let outward = RowFields { outward: Some("已收悉".to_owned()), ..named("新") };
    assert!(why(CodeTable::Reason, add("x", outward.clone())).contains("没有选是否告知"));
    let whole = RowFields { notify: Some(Notify::Phone), ..outward };
    let reason = made(CodeTable::Reason, add("x", whole)).expect("added");
    assert_eq!((reason[1].outward.as_deref(), reason[1].notify), (Some("已收悉"), Some(Notify::Phone)));
    let turned =
        RowFields { valid_from: Some(day("2026-02-01")), valid_to: Some(day("2026-01-31")), ..named("新") };
    assert!(why(CodeTable::Unit, add("x", turned)).contains("止日 2026-01-31 早于起日 2026-02-01"));
}

#[test]
fn a_row_is_amended_in_what_it_has_and_not_to_what_it_is() {
    let amend = |order: Option<i64>, note: &str| RowChange::Amend {
        valid_from: None,
        order,
        note: note.to_owned(),
        outward: Some("只有理由才有".to_owned()),
        notify: Some(Notify::No),
    };
    let shipped = [row("a", 10), row("b", 20)];
    let rows = after(CodeTable::Unit, &shipped, &[("a", amend(Some(30), "改排在后"))]).expect("amended");
    assert_eq!(rows.iter().map(|row| row.code.as_str()).collect::<Vec<_>>(), ["b", "a"]);
    assert_eq!((rows[1].note.as_str(), &rows[1].outward, rows[1].notify), ("改排在后", &None, None));
    assert!(refused(CodeTable::Unit, &shipped, &[("a", amend(None, ""))]).contains("没有改动"));
}

#[test]
fn sessions_follow_each_other_and_a_refusal_names_the_other_one() {
    let table = CodeTable::Session;
    let first = ("", session(6, 1, "2023-01-10", Some("2024-01-20")));
    let second = ("", session(6, 2, "2024-01-21", None));
    let rows = after(table, &[], &[first.clone(), second.clone()]).expect("both");
    let on = |text: &str| {
        let day = day(text);
        let row = rows.iter().find(|row| row.standing(day) == RowStanding::InUse);
        row.map(|row| row.name_on(day).to_owned())
    };
    assert_eq!(on("2023-01-09"), None);
    assert_eq!(on("2024-01-20").as_deref(), Some("第六届第一次会议"));
    assert_eq!(on("2024-01-21").as_deref(), Some("第六届第二次会议"));

    let late = refused(table, &[], &[first.clone(), ("", session(6, 2, "2024-01-20", None))]);
    assert!(late.contains("与“第六届第一次会议”（2023-01-10 至 2024-01-20）重叠"), "{late}");
    let open = refused(table, &[], &[second.clone(), ("", session(6, 3, "2025-01-10", None))]);
    assert!(
        open.contains("与“第六届第二次会议”（2024-01-21 起）重叠")
            && open.contains("止日改到 2025-01-10 之前")
    );
    let turned = refused(table, &[], &[("", session(6, 1, "2024-01-20", Some("2024-01-19")))]);
    assert!(turned.contains("早于起日"), "{turned}");
    let twice = refused(table, &[], &[first.clone(), ("", session(6, 1, "2030-01-01", None))]);
    assert!(twice.contains("代码“6-1”已有（第六届第一次会议"), "{twice}");
    assert!(refused(table, &[], &[("", session(0, 1, "2024-01-20", None))]).contains("1 至 99"));
    let dateless = RowFields { term: Some(6), number: Some(1), ..RowFields::default() };
    assert!(refused(table, &[], &[("", RowChange::Add(dateless))]).contains("没有填起日"));
    let rename = RowChange::Rename { name: "别名".to_owned(), from: day("2024-06-01") };
    assert!(refused(table, &[], &[first.clone(), ("6-1", rename)]).contains("不能更名"));
    // An end that is taken away, or a beginning that is moved, is checked as well.
    let restored = refused(table, &[], &[first, second, ("6-1", RowChange::Restore {})]);
    assert!(restored.contains("第六届第二次会议"), "{restored}");
}

#[test]
fn numbers_are_written_as_an_office_writes_them() {
    assert_eq!(session_name(6, 2), "第六届第二次会议");
    assert_eq!(session_name(10, 11), "第十届第十一次会议");
    assert_eq!(session_name(20, 35), "第二十届第三十五次会议");
}

#[test]
fn a_change_is_kept_as_json_and_read_again() {
    let changes = [
        session(6, 2, "2024-01-21", None),
        RowChange::Rename { name: "新".to_owned(), from: day("2024-01-21") },
        RowChange::Retire { last: day("2024-01-21") },
        RowChange::Restore {},
        RowChange::Amend {
            valid_from: None,
            order: Some(3),
            note: "注".to_owned(),
            outward: None,
            notify: None,
        },
    ];
    for change in changes {
        let text = serde_json::to_string(&change).expect("written");
        assert_eq!(serde_json::from_str::<RowChange>(&text).expect("read"), change, "{text}");
    }
}
