//! Java functions, built by the rules of Google's buildpacks `google.java.maven`,
//! `google.java.gradle` and `google.java.functions-framework`.
//! <https://github.com/GoogleCloudPlatform/buildpacks/tree/main/cmd/java>
//!
//! The host's JDK replaces the runtime layer. The function's dependencies are a layer of their own,
//! whose digest changes only with them. A source that was built before is not compiled again.

mod compiled;
mod gradle;
mod invoker;
mod jar;
mod jdk;
mod maven;
mod output;
mod sample;
mod target;

use std::collections::BTreeMap;
use std::path::Path;

use async_trait::async_trait;
use serde_json::{Value, json};

use super::contract::{BuildError, Buildpack, Built, Detect, Tools, Workspace};
use super::host::launch_path;
use super::launch::{self, Framework};
use crate::image::Contents;
use invoker::Invoker;
use jdk::Jdk;
use output::Output;

pub(super) struct Java;

/// Files by which Google's buildpacks recognize Java, in addition to any `*.java` or `*.jar`.
const SIGNS: [&str; 7] = [
    "pom.xml",
    ".mvn/extensions.xml",
    "build.gradle",
    "build.gradle.kts",
    "settings.gradle.kts",
    "settings.gradle",
    "META-INF/MANIFEST.MF",
];

#[async_trait]
impl Buildpack for Java {
    fn id(&self) -> &'static str {
        "google.java.functions-framework"
    }

    fn language(&self) -> &'static str {
        "java"
    }

    fn detect(&self, workspace: &Workspace) -> Detect {
        if let Some(sign) = SIGNS.into_iter().find(|sign| workspace.has(sign)) {
            return Detect::OptIn(format!("found {sign}"));
        }
        let found = ["java", "jar"]
            .into_iter()
            .find(|extension| !jar::files_with_extension(workspace.root(), extension).is_empty());
        found.map_or(Detect::OptOut, |extension| Detect::OptIn(format!("found .{extension} files")))
    }

    fn settings(&self, host: &BTreeMap<String, String>) -> Value {
        jdk::INHERITANCE.determining(host)
    }

    async fn build(&self, workspace: &Workspace, tools: &Tools) -> Result<Built, BuildError> {
        build(workspace, tools).await
    }
}

async fn build(workspace: &Workspace, tools: &Tools) -> Result<Built, BuildError> {
    let target = workspace.function_target()?;
    let jdk = Jdk::find(workspace, tools).await?;
    let mut warnings = jdk.version_warnings(workspace);
    warnings.push(LISTENS_EVERYWHERE.to_owned());
    warnings.extend(gradle::warning(workspace));
    warnings.iter().for_each(|warning| tools.log.line(format!("WARNING: {warning}")));
    let output = Output::of(&jdk, workspace, tools).await?;
    let other_signature = target::check(&jdk, workspace, tools, &output, target).await?;
    other_signature.iter().for_each(|warning| tools.log.line(format!("WARNING: {warning}")));
    warnings.extend(other_signature);
    let invoker = Invoker::find(&jdk, workspace, tools, &output).await?;
    let dependencies = output.dependencies.as_ref().map(|cached| cached.layer.clone());
    let layers = invoker.layer.iter().cloned().chain(dependencies).collect();
    let image = Contents {
        environment: environment(&jdk, workspace),
        entrypoint: vec![
            jdk.executable.clone(),
            "-jar".to_owned(),
            invoker.path.clone(),
            "--classpath".to_owned(),
            output.launch_class_path(),
        ],
        labels: launch::labels(
            workspace,
            Framework {
                runtime: "java",
                version: &invoker.version,
                injected: invoker.layer.is_some(),
            },
        ),
        host: json!({"java": {"executable": jdk.executable, "version": jdk.version}}),
        layers,
    };
    Ok(Built { image, versions: vec![jdk.version.clone()], warnings })
}

/// The sandbox does not isolate the network.
const LISTENS_EVERYWHERE: &str = "the Java invoker cannot listen on loopback only, so other machines may reach an instance \
                                  while it runs";

fn environment(jdk: &Jdk, workspace: &Workspace) -> BTreeMap<String, String> {
    let mut environment = launch::environment(workspace);
    environment.insert("PATH".to_owned(), launch_path([], Some(Path::new(&jdk.executable))));
    environment.insert("JAVA_HOME".to_owned(), jdk.home.clone());
    environment
}
