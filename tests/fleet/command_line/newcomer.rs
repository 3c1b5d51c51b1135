//! A newcomer's first command, as a normal user and as root, with bubblewrap and without: the
//! function answers, and the first screen says what protects the machine.
//!
//! Only root can try this as another user, and can hide bubblewrap from one process. Where that is
//! impossible, a test prints that it is skipped, and why.

#![expect(clippy::print_stdout, reason = "prints why a case is skipped")]

use std::ffi::OsString;
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use super::{Home, example, text};

/// What a login gives a normal user. Toolchains in another user's home are not in it.
const SYSTEM_PATH: &str = "/usr/local/bin:/usr/bin:/bin";

/// What `up` says without a sandbox.
const UNPROTECTED: [&str; 2] = [
    "builds and functions run without a sandbox, as ordinary processes of this user: \
     bubblewrap is not installed",
    "install bubblewrap",
];

/// Runs what follows in a mount namespace of its own, where the program of bubblewrap is none.
const HIDE_BUBBLEWRAP: &str = "for at in /usr/bin /bin /usr/local/bin /usr/sbin; do \
       if [ -e $at/bwrap ]; then mount --bind /dev/null $at/bwrap || exit 77; fi; \
     done; exec \"$@\"";

/// Exit code of a case that this machine cannot try.
const CANNOT: i32 = 77;

/// A user of this machine who exists only for a test, with a home of its own.
struct User {
    name: String,
    home: Home,
}

impl User {
    /// `None` if this process may not create users.
    fn create() -> Option<Self> {
        if !rustix::process::geteuid().is_root() {
            return None;
        }
        let home = Home::new();
        let name = format!("longshore-{}", std::process::id());
        let created = Command::new("useradd")
            .args(["--no-create-home", "--home-dir"])
            .arg(home.0.path())
            .arg(&name)
            .stderr(Stdio::null())
            .status();
        if !created.is_ok_and(|status| status.success()) {
            return None;
        }
        let user = Self { name, home };
        let id = Command::new("id").args(["-u", &user.name]).output().unwrap();
        let id: u32 = text(&id.stdout).trim().parse().unwrap();
        chown(user.home.0.path(), Some(id), Some(id)).unwrap();
        Some(user)
    }

    /// What runs a command as this user.
    fn wrapper(&self) -> Vec<String> {
        let (user, group) = (format!("--reuid={}", self.name), format!("--regid={}", self.name));
        ["setpriv", &user, &group, "--init-groups"].map(str::to_owned).into()
    }
}

impl Drop for User {
    fn drop(&mut self) {
        // Fails only if the user is gone, or still has processes, which the test reports.
        let _ = Command::new("userdel").arg(&self.name).stderr(Stdio::null()).status();
    }
}

/// One way to run the first command.
struct Case<'a> {
    home: &'a Home,
    /// What runs a command as the newcomer.
    wrapper: Vec<String>,
    program: &'a Path,
    path: OsString,
    data_dir: PathBuf,
    hides_bubblewrap: bool,
}

impl Case<'_> {
    fn up(&self, arguments: &[&str]) -> Output {
        let hiding = ["unshare", "--mount", "sh", "-c", HIDE_BUBBLEWRAP, "sh"].map(str::to_owned);
        let mut line: Vec<String> = Vec::new();
        if self.hides_bubblewrap {
            line.extend(hiding);
        }
        line.extend(self.wrapper.clone());
        line.push(self.program.display().to_string());
        let mut command = Command::new(&line[0]);
        command.args(&line[1..]).arg("--data-dir").arg(&self.data_dir);
        command.args(["up", "--once"]).args(arguments).arg(example_in(self.home));
        command.env_clear().env("HOME", self.home.0.path()).env("PATH", &self.path);
        // How this machine reaches package indexes.
        let network = |name: &str| {
            let name = name.to_ascii_uppercase();
            name.starts_with("PIP_") || name.starts_with("SSL_") || name.ends_with("_PROXY")
        };
        command.envs(std::env::vars().filter(|(name, _)| network(name)));
        command.current_dir(self.home.0.path()).stdin(Stdio::null()).output().unwrap()
    }

    /// Deploys the example, and checks what the newcomer is told.
    fn succeeds(&self, who: &str) {
        let output = self.up(&[]);
        let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
        if output.status.code() == Some(CANNOT) {
            println!("skipped for {who}: bubblewrap cannot be hidden here: {stderr}");
            return;
        }
        assert_eq!(output.status.code(), Some(0), "{who}: {stderr}");
        assert!(stdout.starts_with("http://127.0.0.1:"), "{who}: {stdout}");
        assert!(stderr.contains("answered 200: Hello, world!"), "{who}: {stderr}");
        let first_screen: Vec<&str> = stderr.lines().take(4).collect();
        let first_screen = first_screen.join("\n");
        assert!(first_screen.starts_with("ready in "), "{who}: {stderr}");
        for part in UNPROTECTED {
            let says = first_screen.contains(part);
            assert_eq!(says, self.hides_bubblewrap, "{who}: `{part}` in {first_screen}");
        }
        if !self.hides_bubblewrap {
            assert!(!stderr.contains("without a sandbox"), "{who}: {stderr}");
            return;
        }
        let refused = self.up(&["--require-isolation"]);
        let stderr = text(&refused.stderr);
        assert_eq!(refused.status.code(), Some(1), "{who}: {stderr}");
        assert!(!stderr.contains("ready in "), "{who}: {stderr}");
    }
}

/// A copy of the README's example that the newcomer can read.
fn example_in(home: &Home) -> PathBuf {
    let copy = home.0.path().join("python-http");
    if !copy.exists() {
        std::fs::create_dir(&copy).unwrap();
        for entry in std::fs::read_dir(example()).unwrap().map(|entry| entry.unwrap()) {
            if entry.file_type().unwrap().is_file() {
                std::fs::copy(entry.path(), copy.join(entry.file_name())).unwrap();
            }
        }
    }
    copy
}

/// Whether bubblewrap works for the user that this wrapper runs commands as.
fn has_bubblewrap(wrapper: &[String]) -> bool {
    let probe = ["bwrap", "--unshare-pid", "--ro-bind", "/", "/", "true"].map(str::to_owned);
    let line = [wrapper, &probe].concat();
    let probed = Command::new(&line[0]).args(&line[1..]).stderr(Stdio::null()).status();
    probed.is_ok_and(|status| status.success())
}

/// Tries both cases of one user at the same time.
fn matrix(who: &str, home: &Home, wrapper: &[String], program: &Path, path: &OsString) {
    example_in(home);
    let case = |name: &str, hides_bubblewrap: bool| Case {
        home,
        wrapper: wrapper.to_vec(),
        program,
        path: path.clone(),
        data_dir: home.0.path().join(name),
        hides_bubblewrap,
    };
    std::thread::scope(|scope| {
        if has_bubblewrap(wrapper) {
            scope.spawn(|| case("with", false).succeeds(&format!("{who}, with bubblewrap")));
        } else {
            println!("skipped for {who}: bubblewrap is missing, or does not work here");
        }
        if rustix::process::geteuid().is_root() {
            scope.spawn(|| case("without", true).succeeds(&format!("{who}, without bubblewrap")));
        } else {
            println!("skipped for {who}: only root can hide bubblewrap");
        }
    });
    home.leaves_no_processes();
}

#[test]
fn the_first_command_of_this_user_works_with_bubblewrap_and_without() {
    let home = Home::new();
    let who = if rustix::process::geteuid().is_root() { "root" } else { "this user" };
    let path = std::env::var_os("PATH").unwrap();
    matrix(who, &home, &[], Path::new(env!("CARGO_BIN_EXE_longshore")), &path);
}

#[test]
fn the_first_command_of_a_normal_user_works_with_bubblewrap_and_without() {
    let Some(user) = User::create() else {
        println!("skipped: only root can create a normal user, with useradd");
        return;
    };
    let as_user = |arguments: &[&str]| {
        let line = user.wrapper();
        let mut command = Command::new(&line[0]);
        command.args(&line[1..]).args(arguments).env("PATH", SYSTEM_PATH).stdout(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    };
    if !as_user(&["python3", "-m", "venv", "--help"]) {
        println!("skipped: the system has no Python for all users (Debian: python3-venv)");
        return;
    }
    // Cargo's target directory may be private.
    let built = Path::new(env!("CARGO_BIN_EXE_longshore"));
    let copy = user.home.0.path().join("longshore");
    let program = if as_user(&["test", "-x", &built.display().to_string()]) {
        built
    } else {
        std::fs::copy(built, &copy).unwrap();
        &copy
    };
    matrix("a normal user", &user.home, &user.wrapper(), program, &SYSTEM_PATH.into());
}
