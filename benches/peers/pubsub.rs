//! Pub/Sub compared with Google's emulator, with Google's client on both sides.

use std::time::{Duration, Instant, SystemTime};

use google_cloud_auth::credentials::{Credentials, anonymous};
use google_cloud_pubsub::client::{Publisher, Subscriber, SubscriptionAdmin, TopicAdmin};
use google_cloud_pubsub::model::{Message, Subscription};

use crate::emulator;
use crate::process::{Server, local_cloud};
use crate::{median, percentile};

/// Messages in one throughput round, and the size of each.
const MESSAGES: usize = 20_000;
const MESSAGE_BYTES: usize = 1024;

/// Messages in one latency round, sent one after the other with this pause, so that nothing queues.
const PINGS: usize = 500;
const PAUSE: Duration = Duration::from_millis(2);

const ROUNDS: usize = 3;

struct Round {
    per_second: f64,
    latencies_ms: Vec<f64>,
    memory_mib: f64,
    start_ms: f64,
}

pub(crate) async fn compare() -> Result<String, String> {
    let mut sides: Vec<(&str, Vec<Round>)> =
        vec![("local cloud", Vec::new()), ("Google's emulator", Vec::new())];
    let emulator = emulator::installed();
    for round in 0..ROUNDS {
        for (side, rounds) in &mut sides {
            let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
            let server = match (*side, &emulator) {
                ("local cloud", _) => local_cloud(folder.path(), "pubsub")?,
                (_, Some(jar)) => emulator::start(jar)?,
                (_, None) => continue,
            };
            rounds.push(
                measure(server).await.map_err(|error| format!("{side}, round {round}: {error}"))?,
            );
        }
    }
    let mut report = format!(
        "{:<20} {:>12} {:>12} {:>12} {:>12} {:>12}\n",
        "", "messages/s", "p50 in ms", "p99 in ms", "memory MiB", "start in ms"
    );
    for (side, rounds) in &sides {
        if rounds.is_empty() {
            report.push_str(&format!("{side:<20} skipped: not installed\n"));
            continue;
        }
        let of = |value: fn(&Round) -> f64| median(&rounds.iter().map(value).collect::<Vec<_>>());
        report.push_str(&format!(
            "{side:<20} {:>12.0} {:>12.2} {:>12.2} {:>12.0} {:>12.0}\n",
            of(|round| round.per_second),
            of(|round| percentile(&round.latencies_ms, 50)),
            of(|round| percentile(&round.latencies_ms, 99)),
            of(|round| round.memory_mib),
            of(|round| round.start_ms),
        ));
    }
    report.push_str(&format!(
        "publish and receive {MESSAGES} messages of {MESSAGE_BYTES} bytes; {PINGS} single ones from publish to delivery; median of {ROUNDS} rounds"
    ));
    Ok(report)
}

fn nobody() -> Credentials {
    anonymous::Builder::new().build()
}

async fn measure(server: Server) -> Result<Round, String> {
    let endpoint = format!("http://{}", server.address);
    let failed = |error: &dyn std::fmt::Display| error.to_string();
    let topics = TopicAdmin::builder()
        .with_endpoint(&endpoint)
        .with_credentials(nobody())
        .build()
        .await
        .map_err(|e| failed(&e))?;
    let admin = SubscriptionAdmin::builder()
        .with_endpoint(&endpoint)
        .with_credentials(nobody())
        .build()
        .await
        .map_err(|e| failed(&e))?;
    let mut figures = (0.0, Vec::new());
    for (name, pings) in [("load", false), ("pings", true)] {
        let topic = format!("projects/bench/topics/{name}");
        let subscription = format!("projects/bench/subscriptions/{name}");
        topics.create_topic().set_name(&topic).send().await.map_err(|e| failed(&e))?;
        let wanted = Subscription::new().set_name(&subscription).set_topic(&topic);
        admin.create_subscription().with_request(wanted).send().await.map_err(|e| failed(&e))?;
        let publisher =
            Publisher::builder(&topic).with_endpoint(&endpoint).with_credentials(nobody());
        let publisher =
            if pings { publisher.set_message_count_threshold(1_u32) } else { publisher };
        let publisher = publisher.build().await.map_err(|e| failed(&e))?;
        let subscriber = Subscriber::builder()
            .with_endpoint(&endpoint)
            .with_credentials(nobody())
            .build()
            .await
            .map_err(|e| failed(&e))?;
        let stream = subscriber.subscribe(&subscription).build();
        if pings {
            figures.1 = latencies(publisher, stream).await?;
        } else {
            figures.0 = throughput(publisher, stream).await?;
        }
    }
    let (per_second, latencies_ms) = figures;
    let (memory_mib, start_ms) = (server.memory_mib(), server.started_in.as_secs_f64() * 1000.0);
    Ok(Round { per_second, latencies_ms, memory_mib, start_ms })
}

type Stream = google_cloud_pubsub::subscriber::MessageStream;

async fn throughput(publisher: Publisher, mut stream: Stream) -> Result<f64, String> {
    let payload = vec![b'x'; MESSAGE_BYTES];
    let begun = Instant::now();
    let publishing = tokio::spawn(async move {
        let pending: Vec<_> = (0..MESSAGES)
            .map(|_| publisher.publish(Message::new().set_data(payload.clone())))
            .collect();
        for published in pending {
            published.await.map_err(|error| error.to_string())?;
        }
        Ok::<_, String>(())
    });
    for _ in 0..MESSAGES {
        let (_, handler) =
            stream.next().await.ok_or("the stream ended")?.map_err(|error| error.to_string())?;
        handler.ack();
    }
    publishing.await.map_err(|error| error.to_string())??;
    Ok(MESSAGES as f64 / begun.elapsed().as_secs_f64())
}

/// Milliseconds from publish to delivery, with one message in flight at a time.
async fn latencies(publisher: Publisher, mut stream: Stream) -> Result<Vec<f64>, String> {
    let now =
        || SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_nanos();
    let mut latencies = Vec::with_capacity(PINGS);
    for _ in 0..PINGS {
        let sent = now();
        let published = publisher.publish(Message::new().set_data(sent.to_string()));
        let (_, handler) =
            stream.next().await.ok_or("the stream ended")?.map_err(|error| error.to_string())?;
        latencies.push((now() - sent) as f64 / 1e6);
        handler.ack();
        published.await.map_err(|error| error.to_string())?;
        tokio::time::sleep(PAUSE).await;
    }
    Ok(latencies)
}
