//! The nouns of the platform: plain values that every floor above speaks in.
//!
//! Nothing here reads a clock, logs, waits or knows a database.

pub mod alarm;
pub mod cluster;
pub mod condition;
pub mod diagnosis;
pub mod expression;
pub mod group;
pub mod ids;
pub mod incident;
pub mod knowledge;
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
mod words;

pub use alarm::{
    AlarmDefinition, AlarmFacts, AlarmHandling, AlarmState, AlarmTransition, Annunciation, JournalEntry,
    NamedContribution, PutAside, PutAsideBy, Severity, Shelving, TransitionKind,
};
pub use cluster::{Member, Members};
pub use condition::{Condition, ConditionTest, Direction, Reference};
pub use diagnosis::{
    Candidate, Cause, Diagnosis, DiagnosisWindow, Inconclusive, Root, SimilarIncident, TimeToTrip, Told,
};
pub use expression::Expression;
pub use group::{ALARM_FLOOD, FloodReport, GroupPlace};
pub use ids::{
    AlarmId, CauseId, ChannelName, ConsoleId, ContactName, DetectorId, DocumentId, FirstOutId, LoopId, NodeName,
    OccurrenceId, PassageId, PlantId, ProviderId, RuleId, TagId, TagIndex, UnitId,
};
pub use incident::{CalledBy, Fingerprint, Incident, IncidentVerdict, Judgement};
pub use knowledge::{DocumentKind, DocumentMedia, DocumentOrigin, FoundPassage, Passage, PassageFilter};
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
    Rationale, RationaleProblem, RegisterChange, RegisterEntry, RegisterRules,
};
pub use sample::{Quality, Sample, Scan};
pub use source::{DisturbanceState, SourceReport, SourceState};
pub use suppression::{Eclipse, FirstOutGroup, SuppressionRule};
pub use time::{SourceTime, WallTime};
pub use verdict::{ChartRole, ChartScore, ConditionReport, Contribution, DetectorState, Drift, Verdict};
