//! Eventarc: [`Triggers`] of [`EventRoute`] over `google-cloud-eventarc-v1`.

use async_trait::async_trait;
use google_cloud_eventarc_v1::client::Eventarc;
use google_cloud_eventarc_v1::model;
use google_cloud_eventarc_v1::model::trigger::RetryPolicy;
use google_cloud_wkt::FieldMask;
use longshore_google_clients::UntilDone as _;
use longshore_messages::{EventEncoding, EventFilter, TriggerOwner};

use super::call::{Call, found, unless_exists};
use super::late::Late;
use super::profile::{Profile, REQUEST_LIMIT, TRIGGER_LIMIT};
use crate::error::ConnectError;
use crate::pacing::{Api, Key, Pacer};
use crate::{
    CloudError, EventDestination, EventField, EventRoute, Kind, LiveTrigger, TriggerShape as _,
    TriggerState, Triggers,
};

/// Triggers of one page: the largest that Eventarc returns
/// (`google.cloud.eventarc.v1.ListTriggersRequest`).
const PAGE_SIZE: i32 = 1_000;

/// The attribute whose filter is the type.
const TYPE: &str = "type";

const NOT_A_TRIGGER: &str = "a trigger is named projects/P/locations/L/triggers/T";

pub(crate) struct GoogleEventTriggers {
    eventarc: Late<Eventarc>,
    pacer: Pacer,
}

impl GoogleEventTriggers {
    pub(crate) async fn connect(
        profile: &Profile,
        endpoint: Option<&str>,
        pacer: Pacer,
    ) -> Result<Self, ConnectError> {
        let eventarc = profile.client("eventarc", Eventarc::builder, endpoint).await?;
        Ok(Self { eventarc, pacer })
    }

    /// Waits for the quota of writes, which covers all locations of a project.
    async fn pace(&self, name: &str) {
        self.pacer.acquire(Key::of_resource(name, Api::EventarcWrites)).await;
    }

    /// Learns from the result of a write.
    fn noted<T>(&self, call: Call<'_>, result: Result<T, CloudError>) -> Result<T, CloudError> {
        self.pacer.note(&Key::of_resource(call.resource, Api::EventarcWrites), result)
    }
}

#[async_trait]
impl Triggers<EventRoute> for GoogleEventTriggers {
    /// Takes one list call per thousand triggers of the project, in all locations.
    #[tracing::instrument(name = "cloud.list_triggers", skip_all, fields(service = "eventarc", resource = owner.project))]
    async fn list(
        &self,
        owner: &TriggerOwner<'_>,
    ) -> Result<Vec<LiveTrigger<EventRoute>>, CloudError> {
        let parent = format!("projects/{}/locations/-", owner.project);
        let call = Call::new("list triggers", &parent);
        let api = self.eventarc.get(call).await?;
        let mut triggers = Vec::new();
        let request = |token| {
            let list = api.list_triggers().set_parent(&parent);
            list.set_page_size(PAGE_SIZE).set_page_token(token).send()
        };
        call.pages(REQUEST_LIMIT, request, |page| {
            let live = page.triggers.iter().map(observed);
            triggers.extend(live.filter(|live| live.shape.is_of(owner)));
            page.next_page_token
        })
        .await?;
        Ok(triggers)
    }

    #[tracing::instrument(name = "cloud.create_trigger", skip_all, fields(service = "eventarc", resource = shape.name))]
    async fn create(&self, shape: &EventRoute) -> Result<(), CloudError> {
        let call = Call::new("create trigger", &shape.name);
        let api = self.eventarc.get(call).await?;
        let (parent, id) = shape
            .name
            .split_once("/triggers/")
            .ok_or_else(|| call.caused(Kind::InvalidArgument, NOT_A_TRIGGER))?;
        self.pace(&shape.name).await;
        let request = api.create_trigger().set_parent(parent).set_trigger_id(id);
        let request = request.set_trigger(requested(shape));
        unless_exists(self.noted(call, call.once(TRIGGER_LIMIT, request.until_done()).await))
    }

    #[tracing::instrument(name = "cloud.update_trigger", skip_all, fields(service = "eventarc", resource = shape.name))]
    async fn update(&self, shape: &EventRoute, fields: &[EventField]) -> Result<(), CloudError> {
        let call = Call::new("update trigger", &shape.name);
        let api = self.eventarc.get(call).await?;
        let paths: Option<Vec<&str>> = fields.iter().map(|field| path(*field)).collect();
        let paths = paths.ok_or_else(|| {
            let reason = "a trigger keeps its type, its topic and its channel";
            call.caused(Kind::InvalidArgument, reason)
        })?;
        self.pace(&shape.name).await;
        let request = api.update_trigger().set_trigger(requested(shape));
        let request = request.set_update_mask(FieldMask::default().set_paths(paths));
        self.noted(call, call.once(TRIGGER_LIMIT, request.until_done()).await).map(drop)
    }

    #[tracing::instrument(name = "cloud.delete_trigger", skip_all, fields(service = "eventarc", resource = name))]
    async fn delete(&self, name: &str) -> Result<(), CloudError> {
        let call = Call::new("delete trigger", name);
        let api = self.eventarc.get(call).await?;
        self.pace(name).await;
        let request = api.delete_trigger().set_name(name);
        found(self.noted(call, call.once(TRIGGER_LIMIT, request.until_done()).await)).map(drop)
    }
}

/// The field of an update mask. `None` if it cannot be changed.
fn path(field: EventField) -> Option<&'static str> {
    match field {
        EventField::Type | EventField::Topic | EventField::Channel => None,
        EventField::Filters => Some("event_filters"),
        EventField::Labels => Some("labels"),
        EventField::Account => Some("service_account"),
        EventField::Destination => Some("destination"),
        EventField::Retries => Some("retry_policy"),
        EventField::Encoding => Some("event_data_content_type"),
    }
}

fn requested(shape: &EventRoute) -> model::Trigger {
    let filter = |attribute: &str, value: &str, operator: &str| {
        let filter = model::EventFilter::new().set_attribute(attribute).set_value(value);
        filter.set_operator(operator)
    };
    let own = shape.filters.iter().map(|one| filter(&one.attribute, &one.value, one.operator()));
    let filters = std::iter::once(filter(TYPE, &shape.event_type, "")).chain(own);
    let EventDestination { service, region, path } = &shape.destination;
    let run = model::CloudRun::new().set_service(service).set_region(region).set_path(path);
    let mut trigger = model::Trigger::new()
        .set_name(&shape.name)
        .set_event_filters(filters)
        .set_service_account(&shape.account)
        .set_destination(model::Destination::new().set_cloud_run(run))
        .set_labels(shape.labels.clone())
        .set_channel(shape.channel.clone().unwrap_or_default())
        .set_event_data_content_type(shape.encoding.as_str());
    if let Some(topic) = &shape.topic {
        let transport = model::Transport::new().set_pubsub(model::Pubsub::new().set_topic(topic));
        trigger = trigger.set_transport(transport);
    }
    if !shape.retries {
        // The only number that Eventarc accepts. Without a policy, it retries for 24 hours.
        trigger = trigger.set_retry_policy(RetryPolicy::new().set_max_attempts(1));
    }
    trigger
}

fn observed(trigger: &model::Trigger) -> LiveTrigger<EventRoute> {
    let is_type = |filter: &&model::EventFilter| filter.attribute == TYPE;
    let event_type = trigger.event_filters.iter().find(is_type);
    let own = trigger.event_filters.iter().filter(|filter| !is_type(filter));
    let mut filters: Vec<EventFilter> = own
        .map(|filter| EventFilter {
            attribute: filter.attribute.clone(),
            value: filter.value.clone(),
            is_pattern: filter.operator == EventFilter::PATTERN,
        })
        .collect();
    filters.sort();
    let run = trigger.destination.as_ref().and_then(|destination| destination.cloud_run());
    let destination = run.map(|run| EventDestination {
        service: run.service.clone(),
        region: run.region.clone(),
        path: run.path.clone(),
    });
    let topic = trigger.transport.as_ref().and_then(|transport| transport.pubsub());
    let topic = topic.map(|pubsub| pubsub.topic.clone()).filter(|topic| !topic.is_empty());
    let encoding = EventEncoding::ALL
        .into_iter()
        .find(|encoding| encoding.as_str() == trigger.event_data_content_type);
    LiveTrigger {
        shape: EventRoute {
            name: trigger.name.clone(),
            event_type: event_type.map(|filter| filter.value.clone()).unwrap_or_default(),
            filters,
            topic,
            channel: Some(trigger.channel.clone()).filter(|channel| !channel.is_empty()),
            labels: trigger.labels.clone().into_iter().collect(),
            account: account(&trigger.service_account).to_owned(),
            destination: destination.unwrap_or_default(),
            retries: trigger.retry_policy.as_ref().is_none_or(|policy| policy.max_attempts != 1),
            encoding: encoding.unwrap_or_default(),
        },
        state: if trigger.conditions.is_empty() {
            TriggerState::Active
        } else {
            TriggerState::Failing
        },
        last: None,
    }
}

/// Eventarc may show an account as `projects/P/serviceAccounts/EMAIL`.
fn account(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or_default()
}

#[cfg(test)]
mod tests;
