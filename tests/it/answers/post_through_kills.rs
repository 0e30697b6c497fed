//! Mail to a server that fails at random, while ours is killed in between: none missing, none again once it was noted.

use minyi::model::{Actor, ItemId, ItemKey, MailChoice, Receipt, Role, Roles, SecretKey};
use minyi::store::{Priority, StoreError, Tx, insert_user, put_own_item, set_choice};

use super::receivers::Letters;
use super::{confirmed, events, figures, settings, stop_when_noted};
use crate::support::{Server, engines};

/// Contributors among whom the events are shared: what waits for one of them at the same moment goes in one mail.
const PEOPLE: usize = 10;
/// Starts that end by a kill.
const KILLS: usize = 5;

/// So many notices to people who want each at once, written while nobody serves.
fn written(dir: &std::path::Path, count: usize) {
    let store = engines::open_store(dir);
    let write = store.write(Priority::Desk, move |tx: &mut Tx<'_>| {
        let roles = Roles::new(&[Role::Contributor]).map_err(|_| StoreError::Stale)?;
        let source = "portal".parse().map_err(|_| StoreError::Stale)?;
        for person in 0..PEOPLE {
            let name = format!("person{person}");
            let account = name.parse().map_err(|_| StoreError::Stale)?;
            insert_user(tx, &account, &name, &roles, &Actor::System)?;
            set_choice(tx, &Actor::User(name.clone()), MailChoice::AtOnce, &format!("{name}@example.org"))?;
        }
        for n in 0..count {
            let owner = Actor::User(format!("person{}", n % PEOPLE));
            let item = ItemId::derive(&source, ItemKey::External(&n.to_string()));
            let receipt = Receipt::derive(&SecretKey::new([1; 32]), &item);
            put_own_item(tx, &owner, (&item, &receipt), "建议增设路灯")?;
        }
        Ok::<_, StoreError>(())
    });
    std::thread::spawn(move || write.wait().expect("written")).join().expect("written");
}

#[tokio::test(flavor = "multi_thread")]
async fn mails_reach_a_server_that_fails_at_random_though_ours_is_killed_in_between() {
    let count = events(100);
    // Of a thousand one would fail so often in a row that its next attempt is minutes away, were it one in four.
    let letters = Letters::start_failing(11, 8).await;
    let dir = tempfile::tempdir().expect("a folder");
    let mut all = settings(dir.path());
    let port = letters.port().to_string();
    let mail = [
        ("MINYI_MAIL__HOST", "127.0.0.1"),
        ("MINYI_MAIL__PORT", &port),
        ("MINYI_MAIL__SECURITY", "none"),
        ("MINYI_MAIL__FROM", "民意办公室 <minyi@example.org>"),
        ("MINYI_NOTIFY__CLOSED_FROM", "0"),
        ("MINYI_NOTIFY__CLOSED_TO", "0"),
    ];
    all.extend(mail.map(|(name, value)| (name, value.to_owned())));
    let dir = Server::start_on(dir, &all).stop();
    written(dir.path(), count);
    let mut server = Server::start_on(dir, &all);
    for kill in 1..=KILLS {
        letters.wait_for(kill * count / (KILLS + 2)).await;
        let dir = server.kill();
        letters.none_again(confirmed(dir.path()));
        server = Server::start_on(dir, &all);
    }
    letters.wait_for(count).await;
    let dir = stop_when_noted(server, &all, count).await;
    let (came, repeats, texts) = letters.report();
    let (again, failed) = letters.faults();
    figures(&format!(
        "mail: {count} events, {failed} refused or broken off, {KILLS} killed starts, {} missing, {} again after they were noted, \
         {repeats} repeats, each under its id",
        count - came,
        again.len()
    ));
    assert_eq!((confirmed(dir.path()).len(), came), (count, count), "none missing");
    assert_eq!(again, Vec::<String>::new(), "none again once it was noted");
    assert!(failed > 0, "the receiver did fail");
    // Only the message that was on its way when the process ended may come again, under the id it had: what waits for
    // one person at that moment.
    assert!(repeats <= KILLS * (count / PEOPLE), "{repeats} came twice");
    assert!(texts.contains("已收到") && !texts.contains("路灯"), "no message holds an item's text");
}
