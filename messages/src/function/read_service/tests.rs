use std::collections::BTreeMap;

use super::*;
use crate::function::write_service::service;
use crate::function::{SecretVersion, SecretVolume};
use crate::proto::{SecretVariable, ServiceSettings as Wire};

fn read(wire: Wire) -> Result<ServiceSettings, String> {
    let mut findings = Findings::default();
    let settings = read_service(wire, &mut findings);
    findings.finish(Some(settings)).map_err(|invalid| invalid.to_string())
}

fn variable(name: &str, secret: &str, version: &str) -> SecretVariable {
    SecretVariable { name: name.to_owned(), secret: secret.to_owned(), version: version.to_owned() }
}

fn volume(path: &str, files: &[(&str, &str)]) -> proto::SecretVolume {
    let files =
        files.iter().map(|(path, version)| ((*path).to_owned(), (*version).to_owned())).collect();
    proto::SecretVolume { mount_path: path.to_owned(), secret: "s".to_owned(), files }
}

#[test]
fn settings_survive_their_protobuf() {
    let latest =
        |secret: &str| SecretVersion { secret: secret.to_owned(), version: "latest".to_owned() };
    let files = BTreeMap::from([("key.pem".to_owned(), "3".to_owned())]);
    for vpc in [
        VpcAccess::Connector(
            "projects/demo-project/locations/europe-west1/connectors/c".to_owned(),
        ),
        VpcAccess::Direct { network: "default".to_owned(), subnetwork: String::new() },
    ] {
        let settings = ServiceSettings {
            secret_environment: BTreeMap::from([
                ("A".to_owned(), latest("a")),
                ("B".to_owned(), latest("projects/1/secrets/b")),
            ]),
            secret_volumes: BTreeMap::from([(
                "/etc/keys".to_owned(),
                SecretVolume { secret: "s".to_owned(), files: files.clone() },
            )]),
            ingress: Some(Ingress::Internal),
            execution_environment: Some(ExecutionEnvironment::Gen1),
            // A field that is set to zero differs from an unset field.
            cpu_boost: Some(false),
            use_http2: Some(false),
            vpc: Some(vpc),
            ..ServiceSettings::default()
        };
        assert_eq!(read(service(&settings)), Ok(settings));
    }
}

#[test]
fn a_secret_without_a_version_is_the_latest() {
    let wire = Wire {
        secret_environment: vec![variable("A", "a", "")],
        secret_volumes: vec![proto::SecretVolume {
            secret: "projects/p12345/secrets/key".to_owned(),
            ..volume("/keys", &[])
        }],
        ..Wire::default()
    };
    let settings = read(wire).unwrap();
    assert_eq!(settings.secret_environment["A"].version, "latest");
    assert_eq!(
        settings.secret_volumes["/keys"].files,
        BTreeMap::from([("key".to_owned(), "latest".to_owned())])
    );
}

#[test]
fn an_invalid_secret_is_rejected_by_its_field() {
    let environment =
        |variables: Vec<SecretVariable>| Wire { secret_environment: variables, ..Wire::default() };
    let volumes =
        |volumes: Vec<proto::SecretVolume>| Wire { secret_volumes: volumes, ..Wire::default() };
    let with_plain = Wire {
        environment: BTreeMap::from([("A".to_owned(), String::new())]),
        ..environment(vec![variable("A", "a", "1")])
    };
    for (wire, problem) in [
        (environment(vec![variable("A", "", "1")]), "secretEnvironment.A.secret is required"),
        (
            environment(vec![variable("A", "a/b", "1")]),
            "secretEnvironment.A.secret must be the id of a secret",
        ),
        (environment(vec![variable("A", "a", "01")]), "secretEnvironment.A.version must be latest"),
        (environment(vec![variable("PORT", "a", "1")]), "secretEnvironment.PORT is reserved"),
        (environment(vec![variable("1", "a", "1")]), "secretEnvironment.1 must have a name"),
        (
            environment(vec![variable("A", "a", "1"), variable("A", "b", "1")]),
            "secretEnvironment.A must be set only once",
        ),
        (with_plain, "secretEnvironment.A must be set only once"),
        (
            volumes(vec![volume("keys", &[])]),
            "secretVolumes.keys must be the absolute path of a directory",
        ),
        (
            volumes(vec![volume("/proc/keys", &[])]),
            "secretVolumes./proc/keys must be the absolute path of a directory",
        ),
        (
            volumes(vec![volume("/a/../b", &[])]),
            "secretVolumes./a/../b must be the absolute path of a directory",
        ),
        (
            volumes(vec![volume("/a", &[]), volume("/a", &[])]),
            "secretVolumes./a must be the path of only one volume",
        ),
        (
            volumes(vec![volume("/a", &[("../b", "1")])]),
            "secretVolumes./a.files.../b must be a relative path",
        ),
        (
            volumes(vec![volume("/a", &[("b", "-")])]),
            "secretVolumes./a.files.b.version must be latest",
        ),
    ] {
        let error = read(wire).unwrap_err();
        assert!(error.starts_with(&format!("function.service.{problem}")), "{error}");
    }
}

#[test]
fn cpu_memory_and_sandbox_must_fit_together() {
    let wire = |cpu: &str, memory: &str| Wire {
        cpu: cpu.to_owned(),
        memory: memory.to_owned(),
        ..Wire::default()
    };
    let gen2 = |wire: Wire| Wire { execution_environment: 2, ..wire };
    for fits in [
        wire("0.08", "512Mi"),
        wire("0.5", "1Gi"),
        wire("1", "4Gi"),
        wire("2", "8Gi"),
        wire("4", "2Gi"),
        wire("8", "32Gi"),
        wire("", "32Gi"),
        wire("8", ""),
        gen2(wire("1", "512Mi")),
    ] {
        assert!(read(fits.clone()).is_ok(), "{fits:?}");
    }
    for (unfit, problem) in [
        (wire("0.4", "513Mi"), "cpu must be at least 0.5 with more than 512Mi"),
        (wire("0.5", "1025Mi"), "cpu must be at least 1 with more than 1Gi"),
        (wire("1", "5Gi"), "cpu must be at least 2 with more than 4Gi"),
        (wire("2", "9Gi"), "cpu must be at least 4 with more than 8Gi"),
        (wire("4", "17Gi"), "cpu must be at least 6 with more than 16Gi"),
        (wire("6", "25Gi"), "cpu must be 8 with more than 24Gi"),
        (wire("4", "1Gi"), "memory must be at least 2Gi with 4 CPUs"),
        (wire("6", "2Gi"), "memory must be at least 4Gi with 6 or 8 CPUs"),
        (gen2(wire("", "256Mi")), "memory must be at least 512Mi in the second"),
        (gen2(wire("0.5", "")), "executionEnvironment must be the first generation"),
        (
            Wire { concurrency: Some(2), ..wire("0.5", "") },
            "concurrency must be 1 with less than one CPU",
        ),
    ] {
        let error = read(unfit).unwrap_err();
        assert!(error.starts_with(&format!("function.service.{problem}")), "{error}");
    }
}

#[test]
fn unknown_enum_values_are_rejected() {
    for (wire, field) in [
        (Wire { access: 9, ..Wire::default() }, "access"),
        (Wire { ingress: 9, ..Wire::default() }, "ingress"),
        (Wire { execution_environment: -1, ..Wire::default() }, "executionEnvironment"),
    ] {
        let error = read(wire).unwrap_err();
        assert!(error.starts_with(&format!("function.service.{field} must be a value")), "{error}");
    }
}

#[test]
fn vpc_access_is_a_connector_or_a_network() {
    let connector = "projects/demo-project/locations/europe-west1/connectors/c";
    let vpc = |connector: &str, network: &str, subnetwork: &str| Wire {
        vpc: Some(proto::VpcAccess {
            connector: connector.to_owned(),
            network: network.to_owned(),
            subnetwork: subnetwork.to_owned(),
        }),
        ..Wire::default()
    };
    for good in [
        vpc(connector, "", ""),
        vpc("", "default", ""),
        vpc("", "", "projects/p/regions/r/subnetworks/s"),
    ] {
        assert!(read(good.clone()).is_ok(), "{good:?}");
    }
    for bad in
        [vpc("", "", ""), vpc(connector, "default", ""), vpc("c", "", ""), vpc("", "a b", "")]
    {
        assert!(read(bad.clone()).unwrap_err().starts_with("function.service.vpc"), "{bad:?}");
    }
}
