//! Encryption and decryption.

use pbjson_types::Int64Value;

use super::convert::level;
use super::proto;
use crate::core::{KeyName, VersionName};
use crate::{Refusal, Service, ServiceError};

/// Maximum size of a plaintext and of additional authenticated data:
/// <https://cloud.google.com/kms/quotas>. A ciphertext may be larger by what the cipher adds.
const TEXT_MAX_BYTES: usize = 64 * 1024;
const CIPHERTEXT_MAX_BYTES: usize = TEXT_MAX_BYTES + 1024;

pub(super) fn encrypt(
    service: &Service,
    request: &proto::EncryptRequest,
) -> Result<proto::EncryptResponse, ServiceError> {
    let name = service.resource_name(&request.name);
    let additional = &request.additional_authenticated_data;
    check_size("plaintext", &request.plaintext, TEXT_MAX_BYTES)?;
    check_size("additional_authenticated_data", additional, TEXT_MAX_BYTES)?;
    let verified_plaintext_crc32c =
        verify("plaintext", &request.plaintext, request.plaintext_crc32c.as_ref())?;
    let verified_additional_authenticated_data_crc32c = verify(
        "additional_authenticated_data",
        additional,
        request.additional_authenticated_data_crc32c.as_ref(),
    )?;
    let version =
        name.contains("/cryptoKeyVersions/").then(|| VersionName::parse(&name)).transpose()?;
    let key = match &version {
        Some(version) => version.key.clone(),
        None => KeyName::parse(&name)?,
    };
    let encrypted = service.encrypt(&key, version.as_ref(), &request.plaintext, additional)?;
    Ok(proto::EncryptResponse {
        name: encrypted.version.to_string(),
        ciphertext_crc32c: Some(checksum(&encrypted.ciphertext)),
        ciphertext: encrypted.ciphertext,
        verified_plaintext_crc32c,
        verified_additional_authenticated_data_crc32c,
        protection_level: level(encrypted.protection).into(),
    })
}

pub(super) fn decrypt(
    service: &Service,
    request: &proto::DecryptRequest,
) -> Result<proto::DecryptResponse, ServiceError> {
    let key = KeyName::parse(&service.resource_name(&request.name))?;
    let additional = &request.additional_authenticated_data;
    check_size("ciphertext", &request.ciphertext, CIPHERTEXT_MAX_BYTES)?;
    check_size("additional_authenticated_data", additional, TEXT_MAX_BYTES)?;
    verify("ciphertext", &request.ciphertext, request.ciphertext_crc32c.as_ref())?;
    verify(
        "additional_authenticated_data",
        additional,
        request.additional_authenticated_data_crc32c.as_ref(),
    )?;
    let decrypted = service.decrypt(&key, &request.ciphertext, additional)?;
    Ok(proto::DecryptResponse {
        plaintext_crc32c: Some(checksum(&decrypted.plaintext)),
        plaintext: decrypted.plaintext,
        used_primary: decrypted.used_primary,
        protection_level: level(decrypted.protection).into(),
    })
}

fn check_size(field: &str, data: &[u8], max_bytes: usize) -> Result<(), Refusal> {
    if data.len() <= max_bytes {
        return Ok(());
    }
    Err(Refusal::Invalid(format!("{field}: must be at most {max_bytes} bytes")))
}

/// Whether a checksum was given and verified.
///
/// # Errors
/// [`Refusal::Invalid`] when it is not the data's.
fn verify(field: &str, data: &[u8], given: Option<&Int64Value>) -> Result<bool, Refusal> {
    match given {
        None => Ok(false),
        Some(given) if given.value == i64::from(crc32c::crc32c(data)) => Ok(true),
        Some(_) => Err(Refusal::Invalid(format!(
            "The checksum in field {field}_crc32c did not match the data in field {field}."
        ))),
    }
}

fn checksum(data: &[u8]) -> Int64Value {
    Int64Value { value: i64::from(crc32c::crc32c(data)) }
}
