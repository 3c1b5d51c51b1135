//! An archive behind https, and the client that both https and git sources are asked with.

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

use super::FetchError;
use super::guard::Admitted;
use longshore_source_archive::hex;

/// Time to a connection with TLS: a host that needs longer is away.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Time between two pieces of an answer.
const READ_TIMEOUT: Duration = Duration::from_secs(30);

/// Time for a whole archive: 250 MiB at 1 MB/s, and less than the fifteen minutes that a worker has
/// for one input.
const TRANSFER_TIMEOUT: Duration = Duration::from_secs(5 * 60);

const USER_AGENT: &str = concat!("longshore/", env!("CARGO_PKG_VERSION"));

/// A client that can only talk to that host, at the addresses that were looked at. `authorities` is
/// the PEM file that takes the place of the system's certificates; empty: the system's.
///
/// # Errors
/// [`FetchError::Certificates`] and [`FetchError::Client`]: the worker is configured wrong.
pub(super) async fn client(admitted: &Admitted, authorities: &Path) -> Result<Client, FetchError> {
    let builder = Client::builder()
        .resolve_to_addrs(&admitted.host, &admitted.addresses)
        .https_only(true)
        .redirect(Policy::none())
        // A proxy would resolve the name by itself.
        .no_proxy()
        .referer(false)
        // The digest is of the bytes as they are stored.
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
        Err(refused("it holds no certificate".into()))
    } else {
        Ok(certificates)
    }
}

/// Streams the archive into a new file, and compares its digest on the way.
///
/// # Errors
/// [`FetchError`]; it comes again for the same archive, except for [`FetchError::Request`],
/// [`FetchError::Machine`] and statuses that tell of a moment.
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

/// Asks for a URL with `suffix`, and returns a good answer without its content.
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
    // Whole and at once, nothing else: a partial answer was not asked for.
    if status == StatusCode::OK {
        Ok(response)
    } else {
        Err(FetchError::Status { host: host.to_owned(), status: status.as_u16() })
    }
}

/// The host that a redirect names; the rest of its URL may be a signed one.
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

/// Whether a certificate is behind a failure. The error of TLS is inside of an I/O error, which
/// does not show it as its source.
fn is_untrusted(error: &(dyn Error + 'static)) -> bool {
    let inner = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    let is_tls = |error: &(dyn Error + 'static)| {
        matches!(error.downcast_ref::<rustls::Error>(), Some(rustls::Error::InvalidCertificate(_)))
    };
    is_tls(error)
        || inner.is_some_and(|inner| is_untrusted(inner))
        || error.source().is_some_and(is_untrusted)
}
