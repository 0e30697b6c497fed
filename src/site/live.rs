//! Figures beside the places of the navigation: what waits, as it was counted last on this node, and the streams over which
//! open pages hear when that changes.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use crate::model::{Permission, SessionKey, User};

/// Streams of one session. A page listens only while it is looked at, so this many windows side by side are live; a browser
/// has six connections to a site, and the rest must stay free for pages.
const PER_SESSION: usize = 3;
/// Larger figures are not told apart.
const SHOWN_MAX: i64 = 999;

/// What waits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Waiting {
    /// 待编.
    pub received: i64,
    /// 待审.
    pub in_review: i64,
    /// 待签, of what goes out without an issue.
    pub reports: i64,
    /// 待签, proofs.
    pub proofs: i64,
    /// 提醒 not seen yet, by owner as the log names them.
    pub reminders: BTreeMap<String, i64>,
}

/// The figure beside a place: its address, what it counts, how many.
pub type Figure = (&'static str, &'static str, i64);

impl Waiting {
    /// The figures that this person sees.
    pub fn of(&self, user: &User) -> Vec<Figure> {
        let mut out = Vec::new();
        if user.may(Permission::Read) {
            out.push(("/inbox", "待编", self.received));
            let own = self.reminders.get(&user.actor().to_string()).copied().unwrap_or(0);
            out.push(("/reminders", "未读", own));
        }
        let (reviews, signs) = (user.may(Permission::Review), user.may(Permission::Sign));
        match (reviews, signs) {
            (true, true) => out.push(("/tasks", "待审、待签", self.in_review + self.reports)),
            (true, false) => out.push(("/tasks", "待审", self.in_review)),
            (false, true) => out.push(("/tasks", "待签", self.reports)),
            (false, false) => {}
        }
        if signs || user.may(Permission::Register) {
            out.push(("/issues", "待签", self.proofs));
        }
        out
    }
}

/// A figure as it is shown; nothing where nothing waits.
pub fn shown(count: i64) -> String {
    match count {
        ..=0 => String::new(),
        1..=SHOWN_MAX => count.to_string(),
        _ => format!("{SHOWN_MAX}+"),
    }
}

/// The figures, and who listens.
#[derive(Debug)]
pub struct Live {
    waiting: watch::Sender<Waiting>,
    ending: watch::Sender<bool>,
    seats: Mutex<HashMap<[u8; 32], usize>>,
    /// Streams of this process at most.
    most: usize,
}

/// The right to one stream; given back when it is dropped.
#[derive(Debug)]
pub struct Seat {
    live: Arc<Live>,
    session: SessionKey,
}

impl Live {
    /// With room for so many streams.
    pub fn new(most: usize) -> Arc<Self> {
        let (waiting, ending) = (watch::Sender::new(Waiting::default()), watch::Sender::new(false));
        Arc::new(Self { waiting, ending, seats: Mutex::default(), most })
    }

    /// Tells what waits now; whoever listens hears of it if it differs.
    pub fn publish(&self, now: Waiting) {
        self.waiting.send_if_modified(|known| {
            let differs = *known != now;
            if differs {
                *known = now;
            }
            differs
        });
    }

    /// What waited when it was counted last.
    pub fn now(&self) -> Waiting {
        self.waiting.borrow().clone()
    }

    /// Hears of every change.
    pub fn listen(&self) -> watch::Receiver<Waiting> {
        self.waiting.subscribe()
    }

    /// Hears of the end.
    pub fn until_end(&self) -> watch::Receiver<bool> {
        self.ending.subscribe()
    }

    /// No stream goes on: the server is ending.
    pub fn end(&self) {
        self.ending.send_replace(true);
    }

    /// A place for one more stream; none where this session or this process has its share.
    pub fn enter(self: &Arc<Self>, session: SessionKey) -> Option<Seat> {
        let mut seats = self.seats();
        let all: usize = seats.values().sum();
        let own = seats.entry(session.0).or_default();
        if *self.ending.borrow() || all >= self.most || *own >= PER_SESSION {
            if *own == 0 {
                seats.remove(&session.0);
            }
            return None;
        }
        *own += 1;
        Some(Seat { live: Arc::clone(self), session })
    }

    fn seats(&self) -> MutexGuard<'_, HashMap<[u8; 32], usize>> {
        self.seats.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut seats = self.live.seats();
        if let Some(own) = seats.get_mut(&self.session.0) {
            *own -= 1;
            if *own == 0 {
                seats.remove(&self.session.0);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Role, Roles, Timestamp};

    fn user(name: &str, roles: &[Role]) -> User {
        User {
            name: name.parse().expect("a name"),
            title: name.to_owned(),
            roles: Roles::new(roles).expect("roles"),
            active: true,
            second_step: false,
            created_at: Timestamp::from_micros(0),
            disabled_at: None,
            covers: Vec::new(),
        }
    }

    #[test]
    fn everybody_sees_what_waits_for_them() {
        let reminders = BTreeMap::from([("user:li".to_owned(), 2)]);
        let waiting = Waiting { received: 7, in_review: 3, reports: 1, proofs: 5, reminders };
        let of = |name: &str, roles: &[Role]| waiting.of(&user(name, roles));
        assert_eq!(
            of("zhang", &[Role::Editor]),
            [("/inbox", "待编", 7), ("/reminders", "未读", 0), ("/issues", "待签", 5)]
        );
        assert!(of("li", &[Role::Reviewer]).contains(&("/reminders", "未读", 2)));
        assert!(of("li", &[Role::Reviewer]).contains(&("/tasks", "待审", 3)));
        assert!(of("zhao", &[Role::Signer]).contains(&("/tasks", "待签", 1)));
        assert_eq!(of("sys", &[Role::System]), []);
        assert_eq!([shown(0), shown(999), shown(1000)], ["", "999", "999+"]);
    }

    #[test]
    fn a_session_has_its_share_of_streams_and_gives_them_back() {
        let live = Live::new(5);
        let (one, other) = (SessionKey([1; 32]), SessionKey([2; 32]));
        let mut seats: Vec<_> = (0..PER_SESSION).map(|_| live.enter(one).expect("a seat")).collect();
        assert!(live.enter(one).is_none(), "the session has its share");
        seats.extend((0..2).map(|_| live.enter(other).expect("a seat")));
        assert!(live.enter(SessionKey([3; 32])).is_none(), "the process has its share");
        drop(seats);
        assert!(live.enter(one).is_some());
        live.end();
        assert!(live.enter(other).is_none(), "nothing begins while it ends");
        assert!(live.seats().is_empty(), "{live:?}");
    }

    #[test]
    fn only_what_differs_is_told() {
        let live = Live::new(1);
        let mut heard = live.listen();
        live.publish(Waiting::default());
        assert!(!heard.has_changed().expect("it lives"));
        live.publish(Waiting { received: 1, ..Waiting::default() });
        assert!(heard.has_changed().expect("it lives") && heard.borrow_and_update().received == 1);
    }
}
