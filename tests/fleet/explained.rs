//! Failures that people meet with each language and package manager, made by the tools themselves:
//! the screen of `longshore deploy` names the cause, in its first line, and nothing that hides it.

mod table;

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Mutex;
use std::time::Instant;

use crate::support::{Cloud, longshore};
use table::Case;

/// Tools that build at the same time. Each of them builds one source at a time, because several
/// compilers of Java or Go at once are slower than one after another.
const TOOLS_AT_ONCE: usize = 3;

/// What `longshore deploy` says.
struct Screen {
    case: &'static Case,
    text: String,
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cause_of_a_failure_is_on_the_screen_in_every_language() {
    all_are_explained(|case| !case.is_slow).await;
}

#[ignore = "compiles Go and Java, and downloads what they need, for minutes: run it by name"]
#[tokio::test(flavor = "multi_thread")]
async fn the_cause_of_a_failure_that_takes_long_is_on_the_screen() {
    all_are_explained(|case| case.is_slow).await;
}

/// `EXPLAINED=npm` leaves out the cases without this word in their names. `EXPLAINED_TABLE=FILE`
/// adds what is said about the others to a table in Markdown.
#[expect(clippy::print_stdout, reason = "prints what is skipped")]
async fn all_are_explained(is_chosen: impl Fn(&Case) -> bool) {
    let only = std::env::var("EXPLAINED").unwrap_or_default();
    let mut cases = table::cases();
    cases.retain(|case| case.name.contains(&only) && is_chosen(case));
    cases.retain(|case| match case.skipped() {
        Some(reason) => {
            println!("skipped: {}: {reason}", case.name);
            false
        }
        None => true,
    });
    let cloud = Cloud::start().await;
    let _fleet = cloud.fleet();
    let screens = screens(&cloud, &cases);
    if let Some(file) = std::env::var_os("EXPLAINED_TABLE") {
        let rows: String = screens.iter().map(row).collect();
        let file = fs::File::options().create(true).append(true).open(file);
        file.unwrap().write_all(rows.as_bytes()).unwrap();
    }
    let wrong: Vec<String> = screens.iter().filter_map(problem).collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), screens.len(), wrong.join("\n"));
}

/// What is said about each case, in the order of the table.
#[expect(clippy::print_stdout, reason = "prints the table as it is filled")]
fn screens(cloud: &Cloud, cases: &[&'static Case]) -> Vec<Screen> {
    let mut tools: BTreeMap<&str, Vec<&'static Case>> = BTreeMap::new();
    for case in cases {
        tools.entry(case.tool()).or_default().push(case);
    }
    let refusing = refusing().to_string();
    let mut waiting: Vec<_> = tools.into_values().collect();
    // The longest ones begin first, so that none of them is alone at the end.
    waiting.sort_by_key(Vec::len);
    let (waiting, screens) = (Mutex::new(waiting), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..TOOLS_AT_ONCE {
            scope.spawn(|| {
                loop {
                    let Some(cases) = waiting.lock().unwrap().pop() else { return };
                    for case in cases {
                        let begun = Instant::now();
                        let text = deploy(cloud, case, &refusing);
                        let (took, said) = (begun.elapsed(), headline(&text).unwrap_or("-"));
                        println!("{:<34} {:>5.1} s  {said}", case.name, took.as_secs_f64());
                        screens.lock().unwrap().push(Screen { case, text });
                    }
                }
            });
        }
    });
    let mut screens = screens.into_inner().unwrap();
    let place = |screen: &Screen| cases.iter().position(|case| case.name == screen.case.name);
    screens.sort_by_key(place);
    screens
}

/// The address of a registry that refuses every caller.
fn refusing() -> SocketAddr {
    const ANSWER: &[u8] = b"HTTP/1.1 401 Unauthorized\r\nwww-authenticate: Basic realm=\"x\"\r\n\
                            content-length: 0\r\nconnection: close\r\n\r\n";
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for connection in listener.incoming() {
            let Ok(mut connection) = connection else { return };
            // Requests without a body are in one packet, and who closes early is no failure.
            let _read = connection.read(&mut [0; 8192]);
            let _written = connection.write_all(ANSWER);
        }
    });
    address
}

/// Deploys the source of a case. `refusing` replaces `{refusing}` in it.
fn deploy(cloud: &Cloud, case: &Case, refusing: &str) -> String {
    let filled = |text: &str| text.replace("{refusing}", refusing);
    let name = case.name.to_lowercase().replace(|c: char| !c.is_ascii_alphanumeric(), "-");
    let directory = cloud.folder().join(&name);
    for (file, text) in case.files {
        write(&directory.join(file), &filled(text));
    }
    for file in case.copied {
        let path = directory.join(file.rsplit('/').next().unwrap());
        write(&path, &fs::read_to_string(file).unwrap());
    }
    let output = longshore(&cloud.environment)
        .args(["deploy", "--name", &name])
        .arg(&directory)
        .args(case.flags.iter().map(|flag| filled(flag)))
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    match output.status.success() {
        true => format!("it was deployed\n{text}"),
        false => text,
    }
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

/// The failure, its headline, who causes it, and the lines of the log that are shown.
fn row(Screen { case, text }: &Screen) -> String {
    let cause = text.split_once("(caused by ").and_then(|(_, rest)| rest.split_once(')'));
    let cause = cause.map_or("-", |(cause, _)| cause);
    let log = text.lines().skip_while(|line| line.trim() != "log").skip(1);
    let log = log.take_while(|line| line.starts_with("      "));
    let shown: Vec<String> =
        log.map(|line| format!("`{}`", line.trim().replace('`', "'"))).collect();
    let cell = |text: &str| text.replace('|', "\\|");
    let headline = headline(text).unwrap_or("-");
    format!("| {} | {} | {cause} | {} |\n", case.name, cell(headline), cell(&shown.join("<br>")))
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
