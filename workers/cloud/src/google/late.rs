//! Clients that are built when they are first used.
//!
//! Each client that speaks HTTP reads all root certificates of the machine when it is built. For a
//! local cloud, which needs none of them, that took most of the time of a command.

use futures::future::BoxFuture;
use google_cloud_gax::client_builder::Error;
use tokio::sync::OnceCell;

use super::call::Call;
use crate::{CloudError, Kind};

/// A client that is built once.
pub(crate) struct Late<C> {
    build: Box<dyn Fn() -> BoxFuture<'static, Result<C, Error>> + Send + Sync>,
    client: OnceCell<C>,
}

impl<C> Late<C> {
    pub(crate) fn new(
        build: impl Fn() -> BoxFuture<'static, Result<C, Error>> + Send + Sync + 'static,
    ) -> Self {
        Self { build: Box::new(build), client: OnceCell::new() }
    }

    /// Builds the client now. Fails if its configuration is invalid.
    pub(crate) async fn built(self) -> Result<Self, Error> {
        self.client.get_or_try_init(|| (self.build)()).await?;
        Ok(self)
    }

    /// The client, for this call. Fails if its configuration is invalid: the next call tries again.
    pub(crate) async fn get(&self, call: Call<'_>) -> Result<&C, CloudError> {
        let built = self.client.get_or_try_init(|| (self.build)()).await;
        built.map_err(|error| call.caused(Kind::Unavailable, error))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn counted(builds: &Arc<AtomicUsize>) -> Late<usize> {
        let builds = Arc::clone(builds);
        Late::new(move || {
            let number = builds.fetch_add(1, Ordering::SeqCst);
            Box::pin(async move { Ok(number) })
        })
    }

    #[tokio::test]
    async fn a_client_is_built_once_and_not_before_it_is_used() {
        let builds = Arc::new(AtomicUsize::new(0));
        let late = counted(&builds);
        assert_eq!(builds.load(Ordering::SeqCst), 0);
        for _ in 0..2 {
            assert_eq!(*late.get(Call::new("get", "x")).await.unwrap(), 0);
        }
        let built = counted(&builds).built().await.unwrap();
        assert_eq!(builds.load(Ordering::SeqCst), 2);
        assert_eq!(*built.get(Call::new("get", "x")).await.unwrap(), 1);
    }
}
