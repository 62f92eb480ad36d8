//! What differs between two entries, field by field and in words.

use std::time::Duration;

use super::check;
use crate::domain::{AlarmHandling, Assessment, ConsequenceSeverity, LimitSettings, RegisterEntry};

/// One field that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Which field, in words.
    pub field: &'static str,
    /// What it said; `None` when nothing.
    pub before: Option<String>,
    /// What it says; `None` when nothing.
    pub after: Option<String>,
}

/// Every field that differs, in the order of an entry. An entry that is not there says nothing.
pub fn differences(before: Option<&RegisterEntry>, after: Option<&RegisterEntry>) -> Vec<Difference> {
    let fields = |entry: Option<&RegisterEntry>| entry.map(fields).unwrap_or_default();
    let (before, after) = (fields(before), fields(after));
    NAMES
        .iter()
        .enumerate()
        .filter_map(|(at, field)| {
            let (before, after) = (before.get(at).cloned().flatten(), after.get(at).cloned().flatten());
            (before != after).then_some(Difference { field, before, after })
        })
        .collect()
}

/// The differences as one line, for the journal: `limit 2895 → 2900, on-delay 15 s → 30 s`.
pub fn in_words(differences: &[Difference]) -> String {
    let say = |text: &Option<String>| text.clone().unwrap_or_else(|| "nothing".to_owned());
    let one = |d: &Difference| match d.field {
        // Whole paragraphs stand in the register; the journal says which has changed.
        "cause" | "consequence" | "corrective action" | "justification" => format!("{} rewritten", d.field),
        _ => format!("{} {} → {}", d.field, say(&d.before), say(&d.after)),
    };
    differences.iter().map(one).collect::<Vec<_>>().join(", ")
}

const NAMES: [&str; 22] = [
    "limit",
    "deadband",
    "on-delay",
    "off-delay",
    "severity",
    "time to respond",
    "safety",
    "environment",
    "economics",
    "class",
    "cause",
    "consequence",
    "corrective action",
    "justification",
    "latching",
    "acknowledged by return",
    "return ends the occurrence",
    "re-alarm after",
    "longest shelf",
    "unshelving acknowledges",
    "return needs another person",
    "in the register",
];

fn fields(entry: &RegisterEntry) -> Vec<Option<String>> {
    let RegisterEntry { cause, consequence, guidance, severity, handling, limit, assessment, class, justification } =
        entry;
    let of_limit = |get: fn(&LimitSettings) -> String| limit.as_ref().map(get);
    let of_assessment = |get: fn(&Assessment) -> String| assessment.as_ref().map(get);
    let mut fields = vec![
        of_limit(|limit| limit.value.to_string()),
        of_limit(|limit| limit.deadband.to_string()),
        of_limit(|limit| seconds(limit.on_delay)),
        of_limit(|limit| seconds(limit.off_delay)),
        Some(check::name(*severity).to_owned()),
        of_assessment(|assessment| minutes(assessment.time_to_respond)),
        of_assessment(|assessment| consequence_name(assessment.consequences.safety).to_owned()),
        of_assessment(|assessment| consequence_name(assessment.consequences.environment).to_owned()),
        of_assessment(|assessment| consequence_name(assessment.consequences.economics).to_owned()),
        class.clone(),
        Some(cause.clone()),
        Some(consequence.clone()),
        Some(guidance.clone()),
        justification.clone(),
    ];
    fields.extend(of_handling(handling));
    fields.push(Some("yes".to_owned()));
    fields
}

fn of_handling(handling: &AlarmHandling) -> [Option<String>; 7] {
    let flag = |flag: bool| Some(if flag { "yes" } else { "no" }.to_owned());
    [
        flag(handling.latching),
        flag(handling.auto_ack_on_return),
        flag(handling.return_ends_occurrence),
        handling.re_alarm_after.map(minutes),
        Some(minutes(handling.shelve_max)),
        flag(handling.unshelving_acknowledges),
        flag(handling.return_needs_another_person),
    ]
}

const fn consequence_name(severity: ConsequenceSeverity) -> &'static str {
    match severity {
        ConsequenceSeverity::None => "none",
        ConsequenceSeverity::Minor => "minor",
        ConsequenceSeverity::Major => "major",
        ConsequenceSeverity::Severe => "severe",
    }
}

fn seconds(span: Duration) -> String {
    format!("{} s", span.as_secs_f64())
}

fn minutes(span: Duration) -> String {
    format!("{} min", span.as_secs_f64() / 60.0)
}
