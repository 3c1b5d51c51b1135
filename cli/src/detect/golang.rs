//! Functions of a Go package.

use super::found::{Found, Kind};
use super::text::{identifier, line_of, registered, without_comments};

/// The framework's functions that register one.
const REGISTERING: [&str; 3] = ["HTTP", "CloudEvent", "Typed"];

const PACKAGE: &str = "\"github.com/GoogleCloudPlatform/functions-framework-go/functions\"";

pub(super) fn is_source(name: &str) -> bool {
    name.ends_with(".go") && !name.ends_with("_test.go")
}

/// Functions that are registered, or exported with a signature that the framework calls.
pub(super) fn declarations(text: &str) -> Vec<Found> {
    let text = &without_comments(text);
    let mut found = Vec::new();
    let package = package(text);
    for function in REGISTERING {
        let call = match package {
            // Its names are those of the file.
            "." => function.to_owned(),
            _ => format!("{package}.{function}"),
        };
        for (name, at) in registered(text, &call) {
            found.push((name.to_owned(), Kind::Registered, line_of(text, at)));
        }
    }
    for (start, _) in text.match_indices("func ") {
        let before = text.get(..start).unwrap_or_default();
        if !before.is_empty() && !before.ends_with('\n') {
            continue;
        }
        let rest = text.get(start + "func ".len()..).unwrap_or_default();
        let name = identifier(rest);
        let signature = rest.split('{').next().unwrap_or_default();
        let is_called = signature.contains("http.ResponseWriter") || takes_an_event(signature);
        if name.starts_with(char::is_uppercase) {
            let kind = if is_called { Kind::Defined } else { Kind::Other };
            found.push((name.to_owned(), kind, line_of(text, start)));
        }
    }
    found
}

/// Whether a signature is that of a function for events: a context and one more parameter, and an
/// error.
fn takes_an_event(signature: &str) -> bool {
    let Some((_, rest)) = signature.split_once('(') else { return false };
    let Some((parameters, result)) = rest.rsplit_once(')') else { return false };
    let parameters = parameters.trim().trim_end_matches(',');
    let commas = parameters.matches(',').count();
    commas == 1 && parameters.contains("context.Context") && result.trim() == "error"
}

/// The name by which the file imports the framework's package.
fn package(text: &str) -> &str {
    let line = text.lines().find(|line| line.contains(PACKAGE)).unwrap_or_default();
    let before = line.split('"').next().unwrap_or_default().trim();
    let alias = before.strip_prefix("import").unwrap_or(before).trim();
    if alias.is_empty() { "functions" } else { alias }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn registered_functions_and_those_with_a_known_signature_are_candidates() {
        let import = "github.com/GoogleCloudPlatform/functions-framework-go/functions";
        let dotted =
            format!("package p\nimport . \"{import}\"\nfunc init() {{ HTTP(\"Hello\", h) }}\n");
        let aliased = format!(
            "package p\nimport (\n\tff \"{import}\"\n)\nfunc init() {{\n\tff.HTTP(\"Hello\", h)\n}}\n"
        );
        for (text, expected) in [
            (
                "func init() {\n\tfunctions.HTTP(\n\t\t\"Hello\", hello)\n}\nfunc hello() {}",
                vec![("Hello", Kind::Registered)],
            ),
            (aliased.as_str(), vec![("Hello", Kind::Registered)]),
            (dotted.as_str(), vec![("Hello", Kind::Registered)]),
            (
                "func Hello(w http.ResponseWriter, r *http.Request) {",
                vec![("Hello", Kind::Defined)],
            ),
            (
                "package p\n\nfunc Hello(ctx context.Context,\n\te event.Event) error {",
                vec![("Hello", Kind::Defined)],
            ),
            ("package p\nfunc Helper(a int) {}", vec![("Helper", Kind::Other)]),
            (
                "func Hello(\n\tctx context.Context,\n\tm Message,\n) error {",
                vec![("Hello", Kind::Defined)],
            ),
            (
                "func Connect(ctx context.Context) (*sql.DB, error) {",
                vec![("Connect", Kind::Other)],
            ),
            (
                "func Load(ctx context.Context, name string) (*Settings, error) {",
                vec![("Load", Kind::Other)],
            ),
            ("package p\nfunc (s *S) Method(w http.ResponseWriter) {}", vec![]),
            ("// func Hello(w http.ResponseWriter) {", vec![]),
        ] {
            let found: Vec<_> =
                declarations(text).into_iter().map(|(name, kind, _)| (name, kind)).collect();
            let expected: Vec<_> =
                expected.into_iter().map(|(name, kind)| (name.to_owned(), kind)).collect();
            assert_eq!(found, expected, "{text}");
        }
    }
}
