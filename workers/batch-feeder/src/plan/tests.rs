use super::*;

const ROOMY: Limits = Limits { window: 100, in_flight: 100 };

fn progress(letters: &str, control: BatchControl) -> BatchProgress {
    let state = |letter: char| match letter {
        '.' => MemberState::Waiting,
        'a' => MemberState::Admitted,
        'd' => MemberState::Deployed,
        'f' => MemberState::Failed,
        'c' => MemberState::Cancelled,
        'n' => MemberState::NotStarted,
        'k' => MemberState::Parked,
        'g' => MemberState::Staged,
        'm' => MemberState::Releasing,
        'h' => MemberState::Held,
        other => panic!("{other}"),
    };
    BatchProgress {
        members: letters.chars().map(state).collect(),
        control,
        ..BatchProgress::new(0)
    }
}

struct Sample {
    requester: &'static str,
    settings: BatchSettings,
    progress: BatchProgress,
    places: Vec<usize>,
}

impl Sample {
    /// Functions in these states, each at the place with its digit.
    fn new(letters: &str, places: &str) -> Self {
        let places = places.chars().map(|digit| digit.to_digit(10).unwrap() as usize);
        Self {
            requester: "default",
            settings: BatchSettings::default(),
            progress: progress(letters, BatchControl::Running),
            places: places.collect(),
        }
    }

    fn now(&self) -> BatchNow<'_> {
        let Self { requester, settings, progress, places } = self;
        BatchNow { requester, settings, progress, places }
    }
}

fn admitted(samples: &[Sample], limits: Limits) -> Vec<Vec<usize>> {
    let now: Vec<BatchNow<'_>> = samples.iter().map(Sample::now).collect();
    admissions(&now, limits)
}

#[test]
fn a_batch_alone_gets_all_the_room_and_places_take_turns() {
    let sample = || [Sample::new("......", "000112")];
    assert_eq!(admitted(&sample(), ROOMY), [[0, 3, 5, 1, 4, 2]]);
    assert_eq!(admitted(&sample(), Limits { in_flight: 4, ..ROOMY }), [[0, 3, 5, 1]]);
    assert_eq!(admitted(&sample(), Limits { window: 1, ..ROOMY }), [[0, 3, 5]]);
}

#[test]
fn what_is_in_flight_takes_room_and_what_has_ended_does_not() {
    let limits = Limits { window: 2, in_flight: 3 };
    assert_eq!(admitted(&[Sample::new("ad..", "0000")], limits), [[2]]);
    assert_eq!(admitted(&[Sample::new("aa..", "0001")], limits), [[3]]);
    assert_eq!(admitted(&[Sample::new("aaa.", "0012")], limits), [Vec::<usize>::new()]);
}

#[test]
fn a_place_without_room_holds_up_only_itself_unless_the_order_is_as_listed() {
    let limits = Limits { window: 1, ..ROOMY };
    let mut sample = Sample::new("a...", "0011");
    assert_eq!(admitted(std::slice::from_ref(&sample), limits), [[2]]);
    sample.settings.order = BatchOrder::Listed;
    assert_eq!(admitted(std::slice::from_ref(&sample), limits), [Vec::<usize>::new()]);
    assert_eq!(admitted(std::slice::from_ref(&sample), ROOMY), [[1, 2, 3]]);
}

#[test]
fn the_window_of_a_batch_limits_it_in_each_place() {
    let mut sample = Sample::new("......", "000111");
    sample.settings.window = Some(2);
    assert_eq!(admitted(&[sample], ROOMY), [[0, 3, 1, 4]]);
}

#[test]
fn requesters_share_the_room_and_so_do_the_batches_of_each() {
    let large = Sample::new(&".".repeat(50), &"0".repeat(50));
    let other = Sample::new(&".".repeat(50), &"0".repeat(50));
    let mut small = Sample::new("....", "0000");
    small.requester = "team-a";
    let lengths = |samples: &[Sample], limits| {
        admitted(samples, limits).iter().map(Vec::len).collect::<Vec<_>>()
    };
    let samples = [large, other, small];
    assert_eq!(lengths(&samples, Limits { in_flight: 8, ..ROOMY }), [2, 2, 4]);
    // The small one has what it needs, and the others get the rest.
    assert_eq!(lengths(&samples, Limits { in_flight: 20, ..ROOMY }), [8, 8, 4]);
}

#[test]
fn a_wave_begins_when_the_one_before_has_ended() {
    let waves = |letters: &str| {
        let mut sample = Sample::new(letters, "000000");
        sample.settings.waves = vec![1, 2];
        admitted(&[sample], ROOMY).remove(0)
    };
    assert_eq!(waves("......"), [0]);
    assert_eq!(waves("a....."), [0; 0]);
    assert_eq!(waves("d....."), [1, 2]);
    assert_eq!(waves("df...."), [2]);
    assert_eq!(waves("dad..."), [0; 0]);
    assert_eq!(waves("dfd..."), [3, 4, 5]);
}

#[test]
fn nothing_is_admitted_to_a_batch_that_does_not_run() {
    for control in [BatchControl::Paused, BatchControl::Cancelled, BatchControl::Stopped] {
        let mut sample = Sample::new("....", "0000");
        sample.progress.control = control;
        assert_eq!(admitted(&[sample], ROOMY), [Vec::<usize>::new()], "{control:?}");
    }
}

#[test]
fn one_failure_more_than_tolerated_stops_a_batch() {
    let settings =
        |tolerated| BatchSettings { tolerated_failures: tolerated, ..BatchSettings::default() };
    for (letters, tolerated, control, after) in [
        ("ff..", None, BatchControl::Running, "ff.."),
        ("ff..", Some(2), BatchControl::Running, "ff.."),
        ("ff.a", Some(1), BatchControl::Stopped, "ffna"),
        ("f...", Some(0), BatchControl::Stopped, "fnnn"),
    ] {
        let judged = judged(&progress(letters, BatchControl::Running), &settings(tolerated));
        assert_eq!(judged, progress(after, control), "{letters} {tolerated:?}");
    }
    let paused = judged(&progress("f.", BatchControl::Paused), &settings(Some(0)));
    assert_eq!(paused.control, BatchControl::Stopped);
    let cancelled = judged(&progress("f.a", BatchControl::Cancelled), &settings(Some(0)));
    assert_eq!(cancelled, progress("fna", BatchControl::Cancelled));
}

#[test]
fn a_batch_ends_when_every_function_has() {
    for (letters, control, ended) in [
        ("dd.", BatchControl::Running, None),
        ("dda", BatchControl::Running, None),
        ("ddf", BatchControl::Running, Some("completed")),
        ("ddf", BatchControl::Paused, Some("completed")),
        ("dfn", BatchControl::Stopped, Some("stopped")),
        ("dff", BatchControl::Stopped, Some("completed")),
        ("dcn", BatchControl::Cancelled, Some("cancelled")),
        ("dca", BatchControl::Cancelled, None),
    ] {
        let outcome = outcome(&progress(letters, control));
        assert_eq!(outcome.map(|outcome| outcome.as_str()), ended, "{letters} {control:?}");
    }
}

fn gated_settings(gates: Vec<BatchGate>) -> BatchSettings {
    BatchSettings { waves: vec![1], gates, ..BatchSettings::default() }
}

fn request_gate() -> BatchGate {
    BatchGate::Request(longshore_messages::RequestGate {
        path: "/".to_owned(),
        function: None,
        status: None,
        body_contains: String::new(),
        within: std::time::Duration::from_secs(1),
    })
}

#[test]
fn nothing_of_the_next_wave_is_admitted_before_its_gates_have_passed() {
    let mut sample = Sample::new("d..", "000");
    sample.settings = gated_settings(vec![BatchGate::Approval]);
    assert_eq!(admitted(std::slice::from_ref(&sample), ROOMY), [Vec::<usize>::new()]);
    sample.progress.passed = 1;
    assert_eq!(admitted(std::slice::from_ref(&sample), ROOMY), [[1, 2]]);
}

#[test]
fn a_gate_passes_when_its_requests_are_answered_and_a_person_approves() {
    let both = gated_settings(vec![request_gate(), BatchGate::Approval]);
    let waits = progress("d..", BatchControl::Running);
    let approved = BatchProgress { approved: 1, ..waits.clone() };
    let passed = BatchProgress { passed: 1, ..approved.clone() };
    assert_eq!(gated(&approved, &both, 0, None), None, "the requests are to be made");
    assert_eq!(gated(&waits, &both, 0, Some(&Checked::Passed(Vec::new()))), Some(waits.clone()));
    assert_eq!(
        gated(&approved, &both, 0, Some(&Checked::Passed(Vec::new()))),
        Some(passed.clone())
    );
    let alone = gated_settings(vec![BatchGate::Approval]);
    assert_eq!(gated(&waits, &alone, 0, None), Some(waits.clone()));
    assert_eq!(gated(&approved, &alone, 0, None), Some(passed));
}

#[test]
fn a_gate_that_fails_stops_the_batch_and_is_its_outcome() {
    let settings = gated_settings(vec![request_gate()]);
    let failure = Failure::new("stage", longshore_messages::FailureClass::User, "code", "why", "");
    let at_gate = progress("d..", BatchControl::Running);
    let failed = Checked::Failed(failure.clone());
    let stopped = judged(&gated(&at_gate, &settings, 0, Some(&failed)).unwrap(), &settings);
    assert_eq!(stopped.members, progress("dnn", BatchControl::Stopped).members);
    assert_eq!(outcome(&stopped), Some(BatchOutcome::Stopped(Some(failure))));
}

#[test]
fn a_parked_function_counts_as_a_failure() {
    let settings = BatchSettings { tolerated_failures: Some(0), ..BatchSettings::default() };
    let judged = judged(&progress("k.", BatchControl::Running), &settings);
    assert_eq!(judged, progress("kn", BatchControl::Stopped));
}

#[test]
fn traffic_moves_after_the_gates_within_the_window_and_before_the_next_wave() {
    let after_gate = |letters: &str, passed| {
        let mut sample = Sample::new(letters, "0000");
        sample.settings = BatchSettings {
            waves: vec![2],
            gates: vec![BatchGate::Approval],
            traffic: longshore_messages::BatchTraffic::AfterGate,
            ..BatchSettings::default()
        };
        sample.progress.passed = passed;
        [sample]
    };
    for (letters, passed, expected) in [
        ("a...", 0, vec![1]),
        ("ga..", 0, vec![]),
        ("gg..", 0, vec![]),
        ("gg..", 1, vec![0, 1]),
        ("mg..", 1, vec![1]),
        ("dm..", 1, vec![]),
        ("dd..", 1, vec![2, 3]),
        ("ddgg", 1, vec![]),
        ("ddgg", 2, vec![2, 3]),
    ] {
        assert_eq!(admitted(&after_gate(letters, passed), ROOMY), [expected], "{letters} {passed}");
    }
    let narrow = Limits { window: 1, ..ROOMY };
    assert_eq!(admitted(&after_gate("gg..", 1), narrow), [[0]]);
    assert_eq!(admitted(&after_gate("mg..", 1), narrow), [[0_usize; 0]]);
}

#[test]
fn a_batch_that_ends_before_its_traffic_moves_leaves_it_where_it_is() {
    let settings = BatchSettings::default();
    for control in [BatchControl::Stopped, BatchControl::Cancelled] {
        let ended = judged(&progress("dgg.", control), &settings);
        assert_eq!(ended.members, progress("dhhn", control).members);
    }
    let running = progress("dgg.", BatchControl::Running);
    assert_eq!(judged(&running, &settings).members, running.members);
    assert_eq!(outcome(&progress("dg", BatchControl::Running)), None);
    assert_eq!(outcome(&progress("dm", BatchControl::Stopped)), None);
    // The last wave was staged whole, and its gate failed.
    let stopped = outcome(&progress("dh", BatchControl::Stopped));
    assert!(matches!(stopped, Some(BatchOutcome::Stopped(_))), "{stopped:?}");
}
