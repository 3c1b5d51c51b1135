//! The names of enums. The model types write numbers and read both.

use google_cloud_run_v2::model::condition::{
    CommonReason, ExecutionReason, RevisionReason, Severity, State,
};
use google_cloud_run_v2::model::empty_dir_volume_source::Medium;
use google_cloud_run_v2::model::service_scaling::ScalingMode;
use google_cloud_run_v2::model::vpc_access::VpcEgress;
use google_cloud_run_v2::model::{
    EncryptionKeyRevocationAction, ExecutionEnvironment, IngressTraffic, Service,
    TrafficTargetAllocationType,
};
use longshore_local_kit::rest::Call;
use serde_json::Value;

/// The response as this caller wants it.
pub(super) fn encoded(call: &Call, response: Value) -> Value {
    call.with_enums(response, name)
}

/// The name of an enum's value, by its field. `None` if the field is a number.
fn name(field: &str, number: i32) -> Option<String> {
    let owned = |name: Option<&str>| name.map(str::to_owned);
    match field {
        "egress" => owned(VpcEgress::from(number).name()),
        "encryptionKeyRevocationAction" => {
            owned(EncryptionKeyRevocationAction::from(number).name())
        }
        "executionEnvironment" => owned(ExecutionEnvironment::from(number).name()),
        "executionReason" => owned(ExecutionReason::from(number).name()),
        "ingress" => owned(IngressTraffic::from(number).name()),
        "launchStage" => {
            let service = Service::new().set_launch_stage(number);
            owned(service.launch_stage.name())
        }
        "medium" => owned(Medium::from(number).name()),
        "reason" => owned(CommonReason::from(number).name()),
        "revisionReason" => owned(RevisionReason::from(number).name()),
        "scalingMode" => owned(ScalingMode::from(number).name()),
        "severity" => owned(Severity::from(number).name()),
        "state" => owned(State::from(number).name()),
        "type" => owned(TrafficTargetAllocationType::from(number).name()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use axum::http::Method;
    use bytes::Bytes;
    use google_cloud_run_v2::model::{Condition, TrafficTarget};
    use serde_json::json;

    use super::*;

    fn call(query: &str) -> Call {
        let query = query.split_once('=').map(|(name, value)| (name.into(), value.into()));
        let query = query.into_iter().collect();
        Call { method: Method::GET, path: Vec::new(), verb: None, query, body: Bytes::new() }
    }

    #[test]
    fn enums_are_names_unless_the_caller_asks_for_numbers() {
        let condition = Condition::new()
            .set_state(State::ConditionFailed)
            .set_severity(Severity::Error)
            .set_reason(CommonReason::RevisionFailed);
        let latest =
            TrafficTarget::new().set_type(TrafficTargetAllocationType::Latest).set_percent(100);
        let service = Service::new()
            .set_ingress(IngressTraffic::All)
            .set_terminal_condition(condition.clone())
            .set_conditions([condition.set_type("Ready")])
            .set_traffic([latest]);
        let numbers = serde_json::to_value(&service).unwrap();
        for query in ["$alt=json;enum-encoding=int", "alt=json;enum-encoding=int"] {
            assert_eq!(encoded(&call(query), numbers.clone()), numbers, "{query}");
        }
        for query in ["", "alt=json", "$alt=json"] {
            let names = encoded(&call(query), numbers.clone());
            assert_eq!(names["ingress"], "INGRESS_TRAFFIC_ALL", "{query}");
            let failed = json!({
                "state": "CONDITION_FAILED", "severity": "ERROR", "reason": "REVISION_FAILED",
            });
            assert_eq!(names["terminalCondition"], failed);
            assert_eq!(names["conditions"][0]["type"], "Ready");
            let traffic = json!([
                {"type": "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST", "percent": 100},
            ]);
            assert_eq!(names["traffic"], traffic);
            assert_eq!(serde_json::from_value::<Service>(names).unwrap(), service);
        }
    }
}
