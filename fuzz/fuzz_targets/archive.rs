//! A source archive of any format is repacked or rejected within the limits, and a repacked archive
//! is repacked to itself.
#![no_main]

use libfuzzer_sys::fuzz_target;
use longshore_source_archive::{Limits, repack};

fuzz_target!(|data: &[u8]| {
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    std::fs::write(file.path(), data).expect("a temporary file takes bytes");
    let limits = Limits {
        compressed_bytes: 1 << 20,
        uncompressed_bytes: 1 << 20,
        entries: 1000,
        ..Limits::default()
    };
    if let Ok(packed) = repack(file.path(), "", &limits) {
        let again = repack(packed.file.path(), "", &Limits::default())
            .expect("a canonical archive is an archive");
        assert_eq!(again.sha256, packed.sha256);
    }
});
