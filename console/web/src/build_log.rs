//! What a build's log says about its work: steps, what came from a cache, what was downloaded, and
//! which layers were pushed. Pure.
//!
//! The text is that of Cloud Build and of Google's buildpacks, which may change without notice. So
//! this is for a picture, and a line that is not understood is left out of it.

use longshore_cloud::{BuildDownload, BuildLine, without_step};

/// What was done in a build.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct BuildWork {
    pub(crate) steps: Vec<Step>,
    pub(crate) layers: Vec<Layer>,
    /// `sha256:…` of the pushed image.
    pub(crate) digest: Option<String>,
}

/// Something that the build did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    /// The buildpack or the phase, and what it did.
    pub(crate) name: String,
    /// Whether all of it came from a cache.
    pub(crate) is_cached: bool,
    pub(crate) downloads: Vec<BuildDownload>,
    /// Number of lines of the log.
    pub(crate) lines: usize,
    pub(crate) has_failed: bool,
}

/// A layer of the image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Layer {
    /// Its digest, or its name in the buildpack.
    pub(crate) name: String,
    /// Whether the registry had it already, or it is that of the build before.
    pub(crate) is_reused: bool,
}

/// Maximum number of steps, downloads and layers that are kept: a log may be anything.
const PARTS_MAX: usize = 300;

impl BuildWork {
    /// From the lines of a log.
    #[must_use]
    pub(crate) fn of<'a>(lines: impl IntoIterator<Item = &'a str>) -> Self {
        let mut work = Self::default();
        for line in lines {
            work.read(without_step(line));
        }
        work
    }

    fn read(&mut self, line: &str) {
        if line.is_empty() {
            return;
        }
        if let Some(name) = phase(line).or_else(|| buildpack(line)) {
            self.begin(name);
            return;
        }
        let said = BuildLine::of(line);
        match said {
            Some(BuildLine::LayerReused(name)) => return self.add_layer(name, true),
            Some(BuildLine::LayerMade(name)) => return self.add_layer(name, false),
            Some(BuildLine::CacheHit(_) | BuildLine::CacheMiss(_) | BuildLine::Downloaded(_))
            | None => {}
        }
        if let Some((_, digest)) = line.split_once("digest: sha256:") {
            let hex: String = digest.chars().take_while(char::is_ascii_hexdigit).collect();
            self.digest = Some(format!("sha256:{hex}"));
        }
        if is_work(line) {
            self.begin(line.trim_end_matches('.').to_owned());
        }
        let Some(step) = self.steps.last_mut() else { return };
        step.lines += 1;
        if line.contains("up to date, skipping") {
            step.is_cached = true;
        }
        if line.starts_with("ERROR") || line.starts_with("error:") {
            step.has_failed = true;
        }
        match said {
            Some(BuildLine::CacheHit(_)) => step.is_cached = step.downloads.is_empty(),
            Some(BuildLine::Downloaded(download)) => {
                step.is_cached = false;
                if step.downloads.len() < PARTS_MAX {
                    step.downloads.push(download);
                }
            }
            Some(BuildLine::CacheMiss(_) | BuildLine::LayerReused(_) | BuildLine::LayerMade(_))
            | None => {}
        }
    }

    fn add_layer(&mut self, name: String, is_reused: bool) {
        if self.layers.len() < PARTS_MAX && !self.layers.iter().any(|layer| layer.name == name) {
            self.layers.push(Layer { name, is_reused });
        }
    }

    fn begin(&mut self, name: String) {
        if self.steps.len() < PARTS_MAX {
            let (is_cached, has_failed) = (false, false);
            let downloads = Vec::new();
            self.steps.push(Step { name, is_cached, downloads, lines: 0, has_failed });
        }
    }
}

fn phase(line: &str) -> Option<String> {
    let word = match line {
        "FETCHSOURCE" => "Fetch the source",
        "BUILD" => "Build",
        "PUSH" => "Push the image",
        "===> ANALYZING" => "Analyze the last image",
        "===> RESTORING" => "Restore caches",
        "===> EXPORTING" => "Export the image",
        _ => return None,
    };
    Some(word.to_owned())
}

/// `=== Python - pip (google.python.pip@0.9.2) ===`.
fn buildpack(line: &str) -> Option<String> {
    let name = line.strip_prefix("=== ")?.trim_end_matches("===").trim();
    Some(name.split_once(" (").map_or(name, |(name, _)| name).to_owned())
}

/// What the buildpacks announce before they do it.
fn is_work(line: &str) -> bool {
    let begins = ["Installing ", "Compiling ", "Building with ", "Pruning ", "Checking for "];
    let is_begun = begins.iter().any(|begin| line.starts_with(begin));
    is_begun && line.ends_with('.') || line.contains("up to date, skipping")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_says_what_was_installed_cached_and_pushed() {
        let work = BuildWork::of(
            "starting build \"b\"\n\nFETCHSOURCE\nFetching storage object: gs://b/o#1\n\nBUILD\n\
             Functions Framework is up to date, skipping installation.\n\
             Installing application dependencies.\n\
             Collecting flask\n  Downloading flask-3.0.0-py3-none-any.whl (101 kB)\n\
             \nPUSH\nPushing host/p/r/f:t\nsha256:aa: Layer already exists\nsha256:bb: Pushed\n\
             t: digest: sha256:0123abc size: 1\nDONE"
                .lines(),
        );
        let steps: Vec<_> = work.steps.iter().map(|step| step.name.as_str()).collect();
        assert_eq!(
            steps,
            [
                "Fetch the source",
                "Build",
                "Functions Framework is up to date, skipping installation",
                "Installing application dependencies",
                "Push the image"
            ]
        );
        assert!(work.steps[2].is_cached && !work.steps[3].is_cached);
        let what = "flask-3.0.0-py3-none-any.whl".to_owned();
        let download = BuildDownload { what, size_bytes: Some(101_000) };
        assert_eq!(work.steps[3].downloads, [download]);
        assert_eq!(
            work.layers.iter().map(|layer| layer.is_reused).collect::<Vec<_>>(),
            [true, false]
        );
        assert_eq!(work.digest.as_deref(), Some("sha256:0123abc"));
    }

    #[test]
    fn a_log_of_google_buildpacks_has_a_step_for_each_buildpack() {
        let work = BuildWork::of([
            "Step #1 - \"build\": === Python - Runtime (google.python.runtime@0.9.1) ===",
            "Step #1 - \"build\": === Python - pip (google.python.pip@0.9.2) ===",
            "Step #1 - \"build\": Reusing cached layer 'google.python.pip:cache'",
            "Step #1 - \"build\": Reusing layer 'google.python.pip:pip'",
            "Step #1 - \"build\": ERROR: failed to build",
        ]);
        let steps: Vec<_> = work.steps.iter().map(|step| step.name.as_str()).collect();
        assert_eq!(steps, ["Python - Runtime", "Python - pip"]);
        assert!(work.steps[1].has_failed);
        assert!(work.steps[1].is_cached);
        let layers: Vec<_> = work.layers.iter().map(|layer| layer.name.as_str()).collect();
        assert_eq!(layers, ["google.python.pip:pip"], "what is only cached is not in the image");
    }
}
