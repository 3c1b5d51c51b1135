//! JSON Web Tokens (RFC 7519), signed with ES256 (RFC 7518, 3.4).

use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _,
    UnparsedPublicKey,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::claims::{Claims, seconds};

/// Tolerance for another clock, as in Google's libraries.
const SKEW_SECONDS: u64 = 10;

/// The bytes before the point in the X.509 form of a P-256 public key (RFC 5480): algorithm and
/// curve.
const SPKI_PREFIX: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
    0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

/// Signs identity tokens, and verifies tokens that it has signed.
pub struct Signer {
    key: EcdsaKeyPair,
    key_id: String,
    random: SystemRandom,
}

/// The system has no source of randomness, which a signature needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot sign an identity token: the system has no source of randomness")]
pub struct SignError;

/// Why a token is rejected. Permanent: retrying with the same token does not help.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// Not three parts in base64, or no JSON in them.
    #[error("the token is not a JSON web token")]
    Malformed,
    /// Another key or algorithm, or a modified token.
    #[error("the token was not signed by this local cloud")]
    Signature,
    #[error("the token has expired")]
    Expired,
    #[error("the token is not valid yet")]
    NotYet,
    #[error("the token is for another audience")]
    Audience,
}

#[derive(Serialize, Deserialize)]
struct Header {
    alg: String,
    #[serde(default)]
    kid: String,
    #[serde(default)]
    typ: String,
}

impl Signer {
    pub(super) fn new(key: EcdsaKeyPair, random: SystemRandom) -> Self {
        let hash = Sha256::digest(key.public_key().as_ref());
        let key_id = hash.iter().take(20).map(|byte| format!("{byte:02x}")).collect();
        Self { key, key_id, random }
    }

    /// A signer with a key for this process only, for tests.
    pub fn in_memory() -> Result<Self, SignError> {
        let random = SystemRandom::new();
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random)
            .map_err(|_| SignError)?;
        let key =
            EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref(), &random)
                .map_err(|_| SignError)?;
        Ok(Self::new(key, random))
    }

    /// A token that identifies its bearer as `email` for an hour, for the service with the URL
    /// `audience`.
    pub fn id_token(
        &self,
        email: &str,
        audience: &str,
        now: SystemTime,
    ) -> Result<String, SignError> {
        self.sign(&Claims::of(email, audience, now))
    }

    /// An access token of `email`, with the prefix of Google's. Opaque to programs, as at Google;
    /// the local cloud's APIs do not require one.
    pub fn access_token(&self, email: &str, now: SystemTime) -> Result<String, SignError> {
        Ok(format!("ya29.c.{}", self.sign(&Claims::of_access(email, now))?))
    }

    /// A token with these claims.
    pub fn sign(&self, claims: &Claims) -> Result<String, SignError> {
        let header =
            Header { alg: "ES256".to_owned(), kid: self.key_id.clone(), typ: "JWT".to_owned() };
        // Structs of strings and numbers: serialization cannot fail.
        let part =
            |json: serde_json::Result<Vec<u8>>| URL_SAFE_NO_PAD.encode(json.unwrap_or_default());
        let signed =
            format!("{}.{}", part(serde_json::to_vec(&header)), part(serde_json::to_vec(claims)));
        let signature = self.key.sign(&self.random, signed.as_bytes()).map_err(|_| SignError)?;
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }

    /// Returns the claims of a token that this key has signed for one of these audiences and that
    /// is valid at `now`.
    pub fn verify(
        &self,
        token: &str,
        audiences: &[&str],
        now: SystemTime,
    ) -> Result<Claims, VerifyError> {
        let (signed, signature) = token.rsplit_once('.').ok_or(VerifyError::Malformed)?;
        let (header, claims) = signed.split_once('.').ok_or(VerifyError::Malformed)?;
        let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| VerifyError::Malformed);
        let header: Header =
            serde_json::from_slice(&decode(header)?).map_err(|_| VerifyError::Malformed)?;
        let signature = decode(signature)?;
        let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, self.key.public_key());
        if header.alg != "ES256" || public.verify(signed.as_bytes(), &signature).is_err() {
            return Err(VerifyError::Signature);
        }
        let claims: Claims =
            serde_json::from_slice(&decode(claims)?).map_err(|_| VerifyError::Malformed)?;
        let now = seconds(now);
        if claims.exp.saturating_add(SKEW_SECONDS) <= now {
            return Err(VerifyError::Expired);
        }
        if claims.iat > now + SKEW_SECONDS {
            return Err(VerifyError::NotYet);
        }
        if !audiences
            .iter()
            .any(|audience| audience.trim_end_matches('/') == claims.aud.trim_end_matches('/'))
        {
            return Err(VerifyError::Audience);
        }
        Ok(claims)
    }

    /// The public key as a JSON Web Key Set (RFC 7517).
    #[must_use]
    pub fn jwks(&self) -> Value {
        // Uncompressed: 0x04, then 32 bytes of each coordinate.
        let point = self.key.public_key().as_ref();
        let (x, y) = point.get(1..).unwrap_or_default().split_at_checked(32).unwrap_or_default();
        let (x, y) = (URL_SAFE_NO_PAD.encode(x), URL_SAFE_NO_PAD.encode(y));
        json!({"keys": [{"kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": self.key_id, "x": x, "y": y}]})
    }

    /// The public key in PEM, under the key's id.
    #[must_use]
    pub fn public_keys(&self) -> Value {
        let text = STANDARD.encode([&SPKI_PREFIX, self.key.public_key().as_ref()].concat());
        let (first, second) = text.split_at_checked(64).unwrap_or((&text, ""));
        json!({&self.key_id: format!("-----BEGIN PUBLIC KEY-----\n{first}\n{second}\n-----END PUBLIC KEY-----\n")})
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    const URL: &str = "http://127.0.0.1:4711";

    fn at(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(seconds)
    }

    #[test]
    fn a_token_identifies_its_bearer_for_an_hour() {
        let signer = Signer::in_memory().unwrap();
        let token = signer.id_token("a@p.iam.gserviceaccount.com", URL, at(1_000_000)).unwrap();
        let cases = [
            (999_980, Err(VerifyError::NotYet)),
            (1_000_000, Ok("a@p.iam.gserviceaccount.com")),
            (1_003_600, Ok("a@p.iam.gserviceaccount.com")),
            (1_003_610, Err(VerifyError::Expired)),
        ];
        for (now, expected) in cases {
            let seen = signer.verify(&token, &[URL], at(now));
            assert_eq!(
                seen.as_ref().map(|claims| claims.email.as_str()),
                expected.as_ref().map(|email| *email),
                "{now}"
            );
        }
    }

    #[test]
    fn a_token_is_for_its_audience_with_or_without_a_trailing_slash() {
        let signer = Signer::in_memory().unwrap();
        let token = signer.id_token("a@x", &format!("{URL}/"), at(1)).unwrap();
        assert!(signer.verify(&token, &["https://other", URL], at(1)).is_ok());
        assert_eq!(signer.verify(&token, &["https://other"], at(1)), Err(VerifyError::Audience));
    }

    #[test]
    fn a_token_that_this_key_did_not_sign_is_rejected() {
        let signer = Signer::in_memory().unwrap();
        let token = signer.id_token("a@x", URL, at(1)).unwrap();
        let foreign = Signer::in_memory().unwrap().id_token("a@x", URL, at(1)).unwrap();
        let (_, claims_and_signature) = token.split_once('.').unwrap();
        let (claims, _) = claims_and_signature.split_once('.').unwrap();
        let unsigned = format!("{}.{claims}.", URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#));
        for (bad, expected) in [
            (foreign, VerifyError::Signature),
            (unsigned, VerifyError::Signature),
            (token.replacen(claims, &URL_SAFE_NO_PAD.encode("{}"), 1), VerifyError::Signature),
            (String::new(), VerifyError::Malformed),
            ("a.b".to_owned(), VerifyError::Malformed),
            ("ä.ö.ü".to_owned(), VerifyError::Malformed),
        ] {
            assert_eq!(signer.verify(&bad, &[URL], at(1)), Err(expected), "{bad}");
        }
    }

    #[test]
    fn a_public_key_is_a_point_in_both_forms() {
        let signer = Signer::in_memory().unwrap();
        let key = &signer.jwks()["keys"][0];
        let coordinate = |name: &str| URL_SAFE_NO_PAD.decode(key[name].as_str().unwrap()).unwrap();
        let pem =
            signer.public_keys()[key["kid"].as_str().unwrap()].as_str().unwrap().replace('\n', "");
        let der = pem
            .strip_prefix("-----BEGIN PUBLIC KEY-----")
            .and_then(|pem| pem.strip_suffix("-----END PUBLIC KEY-----"));
        assert_eq!(
            STANDARD.decode(der.unwrap()).unwrap()[27..],
            [coordinate("x"), coordinate("y")].concat()
        );
    }
}
