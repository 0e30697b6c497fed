//! 反映人库: found, changed by revision, matched where there is no doubt, merged and taken apart; units with their people.

use super::{Place, arrival, insert};
use crate::model::*;
use crate::store::*;

fn day(text: &str) -> LocalDate {
    LocalDate::parse(text).expect("a day")
}

fn entry(form: ReporterForm, name: &str, unit: &str, phone: &str) -> Reporter {
    let mut fields = ReporterFields::named(form, name);
    fields.phone = phone.to_owned();
    fields.kind = Some(ContributorKind::Member);
    if !unit.is_empty() {
        let from = Some(day("2020-01-01"));
        fields
            .posts
            .push(ReporterPost { unit: unit.to_owned(), post: "教授".to_owned(), from, until: None });
    }
    Reporter::new(fields).expect("stands")
}

fn written<T: Send + 'static>(
    store: &Store,
    job: impl FnMut(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
) -> T {
    store.write(Priority::Desk, job).wait().unwrap_or_else(|error: StoreError| panic!("{error}"))
}

fn read<T: Send + 'static>(
    store: &Store,
    job: impl FnOnce(&mut dyn Sql) -> Result<T, StoreError> + Send + 'static,
) -> T {
    store.read(job).wait().unwrap_or_else(|error: StoreError| panic!("{error}"))
}

fn add(store: &Store, entry: Reporter, spelled: &[&str]) -> i64 {
    let spelled: Vec<String> = spelled.iter().map(|text| (*text).to_owned()).collect();
    written(store, move |tx| insert_reporter(tx, &entry, &spelled, &Actor::System))
}

fn person(name: &str, unit: &str) -> Contributor {
    let unit = (!unit.is_empty()).then(|| unit.to_owned());
    Contributor { name: name.to_owned(), unit, ..Contributor::default() }
}

fn matched(store: &Store, person: Contributor) -> ReporterMatch {
    read(store, move |sql| match_reporter(sql, &person, None))
}

pub(super) fn an_entry_is_found_changed_retired_and_never_overwritten(place: &Place) {
    let store = place.open();
    let no = add(&store, entry(ReporterForm::Person, "张三", "某大学", "13800000000"), &["zhangsan", "zs"]);
    add(&store, entry(ReporterForm::Person, "李四", "某公司", ""), &["lisi", "ls"]);
    let names = |words: &str| {
        let filter = ReporterFilter { words: words.to_owned(), ..ReporterFilter::default() };
        let found = read(&store, move |sql| list_reporters(sql, &filter, 0, 10));
        found.into_iter().map(|record| record.fields.name).collect::<Vec<_>>()
    };
    assert_eq!(names(""), ["张三", "李四"].map(str::to_owned));
    assert_eq!(
        [names("张"), names("ZS"), names("某公"), names("%")],
        [vec!["张三".to_owned()], vec!["张三".to_owned()], vec!["李四".to_owned()], Vec::new()]
    );
    let record = read(&store, move |sql| read_reporter(sql, no));
    assert_eq!((record.rev, record.fields.posts.len()), (1, 1));
    let mut fields = record.fields;
    fields.posts[0].until = Some(day("2025-12-31"));
    fields.aliases.push("张叁".to_owned());
    let changed = Reporter::new(fields).expect("stands");
    let change = {
        let changed = changed.clone();
        move |tx: &mut Tx<'_>| change_reporter(tx, (no, 1), &changed, &[], &Actor::System)
    };
    written(&store, change.clone());
    assert!(matches!(store.write(Priority::Desk, change).wait(), Err(StoreError::Stale)));
    let record = read(&store, move |sql| read_reporter(sql, no));
    assert_eq!((record.rev, &record.fields), (2, changed.fields()));
    assert!(names("某大").is_empty(), "nobody is looked for where they were");
    written(&store, move |tx| retire_reporter(tx, (no, 2), true, &Actor::System));
    assert_eq!(read(&store, count_reporters), (1, 1));
    let log: Vec<AuditRow> = read(&store, move |sql| history(sql, &format!("reporter:{no}")));
    assert_eq!(
        log.iter().map(|row| row.action.as_str()).collect::<Vec<_>>(),
        ["reporter.add", "reporter.change", "reporter.retire"]
    );
    assert!(!format!("{log:?}").contains("13800000000"), "what is sensitive is not in the log");
}

pub(super) fn a_name_is_matched_where_there_is_no_doubt_and_proposed_where_there_is(place: &Place) {
    let store = place.open();
    let zhang = add(&store, entry(ReporterForm::Person, "张三", "某大学", "138-0000-0000"), &[]);
    let other = add(&store, entry(ReporterForm::Person, "张三", "某公司", ""), &[]);
    let unit = add(&store, entry(ReporterForm::Unit, "某区政协", "", ""), &[]);
    assert_eq!(matched(&store, person("张 三", "某大学")), ReporterMatch::Sure(zhang));
    assert_eq!(matched(&store, person("张三", "")), ReporterMatch::Likely(vec![zhang, other]));
    assert_eq!(matched(&store, person("张三", "某医院")), ReporterMatch::Likely(vec![zhang, other]));
    assert_eq!(matched(&store, person("王五", "某大学")), ReporterMatch::Nobody);
    assert_eq!(matched(&store, person("某区政协", "")), ReporterMatch::Sure(unit));
    let phone = |name: &str| Contributor { phone: Some("+86 13800000000".to_owned()), ..person(name, "") };
    assert_eq!(matched(&store, phone("张三")), ReporterMatch::Sure(zhang));
    assert_eq!(
        matched(&store, phone("张叁")),
        ReporterMatch::Likely(vec![zhang]),
        "a telephone may be shared"
    );

    // An item is matched as it is stored; an editor's word stays, whatever version comes.
    let mut arrived = arrival("a", "正文");
    arrived.received_at = Timestamp::parse("2026-03-01T09:00:00").expect("a time");
    arrived.submission.contributor = Some(person("张三", "某大学"));
    arrived.canonical = arrived.submission.canonical();
    let item = arrived.id;
    insert(&store, &arrived);
    let links = move |store: &Store| {
        let links = read(store, move |sql| reporter_links(sql, &item));
        links.into_iter().map(|link| (link.reporter, link.by_editor)).collect::<Vec<_>>()
    };
    assert_eq!(links(&store), [(zhang, false)]);
    assert_eq!(read(&store, move |sql| count_reporter_items(sql, zhang)), (1, 0));
    written(&store, move |tx| link_reporter(tx, &item, ("张三", false), None, &Actor::System));
    let mut later = arrived.clone();
    later.content_hash = ContentHash::of(b"later");
    written(&store, move |tx| add_version(tx, &later));
    assert!(links(&store).is_empty());
    written(&store, move |tx| link_reporter(tx, &item, ("张三", false), Some(other), &Actor::System));
    assert_eq!(links(&store), [(other, true)]);
    let credited = read(&store, |sql| {
        let item = read_item(sql, 1)?;
        as_registered(sql, item)
    });
    let unit = credited.submission.contributor.expect("a contributor").unit;
    assert_eq!(unit.as_deref(), Some("某公司教授"));
}

pub(super) fn doubles_are_merged_with_both_histories_and_taken_apart_again(place: &Place) {
    let store = place.open();
    let one = add(&store, entry(ReporterForm::Person, "张三", "某大学", "13800000000"), &[]);
    let two = add(&store, entry(ReporterForm::Person, "张叁", "某公司", "13800000000"), &[]);
    let three = add(&store, entry(ReporterForm::Person, "张三", "某大学", ""), &[]);
    assert_eq!(read(&store, |sql| double_reporters(sql, 9)), [(one, two, true), (one, three, false)]);
    let say = |distinct| written(&store, move |tx| set_distinct(tx, (three, one), distinct, &Actor::System));
    say(true);
    say(true);
    assert_eq!(read(&store, |sql| double_reporters(sql, 9)), [(one, two, true)], "not proposed again");
    let parted = read(&store, |sql| distinct_reporters(sql, 9));
    assert_eq!(parted.iter().map(|pair| (pair.one, pair.two)).collect::<Vec<_>>(), [(one, three)]);
    say(false);
    assert_eq!(read(&store, |sql| double_reporters(sql, 9)).len(), 2, "taken back");
    let log: Vec<AuditRow> = read(&store, move |sql| history(sql, &format!("reporter:{three}")));
    assert_eq!(
        log.iter().map(|row| row.action.as_str()).collect::<Vec<_>>(),
        ["reporter.add", "reporter.distinct", "reporter.distinct_undo"]
    );
    let same = store
        .write(Priority::Desk, move |tx: &mut Tx<'_>| set_distinct(tx, (one, one), true, &Actor::System))
        .wait();
    assert!(matches!(same, Err(StoreError::Constraint(_))));
    let mut arrived = arrival("a", "正文");
    arrived.submission.contributor = Some(person("张叁", "某公司"));
    insert(&store, &arrived);
    written(&store, move |tx| merge_reporter(tx, (one, 1), (two, 1), &Actor::System));
    assert!(matches!(
        store
            .write(Priority::Desk, move |tx: &mut Tx<'_>| merge_reporter(
                tx,
                (three, 1),
                (two, 2),
                &Actor::System
            ))
            .wait(),
        Err(StoreError::Constraint(_))
    ));
    assert_eq!(read(&store, move |sql| reporter_family(sql, one)), [one, two]);
    assert_eq!(read(&store, move |sql| merged_fields(sql, one)).fields.posts.len(), 2);
    assert_eq!(read(&store, move |sql| count_reporter_items(sql, one)), (1, 0));
    assert_eq!(matched(&store, person("张叁", "某公司")), ReporterMatch::Sure(one));
    assert_eq!(written(&store, move |tx| unmerge_reporter(tx, two, &Actor::System)), one);
    assert_eq!(read(&store, move |sql| count_reporter_items(sql, one)), (0, 0));
    assert_eq!(read(&store, move |sql| count_reporter_items(sql, two)), (1, 0));
}

fn user(store: &Store, name: &'static str) -> UserName {
    let account: UserName = name.parse().expect("a name");
    let added = account.clone();
    written(store, move |tx| {
        let roles = Roles::new(&[Role::Contributor]).expect("roles");
        insert_user(tx, &added, name, &roles, &Actor::System)
    });
    account
}

fn unit_draft_of(text: &str) -> NewUnitDraft {
    NewUnitDraft {
        title: "题".to_owned(),
        fields: format!("title={text}"),
        item: text.to_owned(),
        form_key: "k".to_owned(),
        request_key: String::new(),
        source: "portal".parse().expect("a source"),
        receipt: arrival("k", "文").receipt,
        corrects: None,
        as_unit: true,
    }
}

pub(super) fn a_unit_has_people_drafts_that_wait_and_items_that_outlive_them(place: &Place) {
    let store = place.open();
    let unit = add(&store, entry(ReporterForm::Unit, "某区政协", "", ""), &[]);
    let other = add(&store, entry(ReporterForm::Unit, "某学会", "", ""), &[]);
    let (wang, li) = (user(&store, "wang"), user(&store, "li"));
    let (writer, reviewer) = (wang.clone(), li.clone());
    written(&store, move |tx| {
        put_unit_person(tx, unit, &writer, false, &Actor::System)?;
        put_unit_person(tx, unit, &reviewer, true, &Actor::System)?;
        let elsewhere = put_unit_person(tx, other, &writer, false, &Actor::System);
        assert!(matches!(elsewhere, Err(StoreError::Constraint(_))), "one belongs to one unit");
        set_unit_review(tx, unit, true, &Actor::System)
    });
    let own = |name: &'static str| read(&store, move |sql| unit_of(sql, name)).expect("a unit");
    assert!(own("wang").must_wait() && !own("li").must_wait(), "no other may pass what li writes");
    let put = move |tx: &mut Tx<'_>, text: &str| put_unit_draft(tx, unit, "wang", &unit_draft_of(text));
    let draft = written(&store, move |tx| {
        let one = put(tx, "题")?;
        let again = put(tx, "题")?;
        assert_eq!((again.no, again.rev), (one.no, one.rev), "sent twice");
        Ok(one.no)
    });
    let receipt = unit_draft_of("题").receipt;
    let stands = move |store: &Store| {
        let receipt = receipt.clone();
        read(store, move |sql| unit_draft_state(sql, &receipt))
    };
    assert_eq!(stands(&store), Some(UnitDraftState::Waiting));
    let at = move |store: &Store| read(store, move |sql| unit_draft(sql, unit, draft));
    let decide = |to: UnitDraftState| {
        let before = at(&store);
        store
            .write(Priority::Desk, move |tx: &mut Tx<'_>| {
                decide_unit_draft(tx, &before, to, "再短些", &Actor::User("li".to_owned()))
            })
            .wait()
    };
    assert!(matches!(decide(UnitDraftState::Sent), Err(StoreError::Stale)), "nothing is sent unpassed");
    decide(UnitDraftState::Returned).expect("returned");
    assert_eq!((at(&store).state, at(&store).comment.as_str()), (UnitDraftState::Returned, "再短些"));
    written(&store, move |tx| put(tx, "新").map(drop));
    decide(UnitDraftState::Sending).expect("begun");
    let late = store.write(Priority::Desk, move |tx: &mut Tx<'_>| put(tx, "晚")).wait();
    assert!(matches!(late, Err(StoreError::Stale)), "on its way nobody changes it");
    assert_eq!(written(&store, move |tx| put(tx, "新")).state, UnitDraftState::Sending, "the same again");
    decide(UnitDraftState::Sent).expect("sent");
    assert_eq!(stands(&store), Some(UnitDraftState::Sent));
    let sent = written(&store, move |tx| put(tx, "晚"));
    assert!(sent.state == UnitDraftState::Sent && sent.item.as_deref() == Some("新"), "{sent:?}");
    let answered = arrival("b", "文").id;
    let correct = move |tx: &mut Tx<'_>, key: &str, text: &str| {
        let new = NewUnitDraft { form_key: key.to_owned(), corrects: Some(answered), ..unit_draft_of(text) };
        put_unit_draft(tx, unit, "wang", &new)
    };
    written(&store, move |tx| {
        let one = correct(tx, "k1", "补充")?;
        let two = correct(tx, "k2", "再补充")?;
        assert_eq!((two.no, two.item.as_deref()), (one.no, Some("再补充")), "one answer waits for an item");
        decide_unit_draft(tx, &two, UnitDraftState::Returned, "", &Actor::System)
    });
    assert_eq!(read(&store, move |sql| count_unit_drafts(sql, unit)), 0);
    let arrived = arrival("a", "正文");
    insert(&store, &arrived);
    let leaving = wang.clone();
    written(&store, move |tx| {
        put_unit_item(tx, unit, "wang", (&arrived.id, &arrived.receipt), "题")?;
        leave_unit(tx, unit, &leaving, &Actor::System)
    });
    assert!(read(&store, |sql| unit_of(sql, "wang")).is_none());
    let kept = read(&store, move |sql| unit_items(sql, unit, 9));
    assert_eq!((kept.len(), kept[0].author.as_str(), kept[0].state), (1, "wang", Some(ItemState::Received)));
    assert_eq!(read(&store, move |sql| unit_drafts(sql, unit, 9)).len(), 1, "what was sent is no draft");
}

pub(super) fn a_co_signer_is_told_and_says_that_it_was_somebody_else(place: &Place) {
    let store = place.open();
    user(&store, "wang");
    let no = add(&store, entry(ReporterForm::Person, "王勃", "某中学", ""), &[]);
    written(&store, move |tx| {
        bind_reporter(tx, (no, 1), Some(&"wang".parse().expect("name")), &Actor::System)
    });
    let mut arrived = arrival("a", "正文");
    arrived.submission.contributor = Some(person("钟离意", "某街道"));
    arrived.submission.co_contributors = vec![person("王勃", "某中学"), person("杨炯", "")];
    arrived.canonical = arrived.submission.canonical();
    let item = arrived.id;
    insert(&store, &arrived);
    let told = read(&store, |sql| cosigned_by(sql, "wang", 9));
    assert!(told.len() == 1 && told[0].may_deny() && told[0].reporter == "钟离意", "{told:?}");
    assert!(written(&store, move |tx| deny_cosigning(tx, &item, "wang")));
    assert!(read(&store, move |sql| cosigners_of(sql, &item))[0].denied_at.is_some());
    assert_eq!(read(&store, move |sql| count_reporter_items(sql, no)), (0, 0));
    let credited = read(&store, |sql| {
        let item = read_item(sql, 1)?;
        as_registered(sql, item)
    });
    let names: Vec<String> =
        credited.submission.co_contributors.into_iter().map(|person| person.name).collect();
    assert_eq!(names, ["杨炯"]);
    let log: Vec<AuditRow> = read(&store, move |sql| history(sql, &item.to_string()));
    assert!(log.iter().any(|row| row.action == "item.not_me"));
    let strange = store.write(Priority::Desk, move |tx: &mut Tx<'_>| deny_cosigning(tx, &item, "li")).wait();
    assert!(matches!(strange, Err(StoreError::NotFound(_))));
}
