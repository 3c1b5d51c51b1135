//! Each example by each of Google's two methods, with nothing but its own manifest, and under a key
//! of Cloud KMS.

use crate::keys::Place;
use crate::support::{Cloud, longshore};

const EXAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples");

/// Deploys an example in both flavours, without a key of Cloud KMS and with one. `runtime` is what
/// the Functions flavour says that it chose, for a manifest that names a language.
async fn deploy_in_both_flavours(example: &str, runtime: Option<&str>) {
    let cloud = Cloud::start().await;
    let _fleet = cloud.fleet();
    let place = Place::new(&cloud).await;
    let (key, repository) = (place.key("key"), place.repository("images"));
    place.create_bucket("protected", &key).await;
    place.create_repository("images", &key).await;
    // The command line needs a bucket for the archive in both flavours.
    let sealed = ["--kms-key", &key, "--repository", &repository, "--source-bucket", "protected"];
    let (none, sealed) = (&[][..], &sealed[..]);
    for (flavour, flags) in
        [("run", none), ("run", sealed), ("functions", none), ("functions", sealed)]
    {
        let suffix = if flags.is_empty() { "" } else { "-sealed" };
        let name = format!("{example}-{flavour}{suffix}");
        let mut deploy = longshore(&cloud.environment);
        deploy.args(["deploy", "--flavour", flavour, "--name", &name]).args(flags);
        let output = deploy.arg(format!("{EXAMPLES}/{example}")).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{flavour}: {said}\n{}", cloud.logs());
        assert_eq!(cloud.call(&name), (true, "Hello, world!".to_owned()), "{name}");
        let chosen = runtime.filter(|_| flavour == "functions");
        if let Some(runtime) = chosen {
            assert!(said.contains(&format!("runtime {runtime}")), "{said}");
            let described = longshore(&cloud.environment).args(["describe", &name]).output();
            let described = String::from_utf8(described.unwrap().stdout).unwrap();
            assert!(described.contains(&format!("(requested: {runtime})")), "{described}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_python_example_is_deployed_in_both_flavours() {
    deploy_in_both_flavours("python-http", Some("python3")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_node_js_example_is_deployed_in_both_flavours() {
    if super::nodejs::is_here().await {
        deploy_in_both_flavours("nodejs-http", Some("nodejs")).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_go_example_is_deployed_in_both_flavours() {
    if super::golang::is_here().await {
        deploy_in_both_flavours("go-http", None).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_java_example_is_deployed_in_both_flavours() {
    if super::java::is_here().await {
        deploy_in_both_flavours("java-http", None).await;
    }
}
