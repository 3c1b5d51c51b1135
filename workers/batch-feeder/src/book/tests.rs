use longshore_messages::{BatchSettings, DeployRequest, Source};
use time::OffsetDateTime;

use super::*;

fn batch(traffic: BatchTraffic) -> OpenBatch {
    let accepted = AcceptedBatch {
        settings: BatchSettings { traffic, ..BatchSettings::default() },
        requester: "default".to_owned(),
        source: "//longshore/longshore/batch-feeder".to_owned(),
        functions: 1,
        objects: 1,
        retry_of: None,
        accepted_at: OffsetDateTime::UNIX_EPOCH,
    };
    let function = proto::FunctionSpec {
        project: "demo-project".to_owned(),
        region: "europe-west1".to_owned(),
        name: "a".to_owned(),
        ..proto::FunctionSpec::default()
    };
    let request = proto::DeployRequested { function: Some(function), ..Default::default() };
    OpenBatch::new(BatchId::requested_by("default", "//ci", "1"), accepted, vec![request])
}

#[test]
fn the_request_that_moves_traffic_is_valid_and_names_the_deployment() {
    let staged = batch(BatchTraffic::AfterGate);
    let member = &staged.members[0];
    let (request, ce_id) = member.request_in(MemberState::Releasing);
    assert_ne!(ce_id, member.ce_id);
    let request = DeployRequest::from_proto(request.clone(), &Default::default()).unwrap();
    assert_eq!(request.batch, Some(staged.id));
    let Source::Earlier(earlier) = request.function.source else { panic!("{request:?}") };
    assert_eq!((earlier.deployment, earlier.release), (member.deployment, true));
    assert_eq!(staged.positions.len(), 2);
    assert_eq!(batch(BatchTraffic::AtOnce).positions.len(), 1);
}

#[test]
fn an_end_counts_in_the_state_of_its_deployment_alone() {
    use MemberState::{
        Admitted, Deployed, Failed, Held, Parked, Releasing, Staged, Superseded, TrafficPinned,
        Unchanged, Waiting,
    };
    let (staged, at_once) = (batch(BatchTraffic::AfterGate), batch(BatchTraffic::AtOnce));
    let (staged, at_once) = (&staged.members[0], &at_once.members[0]);
    let own = staged.deployment;
    let release = staged.release.as_ref().unwrap().deployment;
    for (member, now, ended, end, after) in [
        (at_once, Admitted, own, Deployed, Some(Deployed)),
        (at_once, Waiting, own, Deployed, Some(Deployed)),
        (at_once, Parked, own, Failed, Some(Failed)),
        (at_once, Deployed, own, Failed, None),
        // A tag of the same name is not that of a gate.
        (at_once, Admitted, own, Staged, Some(TrafficPinned)),
        (staged, Admitted, own, Staged, Some(Staged)),
        (staged, Admitted, own, Deployed, Some(Deployed)),
        (staged, Staged, own, Staged, None),
        (staged, Releasing, own, Staged, None),
        (staged, Releasing, release, Deployed, Some(Deployed)),
        (staged, Releasing, release, Unchanged, Some(Deployed)),
        (staged, Releasing, release, Superseded, Some(Superseded)),
        (staged, Releasing, release, Staged, Some(TrafficPinned)),
        (staged, Staged, release, Deployed, Some(Deployed)),
        (staged, Deployed, release, Deployed, None),
        (staged, Held, release, Deployed, None),
    ] {
        assert_eq!(member.after(now, ended, end), after, "{now:?} {end:?}");
    }
}
