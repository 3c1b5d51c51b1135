//! Cloud Billing.

use super::Service;

pub(in super::super) const BILLING: Service = Service {
    name: "billing",
    api: "Cloud Billing",
    documents: &["cloudbilling.v1"],
    address: |endpoints| endpoints.projects,
    names: &[],
    before: &[],
    recipes: &[],
    values: &[],
    output_only: &[],
    changing: &[],
    numbers: &[],
    only: &[],
    undescribed: &[],
};
