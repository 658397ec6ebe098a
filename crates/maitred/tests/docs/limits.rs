//! The table of limits in ARCHITECTURE.md. Most limits are private constants of the module that keeps them, so they are
//! read from its source: a limit that moves or changes does so in the table, and one that is gone fails the test.

use crate::pages::{files, read};
use maitred::config;
use std::fmt::Write;

/// What is limited; by how much, where each `{}` is the value of the next constant; and these constants. One is found
/// by its name, and by the end of its path where several files have that name. `--name` is the default of a setting.
const ROWS: &[(&str, &str, &[&str])] = &[
    ("commands in a batch", "{}, and {} follow-ups", &["BATCH_MAX", "FOLLOW_UPS_MAX"]),
    (
        "seconds for which a batch is retried on PostgreSQL before its callers get an error",
        "{}; {} more to find out what became of a commit",
        &["PATIENCE", "ASK_MAX"],
    ),
    (
        "seconds for which a node that froze in the middle of a batch can hold up the others",
        "{}",
        &["TAKE in postgres/turn.rs"],
    ),
    ("commands that wait for a batch", "{} by default; then 503", &["--queue-max"]),
    ("contacts one command assigns, moves, closes or erases", "{}; the rest follows at once", &["DRAIN_MAX"]),
    (
        "leads checked at a time for erasing by age; seconds between two checks, and after all leads",
        "{}; {} and {}",
        &["PAGE_ROWS in erase_old_leads.rs", "REST in erase_old_leads.rs", "REST_AFTER_ROUND"],
    ),
    (
        "contacts of demo data; commands with which it is loaded that wait at a time; names tried for one source of it",
        "{}; {}; {}",
        &["CONTACTS_MAX in demo/load.rs", "STEPS_AT_ONCE", "NAMES_MAX in demo/load.rs"],
    ),
    (
        "leads of demo data that are removed at a time, and contacts of each",
        "{}; {}",
        &["LEADS_AT_ONCE", "CONTACTS_AT_ONCE"],
    ),
    (
        "bytes of what is sent to an address without a key; levels and values of its tree; fields of a form",
        "{}; {} and {}; {}",
        &["INTAKE_BODY_BYTES_MAX", "DEPTH_MAX in mapping/src/parse.rs", "NODES_MAX", "FIELDS_MAX"],
    ),
    (
        "contacts of one such request; commands of it that wait at a time",
        "{}; {}",
        &["ITEMS_MAX", "AT_ONCE in intake/mod.rs"],
    ),
    (
        "payloads of a source that are kept of contacts, and of others; bytes of one; days; forgotten at a time",
        "{} and {}; {}; {}; {}",
        &["TAKEN_MAX", "HELD_MAX", "PAYLOAD_BYTES_MAX", "KEPT_DAYS", "FORGET_MAX"],
    ),
    (
        "payloads that are read again at a time; that a page shows of each state",
        "{}; {}",
        &["RERUN_AT_ONCE", "SHOWN_MAX in sources/intake.rs"],
    ),
    (
        "payloads, decisions and calls of endpoints in the trace of a contact; events of one moment that it looks at",
        "{}, {} and {}; {}",
        &["PAYLOADS_TRACED", "DECISIONS_TRACED", "DELIVERIES_TRACED", "EVENTS_OF_MOMENT_MAX"],
    ),
    (
        "rules of a mapping; paths of a rule; bytes of a path, its parentheses, and its searches",
        "{}; {}; {}, {} and {}",
        &["RULES_MAX", "PATHS_MAX", "PATH_BYTES_MAX", "PARENTHESES_MAX", "SEARCHES_MAX"],
    ),
    ("forms of one network in a second, and at once", "{} and {}", &["FORMS_PER_SECOND", "FORMS_AT_ONCE"]),
    (
        "stored phones read again in one step; looked at for a preview, and for a check; shown in a preview",
        "{}; {}; {}",
        &["DRAIN_MAX", "PREVIEW_ROWS", "EXAMPLES_MAX"],
    ),
    (
        "bytes of a file that is imported in the console; rows on their way at once",
        "{}; {}",
        &["FILE_BYTES_MAX", "UNDER_WAY_MAX in import/run.rs"],
    ),
    (
        "first rows that the check of a file shows; wrong ones, and adjusted ones, that are listed",
        "{}; {}",
        &["FIRST_ROWS", "LISTED_MAX in import/check.rs"],
    ),
    (
        "endpoints of webhooks; calls of each that are kept, and for how many days",
        "{}; {}; {}",
        &["ENDPOINTS_MAX", "DELIVERIES_MAX", "DELIVERIES_KEPT_DAYS"],
    ),
    (
        "webhooks under way; to endpoints that are down; to one endpoint, to one that fails or is new, and to a CRM",
        "{}; {}; {}, {} and {}",
        &[
            "CALLS_MAX in send_webhooks.rs",
            "CALLS_OF_DOWN_MAX",
            "CALLS_OF_ONE_MAX",
            "CALLS_OF_UNPROVEN_MAX",
            "CALLS_OF_PORTAL_MAX",
        ],
    ),
    (
        "events of an endpoint that are read and not sent yet; that failed, or wait for one that did",
        "{}; {}",
        &["AHEAD_MAX", "UNDELIVERED_MAX"],
    ),
    (
        "seconds for a webhook; bytes of its answer that are read; characters that are kept; calls on a page",
        "{}; {}; {}; {}",
        &["TIMEOUT in sender.rs", "ANSWER_BYTES_MAX", "ANSWER_CHARS_KEPT", "DELIVERIES in endpoints/one.rs"],
    ),
    ("characters of the URL of an endpoint", "{}", &["URL_CHARS_MAX in endpoint_url.rs"]),
    (
        "days of a report; of its heat map; of loads; bars of its chart; events read for reports in one step, and \
         behind what is kept",
        "{}; {}; {}; {}; {} and {}",
        &[
            "REPORT_DAYS_MAX",
            "STAFFING_DAYS_MAX",
            "LOADS_DAYS_MAX",
            "BARS_MAX in reports/charts.rs",
            "STEP_EVENTS",
            "TAIL_EVENTS_MAX",
        ],
    ),
    (
        "things that happened that a report reads one by one, more as whole days; for loads, of more \
         the last ones; kept in one row; rows read at a time",
        "{}; {}; {}; {}",
        &["FACTS_MAX", "LOAD_FACTS_MAX", "FACTS_PER_CHUNK", "CHUNKS in reading/reports.rs"],
    ),
    ("contacts of one correction, and that somebody may be owed or be ahead on a source", "{}", &["CORRECTION_MAX"]),
    (
        "days of the history of a balance; contacts of which it says why somebody else got them, of which it \
         counts why, decisions of each",
        "{}; {}, {}, {}",
        &[
            "HISTORY_DAYS_MAX",
            "CONTACTS_MAX in fairness/standing.rs",
            "REASONS_CONTACTS_MAX",
            "DECISIONS_MAX in fairness/standing.rs",
        ],
    ),
    ("spans of traces that wait to be sent; more are lost", "{}", &["SPANS_QUEUED_MAX"]),
    ("series of shares in /metrics; more members of sources have none", "{}", &["SHARE_SERIES_MAX"]),
    (
        "updates of a bot in Telegram that are taken in at a time; seconds that Telegram is asked to wait for one",
        "{}; {}",
        &["UPDATES_MAX", "POLL_WAIT"],
    ),
    (
        "contacts whose operators are still to be told in Telegram, then the feed rests; looked at in one step",
        "{}; {}",
        &["CONTACTS_MAX in tell_operators/mod.rs", "STEP_MAX"],
    ),
    (
        "messages to leads that are looked at at a time, and such times in one step; microseconds after which one is \
         not sent any more",
        "{}, {}; {}",
        &["PENDING_AT_ONCE", "PENDING_PAGES_MAX", "PENDING_MICROS_MAX"],
    ),
    (
        "bytes of an answer of Telegram; characters of a token",
        "{}; {}",
        &["REPLY_BYTES_MAX", "TOKEN_CHARS_MAX in token.rs"],
    ),
    ("warnings about bots and chats on the board", "{}", &["WARNINGS_MAX"]),
    (
        "chats in Telegram that a node remembers, before it forgets those that it may write to again",
        "{}",
        &["CHATS_MAX"],
    ),
    (
        "calendars of which `/readyz`, and the board, say that hours run out; microseconds before they do",
        "{} and {}; {}",
        &["TROUBLES_MAX", "SHOWN_MAX in board/hours.rs", "RUNS_OUT_MICROS"],
    ),
    (
        "days, and events left out, of an iCalendar file that a page names; days for which it is read, and written",
        "{}; {} and {}",
        &["NAMED_MAX in calendars/ics.rs", "READ_DAYS", "WRITTEN_DAYS"],
    ),
    ("characters of the secret of an intake", "{}", &["INTAKE_SECRET_CHARS_MAX"]),
    (
        "findings of a check; sources that the board names; seconds for which what was found for it is kept, times as \
         long as finding it took",
        "{}; {}; {}, {}",
        &[
            "FINDINGS_MAX",
            "NAMED_MAX in check/uncovered.rs",
            "KEPT_MIN in check/uncovered.rs",
            "REST in check/uncovered.rs",
        ],
    ),
    (
        "changes of an operator or source in the days ahead that checks look at; operators that the page Check shows",
        "{}; {}",
        &["CHANGES_MAX in coverage.rs", "PEOPLE_MAX in check/who.rs"],
    ),
    ("entries of the list of placeholders", "{}", &["ENTRIES_MAX in placeholders.rs"]),
    (
        "sources in a chain of fallbacks; of which one can be chosen in the console",
        "{}; {}",
        &["FALLBACK_CHAIN_MAX", "FALLBACKS_SHOWN"],
    ),
    (
        "days in the cycle of a calendar; intervals of a day; exceptions; sets of holidays; entries of leave",
        "{}; {}; {}; {}; {}",
        &[
            "CYCLE_DAYS_MAX",
            "INTERVALS_MAX in calendar/src/definition.rs",
            "EXCEPTIONS_MAX",
            "HOLIDAY_SETS_MAX",
            "LEAVE_MAX",
        ],
    ),
    (
        "mistakes of a calendar that are named; entries of each list of what an edit changes",
        "{}; {}, the rest is counted",
        &["MISTAKES_MAX", "LISTED_MAX in difference.rs"],
    ),
    (
        "days for which a calendar is compiled; of the longest span that is asked for",
        "{}; {}",
        &["HORIZON_DAYS", "SPAN_DAYS_MAX"],
    ),
    (
        "dates in a set of holidays of your own; characters of its code",
        "{}; {}",
        &["DATES_MAX in holidays/mod.rs", "CODE_CHARS_MAX in holidays/mod.rs"],
    ),
    (
        "bytes of an iCalendar file; events; repetitions looked at; refusals that are named; characters of a summary",
        "{}; {}; {}; {}; {}",
        &[
            "CALENDAR_BYTES_MAX",
            "EVENTS_MAX in ics/mod.rs",
            "REPETITIONS_MAX",
            "REFUSALS_MAX in ics/mod.rs",
            "SUMMARY_CHARS_MAX in ics/mod.rs",
        ],
    ),
    (
        "time zones of the system that are read; bytes of each of their files",
        "{}; {}",
        &["ZONES_MAX", "ZONE_BYTES_MAX"],
    ),
    ("members of a source", "{}", &["MEMBERS_MAX"]),
    ("contacts of a lead that is merged into another", "{}", &["MERGE_CONTACTS_MAX"]),
    (
        "microseconds for which a resolved contact can be taken back over the limit",
        "{}; later as reopening always is",
        &["UNDO_MICROS_MAX"],
    ),
    ("microseconds ahead for which a contact can be scheduled", "{}", &["SCHEDULE_MICROS_MAX"]),
    (
        "microseconds ahead for which an operator can be paused; characters of the reason",
        "{}; {}",
        &["PAUSE_MICROS_MAX", "PAUSE_REASON_CHARS_MAX"],
    ),
    (
        "seconds in which an offer may be accepted, or for which a contact rests; misses, or rounds, that are counted",
        "{} to {}; {}",
        &["OFFER_SECONDS_MIN", "OFFER_SECONDS_MAX", "OFFER_COUNT_MAX"],
    ),
    (
        "seconds within which there is to be a first response",
        "{} to {}",
        &["RESPOND_SECONDS_MIN", "RESPOND_SECONDS_MAX"],
    ),
    (
        "steps of ageing of a source; seconds after which one comes",
        "{}; {} to {}",
        &["AGEING_STEPS_MAX", "AGEING_SECONDS_MIN", "AGEING_SECONDS_MAX"],
    ),
    (
        "operators of a round of offers that are remembered; resting contacts of a source that are looked at",
        "{}; {}",
        &["ATTEMPTS_MAX", "RESTING_LOOKED_AT_MAX"],
    ),
    (
        "caps of an operator; contacts that one allows, and of rolling windows; seconds of these",
        "{}; {} and {}; {}",
        &["CAPS_MAX", "CAP_LIMIT_MAX", "ROLLING_LIMIT_MAX", "ROLLING_SECONDS_MAX"],
    ),
    (
        "seconds after which an operator is away who was not heard from",
        "{} to {}",
        &["AWAY_SECONDS_MIN", "AWAY_SECONDS_MAX"],
    ),
    ("seconds after which contacts of an operator who left go to others", "0 to {}", &["RELEASE_SECONDS_MAX"]),
    ("latest contacts a sticky source looks through", "{}", &["STICKY_LOOKBACK_MAX"]),
    (
        "microseconds between two snapshots of a ledger, unless weights change in between",
        "{}, or more if nothing is assigned",
        &["PERIOD_STEP_MICROS"],
    ),
    (
        "steps of a recording before the next snapshot",
        "{}, or the number of members if that is more",
        &["STEPS_MIN in recording.rs"],
    ),
    (
        "rows of a page of a list in the API",
        "{}; {} by default",
        &["PAGE_ROWS_MAX in views.rs", "PAGE_ROWS_DEFAULT in views.rs"],
    ),
    (
        "candidates of the decisions on a page, unless its one decision has more; such pages made at once",
        "{}; {}",
        &["CANDIDATES_MAX in store/src/views.rs", "EXPLAINED_AT_ONCE_MAX"],
    ),
    (
        "rows and bytes of one transaction of `maitred copy`",
        "{} and {}",
        &["PAGE_ROWS_MAX in copy/page.rs", "PAGE_BYTES_MAX"],
    ),
    ("rows of a list under `/compat`, which has no pages", "{}", &["LIST_ROWS_MAX"]),
    (
        "seconds for a request; for its body, unless the setting says otherwise",
        "{}, then 503; {}, then 408",
        &["REQUEST_SECONDS_MAX", "BODY_SECONDS_MAX"],
    ),
    ("bytes of a body; of a table of weights", "{}; {}; then 413", &["BODY_BYTES_MAX", "TABLE_BYTES_MAX"]),
    (
        "bytes of a body without a key or login; MiB of bodies, and of answers, in memory; bytes of each that are free",
        "{}; {} by default, then 503; {}",
        &["STRANGERS_BODY_BYTES_MAX", "--in-flight-mib", "FREE_BYTES"],
    ),
    ("open connections; of one address", "{}; {} by default", &["--connections-max", "--client-connections-max"]),
    (
        "bytes of the first line and headers of a request; seconds for them to arrive",
        "{}, then 431; {}, then 408; by default",
        &["--head-bytes-max", "--head-deadline-s"],
    ),
    ("bytes of the path and query", "{}, then 414", &["URL_BYTES_MAX"]),
    ("headers of a request", "{}, then 431", &["HEADERS_MAX"]),
    (
        "seconds without progress while an answer is read; for a TLS handshake",
        "{}; {}",
        &["UNREAD_SECONDS_MAX", "HANDSHAKE_SECONDS_MAX"],
    ),
    ("levels of nesting in `attributes`", "{}", &["ATTRIBUTES_DEPTH_MAX"]),
    ("characters of an `Idempotency-Key`", "{}", &["KEY_CHARS_MAX"]),
    (
        "expired answers deleted at a time",
        "{}, and twice the number of keys in the batch",
        &["ROWS in batcher/forget.rs"],
    ),
    ("keys that are not revoked", "{}", &["KEYS_MAX"]),
    ("users who are not disabled", "{}", &["USERS_MAX"]),
    ("sessions of one user", "{}", &["SESSIONS_MAX"]),
    (
        "passwords hashed at a time; waiting for that",
        "{}; {}, then 503",
        &["AT_ONCE_MAX", "WAITING_MAX in password.rs"],
    ),
    ("names, and addresses, whose failed logins are remembered", "{} each", &["REMEMBERED_MAX"]),
    ("open streams of events; of one key or user", "{}; {}, then 503", &["STREAMS_MAX", "STREAMS_PER_CALLER_MAX"]),
    ("seconds between two versions of a live page", "{}, or more if they take long to make", &["PAUSE_MIN"]),
    (
        "operators on the board; in their list; on one page of it",
        "{}; {}; {}",
        &["OPERATORS_MAX in board/mod.rs", "OPERATORS_MAX in operators/list.rs", "ROWS in operators/list.rs"],
    ),
    (
        "operators named as available now, and as next; moments ahead at which each is looked at",
        "{}; {}",
        &["NAMED_MAX in app/src/availability.rs", "LOOKS_MAX in availability.rs"],
    ),
    (
        "days of a cycle that a form of the console has; that are shown as a grid as well",
        "{}; {}",
        &["DAYS_SHOWN in calendars/mod.rs", "GRID_DAYS_MAX in calendars/mod.rs"],
    ),
    (
        "contacts of one question about many; commands of it in the queue at a time; seconds for which they are begun",
        "{}; {}; {}, the rest is named",
        &["CONTACTS_MAX in selected/mod.rs", "AT_ONCE in selected/carry_out.rs", "BEGIN_FOR"],
    ),
    (
        "messages on the page of a contact; seconds for which a message reopens a contact",
        "{}; {}",
        &["MESSAGES_SHOWN", "REOPEN_SECONDS_MAX"],
    ),
    (
        "files of lists written at a time; rows of contacts and leads that are in memory for one",
        "{}, then 503; {}",
        &["FILES_MAX", "ROWS in tables/mod.rs"],
    ),
    (
        "sources on one page of their list; that are sorted; operators on one page of a source",
        "{}; {}; {}",
        &["SOURCES in sources/order.rs", "SOURCES_MAX in sources/order.rs", "OPERATORS in sources/one.rs"],
    ),
    (
        "operators in the matrix of weights; weights in it",
        "{}; {}; beyond that each source has its own page",
        &["OPERATORS_MAX in sources/list.rs", "CELLS_MAX in sources/list.rs"],
    ),
    (
        "contacts on one page of a desk; sources on it",
        "{}; {}, the rest is not shown",
        &["CONTACTS_MAX in desk/mod.rs", "SOURCES_MAX in desk/mod.rs"],
    ),
    (
        "MiB of SQLite's write-ahead log before it is copied; times that, and the writer waits for it",
        "{} by default; {}",
        &["--wal-mib", "PAGES_MAX_FACTOR"],
    ),
    (
        "contacts, ids and bytes of messages that are looked through in one read",
        "{}, {} and {}; each ends it",
        &["STRETCH_ROWS_MAX", "STRETCH_IDS_MAX", "STRETCH_BYTES_MAX"],
    ),
    (
        "searches of messages at once; seconds that one looks, and while somebody types",
        "{}; {} and {}",
        &["SEARCHES_AT_ONCE_MAX", "SEARCH_TIME_MAX", "TIME_TYPING"],
    ),
    (
        "hits of each kind on the page of a search, and while somebody types",
        "{} and {}",
        &["HITS in search/mod.rs", "HITS_TYPING"],
    ),
    (
        "operators, and sources, that are searched by a name; leads of whom those of one operator are picked out",
        "{} each; {}",
        &["SEARCHED_MAX", "LEADS_OF_ONE_MAX"],
    ),
    (
        "newest leads whose phones are looked through for their last digits, on SQLite",
        "{}",
        &["LEADS_LOOKED_THROUGH_MAX"],
    ),
    ("errors listed in one problem", "{}; the rest is counted", &["ERRORS_MAX"]),
];

pub fn table() -> String {
    let sources = sources();
    let mut table = "| what | limit | where |\n|---|---|---|\n".to_owned();
    for (what, limit, constants) in ROWS {
        let found = constants.iter().map(|constant| find(&sources, constant)).collect::<Vec<_>>();
        let limit = found.iter().fold((*limit).to_owned(), |limit, (value, _)| limit.replacen("{}", value, 1));
        let places = found.into_iter().map(|(_, place)| place).collect::<Vec<_>>().join(", ");
        writeln!(table, "| {what} | {limit} | {places} |").expect("a string takes all");
    }
    table
}

/// Every file of the crates' own code with its path below `crates`.
fn sources() -> Vec<(String, String)> {
    let paths = files().into_iter().filter(|path| path.ends_with(".rs"));
    let own = paths.filter_map(|path| Some((path.strip_prefix("crates/")?.to_owned(), read(&path))));
    own.filter(|(path, _)| path.contains("/src/")).collect()
}

/// The value of a constant or setting as the page writes it, and where it is.
fn find(sources: &[(String, String)], wanted: &str) -> (String, String) {
    if let Some(flag) = wanted.strip_prefix("--") {
        let setting = config::settings().iter().find(|setting| setting.name == flag.replace('-', "_"));
        let default = setting.and_then(|setting| setting.default).unwrap_or_else(|| panic!("no default of {wanted}"));
        return (shown(flag, default.parse().expect("limits are numbers")), format!("`{wanted}`"));
    }
    let (path, expression) = definition(sources, wanted);
    let name = wanted.split(' ').next().unwrap_or_default();
    (shown(name, value(sources, expression)), format!("`{name}` in `{path}`"))
}

/// The file that defines a constant, and what it says after the `=`.
fn definition<'a>(sources: &'a [(String, String)], wanted: &str) -> (&'a str, &'a str) {
    let (name, end) = wanted.split_once(" in ").unwrap_or((wanted, ".rs"));
    let start = format!("const {name}: ");
    let found = sources.iter().filter(|(path, _)| path.ends_with(end)).filter_map(|(path, text)| {
        let (_, rest) = text.split_once(&start)?;
        let (_, rest) = rest.split_once(" = ")?;
        let end = if rest.starts_with('"') { "\";" } else { ";" };
        Some((path.as_str(), rest.split_once(end)?.0))
    });
    let found: Vec<_> = found.collect();
    assert_eq!(found.len(), 1, "{wanted} is to be one constant, and is: {found:?}");
    found[0]
}

/// Computes what the limits are written with: sums of products and shifts of numbers, other constants, durations in
/// seconds, and statements for PostgreSQL that set a time.
fn value(sources: &[(String, String)], expression: &str) -> f64 {
    if let Some((_, seconds)) = expression.split_once("_timeout = '") {
        return number(seconds.split_once("s'").expect("times in statements are in seconds").0);
    }
    let inside = |call: &str| expression.strip_prefix(call).and_then(|rest| rest.strip_suffix(')'));
    if let Some(seconds) = inside("Duration::from_secs(") {
        return value(sources, seconds);
    }
    if let Some(millis) = inside("Duration::from_millis(") {
        return value(sources, millis) / 1_000.0;
    }
    if let Some((left, bits)) = expression.split_once(" << ") {
        return value(sources, left) * number(bits).exp2();
    }
    let factor = |word: &str| {
        let name = word.rsplit("::").next().unwrap_or(word);
        let is_constant = name.starts_with(|c: char| c.is_ascii_uppercase());
        if is_constant { value(sources, definition(sources, name).1) } else { number(word) }
    };
    expression.split(" + ").map(|term| term.split(" * ").map(factor).product::<f64>()).sum()
}

fn number(text: &str) -> f64 {
    text.replace('_', "").parse().unwrap_or_else(|_| panic!("{text} is no number"))
}

/// With a space between thousands; large numbers of bytes in KiB or MiB.
fn shown(name: &str, value: f64) -> String {
    let is_bytes = name.to_lowercase().replace('-', "_").ends_with("bytes_max");
    for (unit, bytes) in [("MiB", f64::from(1 << 20)), ("KiB", f64::from(1 << 10))] {
        if is_bytes && value >= 64.0 * 1_024.0 && value % bytes == 0.0 {
            return format!("{} {unit}", value / bytes);
        }
    }
    let text = value.to_string();
    let (whole, part) = text.find('.').map_or((text.as_str(), ""), |at| text.split_at(at));
    let mut grouped = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            grouped.push(' ');
        }
        grouped.push(digit);
    }
    grouped + part
}
