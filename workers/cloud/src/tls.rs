//! The process's cryptography for TLS.

/// Chooses ring for the whole process, unless something was chosen before. Google's clients and
/// `reqwest` panic without a choice, also where they only speak plain http;
/// [`Clients::connect`](crate::Clients::connect) makes it, so this is for a program that uses
/// `reqwest` before, or without it.
pub fn install_tls_provider() {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // Fails only when another thread has chosen in between, which is as good.
        let _chosen_meanwhile = rustls::crypto::ring::default_provider().install_default();
    }
}
