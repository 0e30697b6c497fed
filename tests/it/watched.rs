//! A watched folder as a source: each file once, moved aside with its report; half written ones are left alone.

use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use crate::support::{Server, engines, minyi, number};

fn letter(n: usize) -> String {
    format!(
        "关于第{n:02}号路增设路灯的建议\n第{n:02}号路到菜市场一段没有路灯，晚上老人出门容易摔倒，建议尽快增设。\n"
    )
}

fn settings(dir: &Path, plans: &Path) -> Vec<(&'static str, String)> {
    let mut all = engines::variables(dir);
    all.push(("MINYI_PULL__DIR", plans.to_str().expect("a path").to_owned()));
    all.push(("MINYI_PULL__EVERY_MS", "30".to_owned()));
    all
}

fn names(dir: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(dir).expect("a folder");
    let mut out: Vec<String> =
        entries.map(|one| one.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    out.sort();
    out
}

async fn view(server: &Server) -> Value {
    server.operator.get("/api/v1/pulls").await.ok()[0].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn files_are_taken_each_once_and_moved_aside_with_a_report_though_the_process_is_killed() {
    let (watched, plans) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let put = |name: &str, bytes: &[u8]| std::fs::write(watched.path().join(name), bytes).expect("written");
    let plan = format!(
        "title = \"收件文件夹\"\nformat = \"folder\"\n[folder]\npath = \"{}\"\nevery_seconds = 1\nstill_seconds = 1\n[item]\nunit = \"翠柏街道\"\n",
        watched.path().display()
    );
    std::fs::write(plans.path().join("scanner.toml"), plan).expect("written");
    for n in 0..12 {
        put(&format!("{n:02}.txt"), letter(n).as_bytes());
    }
    let table =
        "标题,正文\n关于甲的建议,翠柏苑北门没有路灯，建议尽快增设。\n,没有标题，也没有别的什么可以说。\n";
    put("汇总.csv", table.as_bytes());
    put("图.png", b"\x89PNG\r\n\x1a\n0");
    put("密.txt", "机密★3年\n关于路灯的建议\n翠柏苑北门没有路灯，建议尽快增设。".as_bytes());
    for half in ["半.docx.part", "~$稿.docx", ".hidden.txt"] {
        put(half, letter(99).as_bytes());
    }
    let mut dir = tempfile::tempdir().expect("a folder");
    let own = settings(dir.path(), plans.path());
    // Killed between taking and noting.
    for failpoint in ["intake.before_answer:3", "intake.before_answer:6"] {
        let mut command = minyi(&["serve", "--listen", "127.0.0.1:0", "--data"]);
        command.arg(dir.path()).envs(own.iter().map(|(name, value)| (*name, value)));
        let log = std::fs::File::create(dir.path().join("killed.txt")).expect("a log");
        let child =
            command.env("MINYI_FAILPOINT", failpoint).stdout(std::process::Stdio::null()).stderr(log).spawn();
        let mut child = child.expect("the program starts");
        let ended = tokio::task::spawn_blocking(move || {
            for _ in 0..300 {
                if child.try_wait().expect("its status").is_some() {
                    return true;
                }
                std::thread::sleep(Duration::from_millis(100));
            }
            drop(child.kill());
            drop(child.wait());
            false
        });
        assert!(ended.await.expect("waited"), "the failpoint was not reached");
    }
    let mut server = Server::start_on(dir, &own);
    wait_until_empty(&server, watched.path()).await;
    dir = server.stop();
    // The same file again, under another name and under its own.
    put("又.txt", letter(3).as_bytes());
    put("04.txt", letter(4).as_bytes());
    server = Server::start_on(dir, &own);
    wait_until_empty(&server, watched.path()).await;
    let seen = view(&server).await;
    assert_eq!((number(&seen, "/taken"), number(&seen, "/refused")), (13, 3), "{seen}");
    assert_eq!(names(watched.path()), [".hidden.txt", "done", "refused", "~$稿.docx", "半.docx.part"]);
    let (done, refused) = (watched.path().join("done"), watched.path().join("refused"));
    assert_eq!(names(&refused), ["图.png", "图.png.报送结果.csv", "密.txt", "密.txt.报送结果.csv"]);
    assert_eq!(
        names(&done).iter().filter(|name| name.ends_with(".csv")).count(),
        12 + 1 + 1 + 2,
        "a report each, and the table"
    );
    let report = std::fs::read_to_string(done.join("汇总.csv.报送结果.csv")).expect("a report");
    assert!(report.contains("新收") && report.contains("未收") && report.contains("标题"), "{report}");
    assert!(std::fs::read_to_string(done.join("又.txt.报送结果.csv")).expect("a report").contains("重复"));
    let secret = std::fs::read_to_string(refused.join("密.txt.报送结果.csv")).expect("a report");
    assert!(secret.contains("涉密") && !secret.contains("路灯") && !secret.contains('★'), "{secret}");
    let report = server.operator.post("/api/v1/verify", "").await.ok();
    assert_eq!((&report["ok"], number(&report, "/counts/items")), (&Value::Bool(true), 13), "{report:#}");
    drop(server.stop());
}

/// Waits until nothing is left in the folder but what is to be left alone.
async fn wait_until_empty(server: &Server, watched: &Path) {
    for _ in 0..600 {
        let left = names(watched);
        if left.len() == 5 && view(server).await["succeeded_at"] != "" {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("left: {:?}; {}", names(watched), view(server).await);
}
