//! Cloud Scheduler.

use super::{Service, recipe};

pub(in super::super) const SCHEDULER: Service = Service {
    name: "scheduler",
    api: "Cloud Scheduler",
    documents: &["cloudscheduler.v1"],
    address: |endpoints| endpoints.scheduler,
    names: &[("job", "j")],
    before: &[
        r#"POST /v1/projects/{project}/locations/{location}/jobs {"name": "projects/{project}/locations/{location}/jobs/j", "schedule": "0 0 29 2 *", "httpTarget": {"uri": "http://127.0.0.1:1/"}}"#,
    ],
    recipes: &[
        recipe(
            "POST /v1/projects/{project}/locations/{location}/jobs",
            "",
            r#"{"name": "projects/{project}/locations/{location}/jobs/new", "schedule": "0 0 29 2 *", "httpTarget": {"uri": "http://127.0.0.1:1/"}}"#,
        ),
        recipe(
            "PATCH /v1/projects/{project}/locations/{location}/jobs/{job}",
            "updateMask=description",
            r#"{"description": "changed"}"#,
        ),
    ],
    values: &[
        ("schedule", "\"1 1 29 2 *\""),
        ("timeZone", "\"Europe/Zurich\""),
        ("httpMethod", "\"PUT\""),
        ("uri", "\"http://127.0.0.1:1/value\""),
        ("attemptDeadline", "\"60s\""),
        ("topicName", "\"projects/p/topics/t\""),
    ],
    output_only: &[],
    changing: &[],
    numbers: &[],
    only: &[],
    undescribed: &[],
};
