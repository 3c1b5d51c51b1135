//! Update masks: the fields of a service that a `patch` writes.

use google_cloud_run_v2::model::Service;
use serde_json::{Map, Value};

use super::refusal::Refusal;

/// The fields that callers may write; all others are output.
const WRITABLE: [&str; 17] = [
    "annotations",
    "binaryAuthorization",
    "buildConfig",
    "client",
    "clientVersion",
    "customAudiences",
    "defaultUriDisabled",
    "description",
    "iapEnabled",
    "ingress",
    "invokerIamDisabled",
    "labels",
    "launchStage",
    "multiRegionSettings",
    "scaling",
    "template",
    "traffic",
];

/// Maps are replaced as a whole: a key may contain dots, so a path into a map would be ambiguous.
const MAPS: [&str; 2] = ["annotations", "labels"];

/// The current service with the masked fields taken from the patch.
///
/// As on Google, an empty mask or `*` writes every writable field, and resets those that the patch
/// omits. Names may be in camel case or snake case. Output fields and the etag are ignored.
pub(crate) fn merge(current: &Service, patch: &Service, mask: &str) -> Result<Service, Refusal> {
    let internal = |error: serde_json::Error| {
        Refusal::Internal(format!("cannot apply the update mask: {error}"))
    };
    let mut merged = object(current).map_err(internal)?;
    let patch = object(patch).map_err(internal)?;
    let paths: Vec<String> =
        mask.split(',').map(str::trim).filter(|path| !path.is_empty()).map(camel_case).collect();
    if paths.is_empty() || paths.iter().any(|path| path == "*") {
        for field in WRITABLE {
            set(&mut merged, &patch, &[field], field)?;
        }
    }
    for path in paths.iter().filter(|path| *path != "*") {
        let segments: Vec<&str> = path.split('.').collect();
        let top = segments.first().copied().unwrap_or_default();
        if !WRITABLE.contains(&top) {
            if is_output(top) {
                continue;
            }
            return Err(Refusal::invalid(format!(
                "update_mask: '{path}' is not a field of a service"
            )));
        }
        let into_a_map = segments.iter().rev().skip(1).any(|segment| MAPS.contains(segment));
        if into_a_map {
            return Err(Refusal::invalid(format!(
                "update_mask: '{path}': a map can be replaced only as a whole"
            )));
        }
        set(&mut merged, &patch, &segments, path)?;
    }
    serde_json::from_value(Value::Object(merged)).map_err(internal)
}

fn object(service: &Service) -> serde_json::Result<Map<String, Value>> {
    match serde_json::to_value(service)? {
        Value::Object(map) => Ok(map),
        _ => Ok(Map::new()),
    }
}

fn is_output(field: &str) -> bool {
    const OUTPUT: [&str; 21] = [
        "name",
        "uid",
        "etag",
        "generation",
        "createTime",
        "updateTime",
        "deleteTime",
        "expireTime",
        "creator",
        "lastModifier",
        "observedGeneration",
        "terminalCondition",
        "conditions",
        "latestReadyRevision",
        "latestCreatedRevision",
        "trafficStatuses",
        "uri",
        "urls",
        "satisfiesPzs",
        "reconciling",
        "threatDetectionEnabled",
    ];
    OUTPUT.contains(&field)
}

/// Copies the field at `segments`. A field that the patch omits is removed, which resets it to its
/// default.
fn set(
    target: &mut Map<String, Value>,
    patch: &Map<String, Value>,
    segments: &[&str],
    path: &str,
) -> Result<(), Refusal> {
    let Some((field, deeper)) = segments.split_first() else { return Ok(()) };
    if deeper.is_empty() {
        match patch.get(*field) {
            Some(value) => target.insert((*field).to_owned(), value.clone()),
            None => target.remove(*field),
        };
        return Ok(());
    }
    let empty = Map::new();
    let inner_patch = match patch.get(*field) {
        Some(Value::Object(map)) => map,
        None => &empty,
        Some(_) => {
            return Err(Refusal::invalid(format!(
                "update_mask: '{path}' traverses a field that is not a message"
            )));
        }
    };
    match target.entry((*field).to_owned()).or_insert_with(|| Value::Object(Map::new())) {
        Value::Object(inner) => set(inner, inner_patch, deeper, path),
        _ => Err(Refusal::invalid(format!(
            "update_mask: '{path}' traverses a field that is not a message"
        ))),
    }
}

fn camel_case(path: &str) -> String {
    let mut result = String::with_capacity(path.len());
    let mut upper = false;
    for c in path.chars() {
        match (c, upper) {
            ('_', _) => upper = true,
            (c, true) => {
                result.push(c.to_ascii_uppercase());
                upper = false;
            }
            (c, false) => result.push(c),
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use google_cloud_run_v2::model::{Container, RevisionTemplate};

    use super::*;

    fn service() -> Service {
        let template = RevisionTemplate::new()
            .set_containers([Container::new().set_image("h.dev/a:1")])
            .set_labels([("k", "v")]);
        Service::new()
            .set_description("old")
            .set_labels([("a", "1")])
            .set_template(template)
            .set_uid("u")
    }

    #[test]
    fn only_named_fields_change() {
        let patch = Service::new().set_description("new").set_labels([("b", "2")]).set_uid("other");
        let merged = merge(&service(), &patch, "description,uid").unwrap();
        assert_eq!(merged.description, "new");
        assert_eq!(merged.labels, service().labels);
        assert_eq!(merged.uid, "u");
    }

    #[test]
    fn without_a_mask_omitted_fields_are_reset() {
        let merged = merge(&service(), &Service::new().set_description("new"), "").unwrap();
        assert!(merged.labels.is_empty() && merged.template.is_none());
        assert_eq!(merged.uid, "u");
    }

    #[test]
    fn a_path_leads_into_messages_in_either_case() {
        let template = RevisionTemplate::new()
            .set_service_account("me")
            .set_max_instance_request_concurrency(7);
        let patch = Service::new().set_template(template);
        let merged = merge(
            &service(),
            &patch,
            "template.service_account,template.maxInstanceRequestConcurrency,template.labels",
        )
        .unwrap();
        let template = merged.template.unwrap();
        assert_eq!(template.service_account, "me");
        assert_eq!(template.max_instance_request_concurrency, 7);
        assert_eq!(template.containers.len(), 1);
        assert!(template.labels.is_empty());
    }

    #[test]
    fn a_path_to_nothing_into_a_map_or_into_a_list_is_rejected() {
        for mask in ["colour", "labels.a", "template.labels.k", "template.containers.image"] {
            assert!(
                matches!(
                    merge(&service(), &service(), mask).unwrap_err(),
                    Refusal::InvalidArgument(_)
                ),
                "{mask}"
            );
        }
    }
}
