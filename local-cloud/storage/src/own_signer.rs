//! Signed URLs that another service of the local cloud hands out, as Google's service agents do.
//!
//! The secret stays in this process and its data directory. So such a URL names an HMAC key, where
//! Google's names an RSA key: clients read neither.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::signing::{self, Signing};

const FILE: &str = "signing-secret";

/// What a service agent's email begins with.
const AGENT_PREFIX: &str = "service-";

/// A URL to sign.
#[derive(Clone, Debug)]
pub struct UrlToSign<'a> {
    /// `http://ADDRESS` of this storage.
    pub base: &'a str,
    /// `GET` or `PUT`.
    pub method: &'static str,
    /// The bucket.
    pub bucket: &'a str,
    /// The object.
    pub object: &'a str,
    /// The generation to read; 0: the live one.
    pub generation: i64,
    /// The content type that a write must declare; empty: any.
    pub content_type: &'static str,
    /// Email of the service agent in whose name the URL is signed.
    pub agent: &'a str,
    /// How long the URL is valid.
    pub lifetime_seconds: u32,
}

/// The secret of this storage.
#[derive(Debug, Default)]
pub(crate) struct OwnSigner {
    secret: String,
}

impl OwnSigner {
    /// Reads the secret in `dir`, or makes one that only this user can read.
    ///
    /// # Errors
    /// When the file cannot be read or written.
    pub(crate) fn open(dir: &Path) -> io::Result<Self> {
        let path = dir.join(FILE);
        match fs::read_to_string(&path) {
            Ok(secret) if !secret.is_empty() => return Ok(Self { secret }),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        let secret = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
        let mut options = OpenOptions::new();
        let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(&path)?;
        file.write_all(secret.as_bytes())?;
        Ok(Self { secret })
    }

    /// The secret behind an agent's signatures; `None` for any other signer.
    pub(crate) fn secret_of(&self, signer: &str) -> Option<String> {
        is_agent(signer).then(|| self.secret.clone()).filter(|secret| !secret.is_empty())
    }

    /// A URL with a V2 signature for an upload, and with a V4 signature, which covers the
    /// generation, for a download.
    pub(crate) fn sign(&self, url: &UrlToSign<'_>, now: OffsetDateTime) -> String {
        let mut headers = HeaderMap::new();
        let host = url.base.split_once("://").map_or(url.base, |(_, host)| host);
        let values = [("host", host), ("content-type", url.content_type)];
        for (name, value) in values.into_iter().filter(|(_, value)| !value.is_empty()) {
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.insert(HeaderName::from_static(name), value);
            }
        }
        let signing = Signing {
            method: url.method,
            bucket: url.bucket,
            object: url.object,
            generation: url.generation,
            headers: &headers,
            signer: url.agent,
            lifetime_seconds: url.lifetime_seconds,
        };
        let sign = if url.method == "PUT" { signing::v2::sign } else { signing::sign };
        format!("{}{}", url.base, sign(&signing, &self.secret, now))
    }
}

/// Whether the signer is a service agent, whose URLs this storage signs itself.
pub(crate) fn is_agent(signer: &str) -> bool {
    signer.starts_with(AGENT_PREFIX) && signer.ends_with(".iam.gserviceaccount.com")
}
