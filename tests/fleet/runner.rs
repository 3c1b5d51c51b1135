//! The runner's contract with a stage: record, publish and acknowledge, in this order, whatever the
//! stage does.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::support::sim::SimObjects;
use async_trait::async_trait;
use longshore_cloud::{
    Bus, CloudError, Deliveries, Kind, Lease, Received, Settle, SubscriptionSpec,
};
use longshore_ledger::{Cause, Ledger, MoreParked};
use longshore_messages::{
    DeploymentFinished, DeploymentId, Failure, FailureClass, Outcome, TraceContext, WireMessage,
    decode,
};
use longshore_runner::health::Health;
use longshore_runner::{
    Delivery, Disposition, Found, Incoming, Input, InputError, Limits, Runner, RunnerError, Stage,
    StageError, Step, SweepLog,
};
use time::OffsetDateTime;
use tokio::sync::{Notify, mpsc};
use tokio_util::sync::CancellationToken;

/// What happened, in order.
type History = Arc<Mutex<Vec<String>>>;

/// Messages, each with its delivery attempt.
type Queue = mpsc::UnboundedReceiver<(WireMessage, u32)>;

/// A bus with one topic: it delivers what the test sends, and redelivers at once after a nack.
#[derive(Clone)]
struct FakeBus {
    history: History,
    published: mpsc::UnboundedSender<WireMessage>,
    queue: mpsc::UnboundedSender<(WireMessage, u32)>,
    deliveries: Arc<Mutex<Option<Queue>>>,
    failing_publishes: Arc<AtomicUsize>,
}

/// A stream that ends with an error when the message `break` arrives, after which there can be another
/// one.
struct FakeDeliveries {
    bus: FakeBus,
    /// `None` once it is broken.
    queue: Option<Queue>,
}

/// Redelivers the message if it is dropped unsettled, as Pub/Sub does.
struct FakeSettle {
    bus: FakeBus,
    message: Option<(WireMessage, u32)>,
}

impl Settle for FakeSettle {
    fn ack(mut self: Box<Self>) {
        self.message = None;
        self.bus.note("ack");
    }

    fn nack(self: Box<Self>) {
        self.bus.note("nack");
    }
}

impl Drop for FakeSettle {
    fn drop(&mut self) {
        if let Some((message, attempt)) = self.message.take() {
            // The test may be over.
            let _ = self.bus.queue.send((message, attempt + 1));
        }
    }
}

impl FakeBus {
    fn note(&self, what: &str) {
        self.history.lock().unwrap().push(what.to_owned());
    }
}

#[async_trait]
impl Bus for FakeBus {
    async fn publish(&self, topic: &str, message: WireMessage) -> Result<String, CloudError> {
        if topic.ends_with(".deployment-events") {
            return Ok("id".to_owned());
        }
        let fails = self
            .failing_publishes
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1))
            .is_ok();
        if fails {
            self.note("publish failed");
            return Err(CloudError::new("publish", "topic", Kind::Unavailable));
        }
        self.note("publish");
        self.published.send(message).unwrap();
        Ok("id".to_owned())
    }

    async fn subscribe(
        &self,
        _subscription: &str,
        _limit: usize,
    ) -> Result<Box<dyn Deliveries>, CloudError> {
        let queue = self.deliveries.lock().unwrap().take().expect("one subscriber");
        Ok(Box::new(FakeDeliveries { bus: self.clone(), queue: Some(queue) }))
    }

    async fn ensure_topic(&self, _topic: &str, _kms_key: &str) -> Result<(), CloudError> {
        Ok(())
    }

    async fn ensure_subscription(&self, _spec: &SubscriptionSpec) -> Result<(), CloudError> {
        Ok(())
    }
}

#[async_trait]
impl Deliveries for FakeDeliveries {
    async fn next(&mut self) -> Option<Result<Received, CloudError>> {
        let (message, attempt) = self.queue.as_mut()?.recv().await?;
        if message.attributes["what"] == "break" {
            *self.bus.deliveries.lock().unwrap() = self.queue.take();
            return Some(Err(CloudError::new("pull", "subscription", Kind::Unavailable)));
        }
        let settle =
            FakeSettle { bus: self.bus.clone(), message: Some((message.clone(), attempt)) };
        Some(Ok(Received {
            message_id: format!("pubsub-{}", message.attributes["name"]),
            message,
            published_at: OffsetDateTime::now_utc(),
            attempt: Some(attempt),
            ordering_key: String::new(),
            lease: Lease::begin(Duration::from_secs(10)),
            settle: Box::new(settle),
        }))
    }

    async fn close(self: Box<Self>) {}
}

/// An input that tells its stage what to do.
#[derive(Clone, Debug)]
struct Order {
    name: String,
    what: String,
}

impl Input for Order {
    const TOPICS: &'static [&'static str] = &["orders"];

    fn read(incoming: &Incoming<'_>) -> Result<Self, InputError> {
        let what = incoming.message.attributes["what"].clone();
        if what == "nonsense" {
            return Err(InputError::Topic(what));
        }
        Ok(Self { name: incoming.message.attributes["name"].clone(), what })
    }

    fn deployment(&self) -> Option<DeploymentId> {
        Some(id(&self.name))
    }
}

fn id(name: &str) -> DeploymentId {
    DeploymentId::of("test", name)
}

#[derive(Debug, thiserror::Error)]
#[error("told to fail")]
struct ToldToFail(&'static str);

impl StageError for ToldToFail {
    fn disposition(&self) -> Disposition {
        match self.0 {
            "retry" => Disposition::Retry,
            "park" => Disposition::Park,
            _ => {
                let failure = Failure::new(
                    "obedient",
                    FailureClass::User,
                    "told-to-fail",
                    "told to",
                    "do not tell it to",
                );
                Disposition::Reject(Box::new(failure))
            }
        }
    }
}

/// A stage that follows orders, and counts its calls.
#[derive(Clone, Default)]
struct Obedient {
    handled: Arc<AtomicUsize>,
    released: Arc<Notify>,
}

impl Stage for Obedient {
    const NAME: &'static str = "obedient";
    type In = Order;
    type Out = DeploymentFinished;
    type Error = ToldToFail;

    async fn handle(
        &self,
        order: Order,
        delivery: &Delivery,
    ) -> Result<Step<DeploymentFinished>, ToldToFail> {
        let before = self.handled.fetch_add(1, Ordering::SeqCst);
        match order.what.as_str() {
            "reject" => return Err(ToldToFail("reject")),
            "park" => return Err(ToldToFail("park")),
            "fail once" if before == 0 => return Err(ToldToFail("retry")),
            "fail 60 times" if before < 60 => return Err(ToldToFail("retry")),
            "panic once" if before == 0 => panic!("told to panic"),
            "panic" => panic!("told to panic"),
            "wait" => delivery.wait("the test", self.released.notified()).await,
            _ => {}
        }
        Ok(Step::forward(delivery, id(&order.name), finished(&order.name)))
    }
}

fn finished(name: &str) -> DeploymentFinished {
    DeploymentFinished {
        deployment: None,
        id: id(name),
        function: "demo-project/europe-west1/f".to_owned(),
        outcome: Outcome::Cancelled,
        finished_at: OffsetDateTime::UNIX_EPOCH,
    }
}

/// A runner with an in-memory bus and ledger.
struct Running {
    bus: FakeBus,
    ledger: Ledger,
    stage: Obedient,
    published: mpsc::UnboundedReceiver<WireMessage>,
    shutdown: CancellationToken,
    task: tokio::task::JoinHandle<Result<(), RunnerError>>,
}

impl Running {
    fn start(handling: usize) -> Self {
        Self::start_with(handling, Duration::from_secs(60))
    }

    fn start_with(handling: usize, drain_timeout: Duration) -> Self {
        let (queue, deliveries) = mpsc::unbounded_channel();
        let (publish, published) = mpsc::unbounded_channel();
        let bus = FakeBus {
            history: History::default(),
            published: publish,
            queue,
            deliveries: Arc::new(Mutex::new(Some(deliveries))),
            failing_publishes: Arc::default(),
        };
        let ledger = SimObjects::new().ledger();
        let stage = Obedient::default();
        let limits = Limits {
            handling,
            held: 10,
            handle_timeout: Duration::from_secs(60),
            drain_timeout,
            sweep_interval: None,
        };
        let health = Health::of_topics(Order::TOPICS);
        let runner = Runner::new(
            stage.clone(),
            Arc::new(bus.clone()),
            ledger.clone(),
            "fleet",
            "demo-project",
            limits,
            health,
        );
        let shutdown = CancellationToken::new();
        let task = tokio::spawn(runner.run(shutdown.clone()));
        Self { bus, ledger, stage, published, shutdown, task }
    }

    fn deliver(&self, name: &str, what: &str, attempt: u32) {
        self.deliver_from("//test", name, what, attempt);
    }

    /// Delivers an order that claims this sender.
    fn deliver_from(&self, sender: &str, name: &str, what: &str, attempt: u32) {
        let attributes = [("name", name), ("what", what), ("ce-source", sender)]
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        let message =
            WireMessage { attributes: BTreeMap::from(attributes), data: bytes::Bytes::new() };
        self.bus.queue.send((message, attempt)).unwrap();
    }

    async fn next(&mut self) -> WireMessage {
        tokio::time::timeout(Duration::from_secs(30), self.published.recv())
            .await
            .expect("nothing is published")
            .unwrap()
    }

    /// Shuts the runner down gracefully, and returns the history.
    async fn stop(self) -> Vec<String> {
        self.shutdown.cancel();
        self.task.await.unwrap().unwrap();
        self.bus.history.lock().unwrap().clone()
    }
}

#[tokio::test]
async fn an_output_is_published_before_its_input_is_acknowledged() {
    let mut running = Running::start(2);
    running.deliver("a", "forward", 1);
    let message = running.next().await;
    assert_eq!(decode::<DeploymentFinished>(&message).unwrap().id, id("a"));
    assert_eq!(running.stop().await, ["publish", "ack"]);
}

#[tokio::test]
async fn an_unconfirmed_output_is_published_again_exactly_as_recorded() {
    let mut running = Running::start(2);
    running.bus.failing_publishes.store(1, Ordering::SeqCst);
    running.deliver("a", "forward", 1);
    let message = running.next().await;
    let record = running.ledger.stage_record(id("a"), "obedient").await.unwrap().unwrap();
    assert_eq!(message, record.message);
    assert_eq!(
        running.stage.handled.load(Ordering::SeqCst),
        1,
        "a recorded result is not computed again"
    );
    assert_eq!(running.stop().await, ["publish failed", "nack", "publish", "ack"]);
}

#[tokio::test]
async fn a_transient_error_of_a_stage_redelivers_its_input() {
    let mut running = Running::start(2);
    running.deliver("a", "fail once", 1);
    running.next().await;
    assert_eq!(running.stop().await, ["nack", "publish", "ack"]);
}

#[tokio::test]
async fn a_panic_of_a_stage_redelivers_its_input_and_frees_its_slot() {
    let mut running = Running::start(1);
    running.deliver("a", "panic once", 1);
    running.next().await;
    assert_eq!(running.stop().await, ["publish", "ack"]);
}

#[tokio::test]
async fn a_rejected_input_ends_its_deployment_once() {
    let mut running = Running::start(2);
    running.deliver("a", "reject", 1);
    let first = running.next().await;
    let Outcome::Failed(failure) = decode::<DeploymentFinished>(&first).unwrap().outcome else {
        panic!("not failed")
    };
    assert_eq!(failure.code, "told-to-fail");
    running.deliver("a", "reject", 1);
    assert_eq!(running.next().await, first, "a finished deployment's outcome is published again");
    assert_eq!(running.stage.handled.load(Ordering::SeqCst), 1);
    assert_eq!(running.stop().await, ["publish", "ack", "publish", "ack"]);
}

#[tokio::test]
async fn an_input_that_cannot_be_handled_is_parked_and_acknowledged() {
    for what in ["nonsense", "park"] {
        let mut running = Running::start(1);
        running.deliver("bad", what, 1);
        running.deliver("good", "forward", 1);
        running.next().await;
        let ledger = running.ledger.clone();
        assert_eq!(running.stop().await, ["ack", "publish", "ack"], "{what}");
        assert_eq!(ledger.list_parked().await.unwrap().len(), 1, "{what}");
    }
}

/// The deliveries of a message that have begun and not ended.
async fn starts(ledger: &Ledger) -> usize {
    ledger.starts("obedient", "pubsub pubsub-bad").await.unwrap().len()
}

#[tokio::test]
async fn a_message_that_kills_its_worker_20_times_is_parked() {
    let mut running = Running::start(1);
    running.deliver("bad", "panic", 1);
    while running.ledger.list_parked().await.unwrap().is_empty() {
        tokio::task::yield_now().await;
    }
    assert_eq!(running.stage.handled.load(Ordering::SeqCst), 20);
    running.deliver("good", "forward", 1);
    running.next().await;
    let ledger = running.ledger.clone();
    assert_eq!(running.stop().await, ["ack", "publish", "ack"]);
    let [parked] = &ledger.list_parked().await.unwrap()[..] else { panic!("one message") };
    assert_eq!(Cause::of(&parked.name), Some(Cause::DeliveredTooOften));
    assert_eq!(starts(&ledger).await, 0);
}

#[tokio::test]
async fn a_message_that_is_retried_in_an_orderly_way_is_not_parked() {
    let mut running = Running::start(1);
    running.deliver("bad", "fail 60 times", 1);
    running.next().await;
    let ledger = running.ledger.clone();
    let mut expected = vec!["nack"; 60];
    expected.extend(["publish", "ack"]);
    assert_eq!(running.stop().await, expected);
    assert!(ledger.list_parked().await.unwrap().is_empty());
    assert_eq!(starts(&ledger).await, 0);
}

#[tokio::test]
async fn a_delivery_that_a_shutdown_aborts_is_not_a_death() {
    let running = Running::start_with(1, Duration::ZERO);
    running.deliver("bad", "wait", 9);
    while starts(&running.ledger).await == 0 {
        tokio::task::yield_now().await;
    }
    let ledger = running.ledger.clone();
    assert!(running.stop().await.is_empty());
    assert_eq!(starts(&ledger).await, 0);
}

#[tokio::test]
async fn a_waiting_input_takes_no_slot_and_finishes_before_the_worker_stops() {
    let mut running = Running::start(1);
    running.deliver("slow", "wait", 1);
    running.deliver("fast", "forward", 1);
    assert_eq!(decode::<DeploymentFinished>(&running.next().await).unwrap().id, id("fast"));
    running.shutdown.cancel();
    running.stage.released.notify_one();
    assert_eq!(decode::<DeploymentFinished>(&running.next().await).unwrap().id, id("slow"));
    let record = running.ledger.stage_record(id("slow"), "obedient").await.unwrap().unwrap();
    assert_eq!(record.waited_for.as_deref(), Some("the test"));
    assert_eq!(running.stop().await, ["publish", "ack", "publish", "ack"]);
}

#[tokio::test]
async fn a_worker_goes_on_pulling_while_a_broken_stream_finishes_what_it_holds() {
    let mut running = Running::start(1);
    running.deliver("slow", "wait", 1);
    running.deliver("", "break", 1);
    running.deliver("fast", "forward", 1);
    assert_eq!(decode::<DeploymentFinished>(&running.next().await).unwrap().id, id("fast"));
    running.stage.released.notify_one();
    assert_eq!(decode::<DeploymentFinished>(&running.next().await).unwrap().id, id("slow"));
    assert_eq!(running.stop().await, ["publish", "ack", "publish", "ack"]);
}

#[tokio::test]
async fn a_request_without_a_trace_gets_one_from_its_deployment() {
    let mut running = Running::start(1);
    running.deliver("a", "forward", 1);
    let trace = TraceContext::from_attributes(&running.next().await.attributes);
    assert_eq!(trace.trace_id(), Some(id("a").to_string().as_str()));
    running.stop().await;
}

/// A stage whose sweep panics.
struct Panicking;

impl Stage for Panicking {
    const NAME: &'static str = "panicking";
    const SWEEPS: bool = true;
    type In = Order;
    type Out = DeploymentFinished;
    type Error = ToldToFail;

    async fn handle(&self, _: Order, _: &Delivery) -> Result<Step<Self::Out>, ToldToFail> {
        Ok(Step::Waiting("nothing"))
    }

    async fn sweep(&self, _: &SweepLog) -> Result<Vec<Found<Self::Out>>, ToldToFail> {
        panic!("told to panic")
    }
}

#[tokio::test]
async fn a_panic_of_the_sweep_ends_the_worker_with_an_error() {
    let running = Running::start(1);
    *running.bus.deliveries.lock().unwrap() = Some(mpsc::unbounded_channel().1);
    let limits = Limits {
        handling: 1,
        held: 1,
        handle_timeout: Duration::from_secs(60),
        drain_timeout: Duration::from_secs(60),
        sweep_interval: Some(Duration::from_millis(1)),
    };
    let (bus, ledger) = (Arc::new(running.bus.clone()), running.ledger.clone());
    let health = Health::of_topics(Order::TOPICS);
    let runner = Runner::new(Panicking, bus, ledger, "fleet", "demo-project", limits, health);
    let ended = runner.run(CancellationToken::new());
    let ended = tokio::time::timeout(Duration::from_secs(30), ended).await.expect("it goes on");
    assert!(matches!(ended, Err(RunnerError::Panicked(_))), "{ended:?}");
}

/// The number of parked messages that are kept, and of those that are only counted.
async fn parked(ledger: &Ledger) -> (usize, u64) {
    let kept = ledger.list_parked().await.unwrap().len();
    let more = ledger.list_more_parked().await.unwrap();
    assert!(more.iter().all(|more| more.stage == "obedient" && !more.reason.is_empty()));
    (kept, more.iter().map(|more| more.count).sum())
}

#[tokio::test]
async fn a_flood_of_bad_messages_keeps_some_and_counts_the_rest() {
    const FLOOD: u32 = 150;
    type Sender = fn(u32) -> String;
    let senders: [(&str, Sender, usize); 3] = [
        ("one sender", |_| "//one".to_owned(), 5),
        ("two senders", |number| format!("//{}", number % 2), 10),
        ("a sender for each message", |number| format!("//{number}"), 20),
    ];
    for (what, sender, kept) in senders {
        let mut running = Running::start(1);
        for number in 0..FLOOD {
            let name = format!("bad-{number}");
            running.deliver_from(&sender(number), &name, "nonsense", 1);
        }
        running.deliver("good", "forward", 1);
        running.next().await;
        let ledger = running.ledger.clone();
        assert_eq!(running.stop().await.iter().filter(|what| *what == "ack").count(), 151);
        assert_eq!(parked(&ledger).await, (kept, u64::from(FLOOD) - kept as u64), "{what}");
    }
}

#[tokio::test]
async fn a_flood_of_bad_messages_does_not_crowd_out_genuine_ones() {
    const GENUINE: usize = 40;
    let mut running = Running::start(1);
    for number in 0..50 {
        running.deliver_from(&format!("//{number}"), &format!("bad-{number}"), "nonsense", 1);
    }
    for number in 0..GENUINE {
        running.deliver(&format!("genuine-{number}"), "park", 1);
    }
    running.deliver("good", "forward", 1);
    running.next().await;
    let ledger = running.ledger.clone();
    running.stop().await;
    assert_eq!(parked(&ledger).await, (20 + GENUINE, 30));
    let listed = ledger.list_parked().await.unwrap();
    let failed = listed.iter().filter(|meta| Cause::of(&meta.name) == Some(Cause::Failed));
    assert_eq!(failed.count(), GENUINE);
}

#[tokio::test]
async fn a_count_names_the_deployments_of_genuine_messages_and_of_no_others() {
    const KEPT: usize = 500;
    let mut running = Running::start(1);
    let deliver = |name: &str, what: &str| {
        let deployment = id(name).to_string();
        let attributes = [("name", name), ("what", what), ("deployment", &deployment)]
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        let message = WireMessage { attributes: attributes.into(), data: bytes::Bytes::new() };
        running.bus.queue.send((message, 1)).unwrap();
    };
    (0..KEPT + 2).for_each(|number| deliver(&format!("genuine-{number}"), "park"));
    (0..30).for_each(|number| deliver(&format!("bad-{number}"), "nonsense"));
    running.deliver("good", "forward", 1);
    running.next().await;
    let ledger = running.ledger.clone();
    running.stop().await;
    let more = ledger.list_more_parked().await.unwrap();
    let named: BTreeSet<_> = more.iter().flat_map(|more| &more.deployments).copied().collect();
    assert_eq!(more.iter().map(|more| more.count).sum::<u64>(), 2 + 25);
    let all: BTreeSet<_> = (0..KEPT + 2).map(|number| id(&format!("genuine-{number}"))).collect();
    assert_eq!((named.len(), named.is_subset(&all)), (2, true), "{named:?}");
}

#[tokio::test]
async fn several_workers_count_in_the_same_object() {
    let ledger = SimObjects::new().ledger();
    let more = |count, reason: &str| MoreParked {
        stage: "obedient".to_owned(),
        count,
        reason: reason.to_owned(),
        sender: String::new(),
        last_at: OffsetDateTime::UNIX_EPOCH,
        deployments: Vec::new(),
    };
    for (count, reason) in [(3, "first"), (4, "second"), (u64::MAX, "third")] {
        ledger.count_parked(&more(count, reason), Cause::Unreadable).await.unwrap();
    }
    ledger.count_parked(&more(2, "other"), Cause::Unverified).await.unwrap();
    let counted = ledger.list_more_parked().await.unwrap();
    assert_eq!(counted, [more(u64::MAX, "third"), more(2, "other")]);
}
