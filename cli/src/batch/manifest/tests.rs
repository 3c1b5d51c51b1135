use std::fs;

use super::*;

fn defaults() -> Defaults {
    Defaults { project: "demo-project".to_owned(), region: "europe-west1".to_owned() }
}

const COMMON: &str =
    "defaults:\n  entryPoint: hello\n  source: {storage: {bucket: sources, object: o}}\n";

/// Writes files into a directory, and reads the first one as the manifest.
fn read_files(files: &[(&str, &str)]) -> Result<Manifest, Vec<ManifestProblem>> {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    super::read(&dir.path().join(files[0].0), &defaults())
}

/// Each problem as `FILE:LINE:COLUMN FIELD`.
fn places(files: &[(&str, &str)]) -> Vec<String> {
    let problems = read_files(files).unwrap_err();
    let shown = problems.iter().map(|problem| {
        let file = problem.file.file_name().unwrap().to_string_lossy();
        let (line, column) = (problem.line.unwrap_or(0), problem.column.unwrap_or(0));
        format!("{file}:{line}:{column} {}", problem.field)
    });
    shown.collect()
}

#[test]
fn all_problems_of_all_files_are_in_one_list_with_file_line_and_field() {
    let manifest = format!(
        "{COMMON}waves: [0]\nincludes: [more.yaml]\nentries:\n  - function: {{name: A}}\n  \
         - function:\n      name: b\n      entrypoint: x\n      service: {{memory: 1, cpu: [2]}}\n"
    );
    let more = "window: 3\nentries:\n  - {}\n  - function: {name: c, region: nowhere}\n";
    assert_eq!(
        places(&[("batch.yaml", &manifest), ("more.yaml", more)]),
        [
            "batch.yaml:4:9 waves[0]",
            "batch.yaml:7:16 entries[0].function.name",
            "batch.yaml:10:7 entries[1].function.entrypoint",
            "batch.yaml:11:17 entries[1].function.service.memory",
            "batch.yaml:11:33 entries[1].function.service.cpu",
            "more.yaml:1:1 window",
            "more.yaml:3:5 entries[0].function",
            "more.yaml:4:25 entries[1].function.region",
        ]
    );
}

#[test]
fn a_problem_of_the_defaults_is_reported_once_and_there() {
    let manifest = "defaults:\n  entryPoint: hello\n  service: {memory: 1}\n  source: {storage: \
                    {bucket: sources, object: o}}\nentries:\n  - function: {name: a}\n  \
                    - function: {name: b}\n";
    assert_eq!(places(&[("b.yaml", manifest)]), ["b.yaml:3:13 defaults.service.memory"]);
}

#[test]
fn json_is_a_manifest_as_well() {
    let json = r#"{"defaults": {"entryPoint": "hello", "runtime": "python312",
        "source": {"storage": {"bucket": "sources", "object": "o"}}},
        "entries": [{"function": {"name": "a"}, "matrix": {"regions": ["europe-west1", "us-central1"]}}]}"#;
    let manifest = read_files(&[("batch.json", json)]).unwrap();
    assert_eq!((manifest.entries, manifest.functions.len()), (1, 2));
}

#[test]
fn the_defaults_of_an_included_file_are_over_those_of_the_manifest() {
    let manifest = format!("{COMMON}  runtime: python312\nincludes: [teams/a.yaml]\n");
    let team = "defaults: {runtime: go125}\nentries:\n  - function: {name: a}\n  - function: {name: \
                b, runtime: nodejs22}\n";
    let read = read_files(&[("batch.yaml", &manifest), ("teams/a.yaml", team)]).unwrap();
    let runtimes: Vec<_> =
        read.functions.iter().map(|one| one.function.runtime.clone().unwrap()).collect();
    assert_eq!(runtimes, ["go125", "nodejs22"]);
    assert!(read.functions.iter().all(|one| one.function.entry_point == "hello"));
}

#[test]
fn includes_do_not_repeat_a_file_and_do_not_leave_the_directory() {
    let dir = tempfile::tempdir().unwrap();
    let inside = dir.path().join("inside");
    fs::create_dir(&inside).unwrap();
    fs::write(dir.path().join("secret.yaml"), "entries: []\n").unwrap();
    fs::write(inside.join("loop.yaml"), "includes: [batch.yaml, loop.yaml]\n").unwrap();
    std::os::unix::fs::symlink(dir.path().join("secret.yaml"), inside.join("link.yaml")).unwrap();
    std::os::unix::fs::symlink(dir.path(), inside.join("up")).unwrap();
    let manifest = "includes:\n  - loop.yaml\n  - link.yaml\n  - up/secret.yaml\n  \
                    - ../secret.yaml\n  - absent.yaml\n";
    fs::write(inside.join("batch.yaml"), manifest).unwrap();
    let problems = super::read(&inside.join("batch.yaml"), &defaults()).unwrap_err();
    let found: Vec<(usize, &str)> = problems
        .iter()
        .filter(|problem| problem.file.ends_with("batch.yaml") && problem.line > Some(1))
        .map(|problem| (problem.line.unwrap(), problem.problem.as_str()))
        .collect();
    let lines: Vec<usize> = found.iter().map(|(line, _)| *line).collect();
    assert_eq!(lines, [3, 4, 5, 6], "{problems:?}");
    assert!(found[..3].iter().all(|(_, problem)| problem.contains("stay in the directory")));
    let repeated: Vec<_> =
        problems.iter().filter(|problem| problem.file.ends_with("loop.yaml")).collect();
    assert_eq!(repeated.len(), 2, "{problems:?}");
    assert!(repeated.iter().all(|one| one.problem.contains("twice, or itself")), "{repeated:?}");
}

#[test]
fn a_directory_is_the_source_and_its_manifest_is_under_the_entry() {
    let manifest = "entries:\n  - directory: hello\n    function: {name: one, service: {memory: \
                    1Gi}}\n  - directory: hello\n    matrix: {regions: [us-central1]}\n";
    let files = [
        ("batch.yaml", manifest),
        ("hello/longshore.yaml", "name: two\nservice: {memory: 512Mi, cpu: 1}\n"),
        (
            "hello/main.py",
            "import functions_framework\n\n@functions_framework.http\ndef hello(request):\n    return \"hi\"\n",
        ),
    ];
    let read = read_files(&files).unwrap();
    let seen: Vec<_> = read
        .functions
        .iter()
        .map(|one| {
            let function = &one.function;
            assert!(one.directory.as_ref().unwrap().ends_with("hello"));
            (
                function.at.name.as_str(),
                function.entry_point.as_str(),
                function.service.memory.as_deref(),
            )
        })
        .collect();
    assert_eq!(seen, [("one", "hello", Some("1Gi")), ("two", "hello", Some("512Mi"))]);
}

#[test]
fn a_directory_without_a_function_and_a_bad_longshore_yaml_are_reported() {
    let manifest = "entries:\n  - directory: absent\n  - {directory: bad, function: {name: b}}\n";
    let files = [
        ("batch.yaml", manifest),
        ("bad/longshore.yaml", "entryPoint: a\nmemori: 1\n"),
        ("bad/main.py", "def a(request):\n    return \"hi\"\n"),
    ];
    assert_eq!(
        places(&files),
        ["longshore.yaml:2:1 memori", "batch.yaml:2:5 entries[0].directory"]
    );
}

#[test]
fn ten_thousand_entries_are_read_and_each_of_ten_thousand_problems_is_reported() {
    let numbered = |name: &dyn Fn(usize) -> String| {
        let entries =
            (0..10_000).map(|number| format!("  - function: {{name: {}}}\n", name(number)));
        format!("{COMMON}entries:\n{}", entries.collect::<String>())
    };
    let good = numbered(&|number| format!("f{number}"));
    assert_eq!(read_files(&[("b.yaml", &good)]).unwrap().functions.len(), 10_000);
    let bad = numbered(&|number| format!("F{number}"));
    let problems = read_files(&[("b.yaml", &bad)]).unwrap_err();
    assert_eq!(problems.len(), 10_000);
    assert_eq!(problems.last().unwrap().line, Some(10_004));
}
