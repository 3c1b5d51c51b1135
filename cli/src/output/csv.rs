//! Comma-separated values (RFC 4180), for spreadsheets.

/// One line. A text that a spreadsheet would take for a formula is made text; a negative number
/// stays a number.
pub(crate) fn csv_line(fields: &[String]) -> String {
    fields.iter().map(|field| csv_field(field)).collect::<Vec<_>>().join(",")
}

pub(crate) fn csv_field(text: &str) -> String {
    let is_number = text.parse::<i64>().is_ok();
    let is_formula = !is_number && text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = if is_formula { format!("'{text}") } else { text.to_owned() };
    match text.contains(['"', ',', '\n', '\r']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_formula_becomes_text_and_a_number_stays_one() {
        let fields = ["-12", "-x", "=1+1", "a,b", "say \"a\"", ""].map(str::to_owned);
        assert_eq!(csv_line(&fields), "-12,'-x,'=1+1,\"a,b\",\"say \"\"a\"\"\",");
    }
}
