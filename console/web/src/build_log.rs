//! What a build's log says about its work: steps, what came from a cache, what was downloaded, and
//! which layers were pushed. Pure.
//!
//! The text is that of Cloud Build and of Google's buildpacks, which may change without notice. So
//! this is for a picture, and a line that is not understood is left out of it.

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
    pub(crate) downloads: Vec<Download>,
    /// Number of lines of the log.
    pub(crate) lines: usize,
    pub(crate) has_failed: bool,
}

/// What a step downloaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Download {
    pub(crate) name: String,
    /// As the log says it, such as `1.2 MB`, or empty.
    pub(crate) size: String,
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
            work.read(strip(line));
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
        if let Some(layer) = layer(line) {
            if self.layers.len() < PARTS_MAX && !self.layers.iter().any(|l| l.name == layer.name) {
                self.layers.push(layer);
            }
            return;
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
        if line.contains("up to date, skipping") || line.starts_with("Reusing cached") {
            step.is_cached = true;
        }
        if line.starts_with("ERROR") || line.starts_with("error:") {
            step.has_failed = true;
        }
        if let Some(download) = download(line)
            && step.downloads.len() < PARTS_MAX
        {
            step.is_cached = false;
            step.downloads.push(download);
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

/// A line without what Cloud Build puts in front of it: `Step #1 - "build": `.
fn strip(line: &str) -> &str {
    let line = line.trim();
    let rest = line.strip_prefix("Step #").and_then(|rest| rest.split_once("\": "));
    rest.map_or(line, |(_, rest)| rest.trim())
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

/// `sha256:…: Pushed`, `…: Layer already exists`, `Reusing layer 'x'`, `Adding layer 'x'`.
fn layer(line: &str) -> Option<Layer> {
    let found = |name: &str, is_reused| {
        let name = name.trim_matches(['\'', ':', ' ']).to_owned();
        Some(Layer { name, is_reused })
    };
    if let Some(name) = line.strip_suffix(": Pushed") {
        return found(name, false);
    }
    if let Some(name) = line.strip_suffix(": Layer already exists") {
        return found(name, true);
    }
    if let Some(name) = line.strip_prefix("Reusing layer ") {
        return found(name, true);
    }
    line.strip_prefix("Adding layer ").and_then(|name| found(name, false))
}

/// `Downloading flask-3.0.0-py3-none-any.whl (101 kB)`, `go: downloading example.com/m v1.2.3`.
fn download(line: &str) -> Option<Download> {
    let rest = line
        .strip_prefix("Downloading ")
        .or_else(|| line.strip_prefix("go: downloading "))
        .or_else(|| line.strip_prefix("Downloaded from central: "))?;
    let (name, size) = match rest.rsplit_once(" (") {
        Some((name, size)) => (name, size.trim_end_matches(')')),
        None => (rest, ""),
    };
    let is_size = size.bytes().any(|byte| byte.is_ascii_digit());
    let name = name.rsplit('/').next().unwrap_or(name);
    Some(Download {
        name: name.to_owned(),
        size: if is_size { size.to_owned() } else { String::new() },
    })
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
        let download =
            Download { name: "flask-3.0.0-py3-none-any.whl".to_owned(), size: "101 kB".to_owned() };
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
            "Step #1 - \"build\": Reusing layer 'google.python.pip:pip'",
            "Step #1 - \"build\": ERROR: failed to build",
        ]);
        let steps: Vec<_> = work.steps.iter().map(|step| step.name.as_str()).collect();
        assert_eq!(steps, ["Python - Runtime", "Python - pip"]);
        assert!(work.steps[1].has_failed);
        assert_eq!(work.layers[0].name, "google.python.pip:pip");
    }
}
