//! The nouns of the platform: plain values that every floor above speaks in.
//!
//! Nothing here reads a clock, logs, waits or knows a database.

pub mod alarm;
pub mod cluster;
pub mod condition;
pub mod expression;
pub mod group;
pub mod ids;
pub mod limit_rules;
pub mod llm;
mod lookup;
pub mod model;
pub mod notice;
pub mod notification;
pub mod placement;
pub mod plant;
pub mod portrait;
pub mod register;
pub mod sample;
pub mod source;
pub mod suppression;
pub mod time;
pub mod verdict;

pub use alarm::{
    AlarmDefinition, AlarmFacts, AlarmHandling, AlarmState, AlarmTransition, Annunciation, JournalEntry,
    NamedContribution, Severity, Shelving, TransitionKind,
};
pub use cluster::{Member, Members};
pub use condition::{Condition, ConditionTest, Direction, Reference};
pub use expression::Expression;
pub use group::{ALARM_FLOOD, FloodReport, GroupPlace};
pub use ids::{
    AlarmId, ChannelName, ConsoleId, ContactName, DetectorId, FirstOutId, LoopId, NodeName, OccurrenceId, PlantId,
    ProviderId, RuleId, TagId, TagIndex, UnitId,
};
pub use limit_rules::{LimitFrame, LimitPart, LimitProblem, problem_among};
pub use llm::{BudgetScope, BudgetSpan, DataClass, Dialect, Locality, Money, OrderPolicy, Purpose, Usage};
pub use lookup::Lookup;
pub use model::{ModelId, ModelState, NoModelState, TrainingJob, TrainingJobId, TrainingJobState, TrainingOrigin};
pub use notice::{Destination, Notice, NoticeData, NoticeKind, Reach, Reading};
pub use notification::{
    Channel, ChannelKind, Contact, Cycle, NotificationPlan, Quiet, Recipient, Roster, Route, Shift, Step, TimeZone,
};
pub use placement::Placement;
pub use plant::{
    Console, ControlLoop, DetectorMethod, DetectorSpec, Limit, LimitKind, Plant, SignalKind, Tag, TagRole, Unit,
};
pub use portrait::{
    ActorPortrait, Agreement, DetectorPortrait, Health, Importance, MailboxState, ModelFacts, ShadowPortrait,
    TrainingProgress,
};
pub use register::{
    Assessment, ChangeId, ChangeOrigin, ChangeState, ConsequenceSeverity, Consequences, LimitSettings, PriorityMatrix,
    RegisterChange, RegisterEntry, RegisterRules,
};
pub use sample::{Quality, Sample, Scan};
pub use source::{DisturbanceState, SourceReport, SourceState};
pub use suppression::{Eclipse, FirstOutGroup, SuppressionRule};
pub use time::{SourceTime, WallTime};
pub use verdict::{ChartRole, ChartScore, ConditionReport, Contribution, DetectorState, Drift, Verdict};
