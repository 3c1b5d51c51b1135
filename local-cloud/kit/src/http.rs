//! The HTTP client of services that call somebody: the registry, the package index, a push
//! endpoint.

use reqwest::{Client, ClientBuilder};

/// An HTTP client. TLS needs a provider of cryptography for the whole process; the program's own
/// choice stays, if it made one.
///
/// # Errors
/// When the client cannot be made.
pub fn client(settings: impl FnOnce(ClientBuilder) -> ClientBuilder) -> reqwest::Result<Client> {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // Somebody may be faster: then theirs is used.
        let _ = rustls::crypto::ring::default_provider().install_default();
    }
    settings(Client::builder()).build()
}
