//! Texts of builds without the credentials of package registries: people paste logs into tickets.
//! Pure.

/// What stands in for a credential. pip uses it, too.
const MASK: &str = "****";

/// Settings of package managers whose values are credentials.
const SETTINGS: [&str; 5] = ["_authToken", "_auth", "_password", "npmAuthToken", "npmAuthIdent"];

/// Access tokens of Google, npm, GitHub, GitLab and PyPI: how they begin, the minimum number of
/// characters after that, and which ones there are besides letters and digits.
const FORMS: [(&str, usize, &str); 6] = [
    ("ya29.", 20, "._-"),
    ("npm_", 36, ""),
    ("ghp_", 36, ""),
    ("github_pat_", 40, "_"),
    ("glpat-", 20, "._-"),
    ("pypi-AgE", 40, "_-"),
];

/// The text with a mask in place of passwords of URLs, of tokens before the host of an HTTP URL,
/// of values of settings, and of what has the form of a token.
pub(crate) fn masked(text: &str) -> String {
    let mut masked = without_passwords(text);
    for setting in SETTINGS {
        if masked.contains(setting) {
            masked = without_value(&masked, setting);
        }
    }
    for (prefix, length_min, others) in FORMS {
        if masked.contains(prefix) {
            masked = without_tokens(&masked, prefix, length_min, others);
        }
    }
    masked
}

fn without_passwords(text: &str) -> String {
    let mut parts = text.split("://");
    let mut masked = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let is_http = masked.ends_with("http") || masked.ends_with("https");
        let is_end = |c: char| c.is_whitespace() || "/?#\"'<>`,|\\".contains(c);
        let authority = part.find(is_end).map_or(part, |end| &part[..end]);
        let shown = match authority.rsplit_once('@').map(|(user, _)| user) {
            None => None,
            Some(user) => match user.split_once(':') {
                Some((name, password)) if is_secret(password) => {
                    Some((user, format!("{name}:{MASK}")))
                }
                None if is_http && is_secret(user) => Some((user, MASK.to_owned())),
                Some(_) | None => None,
            },
        };
        masked.push_str("://");
        match shown {
            Some((user, shown)) => {
                masked.push_str(&shown);
                masked.push_str(&part[user.len()..]);
            }
            None => masked.push_str(part),
        }
    }
    masked
}

/// Masks what follows the name of a setting and `=` or `:`.
fn without_value(text: &str, setting: &str) -> String {
    let mut parts = text.split(setting);
    let mut masked = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let is_name = !masked.ends_with(|c: char| c.is_ascii_alphanumeric());
        let quotes = ['"', '\'', ' ', '\t'];
        let value = part.trim_start_matches(quotes).strip_prefix(['=', ':']);
        let value = value.map(|value| value.trim_start_matches(quotes)).unwrap_or_default();
        let is_end = |c: char| c.is_whitespace() || "\"'<>,;`".contains(c);
        let secret = value.find(is_end).map_or(value, |end| &value[..end]);
        masked.push_str(setting);
        if is_name && is_secret(secret) {
            masked.push_str(&part[..part.len() - value.len()]);
            masked.push_str(MASK);
            masked.push_str(&value[secret.len()..]);
        } else {
            masked.push_str(part);
        }
    }
    masked
}

fn without_tokens(text: &str, prefix: &str, length_min: usize, others: &str) -> String {
    let mut parts = text.split(prefix);
    let mut masked = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let is_end = |c: char| !c.is_ascii_alphanumeric() && !others.contains(c);
        let length = part.find(is_end).unwrap_or(part.len());
        let is_whole = !masked.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
        if is_whole && length >= length_min {
            masked.push_str(MASK);
            masked.push_str(&part[length..]);
        } else {
            masked.push_str(prefix);
            masked.push_str(part);
        }
    }
    masked
}

/// References to variables and masks are no secrets.
fn is_secret(text: &str) -> bool {
    !text.is_empty() && !text.starts_with('$') && text.chars().any(|c| c != '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_masked_and_everything_else_stays() {
        for (text, shown) in [
            (
                "ERROR: https://ada:pw@host/simple and x",
                "ERROR: https://ada:****@host/simple and x",
            ),
            ("http://to-ken@host:80/x", "http://****@host:80/x"),
            ("git+ssh://git@github.com/a.git", "git+ssh://git@github.com/a.git"),
            ("https://a:****@h https://b:q@i", "https://a:****@h https://b:****@i"),
            ("https://host/a@b:c", "https://host/a@b:c"),
            ("https://a:${PASSWORD}@h", "https://a:${PASSWORD}@h"),
            ("//host/:_authToken=npm_x\nnext", "//host/:_authToken=****\nnext"),
            ("_auth = \"abc==\" _authToken", "_auth = \"****\" _authToken"),
            ("npmAuthToken: 'x-y'", "npmAuthToken: '****'"),
            ("my_authors=x, plain", "my_authors=x, plain"),
            ("with ya29.a0Af_byC-a0Af_byC-a0Af_byC-.", "with ****"),
            ("npm_abcdefghijklmnopqrstuvwxyz0123456789, x", "****, x"),
            (
                "npm_config_update_notifier_of_the_whole_machine",
                "npm_config_update_notifier_of_the_whole_machine",
            ),
            ("the glpat-x form", "the glpat-x form"),
        ] {
            assert_eq!(masked(text), shown);
        }
    }
}
