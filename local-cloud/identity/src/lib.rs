//! Identities of callers: OpenID Connect tokens that the local cloud signs and verifies.
//!
//! Google's tokens are signed with RS256. These are signed with ES256, because the TLS provider
//! that is a dependency anyway cannot generate RSA keys; Google's client libraries verify both.
//! Everything else in a token is as at Google, including the issuer:
//! <https://cloud.google.com/docs/authentication/token-types#id-contents>.
//!
//! - `claims`, `signer`: from claims and a time to a token, and back. Pure except for the
//!   randomness of a signature.
//! - `key`: the key, which is stored in the data directory.
//! - `wire`: `generateIdToken` of the IAM Credentials API, and the public keys.
//! - `accounts`: IAM's service accounts, which clients look up.
//!
//! **Callers are not authenticated.** Every caller that reaches the local cloud's ports can get a
//! token for any identity. What the tokens make real is what follows: which identity may call which
//! service, for which audience, and for how long.

mod accounts;
mod claims;
mod key;
mod methods;
mod signer;
mod wire;

pub use accounts::accounts_api;
pub use claims::{ACCESS_TOKEN_LIFETIME, Claims, OWNER, member_of};
pub use key::{KeyError, open_key};
pub use methods::METHODS;
pub use signer::{SignError, Signer, VerifyError};
pub use wire::api;
