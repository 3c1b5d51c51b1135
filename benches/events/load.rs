//! A thousand messages a second, pushed to one instance.

use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use reqwest::Method;
use serde_json::json;

use crate::site::{PROJECT, Site};
use crate::{milliseconds, now, number, percentile};

const PER_SECOND: usize = 1_000;

/// Messages of one request. Publishers batch.
const BATCH: usize = 20;

const SECONDS_DEFAULT: usize = 60;

pub(crate) async fn measure(site: &Site) -> Result<String, String> {
    let seconds = number("EVENTS_LOAD_SECONDS", SECONDS_DEFAULT)?;
    let topic = format!("projects/{PROJECT}/topics/load");
    site.call(Method::PUT, "pubsub", &format!("v1/{topic}"), &json!({})).await?;
    let push = json!({
        "topic": topic, "pushConfig": {"pushEndpoint": site.url}, "ackDeadlineSeconds": 60,
    });
    let path = format!("v1/projects/{PROJECT}/subscriptions/load");
    site.call(Method::PUT, "pubsub", &path, &push).await?;

    let count = seconds * PER_SECOND;
    let mut sent = Vec::with_capacity(count);
    let begun = Instant::now();
    let mut ticks =
        tokio::time::interval(Duration::from_secs_f64(BATCH as f64 / PER_SECOND as f64));
    while sent.len() < count {
        // Missed ticks are made up for, so that the rate is held if the cloud can hold it.
        ticks.tick().await;
        let numbers = sent.len()..sent.len() + BATCH;
        let message = |number: usize| json!({"data": BASE64_STANDARD.encode(number.to_string())});
        let messages: Vec<_> = numbers.map(message).collect();
        sent.extend(std::iter::repeat_n(now(), BATCH));
        let path = format!("v1/{topic}:publish");
        site.call(Method::POST, "pubsub", &path, &json!({"messages": messages})).await?;
    }
    let published = begun.elapsed();
    let backlog = count.saturating_sub(site.count().await?);
    let memory_mib = site.memory_mib();
    site.await_records(count).await?;
    let delivered = begun.elapsed();
    let records = site.take_records().await?;
    let started = records.starts.iter().filter_map(|(number, at)| Some((*at, *sent.get(*number)?)));
    let mut latencies: Vec<Duration> =
        started.map(|(started, sent)| started.saturating_sub(sent)).collect();
    latencies.sort();
    Ok(format!(
        "{count} messages in {:.1} s: {:.0} a second published, {backlog} not yet delivered then, \
         all after {:.1} s\nlost {}, delivered twice {}; p50 {:.1} ms, p99 {:.1} ms; {memory_mib:.0} MiB",
        published.as_secs_f64(),
        count as f64 / published.as_secs_f64(),
        delivered.as_secs_f64(),
        count - records.starts.len(),
        records.repeated,
        milliseconds(percentile(&latencies, 50)),
        milliseconds(percentile(&latencies, 99)),
    ))
}
