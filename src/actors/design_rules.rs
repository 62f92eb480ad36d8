//! Evaluates the design rules of a plant, scan by scan and alarm by alarm, and tells the desk which of them hold.
//!
//! It stands beside the way: scans do not wait for it, and when it fails the alarms go on, only less is hidden.

use std::collections::BTreeMap;
use std::sync::Arc;

use ractor::{ActorCell, ActorProcessingErr, RpcReplyPort, SpawnErr};
use ractor_cluster::RactorMessage;

use super::alarm_desk::{AlarmDesk, RuleTold};
use super::mailbox::{self, Actor, Mailbox};
use super::portrait::{Poses, Sketch};
use crate::alarms::RuleState;
use crate::config::bounds;
use crate::detect::{OnDelay, Side};
use crate::domain::expression::Situation;
use crate::domain::{AlarmId, Plant, Quality, Scan, SourceTime, SuppressionRule, TagId};
use crate::telemetry::events;

/// The only way in.
#[derive(Clone, Debug)]
pub(super) struct DesignRules(Mailbox<Msg>);

/// What the design rules start with.
pub(super) struct Args {
    pub plant: Arc<Plant>,
    pub desk: AlarmDesk,
}

/// An alarm, and whether its condition holds; `None` while nobody can see.
pub(super) type Activity = (AlarmId, Option<bool>);

#[derive(RactorMessage)]
pub(super) enum Msg {
    ScanAligned(Arc<Scan>),
    ActivityChanged { alarms: Vec<Activity>, at: SourceTime },
    SourceFellSilent,
    Pose(RpcReplyPort<Sketch>),
}

impl Poses for Msg {
    fn pose(reply: RpcReplyPort<Sketch>) -> Self {
        Self::Pose(reply)
    }
}

impl DesignRules {
    pub async fn start(args: Args, parent: ActorCell) -> Result<(Self, Mailbox<Msg>), SpawnErr> {
        let actor = mailbox::open(Behaviour, args, parent).await?;
        Ok((Self(actor.clone()), actor))
    }

    /// A scan more than it can take is left out: the next one tells how things are as well.
    pub fn scan_aligned(&self, scan: Arc<Scan>) {
        if self.0.is_full(&bounds::DESIGN_RULES) {
            events::shed(bounds::DESIGN_RULES.door, bounds::DESIGN_RULES.when_full.policy());
            return;
        }
        drop(self.0.cast(Msg::ScanAligned(scan)));
    }

    /// The conditions of these alarms may have changed.
    pub fn activity_changed(&self, alarms: Vec<Activity>, at: SourceTime) {
        drop(self.0.cast(Msg::ActivityChanged { alarms, at }));
    }

    /// No scan comes: what was last measured says nothing of now.
    pub fn source_fell_silent(&self) {
        drop(self.0.cast(Msg::SourceFellSilent));
    }
}

struct Behaviour;

struct State {
    desk: AlarmDesk,
    now: Now,
    watches: Vec<Watch>,
}

/// How things are, as far as is known.
struct Now {
    plant: Arc<Plant>,
    /// The last scan, while the source speaks.
    scan: Option<Arc<Scan>>,
    alarms: BTreeMap<AlarmId, Option<bool>>,
    at: SourceTime,
}

/// One rule under evaluation.
struct Watch {
    rule: SuppressionRule,
    delay: OnDelay,
    told: Option<(RuleState, Vec<String>)>,
}

impl Situation for Now {
    fn value(&self, tag: &TagId) -> Option<f64> {
        let sample = self.scan.as_ref()?.sample(self.plant.tag_index(tag)?)?;
        Some(sample.value).filter(|value| sample.quality.is_usable() && value.is_finite())
    }

    fn quality(&self, tag: &TagId) -> Option<Quality> {
        Some(self.scan.as_ref()?.sample(self.plant.tag_index(tag)?)?.quality)
    }

    fn active(&self, alarm: &AlarmId) -> Option<bool> {
        self.alarms.get(alarm).copied().flatten()
    }
}

impl Actor for Behaviour {
    type Msg = Msg;
    type State = State;
    type Arguments = Args;

    /// Goes on from what the desk knows, so a rule that held neither ends nor begins anew before that can be known.
    async fn pre_start(&self, _: Mailbox<Msg>, args: Args) -> Result<State, ActorProcessingErr> {
        let holding = args.desk.holding_rules().await?;
        let watch = |rule: &SuppressionRule| Watch {
            delay: OnDelay::resume(rule.on_delay, rule.off_delay, holding.contains(&rule.id)),
            rule: rule.clone(),
            told: None,
        };
        let watches = args.plant.suppression_rules.iter().map(watch).collect();
        let now = Now { plant: args.plant, scan: None, alarms: BTreeMap::new(), at: SourceTime::from_micros(0) };
        Ok(State { desk: args.desk, now, watches })
    }

    async fn handle(&self, _: Mailbox<Msg>, message: Msg, state: &mut State) -> Result<(), ActorProcessingErr> {
        match message {
            Msg::ScanAligned(scan) => {
                state.now.at = scan.source_time;
                state.now.scan = Some(scan);
                state.judge(|_| true);
            }
            Msg::ActivityChanged { alarms, at } => {
                state.now.at = state.now.at.max(at);
                let changed: Vec<AlarmId> = alarms.iter().map(|(alarm, _)| alarm.clone()).collect();
                state.now.alarms.extend(alarms);
                state.judge(|rule| changed.iter().any(|alarm| rule.when.inputs().alarms.contains(alarm)));
            }
            Msg::SourceFellSilent => {
                state.now.scan = None;
                state.lose_sight();
            }
            Msg::Pose(reply) => drop(reply.send(state.sketch())),
        }
        Ok(())
    }
}

impl State {
    /// Evaluates rules, and tells the desk what is new of them. Before the first scan nothing can be said of a rule that
    /// looks at tags.
    fn judge(&mut self, concerned: impl Fn(&SuppressionRule) -> bool) {
        let sees = self.now.scan.is_some();
        for watch in &mut self.watches {
            if concerned(&watch.rule) && (sees || !watch.rule.when.inputs().needs_scans()) {
                watch.judge(&self.now, &self.desk);
            }
        }
    }

    /// Plant time stands still while the source is silent, so no off-delay would ever pass.
    fn lose_sight(&mut self) {
        for watch in self.watches.iter_mut().filter(|watch| watch.rule.when.inputs().needs_scans()) {
            watch.delay = OnDelay::resume(watch.rule.on_delay, watch.rule.off_delay, false);
            watch.judge(&self.now, &self.desk);
        }
    }

    fn sketch(&self) -> Sketch {
        let held = self.watches.iter().filter(|watch| watch.delay.holds() == Some(true)).count();
        let words = format!("{} rules, {held} hold", self.watches.len());
        let unknown = |watch: &&Watch| matches!(watch.told, Some((RuleState::Unknown, _)));
        match self.watches.iter().filter(unknown).count() {
            0 => Sketch::at_work(words),
            some => Sketch::degraded(format!("{words}, {some} cannot be evaluated")),
        }
    }
}

impl Watch {
    /// What cannot be evaluated argues against the rule: nothing is hidden because of what nobody knows.
    fn judge(&mut self, now: &Now, desk: &AlarmDesk) {
        let says = self.rule.when.evaluate(now);
        self.delay.push(now.at, if says == Some(true) { Side::Beyond } else { Side::Back });
        let state = match (self.delay.holds(), says) {
            (Some(true), _) => RuleState::Holds,
            (_, None) => RuleState::Unknown,
            _ => RuleState::Over,
        };
        let unknown = if says.is_none() { why_unknown(&self.rule, now) } else { Vec::new() };
        if self.told.as_ref().is_some_and(|(told, why)| *told == state && *why == unknown) {
            return;
        }
        self.told = Some((state, unknown.clone()));
        desk.rule_told(RuleTold { rule: self.rule.id.clone(), state, unknown, at: now.at });
    }
}

fn why_unknown(rule: &SuppressionRule, now: &Now) -> Vec<String> {
    let names = rule.when.unknown(now);
    if names.is_empty() {
        return vec!["its expression has no result: a number is too large, or is divided by zero".into()];
    }
    names.into_iter().map(|name| format!("{name} is not known now")).collect()
}
