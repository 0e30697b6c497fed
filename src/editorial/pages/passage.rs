//! A text as a page may print it: masked, or as received once the look was logged.

use std::collections::HashSet;

use crate::text::{Masked, Piece, Pieces, Redactor};

use super::super::reveal::Revealed;

/// A piece of a text.
pub(super) struct Part {
    pub text: String,
    /// What is hidden here: 手机号码. Empty where nothing is.
    pub hidden: String,
}

/// A text in pieces.
pub(super) struct Passage(Vec<Part>);

impl Passage {
    /// With its personal data masked.
    pub(super) fn masked(text: Masked<Pieces>) -> Self {
        let part = |piece| match piece {
            Piece::Plain { text } => Part { text, hidden: String::new() },
            Piece::Hidden { text, label, .. } => Part { text, hidden: label },
        };
        Self(text.into_inner().0.into_iter().map(part).collect())
    }

    /// As received where the look was logged, masked otherwise.
    pub(super) fn new(redactor: &Redactor, text: &str, revealed: Option<&Revealed>) -> Self {
        match revealed {
            Some(_) => Self(vec![Part { text: text.to_owned(), hidden: String::new() }]),
            None => Self::masked(redactor.pieces(text, &HashSet::new())),
        }
    }

    /// A field that is personal data whatever it looks like.
    pub(super) fn field(redactor: &Redactor, text: &str, label: &str, revealed: Option<&Revealed>) -> Self {
        match revealed {
            Some(_) => Self::new(redactor, text, revealed),
            None => Self(vec![Part { text: redactor.field(text).into_inner(), hidden: label.to_owned() }]),
        }
    }

    /// The pieces.
    pub(super) fn parts(&self) -> &[Part] {
        &self.0
    }

    /// How many are hidden.
    pub(super) fn hidden(&self) -> usize {
        self.0.iter().filter(|part| !part.hidden.is_empty()).count()
    }
}
