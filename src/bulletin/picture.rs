//! Pictures of a text: taken in once (upright, of a size that prints, nothing in the file but what is seen), then carried
//! by the document as they are.

use std::io::Cursor;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use image::{DynamicImage, ImageDecoder as _, ImageFormat, ImageReader, Limits};
use serde::{Deserialize, Serialize};

use super::layout;

/// Widest and highest picture that is kept: 300 dots an inch over the type area.
const DOTS_MAX: u32 = 1843;
/// A file that claims more dots than this a side is not decoded.
const SIDE_MAX: u32 = 20_000;
/// Memory that decoding may take.
const DECODE_MAX: u64 = 512 << 20;
/// Quality of photographs, of 100.
const QUALITY: u8 = 88;
/// A drawing that is larger than this as PNG is a photograph after all.
const PNG_MAX: usize = 2 << 20;

/// The file format of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PictureKind {
    /// Drawings, charts, screens.
    Png,
    /// Photographs.
    Jpeg,
}

impl PictureKind {
    /// The ending of its files.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg => "jpeg",
        }
    }

    /// Its media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
        }
    }
}

/// A picture that is printed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Picture {
    /// PNG or JPEG.
    pub kind: PictureKind,
    /// In dots.
    pub width: u32,
    /// In dots.
    pub height: u32,
    /// The file.
    #[serde(with = "as_text")]
    pub bytes: Arc<[u8]>,
}

/// Why a picture is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PictureError {
    /// Not one of the formats, or damaged.
    #[error("图片无法读取（能用 JPEG、PNG、GIF、WebP）：{0}")]
    Unreadable(String),
    /// The picture cannot be written again.
    #[error("图片无法转换：{0}")]
    Convert(String),
}

impl Picture {
    /// Takes a picture in: turned upright as its camera says, no larger than prints, on white, and without what cameras
    /// write into a file (place, time, device).
    ///
    /// # Errors
    /// [`PictureError::Unreadable`] when the bytes are no picture of a known format.
    pub fn take_in(bytes: &[u8]) -> Result<Self, PictureError> {
        let unreadable = |error: image::ImageError| PictureError::Unreadable(error.to_string());
        let mut reader = ImageReader::new(Cursor::new(bytes))
            .with_guessed_format()
            .map_err(|error| PictureError::Unreadable(error.to_string()))?;
        let mut limits = Limits::default();
        limits.max_image_width = Some(SIDE_MAX);
        limits.max_image_height = Some(SIDE_MAX);
        limits.max_alloc = Some(DECODE_MAX);
        reader.limits(limits);
        let drawn = reader.format() != Some(ImageFormat::Jpeg);
        let mut decoder = reader.into_decoder().map_err(unreadable)?;
        let turned = decoder.orientation().map_err(unreadable)?;
        let mut seen = DynamicImage::from_decoder(decoder).map_err(unreadable)?;
        seen.apply_orientation(turned);
        if seen.width() > DOTS_MAX || seen.height() > DOTS_MAX {
            seen = seen.resize(DOTS_MAX, DOTS_MAX, FilterType::CatmullRom);
        }
        let seen = on_white(&seen);
        let (kind, file) = match drawn.then(|| png(&seen)).transpose()? {
            Some(file) if file.len() <= PNG_MAX => (PictureKind::Png, file),
            _ => (PictureKind::Jpeg, jpeg(&seen)?),
        };
        Ok(Self { kind, width: seen.width(), height: seen.height(), bytes: file.into() })
    }

    /// A picture that was taken in before, read from its file.
    ///
    /// # Errors
    /// [`PictureError::Unreadable`] when the bytes are not such a file.
    pub fn kept(bytes: Vec<u8>) -> Result<Self, PictureError> {
        let reader = ImageReader::new(Cursor::new(&bytes))
            .with_guessed_format()
            .map_err(|error| PictureError::Unreadable(error.to_string()))?;
        let kind = match reader.format() {
            Some(ImageFormat::Png) => PictureKind::Png,
            Some(ImageFormat::Jpeg) => PictureKind::Jpeg,
            other => return Err(PictureError::Unreadable(format!("{other:?}"))),
        };
        let (width, height) =
            reader.into_dimensions().map_err(|error| PictureError::Unreadable(error.to_string()))?;
        Ok(Self { kind, width, height, bytes: bytes.into() })
    }

    /// The file as it stands in a `data:` address.
    pub(super) fn base64(&self) -> String {
        STANDARD.encode(&self.bytes)
    }

    /// Without its file, for what needs its measures only.
    #[cfg(feature = "pdf")]
    pub(super) fn measures(&self) -> Self {
        Self { bytes: Arc::from([]), ..self.clone() }
    }

    /// Its place on the page.
    pub(super) fn place(&self) -> layout::Place {
        layout::picture(self.width, self.height)
    }
}

/// What is see-through prints as paper. Grey stays grey.
fn on_white(seen: &DynamicImage) -> DynamicImage {
    if !seen.color().has_alpha() {
        return if seen.color().has_color() { seen.to_rgb8().into() } else { seen.to_luma8().into() };
    }
    let mut flat = seen.to_rgba8();
    for dot in flat.pixels_mut() {
        let [r, g, b, alpha] = dot.0;
        let over = |c: u8| {
            let mixed = u32::from(c) * u32::from(alpha) + 255 * (255 - u32::from(alpha));
            u8::try_from(mixed / 255).unwrap_or(u8::MAX)
        };
        dot.0 = [over(r), over(g), over(b), 255];
    }
    DynamicImage::from(flat).to_rgb8().into()
}

fn png(seen: &DynamicImage) -> Result<Vec<u8>, PictureError> {
    let mut file = Vec::new();
    seen.write_to(&mut Cursor::new(&mut file), ImageFormat::Png)
        .map_err(|error| PictureError::Convert(error.to_string()))?;
    Ok(file)
}

fn jpeg(seen: &DynamicImage) -> Result<Vec<u8>, PictureError> {
    let mut file = Vec::new();
    JpegEncoder::new_with_quality(&mut file, QUALITY)
        .encode_image(seen)
        .map_err(|error| PictureError::Convert(error.to_string()))?;
    Ok(file)
}

/// Bytes in JSON.
mod as_text {
    use std::sync::Arc;

    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use serde::{Deserialize as _, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(bytes: &Arc<[u8]>, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&STANDARD.encode(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Arc<[u8]>, D::Error> {
        let text = String::deserialize(from)?;
        STANDARD.decode(text).map(Into::into).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use image::{Rgb, RgbImage, Rgba, RgbaImage};

    /// A drawing of so many dots: three upright bars and a frame.
    pub(in crate::bulletin) fn drawing(width: u32, height: u32) -> Vec<u8> {
        let drawn = RgbImage::from_fn(width, height, |x, y| {
            let edge = x < 3 || y < 3 || x + 3 >= width || y + 3 >= height;
            let bar = 8 * x / width;
            let tall = bar % 2 == 1 && y > height / 8 * (7 - bar);
            Rgb(if edge {
                [0, 0, 0]
            } else if tall {
                [192, 0, 0]
            } else {
                [245, 245, 240]
            })
        });
        let mut file = Vec::new();
        DynamicImage::from(drawn).write_to(&mut Cursor::new(&mut file), ImageFormat::Png).expect("png");
        file
    }

    /// A photograph of so many dots: soft colours without edges.
    pub(in crate::bulletin) fn photograph(width: u32, height: u32) -> Vec<u8> {
        let seen = RgbImage::from_fn(width, height, |x, y| {
            let part = |of: u32, whole: u32| u8::try_from(255 * of / whole).expect("a byte");
            Rgb([part(x, width), part(y, height), 255 - part((x + y) / 2, width.max(height))])
        });
        jpeg(&seen.into()).expect("jpeg")
    }

    #[test]
    fn a_photograph_is_made_as_large_as_prints_and_loses_what_its_camera_wrote() {
        let mut photo = photograph(4000, 3000);
        // A segment of application data after the start mark, as cameras write it.
        let note = b"Exif\0\0 GPS 29.5630N 106.5516E";
        let length = u16::try_from(note.len() + 2).expect("short").to_be_bytes();
        let segment: Vec<u8> = [&[0xFF, 0xE1], &length[..], &note[..]].concat();
        photo.splice(2..2, segment);
        let taken = Picture::take_in(&photo).expect("taken");
        assert_eq!((taken.kind, taken.width, taken.height), (PictureKind::Jpeg, 1843, 1382));
        assert!(!taken.bytes.windows(3).any(|part| part == b"GPS"));
        assert_eq!(Picture::kept(taken.bytes.to_vec()), Ok(taken));
    }

    #[test]
    fn a_turned_photograph_is_set_upright() {
        let mut photo = photograph(400, 300);
        // Exif, big-endian, one entry: orientation (0x0112) is 6, a quarter turn.
        let exif: &[u8] = b"Exif\0\0MM\0\x2A\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
        let length = u16::try_from(exif.len() + 2).expect("short").to_be_bytes();
        photo.splice(2..2, [&[0xFF, 0xE1], &length[..], exif].concat());
        let taken = Picture::take_in(&photo).expect("taken");
        assert_eq!((taken.width, taken.height), (300, 400));
    }

    #[test]
    fn what_is_see_through_prints_as_paper() {
        let clear = RgbaImage::from_pixel(8, 8, Rgba([0, 0, 0, 0]));
        let mut file = Vec::new();
        DynamicImage::from(clear).write_to(&mut Cursor::new(&mut file), ImageFormat::Png).expect("png");
        let taken = Picture::take_in(&file).expect("taken");
        let again = image::load_from_memory(&taken.bytes).expect("read").to_rgb8();
        assert!(again.pixels().all(|dot| dot.0 == [255, 255, 255]));
    }

    #[test]
    fn what_is_no_picture_is_refused() {
        assert!(matches!(Picture::take_in(b"%PDF-1.7"), Err(PictureError::Unreadable(_))));
        assert!(matches!(Picture::take_in(&drawing(40, 30)[..60]), Err(PictureError::Unreadable(_))));
    }
}
