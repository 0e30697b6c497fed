//! A small tree of XML: enough to put a part's elements in order. Texts and attribute values stay escaped as read.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

/// An element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::bulletin) struct Element {
    /// With its prefix: `w:p`.
    pub(in crate::bulletin) name: String,
    /// In the order read, values escaped.
    pub(in crate::bulletin) attributes: Vec<(String, String)>,
    /// What it holds.
    pub(in crate::bulletin) children: Vec<Node>,
}

/// What an element holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::bulletin) enum Node {
    /// An element.
    Element(Element),
    /// Escaped text, references included.
    Text(String),
}

impl Element {
    /// An element without children; values must need no escaping.
    pub(in crate::bulletin) fn new(name: &str, attributes: &[(&str, &str)]) -> Self {
        let attributes =
            attributes.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        Self { name: name.to_owned(), attributes, children: Vec::new() }
    }

    /// The value of an attribute.
    pub(in crate::bulletin) fn attribute(&self, key: &str) -> Option<&str> {
        self.attributes.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }

    /// The elements among its children.
    pub(in crate::bulletin) fn elements_mut(&mut self) -> impl Iterator<Item = &mut Element> {
        self.children.iter_mut().filter_map(|node| match node {
            Node::Element(element) => Some(element),
            Node::Text(_) => None,
        })
    }

    /// Changes the first child element of that name, made if there is none.
    pub(in crate::bulletin) fn with_child(&mut self, name: &str, change: impl FnOnce(&mut Element)) {
        if self.elements_mut().all(|child| child.name != name) {
            self.children.push(Node::Element(Element::new(name, &[])));
        }
        if let Some(child) = self.elements_mut().find(|child| child.name == name) {
            change(child);
        }
    }

    fn start(tag: &BytesStart<'_>) -> Result<Self, String> {
        let name = utf8(tag.name().as_ref())?;
        let mut attributes = Vec::new();
        for attribute in tag.attributes() {
            let attribute = attribute.map_err(|error| error.to_string())?;
            attributes.push((utf8(attribute.key.as_ref())?, utf8(&attribute.value)?));
        }
        Ok(Self { name, attributes, children: Vec::new() })
    }

    fn write_to(&self, out: &mut String) {
        out.push('<');
        out.push_str(&self.name);
        for (key, value) in &self.attributes {
            out.extend([" ", key, "=\"", value, "\""]);
        }
        if self.children.is_empty() {
            out.push_str("/>");
            return;
        }
        out.push('>');
        for child in &self.children {
            match child {
                Node::Element(element) => element.write_to(out),
                Node::Text(text) => out.push_str(text),
            }
        }
        out.extend(["</", &self.name, ">"]);
    }
}

fn utf8(bytes: &[u8]) -> Result<String, String> {
    std::str::from_utf8(bytes).map(str::to_owned).map_err(|error| error.to_string())
}

/// Reads a part.
///
/// # Errors
/// Why it is not well-formed.
pub(in crate::bulletin) fn parse(part: &[u8]) -> Result<Element, String> {
    let mut reader = Reader::from_reader(part);
    let mut open: Vec<Element> = Vec::new();
    loop {
        let closed = match reader.read_event().map_err(|error| error.to_string())? {
            Event::Start(tag) => {
                open.push(Element::start(&tag)?);
                None
            }
            Event::Empty(tag) => Some(Element::start(&tag)?),
            Event::End(_) => open.pop(),
            Event::Text(text) => {
                add_text(&mut open, utf8(&text)?);
                None
            }
            Event::GeneralRef(name) => {
                add_text(&mut open, format!("&{};", utf8(&name)?));
                None
            }
            Event::Eof => return Err("文件不完整".to_owned()),
            Event::Decl(_) | Event::Comment(_) | Event::PI(_) | Event::DocType(_) => None,
            Event::CData(_) => return Err("含有 CDATA".to_owned()),
        };
        let Some(element) = closed else { continue };
        match open.last_mut() {
            Some(parent) => parent.children.push(Node::Element(element)),
            None => return Ok(element),
        }
    }
}

fn add_text(open: &mut [Element], text: String) {
    if let Some(parent) = open.last_mut() {
        parent.children.push(Node::Text(text));
    }
}

/// A text as a node, escaped.
pub(in crate::bulletin) fn text(plain: &str) -> Node {
    Node::Text(quick_xml::escape::escape(plain).into_owned())
}

/// Writes a part with its declaration.
pub(in crate::bulletin) fn serialise(root: &Element) -> Vec<u8> {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n");
    root.write_to(&mut out);
    out.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_written_again() {
        let text =
            r#"<w:p w:a="&quot;1&quot;"><w:t xml:space="preserve"> a &amp; b &#x4E00; </w:t><w:br/></w:p>"#;
        let written = serialise(&parse(text.as_bytes()).expect("well-formed"));
        assert!(String::from_utf8(written).expect("utf-8").ends_with(text));
    }

    #[test]
    fn a_part_that_breaks_off_is_refused() {
        assert!(parse(b"<w:p><w:r>").is_err());
        assert!(parse(b"").is_err());
    }
}
