//! Two editors changed the same text: what each changed is kept, paragraph by paragraph; where both changed the same
//! place differently, both stand in the text between marks, for a person to decide.

/// Before what the other saved, where the two do not agree.
pub const CLASH_THEIRS: &str = "〔对方改为〕";
/// Before what this person wrote.
pub const CLASH_MINE: &str = "〔本人改为〕";
/// After both.
pub const CLASH_END: &str = "〔以上择一〕";

/// Both changes in one text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merged {
    /// The text.
    pub text: String,
    /// Places where a person must decide.
    pub clashes: usize,
}

/// Lines compared at most: beyond this both texts are put one under the other as one clash.
const PAIRS_MAX: usize = 4_000_000;

/// Brings `mine` and `theirs`, which both come from `base`, together.
pub fn three_way(base: &str, mine: &str, theirs: &str) -> Merged {
    let (base, mine, theirs) = (lines(base), lines(mine), lines(theirs));
    let (in_mine, in_theirs) = (places(&base, &mine), places(&base, &theirs));
    let mut out: Vec<String> = Vec::new();
    let (mut clashes, mut at, mut here, mut there) = (0, 0, 0, 0);
    for next in 0..=base.len() {
        // Up to the next line that all three have.
        let (to_here, to_there) = match next < base.len() {
            true => match (in_mine[next], in_theirs[next]) {
                (Some(one), Some(other)) => (one, other),
                _ => continue,
            },
            false => (mine.len(), theirs.len()),
        };
        let (old, own, other) = (&base[at..next], &mine[here..to_here], &theirs[there..to_there]);
        if own == old || own == other {
            out.extend(other.iter().map(|line| (*line).to_owned()));
        } else if other == old {
            out.extend(own.iter().map(|line| (*line).to_owned()));
        } else {
            clashes += 1;
            out.push(CLASH_THEIRS.to_owned());
            out.extend(other.iter().map(|line| (*line).to_owned()));
            out.push(CLASH_MINE.to_owned());
            out.extend(own.iter().map(|line| (*line).to_owned()));
            out.push(CLASH_END.to_owned());
        }
        if next < base.len() {
            out.push(base[next].to_owned());
        }
        (at, here, there) = (next + 1, to_here + 1, to_there + 1);
    }
    Merged { text: out.join("\n"), clashes }
}

fn lines(text: &str) -> Vec<&str> {
    if text.is_empty() { Vec::new() } else { text.split('\n').collect() }
}

/// For each line of `one` its place in `other`, along a longest common sequence.
fn places(one: &[&str], other: &[&str]) -> Vec<Option<usize>> {
    let mut out = vec![None; one.len()];
    if one.len().saturating_mul(other.len()) > PAIRS_MAX {
        return out;
    }
    let width = other.len() + 1;
    let mut longest = vec![0_u32; (one.len() + 1) * width];
    for i in (0..one.len()).rev() {
        for j in (0..other.len()).rev() {
            longest[i * width + j] = if one[i] == other[j] {
                longest[(i + 1) * width + j + 1] + 1
            } else {
                longest[(i + 1) * width + j].max(longest[i * width + j + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    while i < one.len() && j < other.len() {
        if one[i] == other[j] {
            out[i] = Some(j);
            (i, j) = (i + 1, j + 1);
        } else if longest[(i + 1) * width + j] >= longest[i * width + j + 1] {
            i += 1;
        } else {
            j += 1;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn changes_in_different_paragraphs_both_stand() {
        let merged = three_way("一\n二\n三\n四", "一\n二改\n三\n四", "一\n二\n三\n四\n五");
        assert_eq!(merged, Merged { text: "一\n二改\n三\n四\n五".to_owned(), clashes: 0 });
    }

    #[test]
    fn the_same_change_by_both_stands_once() {
        assert_eq!(three_way("一\n二", "一\n贰", "一\n贰").text, "一\n贰");
    }

    #[test]
    fn two_changes_of_one_paragraph_both_stand_between_marks() {
        let merged = three_way("一\n二\n三", "一\n二甲\n三", "一\n二乙\n三");
        assert_eq!(merged.clashes, 1);
        let wanted = format!("一\n{CLASH_THEIRS}\n二乙\n{CLASH_MINE}\n二甲\n{CLASH_END}\n三");
        assert_eq!(merged.text, wanted);
    }

    proptest! {
        /// Whoever changed nothing loses nothing of the other.
        #[test]
        fn one_sided_changes_are_taken_whole(base in "[甲乙丙\n]{0,30}", changed in "[甲乙丙丁\n]{0,30}") {
            prop_assert_eq!(three_way(&base, &changed, &base).text, changed.clone());
            prop_assert_eq!(three_way(&base, &base, &changed).text, changed);
        }

        /// Every line that either wrote is still there.
        #[test]
        fn no_new_line_is_lost(base in "[甲乙\n]{0,20}", mine in "[甲乙丙\n]{0,20}", theirs in "[甲乙丁\n]{0,20}") {
            let merged = three_way(&base, &mine, &theirs).text;
            for line in mine.split('\n').chain(theirs.split('\n')) {
                if !line.is_empty() && !base.split('\n').any(|old| old == line) {
                    prop_assert!(merged.split('\n').any(|kept| kept == line), "{:?} is lost", line);
                }
            }
        }
    }
}
