//! Parks messages that cannot be handled.

use longshore_cloud::Received;
use longshore_ledger::{Ledger, LedgerError, Parked};
use time::OffsetDateTime;

/// Maximum number of deliveries of one message. A message that exceeds it probably kills its
/// worker: the number is higher than any outage causes, because the subscription backs off during
/// an outage, and low enough to spare the worker.
pub(crate) const DELIVERIES_MAX: u32 = 20;

/// Stores a message for an operator. After `Ok` it may be acknowledged.
pub(crate) async fn park(
    ledger: &Ledger,
    stage: &str,
    subscription: &str,
    received: &Received,
    reason: String,
) -> Result<(), LedgerError> {
    let parked = Parked {
        stage: stage.to_owned(),
        subscription: subscription.to_owned(),
        message: received.message.clone(),
        reason,
    };
    ledger.park(OffsetDateTime::now_utc(), &received.message_id, &parked).await
}
