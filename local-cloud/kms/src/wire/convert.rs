//! Between the core's types and Google's messages.

use pbjson_types::{Duration, Timestamp};
use time::OffsetDateTime;

use super::proto::crypto_key::{CryptoKeyPurpose, RotationSchedule};
use super::proto::crypto_key_version::{CryptoKeyVersionAlgorithm, CryptoKeyVersionState};
use super::proto::{self, ProtectionLevel};
use crate::Refusal;
use crate::core::{Entry, Key, KeyChanges, NewKey, Protection, Ring, Rotation, State, Version};

pub(super) fn ring_wire(ring: &Ring) -> proto::KeyRing {
    proto::KeyRing { name: ring.name.clone(), create_time: Some(timestamp(ring.created_at)) }
}

pub(super) fn key_wire(entry: &Entry) -> proto::CryptoKey {
    let key = &entry.key;
    proto::CryptoKey {
        name: key.name.clone(),
        primary: entry.primary().map(|version| version_wire(&key.name, version)),
        purpose: CryptoKeyPurpose::EncryptDecrypt.into(),
        create_time: Some(timestamp(key.created_at)),
        next_rotation_time: key.rotation.next_at.map(timestamp),
        rotation_schedule: key
            .rotation
            .period_seconds
            .map(|seconds| RotationSchedule::RotationPeriod(Duration { seconds, nanos: 0 })),
        labels: key.labels.clone(),
        version_template: Some(template(key)),
        destroy_scheduled_duration: Some(Duration { seconds: key.destroy_after_seconds, nanos: 0 }),
        ..proto::CryptoKey::default()
    }
}

fn template(key: &Key) -> proto::CryptoKeyVersionTemplate {
    proto::CryptoKeyVersionTemplate {
        protection_level: level(key.protection).into(),
        algorithm: CryptoKeyVersionAlgorithm::GoogleSymmetricEncryption.into(),
    }
}

pub(super) fn version_wire(key: &str, version: &Version) -> proto::CryptoKeyVersion {
    let (state, destroy_time, destroy_event_time) = match version.state {
        State::Enabled => (CryptoKeyVersionState::Enabled, None, None),
        State::Disabled => (CryptoKeyVersionState::Disabled, None, None),
        State::DestroyScheduled { destroy_at } => {
            (CryptoKeyVersionState::DestroyScheduled, Some(destroy_at), None)
        }
        State::Destroyed { scheduled_for, at } => {
            (CryptoKeyVersionState::Destroyed, Some(scheduled_for), Some(at))
        }
    };
    proto::CryptoKeyVersion {
        name: format!("{key}/cryptoKeyVersions/{}", version.number),
        state: state.into(),
        create_time: Some(timestamp(version.created_at)),
        generate_time: Some(timestamp(version.created_at)),
        destroy_time: destroy_time.map(timestamp),
        destroy_event_time: destroy_event_time.map(timestamp),
        protection_level: level(version.protection).into(),
        algorithm: CryptoKeyVersionAlgorithm::GoogleSymmetricEncryption.into(),
        ..proto::CryptoKeyVersion::default()
    }
}

pub(super) const fn level(protection: Protection) -> ProtectionLevel {
    match protection {
        Protection::Software => ProtectionLevel::Software,
        Protection::Hsm => ProtectionLevel::Hsm,
    }
}

/// The key that a caller wants.
///
/// # Errors
/// [`Refusal::Invalid`] when the purpose is missing or contradicts the algorithm;
/// [`Refusal::Unimplemented`] for everything but symmetric keys.
pub(super) fn new_key(wire: proto::CryptoKey, is_empty: bool) -> Result<NewKey, Refusal> {
    match wire.purpose() {
        CryptoKeyPurpose::EncryptDecrypt => {}
        CryptoKeyPurpose::Unspecified => {
            return Err(Refusal::invalid("crypto_key.purpose: required, such as ENCRYPT_DECRYPT"));
        }
        purpose => {
            return Err(Refusal::Unimplemented(format!(
                "keys with the purpose {}",
                purpose.as_str_name()
            )));
        }
    }
    refuse_unsupported(&wire)?;
    Ok(NewKey {
        protection: protection(wire.version_template.as_ref())?,
        rotation: Rotation {
            period_seconds: period(&wire)?,
            next_at: wire.next_rotation_time.as_ref().map(moment).transpose()?,
        },
        destroy_after_seconds: wire.destroy_scheduled_duration.map(|duration| duration.seconds),
        labels: wire.labels,
        is_empty,
    })
}

/// The changes that an update mask selects.
///
/// # Errors
/// [`Refusal::Invalid`] for an empty mask or an unknown field; [`Refusal::Unimplemented`] for a
/// setting that the local cloud does not have.
pub(super) fn key_changes(wire: &proto::CryptoKey, mask: &[String]) -> Result<KeyChanges, Refusal> {
    if mask.is_empty() {
        return Err(Refusal::invalid("update_mask: required"));
    }
    let mut changes = KeyChanges::default();
    for field in mask {
        match field.as_str() {
            "labels" => changes.labels = Some(wire.labels.clone()),
            "rotation_period" => changes.period_seconds = Some(period(wire)?),
            "next_rotation_time" => {
                let next = wire.next_rotation_time.as_ref().map(moment).transpose()?;
                changes.next_at = Some(next);
            }
            "version_template"
            | "version_template.algorithm"
            | "version_template.protection_level" => {
                changes.protection = Some(protection(wire.version_template.as_ref())?);
            }
            "key_access_justifications_policy" => {
                return Err(Refusal::Unimplemented(
                    "justifications of access (key_access_justifications_policy)".to_owned(),
                ));
            }
            other => {
                return Err(Refusal::invalid(format!(
                    "update_mask: field '{other}' of a key cannot be changed"
                )));
            }
        }
    }
    Ok(changes)
}

fn refuse_unsupported(wire: &proto::CryptoKey) -> Result<(), Refusal> {
    let unsupported = [
        (wire.import_only, "keys with imported versions (import_only)"),
        (!wire.crypto_key_backend.is_empty(), "external key managers (crypto_key_backend)"),
        (
            wire.key_access_justifications_policy.is_some(),
            "justifications of access (key_access_justifications_policy)",
        ),
    ];
    match unsupported.iter().find(|(given, _)| *given) {
        Some((_, what)) => Err(Refusal::Unimplemented((*what).to_owned())),
        None => Ok(()),
    }
}

fn protection(template: Option<&proto::CryptoKeyVersionTemplate>) -> Result<Protection, Refusal> {
    let Some(template) = template else { return Ok(Protection::Software) };
    match template.algorithm() {
        CryptoKeyVersionAlgorithm::Unspecified
        | CryptoKeyVersionAlgorithm::GoogleSymmetricEncryption => {}
        other => {
            return Err(Refusal::invalid(format!(
                "crypto_key.version_template.algorithm: {} does not fit the purpose \
                 ENCRYPT_DECRYPT",
                other.as_str_name()
            )));
        }
    }
    match template.protection_level() {
        ProtectionLevel::Unspecified | ProtectionLevel::Software => Ok(Protection::Software),
        ProtectionLevel::Hsm => Ok(Protection::Hsm),
        other => {
            Err(Refusal::Unimplemented(format!("the protection level {}", other.as_str_name())))
        }
    }
}

fn period(wire: &proto::CryptoKey) -> Result<Option<i64>, Refusal> {
    match &wire.rotation_schedule {
        None => Ok(None),
        Some(RotationSchedule::RotationPeriod(period)) if period.nanos == 0 => {
            Ok(Some(period.seconds))
        }
        Some(RotationSchedule::RotationPeriod(_)) => {
            Err(Refusal::invalid("crypto_key.rotation_period: must be whole seconds"))
        }
    }
}

fn timestamp(time: OffsetDateTime) -> Timestamp {
    Timestamp {
        seconds: time.unix_timestamp(),
        nanos: i32::try_from(time.nanosecond()).unwrap_or_default(),
    }
}

fn moment(time: &Timestamp) -> Result<OffsetDateTime, Refusal> {
    let nanos = i128::from(time.seconds) * 1_000_000_000 + i128::from(time.nanos);
    OffsetDateTime::from_unix_timestamp_nanos(nanos)
        .map_err(|_| Refusal::invalid("a timestamp is out of range"))
}

/// The paths of an update mask, in snake case.
pub(super) fn mask_paths<'a>(paths: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    paths.into_iter().map(snake_case).filter(|path| !path.is_empty()).collect()
}

fn snake_case(field: &str) -> String {
    let mut snake = String::new();
    for c in field.trim().chars() {
        if c.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(c.to_ascii_lowercase());
    }
    snake
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_name_fields_in_either_case() {
        assert_eq!(
            mask_paths("rotationPeriod,next_rotation_time, labels".split(',')),
            ["rotation_period", "next_rotation_time", "labels"]
        );
    }

    #[test]
    fn keys_of_other_kinds_are_refused_by_name() {
        let symmetric = || proto::CryptoKey {
            purpose: CryptoKeyPurpose::EncryptDecrypt.into(),
            ..proto::CryptoKey::default()
        };
        assert!(new_key(symmetric(), false).is_ok());
        let template = |level: ProtectionLevel, algorithm: CryptoKeyVersionAlgorithm| {
            Some(proto::CryptoKeyVersionTemplate {
                protection_level: level.into(),
                algorithm: algorithm.into(),
            })
        };
        let symmetric_algorithm = CryptoKeyVersionAlgorithm::GoogleSymmetricEncryption;
        for (wire, expected) in [
            (
                proto::CryptoKey { purpose: CryptoKeyPurpose::Mac.into(), ..symmetric() },
                "keys with the purpose MAC",
            ),
            (proto::CryptoKey { purpose: 0, ..symmetric() }, "crypto_key.purpose: required"),
            (proto::CryptoKey { import_only: true, ..symmetric() }, "import_only"),
            (
                proto::CryptoKey {
                    version_template: template(ProtectionLevel::External, symmetric_algorithm),
                    ..symmetric()
                },
                "the protection level EXTERNAL",
            ),
            (
                proto::CryptoKey {
                    version_template: template(
                        ProtectionLevel::Software,
                        CryptoKeyVersionAlgorithm::EcSignP256Sha256,
                    ),
                    ..symmetric()
                },
                "EC_SIGN_P256_SHA256 does not fit",
            ),
        ] {
            let refused = new_key(wire, false).unwrap_err().to_string();
            assert!(refused.contains(expected), "{refused}");
        }
    }
}
