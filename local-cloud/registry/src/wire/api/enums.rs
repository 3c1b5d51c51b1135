//! The names of enums. The model types write numbers and read both.

use google_cloud_artifactregistry_v1::model::cleanup_policy::Action;
use google_cloud_artifactregistry_v1::model::cleanup_policy_condition::TagState;
use google_cloud_artifactregistry_v1::model::repository::vulnerability_scanning_config::{
    EnablementConfig, EnablementState,
};
use google_cloud_artifactregistry_v1::model::repository::{Format, Mode};

/// The name of an enum's value, by its field. `None` if the field is a number.
pub(super) fn name(field: &str, number: i32) -> Option<String> {
    let owned = |name: Option<&str>| name.map(str::to_owned);
    match field {
        "action" => owned(Action::from(number).name()),
        "enablementConfig" => owned(EnablementConfig::from(number).name()),
        "enablementState" => owned(EnablementState::from(number).name()),
        "format" => owned(Format::from(number).name()),
        "mode" => owned(Mode::from(number).name()),
        "tagState" => owned(TagState::from(number).name()),
        _ => None,
    }
}
