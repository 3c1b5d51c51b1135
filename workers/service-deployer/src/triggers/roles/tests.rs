use longshore_cloud::Binding;

use super::*;

const STORAGE: &str = "serviceAccount:service-7@gs-project-accounts.iam.gserviceaccount.com";
const PUBSUB: &str = "serviceAccount:service-7@gcp-sa-pubsub.iam.gserviceaccount.com";

fn all() -> BTreeSet<Need> {
    let receives = Need::Receives { account: "a@x.com".to_owned() };
    [receives, Need::Publishes, Need::CreatesTokens].into()
}

fn binding(role: &str, member: &str) -> Binding {
    Binding { role: role.to_owned(), members: vec!["user:other".to_owned(), member.to_owned()] }
}

fn roles(needs: &BTreeSet<Need>, policy: &[Binding]) -> Vec<(&'static str, String)> {
    missing(needs, policy, 7).into_iter().map(|role| (role.role, role.member)).collect()
}

#[test]
fn an_empty_policy_lacks_the_role_of_the_account_and_those_of_both_agents() {
    let expected = [
        (EVENT_RECEIVER, "serviceAccount:a@x.com".to_owned()),
        (PUBLISHER, STORAGE.to_owned()),
        (TOKEN_CREATOR, PUBSUB.to_owned()),
    ];
    assert_eq!(roles(&all(), &[]), expected);
    assert_eq!(roles(&BTreeSet::new(), &[]), []);
}

#[test]
fn a_role_that_includes_the_needed_one_is_enough() {
    let receives = binding(EVENT_RECEIVER, "serviceAccount:a@x.com");
    for publishes in PUBLISHES {
        for creates in CREATES_TOKENS {
            let policy = [receives.clone(), binding(publishes, STORAGE), binding(creates, PUBSUB)];
            assert_eq!(roles(&all(), &policy), [], "{publishes} {creates}");
        }
    }
}

#[test]
fn the_role_of_somebody_else_or_with_a_condition_is_not_enough() {
    let policy = [
        binding(EVENT_RECEIVER, STORAGE),
        binding("roles/pubsub.publisher_withcond_1", STORAGE),
        binding(TOKEN_CREATOR, "serviceAccount:service-8@gcp-sa-pubsub.iam.gserviceaccount.com"),
    ];
    assert_eq!(roles(&all(), &policy).len(), 3);
}
