//! Awkward mails, all of our own making.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::*;

const MATTER: &str = "翠柏苑北门到菜市场一段没有路灯，晚上老人出门容易摔倒，建议尽快增设。";

fn gbk(text: &str) -> Vec<u8> {
    // The characters of these tests as GBK holds them.
    text.chars()
        .flat_map(|c| match c {
            '关' => vec![0xB9, 0xD8],
            '于' => vec![0xD3, 0xDA],
            '路' => vec![0xC2, 0xB7],
            '灯' => vec![0xB5, 0xC6],
            '的' => vec![0xB5, 0xC4],
            '建' => vec![0xBD, 0xA8],
            '议' => vec![0xD2, 0xE9],
            c => vec![u8::try_from(u32::from(c)).expect("ASCII")],
        })
        .collect()
}

fn quoted(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("={byte:02X}")).collect()
}

fn mail(head: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "From: =?utf-8?B?5byg5LiJ?= <Zhang@Example.org>\r\nMessage-ID: <1@example.org>\r\nDate: Thu, 08 Jan 2026 09:30:00 +0800 (CST)\r\n{head}\r\n"
    );
    [head.as_bytes(), body].concat()
}

fn opened(head: &str, body: &[u8]) -> Mail {
    read(&mail(head, body)).expect("a mail")
}

fn only_text(mail: &Mail) -> &str {
    assert_eq!(mail.texts.len(), 1, "{mail:?}");
    mail.texts[0].text.trim()
}

#[test]
fn a_head_says_who_what_and_when() {
    let head = Head::read(&mail("Subject: =?utf-8?Q?=E8=B7=AF=E7=81=AF?=\r\n", b""));
    assert_eq!((head.id.as_str(), head.subject.as_str()), ("1@example.org", "路灯"));
    assert_eq!(head.from, Sender { name: "张三".to_owned(), address: "zhang@example.org".to_owned() });
    let latest = Timestamp::parse("2026-02-01T00:00:00").expect("a time");
    assert_eq!(head.at(latest), Some(Timestamp::parse("2026-01-08T09:30:00").expect("a time")));
    assert_eq!(head.automatic, None);
    assert_eq!(Head::read(b"").key(), None);
    for odd in [&b"From: x\r\n\r\n"[..], b"From: <>\r\n\r\n", b"From: a b@c.d\r\n\r\n", b"\r\n"] {
        assert_eq!(Head::read(odd).from.address, "", "{}", String::from_utf8_lossy(odd));
    }
}

#[test]
fn texts_are_read_in_every_character_set_and_packing() {
    let wanted = "关于路灯的建议";
    let bytes = gbk(wanted);
    for (head, body) in [
        ("Content-Type: text/plain; charset=gb2312\r\nContent-Transfer-Encoding: 8bit\r\n", bytes.clone()),
        (
            "Content-Type: text/plain; charset=\"GB18030\"\r\nContent-Transfer-Encoding: base64\r\n",
            STANDARD.encode(&bytes).into_bytes(),
        ),
        (
            "Content-Type: text/plain; charset=gbk\r\nContent-Transfer-Encoding: quoted-printable\r\n",
            quoted(&bytes).into_bytes(),
        ),
        // What they say of themselves is wrong, or missing.
        ("Content-Type: text/plain; charset=utf-8\r\n", bytes.clone()),
        ("Content-Type: text/plain; charset=iso-8859-1\r\n", bytes.clone()),
        ("Content-Type: text/plain\r\n", bytes.clone()),
        ("", bytes),
        (
            "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n",
            STANDARD.encode(wanted).into_bytes(),
        ),
        ("", wanted.as_bytes().to_vec()),
    ] {
        assert_eq!(only_text(&opened(head, &body)), wanted, "{head}");
    }
    let html = format!(
        "<html><head><style>p{{color:red}}</style></head><body><p>{wanted}</p><p>第二段&nbsp;完</p></body></html>"
    );
    let mail = opened("Content-Type: text/html; charset=utf-8\r\n", html.as_bytes());
    assert_eq!(only_text(&mail), format!("{wanted}\n第二段 完"));
}

#[test]
fn of_two_dresses_of_a_text_one_is_read() {
    let both = |plain: &str| {
        let body = format!(
            "--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{plain}\r\n--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<div>{MATTER}{MATTER}</div>\r\n--b--\r\n"
        );
        opened("Content-Type: multipart/alternative; boundary=b\r\n", body.as_bytes())
    };
    assert_eq!(only_text(&both(&MATTER.repeat(2))), MATTER.repeat(2));
    assert_eq!(only_text(&both("请用支持网页格式的程序查看")), MATTER.repeat(2));
    assert_eq!(only_text(&both("")), MATTER.repeat(2));
}

#[test]
fn nested_parts_give_their_texts_and_files_under_their_names() {
    let gbk_name = quoted(&gbk("路灯")).replace('=', "%");
    let body = format!(
        "--a\r\nContent-Type: multipart/related; boundary=r\r\n\r\n\
         --r\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n\
         --b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{MATTER}\r\n--b--\r\n\
         --r\r\nContent-Type: image/png\r\nContent-ID: <logo>\r\nContent-Transfer-Encoding: base64\r\n\r\niVBORw0KGgo=\r\n--r--\r\n\
         --a\r\nContent-Type: text/plain\r\nContent-Disposition: attachment; filename*=gbk''{gbk_name}.txt\r\n\r\nx\r\n\
         --a\r\nContent-Type: application/octet-stream; name=\"=?utf-8?B?6Lev54Gv?=.pdf\"\r\nContent-Transfer-Encoding: base64\r\n\r\nJVBERi0=\r\n\
         --a\r\nContent-Type: application/octet-stream\r\nContent-Disposition: attachment; filename*0*=utf-8''%E8%B7%AF; filename*1*=%E7%81%AF; filename*2=.doc\r\n\r\nz\r\n\
         --a\r\nContent-Type: text/calendar\r\n\r\nBEGIN:VCALENDAR\r\n\
         --a\r\nContent-Type: message/rfc822\r\n\r\nSubject: =?utf-8?B?5LqV55uW?=\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n井盖缺失已经一个月。\r\n\
         --a--\r\n"
    );
    let mail = opened("Subject: x\r\nContent-Type: multipart/mixed; boundary=a\r\n", body.as_bytes());
    let texts: Vec<(&str, &str)> =
        mail.texts.iter().map(|text| (text.subject.as_str(), text.text.trim())).collect();
    assert_eq!(texts, [("x", MATTER), ("井盖", "井盖缺失已经一个月。")]);
    let files: Vec<&str> = mail.files.iter().map(|file| file.name.as_str()).collect();
    assert_eq!(files, ["路灯.txt", "路灯.pdf", "路灯.doc"]);
    assert_eq!(mail.files[1].bytes, b"%PDF-");
}

#[test]
fn names_that_are_not_encoded_at_all_are_read_and_a_file_keeps_its_bytes() {
    let name = gbk("路灯");
    let body = [
        b"--a\r\nContent-Type: text/plain\r\nContent-Disposition: attachment; filename=\"".as_slice(),
        &name,
        b".txt\"\r\n\r\n",
        &gbk("关于路灯的建议"),
        b"\r\n--a--\r\n",
    ]
    .concat();
    let mail = opened("Content-Type: multipart/mixed; boundary=a\r\n", &body);
    assert_eq!(mail.files.len(), 1, "{mail:?}");
    assert_eq!(mail.files[0].name, "路灯.txt");
    assert_eq!(mail.files[0].bytes, gbk("关于路灯的建议"), "GBK as it came: the reader of files finds out");
    let raw = [b"Subject: ".as_slice(), &gbk("关于路灯"), b"\r\n\r\nx"].concat();
    assert_eq!(Head::read(&raw).subject, "关于路灯");
}

#[test]
fn what_programs_send_is_told_from_what_people_write() {
    for (head, word) in [
        ("Auto-Submitted: auto-replied\r\n", "自动回复"),
        ("Subject: =?utf-8?B?6Ieq5Yqo5Zue5aSN?= x\r\n", "自动回复"),
        ("X-Autoreply: yes\r\n", "自动回复"),
        ("Precedence: bulk\r\n", "群发"),
        ("List-Id: <news.example.org>\r\n", "群发"),
        ("Return-Path: <>\r\n", "退信"),
        ("Content-Type: multipart/report; boundary=b; report-type=delivery-status\r\n", "退信"),
    ] {
        let automatic = Head::read(&mail(head, b"")).automatic;
        assert!(automatic.is_some_and(|why| why.contains(word)), "{head}: {automatic:?}");
    }
    for head in ["Auto-Submitted: no\r\n", "Precedence: first-class\r\n", "Return-Path: <a@b.cn>\r\n", ""] {
        assert_eq!(Head::read(&mail(head, b"")).automatic, None, "{head}");
    }
}

#[test]
fn a_mail_is_the_same_whatever_the_way_added_to_it_and_another_when_it_says_something_else() {
    let first = Head::read(&mail("Subject: a\r\n", b"")).key();
    let raw = [b"Received: from x\r\nX-Spam: no\r\n".as_slice(), &mail("Subject: a\r\n", b"other")].concat();
    assert!(first.is_some());
    assert_eq!(Head::read(&raw).key(), first);
    assert_ne!(Head::read(&mail("Subject: b\r\n", b"")).key(), first);
}

#[test]
fn broken_mails_end_no_process() {
    let whole = mail(
        "Subject: =?utf-8?B?6Lev54Gv?=\r\nContent-Type: multipart/mixed; boundary=a\r\n",
        b"--a\r\nContent-Type: message/rfc822\r\n\r\nSubject: x\r\n\r\ny\r\n--a\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!\r\n--a--",
    );
    for end in 0..whole.len() {
        drop(read(&whole[..end]));
        drop(Head::read(&whole[..end]));
    }
    for at in 0..whole.len() {
        let mut broken = whole.clone();
        broken[at] ^= 0x80;
        drop(read(&broken));
    }
    // On this one the parser's own assertion fails, where there are any.
    drop(read(include_bytes!("../../../fuzz/seeds/mails/no_multipart.eml")));
    let deep = "Content-Type: message/rfc822\r\n\r\n".repeat(200);
    drop(read(deep.as_bytes()));
}
