//! Maven's `settings.xml`: mirrors, servers, proxies and repositories stay. What its profiles define
//! for a project does not, because it would change what is compiled. Pure.

/// Paths of elements that a build does not get. The local repository of a build is its own, and
/// whether it is offline is not decided by the user's machine.
const DROPPED: [&str; 3] =
    ["settings/localRepository", "settings/offline", "settings/profiles/profile/properties"];

/// Paths of elements with the name of a profile.
const PROFILES: [&str; 2] =
    ["settings/profiles/profile/id", "settings/activeProfiles/activeProfile"];

/// What precedes the name of a profile: an active profile of the user must not activate the profile
/// of a pom.xml that has the same name.
const PREFIX: &str = "of-settings-";

/// The settings without what does not say where packages come from.
pub(super) fn kept(content: &[u8]) -> Vec<u8> {
    // Each byte is a character here: the file may have any encoding in which markup is ASCII.
    let text: String = content.iter().copied().map(char::from).collect();
    let (mut kept, mut path) = (String::with_capacity(text.len()), Vec::new());
    let mut properties: Vec<(&str, &str)> = Vec::new();
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let (token, length) = Token::first(rest);
        let (source, after) = rest.split_at(length);
        rest = after;
        if let Token::Open(name) | Token::Empty(name) = token {
            path.push(name);
        }
        let place = path.join("/");
        match DROPPED.iter().find_map(|dropped| place.strip_prefix(dropped)) {
            Some("") => {}
            Some(inner) if inner.starts_with('/') => {
                if let (Token::Text, Some(name)) = (&token, path.last()) {
                    properties.push((name, source.trim()));
                }
            }
            Some(_) | None => {
                let name = source.trim_start();
                let is_name = matches!(token, Token::Text) && PROFILES.contains(&place.as_str());
                if is_name && !name.is_empty() {
                    kept.push_str(PREFIX);
                    kept.push_str(name);
                } else {
                    kept.push_str(source);
                }
            }
        }
        if matches!(token, Token::Close | Token::Empty(_)) {
            path.pop();
        }
    }
    // A URL may refer to a property, and a property to one before it.
    for (name, value) in properties.into_iter().rev() {
        kept = kept.replace(&format!("${{{name}}}"), value);
    }
    kept.chars().filter_map(|character| u8::try_from(character).ok()).collect()
}

enum Token<'a> {
    Open(&'a str),
    Close,
    /// An element without content: `<name/>`.
    Empty(&'a str),
    Text,
    /// A comment, a declaration or an instruction.
    Other,
}

impl<'a> Token<'a> {
    /// The token at the beginning of a text, and its length. One without an end, which Maven rejects,
    /// has the length of the text.
    fn first(text: &'a str) -> (Self, usize) {
        let through = |start: &str, end: &str| {
            let inner = text.strip_prefix(start)?;
            Some(inner.find(end).map_or(text.len(), |at| start.len() + at + end.len()))
        };
        if let Some(length) = through("<!--", "-->").or_else(|| through("<?", "?>")) {
            return (Self::Other, length);
        }
        if let Some(length) = through("<![CDATA[", "]]>") {
            return (Self::Text, length);
        }
        if let Some(length) = through("<!", ">") {
            return (Self::Other, length);
        }
        let Some(tag) = text.strip_prefix('<') else {
            return (Self::Text, text.find('<').unwrap_or(text.len()));
        };
        let mut quote = None;
        let end = tag.find(|character| match (quote, character) {
            (None, '>') => true,
            (None, '"' | '\'') => {
                quote = Some(character);
                false
            }
            (Some(open), _) if open == character => {
                quote = None;
                false
            }
            (None | Some(_), _) => false,
        });
        let tag = end.and_then(|end| tag.get(..end)).unwrap_or(tag);
        let length = end.map_or(text.len(), |end| end + "<>".len());
        if tag.starts_with('/') {
            return (Self::Close, length);
        }
        let name = tag.split(|c: char| c.is_ascii_whitespace() || c == '/').next().unwrap_or(tag);
        (if tag.ends_with('/') { Self::Empty(name) } else { Self::Open(name) }, length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> String {
        String::from_utf8(kept(text.as_bytes())).unwrap()
    }

    #[test]
    fn settings_of_maven_keep_where_packages_come_from_and_nothing_for_the_compiler() {
        let found = of("<?xml version=\"1.0\"?>\n<!-- <offline>x</offline> -->\n\
             <settings xmlns=\"http://maven.apache.org/SETTINGS/1.2.0\" a='>'>\n\
             <localRepository>/home/ada/.m2</localRepository><offline >true</offline><offline/>\n\
             <mirrors><mirror><id>m</id><url>https://m/?a=1&amp;b</url></mirror></mirrors>\n\
             <servers><server><id>s</id><password><![CDATA[<a>]]></password>\
             <configuration><properties>p</properties></configuration></server></servers>\n\
             <proxies><proxy><host>p</host></proxy></proxies>\n\
             <profiles><profile><id>corp</id><properties><!-- x --><leak>1</leak>\
             <maven.compiler.source>11</maven.compiler.source></properties>\
             <repositories><repository><id>r</id><url>https://r/</url></repository></repositories>\
             </profile></profiles>\n</settings>\n");
        let expected = "<?xml version=\"1.0\"?>\n<!-- <offline>x</offline> -->\n\
             <settings xmlns=\"http://maven.apache.org/SETTINGS/1.2.0\" a='>'>\n\n\
             <mirrors><mirror><id>m</id><url>https://m/?a=1&amp;b</url></mirror></mirrors>\n\
             <servers><server><id>s</id><password><![CDATA[<a>]]></password>\
             <configuration><properties>p</properties></configuration></server></servers>\n\
             <proxies><proxy><host>p</host></proxy></proxies>\n\
             <profiles><profile><id>of-settings-corp</id>\
             <repositories><repository><id>r</id><url>https://r/</url></repository></repositories>\
             </profile></profiles>\n</settings>\n";
        assert_eq!(found, expected);
    }

    #[test]
    fn an_active_profile_of_the_settings_is_none_of_the_project() {
        let profile = |name: &str| {
            format!(
                "<settings><profiles><profile><id>{name}</id></profile></profiles>\
                 <activeProfiles>\n<activeProfile>{name}</activeProfile>\n</activeProfiles></settings>"
            )
        };
        assert_eq!(of(&profile("dev")), profile("of-settings-dev"));
    }

    #[test]
    fn the_url_of_a_repository_may_refer_to_a_property() {
        let found = of("<settings><profiles><profile><properties><host>a.test</host>\
                        <base>https://${host}</base><java.version>11</java.version></properties>\
                        <repositories><url>${base}/maven</url></repositories>\
                        </profile></profiles></settings>");
        assert_eq!(
            found,
            "<settings><profiles><profile><repositories><url>https://a.test/maven</url></repositories>\
             </profile></profiles></settings>"
        );
    }

    #[test]
    fn settings_in_any_encoding_and_broken_ones_are_read() {
        assert_eq!(
            kept(b"<settings>\xfc<offline>\xe4</offline></settings>"),
            b"<settings>\xfc</settings>"
        );
        for broken in ["", "<", "<settings", "</x></x>text", "<!--", "not xml", "<settings a=\"b>"]
        {
            assert_eq!(of(broken), broken);
        }
    }
}
