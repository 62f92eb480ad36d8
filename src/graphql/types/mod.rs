//! The types of the API, one file each, converted by hand from the domain.

mod actor_node;
mod alarm;
mod alarm_connection;
mod alarm_group;
mod alarm_kpis;
mod audit;
mod broker;
mod contribution;
mod control_loop;
mod detector;
mod disturbance;
mod explanation;
mod first_out_group;
mod incident;
mod journal_connection;
mod journal_entry;
mod knowledge;
mod limit;
mod model;
mod node;
mod notification;
mod page_info;
mod plant;
mod plant_placement;
mod register;
mod register_settings;
mod source;
mod suppression_rule;
mod tag;
mod tag_condition;
mod trend;
mod unit;
mod user;
mod user_error;
mod value;
mod verdict;

pub use actor_node::{ActorNode, Health};
pub use alarm::{Alarm, AlarmState, Severity};
pub use alarm_connection::{AlarmConnection, AlarmFilter};
pub use alarm_group::{AlarmGroup, Flood};
pub use alarm_kpis::AlarmKpis;
pub use audit::{AuditConnection, AuditFilter};
pub use broker::{LlmBroker, LlmCall};
pub use contribution::Contribution;
pub use control_loop::ControlLoop;
pub use detector::{Detector, DetectorStatus};
pub use disturbance::Disturbance;
pub use explanation::{
    AlarmExplanation, Evidence, ExplanationComparison, ExplanationJudgement, ExplanationTurn, ExplanationUpdate,
};
pub use first_out_group::FirstOutGroup;
pub use incident::{Cause, Incident, Judgement};
pub use journal_connection::{JournalConnection, JournalFilter};
pub use journal_entry::JournalEntry;
pub use knowledge::{KnowledgeConnection, KnowledgeDocument, KnowledgeFilter, KnowledgeSearch, KnowledgeState};
pub use limit::Limit;
pub use model::{Model, ModelState, TrainingFrom, TrainingJob};
pub use node::Node;
pub use notification::{
    ChannelState, Notification, NotificationChannel, NotificationConnection, NotificationFilter, NotificationRoster,
    NotificationRoute, NotificationStep, Notifications,
};
pub use page_info::PageInfo;
pub use plant::Plant;
pub use plant_placement::PlantPlacement;
pub use register::{RegisterChange, RegisterConnection, RegisterDrift, RegisterEdge, RegisterEntry, RegisterFilter};
pub use register_settings::{ConsequenceSeverity, RegisterRules, RegisterSettings};
pub use source::Source;
pub use suppression_rule::SuppressionRule;
pub use tag::Tag;
pub use trend::{Trend, TrendInput, TrendPoint, TrendSeries};
pub use unit::Unit;
pub use user::User;
pub use user_error::UserError;
pub use value::{Quality, Value};
pub use verdict::Verdict;

pub(in crate::graphql) use node::{global_id, read_global_id};
pub(in crate::graphql) use value::finite;
