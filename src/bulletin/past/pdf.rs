//! The text of a PDF with the place of every glyph: lines and paragraphs are found by where they stand.

use hayro_interpret::font::Glyph as PdfGlyph;
use hayro_interpret::hayro_cmap::BfString;
use hayro_interpret::hayro_syntax::Pdf;
use hayro_interpret::{
    BlendMode, ClipPath, Context, Device, GlyphDrawMode, Image, InterpreterCache, InterpreterSettings, Paint,
    PathDrawMode, SoftMask, interpret_page,
};
use kurbo::{Affine, BezPath, Point, Rect};

use super::{Line, PastError};

/// Points from which a line is a masthead or a title: between 3号 (16) and 小2号 (18).
const BIG: f64 = 17.5;
/// Pages that are read at most.
const PAGES_MAX: usize = 400;

/// A glyph on a page, in points from the page's top left corner.
#[derive(Debug, Clone, PartialEq)]
pub struct Glyph {
    /// Page, from 0.
    pub page: usize,
    /// What it stands for.
    pub text: String,
    /// Its origin.
    pub x: f64,
    /// Its baseline.
    pub y: f64,
    /// The size of its face.
    pub size: f64,
}

/// A stroke or an area on a page, for tests of what is printed in which colour.
#[cfg(test)]
#[derive(Debug, Clone, PartialEq)]
pub struct Drawn {
    /// Page, from 0.
    pub page: usize,
    /// Its colour: red, green, blue.
    pub ink: [u8; 3],
    /// Left, top, right, bottom, in points from the page's top left corner.
    pub edges: [f64; 4],
}

/// Every rule, frame and glyph of a PDF with its colour; a glyph has its origin for edges.
///
/// # Errors
/// As [`glyphs`].
#[cfg(test)]
pub fn drawn(bytes: &[u8]) -> Result<Vec<Drawn>, PastError> {
    Ok(collected(bytes)?.drawn)
}

/// Every glyph of a PDF, in the order in which it is drawn.
///
/// # Errors
/// [`PastError::Damaged`] when it is no PDF that can be read.
pub fn glyphs(bytes: &[u8]) -> Result<Vec<Glyph>, PastError> {
    Ok(collected(bytes)?.glyphs)
}

fn collected(bytes: &[u8]) -> Result<Collector, PastError> {
    let pdf = Pdf::new(bytes.to_vec()).map_err(|error| PastError::Damaged(format!("{error:?}")))?;
    let mut found = Collector::default();
    for (number, page) in pdf.pages().iter().take(PAGES_MAX).enumerate() {
        let (width, height) = page.render_dimensions();
        let bbox = Rect::new(0.0, 0.0, f64::from(width), f64::from(height));
        // From the foot of the page upwards to from its top downwards.
        let flipped = Affine::new([1.0, 0.0, 0.0, -1.0, 0.0, f64::from(height)]);
        let cache = InterpreterCache::new();
        let mut context = Context::new(flipped, bbox, &cache, page.xref(), InterpreterSettings::default());
        found.page = number;
        interpret_page(page, &mut context, &mut found);
    }
    Ok(found)
}

#[derive(Default)]
struct Collector {
    page: usize,
    glyphs: Vec<Glyph>,
    #[cfg(test)]
    drawn: Vec<Drawn>,
}

#[cfg(test)]
impl Collector {
    fn note(&mut self, paint: &Paint<'_>, bounds: Rect) {
        let Paint::Color(color) = paint else { return };
        let [red, green, blue, _] = color.to_rgba().to_rgba8();
        let edges = [bounds.x0, bounds.y0, bounds.x1, bounds.y1];
        self.drawn.push(Drawn { page: self.page, ink: [red, green, blue], edges });
    }
}

impl<'a> Device<'a> for Collector {
    fn draw_glyph(
        &mut self,
        glyph: &PdfGlyph<'a>,
        transform: Affine,
        glyph_transform: Affine,
        #[cfg_attr(not(test), expect(unused_variables, reason = "colours are for tests"))] paint: &Paint<'a>,
        _: &GlyphDrawMode,
    ) {
        #[cfg(test)]
        {
            let origin = transform * glyph_transform * Point::ORIGIN;
            self.note(paint, Rect::from_points(origin, origin));
        }
        let text = match glyph.as_unicode() {
            Some(BfString::Char(c)) => c.to_string(),
            Some(BfString::String(text)) => text,
            None => return,
        };
        let whole = transform * glyph_transform;
        let origin = whole * Point::ORIGIN;
        // Outlines are drawn in thousandths of the face's size.
        let up = whole * Point::new(0.0, 1000.0);
        let size = (up - origin).hypot();
        self.glyphs.push(Glyph { page: self.page, text, x: origin.x, y: origin.y, size });
    }

    fn set_soft_mask(&mut self, _: Option<SoftMask<'a>>) {}
    fn set_blend_mode(&mut self, _: BlendMode) {}
    #[cfg(test)]
    fn draw_path(&mut self, path: &BezPath, transform: Affine, paint: &Paint<'a>, _: &PathDrawMode) {
        self.note(paint, kurbo::Shape::bounding_box(&(transform * path.clone())));
    }
    #[cfg(not(test))]
    fn draw_path(&mut self, _: &BezPath, _: Affine, _: &Paint<'a>, _: &PathDrawMode) {}
    fn push_clip_path(&mut self, _: &ClipPath) {}
    fn push_transparency_group(&mut self, _: f32, _: Option<SoftMask<'a>>, _: BlendMode) {}
    fn draw_image(&mut self, _: Image<'a, '_>, _: Affine) {}
    fn pop_clip_path(&mut self) {}
    fn pop_transparency_group(&mut self) {}
}

/// A line of glyphs on one baseline.
struct Row {
    page: usize,
    y: f64,
    left: f64,
    right: f64,
    size: f64,
    text: String,
}

/// The paragraphs: lines joined where one goes on from the line before.
pub(super) fn lines(bytes: &[u8]) -> Result<Vec<Line>, PastError> {
    let rows = rows(glyphs(bytes)?);
    let typical = |of: fn(&Row) -> f64, most: bool| {
        let mut all: Vec<f64> = rows.iter().filter(|row| row.text.chars().count() > 8).map(of).collect();
        all.sort_by(f64::total_cmp);
        let at = if most { all.len().saturating_sub(1) } else { all.len() / 20 };
        all.get(at).copied().unwrap_or_default()
    };
    let (left, right) = (typical(|row| row.left, false), typical(|row| row.right, true));
    let mut lines: Vec<Line> = Vec::new();
    let mut before: Option<&Row> = None;
    for row in &rows {
        let centred = row.left - left > 2.5 * row.size
            && ((row.left - left) - (right - row.right)).abs() < 1.5 * row.size;
        let big = row.size >= BIG;
        let goes_on = before.is_some_and(|before| {
            let full = right - before.right < 2.0 * row.size;
            let outdented = row.left - left < 0.5 * row.size;
            !big && before.size < BIG && full && outdented && (before.size - row.size).abs() < 1.0
        });
        match lines.last_mut() {
            Some(last) if goes_on => last.text.push_str(&row.text),
            _ => lines.push(Line { text: row.text.clone(), big, centred, entry: false }),
        }
        // Page numbers stand between the lines of a paragraph that goes on.
        let is_number =
            row.text.trim_matches(|c: char| "—-– ".contains(c)).chars().all(|c| c.is_ascii_digit());
        if is_number {
            lines.pop();
        } else {
            before = Some(row);
        }
    }
    Ok(lines)
}

/// Glyphs on one baseline, from left to right; pages and lines from top to bottom.
fn rows(mut glyphs: Vec<Glyph>) -> Vec<Row> {
    glyphs.sort_by(|one, other| {
        one.page.cmp(&other.page).then(one.y.total_cmp(&other.y)).then(one.x.total_cmp(&other.x))
    });
    let mut rows: Vec<Vec<Glyph>> = Vec::new();
    for glyph in glyphs {
        match rows.last_mut() {
            Some(row)
                if row
                    .last()
                    .is_some_and(|last| last.page == glyph.page && (last.y - glyph.y).abs() < 3.0) =>
            {
                row.push(glyph);
            }
            _ => rows.push(vec![glyph]),
        }
    }
    rows.into_iter().map(row).filter(|row| !row.text.trim().is_empty()).collect()
}

fn row(mut glyphs: Vec<Glyph>) -> Row {
    glyphs.sort_by(|one, other| one.x.total_cmp(&other.x));
    let size = glyphs.iter().map(|glyph| glyph.size).fold(0.0, f64::max);
    let mut row = Row { page: 0, y: 0.0, left: f64::MAX, right: 0.0, size, text: String::new() };
    let mut end: Option<f64> = None;
    for glyph in &glyphs {
        let half = glyph.text.is_ascii();
        if end.is_some_and(|end| glyph.x - end > 2.0 * glyph.size) {
            // Unit and date stand on one line, far apart.
            row.text.push('　');
        }
        end = Some(glyph.x + if half { glyph.size / 2.0 } else { glyph.size });
        row.text.push_str(&glyph.text);
        (row.page, row.y) = (glyph.page, glyph.y);
        if !glyph.text.trim().is_empty() {
            row.left = row.left.min(glyph.x);
            row.right = row.right.max(end.unwrap_or_default());
        }
    }
    row
}
