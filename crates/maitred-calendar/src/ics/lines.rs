//! Properties: lines that may be folded, each with a name, parameters and a value (RFC 5545, section 3.1).

/// One property.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Property {
    /// The line of the file on which it begins, from 1 on.
    pub line: usize,
    /// In upper case.
    pub name: String,
    /// Names in upper case, with their first value.
    params: Vec<(String, String)>,
    pub value: String,
}

impl Property {
    pub fn param(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(of, _)| of == name).map(|(_, value)| value.as_str())
    }
}

/// The properties of a file. Lines that are none are left out: what matters in them is missed where it should be.
pub(super) fn properties(text: &str) -> impl Iterator<Item = Property> {
    let mut lines = (1..).zip(text.lines()).peekable();
    std::iter::from_fn(move || {
        let (line, first) = lines.next()?;
        let mut whole = first.to_owned();
        while let Some((_, folded)) = lines.next_if(|(_, next)| next.starts_with([' ', '\t'])) {
            whole.push_str(&folded[1..]);
        }
        Some((line, whole))
    })
    .filter_map(|(line, whole)| parse(line, &whole))
}

fn parse(line: usize, text: &str) -> Option<Property> {
    let mut in_quotes = false;
    let colon = text.char_indices().find(|(_, c)| {
        in_quotes ^= *c == '"';
        *c == ':' && !in_quotes
    });
    let (head, value) = (&text[..colon?.0], &text[colon?.0 + 1..]);
    let mut parts = split(head, ';').into_iter();
    let name = parts.next()?.trim().to_ascii_uppercase();
    let params = parts.filter_map(|part| {
        let (name, values) = part.split_once('=')?;
        let first = split(values, ',').into_iter().next()?;
        Some((name.trim().to_ascii_uppercase(), first.trim_matches('"').to_owned()))
    });
    let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    is_name.then(|| Property { line, name, params: params.collect(), value: value.to_owned() })
}

/// The parts between separators that are not in quotes.
fn split(text: &str, separator: char) -> Vec<&str> {
    let mut in_quotes = false;
    text.split(|c| {
        in_quotes ^= c == '"';
        c == separator && !in_quotes
    })
    .collect()
}

/// What a TEXT value says (section 3.3.11), on one line.
pub(super) fn text(value: &str, chars_max: usize) -> String {
    let mut said = String::new();
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('n' | 'N') => said.push(' '),
                Some(escaped) => said.push(escaped),
                None => {}
            },
            c if c.is_control() => said.push(' '),
            c => said.push(c),
        }
    }
    said.trim().chars().take(chars_max).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folded_lines_quotes_and_parameters_are_read() {
        let file = "DTSTART;TZID=\"Europe/Berlin\";X=a,b:2027\r\n 0328\r\n\t T\r\nno property\r\nSUMMARY:a:b;c\n";
        let found: Vec<Property> = properties(file).collect();
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].line, found[0].name.as_str(), found[0].value.as_str()), (1, "DTSTART", "20270328 T"));
        assert_eq!((found[0].param("TZID"), found[0].param("X")), (Some("Europe/Berlin"), Some("a")));
        assert_eq!((found[1].line, found[1].value.as_str()), (5, "a:b;c"));
        let quoted: Vec<Property> = properties("ATTENDEE;CN=\"a:b;c\":mailto:x").collect();
        assert_eq!((quoted[0].param("CN"), quoted[0].value.as_str()), (Some("a:b;c"), "mailto:x"));
    }

    #[test]
    fn texts_are_unescaped_and_cut() {
        assert_eq!(text(r"Karfreitag\, frei\n\\ \;", 100), r"Karfreitag, frei \ ;");
        assert_eq!(text("äöü", 2), "äö");
    }
}
