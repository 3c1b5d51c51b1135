//! The tasks that push.

use std::collections::BTreeSet;
use std::sync::{Arc, Weak};
use std::time::Duration;

use time::OffsetDateTime;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::loops;
use super::pace::Pace;
use super::request::{PushRequest, request};
use super::send::{Outcome, Sender};
use crate::Service;
use crate::core::{AfterDisconnect, Client, Delivery, Push, Refusal};
use longshore_local_kit::lineage::GENERATIONS_MAX;

/// How much longer a lease is than the time limit of the request, so that it does not expire first.
const LEASE_MARGIN: Duration = Duration::from_secs(5);

/// Keeps one task running per push subscription.
pub(crate) async fn supervise(
    service: Weak<Service>,
    pushes: Arc<Notify>,
    stop: CancellationToken,
) {
    let sender = Sender::new();
    let mut running = BTreeSet::new();
    let mut tasks = JoinSet::new();
    loop {
        let Some(present) = service.upgrade() else { return };
        for name in
            present.read(|core| core.pushed().map(|config| config.name.clone()).collect::<Vec<_>>())
        {
            if running.insert(name.clone()) {
                let task = Pusher {
                    service: Weak::clone(&service),
                    subscription: name.clone(),
                    sender: sender.clone(),
                };
                tasks.spawn(async move {
                    task.run().await;
                    name
                });
            }
        }
        drop(present);
        tokio::select! {
            () = pushes.notified() => {}
            Some(ended) = tasks.join_next() => match ended {
                // It may be a push subscription again by now; the next round checks.
                Ok(name) => drop(running.remove(&name)),
                Err(error) => tracing::error!(%error, "a push task failed"),
            },
            () = stop.cancelled() => return,
        }
    }
}

struct Pusher {
    service: Weak<Service>,
    subscription: String,
    sender: Sender,
}

/// A finished request.
struct Answered {
    ack_id: String,
    delivered: bool,
    /// Whether the message is acknowledged all the same.
    is_over: bool,
}

impl Pusher {
    /// Runs until the service stops or the subscription is no longer a push subscription.
    async fn run(self) {
        let Some((mut bell, holder)) = self.service.upgrade().and_then(|service| {
            let holder = self.connect(&service).ok()?;
            Some((service.bell(&self.subscription), holder))
        }) else {
            return;
        };
        let mut pace = Pace::new();
        let mut resume_at = Instant::now();
        let mut in_flight: JoinSet<Answered> = JoinSet::new();
        loop {
            bell.borrow_and_update();
            let pause = resume_at.saturating_duration_since(Instant::now());
            let free = pace.window().saturating_sub(in_flight.len());
            if pause.is_zero() && free > 0 && !self.send(holder, free, &mut in_flight) {
                break;
            }
            tokio::select! {
                Some(answered) = in_flight.join_next() => match answered {
                    Ok(answered) if self.settle(&answered) => pace.succeeded(),
                    Ok(_) | Err(_) => resume_at = Instant::now() + pace.failed(),
                },
                rung = bell.changed() => if rung.is_err() { return },
                () = tokio::time::sleep(pause), if !pause.is_zero() => {}
            }
        }
        // Waits for requests in progress.
        while let Some(answered) = in_flight.join_next().await {
            if let Ok(answered) = answered {
                self.settle(&answered);
            }
        }
        if let Some(service) = self.service.upgrade() {
            self.disconnect(&service, holder);
        }
    }

    fn connect(&self, service: &Service) -> Result<u64, Refusal> {
        service.change(|core, now| {
            let lease = core.subscription(&self.subscription)?.ack_deadline + LEASE_MARGIN;
            let client = Client {
                id: String::new(),
                lease,
                max_messages: None,
                max_bytes: None,
                pushes: true,
                must_speak: false,
            };
            Ok((core.connect(&self.subscription, client, now)?, Vec::new()))
        })
    }

    fn disconnect(&self, service: &Service, holder: u64) {
        let left = service.change(|core, now| {
            Ok(((), core.disconnect(&self.subscription, holder, AfterDisconnect::KeepLeases, now)))
        });
        if let Err(error) = left {
            let subscription = &self.subscription;
            tracing::warn!(%error, subscription, "cannot record the end of a push");
        }
    }

    /// Leases up to `free` messages and sends them. Returns `false` if the subscription is no
    /// longer a push subscription.
    fn send(&self, holder: u64, free: usize, in_flight: &mut JoinSet<Answered>) -> bool {
        let Some(service) = self.service.upgrade() else { return false };
        let taken = service.change(|core, now| {
            let config = core.subscription(&self.subscription)?.clone();
            let (deliveries, events) = core.pull(&self.subscription, holder, free, now)?;
            Ok(((config, deliveries), events))
        });
        let (config, deliveries) = match taken {
            Ok(taken) => taken,
            Err(Refusal::Journal(error)) => {
                tracing::error!(
                    error,
                    subscription = self.subscription,
                    "cannot record the leases of a push"
                );
                return true;
            }
            Err(_) => return false,
        };
        let Some(push) = config.push else { return false };
        for delivery in deliveries {
            if !push.service.is_empty() && delivery.message.generation > GENERATIONS_MAX {
                let ended = self.stop_loop(&service, &push.service, delivery);
                in_flight.spawn(std::future::ready(ended));
                continue;
            }
            let generation = delivery.message.generation;
            let counted = (!push.service.is_empty())
                .then(|| service.deliveries().begin(&push.service, generation));
            let request = self.request(&service, &push, &delivery);
            let limits = Limits { timeout: config.ack_deadline, once: push.once };
            let (sender, endpoint) = (self.sender.clone(), push.endpoint.clone());
            in_flight.spawn(async move {
                let answered = deliver(sender, endpoint, request, limits, delivery.ack_id).await;
                drop(counted);
                answered
            });
        }
        true
    }

    /// Drops a message that the service, or a chain of services, caused over too many generations.
    fn stop_loop(&self, service: &Service, target: &str, delivery: Delivery) -> Answered {
        let report = loops::report(delivery.message.id, &self.subscription);
        tracing::error!(service = target, "stopped a loop of events: {report}");
        if let Some(log) = service.loops() {
            log.stopped(target, &report);
        }
        Answered { ack_id: delivery.ack_id, delivered: true, is_over: true }
    }

    /// Returns `None` if the request needs a token that is not available.
    fn request(&self, service: &Service, push: &Push, delivery: &Delivery) -> Option<PushRequest> {
        let token = match &push.oidc {
            None => None,
            Some(oidc) => {
                let token = service.tokens()?.id_token(
                    &oidc.email,
                    push.audience(),
                    OffsetDateTime::now_utc(),
                );
                let complain = |error| {
                    let subscription = &self.subscription;
                    tracing::warn!(%error, subscription, "no identity token for a push; retrying");
                };
                Some(token.map_err(complain).ok()?)
            }
        };
        Some(request(&self.subscription, push, delivery, token.as_deref()))
    }

    /// Acknowledges or returns a message. Returns whether it was delivered.
    fn settle(&self, answered: &Answered) -> bool {
        let Some(service) = self.service.upgrade() else { return false };
        let ids = [answered.ack_id.clone()];
        let settled = service.change(|core, now| {
            let (_, events) = if answered.delivered || answered.is_over {
                core.acknowledge(&self.subscription, &ids, now)?
            } else {
                core.modify_ack_deadline(&self.subscription, &ids, Duration::ZERO, now)?
            };
            Ok(((), events))
        });
        if let Err(error) = settled {
            let subscription = &self.subscription;
            tracing::warn!(%error, subscription, "cannot record the outcome of a push");
        }
        answered.delivered
    }
}

/// How long, and how often, a message is sent.
#[derive(Clone, Copy)]
struct Limits {
    timeout: Duration,
    /// Whether the first answer is the last one, whatever it is.
    once: bool,
}

async fn deliver(
    sender: Sender,
    endpoint: String,
    request: Option<PushRequest>,
    limits: Limits,
    ack_id: String,
) -> Answered {
    let outcome = match request {
        Some(request) => sender.send(&endpoint, request, limits.timeout).await,
        None => Outcome::Unseen,
    };
    Answered {
        ack_id,
        delivered: outcome == Outcome::Acknowledged,
        is_over: limits.once && outcome != Outcome::Unseen,
    }
}
