use longshore_messages::FunctionRef;

use super::*;

fn deployment(name: &str) -> DeploymentId {
    let at = FunctionRef {
        project: "demo-project".to_owned(),
        region: "europe-west1".to_owned(),
        name: name.to_owned(),
    };
    let batch = BatchId::requested_by("default", "//ci", "1");
    DeploymentId::requested_by("default", "//longshore/longshore/batch-feeder", &batch.member(&at))
}

#[test]
fn a_request_is_passed_over_by_the_first_look_after_its_publication_only() {
    let (memory, ours, of_others) = (Memory::default(), deployment("a"), deployment("b"));
    memory.note_requested([ours].into_iter());
    assert!(memory.is_new(ours));
    assert!(!memory.is_new(ours));
    // A process that starts, and another replica, look at what they did not publish.
    assert!(!memory.is_new(of_others));
    memory.note_requested([ours].into_iter());
    assert!(memory.is_new(ours));
    memory.retain(&BTreeSet::new());
    assert!(!memory.has_requested(ours) && !memory.is_new(ours));
}
