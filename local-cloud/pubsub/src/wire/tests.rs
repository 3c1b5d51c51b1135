//! The table of methods, compared with the responses.

use axum::http::StatusCode;

use crate::{Deps, METHODS, Service};
use longshore_local_kit::coverage::{Method, Support};
use longshore_local_kit::listen::{self, Access};

/// A framed empty message, which every method can parse.
const EMPTY_MESSAGE: &[u8] = &[0; 5];

/// gRPC's number of UNIMPLEMENTED.
const UNIMPLEMENTED: &str = "12";

#[tokio::test]
async fn methods_are_served_or_unimplemented_as_the_table_says() {
    // The client needs a crypto provider even without TLS. Another test may have installed it.
    let _installed_before = rustls::crypto::ring::default_provider().install_default();
    let dir = tempfile::tempdir().unwrap();
    let service = Service::open(dir.path(), Deps::default()).unwrap();
    let listener = listen::bind(0).await.unwrap();
    let address = listener.local_addr().unwrap();
    let (router, access) = (crate::router(service), Access::to_apis(&[]));
    let server = tokio::spawn(listen::serve(listener, router, access, std::future::pending()));
    let client = reqwest::Client::new();
    for method in METHODS {
        let refused = is_refused(method);
        // A stream has no response to an empty first request that HTTP/1.1 could carry.
        if method.name.ends_with("StreamingPull") {
            continue;
        }
        let grpc = client
            .post(format!("http://{address}{}", method.grpc))
            .header("content-type", "application/grpc");
        let answer = grpc.body(EMPTY_MESSAGE).send().await.unwrap();
        let status =
            answer.headers().get("grpc-status").map(|status| status.to_str().unwrap().to_owned());
        assert_eq!(
            status.as_deref() == Some(UNIMPLEMENTED),
            refused,
            "{} over gRPC: {status:?}",
            method.name
        );

        let (verb, path) = method.rest.split_once(' ').unwrap();
        let path = path.replace("{collection}", "topics").replace(['{', '}'], "");
        let body = if verb == "GET" { "" } else { "{}" };
        let rest =
            client.request(verb.parse().unwrap(), format!("http://{address}{path}")).body(body);
        let rest = rest.header("content-type", "application/json");
        let answer = rest.send().await.unwrap();
        assert_eq!(
            answer.status() == StatusCode::NOT_IMPLEMENTED,
            refused,
            "{} over REST: {}",
            method.name,
            answer.status()
        );
    }
    server.abort();
}

fn is_refused(method: &Method) -> bool {
    match method.support {
        Support::Served(_) => false,
        Support::Unimplemented(_) => true,
    }
}
