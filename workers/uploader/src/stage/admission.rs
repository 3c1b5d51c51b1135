//! The admission of a request: its place in the history of its function.

use longshore_ledger::{Admission, Admit, Admitted, Head, Open};
use longshore_messages::{
    Deployment, DeploymentId, Flavour, Function, FunctionRef, GENERATION_ANNOTATION, Source,
};
use time::OffsetDateTime;

use super::Uploader;
use crate::{Request, UploadError};

impl Uploader {
    /// Gives a request its generation, after the head that was read. Idempotent, even after a crash
    /// at any point. The inner error is the newest deployment, if the request may not follow it.
    pub(super) async fn admit(
        &self,
        request: &Request,
        function: &Function,
        open: &Open,
        head: Option<(Head, i64)>,
        now: OffsetDateTime,
    ) -> Result<Result<Deployment, DeploymentId>, UploadError> {
        let (at, deadline_at) = (&open.function, open.deadline_at);
        let (runtime, only) = (function.runtime.as_deref(), released(&function.source));
        let seed = match head {
            Some(_) => None,
            None => Some(self.seed(request.id, function).await?),
        };
        let mut admit = Admit { id: request.id, function: at, now, deadline_at, seed };
        let mut admitted = self.ledger.admit_after(&admit, head, runtime, only).await;
        loop {
            match admitted.map_err(UploadError::Ledger)? {
                Admitted::As(Admission { generation, admitted_at, deadline_at, .. }) => {
                    let id = request.id;
                    return Ok(Ok(Deployment { id, generation, admitted_at, deadline_at }));
                }
                Admitted::NeedsSeed => admit.seed = Some(self.seed(request.id, function).await?),
                Admitted::Replaced { by } => return Ok(Err(by)),
            }
            admitted = self.ledger.admit_after(&admit, None, runtime, only).await;
        }
    }

    /// The generation that a function's resource carries, or 0 if there is none.
    async fn seed(&self, id: DeploymentId, function: &Function) -> Result<u64, UploadError> {
        match function.flavour {
            Flavour::Run => self.live_generation(&function.at).await,
            Flavour::Functions => {
                self.function_sources(function).live_generation(id, &function.at).await
            }
        }
    }

    /// The generation that the live service carries, or 0 if there is none.
    async fn live_generation(&self, at: &FunctionRef) -> Result<u64, UploadError> {
        let live = self.services.get(&at.service()).await.map_err(UploadError::Seed)?;
        if live.as_ref().is_some_and(|live| live.is_of_function()) {
            let name = &at.name;
            let reason =
                format!("the service {name} belongs to a function of the Cloud Functions API");
            return Err(UploadError::NameTaken { reason });
        }
        let annotation =
            live.and_then(|live| live.shape.annotations.get(GENERATION_ANNOTATION).cloned());
        Ok(annotation.and_then(|generation| generation.parse().ok()).unwrap_or(0))
    }
}

/// The deployment whose traffic a request moves, if it does nothing else.
pub(super) fn released(source: &Source) -> Option<DeploymentId> {
    match source {
        Source::Earlier(earlier) if earlier.release => Some(earlier.deployment),
        Source::Earlier(_)
        | Source::Storage(_)
        | Source::Https(_)
        | Source::Git(_)
        | Source::Inline(_) => None,
    }
}
