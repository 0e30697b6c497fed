use super::*;

fn entry(fields: &[(&str, &str)]) -> Entry {
    let mut entry = Entry::default();
    fields.iter().for_each(|(field, value)| entry.set(field, value));
    entry
}

fn later() -> Timestamp {
    Timestamp::parse("2026-06-01T00:00:00").expect("a time")
}

fn one(fields: &[(&str, &str)]) -> Value {
    let (named, _) = named(vec![entry(fields)], &HashMap::new()).pop().expect("one");
    named.item(later()).expect("an item")
}

/// What is noted once these were taken.
fn noted(entries: &[(Named, Standing)]) -> HashMap<EntryKey, KnownEntry> {
    entries
        .iter()
        .map(|(one, _)| (one.key, KnownEntry { text: one.text, taken: true, at: later() }))
        .collect()
}

fn standings(entries: &[Entry], known: &HashMap<EntryKey, KnownEntry>) -> Vec<Standing> {
    named(entries.to_vec(), known).into_iter().map(|(_, standing)| standing).collect()
}

#[test]
fn an_entry_becomes_an_item_of_the_contract() {
    let item = one(&[
        ("id", "n-1"),
        ("title", "关于<b>电梯</b>的&amp;nbsp;建议"),
        ("body", "<p>六层没有电梯。</p><p>建议加装。</p>"),
        ("name", "王勃"),
        ("unit", "江湾街道"),
        ("home", "江湾区"),
        ("submitted_at", "Thu, 08 Jan 2026 01:30:00 GMT"),
        ("up", "12"),
    ]);
    assert_eq!(
        item,
        json!({
            "external_id": "n-1", "title": "关于电梯的&nbsp;建议", "body": "六层没有电梯。\n建议加装。",
            "contributor": { "name": "王勃", "unit": "江湾街道", "district": "江湾区" },
            "submitted_at": "2026-01-08T09:30:00+08:00", "votes": { "up": 12, "down": 0 }
        })
    );
}

#[test]
fn what_an_entry_lacks_is_made_of_what_it_has() {
    assert_eq!(one(&[("link", "https://x.cn/1"), ("body", "路灯不亮。\n第二段")])["title"], "路灯不亮。");
    assert_eq!(one(&[("title", "只有标题")])["body"], "只有标题");
    assert_eq!(one(&[("title", "题"), ("causes", "因"), ("suggestions", "议")])["body"], "因\n议");
    assert_eq!(one(&[("title", "题"), ("unit", "江湾街道")])["contributor"]["name"], "江湾街道");
    let long = "长".repeat(150);
    let item = one(&[("title", &long), ("body", "文")]);
    assert_eq!(item["title"].as_str().map(|title| title.chars().count()), Some(100));
    assert_eq!(item["body"], format!("{long}\n文"));
    let nothing = named(vec![entry(&[("id", "x")])], &HashMap::new());
    assert!(nothing[0].0.item(later()).is_err());
}

#[test]
fn a_date_of_the_future_is_left_out_and_the_item_taken() {
    let item = one(&[("title", "题"), ("submitted_at", "2031-01-01T00:00:00Z")]);
    assert!(item.get("submitted_at").is_none(), "{item}");
}

#[test]
fn an_entry_is_known_by_its_id_and_a_changed_text_is_a_version() {
    let first = [entry(&[("id", "a"), ("title", "甲")]), entry(&[("id", "b"), ("title", "乙")])];
    let taken = named(first.to_vec(), &HashMap::new());
    assert_eq!(standings(&first, &HashMap::new()), [Standing::New, Standing::New]);
    let known = noted(&taken);
    let then = [
        entry(&[("id", "a"), ("title", "甲"), ("up", "5")]),
        entry(&[("id", "b"), ("title", "乙改")]),
        entry(&[("id", "c"), ("title", "丙")]),
    ];
    assert_eq!(standings(&then, &known), [Standing::Known, Standing::Revised, Standing::New]);
    let refused: HashMap<_, _> =
        known.into_iter().map(|(key, one)| (key, KnownEntry { taken: false, ..one })).collect();
    assert_eq!(standings(&then, &refused), [Standing::Known, Standing::New, Standing::New]);
}

#[test]
fn an_id_that_stands_for_two_texts_takes_none_away() {
    let both = [entry(&[("id", "x"), ("title", "甲")]), entry(&[("id", "x"), ("title", "乙")])];
    let taken = named(both.to_vec(), &HashMap::new());
    assert_eq!(taken.len(), 2);
    assert_ne!(taken[0].0.external_id, taken[1].0.external_id);
    let known = noted(&taken);
    // Only one of them is left, or a third has come: nothing is taken for a version of another.
    assert_eq!(standings(&both[1..], &known), [Standing::Known]);
    let third = [entry(&[("id", "x"), ("title", "丙")]), both[0].clone()];
    assert_eq!(standings(&third, &known), [Standing::New, Standing::Known]);
    // The very same twice is one.
    assert_eq!(named(vec![both[0].clone(), both[0].clone()], &HashMap::new()).len(), 1);
    let asked: BTreeSet<EntryKey> = keys(&both).into_iter().collect();
    assert!(known.keys().all(|key| asked.contains(key)), "whatever may be noted is asked for");
}

#[test]
fn entries_without_an_id_are_known_by_their_address_or_their_text() {
    let entries = [entry(&[("link", "https://x.cn/1"), ("title", "甲")]), entry(&[("title", "乙")])];
    let taken = named(entries.to_vec(), &HashMap::new());
    assert_eq!(taken[0].0.external_id, "https://x.cn/1");
    assert_eq!(standings(&entries, &noted(&taken)), [Standing::Known, Standing::Known]);
    let long = entry(&[("id", &"i".repeat(300)), ("title", "丙")]);
    let (named, _) = named(vec![long], &HashMap::new()).pop().expect("one");
    assert_eq!(named.external_id.chars().count(), 200);
}
