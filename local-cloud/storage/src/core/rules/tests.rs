use super::*;

const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

fn attributes(location: &str, recorded: Value) -> BucketAttributes {
    BucketAttributes {
        location: location.to_owned(),
        storage_class: "STANDARD".to_owned(),
        public_access_prevention: "inherited".to_owned(),
        recorded: serde_json::from_value(recorded).unwrap(),
        ..BucketAttributes::default()
    }
}

fn recorded(location: &str, given: Value) -> Result<Value, String> {
    checked(attributes(location, given), None, NOW)
        .map(|attributes| json!(attributes.recorded))
        .map_err(|error| error.to_string())
}

#[test]
fn a_location_is_a_region_a_multi_region_or_a_dual_region_with_a_name() {
    for good in ["", "us", "EU", "europe-west1", "northamerica-northeast2", "nam4", "EUR8"] {
        assert!(check_location(good).is_ok(), "{good}");
    }
    for bad in ["nowhere", "europe-west", "europe_west1", "NAM5", "global", "europe-west1-b"] {
        assert!(check_location(bad).is_err(), "{bad}");
    }
}

#[test]
fn two_regions_of_one_part_of_the_world_are_a_dual_region() {
    let regions = |regions: &[&str]| json!({"customPlacementConfig": {"dataLocations": regions}});
    let both = recorded("US", regions(&["US-EAST1", "us-west1"])).unwrap();
    assert_eq!(both["rpo"], "DEFAULT");
    let placed = attributes("US", regions(&["US-EAST1", "US-WEST1"]));
    assert_eq!(location_type(&placed), "dual-region");
    for (location, named) in [
        ("US", &["US-EAST1"][..]),
        ("US", &["US-EAST1", "US-EAST1"]),
        ("US", &["US-EAST1", "EUROPE-WEST1"]),
        ("EUROPE-WEST1", &["EUROPE-WEST1", "EUROPE-WEST2"]),
    ] {
        assert!(recorded(location, regions(named)).is_err(), "{location} {named:?}");
    }
}

#[test]
fn the_recovery_point_objective_depends_on_the_location() {
    assert_eq!(recorded("EU", json!({})), Ok(json!({"rpo": "DEFAULT"})));
    assert_eq!(recorded("EUROPE-WEST1", json!({})), Ok(json!({})));
    assert_eq!(recorded("NAM4", json!({"rpo": "ASYNC_TURBO"})), Ok(json!({"rpo": "ASYNC_TURBO"})));
    for (location, rpo) in [("EU", "ASYNC_TURBO"), ("EUROPE-WEST1", "DEFAULT"), ("NAM4", "FAST")] {
        assert!(recorded(location, json!({"rpo": rpo})).is_err(), "{location} {rpo}");
    }
}

#[test]
fn autoclass_gets_its_defaults_and_keeps_its_times() {
    let region = "EUROPE-WEST1";
    let on = recorded(region, json!({"autoclass": {"enabled": true}})).unwrap();
    let epoch = "1970-01-01T00:00:00Z";
    let expected = json!({
        "enabled": true,
        "toggleTime": epoch,
        "terminalStorageClass": "NEARLINE",
        "terminalStorageClassUpdateTime": epoch,
    });
    assert_eq!(on["autoclass"], expected);
    let before = attributes(region, on);
    let archive = json!({"autoclass": {"enabled": true, "terminalStorageClass": "ARCHIVE"}});
    let later = NOW + time::Duration::DAY;
    let changed = checked(attributes(region, archive), Some(&before), later).unwrap();
    let autoclass = &changed.recorded["autoclass"];
    assert_eq!(autoclass["toggleTime"], epoch);
    assert_eq!(autoclass["terminalStorageClassUpdateTime"], "1970-01-02T00:00:00Z");
    let strange = json!({"autoclass": {"enabled": true, "terminalStorageClass": "COLDLINE"}});
    assert!(recorded(region, strange).is_err());
    let mut nearline = attributes(region, json!({"autoclass": {"enabled": true}}));
    "NEARLINE".clone_into(&mut nearline.storage_class);
    assert!(checked(nearline, None, NOW).is_err());
}

#[test]
fn autoclass_that_is_off_keeps_its_terminal_class() {
    let region = "EUROPE-WEST1";
    let off = json!({"autoclass": {"terminalStorageClass": "ARCHIVE"}});
    let off = recorded(region, off).unwrap();
    let expected = json!({"enabled": false, "terminalStorageClass": "ARCHIVE"});
    assert_eq!(off["autoclass"], expected);
    let on = attributes(region, json!({"autoclass": {"enabled": true}}));
    let on = checked(on, Some(&attributes(region, off)), NOW).unwrap();
    assert_eq!(on.recorded["autoclass"]["toggleTime"], "1970-01-01T00:00:00Z");
}

#[test]
fn a_lifecycle_rule_has_an_action_of_google() {
    let rule = |action: Value| json!({"lifecycle": {"rule": [{"action": action}]}});
    for good in [
        json!({"type": "Delete"}),
        json!({"type": "AbortIncompleteMultipartUpload"}),
        json!({"type": "SetStorageClass", "storageClass": "NEARLINE"}),
    ] {
        assert!(recorded("US", rule(good.clone())).is_ok(), "{good}");
    }
    for bad in [
        json!({}),
        json!({"type": "Remove"}),
        json!({"type": "SetStorageClass"}),
        json!({"type": "SetStorageClass", "storageClass": "FAST"}),
    ] {
        assert!(recorded("US", rule(bad.clone())).is_err(), "{bad}");
    }
}

#[test]
fn unknown_values_are_refused() {
    let mut strange = attributes("US", json!({}));
    "FAST".clone_into(&mut strange.storage_class);
    assert!(checked(strange, None, NOW).is_err());
    let mut strange = attributes("US", json!({}));
    "maybe".clone_into(&mut strange.public_access_prevention);
    assert!(checked(strange, None, NOW).is_err());
    let mut old = attributes("US", json!({}));
    "unspecified".clone_into(&mut old.public_access_prevention);
    assert_eq!(checked(old, None, NOW).unwrap().public_access_prevention, "inherited");
}

#[test]
fn a_policy_respects_the_settings_of_its_bucket() {
    let policy = |version: i32, binding: Value| json!({"version": version, "bindings": [binding]});
    let public = policy(1, json!({"role": "roles/storage.objectViewer", "members": ["allUsers"]}));
    let plain = attributes("US", json!({}));
    assert!(check_policy(&plain, &public).is_ok());
    assert!(check_policy(&plain, &policy(2, json!({"role": "roles/x", "members": []}))).is_err());
    assert!(check_policy(&plain, &policy(1, json!({"role": "roles/x"}))).is_err());
    let enforced =
        BucketAttributes { public_access_prevention: "enforced".to_owned(), ..plain.clone() };
    assert!(matches!(check_policy(&enforced, &public), Err(StorageError::PublicAccess)));
    let conditional = |version| {
        let condition = json!({"title": "t", "expression": "true"});
        policy(version, json!({"role": "roles/x", "members": [], "condition": condition}))
    };
    assert!(check_policy(&plain, &conditional(3)).is_err());
    let uniform = BucketAttributes { uniform_access: true, ..plain };
    assert!(check_policy(&uniform, &conditional(3)).is_ok());
    assert!(check_policy(&uniform, &conditional(1)).is_err());
    assert!(check_policy(&uniform, &policy(1, json!({"members": ["allUsers"]}))).is_err());
}
