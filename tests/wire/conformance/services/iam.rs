//! IAM, and the credentials of its accounts.

use super::{Service, recipe};

pub(in super::super) const IAM: Service = Service {
    name: "iam",
    api: "IAM",
    documents: &["iam.v1"],
    address: |endpoints| endpoints.identity,
    names: &[("serviceAccount", "a@{project}.iam.gserviceaccount.com")],
    before: &[],
    recipes: &[],
    values: &[],
    output_only: &[],
    changing: &[],
    numbers: &[],
    only: &[],
    undescribed: &[],
};

pub(in super::super) const CREDENTIALS: Service = Service {
    name: "credentials",
    api: "IAM Credentials",
    documents: &["iamcredentials.v1"],
    address: |endpoints| endpoints.identity,
    names: &[("serviceAccount", "a@{project}.iam.gserviceaccount.com")],
    before: &[],
    recipes: &[recipe(
        "POST /v1/projects/-/serviceAccounts/{serviceAccount}:generateIdToken",
        "",
        r#"{"audience": "https://service.example"}"#,
    )],
    values: &[],
    output_only: &[],
    changing: &[],
    numbers: &[],
    only: &[],
    undescribed: &[],
};
