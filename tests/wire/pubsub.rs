//! The local cloud's Pub/Sub against Google's own client: administration over REST and data over
//! gRPC, on one port.
#![expect(clippy::unwrap_used, reason = "helpers of a test fail as the test does")]

use std::future::Future;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use google_cloud_auth::credentials::{Credentials, anonymous};
use google_cloud_gax::error::rpc::Code;
use google_cloud_pubsub::client::{Publisher, Subscriber, SubscriptionAdmin, TopicAdmin};
use google_cloud_pubsub::model::{BigQueryConfig, DeadLetterPolicy, Message, Subscription};
use google_cloud_pubsub::subscriber::MessageStream;
use longshore_local_kit::listen::{self, Access};
use longshore_local_pubsub as pubsub;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

const TOPIC: &str = "projects/p/topics/events";
const DEAD_TOPIC: &str = "projects/p/topics/dead";
const SUBSCRIPTION: &str = "projects/p/subscriptions/worker";

/// Fails the test after a timeout instead of hanging it.
async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), future)
        .await
        .unwrap_or_else(|_| panic!("timed out: {what}"))
}

struct Server {
    service: Arc<pubsub::Service>,
    endpoint: String,
    shutdown: oneshot::Sender<()>,
    served: JoinHandle<std::io::Result<()>>,
}

impl Server {
    async fn start(dir: &Path) -> Self {
        // Google's clients need a crypto provider even without TLS. All but the first test find it
        // installed.
        let _installed_before = rustls::crypto::ring::default_provider().install_default();
        let service = pubsub::Service::open(dir, pubsub::Deps::default()).unwrap();
        let listener = listen::bind(0).await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let (shutdown, requested) = oneshot::channel::<()>();
        let router = pubsub::router(Arc::clone(&service));
        let served = tokio::spawn(listen::serve(listener, router, Access::to_apis(&[]), async {
            requested.await.unwrap_or_default();
        }));
        Self { service, endpoint, shutdown, served }
    }

    async fn stop(self) {
        self.service.stop();
        self.shutdown.send(()).unwrap();
        soon("graceful shutdown", self.served).await.unwrap().unwrap();
    }

    async fn topics(&self) -> TopicAdmin {
        TopicAdmin::builder()
            .with_endpoint(&self.endpoint)
            .with_credentials(no_credentials())
            .build()
            .await
            .unwrap()
    }

    async fn subscriptions(&self) -> SubscriptionAdmin {
        SubscriptionAdmin::builder()
            .with_endpoint(&self.endpoint)
            .with_credentials(no_credentials())
            .build()
            .await
            .unwrap()
    }

    async fn publisher(&self) -> Publisher {
        let publisher = Publisher::builder(TOPIC)
            .with_endpoint(&self.endpoint)
            .with_credentials(no_credentials());
        publisher.set_message_count_threshold(1_u32).build().await.unwrap()
    }

    async fn pull(&self) -> MessageStream {
        let subscriber = Subscriber::builder()
            .with_endpoint(&self.endpoint)
            .with_credentials(no_credentials())
            .build()
            .await
            .unwrap();
        subscriber.subscribe(SUBSCRIPTION).build()
    }

    async fn publish(&self, text: &'static str) {
        soon("publish", self.publisher().await.publish(Message::new().set_data(text)))
            .await
            .unwrap();
    }

    async fn provision(&self) {
        let topics = self.topics().await;
        for topic in [TOPIC, DEAD_TOPIC] {
            topics.create_topic().set_name(topic).send().await.unwrap();
        }
        let policy =
            DeadLetterPolicy::new().set_dead_letter_topic(DEAD_TOPIC).set_max_delivery_attempts(20);
        let create = self.subscriptions().await.create_subscription();
        create
            .set_name(SUBSCRIPTION)
            .set_topic(TOPIC)
            .set_ack_deadline_seconds(60)
            .set_dead_letter_policy(policy)
            .send()
            .await
            .unwrap();
    }
}

fn no_credentials() -> Credentials {
    anonymous::Builder::new().build()
}

/// Receives a message, acknowledges or returns it, and returns its text and attempt.
async fn take(stream: &mut MessageStream, ack: bool) -> (String, Option<i32>) {
    let (message, handler) = soon("a message", stream.next()).await.unwrap().unwrap();
    let attempt = handler.delivery_attempt();
    if ack {
        handler.ack()
    } else {
        handler.nack()
    }
    (String::from_utf8(message.data.to_vec()).unwrap(), attempt)
}

async fn close(stream: MessageStream) {
    soon("shutdown of the stream", stream.shutdown_token().shutdown()).await;
}

#[tokio::test]
async fn administration_speaks_rest() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path()).await;
    server.provision().await;
    let (topics, subscriptions) = (server.topics().await, server.subscriptions().await);
    assert_eq!(topics.get_topic().set_topic(TOPIC).send().await.unwrap().name, TOPIC);
    let listed =
        topics.list_topics().set_project("projects/p").set_page_size(1).send().await.unwrap();
    assert_eq!(listed.topics[0].name, DEAD_TOPIC);
    let next =
        topics.list_topics().set_project("projects/p").set_page_token(listed.next_page_token);
    assert_eq!(next.send().await.unwrap().topics[0].name, TOPIC);
    let attached = topics.list_topic_subscriptions().set_topic(TOPIC).send().await.unwrap();
    assert_eq!(attached.subscriptions, [SUBSCRIPTION]);

    let taken = topics.create_topic().set_name(TOPIC).send().await.unwrap_err();
    assert_eq!(taken.status().map(|status| status.code), Some(Code::AlreadyExists));
    let missing = subscriptions
        .get_subscription()
        .set_subscription("projects/p/subscriptions/none")
        .send()
        .await
        .unwrap_err();
    assert_eq!(missing.status().map(|status| status.code), Some(Code::NotFound));
    let exported = subscriptions
        .create_subscription()
        .set_name("projects/p/subscriptions/exported")
        .set_topic(TOPIC);
    let refused = exported
        .set_bigquery_config(BigQueryConfig::new().set_table("t"))
        .send()
        .await
        .unwrap_err();
    assert_eq!(refused.status().map(|status| status.code), Some(Code::Unimplemented));
    assert!(refused.to_string().contains("bigquery_config"), "{refused}");

    let changed = Subscription::new()
        .set_name(SUBSCRIPTION)
        .set_ack_deadline_seconds(30)
        .set_labels([("a", "b")]);
    let mask = google_cloud_wkt::FieldMask::default().set_paths(["ack_deadline_seconds", "labels"]);
    let updated = subscriptions
        .update_subscription()
        .set_subscription(changed)
        .set_update_mask(mask)
        .send()
        .await
        .unwrap();
    assert_eq!((updated.ack_deadline_seconds, updated.labels["a"].as_str()), (30, "b"));
    assert_eq!(updated.dead_letter_policy.unwrap().max_delivery_attempts, 20);

    subscriptions.delete_subscription().set_subscription(SUBSCRIPTION).send().await.unwrap();
    topics.delete_topic().set_topic(TOPIC).send().await.unwrap();
    server.stop().await;
}

#[tokio::test]
async fn a_message_is_delivered_and_redelivered_after_a_nack() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path()).await;
    server.provision().await;
    let mut stream = server.pull().await;
    server.publish("hello").await;
    assert_eq!(take(&mut stream, false).await, ("hello".to_owned(), Some(1)));
    assert_eq!(take(&mut stream, true).await, ("hello".to_owned(), Some(2)));
    close(stream).await;
    server.stop().await;
}

#[tokio::test]
async fn a_restart_keeps_unacknowledged_messages() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path()).await;
    server.provision().await;
    server.publish("settled").await;
    let mut stream = server.pull().await;
    assert_eq!(take(&mut stream, true).await.0, "settled");
    close(stream).await;
    server.publish("kept").await;
    server.stop().await;

    let server = Server::start(dir.path()).await;
    let mut stream = server.pull().await;
    assert_eq!(take(&mut stream, true).await.0, "kept");
    close(stream).await;
    server.stop().await;
}

#[tokio::test]
async fn messages_of_a_dead_client_are_redelivered_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path()).await;
    server.provision().await;
    server.publish("orphan").await;
    let endpoint = server.endpoint.clone();
    let (held, is_held) = oneshot::channel();
    let (die, death) = oneshot::channel::<()>();
    // Dropping this separate runtime cuts the connections, like the death of a process.
    let client = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let subscriber = Subscriber::builder()
                .with_endpoint(endpoint)
                .with_credentials(no_credentials())
                .build()
                .await
                .unwrap();
            let mut stream = subscriber.subscribe(SUBSCRIPTION).build();
            let delivery = stream.next().await.unwrap().unwrap();
            held.send(()).unwrap();
            death.await.unwrap();
            std::mem::forget((delivery, stream));
        });
        runtime.shutdown_background();
    });
    soon("the first delivery", is_held).await.unwrap();
    let mut stream = server.pull().await;
    die.send(()).unwrap();
    // Its lease has 60 s left, three times the timeout of this wait.
    assert_eq!(take(&mut stream, true).await, ("orphan".to_owned(), Some(2)));
    tokio::task::spawn_blocking(|| client.join()).await.unwrap().unwrap();
    close(stream).await;
    server.stop().await;
}

#[tokio::test]
async fn a_client_that_closes_its_stream_keeps_its_leases() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path()).await;
    server.provision().await;
    server.publish("held").await;
    let mut stream = server.pull().await;
    let (_, handler) = soon("a message", stream.next()).await.unwrap().unwrap();
    let closing = stream.shutdown_token();
    let closing = tokio::spawn(async move { closing.shutdown().await });
    assert!(soon("the end of the stream", stream.next()).await.is_none());
    drop(stream);
    server.publish("free").await;
    let mut other = server.pull().await;
    assert_eq!(take(&mut other, true).await, ("free".to_owned(), Some(1)));
    handler.ack();
    soon("shutdown of the stream", closing).await.unwrap();
    close(other).await;
    server.stop().await;
}

#[tokio::test]
async fn an_open_stream_does_not_delay_a_shutdown() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path()).await;
    server.provision().await;
    server.publish("first").await;
    let mut stream = server.pull().await;
    assert_eq!(take(&mut stream, true).await.0, "first");
    server.stop().await;
    drop(stream);
}
