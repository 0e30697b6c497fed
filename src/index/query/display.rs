//! The canonical form of a query, shown back to the editor. It is read back as the same query, so it may hold no
//! parentheses that were not needed: their depth is limited.

use std::fmt;

use super::{Clause, Field, MAX_DEPTH, Node, Occur, Query, date};

/// Quotation marks to choose from; whatever marks a phrase came in, one pair does not occur in it.
const QUOTES: [(char, char, &[char]); 4] =
    [('"', '"', &['"', '＂']), ('“', '”', &['”']), ('「', '」', &['」']), ('『', '』', &['』'])];

impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, clause) in self.clauses.iter().enumerate() {
            if n > 0 {
                f.write_str(" ")?;
            }
            let text = clause.to_string();
            let is_or = matches!(clause, Clause { occur: Occur::Must, node: Node::Or(_) });
            // A pair for the eye, where it cannot be one too many.
            if is_or && self.clauses.len() > 1 && text.matches('(').count() < MAX_DEPTH {
                write!(f, "({text})")?;
            } else {
                f.write_str(&text)?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Clause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.occur {
            Occur::Must => write!(f, "{}", self.node),
            Occur::MustNot => write!(f, "-{}", Closed(&self.node)),
        }
    }
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Words(text) => f.write_str(text),
            Self::Phrase(text) => write_phrase(f, text),
            Self::Field { field, value } => write!(f, "{field}:{}", Closed(value)),
            Self::DateRange { from, to } => write!(f, "{}:{}", Field::Date, date::written(*from, *to)),
            Self::Issue { year, number } => write!(f, "{year:04}年第{number}期"),
            Self::Or(options) => joined(f, options.iter().map(Alternative), " OR "),
            Self::All(clauses) => joined(f, clauses.iter(), " "),
        }
    }
}

/// A node behind a minus or a colon: what has several parts needs parentheses.
struct Closed<'a>(&'a Node);

impl fmt::Display for Closed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            node @ (Node::Or(_) | Node::All(_)) => write!(f, "({node})"),
            node => write!(f, "{node}"),
        }
    }
}

/// A node beside an `OR`: a single exclusion needs no parentheses.
struct Alternative<'a>(&'a Node);

impl fmt::Display for Alternative<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Node::All(clauses) if clauses.len() == 1 => write!(f, "{}", self.0),
            node => write!(f, "{}", Closed(node)),
        }
    }
}

fn joined<T: fmt::Display>(
    f: &mut fmt::Formatter<'_>,
    parts: impl Iterator<Item = T>,
    between: &str,
) -> fmt::Result {
    for (n, part) in parts.enumerate() {
        if n > 0 {
            f.write_str(between)?;
        }
        write!(f, "{part}")?;
    }
    Ok(())
}

fn write_phrase(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    let fits = |(_, _, closing): &&(char, char, &[char])| !text.contains(*closing);
    let (open, close, _) = QUOTES.iter().find(fits).unwrap_or(&QUOTES[0]);
    write!(f, "{open}{text}{close}")
}
