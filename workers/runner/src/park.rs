//! Putting messages aside that nobody can handle.

use longshore_cloud::Received;
use longshore_ledger::{Ledger, LedgerError, Parked};
use time::OffsetDateTime;

/// Deliveries after which a message is taken for one that kills its worker: far more than any
/// outage brings, since an outage is met with the subscription's backoff, and few enough to spare
/// the worker.
pub(crate) const DELIVERIES_MAX: u32 = 20;

/// Writes a message down for an operator; it may be acknowledged then.
///
/// # Errors
/// See [`LedgerError`]; the message must be delivered again.
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
