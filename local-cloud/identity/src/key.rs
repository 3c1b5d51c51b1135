//! The signing key. It is stored in the data directory, so that tokens stay valid across restarts.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};

use super::Signer;

/// Why there is no key. Retrying does not help until the file or the disk is repaired.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    #[error("cannot read or write the key of identity tokens")]
    File(#[from] io::Error),
    #[error("cannot generate a key of identity tokens: the system has no source of randomness")]
    Random,
    #[error("the file does not contain a key of identity tokens; remove it to generate a new one")]
    Damaged,
}

/// Reads the key in `dir`, and creates it if it is missing, in a file that only its owner may read.
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

/// Writes under another name first, so that a crash leaves no partial key.
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
    fn the_key_survives_a_restart_and_is_readable_by_its_owner_only() {
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
