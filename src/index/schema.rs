//! The fields of a document. One schema for everything that can be searched.

use tantivy::schema::{
    FAST, Field, INDEXED, IndexRecordOption, STRING, Schema, TextFieldIndexing, TextOptions,
};

use super::packed::UNPACK;

/// Names of the fast fields that searches read.
pub(super) const NO: &str = "no";
pub(super) const RECEIVED: &str = "received";
pub(super) const DISTRICT: &str = "district";
pub(super) const SUBJECT: &str = "subject";
pub(super) const REPORTER_KIND: &str = "reporter_kind";

/// A word of the title that the text has too, as the title field holds it beside the word itself.
pub(super) fn also_in_body(word: &str) -> String {
    format!("{word}\u{2}")
}

/// Handles of the fields.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fields {
    /// The item's number in the store.
    pub no: Field,
    /// What it is: `item`; later also manuscript, issue, reference.
    pub doc_kind: Field,
    pub id: Field,
    pub receipt: Field,
    /// 标题 as words, with positions; those that stand in the text as well once more, marked so ([`also_in_body`]).
    pub title: Field,
    /// 标题 and 正文 as words, with positions: one list for each word, so that several are looked for together quickly.
    pub text: Field,
    /// Pairs of characters that may be words the lexicon does not know; empty where they are not wanted.
    pub grams: Field,
    /// 标题, line break, 正文 in searchable form; stored, not indexed: hits are weighed on it.
    pub plain: Field,
    /// The names of people, units and places in Latin letters.
    pub names: Field,
    /// 反映人, whole.
    pub reporter: Field,
    /// 单位 as words.
    pub unit: Field,
    pub source: Field,
    pub kind: Field,
    pub district: Field,
    pub subject: Field,
    pub reporter_kind: Field,
    /// Receipt, microseconds.
    pub received: Field,
    /// 1 when an issued bulletin carries it (已编发).
    pub issued: Field,
}

pub(super) fn build() -> (Schema, Fields) {
    let mut builder = Schema::builder();
    let words = |option, norms| {
        let indexing =
            TextFieldIndexing::default().set_tokenizer(UNPACK).set_index_option(option).set_fieldnorms(norms);
        TextOptions::default().set_indexing_options(indexing)
    };
    let positions = words(IndexRecordOption::WithFreqsAndPositions, true);
    let fields = Fields {
        no: builder.add_i64_field(NO, FAST | INDEXED),
        doc_kind: builder.add_text_field("doc_kind", STRING),
        id: builder.add_text_field("id", STRING),
        receipt: builder.add_text_field("receipt", STRING),
        title: builder.add_text_field("title", positions.clone()),
        text: builder.add_text_field("text", positions),
        grams: builder.add_text_field("grams", words(IndexRecordOption::WithFreqs, true)),
        plain: builder.add_text_field("plain", TextOptions::default().set_stored()),
        names: builder.add_text_field("names", STRING),
        reporter: builder.add_text_field("reporter", STRING),
        unit: builder.add_text_field("unit", words(IndexRecordOption::WithFreqs, true)),
        source: builder.add_text_field("source", STRING),
        kind: builder.add_text_field("kind", STRING),
        district: builder.add_text_field(DISTRICT, STRING | FAST),
        subject: builder.add_text_field(SUBJECT, STRING | FAST),
        reporter_kind: builder.add_text_field(REPORTER_KIND, STRING | FAST),
        received: builder.add_i64_field(RECEIVED, FAST | INDEXED),
        issued: builder.add_u64_field("issued", INDEXED),
    };
    (builder.build(), fields)
}
