use google_cloud_run_v2::model::{EmptyDirVolumeSource, EnvVar, ServiceScaling, Volume};

use super::*;

const LOCATION: &str = "europe-west1";

fn service(change: impl FnOnce(&mut Service, &mut RevisionTemplate, &mut Container)) -> Service {
    let mut service = Service::new();
    let mut template = RevisionTemplate::new();
    let mut container = Container::new().set_image("r-docker.pkg.dev/p/repo/img:v1");
    change(&mut service, &mut template, &mut container);
    template.containers.insert(0, container);
    service.template = Some(template);
    fill_defaults(&mut service, 42);
    service
}

#[test]
fn googles_defaults_are_filled_in() {
    let service = service(|_, _, _| {});
    check(&service, LOCATION).unwrap();
    let template = service.template.unwrap();
    assert_eq!(template.service_account, "42-compute@developer.gserviceaccount.com");
    assert_eq!(template.max_instance_request_concurrency, 80);
    assert_eq!(template.timeout.unwrap().seconds(), 300);
    assert_eq!(template.scaling.unwrap().max_instance_count, 100);
    let container = &template.containers[0];
    assert_eq!(container.resources.as_ref().unwrap().limits["memory"], "512Mi");
    assert_eq!(container.ports[0].container_port, 8080);
    assert_eq!(container.ports[0].name, "http1");
    assert_eq!(container.startup_probe.as_ref().unwrap().timeout_seconds, 240);
    assert_eq!(service.traffic[0].percent, 100);
}

#[test]
fn filling_in_defaults_twice_changes_nothing() {
    let once = service(|_, _, _| {});
    let mut twice = once.clone();
    fill_defaults(&mut twice, 42);
    assert_eq!(once, twice);
}

#[test]
fn invalid_fields_are_rejected() {
    let cases = [
        service(|s, _, _| s.annotations = [("run.googleapis.com/x".into(), "y".into())].into()),
        service(|s, _, _| s.labels = [("a.serving.knative.dev/x".into(), "y".into())].into()),
        service(|_, t, _| {
            t.annotations = [("autoscaling.knative.dev/minScale".into(), "1".into())].into()
        }),
        service(|s, _, _| s.description = "x".repeat(513)),
        service(|_, _, c| c.image = "not an image".into()),
        service(|_, _, c| c.env = vec![EnvVar::new().set_name("PORT").set_value("1")]),
        service(|_, _, c| c.env = vec![EnvVar::new().set_name("A=B").set_value("1")]),
        service(|_, _, c| {
            c.resources = Some(ResourceRequirements::new().set_limits([("memory", "much")]))
        }),
        service(|_, _, c| c.ports = vec![ContainerPort::new().set_name("grpc")]),
        service(|_, t, _| t.timeout = Some(Duration::clamp(4000, 0))),
        service(|_, t, _| t.max_instance_request_concurrency = 1001),
        service(|_, t, _| {
            t.scaling =
                Some(RevisionScaling::new().set_min_instance_count(3).set_max_instance_count(2))
        }),
    ];
    for (index, case) in cases.iter().enumerate() {
        assert!(
            matches!(check(case, LOCATION).unwrap_err(), Refusal::InvalidArgument(_)),
            "case {index}"
        );
    }
}

#[test]
fn unsupported_fields_are_rejected_and_never_ignored() {
    let cases = [
        service(|s, _, _| s.iap_enabled = true),
        service(|s, _, _| {
            s.scaling = Some(ServiceScaling::new().set_scaling_mode(ScalingMode::Manual))
        }),
        service(|_, t, _| {
            t.volumes = vec![Volume::new().set_name("v").set_empty_dir(EmptyDirVolumeSource::new())]
        }),
        service(|_, t, _| {
            t.encryption_key_revocation_action = EncryptionKeyRevocationAction::Shutdown
        }),
        service(|_, t, _| t.containers = vec![Container::new().set_image("h.dev/sidecar")]),
        service(|_, _, c| c.liveness_probe = Some(Probe::new())),
    ];
    for (index, case) in cases.iter().enumerate() {
        assert!(
            matches!(check(case, LOCATION).unwrap_err(), Refusal::Unsupported(_)),
            "case {index}"
        );
    }
}

#[test]
fn memory_quantities_are_parsed() {
    for (text, bytes) in [
        ("512Mi", Some(512 << 20)),
        ("1Gi", Some(1 << 30)),
        ("256M", Some(256_000_000)),
        ("1000", Some(1000)),
    ] {
        assert_eq!(memory_bytes(text), bytes, "{text}");
    }
    for bad in ["", "Mi", "-1", "1.5Gi", "99999999999999Ti"] {
        assert_eq!(memory_bytes(bad), None, "{bad}");
    }
}

#[test]
fn quantities_of_processors_are_numbers_of_thousandths() {
    for (text, millis) in
        [("1000m", 1000), ("1", 1000), ("0.5", 500), ("0.08", 80), ("2.25", 2250), ("83m", 83)]
    {
        assert_eq!(milli_cpus(text), Some(millis), "{text}");
    }
    for bad in ["", "0", "m", "-1", "x", "1.x", "1,5", "99999999999999999999"] {
        assert_eq!(milli_cpus(bad), None, "{bad}");
    }
}

#[test]
fn a_key_must_be_in_the_location_of_the_service() {
    let under = |key: &str| check(&service(|_, t, _| t.encryption_key = key.into()), LOCATION);
    assert!(under("projects/p/locations/europe-west1/keyRings/r/cryptoKeys/k").is_ok());
    for key in [
        "projects/p/locations/europe-west4/keyRings/r/cryptoKeys/k",
        "projects/p/locations/global/keyRings/r/cryptoKeys/k",
        "projects/p/locations/europe-west1/keyRings/r",
        "k",
    ] {
        assert!(matches!(under(key).unwrap_err(), Refusal::InvalidArgument(_)), "{key}");
    }
}

#[test]
fn the_port_of_a_container_is_named_for_its_protocol() {
    let named = |name: &str| {
        let port = ContainerPort::new().set_name(name).set_container_port(9000);
        service(|_, _, c| c.ports = vec![port])
    };
    for (name, kept) in [("", "http1"), ("http1", "http1"), ("h2c", "h2c")] {
        let service = named(name);
        check(&service, LOCATION).unwrap();
        assert_eq!(service.template.unwrap().containers[0].ports[0].name, kept);
    }
}
