//! Classes of a Java or Kotlin function.

use super::found::{Found, Kind};
use super::text::{after_each, identifier, line_of, without_comments};

/// The interfaces of the Functions Framework.
const INTERFACES: [&str; 6] = [
    "HttpFunction",
    "CloudEventsFunction",
    "ExperimentalCloudEventsFunction",
    "BackgroundFunction",
    "RawBackgroundFunction",
    "TypedFunction",
];

/// Their package.
const PACKAGE: &str = "com.google.cloud.functions";

pub(super) fn is_source(name: &str) -> bool {
    name.ends_with(".java") || name.ends_with(".kt")
}

/// Classes that implement an interface of the framework, by their full names.
pub(super) fn declarations(text: &str) -> Vec<Found> {
    let text = &without_comments(text);
    let package = after_each(text, "package").next().and_then(|at| text.get(at..));
    let package =
        package.and_then(|rest| rest.split([';', '\n']).next()).unwrap_or_default().trim();
    let mut found = Vec::new();
    for at in after_each(text, "class") {
        let rest = text.get(at..).unwrap_or_default();
        let head = rest.split('{').next().unwrap_or_default();
        let name = identifier(head.trim_start());
        let is_function = INTERFACES.into_iter().any(|interface| {
            let full = format!("{PACKAGE}.{interface}");
            [interface, full.as_str()]
                .into_iter()
                .any(|name| after_each(head, name).next().is_some())
        });
        let line = text.get(..at).and_then(|before| before.rsplit('\n').next());
        let is_abstract = line.is_some_and(|line| line.contains("abstract "));
        if name.is_empty() || !is_function || is_abstract {
            continue;
        }
        let full = if package.is_empty() { name.to_owned() } else { format!("{package}.{name}") };
        found.push((full, Kind::Defined, line_of(text, at)));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_that_implement_the_framework_are_candidates() {
        for (text, expected) in [
            (
                "package com.example;\n\npublic class Hello implements HttpFunction {}",
                &["com.example.Hello"][..],
            ),
            ("public class Hello\n    implements Serializable, CloudEventsFunction {", &["Hello"]),
            ("package a\n\nclass Hello : HttpFunction {", &["a.Hello"]),
            ("class Hello implements BackgroundFunction<Message> {", &["Hello"]),
            ("public abstract class Base implements HttpFunction {", &[]),
            ("class Helper {} // class X implements HttpFunction {", &[]),
            ("class Other implements MyHttpFunction {", &[]),
            ("class Hello implements com.google.cloud.functions.HttpFunction {", &["Hello"]),
            ("class Hello implements com.example.HttpFunction {", &[]),
        ] {
            let found: Vec<_> = declarations(text).into_iter().map(|(name, _, _)| name).collect();
            assert_eq!(found, expected, "{text}");
        }
    }
}
