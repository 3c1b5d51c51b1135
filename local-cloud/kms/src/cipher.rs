//! Encryption with the material of a version.
//!
//! A ciphertext is a header, a nonce, and the sealed text. The header names the version's material,
//! so that decryption finds the version, and a ciphertext of another key is recognized. It is
//! authenticated, together with the caller's additional data.

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::rand::{SecureRandom as _, SystemRandom};
use uuid::Uuid;

/// Length of the key material of a version.
pub(crate) const MATERIAL_BYTES: usize = 32;

/// The format of ciphertexts. The first byte of each.
const FORMAT: u8 = 1;
const ID_BYTES: usize = 16;
const HEADER_BYTES: usize = 1 + ID_BYTES;

/// Why the cipher failed. It does not say more, so that it cannot reveal anything of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the cipher failed")]
pub(crate) struct CipherError;

/// Fresh key material.
///
/// # Errors
/// When the system has no randomness.
pub(crate) fn generate() -> Result<[u8; MATERIAL_BYTES], CipherError> {
    random()
}

/// Encrypts `plaintext`. Two calls never return the same ciphertext.
///
/// # Errors
/// When the material does not have [`MATERIAL_BYTES`], or the system has no randomness.
pub(crate) fn seal(
    id: Uuid,
    material: &[u8],
    plaintext: &[u8],
    additional: &[u8],
) -> Result<Vec<u8>, CipherError> {
    let nonce: [u8; NONCE_LEN] = random()?;
    let mut sealed = plaintext.to_vec();
    let header = header(id);
    key(material)?
        .seal_in_place_append_tag(
            Nonce::assume_unique_for_key(nonce),
            authenticated(&header, additional),
            &mut sealed,
        )
        .map_err(|_| CipherError)?;
    Ok([header.as_slice(), &nonce, &sealed].concat())
}

/// The id of the material that a ciphertext was made with; `None` if it is not a ciphertext.
pub(crate) fn material_of(ciphertext: &[u8]) -> Option<Uuid> {
    let (header, _) = ciphertext.split_at_checked(HEADER_BYTES)?;
    let (format, id) = header.split_first()?;
    (*format == FORMAT).then(|| Uuid::from_slice(id).ok()).flatten()
}

/// Decrypts `ciphertext`, which [`seal`] returned.
///
/// # Errors
/// When the ciphertext or the additional data was changed, or the material is another one.
pub(crate) fn open(
    material: &[u8],
    ciphertext: &[u8],
    additional: &[u8],
) -> Result<Vec<u8>, CipherError> {
    let (header, rest) = ciphertext.split_at_checked(HEADER_BYTES).ok_or(CipherError)?;
    let (nonce, sealed) = rest.split_at_checked(NONCE_LEN).ok_or(CipherError)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| CipherError)?;
    let mut text = sealed.to_vec();
    let opened = key(material)?
        .open_in_place(nonce, authenticated(header, additional), &mut text)
        .map_err(|_| CipherError)?;
    Ok(opened.to_vec())
}

fn header(id: Uuid) -> Vec<u8> {
    [&[FORMAT], id.as_bytes().as_slice()].concat()
}

fn authenticated(header: &[u8], additional: &[u8]) -> Aad<Vec<u8>> {
    Aad::from([header, additional].concat())
}

fn key(material: &[u8]) -> Result<LessSafeKey, CipherError> {
    UnboundKey::new(&AES_256_GCM, material).map(LessSafeKey::new).map_err(|_| CipherError)
}

fn random<const N: usize>() -> Result<[u8; N], CipherError> {
    let mut bytes = [0; N];
    SystemRandom::new().fill(&mut bytes).map_err(|_| CipherError)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MATERIAL: [u8; MATERIAL_BYTES] = [7; MATERIAL_BYTES];

    #[test]
    fn only_the_same_material_and_additional_data_open_a_ciphertext() {
        let id = Uuid::from_u128(5);
        let sealed = seal(id, &MATERIAL, b"hello", b"context").unwrap();
        assert_eq!(open(&MATERIAL, &sealed, b"context").unwrap(), b"hello");
        assert_eq!(material_of(&sealed), Some(id));
        assert!(open(&[8; MATERIAL_BYTES], &sealed, b"context").is_err());
        assert!(open(&MATERIAL, &sealed, b"another").is_err());
        for index in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[index] ^= 1;
            assert!(open(&MATERIAL, &changed, b"context").is_err(), "byte {index}");
            assert!(open(&MATERIAL, &sealed[..index], b"context").is_err(), "{index} bytes");
        }
        assert_ne!(seal(id, &MATERIAL, b"hello", b"context").unwrap(), sealed);
    }
}
