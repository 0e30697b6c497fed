use std::sync::Arc;

use crate::pull::handing::Letter;

use super::super::mime::{Head, Text};
use super::*;

const MATTER: &str = "翠柏苑北门到菜市场一段没有路灯，晚上老人出门容易摔倒，建议尽快增设。";

/// A reader that knows texts only: each line is an item, `?` a flawed one.
fn readers() -> Readers {
    Readers {
        file: Arc::new(|name, bytes, prefix| {
            let text = String::from_utf8_lossy(bytes).into_owned();
            if name.ends_with(".png") {
                return Err(Unread::Other("图片".to_owned()));
            }
            if text.contains("机密★") {
                return Err(Unread::Secret("标志".to_owned()));
            }
            if text.is_empty() {
                return Err(Unread::Broken("文件损坏".to_owned()));
            }
            let rows = text.lines().enumerate().map(|(at, line)| FileRow {
                place: format!("第 {} 行", at + 1),
                title: line.to_owned(),
                json: json!({ "external_id": format!("{prefix}{at}"), "title": line, "body": line })
                    .to_string(),
                flaws: if line.contains('?') { vec!["太短".to_owned()] } else { Vec::new() },
            });
            Ok(rows.collect())
        }),
        letter: Arc::new(|text| Letter {
            body: text.to_owned(),
            title: "找到的标题".to_owned(),
            ..Letter::default()
        }),
        marked: |text| text.contains("机密★"),
    }
}

fn mail(subject: &str, text: &str, files: &[(&str, &str)]) -> Mail {
    Mail {
        head: Head { subject: subject.to_owned(), ..Head::default() },
        texts: vec![Text { subject: subject.to_owned(), text: text.to_owned() }],
        files: files
            .iter()
            .map(|(name, text)| File { name: (*name).to_owned(), bytes: text.as_bytes().to_vec() })
            .collect(),
    }
}

fn sorted(mail: Mail) -> Sorted {
    let sender = Sender { name: "张三".to_owned(), address: "zhang@example.org".to_owned() };
    let fixed = BTreeMap::from([("subject".to_owned(), "城乡建设".to_owned())]);
    let latest = Timestamp::parse("2026-01-08T09:30:00").expect("a time");
    sort(
        mail,
        &readers(),
        &Of { key: "mail-1", sender: &sender, known: &Known::default(), fixed: &fixed, latest },
    )
}

fn names(sorted: &Sorted) -> Vec<(&str, &str)> {
    let name = |found: &'_ Found| found.item["title"].as_str().map(str::len).unwrap_or_default();
    assert!(sorted.items.iter().all(|found| name(found) > 0));
    sorted
        .items
        .iter()
        .map(|found| (found.place.as_str(), found.item["title"].as_str().unwrap_or_default()))
        .collect()
}

#[test]
fn a_text_is_an_item_under_its_subject_with_its_sender_and_pictures_go_with_it() {
    let out = sorted(mail("转发：关于增设路灯的建议", MATTER, &[("路口.png", "x")]));
    assert_eq!(names(&out), [("正文", "关于增设路灯的建议")]);
    let item = &out.items[0].item;
    assert_eq!(item["body"], MATTER);
    assert_eq!(item["external_id"], "mail-1/text-0");
    assert_eq!(item["contributor"], json!({ "name": "张三", "email": "zhang@example.org" }));
    assert_eq!(item["subject"], "城乡建设");
    assert_eq!(out.attached.len(), 1);
    assert!(out.refused.is_empty());
    assert_eq!(names(&sorted(mail("社情民意", MATTER, &[]))), [("正文", "找到的标题")]);
}

#[test]
fn files_are_items_and_a_text_that_only_speaks_of_them_is_none() {
    let out =
        sorted(mail("材料", "您好，见附件，请查收。", &[("a.txt", "甲\n乙"), ("b.txt", ""), ("c.png", "x")]));
    assert_eq!(names(&out), [("第 1 个附件 第 1 行", "甲"), ("第 1 个附件 第 2 行", "乙")]);
    assert_eq!(out.items[1].item["external_id"], "mail-1/1/1");
    assert_eq!(out.refused, [("第 2 个附件".to_owned(), "文件损坏".to_owned())]);
    assert_eq!(out.attached[0].0, "第 3 个附件");
    let both = sorted(mail("关于增设路灯的建议", &format!("{MATTER}\n{MATTER}"), &[("a.txt", "甲")]));
    assert_eq!(names(&both), [("正文", "关于增设路灯的建议"), ("第 1 个附件", "甲")]);
}

#[test]
fn a_file_of_which_nothing_can_be_taken_goes_along_and_nothing_at_all_is_told() {
    let out = sorted(mail("关于增设路灯的建议", MATTER, &[("a.txt", "?")]));
    assert_eq!((out.items.len(), out.attached.len()), (1, 1));
    assert_eq!(out.refused, [("第 1 个附件".to_owned(), "太短".to_owned())]);
    let nothing = sorted(mail("见附件", "见附件", &[("a.png", "x")]));
    assert!(nothing.items.is_empty() && nothing.attached.is_empty());
    assert_eq!(nothing.refused.len(), 1);
    assert_eq!(sorted(mail("", "谢谢", &[])), Sorted::default());
}

#[test]
fn one_secrecy_mark_anywhere_and_nothing_is_kept() {
    for marked in [
        mail("机密★", MATTER, &[]),
        mail("路灯", &format!("{MATTER}机密★3年"), &[("a.txt", "甲")]),
        mail("路灯", MATTER, &[("机密★.png", "x")]),
        mail("路灯", MATTER, &[("a.txt", "甲"), ("b.txt", "机密★")]),
    ] {
        let out = sorted(marked);
        let why = out.secret.as_deref().unwrap_or_default();
        assert!(why.contains("未保存") && !why.contains('★'), "{why}");
        assert!(out.items.is_empty() && out.attached.is_empty() && out.refused.is_empty());
    }
}
