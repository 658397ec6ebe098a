//! Calls about time: who works when, offers and answers to them, caps, what is scheduled, and what sources do by
//! themselves. Moments are near the time of the database, so that most come while all that breaks does.

use super::{Asker, Call, Known, What, placed};
use maitred_core::Timestamp;
use maitred_store::clock::{self, rfc3339};
use serde_json::{Value, json};

const SECOND_MICROS: i64 = 1_000_000;
const CALENDARS_MAX: usize = 6;
const MINUTES_A_DAY: i64 = 24 * 60;

impl Known {
    /// About what the time is in the database, whose clock may be set and never goes back.
    fn now(&self) -> Timestamp {
        Timestamp(self.latest.max(clock::now().0))
    }
}

impl Asker<'_> {
    /// A moment within some seconds, or now and then within hours.
    fn soon(&mut self) -> Value {
        let seconds = if self.draw.one_in(6) { 3_600 * self.draw.between(1..9) } else { self.draw.between(1..15) };
        rfc3339(Timestamp(self.known.now().0 + seconds.cast_signed() * SECOND_MICROS)).into()
    }

    /// Nothing, or one of these numbers.
    fn number_or_none(&mut self, numbers: &[u64]) -> Value {
        if self.draw.one_in(2) { Value::Null } else { self.draw.pick(numbers).into() }
    }

    fn calendar(&mut self) -> Value {
        if self.draw.one_in(2) { Value::Null } else { self.draw.pick(&self.known.calendars).into() }
    }
}

/// Adds to a new contact when it is wanted, and by whom.
pub(super) fn plan(asker: &mut Asker<'_>, body: &mut Value) {
    if asker.draw.one_in(10) {
        body["not_before"] = asker.soon();
    }
    if asker.draw.one_in(10) {
        body["wanted_operator_id"] = asker.operator().into();
        body["wanted_for_s"] = asker.draw.between(0..20).into();
    }
}

pub(super) fn pause(asker: &mut Asker<'_>) -> Vec<Call> {
    let mut body = json!({"reason": format!("Away as {} says", asker.marker(0))});
    if !asker.draw.one_in(5) {
        body["until"] = asker.soon();
    }
    let operator = asker.operator();
    vec![asker.post("pause", What::Other, format!("/api/v1/operators/{operator}/pause"), &body)]
}

pub(super) fn resume(asker: &mut Asker<'_>) -> Vec<Call> {
    let operator = asker.operator();
    vec![asker.post("resume", What::Other, format!("/api/v1/operators/{operator}/resume"), &Value::Null)]
}

/// Those who are to be heard from are heard from more often than anybody is asked to.
pub(super) fn be_present(asker: &mut Asker<'_>) -> Vec<Call> {
    let operator = asker.operator();
    if !asker.draw.one_in(4) {
        let path = format!("/api/v1/operators/{operator}/heartbeat");
        return vec![asker.post("heartbeat", What::Other, path, &Value::Null)];
    }
    let body = json!({"away_after_s": asker.number_or_none(&[30, 30, 60, 3_600])});
    vec![asker.call("set presence", What::Other, "PATCH", format!("/api/v1/operators/{operator}"), &body)]
}

fn answer(asker: &mut Asker<'_>) -> (i64, Value) {
    let mut body = json!({});
    if asker.draw.one_in(4) {
        body["operator_id"] = asker.operator().into();
    }
    if asker.draw.one_in(4) {
        body["decision"] = asker.draw.between(0..3).into();
    }
    (asker.open(), body)
}

pub(super) fn accept(asker: &mut Asker<'_>) -> Vec<Call> {
    let (contact, body) = answer(asker);
    vec![asker.post("accept", What::Other, format!("/api/v1/contacts/{contact}/accept"), &body)]
}

pub(super) fn decline(asker: &mut Asker<'_>) -> Vec<Call> {
    let (contact, mut body) = answer(asker);
    if asker.draw.one_in(2) {
        body["reason"] = format!("Declined by {}", asker.marker(0)).into();
    }
    vec![asker.post("decline", What::Reason(contact), format!("/api/v1/contacts/{contact}/decline"), &body)]
}

pub(super) fn respond(asker: &mut Asker<'_>) -> Vec<Call> {
    let (contact, mut body) = answer(asker);
    body["how"] = asker.draw.pick(&["call", "message", "other"]).into();
    vec![asker.post("respond", What::Other, format!("/api/v1/contacts/{contact}/respond"), &body)]
}

pub(super) fn schedule(asker: &mut Asker<'_>) -> Vec<Call> {
    let contact = asker.open();
    let body = match asker.draw.below(4) {
        0 => json!({"not_before": null}),
        1 => json!({"wanted_operator_id": null}),
        2 => json!({"not_before": asker.soon()}),
        _ => {
            let (at, operator, seconds) = (asker.soon(), asker.operator(), asker.draw.between(0..20));
            json!({"not_before": at, "wanted_operator_id": operator, "wanted_for_s": seconds})
        }
    };
    vec![asker.call("schedule", What::Other, "PATCH", format!("/api/v1/contacts/{contact}"), &body)]
}

fn cap(asker: &mut Asker<'_>) -> Value {
    let limit = asker.draw.between(1..60);
    let counts = asker.draw.pick(&["assigned", "kept"]);
    match asker.draw.below(3) {
        0 => json!({"limit": limit, "window": "rolling", "seconds": asker.draw.between(1..20), "counts": counts}),
        1 => json!({"limit": limit, "window": "hour", "zone": "Asia/Kolkata", "counts": counts}),
        _ => json!({"limit": 10 * limit, "window": "day", "zone": "Europe/Berlin", "counts": counts}),
    }
}

fn caps(asker: &mut Asker<'_>) -> Vec<Value> {
    let count = if asker.draw.one_in(2) { 0 } else { asker.draw.between(1..4) };
    (0..count).map(|_| cap(asker)).collect()
}

pub(super) fn cap_operator(asker: &mut Asker<'_>) -> Vec<Call> {
    let mut caps = caps(asker);
    for cap in &mut caps {
        if asker.draw.one_in(3) {
            cap["source_id"] = asker.source().into();
        }
    }
    let operator = asker.operator();
    vec![asker.call("cap operator", What::Other, "PUT", format!("/api/v1/operators/{operator}/caps"), &caps.into())]
}

pub(super) fn cap_source(asker: &mut Asker<'_>) -> Vec<Call> {
    let (caps, source) = (caps(asker), asker.source());
    vec![asker.call("cap source", What::Other, "PUT", format!("/api/v1/sources/{source}/caps"), &caps.into())]
}

/// Hours that begin or end about now, all day, or hardly ever.
fn days(asker: &mut Asker<'_>) -> Value {
    let minute = asker.known.now().0.div_euclid(60 * SECOND_MICROS).rem_euclid(MINUTES_A_DAY);
    let at = |minute: i64| format!("{:02}:{:02}", minute / 60, minute % 60);
    let (from, until) = match asker.draw.below(4) {
        0 => (0, MINUTES_A_DAY),
        1 => (minute + 1, minute + 90),
        2 => (0, minute + 1),
        _ => ((minute - 90).max(0), minute + 2),
    };
    let (from, until) = (from.min(MINUTES_A_DAY - 1), until.min(MINUTES_A_DAY));
    (0..7).map(|day| json!({"day": day, "intervals": [[at(from), at(until)]]})).collect()
}

pub(super) fn calendar(asker: &mut Asker<'_>) -> Vec<Call> {
    let body = json!({"name": asker.marker(0), "zone": "UTC", "days": days(asker)});
    let Some(calendar) = asker.draw.pick(&asker.known.calendars).filter(|_| !asker.draw.one_in(3)) else {
        return vec![asker.post("add calendar", What::AddCalendar, "/api/v1/calendars".to_owned(), &body)];
    };
    let path = format!("/api/v1/calendars/{calendar}");
    if asker.known.calendars.len() >= CALENDARS_MAX && asker.draw.one_in(2) {
        return vec![asker.call("delete calendar", What::DeleteCalendar(calendar), "DELETE", path, &Value::Null)];
    }
    vec![asker.call("edit calendar", What::Other, "PUT", path, &body)]
}

pub(super) fn work_by(asker: &mut Asker<'_>) -> Vec<Call> {
    let body = json!({"calendar_id": asker.calendar()});
    if asker.draw.one_in(3) {
        let source = asker.source();
        return vec![asker.call("set hours", What::Other, "PATCH", format!("/api/v1/sources/{source}"), &body)];
    }
    let operator = asker.operator();
    vec![asker.call("set shifts", What::Other, "PATCH", format!("/api/v1/operators/{operator}"), &body)]
}

pub(super) fn leave(asker: &mut Asker<'_>) -> Vec<Call> {
    let now = asker.known.now().0;
    let from = now + asker.draw.between(0..10).cast_signed() * SECOND_MICROS;
    let to = from + asker.draw.between(1..20).cast_signed() * SECOND_MICROS;
    // Moments are to the second.
    let moment = |at: i64| rfc3339(Timestamp(at - at.rem_euclid(SECOND_MICROS)));
    let leave = if asker.draw.one_in(3) { json!([]) } else { json!([{"from": moment(from), "to": moment(to)}]) };
    let operator = asker.operator();
    let path = format!("/api/v1/operators/{operator}/times");
    vec![asker.call("set leave", What::Other, "PUT", path, &json!({"leave": leave}))]
}

/// Lets an operator and a source go on without whatever limits them.
pub(super) fn end_limits(asker: &mut Asker<'_>) -> Vec<Call> {
    let (operator, source) = (asker.operator(), asker.source());
    let of_operator = format!("/api/v1/operators/{operator}");
    let always = json!({"calendar_id": null, "away_after_s": null});
    let open = json!({"calendar_id": null});
    let calls = [
        asker.call("end limits", What::Other, "PATCH", of_operator.clone(), &always),
        asker.call("end limits", What::Other, "PUT", format!("{of_operator}/caps"), &json!([])),
        asker.post("end limits", What::Other, format!("{of_operator}/resume"), &Value::Null),
        asker.call("end limits", What::Other, "PATCH", format!("/api/v1/sources/{source}"), &open),
        asker.call("end limits", What::Other, "PUT", format!("/api/v1/sources/{source}/caps"), &json!([])),
    ];
    calls.into_iter().zip(0..).map(|(call, place)| placed(asker, call, place)).collect()
}

/// What a source does by itself, and with those who write again.
pub(super) fn rule(asker: &mut Asker<'_>) -> Vec<Call> {
    let body = match asker.draw.below(6) {
        0 | 1 => json!({
            "accept_within_s": asker.number_or_none(&[5, 10, 60]),
            "retry_after_s": asker.draw.between(5..20),
            "pause_after_misses": asker.number_or_none(&[2, 3]),
            "escalate_after_rounds": asker.number_or_none(&[1, 2]),
            "escalate_priority": asker.number_or_none(&[7]),
        }),
        2 => json!({
            "away_release_s": asker.number_or_none(&[0, 5, 60]),
            "shift_end_release_s": asker.number_or_none(&[0, 5, 60]),
        }),
        3 => {
            let ageing = asker.draw.pick(&[json!(null), json!([{"after_s": 2, "priority": 2}])]);
            json!({"ageing": ageing, "respond_within_s": asker.number_or_none(&[10, 900])})
        }
        4 => {
            let when_open = asker.draw.pick(&["new", "append"]);
            json!({"when_open": when_open, "reopen_within_s": asker.number_or_none(&[5, 3_600])})
        }
        _ => {
            let fallback = asker.source();
            json!({"fallback_source_id": asker.number_or_none(&[fallback.cast_unsigned()])})
        }
    };
    let source = asker.source();
    vec![asker.call("set rules", What::Other, "PATCH", format!("/api/v1/sources/{source}"), &body)]
}
