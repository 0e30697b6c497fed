//! Text that has been through the masks.

use std::fmt;

use serde::{Serialize, Serializer};

/// What a page, an export or a bulletin may print: only a [`Redactor`](super::Redactor) makes one, so a template that
/// asks for it cannot be handed the text as received by mistake (DESIGN §9).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Masked<T>(T);

impl<T> Masked<T> {
    pub(super) fn new(masked: T) -> Self {
        Self(masked)
    }

    /// What may be printed.
    pub fn get(&self) -> &T {
        &self.0
    }

    /// What may be printed.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T: fmt::Display> fmt::Display for Masked<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<T: Serialize> Serialize for Masked<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

/// A text in pieces, so that a page can show where something is hidden.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Pieces(pub Vec<Piece>);

/// A part of a masked text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "type")]
pub enum Piece {
    /// As received.
    Plain {
        /// The text.
        text: String,
    },
    /// Personal data, masked.
    Hidden {
        /// What stands for it.
        text: String,
        /// What it is, for an editor: 手机号码.
        label: String,
        /// Its name in logs: `mobile`.
        kind: String,
        /// Its number among the hidden pieces of the text, from 0: what “reveal” asks for.
        number: usize,
    },
}

impl Piece {
    /// What is printed.
    pub fn text(&self) -> &str {
        match self {
            Self::Plain { text } | Self::Hidden { text, .. } => text,
        }
    }
}

impl fmt::Display for Pieces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|piece| f.write_str(piece.text()))
    }
}
