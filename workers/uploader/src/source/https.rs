//! Downloads an archive over HTTPS, with a client that git sources use as well.

use std::error::Error;
use std::io;
use std::path::Path;
use std::time::Duration;

use longshore_messages::{HttpsArchive, HttpsUrl};
use reqwest::header::LOCATION;
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, Response, StatusCode, Url};
use sha2::{Digest, Sha256};
use tokio::fs::File;
use tokio::io::AsyncWriteExt as _;

use super::guard::Admitted;
use crate::FetchError;
use longshore_source_archive::hex;

/// Maximum time to connect, TLS included.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Maximum time between two reads of a response.
const READ_TIMEOUT: Duration = Duration::from_secs(30);

/// Maximum time for a whole archive: 250 MiB at 1 MB/s, and less than the fifteen minutes that a
/// worker has for one message.
const TRANSFER_TIMEOUT: Duration = Duration::from_secs(5 * 60);

const USER_AGENT: &str = concat!("longshore/", env!("CARGO_PKG_VERSION"));

/// A client that connects only to the checked addresses of one host. `authorities` is the PEM file
/// that replaces the system's certificates; if it is empty, they are used.
///
/// # Errors
/// [`FetchError::Certificates`] and [`FetchError::Client`]: the settings are invalid.
pub(super) async fn client(admitted: &Admitted, authorities: &Path) -> Result<Client, FetchError> {
    let builder = Client::builder()
        .resolve_to_addrs(&admitted.host, &admitted.addresses)
        .https_only(true)
        .redirect(Policy::none())
        // A proxy would resolve the name itself.
        .no_proxy()
        .referer(false)
        // The digest is that of the stored bytes.
        .no_gzip()
        .no_brotli()
        .no_zstd()
        .no_deflate()
        .user_agent(USER_AGENT)
        .connect_timeout(CONNECT_TIMEOUT)
        .read_timeout(READ_TIMEOUT)
        .timeout(TRANSFER_TIMEOUT);
    let builder = if authorities.as_os_str().is_empty() {
        builder
    } else {
        builder.tls_certs_only(read(authorities).await?)
    };
    builder.build().map_err(FetchError::Client)
}

async fn read(authorities: &Path) -> Result<Vec<Certificate>, FetchError> {
    let refused = |source| FetchError::Certificates { path: authorities.to_owned(), source };
    let pem = tokio::fs::read(authorities).await.map_err(|error| refused(error.into()))?;
    let certificates = Certificate::from_pem_bundle(&pem).map_err(|error| refused(error.into()))?;
    if certificates.is_empty() {
        Err(refused("the file contains no certificate".into()))
    } else {
        Ok(certificates)
    }
}

/// Streams the archive into a new file and verifies its digest.
///
/// # Errors
/// Transient are [`FetchError::Request`], [`FetchError::Machine`] and some statuses; all other
/// errors are permanent.
pub(super) async fn download(
    client: &Client,
    archive: &HttpsArchive,
    file: &Path,
    limit_bytes: u64,
) -> Result<(), FetchError> {
    let host = archive.url.host();
    let mut response = get(client, &archive.url, "").await?;
    let too_large = || FetchError::TooLarge { limit: limit_bytes };
    if response.content_length().is_some_and(|length| length > limit_bytes) {
        return Err(too_large());
    }
    let mut file = File::create_new(file).await.map_err(FetchError::Machine)?;
    let (mut hash, mut received_bytes) = (Sha256::new(), 0_u64);
    while let Some(chunk) = response.chunk().await.map_err(|error| failed(host, error))? {
        received_bytes += chunk.len() as u64;
        if received_bytes > limit_bytes {
            return Err(too_large());
        }
        hash.update(&chunk);
        file.write_all(&chunk).await.map_err(FetchError::Machine)?;
    }
    file.flush().await.map_err(FetchError::Machine)?;
    let actual = hex(&hash.finalize());
    if actual == archive.sha256 {
        return Ok(());
    }
    Err(FetchError::Digest { expected: archive.sha256.clone(), actual })
}

/// Sends a GET request for the URL with `suffix` appended. Any status but 200 is an error.
pub(super) async fn get(
    client: &Client,
    url: &HttpsUrl,
    suffix: &str,
) -> Result<Response, FetchError> {
    let host = url.host();
    let response =
        client.get(format!("{url}{suffix}")).send().await.map_err(|error| failed(host, error))?;
    let status = response.status();
    if status.is_redirection() {
        return Err(FetchError::Redirect { host: host.to_owned(), target: target(&response) });
    }
    // Other 2xx statuses are not the whole archive, for example a partial response.
    if status == StatusCode::OK {
        Ok(response)
    } else {
        Err(FetchError::Status { host: host.to_owned(), status: status.as_u16() })
    }
}

/// The host of a redirect. The rest of its URL may contain a signature, which is a secret.
fn target(response: &Response) -> String {
    let location = response.headers().get(LOCATION).and_then(|location| location.to_str().ok());
    let url = location.and_then(|location| response.url().join(location).ok());
    let host = url.as_ref().and_then(Url::host_str);
    host.map_or_else(|| "nowhere".to_owned(), |host| format!("host {host}"))
}

fn failed(host: &str, error: reqwest::Error) -> FetchError {
    let (host, source) = (host.to_owned(), error.without_url());
    if is_untrusted(&source) {
        FetchError::Untrusted { host, source }
    } else {
        FetchError::Request { host, source }
    }
}

/// Whether an untrusted certificate caused the error. The TLS error is inside an I/O error, which
/// does not report it as its source.
fn is_untrusted(error: &(dyn Error + 'static)) -> bool {
    let inner = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    let is_tls = |error: &(dyn Error + 'static)| {
        matches!(error.downcast_ref::<rustls::Error>(), Some(rustls::Error::InvalidCertificate(_)))
    };
    is_tls(error)
        || inner.is_some_and(|inner| is_untrusted(inner))
        || error.source().is_some_and(is_untrusted)
}
