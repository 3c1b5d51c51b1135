//! Cloud Build and Artifact Registry in memory, which fail on request.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use async_trait::async_trait;
use longshore_cloud::{
    Binding, Build, BuildFailure, BuildRequest, BuildStatus, Builds, BuiltDigest, CloudError,
    DatedRuntime, DeployedFunction, DeployedService, Estate, Identity, Images, Keys, Kind, LogLine,
    Logs, SecretSummary, SecretValue, Secrets, SubmittedBuild,
};
use longshore_messages::{BuildKey, BuildRef, Builder};
use parking_lot::{Mutex, MutexGuard};
use time::OffsetDateTime;

/// The digest of the image that every build pushes.
pub(crate) const DIGEST: &str =
    "sha256:5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9";

/// How a submission fails.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fault {
    /// No build is created.
    Refused(Kind),
    /// A build is created, but the response is lost.
    Unanswered,
}

/// Cloud Build. Builds run until the test ends them.
#[derive(Default)]
pub(crate) struct FakeBuilds(Mutex<Yard>);

#[derive(Default)]
struct Yard {
    faults: VecDeque<Fault>,
    /// In the order of submission, each with the image that it pushes.
    builds: Vec<(Build, String)>,
    submissions: usize,
    requests: Vec<BuildRequest>,
    lists: Vec<String>,
    log_tails: usize,
    gets: usize,
    /// Regions in which list calls fail.
    unlisted: BTreeMap<String, Kind>,
}

impl FakeBuilds {
    fn yard(&self) -> MutexGuard<'_, Yard> {
        self.0.lock()
    }

    /// Makes the next submission fail. Several calls apply to one submission each.
    pub(crate) fn fail_next(&self, fault: Fault) {
        self.yard().faults.push_back(fault);
    }

    /// Makes list calls in a region fail from now on.
    pub(crate) fn fail_lists(&self, region: &str, kind: Kind) {
        self.yard().unlisted.insert(region.to_owned(), kind);
    }

    /// The number of calls of `submit`, including failed ones.
    pub(crate) fn submissions(&self) -> usize {
        self.yard().submissions
    }

    /// The requests of all calls of `submit`.
    pub(crate) fn requests(&self) -> Vec<BuildRequest> {
        self.yard().requests.clone()
    }

    /// The number of logs that were read.
    pub(crate) fn log_tails(&self) -> usize {
        self.yard().log_tails
    }

    /// All builds, oldest first.
    pub(crate) fn builds(&self) -> Vec<Build> {
        self.yard().builds.iter().map(|(build, _)| build.clone()).collect()
    }

    /// The newest build.
    pub(crate) fn latest(&self) -> Build {
        self.builds().pop().expect("a build was submitted")
    }

    /// `REGION/TAG` of each list call since the last call of this function.
    pub(crate) fn take_lists(&self) -> Vec<String> {
        std::mem::take(&mut self.yard().lists)
    }

    /// The number of reads of one build since the last call of this function.
    pub(crate) fn take_gets(&self) -> usize {
        std::mem::take(&mut self.yard().gets)
    }

    /// Lets an ended build have ended an hour ago.
    pub(crate) fn age_end(&self, name: &str) {
        let mut yard = self.yard();
        let (build, _) =
            yard.builds.iter_mut().find(|(build, _)| build.name == name).expect("the build exists");
        let ended_at = build.finished_at.as_mut().expect("the build has ended");
        *ended_at -= Duration::from_secs(3_600);
    }

    /// Adds builds of the fleet that ended a day ago.
    pub(crate) fn add_history(&self, project: &str, region: &str, tag: &str, number: u32) {
        let mut yard = self.yard();
        for number in 1..=number {
            let build = BuildRef { key: BuildKey::of(&["history"]), number };
            let tags = vec![tag.to_owned(), build.tag()];
            add(&mut yard, project, region, tags, "elsewhere/image:tag");
            let (build, _) = yard.builds.last_mut().unwrap();
            build.status = BuildStatus::Success;
            let day_ago = OffsetDateTime::now_utc() - Duration::from_secs(24 * 3_600);
            (build.created_at, build.finished_at) = (Some(day_ago), Some(day_ago));
        }
    }

    /// Ends a build. A successful build pushes its image.
    pub(crate) fn end(&self, name: &str, status: BuildStatus) {
        let mut yard = self.yard();
        let (build, image) =
            yard.builds.iter_mut().find(|(build, _)| build.name == name).expect("the build exists");
        build.status = status;
        build.finished_at = Some(OffsetDateTime::now_utc());
        if status == BuildStatus::Success {
            build.images = vec![BuiltDigest { name: image.clone(), digest: DIGEST.to_owned() }];
            build.builder = builder();
        }
    }

    /// Lets a build fail, as Cloud Build describes it.
    pub(crate) fn fail(&self, name: &str, kind: &str, detail: &str) {
        self.end(name, BuildStatus::Failure);
        let mut yard = self.yard();
        let build = yard.builds.iter_mut().map(|(build, _)| build);
        let build = build.into_iter().find(|build| build.name == name).expect("the build exists");
        let (kind, detail) = (kind.to_owned(), detail.to_owned());
        build.failure = Some(BuildFailure { kind, detail });
    }

    /// Adds a build that has pushed an image, of the Cloud Functions API.
    pub(crate) fn add_pushed(&self, name: &str, image: &str, digest: &str) {
        let mut yard = self.yard();
        add(&mut yard, "p", "r", Vec::new(), image);
        let (build, _) = yard.builds.last_mut().unwrap();
        name.clone_into(&mut build.name);
        build.status = BuildStatus::Success;
        build.finished_at = build.created_at;
        build.images = vec![BuiltDigest { name: image.to_owned(), digest: digest.to_owned() }];
        build.builder = builder();
    }

    /// Adds a build in the same project that does not belong to the fleet.
    pub(crate) fn add_foreign(&self, project: &str, region: &str) -> String {
        self.add_tagged(project, region, &[])
    }

    /// Adds a build with these tags that does not belong to the fleet.
    pub(crate) fn add_tagged(&self, project: &str, region: &str, tags: &[String]) -> String {
        add(&mut self.yard(), project, region, tags.to_vec(), "elsewhere/image:tag")
    }

    /// Adds a build with the tags and the image of another one.
    pub(crate) fn add_copy(&self, project: &str, region: &str, of: &Build) -> String {
        add(&mut self.yard(), project, region, of.tags.clone(), &of.targets[0])
    }
}

fn add(yard: &mut Yard, project: &str, region: &str, tags: Vec<String>, image: &str) -> String {
    let name = format!("projects/{project}/locations/{region}/builds/{}", yard.builds.len() + 1);
    let build = Build {
        name: name.clone(),
        status: BuildStatus::Working,
        tags,
        images: Vec::new(),
        failure: None,
        log_url: String::new(),
        logs_bucket: String::new(),
        targets: vec![image.to_owned()],
        phases: Vec::new(),
        steps: Vec::new(),
        builder: Builder::default(),
        created_at: Some(OffsetDateTime::now_utc()),
        started_at: None,
        finished_at: None,
    };
    yard.builds.push((build, image.to_owned()));
    name
}

/// What every successful build says about its builder.
pub(crate) fn builder() -> Builder {
    Builder {
        image: "gcr.io/buildpacks/builder@sha256:1".to_owned(),
        base_image: String::new(),
        runtime_versions: vec!["3.12.4".to_owned()],
    }
}

#[async_trait]
impl Builds for FakeBuilds {
    async fn pace_submit(&self, _: &str) -> Duration {
        Duration::ZERO
    }

    async fn submit(&self, request: &BuildRequest) -> Result<SubmittedBuild, CloudError> {
        let mut yard = self.yard();
        yard.submissions += 1;
        yard.requests.push(request.clone());
        let fault = yard.faults.pop_front();
        if let Some(Fault::Refused(kind)) = fault {
            return Err(CloudError::new("submit build", "it", kind));
        }
        let name =
            add(&mut yard, &request.project, &request.region, request.tags.clone(), &request.image);
        match fault {
            Some(_) => Err(CloudError::new("submit build", "it", Kind::DeadlineExceeded)),
            None => Ok(SubmittedBuild { name, base_image: request.base_image.clone() }),
        }
    }

    async fn get(&self, name: &str) -> Result<Option<Build>, CloudError> {
        self.yard().gets += 1;
        Ok(self.builds().into_iter().find(|build| build.name == name))
    }

    async fn list_by_tag(
        &self,
        project: &str,
        region: &str,
        tag: &str,
    ) -> Result<Vec<Build>, CloudError> {
        let mut yard = self.yard();
        yard.lists.push(format!("{region}/{tag}"));
        if let Some(kind) = yard.unlisted.get(region) {
            return Err(CloudError::new("list builds", region, *kind));
        }
        let location = format!("projects/{project}/locations/{region}/");
        let tagged = |build: &Build| {
            build.name.starts_with(&location) && build.tags.iter().any(|own| own == tag)
        };
        Ok(yard.builds.iter().rev().map(|(build, _)| build.clone()).filter(tagged).collect())
    }

    async fn list_recent(
        &self,
        project: &str,
        region: &str,
        tag: &str,
        since: OffsetDateTime,
    ) -> Result<Vec<Build>, CloudError> {
        let mut listed = self.list_by_tag(project, region, tag).await?;
        listed.retain(|build| build.created_at.is_some_and(|created_at| created_at > since));
        Ok(listed)
    }

    async fn log_tail(&self, _build: &Build, _lines: usize) -> Result<Vec<String>, CloudError> {
        self.yard().log_tails += 1;
        Ok(Vec::new())
    }
}

/// Artifact Registry. It has [`DIGEST`] for every image that the test did not delete.
#[derive(Default)]
pub(crate) struct FakeImages {
    missing: Mutex<BTreeSet<String>>,
    unreachable: Mutex<BTreeSet<String>>,
    repositories: Mutex<BTreeSet<String>>,
    /// Numbers of look-ups that do not find an image that is there.
    lagging: Mutex<BTreeMap<String, u32>>,
}

impl FakeImages {
    /// Lets an image appear after this number of look-ups.
    pub(crate) fn lag(&self, image: &str, looks: u32) {
        self.lagging.lock().insert(image.to_owned(), looks);
    }

    pub(crate) fn delete(&self, image: &str) {
        self.missing.lock().insert(image.to_owned());
    }

    /// Adds a repository, given by its name.
    pub(crate) fn create_repository(&self, name: &str) {
        self.repositories.lock().insert(name.to_owned());
    }

    /// Names of all repositories.
    pub(crate) fn repositories(&self) -> Vec<String> {
        self.repositories.lock().iter().cloned().collect()
    }

    /// Sets whether requests for an image succeed.
    pub(crate) fn set_reachable(&self, image: &str, reachable: bool) {
        let mut unreachable = self.unreachable.lock();
        if reachable {
            unreachable.remove(image);
        } else {
            unreachable.insert(image.to_owned());
        }
    }
}

#[async_trait]
impl Images for FakeImages {
    async fn ensure_repository(
        &self,
        project: &str,
        region: &str,
        repository: &str,
    ) -> Result<(), CloudError> {
        self.repositories.lock().insert(repository_name(project, region, repository));
        Ok(())
    }

    async fn has_repository(
        &self,
        project: &str,
        region: &str,
        repository: &str,
    ) -> Result<bool, CloudError> {
        Ok(self.repositories.lock().contains(&repository_name(project, region, repository)))
    }

    async fn repository_key(&self, repository: &str) -> Result<Option<String>, CloudError> {
        Ok(self.repositories.lock().contains(repository).then(String::new))
    }

    async fn digest_of_tag(&self, image: &str, _tag: &str) -> Result<Option<String>, CloudError> {
        Ok(self.has_digest(image, DIGEST).await?.then(|| DIGEST.to_owned()))
    }

    async fn has_digest(&self, image: &str, digest: &str) -> Result<bool, CloudError> {
        if self.unreachable.lock().contains(image) {
            return Err(CloudError::new("look up", image, Kind::Unavailable));
        }
        if let Some(looks) = self.lagging.lock().get_mut(image)
            && *looks > 0
        {
            *looks -= 1;
            return Ok(false);
        }
        Ok(digest == DIGEST && !self.missing.lock().contains(image))
    }
}

fn repository_name(project: &str, region: &str, repository: &str) -> String {
    format!("projects/{project}/locations/{region}/repositories/{repository}")
}

/// Services that the stages must not call.
pub(crate) struct Unused;

pub(super) fn unused(operation: &'static str) -> CloudError {
    CloudError::new(operation, "the simulation", Kind::Unimplemented)
}

#[async_trait]
impl Estate for Unused {
    async fn regions(&self, _: &str) -> Result<Vec<String>, CloudError> {
        Err(unused("list locations"))
    }

    async fn functions(&self, _: &str, _: &str) -> Result<Vec<DeployedFunction>, CloudError> {
        Err(unused("list functions"))
    }

    async fn services(&self, _: &str, _: &str) -> Result<Vec<DeployedService>, CloudError> {
        Err(unused("list services"))
    }

    async fn runtimes(&self, _: &str, _: &str) -> Result<Vec<DatedRuntime>, CloudError> {
        Err(unused("list runtimes"))
    }

    async fn source(&self, _: &str, _: usize) -> Result<Vec<u8>, CloudError> {
        Err(unused("download source"))
    }

    async fn enabled_apis(&self, _: &str) -> Result<BTreeSet<String>, CloudError> {
        Err(unused("list enabled APIs"))
    }

    async fn cpu_quota(&self, _: &str, _: &str) -> Result<Option<u64>, CloudError> {
        Err(unused("list quotas"))
    }
}

#[async_trait]
impl Logs for Unused {
    async fn service_tail(
        &self,
        _: &str,
        _: &str,
        _: &str,
        _: Option<&str>,
        _: usize,
    ) -> Result<Vec<LogLine>, CloudError> {
        Err(unused("read log"))
    }
}

#[async_trait]
impl Secrets for Unused {
    async fn add(&self, _: &str, _: SecretValue) -> Result<String, CloudError> {
        Err(unused("add secret version"))
    }

    async fn list(&self, _: &str) -> Result<Vec<SecretSummary>, CloudError> {
        Err(unused("list secrets"))
    }

    async fn delete(&self, _: &str) -> Result<bool, CloudError> {
        Err(unused("delete secret"))
    }
}

#[async_trait]
impl Identity for Unused {
    async fn id_token(&self, _: &str) -> Result<Option<String>, CloudError> {
        Err(unused("generate identity token"))
    }
}

#[async_trait]
impl Keys for Unused {
    async fn project_number(&self, _: &str) -> Result<u64, CloudError> {
        Err(unused("get project"))
    }

    async fn policy(&self, _: &str) -> Result<Vec<Binding>, CloudError> {
        Err(unused("get IAM policy"))
    }
}
