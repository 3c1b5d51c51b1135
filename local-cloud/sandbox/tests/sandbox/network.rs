//! A network of the command's own, and the sockets in it.

use std::fs;
use std::io;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::path::Path;
use std::time::Duration;

use longshore_local_sandbox::{Listen, Listening, Network, OwnNetwork, Sandbox, View};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::support::{complete_launcher, environment, finish, has};

const METADATA: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::new(169, 254, 169, 254), 80);
const ALL: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, 80);
const RESOLVER: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::new(169, 254, 169, 254), 53);

/// The port of the command.
const PORT: u16 = 90;

/// Listens, connects to what its arguments name, says what came back, and then answers each
/// connection with `inside`.
const PROGRAM: &str = r#"
import os, signal, socket, sys
def kind(descriptor):
    try:
        return os.readlink("/proc/self/fd/" + descriptor)
    except OSError:
        return "closed"
inherited = [kind(descriptor) for descriptor in os.listdir("/proc/self/fd")]
print([one for one in inherited if one.startswith("socket:")], flush=True)
def leave(*_):
    print("leaves", flush=True)
    sys.exit(3)
signal.signal(signal.SIGTERM, leave)
server = socket.create_server(("", 90))
print(socket.gethostbyname("metadata.test"), flush=True)
question = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
question.sendto(b"question", ("169.254.169.254", 53))
print(question.recv(100).decode(), flush=True)
for address in sys.argv[1:]:
    host, port = address.split(":")
    try:
        stream = socket.create_connection((host, int(port)), 20)
        print(stream.recv(100).decode(), flush=True)
    except OSError as error:
        print(type(error).__name__, flush=True)
while True:
    client, _ = server.accept()
    client.sendall(b"inside")
    client.close()
"#;

fn python(arguments: &[&str]) -> Sandbox {
    let words = ["/usr/bin/python3", "-c", PROGRAM];
    let view = View::of_host().names(&[(*METADATA.ip(), "metadata.test")], None);
    Sandbox::new(words.into_iter().chain(arguments.iter().copied()), view)
        .environment(environment(&[]))
        .network(Network::Own(Listen { tcp: vec![METADATA, ALL], udp: vec![RESOLVER] }))
        .grace(Duration::from_secs(20))
}

fn inside(port: u16) -> SocketAddrV4 {
    SocketAddrV4::new(Ipv4Addr::LOCALHOST, port)
}

async fn read(network: &OwnNetwork, port: u16) -> io::Result<String> {
    let mut answer = String::new();
    network.connect(inside(port)).await?.read_to_string(&mut answer).await?;
    Ok(answer)
}

/// Accepts one connection and says at which address it came in.
async fn greet(listener: &TcpListener) {
    let (mut stream, _) = listener.accept().await.unwrap();
    let greeting = format!("from outside at {}", stream.local_addr().unwrap());
    stream.write_all(greeting.as_bytes()).await.unwrap();
}

#[tokio::test]
async fn only_this_process_reaches_the_command_and_the_command_only_what_is_listened_on() {
    let Some(launcher) = complete_launcher() else { return };
    if !has("/usr/bin/python3") {
        return;
    }
    let outside = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let of_host = outside.local_addr().unwrap().to_string();
    let arguments = ["169.254.169.254:80", "192.0.2.7:80", "192.0.2.7:81", &of_host];
    let mut child = launcher.start(&python(&arguments)).await.unwrap();
    let network = child.network().unwrap().clone();
    let ([metadata, all], [resolver]) = (&child.listening.tcp[..], &child.listening.udp[..]) else {
        panic!("it ended: {:?}", finish(child).await);
    };
    let mut question = [0; 100];
    let (length, from) = resolver.recv_from(&mut question).await.unwrap();
    assert_eq!(&question[..length], b"question");
    resolver.send_to(b"answer", from).await.unwrap();
    greet(metadata).await;
    greet(all).await;

    assert_eq!(read(&network, PORT).await.unwrap(), "inside");
    assert!(network.connect(inside(PORT + 1)).await.is_err());
    if let Ok(mut stream) = TcpStream::connect(inside(PORT)).await {
        let mut answer = [0; 6];
        let _ = tokio::time::timeout(Duration::from_secs(1), stream.read(&mut answer)).await;
        assert_ne!(&answer, b"inside", "the command's port is reachable from outside");
    }
    let later = network.listen(inside(8123)).await.unwrap();
    let (connected, accepted) = tokio::join!(network.connect(inside(8123)), later.accept());
    assert!(connected.is_ok() && accepted.is_ok());

    child.stop().await.unwrap();
    child.listening = Listening::default();
    let done = finish(child).await;
    assert_eq!(done.code(), Some(3), "{done:?}");
    let lines: Vec<&str> = done.stdout.lines().collect();
    let expected = [
        "[]",
        "169.254.169.254",
        "answer",
        "from outside at 169.254.169.254:80",
        "from outside at 192.0.2.7:80",
        "ConnectionRefusedError",
        "ConnectionRefusedError",
        "leaves",
    ];
    assert_eq!(lines, expected, "{done:?}");
    assert!(network.connect(inside(PORT)).await.is_err(), "it has ended");
}

/// An abandoned connection attempt leaves an answer in the guard that must not reach the next caller.
#[tokio::test]
async fn a_connection_that_is_given_up_disturbs_no_other_one() {
    let Some(launcher) = complete_launcher() else { return };
    if !has("/usr/bin/python3") {
        return;
    }
    let mut child = launcher.start(&python(&[])).await.unwrap();
    let network = child.network().unwrap().clone();
    let resolver = child.listening.udp.pop().unwrap();
    let mut question = [0; 100];
    let (_, from) = resolver.recv_from(&mut question).await.unwrap();
    resolver.send_to(b"answer", from).await.unwrap();
    for polls in 0..6 {
        let mut connecting = Box::pin(read(&network, PORT));
        for _ in 0..polls {
            if poll_once(connecting.as_mut()).await.is_some() {
                break;
            }
        }
        drop(connecting);
        assert_eq!(read(&network, PORT).await.unwrap(), "inside", "after {polls} polls");
    }
    let reads = (0..8).map(|_| {
        let network = network.clone();
        tokio::spawn(async move { read(&network, PORT).await })
    });
    for read in reads.collect::<Vec<_>>() {
        assert_eq!(read.await.unwrap().unwrap(), "inside");
    }
    child.stop().await.unwrap();
}

/// Polls once, and lets other tasks and the guard go on.
async fn poll_once<F: Future + Unpin>(future: F) -> Option<F::Output> {
    tokio::time::timeout(Duration::ZERO, future).await.ok()
}

/// A guard ends with its lifeline, so a descriptor that is left would leave its processes, too.
#[tokio::test]
async fn a_start_that_is_given_up_leaves_no_process_and_no_descriptor() {
    let Some(launcher) = complete_launcher() else { return };
    if !has("/usr/bin/python3") {
        return;
    }
    let name = format!("given-up-{}", std::process::id());
    let sandbox = python(&[&name]);
    for polls in 0..12 {
        let mut starting = Box::pin(launcher.start(&sandbox));
        for _ in 0..polls {
            if poll_once(starting.as_mut()).await.is_some() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }
    let until_gone = async {
        while !processes_with(&name).is_empty() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let gone = tokio::time::timeout(Duration::from_secs(60), until_gone).await;
    assert!(gone.is_ok(), "left: {:?}", processes_with(&name));
}

fn processes_with(argument: &str) -> Vec<String> {
    let processes = fs::read_dir("/proc").unwrap().flatten();
    let found = processes.filter(|process| {
        let words = fs::read(process.path().join("cmdline")).unwrap_or_default();
        words.split(|byte| *byte == 0).any(|word| word == argument.as_bytes())
    });
    found.map(|process| process.path().display().to_string()).collect()
}

#[tokio::test]
async fn a_command_that_cannot_be_started_has_no_network() {
    let Some(launcher) = complete_launcher() else { return };
    let view = View::of_host().read_only(Path::new("/proc/does/not/exist"), Path::new("/srv/x"));
    let own = Network::Own(Listen { tcp: vec![METADATA], udp: Vec::new() });
    let sandbox = Sandbox::new(["true"], view).network(own);
    if let Ok(child) = launcher.start(&sandbox).await {
        let network = child.network().cloned().unwrap();
        let done = finish(child).await;
        assert_ne!(done.code(), Some(0), "{done:?}");
        assert!(network.connect(METADATA).await.is_err());
    }
}
