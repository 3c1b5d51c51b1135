use longshore_cloud::{
    BuildRecord, Condition, ConditionState, DatedRuntime, FunctionShape, LiveFunction,
    RuntimeStage, ServiceShape,
};
use longshore_messages::{ServiceSettings, StorageObject};
use time::{Date, Month};

use super::*;

pub(crate) fn at(name: &str) -> FunctionRef {
    FunctionRef {
        project: "my-project".to_owned(),
        region: "europe-west1".to_owned(),
        name: name.to_owned(),
    }
}

fn service(name: &str) -> DeployedService {
    let at = at(name);
    DeployedService {
        name: at.service(),
        live: LiveService {
            shape: ServiceShape::default(),
            etag: "e".to_owned(),
            generation: 1,
            url: format!("https://{}.example", at.service_id()),
            reconciled: true,
            condition: Condition {
                state: ConditionState::Succeeded,
                reason: String::new(),
                message: String::new(),
            },
            latest_created_revision: "r1".to_owned(),
            latest_ready_revision: "r1".to_owned(),
            traffic: Vec::new(),
        },
        updated_at: None,
        beyond: Vec::new(),
    }
}

/// A service that was built from source, with a source in Cloud Storage.
pub(crate) fn run_function(name: &str) -> Deployed {
    let mut service = service(name);
    service.live.shape.build = Some(BuildRecord {
        source_location: "gs://sources/archive.zip#7".to_owned(),
        function_target: "main".to_owned(),
        base_image: "python312".to_owned(),
        ..BuildRecord::default()
    });
    Deployed { at: at(name), function: None, service: Some(service), recorded_runtime: None }
}

/// A service that was deployed from an image.
pub(crate) fn image(name: &str) -> Deployed {
    Deployed { at: at(name), function: None, service: Some(service(name)), recorded_runtime: None }
}

/// A function of the second generation.
pub(crate) fn function_of_api(name: &str) -> Deployed {
    let at = at(name);
    let shape = FunctionShape {
        runtime: "python312".to_owned(),
        entry_point: "main".to_owned(),
        source: StorageObject {
            bucket: "gcf-v2-sources-1-europe-west1".to_owned(),
            object: format!("{name}/function-source.zip"),
            generation: 7,
        },
        settings: ServiceSettings {
            memory: Some("256M".to_owned()),
            cpu: Some("0.1666".to_owned()),
            concurrency: Some(1),
            max_instances: Some(100),
            ..ServiceSettings::default()
        },
        ..FunctionShape::default()
    };
    let live = LiveFunction {
        name: at.function(),
        state: FunctionState::Active,
        service: at.service(),
        shape,
        ..LiveFunction::default()
    };
    let function = DeployedFunction { live, ..DeployedFunction::default() };
    Deployed { service: Some(service(name)), function: Some(function), at, recorded_runtime: None }
}

pub(crate) fn first_generation(name: &str) -> Deployed {
    let mut one = function_of_api(name);
    one.service = None;
    let function = one.function.as_mut().unwrap();
    function.live.is_first_generation = true;
    function.live.service.clear();
    one
}

pub(crate) fn today() -> Date {
    Date::from_calendar_date(2026, Month::November, 28).unwrap()
}

fn runtime(id: &str, stage: RuntimeStage, ends_in: Option<i64>) -> DatedRuntime {
    DatedRuntime {
        id: id.to_owned(),
        is_first_generation: false,
        stage,
        deprecated_on: None,
        decommissioned_on: ends_in.map(|days| today() + time::Duration::days(days)),
    }
}

pub(crate) fn runtimes() -> Runtimes {
    [
        runtime("python39", RuntimeStage::Decommissioned, Some(-200)),
        runtime("python312", RuntimeStage::Ga, Some(800)),
        runtime("python314", RuntimeStage::Ga, Some(1_600)),
        runtime("python315", RuntimeStage::Preview, None),
        runtime("go126", RuntimeStage::Ga, None),
        runtime("go127", RuntimeStage::Ga, None),
        runtime("go98", RuntimeStage::Ga, Some(10)),
    ]
    .into_iter()
    .collect()
}

#[test]
fn the_days_of_a_runtime_count_from_today() {
    let all = runtimes();
    assert_eq!(
        all.support("python39", false, today()).unwrap().days_until_decommissioned,
        Some(-200)
    );
    assert_eq!(all.support("python312", true, today()).unwrap().stage, RuntimeStage::Ga);
    assert_eq!(all.support("cobol85", false, today()), None);
    assert_eq!(all.newest_like("python39"), Some("python314"));
    assert_eq!(all.newest_like("go98"), Some("go127"));
    assert_eq!(all.newest_like("cobol85"), None);
    assert!(all.has_language("python3") && !all.has_language("cobol"));
}

#[test]
fn what_is_deployed_is_recognized() {
    for (one, kind, runtime) in [
        (function_of_api("f"), Kind::Function, Some("python312")),
        (first_generation("f"), Kind::FirstGeneration, Some("python312")),
        (run_function("f"), Kind::RunFunction, Some("python312")),
        (image("f"), Kind::Image, None),
    ] {
        assert_eq!((one.kind(), one.runtime()), (kind, runtime));
    }
    let mut pinned = run_function("f");
    let build = pinned.service.as_mut().unwrap().live.shape.build.as_mut().unwrap();
    build.base_image =
        "us-central1-docker.pkg.dev/serverless-runtimes/google-22/runtimes/go125".to_owned();
    assert_eq!(pinned.runtime(), Some("go125"));
}

#[test]
fn the_way_of_each_kind_is_open_or_has_a_reason() {
    let open = |one: &Deployed| {
        let goals = Goal::ALL.into_iter();
        let open = goals.filter(|goal| obstacle(one, *goal, &runtimes(), today()).is_none());
        open.map(Goal::as_str).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(open(&function_of_api("f")), "run region runtime key");
    assert_eq!(open(&run_function("f")), "functions region runtime key");
    assert_eq!(open(&image("f")), "");
    assert_eq!(open(&first_generation("f")), "run functions");
    let mut sidecars = run_function("f");
    sidecars.service.as_mut().unwrap().beyond = vec![Beyond::Sidecars];
    assert_eq!(open(&sidecars), "runtime key");
    let mut dead = function_of_api("f");
    dead.function.as_mut().unwrap().live.shape.runtime = "python39".to_owned();
    assert_eq!(open(&dead), "runtime");
    let reason = obstacle(&dead, Goal::Run, &runtimes(), today()).unwrap();
    assert!(reason.contains("runtime=python314"), "{reason}");
    let mut busy = function_of_api("f");
    busy.function.as_mut().unwrap().live.state = FunctionState::Deploying;
    assert_eq!(open(&busy), "");
}
