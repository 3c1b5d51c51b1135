//! Cloud Logging.

use super::{Service, recipe};

pub(in super::super) const LOGGING: Service = Service {
    name: "logging",
    api: "Cloud Logging",
    documents: &["logging.v2"],
    address: |endpoints| endpoints.logging,
    names: &[("log", "l")],
    before: &[],
    recipes: &[
        recipe("POST /v2/entries:list", "", r#"{"resourceNames": ["projects/{project}"]}"#)
            .after(WRITTEN),
        // The entry gets what it lacks from the request.
        recipe(
            "POST /v2/entries:write",
            "",
            r#"{
                "logName": "projects/{project}/logs/l",
                "resource": {"type": "global"},
                "entries": [{"insertId": "first"}]
            }"#,
        )
        .read_by(r#"POST /v2/entries:list {"resourceNames": ["projects/{project}"]}"#),
        recipe("POST /v2/entries:tail", "", r#"{"resourceNames": ["projects/{project}"]}"#)
            .streaming(),
        recipe("GET /v2/projects/{project}/logs", "", "").after(WRITTEN),
        recipe("DELETE /v2/projects/{project}/logs/{log}", "", "").after(WRITTEN),
    ],
    values: &[
        ("logName", "\"projects/{project}/logs/value\""),
        ("timestamp", "\"{now}\""),
        ("type", "\"gce_instance\""),
        ("orderBy", "\"timestamp desc\""),
        ("filter", "\"severity = ERROR\""),
        ("bufferWindow", "\"1s\""),
        ("resourceNames", r#"["projects/{project}"]"#),
        ("projectIds", r#"["{project}"]"#),
        ("protoPayload", r#"{"@type": "type.googleapis.com/google.rpc.Status", "code": 5}"#),
        ("requestSize", "\"7\""),
        ("responseSize", "\"7\""),
        ("cacheFillBytes", "\"7\""),
        ("line", "\"7\""),
    ],
    output_only: &[],
    changing: &[],
    numbers: &[],
    only: &[],
    undescribed: &[],
};

const WRITTEN: &[&str] = &[
    r#"POST /v2/entries:write {"logName": "projects/{project}/logs/l", "resource": {"type": "global"}, "entries": [{"textPayload": "t"}]}"#,
];
