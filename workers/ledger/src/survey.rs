//! Reads for operators' commands: an entry that cannot be read does not hide the others.

use std::collections::{BTreeMap, BTreeSet};

use futures::stream::{self, StreamExt as _};
use longshore_cloud::ObjectMeta;
use longshore_messages::{DEFAULT_REQUESTER, DeploymentId, Event, FunctionRef, Topic};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::store::READS_AT_ONCE;
use crate::{Admission, Ended, Head, Ledger, LedgerError, Parked, names};

impl Parked {
    /// Whether this is a message of the deployment: its request, or a message between workers.
    #[must_use]
    pub fn concerns(&self, id: DeploymentId) -> bool {
        let attributes = &self.message.attributes;
        let is_its_own = attributes.get("deployment").is_some_and(|own| *own == id.to_string());
        is_its_own || Event::of(attributes).is_ok_and(|event| self.deployment_of(&event) == id)
    }

    /// The deployment of a request. The name of the topic, at the end of the subscription's, says
    /// who requested it.
    fn deployment_of(&self, event: &Event) -> DeploymentId {
        let topic =
            self.subscription.split_once(&format!(".{}.", self.stage)).map(|(_, topic)| topic);
        let requester = topic.and_then(Topic::from_requester).map(|(_, requester)| requester);
        let requester = requester.unwrap_or(DEFAULT_REQUESTER);
        DeploymentId::requested_by(requester, &event.source, &event.id)
    }
}

/// A function, as a report about all of them needs it.
#[derive(Debug)]
pub struct Surveyed {
    pub function: FunctionRef,
    /// Its newest deployment, or why that cannot be read.
    pub head: Result<Head, LedgerError>,
    /// The runtime that the newest deployment requests; `Some(None)` if it leaves the choice to the
    /// builder, and `None` if only the deployment's messages say.
    pub runtime: Option<Option<String>>,
    /// How the newest deployment ended, or `None` if only its outcome says.
    pub ended: Option<Ended>,
}

/// Keys of a head in the metadata of its object.
const DEPLOYMENT: &str = "deployment";
const GENERATION: &str = "generation";
const ADMITTED_AT: &str = "admitted-at";
const DEADLINE_AT: &str = "deadline-at";
const PREVIOUS: &str = "previous";
const RUNTIME: &str = "runtime";

impl Head {
    /// What a list call returns of this head.
    pub(crate) fn metadata(&self, runtime: Option<&str>) -> BTreeMap<String, String> {
        let Admission { generation, admitted_at, deadline_at, previous } = &self.admission;
        let time = |at: &OffsetDateTime| at.format(&Rfc3339).unwrap_or_default();
        let entries = [
            (DEPLOYMENT, Some(self.deployment.to_string())),
            (GENERATION, Some(generation.to_string())),
            (ADMITTED_AT, Some(time(admitted_at))),
            (DEADLINE_AT, Some(time(deadline_at))),
            (PREVIOUS, previous.map(|previous| previous.to_string())),
            (RUNTIME, runtime.map(str::to_owned)),
        ];
        let entries = entries.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?)));
        entries.collect()
    }

    /// The head and the runtime in the metadata of an object, or `None` if an older version wrote
    /// it.
    fn described(meta: &ObjectMeta) -> Option<(Self, Option<String>)> {
        let value = |key| meta.metadata.get(key);
        let time = |key| OffsetDateTime::parse(value(key)?, &Rfc3339).ok();
        let admission = Admission {
            generation: value(GENERATION)?.parse().ok()?,
            admitted_at: time(ADMITTED_AT)?,
            deadline_at: time(DEADLINE_AT)?,
            previous: value(PREVIOUS).map(|previous| previous.parse()).transpose().ok()?,
        };
        let head = Self { deployment: value(DEPLOYMENT)?.parse().ok()?, admission };
        Some((head, value(RUNTIME).cloned()))
    }
}

impl Ledger {
    /// Every function with a head. Takes one list call per thousand functions, and a read for each
    /// head that an older version wrote. `Err` only if they cannot be listed.
    pub async fn survey_functions(&self) -> Result<Vec<Surveyed>, LedgerError> {
        let (heads, ended) = tokio::join!(self.list(names::FUNCTIONS), self.list_ended());
        let mut ended = ended?;
        let functions = heads?.into_iter().filter_map(|meta| {
            let name = meta.name.strip_prefix(names::FUNCTIONS)?.strip_suffix("/head")?;
            Some((name.parse::<FunctionRef>().ok()?, Head::described(&meta)))
        });
        let read = stream::iter(functions).map(async |(function, described)| {
            let (head, runtime) = match described {
                Some((head, runtime)) => (Some(Ok(head)), Some(runtime)),
                None => (self.head(&function).await.transpose(), None),
            };
            head.map(|head| Surveyed { function, head, runtime, ended: None })
        });
        let mut surveyed: Vec<_> =
            read.buffered(READS_AT_ONCE).filter_map(async |read| read).collect().await;
        for one in &mut surveyed {
            let deployment = one.head.as_ref().ok().map(|head| head.deployment);
            one.ended = deployment.and_then(|deployment| ended.remove(&deployment));
        }
        Ok(surveyed)
    }

    /// The parked messages since this time that are not in `read` yet, with the names of their
    /// objects, oldest first. Adds to `read` the objects that it reads, each in its generation. An
    /// unreadable one is left out.
    pub async fn parked_since(
        &self,
        since: Option<OffsetDateTime>,
        read: &mut BTreeSet<(String, i64)>,
    ) -> Result<Vec<(String, Parked)>, LedgerError> {
        let listed = self.list_parked().await?.into_iter();
        let fresh: Vec<String> = listed
            .filter(|meta| since.is_none_or(|since| meta.created_at >= since))
            .filter(|meta| read.insert((meta.name.clone(), meta.generation)))
            .map(|meta| meta.name)
            .collect();
        let parked = stream::iter(fresh).map(async |name| {
            let parked = self.parked(&name).await;
            (name, parked)
        });
        let mut found = Vec::new();
        for (name, parked) in parked.buffered(READS_AT_ONCE).collect::<Vec<_>>().await {
            match parked {
                Ok(Some(parked)) => found.push((name, parked)),
                Ok(None) | Err(LedgerError::Unreadable { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use longshore_messages::WireMessage;

    use super::*;

    #[test]
    fn a_parked_message_concerns_the_deployment_of_its_request_or_of_its_attribute() {
        let id = DeploymentId::of("//source", "1");
        let own = id.to_string();
        let request = [("ce-specversion", "1.0"), ("ce-source", "//source"), ("ce-id", "1")];
        let typed = [&request[..], &[("ce-type", "t")]].concat();
        for (attributes, concerns) in [
            (&typed[..], true),
            (&request, false),
            (&[("deployment", own.as_str())], true),
            (&[("deployment", "0")], false),
            (&[], false),
        ] {
            let attributes =
                attributes.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            let message = WireMessage { attributes: attributes.collect(), ..Default::default() };
            let text = String::new;
            let parked = Parked { stage: text(), subscription: text(), message, reason: text() };
            assert_eq!(parked.concerns(id), concerns, "{parked:?}");
        }
    }

    #[test]
    fn a_parked_request_concerns_the_deployment_of_its_requester() {
        let attributes = [
            ("ce-specversion", "1.0"),
            ("ce-source", "//source"),
            ("ce-id", "1"),
            ("ce-type", "t"),
        ];
        let attributes =
            attributes.map(|(name, value)| (name.to_owned(), value.to_owned())).into_iter();
        let message = WireMessage { attributes: attributes.collect(), ..Default::default() };
        let parked = Parked {
            stage: "uploader".to_owned(),
            subscription: "projects/p/subscriptions/f.uploader.deploy-requested.team-a".to_owned(),
            message,
            reason: String::new(),
        };
        let of = |requester| DeploymentId::requested_by(requester, "//source", "1");
        assert!(parked.concerns(of("team-a")));
        assert!(!parked.concerns(of("default")));
    }
}
