//! The fields of a function that Google has over REST only, so they are not in its protos.

use serde_json::Value;

use crate::core::Refusal;
use crate::json;
use crate::proto::v2::Function;

/// Accepted without effect. The token lets a client share a build between functions of one source,
/// and output is ignored.
const IGNORED: [&str; 3] = ["/buildConfig/sourceToken", "/upgradeInfo", "/satisfiesPzi"];

/// Rejected, because without them the function would be another one.
const UNSERVED: [&str; 2] =
    ["/serviceConfig/directVpcNetworkInterface", "/serviceConfig/directVpcEgress"];

/// Reads the JSON of a function.
///
/// # Errors
/// [`Refusal::Invalid`] for anything that is not a function, [`Refusal::Unserved`] for a field that
/// the local cloud does not support.
pub(super) fn read(body: &[u8]) -> Result<Function, Refusal> {
    let body: &[u8] = if body.is_empty() { b"{}" } else { body };
    let mut document: Value = serde_json::from_slice(body)
        .map_err(|error| Refusal::invalid(format!("Invalid JSON payload received. {error}")))?;
    for pointer in IGNORED {
        take(&mut document, pointer);
    }
    for pointer in UNSERVED {
        if take(&mut document, pointer).is_some_and(|value| !value.is_null()) {
            let field = pointer.trim_start_matches('/').replace('/', ".");
            return Err(Refusal::Unserved(format!("direct VPC ({field})")));
        }
    }
    Ok(json::from_value(document)?)
}

/// The paths of an update mask, without those of fields that only REST has: [`read`] has refused a
/// value for them, so there is nothing to write. Output stands for a mask of nothing else, because an
/// empty mask writes every field.
pub(super) fn known(mask: &str) -> Vec<String> {
    let is_known = |path: &&str| {
        let pointer = format!("/{}", path.replace('.', "/"));
        !IGNORED.iter().chain(&UNSERVED).any(|field| *field == pointer)
    };
    let known: Vec<String> = mask.split(',').filter(is_known).map(str::to_owned).collect();
    if known.is_empty() { vec!["name".to_owned()] } else { known }
}

fn take(document: &mut Value, pointer: &str) -> Option<Value> {
    let (parent, field) = pointer.rsplit_once('/')?;
    document.pointer_mut(parent)?.as_object_mut()?.remove(field)
}

#[cfg(test)]
mod tests {
    use super::*;
    use longshore_local_kit::rest::Code;

    #[test]
    fn fields_of_rest_are_ignored_or_refused_by_name() {
        let read = |text: &str| read(text.as_bytes());
        let accepted =
            read(r#"{"buildConfig": {"sourceToken": "t", "runtime": "go125"}}"#).unwrap();
        assert_eq!(accepted.build_config.unwrap().runtime, "go125");
        let refused = read(r#"{"serviceConfig": {"directVpcEgress": "X"}}"#).unwrap_err();
        assert_eq!(refused.code(), Code::Unimplemented);
        assert!(refused.to_string().contains("serviceConfig.directVpcEgress"), "{refused}");
        // firebase-tools sends `null` for what a function does not set.
        read(r#"{"serviceConfig": {"directVpcEgress": null, "vpcConnector": null}}"#).unwrap();
        let mask = known("labels,serviceConfig.directVpcEgress,buildConfig.runtime");
        assert_eq!(mask, ["labels", "buildConfig.runtime"]);
        assert_eq!(known("upgradeInfo"), ["name"]);
        assert_eq!(known(""), [""]);
        for bad in ["[]", "{", r#"{"nothing": 1}"#] {
            assert_eq!(read(bad).unwrap_err().code(), Code::InvalidArgument, "{bad}");
        }
    }
}
