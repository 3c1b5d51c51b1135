//! Every method of the IAM Credentials API, and whether it is served.

use longshore_local_kit::coverage::{Method, Support};

/// Every method of <https://cloud.google.com/iam/docs/reference/credentials/rest>.
pub const METHODS: &[Method] = &[
    method(
        "google.iam.credentials.v1.IAMCredentials.GenerateIdToken",
        "POST /v1/projects/-/serviceAccounts/{serviceAccount}:generateIdToken",
        Support::Served("signed with ES256, not RS256; any caller can get a token for any account"),
    ),
    method(
        "google.iam.credentials.v1.IAMCredentials.GenerateAccessToken",
        "POST /v1/projects/-/serviceAccounts/{serviceAccount}:generateAccessToken",
        Support::Unimplemented("the local cloud's APIs do not require access tokens"),
    ),
    method(
        "google.iam.credentials.v1.IAMCredentials.SignBlob",
        "POST /v1/projects/-/serviceAccounts/{serviceAccount}:signBlob",
        Support::Unimplemented("local accounts have no keys"),
    ),
    method(
        "google.iam.credentials.v1.IAMCredentials.SignJwt",
        "POST /v1/projects/-/serviceAccounts/{serviceAccount}:signJwt",
        Support::Unimplemented(
            "local accounts have no keys; use generateIdToken for an identity token",
        ),
    ),
];

const fn method(name: &'static str, rest: &'static str, support: Support) -> Method {
    Method { service: "IAM Credentials", name, rest, grpc: "", support }
}
