//! Pub/Sub.

use super::{Service, recipe};

pub(in super::super) const PUBSUB: Service = Service {
    name: "pubsub",
    api: "Pub/Sub",
    documents: &["pubsub.v1"],
    address: |endpoints| endpoints.pubsub,
    names: &[
        ("topic", "topic"),
        ("subscription", "sub"),
        ("snapshot", "snap"),
        ("schema", "schema"),
        // Of policies.
        ("collection", "topics"),
        ("resource", "topic"),
    ],
    before: &[
        "PUT /v1/projects/{project}/topics/topic {}",
        r#"PUT /v1/projects/{project}/subscriptions/sub {"topic": "projects/{project}/topics/topic"}"#,
        r#"PUT /v1/projects/{project}/snapshots/snap {"subscription": "projects/{project}/subscriptions/sub"}"#,
        r#"POST /v1/projects/{project}/schemas?schemaId=schema {"type": "PROTOCOL_BUFFER", "definition": "syntax = \"proto3\"; message M { string a = 1; }"} => revision /revisionId"#,
        r#"POST /v1/projects/{project}/topics/topic:publish {"messages": [{"data": "dmFsdWU="}]}"#,
    ],
    recipes: &[
        recipe("PUT /v1/projects/{project}/topics/{topic}", "", "{}")
            .at("/v1/projects/{project}/topics/new"),
        recipe(
            "PATCH /v1/projects/{project}/topics/{topic}",
            "",
            r#"{"topic": {"name": "projects/{project}/topics/topic", "labels": {"a": "b"}}, "updateMask": "labels"}"#,
        ),
        recipe(
            "POST /v1/projects/{project}/topics/{topic}:publish",
            "",
            r#"{"messages": [{"data": "dmFsdWU="}]}"#,
        ),
        recipe(
            "PUT /v1/projects/{project}/subscriptions/{subscription}",
            "",
            r#"{"topic": "projects/{project}/topics/topic"}"#,
        )
        .at("/v1/projects/{project}/subscriptions/new"),
        recipe(
            "PATCH /v1/projects/{project}/subscriptions/{subscription}",
            "",
            r#"{"subscription": {"name": "projects/{project}/subscriptions/sub", "ackDeadlineSeconds": 20}, "updateMask": "ackDeadlineSeconds"}"#,
        ),
        recipe(
            "POST /v1/projects/{project}/subscriptions/{subscription}:modifyAckDeadline",
            "",
            r#"{"ackIds": ["{ackId}"], "ackDeadlineSeconds": 20}"#,
        )
        .after(PULLED),
        recipe(
            "POST /v1/projects/{project}/subscriptions/{subscription}:acknowledge",
            "",
            r#"{"ackIds": ["{ackId}"]}"#,
        )
        .after(PULLED),
        recipe(
            "POST /v1/projects/{project}/subscriptions/{subscription}:pull",
            "",
            r#"{"maxMessages": 1}"#,
        ),
        recipe(
            "POST /v1/projects/{project}/subscriptions/{subscription}:modifyPushConfig",
            "",
            r#"{"pushConfig": {}}"#,
        )
        .read_by("GET /v1/projects/{project}/subscriptions/sub"),
        recipe(
            "POST /v1/projects/{project}/subscriptions/{subscription}:seek",
            "",
            r#"{"time": "2031-01-01T00:00:00Z"}"#,
        ),
        recipe(
            "PUT /v1/projects/{project}/snapshots/{snapshot}",
            "",
            r#"{"subscription": "projects/{project}/subscriptions/sub"}"#,
        )
        .at("/v1/projects/{project}/snapshots/new"),
        recipe(
            "PATCH /v1/projects/{project}/snapshots/{snapshot}",
            "",
            r#"{"snapshot": {"name": "projects/{project}/snapshots/snap", "labels": {"a": "b"}}, "updateMask": "labels"}"#,
        ),
        recipe(
            "POST /v1/projects/{project}/schemas",
            "schemaId=new",
            r#"{"type": "PROTOCOL_BUFFER", "definition": "syntax = \"proto3\"; message M { string a = 1; }"}"#,
        ),
        recipe(
            "POST /v1/projects/{project}/schemas/{schema}:commit",
            "",
            r#"{"schema": {"name": "projects/{project}/schemas/schema", "type": "PROTOCOL_BUFFER", "definition": "syntax = \"proto3\"; message M { string a = 1; string b = 2; }"}}"#,
        ),
        recipe(
            "POST /v1/projects/{project}/schemas/{schema}:rollback",
            "",
            r#"{"revisionId": "{revision}"}"#,
        )
        .after(COMMITTED),
        recipe("DELETE /v1/projects/{project}/schemas/{schema}:deleteRevision", "", "")
            .at("/v1/projects/{project}/schemas/schema@{revision}:deleteRevision")
            .after(COMMITTED),
        recipe(
            "POST /v1/projects/{project}/schemas:validate",
            "",
            r#"{"schema": {"type": "PROTOCOL_BUFFER", "definition": "syntax = \"proto3\"; message M { string a = 1; }"}}"#,
        ),
        recipe(
            "POST /v1/projects/{project}/schemas:validateMessage",
            "",
            r#"{"name": "projects/{project}/schemas/schema", "message": "eyJhIjogIngifQ==", "encoding": "JSON"}"#,
        ),
        recipe(
            "POST /v1/projects/{project}/{collection}/{resource}:setIamPolicy",
            "",
            r#"{"policy": {"bindings": []}}"#,
        ),
        recipe(
            "POST /v1/projects/{project}/{collection}/{resource}:testIamPermissions",
            "",
            r#"{"permissions": ["pubsub.topics.get"]}"#,
        ),
    ],
    values: &[
        ("pushEndpoint", "\"https://push.example/value\""),
        ("topic", "\"projects/{project}/topics/topic\""),
        ("deadLetterTopic", "\"projects/{project}/topics/topic\""),
        ("maxDeliveryAttempts", "8"),
        ("ackDeadlineSeconds", "30"),
        ("messageRetentionDuration", "\"1200s\""),
        ("ttl", "\"172800s\""),
        ("filter", "\"attributes.a = \\\"b\\\"\""),
        ("subscription", "\"projects/{project}/subscriptions/sub\""),
        ("snapshot.name", "\"projects/{project}/snapshots/snap\""),
        ("snapshot.topic", "\"projects/{project}/topics/topic\""),
        ("subscription.name", "\"projects/{project}/subscriptions/sub\""),
        ("topic.name", "\"projects/{project}/topics/topic\""),
        ("schemaSettings.schema", "\"projects/{project}/schemas/schema\""),
        ("policy.version", "3"),
    ],
    output_only: &[],
    changing: &[],
    numbers: &[("PROTOCOL_BUFFER", 1), ("JSON", 1)],
    only: &[],
    undescribed: &[],
};

/// The acknowledgement id of the message.
const PULLED: &[&str] = &[
    r#"POST /v1/projects/{project}/subscriptions/sub:pull {"maxMessages": 1} => ackId /receivedMessages/0/ackId"#,
];

/// A second revision.
const COMMITTED: &[&str] = &[
    r#"POST /v1/projects/{project}/schemas/schema:commit {"schema": {"name": "projects/{project}/schemas/schema", "type": "PROTOCOL_BUFFER", "definition": "syntax = \"proto3\"; message M { string a = 1; string b = 2; }"}}"#,
];
