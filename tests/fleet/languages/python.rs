//! Python sources that declare their dependencies in other ways than requirements.txt.

use std::fs;

use crate::support::{Cloud, function, spec};
use longshore_messages::{Outcome, proto};

/// A project without a lock file, so that uv generates one: a committed lock file would name the
/// index of its author.
const PROJECT: &str = "[project]\nname = \"hello\"\nversion = \"0.1.0\"\nrequires-python = \">=3.9\"\ndependencies = [\"functions-framework==3.*\"]\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_pyproject_is_installed_by_uv_or_pip_and_has_to_depend_on_the_framework() {
    let cloud = Cloud::start().await;
    let _fleet = cloud.fleet();
    for manager in ["uv", "pip"] {
        let directory = function(cloud.folder(), manager);
        fs::write(directory.join("pyproject.toml"), PROJECT).unwrap();
        let outcome = deploy(&cloud, &directory, manager).await;
        assert_eq!(outcome.as_str(), "deployed", "{outcome:?}\n{}", cloud.logs());
        assert_eq!(cloud.call("pyproject"), (true, manager.to_owned()));
    }
    let directory = function(cloud.folder(), "bare");
    fs::write(directory.join("pyproject.toml"), PROJECT.replace("functions-framework", "flask"))
        .unwrap();
    let outcome = deploy(&cloud, &directory, "uv").await;
    let Outcome::Failed(failure) = &outcome else { panic!("{outcome:?}") };
    let said = format!("{}\n{}", failure.reason, failure.log_tail.join("\n"));
    assert!(said.contains("you have not included the Functions Framework"), "{said}");
}

async fn deploy(cloud: &Cloud, directory: &std::path::Path, manager: &str) -> Outcome {
    let environment = [("GOOGLE_PYTHON_PACKAGE_MANAGER".to_owned(), manager.to_owned())].into();
    let requested = proto::FunctionSpec {
        build: Some(proto::BuildSettings { environment, ..proto::BuildSettings::default() }),
        ..spec("pyproject", cloud.stage(directory).await)
    };
    cloud.end_of(cloud.request(requested).await).await.outcome
}
