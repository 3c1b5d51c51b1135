//! V4 signatures of URLs: <https://cloud.google.com/storage/docs/authentication/signatures>, and V2
//! signatures in `v2`.
//!
//! A [`Claim`] holds the signature parameters of a URL; [`Claim::verify`] recomputes the signed
//! text and checks the signature.

pub(crate) mod form;
pub(crate) mod v2;

use axum::http::HeaderMap;
use ring::{hmac, signature};
use sha2::{Digest as _, Sha256};
use time::{Date, Duration, Month, OffsetDateTime, Time};

/// A signed URL is valid for at most a week.
const LIFETIME_LIMIT_S: i64 = 604_800;

/// Tolerance for a client whose clock is ahead.
const CLOCK_SKEW: Duration = Duration::minutes(15);

/// Why a signed request is rejected. Retrying does not help.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SignatureError {
    #[error("{0}")]
    Malformed(String),
    #[error("the provided token has expired: request signature expired at {0}")]
    Expired(String),
    #[error("header {0} must be both sent and signed")]
    Header(String),
    #[error("unknown key {0}")]
    NoKey(String),
    #[error("the request signature we calculated does not match the signature you provided")]
    Mismatch {
        /// As computed here, so that the caller can compare.
        string_to_sign: String,
        /// The text whose digest is in the string to sign.
        canonical_request: String,
    },
    #[error("a URL that a service agent has signed must be used without an Authorization header")]
    Credentials,
    #[error("the local cloud does not serve {0}")]
    Unimplemented(&'static str),
}

/// The signature algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Algorithm {
    /// `GOOG4-HMAC-SHA256`: an HMAC key.
    Hmac,
    /// `GOOG4-RSA-SHA256`: a key of a service account.
    Rsa,
}

/// A key that verifies signatures.
pub(crate) enum Key {
    /// The secret of an HMAC key.
    Secret(String),
    /// An RSA public key, as DER of PKCS #1.
    Public(Vec<u8>),
}

/// The parts of a request that a signature covers.
pub(crate) struct SignedRequest<'a> {
    pub(crate) method: &'a str,
    /// As received, percent-encoded.
    pub(crate) path: &'a str,
    /// Decoded.
    pub(crate) query: &'a [(String, String)],
    pub(crate) headers: &'a HeaderMap,
}

/// The signature parameters of a URL.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Claim {
    pub(crate) algorithm: Algorithm,
    /// Access id of an HMAC key, or email of a service account.
    pub(crate) signer: String,
    scope: String,
    date: String,
    signed_headers: Vec<String>,
    signature: Vec<u8>,
}

impl Claim {
    /// The claim of a URL; `None` if it has no signature.
    ///
    /// # Errors
    /// [`SignatureError::Malformed`], [`SignatureError::Expired`],
    /// [`SignatureError::Unimplemented`].
    pub(crate) fn of(
        query: &[(String, String)],
        now: OffsetDateTime,
    ) -> Result<Option<Self>, SignatureError> {
        let find = |wanted: &str| {
            query
                .iter()
                .find(|(name, _)| name.eq_ignore_ascii_case(wanted))
                .map(|(_, value)| value.as_str())
        };
        if find("X-Amz-Signature").is_some() {
            return Err(SignatureError::Unimplemented("AWS4 signatures"));
        }
        let Some(signature) = find("X-Goog-Signature") else { return Ok(None) };
        let needed = |name: &str| {
            find(name)
                .ok_or_else(|| SignatureError::Malformed(format!("missing query parameter {name}")))
        };
        let malformed =
            |name: &str| SignatureError::Malformed(format!("invalid query parameter {name}"));
        let algorithm = match needed("X-Goog-Algorithm")? {
            "GOOG4-HMAC-SHA256" => Algorithm::Hmac,
            "GOOG4-RSA-SHA256" => Algorithm::Rsa,
            _ => return Err(malformed("X-Goog-Algorithm")),
        };
        let (signer, scope) = needed("X-Goog-Credential")?
            .split_once('/')
            .ok_or_else(|| malformed("X-Goog-Credential"))?;
        let date = needed("X-Goog-Date")?;
        let signed_at = timestamp(date).ok_or_else(|| malformed("X-Goog-Date"))?;
        if !matches!(scope.split('/').collect::<Vec<_>>().as_slice(), [day, _, "storage", "goog4_request"] if date.starts_with(day))
        {
            return Err(malformed("X-Goog-Credential"));
        }
        let lifetime = needed("X-Goog-Expires")?
            .parse()
            .ok()
            .filter(|seconds| (1..=LIFETIME_LIMIT_S).contains(seconds));
        let expires_at =
            signed_at + Duration::seconds(lifetime.ok_or_else(|| malformed("X-Goog-Expires"))?);
        if now >= expires_at || signed_at > now + CLOCK_SKEW {
            return Err(SignatureError::Expired(expires_at.to_string()));
        }
        let signed_headers: Vec<String> =
            needed("X-Goog-SignedHeaders")?.split(';').map(str::to_ascii_lowercase).collect();
        if !signed_headers.is_sorted() || !signed_headers.iter().any(|name| name == "host") {
            return Err(malformed("X-Goog-SignedHeaders"));
        }
        Ok(Some(Self {
            algorithm,
            signer: signer.to_owned(),
            scope: scope.to_owned(),
            date: date.to_owned(),
            signed_headers,
            signature: unhex(signature).ok_or_else(|| malformed("X-Goog-Signature"))?,
        }))
    }

    /// Checks the signature against the request.
    ///
    /// # Errors
    /// [`SignatureError::Header`], [`SignatureError::Mismatch`].
    pub(crate) fn verify(
        &self,
        request: &SignedRequest<'_>,
        key: &Key,
    ) -> Result<(), SignatureError> {
        let unsigned = request.headers.keys().find(|name| {
            name.as_str().starts_with("x-goog-")
                && !self.signed_headers.iter().any(|signed| signed == name.as_str())
        });
        if let Some(name) = unsigned {
            return Err(SignatureError::Header(name.to_string()));
        }
        let mut mismatch = None;
        for host in hosts(request.headers) {
            let canonical_request = self.canonical_request(request, &host)?;
            let string_to_sign = self.string_to_sign(&canonical_request);
            if self.matches(&string_to_sign, key) {
                return Ok(());
            }
            mismatch.get_or_insert(SignatureError::Mismatch { string_to_sign, canonical_request });
        }
        Err(mismatch.unwrap_or_else(|| SignatureError::Header("host".to_owned())))
    }

    fn canonical_request(
        &self,
        request: &SignedRequest<'_>,
        host: &str,
    ) -> Result<String, SignatureError> {
        let mut query: Vec<(String, String)> = request
            .query
            .iter()
            .filter(|(name, _)| !name.eq_ignore_ascii_case("X-Goog-Signature"))
            .map(|(name, value)| (encode(name), encode(value)))
            .collect();
        query.sort();
        let query: Vec<String> =
            query.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut headers = String::new();
        for name in &self.signed_headers {
            let value =
                if name == "host" { host.to_owned() } else { header_value(request.headers, name)? };
            headers.push_str(&format!("{name}:{value}\n"));
        }
        let payload = header_value(request.headers, "x-goog-content-sha256")
            .unwrap_or_else(|_| "UNSIGNED-PAYLOAD".to_owned());
        let (method, path, signed) = (request.method, request.path, self.signed_headers.join(";"));
        Ok(format!("{method}\n{path}\n{}\n{headers}\n{signed}\n{payload}", query.join("&")))
    }

    fn string_to_sign(&self, canonical_request: &str) -> String {
        let algorithm = match self.algorithm {
            Algorithm::Hmac => "GOOG4-HMAC-SHA256",
            Algorithm::Rsa => "GOOG4-RSA-SHA256",
        };
        format!(
            "{algorithm}\n{}\n{}\n{}",
            self.date,
            self.scope,
            hex(&Sha256::digest(canonical_request))
        )
    }

    /// The key of the scope, which is derived from the secret.
    fn hmac_key(&self, secret: &str) -> hmac::Key {
        let mut derived = format!("GOOG4{secret}").into_bytes();
        for part in self.scope.split('/') {
            let key = hmac::Key::new(hmac::HMAC_SHA256, &derived);
            derived = hmac::sign(&key, part.as_bytes()).as_ref().to_vec();
        }
        hmac::Key::new(hmac::HMAC_SHA256, &derived)
    }

    fn matches(&self, string_to_sign: &str, key: &Key) -> bool {
        match (self.algorithm, key) {
            (Algorithm::Hmac, Key::Secret(secret)) => {
                let key = self.hmac_key(secret);
                hmac::verify(&key, string_to_sign.as_bytes(), &self.signature).is_ok()
            }
            (Algorithm::Rsa, Key::Public(key)) => {
                let key =
                    signature::UnparsedPublicKey::new(&signature::RSA_PKCS1_2048_8192_SHA256, key);
                key.verify(string_to_sign.as_bytes(), &self.signature).is_ok()
            }
            (Algorithm::Hmac, Key::Public(_)) | (Algorithm::Rsa, Key::Secret(_)) => false,
        }
    }
}

/// A URL to sign: its path and signed headers.
pub(crate) struct Signing<'a> {
    pub(crate) method: &'a str,
    pub(crate) bucket: &'a str,
    pub(crate) object: &'a str,
    /// 0: the live generation.
    pub(crate) generation: i64,
    /// All of them are signed.
    pub(crate) headers: &'a HeaderMap,
    pub(crate) signer: &'a str,
    pub(crate) lifetime_seconds: u32,
}

impl Signing<'_> {
    fn path(&self) -> String {
        let object: Vec<String> = self.object.split('/').map(encode).collect();
        format!("/{}/{}", encode(self.bucket), object.join("/"))
    }
}

/// The path and query of a URL that is signed with an HMAC key.
pub(crate) fn sign(signing: &Signing<'_>, secret: &str, now: OffsetDateTime) -> String {
    let date = format!(
        "{:04}{:02}{:02}T{:02}{:02}{:02}Z",
        now.year(),
        u8::from(now.month()),
        now.day(),
        now.hour(),
        now.minute(),
        now.second()
    );
    let day = date.split('T').next().unwrap_or_default();
    let mut signed_headers: Vec<String> =
        signing.headers.keys().map(|name| name.as_str().to_owned()).collect();
    signed_headers.sort();
    let claim = Claim {
        algorithm: Algorithm::Hmac,
        signer: signing.signer.to_owned(),
        scope: format!("{day}/auto/storage/goog4_request"),
        date: date.clone(),
        signed_headers,
        signature: Vec::new(),
    };
    let path = signing.path();
    let mut query: Vec<(String, String)> = [
        ("X-Goog-Algorithm", "GOOG4-HMAC-SHA256".to_owned()),
        ("X-Goog-Credential", format!("{}/{}", claim.signer, claim.scope)),
        ("X-Goog-Date", date),
        ("X-Goog-Expires", signing.lifetime_seconds.to_string()),
        ("X-Goog-SignedHeaders", claim.signed_headers.join(";")),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into();
    if signing.generation != 0 {
        query.push(("generation".to_owned(), signing.generation.to_string()));
    }
    let request = SignedRequest {
        method: signing.method,
        path: &path,
        query: &query,
        headers: signing.headers,
    };
    let host = header_value(signing.headers, "host").unwrap_or_default();
    // Every signed header is present, so there is a canonical request.
    let canonical = claim.canonical_request(&request, &host).unwrap_or_default();
    let text = claim.string_to_sign(&canonical);
    let signature = hmac::sign(&claim.hmac_key(secret), text.as_bytes());
    query.push(("X-Goog-Signature".to_owned(), hex(signature.as_ref())));
    let pairs: Vec<String> =
        query.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
    format!("{path}?{}", pairs.join("&"))
}

/// Parses `20261231T235959Z`.
fn timestamp(text: &str) -> Option<OffsetDateTime> {
    let (date, time) = text
        .strip_suffix('Z')?
        .split_once('T')
        .filter(|(date, time)| date.len() == 8 && time.len() == 6)?;
    let number = |text: Option<&str>| text?.parse::<u8>().ok();
    let month = Month::try_from(number(date.get(4..6))?).ok()?;
    let date =
        Date::from_calendar_date(date.get(..4)?.parse().ok()?, month, number(date.get(6..))?)
            .ok()?;
    let time =
        Time::from_hms(number(time.get(..2))?, number(time.get(2..4))?, number(time.get(4..))?)
            .ok()?;
    Some(date.with_time(time).assume_utc())
}

/// The host as received, and without its port, because Google's Node.js library signs the bare
/// name.
fn hosts(headers: &HeaderMap) -> Vec<String> {
    let Some(host) = headers.get("host").and_then(|host| host.to_str().ok()) else {
        return Vec::new();
    };
    let bare = host.rsplit_once(':').map(|(bare, _)| bare.to_owned());
    std::iter::once(host.to_owned()).chain(bare).collect()
}

/// All values of a header, with whitespace collapsed.
fn header_value(headers: &HeaderMap, name: &str) -> Result<String, SignatureError> {
    let values: Vec<String> = headers
        .get_all(name)
        .into_iter()
        .filter_map(|value| value.to_str().ok())
        .map(|value| value.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect();
    if values.is_empty() {
        Err(SignatureError::Header(name.to_owned()))
    } else {
        Ok(values.join(","))
    }
}

/// Percent-encodes everything but RFC 3986's unreserved characters.
fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                encoded.push(char::from(byte))
            }
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u32>> = text.chars().map(|c| c.to_digit(16)).collect();
    let pairs = digits?;
    if pairs.len() % 2 == 1 {
        return None;
    }
    pairs
        .chunks(2)
        .map(|pair| u8::try_from(pair.iter().fold(0, |sum, digit| sum * 16 + digit)).ok())
        .collect()
}

#[cfg(test)]
mod tests;
