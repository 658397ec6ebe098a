//! What the database of another service holds, in the words of maitred: operators, sources, weights and open contacts.
//! Reading it is in [`old`]; carrying it out is in the command line (`maitred import sqlite://old.db`).
//!
//! Nothing is refused that the other service had: names are cut to what fits, limits and weights moved into their
//! ranges, and each of these is said in [`Seed::adjusted`]. Only a contact without a lead or a source cannot be moved.

pub mod old;

use maitred_api::dialect::Dialect;
use maitred_app::identity::{self, Collected, PhoneRules};
use maitred_core::command::{NewOperator, NewSource, Submit};
use maitred_core::idempotency::KeyDigest;
use maitred_core::limits::{self, MAX_LOAD_MAX, NAME_CHARS_MAX, WEIGHT_MAX};
use maitred_core::{SourceId, SourceKind};
use serde::Serialize;
use sha2::{Digest, Sha256};

/// What the database of another service holds.
pub struct Seed {
    /// Whose tables these are.
    pub dialect: Dialect,
    /// Operators, by id.
    pub operators: Vec<(i64, NewOperator)>,
    /// Sources, by id.
    pub sources: Vec<(i64, NewSource)>,
    /// Source, operator, weight.
    pub weights: Vec<(i64, i64, u32)>,
    /// Open contacts, by id.
    pub contacts: Vec<OldContact>,
    /// How many contacts are not open any more; they are left behind.
    pub resolved: u64,
    /// What did not fit, and what became of it.
    pub adjusted: Vec<String>,
}

/// An open contact of another service.
#[derive(Default)]
pub struct OldContact {
    /// Its id there.
    pub id: i64,
    /// The id of its source there.
    pub source: i64,
    /// The id of its operator there, if it had one.
    pub operator: Option<i64>,
    /// What tells its lead from others, one text for each kind: external id (or client id), phone, email.
    pub given: [Option<String>; 3],
    /// How the lead is called.
    pub lead_name: Option<String>,
    /// What the lead wrote.
    pub message: Option<String>,
    /// When it arrived, as it is written there.
    pub created_at: Option<String>,
}

impl OldContact {
    /// The submission of this contact to a source here. Its key is made of what the contact is, so that moving it again
    /// finds it.
    ///
    /// # Errors
    /// What keeps it from being moved.
    pub fn submit(
        &self,
        dialect: Dialect,
        source: SourceId,
        source_name: &str,
        rules: PhoneRules,
    ) -> Result<Submit, String> {
        let collected = self.identities(dialect, rules)?;
        let message = self.message.as_deref().map(limits::message).transpose();
        let mark = Mark { moved_in: MovedIn { dialect, id: self.id, created_at: self.created_at.as_deref() } };
        let attributes = serde_json::to_string(&mark).map_err(|error| error.to_string())?;
        Ok(Submit {
            lead_name: self.lead_name.as_deref().and_then(|name| limits::name(name).ok()),
            message: message.map_err(|invalid| format!("its message {invalid}"))?,
            attributes: Some(limits::attributes(&attributes).map_err(|invalid| invalid.to_string())?),
            idempotency_key: Some(self.idempotency_key(dialect, source_name)),
            id_space: dialect.id_space(),
            stands_alone: true,
            ..collected.put_into(Submit::new(source, Vec::new()))
        })
    }

    fn identities(&self, dialect: Dialect, rules: PhoneRules) -> Result<Collected, String> {
        let text = |at: usize| self.given[at].as_deref().filter(|text| !text.trim().is_empty());
        let given = identity::Given { external_id: text(0), phone: text(1), email: text(2) };
        let collected = identity::collect(given, rules).map_err(|errors| {
            errors.iter().map(|(kind, why)| format!("its {} {why}", kind.as_str())).collect::<Vec<_>>().join("; ")
        })?;
        match (dialect, text(0)) {
            (Dialect::Inquiries, Some(client_id)) => Ok(identity::of_client_id(client_id, rules.placeholders)),
            _ if text(0).or(text(1)).or(text(2)).is_none() => {
                Err("it has no lead with an id, a phone or an email".to_owned())
            }
            _ => Ok(collected),
        }
    }

    fn idempotency_key(&self, dialect: Dialect, source_name: &str) -> KeyDigest {
        let content = serde_json::json!([dialect.as_str(), self.id, source_name, self.given, self.created_at]);
        let digest = Sha256::digest(format!("maitred move in 1\n{content}"));
        std::array::from_fn(|at| digest[at])
    }
}

/// What is kept with a contact that was moved.
#[derive(Serialize)]
struct Mark<'a> {
    moved_in: MovedIn<'a>,
}

#[derive(Serialize)]
struct MovedIn<'a> {
    dialect: Dialect,
    /// Its id there.
    id: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    created_at: Option<&'a str>,
}

/// An operator of another service; one without a name is named after the id, as `/compat/appeals` does.
fn operator(id: i64, name: Option<&str>, is_active: bool, max_load: i64, adjusted: &mut Vec<String>) -> NewOperator {
    let what = format!("operator {id}");
    let name = fitting(name, &format!("Operator {id}"), &what, adjusted);
    NewOperator {
        is_active,
        max_load: within(max_load, MAX_LOAD_MAX, &what, "limit", adjusted),
        ..NewOperator::named(name)
    }
}

fn source(id: i64, name: Option<&str>, description: &str, kind: SourceKind, adjusted: &mut Vec<String>) -> NewSource {
    let description: String = description.chars().filter(|c| *c != '\0').take(limits::DESCRIPTION_CHARS_MAX).collect();
    NewSource {
        description: description.trim().into(),
        kind,
        ..NewSource::named(fitting(name, &format!("BOT {id}"), &format!("source {id}"), adjusted))
    }
}

fn weight(source: i64, operator: i64, weight: i64, adjusted: &mut Vec<String>) -> u32 {
    within(weight, WEIGHT_MAX, &format!("operator {operator} on source {source}"), "weight", adjusted)
}

/// A name as maitred keeps them; one that was not given is made up, and that is nothing to tell.
fn fitting(name: Option<&str>, otherwise: &str, what: &str, adjusted: &mut Vec<String>) -> String {
    let Some(name) = name else { return otherwise.to_owned() };
    let printable: String = name.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let cut: String = printable.trim().chars().take(NAME_CHARS_MAX).collect();
    let fitting = if cut.trim().is_empty() { otherwise.to_owned() } else { cut.trim().to_owned() };
    if fitting != name.trim() {
        adjusted.push(format!("{what} is called {fitting:?} here"));
    }
    fitting
}

fn within(value: i64, most: u32, what: &str, noun: &str, adjusted: &mut Vec<String>) -> u32 {
    let fitting = value.clamp(0, most.into());
    if fitting != value {
        adjusted.push(format!("{what} has the {noun} {fitting} here instead of {value}"));
    }
    fitting as u32
}
