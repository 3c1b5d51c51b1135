//! Every method of the IAM Credentials API, and those of IAM about service accounts, and whether it is
//! served.

use longshore_local_kit::coverage::{Method, Support};

/// Every method of <https://cloud.google.com/iam/docs/reference/credentials/rest>, and those of
/// <https://cloud.google.com/iam/docs/reference/rest/v1/projects.serviceAccounts>.
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
    account(
        "google.iam.admin.v1.IAM.GetServiceAccount",
        "GET /v1/projects/{project}/serviceAccounts/{serviceAccount}",
        Support::Served("every account exists as soon as it is named"),
    ),
    account(
        "google.iam.admin.v1.IAM.ListServiceAccounts",
        "GET /v1/projects/{project}/serviceAccounts",
        NO_ACCOUNTS,
    ),
    account(
        "google.iam.admin.v1.IAM.CreateServiceAccount",
        "POST /v1/projects/{project}/serviceAccounts",
        NO_ACCOUNTS,
    ),
    account(
        "google.iam.admin.v1.IAM.UpdateServiceAccount",
        "PUT /v1/projects/{project}/serviceAccounts/{serviceAccount}",
        NO_ACCOUNTS,
    ),
    account(
        "google.iam.admin.v1.IAM.PatchServiceAccount",
        "PATCH /v1/projects/{project}/serviceAccounts/{serviceAccount}",
        NO_ACCOUNTS,
    ),
    account(
        "google.iam.admin.v1.IAM.DeleteServiceAccount",
        "DELETE /v1/projects/{project}/serviceAccounts/{serviceAccount}",
        NO_ACCOUNTS,
    ),
    account(
        "google.iam.admin.v1.IAM.UndeleteServiceAccount",
        "POST /v1/projects/{project}/serviceAccounts/{serviceAccount}:undelete",
        NO_ACCOUNTS,
    ),
    account(
        "google.iam.admin.v1.IAM.EnableServiceAccount",
        "POST /v1/projects/{project}/serviceAccounts/{serviceAccount}:enable",
        NO_ACCOUNTS,
    ),
    account(
        "google.iam.admin.v1.IAM.DisableServiceAccount",
        "POST /v1/projects/{project}/serviceAccounts/{serviceAccount}:disable",
        NO_ACCOUNTS,
    ),
    account(
        "google.iam.admin.v1.IAM.GetIamPolicy",
        "POST /v1/projects/{project}/serviceAccounts/{serviceAccount}:getIamPolicy",
        NO_POLICIES,
    ),
    account(
        "google.iam.admin.v1.IAM.SetIamPolicy",
        "POST /v1/projects/{project}/serviceAccounts/{serviceAccount}:setIamPolicy",
        NO_POLICIES,
    ),
    account(
        "google.iam.admin.v1.IAM.TestIamPermissions",
        "POST /v1/projects/{project}/serviceAccounts/{serviceAccount}:testIamPermissions",
        NO_POLICIES,
    ),
];

const NO_ACCOUNTS: Support = Support::Unimplemented("every account exists as soon as it is named");
const NO_POLICIES: Support = Support::Unimplemented("every caller may act as every account");

const fn account(name: &'static str, rest: &'static str, support: Support) -> Method {
    Method { service: "IAM", name, rest, grpc: "", support }
}

const fn method(name: &'static str, rest: &'static str, support: Support) -> Method {
    Method { service: "IAM Credentials", name, rest, grpc: "", support }
}
