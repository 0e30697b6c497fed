//! The hidden mark: of which manuscript and version a Word file was made.

use std::fmt;
use std::str::FromStr;

use crate::model::{ManuscriptId, Texts};

/// The form of the mark; another form is another number.
const FORM: &str = "minyi1";

/// Which version of which manuscript a file holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// The manuscript.
    pub manuscript: ManuscriptId,
    /// The revision that it had.
    pub rev: i64,
    /// Its last step then.
    pub step: i64,
    /// Of the texts of that step: a mark whose step has other texts was made elsewhere or changed by hand.
    pub checksum: String,
}

impl Mark {
    /// The mark of a version.
    pub fn new(manuscript: ManuscriptId, rev: i64, step: i64, texts: &Texts) -> Self {
        Self { manuscript, rev, step, checksum: checksum(texts) }
    }

    /// Whether it was made of these texts.
    pub fn fits(&self, texts: &Texts) -> bool {
        self.checksum == checksum(texts)
    }
}

fn checksum(texts: &Texts) -> String {
    let mut hasher = blake3::Hasher::new();
    for text in [&texts.title, &texts.body, &texts.credit] {
        hasher.update(&(text.len() as u64).to_le_bytes());
        hasher.update(text.as_bytes());
    }
    hasher.finalize().to_hex()[..16].to_owned()
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{FORM}:{}:{}:{}:{}", self.manuscript, self.rev, self.step, self.checksum)
    }
}

impl FromStr for Mark {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let parts: Vec<&str> = text.trim().split(':').collect();
        let [FORM, manuscript, rev, step, checksum] = parts[..] else { return Err(()) };
        Ok(Self {
            manuscript: manuscript.parse().map_err(drop)?,
            rev: rev.parse().map_err(drop)?,
            step: step.parse().map_err(drop)?,
            checksum: checksum.to_owned(),
        })
    }
}
