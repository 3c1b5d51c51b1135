//! The key, kept in the data directory: tokens stay valid over a restart.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};

use super::Signer;

/// Why there is no key. Starting again gives the same, unless somebody has repaired the file or the
/// disk.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file cannot be read or written.
    #[error("the key of identity tokens cannot be kept")]
    File(#[from] io::Error),
    /// The system gives no randomness.
    #[error("the system gives no randomness for a key of identity tokens")]
    Random,
    /// What is in the file is not a key.
    #[error("the file does not hold a key of identity tokens: remove it to have a new one")]
    Damaged,
}

/// Reads the key in `dir`, and makes it when there is none: a file that only its owner may read.
///
/// # Errors
/// [`KeyError`].
pub fn open_key(dir: &Path) -> Result<Signer, KeyError> {
    let path = dir.join("signing-key.p8");
    let random = SystemRandom::new();
    let document = match fs::read(&path) {
        Ok(document) => document,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random)
                .map_err(|_| KeyError::Random)?;
            write_whole(&path, document.as_ref())?;
            document.as_ref().to_vec()
        }
        Err(error) => return Err(error.into()),
    };
    let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &document, &random)
        .map_err(|_| KeyError::Damaged)?;
    Ok(Signer::new(key, random))
}

/// Under another name first: a crash leaves no half of a key.
fn write_whole(path: &Path, content: &[u8]) -> io::Result<()> {
    let fresh = path.with_extension("new");
    let mut file =
        OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&fresh)?;
    file.write_all(content)?;
    file.sync_all()?;
    fs::rename(&fresh, path)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;
    use std::time::UNIX_EPOCH;

    use super::*;

    #[test]
    fn the_key_stays_and_is_for_its_owner_alone() {
        let dir = tempfile::tempdir().unwrap();
        let token = open_key(dir.path()).unwrap().id_token("a@x", "u", UNIX_EPOCH).unwrap();
        assert!(open_key(dir.path()).unwrap().verify(&token, &["u"], UNIX_EPOCH).is_ok());
        let mode = fs::metadata(dir.path().join("signing-key.p8")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_damaged_key_is_an_error_and_not_another_key() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("signing-key.p8"), "no key").unwrap();
        assert!(matches!(open_key(dir.path()), Err(KeyError::Damaged)));
    }
}
