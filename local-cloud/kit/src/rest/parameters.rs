//! System parameters: <https://cloud.google.com/apis/docs/system-parameters>.
//!
//! Every method has them, so they are read here and taken out of the query. `alt` stays, because
//! handlers of media and of enums read it. Credentials (`key`, `access_token`, `oauth_token`) have
//! no effect, like the header `Authorization`, and neither have `quotaUser` and `userProject`: the
//! local cloud knows one caller. `$unique` only makes a URL different from all others.

use axum::http::HeaderMap;
use serde_json::Value;

use super::fields::Fields;
use super::{RestError, percent_decode};

/// A field mask of the response, with dots between the parts of a path.
const FIELD_MASK: &str = "x-goog-fieldmask";

/// Parameters that have no effect.
const WITHOUT_EFFECT: [&str; 6] =
    ["key", "access_token", "oauth_token", "quotaUser", "userProject", "upload_protocol"];

/// Parameters of all of Google's APIs that are not served.
const UNSERVED: [&str; 2] = ["$httpHeaders", "$outputDefaults"];

/// What the system parameters of a request ask for.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct System {
    /// The fields of the response; `None`: all.
    pub(super) fields: Option<Fields>,
    /// Whether the response is indented. Google's are by default; ours are not, and no parser of
    /// JSON can tell.
    pub(super) is_pretty: bool,
    /// The other parameters, encoded as they were.
    pub(super) query: String,
}

impl System {
    /// Reads the query of a request. `has_media`: whether some method serves `alt=media`.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` for a malformed parameter, `UNIMPLEMENTED` for one that is not served.
    pub(super) fn of(query: &str, headers: &HeaderMap, has_media: bool) -> Result<Self, RestError> {
        let mut system = Self::default();
        let mut kept = Vec::new();
        if let Some(mask) = headers.get(FIELD_MASK).and_then(|mask| mask.to_str().ok()) {
            system.select(mask)?;
        }
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let decode = |text: &str| percent_decode(&text.replace('+', " "));
            let (Some(name), Some(value)) = (decode(name), decode(value)) else {
                kept.push(pair);
                continue;
            };
            if system.take(&name, &value, has_media)? == Taken::No {
                kept.push(pair);
            }
        }
        system.query = kept.join("&");
        Ok(system)
    }

    /// The text of a document of the response.
    pub(super) fn written(&self, mut document: Value) -> String {
        if let Some(fields) = &self.fields {
            fields.prune(&mut document);
        }
        if self.is_pretty { format!("{document:#}") } else { document.to_string() }
    }

    fn take(&mut self, name: &str, value: &str, has_media: bool) -> Result<Taken, RestError> {
        match name.strip_prefix('$').unwrap_or(name) {
            "alt" => format_of(value, has_media).map(|()| Taken::No),
            "fields" => self.select(value).map(|()| Taken::Yes),
            "prettyPrint" => {
                self.is_pretty = flag(name, value)?;
                Ok(Taken::Yes)
            }
            "callback" if !value.is_empty() => {
                Err(RestError::unimplemented("the parameter callback (JSONP)"))
            }
            // The format of errors: 2 is the one of all APIs that are not decades old.
            ".xgafv" if value == "1" => Err(RestError::unimplemented("the parameter $.xgafv=1")),
            "callback" | ".xgafv" => Ok(Taken::Yes),
            _ if UNSERVED.contains(&name) => {
                Err(RestError::unimplemented(format!("the parameter {name}")))
            }
            plain if name == "$unique" || WITHOUT_EFFECT.contains(&plain) => Ok(Taken::Yes),
            _ => Ok(Taken::No),
        }
    }

    fn select(&mut self, fields: &str) -> Result<(), RestError> {
        if fields.is_empty() {
            return Ok(());
        }
        let selected = Fields::parse(fields);
        let selected = selected.map_err(|error| RestError::invalid(error.to_string()))?;
        match &self.fields {
            Some(other) if *other != selected => {
                Err(RestError::invalid("the parameter fields is given more than once"))
            }
            _ => {
                self.fields = Some(selected);
                Ok(())
            }
        }
    }
}

/// Whether a parameter was one of the system's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Taken {
    Yes,
    No,
}

/// Checks the format of the response, such as `json;enum-encoding=int`.
fn format_of(value: &str, has_media: bool) -> Result<(), RestError> {
    let (format, options) = value.split_once(';').unwrap_or((value, ""));
    let options = options.split(';').map(str::trim).filter(|option| !option.is_empty());
    match format.trim().to_ascii_lowercase().as_str() {
        "" | "json" => {}
        "media" if has_media => {}
        other @ ("media" | "proto" | "sse") => {
            return Err(RestError::unimplemented(format!("the parameter alt={other}")));
        }
        other => {
            let text =
                format!("Invalid value \"{other}\" of the parameter alt: not json, media or proto");
            return Err(RestError::invalid(text));
        }
    }
    for option in options {
        if !matches!(option, "enum-encoding=int" | "enum-encoding=string") {
            return Err(RestError::unimplemented(format!("the parameter alt=json;{option}")));
        }
    }
    Ok(())
}

fn flag(name: &str, value: &str) -> Result<bool, RestError> {
    match value.to_ascii_lowercase().as_str() {
        "true" | "1" | "" => Ok(true),
        "false" | "0" => Ok(false),
        _ => Err(RestError::invalid(format!("Invalid value \"{value}\" of the parameter {name}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(query: &str) -> Result<System, RestError> {
        System::of(query, &HeaderMap::new(), false)
    }

    #[test]
    fn system_parameters_are_taken_out_of_the_query() {
        let query = "pageSize=2&fields=items(name)&%24prettyPrint=true&key=K&quotaUser=u&a=b%2Fc&\
                     access_token=T&$.xgafv=2&callback=&$unique=7";
        let system = of(query).unwrap();
        assert_eq!(system.query, "pageSize=2&a=b%2Fc");
        assert!(system.is_pretty);
        assert_eq!(system.fields, Fields::parse("items(name)").ok());
    }

    #[test]
    fn the_format_stays_for_the_handlers() {
        for query in
            ["alt=json", "$alt=json;enum-encoding=int", "%24alt=json%3Benum-encoding%3Dint"]
        {
            assert_eq!(of(query).unwrap().query, query);
        }
        assert!(System::of("alt=media", &HeaderMap::new(), true).is_ok());
    }

    #[test]
    fn what_is_not_served_is_refused_by_name() {
        let table = [
            ("alt=media", "UNIMPLEMENTED", "alt=media"),
            ("$alt=proto", "UNIMPLEMENTED", "alt=proto"),
            ("alt=json;enum-encoding=hex", "UNIMPLEMENTED", "enum-encoding=hex"),
            ("alt=xml", "INVALID_ARGUMENT", "xml"),
            ("callback=show", "UNIMPLEMENTED", "callback"),
            ("$.xgafv=1", "UNIMPLEMENTED", "xgafv"),
            ("$httpHeaders=a", "UNIMPLEMENTED", "$httpHeaders"),
            ("$outputDefaults=true", "UNIMPLEMENTED", "$outputDefaults"),
            ("prettyPrint=maybe", "INVALID_ARGUMENT", "prettyPrint"),
            ("fields=items(", "INVALID_ARGUMENT", "Invalid field selection items("),
            ("fields=a&fields=b", "INVALID_ARGUMENT", "fields is given more than once"),
        ];
        for (query, status, text) in table {
            let error = of(query).unwrap_err();
            assert_eq!(error.status(), status, "{query}");
            assert!(error.message().contains(text), "{query}: {error}");
        }
    }

    #[test]
    fn a_field_mask_may_be_in_a_header() {
        let headers =
            HeaderMap::from_iter([(FIELD_MASK.parse().unwrap(), "a.b,c".parse().unwrap())]);
        let system = System::of("", &headers, false).unwrap();
        assert_eq!(system.fields, Fields::parse("a/b,c").ok());
    }
}
