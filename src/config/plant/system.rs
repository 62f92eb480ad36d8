//! The system's own alarms, and how alarm ids are formed. Nobody else writes an alarm id by hand.

use std::time::Duration;

use crate::domain::ConsequenceSeverity::{self, Major, Minor};
use crate::domain::{
    ALARM_FLOOD, AlarmDefinition, AlarmHandling, AlarmId, Assessment, Consequences, DetectorId, DetectorSpec,
    LimitKind, PriorityMatrix, Rationale, Severity, TagId, Unit, UnitId,
};

/// The class of the alarms about TEP itself.
const CLASS: &str = "system";

/// No scan has come from the plant when it should have.
pub const SOURCE_SILENT: &str = "SYSTEM/SOURCE_SILENT";
/// The plant says that it has shut down.
pub const PLANT_TRIPPED: &str = "SYSTEM/PLANT_TRIPPED";
/// Scans wait to be written for longer than they should.
pub const HISTORIAN_BEHIND: &str = "SYSTEM/HISTORIAN_BEHIND";
/// The disk is nearly full.
pub const DISK_LOW: &str = "SYSTEM/DISK_LOW";

/// A person has paused the source: no scan is taken.
pub const SOURCE_PAUSED: &str = "SYSTEM/SOURCE_PAUSED";
/// Detectors without a model cannot be given one.
pub const TRAINER_DEGRADED: &str = "SYSTEM/TRAINER_DEGRADED";

/// A language model is configured, and its broker is away.
pub const LANGUAGE_MODELS_MISSING: &str = "SYSTEM/LANGUAGE_MODELS_MISSING";
/// What is behind alarms of detectors is not looked into.
pub const DIAGNOSIS_DEGRADED: &str = "SYSTEM/DIAGNOSIS_DEGRADED";

/// Design rules are not evaluated.
pub const DESIGN_RULES_DEGRADED: &str = "SYSTEM/DESIGN_RULES_DEGRADED";

/// The alarm of a tag's limit, for example `XMEAS_7/HIGH`.
pub fn limit_alarm(tag: &TagId, kind: LimitKind) -> AlarmId {
    format!("{tag}/{}", kind.code()).into()
}

/// The alarm of a tag's condition, for example `XMEAS_9/RATE`.
pub fn condition_alarm(tag: &TagId, condition: &str) -> AlarmId {
    format!("{tag}/{condition}").into()
}

/// The alarm of a detector's verdict, for example `multivariate/VERDICT`.
pub fn detector_alarm(detector: &DetectorId) -> AlarmId {
    format!("{detector}/VERDICT").into()
}

/// The alarm of a detector that cannot do its work, for example `SYSTEM/DETECTOR_DEGRADED/multivariate`.
pub fn detector_degraded(detector: &DetectorId) -> AlarmId {
    format!("SYSTEM/DETECTOR_DEGRADED/{detector}").into()
}

/// The alarm of a unit's instruments, for example `SYSTEM/INSTRUMENT/reactor`: a reading is bad, or whoever judges it
/// has given up.
pub fn instrument_alarm(unit: &UnitId) -> AlarmId {
    format!("SYSTEM/INSTRUMENT/{unit}").into()
}

/// The alarm of a unit whose limit charts a person has paused, for example `SYSTEM/LIMITS_PAUSED/reactor`.
pub fn limits_paused(unit: &UnitId) -> AlarmId {
    format!("SYSTEM/LIMITS_PAUSED/{unit}").into()
}

pub(super) fn alarms(units: &[Unit], detectors: &[DetectorSpec], has_rules: bool) -> Vec<AlarmDefinition> {
    let mut alarms = vec![
        source_silent(),
        plant_tripped(),
        historian_behind(),
        disk_low(),
        trainer_degraded(),
        source_paused(),
        alarm_flood(),
        language_models_missing(),
    ];
    alarms.extend(has_rules.then(design_rules_degraded));
    alarms.extend((!detectors.is_empty()).then(diagnosis_degraded));
    alarms.extend(detectors.iter().map(degraded));
    alarms.extend(units.iter().map(instrument));
    alarms.extend(units.iter().map(without_limits));
    alarms
}

/// An alarm of the program under the priority matrix of a plant. Where that gives another severity than the program's, the
/// alarm keeps the program's until somebody changes it in the register, and says why.
pub fn under(matrix: &PriorityMatrix, mut alarm: AlarmDefinition) -> AlarmDefinition {
    let rationale = &mut alarm.rationale;
    let expected = rationale.assessment.as_ref().and_then(|found| matrix.severity(found));
    if let (Some(expected), None) = (expected.filter(|expected| *expected != alarm.severity), &rationale.justification)
    {
        let words = format!(
            "As it comes with TEP. The priority matrix of this plant gives {}: propose that, if it is to count here.",
            expected.word()
        );
        rationale.justification = Some(words);
    }
    alarm
}

/// What the severity of an alarm of the program follows from: how many minutes there are, and how bad it is otherwise for
/// production. The plant's own panels and protections work without TEP, so nobody is hurt by its failing alone.
pub fn rationale((minutes, economics): (u64, ConsequenceSeverity)) -> Rationale {
    let consequences = Consequences { economics, ..Consequences::default() };
    Rationale {
        assessment: Some(Assessment { time_to_respond: Duration::from_secs(minutes * 60), consequences }),
        class: Some(CLASS.to_owned()),
        justification: None,
    }
}

/// Title, cause, consequence, guidance.
type Words = [&'static str; 4];

fn alarm(
    id: AlarmId,
    severity: Severity,
    found: (u64, ConsequenceSeverity),
    [title, cause, consequence, guidance]: Words,
) -> AlarmDefinition {
    AlarmDefinition {
        id,
        title: title.into(),
        unit: None,
        tag: None,
        detector: None,
        severity,
        handling: AlarmHandling::of(severity),
        cause: cause.into(),
        consequence: consequence.into(),
        guidance: guidance.into(),
        limit: None,
        rationale: rationale(found),
    }
}

fn source_silent() -> AlarmDefinition {
    alarm(
        SOURCE_SILENT.into(),
        Severity::High,
        (2, Major),
        [
            "No values from the plant",
            "The source has stopped or is cut off.",
            "All values on the screen are old and no alarm can be raised for the plant.",
            "Supervise the plant at its own panels. Check the source on the supervision page, then its connection.",
        ],
    )
}

fn plant_tripped() -> AlarmDefinition {
    alarm(
        PLANT_TRIPPED.into(),
        Severity::High,
        (2, Major),
        [
            "The plant has tripped",
            "A protection limit was passed; the message of the source names which.",
            "Production has stopped; values stand still.",
            "Read which limit tripped, keep the trends before it, and start the plant anew only when the cause is known.",
        ],
    )
}

fn language_models_missing() -> AlarmDefinition {
    alarm(
        LANGUAGE_MODELS_MISSING.into(),
        Severity::Low,
        (480, Minor),
        [
            "No language model can be asked",
            "A language model is configured, and the broker that asks it is not at work.",
            "Alarms are explained from their evidence alone; no model has looked at them.",
            "Look at the broker on the supervision page and restart it; the explanations that are computed go on.",
        ],
    )
}

/// Nobody owes it an acknowledgement once it is over: it speaks of other alarms, which are all there.
fn alarm_flood() -> AlarmDefinition {
    let flood = alarm(
        ALARM_FLOOD.into(),
        Severity::Medium,
        (5, Major),
        [
            "Alarm flood",
            "More than ten new alarms have come within ten minutes, usually from one cause.",
            "An operator cannot attend to each of them; new ones join the groups of those that came before, without sound.",
            "Work from the leading alarms, the oldest first; each opens its group. Acknowledge a group when you have looked through it. Every alarm is in the list and owes its own acknowledgement.",
        ],
    );
    AlarmDefinition { handling: AlarmHandling { auto_ack_on_return: true, ..flood.handling }, ..flood }
}

fn historian_behind() -> AlarmDefinition {
    alarm(
        HISTORIAN_BEHIND.into(),
        Severity::Low,
        (60, Minor),
        [
            "History is behind",
            "The database is slow or not reachable.",
            "Recent values wait in memory; when that is full, the source is slowed down.",
            "Check that the database runs and its disk is not full. Values are written once it answers.",
        ],
    )
}

fn disk_low() -> AlarmDefinition {
    alarm(
        DISK_LOW.into(),
        Severity::Low,
        (120, Major),
        [
            "Disk nearly full",
            "History, database or other files have filled the disk.",
            "When it is full, no more samples are taken, so that nothing is lost.",
            "Free space, move history elsewhere, or shorten its retention.",
        ],
    )
}

fn trainer_degraded() -> AlarmDefinition {
    alarm(
        TRAINER_DEGRADED.into(),
        Severity::Low,
        (480, Minor),
        [
            "Detectors cannot be trained",
            "The trainer failed repeatedly.",
            "Detectors go on with the models that they have; one without a model stays untrained and sees nothing.",
            "Look at the supervision page for its last error, and restart it there, or train with `tep train`.",
        ],
    )
}

/// No scan comes, as when the source is silent; but nobody is surprised by it.
fn source_paused() -> AlarmDefinition {
    let mut paused = alarm(
        SOURCE_PAUSED.into(),
        Severity::Low,
        (2, Major),
        [
            "The source is paused",
            "A person has paused it; the audit says who and why.",
            "No scan is taken: values stand still, and no alarm can be raised for the plant.",
            "Resume the source on the supervision page, or the simulation on the scenarios page.",
        ],
    );
    paused.rationale.justification = Some(
        "A person has paused it on purpose and watches the plant elsewhere: this reminds and does not call. A source that falls \
         silent by itself is of high severity."
            .to_owned(),
    );
    paused
}

fn design_rules_degraded() -> AlarmDefinition {
    alarm(
        DESIGN_RULES_DEGRADED.into(),
        Severity::Low,
        (30, Minor),
        [
            "Design rules are not evaluated",
            "Whoever evaluates them has failed repeatedly, or a person has paused it.",
            "No rule hides an alarm: alarms that mean nothing in the present state of the plant come as well.",
            "Expect more alarms than usual. Look at the supervision page for the last error, and restart or resume it there.",
        ],
    )
}

fn diagnosis_degraded() -> AlarmDefinition {
    alarm(
        DIAGNOSIS_DEGRADED.into(),
        Severity::Low,
        (60, Minor),
        [
            "Alarms are not diagnosed",
            "Whoever diagnoses them has failed repeatedly, or a person has paused it.",
            "Alarms of detectors come as ever, but name no likely cause and no time to a trip.",
            "Use the contributions of the detector. Look at the supervision page for the last error, and restart or resume it there.",
        ],
    )
}

fn without_limits(unit: &Unit) -> AlarmDefinition {
    let definition = alarm(
        limits_paused(&unit.id),
        Severity::Low,
        (20, Major),
        [
            "",
            "A person has paused them; the audit says who and why.",
            "No limit of this unit is watched, nor whether its instruments work: their alarms neither come nor go.",
            "Watch the values of the unit yourself, and resume its limit charts on the supervision page.",
        ],
    );
    AlarmDefinition { title: format!("{}: limits not watched", unit.name), unit: Some(unit.id.clone()), ..definition }
}

fn degraded(detector: &DetectorSpec) -> AlarmDefinition {
    let definition = alarm(
        detector_degraded(&detector.id),
        Severity::Low,
        (60, Minor),
        [
            "",
            "It failed repeatedly, has no model, or a tag that it depends on is bad.",
            "Disturbances that only it can see stay unseen; limits still work.",
            "Look at the detector and at the supervision page for its last error; repair bad instruments first.",
        ],
    );
    AlarmDefinition {
        title: format!("Detector not working: {}", detector.name),
        detector: Some(detector.id.clone()),
        ..definition
    }
}

fn instrument(unit: &Unit) -> AlarmDefinition {
    let definition = alarm(
        instrument_alarm(&unit.id),
        Severity::Low,
        (15, Major),
        [
            "",
            "A reading is missing, not a number or outside its instrument's range, or its supervision has failed.",
            "Alarms of that tag are frozen: they neither come nor go.",
            "Find the tag marked bad in this unit and use another measurement meanwhile; call maintenance.",
        ],
    );
    AlarmDefinition {
        title: format!("{}: instrument not usable", unit.name),
        unit: Some(unit.id.clone()),
        ..definition
    }
}
