//! Classes of a Java or Kotlin function.

mod types;

use super::found::{Found, Kind};
use super::text::{Language, after_each, code};
use types::{Type, types};

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

/// Classes that implement an interface of the framework, or extend one that does, by their full
/// names: for each of the texts.
pub(super) fn declarations(texts: &[String]) -> Vec<Vec<Found>> {
    let texts: Vec<String> = texts.iter().map(|text| code(text, Language::Java)).collect();
    let types: Vec<Vec<Type<'_>>> = texts.iter().map(|text| types(text)).collect();
    let mut bases: Vec<&str> = INTERFACES.to_vec();
    loop {
        let known = bases.len();
        for one in types.iter().flatten() {
            if !bases.contains(&one.name) && is_based_on(one, &bases) {
                bases.push(one.name);
            }
        }
        if bases.len() == known {
            break;
        }
    }
    let functions = |types: Vec<Type<'_>>| -> Vec<Found> {
        let own = types.into_iter().filter(|one| one.is_creatable && is_based_on(one, &bases));
        own.map(|one| (one.full_name, Kind::Defined, one.line)).collect()
    };
    types.into_iter().map(functions).collect()
}

/// Whether a type names one of these as its base. A name of another package than the framework's is
/// another one.
fn is_based_on(one: &Type<'_>, bases: &[&str]) -> bool {
    bases.iter().any(|base| {
        let full = format!("{PACKAGE}.{base}");
        [*base, full.as_str()].into_iter().any(|name| after_each(&one.bases, name).next().is_some())
    })
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

    /// The candidates of some texts.
    fn names(texts: &[&str]) -> Vec<String> {
        let texts: Vec<String> = texts.iter().map(|&text| text.to_owned()).collect();
        declarations(&texts).concat().into_iter().map(|(name, _, _)| name).collect()
    }

    #[test]
    fn a_nested_class_is_named_with_the_classes_that_enclose_it() {
        let nested = "package n;\npublic class Outer {\n  void f() {}\n  \
            public static class Inner implements HttpFunction {}\n}\n";
        assert_eq!(names(&[nested]), ["n.Outer.Inner"]);
        let private = "package n;\npublic class Hello implements HttpFunction {\n  \
            private static class Timer implements HttpFunction {}\n}\n";
        assert_eq!(names(&[private]), ["n.Hello"]);
    }

    #[test]
    fn a_class_is_abstract_if_the_word_is_on_another_line() {
        let text = "import a.B;\n\npublic abstract\nclass Base implements HttpFunction {}\n";
        assert_eq!(names(&[text, "class Hello extends Base {}"]), ["Hello"]);
    }

    #[test]
    fn arguments_of_types_are_no_bases() {
        for text in [
            "class Lazy implements Supplier<HttpFunction> {",
            "class Wrapper<T extends HttpFunction> {",
            "class Wrapper(val inner: HttpFunction) {",
            "record Pair(HttpFunction one, HttpFunction other) {",
        ] {
            assert_eq!(names(&[text]), [""; 0], "{text}");
        }
    }

    #[test]
    fn interfaces_and_records_declare_types() {
        let interface = "interface I extends HttpFunction {}";
        assert_eq!(names(&[interface]), [""; 0]);
        assert_eq!(names(&["public class Hi implements I {}", interface]), ["Hi"]);
        assert_eq!(names(&["record Hi() implements HttpFunction {}"]), ["Hi"]);
    }

    #[test]
    fn declarations_in_strings_are_no_candidates() {
        for text in [
            "class A { String s = \"\"\"\n  class Nope implements HttpFunction {\n  \"\"\"; }",
            "class A { String s = \"class Nope implements HttpFunction {\"; }",
        ] {
            assert_eq!(names(&[text]), [""; 0], "{text}");
        }
        let after = "class A { char c = '\"'; String s = \"\"\"\n{ \\\"\"\" {\"\"\"; }\n\
            class B implements HttpFunction {}";
        assert_eq!(names(&[after]), ["B"]);
    }

    #[test]
    fn private_properties_do_not_make_the_next_class_private() {
        let text = "package a\n\nprivate val log = logger(\"x\")\n\nclass Hello : HttpFunction {";
        assert_eq!(names(&[text]), ["a.Hello"]);
    }
}
