use super::*;

const API: &str = include_str!("../../config/sources/api.example.toml");
const FEED: &str = include_str!("../../config/sources/feed.example.toml");

const MAILBOX: &str = include_str!("../../config/sources/mailbox.example.toml");
const FOLDER: &str = include_str!("../../config/sources/folder.example.toml");

fn secret(name: &str) -> Option<String> {
    (name == "CITY").then(|| "hush&x".to_owned())
}

#[test]
fn the_examples_are_read_and_name_their_secrets() {
    let feed = Plan::parse(FEED).expect("a feed");
    assert!(feed.format == Format::Feed && feed.secrets().is_empty());
    let api = Plan::parse(API).expect("an api");
    assert_eq!(api.secrets(), ["CITY"]);
    let headers = api.all_headers(&secret).expect("headers");
    assert!(headers.iter().any(|(_, value)| value == "Bearer hush&x"), "{headers:?}");
    let mailbox = Plan::parse(MAILBOX).expect("a mailbox");
    assert_eq!((mailbox.secrets(), mailbox.warning()), (vec!["MAILBOX".to_owned()], None));
    assert_eq!(mailbox.address_shown(), "imaps://imap.example.org:993/INBOX（minyi@example.org）");
    let folder = Plan::parse(FOLDER).expect("a folder");
    assert_eq!((folder.address_shown().as_str(), folder.pause_seconds()), ("/srv/minyi/incoming", 10));
    assert!(folder.warning().is_some_and(|why| why.contains("打不开")), "it is not there");
    let told = api.all_headers(&|_| None).expect_err("not set").to_string();
    assert!(told.contains("MINYI_SECRET_CITY"), "{told}");
}

#[test]
fn a_page_is_asked_for_by_its_parameter_and_the_others_stay() {
    let api = |paging: &str| {
        let head = "title = \"甲\"\nurl = \"https://x.cn/list?p=9&size=50\"\nformat = \"json\"\n";
        Plan::parse(&format!("{head}[json]\nfields = {{ title = \"/t\" }}\npaging = {paging}\n"))
            .expect("a plan")
    };
    let pages = api("{ by = \"page\", parameter = \"p\", first = 0 }");
    let at = |plan: &Plan, at| plan.address(at, &secret).expect("an address").to_string();
    assert_eq!(at(&pages, None), "https://x.cn/list?size=50&p=0");
    assert_eq!(at(&pages, Some("3")), "https://x.cn/list?size=50&p=3");
    let cursor = api("{ by = \"cursor\", parameter = \"after\", cursor = \"/next\" }");
    assert_eq!(at(&cursor, None), "https://x.cn/list?p=9&size=50");
    assert_eq!(at(&cursor, Some("a/b=")), "https://x.cn/list?p=9&size=50&after=a%2Fb%3D");
}

#[test]
fn a_file_that_cannot_be_used_is_told_with_the_remedy() {
    let feed = "title = \"甲\"\nurl = \"https://x.cn\"\n";
    for (more, word) in [
        ("format = \"json\"", "[json]"),
        ("every_minutes = 0", "every_minutes"),
        ("[item]\ndistrikt = \"甲\"", "distrikt"),
        ("[json]\nfields = { title = \"/t\" }", "format"),
        ("format = \"json\"\n[json]\nfields = { id = \"/t\" }", "title"),
        ("format = \"json\"\n[json]\nfields = { title = \"t\" }", "指针"),
        ("colour = 1", "colour"),
    ] {
        let told = Plan::parse(&format!("{feed}{more}")).expect_err(more);
        assert!(told.contains(word) && !told.contains('\n'), "{more}: {told}");
    }
    let mailbox = "title = \"甲\"\nformat = \"mailbox\"\n[mailbox]\nhost = \"h\"\nuser = \"u\"\n";
    for (more, word) in [
        ("password = \"geheim\"", "环境变量"),
        ("password = \"${P}\"\nafter = \"move\"", "moved_to"),
        ("password = \"${P}\"\nmax_mb = 0", "max_mb"),
        ("password = \"${P}\"\nsecurity = \"ssl\"", "security"),
        ("password = \"${P}\"\n[folder]\npath = \"/x\"", "format"),
        ("", "password"),
    ] {
        let told = Plan::parse(&format!("{mailbox}{more}")).expect_err(more);
        assert!(told.contains(word) || told.contains("unknown variant"), "{more}: {told}");
    }
    for security in ["starttls", "none"] {
        let plan = Plan::parse(&format!("{mailbox}password = \"${{P}}\"\nsecurity = \"{security}\""))
            .expect("a plan");
        assert!(plan.warning().is_some_and(|why| why.contains("tls")), "{security} is told");
    }
    for (text, word) in [
        ("title = \"甲\"", "url"),
        ("title = \"甲\"\nurl = \"https://x.cn\"\nformat = \"folder\"\n[folder]\npath = \"/x\"", "url"),
        ("title = \"甲\"\nformat = \"folder\"\n[folder]\npath = \"x\"", "完整路径"),
    ] {
        assert!(Plan::parse(text).expect_err(text).contains(word), "{text}");
    }
    let dir = tempfile::tempdir().expect("a folder");
    for (name, text) in [("good.toml", feed), ("bad.toml", "x"), ("y.example.toml", "x"), ("note.txt", "x")] {
        std::fs::write(dir.path().join(name), text).expect("written");
    }
    let all = load(dir.path()).expect("read");
    assert_eq!(
        all.iter().map(|(id, plan)| (id.as_str(), plan.is_ok())).collect::<Vec<_>>(),
        [("bad", false), ("good", true)]
    );
}
