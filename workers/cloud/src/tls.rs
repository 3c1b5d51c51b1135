//! The TLS cryptography of the process.

/// Installs ring for the whole process, unless a provider is installed already. Google's clients
/// and `reqwest` panic without a provider, even if they only speak plain http.
/// [`Clients::connect`](crate::Clients::connect) calls this, so it is for programs that use
/// `reqwest` before connecting or without it.
pub fn install_tls_provider() {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // Fails only if another thread has installed a provider in the meantime, which is fine.
        let _installed_meanwhile = rustls::crypto::ring::default_provider().install_default();
    }
}

/// The beginning of an HTTP client. One for plain http reads no root certificates of this machine,
/// which takes longer than most requests to a local cloud.
pub(crate) fn http_client(is_plain: bool) -> reqwest::ClientBuilder {
    install_tls_provider();
    let builder = reqwest::Client::builder();
    if is_plain { builder.tls_certs_only([]) } else { builder }
}
