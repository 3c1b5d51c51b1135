//! The Functions flavour: the Cloud Functions API says where a source is uploaded.
//!
//! Each upload is an object of its own, so a crash before the handoff leaves one behind, which Google
//! deletes. The one that counts is the one that the handoff records.

use longshore_cloud::refusals::{self, PROPAGATION_WINDOW, Subject};
use longshore_cloud::{CloudError, Functions, Services};
use longshore_ledger::Ledger;
use longshore_messages::{DeploymentId, Failure, FailureClass, FunctionRef, StoredSource};
use longshore_runner::telemetry::chain;
use longshore_source_archive::Packed;

use crate::{NAME, UploadError};

/// Uploads sources of functions.
pub(crate) struct FunctionSources<'a> {
    pub(crate) ledger: &'a Ledger,
    pub(crate) functions: &'a dyn Functions,
    pub(crate) services: &'a dyn Services,
    /// The key of Cloud KMS that protects the sources.
    pub(crate) key: Option<&'a str>,
}

impl FunctionSources<'_> {
    /// Refuses a function whose service would be one that the API did not make, before anything is
    /// uploaded. build-submitter looks again before it writes.
    pub(crate) async fn check_name(
        &self,
        id: DeploymentId,
        at: &FunctionRef,
    ) -> Result<(), UploadError> {
        let found = self.services.get(&at.service()).await;
        let Some(service) = self.judged(id, at, found).await? else { return Ok(()) };
        if service.shape.settings.labels.contains_key("goog-drz-cloudfunctions-id") {
            return Ok(());
        }
        let reason = format!(
            "the function {} would be served by the Cloud Run service {}, which exists and was not \
             made by the Cloud Functions API",
            at.name,
            at.service_id()
        );
        Err(UploadError::NameTaken { reason })
    }

    /// Uploads an archive to the place that the API names.
    pub(crate) async fn put(
        &self,
        id: DeploymentId,
        at: &FunctionRef,
        packed: &Packed,
    ) -> Result<StoredSource, UploadError> {
        let place = self.functions.upload_place(&at.project, &at.region, self.key).await;
        let place = self.judged(id, at, place).await?;
        let uploaded = self.functions.upload(&place, packed.file.path()).await;
        let object = self.judged(id, at, uploaded).await?;
        tracing::info!(%object, "source uploaded");
        Ok(StoredSource { object, sha256: packed.sha256.clone(), size_bytes: packed.size_bytes })
    }

    /// The generation that the live function carries, or 0 if there is none.
    pub(crate) async fn live_generation(
        &self,
        id: DeploymentId,
        at: &FunctionRef,
    ) -> Result<u64, UploadError> {
        let live = self.functions.get(&at.function()).await;
        let live = self.judged(id, at, live).await?;
        Ok(live.and_then(|live| live.generation()).unwrap_or(0))
    }

    /// Turns a permanent error into a failure, unless a grant of a moment ago may still mend it.
    async fn judged<T>(
        &self,
        id: DeploymentId,
        at: &FunctionRef,
        result: Result<T, CloudError>,
    ) -> Result<T, UploadError> {
        let error = match result {
            Ok(value) => return Ok(value),
            Err(error) => error,
        };
        let service = at.service_id();
        let subject = Subject {
            project: &at.project,
            region: &at.region,
            service: &service,
            key: self.key.unwrap_or_default(),
            ..Subject::default()
        };
        // With a key, the API may say no more than that it failed.
        if error.kind.is_transient() && refusals::of_key(&error, &subject).is_none() {
            return Err(UploadError::Place(error));
        }
        let Some(refusal) = refusals::of_call(&error, &subject) else {
            return Err(UploadError::PlaceRefused(Box::new(unknown(&error))));
        };
        if refusal.propagates {
            let since = self.ledger.refused_for(id, NAME).await.map_err(UploadError::Ledger)?;
            if since < PROPAGATION_WINDOW {
                return Err(UploadError::Propagating(error));
            }
        }
        let (class, code) = (refusal.class, refusal.code);
        let failure = Failure::new(NAME, class, code, chain(&error), &refusal.advice);
        Err(UploadError::PlaceRefused(Box::new(failure)))
    }
}

/// The failure of a call whose error the tables do not know.
fn unknown(error: &CloudError) -> Failure {
    let advice = "enable the API with `gcloud services enable cloudfunctions.googleapis.com`, and \
                  check the project and the region";
    Failure::new(NAME, FailureClass::System, "function-api-refused", chain(error), advice)
}
