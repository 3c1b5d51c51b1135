//! The local cloud's lists of methods are true: methods that are listed as served do not respond
//! with `UNIMPLEMENTED`, and all others do.

#![expect(clippy::unwrap_used, reason = "helpers of a test fail as the test does")]

use std::net::SocketAddr;

use longshore_local_cloud::{Endpoints, methods, sample};
use longshore_local_kit::coverage::{Method, Support};

use crate::clients::local_cloud;

/// `google.rpc.Code.UNIMPLEMENTED`.
const UNIMPLEMENTED: &str = "12";

#[tokio::test(flavor = "multi_thread")]
async fn every_method_is_served_or_unimplemented_as_listed() {
    let dir = tempfile::tempdir().unwrap();
    let cloud = local_cloud(dir.path()).await;
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut wrong = Vec::new();
    let all = methods();
    assert!(all.len() > 100, "{}", all.len());
    for method in all {
        let Some(address) = listener(cloud.endpoints(), method.service) else {
            panic!("no listener for {}", method.service)
        };
        let listed = matches!(method.support, Support::Unimplemented(_));
        for refused in [rest(&client, address, method).await, grpc(&client, address, method).await]
        {
            if refused.as_ref().is_some_and(|(refused, _)| *refused != listed) {
                wrong.push((method.name, method.rest, refused));
            }
        }
    }
    cloud.stop().await;
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Front ends that ignore parameters that they do not know.
const LENIENT: [&str; 2] = ["Cloud Storage", "OCI distribution"];

#[tokio::test(flavor = "multi_thread")]
async fn every_served_method_refuses_parameters_that_it_does_not_have() {
    let dir = tempfile::tempdir().unwrap();
    let cloud = local_cloud(dir.path()).await;
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut wrong = Vec::new();
    for method in methods() {
        let is_served = matches!(method.support, Support::Served(_));
        let Some((verb, path)) = method.rest.split_once(' ').filter(|_| is_served) else {
            continue;
        };
        if LENIENT.contains(&method.service) {
            continue;
        }
        let address = listener(cloud.endpoints(), method.service).unwrap();
        let verb = reqwest::Method::from_bytes(verb.as_bytes()).unwrap();
        let url = format!("http://{address}{}?alt=json&notAParameter=1", filled(path));
        let request =
            client.request(verb, url).header("content-type", "application/json").body("{}");
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        let text = response.text().await.unwrap();
        let named = "Field 'notAParameter' could not be found in request message.";
        if status != 400 || !text.contains(named) {
            wrong.push((method.name, method.rest, status, text));
        }
    }
    cloud.stop().await;
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Whether the REST form of the method responds that it is not implemented, and the response.
/// `None` for a method without a REST form.
async fn rest(
    client: &reqwest::Client,
    address: SocketAddr,
    method: &Method,
) -> Option<(bool, String)> {
    let (verb, path) = method.rest.split_once(' ')?;
    let verb = reqwest::Method::from_bytes(verb.as_bytes()).unwrap();
    let url = format!("http://{address}{}", filled(path));
    let request = client.request(verb, url).header("content-type", "application/json").body("{}");
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    Some((status == 501, format!("{status}: {}", response.text().await.unwrap_or_default())))
}

/// Whether the same method over gRPC responds that it is not implemented, and the response. `None` for
/// a method that exists over REST only, and for those that the service answers itself.
async fn grpc(
    client: &reqwest::Client,
    address: SocketAddr,
    method: &Method,
) -> Option<(bool, String)> {
    let (_, path) = method.rest.split_once(' ')?;
    if !method.grpc.is_empty() {
        return None;
    }
    let (path, message) = sample(method, &filled(path)).or_else(|| unknown(method))?;
    let length = u32::try_from(message.len()).unwrap().to_be_bytes();
    let framed = [&[0], length.as_slice(), &message].concat();
    let request = client.post(format!("http://{address}{path}"));
    let request = request.header("content-type", "application/grpc").body(framed);
    let response = request.send().await.unwrap();
    let header = |name| response.headers().get(name).map_or("", |value| value.to_str().unwrap());
    let (status, message) = (header("grpc-status"), header("grpc-message"));
    let is_named = message.contains(method.name.rsplit('.').next().unwrap());
    let is_refused = status == UNIMPLEMENTED;
    // Lists of discovery documents have other names.
    assert!(!is_refused || is_named || !method.name.starts_with("google."), "{path}: {message}");
    Some((is_refused, format!("gRPC {status}: {message}")))
}

/// A call of a method that the service refuses before it reads the request.
fn unknown(method: &Method) -> Option<(String, Vec<u8>)> {
    let is_refused = matches!(method.support, Support::Unimplemented(_));
    let name = Some(method.name).filter(|name| is_refused && name.starts_with("google."))?;
    let (service, method) = name.rsplit_once('.')?;
    Some((format!("/{service}/{method}"), Vec::new()))
}

/// The path with names in place of its placeholders. The names do not exist, so a served method
/// responds with that error.
fn filled(path: &str) -> String {
    let mut filled = String::new();
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').unwrap();
        let name = name.split(['=', '*']).next().unwrap().trim_end_matches('+');
        filled.push_str(before);
        filled.push_str(match name {
            "project" | "projectsId" | "projectId" => "local-project",
            "collection" => "topics",
            "location" | "region" => "europe-west1",
            "digest" | "version" => {
                "sha256:0000000000000000000000000000000000000000000000000000000000000000"
            }
            _ => "nowhere",
        });
        rest = after;
    }
    filled.push_str(rest);
    filled
}

/// The address of a service.
fn listener(endpoints: Endpoints, service: &str) -> Option<SocketAddr> {
    Some(match service {
        "Pub/Sub" => endpoints.pubsub,
        "Cloud Storage" => endpoints.storage,
        "Cloud Run" => endpoints.run,
        "Cloud Build" => endpoints.build,
        "Cloud Functions" => endpoints.functions,
        "Eventarc" => endpoints.eventarc,
        "Artifact Registry" => endpoints.artifact_registry,
        "OCI distribution" => endpoints.registry,
        "Cloud Logging" => endpoints.logging,
        "Secret Manager" => endpoints.secrets,
        "Cloud KMS" => endpoints.kms,
        "Cloud Scheduler" => endpoints.scheduler,
        "Cloud Tasks" => endpoints.tasks,
        "Resource Manager" | "Service Usage" | "Cloud Billing" => endpoints.projects,
        "Firebase Management" | "Firebase Extensions" | "Runtime Configurator" => {
            endpoints.firebase
        }
        "IAM" | "IAM Credentials" => endpoints.identity,
        _ => return None,
    })
}
