//! What is wrong with the ways in and out: intakes, bots, chats and addresses of operators, endpoints.

use super::{Configuration, Fault, Finding, SubjectId};
use crate::telegram::BotFault;
use maitred_core::{OperatorId, SourceId};
use maitred_store::endpoints::Endpoint;

pub(super) fn check(of: &Configuration) -> Vec<Finding> {
    let unmapped = of.unmapped.iter().filter(|(_, count)| **count > 0);
    let unmapped = unmapped.filter_map(|(id, count)| of_source(of, *id, Fault::Unmapped(*count)));
    let unread = of.unread_phones.iter().filter(|(_, count)| **count > 0);
    let unread = unread.filter_map(|(id, count)| of_source(of, *id, Fault::NoRegion(*count)));
    let bots = BotFault::all(&of.telegram).filter_map(|(bot, fault)| {
        let finding = of_source(of, bot.source, Fault::Bot(fault))?;
        Some(finding.since(bot.fault_at))
    });
    let chats = of.telegram.blocked_chats().filter_map(|chat| {
        let finding = of_operator(of, chat.operator, Fault::ChatBlocked)?;
        Some(finding.since(chat.blocked_at))
    });
    let refused = of.mail_faults.iter().filter_map(|fault| {
        let finding = of_operator(of, fault.operator, Fault::MailRefused)?;
        Some(finding.since(Some(fault.failed_at)))
    });
    let endpoints = of.endpoints.iter().filter_map(of_endpoint);
    unmapped.chain(unread).chain(bots).chain(chats).chain(refused).chain(endpoints).collect()
}

fn of_source(of: &Configuration, id: SourceId, fault: Fault) -> Option<Finding> {
    Some(Finding::new(fault, SubjectId::Source(id), &of.source(id)?.name))
}

fn of_operator(of: &Configuration, id: OperatorId, fault: Fault) -> Option<Finding> {
    Some(Finding::new(fault, SubjectId::Operator(id), &of.operator(id)?.name))
}

fn of_endpoint(endpoint: &Endpoint) -> Option<Finding> {
    let new = |fault| Finding::new(fault, SubjectId::Endpoint(endpoint.id), &endpoint.shown_url());
    if let Some(disabled) = endpoint.disabled {
        return Some(new(Fault::EndpointDisabled(disabled.fault)).since(Some(disabled.at)));
    }
    let since = endpoint.health.failing_since?;
    let failures = u64::try_from(endpoint.health.failures).unwrap_or_default();
    Some(new(Fault::EndpointFailing(failures)).since(Some(since)))
}
