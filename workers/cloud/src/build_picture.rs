//! A build in detail: when its parts ran, what it took from caches and downloaded, and the layers of
//! its image.
//!
//! Cloud Build has times for its phases and steps, the registry has the layers, and everything else is
//! only in the log. What a log says is for people: it decides nothing, and a line that another version
//! of a tool writes differently is missed.

use time::OffsetDateTime;

/// A part of a build.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildPart {
    /// The name of a phase; the id of a step, or otherwise the image that it runs.
    pub name: String,
    pub has_failed: bool,
    /// `None` if it has not begun.
    pub begun_at: Option<OffsetDateTime>,
    pub ended_at: Option<OffsetDateTime>,
}

/// A layer of an image, from the bottom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageLayer {
    /// `sha256:…` of the layer as it is stored.
    pub digest: String,
    /// Its size as it is stored, which is mostly compressed.
    pub size_bytes: u64,
}

/// What the log of a build says about its work.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BuildWork {
    /// What was taken from a cache, or was in the registry.
    pub cache_hits: Vec<String>,
    /// What had to be made.
    pub cache_misses: Vec<String>,
    pub downloads: Vec<BuildDownload>,
}

/// A download of a build.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildDownload {
    pub what: String,
    /// As the tool printed it, so rounded; `None` if it did not.
    pub size_bytes: Option<u64>,
}

impl BuildWork {
    /// Reads the log of a build.
    #[must_use]
    pub fn of<'a>(lines: impl IntoIterator<Item = &'a str>) -> Self {
        let mut work = Self::default();
        for line in lines {
            match BuildLine::of(without_step(line)) {
                Some(BuildLine::CacheHit(what) | BuildLine::LayerReused(what)) => {
                    work.cache_hits.push(what);
                }
                Some(BuildLine::CacheMiss(what) | BuildLine::LayerMade(what)) => {
                    work.cache_misses.push(what);
                }
                Some(BuildLine::Downloaded(download)) => work.downloads.push(download),
                None => {}
            }
        }
        work
    }
}

/// What a line of a log says about the work of the build.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BuildLine {
    CacheHit(String),
    CacheMiss(String),
    /// A layer of the image that the registry, or the previous image, had already.
    LayerReused(String),
    /// A new layer of the image.
    LayerMade(String),
    Downloaded(BuildDownload),
}

impl BuildLine {
    /// Reads a line, [without its step](without_step). `None` for lines about anything else.
    #[must_use]
    pub fn of(line: &str) -> Option<Self> {
        // Google's buildpacks.
        if let Some(what) = quoted_after(line, "***** CACHE HIT: ") {
            return Some(Self::CacheHit(what));
        }
        if let Some(what) = quoted_after(line, "***** CACHE MISS: ") {
            return Some(Self::CacheMiss(what));
        }
        // The lifecycle of Cloud Native Buildpacks.
        if let Some((of_image, name)) = layer_after(line, "Reusing ") {
            return Some(if of_image { Self::LayerReused(name) } else { Self::CacheHit(name) });
        }
        if let Some((of_image, name)) = layer_after(line, "Adding ") {
            return Some(if of_image { Self::LayerMade(name) } else { Self::CacheMiss(name) });
        }
        // Pushes of images.
        if let Some(digest) = line.strip_suffix(": Layer already exists") {
            return Some(Self::LayerReused(digest.to_owned()));
        }
        if let Some(digest) = line.strip_suffix(": Pushed") {
            return Some(Self::LayerMade(digest.to_owned()));
        }
        // pip.
        if let Some(file) = line.strip_prefix("Using cached ") {
            return Some(Self::CacheHit(last_part(without_size(file).0).to_owned()));
        }
        if let Some(file) = line.strip_prefix("Downloading ") {
            return Some(downloaded(file, last_part));
        }
        // Go.
        if let Some(module) = line.strip_prefix("go: downloading ") {
            return Some(downloaded(module, |module| module));
        }
        // Maven.
        if let Some((_, url)) =
            line.strip_prefix("Downloaded from ").and_then(|rest| rest.split_once(": "))
        {
            return Some(downloaded(url, last_part));
        }
        // npm.
        let (count, _) = line.strip_prefix("added ")?.split_once(" packages")?;
        let is_count = count.bytes().all(|byte| byte.is_ascii_digit());
        let what = format!("{count} packages of npm");
        is_count.then_some(Self::Downloaded(BuildDownload { what, size_bytes: None }))
    }
}

/// The download of a text that may end with its size.
fn downloaded(text: &str, name: impl Fn(&str) -> &str) -> BuildLine {
    let (what, size_bytes) = without_size(text);
    BuildLine::Downloaded(BuildDownload { what: name(what).to_owned(), size_bytes })
}

/// The file of a URL or of a path.
fn last_part(url: &str) -> &str {
    url.rsplit('/').next().unwrap_or(url)
}

/// A line without white space around it, and without what Cloud Build puts in front of it, the name
/// of its step: `Step #0 - "build": `.
#[must_use]
pub fn without_step(line: &str) -> &str {
    let line = line.trim();
    let rest = line.strip_prefix("Step #").and_then(|rest| rest.split_once(": "));
    rest.map_or(line, |(_, rest)| rest.trim())
}

fn quoted_after(line: &str, prefix: &str) -> Option<String> {
    let quoted = line.strip_prefix(prefix)?;
    Some(quoted.trim_matches('"').to_owned())
}

/// The name in `Reusing layer 'NAME'` and its like, and whether it is a layer of the image, and not
/// a cached layer or a cache layer.
fn layer_after(line: &str, verb: &str) -> Option<(bool, String)> {
    let (kind, name) = line.strip_prefix(verb)?.split_once(" '")?;
    let of_image = kind == "layer";
    let is_layer = of_image || matches!(kind, "cached layer" | "cache layer");
    is_layer.then(|| (of_image, name.trim_end_matches('\'').to_owned()))
}

/// A text without the size in parentheses at its end, and that size.
fn without_size(text: &str) -> (&str, Option<u64>) {
    let Some((what, rest)) = text.rsplit_once(" (") else { return (text, None) };
    match size(rest.trim_end_matches(')')) {
        Some(bytes) => (what, Some(bytes)),
        None => (text, None),
    }
}

/// The bytes of `101 kB`, `1.5 MB` or `12 kB at 34 kB/s`.
fn size(text: &str) -> Option<u64> {
    let mut words = text.split_whitespace();
    let (number, unit) = (words.next()?, words.next()?);
    let factor = match unit {
        "B" | "bytes" => 1.0,
        "kB" | "KB" => 1e3,
        "MB" => 1e6,
        "GB" => 1e9,
        _ => return None,
    };
    let bytes = number.parse::<f64>().ok()? * factor;
    // A size that a tool prints is far below the limit.
    (bytes.is_finite() && (0.0..1e15).contains(&bytes)).then_some(bytes.round() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_of_each_tool_says_what_was_cached_and_downloaded() {
        let log = "\
Step #0 - \"build\": ***** CACHE HIT: \"npm_modules\"
***** CACHE MISS: \"pip\"
Reusing layer 'google.python.runtime:python'
Reusing cached layer 'google.python.pip:pip'
Adding cache layer 'google.go.gomod:gopath'
Adding label 'io.buildpacks.stack.id'
sha256:aa: Layer already exists
sha256:bb: Pushed
  Downloading flask-3.1.0-py3-none-any.whl (102 kB)
Downloading colour (not a size)
Using cached click-8.1.8-py3-none-any.whl (98 kB)
go: downloading golang.org/x/net v0.1.0
Downloaded from central: https://repo.example/a/b/b-1.jar (1.5 MB at 3 MB/s)
added 57 packages, and audited 58 packages in 2s
added value to everything
";
        let work = BuildWork::of(log.lines());
        let hits = [
            "npm_modules",
            "google.python.runtime:python",
            "google.python.pip:pip",
            "sha256:aa",
            "click-8.1.8-py3-none-any.whl",
        ];
        assert_eq!(work.cache_hits, hits);
        assert_eq!(work.cache_misses, ["pip", "google.go.gomod:gopath", "sha256:bb"]);
        let download = |what: &str, size_bytes| BuildDownload { what: what.to_owned(), size_bytes };
        let downloads = [
            download("flask-3.1.0-py3-none-any.whl", Some(102_000)),
            download("colour (not a size)", None),
            download("golang.org/x/net v0.1.0", None),
            download("b-1.jar", Some(1_500_000)),
            download("57 packages of npm", None),
        ];
        assert_eq!(work.downloads, downloads);
    }
}
