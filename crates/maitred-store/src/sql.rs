//! The little in which the languages of the engines differ. Statements that both carry out are written as PostgreSQL
//! reads them, and rewritten for SQLite: there are no schemas, values are `?1`, an index may be demanded, and a list of
//! ids is a JSON array.

/// A statement of PostgreSQL as SQLite reads it.
///
/// `/* INDEXED BY name */` behind the name of a table is a comment to PostgreSQL and a demand on SQLite, which fails
/// rather than scan the table. `= ANY($1)` compares with each of a list of ids.
#[must_use]
pub fn in_sqlite(postgres: &str) -> String {
    let text = postgres.replace("maitred.", "").replace('$', "?");
    let text = text.replace("/* INDEXED BY", "INDEXED BY").replace(" */", "");
    text.replace("= ANY(?1)", "IN (SELECT value FROM json_each(?1))")
}

/// Ids as `= ANY($1)` takes them on SQLite.
#[must_use]
pub fn json_list(ids: &[i64]) -> String {
    format!("{ids:?}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_is_rewritten_for_sqlite() {
        let text =
            "SELECT id FROM maitred.leads l /* INDEXED BY leads_merged */ WHERE l.merged_into = $2 AND id = ANY($1)";
        let expected = "SELECT id FROM leads l INDEXED BY leads_merged WHERE l.merged_into = ?2 \
                        AND id IN (SELECT value FROM json_each(?1))";
        assert_eq!(in_sqlite(text), expected);
        assert_eq!(json_list(&[1, -2]), "[1, -2]");
        assert_eq!(json_list(&[]), "[]");
    }
}
