//! What each finding says, in English. The console has the same sentences in both languages, by their codes.

use super::Fault;
use crate::counted::counted;
use crate::telegram::BotFault;
use maitred_core::event::EndpointFault;

impl Fault {
    /// What is wrong with a subject of this name.
    #[must_use]
    pub fn message(&self, name: &str) -> String {
        match self {
            Self::NoOperators => format!("Nobody serves {name}: it has no operators."),
            Self::NoWeights => format!("Nobody serves {name}: all its operators have the weight 0."),
            Self::NobodyActive => {
                format!("Nobody serves {name}: all its operators are switched off or have a limit of 0.")
            }
            Self::NobodyNow(people) => {
                let who = match people {
                    1 => "its one operator is".to_owned(),
                    _ => format!("all {people} operators are"),
                };
                format!("Nobody serves {name} now: {who} off shift, paused or away.")
            }
            Self::NobodyLater { times, hours, .. } => format!(
                "{name} is open while nobody is on shift: {} in the next 7 days, {} together.",
                counted(*times, "time"),
                counted(*hours, "hour")
            ),
            Self::NeverOpen => format!("{name} is closed for all of the next 7 days."),
            Self::CapsBelowArrivals { arrived, allowed } => format!(
                "The caps of {name} allow about {} a week, and {arrived} arrived in the last 7 days.",
                counted(*allowed, "contact")
            ),
            Self::NoRegion(phones) => {
                format!("{name} has no country, and {} came without a country code.", counted(*phones, "phone"))
            }
            Self::FallbackClosed(other) => {
                format!("{name} and its fallback {other} are closed at the same time: contacts wait.")
            }
            Self::FallbackUnserved(other) => {
                format!("Contacts of {name} go to {other} while it is closed, and nobody serves {other}.")
            }
            Self::Unmapped(payloads) => {
                format!("{name} received {} of which no contact could be made.", counted(*payloads, "payload"))
            }
            Self::Bot(fault) => format!("Nothing is heard from the bot of {name}: {}.", bot_words(*fault)),
            Self::Inactive(sources) => {
                format!("{name} is switched off and has a weight on {}.", counted(*sources, "source"))
            }
            Self::NoSources => format!("{name} gets nothing: they serve no source."),
            Self::NoWeight => format!("{name} gets nothing: their weight is 0 on all their sources."),
            Self::NoRoom => format!("{name} gets nothing: their limit is 0."),
            Self::NeverOnShift => format!("{name} gets nothing: their calendar has no hours in the next 7 days."),
            Self::ShareAboveCaps { source, expected, allowed } => format!(
                "The weight of {name} on {source} comes to about {} a week, and their caps allow {allowed}.",
                counted(*expected, "contact")
            ),
            Self::ChatBlocked => format!("{name} is not told of contacts in Telegram: the bot was blocked."),
            Self::MailRefused => format!("{name} is not told of contacts by e-mail: the address refuses mail."),
            Self::EndpointDisabled(None) => format!("{name} gets no events: somebody switched it off."),
            Self::EndpointDisabled(Some(EndpointFault::Gone)) => {
                format!("{name} gets no events: it was switched off because it answered 410.")
            }
            Self::EndpointDisabled(Some(EndpointFault::Failing)) => {
                format!("{name} gets no events: it was switched off because it failed for days.")
            }
            Self::EndpointFailing(calls) => {
                format!("{name} fails: {} since the last one that succeeded.", counted(*calls, "call"))
            }
        }
    }

    /// How to fix it.
    #[must_use]
    pub const fn fix(&self) -> &'static str {
        match self {
            Self::NoOperators => "Add operators on the page of the source.",
            Self::NoWeights => "Give at least one operator a weight above 0.",
            Self::NobodyActive => "Switch somebody on, or raise their limit.",
            Self::NobodyNow(_) => "Resume somebody, change a shift, or let the source close at these hours.",
            Self::NobodyLater { has_calendar: true, .. } => {
                "Give somebody shifts at these hours, or let the source close."
            }
            Self::NobodyLater { has_calendar: false, .. } => {
                "If that is meant, give the source a calendar, so that it is closed then; else give somebody shifts."
            }
            Self::NeverOpen => "Choose another calendar for the source, or add hours to this one.",
            Self::CapsBelowArrivals { .. } => {
                "Raise the caps of the source, or expect contacts to wait longer every day."
            }
            Self::NoRegion(_) => "Set the country of the source, and read its phones again.",
            Self::FallbackClosed(_) => "Choose a fallback that is open at these hours, or change a calendar.",
            Self::FallbackUnserved(_) => "Give the fallback operators with a weight, or choose another.",
            Self::Unmapped(_) => "Correct the mapping on the page of the intake, and read them again.",
            Self::Bot(_) => "The page Telegram of the source says what to do.",
            Self::Inactive(_) => "Switch them on; or remove them from their sources if they do not come back.",
            Self::NoSources => "Add them to a source.",
            Self::NoWeight => "Give them a weight above 0 on a source.",
            Self::NoRoom => "Raise their limit.",
            Self::NeverOnShift => "Choose another calendar for them, or end their leave.",
            Self::ShareAboveCaps { .. } => "Lower the weight or raise the cap: what they cannot take goes to others.",
            Self::ChatBlocked => "Let them start the bot again and link it again.",
            Self::MailRefused => "Correct the address of the operator.",
            Self::EndpointDisabled(None) => "Switch it on, or delete it if nobody needs it.",
            Self::EndpointDisabled(Some(_)) => {
                "Repair the receiver and switch the endpoint on: it goes on where it stopped."
            }
            Self::EndpointFailing(_) => "See what its last calls were answered on its page.",
        }
    }
}

const fn bot_words(fault: BotFault) -> &'static str {
    match fault {
        BotFault::BadToken => "Telegram does not know its token",
        BotFault::WebhookIsSet => "its messages go to a webhook",
        BotFault::OtherPoller => "another program asks for its messages",
        BotFault::NoVariable => "the environment variable with its token is not there",
        BotFault::Unreachable => "Telegram does not answer",
    }
}
