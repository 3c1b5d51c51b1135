//! `longshore.yaml` is read or rejected.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let _ = longshore_messages::read_manifest(text);
});
