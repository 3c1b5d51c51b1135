//! Keys of service accounts, for verifying their signatures: one file for each account in a folder.
//!
//! `EMAIL.json` is a key file as Google issues it, `EMAIL.pem` a public key. A file is read when a
//! signature names its account, so accounts can be added while the local cloud runs.

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ring::signature::KeyPair as _;
use serde::Deserialize;

/// The folder. Without one, no account is known.
#[derive(Debug, Default)]
pub(super) struct Accounts(Option<PathBuf>);

#[derive(Deserialize)]
struct KeyFile {
    private_key: String,
}

impl Accounts {
    pub(super) fn in_folder(folder: &Path) -> Self {
        Self(Some(folder.to_owned()))
    }

    /// The account's RSA public key as DER of PKCS #1; `None` when the account has no file, or the
    /// file has no such key.
    pub(super) fn public_key(&self, email: &str) -> Option<Vec<u8>> {
        let harmless =
            |c: char| c.is_ascii_alphanumeric() || matches!(c, '@' | '.' | '-' | '_' | '+');
        if !email.chars().all(harmless) || email.starts_with('.') {
            return None;
        }
        let folder = self.0.as_ref()?;
        let read =
            |extension: &str| fs::read_to_string(folder.join(format!("{email}.{extension}"))).ok();
        match read("json") {
            Some(text) => {
                let file: KeyFile = serde_json::from_str(&text).ok()?;
                let pair =
                    ring::rsa::KeyPair::from_pkcs8(&pem(&file.private_key, "PRIVATE KEY")?).ok()?;
                Some(pair.public_key().as_ref().to_vec())
            }
            None => bare_key(&pem(&read("pem")?, "PUBLIC KEY")?),
        }
    }
}

/// The decoded content of the PEM block of one kind.
fn pem(text: &str, kind: &str) -> Option<Vec<u8>> {
    let (_, rest) = text.split_once(&format!("-----BEGIN {kind}-----"))?;
    let (content, _) = rest.split_once("-----END ")?;
    let content: String = content.chars().filter(|c| !c.is_whitespace()).collect();
    BASE64_STANDARD.decode(content).ok()
}

/// The RSA key in a `SubjectPublicKeyInfo` (RFC 5280): a sequence of the algorithm and a bit string
/// with the key.
fn bare_key(info: &[u8]) -> Option<Vec<u8>> {
    let (sequence, _) = element(info, 0x30)?;
    let (_algorithm, rest) = element(sequence, 0x30)?;
    let (bits, _) = element(rest, 0x03)?;
    bits.strip_prefix(&[0]).map(<[u8]>::to_vec)
}

/// The content of a DER element with this tag, and the rest.
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (_, rest) = der.split_first().filter(|(first, _)| **first == tag)?;
    let (length, rest) = rest.split_first()?;
    let (length, rest) = match usize::from(*length) {
        short @ ..=0x7f => (short, rest),
        long => {
            let (digits, rest) = rest.split_at_checked(long - 0x80)?;
            let length = digits.iter().try_fold(0_usize, |sum, digit| {
                Some(sum.checked_mul(256)? + usize::from(*digit))
            })?;
            (length, rest)
        }
    };
    rest.split_at_checked(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_leaves_the_folder_has_no_key() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("accounts");
        fs::create_dir(&folder).unwrap();
        fs::write(dir.path().join("outside.pem"), "").unwrap();
        let accounts = Accounts::in_folder(&folder);
        for email in ["../outside", "..", "", "a/b", "nobody@example.com"] {
            assert_eq!(accounts.public_key(email), None, "{email}");
        }
    }

    #[test]
    fn truncated_der_is_not_a_key() {
        for der in [
            &[][..],
            &[0x30],
            &[0x30, 5, 1],
            &[0x30, 0x84, 1],
            &[0x30, 0x88, 255, 255, 255, 255, 255, 255, 255, 255],
        ] {
            assert_eq!(bare_key(der), None, "{der:?}");
        }
        let info = [0x30, 8, 0x30, 0, 0x03, 4, 0, 7, 8, 9];
        assert_eq!(bare_key(&info), Some(vec![7, 8, 9]));
    }
}
