//! The entry points of the fuzz targets, with their seeds and with mutations of them.
//!
//! A fuzzer searches better, but takes minutes and a build of its own. This takes seconds, is the
//! same in each run, and keeps what the fuzzer found: an input that broke a promise is added to the
//! seeds.

#![expect(clippy::print_stdout, reason = "prints the input that fails")]

#[expect(unreachable_pub, reason = "the same file is a library of its own")]
#[path = "../../../fuzz/src/lib.rs"]
mod entry_points;

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use super::random::Random;

/// Mutated inputs of each target: some seconds in all.
const MUTATIONS: usize = 1500;

/// Maximum size of an input. Larger ones test the limits of the listeners, which other tests do.
const INPUT_MAX_BYTES: usize = 64 * 1024;

/// Numbers and texts that parsers treat specially.
const TOKENS: [&[u8]; 16] = [
    b"\0",
    b"\xff\xff\xff\xff",
    b"\xff\xff\xff\xff\xff\xff\xff\xff\x7f",
    b"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01",
    b"../",
    b"%2e%2e%2f",
    b"%00",
    b"\r\n\r\n",
    b"-1",
    b"18446744073709551616",
    b"1e999",
    b"null",
    b"{\"a\":[",
    b"\xed\xa0\x80",
    b"\xe2\x80\xae",
    b"PK\x03\x04",
];

/// The seeds of a target, in the order of their names.
fn seeds(target: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds").join(target);
    let files = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let mut seeds: Vec<_> = files.map(|path| (path.clone(), fs::read(path).unwrap())).collect();
    seeds.sort();
    assert!(!seeds.is_empty(), "{} has no seeds", folder.display());
    seeds
}

/// Changes an input in one to four of the ways in which fuzzers do.
fn mutated(random: &mut Random, seeds: &[(PathBuf, Vec<u8>)]) -> Vec<u8> {
    let mut data = seeds[random.below(seeds.len())].1.clone();
    for _ in 0..=random.below(4) {
        let at = random.below(data.len() + 1);
        let end = at + random.below(data.len() - at + 1).min(64);
        match random.below(7) {
            0 if at < data.len() => data[at] ^= 1 << random.below(8),
            1 if at < data.len() => data[at] = random.byte(),
            2 => drop(data.drain(at..end)),
            3 => data.truncate(at),
            4 => {
                let token = TOKENS[random.below(TOKENS.len())];
                data.splice(at..end, token.iter().copied());
            }
            5 => {
                let again = data[at..end].repeat(1 + random.below(8));
                data.splice(at..at, again);
            }
            _ => {
                let other = &seeds[random.below(seeds.len())].1;
                let from = random.below(other.len() + 1);
                data.splice(at.., other[from..].iter().copied());
            }
        }
        data.truncate(INPUT_MAX_BYTES);
    }
    data
}

fn check(target: &str, name: &str, data: &[u8]) {
    let kept = catch_unwind(AssertUnwindSafe(|| entry_points::run(target, data)));
    if let Err(panic) = kept {
        println!(
            "{target}: {name} breaks a promise; add it to the seeds:\n{}",
            data.escape_ascii()
        );
        std::panic::resume_unwind(panic);
    }
}

fn withstands(target: &str) {
    let seeds = seeds(target);
    for (path, data) in &seeds {
        check(target, &path.display().to_string(), data);
    }
    let mut random = Random::new(target);
    for number in 0..MUTATIONS {
        check(target, &format!("mutation {number}"), &mutated(&mut random, &seeds));
    }
}

macro_rules! targets {
    ($($target:ident)*) => {
        $(
            #[test]
            fn $target() {
                withstands(stringify!($target));
            }
        )*

        #[test]
        fn every_target_is_tested() {
            let tested = [$(stringify!($target)),*];
            let targets = entry_points::TARGETS.map(|(name, _)| name);
            assert_eq!(tested[..], targets);
        }
    };
}

targets! { archive ignore_file manifest notification pubsub_grpc request rest stage_message }

#[test]
fn every_target_has_a_program() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
    let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
    for (target, _) in entry_points::TARGETS {
        let path = format!("fuzz_targets/{target}.rs");
        assert!(manifest.contains(&format!("path = \"{path}\"")), "{path}");
        let program = fs::read_to_string(folder.join(&path)).unwrap();
        assert!(program.contains(&format!("run(\"{target}\", data)")), "{path}");
    }
}
