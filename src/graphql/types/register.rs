//! The rationalisation register: its entries, their changes, and where plant file and register have drifted apart.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};

use super::{PageInfo, RegisterSettings, Severity, Tag, Unit};
use crate::alarms::register as rules;
use crate::domain::{self, AlarmId, WallTime};
use crate::graphql::register::RegisterNow;
use crate::graphql::{limits, register};

/// Changes of an entry when the client does not say.
const CHANGES: i32 = 20;

/// What has become of a change of the register.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "domain::ChangeState")]
pub enum ChangeState {
    /// It waits for approval.
    Proposed,
    /// It was approved and is what the register says now.
    InForce,
    /// It was in force until a later one was.
    Superseded,
    /// Somebody has refused it.
    Rejected,
    /// Whoever proposed it has taken it back.
    Withdrawn,
}

/// Where a change of the register comes from.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "domain::ChangeOrigin")]
pub enum ChangeOrigin {
    /// The plant file, when the register first saw the alarm: the file goes on deciding.
    PlantFile,
    /// A person: the register decides.
    Person,
}

/// How plant file and register have drifted apart.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "rules::DriftKind")]
pub enum DriftKind {
    /// Somebody has edited the plant file since the entry was approved.
    FileChanged,
    /// The plant file has an alarm of which the register holds nothing.
    Appeared,
    /// The register holds an alarm that the plant file does not have any more.
    Disappeared,
    /// The approved settings do not fit the plant file of now, so the plant file decides.
    NotApplied,
}

/// One field that differs.
#[derive(SimpleObject, Clone, Debug)]
pub struct RegisterDifference {
    /// Which field, in words.
    field: String,
    /// What it said, or what the register says; null when nothing.
    before: Option<String>,
    /// What it is to say, or what the plant file says; null when nothing.
    after: Option<String>,
}

fn told(differences: &[rules::Difference]) -> Vec<RegisterDifference> {
    let one = |difference: &rules::Difference| RegisterDifference {
        field: difference.field.to_owned(),
        before: difference.before.clone(),
        after: difference.after.clone(),
    };
    differences.iter().map(one).collect()
}

/// One alarm for which plant file and register differ, and nobody has approved that.
#[derive(SimpleObject, Clone, Debug)]
pub struct RegisterDrift {
    /// The alarm's id in the plant.
    alarm: String,
    /// How.
    kind: DriftKind,
    /// Field by field: `before` is what the register says, `after` what the plant file says.
    differences: Vec<RegisterDifference>,
    /// Whether the plant runs as its file says; otherwise as the register says.
    file_runs: bool,
    /// Why the approved settings are not applied.
    problem: Option<String>,
}

impl From<&rules::Drift> for RegisterDrift {
    fn from(drift: &rules::Drift) -> Self {
        Self {
            alarm: drift.alarm.to_string(),
            kind: drift.kind.into(),
            differences: told(&drift.differences),
            file_runs: drift.file_runs,
            problem: drift.problem.clone(),
        }
    }
}

/// One change of an entry, with what has become of it.
#[derive(Clone)]
pub struct RegisterChange {
    plant: Arc<domain::Plant>,
    change: domain::RegisterChange,
}

impl RegisterChange {
    pub(in crate::graphql) fn new(plant: &Arc<domain::Plant>, change: domain::RegisterChange) -> Self {
        Self { plant: Arc::clone(plant), change }
    }

    fn settings(&self, entry: Option<&domain::RegisterEntry>) -> Option<RegisterSettings> {
        entry.map(|entry| RegisterSettings::new(entry, &self.plant.register.matrix))
    }
}

/// One change of an entry, with what has become of it.
#[Object]
impl RegisterChange {
    /// Its id; pass it to `approveRegisterChange`.
    async fn id(&self) -> ID {
        ID(self.change.id.to_string())
    }

    /// The alarm's id in the plant.
    async fn alarm(&self) -> &str {
        self.change.alarm.as_str()
    }

    /// Counts the changes of this alarm.
    async fn version(&self) -> i64 {
        self.change.version
    }

    /// What has become of it.
    async fn state(&self) -> ChangeState {
        self.change.state.into()
    }

    /// Where it comes from.
    async fn origin(&self) -> ChangeOrigin {
        self.change.origin.into()
    }

    /// What the register said when it was proposed.
    async fn before(&self) -> Option<RegisterSettings> {
        self.settings(self.change.before.as_deref())
    }

    /// What it is to say; null takes an alarm out of the register that the plant file does not have any more.
    async fn after(&self) -> Option<RegisterSettings> {
        self.settings(self.change.after.as_deref())
    }

    /// Field by field.
    async fn differences(&self) -> Vec<RegisterDifference> {
        told(&rules::differences(self.change.before.as_deref(), self.change.after.as_deref()))
    }

    /// Why.
    async fn reason(&self) -> &str {
        &self.change.reason
    }

    /// Who has proposed it.
    async fn proposed_by(&self) -> &str {
        &self.change.proposed_by
    }

    /// When, wall time.
    async fn proposed_at(&self) -> DateTime<Utc> {
        self.change.proposed_at.to_datetime()
    }

    /// Whether another than its proposer must approve it.
    async fn needs_another_person(&self) -> bool {
        rules::needs_another_person(&self.change, &self.plant)
    }

    /// Who has approved, rejected or withdrawn it.
    async fn decided_by(&self) -> Option<&str> {
        self.change.decided_by.as_deref()
    }

    /// When, wall time.
    async fn decided_at(&self) -> Option<DateTime<Utc>> {
        self.change.decided_at.map(WallTime::to_datetime)
    }

    /// What they said.
    async fn decision(&self) -> Option<&str> {
        self.change.decision.as_deref()
    }
}

/// One alarm in the register.
#[derive(Clone)]
pub struct RegisterEntry {
    now: Arc<RegisterNow>,
    alarm: AlarmId,
}

impl RegisterEntry {
    pub(in crate::graphql) fn new(now: &Arc<RegisterNow>, alarm: AlarmId) -> Self {
        Self { now: Arc::clone(now), alarm }
    }

    fn definition(&self) -> Option<&domain::AlarmDefinition> {
        self.now.file.alarm(&self.alarm).map(|definition| &**definition)
    }

    fn settings(&self, entry: &domain::RegisterEntry) -> RegisterSettings {
        RegisterSettings::new(entry, &self.now.file.register.matrix)
    }

    fn change(&self, change: Option<&domain::RegisterChange>) -> Option<RegisterChange> {
        change.map(|change| RegisterChange::new(&self.now.file, change.clone()))
    }
}

/// One alarm in the register.
#[Object]
impl RegisterEntry {
    /// The alarm's id in the plant, for example `XMEAS_7/HIGH`.
    async fn key(&self) -> &str {
        self.alarm.as_str()
    }

    /// What an operator reads first; its id, for an alarm that the plant file does not have any more.
    async fn title(&self) -> &str {
        self.definition().map_or(self.alarm.as_str(), |definition| &definition.title)
    }

    /// The unit that it belongs to; null for the plant as a whole.
    async fn unit(&self) -> Option<Unit> {
        Unit::by_key(&self.now.file, self.definition()?.unit.as_ref()?.as_str())
    }

    /// The tag that it watches.
    async fn tag(&self) -> Option<Tag> {
        Tag::by_key(&self.now.file, self.definition()?.tag.as_ref()?.as_str())
    }

    /// The version that is approved; pass it to `proposeRegisterChange`. 0 when the register holds nothing.
    async fn version(&self) -> i64 {
        self.now.register.of_alarm(&self.alarm).map_or(0, |change| change.version)
    }

    /// What is approved; null when the register holds nothing.
    async fn approved(&self) -> Option<RegisterSettings> {
        let standing = self.now.register.of_alarm(&self.alarm)?;
        standing.after.as_deref().map(|entry| self.settings(entry))
    }

    /// What the plant file says; null when it does not have the alarm any more.
    async fn file(&self) -> Option<RegisterSettings> {
        self.definition().map(|definition| self.settings(&definition.into()))
    }

    /// What is in force in the plant that runs; null when it does not have the alarm.
    async fn running(&self) -> Option<RegisterSettings> {
        self.now.running(&self.alarm).map(|definition| self.settings(&definition.into()))
    }

    /// Whether the register decides of this alarm; otherwise the plant file does.
    async fn register_decides(&self) -> bool {
        self.now.overlay.decided.contains(&self.alarm)
    }

    /// The change that is in force: who has approved what the register says, and when.
    async fn in_force(&self) -> Option<RegisterChange> {
        self.change(self.now.register.of_alarm(&self.alarm))
    }

    /// The change that waits for approval.
    async fn pending(&self) -> Option<RegisterChange> {
        self.change(self.now.register.pending(&self.alarm))
    }

    /// How it has drifted, if it has.
    async fn drift(&self) -> Option<RegisterDrift> {
        self.now.drift_of(&self.alarm).map(RegisterDrift::from)
    }

    /// Its changes, newest first.
    #[graphql(complexity = "limits::cost(first, CHANGES, child_complexity)")]
    async fn changes(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 20)] first: Option<i32>,
    ) -> Result<Vec<RegisterChange>> {
        let first = limits::page_size(first, CHANGES)?;
        let changes = register::history(ctx, &self.alarm, first).await?;
        Ok(changes.into_iter().map(|change| RegisterChange::new(&self.now.file, change)).collect())
    }
}

/// One page of the register, in the order of the plant file.
#[derive(SimpleObject, Clone)]
pub struct RegisterConnection {
    /// The entries of this page.
    pub(in crate::graphql) edges: Vec<RegisterEdge>,
    /// Where the page ends.
    pub(in crate::graphql) page_info: PageInfo,
    /// How many entries the filter lets through, on all pages.
    pub(in crate::graphql) total_count: usize,
    /// How many changes of the whole register wait for approval.
    pub(in crate::graphql) pending_count: usize,
    /// How many alarms of the whole register have drifted.
    pub(in crate::graphql) drift_count: usize,
}

/// One entry of a page.
#[derive(SimpleObject, Clone)]
pub struct RegisterEdge {
    /// Pass it as `after` to go on behind this entry.
    pub(in crate::graphql) cursor: String,
    /// The entry.
    pub(in crate::graphql) node: RegisterEntry,
}

/// Which entries of the register.
#[derive(async_graphql::InputObject, Clone, Debug, Default)]
pub struct RegisterFilter {
    /// Id, title, tag or words contain this, whatever the case.
    pub(in crate::graphql) search: Option<String>,
    /// Of this unit.
    pub(in crate::graphql) unit: Option<String>,
    /// Running with one of these severities.
    pub(in crate::graphql) severities: Option<Vec<Severity>>,
    /// Only those of which a change waits for approval.
    #[graphql(default)]
    pub(in crate::graphql) pending: bool,
    /// Only those that have drifted.
    #[graphql(default)]
    pub(in crate::graphql) drifted: bool,
    /// Only those that nobody has assessed.
    #[graphql(default)]
    pub(in crate::graphql) unassessed: bool,
}
