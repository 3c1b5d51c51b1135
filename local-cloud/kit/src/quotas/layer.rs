//! The layer before an API.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Uri, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;

use super::{Pace, Quota, Quotas, catalog};
use crate::coverage::{Method, is_grpc};
use crate::rest::percent_decode;

/// Routing of a gRPC call, which all of Google's clients send: the fields of the request that name its
/// resource, encoded like a query (<https://google.aip.dev/client-libraries/4222>).
const ROUTING: &str = "x-goog-request-params";

struct Layer {
    quotas: Quotas,
    /// Methods that some quota counts.
    counted: Vec<(&'static Method, Vec<&'static Quota>)>,
}

pub(super) fn over(
    quotas: Quotas,
    router: Router,
    service: &'static str,
    lists: &[&'static [Method]],
) -> Router {
    let methods = lists.iter().copied().flatten();
    let counted = methods
        .map(|method| (method, catalog::counting(service, method.name)))
        .filter(|(_, counting)| !counting.is_empty())
        .collect();
    router.layer(from_fn_with_state(Arc::new(Layer { quotas, counted }), count))
}

async fn count(State(layer): State<Arc<Layer>>, request: Request, next: Next) -> Response {
    let is_grpc = is_grpc(request.headers());
    let path = request.uri().path();
    let found = layer.counted.iter().find(|(method, _)| {
        if is_grpc { method.is_grpc(path) } else { method.is_rest(request.method(), path) }
    });
    layer.quotas.call_time().await;
    let Some((_, counting)) = found else { return next.run(request).await };
    let (project, region) = place_of(request.uri(), request.headers());
    match layer.quotas.take(counting, &project, &region) {
        Ok(()) => next.run(request).await,
        Err(exceeded) => {
            let (metric, limit) = (exceeded.quota.metric, exceeded.limit);
            tracing::info!(metric, limit, project, region, "a call exceeds a quota");
            if is_grpc { exceeded.grpc() } else { exceeded.rest() }
        }
    }
}

impl Quotas {
    async fn call_time(&self) {
        let Pace { latency, clock } = &self.0.pace;
        if !latency.call.is_zero() {
            clock.pass(latency.call).await;
        }
    }
}

/// The project and region that a call names, in its path or, over gRPC, in its routing. Empty where
/// it names none.
#[must_use]
pub fn place_of(uri: &Uri, headers: &HeaderMap) -> (String, String) {
    if is_grpc(headers) { place_of_grpc(headers) } else { place_of_rest(uri, headers) }
}

/// The routing of a gRPC call, decoded. Empty for other calls.
#[must_use]
pub fn routing(headers: &HeaderMap) -> String {
    let routing = headers.get(ROUTING).and_then(|value| value.to_str().ok());
    routing.and_then(percent_decode).unwrap_or_default()
}

/// The project and region in the path of a call. Version 1 of Cloud Run has the region in the name of
/// the host.
fn place_of_rest(uri: &Uri, headers: &HeaderMap) -> (String, String) {
    let (project, region) = place(uri.path());
    if !region.is_empty() {
        return (project, region);
    }
    let host = uri.host().or_else(|| headers.get(header::HOST)?.to_str().ok()).unwrap_or_default();
    let region = host.split_once("-run.").map_or("", |(region, _)| region);
    (project, region.to_owned())
}

fn place_of_grpc(headers: &HeaderMap) -> (String, String) {
    let routing = headers.get(ROUTING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let values = routing.split('&').filter_map(|pair| pair.split_once('='));
    let names = values.filter_map(|(_, value)| percent_decode(value));
    names.map(|name| place(&name)).find(|(project, _)| !project.is_empty()).unwrap_or_default()
}

/// What follows `projects` or `namespaces`, and `locations`. Empty where a name has none.
fn place(name: &str) -> (String, String) {
    let after = |collections: &[&str]| {
        let mut parts = name.split('/').skip_while(|part| !collections.contains(part)).skip(1);
        let part = parts.next().unwrap_or_default();
        let part = percent_decode(part).unwrap_or_default();
        part.split(':').next().unwrap_or_default().to_owned()
    };
    (after(&["projects", "namespaces"]), after(&["locations"]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_names_its_project_and_region() {
        let rest = |uri: &str, host: &'static str| {
            let headers = [(header::HOST, host.parse().unwrap())].into_iter().collect();
            place_of_rest(&uri.parse().unwrap(), &headers)
        };
        let found = |project: &str, region: &str| (project.to_owned(), region.to_owned());
        assert_eq!(
            rest("/v2/projects/p/locations/r/services?serviceId=s", "127.0.0.1:1"),
            found("p", "r")
        );
        assert_eq!(rest("/v1/projects/p/locations/r:fetch", "127.0.0.1:1"), found("p", "r"));
        assert_eq!(
            rest("/apis/serving.knative.dev/v1/namespaces/p/services", "far-run.localhost:1"),
            found("p", "far")
        );
        let routing = "function.name=projects%2Fp%2Flocations%2Fr%2Ffunctions%2Ff";
        let headers = [(ROUTING.parse().unwrap(), routing.parse().unwrap())].into_iter().collect();
        assert_eq!(place_of_grpc(&headers), found("p", "r"));
    }
}
