//! The Artifact Registry repository of an image. Pure.

use longshore_messages::{Function, SOURCE_REPOSITORY, image_name, repository_name};

/// A repository, in any project and region.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Repository<'a> {
    pub(crate) project: &'a str,
    pub(crate) region: &'a str,
    pub(crate) id: &'a str,
    /// Whether the requester named it. Only the default one is created. A named repository must
    /// exist: it may be shared, or have settings (encryption, cleanup policies) that only its owner
    /// knows.
    pub(crate) is_named: bool,
}

impl<'a> Repository<'a> {
    /// The repository that the function names, or the default one beside the function.
    pub(crate) fn of(function: &'a Function) -> Self {
        let default = Self {
            project: &function.at.project,
            region: &function.at.region,
            id: SOURCE_REPOSITORY,
            is_named: false,
        };
        let Some(name) = &function.build.repository else { return default };
        match name.split('/').collect::<Vec<_>>()[..] {
            ["projects", project, "locations", region, "repositories", id] => {
                Self { project, region, id, is_named: true }
            }
            // The name was checked when the request was read.
            _ => default,
        }
    }

    /// `projects/P/locations/R/repositories/NAME`.
    pub(crate) fn name(self) -> String {
        repository_name(self.project, self.region, self.id)
    }

    /// The image, without tag, of a build that this function is the first to request.
    pub(crate) fn image(self, function: &Function) -> String {
        image_name(self.project, self.region, self.id, &function.at.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::tests::function;

    #[test]
    fn a_named_repository_keeps_its_project_and_region() {
        let mut function = function();
        let name = "projects/shared-images/locations/us-central1/repositories/team";
        function.build.repository = Some(name.to_owned());
        let repository = Repository::of(&function);
        assert!(repository.is_named);
        assert_eq!(repository.name(), name);
        assert_eq!(
            repository.image(&function),
            "us-central1-docker.pkg.dev/shared-images/team/hello"
        );
    }

    #[test]
    fn the_default_repository_is_beside_the_function() {
        let function = function();
        let repository = Repository::of(&function);
        assert!(!repository.is_named);
        assert_eq!(
            repository.image(&function),
            "europe-west1-docker.pkg.dev/demo-project/cloud-run-source-deploy/hello"
        );
    }
}
