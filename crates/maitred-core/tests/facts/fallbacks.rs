//! Fallbacks: where contacts go while their source is closed, and after rounds of offers that nobody accepted.

use crate::bot::{ANNA, BORIS, BOT, Bot, SECOND};
use maitred_core::command::{
    ContactEdit, Decline, DeleteSource, NewSource, OfferAnswer, OfferEdit, OperatorEdit, Pause, ReleaseEdit, SetWeight,
    SourceEdit, SourceHoursEdit, Submit, Transfer, UrgencyEdit,
};
use maitred_core::decision::{Cause, Replay};
use maitred_core::fallback::{FALLBACK_CHAIN_MAX, MoveReason, NoFallback};
use maitred_core::offer::OfferRules;
use maitred_core::reservation::Wanted;
use maitred_core::urgency::AgeingStep;
use maitred_core::{
    Command, ContactId, EventDetail, EventKind, OperatorId, Outcome, Policy, Rejection, SourceId, Status, Timestamp,
};

/// Served by Boris alone, as the fallback of the bot, which Anna serves.
const NIGHT: SourceId = SourceId(2);
const THIRD: SourceId = SourceId(3);

impl Bot {
    /// With the calendar of the bot, and the source of the night.
    fn with_night(max_load: u32) -> Self {
        let mut bot = Self::by_calendar(&["Anna", "Boris"], max_load);
        bot.run(0, Command::RemoveWeight(BOT, BORIS));
        bot.run(0, Command::CreateSource(night()));
        bot.run(0, weight(NIGHT, BORIS));
        bot
    }

    fn fall_back(&mut self, second: i64, from: SourceId, to: Option<SourceId>) {
        self.try_fall_back(second, from, to).expect("it is carried out");
    }

    fn try_fall_back(&mut self, second: i64, from: SourceId, to: Option<SourceId>) -> Result<Outcome, Rejection> {
        let edit = SourceEdit { fallback: Some(to), ..SourceEdit::default() };
        self.try_at(Timestamp(second * SECOND), Command::EditSource(from, edit))
    }

    /// Whose a contact is, where it arrived if that is another, and who has it.
    fn place(&self, id: ContactId) -> (SourceId, Option<SourceId>, Option<OperatorId>) {
        let contact = self.contact(id);
        (contact.source, contact.original_source, contact.operator)
    }

    fn told_of(&self, id: ContactId) -> Vec<EventKind> {
        self.store.events.iter().filter(|event| event.contact == Some(id)).map(|event| event.detail.kind()).collect()
    }

    fn chain(&self, id: ContactId) -> Vec<Cause> {
        self.store.decisions.range((id, 0)..=(id, u32::MAX)).map(|(_, decision)| decision.cause).collect()
    }
}

fn night() -> NewSource {
    NewSource { policy: Policy::SmoothWeighted, ..NewSource::named("Night") }
}

fn weight(source: SourceId, operator: OperatorId) -> Command {
    Command::SetWeight(SetWeight { source, operator, weight: 1 })
}

const MOVED: (SourceId, Option<SourceId>, Option<OperatorId>) = (NIGHT, Some(BOT), Some(BORIS));

#[test]
fn what_arrives_at_a_closed_source_goes_to_its_fallback_at_once() {
    let mut bot = Bot::with_night(9);
    bot.open(1, BOT, &[(60, 100)]);
    bot.fall_back(1, BOT, Some(NIGHT));
    let (moved, opens_at) = bot.arrive(2, BOT);
    assert_eq!((bot.place(moved.id), opens_at), (MOVED, None));
    let expected = [EventKind::ContactCreated, EventKind::ContactMoved, EventKind::ContactAssigned];
    assert_eq!(bot.told_of(moved.id), expected);
    assert_eq!(bot.chain(moved.id), [Cause::SourceClosed, Cause::Moved]);
    let of_move = bot.store.events.iter().find(|event| event.kind() == EventKind::ContactMoved).expect("the event");
    let detail = EventDetail::ContactMoved { from: BOT, reason: MoveReason::SourceClosed };
    assert_eq!((of_move.detail, of_move.source), (detail, Some(NIGHT)));
    let arrived = |source| bot.store.totals[&source].arrived;
    assert_eq!((arrived(BOT), arrived(NIGHT)), (1, 0), "it arrived at the bot");
    assert_eq!(bot.arrive(60, BOT).0.operator, Some(ANNA));
}

#[test]
fn what_waits_goes_to_the_fallback_when_the_source_closes() {
    let mut bot = Bot::with_night(1);
    bot.open(1, BOT, &[(0, 100)]);
    bot.fall_back(1, BOT, Some(NIGHT));
    let held = bot.arrive(2, BOT).0.id;
    let [first, second] = [3, 4].map(|at| bot.arrive(at, BOT).0.id);
    bot.wake(100);
    assert_eq!(bot.place(held), (BOT, None, Some(ANNA)), "what is in hand stays");
    assert_eq!(bot.place(first), MOVED);
    assert_eq!(bot.place(second), (NIGHT, Some(BOT), None), "the fallback has no more room");
    let resolved = ContactEdit { is_resolved: Some(true), ..ContactEdit::default() };
    bot.run(101, Command::EditContact(first, resolved));
    assert_eq!(bot.place(second), MOVED, "it waits there like any other");
}

#[test]
fn what_waits_at_a_closed_source_goes_to_the_fallback_when_that_opens() {
    let mut bot = Bot::with_night(9);
    bot.open(1, BOT, &[(500, 600)]);
    bot.open(1, NIGHT, &[(50, 200)]);
    bot.fall_back(1, BOT, Some(NIGHT));
    let (waits, opens_at) = bot.arrive(2, BOT);
    assert_eq!((bot.place(waits.id), opens_at), ((BOT, None, None), Some(500)));
    bot.wake(50);
    assert_eq!(bot.place(waits.id), MOVED);
}

#[test]
fn the_best_of_those_who_wait_get_the_slots_of_the_fallback() {
    let mut bot = Bot::with_night(300);
    bot.run(0, Command::SetWeight(SetWeight { source: BOT, operator: ANNA, weight: 0 }));
    bot.open(1, BOT, &[(0, 100)]);
    bot.fall_back(1, BOT, Some(NIGHT));
    for n in 0..700 {
        let submit = Submit { priority: i32::from(n >= 600), ..Submit::new(BOT, Vec::new()) };
        bot.run(2, Command::Submit(submit));
    }
    bot.wake(100);
    assert!(bot.store.contacts.values().all(|it| it.source == NIGHT), "all of them, in several steps");
    let given =
        |priority| bot.store.contacts.values().filter(move |it| it.priority == priority && it.operator.is_some());
    assert_eq!((given(1).count(), given(0).count()), (100, 200));
    assert!(given(0).all(|it| it.id.0 <= 200), "those who arrived first");
}

#[test]
fn what_waits_stays_when_the_fallback_is_closed_too_or_hours_are_not_known() {
    let mut bot = Bot::with_night(9);
    bot.open(1, BOT, &[(0, 10)]);
    bot.open(1, NIGHT, &[(0, 10)]);
    bot.fall_back(1, BOT, Some(NIGHT));
    let waits = bot.arrive(20, BOT).0.id;
    assert_eq!(bot.place(waits), (BOT, None, None));
    let revision = bot.source(NIGHT).hours_revision;
    let always = SourceHoursEdit { revision, calendar: None };
    bot.run(30, Command::EditSource(NIGHT, SourceEdit { hours: Some(always), ..SourceEdit::default() }));
    assert_eq!(bot.place(waits), MOVED, "it is open from now on");
    let unknown = bot.arrive(1_000, BOT).0.id;
    assert_eq!(bot.place(unknown), (BOT, None, None), "beyond what is known nothing is moved on a guess");
}

#[test]
fn setting_a_fallback_moves_what_waits_at_once_and_taking_it_away_moves_nothing_back() {
    let mut bot = Bot::with_night(9);
    bot.open(1, BOT, &[(60, 100)]);
    let waits = bot.arrive(2, BOT).0.id;
    bot.fall_back(3, BOT, Some(NIGHT));
    assert_eq!(bot.place(waits), MOVED);
    bot.fall_back(4, BOT, None);
    let stays = bot.arrive(5, BOT).0.id;
    assert_eq!((bot.place(waits), bot.place(stays)), (MOVED, (BOT, None, None)));
}

#[test]
fn what_is_released_or_due_while_its_source_is_closed_goes_to_the_fallback() {
    let mut bot = Bot::with_night(9);
    bot.open(1, BOT, &[(0, 100)]);
    bot.fall_back(1, BOT, Some(NIGHT));
    let held = bot.arrive(2, BOT).0.id;
    let later = Submit { not_before: Some(Timestamp(150 * SECOND)), ..Submit::new(BOT, Vec::new()) };
    let scheduled = bot.contact_by(3, Command::Submit(later)).id;
    bot.wake(100);
    assert_eq!(bot.place(scheduled), (BOT, None, None), "nobody gets it before its time");
    bot.run(120, Command::Transfer(Transfer { contact: held, from: None, to: None, force: false }));
    assert_eq!(bot.place(held), MOVED);
    bot.wake(150);
    assert_eq!(bot.place(scheduled), MOVED);
}

#[test]
fn after_rounds_that_nobody_accepted_a_contact_goes_to_the_fallback() {
    let mut bot = Bot::with_night(9);
    let rules = OfferRules {
        accept_within_s: Some(30),
        retry_after_s: 10,
        escalate_after_rounds: Some(2),
        ..OfferRules::default()
    };
    bot.run(0, Command::EditSource(BOT, SourceEdit { offers: OfferEdit::all(rules), ..SourceEdit::default() }));
    bot.fall_back(0, BOT, Some(NIGHT));
    let id = bot.arrive(1, BOT).0.id;
    let decline = || {
        Command::Decline(Decline { offer: OfferAnswer { contact: id, operator: None, decision: None }, reason: None })
    };
    bot.run(2, decline());
    bot.wake(12);
    assert_eq!(bot.place(id), (BOT, None, Some(ANNA)), "another round");
    bot.run(13, decline());
    bot.wake(23);
    assert_eq!(bot.place(id), MOVED);
    assert_eq!(bot.contact(id).attempts, None, "rounds begin again there");
    let told = bot.told_of(id);
    let end = &told[told.len() - 4..];
    let expected = [
        EventKind::ContactAskedAgain,
        EventKind::ContactEscalated,
        EventKind::ContactMoved,
        EventKind::ContactAssigned,
    ];
    assert_eq!(end, expected);
    assert_eq!(bot.chain(id).last(), Some(&Cause::Moved));
}

#[test]
fn when_the_fallback_is_closed_at_the_escalation_rounds_go_on_until_it_is_open() {
    let mut bot = Bot::with_night(9);
    let rules = OfferRules {
        accept_within_s: Some(30),
        retry_after_s: 10,
        escalate_after_rounds: Some(1),
        ..OfferRules::default()
    };
    bot.run(0, Command::EditSource(BOT, SourceEdit { offers: OfferEdit::all(rules), ..SourceEdit::default() }));
    bot.open(0, NIGHT, &[(20, 100)]);
    bot.fall_back(0, BOT, Some(NIGHT));
    let id = bot.arrive(1, BOT).0.id;
    let decline = Decline { offer: OfferAnswer { contact: id, operator: None, decision: None }, reason: None };
    bot.run(2, Command::Decline(decline.clone()));
    bot.wake(12);
    assert_eq!(bot.place(id), (BOT, None, Some(ANNA)));
    bot.wake(20);
    assert_eq!(bot.place(id), (BOT, None, Some(ANNA)), "the bot itself is open");
    bot.run(21, Command::Decline(decline));
    bot.wake(31);
    assert_eq!(bot.place(id), MOVED);
    let escalated = bot.told_of(id).into_iter().filter(|kind| *kind == EventKind::ContactEscalated).count();
    assert_eq!(escalated, 1, "it is told once");
}

#[test]
fn what_rests_goes_to_the_fallback_when_the_source_closes() {
    let mut bot = Bot::with_night(9);
    let rules = OfferRules { accept_within_s: Some(30), retry_after_s: 500, ..OfferRules::default() };
    bot.run(0, Command::EditSource(BOT, SourceEdit { offers: OfferEdit::all(rules), ..SourceEdit::default() }));
    bot.open(0, BOT, &[(0, 100)]);
    bot.fall_back(0, BOT, Some(NIGHT));
    let id = bot.arrive(1, BOT).0.id;
    let offer = OfferAnswer { contact: id, operator: None, decision: None };
    bot.run(2, Command::Decline(Decline { offer, reason: None }));
    assert_eq!(bot.contact(id).status, Status::Waiting);
    bot.wake(100);
    assert_eq!((bot.place(id), bot.contact(id).retry_at), (MOVED, None));
}

#[test]
fn a_contact_goes_along_a_chain_one_source_at_a_time_and_keeps_where_it_arrived() {
    let mut bot = Bot::with_night(9);
    bot.run(0, Command::CreateSource(NewSource::named("Third")));
    bot.run(0, weight(THIRD, ANNA));
    bot.run(0, Command::RemoveWeight(NIGHT, BORIS));
    bot.open(0, BOT, &[(500, 600)]);
    bot.open(0, NIGHT, &[(0, 50)]);
    bot.fall_back(0, BOT, Some(NIGHT));
    bot.fall_back(0, NIGHT, Some(THIRD));
    let id = bot.arrive(10, BOT).0.id;
    assert_eq!(bot.place(id), (NIGHT, Some(BOT), None));
    bot.wake(50);
    assert_eq!(bot.place(id), (THIRD, Some(BOT), Some(ANNA)));
    let beyond = bot.arrive(60, BOT).0.id;
    assert_eq!(bot.place(beyond), (BOT, None, None), "its own fallback is closed, and what is behind it is not asked");
}

#[test]
fn circles_and_long_chains_and_what_is_not_there_are_refused() {
    let mut bot = Bot::with_night(9);
    let refused = |why| Err(Rejection::NoFallback(NIGHT, why));
    assert_eq!(bot.try_fall_back(1, NIGHT, Some(NIGHT)), refused(NoFallback::Circle(Vec::new())));
    bot.fall_back(1, NIGHT, Some(BOT));
    assert_eq!(bot.try_fall_back(1, BOT, Some(NIGHT)), refused(NoFallback::Circle(vec![NIGHT])));
    bot.run(1, Command::CreateSource(NewSource { fallback: Some(NIGHT), ..NewSource::named("Third") }));
    let circle = Err(Rejection::NoFallback(THIRD, NoFallback::Circle(vec![THIRD, NIGHT])));
    assert_eq!(bot.try_fall_back(1, BOT, Some(THIRD)), circle);
    let unknown = Err(Rejection::NoFallback(SourceId(9), NoFallback::Unknown));
    assert_eq!(bot.try_fall_back(1, BOT, Some(SourceId(9))), unknown);
    let demo = Command::CreateSource(NewSource { demo: true, fallback: Some(BOT), ..NewSource::named("Demo") });
    let refused = bot.try_at(Timestamp(SECOND), demo);
    assert_eq!(refused, Err(Rejection::NoFallback(BOT, NoFallback::DemoAndReal)));
    // The bot, the night and the third are three; five more are the most.
    for n in 4..=FALLBACK_CHAIN_MAX as i64 {
        let next = NewSource { fallback: Some(SourceId(n - 1)), ..NewSource::named(format!("source {n}")) };
        bot.run(2, Command::CreateSource(next));
    }
    let last = SourceId(FALLBACK_CHAIN_MAX as i64);
    let one_more = Command::CreateSource(NewSource { fallback: Some(last), ..NewSource::named("One more") });
    let refused = bot.try_at(Timestamp(3 * SECOND), one_more);
    assert_eq!(refused, Err(Rejection::NoFallback(last, NoFallback::TooLong)));
}

#[test]
fn a_source_on_which_another_falls_back_is_not_deleted() {
    let mut bot = Bot::with_night(9);
    bot.fall_back(1, BOT, Some(NIGHT));
    let delete = |source, force| Command::DeleteSource(DeleteSource { source, force });
    for force in [false, true] {
        let refused = bot.try_at(Timestamp(2 * SECOND), delete(NIGHT, force));
        assert_eq!(refused, Err(Rejection::SourceIsFallback(NIGHT, vec![BOT])));
    }
    bot.run(3, delete(BOT, false));
    bot.run(4, delete(NIGHT, false));
}

#[test]
fn decisions_of_moved_contacts_are_recomputed_and_shares_are_those_of_the_fallback() {
    let mut bot = Bot::with_night(1_000);
    bot.run(0, weight(NIGHT, ANNA));
    bot.open(1, BOT, &[(500, 600)]);
    bot.fall_back(1, BOT, Some(NIGHT));
    (2..42).for_each(|second| _ = bot.arrive(second, BOT));
    assert_eq!([ANNA, BORIS].map(|id| bot.operator(id).current_load), [20, 20]);
    for decision in bot.store.decisions.values() {
        let pool = bot.store.pool_of(decision).expect("a policy chose");
        assert_eq!(decision.replay(&pool), Replay::Matches, "{decision:?}");
    }
}

#[test]
fn a_contact_that_is_overdue_is_counted_where_it_went() {
    let mut bot = Bot::with_night(1);
    bot.open(1, BOT, &[(0, 100)]);
    bot.fall_back(1, BOT, Some(NIGHT));
    let urgency = UrgencyEdit { respond_within_s: Some(Some(60)), ..UrgencyEdit::default() };
    bot.run(1, Command::EditSource(BOT, SourceEdit { urgency, ..SourceEdit::default() }));
    let [held, waits] = [2, 3].map(|at| bot.arrive(at, BOT).0.id);
    bot.wake(70);
    let overdue = |bot: &Bot| [BOT, NIGHT].map(|source| bot.store.totals[&source].overdue);
    assert_eq!(overdue(&bot), [2, 0]);
    bot.wake(100);
    assert_eq!((bot.place(held).0, bot.place(waits).0, overdue(&bot)), (BOT, NIGHT, [1, 1]));
    bot.run(101, Command::EditContact(waits, ContactEdit { is_resolved: Some(true), ..ContactEdit::default() }));
    assert_eq!(overdue(&bot), [1, 0]);
}

#[test]
fn a_contact_follows_the_steps_of_the_source_that_it_went_to() {
    let mut bot = Bot::with_night(1);
    bot.open(1, BOT, &[(500, 600)]);
    bot.open(1, NIGHT, &[(100, 400)]);
    bot.fall_back(1, BOT, Some(NIGHT));
    let steps = [AgeingStep { after_s: 50, priority: 7 }, AgeingStep { after_s: 150, priority: 9 }];
    let urgency = UrgencyEdit { ageing: Some(steps.into()), ..UrgencyEdit::default() };
    bot.run(1, Command::EditSource(NIGHT, SourceEdit { urgency, ..SourceEdit::default() }));
    let [first, second] = [2, 3].map(|at| bot.arrive(at, BOT).0.id);
    bot.wake(99);
    assert_eq!(bot.contact(second).priority, 0, "the bot has no steps");
    bot.wake(100);
    assert_eq!((bot.place(first), bot.contact(second).priority), (MOVED, 7), "it has waited for 97 seconds");
    bot.wake(153);
    assert_eq!(bot.contact(second).priority, 9);
}

#[test]
fn a_contact_that_is_reserved_goes_to_the_fallback_as_well() {
    let mut bot = Bot::with_night(9);
    bot.open(1, BOT, &[(0, 100)]);
    bot.fall_back(1, BOT, Some(NIGHT));
    bot.run(1, Command::Pause(Pause { operator: ANNA, until: Some(Timestamp(300 * SECOND)), reason: None }));
    let wanted = Some(Wanted { operator: ANNA, for_s: 600 });
    let contact = bot.contact_by(2, Command::Submit(Submit { wanted, ..Submit::new(BOT, Vec::new()) }));
    assert_eq!(contact.reserved_for(), Some(ANNA));
    bot.wake(100);
    assert_eq!(bot.place(contact.id), MOVED, "Anna does not serve it");
}

#[test]
fn what_somebody_who_left_had_goes_to_the_fallback_if_the_source_is_closed() {
    let mut bot = Bot::with_night(9);
    bot.open(1, BOT, &[(0, 100)]);
    bot.fall_back(1, BOT, Some(NIGHT));
    let releases = ReleaseEdit { away_release_s: Some(Some(30)), ..ReleaseEdit::default() };
    bot.run(1, Command::EditSource(BOT, SourceEdit { releases, ..SourceEdit::default() }));
    let edit = OperatorEdit { away_after_s: Some(Some(90)), ..OperatorEdit::default() };
    bot.run(1, Command::EditOperator(ANNA, edit));
    let held = bot.arrive(2, BOT).0.id;
    assert_eq!(bot.place(held), (BOT, None, Some(ANNA)));
    for second in [91, 100, 121] {
        bot.wake(second);
    }
    assert_eq!(bot.place(held), MOVED);
}
