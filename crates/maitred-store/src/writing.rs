//! What a batch changed, as steps that both engines carry out: which rows are written, in which order, and what else
//! happens when a lead is merged or erased or a contact is deleted. How an engine carries out a step is in its `write`.

use crate::StoreError;
use crate::schema::{
    AnswerRow, DayRow, DecisionRow, Delivered, DueRow, Erasing, EventRow, IdentityRow, LeadWord, MessageText,
    NoIdentity, NoPersonalTimes, NoWeight, NotDue, NotOpen, PersonalTimes, ProgressRow, Put, Receipt, Record,
    Reference, Rereading, TABLES, Table, Unnamed, Weight,
};
use maitred_core::due::Due;
use maitred_core::world::{Changes, Merge};
use maitred_core::{ContactId, LeadId};
use std::collections::BTreeMap;
use std::sync::LazyLock;

mod intakes;

/// One way to carry out the steps.
pub trait Write {
    /// Writes rows; nothing if there are none.
    ///
    /// # Errors
    /// When it could not be written.
    fn put<'a, R: Record + 'a>(&mut self, how: Put, rows: impl IntoIterator<Item = &'a R>) -> Result<(), StoreError>;

    /// Carries out a statement for each of these ids; nothing if there are none.
    ///
    /// # Errors
    /// When it could not be written.
    fn for_each_id(&mut self, statement: &'static OfIds, ids: &[i64]) -> Result<(), StoreError>;

    /// Carries out a statement with the values `$1` and `$2`.
    ///
    /// # Errors
    /// When it could not be written.
    fn run(&mut self, statement: &'static Text, values: [i64; 2]) -> Result<(), StoreError>;
}

/// A statement, as each engine reads it.
pub struct Text {
    pub sqlite: String,
    pub postgres: String,
}

impl Text {
    fn new(postgres: impl Into<String>) -> Self {
        let postgres = postgres.into();
        Self { sqlite: crate::sql::in_sqlite(&postgres), postgres }
    }
}

/// A statement about ids: on SQLite about the one that is `?1`, on PostgreSQL about all in the array `$1`.
pub struct OfIds {
    pub sqlite: String,
    pub postgres: String,
}

impl OfIds {
    /// A statement in which `{id}` is what an id is compared with.
    fn new(text: &str) -> Self {
        Self {
            sqlite: crate::sql::in_sqlite(&text.replace("{id}", "= ?1")),
            postgres: text.replace("{id}", "= ANY($1)"),
        }
    }
}

/// Carries out all of it. Events get positions from `next_event` on.
///
/// # Errors
/// When something could not be written.
pub fn write(to: &mut impl Write, changes: &Changes, next_event: i64) -> Result<(), StoreError> {
    erase_of_leads(to, &changes.erased)?;
    operators(to, changes)?;
    sources(to, changes)?;
    to.put(Put::Insert, &changes.leads_new)?;
    to.put(Put::Update, &changes.leads_changed)?;
    lead_words(to, changes)?;
    // A batch may take two steps of one erasure: the last one counts.
    let erasing: BTreeMap<_, _> = changes.erasing.iter().copied().collect();
    let erasing = erasing.into_iter().map(|(id, erasing_behind)| Erasing { id, erasing_behind });
    to.put(Put::Update, &erasing.collect::<Vec<_>>())?;
    to.put(Put::Delete, &changes.identities_gone.iter().map(NoIdentity::of).collect::<Vec<_>>())?;
    to.put(Put::Insert, &changes.identities_new.iter().map(IdentityRow::of).collect::<Vec<_>>())?;
    // Of one that moved twice the last lead counts.
    let moved: BTreeMap<_, _> = changes.identities_moved.iter().cloned().collect();
    to.put(Put::Update, &moved.into_iter().collect::<Vec<_>>().iter().map(IdentityRow::of).collect::<Vec<_>>())?;
    to.put(Put::InsertNew, &changes.duplicates)?;
    to.put(Put::Insert, &changes.contacts_new)?;
    to.put(Put::Update, &changes.contacts_changed)?;
    to.put(Put::Insert, &changes.notes_new)?;
    messages(to, changes)?;
    intakes::write(to, changes)?;
    due(to, changes)?;
    to.put(Put::Insert, &changes.segments)?;
    to.put(Put::Insert, &changes.decisions.iter().map(DecisionRow::of).collect::<Vec<_>>())?;
    // A submission may come again after its contact was deleted, even in the same batch: the last one counts.
    let receipts: BTreeMap<_, _> = changes.receipts.iter().copied().collect();
    let receipts = receipts.into_iter().map(|(key, contact)| Receipt { key, contact });
    to.put(Put::Upsert, &receipts.collect::<Vec<_>>())?;
    to.put(Put::Insert, &changes.answers.iter().map(AnswerRow::of).collect::<Vec<_>>())?;
    changes.merges.iter().try_for_each(|merge| self::merge(to, *merge))?;
    reports(to, changes)?;
    delete(to, &changes.contacts_deleted)?;
    erase_of_contacts(to, &changes.erased)?;
    to.put(Put::Insert, &EventRow::all_of(&changes.events, next_event))
}

/// Writes messages, what they say since they were changed, and what became of them on their way.
fn messages(to: &mut impl Write, changes: &Changes) -> Result<(), StoreError> {
    to.put(Put::Insert, &changes.messages_new)?;
    let edited: BTreeMap<_, _> = changes.messages_edited.iter().cloned().collect();
    to.put(Put::Update, &edited.into_iter().map(|(id, text)| MessageText { id, text }).collect::<Vec<_>>())?;
    let delivered: BTreeMap<_, _> = changes.deliveries.iter().map(|(id, what, at)| (*id, (*what, *at))).collect();
    let delivered = delivered.into_iter().map(|(id, (delivery, at))| Delivered {
        id,
        delivery: Some(delivery),
        delivered_at: Some(at),
    });
    to.put(Put::Update, &delivered.collect::<Vec<_>>())
}

/// Writes when subjects change by themselves. Of one that a batch changed twice the last moment counts.
fn due(to: &mut impl Write, changes: &Changes) -> Result<(), StoreError> {
    let last: BTreeMap<_, _> = changes.due.iter().copied().collect();
    let (mut set, mut removed) = (Vec::new(), Vec::new());
    for (subject, at) in last {
        match at {
            Some(at) => set.push(DueRow::of(Due { at, subject })),
            None => removed.push(NotDue::of(subject)),
        }
    }
    to.put(Put::Upsert, &set)?;
    to.put(Put::Delete, &removed)
}

/// Writes what reports are made of. Of rows that several steps of a batch wrote the last count.
fn reports(to: &mut impl Write, changes: &Changes) -> Result<(), StoreError> {
    let steps = &changes.report_steps;
    let Some(last) = steps.last() else { return Ok(()) };
    let open: BTreeMap<_, _> = steps.iter().flat_map(|step| &step.open).copied().collect();
    let chunks: BTreeMap<_, _> = steps.iter().flat_map(|step| &step.chunks).map(|chunk| (chunk.id, chunk)).collect();
    let days: BTreeMap<_, _> = steps.iter().flat_map(|step| &step.days).map(|day| (day.0, day)).collect();
    let gone = open.iter().filter(|(_, open)| open.is_none()).map(|(id, _)| NotOpen { contact: *id });
    to.put(Put::Delete, &gone.collect::<Vec<_>>())?;
    to.put(Put::Upsert, open.values().flatten())?;
    to.put(Put::Upsert, chunks.into_values())?;
    to.put(Put::Upsert, &days.into_values().map(DayRow::of).collect::<Vec<_>>())?;
    to.put(Put::Upsert, &[ProgressRow::of(last.until)])
}

fn lead_words(to: &mut impl Write, changes: &Changes) -> Result<(), StoreError> {
    static FORGET: LazyLock<OfIds> = LazyLock::new(|| OfIds::new("DELETE FROM maitred.lead_words WHERE lead_id {id}"));
    let changed: Vec<i64> = changes.leads_changed.iter().map(|lead| lead.id.0).collect();
    to.for_each_id(&FORGET, &changed)?;
    to.put(Put::InsertNew, &LeadWord::all_of(changes.leads_new.iter().chain(&changes.leads_changed)))
}

fn operators(to: &mut impl Write, changes: &Changes) -> Result<(), StoreError> {
    static FREE_EXTERNAL_ID: LazyLock<OfIds> =
        LazyLock::new(|| OfIds::new("UPDATE maitred.operators SET external_id = NULL WHERE id {id}"));
    // An external id that one operator gives up may be taken by another of the same batch, whatever their ids.
    let freed: Vec<i64> = changes.external_ids_freed.iter().map(|operator| operator.0).collect();
    to.for_each_id(&FREE_EXTERNAL_ID, &freed)?;
    to.put(Put::Insert, &changes.calendars_new)?;
    to.put(Put::Update, &changes.calendars_changed)?;
    to.put(Put::Update, &changes.operators_changed)?;
    to.put(Put::Update, &changes.loads_changed)?;
    to.put(Put::Insert, &changes.operators_new)?;
    personal_times(to, changes)
}

/// Writes what operators have beyond their calendars. Of one who was changed twice the last counts.
fn personal_times(to: &mut impl Write, changes: &Changes) -> Result<(), StoreError> {
    let last: BTreeMap<_, _> = changes.personal_times.iter().cloned().collect();
    let (mut set, mut removed) = (Vec::new(), Vec::new());
    for (operator, definition) in last {
        match definition {
            Some(definition) => set.push(PersonalTimes { operator, definition }),
            None => removed.push(NoPersonalTimes { operator }),
        }
    }
    to.put(Put::Upsert, &set)?;
    to.put(Put::Delete, &removed)
}

fn sources(to: &mut impl Write, changes: &Changes) -> Result<(), StoreError> {
    // A name that one source gives up may be taken by another of the same batch, whatever their ids: until all are
    // written, none of them counts as having a name.
    to.put(Put::Update, &changes.sources_changed.iter().map(Unnamed::of).collect::<Vec<_>>())?;
    to.put(Put::Update, &changes.sources_changed)?;
    to.put(Put::Insert, &changes.sources_new)?;
    // Of two steps through the phones of one source the last one counts.
    let rereading: BTreeMap<_, _> = changes.rereading.iter().copied().collect();
    let rereading = rereading.into_iter().map(|(id, reread_behind)| Rereading { id, reread_behind });
    to.put(Put::Update, &rereading.collect::<Vec<_>>())?;
    // A batch may set a weight twice, or remove what it has set: the last one counts.
    let weights: BTreeMap<_, _> =
        changes.weights.iter().map(|(source, of, weight)| ((*source, *of), *weight)).collect();
    let (mut set, mut removed) = (Vec::new(), Vec::new());
    for ((source, operator), weight) in weights {
        match weight {
            Some(weight) => set.push(Weight { source, operator, weight }),
            None => removed.push(NoWeight { source, operator }),
        }
    }
    to.put(Put::Upsert, &set)?;
    to.put(Put::Delete, &removed)?;
    to.put(Put::Upsert, &changes.totals)?;
    to.put(Put::Insert, &changes.corrections_new)?;
    to.put(Put::Insert, &changes.ledger_snapshots)
}

/// Deletes what belongs to erased leads alone; before anything new of the batch is written, for what identified them
/// may identify somebody else in the same batch.
fn erase_of_leads(to: &mut impl Write, leads: &[LeadId]) -> Result<(), StoreError> {
    static STATEMENTS: LazyLock<Vec<OfIds>> = LazyLock::new(|| {
        let erased = references().filter(|(_, _, it)| it.is_erased && it.table == "leads");
        erased
            .map(|(table, column, _)| OfIds::new(&format!("DELETE FROM maitred.{} WHERE {column} {{id}}", table.name)))
            .collect()
    });
    let ids: Vec<i64> = leads.iter().map(|lead| lead.0).collect();
    STATEMENTS.iter().try_for_each(|statement| to.for_each_id(statement, &ids))
}

/// Deletes what belongs to contacts of erased leads; when it is written whose contacts are now, for the batch may have
/// taken some off a lead, and nothing is added to those of an erased one.
fn erase_of_contacts(to: &mut impl Write, leads: &[LeadId]) -> Result<(), StoreError> {
    static STATEMENTS: LazyLock<Vec<OfIds>> = LazyLock::new(|| {
        let erased = references().filter(|(_, _, it)| it.is_erased && it.table == "contacts");
        let of_contacts = "IN (SELECT id FROM maitred.contacts WHERE lead_id {id})";
        erased
            .map(|(table, column, _)| {
                OfIds::new(&format!("DELETE FROM maitred.{} WHERE {column} {of_contacts}", table.name))
            })
            .collect()
    });
    let ids: Vec<i64> = leads.iter().map(|lead| lead.0).collect();
    STATEMENTS.iter().try_for_each(|statement| to.for_each_id(statement, &ids))
}

/// Deletes contacts with all that goes with them.
fn delete(to: &mut impl Write, contacts: &[ContactId]) -> Result<(), StoreError> {
    static STATEMENTS: LazyLock<Vec<OfIds>> = LazyLock::new(|| {
        let gone = references().filter(|(_, _, reference)| reference.is_deleted);
        let gone = gone.map(|(table, column, _)| (table.name, column));
        let all = [("contacts", "id")].into_iter().chain(gone);
        all.map(|(table, column)| OfIds::new(&format!("DELETE FROM maitred.{table} WHERE {column} {{id}}"))).collect()
    });
    let ids: Vec<i64> = contacts.iter().map(|contact| contact.0).collect();
    STATEMENTS.iter().try_for_each(|statement| to.for_each_id(statement, &ids))
}

/// Moves what belongs to one lead to another.
fn merge(to: &mut impl Write, Merge { from, into }: Merge) -> Result<(), StoreError> {
    static STATEMENTS: LazyLock<Vec<Text>> = LazyLock::new(|| {
        let moved = references()
            .filter(|(_, _, reference)| reference.moves)
            .flat_map(|(table, column, _)| moving(table, column));
        let after = TABLES.iter().flat_map(|table| table.after_merge).map(|text| Text::new(*text));
        moved.chain(after).collect()
    });
    STATEMENTS.iter().try_for_each(|statement| to.run(statement, [from.0, into.0]))
}

/// Where the column is part of the key, a row of the lead that remains gives way to one that comes to stand in its
/// place.
fn moving(table: &Table, column: &str) -> Vec<Text> {
    let name = table.name;
    let (own, rest): (Vec<_>, Vec<_>) =
        table.columns[..table.key].iter().map(|key| key.name).partition(|key| *key == column);
    let mut texts = Vec::new();
    if !own.is_empty() {
        let same: String = rest.iter().map(|key| format!(" AND k.{key} = maitred.{name}.{key}")).collect();
        texts.push(Text::new(format!(
            "DELETE FROM maitred.{name} WHERE {column} = $2 AND EXISTS \
             (SELECT 1 FROM maitred.{name} k WHERE k.{column} = $1{same})"
        )));
    }
    texts.push(Text::new(format!("UPDATE maitred.{name} SET {column} = $2 WHERE {column} = $1")));
    texts
}

/// Every reference of every table, by the name of its column.
fn references() -> impl Iterator<Item = (&'static Table, &'static str, Reference)> {
    TABLES.into_iter().flat_map(|table| table.references().map(move |(column, of)| (table, column.name, of)))
}
