//! What a verification found: which invariant, about whom, what is there and what should be. No names, phones or
//! texts: a report may be sent to others.

use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;

/// Findings that are kept of one invariant; more are counted.
pub const FINDINGS_OF_ONE_INVARIANT_MAX: usize = 20;

/// What is to hold. The numbers are those of the list in ARCHITECTURE.md, where there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Invariant {
    /// The database can be read and has its indexes.
    FileIsSound,
    /// Every stored code and record can be read.
    RecordsAreReadable,
    /// Whatever a row refers to is there.
    ReferencesExist,
    /// `current_load` is the number of assigned contacts of the operator (2).
    LoadsAreCounted,
    /// Nobody holds more than `max_load`, unless a person forced it or lowered the limit (3).
    NobodyIsOverloaded,
    /// Each accepted contact has its row, unless somebody deleted it (4).
    ContactsAreKept,
    /// A contact has the fields of its status and one chain of decisions that ends where the contact is (4).
    ChainsAreWhole,
    /// Nobody waits on a source while an eligible operator of it has a free slot (5).
    NobodyWaitsInVain,
    /// The counters of a source are what they count.
    SourcesAreCounted,
    /// The ledger of a source has a line for each member, and says what the feed says.
    LedgersAreTrue,
    /// Members are present operators of present sources, with weights in range.
    MembershipsAreValid,
    /// Identities and contacts belong to leads who were not merged into another.
    LeadsAreWhole,
    /// Positions of the feed have no gaps, and it tells of each contact's arrival once (6).
    FeedIsWhole,
    /// Recomputing a stored decision gives the stored outcome (8).
    DecisionsReplay,
    /// Later ids and positions have no earlier times.
    TimeGoesForward,
    /// The next id of each noun is above all that were used.
    IdsAreNew,
    /// Sources, operators, leads and contacts of the demo have to do with one another alone.
    DemoIsApart,
    /// Each subject that changes by itself has one row that says when, and nothing else has one.
    TimersAreTrue,
    /// What reports are made of is what the feed tells, as far as it was read for them.
    ReportsAreTrue,
}

impl Invariant {
    pub const ALL: [Self; 19] = [
        Self::FileIsSound,
        Self::RecordsAreReadable,
        Self::ReferencesExist,
        Self::LoadsAreCounted,
        Self::NobodyIsOverloaded,
        Self::ContactsAreKept,
        Self::ChainsAreWhole,
        Self::NobodyWaitsInVain,
        Self::SourcesAreCounted,
        Self::LedgersAreTrue,
        Self::MembershipsAreValid,
        Self::LeadsAreWhole,
        Self::FeedIsWhole,
        Self::DecisionsReplay,
        Self::TimeGoesForward,
        Self::IdsAreNew,
        Self::DemoIsApart,
        Self::TimersAreTrue,
        Self::ReportsAreTrue,
    ];

    /// The word used in JSON and tables.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FileIsSound => "file_is_sound",
            Self::RecordsAreReadable => "records_are_readable",
            Self::ReferencesExist => "references_exist",
            Self::LoadsAreCounted => "loads_are_counted",
            Self::NobodyIsOverloaded => "nobody_is_overloaded",
            Self::ContactsAreKept => "contacts_are_kept",
            Self::ChainsAreWhole => "chains_are_whole",
            Self::NobodyWaitsInVain => "nobody_waits_in_vain",
            Self::SourcesAreCounted => "sources_are_counted",
            Self::LedgersAreTrue => "ledgers_are_true",
            Self::MembershipsAreValid => "memberships_are_valid",
            Self::LeadsAreWhole => "leads_are_whole",
            Self::FeedIsWhole => "feed_is_whole",
            Self::DecisionsReplay => "decisions_replay",
            Self::TimeGoesForward => "time_goes_forward",
            Self::IdsAreNew => "ids_are_new",
            Self::DemoIsApart => "demo_is_apart",
            Self::TimersAreTrue => "timers_are_true",
            Self::ReportsAreTrue => "reports_are_true",
        }
    }
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The invariant does not hold.
    Fault,
    /// It looks as if it did not, and the records explain why that is right.
    Note,
}

/// Whom a finding is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct About {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact_id: Option<i64>,
    /// Which link of its chain, from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lead_id: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operator_id: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_id: Option<i64>,
    /// Which place in the feed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub position: Option<i64>,
}

impl About {
    /// The database as a whole.
    pub const NOBODY: Self =
        Self { contact_id: None, decision: None, lead_id: None, operator_id: None, source_id: None, position: None };

    #[must_use]
    pub const fn contact(id: i64) -> Self {
        Self { contact_id: Some(id), ..Self::NOBODY }
    }

    /// A link of a contact's chain.
    #[must_use]
    pub const fn decision(contact: i64, seq: i64) -> Self {
        Self { contact_id: Some(contact), decision: Some(seq), ..Self::NOBODY }
    }

    #[must_use]
    pub const fn lead(id: i64) -> Self {
        Self { lead_id: Some(id), ..Self::NOBODY }
    }

    #[must_use]
    pub const fn operator(id: i64) -> Self {
        Self { operator_id: Some(id), ..Self::NOBODY }
    }

    #[must_use]
    pub const fn source(id: i64) -> Self {
        Self { source_id: Some(id), ..Self::NOBODY }
    }

    /// An operator as a member of a source.
    #[must_use]
    pub const fn member(source: i64, operator: i64) -> Self {
        Self { source_id: Some(source), operator_id: Some(operator), ..Self::NOBODY }
    }

    /// A place in the feed.
    #[must_use]
    pub const fn position(position: i64) -> Self {
        Self { position: Some(position), ..Self::NOBODY }
    }
}

impl fmt::Display for About {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [
            ("source", self.source_id),
            ("operator", self.operator_id),
            ("lead", self.lead_id),
            ("contact", self.contact_id),
            ("decision", self.decision),
            ("event", self.position),
        ];
        let parts = parts.iter().filter_map(|(noun, id)| id.map(|id| format!("{noun} {id}")));
        let text = parts.collect::<Vec<_>>().join(", ");
        f.write_str(if text.is_empty() { "the database" } else { &text })
    }
}

/// One thing that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What does not hold.
    pub invariant: Invariant,
    /// How bad it is.
    pub severity: Severity,
    /// Whom it is about.
    #[serde(flatten)]
    pub about: About,
    pub found: String,
    /// What should be, or why it is right.
    pub expected: String,
}

/// How many rows were looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Checked {
    pub contacts: u64,
    pub decisions: u64,
    pub events: u64,
    pub leads: u64,
    pub identities: u64,
    pub operators: u64,
    pub sources: u64,
}

/// What a verification found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// How many faults there are; 0 is a clean database.
    pub faults: u64,
    /// How many notes there are.
    pub notes: u64,
    /// What was looked at.
    pub checked: Checked,
    /// What was not looked at, and who can.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_checked: Option<&'static str>,
    /// How many faults each invariant has; those without any are left out.
    pub faults_by_invariant: BTreeMap<Invariant, u64>,
    /// The first of each invariant.
    pub findings: Vec<Finding>,
}

impl Report {
    /// Whether every invariant holds.
    #[must_use]
    pub const fn is_clean(&self) -> bool {
        self.faults == 0
    }

    pub(super) fn fault(
        &mut self,
        invariant: Invariant,
        about: About,
        found: impl Into<String>,
        expected: impl Into<String>,
    ) {
        self.faults += 1;
        *self.faults_by_invariant.entry(invariant).or_default() += 1;
        self.keep(Finding {
            invariant,
            severity: Severity::Fault,
            about,
            found: found.into(),
            expected: expected.into(),
        });
    }

    pub(super) fn note(
        &mut self,
        invariant: Invariant,
        about: About,
        found: impl Into<String>,
        expected: impl Into<String>,
    ) {
        self.notes += 1;
        self.keep(Finding {
            invariant,
            severity: Severity::Note,
            about,
            found: found.into(),
            expected: expected.into(),
        });
    }

    fn keep(&mut self, finding: Finding) {
        let alike = |f: &&Finding| f.invariant == finding.invariant && f.severity == finding.severity;
        if self.findings.iter().filter(alike).count() < FINDINGS_OF_ONE_INVARIANT_MAX {
            self.findings.push(finding);
        }
    }
}
