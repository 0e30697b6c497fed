//! Traditional to simplified, one character to one character.
//!
//! Phrase-level conversion reads better but changes lengths and depends on context; a key and a search token need a
//! function of the single character, so that offsets stay and an edit nearby changes nothing.

use std::sync::OnceLock;

use opencc_fmmseg::OpenCC;

/// Unified ideographs, extension A to the end of the basic block.
const FIRST: u32 = 0x3400;
const LAST: u32 = 0x9FFF;

/// The simplified form of a character; itself where it has none, or where the form is more than one character.
pub fn simplified(c: char) -> char {
    static TABLE: OnceLock<Box<[u16]>> = OnceLock::new();
    let code = u32::from(c);
    if !(FIRST..=LAST).contains(&code) {
        return c;
    }
    let table = TABLE.get_or_init(build);
    char::from_u32(u32::from(table[(code - FIRST) as usize])).unwrap_or(c)
}

/// Asks OpenCC for every character once (about 20 ms); its dictionaries are dropped afterwards.
fn build() -> Box<[u16]> {
    let opencc = OpenCC::new();
    let once = |c: char| {
        let converted = opencc.t2s(c.encode_utf8(&mut [0; 4]), false);
        let mut chars = converted.chars();
        match (chars.next(), chars.next()) {
            (Some(to), None) if (FIRST..=LAST).contains(&u32::from(to)) => to,
            _ => c,
        }
    };
    // Twice: a few characters (薴) become one that is itself traditional of another (苧), and a key must be stable.
    let stable = |code: u32| char::from_u32(code).map_or(code, |c| u32::from(once(once(c))));
    (FIRST..=LAST).map(|code| u16::try_from(stable(code)).unwrap_or_default()).collect()
}

/// A text in traditional script, by phrases as a writer would have it. For measuring what folding undoes.
pub fn traditional(text: &str) -> String {
    static CONVERTER: OnceLock<OpenCC> = OnceLock::new();
    CONVERTER.get_or_init(OpenCC::new).s2t(text, false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn traditional_characters_become_simplified_and_others_stay() {
        let text: String = "重慶市渝中區垃圾分類點A1".chars().map(simplified).collect();
        assert_eq!(text, "重庆市渝中区垃圾分类点A1");
    }

    #[test]
    fn simplifying_twice_changes_nothing_more() {
        for code in FIRST..=LAST {
            let c = char::from_u32(code).expect("ideograph");
            assert_eq!(simplified(simplified(c)), simplified(c), "{c}");
        }
    }
}
