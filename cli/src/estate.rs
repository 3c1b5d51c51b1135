//! What is deployed in projects, by whatever tool: functions of both generations, and services.
//!
//! `read` lists, with a few calls for each project and region, and none for each function, and
//! `recorded` adds what the ledger knows. `support` says how long a runtime lasts, `obstacle` what
//! cannot be migrated, and `filter` selects.

mod filter;
mod obstacle;
mod read;
mod recorded;
mod support;

use longshore_cloud::{Beyond, DeployedFunction, DeployedService, FunctionState, LiveService};
use longshore_messages::{Flavour, FunctionRef};
use time::OffsetDateTime;

pub(crate) use filter::Filter;
pub(crate) use obstacle::{Goal, obstacle};
pub(crate) use read::{Place, read, regions};
pub(crate) use recorded::add_recorded;
pub(crate) use support::Runtimes;

/// Variables that Google's services and the fleet set for the Functions Framework.
pub(crate) const PLATFORM_VARIABLES: [&str; 4] = [
    "FUNCTION_TARGET",
    "FUNCTION_SIGNATURE_TYPE",
    "LOG_EXECUTION_ID",
    "EVENTARC_CLOUD_EVENT_SOURCE",
];

/// Label of a service of the Cloud Functions API with its runtime. It stays when the function is
/// detached.
const RUNTIME_LABEL: &str = "goog-cloudfunctions-runtime";

/// A function or a service.
#[derive(Clone, Debug)]
pub(crate) struct Deployed {
    pub(crate) at: FunctionRef,
    /// The function in the Cloud Functions API, if it is one.
    pub(crate) function: Option<DeployedFunction>,
    /// Its service. Functions of the first generation have none.
    pub(crate) service: Option<DeployedService>,
    /// Runtime of the deployment that wrote the service, if the ledger says so.
    pub(crate) recorded_runtime: Option<String>,
}

/// What a deployed thing is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    FirstGeneration,
    /// A function of the Cloud Functions API, second generation.
    Function,
    /// A service of Cloud Run that was built from the source of a function.
    RunFunction,
    /// A service of Cloud Run that was deployed from an image.
    Image,
}

impl Deployed {
    pub(crate) fn kind(&self) -> Kind {
        match (&self.function, self.live()) {
            (Some(function), _) if function.live.is_first_generation => Kind::FirstGeneration,
            (Some(_), _) => Kind::Function,
            (None, Some(live)) if live.shape.build.as_ref().is_some_and(has_source) => {
                Kind::RunFunction
            }
            (None, _) => Kind::Image,
        }
    }

    pub(crate) fn flavour(&self) -> Flavour {
        match self.function {
            Some(_) => Flavour::Functions,
            None => Flavour::Run,
        }
    }

    pub(crate) fn live(&self) -> Option<&LiveService> {
        self.service.as_ref().map(|service| &service.live)
    }

    /// Id of the runtime, or the requested family of runtimes. `None` if it is unknown.
    pub(crate) fn runtime(&self) -> Option<&str> {
        if let Some(function) = &self.function {
            return some(&function.live.shape.runtime);
        }
        if let Some(recorded) = &self.recorded_runtime {
            return Some(recorded);
        }
        let shape = &self.live()?.shape;
        let of_label = shape.settings.labels.get(RUNTIME_LABEL).map(String::as_str);
        let base = shape.build.as_ref().map_or("", |build| &build.base_image);
        let id = base.rsplit('/').next().unwrap_or_default();
        let of_base = id.split([':', '@']).next().filter(|id| is_runtime(id));
        of_label.and_then(some).or(of_base)
    }

    pub(crate) fn entry_point(&self) -> Option<&str> {
        if let Some(function) = &self.function {
            return some(&function.live.shape.entry_point);
        }
        let shape = &self.live()?.shape;
        let built = shape.build.as_ref().and_then(|build| some(&build.function_target));
        built.or_else(|| shape.settings.environment.get("FUNCTION_TARGET").map(String::as_str))
    }

    /// When it was last written.
    pub(crate) fn updated_at(&self) -> Option<OffsetDateTime> {
        let function = self.function.as_ref().and_then(|function| function.updated_at);
        function.or_else(|| self.service.as_ref()?.updated_at)
    }

    pub(crate) fn url(&self) -> Option<&str> {
        let function = self.function.as_ref().and_then(|function| some(&function.live.url));
        function.or_else(|| some(&self.live()?.url))
    }

    /// What a specification cannot say of it. The service of a function is Google's work, except for
    /// what others have changed there.
    pub(crate) fn beyond(&self) -> Vec<Beyond> {
        let function = self.function.iter().flat_map(|function| &function.beyond);
        let service = self.service.iter().flat_map(|service| &service.beyond);
        let mut all: Vec<Beyond> = function.chain(service).copied().collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// Whether an operation is changing it.
    pub(crate) fn is_changing(&self) -> bool {
        match &self.function {
            Some(function) => !function.live.state.is_settled(),
            None => self.live().is_some_and(|live| !live.reconciled),
        }
    }

    /// Whether it was deployed and can be called.
    pub(crate) fn serves(&self) -> bool {
        match (&self.function, self.live()) {
            (Some(function), _) if function.live.is_first_generation => {
                function.live.state == FunctionState::Active
            }
            (_, live) => live.is_some_and(|live| !live.latest_ready_revision.is_empty()),
        }
    }
}

fn has_source(build: &longshore_cloud::BuildRecord) -> bool {
    !build.source_location.is_empty()
}

fn some(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

/// Whether a text can be the id of a runtime: a language and a version.
pub(crate) fn is_runtime(text: &str) -> bool {
    let language = text.trim_end_matches(|c: char| c.is_ascii_digit());
    language.len() < text.len()
        && !language.is_empty()
        && language.chars().all(|c| c.is_ascii_lowercase())
}

/// The language of a runtime, such as `python` of `python312`.
pub(crate) fn language(runtime: &str) -> &str {
    runtime.trim_end_matches(|c: char| c.is_ascii_digit())
}

#[cfg(test)]
pub(crate) mod tests;
