//! Signatures of policy documents, which sign the encoded policy itself:
//! <https://cloud.google.com/storage/docs/authentication/signatures#policy-document>.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ring::{hmac, signature};

use super::{Algorithm, Claim, Key, SignatureError, timestamp, unhex};

/// The signature of a form.
pub(crate) enum FormClaim {
    V4(Claim),
    /// A service account, and a signature with its key.
    V2 {
        signer: String,
        signature: Vec<u8>,
    },
}

impl FormClaim {
    /// Reads the fields of a form; `field` finds one by its name in lower case.
    ///
    /// # Errors
    /// [`SignatureError::Malformed`].
    pub(crate) fn of<'a>(field: impl Fn(&str) -> Option<&'a str>) -> Result<Self, SignatureError> {
        let malformed = |name: &str| SignatureError::Malformed(format!("invalid field {name}"));
        let needed = |name: &str| {
            field(name).ok_or_else(|| SignatureError::Malformed(format!("missing field {name}")))
        };
        if let Some(signer) = field("googleaccessid") {
            let signature = BASE64_STANDARD.decode(needed("signature")?);
            let signature = signature.map_err(|_| malformed("signature"))?;
            return Ok(Self::V2 { signer: signer.to_owned(), signature });
        }
        let algorithm = match needed("x-goog-algorithm")? {
            "GOOG4-HMAC-SHA256" => Algorithm::Hmac,
            "GOOG4-RSA-SHA256" => Algorithm::Rsa,
            _ => return Err(malformed("x-goog-algorithm")),
        };
        let credential = needed("x-goog-credential")?.split_once('/');
        let (signer, scope) = credential.ok_or_else(|| malformed("x-goog-credential"))?;
        let date = needed("x-goog-date")?;
        timestamp(date).ok_or_else(|| malformed("x-goog-date"))?;
        let parts: Vec<&str> = scope.split('/').collect();
        if !matches!(parts[..], [day, _, "storage", "goog4_request"] if date.starts_with(day)) {
            return Err(malformed("x-goog-credential"));
        }
        let signature = unhex(needed("x-goog-signature")?);
        Ok(Self::V4(Claim {
            algorithm,
            signer: signer.to_owned(),
            scope: scope.to_owned(),
            date: date.to_owned(),
            signed_headers: Vec::new(),
            signature: signature.ok_or_else(|| malformed("x-goog-signature"))?,
        }))
    }

    pub(crate) fn signer(&self) -> &str {
        match self {
            Self::V4(claim) => &claim.signer,
            Self::V2 { signer, .. } => signer,
        }
    }

    /// `None` for a V2 signature, which has none.
    pub(crate) fn algorithm(&self) -> Option<Algorithm> {
        match self {
            Self::V4(claim) => Some(claim.algorithm),
            Self::V2 { .. } => None,
        }
    }

    /// Checks the signature of an encoded policy.
    ///
    /// # Errors
    /// [`SignatureError::Mismatch`].
    pub(crate) fn verify(&self, policy: &str, key: &Key) -> Result<(), SignatureError> {
        let matches = match (self, key) {
            (Self::V4(claim), key) => claim.matches(policy, key),
            (Self::V2 { signature, .. }, Key::Secret(secret)) => {
                let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
                hmac::verify(&key, policy.as_bytes(), signature).is_ok()
            }
            (Self::V2 { signature, .. }, Key::Public(key)) => {
                let key =
                    signature::UnparsedPublicKey::new(&signature::RSA_PKCS1_2048_8192_SHA256, key);
                key.verify(policy.as_bytes(), signature).is_ok()
            }
        };
        if matches {
            return Ok(());
        }
        let (string_to_sign, canonical_request) = (policy.to_owned(), String::new());
        Err(SignatureError::Mismatch { string_to_sign, canonical_request })
    }
}

/// A signature for tests, in the way of a client with an HMAC key.
#[cfg(test)]
pub(crate) fn signed(secret: &str, scope: &str, policy: &str) -> String {
    let claim = Claim {
        algorithm: Algorithm::Hmac,
        signer: String::new(),
        scope: scope.to_owned(),
        date: String::new(),
        signed_headers: Vec::new(),
        signature: Vec::new(),
    };
    super::hex(hmac::sign(&claim.hmac_key(secret), policy.as_bytes()).as_ref())
}
