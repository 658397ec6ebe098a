//! Whose a contact is: the lead of its strongest identity that is anybody's (external id, phone, email, in this order),
//! or a new one. docs/recognition.md has the rules with examples.

use super::submit::Submit;
use super::{append, note_reach};
use crate::command::{Context, Rejection};
use crate::ids::LeadId;
use crate::names::folded;
use crate::nouns::{Identity, IdentityKind, SPACE_BEFORE};
use crate::world::{IdSpaces, NeedsBuilder, World};
use std::collections::BTreeSet;

/// The lead of a contact.
pub(super) struct Recognised {
    pub(super) id: LeadId,
    /// Other leads that identities of the contact, or other forms of them, belong to.
    pub(super) others: Vec<LeadId>,
}

impl IdSpaces {
    /// Those of a contact: of its source, unless it says another.
    fn of_contact(submit: &Submit, source: &Self) -> Self {
        match &submit.id_space {
            Some(space) if !source.demo => Self { own: space.clone(), before: SPACE_BEFORE.into(), demo: false },
            Some(_) | None => source.clone(),
        }
    }

    /// An identity as it is stored, and as it may have been stored before.
    fn place(&self, identity: &Identity) -> (Identity, Option<Identity>) {
        if self.demo {
            return (identity.clone().in_space(self.own.clone()), None);
        }
        if !needs_space(identity) {
            return (identity.clone(), None);
        }
        let before = (self.before != self.own).then(|| identity.clone().in_space(self.before.clone()));
        (identity.clone().in_space(self.own.clone()), before)
    }
}

fn needs_space(identity: &Identity) -> bool {
    identity.has_space() && identity.space.is_empty()
}

pub(super) fn needs(submit: &Submit, needs: &mut NeedsBuilder<'_>) {
    needs.source(submit.source);
    let Some(source) = needs.id_spaces(submit.source) else { return };
    let spaces = IdSpaces::of_contact(submit, source);
    let mut is_stronger_unknown = false;
    let mut is_first = true;
    for identity in &submit.identities {
        let (own, before) = spaces.place(identity);
        let lead = needs.identity(&own).or_else(|| before.and_then(|before| needs.identity(&before)));
        let Some(lead) = lead else {
            is_stronger_unknown = true;
            continue;
        };
        if submit.lead_name.is_some() || is_stronger_unknown {
            needs.lead(lead);
        }
        // Whether what is stronger contradicts the lead that the first known value finds.
        if std::mem::take(&mut is_first) && is_stronger_unknown {
            needs.lead_identities(lead);
        }
        needs.last_operators(submit.source, lead);
        note_reach::needs_of_return(submit, lead, needs);
        append::needs(submit, lead, needs);
    }
    for identity in submit.also.iter().chain(&submit.similar) {
        let (own, before) = spaces.place(identity);
        if needs.identity(&own).is_none() {
            before.iter().for_each(|before| _ = needs.identity(before));
        }
    }
}

/// An identity of a contact, and whose it is.
struct Given {
    identity: Identity,
    owner: Option<LeadId>,
}

/// Finds the lead, or adds one, and attaches what is nobody's.
pub(super) fn recognise(world: &mut World, submit: &Submit, context: Context) -> Result<Recognised, Rejection> {
    let spaces = IdSpaces::of_contact(submit, world.source(submit.source)?.id_spaces());
    let given: Vec<Given> = submit.identities.iter().map(|it| of(world, &spaces, it)).collect();
    let also: Vec<Given> = submit.also.iter().map(|it| of(world, &spaces, it)).collect();
    let similar = submit.similar.iter().filter_map(|it| of(world, &spaces, it).owner);
    let all = given.iter().chain(&also);
    let known: Vec<LeadId> = all.clone().filter_map(|it| it.owner).chain(similar).collect();
    let found = given.iter().position(|it| it.owner.is_some());
    let found = found.filter(|at| !contradicts(world, submit, &given[..=*at])).and_then(|at| given[at].owner);
    let id = found.unwrap_or_else(|| world.add_lead(submit.lead_name.clone(), spaces.demo, context.now));
    for it in all.filter(|it| it.owner.is_none_or(|owner| owner == id)) {
        if world.lead_of(&it.identity).is_none() {
            world.attach(&it.identity, id);
        }
    }
    if let (Some(name), true) = (&submit.lead_name, found.is_some())
        && world.lead(id).is_ok_and(|lead| lead.name.is_none())
    {
        world.change_lead(id, context.now, |lead| lead.name = Some(name.clone()));
    }
    let mut others: Vec<LeadId> = Vec::new();
    for other in known {
        if other != id && !others.contains(&other) {
            others.push(other);
        }
    }
    Ok(Recognised { id, others })
}

/// Attaches the identities of a contact that are nobody's to a lead, and says of which kinds they are.
pub(super) fn attach_unknown(world: &mut World, submit: &Submit, lead: LeadId) -> Vec<IdentityKind> {
    let Ok(source) = world.source(submit.source) else { return Vec::new() };
    let spaces = IdSpaces::of_contact(submit, source.id_spaces());
    let all = submit.identities.iter().chain(&submit.also).map(|it| of(world, &spaces, it));
    let unknown: Vec<Given> = all.filter(|it| it.owner.is_none()).collect();
    let mut attached = Vec::new();
    for Given { identity, .. } in unknown {
        if world.lead_of(&identity).is_none() {
            world.attach(&identity, lead);
            attached.push(identity.kind);
        }
    }
    attached
}

fn of(world: &World, spaces: &IdSpaces, identity: &Identity) -> Given {
    let (own, before) = spaces.place(identity);
    let owner = world.lead_of(&own).or_else(|| before.and_then(|before| world.lead_of(&before)));
    Given { identity: own, owner }
}

/// Whether the lead that the last of these finds is somebody else: one of those in front, which are stronger and
/// nobody's, is of a kind of which that lead has another value.
fn contradicts(world: &World, submit: &Submit, given: &[Given]) -> bool {
    let Some((weak, stronger)) = given.split_last() else { return false };
    let Some(lead) = weak.owner.filter(|_| !stronger.is_empty()) else { return false };
    let has_another = |it: &Identity| {
        let of_lead = world.identities_of(lead);
        of_lead.iter().any(|known| known.kind == it.kind && known.space == it.space)
    };
    stronger.iter().any(|it| match it.identity.kind {
        IdentityKind::ExternalId => has_another(&it.identity),
        IdentityKind::Phone => {
            let name = world.lead_row(lead).and_then(|lead| lead.name.as_deref());
            let may_be_one = are_compatible(name, submit.lead_name.as_deref()) && !is_of_a_role(&weak.identity);
            !may_be_one && has_another(&it.identity)
        }
        IdentityKind::Email => false,
    })
}

/// Whether two names may be of one person: the words of one are among those of the other. A name that is not known may
/// be any.
fn are_compatible(one: Option<&str>, other: Option<&str>) -> bool {
    let [one, other] = [one, other].map(|name| words(name.unwrap_or_default()));
    one.is_subset(&other) || other.is_subset(&one)
}

fn words(name: &str) -> BTreeSet<String> {
    folded(name).split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// Local parts of email addresses that are a role's, behind which sit many people (RFC 2142, and what firms use).
const ROLES: [&str; 30] = [
    "abuse",
    "accounts",
    "admin",
    "administrator",
    "billing",
    "contact",
    "contacts",
    "hello",
    "help",
    "helpdesk",
    "hr",
    "info",
    "inquiries",
    "jobs",
    "mail",
    "marketing",
    "no-reply",
    "noreply",
    "office",
    "order",
    "orders",
    "postmaster",
    "press",
    "reception",
    "sales",
    "service",
    "shop",
    "support",
    "team",
    "webmaster",
];

fn is_of_a_role(identity: &Identity) -> bool {
    let local = identity.value.split('@').next().unwrap_or_default();
    let local = local.split('+').next().unwrap_or_default();
    identity.kind == IdentityKind::Email && ROLES.contains(&local)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compatible_if_one_says_no_more_than_the_other() {
        assert!(are_compatible(Some("Анна Петрова"), Some("петрова")));
        assert!(are_compatible(Some("Пётр"), Some("Петр Иванов")));
        assert!(are_compatible(None, Some("Vera")) && are_compatible(None, None));
        assert!(!are_compatible(Some("Vera"), Some("Gleb")) && !are_compatible(Some("Vera P"), Some("Vera K")));
    }

    #[test]
    fn a_role_is_told_by_the_local_part() {
        let email = |text: &str| Identity::new(IdentityKind::Email, text);
        assert!(is_of_a_role(&email("info@example.com")) && is_of_a_role(&email("sales+ru@example.com")));
        assert!(!is_of_a_role(&email("infoman@example.com")));
    }
}
