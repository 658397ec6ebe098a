//! Reading stored phones again that could not be read when they came in, because their source had no country. What each
//! means now is found before the command is made, for it takes tables of the world's phone numbers; here it is
//! checked that they are still whose they were. A number that is somebody else's already is noted, not merged.

use super::edit_lead::editable;
use super::submit::add_duplicate;
use crate::command::{Context, Outcome, Rejection};
use crate::event::EventDetail;
use crate::ids::{ContactId, LeadId, SourceId};
use crate::nouns::Identity;
use crate::world::{NeedsBuilder, World};
use serde::{Deserialize, Serialize};

/// Some phones of leads of a source that can be read now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RereadPhones {
    pub source: SourceId,
    /// At most [`crate::limits::DRAIN_MAX`].
    pub readings: Vec<PhoneReading>,
    /// The last lead whose phones were looked at, if there may be more behind them.
    pub behind: Option<LeadId>,
}

/// What a stored phone means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhoneReading {
    pub lead: LeadId,
    /// One of the lead's, which shows who else they may be.
    pub contact: ContactId,
    /// As it was sent.
    pub stored: Identity,
    /// As it is read now.
    pub phone: Identity,
    /// Further phones in it, attached if they are nobody's.
    pub also: Vec<Identity>,
    /// Other forms of these: a lead who has one may be the same person.
    pub similar: Vec<Identity>,
}

/// What became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reread {
    /// How many are stored as they are read now.
    pub read: u32,
    /// How many stay as they are, because the number is another lead's.
    pub taken: u32,
    /// The last lead whose phones were looked at, if there may be more behind them.
    pub behind: Option<LeadId>,
}

impl PhoneReading {
    /// All that it says of the lead now, the phone first.
    fn meanings(&self) -> impl Iterator<Item = &Identity> {
        std::iter::once(&self.phone).chain(&self.also).chain(&self.similar)
    }
}

pub(super) fn needs(reread: &RereadPhones, needs: &mut NeedsBuilder<'_>) {
    needs.source(reread.source);
    for reading in &reread.readings {
        needs.lead(reading.lead);
        needs.contact(reading.contact);
        needs.identity(&reading.stored);
        reading.meanings().for_each(|it| _ = needs.identity(it));
    }
}

pub(super) fn reread_phones(world: &mut World, it: &RereadPhones, context: Context) -> Result<Outcome, Rejection> {
    world.source(it.source)?;
    let mut done = Reread { behind: it.behind, ..Reread::default() };
    for reading in it.readings.iter().filter(|reading| reading.stored != reading.phone) {
        match read_again(world, reading, context) {
            Some(true) => done.read += 1,
            Some(false) => done.taken += 1,
            None => {}
        }
    }
    world.set_rereading(it.source, it.behind);
    Ok(Outcome::Reread(it.source, done))
}

/// Whether the phone is stored as it is read; none if it is not that lead's any more.
fn read_again(world: &mut World, reading: &PhoneReading, context: Context) -> Option<bool> {
    let PhoneReading { lead, contact, stored, phone, also, .. } = reading;
    let is_theirs = world.lead_of(stored) == Some(*lead)
        && editable(world, *lead).is_ok()
        && world.contact(*contact).is_ok_and(|contact| contact.lead == *lead);
    if !is_theirs {
        return None;
    }
    let mut others: Vec<LeadId> = reading.meanings().filter_map(|it| world.lead_of(it)).collect();
    others.sort_unstable();
    others.dedup();
    others.retain(|other| other != lead);
    others.into_iter().for_each(|other| add_duplicate(world, *lead, other, *contact, context));
    if world.lead_of(phone).is_some_and(|owner| owner != *lead) {
        return Some(false);
    }
    world.detach(stored, *lead);
    for identity in std::iter::once(phone).chain(also) {
        if world.lead_of(identity).is_none() {
            world.attach(identity, *lead);
        }
    }
    world.change_lead(*lead, context.now, |_| {});
    world.emit_lead_event(*lead, EventDetail::LeadEdited, context);
    Some(true)
}
