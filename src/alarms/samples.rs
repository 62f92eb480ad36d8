//! A plant of two units for tests: a feed that a reactor hangs on.

use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;
use uuid::Uuid;

use super::{AlarmInput, Grouping, apply};
use crate::domain::{
    ALARM_FLOOD, AlarmDefinition, AlarmFacts, AlarmHandling, ControlLoop, JournalEntry, OccurrenceId, Plant,
    RegisterRules, Severity, SignalKind, SourceTime, Tag, TagIndex, TagRole, Unit, WallTime,
};

/// Alarms of the plant.
const ALARMS: usize = 48;

const TAGS: [(&str, &str); 5] = [
    ("FEED_FLOW", "feed"),
    ("REACTOR_PRESSURE", "reactor"),
    ("REACTOR_TEMPERATURE", "reactor"),
    ("REACTOR_LEVEL", "reactor"),
    ("PRODUCT_FLOW", "product"),
];

fn tag((id, unit): (&str, &str)) -> Tag {
    Tag {
        id: id.into(),
        name: id.into(),
        description: String::new(),
        unit_of_measure: String::new(),
        unit: unit.into(),
        kind: SignalKind::Flow,
        role: TagRole::Measured,
        range_low: 0.0,
        range_high: 1.0,
        normal: 0.5,
        resolution: 0.01,
        limits: Vec::new(),
        conditions: Vec::new(),
    }
}

pub(super) fn alarm(id: &str, severity: Severity) -> AlarmDefinition {
    let tag = TAGS.iter().find(|(tag, _)| id.starts_with(tag));
    AlarmDefinition {
        id: id.into(),
        title: id.into(),
        unit: tag.map(|(_, unit)| (*unit).into()),
        tag: tag.map(|(tag, _)| (*tag).into()),
        detector: id.strip_suffix("/VERDICT").map(Into::into),
        severity,
        handling: AlarmHandling::of(severity),
        cause: String::new(),
        consequence: String::new(),
        guidance: String::new(),
        rationale: Default::default(),
        limit: None,
    }
}

/// Feed, reactor, product; the level of the reactor moves the feed.
pub(super) fn plant() -> Plant {
    let unit = |id: &str| Unit { id: id.into(), name: id.into(), description: String::new() };
    let level = ControlLoop {
        id: "level".into(),
        name: "level".into(),
        measured: TagIndex(3),
        output: TagIndex(0),
        cascade: false,
    };
    let mut alarms = vec![
        alarm("FEED_FLOW/LOW", Severity::High),
        alarm("REACTOR_PRESSURE/HIGH", Severity::Medium),
        alarm("REACTOR_PRESSURE/HIGH_HIGH", Severity::Critical),
        alarm("REACTOR_TEMPERATURE/HIGH", Severity::Medium),
        alarm("REACTOR_LEVEL/LOW", Severity::Low),
        alarm("pca/VERDICT", Severity::Medium),
        alarm("SYSTEM/DISK_LOW", Severity::Medium),
        alarm(ALARM_FLOOD, Severity::Medium),
    ];
    alarms.extend((0..40).map(|n| alarm(&format!("PRODUCT_FLOW/{n}"), Severity::Low)));
    Plant {
        id: "p".into(),
        name: "P".into(),
        scan_period: Duration::from_secs(1),
        lookup: Default::default(),
        stale_after: Duration::from_secs(5),
        units: ["feed", "reactor", "product"].map(unit).into(),
        tags: TAGS.map(tag).into(),
        loops: vec![level],
        detectors: vec![],
        alarms: alarms.into_iter().map(Arc::new).collect(),
        register: RegisterRules::default(),
        suppression_rules: Vec::new(),
        eclipses: Vec::new(),
        first_out: Vec::new(),
        consoles: Vec::new(),
    }
}

/// Every alarm of the sample plant, with the journal.
pub(super) struct Desk {
    pub plant: Plant,
    pub facts: Vec<AlarmFacts>,
    pub grouping: Grouping,
    pub journal: Vec<JournalEntry>,
}

/// So many seconds after the beginning of time.
pub(super) fn at(seconds: u64) -> WallTime {
    WallTime::from_micros(0) + Duration::from_secs(seconds)
}

impl Desk {
    pub fn new() -> Self {
        let plant = plant();
        let facts = plant.alarms.iter().map(|alarm| AlarmFacts::quiet(alarm.severity)).collect();
        Self { grouping: Grouping::of(&plant), plant, facts, journal: Vec::new() }
    }

    pub fn happen(&mut self, position: usize, input: AlarmInput, now: WallTime) {
        let alarm = &self.plant.alarms[position];
        let fresh = OccurrenceId(Uuid::from_u128(self.journal.len() as u128 + 1));
        let Ok(mut step) = apply(&self.facts[position], alarm, input, now, fresh) else { return };
        self.grouping.decide(alarm, &self.facts[position], &mut step, &[], now);
        let Some(transition) = step.transition else { return };
        let entry = JournalEntry {
            epoch: 1,
            sequence: self.journal.len() as i64 + 1,
            alarm: alarm.id.clone(),
            occurrence: step.facts.occurrence,
            kind: transition.kind,
            from: transition.from,
            to: transition.to,
            facts: step.facts.clone(),
            source_time: SourceTime::from_micros(now.as_micros()),
            wall_time: now,
            scan: None,
            value: None,
            limit: None,
            by: None,
            comment: None,
            client: None,
            idempotency_key: None,
            contributions: Vec::new(),
        };
        assert_eq!(entry.is_annunciated(), transition.annunciate, "the row says who was called: {entry:?}");
        self.grouping.remember(&entry);
        self.facts[position] = step.facts;
        self.journal.push(entry);
    }

    pub fn position(&self, alarm: &str) -> usize {
        self.plant.alarms.iter().position(|one| one.id.as_str() == alarm).unwrap()
    }

    pub fn raise(&mut self, alarm: &str, second: u64) -> &JournalEntry {
        let position = self.position(alarm);
        let severity = self.plant.alarms[position].severity;
        let on = AlarmInput::Condition { active: true, severity, at: SourceTime::from_micros(0) };
        self.happen(position, on, at(second));
        self.journal.last().unwrap()
    }

    pub fn ends(&mut self, alarm: &str, second: u64) {
        let position = self.position(alarm);
        let off = AlarmInput::Condition { active: false, severity: Severity::Low, at: SourceTime::from_micros(0) };
        self.happen(position, off, at(second));
    }

    pub fn called(&self) -> Vec<&str> {
        self.journal.iter().filter(|entry| entry.is_annunciated()).map(|entry| entry.alarm.as_str()).collect()
    }
}

/// What may happen to an alarm, by its position.
#[derive(Clone, Debug)]
pub(super) enum Act {
    On(usize),
    Off(usize),
    Acknowledge(usize),
    StoodTooLong(usize),
    Unshelve(usize),
    Shelve(usize),
    /// The plant file runs with this edit, or as was approved.
    Edit(usize, Option<u8>),
    /// Somebody approves another definition.
    Approve(usize),
}

/// Something that happens to one of the alarms, so many seconds after what happened before.
pub(super) fn act() -> impl Strategy<Value = (Act, u64)> {
    let which = 0..ALARMS;
    let act = prop_oneof![
        6 => which.clone().prop_map(Act::On),
        3 => which.clone().prop_map(Act::Off),
        1 => which.clone().prop_map(Act::Acknowledge),
        1 => which.clone().prop_map(Act::StoodTooLong),
        1 => which.clone().prop_map(Act::Shelve),
        1 => which.clone().prop_map(Act::Unshelve),
        1 => (which.clone(), prop::option::of(0u8..2)).prop_map(|(alarm, edit)| Act::Edit(alarm, edit)),
        1 => which.prop_map(Act::Approve),
    ];
    (act, 0u64..90)
}

impl Desk {
    pub fn act(&mut self, act: &Act, now: WallTime) {
        let (position, input) = match *act {
            Act::On(alarm) => {
                let severity = self.plant.alarms[alarm].severity;
                (alarm, AlarmInput::Condition { active: true, severity, at: SourceTime::from_micros(0) })
            }
            Act::Off(alarm) => (
                alarm,
                AlarmInput::Condition { active: false, severity: Severity::Low, at: SourceTime::from_micros(0) },
            ),
            Act::Acknowledge(alarm) => {
                let Some(occurrence) = self.facts[alarm].occurrence else { return };
                (alarm, AlarmInput::Acknowledge { occurrence })
            }
            Act::StoodTooLong(alarm) => {
                let Some(since) = self.facts[alarm].shown_since() else { return };
                (alarm, AlarmInput::StoodTooLong { since })
            }
            Act::Shelve(alarm) => (alarm, AlarmInput::Shelve { lasting: Duration::from_secs(600), one_shot: false }),
            Act::Unshelve(alarm) => (alarm, AlarmInput::Unshelve),
            Act::Edit(alarm, edit) => (alarm, AlarmInput::Unapproved { edit: edit.map(|edit| edit.to_string()) }),
            Act::Approve(alarm) => {
                self.happen(alarm, AlarmInput::Reconfigured, now);
                self.journal.last_mut().expect("it is always told").by = Some("eva".into());
                return;
            }
        };
        self.happen(position, input, now);
    }
}
