//! The tables of methods say the truth: what is listed as served does not answer `UNIMPLEMENTED`, everything else does.
#![expect(clippy::unwrap_used, reason = "a test says what went wrong by where it panics")]

use std::net::SocketAddr;

use longshore_local_cloud::coverage::{Method, Support};
use longshore_local_cloud::{build, registry, run};
use reqwest::{Client, StatusCode};

use crate::clients::local_cloud;

#[tokio::test(flavor = "multi_thread")]
async fn every_method_is_served_or_says_that_it_is_not() {
    let dir = tempfile::tempdir().unwrap();
    let cloud = local_cloud(dir.path()).await;
    let endpoints = cloud.endpoints();
    let mut wrong = Vec::new();
    for (address, methods) in [
        (endpoints.run, run::METHODS),
        (endpoints.logging, run::LOGGING_METHODS),
        (endpoints.build, build::METHODS),
        (endpoints.artifact_registry, registry::METHODS),
    ] {
        for method in methods.iter().filter(|method| method.service != "OCI distribution") {
            let said = match method.support {
                Support::Served(_) => true,
                Support::Unimplemented(_) => false,
            };
            if is_served(address, method).await != said {
                wrong.push(method.rest);
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    cloud.stop().await;
}

/// Asks for things that are not there: the answer is an error either way, and which one says it.
async fn is_served(address: SocketAddr, method: &Method) -> bool {
    let (verb, path) = method.rest.split_once(' ').unwrap();
    let mut named = String::new();
    for piece in path.split_inclusive(['{', '}']) {
        match piece.strip_suffix('}') {
            Some(_) => named.push('x'),
            None => named.push_str(piece.trim_end_matches('{')),
        }
    }
    let request = Client::new().request(verb.parse().unwrap(), format!("http://{address}{named}"));
    let answer = request.header("content-type", "application/json").body("{}").send().await.unwrap();
    answer.status() != StatusCode::NOT_IMPLEMENTED
}
