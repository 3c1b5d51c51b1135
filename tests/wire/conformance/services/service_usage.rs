//! Service Usage, versions 1 and 1beta1. Every API is enabled.

use super::{Service, recipe};

pub(in super::super) const SERVICE_USAGE: Service = Service {
    name: "service_usage",
    api: "Service Usage",
    documents: &["serviceusage.v1", "serviceusage.v1beta1"],
    address: |endpoints| endpoints.projects,
    names: &[("operation", "noop.DONE_OPERATION"), ("service", "run.googleapis.com")],
    before: &[],
    recipes: &[
        recipe("POST /v1/projects/{project}/services:batchEnable", "", APIS),
        recipe("POST /v1beta1/projects/{project}/services:batchEnable", "", APIS),
    ],
    values: &[("serviceIds", r#"["storage.googleapis.com"]"#)],
    output_only: &[],
    changing: &[],
    numbers: &[],
    only: &[],
    undescribed: &[],
};

const APIS: &str = r#"{"serviceIds": ["run.googleapis.com"]}"#;
