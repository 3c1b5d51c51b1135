//! A deployment in the index. Pure: from what the ledger lists and what was read of it.

use longshore_ledger::{KnownEnd, ListedDeployment};
use longshore_messages::{BatchId, DeploymentFinished, DeploymentId, FunctionRef, Outcome};
use time::{Duration, OffsetDateTime};

/// Maximum length of a reason in the index, in bytes. The page of a deployment reads the whole one.
const REASON_BYTES: usize = 600;

/// A station of the road: the stage that handles a deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    Uploader,
    BuildSubmitter,
    RegistryWatcher,
    ServiceDeployer,
}

impl Stage {
    pub const ALL: [Self; 4] =
        [Self::Uploader, Self::BuildSubmitter, Self::RegistryWatcher, Self::ServiceDeployer];

    /// The name of the worker.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Uploader => "uploader",
            Self::BuildSubmitter => "build-submitter",
            Self::RegistryWatcher => "registry-watcher",
            Self::ServiceDeployer => "service-deployer",
        }
    }

    /// What the stage does, in two words.
    #[must_use]
    pub fn does(self) -> &'static str {
        match self {
            Self::Uploader => "Store source",
            Self::BuildSubmitter => "Submit build",
            Self::RegistryWatcher => "Build image",
            Self::ServiceDeployer => "Deploy service",
        }
    }

    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.as_str() == name)
    }
}

/// How far a deployment is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// A stage handles it.
    In(Stage),
    /// It waits for an operator, because a message of it to this stage is parked.
    Parked(Stage),
    /// The id of a request to delete the function.
    Deletion,
    Deployed,
    Unchanged,
    TrafficPinned,
    Failed,
    Superseded,
    Cancelled,
    /// It ended in a way that only a newer version knows.
    Ended(String),
}

impl State {
    /// The state of a deployment that ended with this outcome.
    #[must_use]
    pub fn of_outcome(outcome: &str) -> Self {
        match outcome {
            "deployed" => Self::Deployed,
            "unchanged" => Self::Unchanged,
            "traffic-pinned" => Self::TrafficPinned,
            "failed" => Self::Failed,
            "superseded" => Self::Superseded,
            "cancelled" => Self::Cancelled,
            other => Self::Ended(other.to_owned()),
        }
    }

    /// The word of a filter that selects it.
    #[must_use]
    pub fn word(&self) -> &str {
        match self {
            Self::In(_) => "in-progress",
            Self::Parked(_) => "parked",
            Self::Deletion => "deletion",
            Self::Deployed => "deployed",
            Self::Unchanged => "unchanged",
            Self::TrafficPinned => "traffic-pinned",
            Self::Failed => "failed",
            Self::Superseded => "superseded",
            Self::Cancelled => "cancelled",
            Self::Ended(other) => other,
        }
    }

    /// Whether it has not ended.
    #[must_use]
    pub fn is_open(&self) -> bool {
        matches!(self, Self::In(_) | Self::Parked(_))
    }

    /// The stage that handles it.
    #[must_use]
    pub fn stage(&self) -> Option<Stage> {
        match self {
            Self::In(stage) | Self::Parked(stage) => Some(*stage),
            _ => None,
        }
    }

    /// Whether the function serves what was requested.
    #[must_use]
    pub fn is_good(&self) -> bool {
        matches!(self, Self::Deployed | Self::Unchanged)
    }
}

/// Why a deployment failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    pub stage: String,
    pub code: String,
    pub reason: String,
    pub advice: String,
    /// The log of the failed build, which tells deployments apart that failed with the same build.
    pub log_url: String,
    pub is_users: bool,
}

/// A deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub id: DeploymentId,
    /// `None` if the request could not be read, or until the index has read it.
    pub function: Option<FunctionRef>,
    /// Whose topic the request came by, or empty if that is not known.
    pub requester: String,
    /// `ce-source` of the request: the system that published it.
    pub source: String,
    pub batch: Option<BatchId>,
    pub requested_at: OffsetDateTime,
    /// When each stage but the last handed it off.
    pub handed_off: [Option<OffsetDateTime>; 3],
    /// Since when a worker is writing the service.
    pub writing_since: Option<OffsetDateTime>,
    pub state: State,
    pub ended_at: Option<OffsetDateTime>,
    pub generation: Option<u64>,
    pub revision: Option<String>,
    /// Set for a failed deployment, once it is read.
    pub cause: Option<Cause>,
    pub is_cancel_requested: bool,
    pub delays: usize,
    /// Whether the stage that handles it has noted a long wait.
    pub has_noted_wait: bool,
}

impl Entry {
    /// From a listed deployment. What an earlier entry knows of an outcome is kept.
    #[must_use]
    pub fn of(listed: ListedDeployment, before: Option<&Self>) -> Self {
        let stage = listed.stage().and_then(Stage::named);
        let known = listed.end.as_ref().and_then(|end| end.known.clone());
        let at = |stage: Stage| listed.stages.get(stage.as_str()).copied();
        let mut entry = Self {
            id: listed.id,
            function: before.and_then(|before| before.function.clone()),
            requester: String::new(),
            source: String::new(),
            batch: None,
            requested_at: listed.first_at,
            handed_off: [
                at(Stage::Uploader),
                at(Stage::BuildSubmitter),
                at(Stage::RegistryWatcher),
            ],
            writing_since: listed.ending_at,
            state: match stage {
                _ if listed.is_deletion => State::Deletion,
                Some(stage) => State::In(stage),
                None => State::Ended("ended".to_owned()),
            },
            ended_at: listed.end.as_ref().map(|end| end.at),
            generation: before.and_then(|before| before.generation),
            revision: None,
            cause: None,
            is_cancel_requested: listed.is_cancelled,
            delays: listed.delays,
            has_noted_wait: listed.has_noted_wait,
        };
        if let Some(requester) = listed.requester {
            entry.requester = requester.name;
            entry.source = requester.source;
            entry.batch = requester.batch;
        }
        if let Some(known) = known {
            entry.end(known);
        }
        if let Some(before) = before.filter(|before| before.ended_at.is_some()) {
            // An outcome never changes, so what was read of it stays.
            entry.state = before.state.clone();
            entry.revision.clone_from(&before.revision);
            entry.cause.clone_from(&before.cause);
        }
        entry
    }

    fn end(&mut self, known: KnownEnd) {
        self.state = State::of_outcome(&known.outcome);
        self.function = known.function.or_else(|| self.function.take());
        self.generation = known.generation.or(self.generation);
        self.revision = known.revision;
    }

    /// Whether its outcome has to be read: the list does not say how it ended, or why it failed.
    #[must_use]
    pub fn needs_outcome(&self) -> bool {
        let is_unknown = matches!(&self.state, State::Ended(word) if word == "ended");
        self.ended_at.is_some()
            && (is_unknown || (self.state == State::Failed && self.cause.is_none()))
    }

    /// Adds what its outcome says.
    pub fn read(&mut self, finished: DeploymentFinished) {
        self.end(KnownEnd::of(&finished));
        if let Outcome::Failed(failure) = finished.outcome {
            let mut reason = failure.reason;
            reason.truncate(reason.floor_char_boundary(REASON_BYTES));
            self.cause = Some(Cause {
                stage: failure.stage,
                code: failure.code,
                reason,
                advice: failure.advice,
                log_url: failure.log_url,
                is_users: failure.class == longshore_messages::FailureClass::User,
            });
        }
    }

    /// When the stage that handles it began, or the last one that did.
    #[must_use]
    pub fn in_stage_since(&self) -> OffsetDateTime {
        self.handed_off.iter().flatten().copied().max().unwrap_or(self.requested_at)
    }

    /// Whether its stage waits, as far as a list says: for an operator, its turn to be written, a quota,
    /// or the next try.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        match self.state {
            State::Parked(_) => true,
            State::In(Stage::ServiceDeployer) => self.writing_since.is_none(),
            State::In(Stage::Uploader | Stage::BuildSubmitter | Stage::RegistryWatcher) => {
                self.has_noted_wait
            }
            State::Deletion
            | State::Deployed
            | State::Unchanged
            | State::TrafficPinned
            | State::Failed
            | State::Superseded
            | State::Cancelled
            | State::Ended(_) => false,
        }
    }

    /// How long it took, or has taken until now.
    #[must_use]
    pub fn took(&self, now: OffsetDateTime) -> Duration {
        (self.ended_at.unwrap_or(now) - self.requested_at).max(Duration::ZERO)
    }

    /// How long a stage took, if it has handed the deployment off.
    #[must_use]
    pub fn took_in(&self, stage: Stage) -> Option<Duration> {
        let [uploaded, submitted, published] = self.handed_off;
        let (from, to) = match stage {
            Stage::Uploader => (Some(self.requested_at), uploaded),
            Stage::BuildSubmitter => (uploaded, submitted),
            Stage::RegistryWatcher => (submitted, published),
            Stage::ServiceDeployer => (published, self.ended_at),
        };
        Some((to? - from?).max(Duration::ZERO))
    }

    /// The stage in which it spent the most time, and how long.
    #[must_use]
    pub fn slowest_stage(&self) -> Option<(Stage, Duration)> {
        let took = Stage::ALL.into_iter().filter_map(|stage| Some((stage, self.took_in(stage)?)));
        took.max_by_key(|(_, took)| *took)
    }

    /// The name of the function for people, or the id if it is not known.
    #[must_use]
    pub fn name(&self) -> String {
        match &self.function {
            Some(function) => function.name.clone(),
            None => format!("{}…", &self.id.to_string()[..8]),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::collections::BTreeMap;

    use longshore_ledger::ListedEnd;

    use super::*;

    pub(crate) fn at(second: i64) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp(1_750_000_000 + second).unwrap()
    }

    /// A deployment that was requested at this second and handed off by so many stages, each ten
    /// seconds after the one before.
    pub(crate) fn listed(number: u32, second: i64, stages: usize) -> ListedDeployment {
        let names = ["uploader", "build-submitter", "registry-watcher"];
        let handed_off = names.iter().take(stages).enumerate().map(|(index, name)| {
            let after = 10 * i64::try_from(index + 1).unwrap();
            ((*name).to_owned(), at(second + after))
        });
        ListedDeployment {
            id: DeploymentId::of("test", &number.to_string()),
            first_at: at(second),
            requester: None,
            admitted_at: None,
            stages: handed_off.collect::<BTreeMap<_, _>>(),
            ending_at: None,
            is_cancelled: false,
            is_deletion: false,
            has_noted_wait: false,
            delays: 0,
            parked: 0,
            end: None,
        }
    }

    /// The same, which has ended at this second.
    pub(crate) fn ended(number: u32, second: i64, outcome: &str, took: i64) -> Entry {
        let known = KnownEnd {
            outcome: outcome.to_owned(),
            function: format!("project-a/europe-west1/f-{number}").parse().ok(),
            generation: Some(1),
            revision: None,
            code: None,
        };
        let end = Some(ListedEnd { at: at(second + took), known: Some(known) });
        Entry::of(ListedDeployment { end, ..listed(number, second, 3) }, None)
    }

    #[test]
    fn a_deployment_is_in_the_stage_after_the_last_that_handed_it_off() {
        for (stages, expected) in Stage::ALL.into_iter().enumerate() {
            let entry = Entry::of(listed(1, 0, stages), None);
            assert_eq!(entry.state, State::In(expected));
            let since = 10 * i64::try_from(stages).unwrap();
            assert_eq!(entry.in_stage_since(), at(since));
        }
    }

    #[test]
    fn the_slowest_stage_is_the_one_that_took_the_longest() {
        let entry = ended(1, 0, "deployed", 100);
        assert_eq!(entry.slowest_stage(), Some((Stage::ServiceDeployer, Duration::seconds(70))));
        assert_eq!(entry.took(at(500)), Duration::seconds(100));
    }

    #[test]
    fn what_was_read_of_an_outcome_stays_when_the_deployment_is_listed_again() {
        let failed = KnownEnd {
            outcome: "failed".to_owned(),
            function: None,
            generation: None,
            revision: None,
            code: Some("build-failed".to_owned()),
        };
        let end = Some(ListedEnd { at: at(40), known: Some(failed) });
        let again = ListedDeployment { end, ..listed(1, 0, 2) };
        let mut entry = Entry::of(again.clone(), None);
        assert!(entry.needs_outcome());
        entry.cause = Some(Cause {
            stage: "registry-watcher".to_owned(),
            code: "build-failed".to_owned(),
            reason: "pip failed".to_owned(),
            advice: String::new(),
            log_url: String::new(),
            is_users: true,
        });
        let later = Entry::of(again, Some(&entry));
        assert_eq!(later, entry);
        assert!(!later.needs_outcome());
    }

    #[test]
    fn an_outcome_of_a_newer_version_is_shown_by_its_name() {
        let state = State::of_outcome("rolled-back");
        assert_eq!((state.word(), state.is_open()), ("rolled-back", false));
    }
}
