//! What the desk remembers of every alarm, and how it numbers what happens to them.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use tracing::warn;
use uuid::{NoContext, Timestamp, Uuid};

use super::orders::{AlarmCommand, OrderItem, OrderRefused};
use super::{AlarmOrder, AlarmSnapshot, RuleReport};
use crate::actors::plant::SystemCondition;
use crate::alarms::{AlarmInput, FirstOut, Grouping, apply};
use crate::domain::{
    ALARM_FLOOD, AlarmDefinition, AlarmFacts, AlarmId, ConditionReport, JournalEntry, NamedContribution, OccurrenceId,
    Plant, PlantId, Severity, SourceTime, TransitionKind, WallTime,
};
use crate::feed::{AlarmEvent, AlarmView, Cursor};
use crate::storage::LastTransition;

/// Every alarm of one plant.
pub(super) struct Book {
    /// The plant that runs: the plant file with what the register has decided.
    plant: Arc<Plant>,
    /// Severities of the plant file, which charts report that know nothing of the register.
    in_file: HashMap<AlarmId, Severity>,
    /// In the order of the plant.
    alarms: Vec<Arc<AlarmView>>,
    cursor: Cursor,
    first_out: FirstOut,
    /// The newest plant time of which the desk has heard; commands, which come from the wall, are filed under it.
    plant_time: SourceTime,
    grouping: Grouping,
    /// Alarms that the journal knows and the plant does not have any more.
    gone: BTreeMap<AlarmId, AlarmFacts>,
}

/// Who orders, and of what the order speaks.
struct Cause<'a> {
    source_time: SourceTime,
    report: Option<&'a ConditionReport>,
    /// What the runtime has to say about itself, in words.
    remark: Option<&'a str>,
    order: Option<Orderer<'a>>,
}

/// Who orders, and what they say.
#[derive(Clone, Copy)]
pub(super) struct Orderer<'a> {
    pub by: &'a str,
    pub comment: Option<&'a str>,
    pub client: Option<&'a str>,
    pub key: &'a str,
}

impl<'a> From<&'a AlarmOrder> for Orderer<'a> {
    fn from(order: &'a AlarmOrder) -> Self {
        let AlarmOrder { by, comment, client, idempotency_key, .. } = order;
        Self { by, comment: comment.as_deref(), client: client.as_deref(), key: idempotency_key }
    }
}

impl Book {
    /// Opens the book of a plant: what is configured, with the facts that the journal remembers. Facts of alarms that
    /// are no longer configured stay in the journal and are told once. The `recent` rows, oldest first, tell which groups
    /// are open.
    pub fn open(
        (file, plant): (&Plant, &Arc<Plant>),
        epoch: i64,
        remembered: Vec<(AlarmId, AlarmFacts, LastTransition)>,
        recent: &[JournalEntry],
    ) -> Self {
        let mut alarms: Vec<_> = plant.alarms.iter().map(|definition| Arc::new(quiet_view(definition))).collect();
        let mut plant_time = SourceTime::from_micros(0);
        let mut gone = BTreeMap::new();
        for (id, facts, last) in remembered {
            plant_time = plant_time.max(last.source_time);
            match plant.alarm_index(&id).and_then(|at| alarms.get_mut(at)) {
                Some(view) => *view = Arc::new(restored(&view.definition, facts, last)),
                None => {
                    warn!(alarm.id = %id, "the journal knows an alarm that is no longer configured");
                    gone.insert(id, facts);
                }
            }
        }
        let in_file = file.alarms.iter().map(|definition| (definition.id.clone(), definition.severity)).collect();
        let mut grouping = Grouping::of(plant);
        recent.iter().for_each(|entry| grouping.remember(entry));
        // Of a flood that is older than these rows its alarm tells.
        let flood = plant.alarm_index(&AlarmId::from(ALARM_FLOOD)).and_then(|at| alarms.get(at));
        let flood = flood.filter(|view| view.facts.active && !grouping.is_flood());
        if let Some(began) = flood.and_then(|view| view.facts.shown_since()) {
            grouping.flood_began(began);
        }
        let first_out = FirstOut::new(plant);
        let cursor = Cursor { epoch, sequence: 0 };
        Self { plant: Arc::clone(plant), in_file, alarms, cursor, first_out, plant_time, grouping, gone }
    }

    pub fn plant(&self) -> &PlantId {
        &self.plant.id
    }

    /// What is on the screens: on a quiet plant, charts have nothing to report for hours.
    pub fn plant_shows(&mut self, time: Option<SourceTime>) {
        self.plant_time = time.map_or(self.plant_time, |time| self.plant_time.max(time));
    }

    /// The newest plant time of which the desk has heard.
    pub fn plant_time(&self) -> SourceTime {
        self.plant_time
    }

    pub fn cursor(&self) -> Cursor {
        self.cursor
    }

    pub fn snapshot(&self, rules: Vec<RuleReport>, now: WallTime) -> AlarmSnapshot {
        let flood = self.grouping.report(now);
        AlarmSnapshot { cursor: self.cursor, alarms: self.alarms.clone(), flood, rules }
    }

    /// Whether a flood runs, and when it is over if nothing more comes.
    pub fn flood(&self) -> (bool, Option<WallTime>) {
        (self.grouping.is_flood(), self.grouping.flood_ends_at())
    }

    /// What the alarm of the flood has to say, when it does not say so yet.
    pub fn flood_turned(&mut self, now: WallTime) -> Option<AlarmEvent> {
        self.grouping.pass(now);
        let alarm = AlarmId::from(ALARM_FLOOD);
        let view = self.view(&alarm)?;
        let active = self.grouping.is_flood();
        if view.facts.active == active {
            return None;
        }
        let severity = view.definition.severity;
        let count = self.grouping.report(now).count;
        let remark = format!("{count} new alarms within ten minutes");
        let cause = Cause { source_time: self.plant_time, report: None, remark: Some(&remark), order: None };
        self.apply(&alarm, AlarmInput::Condition { active, severity, at: self.plant_time }, &cause, now).ok()?
    }

    /// The facts of one alarm.
    pub fn facts(&self, alarm: &AlarmId) -> Option<&AlarmFacts> {
        self.view(alarm).map(|view| &view.facts)
    }

    pub fn active(&self) -> BTreeSet<AlarmId> {
        self.alarms.iter().filter(|view| view.facts.active).map(|view| view.definition.id.clone()).collect()
    }

    pub fn view(&self, alarm: &AlarmId) -> Option<&Arc<AlarmView>> {
        self.alarms.get(self.plant.alarm_index(alarm)?)
    }

    pub fn summary(&self) -> String {
        let listed = self.alarms.iter().filter(|view| view.facts.state().in_alarm_list()).count();
        format!("{} alarms configured, {listed} in the list", self.alarms.len())
    }

    /// What the runtime says of itself, as a report; `None` for an alarm that is not configured.
    pub fn system_report(&self, condition: &SystemCondition, source_time: SourceTime) -> Option<ConditionReport> {
        let severity = self.view(&condition.alarm).map(|view| view.definition.severity);
        if severity.is_none() {
            warn!(alarm.id = %condition.alarm, "a condition of the runtime has no alarm configured: {}", condition.detail);
        }
        Some(ConditionReport {
            alarm: condition.alarm.clone(),
            active: Some(condition.active),
            severity: severity?,
            source_time: source_time.max(self.plant_time),
            scan: 0,
            value: f64::NAN,
            limit: f64::NAN,
            contributions: Vec::new(),
        })
    }

    /// A chart's report changes what is known of an alarm; each change is one event.
    pub fn condition_changed(
        &mut self,
        report: &ConditionReport,
        remark: Option<&str>,
        now: WallTime,
    ) -> Vec<AlarmEvent> {
        self.plant_time = self.plant_time.max(report.source_time);
        let cause = Cause { source_time: report.source_time, report: None, remark, order: None };
        let mut events = Vec::new();
        let report = &self.as_registered(report);
        let cause = Cause { report: Some(report), ..cause };
        for input in AlarmInput::of_report(report) {
            match self.apply(&report.alarm, input, &cause, now) {
                Ok(event) => events.extend(event),
                Err(refused) => warn!(alarm.id = %report.alarm, "a chart was refused: {refused}"),
            }
        }
        events
    }

    /// A report of a chart that has its severity from the plant file has it from the register instead.
    fn as_registered(&self, report: &ConditionReport) -> ConditionReport {
        let mut report = report.clone();
        if let Some(view) = self.view(&report.alarm)
            && self.in_file.get(&report.alarm) == Some(&report.severity)
        {
            report.severity = view.definition.severity;
        }
        report
    }

    /// Another plant runs from now on: the definition of one of its alarms has changed, by order of a person.
    pub fn reconfigured(
        &mut self,
        plant: &Arc<Plant>,
        alarm: &AlarmId,
        order: Orderer<'_>,
        now: WallTime,
    ) -> Option<AlarmEvent> {
        self.plant = Arc::clone(plant);
        let at = plant.alarm_index(alarm)?;
        let definition = Arc::clone(&plant.alarms[at]);
        let limit = definition.limit.as_ref().map(|limit| limit.value);
        let view = self.alarms.get_mut(at)?;
        *view = Arc::new(AlarmView { definition, ..(**view).clone() });
        let cause = Cause { source_time: self.plant_time, report: None, remark: None, order: Some(order) };
        match self.apply_with(alarm, AlarmInput::Reconfigured, &cause, limit, now) {
            Ok(event) => event,
            Err(refused) => {
                warn!(alarm.id = %alarm, "a change of the register was refused: {refused}");
                None
            }
        }
    }

    /// The plant file runs as nobody has approved (`edit`), or the alarm runs again as somebody has: by itself, or by an order.
    pub fn runs_unapproved(
        &mut self,
        alarm: &AlarmId,
        edit: Option<String>,
        words: &str,
        order: Option<Orderer<'_>>,
        now: WallTime,
    ) -> Option<AlarmEvent> {
        let cause = Cause { source_time: self.plant_time, report: None, remark: Some(words), order };
        match self.apply(alarm, AlarmInput::Unapproved { edit }, &cause, now) {
            Ok(event) => event,
            Err(refused) => {
                warn!(alarm.id = %alarm, "news of the plant file was refused: {refused}");
                None
            }
        }
    }

    /// An alarm that the plant file does not have any more, as `definition` was approved: its life is over.
    pub fn has_gone(
        &mut self,
        definition: AlarmDefinition,
        edit: String,
        words: String,
        now: WallTime,
    ) -> Option<AlarmEvent> {
        let quiet = AlarmFacts::quiet(definition.severity);
        let alarm = definition.id.clone();
        let before = self.gone.get(&alarm).cloned().unwrap_or_else(|| quiet.clone());
        if before.unapproved.as_ref() == Some(&edit) {
            return None;
        }
        let (occurrence, raised_at) = (before.occurrence, before.raised_at);
        let facts = AlarmFacts { occurrence, raised_at, unapproved: Some(edit), ..quiet };
        self.gone.insert(alarm.clone(), facts.clone());
        self.cursor.sequence += 1;
        let entry = JournalEntry {
            epoch: self.cursor.epoch,
            sequence: self.cursor.sequence,
            alarm,
            occurrence,
            kind: TransitionKind::ConfigurationChanged,
            from: before.state(),
            to: facts.state(),
            facts: facts.clone(),
            source_time: self.plant_time,
            wall_time: now,
            scan: None,
            value: None,
            limit: None,
            by: None,
            comment: Some(words),
            client: None,
            idempotency_key: None,
            contributions: Vec::new(),
        };
        let alarm = Arc::new(AlarmView { facts, ..quiet_view(&Arc::new(definition)) });
        Some(AlarmEvent { entry: Arc::new(entry), alarm, annunciate: false })
    }

    /// Somebody orders something of one alarm. An order that names an occurrence is for that one only.
    pub fn carry_out(
        &mut self,
        item: &OrderItem,
        order: &AlarmOrder,
        now: WallTime,
    ) -> Result<Option<AlarmEvent>, OrderRefused> {
        let standing = self.view(&item.alarm).ok_or(OrderRefused::UnknownAlarm)?.facts.occurrence;
        let is_command_for_another = item.occurrence.is_some() && item.occurrence != standing;
        if is_command_for_another && order.command != AlarmCommand::Acknowledge {
            return Err(OrderRefused::OccurrenceMismatch);
        }
        let input = order.command.input(item, &order.by)?;
        let cause = Cause { source_time: self.plant_time, report: None, remark: None, order: Some(order.into()) };
        self.apply(&item.alarm, input, &cause, now)
    }

    /// What time alone does to an alarm, or a design rule; `remark` is what the journal is told with it.
    pub fn news(
        &mut self,
        alarm: &AlarmId,
        input: AlarmInput,
        remark: Option<&str>,
        now: WallTime,
    ) -> Option<AlarmEvent> {
        let cause = Cause { source_time: self.plant_time, report: None, remark, order: None };
        match self.apply(alarm, input, &cause, now) {
            Ok(event) => event,
            Err(refused) => {
                warn!(alarm.id = %alarm, "news was refused: {refused}");
                None
            }
        }
    }

    /// Every alarm, for whoever must enter it somewhere.
    pub fn views(&self) -> impl Iterator<Item = &Arc<AlarmView>> {
        self.alarms.iter()
    }

    fn apply(
        &mut self,
        alarm: &AlarmId,
        input: AlarmInput,
        cause: &Cause<'_>,
        now: WallTime,
    ) -> Result<Option<AlarmEvent>, OrderRefused> {
        let limit = cause.report.map(|report| report.limit).filter(|limit| limit.is_finite());
        self.apply_with(alarm, input, cause, limit, now)
    }

    fn apply_with(
        &mut self,
        alarm: &AlarmId,
        input: AlarmInput,
        cause: &Cause<'_>,
        limit: Option<f64>,
        now: WallTime,
    ) -> Result<Option<AlarmEvent>, OrderRefused> {
        let at = self.plant.alarm_index(alarm).ok_or(OrderRefused::UnknownAlarm)?;
        let view = &self.alarms[at];
        let fresh = OccurrenceId(Uuid::new_v7(timestamp(now)));
        let mut step = apply(&view.facts, &view.definition, input, now, fresh)?;
        let contributions = cause.report.map(|report| self.named(report)).unwrap_or_default();
        self.grouping.decide(&view.definition, &view.facts, &mut step, &contributions, now);
        let (mut facts, Some(transition)) = (step.facts, step.transition) else { return Ok(None) };
        if transition.kind == TransitionKind::Raised {
            facts.first_out = self.first_out.of_occurrence(alarm, |id| self.facts(id));
        }
        self.cursor.sequence += 1;
        let entry = JournalEntry {
            epoch: self.cursor.epoch,
            sequence: self.cursor.sequence,
            alarm: alarm.clone(),
            occurrence: facts.occurrence,
            kind: transition.kind,
            from: transition.from,
            to: transition.to,
            facts,
            source_time: cause.source_time,
            wall_time: now,
            scan: cause.report.map(|report| report.scan).filter(|scan| *scan > 0),
            value: cause.report.map(|report| report.value).filter(|value| value.is_finite()),
            limit,
            by: cause.order.map(|order| order.by.to_owned()),
            comment: cause.order.and_then(|order| order.comment).or(cause.remark).map(str::to_owned),
            client: cause.order.and_then(|order| order.client).map(str::to_owned),
            idempotency_key: cause.order.map(|order| order.key.to_owned()),
            contributions,
        };
        self.grouping.remember(&entry);
        let next = Arc::new(after(view, &entry));
        self.alarms[at] = Arc::clone(&next);
        Ok(Some(AlarmEvent { entry: Arc::new(entry), alarm: next, annunciate: transition.annunciate }))
    }

    fn named(&self, report: &ConditionReport) -> Vec<NamedContribution> {
        let name = |tag| self.plant.tag(tag).map(|tag| tag.id.clone());
        let named = |c: &crate::domain::Contribution| Some(NamedContribution { tag: name(c.tag)?, share: c.share });
        report.contributions.iter().filter_map(named).collect()
    }
}

fn quiet_view(definition: &Arc<AlarmDefinition>) -> AlarmView {
    AlarmView {
        facts: AlarmFacts::quiet(definition.severity),
        definition: Arc::clone(definition),
        value: None,
        limit: None,
        contributions: Vec::new(),
        acknowledged_by: None,
        acknowledged_at: None,
        comment: None,
        put_aside: Default::default(),
    }
}

fn restored(definition: &Arc<AlarmDefinition>, mut facts: AlarmFacts, last: LastTransition) -> AlarmView {
    // What is over shows what is configured now; an occurrence that stands keeps what it was raised with.
    if !facts.open {
        facts.severity = definition.severity;
    }
    AlarmView {
        definition: Arc::clone(definition),
        facts,
        value: last.value,
        limit: last.limit,
        contributions: last.contributions,
        acknowledged_by: last.acknowledged_by,
        acknowledged_at: last.acknowledged_at,
        comment: last.comment,
        put_aside: last.put_aside,
    }
}

/// The alarm after an entry. Value, limit and contributions stay those of the last entry that had them; who has
/// acknowledged is forgotten when somebody owes it again.
fn after(view: &AlarmView, entry: &JournalEntry) -> AlarmView {
    let mut next = view.clone();
    next.facts = entry.facts.clone();
    next.value = entry.value.or(view.value);
    next.limit = entry.limit.or(view.limit);
    if !entry.contributions.is_empty() && entry.facts.active {
        next.contributions.clone_from(&entry.contributions);
    }
    if entry.kind == TransitionKind::Acknowledged {
        next.acknowledged_by.clone_from(&entry.by);
        next.acknowledged_at = Some(entry.wall_time);
    } else if !entry.facts.acked {
        next.acknowledged_by = None;
        next.acknowledged_at = None;
    }
    if entry.kind.speaks() {
        next.comment.clone_from(&entry.comment);
    }
    next.put_aside = view.put_aside.after(entry);
    next
}

pub(super) fn timestamp(now: WallTime) -> Timestamp {
    let micros = now.as_micros().max(0).unsigned_abs();
    let nanos = u32::try_from(micros % 1_000_000).unwrap_or(0) * 1_000;
    Timestamp::from_unix(NoContext, micros / 1_000_000, nanos)
}

/// Severity as metrics and logs name it.
pub(super) fn severity_name(severity: Severity) -> &'static str {
    match severity {
        Severity::Low => "low",
        Severity::Medium => "medium",
        Severity::High => "high",
        Severity::Critical => "critical",
    }
}
