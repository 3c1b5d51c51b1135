//! Triggers of events: triggers of Eventarc. Pure.

use longshore_cloud::{CloudError, EventDestination, EventRoute, Kind};
use longshore_messages::{EventTrigger, FailureClass, Function, TriggerOwner};
use longshore_runner::telemetry::chain;

use super::verdict::Verdict;

/// What the types of the events of Cloud Storage begin with.
const OF_STORAGE: &str = "google.cloud.storage.";

/// The attribute that names the bucket.
const BUCKET: &str = "bucket";

/// The trigger of Eventarc that a trigger requests.
pub(super) fn route(
    fleet: &str,
    function: &Function,
    event: &EventTrigger,
    account: &str,
) -> EventRoute {
    EventRoute {
        name: event.name(fleet, &function.at),
        event_type: event.event_type.clone(),
        filters: event.filters.clone(),
        topic: event.topic.clone(),
        channel: event.channel.clone(),
        labels: TriggerOwner::function(fleet, &function.at).labels(),
        account: account.to_owned(),
        destination: EventDestination {
            service: function.at.service_id(),
            region: function.at.region.clone(),
            path: event.path.clone().unwrap_or_default(),
        },
        retries: event.retries,
        encoding: event.encoding,
    }
}

/// The bucket whose events a trigger gets, or `None` if it gets others.
pub(crate) fn bucket(route: &EventRoute) -> Option<&str> {
    let of_storage = route.event_type.starts_with(OF_STORAGE);
    let filter = route.filters.iter().find(|filter| filter.attribute == BUCKET);
    filter.filter(|_| of_storage).map(|filter| filter.value.as_str())
}

/// What Eventarc's refusal means, where it says more than its code. `None` if it does not.
pub(super) fn refusal(trigger: &str, error: &CloudError, function: &Function) -> Option<Verdict> {
    let project = &function.at.project;
    let words = chain(error).to_lowercase();
    let says = |part: &str| words.contains(part);
    if says("service agent") {
        return Some(Verdict::Agent(format!(
            "deploy again in a few minutes: the service agents of a project appear when it first uses \
             Eventarc; if that does not help, run `gcloud beta services identity create --service \
             eventarc.googleapis.com --project {project}` and grant what it prints \
             `roles/eventarc.serviceAgent`"
        )));
    }
    if says("unable to publish") {
        return Some(Verdict::Propagates(format!(
            "let Cloud Storage publish events with `gcloud projects add-iam-policy-binding {project} \
             --member \"serviceAccount:$(gcloud storage service-agent --project {project})\" --role \
             roles/pubsub.publisher`, and deploy again"
        )));
    }
    if says("eventarc.events.receive") || says("eventarc.eventreceiver") {
        return Some(Verdict::Propagates(format!(
            "let the trigger's account receive events with `gcloud projects add-iam-policy-binding \
             {project} --member serviceAccount:ACCOUNT --role roles/eventarc.eventReceiver`, and \
             deploy again"
        )));
    }
    // A used-up rate is counted by the minute. The number of triggers stays.
    let is_rate = error.reason == "RATE_LIMIT_EXCEEDED" || says("per minute");
    if error.kind == Kind::ResourceExhausted && !is_rate {
        return Some(Verdict::Refused(
            FailureClass::System,
            format!(
                "the location has 500 triggers, Eventarc's maximum, which cannot be raised; delete \
                 some of those that `gcloud eventarc triggers list --project {project}` shows, or \
                 replace {trigger} by a `topic` trigger, which does not count"
            ),
        ));
    }
    None
}

/// What to do if something that a trigger needs does not exist.
pub(super) fn missing() -> String {
    "create the bucket, topic or channel that the reason names, and deploy again".to_owned()
}

/// The roles that the fleet and the trigger's account need, with their commands.
pub(super) fn roles(project: &str) -> String {
    format!(
        "let the fleet manage triggers with `gcloud projects add-iam-policy-binding {project} --member \
         serviceAccount:FLEET --role roles/eventarc.developer`, let the trigger's account receive \
         events with `gcloud projects add-iam-policy-binding {project} --member \
         serviceAccount:ACCOUNT --role roles/eventarc.eventReceiver`"
    )
}
