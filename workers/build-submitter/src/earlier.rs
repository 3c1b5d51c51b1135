//! A rollback needs no build: it waits for the one that an earlier deployment waited for, which ended
//! then.

use longshore_messages::{EarlierDeployment, Failure, FailureClass, Published, SharedBuild};
use longshore_messages::{ImagePublished, Outcome, SourceUploaded, Submitted};
use longshore_runner::{Delivery, Step};

use crate::stage::{BuildSubmitter, forward, submitted};
use crate::{NAME, SubmitError};

impl BuildSubmitter {
    /// Hands off the build of an earlier deployment, if its image still exists.
    pub(crate) async fn go_back(
        &self,
        uploaded: SourceUploaded,
        earlier: &EarlierDeployment,
        delivery: &Delivery,
    ) -> Result<Step<Submitted>, SubmitError> {
        let (deployment, at) = (&uploaded.deployment, &uploaded.function.at);
        let standing = self.standing(deployment, at, delivery).await?;
        let now = self.ledger.now();
        if let Some(outcome) = standing.outcome_at(deployment, now, NAME, "it was rolled back") {
            return Ok(Step::finish(delivery, uploaded.deployment, &uploaded.function.at, outcome));
        }
        let published = self.ledger.published(earlier.deployment).await;
        let Some(Published::Shared(published)) = published.map_err(SubmitError::Ledger)? else {
            return Err(SubmitError::Earlier { deployment: earlier.deployment });
        };
        let ImagePublished { image, .. } = *published;
        // The revision of another tool has an image of its own.
        if !earlier.before {
            let found = self.images.has_digest(&image.name, &image.digest).await;
            if !found.map_err(SubmitError::Image)? {
                let outcome = Outcome::Failed(image_gone(&image.reference()));
                let (deployment, at) = (uploaded.deployment, &uploaded.function.at);
                return Ok(Step::finish(delivery, deployment, at, outcome));
            }
        }
        let build = SharedBuild { build: image.build, image: image.name };
        Ok(forward(submitted(uploaded, build), delivery))
    }
}

fn image_gone(image: &str) -> Failure {
    Failure::new(
        NAME,
        FailureClass::User,
        "image-gone",
        format!("the image {image} of the earlier deployment was deleted from the registry"),
        "deploy the source of that deployment again, or roll back to another one",
    )
}
