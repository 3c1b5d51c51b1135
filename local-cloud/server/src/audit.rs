//! Audit logs of the calls that change resources, for Eventarc's triggers.
//!
//! One layer stands before each API. It knows the methods from the lists of the services
//! (`methods.rs`), and hands what succeeded to Eventarc before the client gets its response. As on
//! Google, admin activity is always logged. Data access (reads, messages, the content of objects) is
//! logged only where a project enables it, which the local cloud does not offer. So an event function
//! that reads or publishes causes no audit logs. Calls of functions and between services of this
//! process do not pass here.

mod methods;
mod resource;

use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Uri, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;

use self::methods::{Audited, audited};
use self::resource::{of_grpc, of_rest};
use longshore_local_eventarc::{self as eventarc, AuditLog};
use longshore_local_kit::coverage::{Method, is_grpc};

/// Larger documents change no resource.
const BODY_LIMIT_BYTES: usize = 32 << 20;

/// What the layers share. Eventarc is opened after other APIs, which nothing calls before.
#[derive(Clone)]
pub(crate) struct Audit {
    eventarc: Arc<OnceLock<Arc<eventarc::Service>>>,
    /// Id of the project of resources whose names have none, such as buckets.
    project: String,
}

struct Watched {
    audit: Audit,
    /// Host name of the API at Google.
    service: &'static str,
    methods: Vec<Audited>,
}

impl Audit {
    pub(crate) fn new(project: &str) -> Self {
        Self { eventarc: Arc::default(), project: project.to_owned() }
    }

    /// Begins to log.
    pub(crate) fn to(&self, eventarc: Arc<eventarc::Service>) {
        // There is one Eventarc, so nothing was set before.
        let _first = self.eventarc.set(eventarc);
    }

    /// Puts the layer before an API.
    pub(crate) fn over(
        &self,
        router: Router,
        service: &'static str,
        lists: &[&'static [Method]],
    ) -> Router {
        let methods = lists.iter().copied().flatten().filter_map(audited).collect();
        let watched = Watched { audit: self.clone(), service, methods };
        router.layer(from_fn_with_state(Arc::new(watched), watch))
    }
}

async fn watch(State(watched): State<Arc<Watched>>, request: Request, next: Next) -> Response {
    let uri = request.uri().clone();
    let is_grpc = is_grpc(request.headers());
    let found = watched.methods.iter().find(|method| {
        if is_grpc {
            method.method.is_grpc(uri.path())
        } else {
            method.method.is_rest(request.method(), uri.path())
        }
    });
    let Some(method) = found else { return next.run(request).await };
    let user_agent = text(request.headers(), header::USER_AGENT);
    let (parts, body) = request.into_parts();
    let body = match to_bytes(body, BODY_LIMIT_BYTES).await {
        Ok(body) => body,
        // The service reports what is wrong with the body.
        Err(error) => {
            let broken = futures::stream::once(async move { Err::<Bytes, _>(error) });
            return next.run(Request::from_parts(parts, Body::from_stream(broken))).await;
        }
    };
    let request = Request::from_parts(parts, Body::from(body.clone()));
    let response = next.run(request).await;
    if has_succeeded(&response, is_grpc)
        && let Some(eventarc) = watched.audit.eventarc.get()
        && let Some(log) = log(&watched, method, &uri, &body, is_grpc, user_agent)
    {
        eventarc.audit(&log);
    }
    response
}

fn log(
    watched: &Watched,
    method: &Audited,
    uri: &Uri,
    body: &[u8],
    is_grpc: bool,
    user_agent: String,
) -> Option<AuditLog> {
    let resource = if is_grpc { of_grpc(method, body)? } else { of_rest(method, uri, body) };
    let part = |name: &str| {
        let mut parts = resource.split('/').skip_while(|part| *part != name).skip(1);
        parts.next().unwrap_or_default().to_owned()
    };
    let project = [part("projects"), part("namespaces")]
        .into_iter()
        .find(|project| !project.is_empty() && project != "_");
    Some(AuditLog {
        project: project.unwrap_or_else(|| watched.audit.project.clone()),
        service: watched.service.to_owned(),
        method: method.name.clone(),
        location: part("locations"),
        resource,
        user_agent,
    })
}

/// A gRPC call that fails has its status in the headers; one that succeeds has it behind the
/// message.
fn has_succeeded(response: &Response, is_grpc: bool) -> bool {
    let status = response.headers().get("grpc-status");
    response.status().is_success()
        && (!is_grpc || status.is_none_or(|status| status.as_bytes() == b"0"))
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> String {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
}
