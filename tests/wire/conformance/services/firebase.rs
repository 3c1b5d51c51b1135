//! Firebase Management.

use super::Service;

pub(in super::super) const FIREBASE: Service = Service {
    name: "firebase",
    api: "Firebase Management",
    documents: &["firebase.v1beta1"],
    address: |endpoints| endpoints.firebase,
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
