//! Documents of the XML API, and the parts of documents that clients send.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};

/// The namespace of documents.
const NAMESPACE: &str = "http://doc.s3.amazonaws.com/2006-03-01";

/// The namespace of documents about multipart uploads, by which Google's library for Python finds
/// their elements.
const NAMESPACE_OF_UPLOADS: &str = "http://s3.amazonaws.com/doc/2006-03-01/";

/// A document that is written element by element.
pub(super) struct Document {
    root: &'static str,
    text: String,
}

impl Document {
    pub(super) fn new(root: &'static str) -> Self {
        Self::in_namespace(NAMESPACE, root)
    }

    /// A document about a multipart upload.
    pub(super) fn of_upload(root: &'static str) -> Self {
        Self::in_namespace(NAMESPACE_OF_UPLOADS, root)
    }

    fn in_namespace(namespace: &str, root: &'static str) -> Self {
        let text = format!("<?xml version='1.0' encoding='UTF-8'?><{root} xmlns='{namespace}'>");
        Self { root, text }
    }

    /// Adds an element with text.
    pub(super) fn element(&mut self, name: &str, text: &str) {
        self.text.push_str(&format!("<{name}>{}</{name}>", escape(text)));
    }

    /// Adds an element with elements in it.
    pub(super) fn within(&mut self, name: &str, inner: impl FnOnce(&mut Self)) {
        self.text.push_str(&format!("<{name}>"));
        inner(self);
        self.text.push_str(&format!("</{name}>"));
    }

    pub(super) fn into_response(self, status: StatusCode) -> Response {
        let text = format!("{}</{}>", self.text, self.root);
        (status, [(header::CONTENT_TYPE, "application/xml; charset=UTF-8")], text).into_response()
    }
}

/// Text in an element. Characters that XML does not have cannot be escaped.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('\r', "&#13;")
}

/// The texts between the tags of all elements with this name. Enough for the flat documents that
/// clients send; what is between other tags is not looked at.
pub(super) fn elements<'a>(document: &'a str, name: &str) -> Option<Vec<&'a str>> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let mut found = Vec::new();
    let mut rest = document;
    while let Some((_, after)) = rest.split_once(&open) {
        let (text, after) = after.split_once(&close)?;
        found.push(text.trim());
        rest = after;
    }
    Some(found)
}

pub(super) fn unescape(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#34;", "\"")
        .replace("&apos;", "'")
        .replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_found_by_name() {
        let document = "<A><P><N>1</N></P> <P>\n<N>2</N></P></A>";
        assert_eq!(elements(document, "P").unwrap(), ["<N>1</N>", "<N>2</N>"]);
        assert_eq!(elements(document, "X").unwrap(), Vec::<&str>::new());
        assert!(elements("<P>1", "P").is_none());
    }

    #[test]
    fn text_is_escaped() {
        assert_eq!(escape("a<b>&\r"), "a&lt;b&gt;&amp;&#13;");
        assert_eq!(unescape("&quot;a&amp;quot;&quot;"), "\"a&quot;\"");
    }
}
