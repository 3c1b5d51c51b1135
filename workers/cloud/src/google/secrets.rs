//! Secret Manager: [`Secrets`] over `google-cloud-secretmanager-v1`.

use async_trait::async_trait;
use google_cloud_secretmanager_v1::client::SecretManagerService;
use google_cloud_secretmanager_v1::model::replication::Automatic;
use google_cloud_secretmanager_v1::model::{Replication, Secret, SecretPayload};

use super::call::{Call, found, unless_exists};
use super::late::Late;
use super::profile::{Profile, REQUEST_LIMIT};
use super::timestamps::time_or_epoch;
use crate::error::ConnectError;
use crate::{CloudError, Kind, SecretSummary, SecretValue, Secrets};

pub(crate) struct GoogleSecrets {
    manager: Late<SecretManagerService>,
}

impl GoogleSecrets {
    pub(crate) async fn connect(
        profile: &Profile,
        endpoint: Option<&str>,
    ) -> Result<Self, ConnectError> {
        let manager = profile.client("secrets", SecretManagerService::builder, endpoint).await?;
        Ok(Self { manager })
    }

    /// Uses automatic replication, as `gcloud secrets create` does.
    async fn ensure(&self, name: &str) -> Result<(), CloudError> {
        let call = Call::new("create secret", name);
        let api = self.manager.get(call).await?;
        let (project, id) = parts(name).ok_or_else(|| call.error(Kind::InvalidArgument))?;
        let secret =
            Secret::new().set_replication(Replication::new().set_automatic(Automatic::new()));
        let request = || {
            let create = api.create_secret().set_parent(project).set_secret_id(id);
            create.set_secret(secret.clone()).send()
        };
        unless_exists(call.repeated(REQUEST_LIMIT, request).await)
    }
}

#[async_trait]
impl Secrets for GoogleSecrets {
    #[tracing::instrument(name = "cloud.add_secret_version", skip_all, fields(service = "secrets", resource = name))]
    async fn add(&self, name: &str, value: SecretValue) -> Result<String, CloudError> {
        self.ensure(name).await?;
        let call = Call::new("add secret version", name);
        let api = self.manager.get(call).await?;
        let payload = SecretPayload::new().set_data(value.into_bytes());
        // Sent once: a retry could add a second version.
        let request = api.add_secret_version().set_parent(name).set_payload(payload);
        call.once(REQUEST_LIMIT, request.send()).await.map(|version| version.name)
    }

    #[tracing::instrument(name = "cloud.list_secrets", skip_all, fields(service = "secrets", resource = project))]
    async fn list(&self, project: &str) -> Result<Vec<SecretSummary>, CloudError> {
        let call = Call::new("list secrets", project);
        let api = self.manager.get(call).await?;
        let (mut secrets, mut token) = (Vec::new(), String::new());
        loop {
            let request = || {
                api.list_secrets()
                    .set_parent(format!("projects/{project}"))
                    .set_page_token(&token)
                    .send()
            };
            let page = call.repeated(REQUEST_LIMIT, request).await?;
            secrets.extend(page.secrets.into_iter().map(|secret| SecretSummary {
                created_at: time_or_epoch(secret.create_time.as_ref()),
                name: secret.name,
            }));
            token = page.next_page_token;
            if token.is_empty() {
                break;
            }
        }
        secrets.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(secrets)
    }

    #[tracing::instrument(name = "cloud.delete_secret", skip_all, fields(service = "secrets", resource = name))]
    async fn delete(&self, name: &str) -> Result<bool, CloudError> {
        let call = Call::new("delete secret", name);
        let api = self.manager.get(call).await?;
        let deleted =
            call.repeated(REQUEST_LIMIT, || api.delete_secret().set_name(name).send()).await;
        Ok(found(deleted)?.is_some())
    }
}

/// `projects/P` and the secret's id.
fn parts(name: &str) -> Option<(&str, &str)> {
    let (project, id) = name.split_once("/secrets/")?;
    (project.starts_with("projects/") && !id.is_empty() && !id.contains('/'))
        .then_some((project, id))
}

#[cfg(test)]
mod tests {
    use super::parts;

    #[test]
    fn a_name_has_a_project_and_an_id() {
        assert_eq!(parts("projects/p/secrets/s"), Some(("projects/p", "s")));
        for bad in ["s", "projects/p/secrets/", "projects/p/secrets/s/versions/1", "p/secrets/s"] {
            assert_eq!(parts(bad), None, "{bad}");
        }
    }
}
