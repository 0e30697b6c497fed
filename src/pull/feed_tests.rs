use super::*;

fn fields(text: &str) -> Vec<[String; 5]> {
    let document = read(text).unwrap_or_else(|error| panic!("{error}: {text}"));
    let of = |entry: &Entry| ["id", "link", "title", "body", "name"].map(|field| entry.get(field).to_owned());
    document.entries.iter().map(of).collect()
}

const SAME: [&str; 5] =
    ["n-1", "https://x.cn/1?a=1&b=2", "关于<b>电梯</b>的建议", "<p>六层&nbsp;没有电梯。</p>", "王勃"];

#[test]
fn every_kind_of_feed_says_the_same() {
    for text in [
        r#"<?xml version="1.0"?><rss version="2.0" xmlns:content="c" xmlns:dc="d" xmlns:media="m"><channel><title>频道</title>
           <link>https://x.cn</link><image><title>图</title></image><item><title>关于&lt;b&gt;电梯&lt;/b&gt;的建议</title>
           <media:title>别的</media:title><link>https://x.cn/1?a=1&amp;b=2</link><description>摘要</description>
           <content:encoded><![CDATA[<p>六层&nbsp;没有电梯。</p>]]></content:encoded><guid isPermaLink="false"> n-1 </guid>
           <author>a@x.cn (王勃)</author></item></channel></rss>"#,
        r#"<rdf:RDF xmlns:rdf="r" xmlns="http://purl.org/rss/1.0/" xmlns:dc="d"><channel rdf:about="c"><title>频道</title></channel>
           <item rdf:about="n-1"><title><![CDATA[关于<b>电梯</b>的建议]]></title><link>https://x.cn/1?a=1&amp;b=2</link>
           <description>&lt;p&gt;六层&amp;nbsp;没有电梯。&lt;/p&gt;</description><dc:creator>王勃</dc:creator></item></rdf:RDF>"#,
        r#"<feed xmlns="http://www.w3.org/2005/Atom"><title>频道</title><id>f</id><entry><id>n-1</id>
           <link rel="self" href="https://x.cn/self"/><link rel="alternate" href="https://x.cn/1?a=1&amp;b=2"/>
           <title type="html">关于&lt;b&gt;电梯&lt;/b&gt;的建议</title><summary>摘要</summary>
           <content type="html">&lt;p&gt;六层&amp;nbsp;没有电梯。&lt;/p&gt;</content>
           <author><name>王勃</name><email>a@x.cn</email></author></entry></feed>"#,
        r#"<a:feed xmlns:a="http://www.w3.org/2005/Atom"><a:entry><a:id>n-1</a:id><a:link href="https://x.cn/1?a=1&amp;b=2"/>
           <a:title><![CDATA[关于<b>电梯</b>的建议]]></a:title><a:content><![CDATA[<p>六层&nbsp;没有电梯。</p>]]></a:content>
           <a:author><a:name>王勃</a:name></a:author></a:entry></a:feed>"#,
        r#"{"version":"https://jsonfeed.org/version/1.1","items":[{"id":"n-1","url":"https://x.cn/1?a=1&b=2",
           "title":"关于<b>电梯</b>的建议","content_html":"<p>六层&nbsp;没有电梯。</p>","authors":[{"name":"王勃"}]}]}"#,
    ] {
        assert_eq!(fields(text), [SAME.map(str::to_owned)], "{text}");
    }
}

#[test]
fn xhtml_within_an_entry_is_its_text() {
    let text = r#"<feed><entry><id>1</id><title>题</title><content type="xhtml"><div xmlns="h"><p>甲 &amp; 乙</p><p>丙</p></div>
                  </content></entry></feed>"#;
    let body = fields(text)[0][3].clone();
    assert_eq!(crate::text::markup::plain(&body), "甲 & 乙\n丙");
}

#[test]
fn slips_that_feeds_are_full_of_do_not_keep_an_entry_out() {
    let text = "\u{feff}\n<?xml version=\"1.0\"?><!DOCTYPE rss [<!ENTITY nbsp \"&#160;\">]><rss><channel><item><title>A & B&nbsp;C</title>\
                <guid/><link/></item></channel></rss>";
    let entry = &fields(text)[0];
    assert_eq!((entry[0].as_str(), entry[2].as_str()), ("", "A & B\u{a0}C"));
    assert_eq!(read("<rss><channel><title>空</title></channel></rss>").expect("empty"), Document::default());
    assert_eq!(read("<feed/>").expect("empty"), Document::default());
}

#[test]
fn a_text_that_is_cut_off_is_no_shorter_feed() {
    let whole = r#"<rss version="2.0"><channel><item><guid>1</guid><title>甲</title></item><item><guid>2</guid>
                   <description>乙乙乙</description></item></channel></rss>"#;
    assert_eq!(read(whole).expect("whole").entries.len(), 2);
    for (end, _) in whole.char_indices().skip(1) {
        assert!(read(&whole[..end]).is_err(), "{}", &whole[..end]);
    }
    let json = r#"{"items":[{"id":"1","title":"甲"}]}"#;
    for (end, _) in json.char_indices() {
        assert!(read(&json[..end]).is_err(), "{}", &json[..end]);
    }
}

#[test]
fn what_is_no_feed_is_called_by_its_name() {
    for (text, word) in [
        ("<!DOCTYPE html><html><body>请登录</body></html>", "网页"),
        ("<urlset></urlset>", "urlset"),
        ("{\"code\":500}", "format = \"json\""),
        ("系统维护中", "核对地址"),
        ("  ", "空内容"),
        ("<rss><channel></rss>", "XML 有误"),
    ] {
        let told = read(text).expect_err(text).to_string();
        assert!(told.contains(word), "{text}: {told}");
    }
}

#[test]
fn a_feed_in_pages_says_where_the_next_is() {
    let atom = r#"<feed><link rel="next" href="https://x.cn/feed?page=2"/><entry><id>1</id><title>题</title></entry></feed>"#;
    assert_eq!(read(atom).expect("atom").next.as_deref(), Some("https://x.cn/feed?page=2"));
    let json = r#"{"items":[],"next_url":"https://x.cn/feed?page=2"}"#;
    assert_eq!(read(json).expect("json").next.as_deref(), Some("https://x.cn/feed?page=2"));
}
