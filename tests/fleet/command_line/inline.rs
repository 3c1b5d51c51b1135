//! Functions whose source is an archive in the manifest, and fails.

use std::io::Write as _;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;

/// Writes a `longshore.yaml` with this archive as its source.
pub(super) fn inline(directory: &Path, name: &str, archive: &[u8]) {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut encoded = String::new();
    for three in archive.chunks(3) {
        let bits = (0..3)
            .fold(0_usize, |bits, at| bits << 8 | usize::from(three.get(at).copied().unwrap_or(0)));
        for place in 0..4 {
            let digit = char::from(alphabet[bits >> (18 - 6 * place) & 63]);
            encoded.push(if place <= three.len() { digit } else { '=' });
        }
    }
    let manifest =
        format!("name: {name}\nentryPoint: hello\nsource:\n  inline: {{archive: \"{encoded}\"}}\n");
    std::fs::write(directory.join("longshore.yaml"), manifest).unwrap();
}

/// A tar.gz file with these files. A source without a valid `main.py` fails in the build, so its
/// deployment is admitted.
pub(super) fn files(files: &[(&str, &str)]) -> Vec<u8> {
    let gzip = GzEncoder::new(Vec::new(), Compression::default());
    let mut archive = tar::Builder::new(gzip);
    for (path, content) in files {
        let mut header = tar::Header::new_ustar();
        header.set_mode(0o644);
        header.set_size(content.len() as u64);
        archive.append_data(&mut header, path, content.as_bytes()).unwrap();
    }
    archive.into_inner().unwrap().finish().unwrap()
}

/// A tar.gz file that is rejected before the deployment is admitted: it has one entry, whose size is this text of up to twelve bytes instead of a number.
pub(super) fn numbered(size: &str) -> Vec<u8> {
    let mut header = tar::Header::new_ustar();
    header.set_path("main.py").unwrap();
    header.set_mode(0o644);
    let field = &mut header.as_old_mut().size;
    field.fill(0);
    let len = size.len().min(field.len());
    field[..len].copy_from_slice(&size.as_bytes()[..len]);
    header.set_cksum();
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(header.as_bytes()).unwrap();
    gzip.write_all(&[0; 1024]).unwrap();
    gzip.finish().unwrap()
}
