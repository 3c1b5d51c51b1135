//! V2 signatures of URLs: <https://cloud.google.com/storage/docs/access-control/signed-urls-v2>.
//!
//! Cloud Functions hands out such URLs for uploads, and firebase-tools tells by their parameters that
//! it must not send its own credentials.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::{hmac, signature};
use time::OffsetDateTime;

use super::{Key, SignatureError, SignedRequest, encode, header_value};

/// The signature parameters of a URL.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Claim {
    /// Email of a service account.
    pub(crate) signer: String,
    /// Seconds since 1970, as in the URL.
    expires: String,
    signature: Vec<u8>,
}

impl Claim {
    /// The claim of a URL; `None` if it has no V2 signature.
    ///
    /// # Errors
    /// [`SignatureError::Malformed`], [`SignatureError::Expired`].
    pub(crate) fn of(
        query: &[(String, String)],
        now: OffsetDateTime,
    ) -> Result<Option<Self>, SignatureError> {
        let find = |wanted: &str| {
            query.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str())
        };
        let (Some(signer), Some(signature)) = (find("GoogleAccessId"), find("Signature")) else {
            return Ok(None);
        };
        let malformed =
            |name: &str| SignatureError::Malformed(format!("invalid query parameter {name}"));
        let expires = find("Expires").unwrap_or_default();
        let seconds = expires.parse().map_err(|_| malformed("Expires"))?;
        let expires_at =
            OffsetDateTime::from_unix_timestamp(seconds).map_err(|_| malformed("Expires"))?;
        if now >= expires_at {
            return Err(SignatureError::Expired(expires_at.to_string()));
        }
        let signature = STANDARD.decode(signature).map_err(|_| malformed("Signature"))?;
        Ok(Some(Self { signer: signer.to_owned(), expires: expires.to_owned(), signature }))
    }

    /// Checks the signature against the request.
    ///
    /// # Errors
    /// [`SignatureError::Mismatch`].
    pub(crate) fn verify(
        &self,
        request: &SignedRequest<'_>,
        key: &Key,
    ) -> Result<(), SignatureError> {
        let text = string_to_sign(request, &self.expires);
        let matches = match key {
            Key::Secret(secret) => {
                let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
                hmac::verify(&key, text.as_bytes(), &self.signature).is_ok()
            }
            Key::Public(key) => {
                let key =
                    signature::UnparsedPublicKey::new(&signature::RSA_PKCS1_2048_8192_SHA256, key);
                key.verify(text.as_bytes(), &self.signature).is_ok()
            }
        };
        if matches {
            return Ok(());
        }
        Err(SignatureError::Mismatch { string_to_sign: text, canonical_request: String::new() })
    }
}

/// Every header of Google's is part of the text, so none can be added to a request.
fn string_to_sign(request: &SignedRequest<'_>, expires: &str) -> String {
    let value = |name: &str| header_value(request.headers, name).unwrap_or_default();
    let mut names: Vec<&str> = request.headers.keys().map(|name| name.as_str()).collect();
    names.retain(|name| name.starts_with("x-goog-"));
    names.sort_unstable();
    let extensions: String = names.iter().map(|name| format!("{name}:{}\n", value(name))).collect();
    format!(
        "{}\n{}\n{}\n{expires}\n{extensions}{}",
        request.method,
        value("content-md5"),
        value("content-type"),
        request.path
    )
}

/// The path and query of a URL that is signed with a secret of this storage.
pub(crate) fn sign(signing: &super::Signing<'_>, secret: &str, now: OffsetDateTime) -> String {
    let path = signing.path();
    let request =
        SignedRequest { method: signing.method, path: &path, query: &[], headers: signing.headers };
    let expires = (now.unix_timestamp() + i64::from(signing.lifetime_seconds)).to_string();
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let signature = hmac::sign(&key, string_to_sign(&request, &expires).as_bytes());
    let signature = STANDARD.encode(signature);
    let (signer, signature) = (encode(signing.signer), encode(&signature));
    format!("{path}?GoogleAccessId={signer}&Expires={expires}&Signature={signature}")
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderMap;

    use super::*;

    const AGENT: &str = "service-42@gcf-admin-robot.iam.gserviceaccount.com";

    fn headers() -> HeaderMap {
        HeaderMap::from_iter([(
            "content-type".parse().unwrap(),
            "application/zip".parse().unwrap(),
        )])
    }

    fn now() -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp(1_000_000).unwrap()
    }

    /// The path and the query of a URL that an agent has signed.
    fn signed() -> (String, Vec<(String, String)>) {
        let signing = super::super::Signing {
            method: "PUT",
            bucket: "bucket",
            object: "a b/c.zip",
            generation: 0,
            headers: &headers(),
            signer: AGENT,
            lifetime_seconds: 60,
        };
        let url = sign(&signing, "secret", now());
        let (path, query) = url.split_once('?').unwrap();
        let decode = |text: &str| longshore_local_kit::rest::percent_decode(text).unwrap();
        let pairs = query.split('&').map(|pair| pair.split_once('=').unwrap());
        let query = pairs.map(|(name, value)| (decode(name), decode(value))).collect();
        (path.to_owned(), query)
    }

    fn verify(
        query: &[(String, String)],
        (method, path, headers): (&str, &str, &HeaderMap),
    ) -> Result<(), SignatureError> {
        let claim = Claim::of(query, now())?.unwrap();
        assert_eq!(claim.signer, AGENT);
        let request = SignedRequest { method, path, query, headers };
        claim.verify(&request, &Key::Secret("secret".to_owned()))
    }

    #[test]
    fn only_the_request_that_was_signed_is_accepted() {
        let (path, query) = signed();
        let sent = headers();
        assert_eq!(path, "/bucket/a%20b/c.zip");
        assert_eq!(verify(&query, ("PUT", &path, &sent)), Ok(()));
        let (mut typed, mut extended) = (sent.clone(), sent.clone());
        typed.insert("content-type", "text/html".parse().unwrap());
        extended.insert("x-goog-acl", "public-read".parse().unwrap());
        let mut later = query.clone();
        later[1].1 = "2000000".to_owned();
        for (query, method, path, headers) in [
            (&query, "GET", path.as_str(), &sent),
            (&query, "PUT", "/bucket/other", &sent),
            (&query, "PUT", &path, &typed),
            (&query, "PUT", &path, &extended),
            (&later, "PUT", &path, &sent),
        ] {
            let refused = verify(query, (method, path, headers)).unwrap_err();
            assert!(matches!(refused, SignatureError::Mismatch { .. }), "{refused}");
        }
    }

    #[test]
    fn a_signature_expires_and_a_malformed_one_is_rejected_by_name() {
        let (_, query) = signed();
        let after = now() + time::Duration::seconds(60);
        assert!(matches!(Claim::of(&query, after), Err(SignatureError::Expired(_))));
        for (position, name) in [(1, "Expires"), (2, "Signature")] {
            let mut bad = query.clone();
            bad[position].1 = "?".to_owned();
            let refused = Claim::of(&bad, now()).unwrap_err();
            assert!(refused.to_string().contains(name), "{refused}");
        }
        assert_eq!(Claim::of(&query[..1], now()), Ok(None));
    }
}
