//! 会期 in small: three days of a plenary with 300 items by telephone, by the form and over the API, typed in by four, worked
//! on by an office of which somebody is always off duty. None lost, none doubled, leftovers handed back.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures_util::future::join_all;
use minyi::clock::ManualClock;
use minyi::model::Timestamp;

use crate::portal::fill;
use crate::support::{Browser, Client, TestApp, between, item};

const DAYS: usize = 3;
const TYPISTS: usize = 4;
/// Typed in by each of them a day.
const TYPED: usize = 10;
/// Telephones of 委员, who are signed in, and of the public.
const PHONES: usize = 40;
const OWN: usize = 16;
/// Sent by the system of a group's secretary a day.
const POSTED: usize = 20;
const ALL: usize = DAYS * (TYPISTS * TYPED + PHONES + POSTED);

const MATTERS: [&str; 10] = [
    "老旧小区加装电梯",
    "校门口错峰放学",
    "夜间公交延时",
    "河边步道照明",
    "社区食堂补贴",
    "农产品冷链",
    "医保异地结算",
    "托育机构收费",
    "园区污水处理",
    "古树名木保护",
];

/// Everybody writes of something else, a few of the same.
fn text(who: &str, day: usize, at: usize) -> (String, String) {
    let matter = MATTERS[(day * 7 + at) % MATTERS.len()];
    let title = format!("{who}第{day}日关于{matter}的建议{at}");
    (title.clone(), format!("{title}。小组讨论时多位委员谈到{matter}，第{at}处情况突出，建议尽快解决。"))
}

/// 代录: each message once, some sent twice because the key was held too long.
async fn type_in(browser: &mut Browser, who: &str, day: usize) -> Vec<String> {
    let mut titles = Vec::new();
    for at in 0..TYPED {
        let page = browser.get("/typed?channel=typed-meeting").await.text();
        let key = between(&page, "name=\"key\" value=\"", "\"").expect("a key");
        let (title, body) = text(who, day, at);
        let pasted = format!("{title}\n{body}");
        let fields = [
            ("key", key.as_str()),
            ("channel", "typed-meeting"),
            ("raw", &pasted),
            ("title", &title),
            ("body", &body),
            ("do", "send"),
        ];
        for _ in 0..=usize::from(at % 3 == 0) {
            let sent = browser.post("/typed", &fields).await;
            assert_eq!(sent.status, 303, "{}", sent.text());
        }
        titles.push(title);
    }
    titles
}

/// The form on a telephone; some tap twice, some come back after the answer was lost and tap again.
pub async fn report(browser: &mut Browser, who: &str, day: usize, at: usize) -> (String, String) {
    let (title, body) = text(who, day, at);
    let fields = [("title", title.as_str()), ("body", &body), ("name", who)];
    let sent = fill(browser, "/report", &fields).await;
    assert_eq!(sent.status, 303, "{}", sent.text());
    let receipt = between(sent.header("location"), "no=", "&").expect("a receipt");
    (title, receipt)
}

async fn post(source: &Client, day: usize) -> Vec<String> {
    let mut titles = Vec::new();
    for at in 0..POSTED {
        let (title, body) = text("联组", day, at);
        let one = item(&format!("{day}-{at}"), &title, &body).from("组秘书", "第一联组");
        // Sent again where the first answer did not arrive.
        for _ in 0..=usize::from(at % 4 == 0) {
            source.post("/api/v1/items", one.json()).await.ok();
        }
        titles.push(title);
    }
    titles
}

/// The ids on the first page of a list.
async fn listed(editor: &mut Browser, list: &str) -> Vec<String> {
    let page = editor.get(list).await.text();
    let ids = page.split("name=\"item\" value=\"").skip(1);
    ids.filter_map(|rest| rest.split('"').next()).map(str::to_owned).collect()
}

async fn act(editor: &mut Browser, ids: &[String], what: &str) {
    let mut fields: Vec<(&str, &str)> = ids.iter().map(|id| ("item", id.as_str())).collect();
    fields.push(("do", what));
    let done = editor.post("/inbox/act", &fields).await;
    assert_eq!(done.status, 303, "{}", done.text());
}

/// How many items a person still holds, as the list offers to hand them back; none where it does not.
async fn held(editor: &mut Browser, holder: &str) -> usize {
    let page = editor.get(&format!("/inbox?holder={holder}")).await.text();
    let told = between(&page, "领取的全部 ", " 件");
    told.map_or(0, |count| count.parse().expect("a count"))
}

async fn hand_back(editor: &mut Browser, holder: &str) -> u16 {
    editor.post("/inbox/hand-back", &[("holder", holder)]).await.status
}

/// The titles of all items in a state, page by page.
async fn titles(editor: &mut Browser, state: &str) -> Vec<String> {
    let (mut out, mut next) = (Vec::new(), format!("/inbox?state={state}"));
    loop {
        let page = editor.get(&next).await.text();
        out.extend(page.split("<td class=\"what\">").skip(1).map(|row| {
            let link = between(row, "<a href=\"/items/", "</a>").expect("a link");
            link.split_once("\">").expect("a title").1.to_owned()
        }));
        let Some(more) = between(&page, "<a class=\"button\" href=\"", "\" rel=\"next\"") else { return out };
        next = more.replace("&#38;", "&").replace("&amp;", "&");
    }
}

/// A day's items, all hands at once; gives the titles and, of the telephones, the receipts.
async fn arrive(
    day: usize,
    typists: &mut [Browser],
    phones: &mut [Browser],
    source: &Client,
) -> (Vec<String>, Vec<String>) {
    let typing = typists.iter_mut().enumerate().map(|(n, one)| {
        let who = format!("录入员{n}");
        async move { type_in(one, &who, day).await }
    });
    let reporting = phones.iter_mut().enumerate().map(|(n, one)| {
        let who = format!("委员{n}");
        async move { report(one, &who, day, n).await }
    });
    let (typed, reported, posted) = tokio::join!(join_all(typing), join_all(reporting), post(source, day));
    let (mut all, receipts): (Vec<String>, Vec<String>) = reported.into_iter().unzip();
    all.extend(typed.into_iter().flatten());
    all.extend(posted);
    (all, receipts)
}

#[tokio::test]
async fn three_days_of_a_plenary_lose_nothing_double_nothing_and_leave_nothing_held() {
    let start = Timestamp::parse("2026-01-24T09:00:00").expect("a time");
    let clock = Arc::new(ManualClock::at(start));
    let app = TestApp::start_by(Arc::clone(&clock) as _, |config| config.portal.per_hour = 0).await;
    let source = app.add_source("group-one", &["submit", "read"]).await;
    let mut people = Vec::new();
    for (name, role) in [("zhang", "editor"), ("wang", "editor"), ("li", "editor"), ("chen", "reviewer")] {
        people.push((name, Browser::signed_in(&app, name, &[role]).await));
    }
    let mut typists = Vec::new();
    for n in 0..TYPISTS {
        typists.push(Browser::signed_in(&app, &format!("typist{n}"), &["editor"]).await);
    }
    let mut phones = Vec::new();
    for n in 0..PHONES {
        phones.push(match n {
            0..OWN => Browser::signed_in(&app, &format!("member{n}"), &["contributor"]).await,
            _ => Browser::new(&app),
        });
    }
    let (mut sent, mut receipts) = (BTreeSet::new(), Vec::new());
    for day in 1..=DAYS {
        if day > 1 {
            // The sessions of the day before are over.
            clock.advance(24 * 3600);
            for (name, browser) in &mut people {
                browser.sign_in(name).await;
            }
            for (n, browser) in typists.iter_mut().enumerate() {
                browser.sign_in(&format!("typist{n}")).await;
            }
            for (n, browser) in phones.iter_mut().take(OWN).enumerate() {
                browser.sign_in(&format!("member{n}")).await;
            }
        }
        let (titles, mut new) = arrive(day, &mut typists, &mut phones, &source).await;
        sent.extend(titles);
        receipts.append(&mut new);
        app.settle().await;
        work(day, &mut people).await;
    }
    assert_eq!(sent.len(), ALL);
    whole(&app, &mut people[1].1, &sent).await;
    receipts.sort();
    receipts.dedup();
    assert_eq!(receipts.len(), DAYS * PHONES);
    let mut anybody = Browser::new(&app);
    for receipt in &receipts {
        let told = anybody.get(&format!("/receipt?no={receipt}")).await.text();
        assert!(told.contains("已收到") || told.contains("留作参考"), "{receipt}: {told}");
    }
    app.finish().await;
}

/// A day at the desk: three take what came, work on some of it, and one goes off duty with the rest.
async fn work(day: usize, people: &mut [(&'static str, Browser)]) {
    let [(_, zhang), (_, wang), (_, li), (_, chen)] = people else { panic!("four people") };
    for editor in [&mut *zhang, &mut *wang, &mut *li] {
        let before = held(editor, "me").await;
        let free = listed(editor, "/inbox?state=received&holder=none").await;
        let taken = &free[..20.min(free.len())];
        act(editor, taken, "claim").await;
        act(editor, &taken[..8], "keep").await;
        assert_eq!(held(editor, "me").await, before + 12);
    }
    match day {
        // Hands back before going home; that was too soon, it is undone and done again.
        1 => {
            let told = zhang.post("/inbox/hand-back", &[("holder", "zhang")]).await;
            let place = told.header("location").to_owned();
            let act = between(&format!("{place}&"), "act=", "&").expect("an act");
            assert!(zhang.get(&place).await.text().contains("已释放 12 件"));
            assert_eq!(zhang.post("/inbox/undo", &[("act", &act)]).await.status, 303);
            assert_eq!(held(zhang, "me").await, 12);
            assert_eq!(hand_back(zhang, "zhang").await, 303);
        }
        // Is called away: a colleague may not, who reviews does.
        2 => {
            assert_eq!(held(wang, "@li").await, 12 + 12);
            assert_eq!(hand_back(wang, "li").await, 403);
            assert_eq!(hand_back(chen, "li").await, 303);
        }
        // Is away, and somebody stands in.
        _ => {
            zhang.get("/account").await;
            let days = [("deputy", "wang"), ("from", "2026-01-26"), ("until", "2026-01-27")];
            let arranged = zhang.post("/account/cover", &days).await;
            assert_eq!(arranged.status, 303, "{}", arranged.text());
            wang.get("/inbox").await;
            assert_eq!(hand_back(wang, "zhang").await, 303);
            assert_eq!(hand_back(wang, "wang").await, 303);
            assert_eq!(hand_back(chen, "li").await, 303);
            let nothing = wang.post("/inbox/hand-back", &[("holder", "zhang")]).await;
            assert!(nothing.status == 422 && nothing.text().contains("无须交回"), "{}", nothing.text());
        }
    }
}

/// Everything that was sent is there once; nobody holds any of it.
async fn whole(app: &TestApp, editor: &mut Browser, sent: &BTreeSet<String>) {
    assert_eq!(app.settle().await["counts"]["items"], ALL);
    let (mut there, kept) = (titles(editor, "received").await, titles(editor, "kept").await);
    assert_eq!(kept.len(), DAYS * 3 * 8);
    there.extend(kept);
    assert_eq!(there.len(), ALL);
    assert_eq!(there.into_iter().collect::<BTreeSet<_>>(), *sent);
    let free = editor.get("/inbox?state=received&holder=none").await.text();
    assert!(!free.contains("领取的（"), "nobody is offered as a holder: {free}");
}
