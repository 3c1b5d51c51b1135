//! Conditional requests of HTTP: `If-Match`, `If-None-Match`, `If-Modified-Since` and
//! `If-Unmodified-Since` (RFC 9110, section 13).
//!
//! <https://cloud.google.com/storage/docs/request-preconditions#etags>. The preconditions of Cloud
//! Storage itself (`ifGenerationMatch` …) are [`Preconditions`]. A write has only `If-Match`, and
//! `If-None-Match: *`; every other condition of a write is refused by name.

use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

use super::object_headers::{http_date, set};
use crate::{Preconditions, StorageError};

/// What a reader has already.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Conditional {
    matching: Option<Tags>,
    none_matching: Option<Tags>,
    modified_since: Option<OffsetDateTime>,
    unmodified_since: Option<OffsetDateTime>,
    /// A range is wanted only of this version (`If-Range`).
    of_range: Option<String>,
}

/// A list of entity tags.
#[derive(Debug, PartialEq, Eq)]
enum Tags {
    /// `*`
    Any,
    These(Vec<String>),
}

/// Whether a read proceeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Read,
    /// The reader has this version already.
    NotModified,
}

/// The version of a resource, as validators of HTTP.
pub(super) struct Validators<'a> {
    /// All tags that the resource has: those of the two APIs differ.
    pub(super) tags: &'a [&'a str],
    pub(super) modified: OffsetDateTime,
}

impl Tags {
    fn of(headers: &HeaderMap, name: &HeaderName) -> Option<Self> {
        let lines = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
        let tags: Vec<String> = lines.flat_map(|line| line.split(',')).map(bare).collect();
        if tags.is_empty() {
            return None;
        }
        Some(if tags.iter().any(|tag| tag == "*") { Self::Any } else { Self::These(tags) })
    }

    fn contain(&self, own: &[&str]) -> bool {
        match self {
            Self::Any => true,
            Self::These(tags) => tags.iter().any(|tag| own.contains(&tag.as_str())),
        }
    }
}

/// A tag without its quotes. The JSON API writes none, and weak tags are as good as strong ones,
/// because content and metadata never change within a version.
fn bare(tag: &str) -> String {
    let tag = tag.trim();
    tag.strip_prefix("W/").unwrap_or(tag).trim_matches('"').to_owned()
}

impl Conditional {
    pub(super) fn of(headers: &HeaderMap) -> Self {
        // A date that cannot be read is ignored, as RFC 9110 demands.
        let date = |name: HeaderName| {
            let text = headers.get(name)?.to_str().ok()?;
            OffsetDateTime::parse(text, &Rfc2822).ok()
        };
        Self {
            matching: Tags::of(headers, &header::IF_MATCH),
            none_matching: Tags::of(headers, &header::IF_NONE_MATCH),
            modified_since: date(header::IF_MODIFIED_SINCE),
            unmodified_since: date(header::IF_UNMODIFIED_SINCE),
            of_range: headers
                .get(header::IF_RANGE)
                .and_then(|value| value.to_str().ok())
                .map(str::to_owned),
        }
    }

    /// Evaluates the conditions in the order of RFC 9110, section 13.2.2.
    ///
    /// # Errors
    /// [`StorageError::Precondition`].
    pub(super) fn of_read(&self, version: &Validators<'_>) -> Result<Outcome, StorageError> {
        // Dates of HTTP have no fractions of a second.
        let modified = version.modified.unix_timestamp();
        let is_newer = |since: &OffsetDateTime| modified > since.unix_timestamp();
        let fails = match (&self.matching, &self.unmodified_since) {
            (Some(tags), _) => !tags.contain(version.tags),
            (None, Some(since)) => is_newer(since),
            (None, None) => false,
        };
        if fails {
            return Err(StorageError::Precondition);
        }
        let is_known = match (&self.none_matching, &self.modified_since) {
            (Some(tags), _) => tags.contain(version.tags),
            (None, Some(since)) => !is_newer(since),
            (None, None) => false,
        };
        Ok(if is_known { Outcome::NotModified } else { Outcome::Read })
    }

    /// Whether a range of this version is wanted, and not all of it.
    pub(super) fn has_range(&self, version: &Validators<'_>) -> bool {
        self.of_range.as_ref().is_none_or(|given| {
            let date = OffsetDateTime::parse(given, &Rfc2822).ok();
            let is_date =
                |date: OffsetDateTime| date.unix_timestamp() == version.modified.unix_timestamp();
            date.is_some_and(is_date) || version.tags.contains(&bare(given).as_str())
        })
    }

    /// The same for a write of an object, as conditions that are checked together with it.
    ///
    /// # Errors
    /// [`StorageError::Precondition`] for a tag that no object has;
    /// [`StorageError::Unimplemented`].
    pub(super) fn of_object_write(
        &self,
        given: Preconditions,
    ) -> Result<Preconditions, StorageError> {
        let mut all = self.of_write(given)?;
        if let Some(tag) = self.one_tag()? {
            let (generation, metageneration) = version_of(tag).ok_or(StorageError::Precondition)?;
            join(&mut all.generation_match, generation)?;
            join(&mut all.metageneration_match, metageneration)?;
        }
        Ok(all)
    }

    /// The same for a write of a bucket.
    ///
    /// # Errors
    /// As for [`Conditional::of_object_write`].
    pub(super) fn of_bucket_write(
        &self,
        given: Preconditions,
    ) -> Result<Preconditions, StorageError> {
        let mut all = self.of_write(given)?;
        if let Some(tag) = self.one_tag()? {
            let metageneration = tag.parse().map_err(|_| StorageError::Precondition)?;
            join(&mut all.metageneration_match, metageneration)?;
        }
        Ok(all)
    }

    fn of_write(&self, mut given: Preconditions) -> Result<Preconditions, StorageError> {
        let unserved = |what: &str| Err(StorageError::Unimplemented(format!("{what} of a write")));
        if self.modified_since.is_some() {
            return unserved("If-Modified-Since");
        }
        if self.unmodified_since.is_some() {
            return unserved("If-Unmodified-Since");
        }
        match &self.none_matching {
            None => {}
            Some(Tags::Any) => join(&mut given.generation_match, 0)?,
            Some(Tags::These(_)) => return unserved("If-None-Match with a tag"),
        }
        Ok(given)
    }

    fn one_tag(&self) -> Result<Option<&str>, StorageError> {
        match &self.matching {
            None => Ok(None),
            Some(Tags::These(tags)) if tags.len() == 1 => Ok(tags.first().map(String::as_str)),
            Some(_) => {
                let what = "If-Match of a write with other than one tag";
                Err(StorageError::Unimplemented(what.to_owned()))
            }
        }
    }
}

/// Adds a condition to one that may be there already.
fn join(condition: &mut Option<i64>, wanted: i64) -> Result<(), StorageError> {
    if condition.is_some_and(|present| present != wanted) {
        return Err(StorageError::Precondition);
    }
    *condition = Some(wanted);
    Ok(())
}

/// Generation and metageneration of a tag that [`crate::ObjectRecord::etag`] wrote.
fn version_of(tag: &str) -> Option<(i64, i64)> {
    let text = String::from_utf8(BASE64_STANDARD.decode(tag).ok()?).ok()?;
    let (generation, metageneration) = text.split_once('/')?;
    Some((generation.parse().ok()?, metageneration.parse().ok()?))
}

/// The answer to a reader that has this version already.
pub(super) fn not_modified(tag: &str, modified: OffsetDateTime) -> Response {
    let mut response = StatusCode::NOT_MODIFIED.into_response();
    set(response.headers_mut(), header::ETAG, tag);
    set(response.headers_mut(), header::LAST_MODIFIED, &http_date(modified));
    response
}

#[cfg(test)]
mod tests;
