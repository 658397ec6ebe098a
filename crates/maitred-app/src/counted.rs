//! Counts as English says them.

/// So many of something: `1 contact`, `2 identities`.
#[must_use]
pub fn counted(count: u64, one: &str) -> String {
    match one.strip_suffix('y') {
        _ if count == 1 => format!("1 {one}"),
        Some(stem) => format!("{count} {stem}ies"),
        None => format!("{count} {one}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_one() {
        assert_eq!(counted(1, "contact"), "1 contact");
        assert_eq!(counted(0, "contact"), "0 contacts");
        assert_eq!(counted(2, "identity"), "2 identities");
    }
}
