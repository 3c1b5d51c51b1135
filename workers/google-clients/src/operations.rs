//! Awaits long-running operations, and reads what they contain.

use futures::future::BoxFuture;
use google_cloud_gax::error::Error;
use google_cloud_lro::Poller as _;
use google_cloud_wkt::Any;

/// A request that starts an operation.
pub trait UntilDone {
    type Output;

    /// Sends the request, and waits for the end of its operation, without a time limit. Fails as the
    /// request or the operation does.
    fn until_done(self) -> BoxFuture<'static, Result<Self::Output, Error>>;
}

macro_rules! until_done {
    ($($request:path => $output:ty,)*) => { $(
        impl UntilDone for $request {
            type Output = $output;

            fn until_done(self) -> BoxFuture<'static, Result<Self::Output, Error>> {
                Box::pin(async move { self.poller().until_done().await })
            }
        }
    )* };
}

until_done! {
    google_cloud_artifactregistry_v1::builder::artifact_registry::CreateRepository
        => google_cloud_artifactregistry_v1::model::Repository,
    google_cloud_eventarc_v1::builder::eventarc::CreateTrigger
        => google_cloud_eventarc_v1::model::Trigger,
    google_cloud_eventarc_v1::builder::eventarc::UpdateTrigger
        => google_cloud_eventarc_v1::model::Trigger,
    google_cloud_eventarc_v1::builder::eventarc::DeleteTrigger
        => google_cloud_eventarc_v1::model::Trigger,
}

/// A message in the metadata of an operation.
pub trait Unpack: Sized {
    /// `None` if this is another message, or if it cannot be read.
    fn unpack(packed: &Any) -> Option<Self>;
}

macro_rules! unpack {
    ($($message:ty,)*) => { $(
        impl Unpack for $message {
            fn unpack(packed: &Any) -> Option<Self> {
                packed.to_msg().ok()
            }
        }
    )* };
}

unpack! {
    google_cloud_build_v1::model::BuildOperationMetadata,
    google_cloud_functions_v2::model::OperationMetadata,
    google_cloud_run_v2::model::Service,
}
