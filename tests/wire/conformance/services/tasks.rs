//! Cloud Tasks.

use super::{Service, recipe};

pub(in super::super) const TASKS: Service = Service {
    name: "tasks",
    api: "Cloud Tasks",
    documents: &["cloudtasks.v2"],
    address: |endpoints| endpoints.tasks,
    names: &[("queue", "q"), ("task", "t")],
    // No task of a paused queue is dispatched, except a forced one, to a port that nothing has.
    before: &[
        r#"POST /v2/projects/{project}/locations/{location}/queues {"name": "projects/{project}/locations/{location}/queues/q"}"#,
        "POST /v2/projects/{project}/locations/{location}/queues/q:pause {}",
        r#"POST /v2/projects/{project}/locations/{location}/queues/q/tasks {"task": {"name": "projects/{project}/locations/{location}/queues/q/tasks/t", "httpRequest": {"url": "http://127.0.0.1:1/"}}}"#,
    ],
    recipes: &[
        recipe(
            "POST /v2/projects/{project}/locations/{location}/queues",
            "",
            r#"{"name": "projects/{project}/locations/{location}/queues/new"}"#,
        ),
        recipe(
            "PATCH /v2/projects/{project}/locations/{location}/queues/{queue}",
            "updateMask=rateLimits",
            r#"{"rateLimits": {"maxDispatchesPerSecond": 2}}"#,
        ),
        recipe(
            "POST /v2/projects/{project}/locations/{location}/queues/{queue}:setIamPolicy",
            "",
            r#"{"policy": {"bindings": []}}"#,
        ),
        recipe(
            "POST /v2/projects/{project}/locations/{location}/queues/{queue}:testIamPermissions",
            "",
            r#"{"permissions": ["cloudtasks.queues.get"]}"#,
        ),
        recipe(
            "POST /v2/projects/{project}/locations/{location}/queues/{queue}/tasks",
            "",
            r#"{"task": {"httpRequest": {"url": "http://127.0.0.1:1/"}}}"#,
        ),
    ],
    values: &[
        ("httpMethod", "\"PUT\""),
        ("url", "\"http://127.0.0.1:1/value\""),
        ("dispatchDeadline", "\"60s\""),
    ],
    output_only: &[],
    changing: &[],
    numbers: &[],
    only: &[],
    undescribed: &[],
};
