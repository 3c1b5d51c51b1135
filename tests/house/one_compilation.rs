//! Nothing that the programs are made of is compiled twice.
//!
//! Cargo compiles a dependency again when a command wants other features or another profile of it.
//! That is easy to cause with one line of a manifest, and costs minutes: a feature of `tokio-util`
//! recompiles all of Google's clients. Cargo's unit graph says what each command would compile.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails like the test itself")]

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::process::Command;

use serde_json::Value;

/// What a newcomer runs first: `cargo run`.
const RUN: &[&str] = &["build", "--package", "longshore", "--bin", "longshore"];

#[test]
fn cargo_test_reuses_what_cargo_run_has_compiled() {
    assert_reuses(RUN, &["test", "--no-run"]);
}

#[test]
fn cargo_test_reuses_what_cargo_build_has_compiled() {
    assert_reuses(&["build"], &["test", "--no-run"]);
}

#[test]
fn clippy_reuses_what_cargo_check_has_compiled() {
    assert_reuses(&["check"], &["clippy", "--all-targets"]);
}

#[test]
fn the_benchmarks_reuse_what_a_release_build_has_compiled() {
    assert_reuses(&["build", "--release"], &["bench", "--no-run"]);
}

#[track_caller]
fn assert_reuses(first: &[&str], second: &[&str]) {
    let first = Graph::of(first);
    let second = Graph::of(second);
    let compiled: BTreeSet<u64> = first.fingerprints.iter().copied().collect();
    let programs: BTreeMap<String, Value> =
        first.of_programs().map(|unit| (name(unit), shape(unit))).collect();
    let again: Vec<String> = second
        .of_programs()
        .zip(second.fingerprints_of_programs())
        .filter(|(unit, fingerprint)| is_external(unit) && !compiled.contains(fingerprint))
        .filter_map(|(unit, _)| {
            let before = programs.get(&name(unit))?;
            let own = if *before == shape(unit) { "because of a dependency" } else { "itself" };
            Some(format!("{} ({own})", name(unit)))
        })
        .collect();
    assert!(!programs.is_empty(), "the first command compiles nothing");
    assert!(again.is_empty(), "compiled twice, with other features or settings: {again:#?}");
}

/// What one command compiles.
struct Graph {
    units: Vec<Value>,
    /// For each unit, a hash of all that decides whether cargo can reuse it.
    fingerprints: Vec<u64>,
    /// The units that end up in a program or a test, not in a macro or a build script.
    in_programs: BTreeSet<usize>,
}

impl Graph {
    fn of(arguments: &[&str]) -> Self {
        let output = Command::new(env!("CARGO"))
            .args(arguments)
            .args(["--offline", "--unit-graph", "-Zunstable-options"])
            // The unit graph has no stable form. Only this test reads it, and it compiles nothing.
            .env("RUSTC_BOOTSTRAP", "1")
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let graph: Value = serde_json::from_slice(&output.stdout).unwrap();
        let units = graph["units"].as_array().unwrap().clone();

        let mut fingerprints = vec![None; units.len()];
        for index in 0..units.len() {
            fingerprint(&units, index, &mut fingerprints);
        }
        let mut in_programs = BTreeSet::new();
        let mut queue: Vec<usize> = graph["roots"].as_array().unwrap().iter().map(index).collect();
        while let Some(next) = queue.pop() {
            if is_for_the_host(&units[next]) || !in_programs.insert(next) {
                continue;
            }
            queue.extend(dependencies(&units[next]));
        }
        let fingerprints = fingerprints.into_iter().map(Option::unwrap).collect();
        Self { units, fingerprints, in_programs }
    }

    fn of_programs(&self) -> impl Iterator<Item = &Value> {
        self.in_programs.iter().map(|index| &self.units[*index])
    }

    fn fingerprints_of_programs(&self) -> impl Iterator<Item = u64> {
        self.in_programs.iter().map(|index| self.fingerprints[*index])
    }
}

fn fingerprint(units: &[Value], index: usize, known: &mut Vec<Option<u64>>) -> u64 {
    if let Some(known) = known[index] {
        return known;
    }
    let mut below: Vec<u64> =
        dependencies(&units[index]).map(|index| fingerprint(units, index, known)).collect();
    below.sort_unstable();
    let mut hasher = DefaultHasher::new();
    (name(&units[index]), shape(&units[index]).to_string(), below).hash(&mut hasher);
    known[index] = Some(hasher.finish());
    hasher.finish()
}

fn dependencies(unit: &Value) -> impl Iterator<Item = usize> {
    unit["dependencies"].as_array().unwrap().iter().map(|dependency| index(&dependency["index"]))
}

fn index(value: &Value) -> usize {
    usize::try_from(value.as_u64().unwrap()).unwrap()
}

/// Crate, target and mode, such as `registry+…#h2@0.4.20 h2 build`.
fn name(unit: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    format!("{} {} {}", text(&unit["pkg_id"]), text(&unit["target"]["name"]), text(&unit["mode"]))
}

/// Features and profile. The profile's name decides nothing: `bench` is `release` by another name.
fn shape(unit: &Value) -> Value {
    let mut profile = unit["profile"].clone();
    profile.as_object_mut().unwrap().remove("name");
    serde_json::json!({"features": unit["features"], "profile": profile})
}

fn is_external(unit: &Value) -> bool {
    unit["pkg_id"].as_str().unwrap().starts_with("registry+")
}

fn is_for_the_host(unit: &Value) -> bool {
    let kinds = unit["target"]["kind"].as_array().unwrap();
    kinds.iter().any(|kind| kind == "proc-macro" || kind == "custom-build")
}
