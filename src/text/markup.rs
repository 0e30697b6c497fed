//! Text that came as HTML, as a person would read it: without tags, scripts and styles, paragraphs as lines, entities as
//! the characters they stand for. What only looks like a tag (`收入<3000元`) stays.

/// Elements whose content nobody reads.
const HIDDEN: &[&str] = &["script", "style", "head", "noscript", "template", "iframe", "svg", "object"];
/// Elements that begin and end a line.
const BLOCKS: &[&str] = &[
    "address",
    "article",
    "aside",
    "blockquote",
    "body",
    "br",
    "center",
    "dd",
    "div",
    "dl",
    "dt",
    "figcaption",
    "figure",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "html",
    "li",
    "main",
    "nav",
    "ol",
    "p",
    "pre",
    "section",
    "table",
    "tbody",
    "tfoot",
    "thead",
    "tr",
    "ul",
];
/// Elements within a line.
const INLINE: &[&str] = &[
    "a", "abbr", "acronym", "audio", "b", "bdi", "bdo", "big", "button", "caption", "cite", "code", "col",
    "colgroup", "del", "dfn", "em", "embed", "font", "i", "img", "input", "ins", "kbd", "label", "link",
    "mark", "meta", "param", "picture", "q", "rp", "rt", "ruby", "s", "samp", "small", "source", "span",
    "strike", "strong", "sub", "sup", "td", "th", "time", "track", "tt", "u", "var", "video", "wbr",
];
/// Named characters of HTML that texts hold; what is not among them stays as it is written.
const ENTITIES: &[(&str, &str)] = &[
    ("amp", "&"),
    ("lt", "<"),
    ("gt", ">"),
    ("quot", "\""),
    ("apos", "'"),
    ("nbsp", "\u{a0}"),
    ("ensp", "\u{2002}"),
    ("emsp", "\u{2003}"),
    ("thinsp", "\u{2009}"),
    ("zwnj", ""),
    ("zwj", ""),
    ("shy", ""),
    ("ldquo", "“"),
    ("rdquo", "”"),
    ("lsquo", "‘"),
    ("rsquo", "’"),
    ("laquo", "«"),
    ("raquo", "»"),
    ("mdash", "—"),
    ("ndash", "–"),
    ("hellip", "…"),
    ("middot", "·"),
    ("bull", "•"),
    ("sect", "§"),
    ("times", "×"),
    ("divide", "÷"),
    ("plusmn", "±"),
    ("deg", "°"),
    ("permil", "‰"),
    ("yen", "¥"),
    ("copy", "©"),
    ("reg", "®"),
    ("trade", "™"),
    ("le", "≤"),
    ("ge", "≥"),
    ("larr", "←"),
    ("rarr", "→"),
];
/// Longest name of an entity, `&` and `;` apart.
const ENTITY_MAX: usize = 8;

/// What HTML says, as plain text.
pub fn plain(html: &str) -> String {
    let mut out = Lines { text: String::with_capacity(html.len()), laid_out: has_blocks(html) };
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        out.push(&decoded(&rest[..at]));
        rest = &rest[at..];
        rest = match tag(rest) {
            Some(Tag::Comment(length)) => &rest[length..],
            Some(Tag::Element { name, length, closing }) => {
                out.element(&name);
                if HIDDEN.contains(&name.as_str()) && !closing {
                    after_end(&rest[length..], &name)
                } else {
                    &rest[length..]
                }
            }
            None => {
                out.push("<");
                &rest[1..]
            }
        };
    }
    out.push(&decoded(rest));
    out.finish()
}

/// The same in one line.
pub fn plain_line(html: &str) -> String {
    plain(html).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// With entities as characters, once.
pub fn decoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        match entity(rest) {
            Some((character, length)) => {
                out.push_str(&character);
                rest = &rest[length..];
            }
            None => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

/// The character at the beginning of `text`, and the bytes that it is written with.
fn entity(text: &str) -> Option<(String, usize)> {
    let end = text.bytes().take(ENTITY_MAX + 2).position(|byte| byte == b';')?;
    let name = text.get(1..end)?;
    let character = match name.strip_prefix('#') {
        Some(number) => {
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)?.to_string()
        }
        None => ENTITIES.iter().find(|(known, _)| *known == name)?.1.to_owned(),
    };
    Some((character, end + 1))
}

enum Tag {
    Comment(usize),
    Element { name: String, length: usize, closing: bool },
}

/// What stands at the beginning of `text`, where that is a tag of HTML or a comment.
fn tag(text: &str) -> Option<Tag> {
    if let Some(inside) = text.strip_prefix("<!--") {
        return Some(Tag::Comment(inside.find("-->").map_or(text.len(), |at| at + 7)));
    }
    if text.starts_with("<!") || text.starts_with("<?") {
        return text.find('>').map(|at| Tag::Comment(at + 1));
    }
    let closing = text.starts_with("</");
    let inside = &text[if closing { 2 } else { 1 }..];
    let length = inside
        .bytes()
        .position(|byte| !(byte.is_ascii_alphanumeric() || matches!(byte, b':' | b'-')))
        .unwrap_or(inside.len());
    let name = inside[..length].to_ascii_lowercase();
    // Word writes <o:p>, pages of today their own elements with a hyphen.
    let begins = name.starts_with(|c: char| c.is_ascii_lowercase());
    let known = [HIDDEN, BLOCKS, INLINE].iter().any(|list| list.contains(&name.as_str()));
    let own = begins && name.contains([':', '-']);
    let end = end_of_tag(&inside[length..])?;
    (known || own).then(|| Tag::Element { name, length: text.len() - inside.len() + length + end, closing })
}

/// Where a tag ends: at the first `>` outside of quotes, or, where quotes are broken, at the first at all.
fn end_of_tag(text: &str) -> Option<usize> {
    let mut quote = None;
    for (at, byte) in text.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return Some(at + 1),
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), byte) if open == byte => quote = None,
            _ => {}
        }
    }
    text.find('>').map(|at| at + 1)
}

/// What follows the end of a hidden element; nothing, where it has none.
fn after_end<'a>(text: &'a str, name: &str) -> &'a str {
    let mut from = 0;
    while let Some(at) = text[from..].find("</") {
        let end = from + at + 2;
        let named = text.get(end..end + name.len()).is_some_and(|word| word.eq_ignore_ascii_case(name));
        if named {
            return text[end..].find('>').map_or("", |close| &text[end + close + 1..]);
        }
        from = end;
    }
    ""
}

fn has_blocks(html: &str) -> bool {
    html.match_indices('<').any(|(at, _)| {
        matches!(tag(&html[at..]), Some(Tag::Element { name, .. }) if BLOCKS.contains(&name.as_str()))
    })
}

struct Lines {
    text: String,
    /// Whether elements make the lines; otherwise the text has its own.
    laid_out: bool,
}

impl Lines {
    fn push(&mut self, text: &str) {
        if self.laid_out {
            self.text.extend(text.chars().map(|c| if matches!(c, '\n' | '\r' | '\t') { ' ' } else { c }));
        } else {
            self.text.push_str(text);
        }
    }

    fn element(&mut self, name: &str) {
        if BLOCKS.contains(&name) {
            self.text.push('\n');
        } else if matches!(name, "td" | "th") {
            self.text.push(' ');
        }
    }

    /// Without blanks at the ends of lines, and without empty lines.
    fn finish(self) -> String {
        let unseen = |c: &char| *c == '\n' || *c == '\t' || !(c.is_control() || *c == '\u{feff}');
        let clean: String = self.text.replace('\r', "\n").chars().filter(unseen).collect();
        let lines = clean.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
        lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_become_lines_and_nothing_that_is_not_read_stays() {
        let html = "<style>p{color:red}</style><p>一是&nbsp;路灯不亮；</p>\n<P class='a>b'>二是井盖<b>缺失</b>。<br/>\
                    请<a href=\"http://x\">处理</a></p><script>if (a<b) {x()}</SCRIPT><!-- 注释 <p> -->";
        assert_eq!(plain(html), "一是 路灯不亮；\n二是井盖缺失。\n请处理");
        assert_eq!(
            plain("<table><tr><td>小区</td><td>户数</td></tr><tr><td>甲</td><td>3</td></tr></table>"),
            "小区 户数\n甲 3"
        );
        assert_eq!(plain("<o:p>甲</o:p><my-part>乙</my-part>"), "甲乙");
    }

    #[test]
    fn what_only_looks_like_a_tag_stays() {
        for text in ["收入<3000元", "甲<乙>丙", "a<b", "<", "x & y", "&unknown; &#1114112;"] {
            assert_eq!(plain(text), text);
        }
    }

    #[test]
    fn a_text_without_blocks_keeps_its_own_lines() {
        assert_eq!(plain("第一行\r\n第二行  <b>粗</b>\n\n第三行"), "第一行\n第二行 粗\n第三行");
    }

    #[test]
    fn entities_are_decoded_once() {
        assert_eq!(decoded("&lt;b&gt;&amp;lt;&#x6C11;&#24847;&ldquo;&hellip;"), "<b>&lt;民意“…");
        assert_eq!(plain_line("关于&amp;nbsp;<b>电梯</b>\n的建议"), "关于&nbsp;电梯 的建议");
    }

    #[test]
    fn broken_markup_ends_and_loses_no_text_before_it() {
        for (html, text) in [
            ("前<script>没有结尾", "前"),
            ("前<!-- 没有结尾", "前"),
            ("前<p class=\"没有结尾>后", "前\n后"),
            ("前<p", "前<p"),
        ] {
            assert_eq!(plain(html), text);
        }
        let deep = "<div>".repeat(50_000) + "底";
        assert_eq!(plain(&deep), "底");
    }
}
