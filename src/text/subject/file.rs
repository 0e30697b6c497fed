//! The model as bytes: a head that names the version, a body, and a hash of both at the end.

use super::features::Vocabulary;
use super::model::SubjectModel;
use super::neighbours::Neighbours;

/// The first bytes; the digit is the version.
const MAGIC: &[u8; 8] = b"MYSUBJ2\n";
const MAGIC_ANY: &[u8] = b"MYSUBJ";
const HASH: usize = 32;

/// Why bytes are no model.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    /// Written by another version.
    #[error("主题模型由另一版本的程序训练，请重新训练：minyi subjects train")]
    Version,
    /// Not a model, or damaged.
    #[error("主题模型文件已损坏，请重新训练：minyi subjects train")]
    Damaged,
}

impl SubjectModel {
    /// As bytes for a file.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        float(&mut out, self.steepness);
        float(&mut out, self.vocabulary.guidance);
        length(&mut out, self.subjects.len());
        self.subjects.iter().for_each(|subject| text(&mut out, subject));
        length(&mut out, self.vocabulary.names.len());
        self.vocabulary.names.iter().for_each(|name| text(&mut out, name));
        self.vocabulary.rarity.iter().for_each(|rarity| float(&mut out, *rarity));
        self.weights.iter().flatten().for_each(|weight| float(&mut out, *weight));
        length(&mut out, self.neighbours.texts.len());
        for (subject, text) in &self.neighbours.texts {
            length(&mut out, *subject as usize);
            length(&mut out, text.len());
            text.iter().for_each(|(place, _)| length(&mut out, *place as usize));
            text.iter().for_each(|(_, value)| float(&mut out, *value));
        }
        let hash = blake3::hash(&out);
        out.extend_from_slice(hash.as_bytes());
        out
    }

    /// From the bytes of a file.
    ///
    /// # Errors
    /// [`ModelError`] for another version and for anything that was not written whole.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ModelError> {
        let Some(body) = bytes.strip_prefix(MAGIC) else {
            return Err(if bytes.starts_with(MAGIC_ANY) { ModelError::Version } else { ModelError::Damaged });
        };
        let Some(end) = bytes.len().checked_sub(HASH).filter(|end| *end >= MAGIC.len()) else {
            return Err(ModelError::Damaged);
        };
        if blake3::hash(&bytes[..end]).as_bytes() != &bytes[end..] {
            return Err(ModelError::Damaged);
        }
        read(&mut Reader { rest: &body[..body.len() - HASH] }).ok_or(ModelError::Damaged)
    }
}

fn read(reader: &mut Reader<'_>) -> Option<SubjectModel> {
    let (steepness, guidance) = (reader.float()?, reader.float()?);
    let subjects: Vec<String> =
        (0..reader.length()?).map(|_| reader.text().map(str::to_owned)).collect::<Option<_>>()?;
    let names: Vec<Box<str>> =
        (0..reader.length()?).map(|_| reader.text().map(Box::from)).collect::<Option<_>>()?;
    let rarity = reader.floats(names.len())?;
    let vocabulary = Vocabulary::new(names, rarity, guidance, &subjects);
    let features = vocabulary.features();
    let weights = (0..subjects.len()).map(|_| reader.floats(features + 1)).collect::<Option<_>>()?;
    let mut texts = Vec::new();
    for _ in 0..reader.length()? {
        let subject = u32::try_from(reader.length()?).ok().filter(|at| (*at as usize) < subjects.len())?;
        let count = reader.length()?;
        let places =
            reader.places(count).filter(|places| places.iter().all(|at| (*at as usize) < features))?;
        texts.push((subject, places.into_iter().zip(reader.floats(count)?).collect()));
    }
    let neighbours = Neighbours::new(texts, features, subjects.len());
    reader.rest.is_empty().then_some(SubjectModel { subjects, vocabulary, weights, neighbours, steepness })
}

fn float(out: &mut Vec<u8>, value: f32) {
    out.extend_from_slice(&value.to_le_bytes());
}

fn length(out: &mut Vec<u8>, value: usize) {
    out.extend_from_slice(&u32::try_from(value).unwrap_or(u32::MAX).to_le_bytes());
}

fn text(out: &mut Vec<u8>, value: &str) {
    length(out, value.len());
    out.extend_from_slice(value.as_bytes());
}

/// Takes pieces from the front.
struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(count)?;
        self.rest = rest;
        Some(taken)
    }

    fn length(&mut self) -> Option<usize> {
        let bytes = self.take(4)?.try_into().ok()?;
        usize::try_from(u32::from_le_bytes(bytes)).ok()
    }

    fn float(&mut self) -> Option<f32> {
        Some(f32::from_le_bytes(self.take(4)?.try_into().ok()?))
    }

    fn floats(&mut self, count: usize) -> Option<Vec<f32>> {
        Some(self.fours(count)?.map(f32::from_le_bytes).collect())
    }

    fn places(&mut self, count: usize) -> Option<Vec<u32>> {
        Some(self.fours(count)?.map(u32::from_le_bytes).collect())
    }

    fn fours(&mut self, count: usize) -> Option<impl Iterator<Item = [u8; 4]>> {
        let bytes = self.take(count.checked_mul(4)?)?;
        Some(bytes.chunks_exact(4).map(|four| [four[0], four[1], four[2], four[3]]))
    }

    fn text(&mut self) -> Option<&'a str> {
        let count = self.length()?;
        std::str::from_utf8(self.take(count)?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::super::Labelled;
    use super::*;
    use crate::text::Segmenter;

    fn bytes() -> (SubjectModel, Vec<u8>) {
        let segmenter = Segmenter::plain();
        let texts = [("甲", "路灯坏了"), ("甲", "路灯不亮"), ("乙", "学校门口"), ("乙", "学校食堂")];
        let items: Vec<Labelled> =
            texts.iter().map(|(subject, body)| Labelled::new("", body, subject, &segmenter)).collect();
        let model = SubjectModel::train(&items.iter().collect::<Vec<_>>());
        let bytes = model.to_bytes();
        (model, bytes)
    }

    #[test]
    fn a_model_comes_back_from_its_file_as_it_was() {
        let (model, bytes) = bytes();
        assert_eq!(SubjectModel::from_bytes(&bytes), Ok(model));
    }

    #[test]
    fn a_file_that_is_not_whole_or_of_another_version_says_what_to_do() {
        let (_, bytes) = bytes();
        for end in [0, 4, 20, bytes.len() - 1] {
            assert!(SubjectModel::from_bytes(&bytes[..end]).is_err(), "{end}");
        }
        let mut flipped = bytes.clone();
        flipped[30] ^= 1;
        assert_eq!(SubjectModel::from_bytes(&flipped), Err(ModelError::Damaged));
        let mut newer = bytes;
        newer[6] = b'3';
        assert_eq!(SubjectModel::from_bytes(&newer), Err(ModelError::Version));
    }
}
