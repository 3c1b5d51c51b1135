//! Trace context in message attributes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::rules;

const TRACEPARENT: &str = "traceparent";
const TRACESTATE: &str = "tracestate";
/// Prefix of the names that Google's Pub/Sub clients read and write.
const GOOGLE_PREFIX: &str = "googclient_";

/// Maximum length of a `tracestate` that is passed on, in bytes. W3C requires at least 512; an
/// attribute's value may have 1024.
const TRACESTATE_BYTES_MAX: usize = 512;

/// The W3C trace context of a message: the sender's position in its trace.
/// <https://www.w3.org/TR/trace-context/>
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TraceContext {
    /// `VERSION-TRACE-PARENT-FLAGS`, all hexadecimal.
    pub traceparent: Option<String>,
    /// Vendor-specific entries. Meaningless without `traceparent`.
    pub tracestate: Option<String>,
}

impl TraceContext {
    /// Reads the context of a message. A malformed context is ignored, as W3C requires: the message
    /// is handled in a new trace. The plain names take precedence over Google's.
    pub fn from_attributes(attributes: &BTreeMap<String, String>) -> Self {
        for prefix in ["", GOOGLE_PREFIX] {
            let read = |name: &str| attributes.get(&format!("{prefix}{name}"));
            if let Some(traceparent) = read(TRACEPARENT).filter(|value| is_traceparent(value)) {
                let tracestate = read(TRACESTATE).filter(|value| is_tracestate(value));
                return Self {
                    traceparent: Some(traceparent.clone()),
                    tracestate: tracestate.cloned(),
                };
            }
        }
        Self::default()
    }

    /// Writes the context under the plain names and under those of Google's clients. Omits missing
    /// or malformed values.
    pub fn write_to(&self, attributes: &mut BTreeMap<String, String>) {
        let Some(traceparent) = self.traceparent.as_ref().filter(|value| is_traceparent(value))
        else {
            return;
        };
        for prefix in ["", GOOGLE_PREFIX] {
            attributes.insert(format!("{prefix}{TRACEPARENT}"), traceparent.clone());
            if let Some(tracestate) = self.tracestate.as_ref().filter(|value| is_tracestate(value))
            {
                attributes.insert(format!("{prefix}{TRACESTATE}"), tracestate.clone());
            }
        }
    }

    /// The trace id, 32 hexadecimal characters.
    pub fn trace_id(&self) -> Option<&str> {
        self.traceparent
            .as_deref()
            .filter(|value| is_traceparent(value))
            .and_then(|value| value.get(3..35))
    }
}

/// Later versions may append fields after a hyphen; the four fields of version 00 remain.
fn is_traceparent(value: &str) -> bool {
    let fields: Vec<&str> = value.split('-').collect();
    let [version, trace, parent, flags, rest @ ..] = &fields[..] else {
        return false;
    };
    let nonzero = |field: &str| field.bytes().any(|byte| byte != b'0');
    rules::is_lower_hex(version, 2)
        && *version != "ff"
        && (*version != "00" || rest.is_empty())
        && rules::is_lower_hex(trace, 32)
        && nonzero(trace)
        && rules::is_lower_hex(parent, 16)
        && nonzero(parent)
        && rules::is_lower_hex(flags, 2)
}

fn is_tracestate(value: &str) -> bool {
    !value.trim().is_empty()
        && value.len() <= TRACESTATE_BYTES_MAX
        && value.bytes().all(|byte| (0x20..0x7f).contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
    const GOOD: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    fn attributes(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_well_formed_traceparent_is_accepted() {
        let zeros = "0".repeat(32);
        let cases = [
            (GOOD.to_owned(), true),
            (format!("00-{TRACE}-00f067aa0ba902b7-00"), true),
            (format!("cc-{TRACE}-00f067aa0ba902b7-01-more"), true),
            (format!("00-{TRACE}-00f067aa0ba902b7-01-more"), false),
            (format!("ff-{TRACE}-00f067aa0ba902b7-01"), false),
            (format!("00-{zeros}-00f067aa0ba902b7-01"), false),
            (format!("00-{TRACE}-0000000000000000-01"), false),
            (GOOD.to_uppercase(), false),
            (format!("{GOOD} "), false),
            (format!("00-{TRACE}-00f067aa0ba902b7"), false),
            (format!("00-{TRACE}-ü0f067aa0ba902b-01"), false),
            ("---".to_owned(), false),
            (String::new(), false),
        ];
        for (value, taken) in cases {
            let context = TraceContext::from_attributes(&attributes(&[("traceparent", &value)]));
            assert_eq!(context.traceparent, taken.then_some(value.clone()), "{value:?}");
            assert_eq!(context.trace_id(), taken.then_some(TRACE), "{value:?}");
        }
    }

    #[test]
    fn googles_names_are_read_if_the_plain_ones_are_missing_or_malformed() {
        let google = format!("00-{TRACE}-1111111111111111-01");
        let both = attributes(&[("traceparent", GOOD), ("googclient_traceparent", &google)]);
        assert_eq!(TraceContext::from_attributes(&both).traceparent.as_deref(), Some(GOOD));
        let malformed = attributes(&[
            ("traceparent", "x"),
            ("googclient_traceparent", &google),
            ("googclient_tracestate", "a=1"),
        ]);
        let context = TraceContext::from_attributes(&malformed);
        assert_eq!(
            (context.traceparent, context.tracestate),
            (Some(google), Some("a=1".to_owned()))
        );
    }

    #[test]
    fn a_context_is_written_under_both_names_and_without_an_empty_state() {
        let mut written = BTreeMap::new();
        let context =
            TraceContext { traceparent: Some(GOOD.to_owned()), tracestate: Some(String::new()) };
        context.write_to(&mut written);
        assert_eq!(written, attributes(&[("traceparent", GOOD), ("googclient_traceparent", GOOD)]));

        let context = TraceContext { tracestate: Some("vendor=1".to_owned()), ..context };
        context.write_to(&mut written);
        assert_eq!(TraceContext::from_attributes(&written), context);

        let mut written = BTreeMap::new();
        TraceContext { traceparent: None, tracestate: Some("vendor=1".to_owned()) }
            .write_to(&mut written);
        assert_eq!(written, BTreeMap::new());
    }
}
