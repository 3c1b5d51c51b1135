//! Publishing and receiving messages.

use std::time::Duration;

use crate::Service;
use crate::core::{AfterDisconnect, Client, Receipt, Refusal};
use crate::wire::convert::{delivery_to_wire, draft_from_wire, seconds, time_of};
use crate::wire::proto;

/// How long a `Pull` waits for a first message.
const PULL_WAIT: Duration = Duration::from_secs(10);

pub(crate) fn publish(
    service: &Service,
    request: proto::PublishRequest,
) -> Result<proto::PublishResponse, Refusal> {
    let drafts = request.messages.into_iter().map(draft_from_wire).collect();
    let ids = service.publish_all(&request.topic, drafts)?;
    Ok(proto::PublishResponse { message_ids: ids.iter().map(u64::to_string).collect() })
}

pub(crate) fn acknowledge(
    service: &Service,
    subscription: &str,
    ack_ids: &[String],
) -> Result<Receipt, Refusal> {
    service.change(|core, now| core.acknowledge(subscription, ack_ids, now))
}

pub(crate) fn modify_ack_deadline(
    service: &Service,
    subscription: &str,
    ack_ids: &[String],
    ack_deadline_seconds: i32,
) -> Result<Receipt, Refusal> {
    let lease = seconds("ack_deadline_seconds", ack_deadline_seconds)?;
    service.change(|core, now| core.modify_ack_deadline(subscription, ack_ids, lease, now))
}

/// Returns the messages that are ready, or waits a while for the first one.
pub(crate) async fn pull(
    service: &Service,
    request: &proto::PullRequest,
) -> Result<proto::PullResponse, Refusal> {
    let max = usize::try_from(request.max_messages).ok().filter(|max| *max > 0);
    let max = max.ok_or_else(|| Refusal::invalid("max_messages must be above 0"))?;
    let mut bell = service.bell(&request.subscription);
    let give_up =
        tokio::time::sleep(if request.return_immediately { Duration::ZERO } else { PULL_WAIT });
    tokio::pin!(give_up);
    loop {
        bell.borrow_and_update();
        let received_messages = pull_now(service, &request.subscription, max)?;
        if !received_messages.is_empty() || give_up.is_elapsed() || request.return_immediately {
            return Ok(proto::PullResponse { received_messages });
        }
        tokio::select! {
            _ = bell.changed() => {}
            () = &mut give_up => {}
            () = service.stopped() => return Ok(proto::PullResponse::default()),
        }
    }
}

fn pull_now(
    service: &Service,
    subscription: &str,
    max: usize,
) -> Result<Vec<proto::ReceivedMessage>, Refusal> {
    let deliveries = service.change(|core, now| {
        let lease = core.subscription(subscription)?.ack_deadline;
        let client = Client {
            id: String::new(),
            lease,
            max_messages: None,
            max_bytes: None,
            pushes: false,
            must_speak: false,
        };
        let holder = core.connect(subscription, client, now)?;
        let (deliveries, mut events) = core.pull(subscription, holder, max, now)?;
        events.extend(core.disconnect(subscription, holder, AfterDisconnect::KeepLeases, now));
        Ok((deliveries, events))
    });
    Ok(deliveries?.into_iter().map(delivery_to_wire).collect())
}

pub(crate) fn seek(
    service: &Service,
    request: &proto::SeekRequest,
) -> Result<proto::SeekResponse, Refusal> {
    use proto::seek_request::Target;
    let subscription = &request.subscription;
    service.change(|core, now| {
        let events = match &request.target {
            Some(Target::Time(time)) => core.seek(subscription, time_of("time", *time)?, now)?,
            Some(Target::Snapshot(name)) => core.seek_to_snapshot(subscription, name, now)?,
            None => {
                return Err(Refusal::invalid(
                    "No target was specified in the SeekRequest. Must specify a time or a \
                     snapshot.",
                ));
            }
        };
        Ok((proto::SeekResponse {}, events))
    })
}
