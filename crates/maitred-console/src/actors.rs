//! How pages call those who did something: users and keys by their names.

use crate::texts::Texts;
use maitred_app::auth::ActorNames;
use maitred_core::Actor;

/// An actor of any kind.
#[must_use]
pub fn actor(t: Texts, actor: Actor, names: &ActorNames) -> String {
    match (names.get(&actor), actor) {
        (Some(name), _) => name.to_string(),
        (None, Actor::System) => t.t("actor-system"),
        (None, Actor::Anonymous) => t.t("actor-anonymous"),
        (None, Actor::Cli) => t.t("actor-cli"),
        (None, Actor::Telegram(operator)) => t.of("actor-telegram", &operator.to_string()),
        (None, Actor::Key(_) | Actor::User(_)) => actor.to_string(),
    }
}

/// Who did something, where that says more than that somebody or something did it.
#[must_use]
pub fn by(t: Texts, who: Actor, names: &ActorNames) -> Option<String> {
    (!matches!(who, Actor::System | Actor::Anonymous)).then(|| actor(t, who, names))
}
