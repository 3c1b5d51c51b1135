//! The HTTP clients of services that call other servers: the registry, the package index, a push
//! endpoint.

use std::sync::{Arc, OnceLock};

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

/// A client that is built when it is first used. Building one reads all root certificates of this
/// machine, and most local clouds never call a server outside of it.
#[derive(Clone, Debug)]
pub struct LateClient {
    settings: fn(ClientBuilder) -> ClientBuilder,
    client: Arc<OnceLock<Client>>,
}

impl LateClient {
    #[must_use]
    pub fn new(settings: fn(ClientBuilder) -> ClientBuilder) -> Self {
        Self { settings, client: Arc::default() }
    }

    /// # Errors
    /// When the TLS backend cannot be initialized.
    pub fn get(&self) -> reqwest::Result<&Client> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let built = client(self.settings)?;
        Ok(self.client.get_or_init(|| built))
    }
}
