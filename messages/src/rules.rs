//! Validation of fields. These are Google's rules, checked here so that a mistake is reported at
//! once and with its field, and not minutes later by the service that rejects it.
//!
//! A rule is a predicate and the message that a requester reads if it fails. The message continues
//! a sentence that starts with the field's name.

mod environment;
mod labels;
mod names;
mod quantities;
mod requests;
mod resources;
mod schedules;
mod secrets;
mod sources;
mod text;
mod triggers;

pub(crate) use environment::{
    build_environment, service_environment, variable_count, variable_names,
};
pub(crate) use labels::labels;
pub(crate) use names::{
    BUCKET, DESCRIPTION, ENTRY_POINT, FUNCTION_ID, MACHINE_TYPE, OBJECT, PROJECT, REGION, RUNTIME,
    SERVICE_NAME, SERVICE_NAME_OF_RUN, TRAFFIC_TAG, is_bucket, is_description, is_entry_point,
    is_function_id, is_machine_type, is_object, is_project, is_region, is_runtime, is_service_name,
    is_traffic_tag,
};
pub(crate) use quantities::{
    CPU, MEMORY, cpu_for_memory, duration, is_below_gen2, is_below_one_cpu, is_cpu, is_memory,
    memory_for_cpu, timestamp, to_timestamp,
};
pub(crate) use requests::{
    BODY, OWN_ACCOUNT, REQUEST_PATH, header_problems, is_body, is_request_path, may_be_account_of,
};
pub(crate) use resources::{
    BASE_IMAGE, BUILD_NAME, CHANNEL, CONNECTOR, DIGEST, IMAGE_NAME, KMS_KEY, NETWORK,
    OPERATION_NAME, REPOSITORY, SERVICE_ACCOUNT_EMAIL, SERVICE_ACCOUNT_NAME, WORKER_POOL,
    is_base_image, is_build_name, is_channel, is_connector, is_digest, is_image_name, is_network,
    is_operation_name, is_repository, is_repository_id, is_service_account_email,
    is_service_account_name, is_worker_pool, kms_key_location,
};
pub(crate) use schedules::{
    TIME_ZONE, TRIGGER_NAME, is_time_zone, is_trigger_name, schedule_problem,
};
pub(crate) use secrets::{
    FILE_IN_VOLUME, MOUNT_PATH, SECRET, SECRET_VERSION, is_file_in_volume, is_mount_path,
    is_secret, is_secret_version,
};
pub(crate) use sources::{
    DIRECTORY, GIT_REVISION, is_directory, is_git_revision, is_host, is_url_path,
};
pub(crate) use text::{SHA256, is_lower_hex, optional, parsed};
pub(crate) use triggers::{
    EVENT_ATTRIBUTE, EVENT_LOCATION, EVENT_TYPE, EVENT_VALUE, FILTER, MEMBER, PATH, TOPIC,
    is_event_attribute, is_event_location, is_event_type, is_event_value, is_filter, is_member,
    is_path, topic_name,
};

#[cfg(test)]
mod tests;
