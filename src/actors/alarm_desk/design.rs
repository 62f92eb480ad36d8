//! What is hidden by design: the desk applies what the design rules say, and lets HIGH_HIGH hide HIGH.
//!
//! Whether a rule's expression is true is not found here: an interpreter that fails must not take the alarms along.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ractor::{ActorProcessingErr, RpcReplyPort};
use serde::{Deserialize, Serialize};
use tracing::info;

use super::orders::Answer;
use super::{AlarmCommand, AlarmDesk, AlarmDeskError, AlarmOrder, Msg, State};
use crate::actors::design_rules::DesignRules;
use crate::actors::mailbox::Mailbox;
use crate::alarms::{AlarmInput, RuleState, Suppression, Wanted};
use crate::domain::{AlarmFacts, AlarmId, Plant, RuleId, SourceTime, WallTime};
use crate::feed::AlarmEvent;
use crate::storage::OwnedPlant;

/// How a design rule is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RuleReport {
    /// Which rule.
    pub rule: RuleId,
    /// Whether it holds, as far as is known.
    pub state: RuleState,
    /// Since when, plant time; `None` before the first word of it.
    pub since: Option<SourceTime>,
    /// What stands in the way of evaluating it, in words; empty unless its state is unknown.
    pub unknown: Vec<String>,
    /// Who switched it on or off last; `None` while nobody has.
    pub switched: Option<RuleSwitched>,
}

/// A rule was switched on or off by a person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RuleSwitched {
    /// Whether it has its effect since.
    pub enabled: bool,
    /// Who.
    pub by: String,
    /// Why.
    pub reason: Option<String>,
    /// When.
    pub at: WallTime,
}

impl RuleReport {
    /// Whether the rule has its effect while it holds.
    pub fn is_enabled(&self) -> bool {
        self.switched.as_ref().is_none_or(|switched| switched.enabled)
    }
}

/// What was found of a rule.
#[derive(Clone, Debug)]
pub(in crate::actors) struct RuleTold {
    pub rule: RuleId,
    pub state: RuleState,
    pub unknown: Vec<String>,
    pub at: SourceTime,
}

impl AlarmDesk {
    /// The design rules are evaluated again, from here on.
    pub(in crate::actors) fn rules_started(&self, rules: DesignRules) {
        drop(self.actor.cast(Msg::RulesStarted(rules)));
    }

    /// Whoever evaluates the design rules is gone: for a moment, or, when it is said why, until further notice.
    pub(in crate::actors) fn rules_gone(&self, why: Option<String>) {
        drop(self.actor.cast(Msg::RulesGone { why }));
    }

    /// A design rule holds, or no longer, or cannot be evaluated.
    pub(in crate::actors) fn rule_told(&self, told: RuleTold) {
        drop(self.actor.cast(Msg::RuleTold(told)));
    }

    /// The rules that hide alarms now; who evaluates them goes on from here.
    pub(in crate::actors) async fn holding_rules(&self) -> Result<BTreeSet<RuleId>, AlarmDeskError> {
        self.ask(Msg::HoldingRules).await
    }
}

/// What the desk knows of the design of its plant.
pub(super) struct Design {
    plant: Arc<Plant>,
    suppression: Suppression,
    reports: BTreeMap<RuleId, RuleReport>,
    /// Who evaluates the rules, while there is somebody.
    rules: Option<DesignRules>,
}

/// Under which name it is kept how a rule was switched.
fn setting(plant: &Plant, rule: &str) -> String {
    format!("rule/{}/{rule}", plant.id)
}

impl Design {
    /// Reads again which rules persons have switched off.
    pub async fn open(plant: &Arc<Plant>, storage: &OwnedPlant) -> Result<Self, ActorProcessingErr> {
        let mut suppression = Suppression::new(plant);
        let kept = storage.settings_below(&setting(plant, "")).await?;
        let mut reports = BTreeMap::new();
        for rule in &plant.suppression_rules {
            let name = setting(plant, rule.id.as_str());
            let switched = kept.iter().find(|(known, _)| *known == name).map(|(_, value)| serde_json::from_str(value));
            let switched: Option<RuleSwitched> = switched.transpose()?;
            let (state, unknown) = (RuleState::Waiting, Vec::new());
            let report = RuleReport { rule: rule.id.clone(), state, since: None, unknown, switched };
            suppression.enable(&rule.id, report.is_enabled());
            reports.insert(rule.id.clone(), report);
        }
        Ok(Self { plant: Arc::clone(plant), suppression, reports, rules: None })
    }

    pub fn reports(&self) -> Vec<RuleReport> {
        self.plant.suppression_rules.iter().filter_map(|rule| self.reports.get(&rule.id).cloned()).collect()
    }

    /// Who evaluates the rules hears of every alarm whose condition may have changed.
    pub fn alarm_changed(&self, event: &AlarmEvent) {
        if let Some(rules) = &self.rules {
            let facts = &event.alarm.facts;
            rules.activity_changed(vec![(event.entry.alarm.clone(), activity(facts))], event.entry.source_time);
        }
    }

    fn told(&mut self, told: &RuleTold) -> Vec<AlarmId> {
        let Some(report) = self.reports.get_mut(&told.rule) else { return Vec::new() };
        if report.state != told.state {
            // Before the first scan nobody knows the plant's time.
            report.since = Some(told.at).filter(|at| *at > SourceTime::from_micros(0));
        }
        (report.state, report.unknown) = (told.state, told.unknown.clone());
        self.suppression.told(&told.rule, told.state).to_vec()
    }

    /// What the journal is told with a suppression: what the rule is called.
    fn remark(&self, reason: &str) -> Option<String> {
        let rule = self.plant.suppression_rules.iter().find(|rule| rule.id.as_str() == reason)?;
        Some(rule.title.clone())
    }
}

/// Whether a condition holds; `None` while nobody can see.
fn activity(facts: &AlarmFacts) -> Option<bool> {
    facts.quality.is_usable().then_some(facts.active)
}

impl State {
    pub(super) fn rules_started(&mut self, rules: DesignRules) {
        let all = self.book.views().map(|view| (view.definition.id.clone(), activity(&view.facts))).collect();
        rules.activity_changed(all, SourceTime::from_micros(0));
        self.design.rules = Some(rules);
    }

    /// Gone for a moment, what is hidden stays hidden; gone until further notice, no rule hides anything.
    pub(super) fn rules_gone(&mut self, why: Option<String>) {
        self.design.rules = None;
        let at = self.book.plant_time();
        let Some(why) = why else { return };
        for rule in self.design.plant.clone().suppression_rules.iter().map(|rule| rule.id.clone()) {
            let unknown = vec![format!("rules are not evaluated: {why}")];
            self.rule_told(&RuleTold { rule, state: RuleState::Unknown, unknown, at });
        }
    }

    pub(super) fn rule_told(&mut self, told: &RuleTold) {
        info!(plant = %self.book.plant(), rule = %told.rule, "design rule {}: {}", told.rule, told.state.words());
        let alarms = self.design.told(told);
        self.settle(&alarms);
    }

    /// The rules that hide alarms: those that hold, and after a restart those that did.
    pub(super) fn holding_rules(&self) -> BTreeSet<RuleId> {
        let hides = |rule: &RuleId| {
            let by = |view: &Arc<crate::feed::AlarmView>| view.facts.suppressed_by.as_deref() == Some(rule.as_str());
            self.book.views().any(by)
        };
        let holds = |report: &&RuleReport| match report.state {
            RuleState::Holds => true,
            RuleState::Waiting => hides(&report.rule),
            RuleState::Over | RuleState::Unknown => false,
        };
        self.design.reports.values().filter(holds).map(|report| report.rule.clone()).collect()
    }

    /// How a rule is switched is kept before the order is carried out and answered. The spool holds no settings, so such an
    /// order waits for the database.
    pub(super) fn ordered(&mut self, order: Box<AlarmOrder>, reply: RpcReplyPort<Answer>, myself: &Mailbox<Msg>) {
        let AlarmCommand::SetRule { rule, enabled } = &order.command else { return self.carry_out(*order, reply) };
        let is_known = self.design.reports.contains_key(rule);
        if !is_known || self.was_answered(&order) {
            return self.carry_out(*order, reply);
        }
        let kept = serde_json::to_string(&self.switched(*enabled, &order)).expect("words and numbers always serialise");
        let durable = self.journal.remember(setting(&self.design.plant, rule.as_str()), Some(kept));
        let myself = myself.clone();
        tokio::spawn(async move {
            durable.notified().await;
            drop(myself.cast(Msg::RuleKept { order, reply }));
        });
    }

    /// A person lets a rule have its effect, or not.
    pub(super) fn switch_rule(&mut self, rule: &RuleId, enabled: bool, order: &AlarmOrder) -> Vec<AlarmEvent> {
        let switched = self.switched(enabled, order);
        let Some(report) = self.design.reports.get_mut(rule) else { return Vec::new() };
        report.switched = Some(switched);
        let alarms = self.design.suppression.enable(rule, enabled).to_vec();
        alarms.iter().filter_map(|alarm| self.settled(alarm)).collect()
    }

    fn switched(&self, enabled: bool, order: &AlarmOrder) -> RuleSwitched {
        RuleSwitched { enabled, by: order.by.clone(), reason: order.comment.clone(), at: self.clock.now() }
    }

    /// At the start: what an earlier life has hidden, and what is to be hidden now.
    pub(super) fn settle_all(&mut self) {
        let all: Vec<AlarmId> = self.book.views().map(|view| view.definition.id.clone()).collect();
        self.settle(&all);
    }

    fn settle(&mut self, alarms: &[AlarmId]) {
        let events = alarms.iter().filter_map(|alarm| self.settled(alarm)).collect();
        self.make_known(events, None);
    }

    /// Whoever is eclipsed follows whoever eclipses, within the same breath: so HIGH does not flash beside HIGH_HIGH.
    pub(super) fn with_what_follows(&mut self, mut events: Vec<AlarmEvent>) -> Vec<AlarmEvent> {
        let mut next = 0;
        while let Some(event) = events.get(next) {
            next += 1;
            let dependents = self.design.suppression.dependents(&event.entry.alarm).to_vec();
            events.extend(dependents.iter().filter_map(|alarm| self.settled(alarm)));
        }
        events
    }

    /// Hides an alarm that is to be hidden, and enters one that is not to be any more for its turn to come back.
    fn settled(&mut self, alarm: &AlarmId) -> Option<AlarmEvent> {
        let facts = self.book.facts(alarm)?;
        let hidden_by = facts.suppressed_by.as_deref();
        match self.design.suppression.wanted(alarm, hidden_by, |id| self.book.facts(id)) {
            Wanted::Hidden(reason) => {
                self.agenda.keep(alarm);
                let remark = self.design.remark(&reason);
                let input = AlarmInput::Suppress { rule: reason };
                self.book.news(alarm, input, remark.as_deref(), self.clock.now())
            }
            Wanted::AsItWas => {
                self.agenda.keep(alarm);
                None
            }
            Wanted::Seen => {
                if hidden_by.is_some() {
                    self.agenda.release(alarm, facts, self.clock.now());
                }
                None
            }
        }
    }
}
