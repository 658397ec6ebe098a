//! What the address of the list asks for. Its fields are called as the API's parameters are; times without an offset
//! are those of the viewer's zone.

use crate::forms::Form;
use crate::shell::Viewer;
use crate::times;
use maitred_core::limits::Invalid;
use maitred_core::{Contact, ContactId, LeadId, OperatorId, SourceId, Status};
use maitred_store::views::ContactFilter;
use maitred_web::params;

/// Everything that narrows the list down.
const FIELDS: [&str; 8] =
    ["q", "status", "source_id", "operator_id", "lead_id", "overdue", "created_after", "created_before"];

/// The value of `order` by which the oldest come first; anything else is the usual order.
const OLDEST_FIRST: &str = "asc";

/// What was asked for.
pub(super) struct Query {
    /// As it was typed.
    pub(super) form: Form,
    pub(super) filter: ContactFilter,
    /// Behind this contact.
    pub(super) after: Option<i64>,
    /// The rows that an open page shows.
    pub(super) rows: Option<Vec<ContactId>>,
}

impl Query {
    pub(super) fn read(viewer: &Viewer, raw: &str) -> Self {
        let mut form = Form::of_query(raw);
        let filter = filter(viewer, &mut form);
        let after = form.value("after").parse().ok();
        let rows = form.value("rows").split('.').filter_map(|id| id.parse().ok()).map(ContactId);
        let rows: Vec<ContactId> = rows.take(super::ROWS as usize).collect();
        let filter = ContactFilter { oldest_first: form.value("order") == OLDEST_FIRST, ..filter };
        Self { filter, after, rows: (!rows.is_empty()).then_some(rows), form }
    }

    /// What is in the search box.
    pub(super) fn search(&self) -> Option<&str> {
        Some(self.form.value("q").trim()).filter(|text| !text.is_empty())
    }

    /// Whether a contact is one of those that are asked for, its time of arrival aside, which does not change.
    pub(super) fn holds(&self, contact: &Contact) -> bool {
        let filter = &self.filter;
        filter.status.is_none_or(|status| status == contact.status)
            && filter.source.is_none_or(|source| source == contact.source)
            && filter.operator.is_none_or(|operator| Some(operator) == contact.operator)
            && filter.lead.is_none_or(|lead| lead == contact.lead)
            && (!filter.overdue || contact.is_overdue())
    }

    /// Whether anything but a status narrows the list down.
    pub(super) fn is_narrow(&self) -> bool {
        FIELDS.iter().any(|name| *name != "status" && !self.form.value(name).is_empty())
    }

    /// What narrows the list down, as it was typed.
    pub(super) fn fields(&self) -> impl Iterator<Item = (&'static str, &str)> {
        FIELDS.into_iter().map(|name| (name, self.form.value(name).trim())).filter(|(_, value)| !value.is_empty())
    }

    /// The address of the list in the other order.
    pub(super) fn turned(&self) -> String {
        self.address(&[("order", if self.filter.oldest_first { "" } else { OLDEST_FIRST })])
    }

    /// The address of the list from its top.
    pub(super) fn top(&self) -> String {
        self.address(&[])
    }

    /// The address of the list with other values for these fields; from its top, unless they say otherwise.
    pub(super) fn address(&self, changes: &[(&str, &str)]) -> String {
        let order = if self.filter.oldest_first { OLDEST_FIRST } else { "" };
        let kept = self.fields().chain([("order", order)]);
        let kept = kept.filter(|(name, _)| changes.iter().all(|(changed, _)| changed != name));
        let kept = kept.map(|(name, value)| -> (&str, &str) { (name, value) });
        let pairs: Vec<_> = kept.chain(changes.iter().copied()).filter(|(_, value)| !value.is_empty()).collect();
        match serde_urlencoded::to_string(pairs) {
            Ok(query) if !query.is_empty() => format!("/contacts?{query}"),
            _ => "/contacts".to_owned(),
        }
    }
}

/// What the fields of a form say of contacts.
pub(crate) fn filter(viewer: &Viewer, form: &mut Form) -> ContactFilter {
    let t = viewer.t;
    let status = |text: &str| {
        Status::ALL.into_iter().find(|s| s.as_str() == text).ok_or_else(|| Invalid("is no status".to_owned()))
    };
    let zone = &viewer.zone;
    ContactFilter {
        status: form.read_if_given(t, "status", "rule-choice", status),
        source: form.read_if_given(t, "source_id", "rule-choice", params::id).map(SourceId),
        operator: form.read_if_given(t, "operator_id", "rule-choice", params::id).map(OperatorId),
        lead: form.read_if_given(t, "lead_id", "rule-choice", params::id).map(LeadId),
        overdue: form.is_ticked("overdue"),
        created_after: form.read_if_given(t, "created_after", "rule-time", |text| times::read(zone, text)),
        created_before: form.read_if_given(t, "created_before", "rule-time", |text| times::read(zone, text)),
        oldest_first: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::texts::Lang;
    use jiff::tz::TimeZone;
    use maitred_core::Timestamp;

    fn viewer(zone: &str) -> Viewer {
        let mut viewer = Viewer::stranger(Lang::En, Timestamp(0));
        viewer.zone = TimeZone::get(zone).expect("a zone of the bundled database");
        viewer
    }

    #[test]
    fn times_are_those_of_the_viewer_unless_they_say_otherwise() {
        let query = Query::read(
            &viewer("Asia/Yekaterinburg"),
            "created_after=2025-11-26T05%3A00&created_before=2025-11-26T00%3A00%3A01Z",
        );
        assert_eq!(query.filter.created_after, Some(Timestamp(1_764_115_200_000_000)));
        assert_eq!(query.filter.created_before, Some(Timestamp(1_764_115_201_000_000)));
    }

    #[test]
    fn what_cannot_be_read_is_said_at_its_field() {
        let query = Query::read(&viewer("UTC"), "created_after=yesterday&status=lost&source_id=1");
        assert!(query.form.error("created_after").is_some() && query.form.error("status").is_some());
        assert_eq!(query.filter.source, Some(SourceId(1)));
    }

    #[test]
    fn filters_stay_in_the_address_and_a_change_begins_at_the_top() {
        let query = Query::read(&viewer("UTC"), "status=waiting&operator_id=&source_id=2&after=70&rows=9.8");
        assert_eq!(query.rows, Some(vec![ContactId(9), ContactId(8)]));
        assert_eq!(query.address(&[("status", "")]), "/contacts?source_id=2");
        assert_eq!(query.address(&[("after", "20")]), "/contacts?status=waiting&source_id=2&after=20");
        assert_eq!(Query::read(&viewer("UTC"), "").address(&[]), "/contacts");
        let oldest = Query::read(&viewer("UTC"), "status=waiting&order=asc&after=70");
        assert!(oldest.filter.oldest_first);
        assert_eq!(oldest.address(&[("after", "90")]), "/contacts?status=waiting&order=asc&after=90");
        assert_eq!((oldest.top(), oldest.turned()), (oldest.address(&[]), "/contacts?status=waiting".to_owned()));
        assert_eq!(Query::read(&viewer("UTC"), "order=up").turned(), "/contacts?order=asc");
    }
}
