//! How what stands in a backup folder is named and closed: plain, or sealed by a passphrase.
//!
//! A sealed folder has a random key of its own, which the passphrase (argon2id) wraps; objects and lists of files are closed with it
//! (XChaCha20-Poly1305, a fresh nonce each) and named by a keyed hash, so that names tell nothing of what is inside.

use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use serde::{Deserialize, Serialize};

use crate::clock::random_bytes;

use super::BackupError;

/// Costs of guessing a passphrase: 64 MiB, three passes.
const MEMORY_KIB: u32 = 64 * 1024;
const PASSES: u32 = 3;
/// What an honest head asks for at most: another one would only keep the machine busy.
const MEMORY_KIB_MAX: u32 = 1024 * 1024;
const PASSES_MAX: u32 = 16;
const NONCE: usize = 24;
/// Bytes that closing adds: the nonce before, the tag behind.
const ADDED: usize = NONCE + 16;

/// What the head of a sealed folder says: the folder's key, wrapped.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Wrapped {
    memory_kib: u32,
    passes: u32,
    salt: String,
    key: String,
}

/// How a folder is closed.
pub(super) enum Seal {
    /// Anybody who has the folder can read it.
    Plain,
    /// Only who has the passphrase.
    Sealed {
        /// Keys the names of objects.
        names: [u8; 32],
        /// Closes and opens them.
        cipher: Box<XChaCha20Poly1305>,
    },
}

impl Seal {
    /// Makes a fresh key for a folder and wraps it.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub(super) fn fresh(passphrase: &str) -> Result<(Self, Wrapped), BackupError> {
        let salt: [u8; 16] = random_bytes().map_err(broken)?;
        let key: [u8; 32] = random_bytes().map_err(broken)?;
        let cipher = derive(passphrase, &salt, MEMORY_KIB, PASSES)?;
        let key_closed = close(&cipher, b"key", &key)?;
        let wrapped =
            Wrapped { memory_kib: MEMORY_KIB, passes: PASSES, salt: hex(&salt), key: hex(&key_closed) };
        Ok((Self::of(&key), wrapped))
    }

    /// Opens the key of a folder.
    ///
    /// # Errors
    /// [`BackupError::WrongPassphrase`]; that the head is damaged.
    pub(super) fn unwrap_key(passphrase: &str, wrapped: &Wrapped) -> Result<Self, BackupError> {
        if wrapped.memory_kib > MEMORY_KIB_MAX || wrapped.passes > PASSES_MAX {
            return Err(BackupError::Head);
        }
        let (salt, closed) = unhex(&wrapped.salt).zip(unhex(&wrapped.key)).ok_or(BackupError::Head)?;
        let cipher = derive(passphrase, &salt, wrapped.memory_kib, wrapped.passes)?;
        let key = open(&cipher, b"key", &closed).ok_or(BackupError::WrongPassphrase)?;
        Ok(Self::of(&key.try_into().map_err(|_| BackupError::Head)?))
    }

    fn of(key: &[u8; 32]) -> Self {
        let names = blake3::derive_key("minyi backup 2026 names", key);
        let sealing = blake3::derive_key("minyi backup 2026 sealing", key);
        Self::Sealed { names, cipher: Box::new(XChaCha20Poly1305::new(&Key::from(sealing))) }
    }

    /// The name of an object: a hash of what is inside.
    pub(super) fn name(&self, bytes: &[u8]) -> String {
        match self {
            Self::Plain => blake3::hash(bytes).to_hex().to_string(),
            Self::Sealed { names, .. } => blake3::keyed_hash(names, bytes).to_hex().to_string(),
        }
    }

    /// How long an object is in the folder.
    pub(super) fn stored_len(&self, bytes: usize) -> usize {
        match self {
            Self::Plain => bytes,
            Self::Sealed { .. } => bytes + ADDED,
        }
    }

    /// Closes bytes for the place `name`.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub(super) fn close(&self, name: &str, bytes: &[u8]) -> Result<Vec<u8>, BackupError> {
        match self {
            Self::Plain => Ok(bytes.to_vec()),
            Self::Sealed { cipher, .. } => close(cipher, name.as_bytes(), bytes),
        }
    }

    /// Opens what stands at the place `name`; `None` when it was changed.
    pub(super) fn open(&self, name: &str, stored: Vec<u8>) -> Option<Vec<u8>> {
        match self {
            Self::Plain => Some(stored),
            Self::Sealed { cipher, .. } => open(cipher, name.as_bytes(), &stored),
        }
    }
}

fn broken(error: impl std::fmt::Display) -> BackupError {
    BackupError::Broken(error.to_string())
}

fn derive(
    passphrase: &str,
    salt: &[u8],
    memory_kib: u32,
    passes: u32,
) -> Result<XChaCha20Poly1305, BackupError> {
    let params = Params::new(memory_kib, passes, 1, Some(32)).map_err(broken)?;
    let mut key = [0; 32];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase.as_bytes(), salt, &mut key)
        .map_err(broken)?;
    Ok(XChaCha20Poly1305::new(&Key::from(key)))
}

fn close(cipher: &XChaCha20Poly1305, place: &[u8], bytes: &[u8]) -> Result<Vec<u8>, BackupError> {
    let nonce: [u8; NONCE] = random_bytes().map_err(broken)?;
    let payload = Payload { msg: bytes, aad: place };
    let closed = cipher.encrypt(&XNonce::from(nonce), payload).map_err(broken)?;
    Ok([nonce.as_slice(), &closed].concat())
}

fn open(cipher: &XChaCha20Poly1305, place: &[u8], stored: &[u8]) -> Option<Vec<u8>> {
    let (nonce, closed) = stored.split_at_checked(NONCE)?;
    let nonce: [u8; NONCE] = nonce.try_into().ok()?;
    cipher.decrypt(&XNonce::from(nonce), Payload { msg: closed, aad: place }).ok()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let pairs = text.as_bytes().chunks(2);
    pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}
