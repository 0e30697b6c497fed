//! The table by which candidates are found: for each of the bands, which items have the same value there.
//!
//! In memory: the sketch of every item and, for each band, chains of items through hashed heads (400 to 530 bytes an
//! item, as the heads are fuller or emptier). On disk: the same records, appended. A torn end is cut off at the start,
//! and what is then missing is computed again from the facts, so nothing here needs to be synced.

use std::fs::{File, OpenOptions};
use std::io::{BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;

use crate::text::{BANDS, Sketch};

/// The first bytes of the file; another version of the sketches begins another file.
const MAGIC: &[u8; 8] = b"MYBANDS2";
/// Item number, band values, number of shingles, check sum.
const RECORD: usize = 8 + BANDS * 4 + 4 + 4;
/// No further item in a chain.
const END: u32 = u32::MAX;
/// Items of a chain that are walked for a candidate, the newest first. Chains of ordinary texts are short; where
/// thousands are made of the same phrases, so many share a band that the search would grow with each of them.
const LONGEST_WALK: usize = 256;
/// Entries in one allocation: the table grows without being copied and without much room to spare.
const CHUNK: usize = 1 << 12;

/// What can go wrong with the file.
#[derive(Debug, thiserror::Error)]
pub enum BandError {
    /// The folder or the file.
    #[error("相似索引文件出错：{0}")]
    Io(#[from] std::io::Error),
}

/// An item's sketch, and for each band the item before it in the chain.
struct Entry {
    no: i64,
    sketch: Sketch,
    next: [u32; BANDS],
}

/// The table.
pub struct Bands {
    file: BufWriter<File>,
    chunks: Vec<Vec<Entry>>,
    heads: Vec<Vec<u32>>,
    seen: Seen,
    last: i64,
}

/// Which entries a search has met.
#[derive(Default)]
struct Seen {
    search: u32,
    by_entry: Vec<u32>,
}

impl Seen {
    /// Begins another search among so many entries.
    fn begin(&mut self, entries: usize) {
        self.search = self.search.wrapping_add(1);
        if self.search == 0 {
            // The searches have been counted round: what was marked long ago is not to look as if it were met now.
            self.by_entry.fill(0);
            self.search = 1;
        }
        self.by_entry.resize(entries, 0);
    }

    /// Whether the entry is met for the first time.
    fn first(&mut self, at: u32) -> bool {
        std::mem::replace(&mut self.by_entry[at as usize], self.search) != self.search
    }
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
        Self { file: BufWriter::new(file), chunks: Vec::new(), heads, seen: Seen::default(), last: 0 }
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
            let Some((no, sketch)) = decode(&record) else { break };
            self.insert(no, sketch);
            sound += RECORD as u64;
        }
        Ok(sound)
    }

    /// The highest item number in the table.
    pub fn last(&self) -> i64 {
        self.last
    }

    /// How many records it holds.
    pub fn len(&self) -> usize {
        self.chunks.last().map_or(0, |last| (self.chunks.len() - 1) * CHUNK + last.len())
    }

    /// Memory in bytes.
    pub fn bytes(&self) -> usize {
        self.chunks.iter().map(|chunk| chunk.capacity() * size_of::<Entry>()).sum::<usize>()
            + self.heads.iter().map(|heads| heads.capacity() * 4).sum::<usize>()
            + self.seen.by_entry.capacity() * 4
    }

    fn entry(&self, at: u32) -> &Entry {
        &self.chunks[at as usize / CHUNK][at as usize % CHUNK]
    }

    /// Items that share at least one band and of which one may hold half of the other, the most alike first, at most
    /// `limit`: where texts are made of the same phrases, chance candidates are many and agree in little else.
    pub fn candidates(&mut self, own: &Sketch, limit: usize) -> Vec<i64> {
        let mut seen = std::mem::take(&mut self.seen);
        seen.begin(self.len());
        let mut likely = Vec::new();
        for (band, value) in own.bands.iter().enumerate() {
            let (mut at, mut walked) = (self.heads[band][slot(*value, self.heads[band].len())], 0);
            while at != END && walked < LONGEST_WALK {
                let entry = self.entry(at);
                if entry.sketch.bands[band] == *value && seen.first(at) {
                    likely.extend(entry.sketch.agreement(own).map(|agree| (entry.no, agree)));
                }
                at = entry.next[band];
                walked += 1;
            }
        }
        self.seen = seen;
        // An item of several versions is there several times: its most alike one counts.
        likely.sort_unstable_by_key(|(no, agree)| (*no, std::cmp::Reverse(*agree)));
        likely.dedup_by_key(|(no, _)| *no);
        likely.sort_unstable_by_key(|(no, agree)| (std::cmp::Reverse(*agree), *no));
        likely.truncate(limit);
        likely.into_iter().map(|(no, _)| no).collect()
    }

    /// Adds an item, in memory and to the file.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn add(&mut self, no: i64, sketch: Sketch) -> Result<(), BandError> {
        self.file.write_all(&encode(no, &sketch))?;
        self.insert(no, sketch);
        Ok(())
    }

    /// Hands what was added to the operating system.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn flush(&mut self) -> Result<(), BandError> {
        Ok(self.file.flush()?)
    }

    fn insert(&mut self, no: i64, sketch: Sketch) {
        let Ok(at) = u32::try_from(self.len()) else { return };
        if at as usize >= self.heads[0].len() {
            self.grow();
        }
        let mut next = [END; BANDS];
        for ((next, value), heads) in next.iter_mut().zip(&sketch.bands).zip(&mut self.heads) {
            let slot = slot(*value, heads.len());
            *next = std::mem::replace(&mut heads[slot], at);
        }
        if self.chunks.last().is_none_or(|last| last.len() == CHUNK) {
            self.chunks.push(Vec::with_capacity(CHUNK));
        }
        if let Some(chunk) = self.chunks.last_mut() {
            chunk.push(Entry { no, sketch, next });
        }
        self.last = self.last.max(no);
    }

    /// Doubles the heads and hangs every record anew.
    fn grow(&mut self) {
        let size = self.heads[0].len() * 2;
        self.heads.iter_mut().for_each(|heads| *heads = vec![END; size]);
        for (at, entry) in (0u32..).zip(self.chunks.iter_mut().flatten()) {
            for ((next, value), heads) in entry.next.iter_mut().zip(&entry.sketch.bands).zip(&mut self.heads)
            {
                *next = std::mem::replace(&mut heads[slot(*value, size)], at);
            }
        }
    }
}

/// Where the chain of a band value begins; sizes are powers of two. Mixed, so that all rows of the band count: the low
/// half of the value is one row.
fn slot(value: u32, size: usize) -> usize {
    ((u64::from(value.wrapping_mul(0x9E37_79B1)) * size as u64) >> 32) as usize
}

fn encode(no: i64, sketch: &Sketch) -> [u8; RECORD] {
    let mut out = [0; RECORD];
    out[..8].copy_from_slice(&no.to_le_bytes());
    let fields = sketch.bands.iter().chain(std::iter::once(&sketch.size));
    for (place, value) in out[8..].chunks_exact_mut(4).zip(fields) {
        place.copy_from_slice(&value.to_le_bytes());
    }
    let sum = check_sum(&out[..RECORD - 4]);
    out[RECORD - 4..].copy_from_slice(&sum.to_le_bytes());
    out
}

fn decode(record: &[u8; RECORD]) -> Option<(i64, Sketch)> {
    let (content, sum) = record.split_at(RECORD - 4);
    if check_sum(content).to_le_bytes() != sum {
        return None;
    }
    let no = i64::from_le_bytes(content[..8].try_into().ok()?);
    let mut fields = [0; BANDS + 1];
    for (value, bytes) in fields.iter_mut().zip(content[8..].chunks_exact(4)) {
        *value = u32::from_le_bytes(bytes.try_into().ok()?);
    }
    let (bands, size) = fields.split_at(BANDS);
    Some((no, Sketch { bands: bands.try_into().ok()?, size: size[0] }))
}

fn check_sum(bytes: &[u8]) -> u32 {
    xxhash_rust::xxh3::xxh3_64(bytes) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sketch(seed: u32) -> Sketch {
        let mixed = |band: u32| (seed * 64 + band).wrapping_mul(0x9E37_79B9) ^ (seed << 7);
        Sketch { bands: std::array::from_fn(|band| mixed(band as u32)), size: 100 }
    }

    /// One that shares the first few bands of another and nothing else.
    fn partly(of: u32, shared: usize, seed: u32) -> Sketch {
        let mut sketch = sketch(seed);
        sketch.bands[..shared].copy_from_slice(&self::sketch(of).bands[..shared]);
        sketch
    }

    #[test]
    fn an_item_is_found_through_shared_bands_after_growing_and_reopening() {
        let dir = tempfile::tempdir().expect("dir");
        let mut bands = Bands::open(dir.path()).expect("open");
        for no in 1..=3000 {
            bands.add(no, sketch(no as u32)).expect("add");
        }
        bands.flush().expect("flush");
        drop(bands);
        let mut bands = Bands::open(dir.path()).expect("open");
        assert_eq!(bands.len(), 3000);
        assert_eq!(bands.candidates(&partly(77, BANDS / 3, 5000), 10), vec![77]);
        assert_eq!(bands.last(), 3000);
    }

    #[test]
    fn of_more_candidates_than_are_looked_at_the_most_alike_stay_whenever_they_came() {
        let dir = tempfile::tempdir().expect("dir");
        let mut bands = Bands::open(dir.path()).expect("open");
        for no in 1..=50 {
            bands.add(no, partly(7, BANDS / 3, 100 + no as u32)).expect("add");
        }
        bands.add(51, sketch(7)).expect("add");
        assert_eq!(bands.candidates(&sketch(7), 3), vec![51, 1, 2]);
    }

    #[test]
    fn what_shares_one_band_and_agrees_in_little_else_is_no_candidate() {
        let dir = tempfile::tempdir().expect("dir");
        let mut bands = Bands::open(dir.path()).expect("open");
        bands.add(1, partly(7, 1, 100)).expect("add");
        assert!(bands.candidates(&sketch(7), 3).is_empty());
    }

    #[test]
    fn a_file_of_another_version_is_begun_anew() {
        let dir = tempfile::tempdir().expect("dir");
        std::fs::write(dir.path().join("bands.log"), [b"MYBANDS1".as_slice(), &[7; 432]].concat())
            .expect("write");
        let mut bands = Bands::open(dir.path()).expect("open");
        assert_eq!((bands.len(), bands.last()), (0, 0));
        bands.add(1, sketch(1)).expect("add");
        drop(bands);
        assert_eq!(Bands::open(dir.path()).expect("open").len(), 1);
    }

    #[test]
    fn a_torn_end_is_cut_and_what_is_before_it_stays() {
        let dir = tempfile::tempdir().expect("dir");
        let mut bands = Bands::open(dir.path()).expect("open");
        bands.add(1, sketch(1)).expect("add");
        bands.add(2, sketch(2)).expect("add");
        drop(bands);
        let path = dir.path().join("bands.log");
        let bytes = std::fs::read(&path).expect("read");
        std::fs::write(&path, &bytes[..bytes.len() - 3]).expect("tear");
        let mut bands = Bands::open(dir.path()).expect("open");
        assert_eq!((bands.len(), bands.last()), (1, 1));
        bands.add(2, sketch(2)).expect("add");
        drop(bands);
        assert_eq!(Bands::open(dir.path()).expect("open").len(), 2);
    }
}
