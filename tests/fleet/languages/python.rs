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

/// A member of a workspace, which uv locks without a hash, beside packages that have one.
const WORKSPACE: &str = "[project]\nname = \"hello\"\nversion = \"0.1.0\"\nrequires-python = \">=3.9\"\ndependencies = [\"functions-framework==3.*\", \"member\"]\n[tool.uv]\nrequired-version = \">=0.5\"\n[tool.uv.workspace]\nmembers=[\"packages/*\"]\n[tool.uv.sources]\nmember={workspace=true}\n";
const MEMBER: &str = "[project]\nname = \"member\"\nversion = \"1.0\"\nrequires-python = \">=3.9\"\n[build-system]\nrequires = []\nbuild-backend = \"backend\"\nbackend-path = [\".\"]\n";
const BACKEND: &str = r#"import os, zipfile
def build_wheel(directory, config_settings=None, metadata_directory=None):
    name, info = "member-1.0-py3-none-any.whl", "member-1.0.dist-info/"
    with zipfile.ZipFile(os.path.join(directory, name), "w") as wheel:
        wheel.write("member.py")
        wheel.writestr(info + "METADATA", "Metadata-Version: 2.1\nName: member\nVersion: 1.0\n")
        wheel.writestr(info + "WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(info + "RECORD", "")
    return name
"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_member_of_a_uv_workspace_is_installed_and_follows_the_source() {
    let cloud = Cloud::start().await;
    let _fleet = cloud.fleet();
    let directory = cloud.folder().join("workspace");
    let member = directory.join("packages/member");
    fs::create_dir_all(&member).unwrap();
    let main = "from member import WORD\n\n\ndef hello(request):\n    return WORD\n";
    fs::write(directory.join("main.py"), main).unwrap();
    fs::write(directory.join("pyproject.toml"), WORKSPACE).unwrap();
    fs::write(member.join("pyproject.toml"), MEMBER).unwrap();
    fs::write(member.join("backend.py"), BACKEND).unwrap();
    for word in ["one", "two"] {
        fs::write(member.join("member.py"), format!("WORD = '{word}'\n")).unwrap();
        let outcome = deploy(&cloud, &directory, "uv").await;
        assert_eq!(outcome.as_str(), "deployed", "{outcome:?}\n{}", cloud.logs());
        assert_eq!(cloud.call("pyproject"), (true, word.to_owned()));
    }
}

async fn deploy(cloud: &Cloud, directory: &std::path::Path, manager: &str) -> Outcome {
    let environment = [("GOOGLE_PYTHON_PACKAGE_MANAGER".to_owned(), manager.to_owned())].into();
    let requested = proto::FunctionSpec {
        build: Some(proto::BuildSettings { environment, ..proto::BuildSettings::default() }),
        ..spec("pyproject", cloud.stage(directory).await)
    };
    cloud.end_of(cloud.request(requested).await).await.outcome
}
