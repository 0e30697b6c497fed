//! From an item to a document of the index.

use tantivy::TantivyDocument;
use tantivy::schema::Field;
use tantivy::tokenizer::{PreTokenizedString, Token as IndexToken};

use crate::store::{FeedItem, StoreError};
use crate::text::{GramKind, Handovers, Segmenter, Token, Words, romanised, searchable};

use super::schema::Fields;

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

    pub(super) fn make_loose(&self, document: &Document) -> TantivyDocument {
        let mut doc = TantivyDocument::new();
        doc.add_i64(self.fields.no, document.no);
        doc.add_i64(self.fields.received, 0);
        self.people(&mut doc, &document.reporter, &document.unit, &document.district);
        self.text(&mut doc, &self.cut(&document.title, &document.body));
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
            let cut = self.segmenter.for_index(unit);
            add(doc, fields.unit, cut.tokens.iter().map(|token| (token, cut.word(token).to_owned())));
        }
        for name in [reporter, unit, district].into_iter().flatten().flat_map(|name| romanised(name)) {
            doc.add_text(fields.names, name);
        }
    }

    fn text(&self, doc: &mut TantivyDocument, words: &Words) {
        let fields = &self.fields;
        for (field, part) in [(fields.title, &words.title), (fields.body, &words.body)] {
            add(doc, field, part.tokens.iter().map(|token| (token, part.word(token).to_owned())));
            if self.bigrams {
                // Pairs across two words would find more by likeness, but the index would outgrow the text.
                let grams = part.grams();
                let kept = grams.iter().filter(|gram| gram.kind != GramKind::Across);
                add(doc, fields.grams, kept.map(|gram| (&gram.token, part.word(&gram.token).to_owned())));
            }
        }
    }

    fn cut(&self, title: &str, body: &str) -> Words {
        Words { title: self.segmenter.for_index(title), body: self.segmenter.for_index(body) }
    }
}

fn add<'a>(doc: &mut TantivyDocument, field: Field, tokens: impl Iterator<Item = (&'a Token, String)>) {
    let tokens = tokens
        .map(|(token, text)| IndexToken {
            offset_from: token.start as usize,
            offset_to: token.end as usize,
            position: token.position as usize,
            text,
            position_length: 1,
        })
        .collect();
    // The text itself is not stored; an empty one says so.
    doc.add_pre_tokenized_text(field, PreTokenizedString { text: String::new(), tokens });
}
