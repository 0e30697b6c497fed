//! The table by which candidates are found: for each of the bands, which items have the same value there.
//!
//! In memory: the band values of every item and, for each band, chains of items through hashed heads (about 290 bytes
//! an item). On disk: the same records, appended. A torn end is cut off at the start, and what is then missing is
//! computed again from the facts, so nothing here needs to be synced.

use std::fs::{File, OpenOptions};
use std::io::{BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;

use crate::text::BANDS;

/// The first bytes of the file; another version of the fingerprints begins another file.
const MAGIC: &[u8; 8] = b"MYBANDS1";
/// Item number, band values, check sum.
const RECORD: usize = 8 + BANDS * 4 + 4;
/// No further item in a chain.
const END: u32 = u32::MAX;

/// What can go wrong with the file.
#[derive(Debug, thiserror::Error)]
pub enum BandError {
    /// The folder or the file.
    #[error("相似索引文件出错：{0}")]
    Io(#[from] std::io::Error),
}

/// The table.
pub struct Bands {
    file: BufWriter<File>,
    numbers: Vec<i64>,
    values: Vec<[u32; BANDS]>,
    next: Vec<[u32; BANDS]>,
    heads: Vec<Vec<u32>>,
}

impl Bands {
    /// Opens `bands.log` in `dir`; a torn or damaged end is cut off, a file of another version is begun anew.
    ///
    /// # Errors
    /// When the file cannot be read or written.
    pub fn open(dir: &Path) -> Result<Self, BandError> {
        std::fs::create_dir_all(dir)?;
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(dir.join("bands.log"))?;
        let mut table = Self::in_memory(file.try_clone()?);
        let sound = table.load(&mut file)?;
        file.set_len(sound)?;
        file.seek(SeekFrom::Start(sound))?;
        if sound == 0 {
            file.write_all(MAGIC)?;
        }
        table.file = BufWriter::new(file);
        Ok(table)
    }

    fn in_memory(file: File) -> Self {
        let heads = vec![vec![END; 1024]; BANDS];
        let (numbers, values, next) = (Vec::new(), Vec::new(), Vec::new());
        Self { file: BufWriter::new(file), numbers, values, next, heads }
    }

    /// Reads the records; gives how many bytes of the file are sound.
    fn load(&mut self, file: &mut File) -> Result<u64, BandError> {
        let mut reader = BufReader::with_capacity(1 << 20, file);
        let mut magic = [0; 8];
        if reader.read_exact(&mut magic).is_err() || magic != *MAGIC {
            return Ok(0);
        }
        let (mut sound, mut record) = (MAGIC.len() as u64, [0; RECORD]);
        while reader.read_exact(&mut record).is_ok() {
            let Some((no, values)) = decode(&record) else { break };
            self.insert(no, values);
            sound += RECORD as u64;
        }
        Ok(sound)
    }

    /// The highest item number in the table.
    pub fn last(&self) -> i64 {
        self.numbers.iter().copied().max().unwrap_or(0)
    }

    /// How many records it holds.
    pub fn len(&self) -> usize {
        self.numbers.len()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.numbers.is_empty()
    }

    /// Memory in bytes.
    pub fn bytes(&self) -> usize {
        self.values.capacity() * BANDS * 4 * 2
            + self.numbers.capacity() * 8
            + self.heads.iter().map(|heads| heads.capacity() * 4).sum::<usize>()
    }

    /// Item numbers that share at least one band, those that share most first, at most `limit`: where texts are made of
    /// the same phrases, chance candidates are many and share one band, while near duplicates share most of them.
    pub fn candidates(&self, values: &[u32; BANDS], limit: usize) -> Vec<i64> {
        let mut found = Vec::new();
        for (band, value) in values.iter().enumerate() {
            let mut at = self.heads[band][slot(*value, self.heads[band].len())];
            while at != END {
                let record = at as usize;
                if self.values[record][band] == *value {
                    found.push(self.numbers[record]);
                }
                at = self.next[record][band];
            }
        }
        found.sort_unstable();
        let mut shared: Vec<(usize, i64)> =
            found.chunk_by(|a, b| a == b).map(|same| (same.len(), same[0])).collect();
        shared.sort_unstable_by_key(|(bands, no)| (std::cmp::Reverse(*bands), *no));
        shared.truncate(limit);
        shared.into_iter().map(|(_, no)| no).collect()
    }

    /// Adds an item, in memory and to the file.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn add(&mut self, no: i64, values: [u32; BANDS]) -> Result<(), BandError> {
        self.file.write_all(&encode(no, &values))?;
        self.insert(no, values);
        Ok(())
    }

    /// Hands what was added to the operating system.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn flush(&mut self) -> Result<(), BandError> {
        Ok(self.file.flush()?)
    }

    fn insert(&mut self, no: i64, values: [u32; BANDS]) {
        let Ok(record) = u32::try_from(self.numbers.len()) else { return };
        if self.numbers.len() >= self.heads[0].len() {
            self.grow();
        }
        let mut next = [END; BANDS];
        for (band, value) in values.iter().enumerate() {
            let slot = slot(*value, self.heads[band].len());
            next[band] = std::mem::replace(&mut self.heads[band][slot], record);
        }
        self.numbers.push(no);
        self.values.push(values);
        self.next.push(next);
    }

    /// Doubles the heads and hangs every record anew.
    fn grow(&mut self) {
        let size = self.heads[0].len() * 2;
        for (band, heads) in self.heads.iter_mut().enumerate() {
            *heads = vec![END; size];
            for (record, values) in (0u32..).zip(&self.values) {
                let slot = slot(values[band], size);
                self.next[record as usize][band] = std::mem::replace(&mut heads[slot], record);
            }
        }
    }
}

/// Band values are hashes already; sizes are powers of two.
fn slot(value: u32, size: usize) -> usize {
    value as usize & (size - 1)
}

fn encode(no: i64, values: &[u32; BANDS]) -> [u8; RECORD] {
    let mut out = [0; RECORD];
    out[..8].copy_from_slice(&no.to_le_bytes());
    for (place, value) in out[8..].chunks_exact_mut(4).zip(values) {
        place.copy_from_slice(&value.to_le_bytes());
    }
    let sum = check_sum(&out[..RECORD - 4]);
    out[RECORD - 4..].copy_from_slice(&sum.to_le_bytes());
    out
}

fn decode(record: &[u8; RECORD]) -> Option<(i64, [u32; BANDS])> {
    let (content, sum) = record.split_at(RECORD - 4);
    if check_sum(content).to_le_bytes() != sum {
        return None;
    }
    let no = i64::from_le_bytes(content[..8].try_into().ok()?);
    let mut values = [0; BANDS];
    for (value, bytes) in values.iter_mut().zip(content[8..].chunks_exact(4)) {
        *value = u32::from_le_bytes(bytes.try_into().ok()?);
    }
    Some((no, values))
}

fn check_sum(bytes: &[u8]) -> u32 {
    xxhash_rust::xxh3::xxh3_64(bytes) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(seed: u32) -> [u32; BANDS] {
        std::array::from_fn(|band| seed.wrapping_mul(0x9E37_79B9).wrapping_add(band as u32 * 7919))
    }

    #[test]
    fn an_item_is_found_through_a_single_shared_band_after_growing_and_reopening() {
        let dir = tempfile::tempdir().expect("dir");
        let mut bands = Bands::open(dir.path()).expect("open");
        for no in 1..=3000 {
            bands.add(no, values(no as u32)).expect("add");
        }
        bands.flush().expect("flush");
        drop(bands);
        let bands = Bands::open(dir.path()).expect("open");
        let mut wanted = [1; BANDS];
        wanted[5] = values(77)[5];
        assert_eq!(bands.candidates(&wanted, 10), vec![77]);
        assert_eq!(bands.last(), 3000);
    }

    #[test]
    fn of_more_candidates_than_are_looked_at_those_sharing_most_bands_stay() {
        let dir = tempfile::tempdir().expect("dir");
        let mut bands = Bands::open(dir.path()).expect("open");
        let wanted = values(7);
        for no in 1..=50 {
            let mut chance = values(100 + no as u32);
            chance[3] = wanted[3];
            bands.add(no, chance).expect("add");
        }
        bands.add(51, wanted).expect("add");
        assert_eq!(bands.candidates(&wanted, 3), vec![51, 1, 2]);
    }

    #[test]
    fn a_torn_end_is_cut_and_what_is_before_it_stays() {
        let dir = tempfile::tempdir().expect("dir");
        let mut bands = Bands::open(dir.path()).expect("open");
        bands.add(1, values(1)).expect("add");
        bands.add(2, values(2)).expect("add");
        drop(bands);
        let path = dir.path().join("bands.log");
        let bytes = std::fs::read(&path).expect("read");
        std::fs::write(&path, &bytes[..bytes.len() - 3]).expect("tear");
        let mut bands = Bands::open(dir.path()).expect("open");
        assert_eq!((bands.len(), bands.last()), (1, 1));
        bands.add(2, values(2)).expect("add");
        drop(bands);
        assert_eq!(Bands::open(dir.path()).expect("open").len(), 2);
    }
}
