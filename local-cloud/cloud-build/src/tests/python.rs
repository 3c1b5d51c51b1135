//! Python packages that are part of a source. Their build backend is in the source as well, so
//! these builds need no network.

use std::collections::BTreeMap;
use std::io::Read as _;

use serde_json::Value;

use super::fakes::Cloud;
use super::sources::{MAIN, archive};
use crate::core::Status;

const TARGET: (&str, &str) = ("GOOGLE_FUNCTION_TARGET", "hello");
const WITH_PIP: (&str, &str) = ("GOOGLE_PYTHON_PACKAGE_MANAGER", "pip");

/// Makes wheels of `src`: with a copy of the module, or with a path to it. Leaves a file behind, as
/// setuptools does.
const BACKEND: &str = r##"
import os, zipfile
def wheel(directory, editable):
    name = "flat-0.1-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(directory, name), "w") as archive:
        if editable:
            archive.writestr("flat.pth", os.path.abspath("src") + "\n")
        else:
            archive.write("src/flat.py", "flat.py")
        archive.writestr("flat-0.1.data/scripts/flat-tool", "#!python\nimport flat\n")
        info = "flat-0.1.dist-info/"
        archive.writestr(info + "METADATA", "Metadata-Version: 2.1\nName: flat\nVersion: 0.1\n")
        archive.writestr(info + "WHEEL", "Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(info + "RECORD", "")
    open("left-behind", "w").close()
    return name
def build_wheel(directory, config_settings=None, metadata_directory=None):
    return wheel(directory, False)
def build_editable(directory, config_settings=None, metadata_directory=None):
    return wheel(directory, True)
"##;

const BUILD_SYSTEM: &str =
    "[build-system]\nrequires = []\nbuild-backend = \"backend\"\nbackend-path = [\".\"]\n";

/// Waits for the end of a build. See [`files_of`].
async fn image(cloud: &mut Cloud, record: &crate::core::Record) -> BTreeMap<String, Vec<u8>> {
    let record = cloud.ended(&record.id).await;
    assert_eq!(record.status, Status::Success, "{}", cloud.log_of(&record.id));
    files_of(cloud)
}

/// The files of the image by their paths.
pub(super) fn files_of(cloud: &Cloud) -> BTreeMap<String, Vec<u8>> {
    let manifest: Value =
        serde_json::from_slice(&cloud.registry.lock().unwrap()["/v2/demo/repo/hello/manifests/v1"])
            .unwrap();
    let mut files = BTreeMap::new();
    for layer in manifest["layers"].as_array().unwrap() {
        let blob = cloud.blob(layer["digest"].as_str().unwrap());
        let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(blob.as_ref()));
        for entry in archive.entries().unwrap() {
            let mut entry = entry.unwrap();
            let path = entry.path().unwrap().display().to_string();
            let mut content = Vec::new();
            entry.read_to_end(&mut content).unwrap();
            if let Some(link) = entry.link_name().unwrap() {
                content = link.display().to_string().into_bytes();
            }
            files.insert(path, content);
        }
    }
    files
}

fn assert_points_nowhere(cloud: &Cloud, files: &BTreeMap<String, Vec<u8>>) {
    let build = cloud.dir.canonicalize().unwrap().display().to_string();
    for (path, content) in files {
        let text = String::from_utf8_lossy(content);
        assert!(!text.contains(&build), "{path} points into the build:\n{text}");
    }
}

#[tokio::test]
async fn packages_of_the_source_are_installed_and_point_into_the_image() {
    let dir = tempfile::tempdir().unwrap();
    let requirements =
        |line: &str| format!("--no-index\n--find-links wheels\nfunctions-framework\n{line}\n");
    for (line, file, content) in [
        ("-e libs/flat", "flat.pth", "/workspace/libs/flat/src\n"),
        ("./libs/flat", "flat.py", "WORD = 'flat'\n"),
    ] {
        let mut cloud = Cloud::open(&dir.path().join(file)).await;
        let requirements = requirements(line);
        let pyproject = format!("[project]\nname = \"flat\"\nversion = \"0.1\"\n{BUILD_SYSTEM}");
        let source = archive(
            dir.path(),
            "source.zip",
            &[
                MAIN,
                ("requirements.txt", &requirements),
                ("libs/flat/pyproject.toml", &pyproject),
                ("libs/flat/backend.py", BACKEND),
                ("libs/flat/src/flat.py", "WORD = 'flat'\n"),
            ],
        );
        let mut digests = Vec::new();
        for _ in 0..2 {
            let record = cloud.submit(&source, &[TARGET]);
            let files = image(&mut cloud, &record).await;
            let installed = &files[&format!("layers/google.python.pip/pip/{file}")];
            assert_eq!(String::from_utf8_lossy(installed), content);
            let tool =
                String::from_utf8_lossy(&files["layers/google.python.pip/pip/bin/flat-tool"]);
            assert!(
                tool.starts_with("#!/layers/google.python.runtime/python/bin/python3"),
                "{tool}"
            );
            assert_points_nowhere(&cloud, &files);
            digests.push(cloud.ended(&record.id).await.end.unwrap().image.unwrap().digest);
        }
        digests.dedup();
        assert_eq!(digests.len(), 1, "{line}: one source, one digest");
        cloud.service.stop().await;
    }
}

#[tokio::test]
async fn a_source_that_is_a_package_is_installed_beside_its_dependencies() {
    let dir = tempfile::tempdir().unwrap();
    let mut cloud = Cloud::open(dir.path()).await;
    let pyproject = format!(
        "[project]\nname = \"flat\"\nversion = \"0.1\"\ndependencies = [\"functions-framework\"]\n{BUILD_SYSTEM}"
    );
    let environment =
        [TARGET, WITH_PIP, ("PIP_NO_INDEX", "1"), ("GOOGLE_VENDOR_PIP_DEPENDENCIES", "wheels")];
    for word in ["one", "two"] {
        let module = format!("WORD = '{word}'\n");
        let source = archive(
            dir.path(),
            "source.zip",
            &[
                MAIN,
                ("pyproject.toml", &pyproject),
                ("backend.py", BACKEND),
                ("src/flat.py", &module),
            ],
        );
        let record = cloud.submit(&source, &environment);
        let files = image(&mut cloud, &record).await;
        let installed = &files["layers/google.python.pip/project/flat.py"];
        assert_eq!(String::from_utf8_lossy(installed), module);
        assert!(files.contains_key("layers/google.python.pip/pip/functions_framework/__init__.py"));
        assert_points_nowhere(&cloud, &files);
    }
    cloud.service.stop().await;
}
