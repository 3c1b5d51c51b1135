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

/// A class of a source.
#[derive(Debug)]
struct Class<'a> {
    /// Its full name.
    name: String,
    /// What follows its name: what it extends and implements.
    head: &'a str,
    is_abstract: bool,
    line: usize,
}

/// Classes that implement an interface of the framework, or extend one that does, by their full
/// names: for each of the texts.
pub(super) fn declarations(texts: &[String]) -> Vec<Vec<Found>> {
    let texts: Vec<String> = texts.iter().map(|text| without_comments(text)).collect();
    let classes: Vec<Vec<Class<'_>>> = texts.iter().map(|text| self::classes(text)).collect();
    let mut bases: Vec<&str> = INTERFACES.to_vec();
    loop {
        let known = bases.len();
        for class in classes.iter().flatten() {
            let name = class.name.rsplit('.').next().unwrap_or_default();
            if !bases.contains(&name) && class.is_based_on(&bases) {
                bases.push(name);
            }
        }
        if bases.len() == known {
            break;
        }
    }
    let functions = |classes: &Vec<Class<'_>>| -> Vec<Found> {
        let own = classes.iter().filter(|class| !class.is_abstract && class.is_based_on(&bases));
        own.map(|class| (class.name.clone(), Kind::Defined, class.line)).collect()
    };
    classes.iter().map(functions).collect()
}

impl Class<'_> {
    /// Whether it names one of these. A name of another package than the framework's is another
    /// one.
    fn is_based_on(&self, bases: &[&str]) -> bool {
        bases.iter().any(|base| {
            let full = format!("{PACKAGE}.{base}");
            [*base, full.as_str()]
                .into_iter()
                .any(|name| after_each(self.head, name).next().is_some())
        })
    }
}

fn classes(text: &str) -> Vec<Class<'_>> {
    let package = after_each(text, "package").next().and_then(|at| text.get(at..));
    let package =
        package.and_then(|rest| rest.split([';', '\n']).next()).unwrap_or_default().trim();
    let mut found = Vec::new();
    for at in after_each(text, "class") {
        let rest = text.get(at..).unwrap_or_default().trim_start();
        let name = identifier(rest);
        let head = rest.get(name.len()..).unwrap_or_default().split('{').next().unwrap_or_default();
        let line = text.get(..at).and_then(|before| before.rsplit('\n').next());
        let is_abstract = line.is_some_and(|line| line.contains("abstract "));
        if name.is_empty() {
            continue;
        }
        let name = if package.is_empty() { name.to_owned() } else { format!("{package}.{name}") };
        found.push(Class { name, head, is_abstract, line: line_of(text, at) });
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
            let found = declarations(&[text.to_owned()]).concat();
            let found: Vec<_> = found.into_iter().map(|(name, _, _)| name).collect();
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn a_class_may_extend_one_of_another_file_that_implements_the_framework() {
        let texts = [
            "package fn;\npublic class Hello extends Middle {}\n",
            "package fn;\nabstract class Base implements HttpFunction {}\n",
            "package fn;\nabstract class Middle extends Base {}\nclass Helper {}\n",
        ];
        let found = declarations(&texts.map(str::to_owned));
        assert_eq!(found, [vec![("fn.Hello".to_owned(), Kind::Defined, 2)], vec![], vec![]]);
    }
}
