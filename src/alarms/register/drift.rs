//! Where the plant file, the register and the plant that runs do not say the same, though nobody has approved that.

use sha2::{Digest, Sha256};

use super::{Difference, Overlay, Register, differences, in_words};
use crate::domain::{AlarmId, Plant, RegisterEntry};

/// What has drifted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DriftKind {
    /// Somebody has edited the plant file since the entry was approved.
    FileChanged,
    /// The plant file has an alarm of which the register holds nothing.
    Appeared,
    /// The register holds an alarm that the plant file does not have any more.
    Disappeared,
    /// The settings that were approved do not fit the plant file of now, so the plant file decides.
    NotApplied,
}

impl DriftKind {
    /// What it is called: `plant file edited`.
    pub const fn words(self) -> &'static str {
        match self {
            Self::FileChanged => "plant file edited",
            Self::Appeared => "not in the register",
            Self::Disappeared => "gone from the plant file",
            Self::NotApplied => "not applied",
        }
    }
}

/// One alarm that has drifted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drift {
    /// Which alarm.
    pub alarm: AlarmId,
    /// How.
    pub kind: DriftKind,
    /// Field by field: what the register says, and what the plant file says.
    pub differences: Vec<Difference>,
    /// Whether the plant runs as the plant file says; otherwise as the register says.
    pub file_runs: bool,
    /// Why approved settings do not fit, for [`DriftKind::NotApplied`].
    pub problem: Option<String>,
}

/// Digits of a fingerprint.
const FINGERPRINT_DIGITS: usize = 16;

impl Drift {
    /// What of the alarm runs without anybody's approval, as a fingerprint: the same for as long as the plant file and what was
    /// approved say the same. `None`: the alarm runs as was approved, whatever the file says.
    pub fn unapproved(&self) -> Option<String> {
        self.file_runs.then(|| {
            let mut hash = Sha256::new();
            for Difference { field, after, .. } in &self.differences {
                // What the file does not say is not the same as that it says nothing.
                let after = after.as_ref().map_or_else(|| "-".to_owned(), |after| format!("+{after}"));
                hash.update(format!("{}{field}{}{after}", field.len(), after.len()));
            }
            let mut digits = format!("{:x}", hash.finalize());
            digits.truncate(FINGERPRINT_DIGITS);
            digits
        })
    }

    /// What the journal is told of what runs without anybody's approval.
    pub fn told(&self) -> String {
        match (self.kind, &self.problem) {
            (DriftKind::Appeared, _) => "new in the plant file; nobody has approved it".to_owned(),
            (DriftKind::Disappeared, _) => "gone from the plant file; nobody has approved that".to_owned(),
            (DriftKind::NotApplied, Some(problem)) => {
                format!(
                    "what was approved does not fit the plant file; nobody has approved what runs instead: {problem}"
                )
            }
            (DriftKind::FileChanged | DriftKind::NotApplied, _) => {
                format!("edited in the plant file; nobody has approved it: {}", in_words(&self.differences))
            }
        }
    }
}

/// Whether an alarm is one about the program itself, whose words come with it and not from the plant file.
pub(super) fn is_of_the_program(alarm: &AlarmId) -> bool {
    alarm.as_str().starts_with("SYSTEM/")
}

/// What the plant file says now. What the severity follows from differs only where both say something: a file that is silent
/// contradicts nobody, and what it newly says the register takes in ([`Register::renewed`]).
fn as_in_file(entry: &RegisterEntry, now: RegisterEntry) -> RegisterEntry {
    let mut beside = now;
    if entry.assessment.is_none() || beside.assessment.is_none() {
        beside.assessment = entry.assessment;
    }
    for (theirs, ours) in [(&entry.class, &mut beside.class), (&entry.justification, &mut beside.justification)] {
        if theirs.is_none() || ours.is_none() {
            ours.clone_from(theirs);
        }
    }
    beside
}

/// Whether the plant file says now what it said when the entry was approved; see [`as_in_file`].
fn says_the_same(known: &RegisterEntry, now: &RegisterEntry) -> bool {
    fn agree<T: PartialEq>(one: &Option<T>, other: &Option<T>) -> bool {
        one.is_none() || other.is_none() || one == other
    }
    let RegisterEntry { cause, consequence, guidance, severity, handling, limit, assessment, class, justification } =
        known;
    (cause, consequence, guidance, limit) == (&now.cause, &now.consequence, &now.guidance, &now.limit)
        && (severity, handling) == (&now.severity, &now.handling)
        && agree(assessment, &now.assessment)
        && agree(class, &now.class)
        && agree(justification, &now.justification)
}

/// Every alarm that has drifted, in the order of the plant file; what the file does not have any more comes last.
///
/// An entry that a person has changed differs from the file by intent; it has drifted only when the *file* has changed
/// since that was approved. `overlay` is this register over this file, see [`overlaid`](super::overlaid).
pub fn drift(file: &Plant, register: &Register, overlay: &Overlay) -> Vec<Drift> {
    let mut found: Vec<Drift> = Vec::new();
    for definition in &file.alarms {
        let alarm = definition.id.clone();
        let now = RegisterEntry::from(&**definition);
        let standing = register.of_alarm(&alarm);
        let Some(entry) = standing.and_then(|change| change.after.as_deref()) else {
            if !is_of_the_program(&alarm) || standing.is_some() {
                let differences = differences(None, Some(&now));
                found.push(Drift { alarm, kind: DriftKind::Appeared, differences, file_runs: true, problem: None });
            }
            continue;
        };
        if let Some(problem) = overlay.not_applied.get(&alarm) {
            let (differences, problem) =
                (differences(Some(entry), Some(&as_in_file(entry, now))), Some(problem.clone()));
            found.push(Drift { alarm, kind: DriftKind::NotApplied, differences, file_runs: true, problem });
            continue;
        }
        let known = standing.and_then(|change| change.file.as_deref());
        let file_runs = !overlay.decided.contains(&alarm);
        // The program's own words change with its version; only what a person has decided about can drift.
        let edited = known.is_none_or(|known| !says_the_same(known, &now));
        if edited && !(file_runs && is_of_the_program(&alarm)) {
            let differences = differences(Some(entry), Some(&as_in_file(entry, now)));
            if !differences.is_empty() {
                found.push(Drift { alarm, kind: DriftKind::FileChanged, differences, file_runs, problem: None });
            }
        }
    }
    let gone = register.in_force().filter(|change| file.alarm_index(&change.alarm).is_none());
    found.extend(gone.filter(|change| !is_of_the_program(&change.alarm)).filter_map(|change| {
        let entry = change.after.as_deref()?;
        Some(Drift {
            alarm: change.alarm.clone(),
            kind: DriftKind::Disappeared,
            differences: differences(Some(entry), None),
            file_runs: true,
            problem: None,
        })
    }));
    found
}
