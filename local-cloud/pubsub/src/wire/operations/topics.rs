//! Topics.

use super::{mask_paths, not_mutable, page};
use crate::Service;
use crate::core::Refusal;
use crate::wire::convert::{topic_from_wire, topic_to_wire};
use crate::wire::proto;

/// Fields that exist but are immutable.
const FIXED: [&str; 2] = ["name", "state"];

pub(crate) fn create_topic(
    service: &Service,
    topic: proto::Topic,
) -> Result<proto::Topic, Refusal> {
    let topic = topic_from_wire(topic)?;
    service.change(|core, _| Ok((topic_to_wire(&topic), core.create_topic(topic)?)))
}

pub(crate) fn update_topic(
    service: &Service,
    request: proto::UpdateTopicRequest,
) -> Result<proto::Topic, Refusal> {
    let patch = request.topic.unwrap_or_default();
    service.change(|core, _| {
        let mut topic = topic_to_wire(core.topic(&patch.name)?);
        for path in mask_paths(request.update_mask)? {
            match path.as_str() {
                "kms_key_name" => topic.kms_key_name.clone_from(&patch.kms_key_name),
                "labels" => topic.labels.clone_from(&patch.labels),
                "message_retention_duration" => {
                    topic.message_retention_duration = patch.message_retention_duration
                }
                "schema_settings" => topic.schema_settings.clone_from(&patch.schema_settings),
                "message_storage_policy" => {
                    topic.message_storage_policy = patch.message_storage_policy
                }
                "ingestion_data_source_settings" => {
                    topic.ingestion_data_source_settings = patch.ingestion_data_source_settings;
                }
                "message_transforms" => {
                    topic.message_transforms.clone_from(&patch.message_transforms)
                }
                nested if nested.starts_with("schema_settings.") => {
                    copy_schema_field(&mut topic, &patch, nested)?
                }
                other => return Err(not_mutable("Topic", other, &FIXED)),
            }
        }
        let topic = topic_from_wire(topic)?;
        Ok((topic_to_wire(&topic), core.update_topic(topic)?))
    })
}

fn copy_schema_field(
    topic: &mut proto::Topic,
    patch: &proto::Topic,
    path: &str,
) -> Result<(), Refusal> {
    let from = patch.schema_settings.clone().unwrap_or_default();
    let into = topic.schema_settings.get_or_insert_default();
    match path {
        "schema_settings.schema" => into.schema = from.schema,
        "schema_settings.encoding" => into.encoding = from.encoding,
        "schema_settings.first_revision_id" => into.first_revision_id = from.first_revision_id,
        "schema_settings.last_revision_id" => into.last_revision_id = from.last_revision_id,
        other => return Err(not_mutable("Topic", other, &FIXED)),
    }
    Ok(())
}

pub(crate) fn get_topic(service: &Service, name: &str) -> Result<proto::Topic, Refusal> {
    service.read(|core| core.topic(name).map(topic_to_wire))
}

pub(crate) fn delete_topic(service: &Service, name: &str) -> Result<(), Refusal> {
    service.change(|core, _| Ok(((), core.delete_topic(name)?)))
}

pub(crate) fn list_topics(
    service: &Service,
    request: &proto::ListTopicsRequest,
) -> Result<proto::ListTopicsResponse, Refusal> {
    service.read(|core| {
        let topics = core.topics(&request.project)?.map(topic_to_wire);
        let (topics, next_page_token) =
            page(topics, |topic| &topic.name, request.page_size, &request.page_token)?;
        Ok(proto::ListTopicsResponse { topics, next_page_token })
    })
}

pub(crate) fn list_topic_subscriptions(
    service: &Service,
    request: &proto::ListTopicSubscriptionsRequest,
) -> Result<proto::ListTopicSubscriptionsResponse, Refusal> {
    service.read(|core| {
        let names =
            core.topic_subscriptions(&request.topic)?.map(|subscription| subscription.name.clone());
        let (subscriptions, next_page_token) =
            page(names, |name| name, request.page_size, &request.page_token)?;
        Ok(proto::ListTopicSubscriptionsResponse { subscriptions, next_page_token })
    })
}
