//! Settings of requesters: whose requests a fleet accepts, and what they may name.

use std::collections::BTreeSet;

use longshore_messages::{DEFAULT_REQUESTER, Topic};

use crate::requester_rules::{anything, own};
use crate::{NameRule, RequesterRules, Settings};

impl Settings {
    /// The rules of every requester, each with the projects that it may name. The default one is
    /// among them, set or not: without a table of its own, it may use what belongs to the
    /// function's project, and all private hosts of the fleet.
    #[must_use]
    pub fn requester_rules(&self) -> Vec<RequesterRules> {
        let served = match self.projects.as_slice() {
            [] => vec![NameRule::Exactly(self.project.clone())],
            named => named.to_vec(),
        };
        let mut all = self.requesters.clone();
        if !all.iter().any(|rules| rules.name == DEFAULT_REQUESTER) {
            all.insert(
                0,
                RequesterRules {
                    name: DEFAULT_REQUESTER.to_owned(),
                    projects: Vec::new(),
                    regions: anything(),
                    source_buckets: own(),
                    run_service_accounts: own(),
                    build_service_accounts: own(),
                    worker_pools: own(),
                    secrets: own(),
                    repositories: own(),
                    kms_keys: own(),
                    networks: own(),
                    topics: own(),
                    source_private_hosts: self.source_private_hosts.clone(),
                },
            );
        }
        for rules in all.iter_mut().filter(|rules| rules.projects.is_empty()) {
            rules.projects.clone_from(&served);
        }
        all
    }

    /// The names of all topics that requesters publish to, without the fleet's name.
    #[must_use]
    pub fn request_topics(&self) -> Vec<String> {
        let rules = self.requester_rules();
        let topics = |rules: &RequesterRules| {
            Topic::OF_REQUESTERS.map(|topic| topic.of_requester(&rules.name))
        };
        rules.iter().flat_map(topics).collect()
    }

    /// Those of [`Settings::request_topics`] for one message.
    #[must_use]
    pub fn topics_of_requesters(&self, topic: Topic) -> Vec<String> {
        self.requester_rules().iter().map(|rules| topic.of_requester(&rules.name)).collect()
    }

    /// Why the settings of requesters cannot be used.
    pub(crate) fn requester_problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        let is_name = |name: &str| {
            let is_part =
                |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
            (1..=63).contains(&name.len()) && name.bytes().all(is_part)
        };
        let mut names = BTreeSet::new();
        for RequesterRules { name, projects, regions, .. } in &self.requesters {
            if !is_name(name) {
                problems.push(format!(
                    "the name of requester `{name}` must have 1 to 63 lower-case letters, digits and \
                     hyphens"
                ));
            }
            if !names.insert(name) {
                problems.push(format!("requester {name} has more than one table"));
            }
            if projects.contains(&NameRule::Own) || regions.contains(&NameRule::Own) {
                problems.push(format!(
                    "`own` is not allowed in `projects` and `regions` of requester {name}"
                ));
            }
        }
        if self.projects.contains(&NameRule::Own) {
            problems.push("`own` is not allowed in `projects`".to_owned());
        }
        let is_known = |name: &String| name == DEFAULT_REQUESTER || names.contains(name);
        if !is_known(&self.requester) {
            problems.push(format!("requester `{}` has no [[requesters]] table", self.requester));
        }
        problems
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(file: &str) -> Result<Settings, String> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("longshore.toml");
        std::fs::write(&path, format!("project = \"p\"\nregion = \"r\"\n{file}")).unwrap();
        Settings::read(Some(&path), []).map_err(|error| error.to_string())
    }

    #[test]
    fn a_fleet_without_tables_has_one_requester_and_serves_its_own_project() {
        let settings = read("").unwrap();
        let [rules] = &settings.requester_rules()[..] else { panic!("one requester") };
        assert_eq!(rules.name, "default");
        assert_eq!(rules.projects, [NameRule::Exactly("p".to_owned())]);
        assert_eq!(rules.secrets, [NameRule::Own]);
        assert_eq!(
            settings.request_topics(),
            ["deploy-requested", "cancel-requested", "batch-requested"]
        );
    }

    #[test]
    fn each_table_adds_a_requester_with_its_own_topics() {
        let settings = read(
            "projects = [\"p\", \"q\"]\n[[requesters]]\nname = \"team-a\"\nsecrets = []\n\
             [[requesters]]\nname = \"team-b\"\nprojects = [\"b-*\"]\n",
        )
        .unwrap();
        let rules = settings.requester_rules();
        let [default, team_a, team_b] = &rules[..] else { panic!("{rules:?}") };
        assert_eq!((default.projects.len(), &team_a.projects), (2, &default.projects));
        assert_eq!(team_b.projects, ["b-*".parse().unwrap()]);
        assert_eq!((team_a.secrets.len(), team_b.secrets.len()), (0, 1));
        assert_eq!(
            settings.request_topics()[3..6],
            ["deploy-requested.team-a", "cancel-requested.team-a", "batch-requested.team-a"]
        );
        let printed = toml::to_string(&settings).unwrap();
        assert_eq!(toml::from_str::<Settings>(&printed).unwrap(), settings);
    }

    #[test]
    fn invalid_tables_are_reported() {
        for (file, says) in [
            ("[[requesters]]\nname = \"Team\"\n", "lower-case"),
            ("[[requesters]]\nname = \"a\"\n[[requesters]]\nname = \"a\"\n", "more than one"),
            ("[[requesters]]\nname = \"a\"\nregions = [\"own\"]\n", "own"),
            ("[[requesters]]\nname = \"a\"\nprojekts = []\n", "projekts"),
            ("[[requesters]]\nname = \"a\"\nsecrets = [\"a*b*\"]\n", "a*b*"),
            ("requester = \"nobody\"\n", "nobody"),
            ("projects = [\"own\"]\n", "own"),
        ] {
            let error = read(file).unwrap_err();
            assert!(error.contains(says), "{file}: {error}");
        }
    }
}
