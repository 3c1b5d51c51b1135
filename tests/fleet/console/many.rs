//! A ledger with thousands of deployments.

use std::time::{Duration, Instant};

use futures::stream::{self, StreamExt as _};
use reqwest::Client;

use super::browser::{Console, modules};
use super::made::{End, Made};
use crate::support::Cloud;

/// Deployments that are written at the same time.
const AT_ONCE: usize = 64;

/// Frames in a second that a list is scrolled at, on a machine that does nothing else.
const FRAMES: &str = "60";

/// The size of a page, which does not grow with the number of deployments.
const PAGE_BYTES_MAX: usize = 256 * 1024;

const PAGES: [&str; 8] = [
    "",
    "deployments",
    "deployments?sort=slowest&from=900",
    "deployments?q=fn-0042",
    "deployments/rows?&from=500",
    "failures",
    "parked",
    "quotas",
];

async fn written(deployments: usize) -> Cloud {
    let cloud = Cloud::start().await;
    let write = async |number: usize| {
        let end = match number % 10 {
            0 => End::Failed("build-failed", "pip could not install the requirements"),
            1 => End::Superseded,
            _ => End::Deployed,
        };
        let (name, ce_id) = (format!("fn-{:04}", number % 2_500), format!("many-{number}"));
        Made::request(&cloud, &name, "//test", &ce_id).await.end(end).await;
    };
    stream::iter(0..deployments).map(write).buffer_unordered(AT_ONCE).collect::<Vec<()>>().await;
    cloud
}

/// What a page took, its size, and the number of rows of which it shows some.
async fn read(client: &Client, url: String) -> (Duration, usize, Option<String>) {
    let begun = Instant::now();
    let page = client.get(url).send().await.unwrap();
    let total = page.headers().get("x-total").map(|total| total.to_str().unwrap().to_owned());
    let bytes = page.bytes().await.unwrap().len();
    (begun.elapsed(), bytes, total)
}

#[expect(clippy::print_stdout, reason = "a passing test shows what it measured")]
async fn are_listed_and_scrolled(deployments: usize, frames: &str) {
    let packages = modules().await;
    let begun = Instant::now();
    let cloud = written(deployments).await;
    println!("{deployments} deployments, written within {:?}", begun.elapsed());
    let begun = Instant::now();
    let console = Console::start(&cloud, packages.clone().unwrap_or_default()).await;
    let client = Client::builder().no_proxy().build().unwrap();
    // A page reads the index, and the rows say how much it has.
    super::waits(async || {
        read(&client, console.url.clone()).await;
        let (_, _, total) = read(&client, format!("{}deployments/rows?", console.url)).await;
        (total == Some(deployments.to_string())).then_some(())
    })
    .await;
    println!("read within {:?}", begun.elapsed());
    for path in PAGES {
        let (took, bytes, _) = read(&client, format!("{}{path}", console.url)).await;
        println!("/{path}: {took:?}, {bytes} bytes");
        assert!(bytes < PAGE_BYTES_MAX, "/{path} has {bytes} bytes");
    }
    if packages.is_none() {
        return;
    }
    console.runs("rows", &[&deployments.to_string(), frames]).await;
    console.runs("scrolls", &[&deployments.to_string(), frames]).await;
    console.runs("accessible", &["deployments?state=failed"]).await;
    let folder = super::pictures().join("many").display().to_string();
    console.runs("screenshots", &[&folder, "road=", "list=deployments", "failures=failures"]).await;
}

#[tokio::test]
async fn a_thousand_deployments_are_listed_and_scrolled() {
    are_listed_and_scrolled(1_000, "").await;
}

#[ignore = "measures frames, which needs the whole machine: run it by name"]
#[tokio::test]
async fn ten_thousand_deployments_are_listed_and_scrolled() {
    are_listed_and_scrolled(10_000, FRAMES).await;
}
