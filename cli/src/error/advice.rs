//! What the user can do next after an error.

use std::path::Path;

use longshore_messages::{DISK_FULL, FREE_SPACE, Invalid};
use longshore_runner::telemetry::chain;
use longshore_source_archive::PackError;

use super::CliError;
use crate::function_name::name_like;
use crate::unreadable;

impl CliError {
    /// What the user can do next.
    pub(crate) fn advice(&self) -> Option<String> {
        if chain(self).contains(DISK_FULL) {
            return Some(FREE_SPACE.to_owned());
        }
        let advice = match self {
            Self::NoCloud(_) => {
                "start one with `longshore up`, or set LONGSHORE_PROJECT and LONGSHORE_REGION to \
                 use Google Cloud"
            }
            Self::NoDataDir => "name a directory for the state of the local cloud with --data-dir",
            Self::StateInSource { .. } => {
                "choose a --data-dir outside of the source, or exclude it in .gcloudignore"
            }
            Self::DataDirInUse(_) => {
                "use that cloud (`longshore deploy DIR`), stop it, or choose another --data-dir"
            }
            Self::DataDirVersion { .. } => "choose another --data-dir, or delete this directory",
            Self::Manifest { advice, .. } => advice,
            Self::LimitsFile { .. } => "docs/quotas.md describes the files",
            Self::NoDirectory(_) => "a function is a directory with its source",
            Self::NotADirectory(file) => return Some(not_a_directory_advice(file)),
            Self::NoEntryPoint { choices, has_dockerfile, .. } => {
                return Some(entry_point_advice(choices, *has_dockerfile));
            }
            Self::NotAFunction { .. } => {
                "write a function with `@functions_framework.http` that takes the request, and choose \
                 it with `--entry-point`; a whole web application is a Cloud Run service, not a \
                 function"
            }
            Self::NoName(_) => {
                "name the function with `--name NAME`, or with `name` in longshore.yaml: letters, \
                 digits and hyphens"
            }
            Self::OtherManifest(_) => "rename it to longshore.yaml",
            Self::Invalid(invalid) => return Some(invalid_advice(invalid)),
            Self::OneNameForMany(_) => {
                "set the name in each longshore.yaml, or deploy one directory at a time"
            }
            Self::SameName(_) => "set another `name` in the longshore.yaml of one of them",
            Self::NoProtectedBucket(_) => {
                "name a bucket whose default key it is with `--source-bucket`"
            }
            Self::Protection(failure) => return Some(failure.advice.clone()),
            Self::LedgerKey { bucket, key, .. } => {
                return Some(format!(
                    "set its key with `gcloud storage buckets update gs://{bucket} \
                     --default-encryption-key {key}`, and write its objects again with `gcloud \
                     storage objects update \"gs://{bucket}/**\" --encryption-key {key}`"
                ));
            }
            Self::NotConfirmed | Self::DetachNotConfirmed => "confirm with `--yes`",
            Self::Goal(error) => return Some(error.advice()),
            Self::Event(error) => return Some(error.advice()),
            Self::ServiceFlags(error) => error.advice(),
            Self::Triggered(error) => return Some(error.advice()),
            Self::NotOurs(_) => "delete it anyway with `--force`",
            Self::NotGone(_) => "run `longshore delete` again to continue",
            Self::DeletionSuperseded(_) => "run `longshore delete` again to delete that one too",
            Self::NotParked(_) => "`longshore parked list` lists the parked messages",
            Self::NotReplayable { .. } => {
                "no replay is needed: Google's notifications are only hints, and the sweep of \
                 registry-watcher finds the same builds"
            }
            Self::Pack(error) => pack_advice(error),
            Self::Unreadable(_) => unreadable::ADVICE,
            Self::Parked(message) => return Some(message.advice()),
            Self::Call(_) => "`longshore logs FUNCTION` shows the output of the function",
            Self::NoDeployment(_) | Self::NotAnId(_) => {
                "`longshore status` lists the latest deployments"
            }
            Self::NoTrace(_) => {
                "`longshore up` stores the traces of its workers; other workers send theirs to \
                 OTEL_EXPORTER_OTLP_ENDPOINT. `--stages` shows the times in the ledger"
            }
            Self::NotATrace { .. } => {
                "write one with `longshore trace DEPLOYMENT --output json > FILE`"
            }
            Self::NotABatchId(_) | Self::NoBatch(_) => "`longshore batch status` lists the batches",
            Self::BatchRuns(_) => "wait for its end, or cancel it with `longshore batch cancel`",
            Self::NothingEarlier(_) => {
                "`longshore describe FUNCTION` lists its deployments; only one whose revision served \
                 can be restored"
            }
            Self::NeedsRebuild(_) => {
                "build the recorded source again with `--rebuild`, or move the traffic of its \
                 service with `gcloud run services update-traffic`"
            }
            Self::NoLog(_) => "`longshore status` shows the state of its deployment",
            Self::NoFunction(_) => "`longshore list` lists the functions",
            Self::NoSecret(_) => "`longshore secrets list` lists the secrets",
            Self::EmptySecret => {
                "pipe it in (`printf %s VALUE | longshore secrets set NAME`), or pass a file with \
                 --data-file"
            }
            Self::Died { log, .. } | Self::CloudEnded { log, .. } => {
                return Some(format!("see {}", log.display()));
            }
            Self::NoFunctionHere(_) => {
                "a function's directory has a longshore.yaml, or source in a supported language \
                 (main.py, package.json or index.js, go.mod or *.go, pom.xml or build.gradle); \
                 if needed, set the entry point with `--entry-point`"
            }
            Self::Publish(_) | Self::Stage(_) => {
                "check that the local cloud is still running; on Google Cloud, `longshore \
                 provision` creates what the fleet needs"
            }
            Self::DataDir { .. }
            | Self::Settings(_)
            | Self::Connect(_)
            | Self::Read { .. }
            | Self::Traces(_)
            | Self::Delete(_)
            | Self::Triggers(_)
            | Self::WriteFile { .. }
            | Self::Provision { .. }
            | Self::Check { .. }
            | Self::Fleet(_)
            | Self::Ledger(_)
            | Self::ReadService(_)
            | Self::Estate(_)
            | Self::Logs(_)
            | Self::Identity(_)
            | Self::Secret(_)
            | Self::Start { .. }
            | Self::Console(_)
            | Self::Testing(_)
            | Self::TestingRefused(_)
            | Self::Cloud(_)
            | Self::Terminal(_)
            | Self::Write(_) => return None,
        };
        Some(advice.to_owned())
    }
}

fn not_a_directory_advice(file: &Path) -> String {
    let parent = file.parent().filter(|parent| !parent.as_os_str().is_empty());
    let parent = parent.unwrap_or(Path::new(".")).display();
    format!("pass the directory that contains it: `longshore deploy {parent}`")
}

fn entry_point_advice(choices: &[String], has_dockerfile: bool) -> String {
    let advice = match choices {
        [] => "write a function that takes a request or an event, or set it with `--entry-point \
               FUNCTION` or with `entryPoint` in longshore.yaml"
            .to_owned(),
        [first, ..] => {
            format!(
                "choose one of {} with `--entry-point {first}`, or with `entryPoint` in \
                 longshore.yaml",
                choices.join(", ")
            )
        }
    };
    if has_dockerfile {
        return format!(
            "{advice}; the Dockerfile is not used, because functions are built without one"
        );
    }
    advice
}

fn invalid_advice(invalid: &Invalid) -> String {
    let name = invalid.problems.iter().find(|problem| problem.field == "function.name");
    match name.map(|problem| name_like(&problem.value)).filter(|name| !name.is_empty()) {
        Some(name) => format!("use `--name {name}`, or `name: {name}` in longshore.yaml"),
        None => "correct the flags, or the same fields in longshore.yaml".to_owned(),
    }
}

fn pack_advice(error: &PackError) -> &'static str {
    match error {
        PackError::Read { .. } => "make it readable, or exclude it in .gcloudignore",
        PackError::Empty { .. } => {
            "add the function's source; files listed in .gcloudignore are excluded"
        }
        PackError::LinkLeaves { .. } | PackError::LinkLoops { .. } | PackError::NotAFile { .. } => {
            "copy the file into the directory, or exclude it in .gcloudignore"
        }
        PackError::State { .. } => {
            "stop that cloud and move the directory out of the source, or exclude it in \
             .gcloudignore"
        }
        PackError::TooManyEntries { .. }
        | PackError::ContentTooLarge { .. }
        | PackError::ArchiveTooLarge { .. }
        | PackError::Ratio { .. } => "exclude what the function does not need in .gcloudignore",
        PackError::Scratch(_) => {
            "check the free space in TMPDIR, where temporary files are written"
        }
        _ => "rename or remove it, or exclude it in .gcloudignore",
    }
}

#[cfg(test)]
mod tests {
    use longshore_cloud::{CloudError, Kind};

    use super::*;

    #[test]
    fn the_advice_for_a_full_disk_of_the_local_cloud_is_to_free_space() {
        let refused = |text: String| {
            let source = std::io::Error::other(text);
            CliError::Publish(CloudError::caused("publish", "topic", Kind::Internal, source))
        };
        let full = std::io::Error::from_raw_os_error(28);
        let full = refused(format!("the journal cannot be written: {full}"));
        assert_eq!(full.advice().as_deref(), Some(FREE_SPACE));
        assert_ne!(refused("something else".to_owned()).advice().as_deref(), Some(FREE_SPACE));
    }
}
