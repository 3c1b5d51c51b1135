//! A local cloud that is killed with many triggers, each of which has an undelivered event.

use std::time::Instant;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use reqwest::Method;
use serde_json::{Value, json};

use crate::site::{ACCOUNT, PROJECT, REGION, Site};
use crate::{milliseconds, number, text};

/// Google's limit for one location.
const TRIGGERS_DEFAULT: usize = 500;

/// Calls at a time.
const AT_ONCE: usize = 16;

pub(crate) async fn measure(site: &mut Site) -> Result<String, String> {
    let count = number("EVENTS_TRIGGERS", TRIGGERS_DEFAULT)?;
    let begun = Instant::now();
    let living: &Site = site;
    let missing = count.saturating_sub(living.triggers().await?);
    let triggers = (0..missing).map(|number| create(living, number));
    let topics: Vec<String> =
        stream::iter(triggers).buffer_unordered(AT_ONCE).try_collect().await?;
    let created = begun.elapsed();
    let closed = living.client.post(format!("{}/close", living.url)).send().await.map_err(text)?;
    closed.error_for_status().map_err(text)?;
    let publishing = topics.iter().enumerate().map(async |(number, topic)| {
        let message = json!({"messages": [{"data": BASE64_STANDARD.encode(number.to_string())}]});
        living.call(Method::POST, "pubsub", &format!("v1/{topic}:publish"), &message).await
    });
    let published: Vec<Value> =
        stream::iter(publishing).buffer_unordered(AT_ONCE).try_collect().await?;
    site.kill();

    // The new instance is open.
    let begun = Instant::now();
    let ready = site.restart()?;
    site.await_records(published.len()).await?;
    let delivered = begun.elapsed();
    let records = site.take_records().await?;
    Ok(format!(
        "{count} triggers made in {:.1} s; killed with an undelivered event of {} of them\n\
         ready after {:.0} ms, all delivered after {:.1} s; lost {}, delivered twice {}",
        created.as_secs_f64(),
        published.len(),
        milliseconds(ready),
        delivered.as_secs_f64(),
        published.len() - records.starts.len(),
        records.repeated,
    ))
}

/// Creates a trigger, and returns the topic that Eventarc has made for it.
async fn create(site: &Site, number: usize) -> Result<String, String> {
    let published = "google.cloud.pubsub.topic.v1.messagePublished";
    let trigger = json!({
        "eventFilters": [{"attribute": "type", "value": published}],
        "destination": {"cloudRun": {"service": site.service, "region": REGION}},
        "serviceAccount": ACCOUNT,
    });
    let parent = format!("v1/projects/{PROJECT}/locations/{REGION}/triggers");
    let path = format!("{parent}?triggerId=restart-{number}");
    site.call(Method::POST, "eventarc", &path, &trigger).await?;
    let path = format!("{parent}/restart-{number}");
    let made = site.call(Method::GET, "eventarc", &path, &Value::Null).await?;
    let topic = made["transport"]["pubsub"]["topic"].as_str();
    topic.map(str::to_owned).ok_or_else(|| format!("a trigger has no topic: {made}"))
}
