//! What a function reaches, and who reaches it. These tests are skipped, and say so, where instances
//! have no networks of their own.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};

use axum::Router;
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::routing::get as on_get;
use google_cloud_run_v2::model::{EnvVar, RevisionTemplate, Service};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tokio::net::TcpListener;

use super::fixture::{
    Cloud, SERVICE, client, get, get_json, sandbox, service_of, tuning, with_template,
};
use crate::inside::Reach;
use crate::machine::Bounds;
use crate::tuning::Tuning;

const CALLER: &str = "projects/p/locations/r/services/caller";
const ACCOUNT: &str = "caller@p.iam.gserviceaccount.com";

/// Public addresses that lead to servers of these tests.
const PUBLIC: Ipv4Addr = Ipv4Addr::new(93, 184, 215, 14);

/// `/connect?HOST:PORT` says what comes back, and `/fetch?URL` gets it, with the header of the
/// metadata server and, after `#`, an identity token. `/who` says who answers.
const CLIENT: &str = r##"
import http.server, json, os, socket, urllib.parse, urllib.request, uuid
ME = str(uuid.uuid4())
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        kind, _, argument = self.path.partition("?")
        self.answer({"/connect": connect, "/fetch": fetch}.get(kind, who)(urllib.parse.unquote(argument)))
    def answer(self, value):
        body = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *args):
        pass
def who(_):
    return {"me": ME, "port": os.environ["PORT"]}
def connect(address):
    host, port = address.rsplit(":", 1)
    try:
        with socket.create_connection((host, int(port)), 20) as stream:
            return {"connected": stream.getpeername(), "read": stream.recv(100).decode()}
    except OSError as error:
        return {"error": type(error).__name__}
def fetch(url):
    url, _, token = url.partition("#")
    request = urllib.request.Request(url, headers={"Metadata-Flavor": "Google"})
    if token:
        request.add_header("Authorization", "Bearer " + token)
    try:
        with urllib.request.urlopen(request, timeout=20) as response:
            return {"status": response.status, "body": response.read().decode(), "flavor": response.headers["Metadata-Flavor"]}
    except urllib.error.HTTPError as error:
        return {"status": error.code}
    except OSError as error:
        return {"error": str(error)}
http.server.ThreadingHTTPServer(("", int(os.environ["PORT"])), Handler).serve_forever()
"##;

/// `None` if instances have no networks of their own.
async fn cloud(reach: Reach) -> Option<Cloud> {
    if let Some(why) = sandbox().missing_networks() {
        println!("skipped: {why}");
        return None;
    }
    Some(Cloud::reaching(Some(reach), tuning(), sandbox()).await)
}

/// The service of another name, with an account of its own.
async fn caller(cloud: &Cloud) -> String {
    let image = cloud.push(CLIENT);
    let service =
        with_template(&image, |template: RevisionTemplate| template.set_service_account(ACCOUNT));
    let done = cloud.deploy_as(CALLER, service).await;
    assert!(done.get("error").is_none(), "{done}");
    done["response"]["uri"].as_str().unwrap().to_owned()
}

async fn ask(url: &str, question: &str) -> Value {
    get_json(&format!("{url}/{}", question.replace('#', "%23"))).await
}

async fn metadata(url: &str, path: &str) -> Value {
    let server = "http://metadata.google.internal/computeMetadata/v1";
    ask(url, &format!("fetch?{server}/{}", path.replace('&', "%26"))).await
}

#[tokio::test]
async fn the_metadata_server_knows_the_instance_and_its_account() {
    let Some(cloud) = cloud(Reach::new(Vec::new())).await else { return };
    let url = caller(&cloud).await;
    for (path, expected) in [
        ("project/project-id", "p"),
        ("project/numeric-project-id", "42"),
        ("instance/region", "projects/42/regions/r"),
        ("instance/service-accounts/default/email", ACCOUNT),
    ] {
        let found = metadata(&url, path).await;
        assert_eq!(
            (&found["body"], &found["flavor"]),
            (&expected.into(), &"Google".into()),
            "{path}"
        );
    }
    let by_number =
        ask(&url, "fetch?http://169.254.169.254/computeMetadata/v1/project/project-id").await;
    assert_eq!(by_number["body"], "p");
    let token = metadata(&url, "instance/service-accounts/default/token").await;
    assert!(token["body"].as_str().unwrap().contains("\"token_type\":\"Bearer\""), "{token}");
    cloud.service.stop().await;
}

#[tokio::test]
async fn a_function_calls_another_one_with_the_identity_that_it_has() {
    let Some(cloud) = cloud(Reach::new(Vec::new())).await else { return };
    calls_another_with_its_identity(cloud).await;
}

#[tokio::test]
async fn a_function_calls_another_one_whose_url_shares_a_listener() {
    if let Some(why) = sandbox().missing_networks() {
        println!("skipped: {why}");
        return;
    }
    // There are too few for any listener besides.
    let bounds = Some(Bounds { descriptors: 100, instances: 10 });
    let tuning = Tuning { bounds, ..tuning() };
    let cloud = Cloud::reaching(Some(Reach::new(Vec::new())), tuning, sandbox()).await;
    if !cloud.service.host.tuning.shares_listener {
        println!("skipped: the kernel does not restrict a socket to an interface");
        return;
    }
    calls_another_with_its_identity(cloud).await;
}

async fn calls_another_with_its_identity(cloud: Cloud) {
    let url = caller(&cloud).await;
    // Deployed after the caller's instance has started: a URL is reachable once it is open.
    get_json(&url).await;
    let mut private = service_of(&cloud.push(CLIENT));
    private.invoker_iam_disabled = false;
    let called = cloud.deployed(private).await.uri;
    cloud.set_invokers(&[&format!("serviceAccount:{ACCOUNT}")]).await;

    let token = "instance/service-accounts/default/identity?audience=";
    let token = metadata(&url, &format!("{token}{called}")).await;
    let answer = ask(&url, &format!("fetch?{called}#{}", token["body"].as_str().unwrap())).await;
    assert_eq!(answer["status"], 200, "{answer}");
    assert_eq!(ask(&url, &format!("fetch?{called}")).await["status"], 403);
    let other =
        metadata(&url, "instance/service-accounts/default/identity?audience=http://other").await;
    let answer = ask(&url, &format!("fetch?{called}#{}", other["body"].as_str().unwrap())).await;
    assert_eq!(answer["status"], 401, "{answer}");
    cloud.service.stop().await;
}

#[tokio::test]
async fn neither_this_machines_ports_nor_another_instance_can_be_reached() {
    let Some(cloud) = cloud(Reach::new(Vec::new())).await else { return };
    let url = caller(&cloud).await;
    let other = cloud.deployed(service_of(&cloud.push(CLIENT))).await;
    let (one, two) = (ask(&url, "who").await, ask(&other.uri, "who").await);
    assert_eq!((&one["port"], &two["port"]), (&"8080".into(), &"8080".into()));
    assert_ne!(one["me"], two["me"]);
    // Its own port is the only one of this number that exists for it.
    let itself = ask(&url, "fetch?http://127.0.0.1:8080/who").await;
    assert!(itself["body"].as_str().unwrap().contains(one["me"].as_str().unwrap()), "{itself}");

    let admin = TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0)).await.unwrap();
    let port = admin.local_addr().unwrap().port();
    let mut hosts = vec!["127.0.0.1".to_owned(), "localhost".to_owned(), "0.0.0.0".to_owned()];
    hosts.extend(own_addresses());
    hosts.push("::1".to_owned());
    for host in hosts {
        let found = ask(&url, &format!("connect?{host}:{port}")).await;
        assert!(found.get("error").is_some(), "{host}: {found}");
    }
    // Ports on which something listens for public addresses.
    for target in ["10.0.0.1:443", "192.168.0.1:80", "169.254.1.1:443", "127.0.0.1:443"] {
        let found = ask(&url, &format!("connect?{target}")).await;
        assert_eq!(found["read"], "", "{target}: {found}");
    }
    assert!(
        tokio::time::timeout(std::time::Duration::ZERO, admin.accept()).await.is_err(),
        "a connection came in"
    );
    cloud.service.stop().await;
}

/// The addresses that this machine has, apart from loopback.
fn own_addresses() -> Vec<String> {
    let table = fs::read_to_string("/proc/net/fib_trie").unwrap_or_default();
    let mut last = "";
    let mut found = Vec::new();
    for line in table.lines() {
        if let Some((_, address)) = line.split_once("-- ") {
            last = address;
        } else if line.contains("host LOCAL") && !last.starts_with("127.") {
            found.push(last.to_owned());
        }
    }
    found.dedup();
    found
}

#[tokio::test]
async fn public_addresses_are_reached_and_no_redirect_leads_elsewhere() {
    let secret = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let secret_url = format!("http://{}/", secret.local_addr().unwrap());
    tokio::spawn(async move {
        let router = Router::new().fallback(|| async { "secret" });
        axum::serve(secret, router).await.unwrap();
    });
    let public = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = public.local_addr().unwrap();
    let to =
        |target: String| on_get(move || async move { (StatusCode::FOUND, [(LOCATION, target)]) });
    let router = Router::new()
        .route("/", on_get(|| async { "public" }))
        .route("/to-loopback", to(secret_url))
        .route("/to-private", to("http://10.9.8.7/".to_owned()))
        .route(
            "/to-metadata",
            to("http://metadata/computeMetadata/v1/project/project-id".to_owned()),
        );
    tokio::spawn(async move { axum::serve(public, router).await.unwrap() });

    let reach = Reach::new(Vec::new());
    let expected = SocketAddr::from((PUBLIC, 80));
    let reach = reach.with_route(move |asked| (asked == expected).then_some(address));
    let Some(cloud) = cloud(reach).await else { return };
    let url = cloud.deployed(service_of(&cloud.push(CLIENT))).await.uri;
    let found = ask(&url, &format!("fetch?http://{PUBLIC}/")).await;
    assert_eq!(found["body"], "public", "{found}");
    for path in ["to-loopback", "to-private"] {
        let found = ask(&url, &format!("fetch?http://{PUBLIC}/{path}")).await;
        assert!(found.get("error").is_some(), "{path}: {found}");
    }
    // It is the instance's own client that follows, and may read this anyway.
    let found = ask(&url, &format!("fetch?http://{PUBLIC}/to-metadata")).await;
    assert_eq!(found["body"], "p", "{found}");
    let found = ask(&url, &format!("connect?{PUBLIC}:81")).await;
    assert_eq!(found["error"], "ConnectionRefusedError", "{found}");
    // The resolver answers, and where an answer leads is checked as for every other address.
    let found = ask(&url, "connect?no-such-name.invalid:80").await;
    assert_eq!(found["error"], "gaierror", "{found}");
    let log = cloud.log().await;
    let refused = |entry: &Value| {
        entry["textPayload"].as_str().is_some_and(|text| text.contains("10.9.8.7:80 was refused"))
    };
    assert!(log.iter().any(refused), "{log:?}");
    cloud.service.stop().await;
}

#[tokio::test]
async fn requests_reach_an_instance_that_was_frozen_with_its_guard() {
    let Some(cloud) = cloud(Reach::new(Vec::new())).await else { return };
    let image = cloud.push(CLIENT);
    let mark = format!("frozen-{}", std::process::id());
    let service = marked(service_of(&image), &mark);
    let url = cloud.deployed(service).await.uri;
    let before = ask(&url, "who").await;
    let mut frozen = None;
    for entry in fs::read_dir("/proc").unwrap().flatten() {
        let environment = fs::read(entry.path().join("environ")).unwrap_or_default();
        if environment
            .split(|byte| *byte == 0)
            .any(|pair| pair == format!("MARK={mark}").as_bytes())
        {
            frozen = entry.file_name().to_str().unwrap().parse::<i32>().ok();
        }
    }
    let mut processes = vec![frozen.expect("the function's process")];
    // Up to the guard, which is this process's child.
    loop {
        let parent = parent(*processes.last().unwrap());
        if parent == std::process::id().cast_signed() || parent <= 1 {
            break;
        }
        processes.push(parent);
    }
    let signal = |signal| {
        for process in &processes {
            kill_process(Pid::from_raw(*process).unwrap(), signal).unwrap();
        }
    };
    signal(Signal::STOP);
    let asked = tokio::spawn({
        let url = url.clone();
        async move { get(&format!("{url}/who")).await }
    });
    let given_up = client().get(format!("{url}/who")).timeout(std::time::Duration::from_millis(50));
    assert!(given_up.send().await.is_err(), "it is frozen");
    signal(Signal::CONT);
    let (status, text) = asked.await.unwrap();
    assert_eq!(status, StatusCode::OK, "{text}");
    assert!(text.contains(before["me"].as_str().unwrap()), "{text}");
    assert_eq!(ask(&url, "who").await["me"], before["me"], "the same instance");
    let cloud = cloud.restarted().await;
    assert_ne!(ask(&url, "who").await["me"], before["me"], "a new instance after a restart");
    cloud.service.stop().await;
}

fn marked(mut service: Service, mark: &str) -> Service {
    let container = &mut service.template.as_mut().unwrap().containers[0];
    container.env.push(EnvVar::new().set_name("MARK").set_value(mark));
    service
}

fn parent(process: i32) -> i32 {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let after = stat.rsplit_once(')').map_or("", |(_, after)| after);
    after.split_whitespace().nth(1).and_then(|parent| parent.parse().ok()).unwrap_or_default()
}

#[tokio::test]
async fn instances_that_share_the_network_have_a_port_of_this_machine() {
    let cloud = Cloud::reaching(None, tuning(), sandbox()).await;
    let url = cloud.deployed(service_of(&cloud.push(CLIENT))).await.uri;
    let port = ask(&url, "who").await["port"].as_str().unwrap().to_owned();
    assert_ne!(port, "8080");
    let outside = get_json(&format!("http://127.0.0.1:{port}/who")).await;
    assert_eq!(outside["port"], port.as_str(), "this is what a network of its own prevents");
    assert!(cloud.get().await.name.ends_with(SERVICE));
    cloud.service.stop().await;
}
