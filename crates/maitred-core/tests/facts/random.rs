//! Random commands over few people, so that they meet: most make sense, some name nobody.

use maitred_core::caps::{CapRule, Counts, Unit, Window, ZoneOffsets};
use maitred_core::command::{
    AddNote, ContactEdit, CorrectAccount, Decline, DeleteSource, EditMessage, EraseLead, HoursEdit, IntakeEdit,
    LeadEdit, MergeLeads, NewCalendar, NewOperator, NewSource, NoteDelivery, NoteReach, OfferAnswer, OfferEdit,
    OperatorEdit, Pause, PhoneReading, Receive, ReceivedPayload, ReleaseEdit, RereadPhones, Respond, SendMessage,
    SetCaps, SetSourceCaps, SetWeight, SourceEdit, SourceHoursEdit, SplitLead, Submit, Transfer, UrgencyEdit,
};
use maitred_core::conversation::{Delivery, DeliveryFailure, WhenOpen};
use maitred_core::event::EndpointFault;
use maitred_core::hours::Hours;
use maitred_core::intake::PayloadState;
use maitred_core::intervals::Interval;
use maitred_core::offer::OfferRules;
use maitred_core::release::ReleaseRules;
use maitred_core::report::{ReportProgress, ReportStep};
use maitred_core::reservation::Wanted;
use maitred_core::urgency::{AgeingStep, ResponseKind, UrgencyRules};
use maitred_core::{
    Actor, CalendarId, Command, ContactId, Context, EndpointId, Identity, IdentityKind, Ids, LeadId, MessageId,
    OperatorId, PayloadId, Policy, SourceId, Timestamp,
};
use proptest::prelude::*;
use std::sync::Arc;

const SECOND: i64 = 1_000_000;

/// Raw material of one command; what it names is settled when the ids in use are known.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    kind: u8,
    a: u16,
    b: u16,
    c: u16,
    seed: u64,
    /// Whether a batch ends behind it, where there are batches.
    pub ends_batch: bool,
}

pub fn steps(at_most: usize) -> impl Strategy<Value = Vec<Step>> {
    let step = (0u8..100, any::<u16>(), any::<u16>(), any::<u16>(), any::<u64>(), any::<bool>());
    let step = step.prop_map(|(kind, a, b, c, seed, ends_batch)| Step { kind, a, b, c, seed, ends_batch });
    proptest::collection::vec(step, 1..at_most)
}

/// Three operators and two sources to begin with, so that little is refused, and one of each that are of the demo.
pub fn opening() -> Vec<Command> {
    let mut commands: Vec<Command> = (1..=4).map(|n| operator(n, 2)).collect();
    let calendar = |name: &str| NewCalendar { name: name.into(), definition: "{}".into() };
    commands.extend(["Days", "Nights"].map(|name| Command::CreateCalendar(calendar(name))));
    commands.extend((1..=3).map(|n| source(n, n)));
    for (id, member, weight) in [(1, 1, 10), (1, 2, 30), (2, 2, 5), (2, 3, 1), (3, 4, 1)] {
        commands.push(Command::SetWeight(SetWeight { source: SourceId(id), operator: OperatorId(member), weight }));
    }
    commands
}

const OFFERS: OfferRules = OfferRules {
    accept_within_s: Some(12),
    retry_after_s: 9,
    pause_after_misses: Some(2),
    escalate_after_rounds: Some(2),
    declines_are_free: true,
};

/// Steps that come while a test goes on; the last of some is lower than the one before.
fn ageing(n: u16) -> Arc<[AgeingStep]> {
    let step =
        |step: u16| AgeingStep { after_s: u32::from(step * 6 + n % 5), priority: i32::from((n % 4 + step) % 4) - 1 };
    (1..=1 + n % 3).map(step).collect()
}

fn operator(n: u16, max_load: u32) -> Command {
    Command::CreateOperator(NewOperator {
        is_active: !n.is_multiple_of(5),
        max_load,
        demo: n.is_multiple_of(4),
        ..NewOperator::named(format!("operator {n}"))
    })
}

fn source(n: u16, policy: u16) -> Command {
    Command::CreateSource(NewSource {
        policy: Policy::ALL[usize::from(policy) % 4],
        sticky: n.is_multiple_of(2),
        demo: n % 4 == 3,
        offers: if n.is_multiple_of(2) { OFFERS } else { OfferRules::default() },
        releases: ReleaseRules { away_release_s: Some(6), shift_end_release_s: n.is_multiple_of(2).then_some(4) },
        urgency: UrgencyRules {
            respond_within_s: (!n.is_multiple_of(3)).then_some(11),
            ageing: if n.is_multiple_of(2) { ageing(n) } else { [].into() },
            escalate_priority: n.is_multiple_of(4).then_some(3),
        },
        ..NewSource::named(format!("source {n}"))
    })
}

impl Step {
    pub fn context(&self, now: i64) -> Context {
        // Clocks stand still now and then. They never go back: a batcher sees to that.
        Context { now: Timestamp(now / 3 * 3 * SECOND), seed: self.seed, actor: Actor::System }
    }

    /// The command, given which ids are in use.
    pub fn command(&self, ids: Ids) -> Command {
        // One beyond the last id: sometimes nobody is meant.
        let pick = |raw: u16, next: i64| i64::from(raw) % next + 1;
        let contact = ContactId(pick(self.a, ids.contact));
        let operator_id = OperatorId(pick(self.b, ids.operator));
        let source_id = SourceId(pick(self.a, ids.source));
        let weight = u32::from(self.c % 4) * 10;
        match self.kind {
            0..3 => self.intake(source_id, ids),
            3..30 => self.submit(ids),
            43 => self.respond(contact, operator_id),
            41..43 => Command::Accept(self.offer_answer(contact, operator_id)),
            44 => self.decline(contact, operator_id),
            30..41 => self
                .edit(contact, &ContactEdit { is_resolved: Some(!self.c.is_multiple_of(4)), ..ContactEdit::default() }),
            48..50 => self.edit(contact, &self.postponed(operator_id)),
            45..48 => {
                self.edit(contact, &ContactEdit { priority: Some(i32::from(self.c % 3)), ..ContactEdit::default() })
            }
            57 => self.conversation(contact, operator_id, ids),
            50..57 => {
                let force = self.c.is_multiple_of(3);
                Command::Transfer(Transfer { contact, from: None, to: Some(operator_id), force })
            }
            58..64 => {
                let from = self.c.is_multiple_of(4).then(|| self.c.is_multiple_of(8).then_some(operator_id));
                Command::Transfer(Transfer { contact, from, to: None, force: false })
            }
            64 => Command::DeleteContact(contact),
            65 if !self.c.is_multiple_of(3) => Command::Beat(operator_id),
            67 if !self.c.is_multiple_of(3) => self.correct(source_id, operator_id),
            65 | 67 => Command::Wake(Timestamp(i64::MAX)),
            66 => Command::AddNote(AddNote { contact, text: format!("Note {}", self.b).into() }),
            68..70 => operator(self.a, u32::from(self.c % 4)),
            70..74 => Command::EditOperator(operator_id, self.operator_edit()),
            74 | 75 => Command::Pause(Pause {
                operator: operator_id,
                until: self.time(),
                reason: self.c.is_multiple_of(3).then(|| "Lunch".into()),
            }),
            76 if self.c.is_multiple_of(3) => self.set_caps(operator_id, source_id),
            76 if self.c.is_multiple_of(2) => Command::Resume(operator_id),
            76 if self.b.is_multiple_of(3) => self.set_source_caps(source_id),
            76 => self.calendar(CalendarId(pick(self.a, ids.calendar))),
            77 if self.c.is_multiple_of(2) => self.set_caps(operator_id, source_id),
            77..79 => Command::DeleteOperator(operator_id),
            79 => source(self.a % 4, self.b),
            80..83 => Command::EditSource(source_id, self.source_edit()),
            83 => Command::DeleteSource(DeleteSource { source: source_id, force: self.c.is_multiple_of(2) }),
            84 => Command::SetWeights(source_id, vec![(operator_id, weight), (OperatorId(1), 10), (operator_id, 3)]),
            85..90 => Command::SetWeight(SetWeight { source: source_id, operator: operator_id, weight }),
            90..92 => Command::ReplaceWeights(source_id, vec![(operator_id, weight), (OperatorId(1), 10)]),
            92..94 => Command::RemoveWeight(source_id, operator_id),
            94 => Command::EraseLead(EraseLead {
                lead: LeadId(pick(self.a, ids.lead)),
                quiet_since: self.c.is_multiple_of(3).then_some(Timestamp(i64::from(self.b) * SECOND)),
            }),
            95 => self.edit_lead(ids),
            96 => self.split_lead(ids),
            97 if self.c % 4 == 1 => Command::EndpointDisabled(EndpointId(1), EndpointFault::Gone),
            97 if self.c.is_multiple_of(4) => Command::RemoveDemo(vec![source_id, SourceId(3)]),
            97 if self.c % 4 == 2 => self.note_reach(LeadId(pick(self.a, ids.lead)), source_id),
            97 => self.reread_phones(ids),
            _ => Command::MergeLeads(MergeLeads {
                from: LeadId(pick(self.a, ids.lead)),
                into: LeadId(pick(self.b, ids.lead)),
            }),
        }
    }

    fn correct(&self, source: SourceId, operator: OperatorId) -> Command {
        let amount = [1, 3, -1, -2][usize::from(self.b % 4)];
        Command::CorrectAccount(CorrectAccount { source, operator, amount, reason: "Spoiled leads".into() })
    }

    fn write_to_lead(&self, contact: ContactId, operator: OperatorId) -> Command {
        let operator = self.c.is_multiple_of(2).then_some(operator);
        let contact = OfferAnswer { contact, operator, decision: None };
        Command::SendMessage(SendMessage { contact, text: "Hello".into(), way: Ok(()) })
    }

    /// What is written to leads, what comes of it, what they change; mostly for what there is. And what reports keep.
    fn conversation(&self, contact: ContactId, operator: OperatorId, ids: Ids) -> Command {
        let message = MessageId(i64::from(self.b) % ids.message + 1);
        match self.c % 8 {
            0..3 => self.write_to_lead(contact, operator),
            3..5 => {
                let all = [Delivery::Sent, Delivery::Failed(DeliveryFailure::Blocked), Delivery::Pending];
                Command::NoteDelivery(NoteDelivery { contact, message, delivery: all[usize::from(self.a % 3)] })
            }
            5 | 6 => Command::EditMessage(EditMessage { contact, message, text: "Other words".into() }),
            _ => self.keep_reports(),
        }
    }

    /// Nothing, behind what was kept so far or behind something that nobody has kept: random steps would be no figures.
    fn keep_reports(&self) -> Command {
        let at = ReportProgress { position: i64::from(self.a % 2), at: Timestamp(0) };
        Command::KeepReports(Box::new(ReportStep { since: at, until: at, ..ReportStep::default() }))
    }

    fn note_reach(&self, lead: LeadId, source: SourceId) -> Command {
        Command::NoteReach(NoteReach {
            lead,
            source,
            is_blocked: self.b.is_multiple_of(2),
            at: Timestamp(i64::from(self.c) * SECOND),
        })
    }

    fn intake(&self, source: SourceId, ids: Ids) -> Command {
        match self.c % 16 {
            0 => Command::ForgetPayloads(Timestamp(i64::from(self.b) * SECOND)),
            1 | 2 => self.edit_intake(source),
            _ => self.receive(source, ids),
        }
    }

    /// Something new or something that was kept, with or without a contact in it.
    fn receive(&self, source: SourceId, ids: Ids) -> Command {
        let submit = match self.submit(ids) {
            Command::Submit(it) if !self.c.is_multiple_of(3) => Some(Submit { source, ..it }),
            _ => None,
        };
        let state = PayloadState::ALL[usize::from(self.b) % PayloadState::ALL.len()];
        let payload = match self.c.is_multiple_of(4) {
            true => ReceivedPayload::Kept(PayloadId(i64::from(self.b) % ids.payload + 1)),
            false => ReceivedPayload::New { state, reason: "why".into(), body: format!("{{\"a\":{}}}", self.b).into() },
        };
        Command::Receive(Receive { source, payload, submit })
    }

    fn edit_intake(&self, source: SourceId) -> Command {
        let text = |of: u16, what: u16| self.c.is_multiple_of(of).then(|| format!("{what} {of} {source}").into());
        let edit = IntakeEdit {
            token: text(2, self.a),
            settings: text(3, self.b),
            secret: self.c.is_multiple_of(4).then(|| text(8, self.b)),
        };
        Command::EditIntake(source, edit)
    }

    /// Mostly for the operator who has it.
    fn offer_answer(&self, contact: ContactId, operator: OperatorId) -> OfferAnswer {
        OfferAnswer {
            contact,
            operator: self.c.is_multiple_of(4).then_some(operator),
            decision: self.c.is_multiple_of(5).then_some(u32::from(self.b % 3)),
        }
    }

    fn decline(&self, contact: ContactId, operator: OperatorId) -> Command {
        let reason = self.seed.is_multiple_of(2).then(|| "Not mine".into());
        Command::Decline(Decline { offer: self.offer_answer(contact, operator), reason })
    }

    fn respond(&self, contact: ContactId, operator: OperatorId) -> Command {
        let how = ResponseKind::ALL[usize::from(self.b % 3)];
        Command::Respond(Respond { contact: self.offer_answer(contact, operator), how })
    }

    fn submit(&self, ids: Ids) -> Command {
        let external = Identity::new(IdentityKind::ExternalId, (self.b % 5).to_string());
        let phone = Identity::new(IdentityKind::Phone, format!("+{}", self.c % 4));
        let email = Identity::new(IdentityKind::Email, ["info@b", "a@b"][usize::from(self.a % 2)]);
        let identities = match self.c % 7 {
            0 => vec![external],
            1 => vec![phone],
            2 => vec![phone, email.clone()],
            3 => vec![external, email.clone()],
            4 => Vec::new(),
            _ => vec![external, phone],
        };
        let other = |text: &str| Identity::new(IdentityKind::Phone, text);
        let unusable = if self.c.is_multiple_of(5) { vec![other("-")] } else { Vec::new() };
        Command::Submit(Submit {
            id_space: self.b.is_multiple_of(11).then(|| "compat:appeals".into()),
            also: if self.c.is_multiple_of(6) { vec![email] } else { Vec::new() },
            similar: if self.c.is_multiple_of(9) { vec![other("+0")] } else { Vec::new() },
            unusable,
            lead_name: self
                .b
                .is_multiple_of(3)
                .then(|| ["Name", "Other", "Name Surname"][usize::from(self.a % 3)].into()),
            message: self.c.is_multiple_of(2).then(|| "Hello!".into()),
            written_at: self.a.is_multiple_of(2).then(|| Timestamp(i64::from(self.b) * SECOND)),
            priority: i32::from(self.b.is_multiple_of(20)),
            not_before: self.b.is_multiple_of(6).then(|| self.time()).flatten(),
            wanted: self.c.is_multiple_of(4).then(|| self.wanted(OperatorId(i64::from(self.b) % ids.operator + 1))),
            idempotency_key: self.a.is_multiple_of(4).then_some([self.b as u8 % 16; 16]),
            known_as: if self.a.is_multiple_of(8) { vec![[self.c as u8 % 16; 16]] } else { Vec::new() },
            earlier: if self.a.is_multiple_of(12) { vec![[16 + self.b as u8 % 4; 16]] } else { Vec::new() },
            attributes: self.a.is_multiple_of(6).then(|| ["{\"a\":1}", "{\"b\":2}"][usize::from(self.c % 2)].into()),
            ..Submit::new(SourceId(i64::from(self.a) % ids.source + 1), identities)
        })
    }

    /// For another time, or for somebody, or both.
    fn postponed(&self, operator: OperatorId) -> ContactEdit {
        ContactEdit {
            not_before: (!self.b.is_multiple_of(5)).then(|| self.time()),
            wanted: self.c.is_multiple_of(2).then(|| (!self.c.is_multiple_of(3)).then(|| self.wanted(operator))),
            ..ContactEdit::default()
        }
    }

    fn wanted(&self, operator: OperatorId) -> Wanted {
        Wanted { operator, for_s: u32::from(self.a % 3) * 20 }
    }

    /// Within the times of a test, mostly.
    fn time(&self) -> Option<Timestamp> {
        (!self.seed.is_multiple_of(5)).then(|| Timestamp((self.seed % 160).cast_signed() * SECOND))
    }

    fn edit(&self, contact: ContactId, edit: &ContactEdit) -> Command {
        let message = self.b.is_multiple_of(8).then(|| Some("Hello!".into()));
        Command::EditContact(contact, ContactEdit { message, undo: self.c.is_multiple_of(3), ..edit.clone() })
    }

    fn operator_edit(&self) -> OperatorEdit {
        match self.c % 5 {
            4 => OperatorEdit {
                away_after_s: Some((!self.a.is_multiple_of(4)).then_some(4 + u32::from(self.b % 30))),
                ..OperatorEdit::default()
            },
            3 => OperatorEdit { hours: Some(self.hours()), ..OperatorEdit::default() },
            0 => OperatorEdit { is_active: Some(!self.a.is_multiple_of(3)), ..OperatorEdit::default() },
            1 => OperatorEdit { max_load: Some(u32::from(self.a % 5)), ..OperatorEdit::default() },
            _ => OperatorEdit {
                name: Some("Anna".into()),
                external_id: Some(self.a.is_multiple_of(4).then(|| format!("crm-{}", self.b % 3).into())),
                notify_email: Some(self.a.is_multiple_of(3).then(|| format!("anna{}@example.com", self.b % 3).into())),
                ..OperatorEdit::default()
            },
        }
    }

    fn calendar(&self, id: CalendarId) -> Command {
        let new = NewCalendar { name: "Shifts".into(), definition: format!("{{\"day\": {}}}", self.b % 3).into() };
        match self.b % 4 {
            0 => Command::DeleteCalendar(id),
            1 => Command::ReplaceCalendar(id, new),
            _ => Command::CreateCalendar(new),
        }
    }

    fn set_caps(&self, operator: OperatorId, source: SourceId) -> Command {
        Command::SetCaps(SetCaps { operator, caps: self.caps(source) })
    }

    fn set_source_caps(&self, source: SourceId) -> Command {
        Command::SetSourceCaps(SetSourceCaps { source, caps: self.caps(source) })
    }

    /// A few within some seconds, or in an hour that begins and ends while a test goes on.
    fn caps(&self, source: SourceId) -> Vec<CapRule> {
        let offsets = [(Timestamp(0), (self.b % 100).into())].into();
        let hour = Window::Clock(Unit::Hour, ZoneOffsets { name: "Test".into(), offsets });
        let counts = Counts::ALL[usize::from(self.a % 2)];
        let limit = 1 + u32::from(self.a % 3);
        let all = [
            CapRule { limit, window: Window::Rolling(7 + u32::from(self.b % 20)), counts, source: None },
            CapRule { limit: limit + 1, window: hour, counts, source: Some(source) },
        ];
        all.into_iter().skip(usize::from(self.c % 3)).collect()
    }

    /// Shifts of all lengths, from the beginning on, for one of the first calendars; or none. What they are made from
    /// may have changed.
    fn hours(&self) -> HoursEdit {
        let [from, length, every] = [self.b % 5, 1 + self.seed as u16 % 8, 9 + self.a % 3].map(i64::from);
        let at = |second: i64| Timestamp(second * SECOND);
        let shifts = (0..20).map(|n| from + n * every);
        let leave = i64::from(self.a % 90);
        let hours = Hours {
            calendar_version: 1 + u32::from(self.b.is_multiple_of(8)),
            span: Interval::new(at(-10), at(if self.a.is_multiple_of(3) { 60 } else { 10_000 })),
            open: shifts.map(|from| Interval::new(at(from), at(from + length))).collect(),
            leave: [Interval::new(at(leave), at(leave + 20))].into_iter().collect(),
            stamp: "2026e-h1".into(),
        };
        let open = hours.open.minus(&hours.leave);
        let hours = Arc::new(Hours { open, ..hours });
        let calendar = CalendarId(1 + i64::from(self.a % 2));
        HoursEdit {
            revision: self.seed as u32 % 3,
            calendar: (!self.b.is_multiple_of(6)).then_some((calendar, hours)),
            personal: self.a.is_multiple_of(4).then(|| "{}".into()),
        }
    }

    fn source_edit(&self) -> SourceEdit {
        let HoursEdit { revision, calendar, .. } = self.hours();
        let fallback = SourceId(1 + i64::from(self.c % 4));
        SourceEdit {
            hours: self.seed.is_multiple_of(2).then_some(SourceHoursEdit { revision, calendar }),
            fallback: self.seed.is_multiple_of(3).then(|| (!self.a.is_multiple_of(5)).then_some(fallback)),
            name: self.b.is_multiple_of(4).then(|| format!("source {}", self.b % 3).into()),
            policy: self.b.is_multiple_of(3).then(|| Policy::ALL[usize::from(self.c % 4)]),
            when_open: self.seed.is_multiple_of(5).then_some(WhenOpen::ALL[usize::from(self.b % 2)]),
            reopen_within_s: self.seed.is_multiple_of(7).then_some(self.c.is_multiple_of(2).then_some(12)),
            sticky: self.b.is_multiple_of(2).then_some(self.c.is_multiple_of(2)),
            id_space: self.b.is_multiple_of(5).then(|| self.c.is_multiple_of(2).then(|| "crm".into())),
            short_phones: self.b.is_multiple_of(9).then_some(self.c.is_multiple_of(2)),
            hides_names: self.b.is_multiple_of(9).then_some(self.c.is_multiple_of(3)),
            offers: OfferEdit {
                accept_within_s: self.b.is_multiple_of(6).then(|| self.c.is_multiple_of(2).then_some(7)),
                retry_after_s: self.b.is_multiple_of(10).then_some(5 + u32::from(self.c % 9)),
                pause_after_misses: self.b.is_multiple_of(8).then(|| self.c.is_multiple_of(3).then_some(1)),
                escalate_after_rounds: self.b.is_multiple_of(11).then(|| self.c.is_multiple_of(3).then_some(1)),
                declines_are_free: self.b.is_multiple_of(5).then_some(self.c.is_multiple_of(2)),
            },
            releases: ReleaseEdit {
                away_release_s: self
                    .a
                    .is_multiple_of(3)
                    .then(|| (!self.b.is_multiple_of(4)).then_some(self.seed as u32 % 12)),
                shift_end_release_s: self
                    .c
                    .is_multiple_of(4)
                    .then(|| (!self.a.is_multiple_of(4)).then_some(self.seed as u32 % 9)),
            },
            urgency: UrgencyEdit {
                respond_within_s: self.b.is_multiple_of(7).then(|| self.c.is_multiple_of(2).then_some(10)),
                ageing: self.b.is_multiple_of(3).then(|| ageing(self.c)),
                escalate_priority: self.b.is_multiple_of(11).then_some(Some(2)),
            },
            reply_url: self.b.is_multiple_of(7).then(|| self.c.is_multiple_of(3).then(|| "tg://a?b={phone}".into())),
            ..SourceEdit::default()
        }
    }

    /// Of what a lead may have, with some contact.
    fn split_lead(&self, ids: Ids) -> Command {
        let phone = Identity::new(IdentityKind::Phone, format!("+{}", self.c % 4));
        Command::SplitLead(SplitLead {
            lead: LeadId(i64::from(self.a) % ids.lead + 1),
            contacts: if self.c.is_multiple_of(2) {
                vec![ContactId(i64::from(self.b) % ids.contact + 1)]
            } else {
                Vec::new()
            },
            identities: if self.c.is_multiple_of(3) { vec![phone] } else { Vec::new() },
            name: self.b.is_multiple_of(2).then(|| "New".into()),
        })
    }

    fn reread_phones(&self, ids: Ids) -> Command {
        let phone = |number: u16| Identity::new(IdentityKind::Phone, format!("+{number}"));
        let reading = |number: u16| PhoneReading {
            lead: LeadId(i64::from(self.a) % ids.lead + 1),
            contact: ContactId(i64::from(self.b) % ids.contact + 1),
            stored: phone(number % 4),
            phone: phone(self.b % 6),
            also: if self.a.is_multiple_of(3) { vec![phone(self.a % 7)] } else { Vec::new() },
            similar: if self.a.is_multiple_of(2) { vec![phone(self.c % 5)] } else { Vec::new() },
        };
        Command::RereadPhones(RereadPhones {
            source: SourceId(i64::from(self.a) % ids.source + 1),
            readings: (0..4).map(reading).collect(),
            behind: self.c.is_multiple_of(2).then_some(LeadId(self.c.into())),
        })
    }

    fn edit_lead(&self, ids: Ids) -> Command {
        let email = Identity::new(IdentityKind::Email, (self.b % 4).to_string());
        let edit = LeadEdit { name: self.c.is_multiple_of(2).then(|| Some("Name".into())), identities: vec![email] };
        Command::EditLead(LeadId(i64::from(self.a) % ids.lead + 1), edit)
    }
}
