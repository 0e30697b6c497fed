//! The fields of a document. One schema for everything that can be searched.

use tantivy::schema::{
    FAST, Field, INDEXED, IndexRecordOption, STRING, Schema, TextFieldIndexing, TextOptions,
};

/// Names of the fast fields that searches read.
pub(super) const NO: &str = "no";
pub(super) const RECEIVED: &str = "received";
pub(super) const DISTRICT: &str = "district";
pub(super) const SUBJECT: &str = "subject";
pub(super) const REPORTER_KIND: &str = "reporter_kind";

/// Handles of the fields.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fields {
    /// The item's number in the store.
    pub no: Field,
    /// What it is: `item`; later also manuscript, issue, reference.
    pub doc_kind: Field,
    pub id: Field,
    pub receipt: Field,
    /// 标题 as words, with positions.
    pub title: Field,
    /// 正文 as words, with positions.
    pub body: Field,
    /// Characters and pairs of characters of both, without positions; empty where pairs are not wanted.
    pub grams: Field,
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
            TextFieldIndexing::default().set_tokenizer("raw").set_index_option(option).set_fieldnorms(norms);
        TextOptions::default().set_indexing_options(indexing)
    };
    let positions = words(IndexRecordOption::WithFreqsAndPositions, true);
    let fields = Fields {
        no: builder.add_i64_field(NO, FAST | INDEXED),
        doc_kind: builder.add_text_field("doc_kind", STRING),
        id: builder.add_text_field("id", STRING),
        receipt: builder.add_text_field("receipt", STRING),
        title: builder.add_text_field("title", positions.clone()),
        body: builder.add_text_field("body", positions),
        grams: builder.add_text_field("grams", words(IndexRecordOption::WithFreqs, true)),
        names: builder.add_text_field("names", words(IndexRecordOption::Basic, false)),
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
