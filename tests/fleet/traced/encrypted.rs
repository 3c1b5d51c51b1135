//! A receiver that takes spans only over TLS, and only from those whose certificate it knows.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};

use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout};

use crate::batches::absent;
use crate::support::{Cloud, PATIENCE, spec};

/// Creates an authority, and the certificates of a receiver and of a worker.
const CERTIFICATES: &str = "
set -e
key='-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes'
openssl req -x509 $key -days 2 -subj '/CN=authority of a test' -keyout ca.key -out ca.pem
printf 'subjectAltName=DNS:localhost\nbasicConstraints=CA:FALSE\n' > extensions
for name in receiver worker; do
  openssl req -new $key -subj /CN=$name -keyout $name.key -out request.pem
  openssl x509 -req -in request.pem -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 \
    -extfile extensions -out $name.pem
done
";

/// Prints its port, and then the path and the sender of each request.
const RECEIVER: &str = r#"
import http.server, ssl

class Receiver(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        sender = dict(name[0] for name in self.connection.getpeercert()["subject"])["commonName"]
        print(self.path, sender, flush=True)
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass

tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile="ca.pem")
tls.verify_mode = ssl.CERT_REQUIRED
tls.load_cert_chain("receiver.pem", "receiver.key")
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
server.socket = tls.wrap_socket(server.socket, server_side=True)
print(server.server_port, flush=True)
server.serve_forever()
"#;

/// The receiver's process, killed when this is dropped.
struct Receiver {
    _process: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Receiver {
    /// Prints the reason and returns `None` if a tool is missing.
    #[expect(clippy::print_stdout, reason = "prints skipped tests")]
    fn start(folder: &Path) -> Option<Self> {
        for (tool, version) in [("python3", "--version"), ("openssl", "version")] {
            let output = Command::new(tool).arg(version).output();
            if !output.is_ok_and(|output| output.status.success()) {
                println!("skipped: {tool} is missing, so no receiver can be started");
                return None;
            }
        }
        let made = Command::new("sh").args(["-c", CERTIFICATES]).current_dir(folder).output();
        let made = made.unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let mut process = tokio::process::Command::new("python3")
            .args(["-c", RECEIVER])
            .current_dir(folder)
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        Some(Self { _process: process, lines })
    }

    async fn line(&mut self) -> String {
        let line = tokio::time::timeout(PATIENCE, self.lines.next_line()).await;
        line.unwrap().unwrap().expect("the receiver has ended")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn spans_are_sent_over_tls_with_the_certificate_of_the_worker() {
    let cloud = Cloud::start().await;
    let folder = cloud.folder().join("tls");
    std::fs::create_dir(&folder).unwrap();
    let Some(mut receiver) = Receiver::start(&folder) else { return };
    let port = receiver.line().await;
    let file = |name: &str| folder.join(name).display().to_string();
    let settings = [
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", format!("https://localhost:{port}/v1/traces")),
        ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/protobuf".to_owned()),
        ("OTEL_EXPORTER_OTLP_CERTIFICATE", file("ca.pem")),
        ("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", file("worker.pem")),
        ("OTEL_EXPORTER_OTLP_CLIENT_KEY", file("worker.key")),
        ("OTEL_BSP_SCHEDULE_DELAY", "100".to_owned()),
    ];
    let settings = settings.map(|(name, value)| (name.to_owned(), value));
    let _uploader = cloud.worker_with("uploader", &BTreeMap::from(settings));
    let source = absent(&cloud).await;
    cloud.request(spec("encrypted", source)).await;
    assert_eq!(receiver.line().await, "/v1/traces worker");
}
