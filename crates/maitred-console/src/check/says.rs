//! What a finding says in the language of the viewer, and where it is put right.

use crate::telegram::fault_text;
use crate::texts::Texts;
use maitred_app::lint::{Fault, Finding, SubjectId};

/// What is wrong.
pub(crate) fn text(t: Texts, finding: &Finding) -> String {
    let (other, n, m) = values(&finding.fault);
    let it = finding.name.to_string();
    let values = [("it", it.into()), ("other", other.to_owned().into()), ("n", n.into()), ("m", m.into())];
    t.with(&format!("check-{}", key(&finding.fault)), values)
}

/// How to fix it.
pub(super) fn fix(t: Texts, fault: &Fault) -> String {
    match fault {
        Fault::Bot(fault) => fault_text(t, *fault),
        _ => t.t(&format!("check-{}-fix", key(fault))),
    }
}

/// The page on which it is fixed.
pub(crate) fn href(finding: &Finding) -> String {
    match (finding.subject, &finding.fault) {
        (SubjectId::Source(id), Fault::Unmapped(_)) => format!("/sources/{id}/intake"),
        (SubjectId::Source(id), Fault::Bot(_)) => format!("/sources/{id}/telegram"),
        (SubjectId::Source(id), Fault::NoRegion(_)) => format!("/sources/{id}/settings#f-default_region"),
        (
            SubjectId::Source(id),
            Fault::NeverOpen
            | Fault::CapsBelowArrivals { .. }
            | Fault::FallbackClosed(_)
            | Fault::FallbackUnserved(_)
            | Fault::NobodyLater { has_calendar: false, .. },
        ) => format!("/sources/{id}/settings"),
        (SubjectId::Source(id), _) => format!("/sources/{id}"),
        (SubjectId::Operator(id), Fault::ChatBlocked) => format!("/operators/{id}/notifications"),
        (SubjectId::Operator(id), _) => format!("/operators/{id}"),
        (SubjectId::Endpoint(id), _) => format!("/endpoints/{id}"),
    }
}

/// The code, and apart from it what needs other words.
fn key(fault: &Fault) -> String {
    match fault {
        Fault::NobodyLater { has_calendar: false, .. } => "source-always-open".to_owned(),
        Fault::EndpointDisabled(Some(_)) => "endpoint-stopped".to_owned(),
        _ => fault.code().replace('_', "-"),
    }
}

/// Another name in the text, and its figures.
fn values(fault: &Fault) -> (&str, u64, u64) {
    match fault {
        Fault::NobodyNow(n)
        | Fault::NoRegion(n)
        | Fault::Unmapped(n)
        | Fault::Inactive(n)
        | Fault::EndpointFailing(n) => ("", *n, 0),
        Fault::NobodyLater { times, hours, .. } => ("", *times, *hours),
        Fault::CapsBelowArrivals { arrived, allowed } => ("", *arrived, *allowed),
        Fault::FallbackClosed(other) | Fault::FallbackUnserved(other) => (other, 0, 0),
        Fault::ShareAboveCaps { source, expected, allowed } => (source, *expected, *allowed),
        _ => ("", 0, 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::texts::Lang;
    use maitred_app::telegram::BotFault;
    use maitred_core::SourceId;
    use maitred_core::event::EndpointFault;

    fn every() -> Vec<Fault> {
        let later = |has_calendar| Fault::NobodyLater { times: 2, hours: 5, has_calendar };
        vec![
            Fault::NoOperators,
            Fault::NoWeights,
            Fault::NobodyActive,
            Fault::NobodyNow(2),
            later(true),
            later(false),
            Fault::NeverOpen,
            Fault::CapsBelowArrivals { arrived: 7, allowed: 3 },
            Fault::NoRegion(4),
            Fault::FallbackClosed("Other".into()),
            Fault::FallbackUnserved("Other".into()),
            Fault::Unmapped(21),
            Fault::Bot(BotFault::BadToken),
            Fault::Inactive(1),
            Fault::NoSources,
            Fault::NoWeight,
            Fault::NoRoom,
            Fault::NeverOnShift,
            Fault::ShareAboveCaps { source: "Other".into(), expected: 35, allowed: 28 },
            Fault::ChatBlocked,
            Fault::MailRefused,
            Fault::EndpointDisabled(None),
            Fault::EndpointDisabled(Some(EndpointFault::Gone)),
            Fault::EndpointFailing(5),
        ]
    }

    #[test]
    fn every_finding_says_what_is_wrong_and_how_to_fix_it_in_both_languages() {
        let said = Lang::ALL.map(|lang| {
            let t = Texts(lang);
            let one = |fault: Fault| {
                let (subject, name) = (SubjectId::Source(SourceId(1)), "Bot".into());
                let finding = Finding { fault, subject, name, from: None, until: None };
                format!("{}\n  {}", text(t, &finding), fix(t, &finding.fault))
            };
            every().into_iter().map(one).collect::<Vec<_>>().join("\n")
        });
        said.iter()
            .for_each(|said| assert!(!said.contains("check-") && said.lines().all(|line| !line.trim().is_empty())));
        insta::assert_snapshot!(said.join("\n\n"));
    }
}
