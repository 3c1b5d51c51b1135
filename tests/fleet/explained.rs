//! Failures that people meet with each language and package manager, made by the tools themselves:
//! the screen of `longshore deploy` names the cause, in its first line, and nothing that hides it.

mod table;

use std::fs;
use std::path::Path;
use std::sync::Mutex;

use crate::support::{Cloud, longshore};
use table::Case;

/// Builds at the same time.
const AT_ONCE: usize = 4;

/// What `longshore deploy` says.
struct Screen {
    case: &'static Case,
    text: String,
}

#[ignore = "builds 48 sources, which takes minutes: run it by name"]
#[tokio::test(flavor = "multi_thread")]
async fn the_cause_of_every_failure_is_on_the_screen() {
    let cloud = Cloud::start().await;
    let _fleet = cloud.fleet();
    let only = std::env::var("LONGSHORE_TEST_CASE").unwrap_or_default();
    let cases: Vec<&'static Case> =
        table::CASES.iter().filter(|case| case.name.contains(&only)).collect();
    let waiting = Mutex::new(cases.iter().rev().copied().collect::<Vec<_>>());
    let screens = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let Some(case) = waiting.lock().unwrap().pop() else { return };
                    if let Some(reason) = case.skipped() {
                        println!("skipped: {}: {reason}", case.name);
                        continue;
                    }
                    let text = deploy(&cloud, case);
                    screens.lock().unwrap().push(Screen { case, text });
                }
            });
        }
    });
    let screens = screens.into_inner().unwrap();
    let mut wrong = Vec::new();
    for screen in &screens {
        println!("{:<28} {}", screen.case.name, headline(&screen.text).unwrap_or("-"));
        wrong.extend(problem(screen));
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), screens.len(), wrong.join("\n"));
}

fn deploy(cloud: &Cloud, case: &Case) -> String {
    let name = case.name.replace([' ', ':', ','], "-");
    let directory = cloud.folder().join(&name);
    for (file, text) in case.files {
        write(&directory.join(file), text);
    }
    for file in case.copied {
        let path = directory.join(file.rsplit('/').next().unwrap());
        write(&path, &fs::read_to_string(file).unwrap());
    }
    let output = longshore(&cloud.environment)
        .args(["deploy", "--name", &name])
        .arg(&directory)
        .args(case.flags)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success(), "{name} was deployed:\n{text}");
    text
}

fn write(path: &Path, text: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
    if text.starts_with("#!") {
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }
}

/// The line with the outcome.
fn headline(text: &str) -> Option<&str> {
    let line = text
        .lines()
        .find(|line| line.contains("  failed in ") || line.contains("  not deployed"))?;
    line.split("  ").filter(|part| !part.is_empty()).last()
}

fn problem(Screen { case, text }: &Screen) -> Option<String> {
    let headline = headline(text).unwrap_or_default();
    let missing = case.shown.iter().find(|part| !text.contains(**part));
    let hiding = case.hidden.iter().find(|part| text.contains(**part));
    let what = if !headline.contains(case.headline) {
        format!("the headline has no {:?}", case.headline)
    } else if let Some(part) = missing {
        format!("{part:?} is missing")
    } else if let Some(part) = hiding {
        format!("{part:?} is shown")
    } else {
        return None;
    };
    Some(format!("== {}: {what}\n{text}", case.name))
}
