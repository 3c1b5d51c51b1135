//! Compares this machine's clock with the ledger's.

use std::time::Duration;

use longshore_ledger::{Ledger, SKEW_MAX};
use tokio_util::sync::CancellationToken;

use crate::health::Health;
use crate::telemetry;

/// Time between two comparisons, each of which takes three requests. A free-running clock drifts by
/// less than a second a day; what this finds is a clock that was set.
const INTERVAL: Duration = Duration::from_secs(10 * 60);

/// Time before a comparison that failed is repeated.
const RETRY_WAIT: Duration = Duration::from_secs(60);

/// Maximum time that the first comparison delays the start of the worker.
const FIRST_TIMEOUT: Duration = Duration::from_secs(10);

/// Compares once, and then again and again until `shutdown`. Returns after the first comparison.
pub(crate) async fn watch(ledger: Ledger, health: Health, shutdown: CancellationToken) {
    let first = tokio::time::timeout(FIRST_TIMEOUT, compare(&ledger, &health)).await;
    let mut wait = first.unwrap_or(RETRY_WAIT);
    tokio::spawn(async move {
        while shutdown.run_until_cancelled(tokio::time::sleep(wait)).await.is_some() {
            wait = compare(&ledger, &health).await;
        }
    });
}

/// Returns the time until the next comparison. Logs a difference once, and its end once.
async fn compare(ledger: &Ledger, health: &Health) -> Duration {
    let was_sound = ledger.is_clock_sound();
    let ahead = match ledger.measure_clock().await {
        Ok(ahead) => ahead,
        Err(error) => {
            let error = telemetry::chain(&error);
            tracing::info!(error, "cannot compare the clock with the ledger's");
            return RETRY_WAIT;
        }
    };
    let off_by_s = ahead.whole_seconds().unsigned_abs();
    let is_sound = ledger.is_clock_sound();
    health.clock_is_off_by((!is_sound).then_some(off_by_s));
    match (was_sound, is_sound) {
        (true, false) => tracing::error!(
            off_by_s,
            maximum_s = SKEW_MAX.whole_seconds(),
            "this machine's clock is off; the worker ends no deployment that is past its deadline \
             until the clock is set"
        ),
        (false, true) => tracing::info!("this machine's clock is right again"),
        (true, true) | (false, false) => {}
    }
    INTERVAL
}
