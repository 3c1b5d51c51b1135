//! `StreamingPull`: sends messages as they arrive, and reads requests at the same time.

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Status, Streaming};

use super::convert::{delivery_to_wire, seconds};
use super::error::status;
use super::proto::streaming_pull_response::{
    AcknowledgeConfirmation, ModifyAckDeadlineConfirmation, SubscriptionProperties,
};
use super::{operations, proto};
use crate::Service;
use crate::core::{AckFailure, AfterDisconnect, Client, Receipt, Refusal};

/// Bounds of `stream_ack_deadline_seconds`.
const STREAM_ACK_DEADLINE: RangeInclusive<i32> = 10..=600;
/// Maximum number of messages in a response: few enough that the streams of a subscription take
/// turns.
const RESPONSE_MESSAGES: usize = 100;
/// Number of buffered responses. Their messages are leased but not sent.
const RESPONSES_AHEAD: usize = 1;
/// How long a stream whose response half is closed waits for the reason from its request half.
const GOODBYE: Duration = Duration::from_secs(1);

type Requests = Streaming<proto::StreamingPullRequest>;
type Responses = mpsc::Sender<Result<proto::StreamingPullResponse, Status>>;

/// Reads the first request and starts to deliver. The first response is empty and sent at once,
/// because some clients do not return the stream before they have it.
pub(super) async fn open(
    service: Arc<Service>,
    mut requests: Requests,
) -> Result<ReceiverStream<Result<proto::StreamingPullResponse, Status>>, Status> {
    let first = requests
        .message()
        .await?
        .ok_or_else(|| Status::invalid_argument("the first request is missing"))?;
    let connection = Connection::open(service, &first).map_err(status)?;
    let confirmations = connection.handle_acks(&first).map_err(status)?.unwrap_or_default();
    let (responses, stream) = mpsc::channel(RESPONSES_AHEAD);
    let hello = connection.described(confirmations).map_err(status)?;
    responses.send(Ok(hello)).await.map_err(|_| Status::cancelled("the client is gone"))?;
    tokio::spawn(run(connection, requests, responses));
    Ok(ReceiverStream::new(stream))
}

/// Why a stream ends.
enum End {
    /// The client closed it, and may still acknowledge its messages.
    Closed,
    /// The connection broke.
    Gone,
    /// The server ends it with a status.
    Refused(Status),
}

async fn run(mut connection: Connection, mut requests: Requests, responses: Responses) {
    let service = Arc::clone(&connection.service);
    let end = tokio::select! {
        end = exchange(&connection, &mut requests, &responses) => end,
        () = service.stopped() => End::Refused(Status::unavailable("the local cloud is stopping")),
    };
    match end {
        End::Closed => {}
        End::Gone => connection.after = AfterDisconnect::EndLeases,
        End::Refused(status) => {
            if tokio::time::timeout(GOODBYE, responses.send(Err(status))).await.is_err() {
                tracing::debug!("a streaming pull ends without a status: its client does not read");
            }
        }
    }
}

async fn exchange(connection: &Connection, requests: &mut Requests, responses: &Responses) -> End {
    let mut bell = connection.service.bell(&connection.subscription);
    let mut may_have_messages = true;
    loop {
        tokio::select! {
            request = requests.message() => match handle(connection, request) {
                Ok(None) => {}
                Ok(Some(confirmations)) => if responses.send(Ok(confirmations)).await.is_err() {
                    return why_closed(requests).await;
                },
                Err(end) => return end,
            },
            permit = responses.reserve(), if may_have_messages => {
                let Ok(permit) = permit else { return why_closed(requests).await };
                // Marked as seen before the pull, so that a later notification is not missed.
                bell.borrow_and_update();
                match connection.pull() {
                    Ok(response) if response.received_messages.is_empty() => {
                        may_have_messages = false;
                    }
                    Ok(response) => permit.send(Ok(response)),
                    Err(refusal) => return End::Refused(status(refusal)),
                }
            },
            rung = bell.changed(), if !may_have_messages => match rung {
                Ok(()) => may_have_messages = true,
                Err(_) => return End::Refused(Status::unavailable("the local cloud is stopping")),
            },
            () = responses.closed() => return why_closed(requests).await,
        }
    }
}

fn handle(
    connection: &Connection,
    request: Result<Option<proto::StreamingPullRequest>, Status>,
) -> Result<Option<proto::StreamingPullResponse>, End> {
    match request {
        Ok(Some(request)) => {
            connection.handle_later(&request).map_err(|refusal| End::Refused(status(refusal)))
        }
        Ok(None) => Err(End::Closed),
        Err(error) => Err(end_of(&error)),
    }
}

/// The response half is closed. The request half has the reason.
async fn why_closed(requests: &mut Requests) -> End {
    let error = tokio::time::timeout(GOODBYE, async {
        loop {
            match requests.message().await {
                Ok(Some(_)) => {}
                Ok(None) => return None,
                Err(error) => return Some(error),
            }
        }
    });
    error.await.ok().flatten().map_or(End::Closed, |error| end_of(&error))
}

/// A client that cancels a stream is alive, and continues to acknowledge the messages that it has.
/// Any other error is a broken connection: on loopback, a process that died.
fn end_of(error: &Status) -> End {
    if error.code() == Code::Cancelled { End::Closed } else { End::Gone }
}

/// A stream's registration as a client of the subscription. Dropping it disconnects the client.
struct Connection {
    service: Arc<Service>,
    subscription: String,
    holder: u64,
    after: AfterDisconnect,
}

impl Connection {
    fn open(service: Arc<Service>, first: &proto::StreamingPullRequest) -> Result<Self, Refusal> {
        let client = Client {
            id: first.client_id.clone(),
            lease: stream_lease(first.stream_ack_deadline_seconds)?,
            max_messages: usize::try_from(first.max_outstanding_messages)
                .ok()
                .filter(|limit| *limit > 0),
            max_bytes: u64::try_from(first.max_outstanding_bytes).ok().filter(|limit| *limit > 0),
            pushes: false,
            must_speak: true,
        };
        let subscription = first.subscription.clone();
        let holder = service
            .change(|core, now| Ok((core.connect(&subscription, client, now)?, Vec::new())))?;
        Ok(Self { service, subscription, holder, after: AfterDisconnect::KeepClaimed })
    }

    fn pull(&self) -> Result<proto::StreamingPullResponse, Refusal> {
        let deliveries = self.service.change(|core, now| {
            core.pull(&self.subscription, self.holder, RESPONSE_MESSAGES, now)
        })?;
        let received_messages = deliveries.into_iter().map(delivery_to_wire).collect();
        self.described(proto::StreamingPullResponse { received_messages, ..Default::default() })
    }

    /// Adds the subscription's current properties to a response. Clients act on the latest ones.
    fn described(
        &self,
        response: proto::StreamingPullResponse,
    ) -> Result<proto::StreamingPullResponse, Refusal> {
        let properties = self.service.read(|core| {
            let subscription = core.subscription(&self.subscription)?;
            Ok(SubscriptionProperties {
                exactly_once_delivery_enabled: subscription.exactly_once,
                message_ordering_enabled: subscription.ordered,
            })
        });
        Ok(proto::StreamingPullResponse { subscription_properties: Some(properties?), ..response })
    }

    /// Handles a request after the first.
    fn handle_later(
        &self,
        request: &proto::StreamingPullRequest,
    ) -> Result<Option<proto::StreamingPullResponse>, Refusal> {
        self.service.change(|core, _| {
            core.hear(&self.subscription, self.holder);
            Ok(((), Vec::new()))
        })?;
        if request.max_outstanding_messages != 0 || request.max_outstanding_bytes != 0 {
            return Err(Refusal::invalid(
                "only the first request may set max_outstanding_messages or max_outstanding_bytes",
            ));
        }
        if request.stream_ack_deadline_seconds != 0 {
            let lease = stream_lease(request.stream_ack_deadline_seconds)?;
            self.service.change(|core, _| {
                core.set_lease(&self.subscription, self.holder, lease);
                Ok(((), Vec::new()))
            })?;
        }
        self.handle_acks(request)
    }

    /// Handles the acknowledgements and lease changes of a request. If delivery is exactly once,
    /// returns their outcomes for the client.
    fn handle_acks(
        &self,
        request: &proto::StreamingPullRequest,
    ) -> Result<Option<proto::StreamingPullResponse>, Refusal> {
        if request.modify_deadline_ack_ids.len() != request.modify_deadline_seconds.len() {
            return Err(Refusal::invalid(
                "modify_deadline_ack_ids and modify_deadline_seconds differ in length",
            ));
        }
        let mut confirmations = None;
        if !request.ack_ids.is_empty() {
            let receipt =
                operations::acknowledge(&self.service, &self.subscription, &request.ack_ids)?;
            if receipt.exactly_once {
                let response: &mut proto::StreamingPullResponse =
                    confirmations.get_or_insert_default();
                response.acknowledge_confirmation = Some(acknowledge_confirmation(receipt));
            }
        }
        let mut modified = Receipt::default();
        for (ack_id, lease) in
            request.modify_deadline_ack_ids.iter().zip(&request.modify_deadline_seconds)
        {
            let ids = std::slice::from_ref(ack_id);
            let receipt =
                operations::modify_ack_deadline(&self.service, &self.subscription, ids, *lease)?;
            modified.exactly_once = receipt.exactly_once;
            modified.taken.extend(receipt.taken);
            modified.failed.extend(receipt.failed);
        }
        if modified.exactly_once {
            let response: &mut proto::StreamingPullResponse = confirmations.get_or_insert_default();
            response.modify_ack_deadline_confirmation = Some(modify_confirmation(modified));
        }
        confirmations.map(|response| self.described(response)).transpose()
    }
}

fn acknowledge_confirmation(receipt: Receipt) -> AcknowledgeConfirmation {
    let mut confirmation = AcknowledgeConfirmation { ack_ids: receipt.taken, ..Default::default() };
    for (id, why) in receipt.failed {
        match why {
            AckFailure::InvalidAckId => confirmation.invalid_ack_ids.push(id),
            AckFailure::Unordered => confirmation.unordered_ack_ids.push(id),
            AckFailure::Repeat => confirmation.temporary_failed_ack_ids.push(id),
        }
    }
    confirmation
}

fn modify_confirmation(receipt: Receipt) -> ModifyAckDeadlineConfirmation {
    let mut confirmation =
        ModifyAckDeadlineConfirmation { ack_ids: receipt.taken, ..Default::default() };
    for (id, why) in receipt.failed {
        match why {
            AckFailure::InvalidAckId => confirmation.invalid_ack_ids.push(id),
            AckFailure::Unordered | AckFailure::Repeat => {
                confirmation.temporary_failed_ack_ids.push(id)
            }
        }
    }
    confirmation
}

impl Drop for Connection {
    fn drop(&mut self) {
        let left = self.service.change(|core, now| {
            Ok(((), core.disconnect(&self.subscription, self.holder, self.after, now)))
        });
        if let Err(error) = left {
            let subscription = &self.subscription;
            tracing::error!(%error, subscription, "cannot record the end of a lost client");
        }
    }
}

fn stream_lease(given: i32) -> Result<Duration, Refusal> {
    if !STREAM_ACK_DEADLINE.contains(&given) {
        return Err(Refusal::invalid(format!(
            "stream_ack_deadline_seconds is {given}, but must be 10 to 600"
        )));
    }
    seconds("stream_ack_deadline_seconds", given)
}
