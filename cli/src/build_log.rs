//! The log of the build of a function.

use longshore_messages::FunctionRef;

use crate::cloud_target::CloudTarget;
use crate::error::CliError;
use crate::latest_build::latest_build;

/// Maximum number of lines of a log that are searched for warnings, which come first. A log is
/// read from its end.
const SEARCHED_LINES: usize = 100_000;

/// What the build said about differences from Google's: versions that this machine does not have,
/// and files of the source that Google's builder does not use. Only the local cloud says so; a log
/// that cannot be read has no warnings.
pub(crate) async fn differences(target: &CloudTarget, function: &FunctionRef) -> Vec<String> {
    if !target.local {
        return Vec::new();
    }
    match build_log(target, function, SEARCHED_LINES).await {
        Ok(lines) => warnings(&lines),
        Err(_) => Vec::new(),
    }
}

fn warnings(log: &[String]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for line in log {
        if let Some(warning) = line.strip_prefix("WARNING: ")
            && ["but this machine has", "Google"].iter().any(|part| warning.contains(part))
            && !found.iter().any(|known| known == warning)
        {
            found.push(warning.to_owned());
        }
    }
    found
}

/// The log of the build that the function's latest deployment waited for.
pub(crate) async fn build_log(
    target: &CloudTarget,
    function: &FunctionRef,
    lines: usize,
) -> Result<Vec<String>, CliError> {
    match latest_build(target, function).await? {
        Some(build) => target.clients.builds.log_tail(&build, lines).await.map_err(CliError::Logs),
        None => Ok(Vec::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warnings_about_differences_from_google_are_found_once() {
        let version =
            "engines.node of package.json requests Node.js 22.x, but this machine has 20.1";
        let warning = format!("WARNING: {version}");
        let unread = "the dependencies in Pipfile are not installed: Google's builder reads others";
        let other = format!("WARNING: {unread}");
        let log = ["BUILD", &warning, "WARNING: something else", version, &other];
        let log = log.map(str::to_owned);
        assert_eq!(warnings(&[log.clone(), log].concat()), [version, unread]);
    }
}
