//! The core, with a clock that only the test moves.

mod dead_letter;
mod delivery;
mod exactly_once;
mod expiry;
mod journal;
mod limits;
mod no_loss;
mod ordering;
mod policies;
mod schemas;
mod seek;
mod snapshots;

use std::time::Duration;

use time::OffsetDateTime;

use super::{Client, Delivery, Draft, Event, PubSub, Receipt, Refusal, Retry, Subscription, Topic};
use longshore_local_kit::durable::{Core as _, Durable};

const TOPIC: &str = "projects/p/topics/events";
const SUBSCRIPTION: &str = "projects/p/subscriptions/worker";
const DEAD_TOPIC: &str = "projects/p/topics/dead";
const DEAD_SUBSCRIPTION: &str = "projects/p/subscriptions/dead";
const SECOND: Duration = Duration::from_secs(1);

struct Bench {
    core: Durable<PubSub>,
    now: OffsetDateTime,
}

impl Bench {
    /// A topic with one subscription.
    fn new(subscription: Subscription) -> Self {
        Self::on(Durable::in_memory(PubSub::default()), subscription)
    }

    fn on(core: Durable<PubSub>, subscription: Subscription) -> Self {
        let mut bench =
            Self { core, now: OffsetDateTime::from_unix_timestamp(1_800_000_000).unwrap() };
        for topic in [TOPIC, DEAD_TOPIC] {
            bench
                .run(|core, _| {
                    core.create_topic(Topic { name: topic.to_owned(), ..Topic::default() })
                })
                .unwrap();
        }
        bench
            .run(|core, _| {
                core.create_subscription(Subscription::new(DEAD_SUBSCRIPTION, DEAD_TOPIC))
            })
            .unwrap();
        bench.run(|core, _| core.create_subscription(subscription)).unwrap();
        bench
    }

    fn run(
        &mut self,
        command: impl FnOnce(&mut PubSub, OffsetDateTime) -> Result<Vec<Event>, Refusal>,
    ) -> Result<(), Refusal> {
        let events = command(self.core.core_mut(), self.now)?;
        self.core.commit(events).map_err(|error| Refusal::Journal(error.to_string()))
    }

    fn publish(&mut self, texts: &[&str]) {
        self.publish_with_key(texts, "");
    }

    fn publish_with_key(&mut self, texts: &[&str], key: &str) {
        for text in texts {
            let draft = Draft {
                data: text.to_string().into(),
                ordering_key: key.to_owned(),
                ..Draft::default()
            };
            self.run(|core, now| Ok(core.publish(TOPIC, vec![draft], now)?.events)).unwrap();
        }
    }

    fn connect(&mut self, client: Client) -> u64 {
        self.core.core_mut().connect(SUBSCRIPTION, client, self.now).unwrap()
    }

    /// Runs a command that returns a result.
    fn ask<R>(
        &mut self,
        command: impl FnOnce(&mut PubSub, OffsetDateTime) -> Result<(R, Vec<Event>), Refusal>,
    ) -> Result<R, Refusal> {
        let (answer, events) = command(self.core.core_mut(), self.now)?;
        self.core.commit(events).map_err(|error| Refusal::Journal(error.to_string()))?;
        Ok(answer)
    }

    fn pull(&mut self, holder: u64) -> Vec<Delivery> {
        self.ask(|core, now| core.pull(SUBSCRIPTION, holder, 1000, now)).unwrap()
    }

    fn ack(&mut self, deliveries: &[Delivery]) -> Receipt {
        self.ask(|core, now| core.acknowledge(SUBSCRIPTION, &ack_ids(deliveries), now)).unwrap()
    }

    fn modify(&mut self, deliveries: &[Delivery], lease: Duration) -> Receipt {
        self.ask(|core, now| {
            core.modify_ack_deadline(SUBSCRIPTION, &ack_ids(deliveries), lease, now)
        })
        .unwrap()
    }

    fn nack(&mut self, deliveries: &[Delivery]) -> Receipt {
        self.modify(deliveries, Duration::ZERO)
    }

    /// Closes the core and reopens it, like a restart.
    fn restart(&mut self, path: &std::path::Path) {
        self.core = Durable::in_memory(PubSub::default());
        self.core = Durable::open(path, PubSub::default()).unwrap();
    }

    /// Replaces the core with one that has replayed its snapshot.
    fn replay_snapshot(&mut self) {
        let mut replayed = PubSub::default();
        self.core.snapshot().into_iter().for_each(|event| replayed.apply(event));
        self.core = Durable::in_memory(replayed);
    }

    /// Moves the clock, and runs due timers.
    fn pass(&mut self, time: Duration) {
        self.now += time;
        self.run(|core, now| Ok(core.advance(now))).unwrap();
    }
}

fn subscription() -> Subscription {
    Subscription::new(SUBSCRIPTION, TOPIC)
}

fn retry(minimum: u64, maximum: u64) -> Option<Retry> {
    Some(Retry { minimum: Duration::from_secs(minimum), maximum: Duration::from_secs(maximum) })
}

fn client(id: &str) -> Client {
    Client {
        id: id.to_owned(),
        lease: 10 * SECOND,
        max_messages: None,
        max_bytes: None,
        pushes: false,
        must_speak: false,
    }
}

fn ack_ids(deliveries: &[Delivery]) -> Vec<String> {
    deliveries.iter().map(|delivery| delivery.ack_id.clone()).collect()
}

fn texts(deliveries: &[Delivery]) -> Vec<String> {
    deliveries
        .iter()
        .map(|delivery| String::from_utf8(delivery.message.data.to_vec()).unwrap())
        .collect()
}
