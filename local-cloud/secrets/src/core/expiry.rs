//! The end of a secret at a time: <https://cloud.google.com/secret-manager/docs/secret-expiration>.

use google_cloud_secretmanager_v1::model::Secret;
use google_cloud_secretmanager_v1::model::secret::Expiration;
use google_cloud_wkt::Timestamp;

use super::{Event, Moment, Refusal, Secrets};

/// A secret must exist for this time at least, and at most for a hundred years.
const LIFETIME_MIN_S: i64 = 60;
const LIFETIME_MAX_S: i64 = 100 * 366 * 24 * 60 * 60;

/// The time at which a secret expires, as it is returned; `None` if it never does.
///
/// # Errors
/// [`Refusal::Invalid`].
pub(super) fn of(given: &Secret, moment: &Moment) -> Result<Option<Expiration>, Refusal> {
    let now = moment.now.seconds();
    let (at, field) = match &given.expiration {
        None => return Ok(None),
        Some(Expiration::ExpireTime(at)) => (**at, "expire_time"),
        Some(Expiration::Ttl(ttl)) => {
            let at = Timestamp::clamp(now.saturating_add(ttl.seconds()), moment.now.nanos());
            (at, "ttl")
        }
        Some(_) => return Err(Refusal::Unimplemented("this expiration of secrets".to_owned())),
    };
    if !(LIFETIME_MIN_S..=LIFETIME_MAX_S).contains(&at.seconds().saturating_sub(now)) {
        return Err(Refusal::invalid(format!(
            "secret.{field}: must be at least {LIFETIME_MIN_S} s and at most 100 years from now"
        )));
    }
    Ok(Some(Expiration::ExpireTime(Box::new(at))))
}

impl Secrets {
    /// Deletes the secrets that have expired.
    pub(crate) fn expire(&self, now: Timestamp) -> Vec<Event> {
        let has_expired = |secret: &&Secret| match &secret.expiration {
            Some(Expiration::ExpireTime(at)) => {
                (at.seconds(), at.nanos()) <= (now.seconds(), now.nanos())
            }
            Some(_) | None => false,
        };
        let secrets = self.entries.values().map(|entry| &entry.secret).filter(has_expired);
        secrets.map(|secret| Event::SecretDeleted(secret.name.clone())).collect()
    }
}
