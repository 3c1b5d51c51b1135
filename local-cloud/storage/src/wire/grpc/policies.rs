//! IAM policies over gRPC: the same documents as over the JSON API.

use longshore_local_kit::policy::{Binding, Condition, check_mask};
use serde_json::{Map, Value, json};

use super::messages::bucket_id;
use crate::StorageError;
use crate::wire::iam::{self, v1};
use crate::wire::shell::Shell;

pub(super) async fn get(
    shell: &Shell,
    request: v1::GetIamPolicyRequest,
) -> Result<v1::Policy, StorageError> {
    let bucket = bucket_id(&request.resource)?;
    let field = "options.requested_policy_version";
    let requested = request.options.map_or(0, |options| options.requested_policy_version);
    // A negative version is refused like any other that does not exist.
    let requested = (requested != 0).then(|| u32::try_from(requested).unwrap_or(u32::MAX));
    let (policy, version) = iam::read(shell, bucket, field, requested).await?;
    to_wire(&policy, version)
}

pub(super) async fn set(
    shell: &Shell,
    request: v1::SetIamPolicyRequest,
) -> Result<v1::Policy, StorageError> {
    let bucket = bucket_id(&request.resource)?;
    let mask = request.update_mask.unwrap_or_default();
    check_mask(&mask.paths).map_err(|error| StorageError::Unimplemented(error.message().into()))?;
    let policy = request.policy;
    let policy = policy.ok_or_else(|| StorageError::Invalid("policy: required".to_owned()))?;
    let seen = (!policy.etag.is_empty()).then(|| iam::version_in(&policy.etag)).transpose()?;
    let document = from_wire(policy);
    let stored = document.clone();
    let version =
        shell.with_service(move |service| service.set_policy(&bucket, stored, seen)).await?;
    to_wire(&document, version)
}

pub(super) async fn test(
    shell: &Shell,
    request: v1::TestIamPermissionsRequest,
) -> Result<v1::TestIamPermissionsResponse, StorageError> {
    let (bucket, permissions) = (bucket_id(&request.resource)?, request.permissions);
    iam::check_permissions(shell, bucket, &permissions).await?;
    Ok(v1::TestIamPermissionsResponse { permissions })
}

fn from_wire(policy: v1::Policy) -> Value {
    let bindings = policy.bindings.into_iter().map(|binding| {
        let mut fields = Map::new();
        fields.insert("role".to_owned(), binding.role.into());
        fields.insert("members".to_owned(), binding.members.into());
        if let Some(condition) = binding.condition {
            let texts = [
                ("title", condition.title),
                ("description", condition.description),
                ("expression", condition.expression),
                ("location", condition.location),
            ];
            let texts = texts.into_iter().filter(|(_, text)| !text.is_empty());
            let texts: Map<_, _> =
                texts.map(|(name, text)| (name.to_owned(), text.into())).collect();
            fields.insert("condition".to_owned(), Value::Object(texts));
        }
        Value::Object(fields)
    });
    let mut document = json!({"bindings": bindings.collect::<Vec<_>>()});
    if policy.version != 0 {
        document["version"] = policy.version.into();
    }
    document
}

fn to_wire(policy: &Value, version: u64) -> Result<v1::Policy, StorageError> {
    let condition = |condition: Condition| v1::Condition {
        expression: condition.expression,
        title: condition.title,
        description: condition.description,
        location: condition.location,
    };
    let bindings: Vec<Binding> = match &policy["bindings"] {
        Value::Null => Vec::new(),
        bindings => serde_json::from_value(bindings.clone())
            .map_err(|error| StorageError::Content(error.into()))?,
    };
    let bindings = bindings.into_iter().map(|binding| v1::Binding {
        role: binding.role,
        members: binding.members,
        condition: binding.condition.map(condition),
    });
    Ok(v1::Policy {
        version: policy["version"]
            .as_i64()
            .and_then(|version| i32::try_from(version).ok())
            .unwrap_or(1),
        etag: version.to_string().into(),
        bindings: bindings.collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_survives_its_document() {
        let condition = v1::Condition {
            title: "t".to_owned(),
            expression: "true".to_owned(),
            ..v1::Condition::default()
        };
        let binding = v1::Binding {
            role: "roles/storage.objectViewer".to_owned(),
            members: vec!["allUsers".to_owned()],
            condition: Some(condition),
        };
        let policy = v1::Policy { version: 3, etag: "7".into(), bindings: vec![binding] };
        let document = from_wire(policy.clone());
        assert_eq!(
            document["bindings"][0]["condition"],
            json!({"title": "t", "expression": "true"})
        );
        assert_eq!(to_wire(&document, 7).unwrap(), policy);
        assert_eq!(iam::version_in(&policy.etag).unwrap(), 7);
        assert!(matches!(iam::version_in(b"ACAB"), Err(StorageError::Precondition)));
    }
}
