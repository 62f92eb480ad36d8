//! What can be asked for, and on what. The names are those of the policies and of the API.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::domain::{AlarmDefinition, AlarmId, DataClass, DetectorId, Locality, PlantId, ProviderId, Severity, UnitId};

/// Something that somebody may want to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Look at the plant: units, tags, live values, the source.
    PlantView,
    /// Look at alarms.
    AlarmView,
    /// Take notice of an alarm.
    AlarmAcknowledge,
    /// Reset an alarm that has latched.
    AlarmReset,
    /// Put an alarm aside for a limited time, and take it back.
    AlarmShelve,
    /// Take an alarm out of service and return it.
    AlarmOutOfService,
    /// Write a remark about an alarm, or give somebody the care of it.
    AlarmComment,
    /// Have an alarm explained, and ask about it; a language model may be asked, and that may cost.
    ExplanationRequest,
    /// Say how right an explanation or a diagnosis was, and what the true cause is.
    ExplanationJudge,
    /// Propose a change of the rationalisation register, and take one's own proposal back.
    RegisterPropose,
    /// Approve or reject a change of the rationalisation register.
    RegisterApprove,
    /// Let a design rule have its effect, or not.
    SuppressionSet,
    /// Read the journal.
    JournalView,
    /// Draw trends.
    TrendView,
    /// Look at detectors and their scores.
    DetectorView,
    /// Train a detector anew, and stop a training.
    DetectorTrain,
    /// Put a model of a detector to use, into the shadow or aside, and send models to another registry or fetch them from there.
    DetectorPromote,
    /// Order the source about: disturbances, speed, pause, reset.
    SourceControl,
    /// Look at the actor tree.
    SupervisionView,
    /// Restart a part of the actor tree.
    SupervisionRestart,
    /// Pause a part of the actor tree, or resume it.
    SupervisionPause,
    /// Look at the language models: their state and what they cost.
    LlmView,
    /// Order the language models about: stop every call, hold a breaker.
    LlmControl,
    /// Tell a language model something.
    LlmSend,
    /// Look at who was told of what, and at the channels.
    NotificationView,
    /// Try a channel, and have a dead notice tried again.
    NotificationManage,
    /// Read and search what is known beforehand.
    KnowledgeView,
    /// Add documents to what is known, and remove them.
    KnowledgeEdit,
    /// Create, change and disable users.
    UserManage,
    /// Change one's own password.
    AccountChangePassword,
    /// Read who did what, and what was refused.
    AuditRead,
    /// Read the metrics.
    MetricsView,
    /// Ask the API for its schema.
    SchemaIntrospect,
}

impl Action {
    /// All actions.
    pub const ALL: [Self; 33] = [
        Self::PlantView,
        Self::AlarmView,
        Self::AlarmAcknowledge,
        Self::AlarmReset,
        Self::AlarmShelve,
        Self::AlarmOutOfService,
        Self::AlarmComment,
        Self::ExplanationRequest,
        Self::ExplanationJudge,
        Self::RegisterPropose,
        Self::RegisterApprove,
        Self::SuppressionSet,
        Self::JournalView,
        Self::TrendView,
        Self::DetectorView,
        Self::DetectorTrain,
        Self::DetectorPromote,
        Self::SourceControl,
        Self::SupervisionView,
        Self::SupervisionRestart,
        Self::SupervisionPause,
        Self::LlmView,
        Self::LlmControl,
        Self::LlmSend,
        Self::NotificationView,
        Self::NotificationManage,
        Self::KnowledgeView,
        Self::KnowledgeEdit,
        Self::UserManage,
        Self::AccountChangePassword,
        Self::AuditRead,
        Self::MetricsView,
        Self::SchemaIntrospect,
    ];

    /// Its name in policies and API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PlantView => "plant:view",
            Self::AlarmView => "alarm:view",
            Self::AlarmAcknowledge => "alarm:acknowledge",
            Self::AlarmReset => "alarm:reset",
            Self::AlarmShelve => "alarm:shelve",
            Self::AlarmOutOfService => "alarm:out-of-service",
            Self::AlarmComment => "alarm:comment",
            Self::ExplanationRequest => "explanation:request",
            Self::ExplanationJudge => "explanation:judge",
            Self::RegisterPropose => "register:propose",
            Self::RegisterApprove => "register:approve",
            Self::SuppressionSet => "suppression:set",
            Self::JournalView => "journal:view",
            Self::TrendView => "trend:view",
            Self::DetectorView => "detector:view",
            Self::DetectorTrain => "detector:train",
            Self::DetectorPromote => "detector:promote",
            Self::SourceControl => "source:control",
            Self::SupervisionView => "supervision:view",
            Self::SupervisionRestart => "supervision:restart",
            Self::SupervisionPause => "supervision:pause",
            Self::LlmView => "llm:view",
            Self::LlmControl => "llm:control",
            Self::LlmSend => "llm:send",
            Self::NotificationView => "notification:view",
            Self::NotificationManage => "notification:manage",
            Self::KnowledgeView => "knowledge:view",
            Self::KnowledgeEdit => "knowledge:edit",
            Self::UserManage => "user:manage",
            Self::AccountChangePassword => "account:change-password",
            Self::AuditRead => "audit:read",
            Self::MetricsView => "metrics:view",
            Self::SchemaIntrospect => "schema:introspect",
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Action {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|action| action.as_str() == text).ok_or_else(|| format!("unknown action `{text}`"))
    }
}

/// What an action is done to.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Resource {
    /// A whole plant, its lists included.
    Plant(PlantId),
    /// A process unit.
    Unit {
        /// Its plant.
        plant: PlantId,
        /// Which unit.
        unit: UnitId,
    },
    /// An alarm.
    Alarm {
        /// Its plant.
        plant: PlantId,
        /// Its unit; `None` for the plant as a whole.
        unit: Option<UnitId>,
        /// Which alarm.
        alarm: AlarmId,
        /// How bad it is now.
        severity: Severity,
    },
    /// A detector.
    Detector {
        /// Its plant.
        plant: PlantId,
        /// Which detector.
        detector: DetectorId,
    },
    /// What would leave for a language model.
    Egress {
        /// Which provider.
        provider: ProviderId,
        /// Where it computes.
        locality: Locality,
        /// What kind of thing it would be told.
        class: DataClass,
        /// Whether the configuration lets it see that kind.
        granted: bool,
    },
    /// TEP itself: supervision, metrics, the schema of its API.
    System,
    /// An account, by name.
    User(String),
}

impl Resource {
    /// An alarm at its severity of the moment.
    pub fn alarm(plant: &PlantId, definition: &AlarmDefinition, severity: Severity) -> Self {
        Self::Alarm { plant: plant.clone(), unit: definition.unit.clone(), alarm: definition.id.clone(), severity }
    }

    /// Its kind, for a sentence.
    pub(super) const fn kind(&self) -> &'static str {
        match self {
            Self::Plant(_) => "a plant",
            Self::Unit { .. } => "a unit",
            Self::Alarm { .. } => "an alarm",
            Self::Detector { .. } => "a detector",
            Self::Egress { .. } => "a language model",
            Self::System => "TEP itself",
            Self::User(_) => "an account",
        }
    }
}

/// Its kind with the name under which it is kept, for the audit and the log.
impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plant(plant) => write!(f, "plant:{plant}"),
            Self::Unit { plant, unit } => write!(f, "unit:{plant}/{unit}"),
            Self::Alarm { plant, alarm, .. } => write!(f, "alarm:{plant}/{alarm}"),
            Self::Detector { plant, detector } => write!(f, "detector:{plant}/{detector}"),
            Self::Egress { provider, class, .. } => write!(f, "egress:{provider}/{class}"),
            Self::System => f.write_str("system"),
            Self::User(name) => write!(f, "user:{name}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_action_is_read_back_from_its_name() {
        for action in Action::ALL {
            assert_eq!(action.as_str().parse(), Ok(action));
        }
        assert!("alarm:delete".parse::<Action>().is_err());
    }
}
