//! Hosts, revisions and directories of sources outside Cloud Storage.

use super::text::is_made_of;

/// <https://www.rfc-editor.org/rfc/rfc1123#section-2.1>, in lower case. The last label starts with
/// a letter, so that no spelling of an IP address is a name.
pub(crate) fn is_host(name: &str) -> bool {
    let is_label = |label: &str| {
        label.len() <= 63
            && is_made_of(label, |c, _| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let last = name.rsplit('.').next().unwrap_or_default();
    name.len() <= 253
        && name.split('.').all(is_label)
        && last.starts_with(|c: char| c.is_ascii_lowercase())
}

/// The path of a URL after its first `/`. <https://www.rfc-editor.org/rfc/rfc3986#section-3.3>
pub(crate) fn is_url_path(path: &str) -> bool {
    let is_plain =
        is_made_of(path, |c, _| c.is_ascii_alphanumeric() || "-._~!$&'()*+,;=:@/%".contains(c));
    let mut escapes = path.split('%').skip(1).map(|after| after.as_bytes());
    let is_dots = |segment: &str| {
        matches!(segment.to_ascii_lowercase().replace("%2e", ".").as_str(), "." | "..")
    };
    is_plain
        && escapes.all(|after| matches!(after, [high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit()))
        && !path.split('/').any(is_dots)
}

pub(crate) const GIT_REVISION: &str =
    "must be a full commit id, or a valid name of a tag or branch";

/// The rules of `git check-ref-format` with fewer characters, and without a leading hyphen, which
/// git would take for an option.
pub(crate) fn is_git_revision(name: &str) -> bool {
    let is_component = |part: &str| !part.starts_with('.') && !part.ends_with(".lock");
    name.len() <= 255
        && is_made_of(name, |c, first| {
            c.is_ascii_alphanumeric() || c == '_' || (!first && "-./+@#=,".contains(c))
        })
        && !name.contains("..")
        && !name.contains("//")
        && !name.ends_with(['/', '.'])
        && name.split('/').all(is_component)
}

pub(crate) const DIRECTORY: &str =
    "must be a relative path with / as separator, without empty, . and .. components";

/// A directory inside a repository or an archive.
pub(crate) fn is_directory(path: &str) -> bool {
    let is_part = |part: &str| !matches!(part, "" | "." | "..");
    path.len() <= 1024
        && !path.contains(|c: char| c.is_control() || c == '\\')
        && path.split('/').all(is_part)
}
