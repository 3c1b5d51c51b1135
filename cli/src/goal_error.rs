//! What is wrong with the values of `--to`, and what to give instead.

/// The values of `--to` are wrong. Permanent: the user has to change them.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum GoalError {
    #[error("`{0}` is not one of run, functions, region=REGION, runtime=RUNTIME and key=KEY")]
    Unknown(String),
    #[error("`{0}` is given twice")]
    Twice(&'static str),
    #[error("`{0}` is not the id of a runtime")]
    Runtime(String),
    /// Google's own upgrade of the first generation.
    #[error("the strategy `{0}` is not supported")]
    Strategy(String),
}

impl GoalError {
    pub(crate) fn advice(&self) -> String {
        let advice = match self {
            Self::Unknown(_) => "several can be combined: `--to run --to runtime=python313`",
            Self::Twice(_) => "give each of them once",
            Self::Runtime(_) => "a runtime has a language and a version, such as python313",
            Self::Strategy(verb) => return strategy_advice(verb),
        };
        advice.to_owned()
    }
}

/// Google's verbs for functions of the first generation, and the flags with which gcloud does them
/// (<https://cloud.google.com/sdk/gcloud/reference/functions/upgrade>). They move the traffic of the
/// function's own URL, which only Google serves.
const UPGRADE_VERBS: [(&str, &str); 7] = [
    ("upgrade", "--setup-config"),
    ("setup", "--setup-config"),
    ("redirect", "--redirect-traffic"),
    ("rollback", "--rollback-traffic"),
    ("commit", "--commit"),
    ("commit-as-gen2", "--commit --skip-detach"),
    ("abort", "--abort"),
];

/// The flags of gcloud for one of these verbs; `None` for any other word.
pub(crate) fn upgrade_flags(verb: &str) -> Option<&'static str> {
    UPGRADE_VERBS.iter().find(|(name, _)| *name == verb).map(|(_, flags)| *flags)
}

fn strategy_advice(verb: &str) -> String {
    match upgrade_flags(verb) {
        Some(flags) => format!(
            "the upgrade of the first generation in place is Google's own: use `gcloud functions \
             upgrade FUNCTION --region REGION {flags}`, or copy the function with `--to run` or \
             `--to functions`"
        ),
        None => "use `longshore migrate detach FUNCTION`".to_owned(),
    }
}
