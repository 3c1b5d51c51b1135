//! How commands end, and that nothing stays.

use std::time::Duration;

use longshore_local_sandbox::{Launcher, Sandbox, View};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};

use crate::support::{environment, launcher, run, shell, without_sandbox};

/// With a sandbox, where there is one, and without.
fn both() -> impl Iterator<Item = Launcher> {
    launcher().into_iter().chain([without_sandbox()])
}

#[tokio::test]
async fn the_commands_status_comes_back() {
    for launcher in both() {
        for (script, code) in [("true", 0), ("exit 1", 1), ("exit 3", 3), ("kill -9 $$", 137)] {
            let done = run(&launcher, &shell(script, View::of_host())).await;
            assert_eq!(done.code(), Some(code), "{script}: {done:?}");
        }
    }
}

#[tokio::test]
async fn a_missing_program_is_reported_as_such() {
    for launcher in both() {
        for program in ["no-such-program", "/no/such/program"] {
            let sandbox = Sandbox::new([program], View::of_host()).environment(environment(&[]));
            let done = run(&launcher, &sandbox).await;
            assert_eq!(done.code(), Some(127), "{done:?}");
            assert!(done.stderr.contains(program), "{done:?}");
        }
    }
}

#[tokio::test]
async fn output_comes_from_both_streams() {
    for launcher in both() {
        let done = run(&launcher, &shell("echo out; echo err >&2", View::of_host())).await;
        assert_eq!((done.stdout.as_str(), done.stderr.as_str()), ("out\n", "err\n"));
    }
}

#[tokio::test]
async fn a_stopped_command_may_finish_its_work() {
    for launcher in both() {
        let script = "trap 'echo finished; exit 0' TERM; echo ready; while :; do sleep 0.05; done";
        let sandbox = shell(script, View::of_host()).grace(Duration::from_secs(60));
        let mut child = launcher.start(&sandbox).await.unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap()).lines();
        assert_eq!(stdout.next_line().await.unwrap().as_deref(), Some("ready"));
        assert_eq!(child.stop().await.unwrap().status.code(), Some(0));
        assert_eq!(stdout.next_line().await.unwrap().as_deref(), Some("finished"));
    }
}

#[tokio::test]
async fn a_command_that_ignores_sigterm_is_killed_after_the_grace() {
    for launcher in both() {
        let script = "trap '' TERM; echo ready; while :; do sleep 0.05; done";
        let sandbox = shell(script, View::of_host()).grace(Duration::from_millis(100));
        let mut child = launcher.start(&sandbox).await.unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap()).lines();
        assert_eq!(stdout.next_line().await.unwrap().as_deref(), Some("ready"));
        assert_eq!(child.stop().await.unwrap().status.code(), Some(137));
    }
}

/// Its own session, its output open, deaf to SIGTERM, and its parent gone.
const DAEMON: &str = "(trap '' TERM; setsid sh -c 'trap \"\" TERM; echo daemon; sleep 1000' &)";

#[tokio::test]
async fn a_daemon_ends_with_the_command_that_started_it() {
    for launcher in both() {
        // A pipe says that it runs before the command ends.
        let script = format!("{DAEMON} | {{ read word; echo $word; }}; exit 4");
        // Returns only when nothing has the output open any more.
        let done = run(&launcher, &shell(&script, View::of_host())).await;
        assert_eq!(done.stdout, "daemon\n", "{done:?}");
        assert_eq!(done.code(), Some(4), "{done:?}");
    }
}

#[tokio::test]
async fn a_dropped_command_takes_its_daemons_with_it() {
    for launcher in both() {
        let script = format!("{DAEMON}; sleep 1000");
        let mut child = launcher.start(&shell(&script, View::of_host())).await.unwrap();
        let mut stdout = child.stdout.take().unwrap();
        assert_eq!(stdout.read(&mut [0; 16]).await.unwrap(), "daemon\n".len());
        let ending = child.ending();
        drop(child);
        // The end of the output: nothing has it open any more.
        assert_eq!(stdout.read(&mut [0; 16]).await.unwrap(), 0);
        assert!(ending.wait().await.is_some());
    }
}
