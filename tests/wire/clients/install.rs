//! Installs Google's client libraries, once for all tests and runs.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The path of a Python interpreter with Google's libraries. Prints the reason and returns `None`
/// if they cannot be installed.
pub(crate) fn python() -> Option<PathBuf> {
    let wanted = scripts("python").join("requirements.txt");
    let folder = installed("python", &wanted, |folder| {
        run(Command::new("python3").args(["-m", "venv"]).arg(folder))?;
        let pip = &mut Command::new(folder.join("bin/python"));
        run(pip
            .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"])
            .arg(&wanted))
    });
    Some(folder?.join("bin/python"))
}

/// The `node_modules` folder with Google's libraries, for `NODE_PATH`. Prints the reason and
/// returns `None` if they cannot be installed.
pub(crate) fn node() -> Option<PathBuf> {
    node_modules("node")
}

/// The `node_modules` folder with the packages of `tests/clients/NAME`. Prints the reason and returns
/// `None` if they cannot be installed.
pub(crate) fn node_modules(name: &str) -> Option<PathBuf> {
    let wanted = scripts(name).join("package.json");
    let folder = installed(name, &wanted, |folder| {
        fs::copy(&wanted, folder.join("package.json")).map_err(|error| error.to_string())?;
        run(Command::new("node").arg("--version"))?;
        let options = [
            "install",
            "--no-audit",
            "--no-fund",
            "--no-package-lock",
            "--ignore-scripts",
            "--loglevel=error",
        ];
        run(Command::new("npm").args(options).current_dir(folder))
    });
    Some(folder?.join("node_modules"))
}

/// A folder with the modules of `tests/clients/go`, in which a program in Go can be built. Prints the
/// reason and returns `None` if they cannot be downloaded.
pub(crate) fn go_modules() -> Option<PathBuf> {
    let wanted = scripts("go").join("go.mod");
    installed("go", &wanted, |folder| {
        for file in ["go.mod", "go.sum"] {
            let copied = fs::copy(scripts("go").join(file), folder.join(file));
            copied.map_err(|error| error.to_string())?;
        }
        run(Command::new("go").args(["mod", "download"]).current_dir(folder))
    })
}

/// The class path with Google's libraries. Prints the reason and returns `None` if they cannot be
/// installed, or there is no Java.
pub(crate) fn java() -> Option<String> {
    let wanted = scripts("java").join("pom.xml");
    let folder = installed("java", &wanted, |folder| {
        run(Command::new("java").arg("-version"))?;
        let list = folder.join("classpath");
        run(Command::new("mvn")
            .args(["--quiet", "--batch-mode", "--file"])
            .arg(&wanted)
            .arg("dependency:build-classpath")
            .arg(format!("-Dmdep.outputFile={}", list.display())))
    });
    fs::read_to_string(folder?.join("classpath")).ok()
}

/// The folder of a language's scripts, or of a tool's.
pub(crate) fn scripts(language: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients").join(language)
}

/// The folder that `install` fills with the libraries that the file `wanted` lists, now or in an
/// earlier run.
fn installed(
    language: &str,
    wanted: &Path,
    install: impl FnOnce(&Path) -> Result<(), String>,
) -> Option<PathBuf> {
    let shared = Path::new(env!("CARGO_TARGET_TMPDIR")).join("google-clients");
    let folder = shared.join(language);
    match once(&shared, &folder, wanted, install) {
        Ok(()) => Some(folder),
        Err(reason) => {
            println!("skipped: Google's {language} libraries cannot be installed: {reason}");
            None
        }
    }
}

/// Tests run in parallel, in threads and in processes. One installs, and the others wait for its
/// lock.
fn once(
    shared: &Path,
    folder: &Path,
    wanted: &Path,
    install: impl FnOnce(&Path) -> Result<(), String>,
) -> Result<(), String> {
    let text = |error: io::Error| error.to_string();
    fs::create_dir_all(shared).map_err(text)?;
    let lock = File::create(folder.with_extension("lock")).map_err(text)?;
    lock.lock().map_err(text)?;
    let wanted = fs::read(wanted).map_err(text)?;
    // Written last, so that an interrupted installation does not have it.
    let complete = folder.join("installed");
    if fs::read(&complete).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    match fs::remove_dir_all(folder) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(text(error)),
    }
    fs::create_dir_all(folder).map_err(text)?;
    install(folder)?;
    fs::write(complete, wanted).map_err(text)
}

fn run(command: &mut Command) -> Result<(), String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output =
        command.stdin(Stdio::null()).output().map_err(|error| format!("{program}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let complaint = String::from_utf8_lossy(&output.stderr);
    Err(format!(
        "{program}: {}: {}",
        output.status,
        complaint.trim_end().lines().last().unwrap_or_default()
    ))
}
