//! What is sent to a function: the body of a POST request, and its headers.

/// The body of a POST request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Body {
    pub(crate) content: Vec<u8>,
    pub(crate) content_type: String,
    /// Headers besides the content type.
    pub(crate) headers: Vec<(String, String)>,
}

impl Body {
    pub(crate) fn json(content: &serde_json::Value) -> Self {
        let content_type = "application/json".to_owned();
        Self { content: content.to_string().into(), content_type, headers: Vec::new() }
    }
}
