//! The trace that a command is a part of, by the variables `TRACEPARENT` and `TRACESTATE`, which
//! programs that run a command in a span set
//! (<https://opentelemetry.io/docs/specs/otel/context/env-carriers/>). Values that are no trace are
//! ignored, as W3C requires.

use std::collections::BTreeMap;

use longshore_messages::{DeploymentId, TraceContext};

/// The trace of the environment, or an empty one.
pub(crate) fn of_environment() -> TraceContext {
    of(|name| std::env::var(name).ok())
}

fn of(variable: impl Fn(&str) -> Option<String>) -> TraceContext {
    let names = [("traceparent", "TRACEPARENT"), ("tracestate", "TRACESTATE")];
    let found = names.into_iter().filter_map(|(attribute, name)| {
        Some((attribute.to_owned(), variable(name)?.trim().to_owned()))
    });
    TraceContext::from_attributes(&found.collect::<BTreeMap<_, _>>())
}

/// The trace of a call to a function: the caller's, or a new one, which its receivers keep.
pub(crate) fn of_call(caller: TraceContext) -> TraceContext {
    if caller.traceparent.is_some() {
        return caller;
    }
    let (trace, span) = (uuid::Uuid::new_v4().simple(), uuid::Uuid::new_v4().simple().to_string());
    TraceContext { traceparent: Some(format!("00-{trace}-{}-01", &span[..16])), tracestate: None }
}

/// The trace of a call that is a part of a deployment, below its first span, whose id is the beginning
/// of the deployment's.
pub(crate) fn of_deployment(deployment: DeploymentId, requester: &TraceContext) -> TraceContext {
    let id = deployment.to_string();
    let trace = requester.trace_id().unwrap_or(&id);
    let flags = requester.traceparent.as_deref().and_then(|parent| parent.get(53..55));
    let parent = format!("00-{trace}-{}-{}", &id[..16], flags.unwrap_or("01"));
    TraceContext { traceparent: Some(parent), tracestate: requester.tracestate.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00";

    fn environment(traceparent: &'static str) -> TraceContext {
        of(|name| match name {
            "TRACEPARENT" => Some(traceparent.to_owned()),
            "TRACESTATE" => Some("a=1".to_owned()),
            _ => None,
        })
    }

    #[test]
    fn the_trace_of_the_environment_is_continued_if_it_is_one() {
        let expected = TraceContext {
            traceparent: Some(PARENT.to_owned()),
            tracestate: Some("a=1".to_owned()),
        };
        assert_eq!(environment(PARENT), expected);
        assert_eq!(of_call(expected.clone()), expected);
        assert_eq!(environment("00-nonsense"), TraceContext::default());
    }

    #[test]
    fn a_call_without_a_trace_has_a_new_one() {
        let (one, other) = (of_call(TraceContext::default()), of_call(TraceContext::default()));
        assert!(one.trace_id().is_some() && one.trace_id() != other.trace_id());
        assert!(one.traceparent.unwrap().ends_with("-01"));
    }

    #[test]
    fn a_call_of_a_deployment_is_below_its_first_span() {
        let id = DeploymentId::of("ci", "1");
        let (text, none) = (id.to_string(), TraceContext::default());
        let own = of_deployment(id, &none);
        assert_eq!(own.traceparent, Some(format!("00-{text}-{}-01", &text[..16])));
        let of_requester = of_deployment(id, &environment(PARENT)).traceparent;
        let expected = format!("00-0af7651916cd43dd8448eb211c80319c-{}-00", &text[..16]);
        assert_eq!(of_requester, Some(expected));
    }
}
