//! Every method of Google's Pub/Sub, and whether it is served.

use longshore_local_kit::coverage::Support::Served;
use longshore_local_kit::coverage::{Api, Method};

const API: Api = Api("Pub/Sub");

const TOPIC_SETTINGS: &str = "kms_key_name is stored and returned, without effect; \
    message_storage_policy, ingestion_data_source_settings and message_transforms are rejected";
const SUBSCRIPTION_SETTINGS: &str =
    "bigquery_config, cloud_storage_config, bigtable_config and message_transforms are rejected";
const SCHEMA_TYPES: &str = "compiled_proto_schema is rejected";
const POLICIES: &str = "policies are stored and returned; they have no effect";

macro_rules! method {
    ($service:literal, $name:literal, $rest:literal, $support:expr) => {
        API.method(concat!($service, ".", $name), $rest, $support)
            .with_grpc(concat!("/", $service, "/", $name))
    };
}

macro_rules! publisher {
    ($name:literal, $rest:literal, $support:expr) => {
        method!("google.pubsub.v1.Publisher", $name, $rest, $support)
    };
}

macro_rules! subscriber {
    ($name:literal, $rest:literal, $support:expr) => {
        method!("google.pubsub.v1.Subscriber", $name, $rest, $support)
    };
}

macro_rules! schemas {
    ($name:literal, $rest:literal, $support:expr) => {
        method!("google.pubsub.v1.SchemaService", $name, $rest, $support)
    };
}

macro_rules! policies {
    ($name:literal, $rest:literal, $support:expr) => {
        method!("google.iam.v1.IAMPolicy", $name, $rest, $support)
    };
}

/// Every method of `google.pubsub.v1`, and those of `google.iam.v1` that Pub/Sub has.
pub const METHODS: &[Method] = &[
    publisher!("CreateTopic", "PUT /v1/projects/{project}/topics/{topic}", Served(TOPIC_SETTINGS)),
    publisher!(
        "UpdateTopic",
        "PATCH /v1/projects/{project}/topics/{topic}",
        Served(TOPIC_SETTINGS)
    ),
    publisher!("Publish", "POST /v1/projects/{project}/topics/{topic}:publish", Served("")),
    publisher!("GetTopic", "GET /v1/projects/{project}/topics/{topic}", Served("")),
    publisher!("ListTopics", "GET /v1/projects/{project}/topics", Served("")),
    publisher!(
        "ListTopicSubscriptions",
        "GET /v1/projects/{project}/topics/{topic}/subscriptions",
        Served("")
    ),
    publisher!(
        "ListTopicSnapshots",
        "GET /v1/projects/{project}/topics/{topic}/snapshots",
        Served("")
    ),
    publisher!("DeleteTopic", "DELETE /v1/projects/{project}/topics/{topic}", Served("")),
    publisher!(
        "DetachSubscription",
        "POST /v1/projects/{project}/subscriptions/{subscription}:detach",
        Served("")
    ),
    subscriber!(
        "CreateSubscription",
        "PUT /v1/projects/{project}/subscriptions/{subscription}",
        Served(SUBSCRIPTION_SETTINGS)
    ),
    subscriber!(
        "GetSubscription",
        "GET /v1/projects/{project}/subscriptions/{subscription}",
        Served("")
    ),
    subscriber!(
        "UpdateSubscription",
        "PATCH /v1/projects/{project}/subscriptions/{subscription}",
        Served(SUBSCRIPTION_SETTINGS)
    ),
    subscriber!("ListSubscriptions", "GET /v1/projects/{project}/subscriptions", Served("")),
    subscriber!(
        "DeleteSubscription",
        "DELETE /v1/projects/{project}/subscriptions/{subscription}",
        Served("")
    ),
    subscriber!(
        "ModifyAckDeadline",
        "POST /v1/projects/{project}/subscriptions/{subscription}:modifyAckDeadline",
        Served("")
    ),
    subscriber!(
        "Acknowledge",
        "POST /v1/projects/{project}/subscriptions/{subscription}:acknowledge",
        Served("")
    ),
    subscriber!(
        "Pull",
        "POST /v1/projects/{project}/subscriptions/{subscription}:pull",
        Served("")
    ),
    subscriber!("StreamingPull", "", Served("")),
    subscriber!(
        "ModifyPushConfig",
        "POST /v1/projects/{project}/subscriptions/{subscription}:modifyPushConfig",
        Served("")
    ),
    subscriber!("GetSnapshot", "GET /v1/projects/{project}/snapshots/{snapshot}", Served("")),
    subscriber!("ListSnapshots", "GET /v1/projects/{project}/snapshots", Served("")),
    subscriber!("CreateSnapshot", "PUT /v1/projects/{project}/snapshots/{snapshot}", Served("")),
    subscriber!("UpdateSnapshot", "PATCH /v1/projects/{project}/snapshots/{snapshot}", Served("")),
    subscriber!("DeleteSnapshot", "DELETE /v1/projects/{project}/snapshots/{snapshot}", Served("")),
    subscriber!(
        "Seek",
        "POST /v1/projects/{project}/subscriptions/{subscription}:seek",
        Served("")
    ),
    schemas!("CreateSchema", "POST /v1/projects/{project}/schemas", Served(SCHEMA_TYPES)),
    schemas!("GetSchema", "GET /v1/projects/{project}/schemas/{schema}", Served("")),
    schemas!("ListSchemas", "GET /v1/projects/{project}/schemas", Served("")),
    schemas!(
        "ListSchemaRevisions",
        "GET /v1/projects/{project}/schemas/{schema}:listRevisions",
        Served("")
    ),
    schemas!(
        "CommitSchema",
        "POST /v1/projects/{project}/schemas/{schema}:commit",
        Served(SCHEMA_TYPES)
    ),
    schemas!("RollbackSchema", "POST /v1/projects/{project}/schemas/{schema}:rollback", Served("")),
    schemas!(
        "DeleteSchemaRevision",
        "DELETE /v1/projects/{project}/schemas/{schema}:deleteRevision",
        Served("")
    ),
    schemas!("DeleteSchema", "DELETE /v1/projects/{project}/schemas/{schema}", Served("")),
    schemas!(
        "ValidateSchema",
        "POST /v1/projects/{project}/schemas:validate",
        Served(SCHEMA_TYPES)
    ),
    schemas!(
        "ValidateMessage",
        "POST /v1/projects/{project}/schemas:validateMessage",
        Served(SCHEMA_TYPES)
    ),
    policies!(
        "SetIamPolicy",
        "POST /v1/projects/{project}/{collection}/{resource}:setIamPolicy",
        Served(POLICIES)
    ),
    policies!(
        "GetIamPolicy",
        "GET /v1/projects/{project}/{collection}/{resource}:getIamPolicy",
        Served(POLICIES)
    ),
    policies!(
        "TestIamPermissions",
        "POST /v1/projects/{project}/{collection}/{resource}:testIamPermissions",
        Served(POLICIES)
    ),
];
