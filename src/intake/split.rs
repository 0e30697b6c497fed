//! Cutting a streamed body into its items: lines of NDJSON, or the elements of one JSON array. Holds one item at most.

/// A piece of the body.
#[derive(Debug, PartialEq, Eq)]
pub enum Piece {
    /// One item's bytes.
    Item(Vec<u8>),
    /// An item larger than allowed; its bytes were not kept.
    TooLarge,
}

/// What kind of body it turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// Nothing but white space so far.
    Unknown,
    Lines,
    Array,
    /// The array is closed: only white space may follow.
    Closed,
}

/// The cutter. Feed it chunks, then finish it.
pub struct Splitter {
    limit: usize,
    form: Form,
    item: Vec<u8>,
    oversized: bool,
    depth: usize,
    in_string: bool,
    escaped: bool,
    trailing: bool,
}

impl Splitter {
    /// Items of at most `limit` bytes.
    pub fn new(limit: usize) -> Self {
        Self {
            limit,
            form: Form::Unknown,
            item: Vec::new(),
            oversized: false,
            depth: 0,
            in_string: false,
            escaped: false,
            trailing: false,
        }
    }

    /// Takes a chunk and gives the items that it completes.
    pub fn feed(&mut self, chunk: &[u8], out: &mut Vec<Piece>) {
        for &byte in chunk {
            match self.form {
                Form::Unknown => self.begin(byte),
                Form::Lines => self.line(byte, out),
                Form::Array => self.element(byte, out),
                Form::Closed => self.trailing |= !byte.is_ascii_whitespace(),
            }
        }
    }

    /// Gives what is left at the end of the body; a broken array's half item is given as it is, to be refused.
    ///
    /// # Errors
    /// A sentence in Chinese when the array was not closed, or something follows it.
    pub fn finish(mut self, out: &mut Vec<Piece>) -> Result<(), &'static str> {
        self.complete(out);
        match self.form {
            Form::Array => Err("数组没有结束（缺少 ]），内容可能不完整"),
            Form::Closed if self.trailing => Err("数组结束之后还有多余的内容，已忽略"),
            _ => Ok(()),
        }
    }

    fn begin(&mut self, byte: u8) {
        // A byte order mark before the first item is no part of it.
        if byte.is_ascii_whitespace() || matches!(byte, 0xEF | 0xBB | 0xBF) {
            return;
        }
        if byte == b'[' {
            self.form = Form::Array;
        } else {
            self.form = Form::Lines;
            self.keep(byte);
        }
    }

    fn line(&mut self, byte: u8, out: &mut Vec<Piece>) {
        if byte == b'\n' { self.complete(out) } else { self.keep(byte) }
    }

    fn element(&mut self, byte: u8, out: &mut Vec<Piece>) {
        if self.in_string {
            self.keep(byte);
            if self.escaped {
                self.escaped = false;
            } else if byte == b'\\' {
                self.escaped = true;
            } else if byte == b'"' {
                self.in_string = false;
            }
            return;
        }
        match byte {
            b',' if self.depth == 0 => self.complete(out),
            b']' if self.depth == 0 => {
                self.complete(out);
                self.form = Form::Closed;
            }
            _ => {
                self.in_string = byte == b'"';
                match byte {
                    b'{' | b'[' => self.depth += 1,
                    b'}' | b']' => self.depth = self.depth.saturating_sub(1),
                    _ => {}
                }
                self.keep(byte);
            }
        }
    }

    fn keep(&mut self, byte: u8) {
        if self.item.len() < self.limit {
            self.item.push(byte);
        } else {
            self.oversized = true;
        }
    }

    fn complete(&mut self, out: &mut Vec<Piece>) {
        let item = std::mem::take(&mut self.item);
        if std::mem::take(&mut self.oversized) {
            out.push(Piece::TooLarge);
        } else if item.iter().any(|byte| !byte.is_ascii_whitespace()) {
            out.push(Piece::Item(item));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn split(body: &[u8], chunk: usize) -> (Vec<Piece>, Result<(), &'static str>) {
        let (mut splitter, mut out) = (Splitter::new(64), Vec::new());
        body.chunks(chunk.max(1)).for_each(|chunk| splitter.feed(chunk, &mut out));
        let end = splitter.finish(&mut out);
        (out, end)
    }

    fn item(text: &str) -> Piece {
        Piece::Item(text.as_bytes().to_vec())
    }

    #[test]
    fn lines_and_arrays_give_the_same_items() {
        assert_eq!(split(b"{\"a\":1}\n\n{\"b\":2}", 3), (vec![item("{\"a\":1}"), item("{\"b\":2}")], Ok(())));
        assert_eq!(
            split(b" [{\"a\":[1,2]},{\"b\":\"],\\\"\"}] ", 1).0,
            vec![item("{\"a\":[1,2]}"), item("{\"b\":\"],\\\"\"}")]
        );
    }

    #[test]
    fn an_array_that_is_not_closed_is_said() {
        let (items, end) = split(b"[{\"a\":1},{\"b\"", 5);
        assert_eq!(items.len(), 2);
        assert!(end.is_err());
    }

    #[test]
    fn an_oversized_item_does_not_stop_the_next() {
        let body = format!("{}\n{{\"b\":2}}\n", "x".repeat(1000));
        assert_eq!(split(body.as_bytes(), 7).0, vec![Piece::TooLarge, item("{\"b\":2}")]);
    }

    proptest! {
        #[test]
        fn how_the_body_is_chunked_does_not_matter(body in proptest::collection::vec(any::<u8>(), 0..200), chunk in 1usize..40) {
            prop_assert_eq!(split(&body, chunk), split(&body, 1000));
        }
    }
}
