//! `local-cloud/COVERAGE.md` matches the local cloud's own lists of methods.
//!
//! After a change, run `LONGSHORE_REGENERATE=1 cargo test --test house coverage`.
//! `tests/wire/coverage.rs` checks that the lists are true.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails like the test itself")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use longshore_local_cloud::{grpc_path, methods};
use longshore_local_kit::coverage::{Method, Support};

const HEAD: &str = "# What the local cloud serves

Every method of the Google APIs that Longshore's local cloud speaks. Generated from the code's own lists (`methods.rs` of each service)
by `LONGSHORE_REGENERATE=1 cargo test --test house coverage`; a test calls every one of them. What is not served answers
`UNIMPLEMENTED` with its name. In the column for gRPC, `yes` stands for a method of the same name.

The cases are those of `tests/wire/conformance/`, which are generated from Google's discovery documents and protos: for each field and
parameter of each served method, valid and invalid values. Those that a gRPC message can express are called over both transports, which
must respond alike. What differs from Google there, on purpose or not yet done, is listed with reasons in `tests/wire/conformance/known/`.
";

/// What is served over REST only, because Google has no gRPC for it: an API, and what its paths begin
/// with.
const REST_ONLY: [(&str, &str); 9] = [
    // gRPC is `google.storage.v2`, which is another API with another list.
    ("Cloud Storage", "/storage/"),
    ("Cloud Storage", "/upload/"),
    // Version 1, which is Knative's.
    ("Cloud Run", "/apis/"),
    ("Cloud Run", "/v1/"),
    ("Resource Manager", "/v1/"),
    ("Firebase Management", "/"),
    ("Firebase Extensions", "/"),
    ("Runtime Configurator", "/"),
    ("OCI distribution", "/"),
];

/// Methods of discovery documents that the protos do not have.
const NOT_IN_PROTOS: [&str; 1] = ["cloudfunctions.projects.locations.functions.detachFunction"];

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

/// A method is served over both transports or over neither, except where Google has only one.
#[test]
fn no_served_method_is_missing_in_a_transport() {
    let mut missing = Vec::new();
    let mut excused = BTreeSet::new();
    for method in methods() {
        let is_served = matches!(method.support, Support::Served(_));
        if !is_served || grpc_path(method).is_some() || NOT_IN_PROTOS.contains(&method.name) {
            continue;
        }
        let path = method.rest.split_once(' ').map_or("", |(_, path)| path);
        let excuse = REST_ONLY
            .iter()
            .find(|(service, prefix)| method.service == *service && path.starts_with(prefix));
        match excuse {
            Some(excuse) => drop(excused.insert(excuse)),
            None => missing.push((method.name, method.rest)),
        }
    }
    assert!(missing.is_empty(), "served over REST, and not over gRPC: {missing:#?}");
    assert_eq!(excused.len(), REST_ONLY.len(), "some entries of REST_ONLY excuse no method");
}

/// The number of cases of each service over REST and over gRPC, as `tests/wire/conformance/` has
/// counted them in files for its versions.
fn cases() -> BTreeMap<String, [usize; 2]> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/wire/conformance/counts");
    let mut counts = BTreeMap::new();
    for file in fs::read_dir(folder).unwrap() {
        let text = fs::read_to_string(file.unwrap().path()).unwrap();
        let parts: Vec<&str> = text.trim().split(" | ").collect();
        let [service, _methods, rest, grpc] = parts[..] else { panic!("{text}") };
        let of_service: &mut [usize; 2] = counts.entry(service.to_owned()).or_default();
        of_service[0] += rest.parse::<usize>().unwrap();
        of_service[1] += grpc.parse::<usize>().unwrap();
    }
    counts
}

fn render(methods: &[&Method]) -> String {
    let mut services: BTreeMap<&str, Vec<&Method>> = BTreeMap::new();
    for method in methods {
        services.entry(method.service).or_default().push(method);
    }
    let cases = cases();
    let mut text = HEAD.to_owned();
    text.push_str("\n| service | served | not served | cases over REST | cases over gRPC |\n");
    text.push_str("|---|---|---|---|---|\n");
    for (service, methods) in &services {
        let served =
            methods.iter().filter(|method| matches!(method.support, Support::Served(_))).count();
        let missing = methods.len() - served;
        let number = |count: usize| if count == 0 { String::new() } else { count.to_string() };
        let [rest, grpc] = cases.get(*service).copied().unwrap_or_default().map(number);
        writeln!(text, "| {service} | {served} | {missing} | {rest} | {grpc} |").unwrap();
    }
    for (service, methods) in &services {
        writeln!(text, "\n## {service}\n\n| method | REST | gRPC | |\n|---|---|---|---|").unwrap();
        for method in methods {
            let grpc = grpc_path(method).map_or_else(String::new, |path| grpc(method, &path));
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

fn grpc(method: &Method, path: &str) -> String {
    let name = path.trim_start_matches('/').replace('/', ".");
    if name == method.name { "yes".to_owned() } else { format!("`{name}`") }
}
