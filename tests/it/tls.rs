//! TLS of the program itself: who is served, who is turned away, and what an administrator is told of the files.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use minyi::config::{Config, load};
use minyi::web::Tls;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{Browser, Certificate, Client, TestApp, item, minyi as program};

const BODY: &str = "翠柏苑北门到菜市场一段没有照明，老人夜间摔倒过几次，建议增设路灯。";

/// An instance with this certificate, whose files lie in the folder.
async fn start(certificate: &Certificate, dir: &TempDir, change: impl FnOnce(&mut Config)) -> TestApp {
    let (file, key) = certificate.write(dir.path(), "server");
    TestApp::start_with(|config| {
        (config.server.certificate, config.server.key) = (file, key);
        change(config);
    })
    .await
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

#[tokio::test]
async fn pages_and_interface_are_served_over_tls_with_cookies_for_nothing_else() {
    let (certificate, dir) = (Certificate::new("minyi"), folder());
    let app = start(&certificate, &dir, |_| {}).await;
    let client = Client::tls(app.address(), certificate.connector());
    let page = client.get("/sign-in").await;
    assert_eq!((page.status, page.header("strict-transport-security")), (200, "max-age=31536000"));
    let cookie = page.header("set-cookie");
    assert!(cookie.contains("; Secure") && cookie.contains("HttpOnly"), "{cookie}");
    let nowhere = client.get("/nowhere").await;
    assert_eq!((nowhere.status, nowhere.header("strict-transport-security")), (404, "max-age=31536000"));
    // An editor's whole way in, and a contributor's item.
    let link = crate::support::add_user(&app, "zhang", &["editor"]).await;
    let mut editor = Browser::over(client.clone());
    editor.get(&link).await;
    let password = crate::support::PASSWORD;
    let answer = editor.post(&link, &[("password", password), ("again", password)]).await;
    assert_eq!(answer.status, 303, "{}", answer.text());
    for given in answer.headers.get_all("set-cookie") {
        assert!(given.to_str().expect("a cookie").ends_with("; Secure"), "{given:?}");
    }
    let token = app.add_source("street", &["submit"]).await.token().to_owned();
    let sent = client.with_token(token).post("/api/v1/items", item("1", "建议增设路灯", BODY).json()).await;
    assert_eq!(sent.status, 202, "{}", sent.text());
    app.settle().await;
    assert!(editor.get("/inbox").await.text().contains("建议增设路灯"));
    app.finish().await;
}

#[tokio::test]
async fn whoever_knows_another_certificate_or_speaks_no_tls_is_turned_away() {
    let (certificate, dir) = (Certificate::new("minyi"), folder());
    let app = start(&certificate, &dir, |_| {}).await;
    let stranger = Certificate::new("somebody else").connector();
    let stream = TcpStream::connect(app.address()).await.expect("connected");
    let refused = stranger.connect(app.address().ip().into(), stream).await.expect_err("not the right one");
    assert!(refused.to_string().contains("invalid peer certificate"), "{refused}");
    // A browser that was given http:// is led on; what was sent without a lock is not taken.
    let plain = Client::tcp(app.address(), Some("my_token"));
    let host = app.address().to_string();
    let answer = Client::tcp(app.address(), None)
        .call(hyper::Method::GET, "/search?q=a", &[("host", &host)], "")
        .await;
    assert_eq!(answer.status, 308, "{}", answer.text());
    assert_eq!(answer.header("location"), format!("https://{host}/search?q=a"));
    let detail = plain.post("/api/v1/items", "{}").await.refused(400, "https_only");
    assert!(detail.contains("https://"), "{detail}");
    // Noise ends the connection, and others are served as before.
    let mut noise = TcpStream::connect(app.address()).await.expect("connected");
    noise.write_all(b"\x16\x03\x01\x00\x05nonsense").await.expect("sent");
    let mut rest = Vec::new();
    drop(noise.read_to_end(&mut rest).await);
    let served = Client::tls(app.address(), certificate.connector()).get("/healthz").await;
    assert_eq!(served.status, 200);
    app.finish().await;
}

/// Connects, sends so much, and then nothing more.
async fn dawdler(address: SocketAddr, first: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.expect("connected");
    stream.write_all(first).await.expect("sent");
    stream
}

#[tokio::test]
async fn a_slow_handshake_keeps_nobody_waiting_and_ends_after_its_time() {
    let (certificate, dir) = (Certificate::new("minyi"), folder());
    let app = start(&certificate, &dir, |config| {
        (config.server.handshake_seconds, config.server.header_seconds) = (6, 6);
    })
    .await;
    let mut dawdlers = Vec::new();
    for n in 0..40 {
        // Half of them begin a handshake, the others say nothing at all.
        let first: &[u8] = if n % 2 == 0 { b"\x16\x03\x01\x02\x00\x01" } else { b"" };
        dawdlers.push(dawdler(app.address(), first).await);
    }
    let client = Client::tls(app.address(), certificate.connector());
    for _ in 0..5 {
        assert_eq!(client.get("/healthz").await.status, 200);
    }
    // All are still waited for when the others have their answers.
    for stream in &mut dawdlers {
        let read = stream.try_read(&mut [0]);
        assert!(
            read.is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock),
            "sent away too soon"
        );
    }
    for stream in &mut dawdlers {
        let mut rest = Vec::new();
        let ended = tokio::time::timeout(Duration::from_secs(60), stream.read_to_end(&mut rest)).await;
        assert!(ended.is_ok(), "a dawdler is sent away");
    }
    app.finish().await;
}

#[tokio::test]
async fn a_renewed_certificate_is_in_force_without_a_restart() {
    let (old, new, dir) = (Certificate::new("old"), Certificate::new("new"), folder());
    let app = start(&old, &dir, |_| {}).await;
    assert_eq!(Client::tls(app.address(), old.connector()).get("/healthz").await.status, 200);
    new.write(dir.path(), "server");
    let name: rustls::pki_types::ServerName<'static> = app.address().ip().into();
    for tries in 0.. {
        let stream = TcpStream::connect(app.address()).await.expect("connected");
        if new.connector().connect(name.clone(), stream).await.is_ok() {
            break;
        }
        assert!(tries < 300, "the new one never came into force");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    assert_eq!(Client::tls(app.address(), new.connector()).get("/healthz").await.status, 200);
    app.finish().await;
}

/// Settings that name these files.
fn settings(certificate: &Path, key: &Path) -> Config {
    let mut config = load(None, &[]).expect("the default");
    config.server.certificate = certificate.to_owned();
    config.server.key = key.to_owned();
    config
}

#[test]
fn a_half_renewed_certificate_changes_nothing() {
    let dir = folder();
    let (file, key) = Certificate::new("old").write(dir.path(), "server");
    let tls = Tls::open(&settings(&file, &key).server).expect("good").expect("named");
    let before = tls.validity();
    assert!(!tls.look().expect("as before"));
    let new = Certificate::within("new", "260101000000Z", "480101000000Z");
    let (half, rest) = new.write(dir.path(), "new");
    std::fs::copy(&half, &file).expect("copied");
    let error = tls.look().expect_err("of another key").to_string();
    assert!(error.contains("不是一对"), "{error}");
    assert_eq!(tls.validity(), before);
    std::fs::copy(&rest, &key).expect("copied");
    assert!(tls.look().expect("whole") && tls.validity() != before);
}

#[test]
fn what_is_wrong_with_the_files_is_said_with_the_file_and_the_remedy() {
    let dir = folder();
    let (file, key) = Certificate::new("one").write(dir.path(), "one");
    let (_, other) = Certificate::new("two").write(dir.path(), "two");
    let sealed = dir.path().join("sealed.key");
    let text = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n";
    std::fs::write(&sealed, text).expect("written");
    let broken = dir.path().join("broken.pem");
    std::fs::write(&broken, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
        .expect("written");
    let gone = dir.path().join("gone.pem");
    for (file, key, told, named) in [
        (&gone, &key, "无法读取", &gone),
        (&file, &gone, "无法读取", &gone),
        (&key, &key, "没有 PEM 证书", &key),
        (&file, &file, "没有 PEM 私钥", &file),
        (&file, &sealed, "带口令", &sealed),
        (&file, &other, "不是一对", &other),
        (&broken, &key, "不能使用", &broken),
    ] {
        let error = Tls::open(&settings(file, key).server).err().expect(told).to_string();
        assert!(error.contains(told) && error.contains(&named.display().to_string()), "{error}");
    }
    let mut one_only = settings(&file, &key);
    one_only.server.key = Default::default();
    assert!(one_only.check().expect_err("half").to_string().contains("server.key"));
}

#[test]
fn doctor_tells_how_long_the_certificate_is_good_and_serve_refuses_one_that_cannot_be_used() {
    let dir = folder();
    let run = |command: &str, (file, key): (&Path, &Path)| {
        let mut program = program(&[command, "--data"]);
        program.arg(dir.path().join("data")).env("MINYI_SERVER__LISTEN", "127.0.0.1:0");
        program.env("MINYI_SERVER__CERTIFICATE", file).env("MINYI_SERVER__KEY", key);
        let done = program.output().expect("run");
        let text = [done.stdout, done.stderr].concat();
        (done.status.success(), String::from_utf8_lossy(&text).into_owned())
    };
    let (file, key) = Certificate::new("good").write(dir.path(), "good");
    let open = std::os::unix::fs::PermissionsExt::from_mode(0o644);
    std::fs::set_permissions(&key, open).expect("readable by all");
    let (well, told) = run("doctor", (&file, &key));
    assert!(well && told.contains("正常  TLS 证书有效至 2049-12-31"), "{told}");
    assert!(told.contains("任何人可读"), "the key's permissions: {told}");
    let (old, old_key) =
        Certificate::within("old", "240101000000Z", "250101000000Z").write(dir.path(), "old");
    let (well, told) = run("doctor", (&old, &old_key));
    assert!(!well && told.contains("问题  TLS 证书已于 2025-01-01 过期"), "{told}");
    let (well, told) = run("serve", (&file, &old_key));
    assert!(!well && told.contains("不是一对") && told.contains("old.key"), "{told}");
    assert!(!dir.path().join("data/store.db").exists(), "nothing was begun");
}

#[tokio::test]
async fn submit_sends_over_tls_to_a_server_that_it_knows_and_to_no_other() {
    let (certificate, dir) = (Certificate::new("minyi"), folder());
    let app = start(&certificate, &dir, |_| {}).await;
    let token = app.add_source("street", &["submit"]).await.token().to_owned();
    let file = dir.path().join("items.jsonl");
    std::fs::write(&file, item("1", "建议增设路灯", BODY).json()).expect("written");
    let url = format!("https://{}", app.address());
    let submit = async |known: Option<&Path>| {
        let mut program = program(&["submit", "--url", &url, "--token", &token]);
        program.arg(&file).current_dir(dir.path());
        program.envs(known.map(|path| ("MINYI_CA_FILE", path)));
        let done = tokio::task::spawn_blocking(move || program.output().expect("run")).await.expect("run");
        let text = [done.stdout, done.stderr].concat();
        (done.status.success(), String::from_utf8_lossy(&text).into_owned())
    };
    let (sent, told) = submit(None).await;
    assert!(!sent && told.contains("MINYI_CA_FILE"), "{told}");
    let (sent, told) = submit(Some(&dir.path().join("server.pem"))).await;
    assert!(sent && told.contains("新收 1 件"), "{told}");
    app.finish().await;
}
