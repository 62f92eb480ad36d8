//! Which alarms are hidden by design: by a rule of the plant file, or by an alarm of the same tag that says more.
//!
//! Pure bookkeeping. Whether the expression of a rule is true is found elsewhere and told here; what is hidden lives on
//! unseen ([`crate::alarms::apply`]), and comes back when its turn has come ([`crate::alarms::Agenda`]).

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use crate::domain::{AlarmFacts, AlarmId, Plant, RuleId};

/// What is known of a rule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleState {
    /// Nothing yet since the start: what it hid before stays hidden.
    #[default]
    Waiting,
    /// It holds.
    Holds,
    /// It does not hold.
    Over,
    /// It cannot be evaluated, so it hides nothing.
    Unknown,
}

impl RuleState {
    /// What it is called: `does not hold`.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Waiting => "nothing is known yet",
            Self::Holds => "holds",
            Self::Over => "does not hold",
            Self::Unknown => "cannot be evaluated",
        }
    }
}

/// The rules and eclipses of a plant.
#[derive(Clone, Debug)]
pub struct Suppression {
    /// Which alarms hide this one by saying more.
    outer: HashMap<AlarmId, Vec<AlarmId>>,
    /// Which alarms this one hides by saying more.
    inner: HashMap<AlarmId, Vec<AlarmId>>,
    rules: BTreeMap<RuleId, Rule>,
    /// The rules of an alarm, in the order of the plant file.
    of_alarm: HashMap<AlarmId, Vec<RuleId>>,
}

#[derive(Clone, Debug)]
struct Rule {
    alarms: Vec<AlarmId>,
    state: RuleState,
    enabled: bool,
}

/// What an alarm is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// In view, as far as design goes.
    Seen,
    /// Hidden, for this reason.
    Hidden(String),
    /// As it was: whoever hides it has not been heard of since the start.
    AsItWas,
}

/// What is written as the reason why an alarm is hidden by another.
fn eclipsed_by(alarm: &AlarmId) -> String {
    format!("eclipsed by {alarm}")
}

impl Suppression {
    /// Of a plant; nothing is known of its rules yet.
    pub fn new(plant: &Plant) -> Self {
        let mut of =
            Self { outer: HashMap::new(), inner: HashMap::new(), rules: BTreeMap::new(), of_alarm: HashMap::new() };
        for eclipse in &plant.eclipses {
            of.outer.entry(eclipse.of.clone()).or_default().push(eclipse.by.clone());
            of.inner.entry(eclipse.by.clone()).or_default().push(eclipse.of.clone());
        }
        for rule in &plant.suppression_rules {
            let entry = Rule { alarms: rule.alarms.clone(), state: RuleState::Waiting, enabled: true };
            of.rules.insert(rule.id.clone(), entry);
            for alarm in &rule.alarms {
                of.of_alarm.entry(alarm.clone()).or_default().push(rule.id.clone());
            }
        }
        of
    }

    /// What is known of a rule; `None` when there is no such rule.
    pub fn state(&self, rule: &RuleId) -> Option<RuleState> {
        self.rules.get(rule).map(|rule| rule.state)
    }

    /// Whether a person lets the rule have its effect; `None` when there is no such rule.
    pub fn is_enabled(&self, rule: &RuleId) -> Option<bool> {
        self.rules.get(rule).map(|rule| rule.enabled)
    }

    /// A rule has been told of. The alarms that may look different for it.
    pub fn told(&mut self, rule: &RuleId, state: RuleState) -> &[AlarmId] {
        match self.rules.get_mut(rule) {
            Some(rule) => {
                rule.state = state;
                &rule.alarms
            }
            None => &[],
        }
    }

    /// A person has switched a rule on or off. The alarms that may look different for it.
    pub fn enable(&mut self, rule: &RuleId, enabled: bool) -> &[AlarmId] {
        match self.rules.get_mut(rule) {
            Some(rule) => {
                rule.enabled = enabled;
                &rule.alarms
            }
            None => &[],
        }
    }

    /// The alarms that may look different when this one has changed: those that it eclipses.
    pub fn dependents(&self, alarm: &AlarmId) -> &[AlarmId] {
        self.inner.get(alarm).map_or(&[], Vec::as_slice)
    }

    /// What an alarm is to be. `hidden_by` is why it is hidden now, `facts` tells the facts of others.
    ///
    /// An alarm eclipses another only while it stands in the alarm list with its condition: one that is shelved, suppressed
    /// or out of service itself would leave nothing to be seen. A reason that still holds is kept, so that the reason does
    /// not change when another joins it.
    pub fn wanted<'a>(
        &self,
        alarm: &AlarmId,
        hidden_by: Option<&str>,
        facts: impl Fn(&AlarmId) -> Option<&'a AlarmFacts>,
    ) -> Wanted {
        let stands = |outer: &&AlarmId| facts(outer).is_some_and(|facts| facts.active && facts.state().in_alarm_list());
        let eclipses = self.outer.get(alarm).into_iter().flatten().filter(stands).map(eclipsed_by);
        let rules = self.of_alarm.get(alarm).into_iter().flatten();
        let in_state = |state: RuleState| {
            move |id: &&RuleId| self.rules.get(*id).is_some_and(|rule| rule.enabled && rule.state == state)
        };
        let holding = rules.clone().filter(in_state(RuleState::Holds)).map(ToString::to_string);
        let reasons: Vec<String> = eclipses.chain(holding).collect();
        if let Some(reason) = reasons.iter().find(|reason| Some(reason.as_str()) == hidden_by).or(reasons.first()) {
            return Wanted::Hidden(reason.clone());
        }
        let waits = rules.clone().filter(in_state(RuleState::Waiting)).any(|rule| Some(rule.as_str()) == hidden_by);
        if waits { Wanted::AsItWas } else { Wanted::Seen }
    }
}

#[cfg(test)]
mod tests;
