use parking_lot::Mutex;

use super::*;
use crate::{CopyRequest, KeyProblem};
use longshore_local_kit::keys::{CustomerKeys, KeyError, KeyUser};

const KEY: &str = "projects/p/locations/us/keyRings/r/cryptoKeys/k";

/// One key, whose version is enabled or not.
struct OneKey(Mutex<Result<(), KeyError>>);

impl OneKey {
    fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::new(Ok(()))))
    }

    fn fail(&self, error: KeyError) {
        *self.0.lock() = Err(error);
    }

    fn disable(&self) {
        self.fail(KeyError::NotEnabled { version: format!("{KEY}/1"), state: "DISABLED" });
    }
}

impl CustomerKeys for OneKey {
    fn usable_version(&self, key: &str, user: KeyUser<'_>) -> Result<String, KeyError> {
        assert_eq!(user, KeyUser::storage("42"), "the agent of the bucket's project");
        let version = format!("{KEY}/cryptoKeyVersions/1");
        if key != KEY && key != version {
            return Err(KeyError::NotFound(key.to_owned()));
        }
        self.0.lock().clone().map(|()| version)
    }
}

fn with_keys(dir: &Path, keys: &Arc<OneKey>) -> Arc<Service<Files>> {
    let keys: Arc<dyn CustomerKeys> = Arc::<OneKey>::clone(keys);
    Service::open(dir, Deps { keys, ..deps(Arc::new(Unannounced)) }).unwrap()
}

fn with_default_key() -> BucketAttributes {
    BucketAttributes { default_kms_key: KEY.to_owned(), ..BucketAttributes::default() }
}

fn problem<T: std::fmt::Debug>(result: Result<T, StorageError>) -> KeyProblem {
    match result {
        Err(StorageError::Key(problem)) => problem,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_object_under_a_key_is_neither_read_nor_replaced_while_the_key_is_disabled() {
    let (dir, keys) = (tempfile::tempdir().unwrap(), OneKey::new());
    let service = with_keys(dir.path(), &keys);
    service.create_bucket("bucket", "demo", with_default_key(), NOW).unwrap();
    let any = Preconditions::default();
    let written = service.put(&request("a", any), b"content", NOW).unwrap();
    assert_eq!(written.kms_key_version, format!("{KEY}/cryptoKeyVersions/1"));

    keys.disable();
    assert_eq!(problem(service.read("bucket", "a", 0, &any).map(drop)), KeyProblem::Disabled);
    assert_eq!(problem(service.file("bucket", "a", 0)), KeyProblem::Disabled);
    assert_eq!(problem(service.put(&request("a", any), b"new", NOW)), KeyProblem::Disabled);
    let start = service.start_upload("upload", request("b", any), NOW);
    assert_eq!(problem(start), KeyProblem::Disabled);
    let copy = CopyRequest {
        source: ObjectReference::live("bucket", "a"),
        destination: request("copy", any),
        attributes: None,
    };
    assert_eq!(problem(service.copy(copy, NOW).map(drop)), KeyProblem::Disabled);
    // Metadata stays readable.
    assert_eq!(service.object("bucket", "a", 0, &any).unwrap(), written);

    drop(service);
    *keys.0.lock() = Ok(());
    let service = with_keys(dir.path(), &keys);
    service.read("bucket", "a", 0, &any).unwrap();

    keys.fail(KeyError::NotFound(KEY.to_owned()));
    let read = service.read("bucket", "a", 0, &any).map(drop);
    assert_eq!(problem(read), KeyProblem::NoDecryptionKey);
    service.delete(&ObjectReference::live("bucket", "a"), NOW).unwrap();
}

#[test]
fn an_object_is_neither_read_nor_written_while_the_service_agent_may_not_use_its_key() {
    let (dir, keys) = (tempfile::tempdir().unwrap(), OneKey::new());
    let service = with_keys(dir.path(), &keys);
    service.create_bucket("bucket", "demo", with_default_key(), NOW).unwrap();
    let any = Preconditions::default();
    service.put(&request("a", any), b"content", NOW).unwrap();
    keys.fail(KeyError::Denied(KEY.to_owned()));
    assert_eq!(problem(service.read("bucket", "a", 0, &any).map(drop)), KeyProblem::Denied);
    assert_eq!(problem(service.put(&request("b", any), b"new", NOW)), KeyProblem::Denied);
}

#[test]
fn the_key_of_a_write_takes_precedence_over_the_buckets() {
    let (dir, keys) = (tempfile::tempdir().unwrap(), OneKey::new());
    let service = with_keys(dir.path(), &keys);
    service.create_bucket("bucket", "demo", BucketAttributes::default(), NOW).unwrap();
    let any = Preconditions::default();
    let plain = service.put(&request("plain", any), b"content", NOW).unwrap();
    assert_eq!(plain.kms_key_version, "");
    let under = |key: &str| WriteRequest { kms_key: key.to_owned(), ..request("a", any) };
    let protected = service.put(&under(KEY), b"content", NOW).unwrap();
    assert_eq!(protected.kms_key_version, format!("{KEY}/cryptoKeyVersions/1"));
    for (key, expected) in [
        ("key", KeyProblem::Bad),
        ("projects/p/locations/us/keyRings/r/cryptoKeys/k/cryptoKeyVersions/1", KeyProblem::Bad),
        ("projects/p/locations/us/keyRings/r/cryptoKeys/none", KeyProblem::NoEncryptionKey),
        ("projects/p/locations/global/keyRings/r/cryptoKeys/k", KeyProblem::Location),
    ] {
        assert_eq!(problem(service.put(&under(key), b"content", NOW)), expected, "{key}");
    }
    keys.disable();
    service.read("bucket", "plain", 0, &any).unwrap();
}

#[test]
fn a_default_key_must_be_usable_when_a_bucket_gets_it() {
    let (dir, keys) = (tempfile::tempdir().unwrap(), OneKey::new());
    let service = with_keys(dir.path(), &keys);
    keys.disable();
    let create = |name: &str, attributes| service.create_bucket(name, "demo", attributes, NOW);
    assert_eq!(problem(create("bucket", with_default_key())), KeyProblem::Disabled);
    create("bucket", BucketAttributes::default()).unwrap();
    let any = Preconditions::default();
    let change = |attributes| service.change_bucket("bucket", &any, |_| Ok(attributes), NOW);
    assert_eq!(problem(change(with_default_key())), KeyProblem::Disabled);
    *keys.0.lock() = Ok(());
    change(with_default_key()).unwrap();
    // A change of something else does not need the key.
    keys.disable();
    change(BucketAttributes { versioning: true, ..with_default_key() }).unwrap();
}
