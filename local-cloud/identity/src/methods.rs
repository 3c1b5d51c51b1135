//! What is served of the IAM Credentials API.

use longshore_local_kit::coverage::{Method, Support};

/// Every method of <https://cloud.google.com/iam/docs/reference/credentials/rest>.
pub const METHODS: &[Method] = &[
    method(
        "google.iam.credentials.v1.IAMCredentials.GenerateIdToken",
        "POST /v1/projects/-/serviceAccounts/{serviceAccount}:generateIdToken",
        Support::Served("signed with ES256, not RS256; any caller may have a token of any account"),
    ),
    method(
        "google.iam.credentials.v1.IAMCredentials.GenerateAccessToken",
        "POST /v1/projects/-/serviceAccounts/{serviceAccount}:generateAccessToken",
        Support::Unimplemented("the local cloud's APIs ask for no access token"),
    ),
    method(
        "google.iam.credentials.v1.IAMCredentials.SignBlob",
        "POST /v1/projects/-/serviceAccounts/{serviceAccount}:signBlob",
        Support::Unimplemented("accounts have no keys of their own here"),
    ),
    method(
        "google.iam.credentials.v1.IAMCredentials.SignJwt",
        "POST /v1/projects/-/serviceAccounts/{serviceAccount}:signJwt",
        Support::Unimplemented(
            "accounts have no keys of their own here; generateIdToken gives an identity token",
        ),
    ),
];

const fn method(name: &'static str, rest: &'static str, support: Support) -> Method {
    Method { service: "IAM Credentials", name, rest, grpc: "", support }
}
