//! The fields of a function that Google has over REST only, so they are not in its protos.

use serde_json::{Map, Value};

use crate::core::Refusal;
use crate::json;
use crate::proto::v2::Function;

/// Output, which is ignored.
const UPGRADE: &str = "/upgradeInfo";
const SATISFIES_PZI: &str = "/satisfiesPzi";

/// Rejected: without the network, the function would be another one, and no operation has returned a
/// token for the build of its source.
const UNSERVED: [(&str, &str); 3] = [
    ("/buildConfig/sourceToken", "builds that several functions share"),
    ("/serviceConfig/directVpcNetworkInterface", "direct VPC"),
    ("/serviceConfig/directVpcEgress", "direct VPC"),
];

/// The messages of the information about an upgrade are those of a function.
const UPGRADED: [&str; 3] = ["buildConfig", "serviceConfig", "eventTrigger"];

const UPGRADE_STATE: &str = "upgradeState";

/// What the names of all states of an upgrade contain.
const OF_UPGRADE: &str = "UPGRADE";

/// Reads the JSON of a function.
///
/// # Errors
/// [`Refusal::Invalid`] for anything that is not a function, [`Refusal::Unserved`] for a field that
/// the local cloud does not support.
pub(super) fn read(body: &[u8]) -> Result<Function, Refusal> {
    let body: &[u8] = if body.is_empty() { b"{}" } else { body };
    let mut document: Value = serde_json::from_slice(body)
        .map_err(|error| Refusal::invalid(format!("Invalid JSON payload received. {error}")))?;
    match take(&mut document, SATISFIES_PZI) {
        None | Some(Value::Null | Value::Bool(_)) => {}
        Some(other) => return Err(wrong("satisfiesPzi", &other)),
    }
    match take(&mut document, UPGRADE) {
        None | Some(Value::Null) => {}
        Some(Value::Object(info)) => check_upgrade(info)?,
        Some(other) => return Err(wrong("upgradeInfo", &other)),
    }
    without_unserved(document)
}

fn without_unserved(mut document: Value) -> Result<Function, Refusal> {
    for (pointer, what) in UNSERVED {
        match take(&mut document, pointer) {
            None | Some(Value::Null) => {}
            Some(Value::String(text)) if text.is_empty() => {}
            Some(_) => {
                let field = pointer.trim_start_matches('/').replace('/', ".");
                return Err(Refusal::Unserved(format!("{what} ({field})")));
            }
        }
    }
    Ok(json::from_value(document)?)
}

/// Checks the types of the information about an upgrade.
fn check_upgrade(mut info: Map<String, Value>) -> Result<(), Refusal> {
    match info.remove(UPGRADE_STATE) {
        None | Some(Value::Null | Value::Number(_)) => {}
        Some(Value::String(state)) if state.contains(OF_UPGRADE) => {}
        Some(other) => return Err(wrong("upgradeInfo.upgradeState", &other)),
    }
    if let Some(unknown) = info.keys().find(|field| !UPGRADED.contains(&field.as_str())) {
        return Err(Refusal::invalid(format!(
            "Invalid JSON payload received. Unknown name \"{unknown}\" at 'upgradeInfo'"
        )));
    }
    without_unserved(Value::Object(info)).map(drop)
}

fn wrong(field: &str, value: &Value) -> Refusal {
    Refusal::invalid(format!("Invalid JSON payload received. Invalid value at '{field}': {value}"))
}

/// The paths of an update mask, without those of fields that only REST has: [`read`] has refused a
/// value for them, so there is nothing to write. Output stands for a mask of nothing else, because an
/// empty mask writes every field.
pub(super) fn known(mask: &str) -> Vec<String> {
    let is_known = |path: &&str| {
        let pointer = format!("/{}", path.replace('.', "/"));
        let unserved = UNSERVED.iter().map(|(field, _)| *field);
        ![UPGRADE, SATISFIES_PZI].into_iter().chain(unserved).any(|field| field == pointer)
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
    fn fields_of_rest_are_ignored_if_they_are_output_and_else_refused_by_name() {
        let read = |text: &str| read(text.as_bytes());
        let accepted = read(
            r#"{
                "buildConfig": {"runtime": "go125"},
                "satisfiesPzi": true,
                "upgradeInfo": {
                    "upgradeState": "ELIGIBLE_FOR_2ND_GEN_UPGRADE", "buildConfig": {"runtime": "go124"}
                }
            }"#,
        );
        assert_eq!(accepted.unwrap().build_config.unwrap().runtime, "go125");
        for (body, field) in [
            (r#"{"serviceConfig": {"directVpcEgress": "X"}}"#, "serviceConfig.directVpcEgress"),
            (r#"{"buildConfig": {"sourceToken": "t"}}"#, "buildConfig.sourceToken"),
            (r#"{"upgradeInfo": {"buildConfig": {"sourceToken": 1}}}"#, "buildConfig.sourceToken"),
        ] {
            let refused = read(body).unwrap_err();
            assert_eq!(refused.code(), Code::Unimplemented);
            assert!(refused.to_string().contains(field), "{refused}");
        }
        // firebase-tools sends `null` for what a function does not set.
        read(r#"{"serviceConfig": {"directVpcEgress": null, "vpcConnector": null}}"#).unwrap();
        for bad in [
            "[]",
            "{",
            r#"{"nothing": 1}"#,
            r#"{"satisfiesPzi": "yes"}"#,
            r#"{"upgradeInfo": []}"#,
            r#"{"upgradeInfo": {"labels": {}}}"#,
            r#"{"upgradeInfo": {"upgradeState": "OTHER"}}"#,
            r#"{"upgradeInfo": {"buildConfig": {"runtime": 1}}}"#,
        ] {
            assert_eq!(read(bad).unwrap_err().code(), Code::InvalidArgument, "{bad}");
        }
    }

    #[test]
    fn a_mask_of_output_alone_writes_nothing() {
        let mask = known("labels,serviceConfig.directVpcEgress,buildConfig.runtime");
        assert_eq!(mask, ["labels", "buildConfig.runtime"]);
        assert_eq!(known("upgradeInfo"), ["name"]);
        assert_eq!(known(""), [""]);
    }
}
