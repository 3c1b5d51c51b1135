//! Functions of a Go package.

mod signature;

use super::found::{Found, Kind};
use super::text::{Language, after_each, code, identifier, line_of, literal, without_comments};
use signature::is_called;

/// The framework's functions that register one.
const REGISTERING: [&str; 3] = ["HTTP", "CloudEvent", "Typed"];

const PACKAGE: &str = "\"github.com/GoogleCloudPlatform/functions-framework-go/functions\"";

const NOT_EXPORTED: &str = "which is not exported: its name must begin with a capital letter";

/// The build can call it, but few variables are meant to be functions of the cloud.
const VARIABLE: &str =
    "which is a variable: declare it as a function, or name it with --entry-point";

pub(super) fn is_source(name: &str) -> bool {
    name.ends_with(".go") && !name.ends_with("_test.go")
}

/// Functions that are registered, or exported with a signature that the framework calls, and those
/// that would be if they were written differently.
pub(super) fn declarations(text: &str) -> Vec<Found> {
    let (code, text) = (&code(text, Language::Go), &without_comments(text));
    let mut found = registrations(text, code);
    for start in top_level(code, "func ") {
        let rest = code.get(start + "func ".len()..).unwrap_or_default();
        let name = identifier(rest);
        // Methods have none.
        if name.is_empty() {
            continue;
        }
        let is_called = is_called(rest.get(name.len()..).unwrap_or_default());
        let kind = match (is_exported(name), is_called) {
            (true, true) => Kind::Defined,
            (true, false) => Kind::Other,
            (false, true) => Kind::NotCallable(NOT_EXPORTED),
            (false, false) => continue,
        };
        found.push((name.to_owned(), kind, line_of(code, start)));
    }
    for start in top_level(code, "var ") {
        let rest = code.get(start + "var ".len()..).unwrap_or_default();
        let name = identifier(rest);
        let value = rest.get(name.len()..).and_then(|rest| rest.trim_start().strip_prefix('='));
        let signature = value.and_then(|value| value.trim_start().strip_prefix("func"));
        if signature.is_some_and(is_called) {
            let reason = if is_exported(name) { VARIABLE } else { NOT_EXPORTED };
            found.push((name.to_owned(), Kind::NotCallable(reason), line_of(code, start)));
        }
    }
    found
}

/// The functions that the framework's calls register. `code`: the text without its strings.
fn registrations(text: &str, code: &str) -> Vec<Found> {
    let mut found = Vec::new();
    let package = package(text);
    for function in REGISTERING {
        let call = match package {
            // Its names are those of the file.
            "." => format!("{function}("),
            _ => format!("{package}.{function}("),
        };
        for at in after_each(code, &call) {
            match text.get(at..).and_then(literal) {
                Some("") => {}
                Some(name) => found.push((name.to_owned(), Kind::Registered, line_of(text, at))),
                None => found.push((String::new(), Kind::Unnamed, line_of(text, at))),
            }
        }
    }
    found
}

/// The positions of declarations that begin with a keyword. gofmt does not indent them.
fn top_level<'a>(code: &'a str, keyword: &'a str) -> impl Iterator<Item = usize> + 'a {
    let all = code.match_indices(keyword).map(|(start, _)| start);
    all.filter(|start| code.get(..*start).is_some_and(|it| it.is_empty() || it.ends_with('\n')))
}

fn is_exported(name: &str) -> bool {
    name.starts_with(char::is_uppercase)
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

    #[test]
    fn helpers_that_write_responses_are_no_candidates() {
        let text = "package p\n\n\
            func WriteErr(w http.ResponseWriter, status int, text string) {\n}\n\n\
            func Logged(next func(http.ResponseWriter, *http.Request)) http.HandlerFunc {\n}\n\n\
            func Hello(\n\tw http.ResponseWriter,\n\tr *http.Request,\n) {\n}\n";
        let expected =
            [("WriteErr", Kind::Other, 3), ("Logged", Kind::Other, 6), ("Hello", Kind::Defined, 9)];
        assert_eq!(
            declarations(text),
            expected.map(|(name, kind, at)| (name.to_owned(), kind, at))
        );
    }

    #[test]
    fn functions_that_cannot_be_called_are_found_with_the_reason() {
        for (text, expected) in [
            (
                "func hello(w http.ResponseWriter, r *http.Request) {}",
                ("hello", Kind::NotCallable(NOT_EXPORTED), 2),
            ),
            (
                "\nfunc on(ctx context.Context, e event.Event) error {",
                ("on", Kind::NotCallable(NOT_EXPORTED), 3),
            ),
            (
                "var Hello = func(w http.ResponseWriter, r *http.Request) {}",
                ("Hello", Kind::NotCallable(VARIABLE), 2),
            ),
            (
                "var hello = func(w http.ResponseWriter, r *http.Request) {}",
                ("hello", Kind::NotCallable(NOT_EXPORTED), 2),
            ),
            ("func init() {\n\tfunctions.HTTP(name, hello)\n}", ("", Kind::Unnamed, 3)),
            (
                "func init() {\n\tfunctions.CloudEvent(os.Getenv(\"A\"), f)\n}",
                ("", Kind::Unnamed, 3),
            ),
        ] {
            let (name, kind, line) = expected;
            let found = declarations(&format!("package p\n{text}"));
            assert_eq!(found, [(name.to_owned(), kind, line)], "{text}");
        }
        for text in [
            "func hello(w http.ResponseWriter, status int) {}",
            "func main() {}",
            "var Client = http.DefaultClient",
            "var Hello = wrap(func(w http.ResponseWriter, r *http.Request) {})",
            "const usage = `\nfunc Hello(w http.ResponseWriter, r *http.Request) {}\n`",
            "const usage = \"call functions.HTTP(name, f)\"",
            "var a = `\\`\nvar b = `\nfunc Hello(w http.ResponseWriter, r *http.Request) {\n`",
        ] {
            assert_eq!(declarations(&format!("package p\n{text}")), [], "{text}");
        }
    }
}
