//! Sources of every kind are accepted exactly as named, or rejected with the reason.

mod forge;
mod sealed;

use std::collections::BTreeMap;
use std::fs;

use longshore_cloud::{BucketSpec, Created, Replaced};
use longshore_messages::{
    DeploymentId, Failure, FailureClass, Outcome, Source, SourceUploaded, Topic, decode, proto,
};
use longshore_source_archive::{Limits, Packed, pack_directory};
use proto::source::Place;

use self::forge::Forge;
use crate::support::{Cloud, Listener, spec};

const MAIN: &str = "def hello(request):\n    return 'x'\n";

/// A cloud with only an uploader, and the messages that it publishes.
struct Uploads {
    cloud: Cloud,
    listener: Listener,
    handed_on: BTreeMap<DeploymentId, SourceUploaded>,
    asked: u32,
    _uploader: crate::support::Worker,
}

impl Uploads {
    /// `variables` are the uploader's settings.
    async fn start(variables: &[(&str, String)]) -> Self {
        let mut cloud = Cloud::start().await;
        cloud
            .environment
            .extend(variables.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        let listener = cloud.listen(Topic::SourceUploaded).await;
        let uploader = cloud.worker("uploader");
        Self { cloud, listener, handed_on: BTreeMap::new(), asked: 0, _uploader: uploader }
    }

    async fn ask(&mut self, place: Place) -> DeploymentId {
        self.ask_for(proto::Flavour::Run, place).await
    }

    async fn ask_for(&mut self, flavour: proto::Flavour, place: Place) -> DeploymentId {
        self.asked += 1;
        let spec = spec(&format!("f{}", self.asked), proto::Source { place: Some(place) });
        self.cloud.request(proto::FunctionSpec { flavour: flavour.into(), ..spec }).await
    }

    /// The message that is published for a source that has to be accepted.
    async fn taken(&mut self, place: Place) -> SourceUploaded {
        let id = self.ask(place).await;
        self.published(id).await
    }

    async fn published(&mut self, id: DeploymentId) -> SourceUploaded {
        loop {
            if let Some(uploaded) = self.handed_on.remove(&id) {
                return uploaded;
            }
            let uploaded: SourceUploaded = decode(&self.listener.next().await).unwrap();
            self.handed_on.insert(uploaded.deployment.id, uploaded);
        }
    }

    /// The failure for a source that has to be rejected.
    async fn refused(&mut self, place: Place) -> Failure {
        let finished = {
            let id = self.ask(place).await;
            self.cloud.end_of(id).await
        };
        let Outcome::Failed(failure) = finished.outcome else { panic!("{finished:?}") };
        assert!(!format!("{failure:?}").contains("hunter2"), "a secret is exposed: {failure:?}");
        failure
    }

    async fn is_refused(&mut self, place: Place, class: FailureClass, code: &str, says: &str) {
        let failure = self.refused(place).await;
        assert_eq!((failure.class, failure.code.as_str()), (class, code), "{failure:?}");
        assert!(
            failure.reason.contains(says) || failure.advice.contains(says),
            "`{says}` is not in {failure:?}"
        );
    }
}

fn https(url: String, sha256: &str) -> Place {
    Place::Https(proto::HttpsArchive { url, sha256: sha256.to_owned(), directory: String::new() })
}

fn git(url: String, revision: &str, directory: &str) -> Place {
    Place::Git(proto::GitRevision {
        url,
        revision: revision.to_owned(),
        directory: directory.to_owned(),
    })
}

/// The function's files, packed from a local directory.
fn function(files: &[(&str, &str)]) -> Packed {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    pack_directory(folder.path(), &Limits::default()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_is_accepted_from_the_functions_project_and_from_no_other() {
    let mut uploads = Uploads::start(&[]).await;
    let zip = function(&[("main.py", MAIN)]);
    let own = uploads.cloud.stage_file(zip.file.path()).await.place.unwrap();
    assert_eq!(uploads.taken(own).await.source.sha256, zip.sha256);

    let foreign = BucketSpec {
        name: "others-sources".to_owned(),
        project: "other-project".to_owned(),
        location: uploads.cloud.settings.region.clone(),
        labels: BTreeMap::new(),
        default_key: String::new(),
    };
    let objects = &uploads.cloud.clients.objects;
    objects.ensure_bucket(&foreign).await.unwrap();
    let (file, object) = (zip.file.path(), "function.zip".to_owned());
    objects.upload(&foreign.name, &object, file, BTreeMap::new()).await.unwrap();
    let stolen = proto::StorageObject { bucket: foreign.name, object, generation: 0 };
    let (user, code) = (FailureClass::User, "not-permitted");
    uploads.is_refused(Place::Storage(stolen), user, code, "function.source.storage.bucket").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn https_archives_are_accepted_by_digest_and_only_from_allowed_hosts() {
    let Some(forge) = Forge::start() else { return };
    let mut uploads = Uploads::start(&forge.settings()).await;
    let zip = function(&[("main.py", MAIN)]);
    let sha256 = forge.put("function.zip", &fs::read(zip.file.path()).unwrap());
    let uploaded = uploads.taken(https(forge.url("function.zip"), &sha256)).await;
    assert_eq!(uploaded.source.sha256, zip.sha256);
    assert!(
        matches!(&uploaded.function.source, Source::Https(archive) if archive.sha256 == sha256)
    );

    let tar_gz = forge.tar_gz(
        "function.tar.gz",
        &[("repo-1/functions/hello/main.py", MAIN), ("repo-1/readme", "x")],
    );
    let inside = proto::HttpsArchive {
        url: forge.url("function.tar.gz"),
        sha256: tar_gz.clone(),
        directory: "repo-1/functions/hello".to_owned(),
    };
    assert_eq!(uploads.taken(Place::Https(inside)).await.source.sha256, zip.sha256);

    // A request to a server that is briefly unavailable is retried.
    assert_eq!(
        uploads.taken(https(forge.url("once/function.zip"), &sha256)).await.source.sha256,
        zip.sha256
    );

    let user = FailureClass::User;
    let other = "0".repeat(64);
    uploads
        .is_refused(
            https(forge.url("function.zip"), &other),
            user,
            "source-digest-differs",
            &sha256,
        )
        .await;
    uploads
        .is_refused(https(forge.url("missing.zip"), &sha256), user, "source-not-found", "404")
        .await;
    uploads
        .is_refused(https(forge.url("status/403"), &sha256), user, "source-forbidden", "403")
        .await;
    uploads
        .is_refused(
            https(forge.url("redirect"), &sha256),
            user,
            "source-redirected",
            "host elsewhere.example,",
        )
        .await;
    uploads
        .is_refused(
            https(forge.url("endless"), &sha256),
            user,
            "source-too-large",
            "262144000 bytes",
        )
        .await;
    uploads
        .is_refused(
            https("https://example.com/a.zip".into(), &sha256),
            user,
            "source-host-refused",
            "LONGSHORE_SOURCE_HOSTS",
        )
        .await;
    let other_port = format!("https://localhost:{}/a.zip", forge.port.wrapping_add(1).max(1));
    uploads
        .is_refused(
            https(other_port, &sha256),
            user,
            "source-host-refused",
            "LONGSHORE_SOURCE_HOSTS",
        )
        .await;
    let with_password =
        https(forge.url("a.zip").replace("https://", "https://user:hunter2@"), &sha256);
    uploads.is_refused(with_password, user, "invalid-request", "without user").await;
    assert!(!uploads.cloud.logs().contains("hunter2"), "a secret is logged");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_host_is_contacted_by_default_and_a_private_host_needs_a_second_setting() {
    let Some(forge) = Forge::start() else { return };
    let sha256 = forge.put("a.zip", b"x");
    let (url, user) = (forge.url("a.zip"), FailureClass::User);
    {
        let mut uploads = Uploads::start(&[]).await;
        for place in [https(url.clone(), &sha256), git(url.clone(), "main", "")] {
            uploads.is_refused(place, user, "source-host-refused", "LONGSHORE_SOURCE_HOSTS").await;
        }
    }
    let listed = [("LONGSHORE_SOURCE_HOSTS", format!("localhost:{}", forge.port))];
    let mut uploads = Uploads::start(&listed).await;
    for place in [https(url.clone(), &sha256), git(url.clone(), "main", "")] {
        uploads
            .is_refused(place, user, "source-host-refused", "LONGSHORE_SOURCE_PRIVATE_HOSTS")
            .await;
    }
    assert_eq!(forge.requests(), "", "a rejected host was contacted");

    let private =
        [&listed[..], &[("LONGSHORE_SOURCE_PRIVATE_HOSTS", format!("localhost:{}", forge.port))]]
            .concat();
    let without_git = [&private[..], &[("PATH", "/nowhere".to_owned())]].concat();
    let mut uploads = Uploads::start(&without_git).await;
    uploads
        .is_refused(
            git(url.clone(), "main", ""),
            FailureClass::System,
            "git-missing",
            "git: not found",
        )
        .await;
    uploads
        .is_refused(https(url, &sha256), user, "source-host-untrusted", "LONGSHORE_SOURCE_CA_FILE")
        .await;
    assert_eq!(forge.requests(), "", "an untrusted host was contacted");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_git_revision_is_packed_like_a_directory() {
    let Some(forge) = Forge::start() else { return };
    if !forge.serves_git() {
        println!(
            "skipped: git has no http-backend on this machine, so no repository can be served"
        );
        return;
    }
    let mut uploads = Uploads::start(&forge.settings()).await;
    let commits = forge.repository(MAIN);
    let at = |kind: &str| format!("https://localhost:{}/{kind}/repository.git", forge.port);
    let (first, second) =
        (function(&[("main.py", MAIN)]).sha256, function(&[("main.py", "changed\n")]).sha256);
    for (kind, revision, commit, sha256) in [
        ("git", "main", &commits[2], &second),
        ("git", "v1", &commits[0], &first),
        ("git", "refs/heads/main", &commits[2], &second),
        ("git", commits[1].as_str(), &commits[1], &second),
        // A server that does not serve commits that it does not list.
        ("old", commits[1].as_str(), &commits[1], &second),
        ("old", "v1", &commits[0], &first),
    ] {
        let uploaded = uploads.taken(git(at(kind), revision, "functions/hello")).await;
        assert_eq!(&uploaded.source.sha256, sha256, "{kind} {revision}");
        let Source::Git(git) = &uploaded.function.source else {
            panic!("{:?}", uploaded.function.source)
        };
        assert_eq!(&git.revision, commit, "{kind} {revision}");
    }

    let user = FailureClass::User;
    let unknown = "0123456789012345678901234567890123456789";
    for (kind, revision) in [("git", "nothing"), ("git", unknown), ("old", unknown)] {
        uploads.is_refused(git(at(kind), revision, ""), user, "source-not-found", revision).await;
    }
    uploads
        .is_refused(
            git(at("git"), "main", "functions/none"),
            user,
            "source-not-found",
            "functions/none",
        )
        .await;
    // A symbolic link is not accepted as a directory: it could lead anywhere on the worker's
    // machine.
    uploads
        .is_refused(
            git(at("git"), "main", "functions/link"),
            user,
            "source-not-found",
            "functions/link",
        )
        .await;
    uploads
        .is_refused(
            git(at("git"), "main", "functions"),
            user,
            "source-refused",
            "\"link\" does not lead",
        )
        .await;
    uploads
        .is_refused(git(at("git"), "main", "sub"), user, "source-refused", "\"lib\" is a submodule")
        .await;
    uploads
        .is_refused(
            git(forge.url("redirect"), "main", ""),
            user,
            "source-redirected",
            "elsewhere.example",
        )
        .await;
    uploads
        .is_refused(git(forge.url("git/none.git"), "main", ""), user, "source-not-found", "404")
        .await;
    uploads
        .is_refused(git(forge.url("status/401"), "main", ""), user, "source-forbidden", "401")
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_inline_archive_is_not_forwarded_beyond_the_uploader() {
    let mut uploads = Uploads::start(&[]).await;
    let zip = function(&[("main.py", MAIN)]);
    let archive = fs::read(zip.file.path()).unwrap();
    let uploaded = uploads.taken(Place::Inline(proto::InlineArchive { archive })).await;
    assert_eq!(uploaded.source.sha256, zip.sha256);
    assert_eq!(uploaded.function.source, Source::Storage(uploaded.source.object.clone()));

    let large = Place::Inline(proto::InlineArchive { archive: vec![0; (1 << 20) + 1] });
    uploads.is_refused(large, FailureClass::User, "invalid-request", "1 MiB").await;
    let garbage = Place::Inline(proto::InlineArchive { archive: b"certainly no archive".to_vec() });
    uploads.is_refused(garbage, FailureClass::User, "source-refused", "not a valid zip file").await;
}

/// Fetches a source for the Functions flavour, which stores it where the API says.
async fn is_uploaded_for_the_functions_api(uploads: &mut Uploads, place: Place, sha256: &str) {
    let id = uploads.ask_for(proto::Flavour::Functions, place).await;
    let uploaded = uploads.published(id).await;
    assert_eq!(uploaded.source.sha256, sha256);
    let bucket = &uploaded.source.object.bucket;
    assert!(bucket.starts_with("gcf-v2-uploads-"), "{bucket}");
}

#[tokio::test(flavor = "multi_thread")]
async fn objects_and_inline_archives_are_uploaded_for_the_functions_api() {
    let mut uploads = Uploads::start(&[]).await;
    let zip = function(&[("main.py", MAIN)]);
    let object = uploads.cloud.stage_file(zip.file.path()).await.place.unwrap();
    is_uploaded_for_the_functions_api(&mut uploads, object, &zip.sha256).await;
    let archive = fs::read(zip.file.path()).unwrap();
    let inline = Place::Inline(proto::InlineArchive { archive });
    is_uploaded_for_the_functions_api(&mut uploads, inline, &zip.sha256).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn https_archives_and_git_revisions_are_uploaded_for_the_functions_api() {
    let Some(forge) = Forge::start() else { return };
    let mut uploads = Uploads::start(&forge.settings()).await;
    let zip = function(&[("main.py", MAIN)]);
    let sha256 = forge.put("function.zip", &fs::read(zip.file.path()).unwrap());
    let archive = https(forge.url("function.zip"), &sha256);
    is_uploaded_for_the_functions_api(&mut uploads, archive, &zip.sha256).await;
    if forge.serves_git() {
        forge.repository(MAIN);
        let url = format!("https://localhost:{}/git/repository.git", forge.port);
        let revision = git(url, "v1", "functions/hello");
        is_uploaded_for_the_functions_api(&mut uploads, revision, &zip.sha256).await;
    } else {
        println!("skipped: git has no http-backend on this machine");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_is_read_at_the_named_generation_or_rejected() {
    let mut uploads = Uploads::start(&[]).await;
    let (one, two) = (function(&[("main.py", "1")]), function(&[("main.py", "2")]));
    let bucket = BucketSpec {
        name: format!("{}-generations", uploads.cloud.settings.project),
        project: uploads.cloud.settings.project.clone(),
        location: uploads.cloud.settings.region.clone(),
        labels: BTreeMap::new(),
        default_key: String::new(),
    };
    let objects = std::sync::Arc::clone(&uploads.cloud.clients.objects);
    objects.ensure_bucket(&bucket).await.unwrap();
    let Created::New(first) =
        objects.upload(&bucket.name, "f.zip", one.file.path(), BTreeMap::new()).await.unwrap()
    else {
        panic!("the object exists already")
    };
    let place = |generation: i64| {
        Place::Storage(proto::StorageObject {
            bucket: bucket.name.clone(),
            object: "f.zip".to_owned(),
            generation,
        })
    };
    assert_eq!(uploads.taken(place(first)).await.source.sha256, one.sha256);
    let content = fs::read(two.file.path()).unwrap().into();
    let Replaced::New(second) =
        objects.replace(&bucket.name, "f.zip", first, content).await.unwrap()
    else {
        panic!("a concurrent write replaced it")
    };
    assert_eq!(uploads.taken(place(second)).await.source.sha256, two.sha256);
    assert_eq!(uploads.taken(place(0)).await.source.sha256, two.sha256);
    // The bucket keeps no older versions.
    uploads
        .is_refused(place(first), FailureClass::User, "source-not-found", &format!("f.zip#{first}"))
        .await;
}
