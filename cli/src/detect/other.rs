//! Functions in languages that the local cloud does not build.

use super::found::{Found, Kind};
use super::text::{identifier, literal};

pub(super) fn ruby(text: &str) -> Vec<Found> {
    registrations(text, &["FunctionsFramework.http ", "FunctionsFramework.cloud_event "])
}

pub(super) fn php(text: &str) -> Vec<Found> {
    let calls = ["FunctionsFramework::http(", "FunctionsFramework::cloudEvent("];
    let defined = text.lines().enumerate().filter_map(|(index, line)| {
        let name = identifier(line.strip_prefix("function ")?);
        Some((name.to_owned(), Kind::Defined, index + 1))
    });
    registrations(text, &calls).into_iter().chain(defined).collect()
}

fn registrations(text: &str, calls: &[&str]) -> Vec<Found> {
    let found = text.lines().enumerate().filter_map(|(index, line)| {
        let (_, rest) = calls.iter().find_map(|call| line.split_once(call))?;
        Some((literal(rest)?.to_owned(), Kind::Registered, index + 1))
    });
    found.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn registered_functions_are_found() {
        let names = |found: Vec<Found>| -> Vec<String> {
            found.into_iter().map(|(name, _, _)| name).collect()
        };
        assert_eq!(names(ruby("FunctionsFramework.http \"hello\" do |request|")), ["hello"]);
        let text = "FunctionsFramework::http('hi', 'f');\nfunction f($r)";
        assert_eq!(names(php(text)), ["hi", "f"]);
    }
}
