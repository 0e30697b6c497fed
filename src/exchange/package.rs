//! The file that is carried from one site to the other.
//!
//! ```text
//! minyi-package 1⏎   what it is, in which shape
//! {…}⏎               the manifest: from, to, number, hash of the one before, length and hash of every member
//! 0a1b…⏎             Ed25519 over the two lines above
//! bytes              the members, one behind the other, nothing between them and nothing behind
//! ```
//!
//! So every byte is held by the signature: those of the members by their hashes in the manifest.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::model::{BlobHash, Timestamp};

use super::Side;
use super::keys::{PublicKey, SiteKey};

/// The first line, up to the number of the shape.
const MAGIC: &str = "minyi-package ";
/// The shape that is written.
const SHAPE: u32 = 1;
/// The member that lists what is sent, a line each.
pub(super) const RECORDS: &str = "records.jsonl";
/// How many earlier packages a manifest names.
pub(super) const EARLIER_MAX: i64 = 200;

/// A package that was made before and that the other site has not acknowledged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Earlier {
    pub number: i64,
    pub made_at: Timestamp,
    pub hash: BlobHash,
}

/// How much is in a package.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// 来稿.
    pub items: u32,
    /// 更正.
    pub corrections: u32,
    /// 附件.
    pub files: u32,
    /// 撤稿.
    pub withdrawals: u32,
    /// 答复.
    pub answers: u32,
}

impl Counts {
    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// In words.
    pub fn words(&self) -> String {
        let parts = [
            (self.items, "来稿", "件"),
            (self.corrections, "更正", "件"),
            (self.withdrawals, "撤稿", "件"),
            (self.answers, "答复", "件"),
            (self.files, "附件", "个"),
        ];
        let told: Vec<String> = parts
            .iter()
            .filter(|(count, _, _)| *count > 0)
            .map(|(count, what, unit)| format!("{what} {count} {unit}"))
            .collect();
        if told.is_empty() { "只有收到确认".to_owned() } else { told.join("，") }
    }
}

/// A member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Member {
    pub name: String,
    pub bytes: u64,
    pub hash: BlobHash,
}

/// What a package says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Manifest {
    pub from: Side,
    pub to: Side,
    /// 本单位 of who made it.
    pub office: String,
    pub number: i64,
    pub made_at: Timestamp,
    /// The hash of the package before; none for the first.
    pub previous: Option<BlobHash>,
    /// The highest number of the other direction that was taken, and the hash of that package.
    pub acknowledged: i64,
    pub acknowledged_hash: Option<BlobHash>,
    pub earlier: Vec<Earlier>,
    pub counts: Counts,
    pub members: Vec<Member>,
}

/// A package that was read and is whole.
#[derive(Debug)]
pub(super) struct Package {
    pub manifest: Manifest,
    pub hash: BlobHash,
    pub bytes: usize,
    members: Vec<Bytes>,
}

impl Package {
    /// A member by its name.
    pub(super) fn member(&self, name: &str) -> Option<&Bytes> {
        let at = self.manifest.members.iter().position(|member| member.name == name)?;
        self.members.get(at)
    }
}

/// Why a file is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PackageError {
    /// Something else.
    #[error("这不是交换包，或文件头已损坏。请核对文件；是交换包的，请重新复制一次，或请对方按同一号重新取出")]
    Other,
    /// Written by a newer version.
    #[error("交换包的格式版本 {0} 高于本程序支持的 {SHAPE}，请先升级本站")]
    Newer(u32),
    /// Made here.
    #[error("这是本站自己导出的包，应拿到对方去导入")]
    Own,
    /// Not the signature of the other site.
    #[error(
        "签名不符，没有导入：文件被改动或损坏，或不是由配置中 exchange.peer_key 那一方做的。请重新复制一次；仍不行的，请对方按同一号重新取出，并核对公钥"
    )]
    Signature,
    /// A member that was changed.
    #[error("包内“{0}”与清单不符，没有导入：文件被改动或损坏。请重新复制一次，或请对方按同一号重新取出")]
    Changed(String),
    /// Cut, or with something behind.
    #[error("文件长度不符，没有导入：应有 {wanted} 字节，实有 {found} 字节，可能没有复制完。请重新复制一次")]
    Length {
        /// As the manifest says.
        wanted: u64,
        /// As it is.
        found: u64,
    },
}

/// Writes a package.
pub(super) fn write(manifest: &mut Manifest, members: &[(String, Vec<u8>)], key: &SiteKey) -> Vec<u8> {
    manifest.members = members
        .iter()
        .map(|(name, bytes)| Member {
            name: name.clone(),
            bytes: bytes.len() as u64,
            hash: BlobHash::of(bytes),
        })
        .collect();
    let mut out = format!("{MAGIC}{SHAPE}\n{}\n", serde_json::to_string(manifest).unwrap_or_default());
    let signature = key.sign(out.as_bytes());
    out.push_str(&signature);
    out.push('\n');
    let mut out = out.into_bytes();
    out.reserve_exact(members.iter().map(|(_, bytes)| bytes.len()).sum());
    members.iter().for_each(|(_, bytes)| out.extend_from_slice(bytes));
    out
}

/// Reads a package and holds every byte of it to the signature.
///
/// # Errors
/// [`PackageError`]; nothing of it may be used then.
pub(super) fn read(bytes: &Bytes, peer: &PublicKey, own: &PublicKey) -> Result<Package, PackageError> {
    let (first, rest) = line(bytes, 0).ok_or(PackageError::Other)?;
    let shape = first.strip_prefix(MAGIC).ok_or(PackageError::Other)?;
    match shape.parse::<u32>() {
        Ok(SHAPE) if shape == "1" => {}
        Ok(newer) if newer > SHAPE => return Err(PackageError::Newer(newer)),
        _ => return Err(PackageError::Other),
    }
    let (text, signed) = line(bytes, rest).ok_or(PackageError::Other)?;
    let (signature, body) = line(bytes, signed).ok_or(PackageError::Other)?;
    let held = &bytes[..signed];
    if !peer.signed(held, signature) {
        return Err(if own.signed(held, signature) { PackageError::Own } else { PackageError::Signature });
    }
    // Signed by the other site: what cannot be read now is of a shape that this program does not know.
    let manifest: Manifest = serde_json::from_str(text).map_err(|_| PackageError::Newer(SHAPE + 1))?;
    let wanted = manifest.members.iter().map(|member| member.bytes).sum::<u64>() + body as u64;
    if wanted != bytes.len() as u64 {
        return Err(PackageError::Length { wanted, found: bytes.len() as u64 });
    }
    let (mut at, mut members) = (body, Vec::with_capacity(manifest.members.len()));
    for member in &manifest.members {
        let end = at + usize::try_from(member.bytes).unwrap_or(usize::MAX);
        let content = bytes.slice(at..end);
        if BlobHash::of(&content) != member.hash {
            return Err(PackageError::Changed(member.name.clone()));
        }
        members.push(content);
        at = end;
    }
    Ok(Package { manifest, hash: BlobHash::of(bytes), bytes: bytes.len(), members })
}

/// The line that begins at a place, and where the next one does.
fn line(bytes: &[u8], from: usize) -> Option<(&str, usize)> {
    let rest = bytes.get(from..)?;
    let length = rest.iter().position(|byte| *byte == b'\n')?;
    Some((std::str::from_utf8(&rest[..length]).ok()?, from + length + 1))
}

/// What a file is called, so that whoever holds the stick sees what it is.
pub(super) fn name(from: Side, number: i64, made_at: Timestamp) -> String {
    let to = from.other();
    format!("民意交换-{}至{}-第{number:06}号-{}.minyi", from.label(), to.label(), made_at.date())
}

/// The same by what the package says of itself, which nobody has held to its signature here.
pub fn file_name(bytes: &[u8]) -> Option<String> {
    let (_, second) = line(bytes, 0)?;
    let (text, _) = line(bytes, second)?;
    let manifest: Manifest = serde_json::from_str(text).ok()?;
    Some(name(manifest.from, manifest.number, manifest.made_at))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::SecretKey;

    fn key(n: u8) -> SiteKey {
        SiteKey::of(&SecretKey::new([n; 32])).expect("a key")
    }

    fn made() -> Vec<u8> {
        let mut manifest = Manifest {
            from: Side::Outer,
            to: Side::Inner,
            office: "办公室".to_owned(),
            number: 7,
            made_at: Timestamp::from_micros(1_767_835_800_000_000),
            previous: Some(BlobHash::of(b"6")),
            acknowledged: 3,
            acknowledged_hash: Some(BlobHash::of(b"3")),
            earlier: Vec::new(),
            counts: Counts { items: 1, ..Counts::default() },
            members: Vec::new(),
        };
        let members = [("a".to_owned(), b"one\n".to_vec()), ("b".to_owned(), b"two\n".to_vec())];
        write(&mut manifest, &members, &key(1))
    }

    fn reading(bytes: &[u8]) -> Result<Package, PackageError> {
        read(&Bytes::copy_from_slice(bytes), &key(1).public(), &key(2).public())
    }

    #[test]
    fn a_package_reads_back_and_is_made_the_same_each_time() {
        let package = reading(&made()).expect("whole");
        assert_eq!((package.manifest.number, package.manifest.acknowledged), (7, 3));
        assert_eq!(package.member("b").map(|bytes| bytes.as_ref()), Some(&b"two\n"[..]));
        assert_eq!(package.member("c"), None);
        assert_eq!(made(), made());
        let name = name(Side::Outer, 7, package.manifest.made_at);
        assert_eq!(name, "民意交换-外网至内网-第000007号-2026-01-08.minyi");
    }

    #[test]
    fn what_is_wrong_with_a_file_is_said() {
        let good = made();
        let own = read(&Bytes::from(good.clone()), &key(2).public(), &key(1).public());
        assert_eq!(own.expect_err("own"), PackageError::Own);
        let strange = read(&Bytes::from(good.clone()), &key(2).public(), &key(3).public());
        assert_eq!(strange.expect_err("strange"), PackageError::Signature);
        let cut = reading(&good[..good.len() - 1]).expect_err("cut");
        assert!(matches!(cut, PackageError::Length { .. }), "{cut}");
        let longer = reading(&[&good[..], b"x"].concat()).expect_err("longer");
        assert!(matches!(longer, PackageError::Length { .. }), "{longer}");
        let swapped = [&good[..good.len() - 8], b"two\none\n"].concat();
        assert_eq!(reading(&swapped).expect_err("reordered"), PackageError::Changed("a".to_owned()));
        let newer = String::from_utf8(good).expect("text").replacen("package 1", "package 12", 1);
        assert_eq!(reading(newer.as_bytes()).expect_err("newer"), PackageError::Newer(12));
        for other in [&b""[..], b"\n", b"PK\x03\x04", b"minyi-package 1\n", b"minyi-package x\n{}\n\n"] {
            assert_eq!(reading(other).expect_err("other"), PackageError::Other);
        }
        assert_eq!(reading(b"minyi-package 1\n{}\n\n").expect_err("unsigned"), PackageError::Signature);
    }

    proptest! {
        /// No byte can be another one, none can be missing, none can be more, no two parts can change places.
        #[test]
        fn any_change_is_refused(at in 0usize..2000, bit in 0u8..8, kind in 0u8..4) {
            let good = made();
            let at = at % good.len();
            let mut bad = good.clone();
            match kind {
                0 => bad[at] ^= 1 << bit,
                1 => bad.truncate(at),
                2 => bad.insert(at, bit),
                _ => bad.rotate_left(at),
            }
            prop_assume!(bad != good);
            prop_assert!(reading(&bad).is_err());
        }
    }
}
