//! The fields of a build: <https://cloud.google.com/build/docs/api/reference/rest/v1/projects.builds>.
//!
//! Google's type has checked the types of those that are [`Kind::Any`], and has refused some of
//! those that are not served, with advice.

use longshore_local_kit::shape::{Field, Kind};

const TEXTS: Kind = Kind::List(&Kind::Text);

pub(super) const BUILD: &[Field] = &[
    Field::output("approval", Kind::Any),
    Field::unserved("artifacts"),
    Field::taken("availableSecrets", Kind::Message(SECRETS)),
    Field::output("buildTriggerId", Kind::Any),
    Field::output("createTime", Kind::Any),
    Field::unserved("dependencies"),
    Field::output("failureInfo", Kind::Any),
    Field::output("finishTime", Kind::Any),
    Field::unserved("gitConfig"),
    Field::output("id", Kind::Any),
    Field::taken("images", TEXTS),
    Field::output("logUrl", Kind::Any),
    Field::taken("logsBucket", Kind::Text),
    Field::output("name", Kind::Any),
    Field::taken("options", Kind::Message(OPTIONS)),
    Field::output("projectId", Kind::Any),
    Field::taken("queueTtl", Kind::Duration),
    Field::output("results", Kind::Any),
    Field::unserved("secrets"),
    Field::taken("serviceAccount", Kind::Text),
    Field::taken("source", Kind::Message(SOURCE)),
    Field::output("sourceProvenance", Kind::Any),
    Field::output("startTime", Kind::Any),
    Field::output("status", Kind::Any),
    Field::output("statusDetail", Kind::Any),
    Field::taken("steps", Kind::List(&Kind::Message(STEP))),
    Field::taken("substitutions", Kind::TextMap),
    Field::taken("tags", TEXTS),
    Field::taken("timeout", Kind::Duration),
    Field::output("timing", Kind::Any),
    Field::output("warnings", Kind::Any),
];

const SECRETS: &[Field] = &[
    // Refused with advice where the secrets are read.
    Field::taken("inline", Kind::Any),
    Field::taken(
        "secretManager",
        Kind::List(&Kind::Message(&[
            Field::taken("env", Kind::Text),
            Field::taken("versionName", Kind::Text),
        ])),
    ),
];

const SOURCE: &[Field] = &[
    Field::unserved("connectedRepository"),
    Field::unserved("developerConnectConfig"),
    Field::unserved("gitSource"),
    Field::unserved("repoSource"),
    Field::taken(
        "storageSource",
        Kind::Message(&[
            Field::taken("bucket", Kind::Text),
            Field::taken("generation", Kind::Int64),
            Field::taken("object", Kind::Text),
            Field::taken("sourceFetcher", SOURCE_FETCHER),
        ]),
    ),
    Field::unserved("storageSourceManifest"),
];

/// Kept and returned without effect: the order of steps (`id`, `waitFor`) and their timeouts.
const STEP: &[Field] = &[
    Field::taken("allowExitCodes", Kind::List(&Kind::Int32)),
    Field::taken("allowFailure", Kind::Boolean),
    Field::taken("args", TEXTS),
    Field::unserved("automapSubstitutions"),
    Field::taken("dir", Kind::Text),
    Field::taken("entrypoint", Kind::Text),
    Field::taken("env", TEXTS),
    Field::output("exitCode", Kind::Any),
    Field::taken("id", Kind::Text),
    Field::taken("name", Kind::Text),
    Field::output("pullTiming", Kind::Any),
    Field::unserved("results"),
    Field::taken("script", Kind::Text),
    Field::taken("secretEnv", TEXTS),
    Field::output("status", Kind::Any),
    Field::taken("timeout", Kind::Duration),
    Field::output("timing", Kind::Any),
    Field::unserved("volumes"),
    Field::taken("waitFor", TEXTS),
];

/// Kept and returned without effect: machine, disk and logging.
const OPTIONS: &[Field] = &[
    Field::unserved("automapSubstitutions"),
    Field::taken("defaultLogsBucketBehavior", DEFAULT_LOGS_BUCKET_BEHAVIOR),
    Field::taken("diskSizeGb", Kind::Int64),
    Field::unserved("dynamicSubstitutions"),
    Field::taken("enableStructuredLogging", Kind::Boolean),
    Field::unserved("env"),
    Field::taken("logStreamingOption", LOG_STREAMING_OPTION),
    Field::taken("logging", LOGGING),
    Field::taken("machineType", MACHINE_TYPE),
    Field::unserved("pool"),
    Field::unserved("pubsubTopic"),
    Field::unserved("rankedMachineSeries"),
    Field::taken("requestedVerifyOption", REQUESTED_VERIFY_OPTION),
    Field::output("resolvedWorkerRelease", Kind::Any),
    Field::unserved("secretEnv"),
    Field::unserved("sourceProvenanceHash"),
    Field::taken("substitutionOption", SUBSTITUTION_OPTION),
    Field::unserved("volumes"),
    Field::unserved("workerPool"),
    Field::unserved("workerRelease"),
];

const SOURCE_FETCHER: Kind =
    Kind::Enum(&[(0, "SOURCE_FETCHER_UNSPECIFIED"), (1, "GSUTIL"), (2, "GCS_FETCHER")]);

const DEFAULT_LOGS_BUCKET_BEHAVIOR: Kind = Kind::Enum(&[
    (0, "DEFAULT_LOGS_BUCKET_BEHAVIOR_UNSPECIFIED"),
    (1, "REGIONAL_USER_OWNED_BUCKET"),
    (2, "LEGACY_BUCKET"),
]);

const LOG_STREAMING_OPTION: Kind =
    Kind::Enum(&[(0, "STREAM_DEFAULT"), (1, "STREAM_ON"), (2, "STREAM_OFF")]);

const LOGGING: Kind = Kind::Enum(&[
    (0, "LOGGING_UNSPECIFIED"),
    (1, "LEGACY"),
    (2, "GCS_ONLY"),
    (3, "STACKDRIVER_ONLY"),
    (4, "NONE"),
    (5, "CLOUD_LOGGING_ONLY"),
]);

const MACHINE_TYPE: Kind = Kind::Enum(&[
    (0, "UNSPECIFIED"),
    (1, "N1_HIGHCPU_8"),
    (2, "N1_HIGHCPU_32"),
    (5, "E2_HIGHCPU_8"),
    (6, "E2_HIGHCPU_32"),
    (7, "E2_MEDIUM"),
    (11, "E2_STANDARD_2"),
]);

const REQUESTED_VERIFY_OPTION: Kind = Kind::Enum(&[(0, "NOT_VERIFIED"), (1, "VERIFIED")]);

const SUBSTITUTION_OPTION: Kind = Kind::Enum(&[(0, "MUST_MATCH"), (1, "ALLOW_LOOSE")]);
