//! Who may publish to the topics of a fleet, as far as the topics' own IAM policies say.

use std::fmt::{self, Display, Formatter};

use longshore_cloud::Binding;
use longshore_messages::{CLOUD_BUILDS_TOPIC, REGISTRY_TOPIC, Topic};
use longshore_runner::Settings;
use serde::Serialize;

/// Role that a publisher needs, and no other one.
const PUBLISHER: &str = "roles/pubsub.publisher";

/// Predefined roles that include the right to publish. A custom role may include it too.
const PUBLISHING: [&str; 5] =
    [PUBLISHER, "roles/pubsub.editor", "roles/pubsub.admin", "roles/editor", "roles/owner"];

/// Members that are everyone.
const EVERYONE: [&str; 2] = ["allUsers", "allAuthenticatedUsers"];

/// Domains of Google's service agents, which forward dead letters, and publish builds and images.
const AGENTS: [&str; 2] = ["@gcp-sa-", "@cloudbuild.gserviceaccount.com"];

/// A grant that is missing or too broad.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Finding {
    pub(crate) topic: String,
    pub(crate) problem: Problem,
    pub(crate) member: String,
    pub(crate) role: String,
    /// The command that mends it.
    pub(crate) command: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Problem {
    /// A member may publish who should not.
    TooWide,
    /// The fleet has no role on the topic. If it has one on the project, it has it on every topic.
    Missing,
}

/// Who should publish to a topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Publishers {
    /// Systems that request deployments, which only an operator knows, and the fleet: it publishes a
    /// copy of a request whose retries come near Pub/Sub's limit.
    Requesters,
    /// The identity of the fleet.
    Fleet,
    /// Google's service agents.
    Google,
}

/// The topics to check: their full names, and who should publish to them.
fn topics(settings: &Settings) -> Vec<(String, Publishers)> {
    let (project, fleet) = (&settings.project, &settings.fleet);
    let own = Topic::ALL.into_iter().map(|topic| {
        let publishers = match topic {
            Topic::DeployRequested | Topic::CancelRequested | Topic::BatchRequested => {
                Publishers::Requesters
            }
            Topic::DeadLetters => Publishers::Google,
            Topic::SourceUploaded
            | Topic::BuildSubmitted
            | Topic::BuildRetryRequested
            | Topic::ImagePublished
            | Topic::DeploymentFinished
            | Topic::BatchFinished
            | Topic::DeploymentEvents => Publishers::Fleet,
        };
        (topic.full_name(project, fleet), publishers)
    });
    let google = [CLOUD_BUILDS_TOPIC, REGISTRY_TOPIC]
        .map(|topic| (format!("projects/{project}/topics/{topic}"), Publishers::Google));
    let is_named = |name: &String| !Topic::OF_REQUESTERS.iter().any(|topic| topic.as_str() == name);
    let named =
        settings.request_topics().into_iter().filter(is_named).map(|name| {
            (format!("projects/{project}/topics/{fleet}.{name}"), Publishers::Requesters)
        });
    own.chain(named).chain(google).collect()
}

/// The names of the topics to check.
pub(crate) fn topic_names(settings: &Settings) -> Vec<String> {
    topics(settings).into_iter().map(|(topic, _)| topic).collect()
}

/// What is missing or too broad in the policies of the topics, which are in the order of
/// [`topic_names`]. `identity` is the email address of the fleet's service account.
pub(crate) fn findings(
    settings: &Settings,
    identity: &str,
    policies: &[Vec<Binding>],
) -> Vec<Finding> {
    let fleet = format!("serviceAccount:{identity}");
    let mut findings = Vec::new();
    for ((topic, publishers), policy) in topics(settings).into_iter().zip(policies) {
        let finding = |problem, member: &str, role: &str| {
            Finding::new(&topic, problem, member, role, &settings.project)
        };
        let mut granted = false;
        for Binding { role, members } in policy.iter().filter(|binding| may_publish(&binding.role))
        {
            for member in members {
                let is_fleet = *member == fleet;
                granted |= is_fleet;
                let is_expected = !EVERYONE.contains(&member.as_str())
                    && match publishers {
                        Publishers::Requesters => true,
                        Publishers::Fleet => is_fleet,
                        Publishers::Google => AGENTS.iter().any(|agent| member.contains(agent)),
                    };
                if !is_expected {
                    findings.push(finding(Problem::TooWide, member, role));
                }
            }
        }
        let needs_the_fleet = match publishers {
            Publishers::Requesters | Publishers::Fleet => true,
            Publishers::Google => false,
        };
        if needs_the_fleet && !granted {
            findings.push(finding(Problem::Missing, &fleet, PUBLISHER));
        }
    }
    findings
}

/// Whether a role may include the right to publish. A conditional binding has a suffix.
fn may_publish(role: &str) -> bool {
    let is_custom = !role.starts_with("roles/");
    let name = role.split("_withcond_").next().unwrap_or(role);
    is_custom || PUBLISHING.contains(&name)
}

impl Finding {
    fn new(topic: &str, problem: Problem, member: &str, role: &str, project: &str) -> Self {
        let verb = match problem {
            Problem::TooWide => "remove",
            Problem::Missing => "add",
        };
        let id = topic.rsplit('/').next().unwrap_or(topic);
        let command = format!(
            "gcloud pubsub topics {verb}-iam-policy-binding {id} --project {project} --member \
             '{member}' --role {role}"
        );
        let (topic, member, role) = (topic.to_owned(), member.to_owned(), role.to_owned());
        Self { topic, problem, member, role, command }
    }
}

impl Display for Finding {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { topic, problem, member, role, command } = self;
        match problem {
            Problem::TooWide => writeln!(f, "too broad: {member} has {role} on {topic}")?,
            Problem::Missing => writeln!(f, "missing: {member} has no {role} on {topic}")?,
        }
        write!(f, "  {command}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FLEET: &str = "fleet@demo-project.iam.gserviceaccount.com";

    fn settings() -> Settings {
        Settings { project: "demo-project".to_owned(), ..Settings::default() }
    }

    fn binding(role: &str, member: &str) -> Vec<Binding> {
        vec![Binding { role: role.to_owned(), members: vec![member.to_owned()] }]
    }

    /// What is found if one topic has this policy, and the others the right ones.
    fn found(topic: &str, role: &str, member: &str) -> Vec<(Problem, String)> {
        let policies: Vec<_> = topics(&settings())
            .into_iter()
            .map(|(name, publishers)| match publishers {
                _ if name.ends_with(topic) => binding(role, member),
                Publishers::Requesters | Publishers::Fleet => {
                    binding(PUBLISHER, &format!("serviceAccount:{FLEET}"))
                }
                Publishers::Google => Vec::new(),
            })
            .collect();
        let findings = findings(&settings(), FLEET, &policies);
        assert!(findings.iter().all(|finding| finding.topic.ends_with(topic)), "{findings:?}");
        findings.into_iter().map(|finding| (finding.problem, finding.member)).collect()
    }

    #[test]
    fn only_the_fleet_may_publish_to_internal_topics() {
        let (ci, fleet) =
            ("serviceAccount:ci@p.iam.gserviceaccount.com", format!("serviceAccount:{FLEET}"));
        for topic in [".image-published", ".source-uploaded", ".deployment-finished"] {
            assert_eq!(found(topic, PUBLISHER, &fleet), []);
            assert_eq!(
                found(topic, "roles/pubsub.viewer", &fleet),
                [(Problem::Missing, fleet.clone())]
            );
            for role in PUBLISHING
                .into_iter()
                .chain(["projects/p/roles/x", "roles/pubsub.publisher_withcond_1"])
            {
                let expected =
                    [(Problem::TooWide, ci.to_owned()), (Problem::Missing, fleet.clone())];
                assert_eq!(found(topic, role, ci), expected, "{role}");
            }
        }
    }

    #[test]
    fn requesters_are_not_known_but_everyone_is_too_wide() {
        let missing = (Problem::Missing, format!("serviceAccount:{FLEET}"));
        for topic in [".deploy-requested", ".cancel-requested"] {
            let ci = "serviceAccount:ci@p.iam.gserviceaccount.com";
            assert_eq!(found(topic, PUBLISHER, ci), std::slice::from_ref(&missing));
            for everyone in EVERYONE {
                let expected = [(Problem::TooWide, everyone.to_owned()), missing.clone()];
                assert_eq!(found(topic, PUBLISHER, everyone), expected, "{topic}");
            }
        }
        for topic in [".dead-letters", "/cloud-builds", "/gcr"] {
            for everyone in EVERYONE {
                let expected = [(Problem::TooWide, everyone.to_owned())];
                assert_eq!(found(topic, PUBLISHER, everyone), expected, "{topic}");
            }
        }
    }

    #[test]
    fn googles_topics_are_for_its_service_agents() {
        let agent = "serviceAccount:service-1@gcp-sa-pubsub.iam.gserviceaccount.com";
        let user = "user:ada@example.com".to_owned();
        for topic in [".dead-letters", "/cloud-builds", "/gcr"] {
            assert_eq!(found(topic, PUBLISHER, agent), []);
            assert_eq!(found(topic, PUBLISHER, &user), [(Problem::TooWide, user.clone())]);
        }
    }

    #[test]
    fn a_finding_comes_with_the_command_that_mends_it() {
        let policies = vec![Vec::new(); topic_names(&settings()).len()];
        let findings = findings(&settings(), FLEET, &policies);
        assert_eq!(findings.len(), 10);
        assert_eq!(
            findings[3].command,
            "gcloud pubsub topics add-iam-policy-binding longshore.source-uploaded --project \
             demo-project --member 'serviceAccount:fleet@demo-project.iam.gserviceaccount.com' \
             --role roles/pubsub.publisher"
        );
    }
}
