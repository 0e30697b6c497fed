//! A QR code as a picture for files and as a path for pages.

use image::{DynamicImage, GrayImage, ImageFormat, Luma};
use qrcode::{Color, QrCode};

/// White around it, in modules: scanners want four.
const QUIET: usize = 4;
/// Dots of a module in the picture.
const DOTS: u32 = 8;

/// A QR code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Qr {
    /// Modules of a side, without the white around.
    side: usize,
    /// Row by row.
    dark: Vec<bool>,
}

impl Qr {
    /// The code of a text; none of an empty or a too long one.
    pub fn of(text: &str) -> Option<Self> {
        let code = QrCode::new(text).ok().filter(|_| !text.is_empty())?;
        let dark = code.to_colors().into_iter().map(|color| color == Color::Dark).collect();
        Some(Self { side: code.width(), dark })
    }

    /// Modules of a side, the white around included.
    pub fn width(&self) -> usize {
        self.side + 2 * QUIET
    }

    /// The dark modules as the path of an SVG whose unit is a module.
    pub fn path(&self) -> String {
        let at =
            |(no, _): (usize, _)| format!("M{} {}h1v1h-1z", no % self.side + QUIET, no / self.side + QUIET);
        self.dark.iter().enumerate().filter(|(_, dark)| **dark).map(at).collect()
    }

    /// As a PNG, with its side in dots.
    pub(super) fn png(&self) -> Option<(Vec<u8>, u32)> {
        let side = u32::try_from(self.width()).ok()? * DOTS;
        let module = |dot: u32| (dot / DOTS) as usize;
        let drawn = GrayImage::from_fn(side, side, |x, y| {
            let inside = |at: usize| at.checked_sub(QUIET).filter(|at| *at < self.side);
            let dark = inside(module(y)).zip(inside(module(x)));
            let dark = dark.and_then(|(y, x)| self.dark.get(y * self.side + x).copied()).unwrap_or(false);
            Luma([if dark { 0 } else { 255 }])
        });
        let mut file = std::io::Cursor::new(Vec::new());
        DynamicImage::from(drawn).write_to(&mut file, ImageFormat::Png).ok()?;
        Some((file.into_inner(), side))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_picture_and_the_path_show_the_same_modules() {
        let qr = Qr::of("https://minyi.example.org/find/4F7KZ-09QXB").expect("a code");
        let (png, side) = qr.png().expect("a picture");
        let seen = image::load_from_memory(&png).expect("png").to_luma8();
        assert_eq!((seen.width(), seen.height()), (side, side));
        let dark = (0..qr.width() as u32)
            .flat_map(|y| (0..qr.width() as u32).map(move |x| (x, y)))
            .filter(|(x, y)| seen.get_pixel(x * DOTS + DOTS / 2, y * DOTS + DOTS / 2).0[0] == 0)
            .count();
        assert_eq!(dark, qr.path().matches('M').count());
        assert!(Qr::of("").is_none() && Qr::of(&"长".repeat(2000)).is_none());
    }
}
