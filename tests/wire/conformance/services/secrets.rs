//! Secret Manager.

use super::{Service, recipe};

pub(in super::super) const SECRETS: Service = Service {
    name: "secrets",
    api: "Secret Manager",
    documents: &["secretmanager.v1"],
    address: |endpoints| endpoints.secrets,
    names: &[("secret", "s"), ("version", "1")],
    before: &[
        r#"POST /v1/projects/{project}/secrets?secretId=s {"replication": {"automatic": {}}}"#,
        r#"POST /v1/projects/{project}/secrets/s:addVersion {"payload": {"data": "dmFsdWU="}}"#,
        r#"POST /v1/projects/{project}/secrets/s:addVersion {"payload": {"data": "dmFsdWU="}}"#,
    ],
    recipes: &[
        recipe(
            "POST /v1/projects/{project}/secrets",
            "secretId=new",
            r#"{"replication": {"automatic": {}}}"#,
        ),
        recipe(
            "POST /v1/projects/{project}/secrets/{secret}:addVersion",
            "",
            r#"{"payload": {"data": "dmFsdWU="}}"#,
        )
        .read_by("GET /v1/projects/{project}/secrets/s/versions/latest:access"),
        recipe(
            "PATCH /v1/projects/{project}/secrets/{secret}",
            "updateMask=labels",
            r#"{"labels": {"a": "b"}}"#,
        ),
        recipe(
            "POST /v1/projects/{project}/secrets/{secret}:setIamPolicy",
            "",
            r#"{"policy": {"bindings": []}}"#,
        ),
        recipe(
            "POST /v1/projects/{project}/secrets/{secret}:testIamPermissions",
            "",
            r#"{"permissions": ["secretmanager.secrets.get"]}"#,
        ),
    ],
    values: &[
        ("versionAliases", r#"{"key": "1"}"#),
        ("dataCrc32c", "\"1072533838\""),
        ("policy.version", "3"),
    ],
    output_only: &[],
    changing: &[],
    numbers: &[],
    only: &[],
    undescribed: &[],
};
