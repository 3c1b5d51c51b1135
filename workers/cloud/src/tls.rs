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
