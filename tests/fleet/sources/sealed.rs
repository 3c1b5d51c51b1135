//! Sources of every kind, under a key of Cloud KMS.

use std::fs;

use longshore_messages::proto;
use proto::source::Place as Kind;

use super::{Forge, MAIN, Uploads, function, git, https};
use crate::keys::Place;

/// The source must be stored under the key, in both flavours.
async fn is_stored_under_the_key(uploads: &mut Uploads, name: &str, kind: Kind, sha256: &str) {
    let place = Place::at(&uploads.cloud);
    let source = proto::Source { place: Some(kind) };
    let version = format!("{}/cryptoKeyVersions/1", place.key("key"));
    let of_run = place.of_run(&format!("{name}-run"), source.clone());
    let of_functions = place.of_functions(&format!("{name}-functions"), source);
    for spec in [of_run, of_functions] {
        let id = uploads.cloud.request(spec).await;
        let uploaded = uploads.published(id).await;
        assert_eq!(uploaded.source.sha256, sha256, "{name}");
        let object = &uploaded.source.object;
        let stored = uploads.cloud.clients.objects.head(&object.bucket, &object.object).await;
        assert_eq!(stored.unwrap().unwrap().kms_key_version, version, "{object}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn objects_https_archives_and_git_revisions_are_stored_under_the_key() {
    let forge = Forge::start();
    let settings = forge.as_ref().map(|forge| forge.settings().to_vec()).unwrap_or_default();
    let mut uploads = Uploads::start(&settings).await;
    let place = Place::new(&uploads.cloud).await;
    place.create_bucket("protected", &place.key("key")).await;
    place.create_repository("images", &place.key("key")).await;
    let zip = function(&[("main.py", MAIN)]);
    let object = uploads.cloud.stage_file(zip.file.path()).await.place.unwrap();
    is_stored_under_the_key(&mut uploads, "object", object, &zip.sha256).await;
    let Some(forge) = forge else { return };
    let sha256 = forge.put("function.zip", &fs::read(zip.file.path()).unwrap());
    let archive = https(forge.url("function.zip"), &sha256);
    is_stored_under_the_key(&mut uploads, "https", archive, &zip.sha256).await;
    if forge.serves_git() {
        forge.repository(MAIN);
        let url = format!("https://localhost:{}/git/repository.git", forge.port);
        let revision = git(url, "v1", "functions/hello");
        is_stored_under_the_key(&mut uploads, "git", revision, &zip.sha256).await;
    } else {
        println!("skipped: git has no http-backend on this machine");
    }
}
