//! What is not true any more when its turn comes: a call of which somebody has taken notice meanwhile, and the news of how a
//! call went on that was never made.

use std::collections::BTreeSet;

use super::watch::{Happening, happening, is_hidden};
use crate::domain::{ContactName, JournalEntry, Notice, OccurrenceId};

/// Why a call for an occurrence is out of date, by what the journal says of its alarm, newest first; `None` while it calls for
/// somebody still, or when the journal says nothing.
pub fn call_is_over(occurrence: OccurrenceId, history: &[JournalEntry]) -> Option<String> {
    let facts = &history.first()?.facts;
    if facts.occurrence != Some(occurrence) {
        return Some("withdrawn: the occurrence is over, and the alarm has come anew".to_owned());
    }
    let what = if !facts.open {
        "the occurrence is over"
    } else if is_hidden(facts.state()) {
        "the alarm was put aside"
    } else if facts.acked {
        "the alarm was acknowledged"
    } else {
        return None;
    };
    let of_this = history.iter().take_while(|entry| entry.facts.occurrence == Some(occurrence));
    let since = of_this.map(|entry| (happening(entry), entry)).find_map(|(happening, entry)| {
        let ends = happening.is_some_and(|happening| happening != Happening::Called);
        ends.then(|| {
            format!(", {}{}", entry.by.as_ref().map_or_else(String::new, |by| format!("by {by}, ")), entry.wall_time)
        })
    });
    Some(format!("withdrawn: {what}{}", since.unwrap_or_default()))
}

/// Why the news of how an occurrence went on has nobody to go to; `None` when this contact was called for it, may have been,
/// or is to be. `called` are those.
pub fn news_is_for_nobody(
    notice: &Notice,
    contact: &ContactName,
    called: &BTreeSet<(OccurrenceId, ContactName)>,
) -> Option<String> {
    let occurrence = notice.occurrence?;
    let nobody = !called.contains(&(occurrence, contact.clone()));
    nobody.then(|| "withdrawn: it was never told here that the alarm had come".to_owned())
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::domain::{AlarmFacts, AlarmState, Severity, Shelving, SourceTime, TransitionKind, WallTime};

    const FIRST: OccurrenceId = OccurrenceId(Uuid::from_u128(1));
    const SECOND: OccurrenceId = OccurrenceId(Uuid::from_u128(2));

    fn entry(kind: TransitionKind, occurrence: OccurrenceId, by: Option<&str>, facts: AlarmFacts) -> JournalEntry {
        let facts = AlarmFacts { occurrence: Some(occurrence), ..facts };
        JournalEntry {
            epoch: 1,
            sequence: 1,
            alarm: "P/HIGH".into(),
            occurrence: Some(occurrence),
            kind,
            from: AlarmState::Unacknowledged,
            to: facts.state(),
            facts,
            source_time: SourceTime::from_micros(0),
            wall_time: WallTime::from_micros(0),
            scan: None,
            value: None,
            limit: None,
            by: by.map(Into::into),
            comment: None,
            client: None,
            idempotency_key: None,
            contributions: vec![],
        }
    }

    fn standing() -> AlarmFacts {
        AlarmFacts { active: true, acked: false, open: true, ..AlarmFacts::quiet(Severity::High) }
    }

    #[test]
    fn a_call_is_over_when_somebody_has_taken_notice_and_says_who() {
        use TransitionKind::{Acknowledged, Commented, Raised, ReturnedToNormal, Shelved, Worsened};
        let acknowledged = AlarmFacts { acked: true, ..standing() };
        let shelved = AlarmFacts { shelving: Shelving::Timed { until: WallTime::from_micros(9) }, ..standing() };
        let closed = AlarmFacts { open: false, active: false, ..acknowledged.clone() };
        let returned = AlarmFacts { active: false, ..standing() };
        let raised = || entry(Raised, FIRST, None, standing());
        let by_olga = |kind, facts: &AlarmFacts| entry(kind, FIRST, Some("olga"), facts.clone());
        #[track_caller]
        fn check(newest_first: &[JournalEntry], expected: Option<&str>) {
            let said = call_is_over(FIRST, newest_first);
            match (&said, expected) {
                (Some(words), Some(expected)) => assert!(words.contains(expected), "{words}"),
                _ => assert_eq!(said.as_deref(), expected),
            }
        }
        check(&[], None);
        check(&[raised()], None);
        check(&[entry(ReturnedToNormal, FIRST, None, returned)], None);
        let olgas = by_olga(Acknowledged, &acknowledged);
        check(&[olgas.clone(), raised()], Some("acknowledged, by olga, 1970-01-01T00:00:00"));
        let remark = entry(Commented, FIRST, Some("paul"), acknowledged.clone());
        check(&[remark, olgas.clone(), raised()], Some("acknowledged, by olga"));
        check(&[entry(Worsened, FIRST, None, standing()), olgas.clone(), raised()], None);
        check(&[by_olga(Shelved, &shelved), raised()], Some("put aside, by olga"));
        check(&[entry(ReturnedToNormal, FIRST, None, closed), olgas, raised()], Some("the occurrence is over, 1970"));
        check(&[entry(Raised, SECOND, None, standing()), raised()], Some("come anew"));
    }
}
