//! What 0.1 answered, and comparing it with what is answered today.

use crate::fixture::{Engine, committed};
use serde::Deserialize;
use serde_json::{Map, Value};

/// Fields that answers have now and had not in 0.1: the call (whatever begins with this path) and the field.
const ADDED: [(&str, &str); 100] = [
    ("import", "repaired"),
    ("import", "repaired_rows"),
    ("import", "changed"),
    ("import", "changed_rows"),
    ("import", "renamed_columns"),
    ("import", "attribute_columns"),
    ("/api/v1/operators", "external_id"),
    ("/api/v1/operators", "notify_email"),
    ("/api/v1/operators", "demo"),
    ("/api/v1/operators", "calendar_id"),
    ("/api/v1/operators", "hours_known_until"),
    ("/api/v1/operators", "paused_at"),
    ("/api/v1/operators", "paused_until"),
    ("/api/v1/operators", "pause_reason"),
    ("/api/v1/operators", "misses"),
    ("/api/v1/operators", "away_after_s"),
    ("/api/v1/operators", "present_until"),
    ("/api/v1/operators", "away_at"),
    ("/api/v1/sources", "accept_within_s"),
    ("/api/v1/sources", "declines_are_free"),
    ("/api/v1/sources", "hides_names"),
    ("/api/v1/contacts", "owed_operator_id"),
    ("/api/v1/contacts", "passed_over_operator_id"),
    ("/api/v1/sources", "retry_after_s"),
    ("/api/v1/sources", "pause_after_misses"),
    ("/api/v1/sources", "escalate_after_rounds"),
    ("/api/v1/sources", "calendar_id"),
    ("/api/v1/sources", "hours_known_until"),
    ("/api/v1/sources", "is_closed"),
    ("/api/v1/sources", "opens_at"),
    ("/api/v1/sources", "intake_url"),
    ("/api/v1/sources", "has_bot_token"),
    ("/api/v1/sources", "bot_username"),
    ("/api/v1/sources", "bot_fault"),
    ("/api/v1/sources", "bot_receives_by"),
    ("/api/v1/sources", "bot_webhook_error"),
    ("/api/v1/sources", "telegram_shows_phone"),
    ("/api/v1/leads", "received"),
    ("/api/v1/contacts", "opens_at"),
    ("/api/v1/sources", "fallback_source_id"),
    ("/api/v1/sources", "when_open"),
    ("/api/v1/sources", "reopen_within_s"),
    ("/api/v1/leads", "messages"),
    ("/api/v1/contacts", "original_source_id"),
    ("/api/v1/leads", "original_source_id"),
    ("/api/v1/leads", "opens_at"),
    ("/api/v1/sources", "away_release_s"),
    ("/api/v1/sources", "shift_end_release_s"),
    ("/api/v1/sources", "respond_within_s"),
    ("/api/v1/sources", "ageing"),
    ("/api/v1/sources", "escalate_priority"),
    ("/api/v1/contacts", "effective_priority"),
    ("/api/v1/leads", "effective_priority"),
    ("/api/v1/contacts", "first_response_at"),
    ("/api/v1/contacts", "respond_by"),
    ("/api/v1/contacts", "overdue_at"),
    ("/api/v1/leads", "first_response_at"),
    ("/api/v1/leads", "respond_by"),
    ("/api/v1/leads", "overdue_at"),
    ("/api/v1/contacts", "accept_by"),
    ("/api/v1/contacts", "accepted_at"),
    ("/api/v1/contacts", "retry_at"),
    ("/api/v1/contacts", "release_at"),
    ("/api/v1/contacts", "wanted_operator_id"),
    ("/api/v1/contacts", "wanted_for_s"),
    ("/api/v1/contacts", "decision"),
    ("/api/v1/leads", "accept_by"),
    ("/api/v1/leads", "accepted_at"),
    ("/api/v1/leads", "retry_at"),
    ("/api/v1/leads", "release_at"),
    ("/api/v1/leads", "wanted_operator_id"),
    ("/api/v1/leads", "wanted_for_s"),
    ("/api/v1/leads", "decision"),
    ("/api/v1/contacts", "until"),
    ("/api/v1/leads", "until"),
    ("/api/v1/sources", "until"),
    ("/api/v1/stats/waiting", "overdue"),
    ("/api/v1/stats/operators", "is_paused"),
    ("/api/v1/stats/operators", "paused_until"),
    ("/api/v1/stats/operators", "is_away"),
    ("/api/v1/stats/operators", "away_at"),
    ("explain", "until"),
    ("explain", "opens_at"),
    ("/api/v1/sources", "demo"),
    ("/api/v1/sources", "id_space"),
    ("/api/v1/sources", "reply_url"),
    ("/api/v1/sources", "short_phones"),
    ("/api/v1/contacts", "sent"),
    ("/api/v1/contacts", "not_before"),
    ("/api/v1/leads", "sent"),
    ("/api/v1/leads", "not_before"),
    ("/api/v1/leads", "id_spaces"),
    ("/api/v1/leads", "blocked_source_id"),
    ("/api/v1/leads", "blocked_at"),
    ("/api/v1/leads", "notes"),
    ("/api/v1/stats/distribution", "from"),
    ("/api/v1/stats/distribution", "to"),
    ("/api/v1/stats/distribution", "known_since"),
    ("/api/v1/stats/distribution", "low"),
    ("/api/v1/stats/distribution", "high"),
];
/// Fields that depend on when the answer is given, or who asked before.
const MOVING: [&str; 3] = ["oldest_age_seconds", "exported_at", "last_used_at"];
/// Sentences: they may be worded better. `make_fixture.py` leaves them out.
const PROSE: [&str; 3] = ["words", "title", "detail"];
/// Of shares and figures computed from the same numbers.
const RELATIVE_ERROR_MAX: f64 = 1e-9;

#[derive(Deserialize)]
pub(crate) struct Recorded {
    /// Requests that change nothing.
    pub(crate) reads: Vec<Read>,
    /// POSTs whose answers 0.1 kept.
    pub(crate) kept: Vec<Kept>,
    /// What `maitred keys list --json` printed.
    pub(crate) keys: Value,
    /// What `maitred users list --json` printed.
    pub(crate) users: Value,
    /// A file that was imported twice.
    pub(crate) import: Import,
}

#[derive(Deserialize)]
pub(crate) struct Read {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) status: u64,
    pub(crate) answer: Value,
}

#[derive(Deserialize)]
pub(crate) struct Kept {
    /// The id of the key it was sent with.
    pub(crate) as_key: i64,
    /// None where the id of the event at its source is its key.
    pub(crate) idempotency_key: Option<String>,
    pub(crate) path: String,
    pub(crate) body: Option<String>,
    pub(crate) status: u64,
    pub(crate) answer: Value,
}

#[derive(Deserialize)]
pub(crate) struct Import {
    pub(crate) file: String,
    /// What the second import printed.
    pub(crate) report: Value,
}

impl Recorded {
    pub(crate) fn of(engine: Engine) -> Self {
        serde_json::from_slice(&committed(engine, "answers.json")).expect("recorded answers")
    }
}

/// Checks that an answer is the recorded one but for what may differ.
#[track_caller]
pub(crate) fn assert_same(call: &str, recorded: &Value, now: &Value) {
    let mut differences = Vec::new();
    compare(call, "", recorded, now, &mut differences);
    assert!(differences.is_empty(), "{call} is not answered as 0.1 did:\n{}", differences.join("\n"));
}

fn compare(call: &str, place: &str, recorded: &Value, now: &Value, differences: &mut Vec<String>) {
    match (recorded, now) {
        (Value::Object(recorded), Value::Object(now)) => compare_objects(call, place, recorded, now, differences),
        (Value::Array(recorded), Value::Array(now)) if recorded.len() == now.len() => {
            for (at, (recorded, now)) in recorded.iter().zip(now).enumerate() {
                compare(call, &format!("{place}/{at}"), recorded, now, differences);
            }
        }
        (Value::Number(one), Value::Number(other)) if is_close(one.as_f64(), other.as_f64()) => {}
        _ if recorded == now => {}
        _ => differences.push(format!("{place}: {recorded} is now {now}")),
    }
}

/// Whether two numbers are the same, but for the last digits of what is computed: whole numbers have none.
fn is_close(one: Option<f64>, other: Option<f64>) -> bool {
    let (Some(one), Some(other)) = (one, other) else { return false };
    let is_computed = one.fract() != 0.0 || other.fract() != 0.0;
    is_computed && (one - other).abs() <= RELATIVE_ERROR_MAX * one.abs().max(other.abs())
}

fn compare_objects(
    call: &str,
    place: &str,
    recorded: &Map<String, Value>,
    now: &Map<String, Value>,
    differences: &mut Vec<String>,
) {
    let is_free = |name: &str| MOVING.contains(&name) || PROSE.contains(&name);
    for (name, value) in recorded {
        match now.get(name) {
            None => differences.push(format!("{place}/{name} is gone")),
            Some(_) if is_free(name) => {}
            Some(now) => compare(call, &format!("{place}/{name}"), value, now, differences),
        }
    }
    let is_added = |name: &str| ADDED.iter().any(|(path, field)| call.starts_with(path) && *field == name);
    for name in now.keys().filter(|name| !recorded.contains_key(*name)) {
        if !is_added(name) && !PROSE.contains(&name.as_str()) {
            differences.push(format!("{place}/{name} is new: list it in ADDED if that is meant"));
        }
    }
}
