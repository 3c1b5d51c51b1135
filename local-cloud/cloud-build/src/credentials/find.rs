//! What looks like a credential in the texts of package managers.

use std::ops::Range;

/// Settings whose values are credentials: of npm, of Yarn, and of HTTP.
const SETTINGS: [&str; 7] = [
    "_authtoken",
    "_auth",
    "_password",
    "npmauthtoken",
    "npmauthident",
    "<password>",
    "authorization",
];

/// Settings of bun, which are credentials only where they have a value in quotes.
const QUOTED_SETTINGS: [&str; 2] = ["token", "password"];

/// A credential that is recognized by its form.
struct Form {
    prefix: &'static str,
    /// Minimum number of characters after the prefix.
    length_min: usize,
    /// Characters of it besides letters and digits.
    others: &'static str,
}

/// Access tokens of Google, of npm, of GitHub, of GitLab and of PyPI.
const FORMS: [Form; 6] = [
    Form { prefix: "ya29.", length_min: 20, others: "._-" },
    Form { prefix: "npm_", length_min: 36, others: "" },
    Form { prefix: "ghp_", length_min: 36, others: "" },
    Form { prefix: "github_pat_", length_min: 40, others: "_" },
    Form { prefix: "glpat-", length_min: 20, others: "._-" },
    Form { prefix: "pypi-AgE", length_min: 40, others: "_-" },
];

/// Ends of the names of variables whose values are credentials, such as `NPM_TOKEN` and
/// `UV_INDEX_INNER_PASSWORD`.
const SECRET_NAMES: [&str; 6] = ["TOKEN", "PASSWORD", "PASSWD", "SECRET", "_AUTH", "API_KEY"];

pub(super) fn is_secret_name(variable: &str) -> bool {
    let name = variable.to_ascii_uppercase();
    SECRET_NAMES.iter().any(|end| name.ends_with(end))
}

/// Where credentials are in a text, in order and apart from each other. References to variables
/// (`${NPM_TOKEN}`) and what is masked already are none.
pub(super) fn found(text: &str) -> Vec<Range<usize>> {
    let mut all = in_urls(text);
    all.extend(in_settings(text));
    all.extend(in_quotes(text));
    all.extend(by_form(text));
    all.retain(|range| {
        let value = text.get(range.clone()).unwrap_or_default();
        !value.is_empty() && !value.starts_with('$') && value.chars().any(|c| c != '*')
    });
    all.sort_by_key(|range| (range.start, std::cmp::Reverse(range.end)));
    let mut end = 0;
    all.retain(|range| {
        let is_apart = range.start >= end;
        end = end.max(range.end);
        is_apart
    });
    all
}

/// Passwords of URLs; and what stands alone before the host, which for HTTP is a token.
fn in_urls(text: &str) -> Vec<Range<usize>> {
    let mut all = Vec::new();
    for (at, separator) in text.match_indices("://") {
        let start = at + separator.len();
        let rest = text.get(start..).unwrap_or_default();
        let is_end = |c: char| c.is_whitespace() || "/?#\"'<>`,|\\".contains(c);
        let authority = rest.split(is_end).next().unwrap_or_default();
        let Some((user, _host)) = authority.rsplit_once('@') else { continue };
        let is_http = text
            .get(..at)
            .is_some_and(|before| before.ends_with("http") || before.ends_with("https"));
        match user.split_once(':') {
            Some((name, _)) => all.push(start + name.len() + 1..start + user.len()),
            None if is_http => all.push(start..start + user.len()),
            None => {}
        }
    }
    all
}

/// Values of settings: `//host/:_authToken=VALUE`, `npmAuthToken: "VALUE"`, `<password>VALUE<`,
/// `authorization: Bearer VALUE`.
fn in_settings(text: &str) -> Vec<Range<usize>> {
    let small = text.to_ascii_lowercase();
    let mut all = Vec::new();
    for setting in SETTINGS {
        for (at, _) in small.match_indices(setting) {
            let is_inside = |c: char| c.is_ascii_alphanumeric();
            if small.get(..at).is_some_and(|before| before.ends_with(is_inside)) {
                continue;
            }
            let after = at + setting.len();
            if let Some(range) = value(&small, after, setting.ends_with('>')) {
                all.push(range);
            }
        }
    }
    all
}

/// Tokens that look like one wherever they are.
fn by_form(text: &str) -> Vec<Range<usize>> {
    let mut all = Vec::new();
    for Form { prefix, length_min, others } in FORMS {
        for (at, _) in text.match_indices(prefix) {
            let is_inside = |c: char| c.is_ascii_alphanumeric() || c == '_';
            let rest = text.get(at + prefix.len()..).unwrap_or_default();
            let is_end = |c: char| !c.is_ascii_alphanumeric() && !others.contains(c);
            let length = rest.find(is_end).unwrap_or(rest.len());
            let is_whole = !text.get(..at).is_some_and(|before| before.ends_with(is_inside));
            if is_whole && length >= length_min {
                all.push(at..at + prefix.len() + length);
            }
        }
    }
    all
}

/// Values of settings in TOML: `token = "VALUE"`.
fn in_quotes(text: &str) -> Vec<Range<usize>> {
    let mut all = Vec::new();
    for setting in QUOTED_SETTINGS {
        for (at, _) in text.match_indices(setting) {
            let is_inside = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
            let after = at + setting.len();
            let rest = text.get(after..).unwrap_or_default().trim_start_matches(' ');
            let rest = rest.strip_prefix('=').map(|rest| rest.trim_start_matches(' '));
            let Some(value) = rest.and_then(|rest| rest.strip_prefix('"')) else { continue };
            if text.get(..at).is_some_and(|before| before.ends_with(is_inside)) {
                continue;
            }
            let start = text.len() - value.len();
            let length = value.find(['"', '\n']).unwrap_or(value.len());
            all.push(start..start + length);
        }
    }
    all
}

/// The value that follows the name of a setting.
fn value(small: &str, after: usize, is_element: bool) -> Option<Range<usize>> {
    let rest = small.get(after..)?;
    let mut start = after;
    if !is_element {
        let separated = rest.trim_start_matches(['"', '\'', ' ', '\t']);
        let valued = separated.strip_prefix(['=', ':'])?;
        let valued = valued.trim_start_matches(['"', '\'', ' ', '\t']);
        let scheme = ["bearer ", "basic "].into_iter().find(|scheme| valued.starts_with(scheme));
        start += rest.len() - valued.len() + scheme.map_or(0, str::len);
    }
    let is_end = |c: char| c.is_whitespace() || "\"'<>,;`".contains(c);
    let length = small.get(start..)?.find(is_end).unwrap_or(small.len() - start);
    Some(start..start + length)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let mut text = text.to_owned();
        for range in found(&text).into_iter().rev() {
            text.replace_range(range, "#");
        }
        text
    }

    #[test]
    fn credentials_are_found_in_urls_and_settings() {
        for (text, expected) in [
            ("https://ada:pw@host/simple", "https://ada:#@host/simple"),
            ("--index-url=http://to-ken@host:80/x and", "--index-url=http://#@host:80/x and"),
            ("git+ssh://git@github.com/a.git", "git+ssh://git@github.com/a.git"),
            ("ssh://ada:pw@host/x", "ssh://ada:#@host/x"),
            ("'https://a:p@h' https://b:q@i", "'https://a:#@h' https://b:#@i"),
            ("https://host/a@b:c", "https://host/a@b:c"),
            ("https://a:${PASSWORD}@h", "https://a:${PASSWORD}@h"),
            ("Looking in indexes: https://a:****@h", "Looking in indexes: https://a:****@h"),
            ("//host/:_authToken=npm_x", "//host/:_authToken=#"),
            ("//host/:_authToken=${NPM_TOKEN}", "//host/:_authToken=${NPM_TOKEN}"),
            ("_auth = \"abc==\"\nx=1", "_auth = \"#\"\nx=1"),
            ("//h/:_password=cHc=\n", "//h/:_password=#\n"),
            ("npmAuthToken: 'x-y'", "npmAuthToken: '#'"),
            ("<password>pw</password>", "<password>#</password>"),
            ("Authorization: Bearer abc.def", "Authorization: Bearer #"),
            ("{\"authorization\": \"Basic YTpi\"}", "{\"authorization\": \"Basic #\"}"),
            ("password authentication failed", "password authentication failed"),
            ("npm error code E401", "npm error code E401"),
            ("my_authors=x", "my_authors=x"),
            (
                "\"@a\" = { token = \"npm_x\", url = \"u\" }",
                "\"@a\" = { token = \"#\", url = \"u\" }",
            ),
            ("password=\"pw\"", "password=\"#\""),
            ("token = \"$NPM_TOKEN\"", "token = \"$NPM_TOKEN\""),
            ("SyntaxError: Unexpected token = \n", "SyntaxError: Unexpected token = \n"),
            ("my_token = \"x\" token == \"y\"", "my_token = \"x\" token == \"y\""),
        ] {
            assert_eq!(shown(text), expected);
        }
    }

    #[test]
    fn tokens_are_found_by_their_form() {
        for (prefix, length) in [("ya29.a0_-", 20), ("npm_", 36), ("ghp_", 36), ("glpat-", 20)] {
            let token = format!("{prefix}{}", "a1".repeat(length / 2));
            assert_eq!(shown(&format!("token {token}, next")), "token #, next", "{prefix}");
        }
        for text in ["npm_config_update_notifier_of_the_whole_machine", "ya29.short", "xghp_1234"] {
            assert_eq!(shown(text), text);
        }
    }

    #[test]
    fn names_of_secrets_are_known() {
        for name in ["NPM_TOKEN", "UV_INDEX_A_PASSWORD", "npm_config__auth", "POETRY_PYPI_TOKEN"] {
            assert!(is_secret_name(name), "{name}");
        }
        for name in ["NODE_ENV", "GOOGLE_FUNCTION_TARGET", "PIP_INDEX_URL", "AUTHOR"] {
            assert!(!is_secret_name(name), "{name}");
        }
    }
}
