//! Failures of builds that are not the source's fault.

use longshore_messages::{Failure, FailureClass, StorageObject};

use super::{Refusal, Subject, contains, fill, keys};
use crate::{Agent, Build};

/// One meaning of failures.
struct Row {
    /// `google.devtools.cloudbuild.v1.Build.FailureInfo.FailureType`. Empty: any.
    kind: &'static str,
    /// Part of the detail, in lower case. Empty: any.
    detail: &'static str,
    /// What the build's account lacks.
    role: &'static str,
}

/// What the roles are for:
/// <https://cloud.google.com/run/docs/configuring/services/build-service-account>.
const ROWS: &[Row] = &[
    Row { kind: "PUSH_NOT_AUTHORIZED", detail: "", role: WRITER },
    Row { kind: "", detail: "artifactregistry.repositories.uploadartifacts", role: WRITER },
    Row { kind: "", detail: "artifactregistry.repositories.downloadartifacts", role: WRITER },
    Row { kind: "PUSH_FAILED", detail: "denied", role: WRITER },
    Row { kind: "", detail: "storage.objects.get", role: SOURCE_READER },
    Row { kind: "FETCH_SOURCE_FAILED", detail: "denied", role: SOURCE_READER },
    Row { kind: "FETCH_SOURCE_FAILED", detail: "403", role: SOURCE_READER },
    Row { kind: "", detail: "logging.logentries.create", role: LOG_WRITER },
    Row { kind: "LOGGING_FAILURE", detail: "denied", role: LOG_WRITER },
];

const WRITER: &str = "roles/artifactregistry.writer";
const SOURCE_READER: &str = "roles/storage.objectViewer";
const LOG_WRITER: &str = "roles/logging.logWriter";

const ADVICE: &str = "grant it to the build's service account with `gcloud projects add-iam-policy-binding \
     {project} --member \"serviceAccount:$(basename \"$(gcloud builds describe {build} --project \
     {project} --region {region} --format='value(serviceAccount)')\")\" --role {role}`; \
     roles/run.builder holds all that a build needs";

/// The meaning of a build that failed because a key of Cloud KMS cannot be used, or `None` if it
/// has another cause. Another attempt would fail as well.
#[must_use]
pub fn of_build_key(build: &Build, subject: &Subject<'_>) -> Option<Refusal> {
    let failure = build.failure.as_ref()?;
    let agent = match failure.kind.as_str() {
        "PUSH_FAILED" | "PUSH_NOT_AUTHORIZED" | "PUSH_IMAGE_NOT_FOUND" => Agent::Registry,
        _ => Agent::Storage,
    };
    let refusal = keys::of_words(&failure.detail, agent, subject)?;
    Some(Refusal { propagates: false, ..refusal })
}

/// The role that the account of a failed build lacks, or `None` if its failure has another cause.
/// Not repeated: a build takes minutes, and its failure is never reused.
#[must_use]
pub fn of_build(build: &Build) -> Option<Refusal> {
    let failure = build.failure.as_ref()?;
    let row = ROWS.iter().find(|row| {
        (row.kind.is_empty() || row.kind == failure.kind) && contains(&failure.detail, row.detail)
    })?;
    let subject = match build.name.split('/').collect::<Vec<_>>()[..] {
        ["projects", project, "locations", region, "builds", id] => {
            Subject { project, region, build: id, ..Subject::default() }
        }
        _ => Subject::default(),
    };
    Some(Refusal {
        class: FailureClass::System,
        code: "build-account-role",
        advice: fill(&ADVICE.replace("{role}", row.role), &subject),
        propagates: false,
        is_platforms: false,
    })
}

/// Lower-case words of tools that cannot reach a host, or that do not trust it: curl, wget, Git,
/// Node.js and its package managers, Python, Go, Java, Rust.
const UNREACHABLE: &[&str] = &[
    "could not resolve host",
    "unable to resolve host address",
    "failed to connect to",
    "wget: failed to fetch",
    "curl: failed to fetch",
    "connection refused",
    "connection reset",
    "connection timed out",
    "connect timed out",
    "read timed out",
    "operation timed out",
    "failed: timeout",
    "no route to host",
    "network is unreachable",
    "cannot connect to proxy",
    // Not the end of FileNotFoundException.
    " enotfound",
    "'enotfound",
    "eai_again",
    "econnaborted",
    "econnrefused",
    "econnreset",
    "ehostunreach",
    "enetunreach",
    "etimedout",
    "err_socket_timeout",
    "socket hang up",
    "failed, reason:",
    "error when performing the request to",
    "connectionrefused downloading",
    "failedtoopensocket",
    "failed to establish a new connection",
    "temporary failure in name resolution",
    "name or service not known",
    "all attempts to connect to",
    "no such host",
    "dial tcp",
    "i/o timeout",
    "tls handshake timeout",
    "unknown host",
    "unknownhostexception",
    "connectexception",
    "noroutetohostexception",
    "sockettimeoutexception",
    "sslhandshakeexception",
    "pkix path building failed",
    "dns error",
    "tcp connect error",
    "error sending request for url",
    "certificate_verify_failed",
    "certificate signed by unknown authority",
    "invalid peer certificate",
    "self_signed_cert_in_chain",
    "self-signed certificate",
    "unable_to_get_issuer_cert",
    "unable to get local issuer certificate",
    "bad gateway",
    "service unavailable",
    "gateway timeout",
    "gateway time-out",
    "too many requests",
];

/// The local cloud's words for a program that it lacks.
const NO_TOOL: &str = "which is not on the path of this machine";

/// The meaning of a build that failed because the machine of the build lacks a program, or because
/// it cannot reach a host from which it downloads; `None` if it failed for another reason.
#[must_use]
pub fn of_build_machine(build: &Build) -> Option<Refusal> {
    let failure = build.failure.as_ref()?;
    let (code, advice) = if contains(&failure.detail, NO_TOOL) {
        ("build-tool-missing", "install the program that the reason names, and deploy again")
    } else if UNREACHABLE.iter().any(|words| contains(&failure.detail, words)) {
        (
            "download-failed",
            "check the network, the proxy, and the address and the certificate of the host that the \
             build's log names, and deploy again",
        )
    } else {
        return None;
    };
    Some(Refusal {
        class: FailureClass::System,
        code,
        advice: advice.to_owned(),
        propagates: false,
        is_platforms: false,
    })
}

/// The failure of a build whose source was deleted after it was stored. `stage` reports it.
#[must_use]
pub fn missing_source(stage: &str, object: &StorageObject) -> Failure {
    let reason = format!("the build cannot fetch the source: {object} was deleted");
    let advice = format!(
        "deploy again, which stores the source again; if it happens again, find out what deletes \
         objects in the bucket, such as a lifecycle rule, which `gcloud storage buckets describe \
         gs://{} --format='default(lifecycle_config)'` shows",
        object.bucket
    );
    Failure::new(stage, FailureClass::System, "source-gone", reason, &advice)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{BuildFailure, BuildStatus};

    fn build(kind: &str, detail: &str) -> Build {
        Build {
            name: "projects/p/locations/r/builds/b-1".to_owned(),
            status: BuildStatus::Failure,
            tags: Vec::new(),
            images: Vec::new(),
            builder: longshore_messages::Builder::default(),
            failure: Some(BuildFailure { kind: kind.to_owned(), detail: detail.to_owned() }),
            log_url: String::new(),
            logs_bucket: String::new(),
            targets: Vec::new(),
            created_at: None,
            started_at: None,
            phases: Vec::new(),
            steps: Vec::new(),
            finished_at: None,
        }
    }

    #[test]
    fn the_missing_role_of_the_builds_account_is_named() {
        let upload = "denied: Permission \"artifactregistry.repositories.uploadArtifacts\" denied";
        let get = "b@p.iam.gserviceaccount.com does not have storage.objects.get access";
        for (kind, detail, role) in [
            ("PUSH_NOT_AUTHORIZED", "", WRITER),
            ("USER_BUILD_STEP", upload, WRITER),
            ("USER_BUILD_STEP", "artifactregistry.repositories.downloadArtifacts", WRITER),
            ("PUSH_FAILED", "denied: no", WRITER),
            ("FETCH_SOURCE_FAILED", get, SOURCE_READER),
            ("FETCH_SOURCE_FAILED", "AccessDenied", SOURCE_READER),
            ("FETCH_SOURCE_FAILED", "status 403", SOURCE_READER),
            ("", "logging.logEntries.create", LOG_WRITER),
            ("LOGGING_FAILURE", "Permission denied", LOG_WRITER),
        ] {
            let refusal = of_build(&build(kind, detail)).unwrap();
            assert_eq!(refusal.class, FailureClass::System, "{kind} {detail}");
            assert_eq!(refusal.code, "build-account-role");
            assert!(refusal.advice.contains(&format!("--role {role}`")), "{kind}: {refusal:?}");
            assert!(refusal.advice.contains("gcloud builds describe b-1 --project p --region r"));
        }
    }

    #[test]
    fn a_key_that_cannot_be_used_is_not_a_missing_role_of_the_account() {
        let subject = Subject {
            key: "projects/p/locations/r/keyRings/ring/cryptoKeys/k",
            ..Subject::default()
        };
        let disabled = "Cloud KMS key is disabled, destroyed, or scheduled to be destroyed.";
        let pushed = "projects/p/locations/r/keyRings/ring/cryptoKeys/k/cryptoKeyVersions/1 is \
                      not enabled, current state is: DISABLED.";
        for (kind, detail) in [("FETCH_SOURCE_FAILED", disabled), ("PUSH_FAILED", pushed)] {
            let refusal = of_build_key(&build(kind, detail), &subject).unwrap();
            assert_eq!((refusal.class, refusal.code), (FailureClass::System, "key-unusable"));
            assert!(refusal.advice.contains("--key k --keyring ring"), "{}", refusal.advice);
        }
        assert_eq!(of_build_key(&build("PUSH_FAILED", "denied"), &subject), None);
    }

    #[test]
    fn a_host_that_cannot_be_reached_is_not_the_fault_of_the_source() {
        for detail in [
            "Exception in thread \"main\" java.net.UnknownHostException: services.gradle.org",
            "java.io.IOException: Downloading from https://x/gradle.zip failed: timeout (10000ms)",
            "wget: unable to resolve host address 'repo.maven.apache.org'",
            "wget: Failed to fetch https://repo.maven.apache.org/apache-maven-3.9.9-bin.zip",
            "Could not transfer artifact a:b:pom:1 from/to central (https://x): Connect timed out",
            "PKIX path building failed: unable to find valid certification path",
            "npm error request to https://x/a failed, reason: certificate has expired",
            "npm error code ERR_SOCKET_TIMEOUT",
            "npm error 503 Service Unavailable - GET https://x/a",
            "Error: Error when performing the request to https://x/yarn/latest",
            "SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED]",
            "ReadTimeoutError(\"HTTPSConnectionPool(host='x', port=443): Read timed out.",
            "error: Failed to fetch: `https://x/simple/a/`\n  Caused by: client error (Connect): dns error",
            "go: a@v1: Get \"https://x/a\": net/http: TLS handshake timeout",
            "go: a@v1: reading https://x/a: 502 Bad Gateway",
            "ssh: connect to host example.com port 22: Connection refused",
        ] {
            let refusal = of_build_machine(&build("USER_BUILD_STEP", detail));
            let (class, code) = (FailureClass::System, "download-failed");
            assert_eq!(refusal.map(|it| (it.class, it.code)), Some((class, code)), "{detail}");
        }
        for detail in [
            "npm error 404 Not Found - GET https://x/a",
            "ERROR: No matching distribution found for x",
            "java.io.FileNotFoundException: https://services.gradle.org/distributions/gradle-99.zip",
            "./fn.go:6:14: undefined: x",
        ] {
            assert_eq!(of_build_machine(&build("USER_BUILD_STEP", detail)), None, "{detail}");
        }
    }

    #[test]
    fn other_failures_have_another_cause() {
        for (kind, detail) in [
            ("USER_BUILD_STEP", "no such function"),
            ("PUSH_FAILED", "timeout"),
            ("FETCH_SOURCE_FAILED", "timeout"),
            ("LOGGING_FAILURE", ""),
        ] {
            assert_eq!(of_build(&build(kind, detail)), None, "{kind} {detail}");
        }
    }
}
