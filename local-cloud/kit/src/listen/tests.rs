use std::io::{Read as _, Write as _};
use std::net::Ipv4Addr;
use std::process::Command;

use axum::routing::get;

use super::connections::CONNECTIONS_MAX;
use super::*;

/// A server that answers `/` with `hello`; dropping the sender stops it.
async fn server() -> (SocketAddr, tokio::sync::oneshot::Sender<()>) {
    server_within(HEADERS_TIMEOUT).await
}

async fn server_within(
    headers_timeout: Duration,
) -> (SocketAddr, tokio::sync::oneshot::Sender<()>) {
    let listener = bind(0).await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let router = Router::new().route("/", get(|| async { "hello" }));
    let access = Access::to_apis(&[]);
    tokio::spawn(serve_within(headers_timeout, listener, router, access, async {
        let _ = stopped.await;
    }));
    (address, stop)
}

/// Sends these bytes, and returns what comes back until the server closes.
async fn exchange(address: SocketAddr, bytes: &'static str) -> String {
    tokio::task::spawn_blocking(move || {
        let mut stream = std::net::TcpStream::connect(address).unwrap();
        stream.write_all(bytes.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    })
    .await
    .unwrap()
}

#[tokio::test]
async fn the_user_of_this_machine_is_answered() {
    let (address, _running) = server().await;
    let request = "GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    let answer = exchange(address, request).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.contains("x-content-type-options: nosniff\r\n"), "{answer}");
    assert!(answer.ends_with("hello"), "{answer}");
}

#[tokio::test]
async fn a_page_and_a_rebound_name_are_refused() {
    let (address, _running) = server().await;
    let page = "GET / HTTP/1.1\r\nhost: localhost\r\norigin: https://evil.example\r\nconnection: close\r\n\r\n";
    assert!(exchange(address, page).await.starts_with("HTTP/1.1 403 "));
    let rebound = "GET / HTTP/1.1\r\nhost: evil.example\r\nconnection: close\r\n\r\n";
    assert!(exchange(address, rebound).await.starts_with("HTTP/1.1 421 "));
    let two = "GET / HTTP/1.1\r\nhost: localhost\r\nhost: a\r\nconnection: close\r\n\r\n";
    assert!(exchange(address, two).await.starts_with("HTTP/1.1 400 "));
    let none = "GET / HTTP/1.1\r\nconnection: close\r\n\r\n";
    assert!(exchange(address, none).await.starts_with("HTTP/1.1 400 "));
}

/// Needs root, to become somebody else, and the program `setpriv` of util-linux.
#[tokio::test]
async fn another_user_of_this_machine_is_refused() {
    if !rustix::process::geteuid().is_root() || Command::new("setpriv").arg("-V").output().is_err()
    {
        eprintln!("skipped: only root can try this as another user, with setpriv");
        return;
    }
    let (address, _running) = server().await;
    let script = format!(
        "exec 3<>/dev/tcp/127.0.0.1/{}; \
         printf 'GET / HTTP/1.1\\r\\nhost: localhost\\r\\nconnection: close\\r\\n\\r\\n' >&3; cat <&3",
        address.port()
    );
    let output = tokio::process::Command::new("setpriv")
        .args(["--reuid=65534", "--regid=65534", "--clear-groups", "bash", "-c", &script])
        .output()
        .await
        .unwrap();
    let answer = String::from_utf8_lossy(&output.stdout);
    assert!(answer.starts_with("HTTP/1.1 403 Forbidden\r\n"), "{answer} {output:?}");
    assert!(!answer.contains("hello"), "{answer}");
}

#[tokio::test]
async fn shutdown_closes_connections_that_never_spoke() {
    let (address, stop) = server().await;
    let mut silent = TcpStream::connect(address).await.unwrap();
    let mut half = TcpStream::connect(address).await.unwrap();
    half.write_all(b"PRI * HT").await.unwrap();
    drop(stop);
    for stream in [&mut silent, &mut half] {
        // The end of the stream, or a reset; either way nothing waits.
        let read = tokio::io::AsyncReadExt::read(stream, &mut [0]).await;
        assert!(!matches!(read, Ok(length) if length > 0), "{read:?}");
    }
}

#[tokio::test]
async fn a_connection_that_sends_no_whole_request_is_closed_after_the_timeout() {
    let (address, _running) = server_within(Duration::from_millis(50)).await;
    for start in ["", "GET / HT", "PRI * HT", "GET / HTTP/1.1\r\nhost: localhost\r\n"] {
        let mut half_open = TcpStream::connect(address).await.unwrap();
        half_open.write_all(start.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        // The end of the stream or a reset: without the timeout this would wait for ever.
        let _ = tokio::io::AsyncReadExt::read_to_end(&mut half_open, &mut answer).await;
        assert!(!String::from_utf8_lossy(&answer).contains("hello"), "{start}");
    }
}

/// A server that answers with the body of the request, or with its fault.
async fn echo(access: Access) -> (SocketAddr, tokio::sync::oneshot::Sender<()>) {
    let listener = bind(0).await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let router = Router::new().fallback(|body: axum::body::Body| async {
        let (body, watch) = match started(body).await {
            Ok(started) => started,
            Err(fault) => return format!("not started: {fault}"),
        };
        let hint = axum::body::HttpBody::size_hint(&body).exact();
        match axum::body::to_bytes(body, 1024).await {
            Ok(bytes) => format!("{hint:?} {}", String::from_utf8_lossy(&bytes)),
            Err(error) => format!("{error}: {:?}", watch.fault()),
        }
    });
    tokio::spawn(serve(listener, router, access, async {
        let _ = stopped.await;
    }));
    (address, stop)
}

const POST: &str = "POST / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n";

#[tokio::test]
async fn a_body_that_stalls_is_ended() {
    let access = Access::to_apis(&[]).with_body_timeout(Duration::from_millis(50));
    let (address, _running) = echo(access).await;
    let send = async |rest: &'static str| {
        let request: &'static str = format!("{POST}{rest}").leak();
        exchange(address, request).await
    };
    let answer = send("content-length: 4\r\n\r\n").await;
    assert!(answer.ends_with("not started: the body of the request stalled"), "{answer}");
    let answer = send("content-length: 4\r\n\r\nab").await;
    assert!(answer.ends_with("the request's body stalled: Some(Stalled)"), "{answer}");
    let answer = send("transfer-encoding: chunked\r\n\r\n2\r\nab\r\n").await;
    assert!(answer.ends_with("the request's body stalled: Some(Stalled)"), "{answer}");
}

#[tokio::test]
async fn a_body_that_is_forwarded_stays_the_same_and_its_fault_is_known() {
    let (address, _running) = echo(Access::to_a_function()).await;
    let send = async |rest: &'static str| {
        let request: &'static str = format!("{POST}{rest}").leak();
        exchange(address, request).await
    };
    assert!(send("content-length: 4\r\n\r\nabcd").await.ends_with("Some(4) abcd"));
    assert!(send("content-length: 0\r\n\r\n").await.ends_with("Some(0) "));
    let chunked = send("transfer-encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n").await;
    assert!(chunked.ends_with("None abc"), "{chunked}");
    let answer = send("transfer-encoding: chunked\r\n\r\nzz\r\n").await;
    assert!(answer.ends_with("not started: the body of the request is malformed or incomplete"));
    let answer = send("transfer-encoding: chunked\r\n\r\n2\r\nab\r\nzz\r\n").await;
    assert!(answer.ends_with(": Some(Malformed)"), "{answer}");
}

#[tokio::test]
async fn a_page_of_an_allowed_origin_may_ask_and_read() {
    let access = Access::to_apis(&["http://localhost:3000/".to_owned()]);
    let (address, _running) = echo(access).await;
    let preflight = "OPTIONS /v1 HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
                     origin: http://localhost:3000\r\naccess-control-request-method: PUT\r\n\
                     access-control-request-headers: content-type\r\n\r\n";
    let answer = exchange(address, preflight).await;
    assert!(answer.starts_with("HTTP/1.1 204 "), "{answer}");
    for header in [
        "access-control-allow-origin: http://localhost:3000\r\n",
        "access-control-allow-methods: PUT\r\n",
        "access-control-allow-headers: content-type\r\n",
        "vary: origin\r\n",
    ] {
        assert!(answer.contains(header), "{header} {answer}");
    }
    let read = "GET /v1 HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
                origin: http://localhost:3000\r\nsec-fetch-site: same-site\r\n\r\n";
    let answer = exchange(address, read).await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert!(answer.contains("access-control-allow-origin: http://localhost:3000\r\n"), "{answer}");
    let other = "OPTIONS /v1 HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
                 origin: https://evil.example\r\naccess-control-request-method: PUT\r\n\r\n";
    let answer = exchange(address, other).await;
    assert!(answer.starts_with("HTTP/1.1 403 "), "{answer}");
    assert!(!answer.contains("access-control"), "{answer}");
}

#[tokio::test]
async fn the_server_as_a_whole_is_no_target() {
    let (address, _running) = server().await;
    let whole = "OPTIONS * HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    assert!(exchange(address, whole).await.starts_with("HTTP/1.1 400 "));
    let tunnel = "CONNECT localhost:22 HTTP/1.1\r\nhost: localhost:22\r\nconnection: close\r\n\r\n";
    assert!(exchange(address, tunnel).await.starts_with("HTTP/1.1 400 "));
}

#[tokio::test]
async fn connections_above_the_maximum_wait_for_a_free_one() {
    let (address, _running) = server().await;
    let mut open = Vec::new();
    for _ in 0..CONNECTIONS_MAX {
        open.push(TcpStream::connect(address).await.unwrap());
    }
    let waiting = tokio::spawn(exchange(
        address,
        "GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n",
    ));
    drop(open.pop());
    let answer = waiting.await.unwrap();
    assert!(answer.ends_with("hello"), "{answer}");
}

/// `GET path`, on a connection that stays open, and the start of the answer if one is awaited.
async fn begin(address: SocketAddr, path: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    stream
}

async fn is_answered(stream: &mut TcpStream) {
    let mut start = [0; 12];
    tokio::io::AsyncReadExt::read_exact(stream, &mut start).await.unwrap();
    assert_eq!(start, *b"HTTP/1.1 200");
}

async fn is_closed(stream: &mut TcpStream) {
    let mut rest = Vec::new();
    // The end of the stream, or a reset.
    let _ = tokio::io::AsyncReadExt::read_to_end(stream, &mut rest).await;
}

#[tokio::test]
async fn a_connection_without_a_request_gives_way_to_a_new_one() {
    let (address, _running) = server().await;
    let mut idle = begin(address, "/").await;
    is_answered(&mut idle).await;
    let mut open = Vec::new();
    for _ in 1..CONNECTIONS_MAX {
        let mut kept = begin(address, "/").await;
        is_answered(&mut kept).await;
        open.push(kept);
    }
    let request = "GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    assert!(exchange(address, request).await.ends_with("hello"));
    is_closed(&mut idle).await;
    // The others are still there.
    for kept in open.iter_mut().take(8) {
        let last = b"GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
        kept.write_all(last).await.unwrap();
        let mut rest = String::new();
        tokio::io::AsyncReadExt::read_to_string(kept, &mut rest).await.unwrap();
        assert_eq!(rest.matches("hello").count(), 2, "{rest}");
    }
}

/// Another program than the test: bash, which most machines have.
#[tokio::test]
async fn a_program_that_keeps_all_connections_busy_keeps_no_other_out() {
    let listener = bind(0).await.unwrap();
    let address = listener.local_addr().unwrap();
    let (_stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let (began, mut begun) = tokio::sync::mpsc::unbounded_channel();
    let hang = get(async move || {
        began.send(()).unwrap();
        std::future::pending::<()>().await;
    });
    let router = Router::new().route("/", get(|| async { "hello" })).route("/hang", hang);
    tokio::spawn(serve(listener, router, Access::to_apis(&[]), async {
        let _ = stopped.await;
    }));
    let mut oldest = begin(address, "/hang").await;
    begun.recv().await.unwrap();
    let mut busy = Vec::new();
    for _ in 1..CONNECTIONS_MAX {
        busy.push(begin(address, "/hang").await);
        begun.recv().await.unwrap();
    }
    let script = format!(
        "exec 3<>/dev/tcp/127.0.0.1/{}; \
         printf 'GET / HTTP/1.1\\r\\nhost: localhost\\r\\nconnection: close\\r\\n\\r\\n' >&3; cat <&3",
        address.port()
    );
    let Ok(output) = tokio::process::Command::new("bash").args(["-c", &script]).output().await
    else {
        eprintln!("skipped: this machine has no bash");
        return;
    };
    let answer = String::from_utf8_lossy(&output.stdout);
    assert!(answer.ends_with("hello"), "{answer} {output:?}");
    is_closed(&mut oldest).await;
}

#[tokio::test]
async fn all_loopback_addresses_are_served_on_one_descriptor_and_no_other_address_is() {
    let Ok(listener) = bind_whole_loopback(None) else {
        println!("skipped: the kernel does not restrict a socket to an interface");
        return;
    };
    let port = listener.local_addr().unwrap().port();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let said = get(async |request: axum::extract::Request| {
        request.extensions().get::<LocalAddress>().unwrap().0.to_string()
    });
    let router = Router::new().route("/", said);
    tokio::spawn(serve(listener, router, Access::to_a_function(), async {
        let _ = stopped.await;
    }));
    let request = "GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    for ip in [Ipv4Addr::LOCALHOST, Ipv4Addr::new(127, 9, 8, 7), Ipv4Addr::new(127, 255, 0, 1)] {
        let address = SocketAddr::from((ip, port));
        let answer = exchange(address, request).await;
        assert!(answer.ends_with(&format!("\r\n{address}")), "{answer}");
    }
    // Sends nothing.
    let socket = std::net::UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).unwrap();
    let own = socket.connect("192.0.2.1:9").and_then(|()| socket.local_addr());
    match own {
        Ok(own) if !own.ip().is_loopback() => {
            let address = SocketAddr::new(own.ip(), port);
            // Where the kernel lets it through, this process refuses it.
            if std::net::TcpStream::connect(address).is_ok() {
                let answer = exchange(address, request).await;
                assert!(answer.starts_with("HTTP/1.1 403 "), "{answer}");
            }
        }
        Ok(_) | Err(_) => println!("skipped: this machine has no other address"),
    }
    drop(stop);
}
