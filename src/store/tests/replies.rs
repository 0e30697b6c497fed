//! Receipts that go back by mail, on every engine.

use crate::model::{Channel, MailChoice, Roles, UserName};

use super::*;

fn reply(words: &str) -> Reply {
    Reply {
        mail: arrival("mail-1", "文").id,
        address: "zhang@example.org".to_owned(),
        in_reply_to: "1@example.org".to_owned(),
        words: words.to_owned(),
    }
}

fn roles() -> Roles {
    serde_json::from_str("[\"contributor\"]").expect("roles")
}

pub(super) fn a_receipt_by_mail_is_planned_once_and_a_sender_is_known_by_the_address_of_an_account(
    place: &Place,
) {
    let store = place.open();
    let source: SourceId = "box".parse().expect("slug");
    let name = |text: &str| text.parse::<UserName>().expect("a name");
    let write: Result<(), StoreError> = store
        .write(Priority::Batch, move |tx: &mut Tx<'_>| {
            put_reply(tx, &source, &reply("收到来稿 1 件"))?;
            // A process that was killed in between comes here again.
            put_reply(tx, &source, &reply("又一次"))?;
            for (user, address) in
                [("zhang", "Zhang@example.org"), ("li", "both@example.org"), ("wang", "both@example.org")]
            {
                insert_user(tx, &name(user), "张三", &roles(), &Actor::System)?;
                set_choice(tx, &Actor::User(user.to_owned()), MailChoice::AtOnce, address)?;
            }
            Ok(())
        })
        .wait();
    write.expect("written");
    let due = store.write(Priority::Batch, move |tx: &mut Tx<'_>| {
        let until = tx.now().plus_seconds(60);
        take_deliveries(tx, Channel::Reply, until, 100)
    });
    let due: Vec<Due> = due.wait().unwrap_or_else(|error: StoreError| panic!("{error}"));
    let [one] = due.as_slice() else { panic!("one receipt: {due:?}") };
    assert_eq!((one.key.target.as_str(), one.words.as_str()), ("zhang@example.org", "收到来稿 1 件"));
    let no = one.key.notice;
    let read = store.read(move |sql| {
        let at = |sql: &mut dyn Sql, address: &str| {
            Ok::<_, StoreError>(account_at(sql, address)?.map(|user| user.name.as_str().to_owned()))
        };
        let found =
            [at(sql, "zhang@EXAMPLE.org")?, at(sql, "both@example.org")?, at(sql, "")?, at(sql, "x@y.cn")?];
        Ok::<_, StoreError>((answered_mail(sql, no)?, answered_mail(sql, no + 1)?, found))
    });
    let (answered, none, found) = read.wait().expect("read");
    assert_eq!((answered.as_str(), none.as_str()), ("1@example.org", ""));
    assert_eq!(found, [Some("zhang".to_owned()), None, None, None], "an address of two people is nobody's");
    let disabled = store.write(Priority::Desk, move |tx: &mut Tx<'_>| {
        set_disabled(tx, &"zhang".parse::<UserName>().expect("a name"), true, &Actor::System)?;
        account_at(tx, "zhang@example.org")
    });
    assert!(disabled.wait().unwrap_or_else(|error: StoreError| panic!("{error}")).is_none());
}
