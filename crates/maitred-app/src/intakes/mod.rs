//! Intakes in memory, by the token of their address, so that what arrives reads nothing from the store. Only those are
//! kept that exist; any change of an intake or a source has all of them read again. What is received
//! there is taken in by [`crate::intake`].

pub mod settings;

use crate::batcher::CommitListener;
use maitred_core::command::IntakeEdit;
use maitred_core::intake::Intake;
use maitred_core::world::Changes;
use maitred_core::{Source, SourceId, SourceKind};
use maitred_mapping::Mapping;
use maitred_mapping::signature::Check;
use maitred_store::{Store, StoreError};
use rustc_hash::FxHashMap;
use settings::IntakeSettings;
use std::sync::{Arc, PoisonError, RwLock};

/// The length of a token, in characters of its address.
pub const TOKEN_CHARS: usize = 32;

/// An intake that takes in what it is sent.
#[derive(Clone)]
pub struct OpenIntake {
    pub source: SourceId,
    /// How its source is called.
    pub name: Arc<str>,
    pub token: Arc<str>,
    pub settings: IntakeSettings,
    pub secret: Option<Arc<str>>,
    pub check: Check,
    /// Whether the sender first asks whether the address is ours.
    pub handshake: bool,
    mapping: Mapping,
}

impl OpenIntake {
    /// The intake of a source; none if it has no address. A mapping that cannot be read is left out: nothing is lost,
    /// for what it would have read is kept.
    #[must_use]
    pub fn of(source: &Source, intake: Intake) -> Option<Self> {
        let settings = IntakeSettings::read(&intake.settings);
        let mapping = settings.mapping().unwrap_or_default();
        let preset = settings.known_preset();
        Some(Self {
            source: source.id,
            name: source.name.clone(),
            token: intake.token?,
            secret: intake.secret,
            check: preset.map(|preset| preset.check.clone()).unwrap_or_default(),
            handshake: preset.is_some_and(|preset| preset.handshake),
            mapping,
            settings,
        })
    }

    #[must_use]
    pub const fn mapping(&self) -> &Mapping {
        &self.mapping
    }

    /// The same with another mapping, to see what it would do.
    #[must_use]
    pub fn with_mapping(self, mapping: Mapping) -> Self {
        Self { mapping, ..self }
    }
}

/// See the module. One for each node.
#[derive(Default)]
pub struct Intakes(RwLock<Known>);

#[derive(Default)]
struct Known {
    by_token: FxHashMap<Arc<str>, Arc<OpenIntake>>,
    /// Raised by every change: what was read before one is not remembered after it.
    version: u64,
}

impl Intakes {
    /// The intake whose address ends in this token.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    pub async fn find(&self, token: &str, store: &Store) -> Result<Option<Arc<OpenIntake>>, StoreError> {
        let is_token = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        if token.len() != TOKEN_CHARS || !token.bytes().all(is_token) {
            return Ok(None);
        }
        let version = {
            let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
            if let Some(intake) = known.by_token.get(token) {
                return Ok(Some(intake.clone()));
            }
            known.version
        };
        let Some(intake) = store.intake_by_token(token.into()).await? else { return Ok(None) };
        let Some(source) = store.source(intake.source).await? else { return Ok(None) };
        let Some(intake) = OpenIntake::of(&source, intake).map(Arc::new) else { return Ok(None) };
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if known.version == version {
            known.by_token.insert(intake.token.clone(), intake.clone());
        }
        Ok(Some(intake))
    }

    /// The intake of a source, as it is stored.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    pub async fn of_source(source: &Source, store: &Store) -> Result<Option<OpenIntake>, StoreError> {
        Ok(store.intake(source.id).await?.and_then(|intake| OpenIntake::of(source, intake)))
    }

    /// Forgets all of them: another node changed one.
    pub fn forget(&self) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        known.version += 1;
        known.by_token.clear();
    }
}

impl CommitListener for Arc<Intakes> {
    fn committed(&self, changes: &Changes) {
        if !changes.intakes.is_empty() || !changes.sources_changed.is_empty() {
            self.forget();
        }
    }
}

/// The intake of a new source that is a form or takes JSON; others have none until somebody makes one. A form is
/// stamped with a secret of its own.
///
/// # Errors
/// When the operating system has no randomness to give.
pub fn of_new(
    kind: SourceKind,
    settings: &IntakeSettings,
    secret: Option<Arc<str>>,
) -> Result<IntakeEdit, getrandom::Error> {
    let has_form = kind == SourceKind::Form;
    let settings = IntakeSettings { has_form, ..settings.clone() };
    let secret = if has_form { Some(secret.map_or_else(new_token, Ok)?) } else { secret };
    let token = Some(new_token()?);
    Ok(IntakeEdit { token, settings: Some(settings.to_text().into()), secret: secret.map(Some) })
}

/// Whether a source of a kind has an intake from the start.
#[must_use]
pub const fn has_intake(kind: SourceKind) -> bool {
    matches!(kind, SourceKind::Form | SourceKind::Json)
}

/// A token for a new address.
///
/// # Errors
/// When the operating system has no randomness to give.
pub fn new_token() -> Result<Arc<str>, getrandom::Error> {
    use base64::Engine as _;
    let bytes = maitred_store::clock::unforeseeable::<24>()?;
    Ok(base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes).into())
}
