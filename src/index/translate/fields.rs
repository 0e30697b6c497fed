//! Conditions on a field: 区县:渝中 单位:某局 状态:已编发.

use tantivy::Term;
use tantivy::query::{AllQuery, Occur, RegexQuery, TermQuery};
use tantivy::schema::{Field as IndexField, IndexRecordOption};

use crate::text::searchable;

use super::super::pieces::{any_of, term};
use super::super::query::{Field, Node, Occur as Wanted};
use super::{Boxed, Parts, Translator};

impl Translator<'_> {
    pub(super) fn field(&mut self, field: Field, value: &Node) -> Boxed {
        let whole = match field {
            Field::Title | Field::Body | Field::Unit => return self.node(value, Some(field)),
            Field::Date => return self.node(value, None),
            Field::State => return self.state(value),
            Field::Reporter => self.fields.reporter,
            Field::District => self.fields.district,
            Field::Subject => self.fields.subject,
            Field::Source => self.fields.source,
            Field::Kind => self.fields.kind,
            Field::Receipt => self.fields.receipt,
            Field::Id => self.fields.id,
        };
        match value {
            Node::Or(nodes) => {
                any_of(nodes.iter().map(|node| (Occur::Should, self.field(field, node))).collect())
            }
            Node::Words(text) | Node::Phrase(text) => self.whole(whole, field, text),
            Node::All(clauses) => {
                let parts = clauses.iter().map(|clause| match clause.occur {
                    Wanted::Must => (Occur::Must, self.field(field, &clause.node)),
                    Wanted::MustNot => (Occur::MustNot, self.field(field, &clause.node)),
                });
                let filters = parts.collect();
                Parts { filters, ..Parts::default() }.strict()
            }
            other => self.node(other, None),
        }
    }

    /// A value that is one term: equal, or for places and subjects beginning with what was typed (渝中 finds 渝中区).
    fn whole(&mut self, field: IndexField, name: Field, text: &str) -> Boxed {
        let mut text = searchable(text.trim());
        if name == Field::Receipt {
            text.retain(|c| c != '-');
        }
        if matches!(name, Field::District | Field::Subject) {
            let escaped: String = text
                .chars()
                .flat_map(|c| if c.is_alphanumeric() { vec![c] } else { vec!['\\', c] })
                .collect();
            if let Ok(query) = RegexQuery::from_pattern(&format!("{escaped}.*"), field) {
                return Box::new(query);
            }
        }
        term(field, &text)
    }

    fn state(&mut self, value: &Node) -> Boxed {
        let text = match value {
            Node::Words(text) | Node::Phrase(text) => text.as_str(),
            _ => "",
        };
        let issued = |yes: u64| {
            let term = Term::from_field_u64(self.fields.issued, yes);
            Box::new(TermQuery::new(term, IndexRecordOption::Basic)) as Boxed
        };
        match text {
            "已采用" | "已编发" | "issued" | "adopted" => issued(1),
            "未采用" | "未编发" => issued(0),
            _ => {
                self.notes.push("检索中的“状态”只分“已编发”和“未编发”，其他状态请用筛选".to_owned());
                Box::new(AllQuery)
            }
        }
    }
}
