//! Servers that misbehave, each in its own way at first: in the end all their entries are there, each once.

use std::io::Write;
use std::time::Duration;

use super::world::{Asked, Reply, World};
use super::*;

/// A way to misbehave: the answers before the good one, what the page says after the first, and the good one itself.
struct Way {
    name: &'static str,
    bad: Vec<Reply>,
    /// A word of what is told after the first failure; empty where it is none.
    told: &'static str,
    good: Reply,
    titles: Vec<String>,
    more: &'static str,
}

fn way(name: &'static str, told: &'static str, bad: Vec<Reply>) -> Way {
    let titles = (1..=5).map(|n| format!("{name}的第{n}件")).collect();
    Way { name, bad, told, good: Reply::xml(&feed(name, 1..=5)), titles, more: "" }
}

/// One that is well from the start, but looks odd.
fn odd(name: &'static str, good: Reply) -> Way {
    Way { good, ..way(name, "", Vec::new()) }
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn gbk(text: &str) -> Vec<u8> {
    encoding_rs::GBK.encode(text).0.into_owned()
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).expect("memory");
    encoder.finish().expect("memory")
}

/// What is left of a feed when the line goes dead in its midst.
fn half(name: &str) -> String {
    let whole = feed(name, 1..=5);
    whole[..whole.find("的第4件").expect("a fourth")].to_owned()
}

/// Failures that pass.
fn failing(world: &World) -> Vec<Way> {
    let good = |name: &str| Reply::xml(&feed(name, 1..=5));
    let ok = "200 OK";
    vec![
        way("slow", "秒内没有收完", vec![Reply { first_wait: seconds(3), ..good("slow") }]),
        way("stalls", "秒内没有收完", vec![Reply { last_wait: seconds(3), ..good("stalls").cut(300) }]),
        way("cut", "连接失败", vec![good("cut").cut(200)]),
        way("cutquietly", "不完整", vec![Reply::of_no_length(half("cutquietly").as_bytes())]),
        way("hangsup", "连接失败", vec![Reply::default(), Reply::default()]),
        way(
            "no-http",
            "连接失败",
            vec![Reply { bytes: b"SSH-2.0-OpenSSH_9.2\r\n".to_vec(), ..Reply::default() }],
        ),
        way("err500", "对方系统故障", vec![Reply::status("500 Oops"), Reply::status("502 Oops")]),
        way("err404", "404：地址不存在", vec![Reply::status("404 Not Found")]),
        way("err401", "401：对方拒绝访问", vec![Reply::status("401 Unauthorized")]),
        way("later", "429：对方要求放慢", vec![Reply::new("429 Slow", &[("retry-after", "2")], b"")]),
        way("circle", "转向超过 5 次", vec![Reply::redirect(&world.url("/circle")); 6]),
        way("inward", "10.0.0.1 是内部网络的地址", vec![Reply::redirect("http://10.0.0.1/feed")]),
        way(
            "metadata",
            "169.254.169.254 是内部网络的地址",
            vec![Reply::redirect("http://169.254.169.254/latest")],
        ),
        way("file", "不能访问", vec![Reply::redirect("file:///etc/passwd")]),
        way("unasked304", "304", vec![Reply::status("304 Not Modified")]),
        way("huge", "max_kb", vec![Reply::xml(&rss(&vec![rss_item("x", &"大".repeat(500)); 3000]))]),
        way(
            "bomb",
            "max_kb",
            vec![Reply::new(ok, &[("content-encoding", "gzip")], &packed(&vec![b' '; 50 << 20]))],
        ),
        way(
            "halfgzip",
            "压缩的内容不完整",
            vec![Reply::new(ok, &[], &packed(feed("halfgzip", 1..=5).as_bytes())[..150])],
        ),
        way(
            "login",
            "网页",
            vec![Reply::new(ok, &[("content-type", "text/html")], "<html><p>请登录</p></html>".as_bytes())],
        ),
        way("nothing", "空内容", vec![Reply::new(ok, &[], b"")]),
        way("broken", "XML 有误", vec![Reply::xml(&feed("broken", 1..=5).replace("</item>", "</itme>"))]),
        way("noise", "文字编码", vec![Reply::new(ok, &[], &[0xff; 4000])]),
    ]
}

/// Oddities that keep nothing out.
fn strange(world: &World) -> Vec<Way> {
    let ok = "200 OK";
    world.answers("/moved-there", |_: &Asked| Reply::xml(&feed("moved", 1..=5)));
    let titled = |name: &str, wrap: fn(&str) -> String| {
        rss(&(1..=5)
            .map(|n| rss_item(&format!("{name}-{n}"), &wrap(&format!("{name}的第{n}件"))))
            .collect::<Vec<_>>())
    };
    let gb2312 = feed("gb2312", 1..=5).replace("version=\"1.0\"", "version=\"1.0\" encoding=\"gb2312\"");
    let same_id: Vec<String> = (1..=5).map(|n| rss_item("same", &format!("sameid的第{n}件"))).collect();
    let no_id: Vec<String> = (1..=5).map(|n| format!("<item><title>noid的第{n}件</title></item>")).collect();
    let dated: Vec<String> = (1..=5)
        .map(|n| format!("<item><guid>{n}</guid><title>ahead的第{n}件</title><pubDate>Mon, 01 Jan 2035 0{n}:00:00 GMT</pubDate></item>"))
        .collect();
    let twice = [
        feed("twice", 1..=5).replace("</channel></rss>", ""),
        (1..=5).map(|n| rss_item(&format!("twice-{n}"), &format!("twice的第{n}件"))).collect(),
        "</channel></rss>".to_owned(),
    ];
    vec![
        odd("moved", Reply::redirect("/moved-there")),
        odd("gb2312", Reply::new(ok, &[("content-type", "text/xml")], &gbk(&gb2312))),
        odd(
            "liesutf8",
            Reply::new(ok, &[("content-type", "text/xml; charset=utf-8")], &gbk(&feed("liesutf8", 1..=5))),
        ),
        odd(
            "lieslatin",
            Reply::new(
                ok,
                &[("content-type", "text/xml; charset=iso-8859-1")],
                feed("lieslatin", 1..=5).as_bytes(),
            ),
        ),
        odd("html", Reply::xml(&titled("html", |title| format!("&lt;b&gt;{title}&lt;/b&gt;&lt;br/&gt;")))),
        odd("cdata", Reply::xml(&titled("cdata", |title| format!("<![CDATA[<a href=\"x\">{title}</a>]]>")))),
        odd("sameid", Reply::xml(&rss(&same_id))),
        odd("noid", Reply::xml(&rss(&no_id))),
        odd("ahead", Reply::xml(&rss(&dated))),
        odd("twice", Reply::xml(&twice.concat())),
        odd(
            "wrongkind",
            Reply::new(
                ok,
                &[("content-type", "text/html; charset=utf-8")],
                feed("wrongkind", 1..=5).as_bytes(),
            ),
        ),
        odd("gzip", Reply::new(ok, &[("content-encoding", "gzip")], &packed(feed("gzip", 1..=5).as_bytes()))),
        odd("nolength", Reply::of_no_length(feed("nolength", 1..=5).as_bytes())),
        Way {
            more: "max_kb = 512\n",
            ..odd("bom", Reply::xml(&format!("\u{feff}\n{}", feed("bom", 1..=5))))
        },
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn thirty_six_ways_to_misbehave_keep_nothing_out_and_bring_nothing_twice() {
    let (world, plans) = (World::start().await, tempfile::tempdir().expect("a folder"));
    let ways: Vec<Way> = failing(&world).into_iter().chain(strange(&world)).collect();
    assert_eq!(ways.len(), 36);
    for way in &ways {
        let (bad, good) = (way.bad.clone(), way.good.clone());
        world.answers(&format!("/{}", way.name), move |asked: &Asked| {
            bad.get(asked.before).unwrap_or(&good).clone()
        });
        let more = if way.more.is_empty() { "max_kb = 512\n" } else { way.more };
        plan(plans.path(), way.name, &world.url(&format!("/{}", way.name)), more);
    }
    let app = TestApp::start_with(|config| {
        settings(plans.path())(config);
        // Long enough to see what is told.
        config.pull.first_retry_ms = 1500;
    })
    .await;
    for way in ways.iter().filter(|way| !way.told.is_empty()) {
        let mut seen = Value::Null;
        for _ in 0..400 {
            seen = view(&app, way.name).await;
            if seen["tried_at"] != "" {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        // What passed already says nothing any more.
        let told = text(&seen, "/told");
        assert!(
            told.contains(way.told) || told.is_empty() && number(&seen, "/taken") == 5,
            "{}: {seen}",
            way.name
        );
    }
    for way in &ways {
        let seen = well(&app, way.name).await;
        assert_eq!((number(&seen, "/taken"), number(&seen, "/refused")), (5, 0), "{seen}");
        // And once more brings nothing.
        let again = pull(&app, way.name).await;
        assert_eq!((number(&again, "/last_taken"), number(&again, "/failures")), (0, 0), "{again}");
    }
    let asked = world.asked("/later");
    let waited = asked[1].at - asked[0].at;
    assert!(waited >= Duration::from_millis(1900), "it comes when it was asked to: {waited:?}");
    let dir = app.finish().await;
    let stored = stored(dir.path());
    for way in &ways {
        let mut titles: Vec<(String, i64)> = way.titles.iter().map(|title| (title.clone(), 1)).collect();
        titles.sort();
        assert_eq!(stored[way.name], titles, "{}", way.name);
    }
}
