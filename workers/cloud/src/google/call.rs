//! One request to Google: its time limit, its retries, and its name in errors.

use std::future::Future;
use std::time::Duration;

use google_cloud_gax::error::Error;
use opentelemetry::trace::Status;
use tracing::Instrument as _;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

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
        let attempt = self.attempt(limit, request);
        async move { noted(attempt.await) }
    }

    /// Sends the request once, and reads its error with `failed`.
    pub(crate) async fn once_or<T>(
        self,
        limit: Duration,
        request: impl Future<Output = Result<T, Error>>,
        failed: impl FnOnce(Error) -> CloudError,
    ) -> Result<T, CloudError> {
        let answer = self.within(limit, request).await;
        noted(answer.and_then(|answer| answer.map_err(failed)))
    }

    fn attempt<T>(
        self,
        limit: Duration,
        request: impl Future<Output = Result<T, Error>>,
    ) -> impl Future<Output = Result<T, CloudError>> {
        let answer = self.within(limit, request);
        async move { answer.await?.map_err(|error| self.failed(error)) }
    }

    /// Sends an idempotent request, and retries it after a transient error. Each retry has a span.
    pub(crate) async fn repeated<T, F, Fut>(
        self,
        limit: Duration,
        mut request: F,
    ) -> Result<T, CloudError>
    where
        F: FnMut() -> Fut,
        Fut: Future<Output = Result<T, Error>>,
    {
        self.retried(|| self.attempt(limit, request())).await
    }

    /// Makes an idempotent attempt, and repeats it after a transient error. Each retry has a span.
    pub(crate) async fn retried<T, F, Fut>(self, mut attempt: F) -> Result<T, CloudError>
    where
        F: FnMut() -> Fut,
        Fut: Future<Output = Result<T, CloudError>>,
    {
        let mut resends = 0_i64;
        let called = retry(Policy::CALL, || {
            let number = resends;
            resends += 1;
            let attempt = attempt();
            async move {
                // The first attempt is the span of the call itself.
                if number == 0 {
                    return attempt.await;
                }
                let span = tracing::info_span!(
                    "retry",
                    otel.name = format!("retry {}", self.operation),
                    otel.kind = "client",
                    http.request.resend_count = number,
                );
                async { noted(attempt.await) }.instrument(span).await
            }
        })
        .await;
        if resends > 1 {
            tracing::Span::current().set_attribute("http.request.resend_count", resends - 1);
        }
        noted(called)
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

/// Notes in the span of a call how it failed.
pub(crate) fn noted<T>(answer: Result<T, CloudError>) -> Result<T, CloudError> {
    if let Err(error) = &answer {
        note_failure(error);
    }
    answer
}

/// What the ledger and the plans expect, such as an object that exists already, is no error of the
/// span.
fn note_failure(error: &CloudError) {
    let span = tracing::Span::current();
    // A call without a span of its own must not mark the handling that it is a part of.
    let is_calls = |name: &str| name.starts_with("cloud.") || name == "retry";
    if !span.metadata().is_some_and(|metadata| is_calls(metadata.name())) {
        return;
    }
    let gax = error.source.as_ref().and_then(|source| source.downcast_ref::<Error>());
    if let Some(status) = gax.and_then(Error::http_status_code) {
        span.set_attribute("http.response.status_code", i64::from(status));
    }
    if let Some(status) = gax.and_then(Error::status) {
        span.set_attribute("rpc.response.status_code", status.code.to_string());
    }
    match error.kind {
        Kind::NotFound | Kind::AlreadyExists | Kind::PreconditionFailed => {}
        Kind::InvalidArgument
        | Kind::PermissionDenied
        | Kind::Unauthenticated
        | Kind::ResourceExhausted
        | Kind::Unavailable
        | Kind::DeadlineExceeded
        | Kind::Unimplemented
        | Kind::Cancelled
        | Kind::Internal => {
            span.set_attribute("error.type", error.kind.to_string());
            span.set_status(Status::error(error.to_string()));
        }
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
