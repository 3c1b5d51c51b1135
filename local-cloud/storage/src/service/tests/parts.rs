//! Multipart uploads across processes, and in resets.

use longshore_local_kit::state::Scope;

use super::*;
use crate::{Part, PartsUpload};

/// The smallest part that another one may follow.
const LARGE_BYTES: usize = 5 << 20;

fn find(service: &Service<Files>) -> PartsUpload {
    service.parts_upload("id", "bucket", "o").unwrap()
}

fn put(service: &Service<Files>, number: u32, content: &[u8]) -> Part {
    let mut staged = service.stage().unwrap();
    staged.append(content).unwrap();
    service.put_part(&find(service), number, staged, NOW).unwrap()
}

#[test]
fn a_multipart_upload_survives_the_process() {
    let dir = tempfile::tempdir().unwrap();
    let service = on_disk(dir.path());
    service.start_parts("id", request("o", Preconditions::default()), NOW).unwrap();
    put(&service, 1, b"replaced");
    let first = put(&service, 1, &[b'x'; LARGE_BYTES]);
    drop(service);

    let service = on_disk(dir.path());
    let parts: Vec<_> = find(&service).parts.into_values().collect();
    assert_eq!(parts, std::slice::from_ref(&first));
    let last = put(&service, 2, b"end");
    let listed = [(1, first.tag()), (2, last.tag())];
    let object = service.complete_parts(&find(&service), &listed, NOW).unwrap();
    assert_eq!(object.digest.size_bytes, LARGE_BYTES as u64 + 3);
    assert_eq!(files_in(&dir.path().join("contents")), 1);
    drop(service);

    let service = on_disk(dir.path());
    assert!(text(&service, "o").ends_with("xend"));
    assert!(service.parts_uploads("bucket").unwrap().is_empty());
}

#[test]
fn a_reset_removes_multipart_uploads_and_their_parts() {
    let dir = tempfile::tempdir().unwrap();
    let service = on_disk(dir.path());
    service.start_parts("id", request("o", Preconditions::default()), NOW).unwrap();
    let part = put(&service, 1, b"x");
    let mut state = service.lock();
    let (generations, _) = state.contents_in(&Scope::Everything);
    assert_eq!(generations, [part.place]);
    state.commit(vec![Event::Reset(Scope::Everything)]).unwrap();
    assert_eq!(state.parts_uploads().count(), 0);
}
