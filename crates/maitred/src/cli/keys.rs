//! `maitred keys`: who may call the API. Works beside a running server, which learns of it within a second, and before
//! the first start as well; it needs no key, because anybody who can write the database needs none.

use super::Ended;
use super::output::{give, give_json, table};
use crate::cli::terminal::say;
use crate::config::Settings;
use clap::Subcommand;
use maitred_app::auth::Access;
use maitred_core::limits::{self, Invalid};
use maitred_core::{Actor, KeyId, OperatorId, SourceId, Timestamp};
use maitred_store::accounts::{Grant, Key, NewKey, Role};
use maitred_store::clock::{self, Rfc3339};
use maitred_store::views::{PAGE_ROWS_MAX, Page};
use maitred_store::{KeyStore, Store};
use serde::Serialize;
use std::error::Error;
use std::process::ExitCode;
use std::sync::Arc;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// Manage API keys: create, list, revoke
#[derive(clap::Args)]
pub(super) struct Keys {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Create a key and show it once; once there is a key, every call needs one
    Create(Create),
    /// List all keys, including revoked ones
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Revoke a key; this cannot be undone
    Revoke {
        /// The id of the key, as shown by `maitred keys list`
        id: i64,
    },
}

#[derive(clap::Args)]
struct Create {
    /// Which program uses it
    #[arg(long, value_parser = name)]
    name: Arc<str>,
    /// intake (submits contacts), operator (one operator's contacts), supervisor (everything except keys), admin or
    /// observer (reads what a supervisor may, changes nothing)
    /// (everything)
    #[arg(long, value_parser = Role::parse)]
    role: Role,
    /// The id of the only source it may submit contacts for, for the role intake
    #[arg(long, value_name = "ID")]
    source: Option<i64>,
    /// The id of the operator, for the role operator
    #[arg(long, value_name = "ID")]
    operator: Option<i64>,
    /// When it expires: a time such as 2030-01-01T00:00:00Z, or a duration from now such as 90d, 12h or 30m
    #[arg(long, value_name = "TIME", value_parser = expiry)]
    expires: Option<Timestamp>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// A key as JSON, with its text when it was just made.
#[derive(Serialize)]
struct Shown {
    id: KeyId,
    name: Arc<str>,
    role: &'static str,
    source_id: Option<SourceId>,
    operator_id: Option<OperatorId>,
    prefix: Arc<str>,
    created_at: Rfc3339,
    created_by: String,
    expires_at: Option<Rfc3339>,
    last_used_at: Option<Rfc3339>,
    revoked_at: Option<Rfc3339>,
    revoked_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
}

impl From<Key> for Shown {
    fn from(key: Key) -> Self {
        Self {
            id: key.id,
            name: key.name,
            role: key.grant.role().as_str(),
            source_id: key.grant.source(),
            operator_id: key.grant.operator(),
            prefix: key.prefix,
            created_at: Rfc3339(key.created_at),
            created_by: key.created_by.to_string(),
            expires_at: key.expires_at.map(Rfc3339),
            last_used_at: key.last_used_at.map(Rfc3339),
            revoked_at: key.revoked_at.map(Rfc3339),
            revoked_by: key.revoked_by.map(|actor| actor.to_string()),
            token: None,
        }
    }
}

impl Keys {
    pub(super) fn run(self, settings: &Settings) -> Ended {
        super::runtime()?.block_on(async {
            let access = Access::open(KeyStore::open(&settings.database).await?).await?;
            match self.task {
                Task::Create(create) => create.run(settings, &access).await,
                Task::List { json } => list(&access, json).await,
                Task::Revoke { id } => revoke(&access, KeyId(id)).await,
            }
        })
    }
}

impl Create {
    async fn run(self, settings: &Settings, access: &Access) -> Ended {
        let (source, operator) = (self.source.map(SourceId), self.operator.map(OperatorId));
        let grant = Grant::new(self.role, source, operator).map_err(|(field, invalid)| {
            let flag = field.trim_end_matches("_id");
            format!("--{flag} {invalid}")
        })?;
        expect_bound_to_exist(settings, &grant).await?;
        let is_first = !access.is_guarded();
        let new = NewKey { name: self.name, grant, expires_at: self.expires };
        let (key, token) = access.create(new, Actor::Cli).await?;
        let (id, text) = (key.id, token.reveal());
        if self.json {
            give_json(&Shown { token: Some(text), ..Shown::from(key) })?;
        } else {
            give(&format!("{text}\n"))?;
        }
        say!("Key {id} is shown only once. Send it with every call: Authorization: Bearer <key>");
        if is_first {
            say!("From now on every call needs a key, also on loopback.");
        }
        Ok(ExitCode::SUCCESS)
    }
}

async fn expect_bound_to_exist(settings: &Settings, grant: &Grant) -> Result<()> {
    if let Some(id) = grant.source()
        && Store::open(&settings.database)?.source(id).await?.is_none()
    {
        return Err(format!("there is no source {id}; give one that exists with --source").into());
    }
    if let Some(id) = grant.operator()
        && Store::open(&settings.database)?.operator(id).await?.is_none()
    {
        return Err(format!("there is no operator {id}; give one that exists with --operator").into());
    }
    Ok(())
}

async fn list(access: &Access, json: bool) -> Ended {
    let mut keys = Vec::new();
    loop {
        let after = keys.last().map(|key: &Key| key.id.0);
        let page = access.keys(Page { limit: PAGE_ROWS_MAX, after }).await?;
        let is_last = page.len() < PAGE_ROWS_MAX as usize;
        keys.extend(page);
        if is_last {
            break;
        }
    }
    if json {
        give_json(&keys.into_iter().map(Shown::from).collect::<Vec<_>>())?;
    } else if keys.is_empty() {
        give("There are no API keys: anybody who can reach the server may do everything.\n")?;
    } else {
        give(&laid_out(&keys, clock::now()))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn laid_out(keys: &[Key], now: Timestamp) -> String {
    let mut table = table(&[">id", "name", "role", "starts with", "created by", "last used", "status"]);
    for key in keys {
        let bound_to = match key.grant {
            Grant::Intake(Some(id)) => format!(" of source {id}"),
            Grant::Operator(id) => format!(" {id}"),
            _ => String::new(),
        };
        let time = |at: Option<Timestamp>| at.map_or_else(|| "never".to_owned(), clock::rfc3339);
        let state = match (key.revoked_at, key.expires_at) {
            (Some(at), _) => format!("revoked at {}", clock::rfc3339(at)),
            (None, Some(at)) if at <= now => format!("expired at {}", clock::rfc3339(at)),
            (None, Some(at)) => format!("valid until {}", clock::rfc3339(at)),
            (None, None) => "valid".to_owned(),
        };
        table.add_row([
            key.id.to_string(),
            key.name.to_string(),
            format!("{}{bound_to}", key.grant.role().as_str()),
            format!("mtd_{}", key.prefix),
            key.created_by.to_string(),
            time(key.last_used_at),
            state,
        ]);
    }
    format!("{table}\n")
}

async fn revoke(access: &Access, id: KeyId) -> Ended {
    if !access.revoke(id, Actor::Cli).await? {
        return Err(format!("there is no key {id}; `maitred keys list` shows all").into());
    }
    say!("Key {id} is revoked; running servers reject it within a second.");
    Ok(ExitCode::SUCCESS)
}

fn name(text: &str) -> std::result::Result<Arc<str>, Invalid> {
    limits::name(text)
}

/// A time in the future, or a duration from now.
fn expiry(text: &str) -> std::result::Result<Timestamp, Invalid> {
    let now = clock::now();
    let at = match lasting(text) {
        Some(seconds) => seconds.checked_mul(1_000_000).and_then(|micros| now.0.checked_add(micros)).map(Timestamp),
        None => Some(clock::parse_rfc3339(text)?),
    };
    at.filter(|at| *at > now).ok_or_else(|| Invalid("is not a time in the future; write, for example, 90d".to_owned()))
}

/// The seconds in so many days, hours or minutes.
fn lasting(text: &str) -> Option<i64> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let seconds = match unit {
        "d" => 86_400,
        "h" => 3_600,
        "m" => 60,
        _ => return None,
    };
    number.parse::<i64>().ok()?.checked_mul(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expiry_is_a_time_or_a_length_of_time() {
        let in_days = |days: i64| clock::now().0 + days * 86_400_000_000;
        let ninety = expiry("90d").unwrap().0;
        assert!((in_days(90) - 1_000_000..=in_days(90)).contains(&ninety));
        assert_eq!(expiry("2999-01-01T00:00:00Z"), clock::parse_rfc3339("2999-01-01T00:00:00Z"));
        for bad in ["", "d", "-1d", "0m", "90", "90w", "2001-01-01T00:00:00Z", "9999999999999999d", "я"] {
            assert!(expiry(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_key_is_a_line_that_says_what_it_is_for() {
        let key = Key {
            id: KeyId(3),
            name: "Telegram bot".into(),
            grant: Grant::Intake(Some(SourceId(7))),
            prefix: "0123456789ab".into(),
            created_at: Timestamp(0),
            created_by: Actor::Cli,
            expires_at: Some(Timestamp(5_000_000)),
            last_used_at: None,
            revoked_at: None,
            revoked_by: None,
        };
        let line = |key: &Key, now| laid_out(std::slice::from_ref(key), Timestamp(now));
        let good = line(&key, 1);
        for part in
            ["Telegram bot", "intake of source 7", "mtd_0123456789ab", "never", "valid until 1970-01-01T00:00:05Z"]
        {
            assert!(good.contains(part), "{good}");
        }
        assert!(line(&key, 5_000_000).contains("expired at"));
        assert!(line(&Key { revoked_at: Some(Timestamp(1)), ..key }, 1).contains("revoked at"));
    }
}
