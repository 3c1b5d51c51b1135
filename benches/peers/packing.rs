//! Packing a directory, compared with `zip -r`, Python's zipfile, and archiver, the npm package that
//! firebase-tools packs functions with. Only ours produces the same bytes every time.

use std::fs;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use longshore_source_archive::{Limits, pack_directory};

use crate::{install, median};

const FILES: usize = 10_000;
const TOTAL_BYTES: usize = 100 * 1024 * 1024;
const ROUNDS: usize = 5;

const ZIPFILE: &str = "import os, sys, zipfile\n\
    with zipfile.ZipFile(sys.argv[2], 'w', zipfile.ZIP_DEFLATED) as z:\n\
    \x20   for folder, _, names in os.walk(sys.argv[1]):\n\
    \x20       for name in names:\n\
    \x20           path = os.path.join(folder, name)\n\
    \x20           z.write(path, os.path.relpath(path, sys.argv[1]))\n";

/// The calls of `prepareFunctionsUpload.ts` in firebase-tools, with the default level.
const ARCHIVER: &str = "const fs = require('fs'), path = require('path');\n\
    const archive = require('archiver')('zip');\n\
    archive.on('error', (error) => { throw error; });\n\
    archive.pipe(fs.createWriteStream(process.argv[2]));\n\
    const source = process.argv[1];\n\
    for (const entry of fs.readdirSync(source, {recursive: true, withFileTypes: true})) {\n\
    \x20   const file = path.join(entry.parentPath, entry.name);\n\
    \x20   if (!entry.isFile()) continue;\n\
    \x20   const mode = fs.statSync(file).mode;\n\
    \x20   archive.file(file, {name: path.relative(source, file), mode});\n\
    }\n\
    archive.finalize();\n";

const ARCHIVER_NAME: &str = "firebase's archiver";

pub(crate) fn compare() -> Result<String, String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let source = folder.path().join("source");
    make(&source).map_err(|error| error.to_string())?;
    let modules = install::node_modules("firebase");
    let mut sides: Vec<(&str, Vec<f64>, u64)> =
        ["longshore", "zip -r", "Python's zipfile", ARCHIVER_NAME]
            .map(|side| (side, vec![], 0))
            .to_vec();
    let mut digests = std::collections::BTreeSet::new();
    for _ in 0..ROUNDS {
        for (side, seconds, size) in &mut sides {
            let out = folder.path().join("out.zip");
            let _ = fs::remove_file(&out);
            let begun = Instant::now();
            let done = match *side {
                "longshore" => {
                    let packed = pack_directory(&source, &Limits::default())
                        .map_err(|error| error.to_string())?;
                    digests.insert(packed.sha256.clone());
                    *size = packed.size_bytes;
                    true
                }
                "zip -r" => ran(Command::new("zip")
                    .args(["-r", "-q"])
                    .arg(&out)
                    .arg(".")
                    .current_dir(&source)),
                ARCHIVER_NAME => modules.as_ref().is_some_and(|modules| {
                    let node = &mut Command::new("node");
                    node.env("NODE_PATH", modules).args(["-e", ARCHIVER]);
                    ran(node.arg(&source).arg(&out))
                }),
                _ => ran(Command::new("python3").args(["-c", ZIPFILE]).arg(&source).arg(&out)),
            };
            if done {
                seconds.push(begun.elapsed().as_secs_f64());
                *size = fs::metadata(&out).map_or(*size, |file| file.len());
            }
        }
    }
    let fastest = sides[1..]
        .iter()
        .filter(|(_, seconds, _)| !seconds.is_empty())
        .map(|(_, seconds, _)| median(seconds));
    let fastest = fastest.fold(f64::INFINITY, f64::min);
    let mut report = format!("{:<20} {:>12} {:>12}\n", "", "seconds", "MiB");
    for (side, seconds, size) in &sides {
        let line = match seconds.is_empty() {
            true => format!("{side:<20} skipped: not installed\n"),
            false => format!(
                "{side:<20} {:>12.2} {:>12.1}\n",
                median(seconds),
                *size as f64 / 1024.0 / 1024.0
            ),
        };
        report.push_str(&line);
    }
    let times = fastest / median(&sides[0].1);
    report.push_str(&format!(
        "{FILES} files of {} MiB; {times:.1} times as fast as the fastest other, ",
        TOTAL_BYTES / 1024 / 1024
    ));
    report.push_str(&format!(
        "{} digest(s) in {ROUNDS} rounds; median of {ROUNDS} rounds",
        digests.len()
    ));
    Ok(report)
}

fn ran(command: &mut Command) -> bool {
    command.stdin(Stdio::null()).status().is_ok_and(|status| status.success())
}

/// Writes text that compresses like source code: words from a small vocabulary in pseudo-random
/// order.
fn make(source: &Path) -> io::Result<()> {
    const WORDS: [&str; 16] = [
        "function", "return", "const", "import", "request", "response", "value", "name", "index",
        "error", "await", "class", "self", "result", "length", "module",
    ];
    let mut state = 88_172_645_463_325_252_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    for number in 0..FILES {
        let dir = source.join(format!("package-{}", number / 100));
        fs::create_dir_all(&dir)?;
        let mut text = String::with_capacity(TOTAL_BYTES / FILES);
        while text.len() < TOTAL_BYTES / FILES {
            let random = next();
            text.push_str(WORDS[(random % 16) as usize]);
            text.push_str([" ", "(", ").", " = ", ";\n", "_"][(random >> 8) as usize % 6]);
            if random >> 16 & 3 == 0 {
                text.push_str(&(random >> 40).to_string());
            }
        }
        fs::write(dir.join(format!("file-{number}.js")), text)?;
    }
    Ok(())
}
