//! Two serving processes, and one that only works, on the same PostgreSQL and the same Kafka.

use std::process::Child;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

use crate::support::{Client, Server, engines, item, list, minyi, number, text, texts};

const LONG: &str = "上清寺片区老旧小区建成三十年，六层以上没有电梯，老人上下楼十分吃力。居民愿意分摊费用，但管线迁改费用过高。\
建议由市政部门统筹迁改，简化审批手续，并将补助标准适当提高，让有意愿的楼栋尽快开工建设。";

/// A process that only works.
struct Worker {
    child: Child,
    _dir: TempDir,
}

impl Worker {
    fn start(settings: &[(&str, String)]) -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let mut command = minyi(&["worker", "--data"]);
        command.arg(dir.path()).envs(settings.iter().map(|(name, value)| (*name, value)));
        Self { child: command.spawn().expect("the program starts"), _dir: dir }
    }

    /// Ends it in order; it must end well.
    fn stop(mut self) {
        kill_process(Pid::from_child(&self.child), Signal::TERM).expect("it is still running");
        assert!(self.child.wait().expect("its status").success());
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // After stop() there is nothing left to kill.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Sends one item after the other, to the nodes in turn; all are taken.
async fn send(clients: &[&Client], keys: std::ops::Range<usize>) -> Vec<String> {
    let mut ids = Vec::new();
    for n in keys {
        let body = format!("{LONG}第{}号楼居民反映。", n / 4);
        let sent = item(&format!("n{n}"), "加装电梯", &body).json();
        let answer = clients[n % clients.len()].post("/api/v1/items", sent).await;
        assert_eq!(answer.status, 202, "{}", answer.text());
        ids.push(text(&answer.ok(), "/id").to_owned());
    }
    ids
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Kafka and PostgreSQL"]
async fn nodes_share_the_work_and_give_the_same_answers_and_one_may_go() {
    let shared = engines::variables_of("two nodes");
    let first = Server::start_on(tempfile::tempdir().expect("a folder"), &shared);
    let token = first.add_token("street", &["submit", "read"]).await;
    // Receipts are keyed by the secret: it is the same on every node.
    let beside = tempfile::tempdir().expect("a folder");
    std::fs::copy(first.dir().join("secret.key"), beside.path().join("secret.key")).expect("copied");
    let mut only_serves = shared.clone();
    only_serves.push(("MINYI_PIPELINE__HERE", "false".to_owned()));
    let second = Server::start_on(beside, &only_serves);
    let worker = Worker::start(&shared);
    let (one, two) =
        (Client::tcp(first.address(), Some(&token)), Client::tcp(second.address(), Some(&token)));

    let ids = send(&[&one, &two], 0..40).await;
    // The same again at the other node is the same item with the same receipt.
    let again = item("n0", "加装电梯", &format!("{LONG}第0号楼居民反映。")).json();
    let (here, there) =
        (one.post("/api/v1/items", again.clone()).await, two.post("/api/v1/items", again).await);
    assert_eq!(text(&here.ok(), "/receipt"), text(&there.ok(), "/receipt"));

    let (a, b) = (first.settled().await, second.settled().await);
    assert_eq!(a["counts"], b["counts"]);
    assert_eq!((number(&a, "/counts/items"), number(&a, "/indexed"), number(&b, "/indexed")), (40, 40, 40));
    assert_eq!(number(&a, "/counts/groups"), 10, "four of each building: {a:#}");
    let hits = |found: &Value| {
        let mut ids = texts(found, "/hits", "id");
        ids.sort();
        ids
    };
    let (here, there) = (one.search("电梯", "&limit=40").await, two.search("电梯", "&limit=40").await);
    assert_eq!(hits(&here), hits(&there));
    let path = format!("/api/v1/items/{}/similar", ids[39]);
    let (here, there) = (one.get(&path).await.ok(), two.get(&path).await.ok());
    assert_eq!((list(&here, "/links"), list(&here, "/links").is_empty()), (list(&there, "/links"), false));

    // A source that one node adds is known to the other.
    let late = first.add_token("late", &["submit"]).await;
    let client = Client::tcp(second.address(), Some(&late));
    let mut status = 0;
    for _ in 0..100 {
        status = client.post("/api/v1/items", item("late", "加装电梯", LONG).json()).await.status;
        if status == 202 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(status, 202);

    // From here on one process serves, and another one works.
    drop(first.stop());
    send(&[&two], 40..60).await;
    let report = second.settled().await;
    assert_eq!((number(&report, "/counts/items"), number(&report, "/indexed")), (61, 61));
    worker.stop();
    drop(second.stop());
}
