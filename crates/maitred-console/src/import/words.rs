//! What is wrong with a file or a row, in the reader's language.

use crate::texts::Texts;
use maitred_app::import::{RowError, Unreadable};
use maitred_core::IdentityKind;

/// What is wrong with a whole file.
pub(super) fn of_file(t: Texts, why: &Unreadable) -> String {
    match why {
        Unreadable::Io(_) => t.t("import-unreadable"),
        Unreadable::Workbook => t.t("import-workbook"),
        Unreadable::Empty => t.t("import-empty"),
        Unreadable::Header(line, why) => {
            t.with("import-header", [("line", (*line).into()), ("it", of_row(t, why).into())])
        }
        Unreadable::NoSource(shown) => t.of("import-no-source-column", shown),
        Unreadable::NoIdentity(shown) => t.of("import-no-identity-column", shown),
        Unreadable::UnknownSource(name) => t.of("import-unknown-source", name),
    }
}

/// What is wrong with a row.
pub(super) fn of_row(t: Texts, why: &RowError) -> String {
    match why {
        RowError::NotClosed => t.t("import-not-closed"),
        RowError::BehindQuote => t.t("import-behind-quote"),
        RowError::TooLong => t.t("import-row-too-long"),
        RowError::NotUtf8 => t.t("import-not-utf8"),
        RowError::Fields(fields, columns) => {
            t.with("import-fields", [("fields", (*fields as u64).into()), ("columns", (*columns as u64).into())])
        }
        RowError::NoSource => t.t("import-no-source"),
        RowError::SourceId(text) => t.of("import-source-id", text),
        RowError::UnknownSourceId(id) => t.of("import-unknown-source", &id.to_string()),
        RowError::UnknownSource(name) => t.of("import-unknown-source", name),
        RowError::Attributes(_) => t.t("import-attributes"),
        RowError::Identity(kind, _) => t.t(match kind {
            IdentityKind::ExternalId => "import-bad-external-id",
            IdentityKind::Phone => "import-bad-phone",
            IdentityKind::Email => "import-bad-email",
        }),
    }
}

/// All that is wrong with a row.
pub(super) fn of_errors(t: Texts, errors: &[RowError]) -> String {
    errors.iter().map(|why| of_row(t, why)).collect::<Vec<_>>().join("; ")
}
