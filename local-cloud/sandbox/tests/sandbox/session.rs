//! Steps that share a sandbox.

use std::io;
use std::path::Path;

use longshore_local_sandbox::{Ended, Exceeded, Launcher, Limits, Sandbox, Session, Step, View};
use tokio::io::AsyncReadExt as _;

use crate::support::{environment, launcher, private_dir, without_sandbox, writable};

/// A session that ends with what runs in it. Where a session cannot be started although there is a
/// sandbox, builds work, but slower.
async fn open(launcher: &Launcher) -> Session {
    launcher.open(&Sandbox::for_steps(View::of_host().fixed_root())).await.unwrap()
}

struct Done {
    ended: io::Result<Ended>,
    stdout: String,
    stderr: String,
}

impl Done {
    fn code(&self) -> Option<i32> {
        self.ended.as_ref().unwrap().status.code()
    }
}

fn shell(script: &str) -> Step {
    Step::new(["/bin/sh", "-c", script]).environment(environment(&[]))
}

async fn run(session: &mut Session, step: &Step) -> Done {
    let (mut stdout, mut stderr) = session.start(step).await.unwrap();
    let (mut out, mut err) = (String::new(), String::new());
    let (ended, read_out, read_err) = tokio::join!(
        session.ended(),
        stdout.read_to_string(&mut out),
        stderr.read_to_string(&mut err)
    );
    read_out.unwrap();
    read_err.unwrap();
    Done { ended, stdout: out, stderr: err }
}

#[tokio::test]
async fn each_step_has_its_own_words_environment_and_status() {
    let Some(launcher) = launcher() else { return };
    let mut session = open(&launcher).await;
    let step = Step::new(["sh", "-c", "echo \"$A\"; pwd; echo err >&2; exit 3"])
        .environment(environment(&[("A", "one\ntwo")]))
        .directory(Path::new("/usr"));
    let done = run(&mut session, &step).await;
    assert_eq!(done.code(), Some(3));
    assert_eq!((done.stdout.as_str(), done.stderr.as_str()), ("one\ntwo\n/usr\n", "err\n"));

    let done = run(&mut session, &shell("env; kill -9 $$")).await;
    assert_eq!(done.code(), Some(137));
    let names: Vec<&str> =
        done.stdout.lines().filter_map(|line| Some(line.split_once('=')?.0)).collect();
    assert!(!names.contains(&"A") && names.contains(&"PATH"), "{names:?}");
    assert!(names.iter().all(|name| !name.starts_with("LONGSHORE")), "{names:?}");
    assert!(!session.is_over());
}

#[tokio::test]
async fn what_cannot_be_started_is_reported_and_does_not_end_the_session() {
    let Some(launcher) = launcher() else { return };
    let mut session = open(&launcher).await;
    for (program, directory, kind) in [
        ("no-such-program", "/", io::ErrorKind::NotFound),
        ("/no/such/program", "/", io::ErrorKind::NotFound),
        ("true", "/no/such/directory", io::ErrorKind::Other),
        ("/usr", "/", io::ErrorKind::Other),
    ] {
        let step =
            Step::new([program]).environment(environment(&[])).directory(Path::new(directory));
        let error = run(&mut session, &step).await.ended.unwrap_err();
        assert_eq!(error.kind(), kind, "{program} in {directory}: {error}");
        assert!(error.to_string().contains(program), "{error}");
    }
    assert_eq!(run(&mut session, &shell("true")).await.code(), Some(0));
}

#[tokio::test]
async fn the_steps_share_one_sandbox_and_their_directories() {
    let Some(launcher) = launcher() else { return };
    let (_private, path) = private_dir();
    let work = writable(&launcher, &path, "work");
    let view = View::of_host().fixed_root().writable(&work, &work);
    let mut session = launcher.open(&Sandbox::for_steps(view)).await.unwrap();
    let namespace = shell("readlink /proc/self/ns/pid");
    let first = run(&mut session, &namespace).await.stdout;
    assert_eq!(run(&mut session, &namespace).await.stdout, first);
    let own = std::fs::read_link("/proc/self/ns/pid").unwrap();
    assert_ne!(Path::new(first.trim()), own);

    let write = shell("echo 1 > file; ln -s /etc/passwd link").directory(&work);
    assert_eq!(run(&mut session, &write).await.code(), Some(0));
    assert_eq!(std::fs::read_to_string(work.join("file")).unwrap(), "1\n");
    std::fs::write(work.join("later"), "2\n").unwrap();
    let read = shell("cat file later").directory(&work);
    assert_eq!(run(&mut session, &read).await.stdout, "1\n2\n");
}

/// Its own session, deaf to SIGTERM, and its parent gone.
const DAEMON: &str = "(trap '' TERM; setsid sh -c 'trap \"\" TERM; echo daemon; sleep 1000' &)";

#[tokio::test]
async fn nothing_that_a_step_starts_outlives_it() {
    let Some(launcher) = launcher() else { return };
    let mut session = open(&launcher).await;
    let script = format!("{DAEMON} | {{ read word; echo $word; }}; exit 4");
    // Returns only when nothing has the output open any more.
    let done = run(&mut session, &shell(&script)).await;
    assert_eq!((done.code(), done.stdout.as_str()), (Some(4), "daemon\n"));
    let list = "for process in /proc/[0-9]*; do tr '\\0' ' ' < $process/cmdline; echo; done";
    let done = run(&mut session, &shell(list)).await;
    assert!(!done.stdout.contains("sleep 1000"), "{}", done.stdout);
}

#[tokio::test]
async fn a_step_cannot_reach_the_process_that_starts_it() {
    let Some(launcher) = launcher() else { return };
    let mut session = open(&launcher).await;
    let script = "for what in environ mem maps fd/0 fd/1 exe cwd root; do \
                    if head -c 1 /proc/$PPID/$what > /dev/null 2>&1; then echo $what; fi; \
                  done; \
                  ls /proc/$PPID/fd /proc/$PPID/fdinfo 2>/dev/null; \
                  (: >> /proc/$PPID/mem) 2>/dev/null && echo written; \
                  readlink /proc/$PPID/exe; \
                  cat /proc/$PPID/comm > /dev/null && echo seen";
    let done = run(&mut session, &shell(script)).await;
    assert_eq!(done.stdout, "seen\n", "{}", done.stderr);
}

#[tokio::test]
async fn a_step_cannot_kill_or_stop_the_process_that_starts_it() {
    let Some(launcher) = launcher() else { return };
    let mut session = open(&launcher).await;
    let script = "kill -9 $PPID; kill -STOP $PPID; kill -TERM $PPID; kill -9 -1; echo $PPID";
    let done = run(&mut session, &shell(script)).await;
    assert_eq!((done.code(), done.stdout.as_str()), (Some(0), "1\n"), "{}", done.stderr);
    assert_eq!(run(&mut session, &shell("true")).await.code(), Some(0));
    assert!(!session.is_over());
}

#[tokio::test]
async fn a_dropped_session_takes_its_step_and_daemons_with_it() {
    let Some(launcher) = launcher() else { return };
    let mut session = open(&launcher).await;
    let (mut stdout, _stderr) =
        session.start(&shell(&format!("{DAEMON}; sleep 1000"))).await.unwrap();
    assert_eq!(stdout.read(&mut [0; 16]).await.unwrap(), "daemon\n".len());
    drop(session);
    // The end of the output: nothing has it open any more.
    assert_eq!(stdout.read(&mut [0; 16]).await.unwrap(), 0);
}

#[tokio::test]
async fn a_step_that_needs_too_much_memory_is_killed_and_the_next_one_runs() {
    let Some(launcher) = launcher() else { return };
    if !launcher.cgroups().limit_memory() {
        return println!("skipped: no control groups for memory");
    }
    const LIMIT_BYTES: u64 = 64 << 20;
    let limits = Limits { memory_bytes: Some(LIMIT_BYTES), ..Limits::default() };
    let sandbox = Sandbox::for_steps(View::of_host()).limits(limits);
    let mut session = launcher.open(&sandbox).await.unwrap();
    let done = run(&mut session, &shell("head -c 1G /dev/zero | tail -c 1G > /dev/null")).await;
    assert_eq!(done.ended.unwrap().exceeded, Some(Exceeded::Memory(LIMIT_BYTES)));
    if !session.is_over() {
        let done = run(&mut session, &shell("true")).await;
        assert_eq!(done.ended.unwrap().exceeded, None);
    }
}

#[tokio::test]
async fn there_is_no_session_without_a_sandbox_and_the_error_says_why() {
    let error = without_sandbox().open(&Sandbox::for_steps(View::of_host())).await.unwrap_err();
    assert_eq!(error.to_string(), "a test");
}
