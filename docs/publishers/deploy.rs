//! Requests a deployment and waits for its outcome.
//!
//! ```console
//! $ cargo run --example deploy -- PROJECT gs://BUCKET/SOURCE.zip NAME ENTRY_POINT RUNTIME REQUEST_ID
//! ```
//!
//! Set `PUBSUB_EMULATOR_HOST` to use the local cloud.
#![expect(clippy::print_stdout, reason = "a program's result")]

use std::error::Error;
use std::process::ExitCode;

use google_cloud_auth::credentials::anonymous;
use google_cloud_pubsub::client::{Publisher, Subscriber, SubscriptionAdmin};
use google_cloud_pubsub::model::{Message, Subscription};
use serde_json::{Value, json};

const SOURCE: &str = "//ci.example.com/rust";
const FLEET: &str = "longshore";

#[tokio::main]
async fn main() -> Result<ExitCode, Box<dyn Error>> {
    // Two of the libraries bring their own TLS provider; this selects one.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [project, source, name, entry_point, runtime, request_id] =
        arguments.try_into().map_err(|_| "six arguments are needed")?;
    let (bucket, object) = source
        .strip_prefix("gs://")
        .and_then(|place| place.split_once('/'))
        .ok_or("no gs:// URL")?;
    let function = json!({
        "name": name, "entryPoint": entry_point, "runtime": runtime,
        "source": {"storage": {"bucket": bucket, "object": object}},
    });

    // Subscribe before the request, so that no outcome is missed.
    let subscription = subscribe(&project, &request_id).await?;
    publish(&project, &request_id, &json!({"function": function})).await?;
    let outcome = wait(&subscription).await?;

    println!("{outcome:#}");
    let good =
        ["OUTCOME_DEPLOYED", "OUTCOME_UNCHANGED"].iter().any(|good| outcome["outcome"] == *good);
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn subscribe(project: &str, request_id: &str) -> Result<String, Box<dyn Error>> {
    let builder = SubscriptionAdmin::builder();
    let admin = match emulator() {
        Some(endpoint) => {
            builder.with_endpoint(endpoint).with_credentials(anonymous::Builder::new().build())
        }
        None => builder,
    };
    let name = format!("projects/{project}/subscriptions/ci-rust-{request_id}");
    let subscription = Subscription::new()
        .set_name(&name)
        .set_topic(format!("projects/{project}/topics/{FLEET}.deployment-finished"))
        .set_filter(format!(
            r#"attributes.requestsource = "{SOURCE}" AND attributes.requestid = "{request_id}""#
        ));
    admin.build().await?.create_subscription().with_request(subscription).send().await?;
    Ok(name)
}

async fn publish(project: &str, request_id: &str, request: &Value) -> Result<(), Box<dyn Error>> {
    let builder = Publisher::builder(format!("projects/{project}/topics/{FLEET}.deploy-requested"));
    let builder = match emulator() {
        Some(endpoint) => {
            builder.with_endpoint(endpoint).with_credentials(anonymous::Builder::new().build())
        }
        None => builder,
    };
    let attributes = [
        ("ce-specversion", "1.0"),
        ("ce-type", "dev.longshore.deploy-requested.v1"),
        ("ce-source", SOURCE),
        ("ce-id", request_id),
        ("content-type", "application/json"),
    ];
    let message = Message::new().set_data(request.to_string()).set_attributes(attributes);
    builder.build().await?.publish(message).await?;
    Ok(())
}

async fn wait(subscription: &str) -> Result<Value, Box<dyn Error>> {
    let builder = Subscriber::builder();
    let builder = match emulator() {
        Some(endpoint) => {
            builder.with_endpoint(endpoint).with_credentials(anonymous::Builder::new().build())
        }
        None => builder,
    };
    let mut stream = builder.build().await?.subscribe(subscription).build();
    let (message, handler) = stream.next().await.ok_or("the stream ended")??;
    handler.ack();
    Ok(serde_json::from_slice(&message.data)?)
}

fn emulator() -> Option<String> {
    std::env::var("PUBSUB_EMULATOR_HOST").ok().map(|host| format!("http://{host}"))
}
