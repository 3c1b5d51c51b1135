//! The layer of the interpreter: a virtual environment whose Python is that of this machine. It
//! hides the packages that are installed there, as Google's runtime has only pip, setuptools and
//! wheel.
//!
//! On Google, packages are in the user's site directory (`pip install --user`), where Python reads
//! `.pth` files. Here each layer of packages is such a directory: the environment adds them by
//! their paths relative to its own, so the image also runs where it is unpacked.

use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use super::interpreter::Interpreter;
use super::seed::Seed;
use crate::buildpack::contract::{BuildError, Tools};
use crate::image::{Layer, pack};

/// Directory in the image, without the leading slash.
const PREFIX: &str = "layers/google.python.runtime/python";

/// The interpreter in the image.
pub(super) const PYTHON: &str = "/layers/google.python.runtime/python/bin/python3";

/// The directory of the programs.
pub(super) const BIN: &str = "/layers/google.python.runtime/python/bin";

/// The module that adds the layers of packages, and the file by which Python imports it at every
/// start.
const SITES: (&str, &str) = ("_longshore_sites.py", include_str!("sites.py"));
const HOOK: (&str, &str) = ("longshore.pth", "import _longshore_sites\n");

/// Writes the environment below a directory that corresponds to the root of the image, and returns
/// the path of its Python.
///
/// # Errors
/// [`BuildError::Host`] if a file cannot be written.
pub(super) fn write(
    interpreter: &Interpreter,
    seed: Seed,
    root: &Path,
) -> Result<PathBuf, BuildError> {
    let directory = root.join(PREFIX);
    write_to(interpreter, seed, &directory)
        .map_err(BuildError::host("write the environment of Python"))?;
    Ok(directory.join("bin/python3"))
}

/// Packs the environment.
///
/// # Errors
/// As [`write()`].
pub(super) fn layer(
    interpreter: &Interpreter,
    seed: Seed,
    tools: &Tools,
) -> Result<Layer, BuildError> {
    let root = tools.inputs().join("runtime");
    write(interpreter, seed, &root)?;
    let file = tools.inputs().join("runtime.tar.gz");
    pack(&root.join(PREFIX), PREFIX, file, "google.python.runtime")
        .map_err(BuildError::host("pack the environment of Python"))
}

fn write_to(interpreter: &Interpreter, seed: Seed, directory: &Path) -> io::Result<()> {
    let Interpreter { base, version, packages, .. } = interpreter;
    let minor = version.rsplit_once('.').map_or(version.as_str(), |(minor, _)| minor);
    let (bin, own) = (directory.join("bin"), directory.join("packages"));
    let site = directory.join(format!("lib/python{minor}/site-packages"));
    for directory in [&bin, &own, &site] {
        std::fs::create_dir_all(directory)?;
    }
    symlink(base, bin.join("python3"))?;
    for name in ["python".to_owned(), format!("python{minor}")] {
        symlink("python3", bin.join(name))?;
    }
    let home = base.parent().unwrap_or(base).display();
    let config =
        format!("home = {home}\ninclude-system-site-packages = false\nversion = {version}\n");
    std::fs::write(directory.join("pyvenv.cfg"), config)?;
    for (name, text) in [SITES, HOOK] {
        std::fs::write(site.join(name), text)?;
    }
    let seeded: &[PathBuf] = if seed == Seed::Runtime { packages } else { &[] };
    for package in seeded {
        if let Some(name) = package.file_name() {
            symlink(package, own.join(name))?;
        }
    }
    Ok(())
}
