//! For tests of crates that start commands: their own executable stands in for the guard's program.
//!
//! ```ignore
//! /// Not a test: the guard's process.
//! #[test]
//! #[ignore = "is started by other tests"]
//! fn stands_in_for_the_guard() {
//!     longshore_local_sandbox::testing::serve_as_guard();
//! }
//!
//! let guard = testing::stand_in("tests::stands_in_for_the_guard");
//! ```

use std::fs::File;
use std::process::Stdio;

use crate::{Guard, guard};

/// Set for the stand-in alone, so that the test does nothing when a person runs it.
const IS_GUARD: &str = "LONGSHORE_STANDS_IN_FOR_THE_GUARD";

/// The test harness writes to its standard output; the command's are these instead.
const SCRIPT: &str =
    r#"LONGSHORE_STANDS_IN_FOR_THE_GUARD=1 exec "$0" "$@" 3>&1 4>&2 >/dev/null 2>&1"#;

/// The guard that the test of this name in the running executable serves as, by calling
/// [`serve_as_guard`]. It works for one executable: the test's own.
#[must_use]
pub fn stand_in(test: &str) -> Guard {
    let executable = std::env::current_exe().unwrap_or_default();
    let harness = ["--exact", test, "--ignored", "--nocapture"];
    let words = ["-c".into(), SCRIPT.into(), executable.clone().into_os_string()];
    Guard::new("/bin/sh", words.into_iter().chain(harness.map(Into::into))).that_runs(executable)
}

/// Is the guard, and ends this process as the guard ends. Returns only when the process was not
/// started by [`stand_in`].
#[expect(clippy::exit, reason = "the test harness would choose a status of its own")]
pub fn serve_as_guard() {
    if std::env::var_os(IS_GUARD).is_none() {
        return;
    }
    guard::close_inherited(&[3, 4]);
    let open = |descriptor: u32| {
        let path = format!("/proc/self/fd/{descriptor}");
        File::options().write(true).open(path).map_or_else(|_| Stdio::null(), Stdio::from)
    };
    let code = guard::guard(open(3), open(4)).unwrap_or_else(|error| {
        if let Ok(mut stderr) = File::options().write(true).open("/proc/self/fd/4") {
            let _ = std::io::Write::write_fmt(
                &mut stderr,
                format_args!("cannot run the command: {error}\n"),
            );
        }
        guard::CANNOT_START
    });
    std::process::exit(code.into());
}
