//! Moves the clock of Cloud Scheduler and Cloud Tasks ahead, to avoid waiting for a
//! schedule: not a method of Google's, so its path begins with `/longshore/`.
//!
//! Both services serve it on their ports, as the API for tests does, to those who may call their APIs.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::Router;
use axum::extract::{Json, State};
use axum::http::StatusCode;
use axum::routing::post;
use longshore_local_kit::clock::{LEAD_MAX, LeadingClock};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

const PATH: &str = "/longshore/v1/clock:advance";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    seconds: u64,
}

#[derive(Serialize)]
struct Advanced {
    /// The time of the clock, in RFC 3339.
    now: String,
}

pub(crate) fn router(clock: Arc<LeadingClock>) -> Router {
    Router::new().route(PATH, post(advance)).with_state(clock)
}

async fn advance(
    State(clock): State<Arc<LeadingClock>>,
    Json(request): Json<Advance>,
) -> Result<Json<Advanced>, (StatusCode, String)> {
    match clock.advance(Duration::from_secs(request.seconds)) {
        Some(now) => Ok(Json(Advanced { now: text(now) })),
        None => {
            let days = LEAD_MAX.as_secs() / 86_400;
            Err((StatusCode::BAD_REQUEST, format!("the clock is at most {days} days ahead\n")))
        }
    }
}

fn text(time: SystemTime) -> String {
    OffsetDateTime::from(time).format(&Rfc3339).unwrap_or_default()
}
