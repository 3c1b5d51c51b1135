//! The kernel's interfaces.

use longshore_local_sandbox::{Network, Sandbox, View};

use crate::support::{complete_launcher, environment, has, launcher, run, shell};

#[tokio::test]
async fn the_settings_of_the_kernel_cannot_be_written() {
    let Some(launcher) = launcher() else { return };
    // Opening it for writing is what counts; nothing is written.
    let script = "for file in /proc/sys/kernel/core_pattern /proc/sys/kernel/hostname \
                  /proc/sys/vm/drop_caches /proc/sysrq-trigger; do \
                  (: >> $file) 2>/dev/null && echo writable $file; done; cat /proc/sys/kernel/ostype";
    let done = run(&launcher, &shell(script, View::of_host())).await;
    assert_eq!(done.stdout, "Linux\n", "{done:?}");
}

#[tokio::test]
async fn processes_outside_are_not_seen() {
    let Some(launcher) = launcher() else { return };
    let done = run(&launcher, &shell("echo /proc/[0-9]*", View::of_host())).await;
    assert!(done.stdout.split_whitespace().count() <= 4, "{done:?}");
}

#[tokio::test]
async fn there_is_no_capability_and_no_way_to_get_one() {
    let Some(launcher) = complete_launcher() else { return };
    let script = "grep -E '^(CapEff|CapPrm|CapBnd|NoNewPrivs|Seccomp):' /proc/self/status";
    let done = run(&launcher, &shell(script, View::of_host())).await;
    let words: Vec<&str> = done.stdout.split_whitespace().collect();
    let none = "0000000000000000";
    let expected =
        ["CapPrm:", none, "CapEff:", none, "CapBnd:", none, "NoNewPrivs:", "1", "Seccomp:", "2"];
    assert_eq!(words, expected, "{done:?}");
}

#[tokio::test]
async fn no_namespace_can_be_made_inside() {
    let Some(launcher) = launcher() else { return };
    if !has("/usr/bin/unshare") {
        return;
    }
    for kind in ["--user", "--mount", "--net", "--pid"] {
        let script = format!("/usr/bin/unshare {kind} /bin/true");
        let done = run(&launcher, &shell(&script, View::of_host())).await;
        assert_ne!(done.code(), Some(0), "{kind}: {done:?}");
        assert!(done.stderr.contains("not permitted"), "{kind}: {done:?}");
    }
}

#[tokio::test]
async fn without_a_network_there_is_a_loopback_and_nothing_else() {
    let Some(launcher) = complete_launcher() else { return };
    let sandbox = |network| shell("cat /proc/net/dev", View::of_host()).network(network);
    let done = run(&launcher, &sandbox(Network::None)).await;
    assert_eq!(done.stdout.matches(':').count(), 1, "{done:?}");
    assert!(done.stdout.contains("lo:"), "{done:?}");
    let inside = std::fs::read_link("/proc/self/ns/net").unwrap().display().to_string();
    let done = run(&launcher, &shell("readlink /proc/self/ns/net", View::of_host())).await;
    assert_eq!(done.stdout.trim(), inside, "the host's network by default");
}

#[tokio::test]
async fn sockets_are_of_families_that_a_network_namespace_has() {
    let Some(launcher) = launcher() else { return };
    if !has("/usr/bin/python3") {
        return;
    }
    // AF_VSOCK leads to the host of a virtual machine, and AF_ALG into the kernel's cryptography.
    let script = "import errno, socket\n\
                  for family in 1, 2, 10, 16, 40, 38:\n  \
                    try: socket.socket(family, 3 if family == 16 else 1).close(); print(family, 'is')\n  \
                    except OSError as error: print(family, errno.errorcode[error.errno])";
    let sandbox = Sandbox::new(["/usr/bin/python3", "-I", "-c", script], View::of_host())
        .environment(environment(&[]));
    let done = run(&launcher, &sandbox).await;
    let expected = "1 is\n2 is\n10 is\n16 is\n40 EAFNOSUPPORT\n38 EAFNOSUPPORT\n";
    assert_eq!(done.stdout, expected, "{done:?}");
}
