//! Who calls: OpenID Connect tokens, signed and checked by the local cloud.
//!
//! Google's tokens are signed with RS256. These are signed with ES256, because the TLS provider
//! that is in the tree anyway makes keys of that kind and not of the other; Google's client
//! libraries verify both. Everything else of a token is as Google writes it, its issuer included:
//! <https://cloud.google.com/docs/authentication/token-types#id-contents>.
//!
//! - `claims`, `signer`: claims and a time in, a token out, and back. Pure but for the randomness
//!   of a signature.
//! - `key`: the key, kept in the data directory.
//! - `wire`: `generateIdToken` of the IAM Credentials API, and the public keys.
//!
//! **Nobody is asked who they are.** Whoever reaches the local cloud's ports may have a token for
//! any identity; what the tokens make real is everything after that: which identity may call which
//! service, for which audience, and for how long.

mod claims;
mod key;
mod methods;
mod signer;
mod wire;

pub use claims::{Claims, OWNER, member_of};
pub use key::{KeyError, open_key};
pub use methods::METHODS;
pub use signer::{SignError, Signer, VerifyError};
pub use wire::api;
