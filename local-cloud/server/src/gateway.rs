//! One port in front of all others, for clients that want an HTTP proxy.
//!
//! `gcloud run` puts a region in front of the host of its endpoint, such as
//! `europe-west1-run.localhost`, and plain Debian resolves no such name. A client with a proxy
//! resolves nothing: it sends the whole URL of each request to the proxy. The gateway looks at the
//! port of the URL, and hands the request to the service that listens there. It opens no
//! connections, so it reaches nothing but the local cloud. [`Access`] refuses hosts that are not this
//! machine, and `CONNECT`, by which a proxy would tunnel TLS.
//!
//! [`Access`]: longshore_local_kit::listen::Access

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use tower::ServiceExt as _;

/// The routers of all services, by port.
type Services = Arc<HashMap<u16, Router>>;

pub(crate) fn router(services: impl IntoIterator<Item = (SocketAddr, Router)>) -> Router {
    let services = services.into_iter().map(|(address, router)| (address.port(), router));
    Router::new().fallback(forward).with_state(Arc::new(services.collect::<HashMap<_, _>>()))
}

async fn forward(State(services): State<Services>, mut request: Request) -> Response {
    let port = request.uri().port_u16();
    let Some(router) = port.and_then(|port| services.get(&port)) else {
        let text = "this port is an HTTP proxy for the ports of the local cloud, and the request \
                    names none of them\n";
        return (StatusCode::BAD_GATEWAY, text).into_response();
    };
    if let Some(uri) = without_authority(request.uri()) {
        *request.uri_mut() = uri;
    }
    let Ok(response) = router.clone().oneshot(request).await;
    response
}

/// The URI as the service itself would get it. Its host is in the header `Host` as well.
fn without_authority(uri: &Uri) -> Option<Uri> {
    Uri::builder().path_and_query(uri.path_and_query()?.clone()).build().ok()
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, to_bytes};

    use super::*;

    async fn answer(uri: &str) -> (StatusCode, String) {
        let echo = Router::new().fallback(async |request: Request| {
            format!("{} {:?}", request.uri(), request.headers().get("host"))
        });
        let gateway = router([(SocketAddr::from(([127, 0, 0, 1], 4000)), echo)]);
        let host = uri.parse::<Uri>().unwrap().authority().map(ToString::to_string);
        let request = Request::builder()
            .uri(uri)
            .header("host", host.unwrap_or_default())
            .body(Body::empty());
        let response = gateway.oneshot(request.unwrap()).await.unwrap();
        let status = response.status();
        let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        (status, String::from_utf8(body.into()).unwrap())
    }

    #[tokio::test]
    async fn the_port_of_the_url_names_the_service() {
        let (status, text) = answer("http://europe-west1-run.localhost:4000/a?b=c").await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(text, "/a?b=c Some(\"europe-west1-run.localhost:4000\")");
    }

    #[tokio::test]
    async fn other_ports_and_requests_without_a_host_are_refused() {
        for uri in ["http://127.0.0.1:4001/", "http://127.0.0.1/", "/"] {
            let (status, text) = answer(uri).await;
            assert_eq!(status, StatusCode::BAD_GATEWAY, "{uri}");
            assert!(text.contains("HTTP proxy"), "{text}");
        }
    }
}
