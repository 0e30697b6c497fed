//! From an item to a document of the index.

use std::collections::HashSet;

use tantivy::TantivyDocument;

use crate::store::{FeedItem, StoreError};
use crate::text::{Handovers, Segmented, Segmenter, Token, Words, romanised, searchable};

use super::packed::Packed;
use super::schema::{Fields, also_in_body};

/// Between title and text lie so many places: no phrase goes across.
const GAP: u32 = 2;

/// A text to be indexed that did not come from the store: evaluations, and whatever else is searched but never kept.
#[derive(Debug, Clone, Default)]
pub struct Document {
    /// Its number, by which hits name it.
    pub no: i64,
    /// 标题; may be empty.
    pub title: String,
    /// 正文.
    pub body: String,
    /// 反映人.
    pub reporter: Option<String>,
    /// 单位.
    pub unit: Option<String>,
    /// 区县.
    pub district: Option<String>,
}

/// Makes documents; the words come from the pipeline of the same process where it has left them.
pub(super) struct Maker<'a> {
    pub fields: Fields,
    pub segmenter: &'a Segmenter,
    pub handovers: Option<&'a Handovers>,
    pub bigrams: bool,
}

impl Maker<'_> {
    pub(super) fn make(&self, item: &FeedItem) -> Result<TantivyDocument, StoreError> {
        let left = self.handovers.and_then(|handovers| handovers.words.take(&item.content));
        let words = match left {
            Some(words) => words,
            None => {
                let submission = item.submission()?;
                self.cut(submission.title.as_str(), &submission.text.plain())
            }
        };
        let fields = &self.fields;
        let mut doc = TantivyDocument::new();
        doc.add_i64(fields.no, item.no);
        doc.add_text(fields.doc_kind, "item");
        doc.add_text(fields.id, item.id.to_string());
        doc.add_text(fields.receipt, &item.receipt);
        doc.add_text(fields.source, &item.source);
        doc.add_text(fields.kind, &item.kind);
        doc.add_i64(fields.received, item.received_at.as_micros());
        doc.add_u64(fields.issued, u64::from(item.issued));
        for (field, text) in [(fields.subject, &item.subject), (fields.reporter_kind, &item.reporter_kind)] {
            if let Some(text) = text {
                doc.add_text(field, searchable(text));
            }
        }
        self.people(&mut doc, &item.reporter, &item.unit, &item.district);
        self.text(&mut doc, &words);
        Ok(doc)
    }

    pub(super) fn make_loose(&self, document: &Document, words: &Words) -> TantivyDocument {
        let mut doc = TantivyDocument::new();
        doc.add_i64(self.fields.no, document.no);
        doc.add_i64(self.fields.received, 0);
        self.people(&mut doc, &document.reporter, &document.unit, &document.district);
        self.text(&mut doc, words);
        doc
    }

    /// Who reports, from where: whole, the unit as words, and all of them by their pinyin.
    fn people(
        &self,
        doc: &mut TantivyDocument,
        reporter: &Option<String>,
        unit: &Option<String>,
        district: &Option<String>,
    ) {
        let fields = &self.fields;
        for (field, text) in [(fields.reporter, reporter), (fields.district, district)] {
            if let Some(text) = text {
                doc.add_text(field, searchable(text));
            }
        }
        if let Some(unit) = unit {
            let (cut, mut packed) = (self.segmenter.for_index(unit), Packed::default());
            cut.tokens.iter().for_each(|token| packed.push(token.position, cut.word(token)));
            doc.add_text(fields.unit, packed.as_str());
        }
        for name in [reporter, unit, district].into_iter().flatten().flat_map(|name| romanised(name)) {
            doc.add_text(fields.names, name);
        }
    }

    fn text(&self, doc: &mut TantivyDocument, words: &Words) {
        let (fields, Words { title, body }) = (&self.fields, words);
        let mut of_title = Packed::with_capacity(title.text.len() * 4);
        let in_body: HashSet<&str> = body.tokens.iter().map(|token| body.word(token)).collect();
        for token in &title.tokens {
            let word = title.word(token);
            of_title.push(token.position, word);
            if in_body.contains(word) {
                of_title.push(token.position, &also_in_body(word));
            }
        }
        doc.add_text(fields.title, of_title.as_str());
        let mut all = Packed::with_capacity((title.text.len() + body.text.len()) * 3);
        let mut pairs = Packed::default();
        let begins = title.text.chars().count() as u32 + GAP;
        for (part, begins) in [(title, 0), (body, begins)] {
            let mut words: Vec<Token> = part.tokens.clone();
            self.pairs(part, begins, &mut words, &mut pairs);
            // The index takes the places of a word in ascending order only.
            words.sort_by_key(|token| token.position);
            words.iter().for_each(|token| all.push(begins + token.position, part.word(token)));
        }
        doc.add_text(fields.text, all.as_str());
        doc.add_text(fields.grams, pairs.as_str());
        doc.add_text(fields.plain, format!("{}\n{}", title.text.replace('\n', " "), body.text));
    }

    /// A pair that the dictionary knows is a word here too, though the text was cut otherwise: asked for, it is found
    /// among the words.
    fn pairs(&self, part: &Segmented, begins: u32, words: &mut Vec<Token>, pairs: &mut Packed) {
        if !self.bigrams {
            return;
        }
        for (pair, known) in self.segmenter.loose_pairs(part) {
            if known {
                words.push(pair);
            } else {
                pairs.push(begins + pair.position, part.word(&pair));
            }
        }
    }

    fn cut(&self, title: &str, body: &str) -> Words {
        Words { title: self.segmenter.for_index(title), body: self.segmenter.for_index(body) }
    }
}
