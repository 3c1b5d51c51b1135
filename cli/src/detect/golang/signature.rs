//! Signatures of Go functions, as gofmt writes them.

/// How the framework calls a function with this signature: the text that begins with the opening
/// parenthesis of its parameters. Functions with type parameters have none that it can call.
pub(super) fn is_called(text: &str) -> bool {
    let Some((parameters, rest)) = in_parentheses(text) else { return false };
    let result = rest.split(['{', '\n']).next().unwrap_or_default().trim();
    match types(parameters).as_slice() {
        ["http.ResponseWriter", "*http.Request"] => result.is_empty(),
        // The framework decodes the second one from JSON, unless it is a CloudEvent.
        ["context.Context", event] => !event.starts_with("func(") && is_error(result),
        _ => false,
    }
}

/// Whether a result is `error` or `(err error)`.
fn is_error(result: &str) -> bool {
    match in_parentheses(result) {
        Some((results, _)) => types(results) == ["error"],
        None => result == "error",
    }
}

/// What is in the parentheses at the start of a text, and what follows them.
fn in_parentheses(text: &str) -> Option<(&str, &str)> {
    let inside = text.strip_prefix('(')?;
    let mut depth = 0_usize;
    for (at, c) in inside.char_indices() {
        match c {
            ')' if depth == 0 => return Some((inside.get(..at)?, inside.get(at + 1..)?)),
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// The types of parameters. The name of one whose type follows later, as in `a, b int`, counts as a
/// type: it is none that the framework knows.
fn types(parameters: &str) -> Vec<&str> {
    let (mut found, mut depth, mut start) = (Vec::new(), 0_usize, 0);
    for (at, c) in parameters.char_indices() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                found.push(parameters.get(start..at).unwrap_or_default());
                start = at + 1;
            }
            _ => {}
        }
    }
    found.push(parameters.get(start..).unwrap_or_default());
    // A comma can follow the last one.
    let all = found.into_iter().map(str::trim).filter(|parameter| !parameter.is_empty());
    all.map(|parameter| match parameter.split_once(char::is_whitespace) {
        Some((_, of_named)) => of_named.trim_start(),
        None => parameter,
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_for_requests_takes_exactly_a_writer_and_a_request() {
        for (signature, expected) in [
            ("(w http.ResponseWriter, r *http.Request) {", true),
            ("(http.ResponseWriter, *http.Request) {", true),
            ("(_ http.ResponseWriter, _ *http.Request) {}\n", true),
            ("(\n\tw http.ResponseWriter,\n\tr *http.Request,\n) {", true),
            ("(w http.ResponseWriter, status int, text string) {", false),
            ("(next func(http.ResponseWriter, *http.Request)) http.HandlerFunc {", false),
            ("(w http.ResponseWriter, next func(*http.Request)) {", false),
            ("(w, v http.ResponseWriter, r *http.Request) {", false),
            ("(w, v http.ResponseWriter) {", false),
            ("(w http.ResponseWriter) {", false),
            ("(r *http.Request, w http.ResponseWriter) {", false),
            ("(w http.ResponseWriter, r http.Request) {", false),
            ("(w http.ResponseWriter, r *http.Request) error {", false),
            ("(w http.ResponseWriter, r *http.Request) (int, error) {", false),
            ("[T any](w http.ResponseWriter, r *http.Request) {", false),
            ("(w http.ResponseWriter, r *http.Request", false),
            ("() {", false),
        ] {
            assert_eq!(is_called(signature), expected, "{signature}");
        }
    }

    #[test]
    fn a_function_for_events_takes_a_context_and_an_event_and_returns_an_error() {
        for (signature, expected) in [
            ("(ctx context.Context, e event.Event) error {", true),
            ("(ctx context.Context, e event.Event) (err error) {", true),
            ("(\n\tctx context.Context,\n\tm map[string]string,\n) error {", true),
            ("(context.Context, struct{ A, B int }) error {", true),
            ("(ctx context.Context, try func(int) error) error {", false),
            ("(ctx context.Context, name string) (int, error) {", false),
            ("(ctx context.Context, name string) {", false),
            ("(ctx context.Context) error {", false),
            ("(a, b context.Context) error {", false),
            ("(a string, ctx context.Context) error {", false),
        ] {
            assert_eq!(is_called(signature), expected, "{signature}");
        }
    }
}
