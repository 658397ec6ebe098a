//! What is true of every whole world between two commands: loads and counters equal what they count, pools show their
//! operators as they are, nobody waits in front of a free slot. Tests check it after every step, `maitred verify`
//! over a real database.
//!
//! A *whole* world has everything loaded, all waiting contacts of every source included. What a single command must
//! and must not do (never fill anybody beyond their limit, never overtake) is not visible in one state and is left to
//! the tests; [`over_limit`] helps them.

use crate::command::FollowUp;
use crate::ids::{ContactId, LeadId, OperatorId, SourceId};
use crate::nouns::{Contact, DEMO_SPACE, Operator, Status};
use crate::offer::RESTING_LOOKED_AT_MAX;
use crate::pool::Candidate;
use crate::routing::somebody_is_left;
use crate::world::{SourceState, WaitingPosition, World};
use std::collections::{BTreeMap, BTreeSet};

/// Everything that is wrong with a whole world, a sentence each; empty when all is well.
///
/// While follow-ups are left to do ([`World::follow_ups`]), what they will repair is not reported. A caller who
/// took them with [`World::take_follow_ups`] carries them out before asking.
#[must_use]
pub fn check(world: &World) -> Vec<String> {
    let mut check = Check { world, counted: Counted::of(world), wrong: Vec::new() };
    world.operators().for_each(|operator| check.operator(operator));
    world.sources().for_each(|state| check.source(state));
    world.contacts().for_each(|contact| check.contact(contact));
    check.operator_external_ids();
    check.source_names();
    check.people();
    check.wrong
}

/// Operators who hold more than their `max_load`. That is right only after a forced transfer or a lowered limit.
pub fn over_limit(world: &World) -> impl Iterator<Item = &Operator> {
    world.operators().filter(|operator| operator.current_load > operator.max_load)
}

/// What the contacts themselves add up to.
#[derive(Default)]
struct Counted {
    held: BTreeMap<OperatorId, u64>,
    sources: BTreeMap<SourceId, OfSource>,
}

#[derive(Default)]
struct OfSource {
    waiting: BTreeSet<WaitingPosition>,
    resting: BTreeSet<WaitingPosition>,
    scheduled: u64,
    assigned: u64,
    overdue: u64,
    all: u64,
}

impl Counted {
    fn of(world: &World) -> Self {
        let mut counted = Self::default();
        for contact in world.contacts() {
            counted.sources.entry(contact.arrived_on()).or_default().all += 1;
            let source = counted.sources.entry(contact.source).or_default();
            source.overdue += u64::from(contact.is_overdue());
            match (contact.status, contact.operator) {
                (Status::Waiting, _) if contact.scheduled => source.scheduled += 1,
                (Status::Waiting, _) if contact.retry_at.is_some() => {
                    source.resting.insert(WaitingPosition::of(contact));
                }
                (Status::Waiting, _) => _ = source.waiting.insert(WaitingPosition::of(contact)),
                (Status::Assigned, Some(operator)) => {
                    source.assigned += 1;
                    *counted.held.entry(operator).or_default() += 1;
                }
                (Status::Assigned, None) | (Status::Resolved, _) => {}
            }
        }
        counted
    }
}

struct Check<'a> {
    world: &'a World,
    counted: Counted,
    wrong: Vec<String>,
}

impl Check<'_> {
    fn must(&mut self, holds: bool, or_else: impl FnOnce() -> String) {
        if !holds {
            self.wrong.push(or_else());
        }
    }

    fn pending(&self, follow_up: FollowUp) -> bool {
        self.world.follow_ups().contains(&follow_up)
    }

    fn operator(&mut self, operator: &Operator) {
        let id = operator.id;
        let held = self.counted.held.get(&id).copied().unwrap_or_default();
        self.must(u64::from(operator.current_load) == held, || {
            format!("operator {id} has current_load {} but holds {held} contacts", operator.current_load)
        });
        self.pause(operator);
        for source in self.world.serves(id) {
            let is_in_pool = self.world.source_row(source).is_some_and(|s| s.pool().get(id).is_some());
            self.must(is_in_pool, || format!("operator {id} serves source {source}, whose pool lacks them"));
        }
        if operator.deleted_at.is_some() {
            let serves_nothing = self.world.serves(id).next().is_none();
            self.must(serves_nothing, || format!("operator {id} is deleted but serves sources"));
            self.must(!operator.is_active, || format!("operator {id} is deleted but active"));
            self.must(operator.paused_at.is_none(), || format!("operator {id} is deleted but paused"));
            self.must(operator.away_after_s.is_none(), || format!("operator {id} is deleted but to be heard from"));
            self.must(operator.calendar.is_none(), || format!("operator {id} is deleted but has a calendar"));
            let holds_nothing = held == 0 || self.pending(FollowUp::Evacuate(id));
            self.must(holds_nothing, || format!("operator {id} is deleted but holds {held} contacts"));
        }
    }

    fn pause(&mut self, operator: &Operator) {
        let is_paused = operator.paused_at.is_some();
        let is_whole = is_paused || operator.paused_until.is_none() && operator.pause_reason.is_none();
        self.must(is_whole, || format!("operator {} has the end or reason of no pause", operator.id));
        let has_lease = operator.present_until.is_some();
        let is_whole = has_lease == operator.away_after_s.is_some() && (has_lease || operator.away_at.is_none());
        self.must(is_whole, || format!("operator {} has a lease that nobody asks for, or lacks one", operator.id));
        let is_whole = operator.off_at.is_none() || operator.hours.is_some();
        self.must(is_whole, || format!("operator {} is off shift without hours", operator.id));
        let is_whole = operator.marking.is_none() || operator.has_marks;
        self.must(is_whole, || format!("contacts of operator {} are marked, and have no marks", operator.id));
        let has_calendar = operator.calendar.is_some();
        let is_whole = has_calendar == operator.hours.is_some() && has_calendar == operator.hours_seen_at.is_some();
        self.must(is_whole, || {
            format!("operator {} has hours of no calendar, or a calendar without hours", operator.id)
        });
    }

    fn source(&mut self, state: &SourceState) {
        let id = state.source.id;
        state.pool().candidates().iter().for_each(|candidate| self.candidate(state, candidate));
        self.hours(state);
        self.counters(state);
        self.credits(state);
        if state.source.deleted_at.is_some() {
            let pool_is_empty = state.pool().candidates().is_empty();
            self.must(pool_is_empty, || format!("source {id} is deleted but has members"));
            let closed = state.open() == 0 || self.pending(FollowUp::CloseOut(id));
            self.must(closed, || format!("source {id} is deleted but has {} open contacts", state.open()));
        } else if self.world.follow_ups().is_empty() && !self.world.is_overdue() {
            let nobody_waits_in_vain = state.waiting().count() == 0 || !state.can_give(self.world.now());
            self.must(nobody_waits_in_vain, || {
                format!("{} contacts wait on source {id} although somebody is eligible", state.waiting().count())
            });
            self.nobody_rests_in_vain(state);
            let has_moved = state.all_waiting() == 0 || self.world.falls_back(id).is_none();
            self.must(has_moved, || format!("contacts wait on source {id}, which is closed, and its fallback is open"));
        }
    }

    fn hours(&mut self, state: &SourceState) {
        let (id, source) = (state.source.id, &state.source);
        let has_calendar = source.calendar.is_some();
        let is_whole = has_calendar == source.hours.is_some() && has_calendar == source.hours_seen_at.is_some();
        self.must(is_whole, || format!("source {id} has hours of no calendar, or a calendar without hours"));
        let is_gone = source.deleted_at.is_some() && has_calendar;
        self.must(!is_gone, || format!("source {id} is deleted but has a calendar"));
    }

    /// Of more than are looked at, those behind may become the first when others leave.
    fn nobody_rests_in_vain(&mut self, state: &SourceState) {
        let resting: Vec<_> = state.resting().front().filter_map(|it| self.world.contact_row(it.contact)).collect();
        let is_open = state.source.closed(self.world.now()).is_none();
        let is_left = |contact: &&Contact| is_open && somebody_is_left(state.pool(), contact);
        let in_vain = resting.iter().find(|contact| resting.len() <= RESTING_LOOKED_AT_MAX && is_left(contact));
        self.must(in_vain.is_none(), || {
            format!("a contact of source {} rests although somebody is free who was not asked", state.source.id)
        });
    }

    fn candidate(&mut self, state: &SourceState, candidate: &Candidate) {
        let (id, source) = (candidate.operator, state.source.id);
        let Some(operator) = self.world.operator_row(id) else {
            return self.wrong.push(format!("source {source} has a member {id} who does not exist"));
        };
        let shown =
            (candidate.is_active, candidate.away, candidate.load, candidate.max_load, candidate.last_assigned_at);
        let away = operator.away_from(state.source.id, self.world.now());
        let is = (operator.is_active, away, operator.current_load, operator.max_load, operator.last_assigned_at);
        self.must(shown == is, || format!("the pool of source {source} shows operator {id} as {shown:?}, not {is:?}"));
        let serves = self.world.serves(id).any(|s| s == source);
        self.must(serves, || format!("operator {id} is in the pool of source {source} but does not serve it"));
        let are_alike = operator.demo == state.source.demo;
        self.must(are_alike, || format!("one of source {source} and its member {id} is of the demo, the other is not"));
    }

    fn counters(&mut self, state: &SourceState) {
        let id = state.source.id;
        let counted = self.counted.sources.remove(&id).unwrap_or_default();
        let waiting = counted.waiting.len() as u64;
        self.must(state.waiting().count() == waiting, || {
            format!("source {id} counts {} waiting contacts but has {waiting}", state.waiting().count())
        });
        self.must(state.waiting().front().eq(counted.waiting.iter().copied()), || {
            format!("the waiting order of source {id} is not that of its waiting contacts")
        });
        let resting = counted.resting.len() as u64;
        self.must(state.resting().count() == resting, || {
            format!("source {id} counts {} resting contacts but has {resting}", state.resting().count())
        });
        self.must(state.scheduled() == counted.scheduled, || {
            format!("source {id} counts {} scheduled contacts but has {}", state.scheduled(), counted.scheduled)
        });
        self.must(state.assigned() == counted.assigned, || {
            format!("source {id} counts {} assigned contacts but has {}", state.assigned(), counted.assigned)
        });
        self.must(state.overdue() == counted.overdue, || {
            format!("source {id} counts {} overdue contacts but has {}", state.overdue(), counted.overdue)
        });
        self.must(state.arrived() >= counted.all, || {
            format!("source {id} counts {} arrivals but has {} contacts", state.arrived(), counted.all)
        });
    }

    /// What one member earned, another paid, so the credits of members and former members cancel out.
    fn credits(&mut self, state: &SourceState) {
        let (mut credit, mut carried) = (0i128, 0i128);
        for (_, tally) in state.ledger().iter() {
            credit += i128::from(tally.credit);
            carried += tally.carried;
        }
        self.must(credit == 0 && carried == 0, || {
            format!("the credits of source {} add up to {credit}, those carried to {carried}", state.source.id)
        });
    }

    fn contact(&mut self, contact: &Contact) {
        let id = contact.id;
        let fields = (contact.operator.is_some(), contact.assigned_at.is_some(), contact.resolved_at.is_some());
        let consistent = match contact.status {
            Status::Waiting => fields == (false, false, false),
            Status::Assigned => fields == (true, true, false),
            Status::Resolved => contact.resolved_at.is_some() && fields.0 == fields.1,
        };
        self.must(consistent, || format!("contact {id} is {} with fields of another status", contact.status.as_str()));
        let may_be_scheduled = contact.status == Status::Waiting && contact.not_before.is_some();
        self.must(!contact.scheduled || may_be_scheduled, || format!("contact {id} is scheduled for no time"));
        self.offer(contact);
        self.release(contact);
        self.response(contact);
        self.priority(contact);
        self.must(contact.decisions > 0, || format!("contact {id} has no decision"));
        let source_exists = self.world.source_row(contact.source).is_some();
        self.must(source_exists, || format!("contact {id} came from source {}, which does not exist", contact.source));
        let holder_exists = contact.operator.is_none_or(|o| self.world.operator_row(o).is_some());
        self.must(holder_exists, || format!("contact {id} is with an operator who does not exist"));
        self.lead(contact.lead, || whose(id));
        self.forgotten(contact);
        self.apart(contact);
        self.wanted(contact);
    }

    /// An offer is with somebody and not accepted; a rest follows from attempts; and who may be asked is in line.
    fn offer(&mut self, contact: &Contact) {
        let id = contact.id;
        let is_assigned = contact.status == Status::Assigned;
        let is_offer = is_assigned && contact.accepted_at.is_none();
        self.must(contact.accept_by.is_none() || is_offer, || format!("contact {id} is offered to nobody"));
        let has_operator = contact.accepted_at.is_none() || contact.operator.is_some();
        self.must(has_operator, || format!("contact {id} was accepted by nobody"));
        let rests = contact.status == Status::Waiting && !contact.scheduled;
        self.must(contact.retry_at.is_none() || rests, || format!("contact {id} rests and does not wait"));
        let was_tried = contact.tried().next().is_some();
        self.must(!was_tried || is_offer || contact.retry_at.is_some(), || {
            format!("contact {id} is in line although somebody did not accept it in this round")
        });
    }

    /// Only what somebody has who left says when it is released.
    fn release(&mut self, contact: &Contact) {
        let id = contact.id;
        let is_held = contact.status == Status::Assigned && contact.accept_by.is_none();
        self.must(contact.release_at.is_none() || is_held, || {
            format!("contact {id} is to be released, and is not held")
        });
        let holder = contact.operator.and_then(|operator| self.world.operator_row(operator));
        let has_left = holder.is_some_and(|it| it.has_marks && (it.marking.is_some() || it.has_left()));
        self.must(contact.release_at.is_none() || has_left, || {
            format!("contact {id} is to be released although its operator is there")
        });
    }

    /// Somebody is wanted for what is not given to anybody yet.
    fn wanted(&mut self, contact: &Contact) {
        let id = contact.id;
        let may_be_wanted = contact.status == Status::Waiting || contact.wanted_operator.is_none();
        self.must(may_be_wanted, || format!("somebody is wanted for contact {id}, which does not wait"));
        let is_whole = contact.wanted_operator.is_some() || contact.wanted_for_s == 0;
        self.must(is_whole, || format!("contact {id} is to be reserved for nobody"));
    }

    /// What is overdue had a time for the first response, and nobody responded before it.
    fn response(&mut self, contact: &Contact) {
        let id = contact.id;
        let has_passed = |at| contact.respond_by.is_some_and(|by| by <= at);
        self.must(contact.overdue_at.is_none_or(has_passed), || format!("contact {id} is overdue before its time"));
        let is_late = contact.first_response_at.is_some_and(has_passed);
        self.must(!is_late || contact.overdue_at.is_some(), || {
            format!("contact {id} was responded to too late, and that was not noted")
        });
    }

    /// What counts is what was sent, or what it was raised to; and who waits knows when the next step of their source
    /// comes.
    fn priority(&mut self, contact: &Contact) {
        let (id, own) = (contact.id, contact.own_priority());
        let counts = contact.raised_to.map_or(own, |least| least.max(own));
        self.must(contact.priority == counts && contact.sent_priority != Some(counts), || {
            format!("contact {id} has priority {} instead of {counts}", contact.priority)
        });
        self.must(contact.raise_at.is_none() || contact.ages(), || format!("contact {id} ages and does not wait"));
        let now = self.world.now();
        let is_pending = !self.world.follow_ups().is_empty() || contact.raise_at.is_some_and(|at| at <= now);
        let Some(state) = self.world.source_row(contact.source).filter(|_| contact.ages() && !is_pending) else {
            return;
        };
        let moments = state.source.urgency.ageing.iter().map(|step| step.at(contact.waits_since()));
        let next = moments.clone().find(|at| *at > now).filter(|_| state.source.deleted_at.is_none());
        self.must(contact.raise_at == next, || {
            format!("contact {id} is raised at {:?} instead of {next:?}", contact.raise_at)
        });
    }

    /// The demo is of its own sources, operators and leads alone.
    fn apart(&mut self, contact: &Contact) {
        let source = self.world.is_demo_source(contact.source);
        let lead = self.world.lead_row(contact.lead).is_none_or(|lead| lead.demo == source);
        let operator = contact.operator.and_then(|id| self.world.operator_row(id));
        let operator = operator.is_none_or(|operator| operator.demo == source);
        self.must(lead && operator, || format!("contact {} is of the demo only in part", contact.id));
    }

    /// The contacts of an erased lead have no texts, as far as the erasure has come.
    fn forgotten(&mut self, contact: &Contact) {
        let (id, has_text) = (contact.id, contact.has_text());
        let is_of_erased = self.world.lead_row(contact.lead).is_some_and(|lead| lead.erased_at.is_some());
        let is_behind = |follow_up| matches!(follow_up, FollowUp::Erase(lead, at) if lead == contact.lead && at < id);
        let is_to_come = self.world.erasing().any(is_behind);
        self.must(!has_text || !is_of_erased || is_to_come, || format!("contact {id} of an erased lead has a text"));
    }

    fn lead(&mut self, id: LeadId, whose: impl Fn() -> String) {
        match self.world.lead_row(id) {
            None => self.wrong.push(format!("{} belongs to lead {id}, who does not exist", whose())),
            Some(lead) => self.must(lead.merged_into.is_none(), || {
                format!("{} belongs to lead {id}, who was merged into another", whose())
            }),
        }
    }

    fn operator_external_ids(&mut self) {
        let present: Vec<_> = self.world.operators().filter(|o| o.deleted_at.is_none()).collect();
        let external_ids: Vec<_> = present.iter().filter_map(|o| o.external_id.as_ref()).collect();
        let distinct: BTreeSet<_> = external_ids.iter().collect();
        self.must(distinct.len() == external_ids.len(), || "two operators have the same external id".to_owned());
    }

    fn source_names(&mut self) {
        let present: Vec<_> = self.world.sources().filter(|s| s.source.deleted_at.is_none()).collect();
        let names: BTreeSet<_> = present.iter().map(|s| &s.source.name).collect();
        self.must(names.len() == present.len(), || "two sources have the same name".to_owned());
    }

    fn people(&mut self) {
        for (identity, lead) in self.world.identities() {
            self.lead(lead, || format!("a {} (value withheld)", identity.kind.as_str()));
            let row = self.world.lead_row(lead);
            let is_apart = row.is_none_or(|lead| lead.demo == (&*identity.space == DEMO_SPACE));
            self.must(is_apart, || format!("a {} (value withheld) mixes the demo with others", identity.kind.as_str()));
            let is_known = row.is_none_or(|lead| lead.erased_at.is_none());
            self.must(is_known, || format!("a {} (value withheld) finds erased lead {lead}", identity.kind.as_str()));
        }
        for lead in self.world.leads().filter(|lead| lead.erased_at.is_some()) {
            self.must(lead.name.is_none(), || format!("erased lead {} has a name", lead.id));
        }
    }
}

fn whose(contact: ContactId) -> String {
    format!("contact {contact}")
}
