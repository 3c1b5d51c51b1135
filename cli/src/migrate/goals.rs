//! What a migration changes: the values of `--to`. Pure.

use longshore_messages::Flavour;

use crate::estate::{Deployed, Goal, Kind, is_runtime};
use crate::goal_error::{GoalError, upgrade_flags};

/// What a migration changes. At least one is set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Goals {
    pub(crate) flavour: Option<Flavour>,
    pub(crate) region: Option<String>,
    pub(crate) runtime: Option<String>,
    pub(crate) key: Option<String>,
}

impl Goals {
    /// # Errors
    /// [`GoalError`].
    pub(crate) fn parse<'a>(all: impl Iterator<Item = &'a str>) -> Result<Self, GoalError> {
        let mut goals = Self::default();
        for text in all.flat_map(|text| text.split(',')).map(str::trim) {
            match text.split_once('=') {
                None if text == "run" => set(&mut goals.flavour, Flavour::Run, "flavour")?,
                None if text == "functions" => {
                    set(&mut goals.flavour, Flavour::Functions, "flavour")?;
                }
                None if text == "detach" || upgrade_flags(text).is_some() => {
                    return Err(GoalError::Strategy(text.to_owned()));
                }
                Some(("region", region)) if !region.is_empty() => {
                    set(&mut goals.region, region.to_owned(), "region")?;
                }
                Some(("runtime", runtime)) => {
                    if !is_runtime(runtime) {
                        return Err(GoalError::Runtime(runtime.to_owned()));
                    }
                    set(&mut goals.runtime, runtime.to_owned(), "runtime")?;
                }
                Some(("key", key)) if !key.is_empty() => {
                    set(&mut goals.key, key.to_owned(), "key")?;
                }
                _ => return Err(GoalError::Unknown(text.to_owned())),
            }
        }
        Ok(goals)
    }

    /// What is really to change of a function, the flavour first. A function that is in the region
    /// already may still change its runtime.
    pub(crate) fn of(&self, one: &Deployed) -> Vec<Goal> {
        let flavour = self.flavour.map(|flavour| match flavour {
            Flavour::Run => Goal::Run,
            Flavour::Functions => Goal::Functions,
        });
        let region = self.region.as_ref().filter(|region| **region != one.at.region);
        let others = [
            region.map(|_| Goal::Region),
            self.runtime.as_ref().map(|_| Goal::Runtime),
            self.key.as_ref().map(|_| Goal::Key),
        ];
        let others: Vec<Goal> = others.into_iter().flatten().collect();
        let has_flavour =
            self.flavour == Some(one.flavour()) && one.kind() != Kind::FirstGeneration;
        let flavour = flavour.filter(|_| !has_flavour || others.is_empty());
        flavour.into_iter().chain(others).collect()
    }
}

fn set<T>(goal: &mut Option<T>, value: T, name: &'static str) -> Result<(), GoalError> {
    match goal.replace(value) {
        None => Ok(()),
        Some(_) => Err(GoalError::Twice(name)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(texts: &[&str]) -> Result<Goals, GoalError> {
        Goals::parse(texts.iter().copied())
    }

    #[test]
    fn goals_are_combined() {
        let goals = parse(&["run,region=us-central1", "runtime=python313"]).unwrap();
        assert_eq!(goals.flavour, Some(Flavour::Run));
        assert_eq!(goals.region.as_deref(), Some("us-central1"));
        assert_eq!(goals.runtime.as_deref(), Some("python313"));
    }

    #[test]
    fn a_wrong_goal_is_refused_with_what_to_do() {
        for (texts, error) in [
            (&["walk"][..], GoalError::Unknown("walk".to_owned())),
            (&["region="], GoalError::Unknown("region=".to_owned())),
            (&["run", "functions"], GoalError::Twice("flavour")),
            (&["runtime=python"], GoalError::Runtime("python".to_owned())),
            (&["commit"], GoalError::Strategy("commit".to_owned())),
            (&["detach"], GoalError::Strategy("detach".to_owned())),
        ] {
            let refused = parse(texts).unwrap_err();
            assert!(!refused.advice().is_empty());
            assert_eq!(refused, error, "{texts:?}");
        }
    }

    #[test]
    fn each_of_googles_verbs_is_refused_with_the_command_that_does_it() {
        for (verb, flags) in [
            ("setup", "--setup-config"),
            ("redirect", "--redirect-traffic"),
            ("rollback", "--rollback-traffic"),
            ("commit", "--commit"),
            ("commit-as-gen2", "--commit --skip-detach"),
            ("abort", "--abort"),
        ] {
            let refused = parse(&[verb]).unwrap_err();
            assert_eq!(refused.to_string(), format!("the strategy `{verb}` is not supported"));
            let command = format!("`gcloud functions upgrade FUNCTION --region REGION {flags}`");
            assert!(refused.advice().contains(&command), "{}", refused.advice());
        }
        assert_eq!(
            parse(&["detach"]).unwrap_err().advice(),
            "use `longshore migrate detach FUNCTION`"
        );
    }
}
