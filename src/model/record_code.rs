//! 编号: the short code on a paper form that finds the record again, by a scanner or typed in by hand.

use std::fmt;

use super::ids::{ALPHABET, IssueId, ManuscriptId};

/// Characters of the id that the code takes over, 45 bits: among a million records two share them in one office of 70.
const TAKEN: usize = 9;
/// Bytes of an id of either kind.
const ID_BYTES: usize = 10;

/// The first nine characters of a record's id and one that checks them, as `4F7KZ-09QXB`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordCode([u8; TAKEN]);

impl RecordCode {
    /// The code of a manuscript.
    pub fn of_manuscript(id: &ManuscriptId) -> Self {
        Self::of(id.as_bytes())
    }

    /// The code of an issue.
    pub fn of_issue(id: &IssueId) -> Self {
        Self::of(id.as_bytes())
    }

    fn of(id: &[u8]) -> Self {
        let bits = id.iter().fold(0_u128, |bits, byte| bits << 8 | u128::from(*byte));
        let above = 8 * id.len();
        Self(std::array::from_fn(|at| ((bits >> (above - 5 * (at + 1))) & 31) as u8))
    }

    /// Reads a code as it is typed or scanned: either case, full or half width, with or without its dash, the letters
    /// that it has not (I, L, O) as what they look like; or an address that ends in it. Nothing where it is none, one
    /// mistyped character included.
    pub fn read(typed: &str) -> Option<Self> {
        let last = typed.trim().rsplit(['/', '／']).next().unwrap_or_default();
        let values: Vec<u8> = last
            .chars()
            .filter(|c| !matches!(c, '-' | '－' | '—' | ' ' | '　'))
            .map(value)
            .collect::<Option<_>>()?;
        let (check, taken) = values.split_last()?;
        let code = Self(taken.try_into().ok()?);
        (code.check() == *check).then_some(code)
    }

    /// The ids that begin with it: from the first to the last, both included.
    pub fn ids(&self) -> ([u8; ID_BYTES], [u8; ID_BYTES]) {
        let free = 8 * ID_BYTES - 5 * TAKEN;
        let first = self.0.iter().fold(0_u128, |bits, value| bits << 5 | u128::from(*value)) << free;
        let bytes = |bits: u128| std::array::from_fn(|at| (bits >> (8 * (ID_BYTES - 1 - at))) as u8);
        (bytes(first), bytes(first | ((1 << free) - 1)))
    }

    /// Odd weights tell every single wrong character, unequal ones nearly every pair of exchanged ones.
    fn check(&self) -> u8 {
        let sum: u32 =
            self.0.iter().zip((1..).step_by(2)).map(|(value, weight)| u32::from(*value) * weight).sum();
        (sum % 32) as u8
    }
}

/// What a character counts.
fn value(c: char) -> Option<u8> {
    let c = match c {
        '！'..='～' => char::from_u32(u32::from(c) - 0xFEE0)?,
        other => other,
    };
    let c = match c.to_ascii_lowercase() {
        'o' => '0',
        'i' | 'l' => '1',
        other => other,
    };
    ALPHABET.iter().position(|known| char::from(*known) == c).and_then(|at| u8::try_from(at).ok())
}

impl fmt::Display for RecordCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, value) in self.0.iter().chain([&self.check()]).enumerate() {
            let dash = if at == 5 { "-" } else { "" };
            let c = ALPHABET.get(usize::from(*value)).copied().map_or('?', char::from);
            write!(f, "{dash}{}", c.to_ascii_uppercase())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id() -> ManuscriptId {
        ManuscriptId::from_random([0x5b, 0x01, 0xfe, 0x77, 0x20, 0xaa, 0x00, 0xff, 0x13, 0x37])
    }

    #[test]
    fn a_code_begins_as_its_id_and_is_read_again_however_it_is_typed() {
        let code = RecordCode::of_manuscript(&id());
        let shown = code.to_string();
        assert_eq!(shown.replace('-', "")[..9].to_lowercase(), id().to_string()[..9]);
        assert_eq!(shown.len(), 11);
        let wide: String = shown.chars().filter_map(|c| char::from_u32(u32::from(c) + 0xFEE0)).collect();
        let typed = [shown.clone(), shown.to_lowercase(), shown.replace('-', " "), wide];
        for text in typed.iter().chain([&format!(" https://office.example/find/{shown} ")]) {
            assert_eq!(RecordCode::read(text), Some(code), "{text}");
        }
        assert_eq!(RecordCode::read(&shown.replace('0', "O").replace('1', "l")), Some(code));
    }

    #[test]
    fn no_single_slip_of_the_pen_is_taken_for_a_code() {
        let shown = RecordCode::of_manuscript(&id()).to_string().replace('-', "");
        for at in 0..shown.len() {
            for other in ALPHABET.iter().map(|c| char::from(*c).to_ascii_uppercase()) {
                let mut slip: Vec<char> = shown.chars().collect();
                if slip[at] != other {
                    slip[at] = other;
                    assert_eq!(RecordCode::read(&slip.iter().collect::<String>()), None, "{slip:?}");
                }
            }
        }
        for text in ["", "老旧小区", "2026年第12期", "ABCDE", "ABCDEFGHJKMN", "u2345-67890"] {
            assert_eq!(RecordCode::read(text), None, "{text}");
        }
    }

    #[test]
    fn the_ids_that_begin_with_a_code_are_between_its_bounds() {
        let (first, last) = RecordCode::of_manuscript(&id()).ids();
        assert!(first.as_slice() <= id().as_bytes() && id().as_bytes() <= last.as_slice());
        assert_eq!(&first[..5], &id().as_bytes()[..5]);
        assert_eq!((first[5] & 0xf8, last[5] & 0xf8), (0xa8, 0xa8));
        assert_eq!((&first[6..], &last[6..]), (&[0; 4][..], &[255; 4][..]));
    }
}
