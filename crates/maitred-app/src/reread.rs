//! Reading phones again that could not be read when they came in: a source had no country then, and has one now. First
//! a preview of what would change; then step by step, each a command of some phones, with how far it is stored beside
//! the source. A step that is taken twice, on another node or after a restart, finds nothing left to do.
//!
//! Which source a stored phone came from is not known, only which sources its lead has contacts from. It is read again
//! if all of these that are still there read it alike.

use crate::App;
use crate::batcher::{Batcher, ExecuteError};
use crate::identity::{self, Collected, PhoneRules};
use crate::permission::Requester;
use crate::regions::Regions;
use maitred_core::command::{PhoneReading, Reread, RereadPhones};
use maitred_core::limits::DRAIN_MAX;
use maitred_core::{Command, Identity, IdentityKind, LeadId, Outcome, Rejection, SourceId};
use maitred_store::views::UnreadPhone;
use maitred_store::{Store, StoreError};
use serde::Serialize;
use std::collections::HashMap;

/// Stored phones that one step looks at.
pub const STEP_ROWS: u32 = DRAIN_MAX as u32;
/// Phones that a preview looks at, and a check, of all sources; they count no further.
pub const PREVIEW_ROWS: u32 = 10_000;
/// Phones that a preview shows.
pub const EXAMPLES_MAX: usize = 20;

/// What reading the phones of a source's leads again would do.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct Preview {
    /// Phones that could not be read, of leads who have contacts from the source.
    pub unread: u64,
    /// How many of them can be read now, and are nobody else's.
    pub readable: u64,
    /// How many can be read now, but are another lead's: they stay as they are, and the leads are noted as possible
    /// duplicates.
    pub taken: u64,
    /// How many are read otherwise, or not at all, by another source that their lead has contacts from.
    pub unsure: u64,
    /// Whether all stored phones were looked at; else there may be more.
    pub is_whole: bool,
    pub examples: Vec<Example>,
}

/// A phone that can be read now.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Example {
    pub lead: LeadId,
    /// As it is stored.
    pub stored: Identity,
    /// As it is read.
    pub phone: Identity,
    /// Whose that is already, if another lead's.
    pub taken_by: Option<LeadId>,
}

/// What is known where phones are read.
#[derive(Clone, Copy)]
pub struct Place<'a> {
    pub store: &'a Store,
    pub regions: &'a Regions,
}

impl<'a> Place<'a> {
    #[must_use]
    pub fn of(app: &'a App) -> Self {
        Self { store: app.store(), regions: app.regions() }
    }
}

/// Looks at the phones that would be read again.
///
/// # Errors
/// [`StoreError`] when the store cannot be read.
pub async fn preview(place: Place<'_>, source: SourceId) -> Result<Preview, StoreError> {
    let mut preview = Preview::default();
    let mut rules = SourceRules::default();
    // The first lead of this preview who would get a phone.
    let mut given: HashMap<Identity, LeadId> = HashMap::new();
    let mut behind = Some(LeadId(0));
    for _ in 0..PREVIEW_ROWS / STEP_ROWS {
        let Some(from) = behind else { break };
        let part = look(place, &mut rules, source, from).await?;
        behind = part.behind;
        preview.unread += part.unread;
        preview.unsure += part.unsure;
        let phones = part.readings.iter().map(|reading| reading.phone.clone()).collect();
        let owners: HashMap<Identity, LeadId> = place.store.owners(phones).await?.into_iter().collect();
        for reading in part.readings {
            let first = *given.entry(reading.phone.clone()).or_insert(reading.lead);
            let owner = owners.get(&reading.phone).copied().unwrap_or(first);
            preview.note(reading, owner);
        }
    }
    preview.is_whole = behind.is_none();
    Ok(preview)
}

impl Preview {
    fn note(&mut self, PhoneReading { lead, stored, phone, .. }: PhoneReading, owner: LeadId) {
        let taken_by = Some(owner).filter(|owner| *owner != lead);
        *(if taken_by.is_some() { &mut self.taken } else { &mut self.readable }) += 1;
        if self.examples.len() < EXAMPLES_MAX {
            self.examples.push(Example { lead, stored, phone, taken_by });
        }
    }
}

/// The first step, or the one behind this lead, as a command.
///
/// # Errors
/// [`StoreError`] when the store cannot be read.
pub async fn step(place: Place<'_>, source: SourceId, behind: LeadId) -> Result<RereadPhones, StoreError> {
    let Part { readings, behind, .. } = look(place, &mut SourceRules::default(), source, behind).await?;
    Ok(RereadPhones { source, readings, behind })
}

/// Takes all steps behind a lead, and says what they came to.
///
/// # Errors
/// Why the rest was not done. How far it came is stored: [`crate::jobs::FinishRereading`] goes on.
pub async fn run(
    batcher: &Batcher,
    place: Place<'_>,
    requester: Requester,
    source: SourceId,
    behind: LeadId,
) -> Result<Reread, ExecuteError> {
    let mut all = Reread { behind: Some(behind), ..Reread::default() };
    while let Some(behind) = all.behind {
        let command = step(place, source, behind).await.map_err(|error| ExecuteError::Store(error.into()))?;
        match batcher.execute(requester, Command::RereadPhones(command)).await {
            Ok(Outcome::Reread(_, done)) => {
                let (read, taken) = (all.read + done.read, all.taken + done.taken);
                all = Reread { read, taken, behind: done.behind };
            }
            Ok(_) | Err(ExecuteError::Rejected(Rejection::UnknownSource(_))) => break,
            Err(error) => return Err(error),
        }
    }
    Ok(all)
}

/// Takes the steps behind a lead in the background, on behalf of the caller who had the first one taken.
pub fn go_on(app: &App, requester: Requester, source: SourceId, behind: LeadId) {
    let app = app.clone();
    tokio::spawn(async move {
        if let Err(error) = run(app.batcher(), Place::of(&app), requester, source, behind).await {
            tracing::warn!(%error, source = source.0, "phones are still to be read again; this goes on later");
        }
    });
}

/// A part of the stored phones that could not be read.
struct Part {
    /// Those of leads of the source.
    unread: u64,
    unsure: u64,
    readings: Vec<PhoneReading>,
    /// The last lead that was looked at, if there may be more.
    behind: Option<LeadId>,
}

async fn look(place: Place<'_>, rules: &mut SourceRules, source: SourceId, from: LeadId) -> Result<Part, StoreError> {
    let (phones, behind) = page(place.store, from).await?;
    let mut part = Part { unread: 0, unsure: 0, readings: Vec::new(), behind };
    for phone in phones {
        let Some((_, contact)) = phone.sources.iter().find(|(of, _)| *of == source).copied() else { continue };
        part.unread += 1;
        match rules.meaning(place, source, &phone).await? {
            Meaning::Unreadable => {}
            Meaning::Unsure => part.unsure += 1,
            Meaning::Phone(collected) => {
                let Collected { identities, also, similar, .. } = collected;
                let Some(read) = identities.into_iter().next() else { continue };
                let stored = Identity::new(IdentityKind::Phone, phone.value);
                part.readings.push(PhoneReading { lead: phone.lead, contact, stored, phone: read, also, similar });
            }
        }
    }
    Ok(part)
}

/// The phones of the next leads, and the last of these if there may be more. All phones of a lead are in one page, but
/// for a lead who has more than fit.
pub(crate) async fn page(store: &Store, from: LeadId) -> Result<(Vec<UnreadPhone>, Option<LeadId>), StoreError> {
    let mut phones = store.unread_phones_behind(from, STEP_ROWS).await?;
    let Some(last) = phones.last().map(|phone| phone.lead).filter(|_| phones.len() == STEP_ROWS as usize) else {
        return Ok((phones, None));
    };
    if phones.first().is_some_and(|first| first.lead != last) {
        phones.retain(|phone| phone.lead != last);
    }
    let behind = phones.last().map(|phone| phone.lead);
    Ok((phones, behind))
}

/// What a phone means to the sources of its lead.
enum Meaning {
    Unreadable,
    Unsure,
    Phone(Collected),
}

/// How sources read phones; none where one was deleted.
#[derive(Default)]
struct SourceRules(HashMap<SourceId, Option<PhoneRules>>);

impl SourceRules {
    async fn meaning(&mut self, place: Place<'_>, own: SourceId, phone: &UnreadPhone) -> Result<Meaning, StoreError> {
        let Some(rules) = self.of(place, own).await? else { return Ok(Meaning::Unreadable) };
        let Some(read) = identity::reread(&phone.value, rules) else { return Ok(Meaning::Unreadable) };
        for (other, _) in phone.sources.iter().filter(|(other, _)| *other != own) {
            let Some(rules) = self.of(place, *other).await? else { continue };
            if identity::reread(&phone.value, rules).is_none_or(|it| it.identities != read.identities) {
                return Ok(Meaning::Unsure);
            }
        }
        Ok(Meaning::Phone(read))
    }

    async fn of(&mut self, place: Place<'_>, source: SourceId) -> Result<Option<PhoneRules>, StoreError> {
        if let Some(known) = self.0.get(&source) {
            return Ok(*known);
        }
        let found = place.store.source(source).await?;
        let rules = found.map(|it| PhoneRules::of_source(&it).or(place.regions.rules_of_deployment()));
        self.0.insert(source, rules);
        Ok(rules)
    }
}
