//! The fields of the documents of the JSON API:
//! <https://cloud.google.com/storage/docs/json_api/v1>.

use longshore_local_kit::shape::{Field, Kind};

const TEXTS: Kind = Kind::List(&Kind::Text);

const OWNER: Kind =
    Kind::Message(&[Field::taken("entity", Kind::Text), Field::taken("entityId", Kind::Text)]);

/// A message with one switch.
const ENABLED: Kind = Kind::Message(&[Field::taken("enabled", Kind::Boolean)]);

pub(super) const BUCKET: &[Field] = &[
    Field::unserved("acl"),
    Field::taken("autoclass", Kind::Message(AUTOCLASS)),
    Field::taken("billing", Kind::Message(&[Field::taken("requesterPays", Kind::Boolean)])),
    Field::taken("cors", Kind::List(&Kind::Message(CORS))),
    Field::taken("customPlacementConfig", Kind::Message(&[Field::taken("dataLocations", TEXTS)])),
    Field::taken("defaultEventBasedHold", Kind::Boolean),
    Field::unserved("defaultObjectAcl"),
    Field::taken("encryption", Kind::Message(ENCRYPTION)),
    Field::output("etag", Kind::Text),
    Field::output("generation", Kind::Int64),
    Field::output("hardDeleteTime", Kind::Time),
    Field::unserved("hierarchicalNamespace"),
    Field::taken("iamConfiguration", Kind::Message(IAM_CONFIGURATION)),
    Field::output("id", Kind::Text),
    Field::unserved("ipFilter"),
    Field::output("kind", Kind::Text),
    Field::taken("labels", Kind::TextMap),
    Field::taken("lifecycle", Kind::Message(LIFECYCLE)),
    Field::taken("location", Kind::Text),
    Field::output("locationType", Kind::Text),
    Field::taken("logging", Kind::Message(LOGGING)),
    Field::output("metageneration", Kind::Int64),
    Field::taken("name", Kind::Text),
    Field::unserved("objectRetention"),
    Field::output("owner", OWNER),
    Field::output("projectNumber", Kind::Int64),
    Field::unserved("retentionPolicy"),
    Field::taken("rpo", Kind::Text),
    Field::output("satisfiesPZI", Kind::Boolean),
    Field::output("satisfiesPZS", Kind::Boolean),
    Field::output("selfLink", Kind::Text),
    Field::taken("softDeletePolicy", Kind::Message(SOFT_DELETE_POLICY)),
    Field::output("softDeleteTime", Kind::Time),
    Field::taken("storageClass", Kind::Text),
    Field::output("timeCreated", Kind::Time),
    Field::output("updated", Kind::Time),
    Field::taken("versioning", ENABLED),
    Field::taken("website", Kind::Message(WEBSITE)),
];

const AUTOCLASS: &[Field] = &[
    Field::taken("enabled", Kind::Boolean),
    Field::taken("terminalStorageClass", Kind::Text),
    Field::output("terminalStorageClassUpdateTime", Kind::Time),
    Field::output("toggleTime", Kind::Time),
];

const CORS: &[Field] = &[
    Field::taken("maxAgeSeconds", Kind::Int32),
    Field::taken("method", TEXTS),
    Field::taken("origin", TEXTS),
    Field::taken("responseHeader", TEXTS),
];

const ENCRYPTION: &[Field] = &[
    Field::unserved("customerManagedEncryptionEnforcementConfig"),
    Field::unserved("customerSuppliedEncryptionEnforcementConfig"),
    Field::taken("defaultKmsKeyName", Kind::Text),
    Field::unserved("googleManagedEncryptionEnforcementConfig"),
];

const IAM_CONFIGURATION: &[Field] = &[
    Field::taken("bucketPolicyOnly", Kind::Message(UNIFORM_ACCESS)),
    Field::taken("publicAccessPrevention", Kind::Text),
    Field::taken("uniformBucketLevelAccess", Kind::Message(UNIFORM_ACCESS)),
];

const UNIFORM_ACCESS: &[Field] =
    &[Field::taken("enabled", Kind::Boolean), Field::output("lockedTime", Kind::Time)];

const LIFECYCLE: &[Field] = &[Field::taken(
    "rule",
    Kind::List(&Kind::Message(&[
        Field::taken("action", Kind::Message(ACTION)),
        Field::taken("condition", Kind::Message(CONDITION)),
    ])),
)];

const ACTION: &[Field] =
    &[Field::taken("storageClass", Kind::Text), Field::taken("type", Kind::Text)];

const CONDITION: &[Field] = &[
    Field::taken("age", Kind::Int32),
    Field::taken("createdBefore", Kind::Date),
    Field::taken("customTimeBefore", Kind::Date),
    Field::taken("daysSinceCustomTime", Kind::Int32),
    Field::taken("daysSinceNoncurrentTime", Kind::Int32),
    Field::taken("isLive", Kind::Boolean),
    Field::taken("matchesPattern", Kind::Text),
    Field::taken("matchesPrefix", TEXTS),
    Field::taken("matchesStorageClass", TEXTS),
    Field::taken("matchesSuffix", TEXTS),
    Field::taken("noncurrentTimeBefore", Kind::Date),
    Field::taken("numNewerVersions", Kind::Int32),
    Field::taken("sizeAboveBytes", Kind::Int64),
    Field::taken("sizeBelowBytes", Kind::Int64),
];

const LOGGING: &[Field] =
    &[Field::taken("logBucket", Kind::Text), Field::taken("logObjectPrefix", Kind::Text)];

const SOFT_DELETE_POLICY: &[Field] =
    &[Field::output("effectiveTime", Kind::Time), Field::unserved("retentionDurationSeconds")];

const WEBSITE: &[Field] =
    &[Field::taken("mainPageSuffix", Kind::Text), Field::taken("notFoundPage", Kind::Text)];

pub(super) const OBJECT: &[Field] = &[
    Field::unserved("acl"),
    Field::output("bucket", Kind::Text),
    Field::taken("cacheControl", Kind::Text),
    Field::output("componentCount", Kind::Int32),
    Field::taken("contentDisposition", Kind::Text),
    Field::taken("contentEncoding", Kind::Text),
    Field::taken("contentLanguage", Kind::Text),
    Field::taken("contentType", Kind::Text),
    Field::unserved("contexts"),
    Field::taken("crc32c", Kind::Text),
    Field::taken("customTime", Kind::Time),
    Field::output(
        "customerEncryption",
        Kind::Message(&[
            Field::taken("encryptionAlgorithm", Kind::Text),
            Field::taken("keySha256", Kind::Text),
        ]),
    ),
    Field::output("etag", Kind::Text),
    Field::taken("eventBasedHold", Kind::Boolean),
    Field::output("generation", Kind::Int64),
    Field::output("hardDeleteTime", Kind::Time),
    Field::output("id", Kind::Text),
    Field::output("kind", Kind::Text),
    Field::taken("kmsKeyName", Kind::Text),
    Field::taken("md5Hash", Kind::Text),
    Field::output("mediaLink", Kind::Text),
    Field::taken("metadata", Kind::TextMap),
    Field::output("metageneration", Kind::Int64),
    Field::taken("name", Kind::Text),
    Field::output("owner", OWNER),
    Field::output("restoreToken", Kind::Text),
    Field::unserved("retention"),
    Field::output("retentionExpirationTime", Kind::Time),
    Field::output("selfLink", Kind::Text),
    Field::output("size", Kind::Int64),
    Field::output("softDeleteTime", Kind::Time),
    Field::taken("storageClass", Kind::Text),
    Field::taken("temporaryHold", Kind::Boolean),
    Field::output("timeCreated", Kind::Time),
    Field::output("timeDeleted", Kind::Time),
    Field::output("timeFinalized", Kind::Time),
    Field::output("timeStorageClassUpdated", Kind::Time),
    Field::output("updated", Kind::Time),
];

pub(super) const COMPOSE_REQUEST: &[Field] = &[
    Field::unserved("deleteSourceObjects"),
    Field::taken("destination", Kind::Message(OBJECT)),
    Field::output("kind", Kind::Text),
    Field::taken(
        "sourceObjects",
        Kind::List(&Kind::Message(&[
            Field::taken("generation", Kind::Int64),
            Field::taken("name", Kind::Text),
            Field::taken(
                "objectPreconditions",
                Kind::Message(&[Field::taken("ifGenerationMatch", Kind::Int64)]),
            ),
        ])),
    ),
];

pub(super) const NOTIFICATION: &[Field] = &[
    Field::taken("custom_attributes", Kind::TextMap),
    Field::output("etag", Kind::Text),
    Field::taken("event_types", TEXTS),
    Field::output("id", Kind::Text),
    Field::output("kind", Kind::Text),
    Field::taken("object_name_prefix", Kind::Text),
    Field::taken("payload_format", Kind::Text),
    Field::output("selfLink", Kind::Text),
    Field::taken("topic", Kind::Text),
];

pub(super) const POLICY: &[Field] = &[
    Field::taken(
        "bindings",
        Kind::List(&Kind::Message(&[
            Field::taken("condition", Kind::Message(EXPRESSION)),
            Field::taken("members", TEXTS),
            Field::taken("role", Kind::Text),
        ])),
    ),
    Field::taken("etag", Kind::Text),
    Field::output("kind", Kind::Text),
    Field::output("resourceId", Kind::Text),
    Field::taken("version", Kind::Int32),
];

const EXPRESSION: &[Field] = &[
    Field::taken("description", Kind::Text),
    Field::taken("expression", Kind::Text),
    Field::taken("location", Kind::Text),
    Field::taken("title", Kind::Text),
];

pub(super) const HMAC_KEY_METADATA: &[Field] = &[
    Field::output("accessId", Kind::Text),
    Field::taken("etag", Kind::Text),
    Field::output("id", Kind::Text),
    Field::output("kind", Kind::Text),
    Field::output("projectId", Kind::Text),
    Field::output("selfLink", Kind::Text),
    Field::output("serviceAccountEmail", Kind::Text),
    Field::taken("state", Kind::Text),
    Field::output("timeCreated", Kind::Time),
    Field::output("updated", Kind::Time),
];
