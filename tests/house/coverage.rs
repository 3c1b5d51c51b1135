//! `local-cloud/COVERAGE.md` matches the local cloud's own lists of methods.
//!
//! After a change, run `LONGSHORE_REGENERATE=1 cargo test --test house coverage`.
//! `tests/wire/coverage.rs` checks that the lists are true.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails like the test itself")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use longshore_local_cloud::methods;
use longshore_local_kit::coverage::{Method, Support};

const HEAD: &str = "# What the local cloud serves

Every method of the Google APIs that Longshore's local cloud speaks. Generated from the code's own lists (`methods.rs` of each service)
by `LONGSHORE_REGENERATE=1 cargo test --test house coverage`; a test calls every one of them. What is not served answers
`UNIMPLEMENTED` with its name.
";

#[test]
fn the_table_of_methods_matches_the_code() {
    let fresh = render(&methods());
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("local-cloud/COVERAGE.md");
    if std::env::var_os("LONGSHORE_REGENERATE").is_some() {
        fs::write(&file, &fresh).unwrap();
    }
    let committed = fs::read_to_string(&file).unwrap();
    assert!(
        committed == fresh,
        "COVERAGE.md is out of date. Run LONGSHORE_REGENERATE=1 cargo test --test house coverage"
    );
}

fn render(methods: &[&Method]) -> String {
    let mut services: BTreeMap<&str, Vec<&Method>> = BTreeMap::new();
    for method in methods {
        services.entry(method.service).or_default().push(method);
    }
    let mut text = HEAD.to_owned();
    text.push_str("\n| service | served | not served |\n|---|---|---|\n");
    for (service, methods) in &services {
        let served =
            methods.iter().filter(|method| matches!(method.support, Support::Served(_))).count();
        writeln!(text, "| {service} | {served} | {} |", methods.len() - served).unwrap();
    }
    for (service, methods) in &services {
        writeln!(text, "\n## {service}\n\n| method | REST | gRPC | |\n|---|---|---|---|").unwrap();
        for method in methods {
            let grpc = if method.grpc.is_empty() { "" } else { "yes" };
            let rest =
                if method.rest.is_empty() { String::new() } else { format!("`{}`", method.rest) };
            let support = match method.support {
                Support::Served("") => "served".to_owned(),
                Support::Served(limits) => format!("served: {limits}"),
                Support::Unimplemented("") => "UNIMPLEMENTED".to_owned(),
                Support::Unimplemented(why) => format!("UNIMPLEMENTED: {why}"),
            };
            writeln!(text, "| `{}` | {rest} | {grpc} | {support} |", method.name).unwrap();
        }
    }
    text
}
