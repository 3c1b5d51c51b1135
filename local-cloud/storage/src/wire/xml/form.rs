//! Uploads by HTML forms: `POST /BUCKET` with `multipart/form-data`.
//!
//! <https://cloud.google.com/storage/docs/xml-api/post-object-forms>. A form with a policy is only
//! taken if the policy's signature is valid and its conditions hold; one without is anonymous, like
//! any other request without a signature.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use time::OffsetDateTime;

use super::document::Document;
use super::error::XmlError;
use super::policy::{self, Sizes};
use super::{Shell, key_of, write_request};
use crate::resource::percent_encode;
use crate::signing::SignatureError;
use crate::signing::form::FormClaim;
use crate::wire::acl;
use crate::wire::content_headers::header_text;
use crate::wire::multipart::{self, Multipart};
use crate::wire::object_headers::CUSTOM_TIME;
use crate::wire::receive::Receiver;
use crate::wire::shell::blocking;
use crate::{ObjectRecord, ObjectReference, Preconditions, Staged as _, StorageError};

/// Maximum size of a field other than the file, and of all of them.
const FIELD_LIMIT_BYTES: usize = 64 * 1024;
const FIELDS_LIMIT: usize = 100;

/// The name of the file in the field `key`.
const FILE_NAME: &str = "${filename}";

pub(super) async fn answer(
    shell: &Shell,
    bucket: String,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, XmlError> {
    let content_type = header_text(headers, header::CONTENT_TYPE.as_str());
    let boundary = multipart::boundary(content_type, "multipart/form-data").ok_or_else(|| {
        StorageError::Invalid(format!(
            "a form must be multipart/form-data with a boundary, not '{content_type}'"
        ))
    })?;
    let mut parts = Multipart::new(body.into_data_stream(), boundary);
    let mut form = Form { fields: vec![("bucket".to_owned(), bucket)], file_name: String::new() };
    loop {
        let Some(part) = parts.next_part().await? else {
            return Err(StorageError::Invalid("a form must have a file".to_owned()).into());
        };
        let name = parameter(&part.content_disposition, "name").unwrap_or_default();
        if name.eq_ignore_ascii_case("file") {
            form.file_name = parameter(&part.content_disposition, "filename").unwrap_or_default();
            break;
        }
        let value = String::from_utf8(parts.document(FIELD_LIMIT_BYTES).await?);
        let value = value.map_err(|_| StorageError::Invalid(format!("{name} is not UTF-8")))?;
        form.fields.push((name.to_ascii_lowercase(), value));
        if form.fields.len() > FIELDS_LIMIT {
            let text = format!("a form can have at most {FIELDS_LIMIT} fields");
            return Err(StorageError::Invalid(text).into());
        }
    }
    let sizes = form.authorize(shell).await?;
    let list = [("acl", form.field("acl").unwrap_or_default())];
    acl::check(shell, form.bucket(), &list).await?;
    let request = write_request(form.target()?, &form.headers()?)?;
    let mut receiver = Receiver::new(shell, None, ());
    while let Some(piece) = parts.next_piece().await? {
        receiver.push(&piece).await?;
    }
    // Fields behind the file are ignored, as Google documents it.
    parts.drain().await;
    let written = receiver
        .finish(move |service, staged, ()| {
            if let Err(refused) = sizes.check(staged.size_bytes()) {
                return Ok(Err(refused));
            }
            service.write(&request, staged, OffsetDateTime::now_utc()).map(Ok)
        })
        .await?;
    form.answer(shell, &written?)
}

/// The fields of a form up to its file, with names in lower case.
struct Form {
    fields: Vec<(String, String)>,
    file_name: String,
}

impl Form {
    fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    fn bucket(&self) -> &str {
        self.field("bucket").unwrap_or_default()
    }

    /// Checks signature and policy, and returns the sizes that the content may have.
    async fn authorize(&self, shell: &Shell) -> Result<Sizes, XmlError> {
        // The bucket of the URL comes first, so a field cannot name another one.
        let buckets = self.fields.iter().filter(|(name, _)| name == "bucket");
        if buckets.map(|(_, bucket)| bucket).any(|bucket| bucket != self.bucket()) {
            return Err(StorageError::Invalid("bucket is not that of the URL".to_owned()).into());
        }
        let Some(policy) = self.field("policy") else { return Ok(Sizes::ANY) };
        let claim = FormClaim::of(|name| self.field(name))?;
        let (service, algorithm) = (std::sync::Arc::clone(&shell.service), claim.algorithm());
        let signer = claim.signer().to_owned();
        let key = blocking(move || Ok(key_of(&service, algorithm, &signer))).await?;
        let key = key.ok_or_else(|| SignatureError::NoKey(claim.signer().to_owned()))?;
        claim.verify(policy, &key)?;
        Ok(policy::check(policy, &self.fields, OffsetDateTime::now_utc())?)
    }

    fn target(&self) -> Result<ObjectReference, StorageError> {
        let key = self.field("key").filter(|key| !key.is_empty());
        let key =
            key.ok_or_else(|| StorageError::Invalid("the field key is missing".to_owned()))?;
        Ok(ObjectReference {
            bucket: self.bucket().to_owned(),
            object: key.replace(FILE_NAME, &self.file_name),
            generation: 0,
            preconditions: Preconditions::default(),
        })
    }

    /// The fields that describe the object, as the headers that they stand for.
    fn headers(&self) -> Result<HeaderMap, StorageError> {
        const DESCRIBING: [&str; 7] = [
            "content-type",
            "content-disposition",
            "content-encoding",
            "cache-control",
            "x-goog-storage-class",
            "x-goog-encryption-kms-key-name",
            CUSTOM_TIME,
        ];
        let mut headers = HeaderMap::new();
        for (name, value) in &self.fields {
            if DESCRIBING.contains(&name.as_str()) || name.starts_with("x-goog-meta-") {
                let malformed = || StorageError::Invalid(format!("the field {name} is malformed"));
                let header = HeaderName::try_from(name.as_str()).map_err(|_| malformed())?;
                let value = HeaderValue::from_str(value).map_err(|_| malformed())?;
                headers.insert(header, value);
            }
        }
        Ok(headers)
    }

    /// The answer that the form asks for.
    fn answer(&self, shell: &Shell, object: &ObjectRecord) -> Result<Response, XmlError> {
        let tag = format!("\"{}\"", object.content_tag());
        let (bucket, key) = (percent_encode(&object.bucket), percent_encode(&object.name));
        let location = format!("{}/{bucket}/{key}", shell.base);
        if let Some(redirect) = self.field("success_action_redirect") {
            let join = if redirect.contains('?') { '&' } else { '?' };
            let tag = percent_encode(&tag);
            let target = format!("{redirect}{join}bucket={bucket}&key={key}&etag={tag}");
            let malformed =
                || StorageError::Invalid("success_action_redirect is malformed".to_owned());
            let target = HeaderValue::from_str(&target).map_err(|_| malformed())?;
            return Ok((StatusCode::SEE_OTHER, [(header::LOCATION, target)]).into_response());
        }
        let headers = [(header::ETAG, tag.clone()), (header::LOCATION, location.clone())];
        Ok(match self.field("success_action_status") {
            Some("201") => {
                let mut document = Document::new("PostResponse");
                document.element("Location", &location);
                document.element("Bucket", &object.bucket);
                document.element("Key", &object.name);
                document.element("ETag", &tag);
                (headers, document.into_response(StatusCode::CREATED)).into_response()
            }
            Some("200") => (StatusCode::OK, headers).into_response(),
            // Every other value means the default.
            _ => (StatusCode::NO_CONTENT, headers).into_response(),
        })
    }
}

/// A parameter of `Content-Disposition: form-data; name="key"`.
fn parameter(disposition: &str, wanted: &str) -> Option<String> {
    let mut rest = disposition.split_once(';')?.1;
    loop {
        let (name, after) = rest.split_once('=')?;
        let (value, after) = match after.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"')?,
            None => after.split_at(after.find(';').unwrap_or(after.len())),
        };
        if name.trim_start_matches([';', ' ']).trim().eq_ignore_ascii_case(wanted) {
            return Some(value.trim().to_owned());
        }
        rest = after;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_of_a_disposition_are_read() {
        let disposition = "form-data; name=\"file\"; filename=\"a;b=c.txt\"";
        assert_eq!(parameter(disposition, "name").as_deref(), Some("file"));
        assert_eq!(parameter(disposition, "filename").as_deref(), Some("a;b=c.txt"));
        assert_eq!(parameter("form-data; name=key", "NAME").as_deref(), Some("key"));
        assert_eq!(parameter("form-data", "name"), None);
    }
}
