//! The claims of a token.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// The identity of the user of this machine, who may call every service, as the owner of a Google
/// project may.
pub const OWNER: &str = "owner@longshore.local";

/// Google's issuer. Programs check it, so local tokens have the same one.
const ISSUER: &str = "https://accounts.google.com";

/// The lifetime of an access token: that of Google's tokens.
pub const ACCESS_TOKEN_LIFETIME: Duration = LIFETIME;

/// The audience of access tokens. No service has it, so an access token is no identity token.
const ACCESS_AUDIENCE: &str = "urn:longshore:access";

/// The lifetime of Google's tokens.
const LIFETIME: Duration = Duration::from_secs(3600);

/// Claims of an identity token, by their names in the token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// Issuer.
    pub iss: String,
    /// Audience: the URL of the service that is called.
    pub aud: String,
    /// Authorized party; Google repeats the subject of a service account.
    #[serde(default)]
    pub azp: String,
    /// Subject: the number of the account, which never changes.
    pub sub: String,
    #[serde(default)]
    pub email: String,
    #[serde(default)]
    pub email_verified: bool,
    /// Issued at, in seconds since 1970.
    pub iat: u64,
    /// Expires at, in seconds since 1970.
    pub exp: u64,
}

impl Claims {
    /// The claims of Google's IAM for `email` and `audience`, issued at `now`.
    #[must_use]
    pub fn of(email: &str, audience: &str, now: SystemTime) -> Self {
        let (sub, iat) = (unique_id(email), seconds(now));
        Self {
            iss: ISSUER.to_owned(),
            aud: audience.to_owned(),
            azp: sub.clone(),
            sub,
            email: email.to_owned(),
            email_verified: true,
            iat,
            exp: iat + LIFETIME.as_secs(),
        }
    }

    /// The claims of an access token of `email`.
    pub(super) fn of_access(email: &str, now: SystemTime) -> Self {
        Self::of(email, ACCESS_AUDIENCE, now)
    }

    /// Whether the subject is the account with this email. The token need not contain the email.
    #[must_use]
    pub fn is_of(&self, email: &str) -> bool {
        self.sub == unique_id(email)
    }
}

/// The member of IAM policies that stands for the account with this email.
#[must_use]
pub fn member_of(email: &str) -> String {
    let kind = if email.ends_with(".gserviceaccount.com") { "serviceAccount" } else { "user" };
    format!("{kind}:{email}")
}

/// 21 digits, as Google's account numbers have, derived from the email.
pub(super) fn unique_id(email: &str) -> String {
    let hash = Sha256::digest(email);
    let number = hash.iter().take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    format!("1{number:020}")
}

pub(super) fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_always_has_the_same_number() {
        let [a, again, b] =
            ["a@x", "a@x", "b@x"].map(|email| Claims::of(email, "https://hello", UNIX_EPOCH).sub);
        assert_eq!(a, again);
        assert_ne!(a, b);
        assert!(a.len() == 21 && a.bytes().all(|byte| byte.is_ascii_digit()), "{a}");
    }

    #[test]
    fn an_identity_has_the_member_name_of_iam_policies() {
        assert_eq!(
            member_of("run@p.iam.gserviceaccount.com"),
            "serviceAccount:run@p.iam.gserviceaccount.com"
        );
        assert_eq!(member_of(OWNER), format!("user:{OWNER}"));
    }
}
