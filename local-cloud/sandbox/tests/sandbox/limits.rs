//! What a command may use.

use std::path::Path;

use longshore_local_sandbox::{Exceeded, Limits, View};

use crate::support::{launcher, private_dir, run, shell, writable};

#[tokio::test]
async fn processes_are_bounded() {
    let Some(launcher) = launcher() else { return };
    // 300 at most, whatever the limit does.
    let script = "i=0; while [ $i -lt 300 ]; do sleep 1000 & echo started; i=$((i+1)); done";
    let limits = Limits { processes: Some(40), ..Limits::default() };
    let done = run(&launcher, &shell(script, View::of_host()).limits(limits)).await;
    let started = done.stdout.lines().count();
    assert!((10..40).contains(&started), "{started}: {}", done.stderr);
    assert_ne!(done.code(), Some(0));
}

#[tokio::test]
async fn memory_is_bounded() {
    let Some(launcher) = launcher() else { return };
    // `tail` holds a line until its end, here 1 GiB of it.
    let script = "head -c 1073741824 /dev/zero | tail -n 1 | wc -c; sleep 1000";
    let limits = Limits { memory_bytes: Some(64 << 20), ..Limits::default() };
    let sandbox = shell(script, View::of_host()).limits(limits);
    let child = launcher.start(&sandbox).await.unwrap();
    let done = if launcher.cgroups().limit_memory() {
        // The kernel kills `tail` alone.
        let mut child = child;
        let mut stdout = child.stdout.take().unwrap();
        let read = tokio::io::AsyncReadExt::read(&mut stdout, &mut [0; 16]).await.unwrap();
        assert!(read > 0);
        child.stop().await.unwrap()
    } else {
        child.ended().await.unwrap()
    };
    assert_eq!(done.exceeded, Some(Exceeded::Memory(64 << 20)), "{done:?}");
}

#[tokio::test]
async fn a_file_is_bounded_and_so_are_all_together() {
    let Some(launcher) = launcher() else { return };
    let (_dir, dir) = private_dir();
    let work = writable(&launcher, &dir, "work");
    let view = View::of_host().writable(&work, Path::new("/work"));
    let limits =
        Limits { file_bytes: Some(1 << 20), disk_bytes: Some(3 << 20), ..Limits::default() };
    let script = "head -c 2097152 /dev/zero > /work/large; wc -c < /work/large";
    let done = run(&launcher, &shell(script, view.clone()).limits(limits)).await;
    assert_eq!(done.stdout.trim(), "1048576", "{done:?}");

    let script = "for i in 1 2 3 4 5 6; do head -c 1048576 /dev/zero > /work/$i; done; sleep 1000";
    let done = run(&launcher, &shell(script, view).limits(limits)).await;
    assert_eq!(done.ended.exceeded, Some(Exceeded::Disk(3 << 20)), "{done:?}");
}

#[tokio::test]
async fn files_in_memory_are_bounded() {
    let Some(launcher) = launcher() else { return };
    let view = View::of_host().temporary_bytes(1 << 20).fixed_root();
    let script = "for dir in /tmp /dev/shm; do \
                  head -c 2097152 /dev/zero > $dir/large; wc -c < $dir/large; done; \
                  (: > /dev/new) 2>&1; echo > /dev/null && echo null";
    let done = run(&launcher, &shell(script, view)).await;
    let lines: Vec<&str> = done.stdout.lines().collect();
    assert_eq!(lines[..2], ["1048576", "1048576"], "{done:?}");
    assert!(lines[2].contains("Read-only") && lines[3] == "null", "{done:?}");
}

#[tokio::test]
async fn open_files_are_bounded_and_core_dumps_are_off() {
    let Some(launcher) = launcher() else { return };
    let limits = Limits { open_files: Some(64), ..Limits::default() };
    let script = "ulimit -n; ulimit -c";
    let done = run(&launcher, &shell(script, View::of_host()).limits(limits)).await;
    assert_eq!(done.stdout, "64\n0\n", "{done:?}");
}
