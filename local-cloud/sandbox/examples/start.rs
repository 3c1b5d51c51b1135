//! Measures how long a trivial command takes from start to end: as a child of this process, under
//! the guard alone, and in the sandbox.
//!
//! `cargo run -p longshore-local-sandbox --example start -- 50`

#![expect(clippy::print_stdout, reason = "prints what it measures")]

use std::ffi::OsStr;
use std::io;
use std::net::SocketAddrV4;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use longshore_local_sandbox::{
    Guard, Isolation, Launcher, Limits, Listen, Network, Sandbox, View, guard,
};

const PROGRAM: &str = "/bin/true";

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some("guard") {
        return guard::main();
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    match runtime.and_then(|runtime| runtime.block_on(measure())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn measure() -> io::Result<()> {
    let times = std::env::args().nth(1).and_then(|times| times.parse().ok()).unwrap_or(30);
    let guard = Guard::new(std::env::current_exe()?, ["guard"]);
    let started = Instant::now();
    let sandboxed = Launcher::probe(guard.clone(), OsStr::new(""));
    println!("probe of this machine: {:.1} ms", milliseconds(started.elapsed()));
    match sandboxed.isolation() {
        Isolation::Bubblewrap(bubblewrap) => println!("{:?}", bubblewrap.weakness()),
        Isolation::None(reason) => println!("no sandbox: {reason}"),
    }
    let plain = Launcher::without_sandbox(guard, "to compare");
    let limits =
        Limits { memory_bytes: Some(512 << 20), processes: Some(1000), ..Limits::default() };
    let bare = Sandbox::new([PROGRAM], View::of_host());
    let alone = bare.clone().network(Network::None);
    let own = bare.clone().network(Network::Own(Listen {
        tcp: vec![SocketAddrV4::new([169, 254, 169, 254].into(), 80)],
        udp: Vec::new(),
    }));
    let limited = bare.clone().limits(limits);

    let cases = [
        ("the guard alone", &plain, &bare),
        ("the sandbox", &sandboxed, &bare),
        ("the sandbox, no network", &sandboxed, &alone),
        ("the sandbox, own network", &sandboxed, &own),
        ("the sandbox, with limits", &sandboxed, &limited),
    ];
    let mut direct = Vec::new();
    let mut taken = cases.map(|_| Vec::new());
    // In turn, so that what else the machine does slows all of them down.
    for _ in 0..times {
        let started = Instant::now();
        tokio::process::Command::new(PROGRAM).status().await?;
        direct.push(started.elapsed());
        for ((_, launcher, sandbox), taken) in cases.iter().zip(&mut taken) {
            taken.push(until_end(launcher, sandbox).await?);
        }
    }
    report("a child", direct);
    for ((what, ..), taken) in cases.iter().zip(taken) {
        report(what, taken);
    }
    Ok(())
}

async fn until_end(launcher: &Launcher, sandbox: &Sandbox) -> io::Result<Duration> {
    let started = Instant::now();
    let ended = launcher.start(sandbox).await?.ended().await?;
    if ended.status.success() {
        Ok(started.elapsed())
    } else {
        Err(io::Error::other(format!("{PROGRAM} ends with {}", ended.status)))
    }
}

fn report(what: &str, mut taken: Vec<Duration>) {
    taken.sort();
    let median = taken.get(taken.len() / 2).copied().unwrap_or_default();
    let least = taken.first().copied().unwrap_or_default();
    println!("{what}: median {:.1} ms, least {:.1} ms", milliseconds(median), milliseconds(least));
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}
