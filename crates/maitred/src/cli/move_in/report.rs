//! What a move did, or would do: for people as a table, for scripts as JSON.

use crate::cli::output;
use crate::cli::terminal::say;
use crate::move_in::{OldContact, Seed};
use maitred_api::dialect::Dialect;
use maitred_core::{Contact, OperatorId};
use maitred_store::url::DatabaseUrl;
use serde::Serialize;
use std::collections::BTreeMap;
use std::io;

/// How many contacts that cannot be moved are listed; the rest are counted.
const LISTED_MAX: usize = 100;

/// What a move did, or would do.
#[derive(Serialize)]
pub(super) struct Report {
    pub(super) dry_run: bool,
    pub(super) from: String,
    pub(super) dialect: Dialect,
    pub(super) operators: Counted,
    pub(super) sources: Counted,
    pub(super) weights: Counted,
    pub(super) contacts: Contacts,
    /// Old ids that are others here.
    pub(super) new_ids: NewIds,
    /// Operators with more contacts than their limit.
    pub(super) over_limit: Vec<OverLimit>,
    pub(super) adjusted: Vec<String>,
    pub(super) wrong_contacts: Vec<WrongContact>,
}

#[derive(Default, Serialize)]
pub(super) struct Counted {
    pub(super) found: u64,
    pub(super) added: u64,
}

#[derive(Default, Serialize)]
pub(super) struct Contacts {
    /// Open in the old database.
    pub(super) open: u64,
    /// Moved to the operator who had them.
    pub(super) kept: u64,
    /// Moved without an operator: assigned as soon as there is room, or waiting.
    pub(super) without_operator: u64,
    /// Were moved by an earlier run.
    pub(super) moved_before: u64,
    pub(super) wrong: u64,
    /// Not open any more; they stay behind.
    pub(super) left_behind: u64,
}

#[derive(Default, Serialize)]
pub(super) struct NewIds {
    pub(super) operators: BTreeMap<i64, i64>,
    pub(super) sources: BTreeMap<i64, i64>,
    pub(super) contacts: BTreeMap<i64, i64>,
}

#[derive(Serialize)]
pub(super) struct OverLimit {
    pub(super) name: String,
    pub(super) current_load: u64,
    pub(super) max_load: u32,
}

#[derive(Serialize)]
pub(super) struct WrongContact {
    pub(super) id: i64,
    pub(super) error: String,
}

impl Counted {
    pub(super) const fn of(found: usize, all: usize) -> Self {
        Self { found: found as u64, added: (all - found) as u64 }
    }
}

impl Report {
    pub(super) fn new(from: &DatabaseUrl, seed: &Seed, dry_run: bool) -> Self {
        let open = seed.contacts.len() as u64;
        Self {
            dry_run,
            from: from.to_string(),
            dialect: seed.dialect,
            operators: Counted::default(),
            sources: Counted::default(),
            weights: Counted::default(),
            contacts: Contacts { open, left_behind: seed.resolved, ..Contacts::default() },
            new_ids: NewIds::default(),
            over_limit: Vec::new(),
            adjusted: seed.adjusted.clone(),
            wrong_contacts: Vec::new(),
        }
    }

    pub(super) fn note_wrong(&mut self, id: i64, error: String) {
        self.contacts.wrong += 1;
        if self.wrong_contacts.len() < LISTED_MAX {
            self.wrong_contacts.push(WrongContact { id, error });
        }
    }

    pub(super) fn note_moved(&mut self, old: &OldContact, contact: &Contact, to: Option<OperatorId>, is_new: bool) {
        match (is_new, to) {
            (false, _) => self.contacts.moved_before += 1,
            (true, Some(_)) => self.contacts.kept += 1,
            (true, None) => self.contacts.without_operator += 1,
        }
        if old.id != contact.id.0 {
            self.new_ids.contacts.insert(old.id, contact.id.0);
        }
    }

    pub(super) fn note_load(&mut self, name: &str, current_load: u64, max_load: u32) {
        if current_load > max_load.into() {
            self.over_limit.push(OverLimit { name: name.to_owned(), current_load, max_load });
        }
    }

    pub(super) fn print(&self, database: &DatabaseUrl, json: bool) -> io::Result<()> {
        if json {
            return output::give_json(self);
        }
        let (done, added) = if self.dry_run { ("would be moved", "to be added") } else { ("moved", "added") };
        output::give(&format!("From {} ({}) into {database}\n", self.from, self.dialect.as_str()))?;
        let mut table = output::table(&["", ">there already", &format!(">{added}")]);
        for (noun, counted) in [("operators", &self.operators), ("sources", &self.sources), ("weights", &self.weights)]
        {
            table.add_row([noun.to_owned(), counted.found.to_string(), counted.added.to_string()]);
        }
        let contacts = &self.contacts;
        table.add_row([
            "open contacts".to_owned(),
            if self.dry_run { "?".to_owned() } else { contacts.moved_before.to_string() },
            (contacts.kept + contacts.without_operator).to_string(),
        ]);
        output::give(&format!("{table}\n"))?;
        output::give(&format!(
            "{} open contacts {done} to the operator who has them, {} without an operator; {} cannot be moved, {} are \
             resolved and stay behind\n",
            contacts.kept, contacts.without_operator, contacts.wrong, contacts.left_behind
        ))?;
        self.print_notes();
        Ok(())
    }

    /// What people should know, apart from the data.
    fn print_notes(&self) {
        for over in &self.over_limit {
            let OverLimit { name, current_load, max_load } = over;
            say!("{name} has {current_load} contacts, more than the limit of {max_load}; no new ones for now");
        }
        self.adjusted.iter().for_each(|what| say!("{what}"));
        for (noun, ids) in [("operator", &self.new_ids.operators), ("source", &self.new_ids.sources)] {
            ids.iter().for_each(|(old, new)| say!("{noun} {old} is {noun} {new} here; update its clients"));
        }
        if !self.new_ids.contacts.is_empty() {
            say!("{} contacts have new ids; --json lists them", self.new_ids.contacts.len());
        }
        self.wrong_contacts.iter().for_each(|wrong| say!("contact {}: {}", wrong.id, wrong.error));
        if self.dry_run {
            say!("Nothing was changed. Contacts that an earlier run moved are not moved twice.");
        }
    }
}
