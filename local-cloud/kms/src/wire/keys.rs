//! Key rings, keys and versions.

use super::convert::{key_changes, key_wire, mask_paths, new_key, ring_wire, version_wire};
use super::page::{Asked, json_of, page};
use super::proto;
use super::proto::crypto_key_version::CryptoKeyVersionState;
use crate::core::{KeyName, LocationName, RingName, Transition, VersionName};
use crate::{Refusal, Service, ServiceError};

/// The fields by which key rings, keys and versions can be filtered.
const RING_FIELDS: [&str; 2] = ["createTime", "name"];
const KEY_FIELDS: [&str; 12] = [
    "createTime",
    "cryptoKeyBackend",
    "destroyScheduledDuration",
    "importOnly",
    "keyAccessJustificationsPolicy",
    "labels",
    "name",
    "nextRotationTime",
    "primary",
    "purpose",
    "rotationPeriod",
    "versionTemplate",
];
const VERSION_FIELDS: [&str; 10] = [
    "algorithm",
    "createTime",
    "destroyEventTime",
    "destroyTime",
    "generateTime",
    "importTime",
    "name",
    "protectionLevel",
    "reimportEligible",
    "state",
];

pub(super) fn list_rings(
    service: &Service,
    request: &proto::ListKeyRingsRequest,
) -> Result<proto::ListKeyRingsResponse, ServiceError> {
    let location = LocationName::parse(&service.resource_name(&request.parent))?;
    let asked = Asked {
        size: request.page_size,
        token: &request.page_token,
        filter: &request.filter,
        fields: &RING_FIELDS,
        order_by: &request.order_by,
    };
    let core = service.core()?;
    let (key_rings, next_page_token, total_size) = page(
        core.rings_of(&location).into_iter().map(ring_wire),
        &asked,
        |ring, token| ring.name.as_str() > token,
        |ring| ring.name.clone(),
        json_of,
    )?;
    Ok(proto::ListKeyRingsResponse { key_rings, next_page_token, total_size })
}

pub(super) fn get_ring(service: &Service, name: &str) -> Result<proto::KeyRing, ServiceError> {
    let name = RingName::parse(&service.resource_name(name))?;
    Ok(ring_wire(service.core()?.ring(&name)?))
}

pub(super) fn create_ring(
    service: &Service,
    request: &proto::CreateKeyRingRequest,
) -> Result<proto::KeyRing, ServiceError> {
    let location = LocationName::parse(&service.resource_name(&request.parent))?;
    let name = location.ring(&request.key_ring_id)?;
    Ok(ring_wire(&service.commit(|core, _, now| core.create_ring(&name, now))?))
}

pub(super) fn list_keys(
    service: &Service,
    request: &proto::ListCryptoKeysRequest,
) -> Result<proto::ListCryptoKeysResponse, ServiceError> {
    let ring = RingName::parse(&service.resource_name(&request.parent))?;
    let asked = Asked {
        size: request.page_size,
        token: &request.page_token,
        filter: &request.filter,
        fields: &KEY_FIELDS,
        order_by: &request.order_by,
    };
    let core = service.core()?;
    let (crypto_keys, next_page_token, total_size) = page(
        core.keys_of(&ring)?.into_iter().map(key_wire),
        &asked,
        |key, token| key.name.as_str() > token,
        |key| key.name.clone(),
        json_of,
    )?;
    Ok(proto::ListCryptoKeysResponse { crypto_keys, next_page_token, total_size })
}

pub(super) fn get_key(service: &Service, name: &str) -> Result<proto::CryptoKey, ServiceError> {
    let name = KeyName::parse(&service.resource_name(name))?;
    Ok(key_wire(service.core()?.entry(&name)?))
}

pub(super) fn create_key(
    service: &Service,
    request: proto::CreateCryptoKeyRequest,
) -> Result<proto::CryptoKey, ServiceError> {
    let ring = RingName::parse(&service.resource_name(&request.parent))?;
    let name = ring.key(&request.crypto_key_id)?;
    if request.trusted_wrapping_enabled {
        let what = "wrapping by trusted keys (trusted_wrapping_enabled)";
        return Err(Refusal::Unimplemented(what.to_owned()).into());
    }
    let wire = request.crypto_key.unwrap_or_default();
    let new = new_key(wire, request.skip_initial_version_creation)?;
    service.commit(|core, material, now| core.create_key(&name, new, material, now))?;
    Ok(key_wire(service.core()?.entry(&name)?))
}

pub(super) fn update_key(
    service: &Service,
    request: proto::UpdateCryptoKeyRequest,
) -> Result<proto::CryptoKey, ServiceError> {
    let wire = request.crypto_key.unwrap_or_default();
    let name = KeyName::parse(&service.resource_name(&wire.name))?;
    let mask = request.update_mask.unwrap_or_default();
    let changes = key_changes(&wire, &mask_paths(mask.paths.iter().map(String::as_str)))?;
    service.commit(|core, _, _| core.change_key(&name, changes))?;
    Ok(key_wire(service.core()?.entry(&name)?))
}

pub(super) fn set_primary(
    service: &Service,
    request: &proto::UpdateCryptoKeyPrimaryVersionRequest,
) -> Result<proto::CryptoKey, ServiceError> {
    let name = KeyName::parse(&service.resource_name(&request.name))?;
    let number = request.crypto_key_version_id.parse().map_err(|_| {
        Refusal::invalid(format!(
            "crypto_key_version_id: '{}' is not the number of a version",
            request.crypto_key_version_id
        ))
    })?;
    service.commit(|core, _, _| core.set_primary(&name.version(number)))?;
    Ok(key_wire(service.core()?.entry(&name)?))
}

pub(super) fn list_versions(
    service: &Service,
    request: &proto::ListCryptoKeyVersionsRequest,
) -> Result<proto::ListCryptoKeyVersionsResponse, ServiceError> {
    let name = KeyName::parse(&service.resource_name(&request.parent))?;
    let asked = Asked {
        size: request.page_size,
        token: &request.page_token,
        filter: &request.filter,
        fields: &VERSION_FIELDS,
        order_by: &request.order_by,
    };
    let core = service.core()?;
    let key = name.to_string();
    let id = |version: &proto::CryptoKeyVersion| {
        version.name.rsplit('/').next().unwrap_or_default().to_owned()
    };
    let (crypto_key_versions, next_page_token, total_size) = page(
        core.entry(&name)?.versions.values().map(|version| version_wire(&key, version)),
        &asked,
        |version, before| {
            let number = id(version).parse::<u64>().ok();
            number.zip(before.parse::<u64>().ok()).is_some_and(|(number, before)| number > before)
        },
        id,
        json_of,
    )?;
    Ok(proto::ListCryptoKeyVersionsResponse { crypto_key_versions, next_page_token, total_size })
}

pub(super) fn get_version(
    service: &Service,
    name: &str,
) -> Result<proto::CryptoKeyVersion, ServiceError> {
    let name = VersionName::parse(&service.resource_name(name))?;
    Ok(version_wire(&name.key.to_string(), service.core()?.version(&name)?))
}

pub(super) fn create_version(
    service: &Service,
    request: &proto::CreateCryptoKeyVersionRequest,
) -> Result<proto::CryptoKeyVersion, ServiceError> {
    let name = KeyName::parse(&service.resource_name(&request.parent))?;
    let external = request.crypto_key_version.as_ref();
    if external.is_some_and(|version| version.external_protection_level_options.is_some()) {
        let what = "external key managers (external_protection_level_options)";
        return Err(Refusal::Unimplemented(what.to_owned()).into());
    }
    let version =
        service.commit(|core, material, now| core.create_version(&name, material, now))?;
    Ok(version_wire(&name.to_string(), &version))
}

/// An update changes only the state, and only between `ENABLED` and `DISABLED`, as at Google.
pub(super) fn update_version(
    service: &Service,
    request: &proto::UpdateCryptoKeyVersionRequest,
) -> Result<proto::CryptoKeyVersion, ServiceError> {
    let wire = request.crypto_key_version.clone().unwrap_or_default();
    let mask = request.update_mask.clone().unwrap_or_default();
    let mask = mask_paths(mask.paths.iter().map(String::as_str));
    if mask.is_empty() {
        return Err(Refusal::invalid("update_mask: required").into());
    }
    if let Some(other) = mask.iter().find(|path| *path != "state") {
        let text = format!("update_mask: field '{other}' of a version cannot be changed");
        return Err(Refusal::Invalid(text).into());
    }
    let transition = match wire.state() {
        CryptoKeyVersionState::Enabled => Transition::Enable,
        CryptoKeyVersionState::Disabled => Transition::Disable,
        other => {
            let text = format!(
                "crypto_key_version.state: must be ENABLED or DISABLED, not {}",
                other.as_str_name()
            );
            return Err(Refusal::Invalid(text).into());
        }
    };
    change_version(service, &wire.name, transition)
}

pub(super) fn change_version(
    service: &Service,
    name: &str,
    transition: Transition,
) -> Result<proto::CryptoKeyVersion, ServiceError> {
    let name = VersionName::parse(&service.resource_name(name))?;
    let version = service.commit(|core, _, now| core.change_version(&name, transition, now))?;
    Ok(version_wire(&name.key.to_string(), &version))
}
