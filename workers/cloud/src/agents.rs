//! The service agents of a project, as which Google's services use keys of Cloud KMS.

/// A service agent that uses keys.
/// <https://cloud.google.com/functions/docs/securing/cmek#granting_service_accounts_access_to_the_key>,
/// <https://cloud.google.com/pubsub/docs/encryption#using-cmek>
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Agent {
    Storage,
    Registry,
    Run,
    Functions,
    Eventarc,
    PubSub,
}

impl Agent {
    pub const ALL: [Self; 6] =
        [Self::Storage, Self::Registry, Self::Run, Self::Functions, Self::Eventarc, Self::PubSub];

    /// What the agent is called in a sentence.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Storage => "Cloud Storage's service agent",
            Self::Registry => "Artifact Registry's service agent",
            Self::Run => "Cloud Run's service agent",
            Self::Functions => "the service agent of Cloud Functions",
            Self::Eventarc => "Eventarc's service agent",
            Self::PubSub => "Pub/Sub's service agent",
        }
    }

    /// The domain of its account, without `.iam.gserviceaccount.com`.
    #[must_use]
    pub const fn domain(self) -> &'static str {
        match self {
            Self::Storage => "gs-project-accounts",
            Self::Registry => "gcp-sa-artifactregistry",
            Self::Run => "serverless-robot-prod",
            Self::Functions => "gcf-admin-robot",
            Self::Eventarc => "gcp-sa-eventarc",
            Self::PubSub => "gcp-sa-pubsub",
        }
    }

    /// The member of IAM policies that the agent is, for the number of its project.
    #[must_use]
    pub fn member(self, project_number: impl std::fmt::Display) -> String {
        let domain = self.domain();
        format!("serviceAccount:service-{project_number}@{domain}.iam.gserviceaccount.com")
    }

    /// The agent that a text names.
    #[must_use]
    pub fn named_in(words: &str) -> Option<Self> {
        let is_named = |agent: &Self| words.contains(&format!("@{}.", agent.domain()));
        Self::ALL.into_iter().find(is_named)
    }
}
