//! What others can make a browser, or another program, do with the console.

use std::net::Ipv4Addr;

use axum::Router;
use axum::response::Html;
use axum::routing::get;
use reqwest::{Client, StatusCode};
use tokio::net::TcpListener;

use super::browser::{Console, modules};
use crate::support::{Cloud, uuid};
use longshore_messages::DeploymentId;

/// A site on another port, which is another origin.
async fn site() -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let page = get(async || Html("<!doctype html><title>hostile</title><body>"));
    tokio::spawn(async move { axum::serve(listener, Router::new().route("/", page)).await });
    format!("http://{address}/")
}

#[tokio::test]
async fn a_page_of_another_site_cannot_act_read_or_frame() {
    let Some(modules) = modules().await else { return };
    let cloud = Cloud::start().await;
    let console = Console::start(&cloud, modules).await;
    let id = DeploymentId::of("//test", &uuid()).to_string();
    let said = console.runs("hostile", &[&site().await, "cancel", &id]).await;
    // The browser may send, depending on its version, and may not know more than that.
    let unread = said.contains(r#""post":"opaque""#) || said.contains(r#""post":"blocked""#);
    assert!(unread && said.contains(r#""beacon":true"#), "{said}");
    assert!(said.contains(r#""frame":"other""#), "{said}");
    assert!(cloud.ledger.list_actions(10).await.unwrap().is_empty());

    let client = Client::builder().no_proxy().build().unwrap();
    let origin = console.url.trim_end_matches('/').to_owned();
    let page = client.get(format!("{}act?action=cancel&target={id}", console.url));
    let page = page.send().await.unwrap();
    let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"), "{policy}");
    let page = page.text().await.unwrap();
    let form = page.split_once("name=\"form\" value=\"").unwrap().1.split('"').next().unwrap();

    let body = |form: &str| format!("action=cancel&target={id}&reason=x&form={form}");
    let post = async |origin: Option<&str>, body: String| {
        let mut request = client.post(format!("{}act", console.url)).body(body);
        request = request.header("content-type", "application/x-www-form-urlencoded");
        if let Some(origin) = origin {
            request = request.header("origin", origin);
        }
        request.send().await.unwrap().status()
    };
    for (from, form) in [
        (None, form),
        (Some("http://evil.test"), form),
        (Some("null"), form),
        (Some(origin.as_str()), "guess"),
    ] {
        assert_eq!(post(from, body(form)).await, StatusCode::FORBIDDEN, "{from:?} {form}");
    }
    assert!(cloud.ledger.list_actions(10).await.unwrap().is_empty());
    // The same from the console's own page runs: the command says that there is no such deployment.
    assert_eq!(post(Some(&origin), body(form)).await, StatusCode::OK);
}

#[tokio::test]
async fn a_name_that_was_pointed_here_does_not_lead_to_the_console() {
    let cloud = Cloud::start().await;
    let console = Console::start(&cloud, std::path::PathBuf::new()).await;
    let client = Client::builder().no_proxy().build().unwrap();
    let answer = client.get(&console.url).header("host", "rebind.test").send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::MISDIRECTED_REQUEST);
    let answer = client.get(&console.url).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert!(answer.text().await.unwrap().contains("<h1>The road</h1>"));
}
