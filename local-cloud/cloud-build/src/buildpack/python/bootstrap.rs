//! Downloads pip for machines whose Python has none: its wheel, from the package index that pip
//! itself would use. A wheel of pip can be run directly (`python3 pip-25.0-py3-none-any.whl/pip`).

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use reqwest::header::ACCEPT;
use reqwest::{Certificate, Client, Response, Url};
use serde::Deserialize;

use super::interpreter::Interpreter;
use crate::image::hex_digest;
use longshore_local_kit::http;

/// The package index that pip uses by default.
const DEFAULT_INDEX: &str = "https://pypi.org/simple";

/// Accepts JSON (PEP 691), and HTML (PEP 503) from older indexes.
const INDEX_TYPES: &str = "application/vnd.pypi.simple.v1+json, text/html;q=0.1";

/// Maximum size of an index page or of pip, which has two megabytes.
const DOWNLOAD_LIMIT_BYTES: usize = 64 * 1024 * 1024;

/// Timeout for a download of two megabytes.
const DOWNLOAD_TIMEOUT: Duration = Duration::from_mins(2);

/// Why pip is not available.
#[derive(Debug, thiserror::Error)]
pub(super) enum BootstrapError {
    #[error("cannot fetch from the package index")]
    Http(#[from] reqwest::Error),
    #[error("cannot parse the package index")]
    Index(#[from] serde_json::Error),
    #[error("the package index has no pip for Python {0}")]
    NoWheel(String),
    #[error("the SHA-256 of the downloaded pip differs from that in the package index")]
    Digest,
    #[error("the package index sent more than {DOWNLOAD_LIMIT_BYTES} bytes")]
    Large,
    #[error("cannot store pip")]
    Disk(#[from] io::Error),
}

/// Path of a wheel of pip, which is downloaded once.
///
/// # Errors
/// [`BootstrapError::Http`] may be transient.
pub(super) async fn pip_wheel(
    cache: &Path,
    interpreter: &Interpreter,
) -> Result<PathBuf, BootstrapError> {
    let index = interpreter.environment.get("PIP_INDEX_URL").map_or(DEFAULT_INDEX, String::as_str);
    // One for each version of Python, which determines the newest usable pip, and for each index,
    // which a build can choose for itself.
    let kind = format!("{}\n{index}", interpreter.tag);
    let dir = cache.join("pip").join(hex_digest(kind.as_bytes()));
    if let Some(wheel) = stored(&dir) {
        return Ok(wheel);
    }
    let certificates = match interpreter.environment.get("PIP_CERT") {
        Some(file) => Certificate::from_pem_bundle(&std::fs::read(file)?)?,
        None => Vec::new(),
    };
    let client =
        http::client(|builder| builder.timeout(DOWNLOAD_TIMEOUT).tls_certs_merge(certificates))?;
    let file = newest(list(&client, index).await?, &interpreter.version);
    let file = file.ok_or_else(|| BootstrapError::NoWheel(interpreter.version.clone()))?;
    let content = body(client.get(file.url).send().await?.error_for_status()?).await?;
    if hex_digest(&content) != file.sha256 {
        return Err(BootstrapError::Digest);
    }
    std::fs::create_dir_all(&dir)?;
    let mut temporary = tempfile::NamedTempFile::new_in(&dir)?;
    io::Write::write_all(&mut temporary, &content)?;
    let wheel = dir.join(format!("{}.whl", file.sha256));
    temporary.persist(&wheel).map_err(|error| error.error)?;
    Ok(wheel)
}

/// A wheel that was stored earlier, if its content still has the digest in its name.
fn stored(dir: &Path) -> Option<PathBuf> {
    let paths = std::fs::read_dir(dir).ok()?.flatten().map(|entry| entry.path());
    let mut wheels = paths.filter(|path| path.extension().is_some_and(|e| e == "whl"));
    wheels.find(|path| {
        let digest = std::fs::read(path).map(|content| hex_digest(&content));
        let is_whole = digest.is_ok_and(|digest| path.file_stem() == Some(digest.as_ref()));
        if !is_whole {
            tracing::warn!(path = %path.display(), "the stored pip is damaged; it is downloaded again");
        }
        is_whole
    })
}

/// The body of a response, limited to what an index or a pip can have.
async fn body(mut response: Response) -> Result<Vec<u8>, BootstrapError> {
    let mut content = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        content.extend_from_slice(&chunk);
        if content.len() > DOWNLOAD_LIMIT_BYTES {
            return Err(BootstrapError::Large);
        }
    }
    Ok(content)
}

/// A wheel in the package index.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Offer {
    name: String,
    url: Url,
    sha256: String,
    /// Such as `>=3.9`; empty if any version is supported.
    requires_python: String,
}

async fn list(client: &Client, index: &str) -> Result<Vec<Offer>, BootstrapError> {
    let url = format!("{}/pip/", index.trim_end_matches('/'));
    let response = client.get(url).header(ACCEPT, INDEX_TYPES).send().await?.error_for_status()?;
    let here = response.url().clone();
    let json = response
        .headers()
        .get("content-type")
        .is_some_and(|kind| kind.as_bytes().ends_with(b"json"));
    let text = String::from_utf8_lossy(&body(response).await?).into_owned();
    if json { Ok(offers_of_json(&here, &text)?) } else { Ok(offers_of_html(&here, &text)) }
}

#[derive(Deserialize)]
struct Project {
    files: Vec<ProjectFile>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct ProjectFile {
    filename: String,
    url: String,
    hashes: Hashes,
    requires_python: Option<String>,
    /// `false`, `true`, or a reason.
    #[serde(default)]
    yanked: serde_json::Value,
}

#[derive(Deserialize)]
struct Hashes {
    sha256: Option<String>,
}

fn offers_of_json(here: &Url, text: &str) -> serde_json::Result<Vec<Offer>> {
    let project: Project = serde_json::from_str(text)?;
    let kept = project.files.into_iter().filter(|file| {
        matches!(file.yanked, serde_json::Value::Null | serde_json::Value::Bool(false))
    });
    let offer = |file: ProjectFile| {
        let requires_python = file.requires_python.unwrap_or_default();
        Some(Offer {
            name: file.filename,
            url: here.join(&file.url).ok()?,
            sha256: file.hashes.sha256?,
            requires_python,
        })
    };
    Ok(kept.filter_map(offer).collect())
}

fn offers_of_html(here: &Url, text: &str) -> Vec<Offer> {
    let anchors = text
        .split("<a ")
        .skip(1)
        .filter_map(|rest| rest.split_once('>'))
        .map(|(attributes, _)| attributes);
    let offer = |attributes: &str| {
        let url = here.join(&attribute(attributes, "href=")?).ok()?;
        let sha256 = url.fragment()?.strip_prefix("sha256=")?.to_owned();
        let name = url.path_segments()?.next_back()?.to_owned();
        let requires_python = attribute(attributes, "data-requires-python=").unwrap_or_default();
        Some(Offer { name, url, sha256, requires_python })
    };
    anchors.filter(|attributes| !attributes.contains("data-yanked")).filter_map(offer).collect()
}

fn attribute(attributes: &str, name: &str) -> Option<String> {
    let value = attributes.split_once(name)?.1.strip_prefix('"')?.split_once('"')?.0;
    Some(value.replace("&gt;", ">").replace("&lt;", "<").replace("&amp;", "&"))
}

/// The newest released pip that runs on this Python.
fn newest(offers: Vec<Offer>, python: &str) -> Option<Offer> {
    let version =
        |offer: &Offer| {
            numbers(offer.name.strip_prefix("pip-")?.strip_suffix("-py3-none-any.whl").or_else(
                || offer.name.strip_prefix("pip-")?.strip_suffix("-py2.py3-none-any.whl"),
            )?)
        };
    let usable = offers.into_iter().filter(|offer| runs_on(&offer.requires_python, python));
    let versioned = usable.filter_map(|offer| Some((version(&offer)?, offer)));
    versioned.max_by(|(one, _), (two, _)| one.cmp(two)).map(|(_, offer)| offer)
}

/// `25.0.1` as numbers; `None` for anything else, such as a release candidate.
fn numbers(version: &str) -> Option<Vec<u32>> {
    version.split('.').map(|part| part.parse().ok()).collect()
}

/// Whether this Python satisfies every lower bound; other bounds of pip's releases do not matter on
/// Python 3.
fn runs_on(requires: &str, python: &str) -> bool {
    let bounds = requires.split(',').filter_map(|bound| bound.trim().strip_prefix(">="));
    bounds
        .into_iter()
        .all(|bound| numbers(bound.trim()).is_some_and(|bound| Some(bound) <= numbers(python)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const JSON: &str = r#"{"files": [
        {"filename": "pip-24.0-py3-none-any.whl", "url": "../../f/pip-24.0-py3-none-any.whl", "hashes": {"sha256": "aa"}, "requires-python": ">=3.7"},
        {"filename": "pip-26.1-py3-none-any.whl", "url": "https://x/pip-26.1-py3-none-any.whl", "hashes": {"sha256": "bb"}, "requires-python": ">=3.9", "yanked": false},
        {"filename": "pip-26.2-py3-none-any.whl", "url": "https://x/pip-26.2-py3-none-any.whl", "hashes": {"sha256": "cc"}, "yanked": "broken"},
        {"filename": "pip-27.0rc1-py3-none-any.whl", "url": "https://x/y", "hashes": {"sha256": "dd"}},
        {"filename": "pip-99.tar.gz", "url": "https://x/y", "hashes": {"sha256": "ee"}},
        {"filename": "pip-98-py3-none-any.whl", "url": "https://x/y", "hashes": {}}
    ]}"#;

    const HTML: &str = r#"<!DOCTYPE html><a href="../../f/pip-24.0-py3-none-any.whl#sha256=aa" data-requires-python="&gt;=3.7">x</a>
        <a href="https://x/pip-26.1-py3-none-any.whl#sha256=bb" data-requires-python="&gt;=3.9">y</a>
        <a href="https://x/pip-26.2-py3-none-any.whl#sha256=cc" data-yanked="broken">z</a>"#;

    #[test]
    fn a_changed_pip_is_not_used() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(stored(&dir.path().join("nowhere")), None);
        let wheel = dir.path().join(format!("{}.whl", hex_digest(b"pip")));
        std::fs::write(&wheel, "pip").unwrap();
        assert_eq!(stored(dir.path()), Some(wheel.clone()));
        std::fs::write(&wheel, "PIP").unwrap();
        assert_eq!(stored(dir.path()), None);
    }

    #[test]
    fn the_newest_supported_pip_is_chosen_from_both_kinds_of_index() {
        let here = Url::parse("https://index/simple/pip/").unwrap();
        for offers in [offers_of_json(&here, JSON).unwrap(), offers_of_html(&here, HTML)] {
            assert_eq!(newest(offers.clone(), "3.11.7").unwrap().sha256, "bb");
            let old = newest(offers.clone(), "3.8.1").unwrap();
            assert_eq!(
                (old.sha256.as_str(), old.url.as_str().split('#').next().unwrap()),
                ("aa", "https://index/f/pip-24.0-py3-none-any.whl")
            );
            assert_eq!(newest(offers, "3.6.0"), None);
        }
    }
}
