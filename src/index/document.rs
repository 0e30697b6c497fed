//! From an item to a document of the index.

use tantivy::TantivyDocument;
use tantivy::tokenizer::{PreTokenizedString, Token as IndexToken};

use crate::store::{FeedItem, StoreError};
use crate::text::{Handovers, Segmented, Segmenter, Token, Words, searchable};

use super::schema::Fields;

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
            None => self.cut(item)?,
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
        let whole = [
            (fields.reporter, &item.reporter),
            (fields.district, &item.district),
            (fields.subject, &item.subject),
            (fields.reporter_kind, &item.reporter_kind),
        ];
        for (field, text) in whole {
            if let Some(text) = text {
                doc.add_text(field, searchable(text));
            }
        }
        if let Some(unit) = &item.unit {
            let cut = self.segmenter.for_index(unit);
            doc.add_pre_tokenized_text(fields.unit, tokens(&cut, &cut.tokens));
        }
        if self.bigrams {
            for part in [&words.title, &words.body] {
                doc.add_pre_tokenized_text(fields.pairs, tokens(part, &part.pairs()));
            }
        }
        doc.add_pre_tokenized_text(fields.title, tokens(&words.title, &words.title.tokens));
        doc.add_pre_tokenized_text(fields.body, tokens(&words.body, &words.body.tokens));
        Ok(doc)
    }

    fn cut(&self, item: &FeedItem) -> Result<Words, StoreError> {
        let submission = item.submission()?;
        Ok(Words {
            title: self.segmenter.for_index(submission.title.as_str()),
            body: self.segmenter.for_index(&submission.text.plain()),
        })
    }
}

fn tokens(cut: &Segmented, tokens: &[Token]) -> PreTokenizedString {
    let tokens = tokens
        .iter()
        .map(|token| IndexToken {
            offset_from: token.start as usize,
            offset_to: token.end as usize,
            position: token.position as usize,
            text: cut.word(token).to_owned(),
            position_length: 1,
        })
        .collect();
    // The text itself is not stored; an empty one says so.
    PreTokenizedString { text: String::new(), tokens }
}
