//! The time from an event to the start of the function, one event at a time.

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use reqwest::Method;
use serde_json::{Value, json};

use crate::site::{ACCOUNT, PROJECT, REGION, Site, call};
use crate::{emulator, firebase, milliseconds, now, number, percentile};

/// Events of each source.
const EVENTS_DEFAULT: usize = 300;

/// Events before the measurement, which open connections.
pub(crate) const WARM_UP: usize = 30;

/// Between two events, so that nothing queues.
pub(crate) const PAUSE: Duration = Duration::from_millis(10);

/// What sends an event with a number.
enum Source<'a> {
    Topic(&'a Site),
    Bucket(&'a Site),
    Queue(&'a Site),
    /// Google's emulator, at this URL.
    Emulator(&'a Site, String),
}

impl Source<'_> {
    async fn prepare(&self) -> Result<(), String> {
        match self {
            Self::Topic(site) => {
                let topic = format!("projects/{PROJECT}/topics/latency");
                site.call(Method::PUT, "pubsub", &format!("v1/{topic}"), &json!({})).await?;
                let path = format!("v1/projects/{PROJECT}/subscriptions/latency");
                let subscription = subscription(&topic, &site.url);
                site.call(Method::PUT, "pubsub", &path, &subscription).await
            }
            Self::Bucket(site) => {
                let bucket = json!({"name": "latency", "location": REGION});
                let path = format!("storage/v1/b?project={PROJECT}");
                site.call(Method::POST, "storage", &path, &bucket).await?;
                let finalized = "google.cloud.storage.object.v1.finalized";
                let trigger = json!({
                    "eventFilters": [
                        {"attribute": "type", "value": finalized},
                        {"attribute": "bucket", "value": "latency"},
                    ],
                    "destination": {"cloudRun": {"service": site.service, "region": REGION}},
                    "serviceAccount": ACCOUNT,
                });
                let path =
                    format!("v1/projects/{PROJECT}/locations/{REGION}/triggers?triggerId=latency");
                site.call(Method::POST, "eventarc", &path, &trigger).await
            }
            Self::Queue(site) => {
                let parent = format!("projects/{PROJECT}/locations/{REGION}");
                let queue = json!({"name": format!("{parent}/queues/latency")});
                site.call(Method::POST, "tasks", &format!("v2/{parent}/queues"), &queue).await
            }
            Self::Emulator(site, emulator) => {
                let topic = format!("projects/{PROJECT}/topics/latency");
                let url = format!("{emulator}/v1/{topic}");
                call(&site.client, Method::PUT, &url, &json!({})).await?;
                let url = format!("{emulator}/v1/projects/{PROJECT}/subscriptions/latency");
                call(&site.client, Method::PUT, &url, &subscription(&topic, &site.url)).await
            }
        }
        .map(drop)
    }

    async fn send(&self, number: usize) -> Result<(), String> {
        let text = number.to_string();
        let message = json!({"messages": [{"data": BASE64_STANDARD.encode(&text)}]});
        let publish = format!("v1/projects/{PROJECT}/topics/latency:publish");
        match self {
            Self::Topic(site) => {
                site.call(Method::POST, "pubsub", &publish, &message).await.map(drop)
            }
            Self::Bucket(site) => site.upload("latency", &text).await,
            Self::Queue(site) => {
                let path = format!("v2/projects/{PROJECT}/locations/{REGION}/queues/latency/tasks");
                let body = BASE64_STANDARD.encode(&text);
                let task = json!({"task": {"httpRequest": {"url": site.url, "body": body}}});
                site.call(Method::POST, "tasks", &path, &task).await.map(drop)
            }
            Self::Emulator(site, emulator) => {
                let url = format!("{emulator}/{publish}");
                call(&site.client, Method::POST, &url, &message).await.map(drop)
            }
        }
    }

    fn site(&self) -> &Site {
        match self {
            Self::Topic(site) | Self::Bucket(site) | Self::Queue(site) => site,
            Self::Emulator(site, _) => site,
        }
    }
}

fn subscription(topic: &str, url: &str) -> Value {
    json!({"topic": topic, "pushConfig": {"pushEndpoint": url}, "ackDeadlineSeconds": 60})
}

pub(crate) async fn measure(site: &Site) -> Result<String, String> {
    let mut report = format!("{:<28} {:>10} {:>10} {:>8}\n", "", "p50 in ms", "p99 in ms", "lost");
    for (name, source) in [
        ("message of a topic", Source::Topic(site)),
        ("object of a bucket", Source::Bucket(site)),
        ("task of a queue", Source::Queue(site)),
    ] {
        report.push_str(&row(name, &source).await?);
    }
    match emulator::installed() {
        None => report.push_str("Google's Pub/Sub emulator: skipped, it is not installed\n"),
        Some(jar) => {
            let server = emulator::start(&jar)?;
            let source = Source::Emulator(site, format!("http://{}", server.address));
            report.push_str(&row("Google's Pub/Sub emulator", &source).await?);
        }
    }
    report.push_str(&firebase::measure().await);
    report.push_str(&format!("{} events of each, {} ms apart", events()?, PAUSE.as_millis()));
    Ok(report)
}

/// Number of measured events of each source.
pub(crate) fn events() -> Result<usize, String> {
    number("EVENTS_EACH", EVENTS_DEFAULT)
}

async fn row(name: &str, source: &Source<'_>) -> Result<String, String> {
    source.prepare().await?;
    let count = WARM_UP + events()?;
    let mut sent = Vec::with_capacity(count);
    for number in 0..count {
        sent.push(now());
        source.send(number).await.map_err(|error| format!("{name}: {error}"))?;
        tokio::time::sleep(PAUSE).await;
    }
    source.site().await_records(sent.len()).await?;
    let records = source.site().take_records().await?;
    Ok(summary(name, &sent, &records.starts))
}

/// A line with the latencies after the warm-up. `sent` has the time of each event by its number.
pub(crate) fn summary(name: &str, sent: &[Duration], starts: &BTreeMap<usize, Duration>) -> String {
    let measured = sent.iter().enumerate().skip(WARM_UP);
    let started = measured.filter_map(|(number, at)| Some((*starts.get(&number)?, *at)));
    let mut latencies: Vec<Duration> =
        started.map(|(started, sent)| started.saturating_sub(sent)).collect();
    latencies.sort();
    format!(
        "{name:<28} {:>10.2} {:>10.2} {:>8}\n",
        milliseconds(percentile(&latencies, 50)),
        milliseconds(percentile(&latencies, 99)),
        sent.len() - starts.len(),
    )
}
