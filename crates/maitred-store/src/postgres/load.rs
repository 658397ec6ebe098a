//! Reading what a batch of commands needs: one query for each kind of row, all under way at once, whatever the size of
//! the batch.

use super::load_latest::{last_operators, latest_contacts, messages};
use super::statement::list;
use crate::StoreError;
use crate::schema::{AnswerRow, BOOKS, Books, DueRow, ProgressRow, columns_of};
use futures_util::future::try_join;
use maitred_core::command::FollowUp;
use maitred_core::due::Due;
use maitred_core::idempotency::KeyDigest;
use maitred_core::limits::{CALENDAR_USERS_LOOKED_FOR_MAX, DRAIN_MAX, MERGE_CONTACTS_MAX};
use maitred_core::offer::RESTING_LOOKED_AT_MAX;
use maitred_core::report::ReportProgress;
use maitred_core::world::{Found, FoundSource, Needs, WaitingPosition};
use maitred_core::{
    Answer, Calendar, CalendarId, Contact, ContactId, Identity, Lead, LeadId, Operator, OperatorId, Source, SourceId,
    Status, Timestamp,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};
use tokio_postgres::Client;
use tokio_postgres::types::Type;

pub(super) type Result<T> = std::result::Result<T, StoreError>;

/// What is stored of what commands need.
///
/// # Errors
/// [`StoreError`] when the database cannot be read.
pub async fn load(client: &Client, needs: &Needs) -> Result<Found> {
    let routing = async {
        let (operators, sources) = (ids(&needs.operators, |o| o.0), ids(&needs.sources, |s| s.0));
        let names = try_join(source_names(client, needs), operator_external_ids(client, needs));
        let names = try_join(names, fallback_users(client, needs));
        let users = try_join(calendar_users(client, needs, "operators"), calendar_users(client, needs, "sources"));
        let calendars = try_join(calendars(client, needs), users);
        try_join(try_join(routing(client, operators, sources), calendars), names).await
    };
    let people = async {
        let latest = try_join(last_operators(client, needs), latest_contacts(client, needs));
        let counts = try_join(lead_contacts(client, needs), latest);
        try_join(try_join(identities(client, needs), leads(client, needs)), counts).await
    };
    let contacts = async {
        let open = try_join(try_join(waiting(client, needs), resting(client, needs)), gathered(client, needs));
        let known = try_join(receipts(client, needs), answers(client, needs));
        try_join(
            try_join(try_join(contacts(client, needs), messages(client, needs)), known),
            try_join(open, try_join(due(client, needs), report_progress(client, needs))),
        )
        .await
    };
    let ((routing, ((source_names, operator_external_ids), fallback_users)), (people, contacts)) =
        try_join(routing, try_join(people, contacts)).await?;
    let ((operators, sources), (calendars, (calendar_users, calendar_sources))) = routing;
    let ((identities, leads), (lead_contacts, (last_operators, latest_contacts))) = people;
    let (((mut contacts, messages), (receipts, answers)), (((waiting, resting), gathered), (due, report_progress))) =
        contacts;
    contacts.extend(gathered);
    let erasing = Vec::new();
    Ok(Found {
        operators,
        calendars,
        calendar_users: calendar_users.into_iter().map(|(calendar, id)| (calendar, OperatorId(id))).collect(),
        calendar_sources: calendar_sources.into_iter().map(|(calendar, id)| (calendar, SourceId(id))).collect(),
        fallback_users,
        operator_external_ids,
        sources,
        source_names,
        contacts,
        messages,
        waiting,
        resting,
        leads,
        erasing,
        lead_contacts,
        identities,
        receipts,
        answers,
        due,
        report_progress,
        last_operators,
        latest_contacts,
    })
}

/// All operators and sources.
///
/// # Errors
/// [`StoreError`] when the database cannot be read.
pub async fn everybody(client: &Client) -> Result<Found> {
    let all =
        |table: &'static str| async move { list::<i64>(client, &format!("SELECT id FROM maitred.{table}"), &[]).await };
    let (operators, sources) = try_join(all("operators"), all("sources")).await?;
    let ((operators, sources), erasing) = try_join(routing(client, operators, sources), erasing(client)).await?;
    Ok(Found { operators, sources, erasing, ..Found::default() })
}

/// Operators and sources that may have work left over: sources where somebody waits, and what was deleted and still
/// has open contacts.
///
/// # Errors
/// [`StoreError`] when the database cannot be read.
pub async fn unfinished(client: &Client) -> Result<Found> {
    let operators = "SELECT id FROM maitred.operators WHERE deleted_at IS NOT NULL AND current_load > 0 \
                     OR marking_behind IS NOT NULL";
    // What waits on a closed source may have to go to its fallback.
    let sources = "WITH left_over AS (SELECT s.id, s.fallback_id FROM maitred.sources s \
                   JOIN maitred.source_totals t ON t.source_id = s.id \
                   WHERE t.waiting > 0 OR t.resting > 0 AND s.fallback_id IS NOT NULL \
                   OR s.deleted_at IS NOT NULL AND t.assigned + t.scheduled + t.resting > 0) \
                   SELECT id FROM left_over UNION \
                   SELECT fallback_id FROM left_over WHERE fallback_id IS NOT NULL";
    let (operators, sources) = try_join(list(client, operators, &[]), list(client, sources, &[])).await?;
    let ((operators, sources), erasing) = try_join(routing(client, operators, sources), erasing(client)).await?;
    Ok(Found { operators, sources, erasing, ..Found::default() })
}

/// The erasures that are under way.
async fn erasing(client: &Client) -> Result<Vec<(LeadId, ContactId)>> {
    let sql = "SELECT id, erasing_behind FROM maitred.leads WHERE erasing_behind IS NOT NULL";
    list(client, sql, &[]).await
}

pub(super) fn ids<T>(set: &BTreeSet<T>, id: impl Fn(&T) -> i64) -> Vec<i64> {
    set.iter().map(id).collect()
}

/// Sources with their weights and books; and these operators and all members of these sources, each with what they
/// serve.
async fn routing(
    client: &Client,
    operators: Vec<i64>,
    sources: Vec<i64>,
) -> Result<(Vec<(Operator, BTreeSet<SourceId>)>, Vec<FoundSource>)> {
    if operators.is_empty() && sources.is_empty() {
        return Ok(Default::default());
    }
    let found = try_join(source_rows(client, &sources), weights(client, &sources));
    let people = try_join(operator_rows(client, &operators, &sources), serves(client, &operators, &sources));
    let ((mut found, mut weights), (operators, mut serves)) = try_join(found, people).await?;
    for source in &mut found {
        source.weights = weights.remove(&source.source.id).unwrap_or_default();
    }
    let served = |o: Operator| (serves.remove(&o.id).unwrap_or_default(), o);
    Ok((operators.into_iter().map(served).map(|(serves, o)| (o, serves)).collect(), found))
}

async fn source_rows(client: &Client, ids: &[i64]) -> Result<Vec<FoundSource>> {
    static SQL: LazyLock<String> = LazyLock::new(|| {
        format!(
            "SELECT {}, {BOOKS} FROM maitred.sources s \
             LEFT JOIN maitred.source_totals t ON t.source_id = s.id WHERE s.id = ANY($1)",
            columns_of::<Source>("s")
        )
    });
    let found = list::<(Source, Books)>(client, &SQL, &[(&ids, Type::INT8_ARRAY)]).await?;
    let source = |(source, Books { counts, ledger })| FoundSource { source, weights: Vec::new(), ledger, counts };
    Ok(found.into_iter().map(source).collect())
}

async fn weights(client: &Client, sources: &[i64]) -> Result<BTreeMap<SourceId, Vec<(OperatorId, u32)>>> {
    let sql = "SELECT source_id, operator_id, weight FROM maitred.weights WHERE source_id = ANY($1)";
    let mut of_sources: BTreeMap<SourceId, Vec<(OperatorId, u32)>> = BTreeMap::new();
    for (source, weight) in list(client, sql, &[(&sources, Type::INT8_ARRAY)]).await? {
        of_sources.entry(source).or_default().push(weight);
    }
    Ok(of_sources)
}

async fn operator_rows(client: &Client, ids: &[i64], sources: &[i64]) -> Result<Vec<Operator>> {
    static SQL: LazyLock<String> = LazyLock::new(|| {
        format!(
            "SELECT {} FROM maitred.operators o WHERE o.id = ANY($1) \
             OR o.id IN (SELECT operator_id FROM maitred.weights WHERE source_id = ANY($2))",
            columns_of::<Operator>("o")
        )
    });
    list(client, &SQL, &[(&ids, Type::INT8_ARRAY), (&sources, Type::INT8_ARRAY)]).await
}

async fn serves(
    client: &Client,
    operators: &[i64],
    sources: &[i64],
) -> Result<BTreeMap<OperatorId, BTreeSet<SourceId>>> {
    let sql = "SELECT operator_id, source_id FROM maitred.weights WHERE operator_id = ANY($1) \
               OR operator_id IN (SELECT operator_id FROM maitred.weights WHERE source_id = ANY($2))";
    let values = [(&operators as _, Type::INT8_ARRAY), (&sources as _, Type::INT8_ARRAY)];
    let mut of_operators: BTreeMap<OperatorId, BTreeSet<SourceId>> = BTreeMap::new();
    for (operator, source) in list(client, sql, &values).await? {
        of_operators.entry(operator).or_default().insert(source);
    }
    Ok(of_operators)
}

async fn calendars(client: &Client, needs: &Needs) -> Result<Vec<Calendar>> {
    if needs.calendars.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!("SELECT {} FROM maitred.calendars c WHERE c.id = ANY($1)", columns_of::<Calendar>("c"));
    list(client, &sql, &[(&ids(&needs.calendars, |id| id.0), Type::INT8_ARRAY)]).await
}

/// Who goes by calendars, of the rows of a table.
async fn calendar_users(client: &Client, needs: &Needs, table: &str) -> Result<Vec<(CalendarId, i64)>> {
    if needs.calendar_users.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!(
        "SELECT k.id, o.id FROM unnest($1::bigint[]) AS k (id), \
         LATERAL (SELECT id FROM maitred.{table} WHERE calendar_id = k.id ORDER BY id LIMIT $2) o"
    );
    let (calendars, most) = (ids(&needs.calendar_users, |id| id.0), CALENDAR_USERS_LOOKED_FOR_MAX as i64);
    list(client, &sql, &[(&calendars, Type::INT8_ARRAY), (&most, Type::INT8)]).await
}

/// Which sources have others as their fallback.
async fn fallback_users(client: &Client, needs: &Needs) -> Result<Vec<(SourceId, SourceId)>> {
    if needs.fallback_users.is_empty() {
        return Ok(Vec::new());
    }
    let sql = "SELECT fallback_id, id FROM maitred.sources WHERE fallback_id = ANY($1)";
    list(client, sql, &[(&ids(&needs.fallback_users, |id| id.0), Type::INT8_ARRAY)]).await
}

async fn source_names(client: &Client, needs: &Needs) -> Result<Vec<(Arc<str>, SourceId)>> {
    if needs.source_names.is_empty() {
        return Ok(Vec::new());
    }
    let names: Vec<&str> = needs.source_names.iter().map(AsRef::as_ref).collect();
    let sql = "SELECT name, id FROM maitred.sources WHERE name = ANY($1) AND deleted_at IS NULL";
    list(client, sql, &[(&names, Type::TEXT_ARRAY)]).await
}

async fn operator_external_ids(client: &Client, needs: &Needs) -> Result<Vec<(Arc<str>, OperatorId)>> {
    if needs.operator_external_ids.is_empty() {
        return Ok(Vec::new());
    }
    let wanted: Vec<&str> = needs.operator_external_ids.iter().map(AsRef::as_ref).collect();
    let sql = "SELECT external_id, id FROM maitred.operators WHERE external_id = ANY($1) AND deleted_at IS NULL";
    list(client, sql, &[(&wanted, Type::TEXT_ARRAY)]).await
}

async fn identities(client: &Client, needs: &Needs) -> Result<Vec<(Identity, LeadId)>> {
    let (mut found, of_leads) = try_join(asked(client, needs), of_leads(client, needs)).await?;
    found.extend(of_leads);
    Ok(found)
}

async fn asked(client: &Client, needs: &Needs) -> Result<Vec<(Identity, LeadId)>> {
    if needs.identities.is_empty() {
        return Ok(Vec::new());
    }
    let kinds: Vec<i16> = needs.identities.iter().map(|identity| identity.kind as i16).collect();
    let values: Vec<&str> = needs.identities.iter().map(|identity| &*identity.value).collect();
    let spaces: Vec<&str> = needs.identities.iter().map(|identity| &*identity.space).collect();
    let sql = "SELECT i.kind, i.value, i.space, i.lead_id \
               FROM unnest($1::smallint[], $2::text[], $3::text[]) AS k (kind, value, space) \
               JOIN maitred.identities i ON i.kind = k.kind AND i.value = k.value AND i.space = k.space";
    let values = [(&kinds as _, Type::INT2_ARRAY), (&values as _, Type::TEXT_ARRAY), (&spaces as _, Type::TEXT_ARRAY)];
    list(client, sql, &values).await
}

/// All identities of leads.
async fn of_leads(client: &Client, needs: &Needs) -> Result<Vec<(Identity, LeadId)>> {
    if needs.lead_identities.is_empty() {
        return Ok(Vec::new());
    }
    let sql = "SELECT i.kind, i.value, i.space, i.lead_id FROM maitred.identities i WHERE i.lead_id = ANY($1)";
    list(client, sql, &[(&ids(&needs.lead_identities, |id| id.0), Type::INT8_ARRAY)]).await
}

async fn leads(client: &Client, needs: &Needs) -> Result<Vec<Lead>> {
    let mut leads = Vec::new();
    for (wanted, column) in [(&needs.leads, "id"), (&needs.absorbed, "merged_into")] {
        if !wanted.is_empty() {
            let columns = columns_of::<Lead>("l");
            let sql = format!("SELECT {columns} FROM maitred.leads l WHERE l.{column} = ANY($1)");
            leads.extend(list::<Lead>(client, &sql, &[(&ids(wanted, |id| id.0), Type::INT8_ARRAY)]).await?);
        }
    }
    Ok(leads)
}

async fn lead_contacts(client: &Client, needs: &Needs) -> Result<Vec<(LeadId, u64)>> {
    if needs.lead_contacts.is_empty() {
        return Ok(Vec::new());
    }
    let sql = "SELECT k.id, (SELECT count(*) FROM (SELECT 1 FROM maitred.contacts WHERE lead_id = k.id LIMIT $2) n) \
               FROM unnest($1::bigint[]) AS k (id)";
    let (leads, most) = (ids(&needs.lead_contacts, |id| id.0), MERGE_CONTACTS_MAX as i64 + 1);
    list(client, sql, &[(&leads, Type::INT8_ARRAY), (&most, Type::INT8)]).await
}

async fn contacts(client: &Client, needs: &Needs) -> Result<Vec<Contact>> {
    if needs.contacts.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!("SELECT {} FROM maitred.contacts c WHERE c.id = ANY($1)", columns_of::<Contact>("c"));
    list(client, &sql, &[(&ids(&needs.contacts, |id| id.0), Type::INT8_ARRAY)]).await
}

async fn receipts(client: &Client, needs: &Needs) -> Result<Vec<(KeyDigest, ContactId)>> {
    if needs.receipts.is_empty() {
        return Ok(Vec::new());
    }
    let keys: Vec<&[u8]> = needs.receipts.iter().map(<[u8; 16]>::as_slice).collect();
    let sql = "SELECT key, contact_id FROM maitred.receipts WHERE key = ANY($1)";
    list(client, sql, &[(&keys, Type::BYTEA_ARRAY)]).await
}

async fn answers(client: &Client, needs: &Needs) -> Result<Vec<Answer>> {
    if needs.answers.is_empty() {
        return Ok(Vec::new());
    }
    let keys: Vec<&[u8]> = needs.answers.iter().map(<[u8; 16]>::as_slice).collect();
    let sql = format!("SELECT {} FROM maitred.answers a WHERE a.key = ANY($1)", columns_of::<AnswerRow>("a"));
    let rows: Vec<AnswerRow> = list(client, &sql, &[(&keys, Type::BYTEA_ARRAY)]).await?;
    rows.into_iter().map(AnswerRow::answer).collect()
}

async fn waiting(client: &Client, needs: &Needs) -> Result<Vec<(SourceId, WaitingPosition)>> {
    if needs.waiting.is_empty() {
        return Ok(Vec::new());
    }
    let (sources, places): (Vec<i64>, Vec<i64>) =
        needs.waiting.iter().map(|(source, places)| (source.0, *places as i64)).unzip();
    let sql = "SELECT k.source_id, c.priority, c.created_at, c.id \
               FROM unnest($1::bigint[], $2::bigint[]) AS k (source_id, places), \
               LATERAL (SELECT w.priority, w.created_at, w.id FROM maitred.contacts w \
               WHERE w.source_id = k.source_id AND w.status = 0 AND NOT w.scheduled AND w.retry_at IS NULL \
               ORDER BY w.priority DESC, w.created_at, w.id LIMIT k.places) c";
    let first: Vec<(SourceId, i32, Timestamp, ContactId)> =
        list(client, sql, &[(&sources, Type::INT8_ARRAY), (&places, Type::INT8_ARRAY)]).await?;
    let place = |(source, priority, at, id)| (source, WaitingPosition::new(priority, at, id));
    Ok(first.into_iter().map(place).collect())
}

async fn resting(client: &Client, needs: &Needs) -> Result<Vec<(SourceId, WaitingPosition)>> {
    if needs.resting.is_empty() {
        return Ok(Vec::new());
    }
    let sources: Vec<i64> = needs.resting.iter().map(|source| source.0).collect();
    let sql = "SELECT k.source_id, c.priority, c.created_at, c.id FROM unnest($1::bigint[]) AS k (source_id), \
               LATERAL (SELECT r.priority, r.created_at, r.id FROM maitred.contacts r \
               WHERE r.source_id = k.source_id AND r.retry_at IS NOT NULL \
               ORDER BY r.priority DESC, r.created_at, r.id LIMIT $2) c";
    let most = RESTING_LOOKED_AT_MAX as i64;
    let first: Vec<(SourceId, i32, Timestamp, ContactId)> =
        list(client, sql, &[(&sources, Type::INT8_ARRAY), (&most, Type::INT8)]).await?;
    let place = |(source, priority, at, id)| (source, WaitingPosition::new(priority, at, id));
    Ok(first.into_iter().map(place).collect())
}

async fn due(client: &Client, needs: &Needs) -> Result<Vec<Due>> {
    let Some(until) = needs.due else { return Ok(Vec::new()) };
    let columns = columns_of::<DueRow>("d");
    let sql =
        format!("SELECT {columns} FROM maitred.due d WHERE d.at <= $1 ORDER BY d.at, d.kind, d.subject_id LIMIT $2");
    let most = DRAIN_MAX as i64;
    list(client, &sql, &[(&until.0, Type::INT8), (&most, Type::INT8)]).await
}

async fn report_progress(client: &Client, needs: &Needs) -> Result<Option<ReportProgress>> {
    if !needs.report_progress {
        return Ok(None);
    }
    let sql = format!("SELECT {} FROM maitred.report_progress p", columns_of::<ProgressRow>("p"));
    Ok(list(client, &sql, &[]).await?.pop())
}

/// The first moment at which something changes by itself.
///
/// # Errors
/// [`StoreError`] when the database cannot be read.
pub async fn next_due(client: &Client) -> Result<Option<Timestamp>> {
    Ok(list(client, "SELECT min(at) FROM maitred.due", &[]).await?.pop().flatten())
}

/// The next contacts that an operator holds; offers are none.
async fn held_behind(client: &Client, operator: OperatorId, behind: ContactId) -> Result<Vec<Contact>> {
    let sql = format!(
        "SELECT {} FROM maitred.contacts c WHERE c.status = 1 AND c.status < 2 AND c.operator_id = $1 AND c.id > $2 \
         AND c.accept_by IS NULL ORDER BY c.id LIMIT $3",
        columns_of::<Contact>("c")
    );
    let values = [(&operator.0 as _, Type::INT8), (&behind.0 as _, Type::INT8), (&(DRAIN_MAX as i64) as _, Type::INT8)];
    list::<Contact>(client, &sql, &values).await
}

async fn gathered(client: &Client, needs: &Needs) -> Result<Vec<Contact>> {
    let mut contacts = Vec::new();
    for follow_up in &needs.follow_ups {
        let (column, id, statuses) = match follow_up {
            FollowUp::Drain(_) => continue,
            FollowUp::Erase(lead, behind) => {
                contacts.extend(of_lead(client, *lead, *behind).await?);
                continue;
            }
            FollowUp::Evacuate(operator) => ("operator_id", operator.0, &[Status::Assigned][..]),
            FollowUp::CloseOut(source) => ("source_id", source.0, &[Status::Waiting, Status::Assigned][..]),
            FollowUp::Mark(operator, behind) => {
                contacts.extend(held_behind(client, *operator, *behind).await?);
                continue;
            }
            FollowUp::Revoke(operator) => ("operator_id", operator.0, &[Status::Assigned][..]),
            FollowUp::Age(source, _) => ("source_id", source.0, &[Status::Waiting][..]),
        };
        let (only, behind) = match follow_up {
            FollowUp::Revoke(_) => ("AND c.accept_by IS NOT NULL", 0),
            FollowUp::Age(_, behind) => ("AND NOT c.scheduled", behind.0),
            _ => ("", 0),
        };
        for status in statuses {
            // The status is written out: the index is of `status < 2`, and its rows with this status come by id.
            let sql = format!(
                "SELECT {} FROM maitred.contacts c WHERE c.status = {} AND c.status < 2 AND c.{column} = $1 \
                 {only} AND c.id > $3 ORDER BY c.id LIMIT $2",
                columns_of::<Contact>("c"),
                *status as i64
            );
            let most = DRAIN_MAX as i64;
            let values = [(&id as _, Type::INT8), (&most as _, Type::INT8), (&behind as _, Type::INT8)];
            contacts.extend(list::<Contact>(client, &sql, &values).await?);
        }
    }
    Ok(contacts)
}

/// The next contacts of a lead; before the first one also the one that ended last, and one that is open.
async fn of_lead(client: &Client, lead: LeadId, behind: ContactId) -> Result<Vec<Contact>> {
    let of_lead = async |rest: &str, limit: usize| {
        let columns = columns_of::<Contact>("c");
        let sql =
            format!("SELECT {columns} FROM maitred.contacts c WHERE c.lead_id = $1 AND c.id > $2 {rest} LIMIT $3");
        let limit = limit as i64;
        let values = [(&lead.0 as _, Type::INT8), (&behind.0 as _, Type::INT8), (&limit as _, Type::INT8)];
        list::<Contact>(client, &sql, &values).await
    };
    let mut contacts = of_lead("ORDER BY c.id", DRAIN_MAX).await?;
    if behind == ContactId(0) {
        contacts.extend(of_lead("AND c.status = 2 ORDER BY c.resolved_at DESC", 1).await?);
        contacts.extend(of_lead("AND c.status < 2", 1).await?);
    }
    Ok(contacts)
}

/// Deletes answers given before a time, oldest first, at most so many, and says how many those were.
///
/// # Errors
/// [`StoreError`] when the database cannot be written.
pub async fn forget_answers(client: &Client, before: Timestamp, at_most: usize) -> Result<usize> {
    let sql = "DELETE FROM maitred.answers WHERE key IN \
               (SELECT key FROM maitred.answers WHERE at < $1 ORDER BY at LIMIT $2)";
    let at_most = at_most as i64;
    let gone = client.execute_typed(sql, &[(&before.0, Type::INT8), (&at_most, Type::INT8)]).await?;
    Ok(usize::try_from(gone).unwrap_or_default())
}
