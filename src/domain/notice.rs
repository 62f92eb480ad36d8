//! What is told to somebody outside of TEP, and where it goes.

use serde::{Deserialize, Serialize};

use super::alarm::{AlarmState, Severity};
use super::ids::{AlarmId, ChannelName, OccurrenceId, PlantId};
use super::time::{SourceTime, WallTime};

/// Why somebody is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NoticeKind {
    /// A new occurrence calls for attention.
    Raised,
    /// The same occurrence calls again: it worsened, came back, stood too long or came out of hiding.
    Again,
    /// Nobody has taken notice for too long, so the next in the chain is told.
    Escalated,
    /// An operator has taken notice.
    Acknowledged,
    /// It was shelved, suppressed or taken out of service: nobody needs to come for it now.
    Hidden,
    /// The occurrence is over and nobody owes it anything.
    Closed,
    /// A person tries a channel.
    Test,
}

impl NoticeKind {
    /// Every kind, in the order of a life.
    pub const ALL: [Self; 7] =
        [Self::Raised, Self::Again, Self::Escalated, Self::Acknowledged, Self::Hidden, Self::Closed, Self::Test];

    /// Whether it calls somebody, rather than telling how it went on.
    pub const fn calls(self) -> bool {
        matches!(self, Self::Raised | Self::Again | Self::Escalated)
    }

    /// Its name in configuration, database and messages.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Raised => "raised",
            Self::Again => "again",
            Self::Escalated => "escalated",
            Self::Acknowledged => "acknowledged",
            Self::Hidden => "hidden",
            Self::Closed => "closed",
            Self::Test => "test",
        }
    }
}

/// What a notice says. Its serialised form is kept in the outbox.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Notice {
    /// The same for every attempt, so that who receives it twice can tell; unique for a plant and a contact.
    pub key: String,
    /// Why.
    pub kind: NoticeKind,
    /// Which plant.
    pub plant: PlantId,
    /// The plant's name for people.
    pub plant_name: String,
    /// Which alarm; `None` for a test.
    pub alarm: Option<AlarmId>,
    /// Which occurrence of it; `None` for a test.
    pub occurrence: Option<OccurrenceId>,
    /// What an operator reads first.
    pub title: String,
    /// How bad it is.
    pub severity: Severity,
    /// How the alarm stood when this was written.
    pub state: AlarmState,
    /// The name of its unit, where it belongs to one.
    pub unit: Option<String>,
    /// What an operator is to do.
    pub guidance: String,
    /// When the plant says that the occurrence began.
    pub raised_at: Option<SourceTime>,
    /// When what is told here happened.
    pub at: WallTime,
    /// For how long nobody had taken notice, seconds; for an escalation.
    #[serde(default)]
    pub waited_seconds: Option<u64>,
    /// The page of the alarm, where TEP knows under which address people reach it.
    pub link: Option<String>,
    /// What was measured. Process data: it leaves TEP only where channel and policies say so.
    #[serde(default)]
    pub reading: Option<Reading>,
}

/// What decided about an alarm.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// What was measured.
    pub value: f64,
    /// What it was compared with, where there is a limit.
    pub limit: Option<f64>,
    /// In which unit of measure; empty for a number without one.
    pub unit_of_measure: String,
}

/// How far away a host is, by its address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reach {
    /// This machine.
    Loopback,
    /// A network of its own (RFC 1918, RFC 4193, link-local).
    Private,
    /// Anywhere else.
    Public,
}

impl Reach {
    /// Its name in policies.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Loopback => "loopback",
            Self::Private => "private",
            Self::Public => "public",
        }
    }
}

/// What kind of data is about to leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NoticeData {
    /// Which alarm, how bad, how it stands, where, and what to do.
    Summary,
    /// What was measured, with its limit.
    Values,
}

impl NoticeData {
    /// Its name in policies.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Summary => "summary",
            Self::Values => "values",
        }
    }
}

/// Where something is about to go.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Destination {
    /// By which channel.
    pub channel: ChannelName,
    /// The channel's kind, as configuration names it: `webhook`, `email` or `pagerduty`.
    pub kind: String,
    /// The host as configured, in lower case.
    pub host: String,
    /// The farthest of its addresses.
    pub reach: Reach,
    /// What is to leave.
    pub data: NoticeData,
}
