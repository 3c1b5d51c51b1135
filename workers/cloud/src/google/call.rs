//! One request to Google: its time limit, its retries, and its name in errors.

use std::future::Future;
use std::time::Duration;

use google_cloud_gax::error::Error;

use super::status;
use crate::retry::{Policy, retry};
use crate::{CloudError, Kind};

/// Names a request in its error.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Call<'a> {
    pub(crate) operation: &'static str,
    pub(crate) resource: &'a str,
}

impl<'a> Call<'a> {
    pub(crate) fn new(operation: &'static str, resource: &'a str) -> Self {
        Self { operation, resource }
    }

    /// Sends the request once. `DeadlineExceeded` after `limit`, because clients that wait for
    /// credentials or a connection have no time limit.
    pub(crate) fn once<T>(
        self,
        limit: Duration,
        request: impl Future<Output = Result<T, Error>>,
    ) -> impl Future<Output = Result<T, CloudError>> {
        let answer = self.within(limit, request);
        async move { answer.await?.map_err(|error| self.failed(error)) }
    }

    /// Sends an idempotent request, and retries it after a transient error.
    pub(crate) async fn repeated<T, F, Fut>(
        self,
        limit: Duration,
        mut request: F,
    ) -> Result<T, CloudError>
    where
        F: FnMut() -> Fut,
        Fut: Future<Output = Result<T, Error>>,
    {
        retry(Policy::CALL, || self.once(limit, request())).await
    }

    /// Reads all pages of a list, each as [`Call::repeated`] does. `request` gets the token of a page, and
    /// `take` returns the token of the next one.
    pub(crate) async fn pages<P, F, Fut>(
        self,
        limit: Duration,
        request: F,
        mut take: impl FnMut(P) -> String,
    ) -> Result<(), CloudError>
    where
        F: Fn(String) -> Fut,
        Fut: Future<Output = Result<P, Error>>,
    {
        let mut token = String::new();
        loop {
            let page = self.repeated(limit, || request(token.clone())).await?;
            token = take(page);
            if token.is_empty() {
                return Ok(());
            }
        }
    }

    /// Runs a future with a time limit. Boxed, because the clients' futures have up to 90 KiB.
    pub(crate) fn within<T>(
        self,
        limit: Duration,
        work: impl Future<Output = T>,
    ) -> impl Future<Output = Result<T, CloudError>> {
        let work = tokio::time::timeout(limit, Box::pin(work));
        async move { work.await.map_err(|elapsed| self.caused(Kind::DeadlineExceeded, elapsed)) }
    }

    pub(crate) fn failed(&self, error: Error) -> CloudError {
        let reason = status::reason(&error);
        CloudError { reason, ..self.caused(status::kind(&error), error) }
    }

    pub(crate) fn caused(
        &self,
        kind: Kind,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> CloudError {
        CloudError::caused(self.operation, self.resource, kind, source)
    }

    pub(crate) fn error(&self, kind: Kind) -> CloudError {
        CloudError::new(self.operation, self.resource, kind)
    }
}

/// Turns `NotFound` into `None`.
pub(crate) fn found<T>(result: Result<T, CloudError>) -> Result<Option<T>, CloudError> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind == Kind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Treats `AlreadyExists` as success.
pub(crate) fn unless_exists<T>(result: Result<T, CloudError>) -> Result<(), CloudError> {
    match result {
        Ok(_) => Ok(()),
        Err(error) if error.kind == Kind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}
