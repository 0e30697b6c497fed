//! 套打 and paper forms as typeset.

use super::super::form::tests::filled;
use super::super::overprint::Offset;
use super::super::past::{Drawn, Glyph, drawn, glyphs};
use super::tests::{composite, look, mm, press, single, squeezed};
use super::{Document, write, write_overprint, write_sheet};

const RED: [u8; 3] = [255, 0, 0];
/// What reading a PDF again loses, in points: its numbers have three decimals or so.
const ROUNDED: f64 = 0.02;

fn overprinted(document: &Document, copies: &[u32], x: f64, y: f64) -> Vec<u8> {
    let offset = Offset::new(x, y).expect("an offset");
    write_overprint(press(), document, copies, offset).expect("pdf").bytes
}

fn black(bytes: &[u8]) -> Vec<Drawn> {
    drawn(bytes).expect("read").into_iter().filter(|one| one.ink != RED).collect()
}

fn red(bytes: &[u8]) -> Vec<Drawn> {
    drawn(bytes).expect("read").into_iter().filter(|one| one.ink == RED).collect()
}

#[test]
fn on_red_head_paper_everything_black_stands_where_it_stood_and_nothing_red_is_printed() {
    for (name, document, copies) in
        [("single", single(), vec![]), ("composite", composite(), vec![]), ("copies", single(), vec![1, 7])]
    {
        let whole = write(press(), &document, &copies).expect("pdf").bytes;
        let over = overprinted(&document, &copies, 0.0, 0.0);
        look(&format!("overprint-{name}.pdf"), &over);
        let printed = copies.len().max(1);
        let chars = document.masthead.name.chars().count();
        // The name by characters, and the rule, for each copy.
        assert_eq!(red(&whole).len(), printed * (chars + 1), "{name}");
        assert_eq!(red(&over), [], "{name}");
        assert_eq!(black(&whole), black(&over), "{name}");
        let (mut all, left) = (glyphs(&whole).expect("read"), glyphs(&over).expect("read"));
        let before = all.len();
        // The masthead is larger than anything else.
        all.retain(|glyph| glyph.size < 24.0);
        assert_eq!((all.len() + printed * chars, &all), (before, &left), "{name}");
    }
}

#[test]
fn an_offset_moves_everything_on_every_page_by_exactly_so_many_millimetres() {
    for (x, y) in [(1.5, -2.0), (-3.0, 0.7), (0.0, 15.0), (-15.0, -15.0)] {
        for document in [single(), composite()] {
            let (still, moved) = (overprinted(&document, &[], 0.0, 0.0), overprinted(&document, &[], x, y));
            let (still, moved) = (glyphs(&still).expect("read"), glyphs(&moved).expect("read"));
            assert_eq!(still.len(), moved.len());
            let same = |(one, other): (&Glyph, &Glyph)| {
                let (by_x, by_y) = (other.x - one.x - x / 25.4 * 72.0, other.y - one.y - y / 25.4 * 72.0);
                one.text == other.text
                    && one.page == other.page
                    && by_x.abs() < ROUNDED
                    && by_y.abs() < ROUNDED
            };
            let off: Vec<_> = still.iter().zip(&moved).filter(|pair| !same(*pair)).take(3).collect();
            assert!(off.is_empty(), "{x} {y}: {off:?}");
        }
    }
    let rule =
        |x, y| black(&overprinted(&single(), &[], x, y)).into_iter().map(|one| one.edges).collect::<Vec<_>>();
    for (one, other) in rule(0.0, 0.0).iter().zip(rule(2.0, 3.0)) {
        for (at, by) in [(0, 2.0), (1, 3.0), (2, 2.0), (3, 3.0)] {
            assert!((mm(other[at] - one[at]) - by).abs() < 0.01, "{one:?} {other:?}");
        }
    }
}

#[test]
fn offsets_make_files_of_their_own_and_the_same_one_the_same_file() {
    let one = overprinted(&single(), &[], 1.0, 0.0);
    assert_eq!(one, overprinted(&single(), &[], 1.0, 0.0));
    assert_ne!(one, overprinted(&single(), &[], 0.0, 1.0));
}

#[test]
fn a_form_as_pdf_holds_every_field_on_one_page_with_room_to_write() {
    for id in ["review", "signing", "reading"] {
        let sheet = filled(id);
        let bytes = write_sheet(press(), &sheet).expect("pdf");
        look(&format!("form-{id}.pdf"), &bytes);
        let all = glyphs(&bytes).expect("read");
        assert!(all.iter().all(|glyph| glyph.page == 0), "{id} takes one page");
        let read = squeezed(&all.iter().map(|glyph| glyph.text.as_str()).collect::<String>());
        for told in
            [sheet.title.as_str(), "4F7KZ-09QXB", "某市政协办公厅", "钟离意", "年月日", "2026年1月8日"]
        {
            assert!(read.contains(told), "{id}: {told} in {read}");
        }
        // Nothing is printed beyond the margins, and the foot of the table stays above the note.
        let right = (210.0 - 20.0) / 25.4 * 72.0;
        assert!(all.iter().all(|glyph| glyph.x > 70.0 && glyph.x < right && glyph.y < 842.0 - 20.0), "{id}");
    }
}

#[test]
fn a_form_of_long_texts_and_characters_that_no_font_has_is_printed_all_the_same() {
    let mut sheet = filled("review");
    sheet.title = format!("{}核稿单", "很长的刊名".repeat(4));
    sheet.unit = "\u{1F600}".to_owned();
    sheet.address = "长".repeat(3000);
    for row in &mut sheet.rows {
        if let super::super::form::SheetRow::Fields { pairs, .. } = row {
            pairs.iter_mut().for_each(|(_, text)| *text = text.repeat(12));
        }
    }
    let bytes = write_sheet(press(), &sheet).expect("pdf");
    look("form-long.pdf", &bytes);
    assert!(bytes.starts_with(b"%PDF"));
}
