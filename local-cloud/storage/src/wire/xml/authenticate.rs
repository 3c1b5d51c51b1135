//! Who has signed a request.

use std::sync::Arc;

use axum::http::{HeaderMap, Method, Uri, header};
use time::OffsetDateTime;

use super::error::XmlError;
use super::{QueryPairs, Shell};
use crate::Service;
use crate::core::KeyState;
use crate::own_signer::is_agent;
use crate::signing::{Algorithm, Claim, Key, SignatureError, SignedRequest, v2};
use crate::wire::content_headers::header_text;
use crate::wire::shell::blocking;

/// Verifies the signature of a URL, and returns whether it has one.
pub(super) async fn authenticate(
    shell: &Shell,
    method: &Method,
    uri: &Uri,
    query: &QueryPairs,
    headers: &HeaderMap,
) -> Result<bool, XmlError> {
    if header_text(headers, "authorization").starts_with("GOOG4-") {
        return Err(SignatureError::Unimplemented("signatures in the Authorization header").into());
    }
    let now = OffsetDateTime::now_utc();
    let old = v2::Claim::of(query, now)?;
    let new = Claim::of(query, now)?;
    let (signer, algorithm) = match (&old, &new) {
        (Some(claim), _) => (claim.signer.clone(), None),
        (None, Some(claim)) => (claim.signer.clone(), Some(claim.algorithm)),
        (None, None) => return Ok(false),
    };
    // Google uses the identity of the header then, which may not write to a bucket of an agent.
    if is_agent(&signer) && headers.contains_key(header::AUTHORIZATION) {
        return Err(SignatureError::Credentials.into());
    }
    let (service, of) = (Arc::clone(&shell.service), signer.clone());
    let key = blocking(move || Ok(key_of(&service, algorithm, &of))).await?;
    let key = key.ok_or(SignatureError::NoKey(signer))?;
    let request = SignedRequest { method: method.as_str(), path: uri.path(), query, headers };
    old.map_or(Ok(()), |claim| claim.verify(&request, &key))?;
    new.map_or(Ok(()), |claim| claim.verify(&request, &key))?;
    Ok(true)
}

/// The key of a signer. V2 signatures have no algorithm: that of the key is used. HMAC keys sign
/// only with V4.
pub(super) fn key_of(service: &Service, algorithm: Option<Algorithm>, signer: &str) -> Option<Key> {
    match algorithm {
        None => {
            let secret = service.own_secret(signer).map(Key::Secret);
            secret.or_else(|| service.public_key(signer).map(Key::Public))
        }
        Some(Algorithm::Hmac) => {
            if let Some(secret) = service.own_secret(signer) {
                return Some(Key::Secret(secret));
            }
            let key = service.key(signer).ok()?;
            (key.state == KeyState::Active).then_some(Key::Secret(key.secret))
        }
        Some(Algorithm::Rsa) => service.public_key(signer).map(Key::Public),
    }
}
