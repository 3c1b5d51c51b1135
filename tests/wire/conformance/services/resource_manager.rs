//! Resource Manager, versions 1 and 3. A project exists as soon as it is named.

use super::{Service, recipe};

pub(in super::super) const RESOURCE_MANAGER: Service = Service {
    name: "resource_manager",
    api: "Resource Manager",
    documents: &["cloudresourcemanager.v1", "cloudresourcemanager.v3"],
    address: |endpoints| endpoints.projects,
    names: &[("operation", "noop.DONE_OPERATION")],
    before: &[],
    recipes: &[
        recipe("POST /v1/projects/{project}:setIamPolicy", "", POLICY),
        recipe("POST /v3/projects/{project}:setIamPolicy", "", POLICY),
        recipe("POST /v1/projects/{project}:testIamPermissions", "", PERMISSIONS),
        recipe("POST /v3/projects/{project}:testIamPermissions", "", PERMISSIONS),
    ],
    values: &[("policy.version", "3")],
    output_only: &[],
    changing: &[],
    numbers: &[],
    only: &[],
    undescribed: &[],
};

const POLICY: &str = r#"{"policy": {"bindings": []}}"#;

const PERMISSIONS: &str = r#"{"permissions": ["run.services.get"]}"#;
