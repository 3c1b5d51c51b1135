//! The HTTP client of services that call other servers: the registry, the package index, a push
//! endpoint.

use reqwest::{Client, ClientBuilder};

/// Builds an HTTP client. TLS needs a crypto provider for the whole process: this installs one,
/// unless the program has installed its own.
///
/// # Errors
/// When the TLS backend cannot be initialized.
pub fn client(settings: impl FnOnce(ClientBuilder) -> ClientBuilder) -> reqwest::Result<Client> {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // Another thread may install its provider first; that one is used then.
        let _ = rustls::crypto::ring::default_provider().install_default();
    }
    settings(Client::builder()).build()
}
