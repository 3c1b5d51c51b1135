//! What Cloud Storage demands of a bucket's settings and of its policy.
//!
//! <https://cloud.google.com/storage/docs/json_api/v1/buckets>,
//! <https://cloud.google.com/storage/docs/public-access-prevention>,
//! <https://cloud.google.com/storage/docs/locations>

use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::{BucketAttributes, StorageError};

/// Locations of more than one region. The part of the world where the regions of a dual-region of
/// the user's choice are is the beginning of their names.
const MULTI_REGIONS: [(&str, &[&str]); 3] =
    [("US", &["US-"]), ("EU", &["EUROPE-"]), ("ASIA", &["ASIA-"])];

/// Pairs of regions that have names of their own.
const DUAL_REGIONS: [&str; 6] = ["ASIA1", "EUR4", "EUR5", "EUR7", "EUR8", "NAM4"];

const STORAGE_CLASSES: [&str; 7] = [
    "STANDARD",
    "NEARLINE",
    "COLDLINE",
    "ARCHIVE",
    "MULTI_REGIONAL",
    "REGIONAL",
    "DURABLE_REDUCED_AVAILABILITY",
];

/// Members that everybody is.
const PUBLIC: [&str; 2] = ["allUsers", "allAuthenticatedUsers"];

/// The kind of a location, as `locationType` names it. A dual-region of the user's choice is a
/// multi-region with two regions in it.
pub(crate) fn location_type(attributes: &BucketAttributes) -> &'static str {
    let location = attributes.location.as_str();
    match location {
        _ if attributes.recorded.contains_key(PLACEMENT) => "dual-region",
        _ if location.contains('-') => "region",
        _ if location.ends_with(|c: char| c.is_ascii_digit()) => "dual-region",
        _ => "multi-region",
    }
}

const PLACEMENT: &str = "customPlacementConfig";
const AUTOCLASS: &str = "autoclass";
const LIFECYCLE: &str = "lifecycle";
const RPO: &str = "rpo";

fn invalid<T>(text: impl Into<String>) -> Result<T, StorageError> {
    Err(StorageError::Invalid(text.into()))
}

/// Checks the location of a new bucket.
///
/// # Errors
/// [`StorageError::Invalid`].
pub(crate) fn check_location(location: &str) -> Result<(), StorageError> {
    let location = location.to_ascii_uppercase();
    let is_known = location.is_empty()
        || is_region(&location)
        || MULTI_REGIONS.iter().any(|(name, _)| *name == location)
        || DUAL_REGIONS.contains(&location.as_str());
    if is_known { Ok(()) } else { invalid("The specified location constraint is not valid.") }
}

/// `EUROPE-WEST1`.
fn is_region(text: &str) -> bool {
    let name = text.trim_end_matches(|c: char| c.is_ascii_digit());
    name.len() < text.len()
        && name.contains('-')
        && name
            .split('-')
            .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_uppercase()))
}

/// # Errors
/// [`StorageError::Invalid`].
pub(crate) fn check_storage_class(class: &str) -> Result<(), StorageError> {
    if class.is_empty() || STORAGE_CLASSES.contains(&class) {
        return Ok(());
    }
    invalid(format!("Invalid storage class: {class}"))
}

/// Checks settings whose location is known and whose defaults are filled in, and adds the defaults
/// of what is recorded. `before`: the settings that they replace.
///
/// # Errors
/// [`StorageError::Invalid`].
pub(crate) fn checked(
    mut attributes: BucketAttributes,
    before: Option<&BucketAttributes>,
    now: OffsetDateTime,
) -> Result<BucketAttributes, StorageError> {
    check_storage_class(&attributes.storage_class)?;
    match attributes.public_access_prevention.as_str() {
        "inherited" | "enforced" => {}
        // What `inherited` was called once.
        "unspecified" => "inherited".clone_into(&mut attributes.public_access_prevention),
        other => return invalid(format!("Invalid value for publicAccessPrevention: {other}")),
    }
    if let Some(placement) = attributes.recorded.get(PLACEMENT) {
        check_placement(&attributes.location, placement)?;
    }
    check_rpo(&mut attributes)?;
    if let Some(lifecycle) = attributes.recorded.get(LIFECYCLE) {
        check_lifecycle(lifecycle)?;
    }
    if let Some(autoclass) = attributes.recorded.remove(AUTOCLASS) {
        let before = before.and_then(|before| before.recorded.get(AUTOCLASS));
        if let Some(autoclass) = with_defaults(&autoclass, before, &attributes.storage_class, now)?
        {
            attributes.recorded.insert(AUTOCLASS.to_owned(), autoclass);
        }
    }
    Ok(attributes)
}

/// A dual-region of the user's choice: two regions of the multi-region that is the location.
fn check_placement(location: &str, placement: &Value) -> Result<(), StorageError> {
    let named: Vec<String> = placement["dataLocations"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|region| Some(region.as_str()?.to_ascii_uppercase()))
        .collect();
    let [first, second] = named.as_slice() else {
        return invalid("customPlacementConfig.dataLocations must name exactly two regions");
    };
    let starts = MULTI_REGIONS.iter().find(|(name, _)| *name == location);
    let Some((_, starts)) = starts else {
        return invalid(format!("customPlacementConfig needs a multi-region, not {location}"));
    };
    let is_inside =
        |region: &String| is_region(region) && starts.iter().any(|start| region.starts_with(start));
    if first == second || !is_inside(first) || !is_inside(second) {
        return invalid(format!("{first} and {second} are not two regions of {location}"));
    }
    Ok(())
}

/// The recovery point objective. Only data that is in two regions has a choice.
fn check_rpo(attributes: &mut BucketAttributes) -> Result<(), StorageError> {
    let kind = location_type(attributes);
    let given = attributes.recorded.get(RPO).map(|rpo| rpo.as_str().unwrap_or_default().to_owned());
    match (given.as_deref(), kind) {
        (None, "region") | (Some("ASYNC_TURBO"), "dual-region") => {}
        (None | Some("DEFAULT"), "dual-region" | "multi-region") => {
            attributes.recorded.insert(RPO.to_owned(), json!("DEFAULT"));
        }
        (Some(rpo @ ("DEFAULT" | "ASYNC_TURBO")), _) => {
            return invalid(format!("the rpo of a bucket in a {kind} cannot be {rpo}"));
        }
        (Some(other), _) => return invalid(format!("Invalid value for rpo: {other}")),
        (None, _) => {}
    }
    Ok(())
}

/// Checks the actions of lifecycle rules, which are stored and never executed.
fn check_lifecycle(lifecycle: &Value) -> Result<(), StorageError> {
    for (index, rule) in lifecycle["rule"].as_array().into_iter().flatten().enumerate() {
        let action = &rule["action"];
        let at = format!("lifecycle.rule[{index}].action");
        match action["type"].as_str() {
            Some("Delete" | "AbortIncompleteMultipartUpload") => {}
            Some("SetStorageClass") => match action["storageClass"].as_str() {
                Some(class) if !class.is_empty() => check_storage_class(class)?,
                Some(_) | None => return invalid(format!("{at}.storageClass: required")),
            },
            Some(other) => return invalid(format!("Invalid value for {at}.type: {other}")),
            None => return invalid(format!("{at}.type: required")),
        }
    }
    Ok(())
}

/// Autoclass with its defaults; `None` if nothing is said about it.
fn with_defaults(
    given: &Value,
    before: Option<&Value>,
    storage_class: &str,
    now: OffsetDateTime,
) -> Result<Option<Value>, StorageError> {
    let named = given["terminalStorageClass"].as_str();
    let terminal = named.unwrap_or("NEARLINE");
    if !matches!(terminal, "NEARLINE" | "ARCHIVE") {
        return invalid(format!("Invalid value for autoclass.terminalStorageClass: {terminal}"));
    }
    if given["enabled"] != json!(true) {
        return Ok(named.map(|_| json!({"enabled": false, "terminalStorageClass": terminal})));
    }
    if storage_class != "STANDARD" {
        return invalid("Autoclass needs the default storage class STANDARD");
    }
    let now = json!(now.format(&Rfc3339).unwrap_or_default());
    let before = before.filter(|before| before["enabled"] == json!(true));
    let since = |field: &str| before.map(|before| before[field].clone());
    let is_same = before.is_some_and(|before| before["terminalStorageClass"] == terminal);
    let changed = if is_same { since("terminalStorageClassUpdateTime") } else { None };
    Ok(Some(json!({
        "enabled": true,
        "toggleTime": since("toggleTime").unwrap_or_else(|| now.clone()),
        "terminalStorageClass": terminal,
        "terminalStorageClassUpdateTime": changed.unwrap_or(now),
    })))
}

/// Checks a new policy of a bucket.
///
/// # Errors
/// [`StorageError::Invalid`]; [`StorageError::PublicAccess`].
pub(crate) fn check_policy(
    attributes: &BucketAttributes,
    policy: &Value,
) -> Result<(), StorageError> {
    if !matches!(policy["version"].as_i64(), None | Some(0 | 1 | 3)) {
        return invalid(format!("Invalid argument: version {} of a policy", policy["version"]));
    }
    for binding in bindings(policy) {
        if binding["role"].as_str().is_none_or(str::is_empty) {
            return invalid("Invalid argument: a binding of the policy has no role");
        }
        if !binding["members"].is_array() {
            return invalid("Invalid argument: a binding of the policy has no members");
        }
        let members = || binding["members"].as_array().into_iter().flatten();
        let is_public =
            members().any(|member| member.as_str().is_some_and(|member| PUBLIC.contains(&member)));
        if is_public && attributes.public_access_prevention == "enforced" {
            return Err(StorageError::PublicAccess);
        }
    }
    if has_conditions(policy) && !attributes.uniform_access {
        return invalid("IAM conditions need uniform bucket-level access");
    }
    if has_conditions(policy) && policy["version"] != json!(3) {
        return invalid("a policy with IAM conditions must have version 3");
    }
    Ok(())
}

pub(crate) fn has_conditions(policy: &Value) -> bool {
    bindings(policy).any(|binding| !binding["condition"].is_null())
}

fn bindings(policy: &Value) -> impl Iterator<Item = &Value> {
    policy["bindings"].as_array().into_iter().flatten()
}

#[cfg(test)]
mod tests;
