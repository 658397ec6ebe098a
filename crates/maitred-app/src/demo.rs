//! A small call centre for an empty database: who works there, where contacts come from, and the same people writing
//! in the same order whenever it is loaded. Contacts take the path of those of a bot; most are resolved on the way, and
//! a rush at the end leaves some waiting. `maitred demo` and the first page of the console load it.

use crate::batcher::{Batcher, By, Refusal};
use crate::identity;
use maitred_core::command::{ContactEdit, NewOperator, NewSource, Submit};
use maitred_core::draw::{derive_seed, draw};
use maitred_core::{Command, ContactId, OperatorId, Outcome, Policy, SourceId, SourceKind};

/// Name and `max_load`.
const OPERATORS: [(&str, u32); 12] = [
    ("Anna", 50),
    ("Boris", 40),
    ("Vera", 30),
    ("Gleb", 30),
    ("Daria", 25),
    ("Egor", 25),
    ("Zhanna", 20),
    ("Ivan", 20),
    ("Kira", 15),
    ("Lev", 15),
    ("Maria", 10),
    ("Nikita", 5),
];

/// Name, kind, policy, stickiness, and weights of a source.
type Example = (&'static str, SourceKind, Policy, bool, &'static [Weight]);
/// The place of an operator in [`OPERATORS`], and their weight.
type Weight = (usize, u32);

const SOURCES: [Example; 5] = [
    ("Telegram Bot", SourceKind::Telegram, Policy::WeightedRandom, false, &[(0, 10), (1, 30), (2, 20), (3, 20)]),
    ("WhatsApp", SourceKind::Whatsapp, Policy::SmoothWeighted, false, &[(2, 1), (3, 1), (4, 2), (5, 4)]),
    ("Site form", SourceKind::Site, Policy::SmoothWeighted, true, &[(0, 50), (4, 30), (6, 20), (8, 10)]),
    ("Phone line", SourceKind::Phone, Policy::LongestIdle, true, &[(5, 1), (6, 1), (7, 1), (9, 1), (10, 1)]),
    ("Mailbox", SourceKind::Email, Policy::LeastLoaded, false, &[(1, 1), (7, 1), (8, 1), (9, 1), (11, 1)]),
];

/// How many of a thousand contacts come from somebody who wrote before.
const RETURNING_PER_MILLE: u64 = 250;
/// How many contacts are open, all together, before some are resolved: a third of the slots there are.
const OPEN_MAX: usize = 95;
/// How many of the last contacts nobody resolves any more: with those, more are open than there are slots, and some
/// wait.
const RUSH: u64 = 230;

/// Adds operators, sources and weights for somebody. Their ids are taken to be the first there are.
///
/// # Errors
/// [`Refusal`] says why not all of it was done.
pub async fn set_up(batcher: &Batcher, by: By) -> Result<(), Refusal> {
    for (name, max_load) in OPERATORS {
        batcher
            .send_for(by, Command::CreateOperator(NewOperator { name: name.into(), is_active: true, max_load }))
            .await?;
    }
    for (at, (name, kind, policy, sticky, weights)) in SOURCES.into_iter().enumerate() {
        let source = NewSource {
            name: name.into(),
            description: "From the demo".into(),
            kind,
            policy,
            sticky,
            default_region: Some("RU".into()),
        };
        batcher.send_for(by, Command::CreateSource(source)).await?;
        let weights = weights.iter().map(|(operator, weight)| (OperatorId(*operator as i64 + 1), *weight)).collect();
        batcher.send_for(by, Command::ReplaceWeights(SourceId(at as i64 + 1), weights)).await?;
    }
    Ok(())
}

/// Routes contacts one after the other, and calls `routed` after each.
///
/// # Errors
/// [`Refusal`] says why it ended before the last.
pub async fn route(batcher: &Batcher, by: By, contacts: u64, routed: impl Fn()) -> Result<(), Refusal> {
    let mut open: Vec<ContactId> = Vec::new();
    for number in 0..contacts {
        if let Outcome::Contact(contact) = batcher.send_for(by, contact(number)).await? {
            open.push(contact.id);
        }
        if open.len() > OPEN_MAX && number + RUSH < contacts {
            let place = draw(derive_seed(number, 1), open.len() as u64);
            resolve(batcher, by, open.swap_remove(place as usize)).await?;
        }
        routed();
    }
    Ok(())
}

async fn resolve(batcher: &Batcher, by: By, contact: ContactId) -> Result<(), Refusal> {
    let edit = ContactEdit { is_resolved: Some(true), ..ContactEdit::default() };
    batcher.send_for(by, Command::EditContact(contact, edit)).await.map(|_| ())
}

/// Contact number so-and-so: the same person and source whenever the demo runs.
fn contact(number: u64) -> Command {
    let lot = |salt, bound| draw(derive_seed(number, salt), bound);
    let returning = number > 0 && lot(2, 1_000) < RETURNING_PER_MILLE;
    let person = if returning { lot(3, number) } else { number };
    let identities = vec![identity::phone(&format!("+7 900 {:07}", person), None)];
    Command::Submit(Submit {
        source: SourceId(1 + lot(4, SOURCES.len() as u64) as i64),
        identities,
        lead_name: None,
        message: Some("How much is delivery to Kazan?".into()),
        priority: i32::from(lot(5, 50) == 0),
        attributes: None,
        once: None,
    })
}
