use super::*;

const NAME: &str = "projects/p/subscriptions/longshore.uploader.deploy-requested";

fn wanted() -> SubscriptionSpec {
    SubscriptionSpec {
        name: NAME.to_owned(),
        topic: "projects/p/topics/longshore.deploy-requested".to_owned(),
        ack_deadline: Duration::from_secs(30),
        minimum_backoff: Duration::from_secs(1),
        maximum_backoff: Duration::from_secs(600),
        retention: Duration::from_secs(31 * 24 * 3600),
        expires_after: None,
        dead_letter_topic: Some("projects/p/topics/longshore.dead-letters".to_owned()),
        max_delivery_attempts: 100,
        filter: String::new(),
    }
}

fn agent_as(role: &str) -> Vec<Binding> {
    let agent = "serviceAccount:service-123@gcp-sa-pubsub.iam.gserviceaccount.com";
    vec![Binding { role: role.to_owned(), members: vec![agent.to_owned()] }]
}

/// What is found if the subscription is like this, and the agent has its role.
fn found(live: Option<SubscriptionSpec>) -> Vec<(Problem, String)> {
    let observed = Observed { live, policy: agent_as("roles/pubsub.subscriber") };
    let findings = findings(&[wanted()], &[observed]);
    findings.into_iter().map(|finding| (finding.problem, finding.command)).collect()
}

#[test]
fn a_subscription_as_it_should_be_has_no_finding() {
    assert_eq!(found(Some(wanted())), []);
}

#[test]
fn a_missing_subscription_comes_with_the_command_that_creates_it() {
    let create = "gcloud pubsub subscriptions create longshore.uploader.deploy-requested --project \
                  p --topic projects/p/topics/longshore.deploy-requested --ack-deadline 30 \
                  --min-retry-delay 1s --max-retry-delay 600s --message-retention-duration 31d \
                  --expiration-period never --dead-letter-topic \
                  projects/p/topics/longshore.dead-letters --max-delivery-attempts 100";
    assert_eq!(found(None), [(Problem::Missing, create.to_owned())]);
}

#[test]
fn each_different_setting_comes_with_the_flag_that_changes_it() {
    let day = Duration::from_secs(24 * 3600);
    for (live, flags) in [
        (SubscriptionSpec { ack_deadline: day, ..wanted() }, "--ack-deadline 30"),
        (
            SubscriptionSpec { minimum_backoff: day, ..wanted() },
            "--min-retry-delay 1s --max-retry-delay 600s",
        ),
        (SubscriptionSpec { retention: day, ..wanted() }, "--message-retention-duration 31d"),
        (SubscriptionSpec { expires_after: Some(day), ..wanted() }, "--expiration-period never"),
        (
            SubscriptionSpec { dead_letter_topic: None, ..wanted() },
            "--dead-letter-topic projects/p/topics/longshore.dead-letters --max-delivery-attempts \
             100",
        ),
        (
            SubscriptionSpec { retention: day, expires_after: Some(day), ..wanted() },
            "--message-retention-duration 31d --expiration-period never",
        ),
    ] {
        let update = format!(
            "gcloud pubsub subscriptions update longshore.uploader.deploy-requested --project p \
             {flags}"
        );
        assert_eq!(found(Some(live)), [(Problem::Different, update)]);
    }
}

#[test]
fn a_subscription_of_a_deleted_topic_has_to_be_deleted() {
    let orphan = SubscriptionSpec { topic: "_deleted-topic_".to_owned(), ..wanted() };
    let delete =
        "gcloud pubsub subscriptions delete longshore.uploader.deploy-requested --project p";
    assert_eq!(found(Some(orphan)), [(Problem::Different, delete.to_owned())]);
}

#[test]
fn a_subscription_with_another_filter_has_to_be_deleted() {
    let all = SubscriptionSpec { filter: "attributes:status".to_owned(), ..wanted() };
    let delete =
        "gcloud pubsub subscriptions delete longshore.uploader.deploy-requested --project p";
    assert_eq!(found(Some(all)), [(Problem::Different, delete.to_owned())]);
    let ends = SubscriptionSpec { filter: "attributes.status = \"A\"".to_owned(), ..wanted() };
    let missing = Observed { live: None, policy: Vec::new() };
    let create = findings(&[ends], &[missing]).remove(0).command;
    assert!(create.ends_with("--message-filter 'attributes.status = \"A\"'"), "{create}");
}

#[test]
fn a_missing_topic_comes_with_the_command_that_creates_it() {
    let topics = ["projects/p/topics/a".to_owned(), "projects/p/topics/b".to_owned()];
    let findings = missing_topics(&topics, &[true, false]);
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0].command, "gcloud pubsub topics create b --project p");
}

#[test]
fn dead_lettering_takes_a_role_on_the_subscription_and_one_on_the_topic() {
    for (role, is_enough) in [
        ("roles/pubsub.subscriber", true),
        ("roles/pubsub.editor", true),
        ("projects/p/roles/custom", true),
        ("roles/pubsub.publisher", false),
        ("roles/pubsub.viewer", false),
    ] {
        let observed = Observed { live: Some(wanted()), policy: agent_as(role) };
        assert_eq!(findings(&[wanted()], &[observed]).is_empty(), is_enough, "{role}");
    }
    let topic = "projects/p/topics/longshore.dead-letters";
    assert_eq!(dead_letter_topic(topic, &agent_as("roles/pubsub.publisher")), None);
    let missing = dead_letter_topic(topic, &agent_as("roles/pubsub.subscriber")).unwrap();
    assert_eq!(
        missing.command,
        "gcloud pubsub topics add-iam-policy-binding longshore.dead-letters --project p --member \
         \"serviceAccount:service-$(gcloud projects describe p \
         --format='value(projectNumber)')@gcp-sa-pubsub.iam.gserviceaccount.com\" --role \
         roles/pubsub.publisher"
    );
    let none = SubscriptionSpec { dead_letter_topic: None, ..wanted() };
    let observed = Observed { live: Some(none.clone()), policy: Vec::new() };
    assert_eq!(findings(&[none], &[observed]), []);
}
