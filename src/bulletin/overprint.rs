//! 套打: an issue on paper whose red head is printed already: how far a printer's black text must be moved.

use serde::Serialize;

/// Farther than this no printer is off, mm; the page number must stay on the paper.
const MOST: f64 = 15.0;

/// How far everything on a page is moved, in millimetres.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Offset {
    /// To the right; negative = to the left.
    pub x: f64,
    /// Downwards; negative = upwards.
    pub y: f64,
}

impl Offset {
    /// An offset within what a sheet allows.
    ///
    /// # Errors
    /// In Chinese, when it is farther than 15 mm or no number.
    pub fn new(x: f64, y: f64) -> Result<Self, String> {
        let fits = |value: f64| value.is_finite() && value.abs() <= MOST;
        if fits(x) && fits(y) {
            return Ok(Self { x, y });
        }
        Err(format!("套打偏移须在 ±{MOST} 毫米之内"))
    }
}

#[cfg(test)]
mod tests {
    use super::Offset;

    #[test]
    fn an_offset_keeps_the_text_on_the_sheet() {
        assert_eq!(Offset::new(-1.5, 15.0), Ok(Offset { x: -1.5, y: 15.0 }));
        for (x, y) in [(15.1, 0.0), (0.0, -16.0), (f64::NAN, 0.0), (0.0, f64::INFINITY)] {
            assert!(Offset::new(x, y).is_err(), "{x} {y}");
        }
    }
}
