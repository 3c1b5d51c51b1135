//! What calls a function, as the cloud has it.

use longshore_cloud::{
    EventRoute, FunctionState, LastCall, LiveFunction, LiveTrigger, ScheduledCall, TaskQueue,
    TopicPush, TriggerShape,
};
use longshore_messages::EventFilter;
use serde::Serialize;

use crate::output::{Cell, Table, Text, Tone};
use crate::time_text::rfc3339;

/// A trigger. Fields of other kinds are empty.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Trigger {
    /// `topic`, `event`, `schedule` or `queue`.
    pub(super) kind: &'static str,
    /// `active`, `failing`, `detached`, `paused` or `unfinished`.
    pub(super) state: &'static str,
    /// `projects/P/topics/T`. An event trigger has one for its deliveries.
    pub(super) topic: Option<String>,
    pub(super) filter: Option<String>,
    /// Type of the events of an event trigger.
    pub(super) event_type: Option<String>,
    /// Times of a schedule.
    pub(super) schedule: Option<String>,
    pub(super) time_zone: Option<String>,
    /// Where a schedule or a queue sends its requests.
    pub(super) url: Option<String>,
    pub(super) service_account: String,
    /// When it called the function last, if its API says so.
    pub(super) last_called_at: Option<String>,
    /// What went wrong then.
    pub(super) last_problem: Option<String>,
    /// Resource name of the subscription, the trigger of Eventarc, the job or the queue.
    pub(super) name: String,
}

impl Trigger {
    fn of<S: TriggerShape>(live: &LiveTrigger<S>) -> Self {
        let last = live.last.as_ref();
        Self {
            kind: S::KIND.as_str(),
            state: live.state.as_str(),
            last_called_at: last.map(|LastCall { at, .. }| rfc3339(*at)),
            last_problem: last.and_then(|last| last.problem.clone()),
            name: live.shape.name().to_owned(),
            ..Self::default()
        }
    }

    /// The function's own trigger, which it has in the Functions flavour. The API does not say whether
    /// it works, so it is taken to do so while the function serves.
    pub(super) fn of_function(live: &LiveFunction) -> Option<Self> {
        let event = live.shape.event.as_ref()?;
        let is_active = live.state == FunctionState::Active;
        Some(Self {
            kind: "event",
            state: if is_active { "active" } else { "failing" },
            topic: Some(event.topic.clone()).filter(|topic| !topic.is_empty()),
            filter: conditions(&event.filters),
            service_account: event.account.clone(),
            name: live.name.clone(),
            event_type: Some(event.event_type.clone()),
            ..Self::default()
        })
    }

    /// What it is about, in a word or two.
    fn source(&self) -> String {
        if let Some(event_type) = &self.event_type {
            return event_type.clone();
        }
        match (&self.topic, &self.schedule, &self.time_zone) {
            (Some(topic), ..) => topic.clone(),
            (None, Some(schedule), Some(zone)) => format!("{schedule} ({zone})"),
            (None, Some(schedule), None) => schedule.clone(),
            (None, None, _) => self.name.clone(),
        }
    }

    fn last(&self) -> String {
        let Some(at) = &self.last_called_at else { return "-".to_owned() };
        let at = at.get(..19).unwrap_or(at);
        match &self.last_problem {
            Some(problem) => format!("{at} {problem}"),
            None => at.to_owned(),
        }
    }
}

impl From<&LiveTrigger<TopicPush>> for Trigger {
    fn from(live: &LiveTrigger<TopicPush>) -> Self {
        let filter = &live.shape.filter;
        Self {
            topic: Some(live.shape.topic.clone()),
            filter: (!filter.is_empty()).then(|| filter.clone()),
            service_account: live.shape.account.clone(),
            ..Self::of(live)
        }
    }
}

impl From<&LiveTrigger<EventRoute>> for Trigger {
    fn from(live: &LiveTrigger<EventRoute>) -> Self {
        Self {
            topic: live.shape.topic.clone(),
            filter: conditions(&live.shape.filters),
            event_type: Some(live.shape.event_type.clone()),
            service_account: live.shape.account.clone(),
            ..Self::of(live)
        }
    }
}

impl From<&LiveTrigger<ScheduledCall>> for Trigger {
    fn from(live: &LiveTrigger<ScheduledCall>) -> Self {
        Self {
            schedule: Some(live.shape.schedule.clone()),
            time_zone: Some(live.shape.time_zone.clone()),
            url: Some(live.shape.url.clone()),
            service_account: live.shape.account.clone(),
            ..Self::of(live)
        }
    }
}

impl From<&LiveTrigger<TaskQueue>> for Trigger {
    fn from(live: &LiveTrigger<TaskQueue>) -> Self {
        Self {
            url: Some(live.shape.url.clone()),
            service_account: live.shape.account.clone(),
            ..Self::of(live)
        }
    }
}

fn conditions(filters: &[EventFilter]) -> Option<String> {
    let filters = filters.iter();
    let filters = filters.map(|filter| format!("{}={}", filter.attribute, filter.value));
    let all = filters.collect::<Vec<String>>().join(",");
    (!all.is_empty()).then_some(all)
}

pub(super) fn human(triggers: &[Trigger], coloured: bool) -> Text {
    let mut table = Table::headed(["TRIGGER", "STATE", "OF", "FILTER", "CALLS AS", "LAST CALL"]);
    for trigger in triggers {
        let tone = match trigger.state {
            "active" => Tone::Good,
            "paused" => Tone::Busy,
            _ => Tone::Bad,
        };
        table.row([
            trigger.kind.into(),
            Cell::new(trigger.state, tone),
            trigger.source().into(),
            trigger.filter.as_deref().unwrap_or("-").into(),
            trigger.service_account.as_str().into(),
            trigger.last().into(),
        ]);
    }
    table.text(coloured)
}
