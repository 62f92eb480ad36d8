//! The alarm as orthogonal facts, and the state that is derived from them (ISA-18.2-2016, IEC 62682).
//!
//! Facts are stored, states are derived: nobody ever writes a state. The rules that change facts are in `crate::alarms`.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::group::GroupPlace;
use super::ids::{AlarmId, DetectorId, OccurrenceId, TagId, UnitId};
use super::plant::Limit;
use super::register::Rationale;
use super::sample::Quality;
use super::time::{SourceTime, WallTime};

/// How bad it is, ascending. Derived by rationalisation, not by a detector's enthusiasm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Attend within the shift.
    Low,
    /// Attend within half an hour.
    Medium,
    /// Attend within ten minutes.
    High,
    /// Attend now.
    Critical,
}

impl Severity {
    /// Its name, as plant file, journal and policies write it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

/// A configured alarm; the rationalisation register in small.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AlarmDefinition {
    /// Its id, for example `XMEAS_7/HIGH`.
    pub id: AlarmId,
    /// What an operator reads first, for example `Reactor pressure high`.
    pub title: String,
    /// Where it belongs; `None` for the plant as a whole.
    pub unit: Option<UnitId>,
    /// The tag that it watches, if it watches one.
    pub tag: Option<TagId>,
    /// The detector whose verdict it is, if it is one.
    pub detector: Option<DetectorId>,
    /// Its configured severity.
    pub severity: Severity,
    /// How its life goes where ISA-18.2 leaves a choice.
    pub handling: AlarmHandling,
    /// What may be the cause.
    pub cause: String,
    /// What happens if nobody acts.
    pub consequence: String,
    /// What the operator is to do.
    pub guidance: String,
    /// What its severity follows from.
    #[serde(default)]
    pub rationale: Rationale,
    /// The limit that it watches, as it is tuned now, if it watches one.
    #[serde(default)]
    pub limit: Option<Limit>,
}

/// Where ISA-18.2 leaves a choice, what was chosen for one alarm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlarmHandling {
    /// Whether it stays until reset after its condition is over.
    pub latching: bool,
    /// Whether a return to normal acknowledges it.
    pub auto_ack_on_return: bool,
    /// Whether a condition that comes back before anybody has acknowledged its return begins a new occurrence.
    pub return_ends_occurrence: bool,
    /// Call the operator again when it has stood this long, wall time, since it was last annunciated.
    pub re_alarm_after: Option<Duration>,
    /// The longest that it may be shelved, wall time.
    pub shelve_max: Duration,
    /// Whether whoever takes it off the shelf has taken notice of it.
    pub unshelving_acknowledges: bool,
    /// Whether the person who took it out of service may not be the one who returns it.
    pub return_needs_another_person: bool,
}

impl AlarmHandling {
    /// The usual handling of an alarm of this severity: an alarm that must be attended to at once is not shelved for
    /// a whole shift, and two people see it back into service.
    pub const fn of(severity: Severity) -> Self {
        let highest = matches!(severity, Severity::Critical);
        Self {
            latching: false,
            auto_ack_on_return: false,
            return_ends_occurrence: false,
            re_alarm_after: None,
            shelve_max: Duration::from_secs(if highest { 3600 } else { 8 * 3600 }),
            unshelving_acknowledges: true,
            return_needs_another_person: highest,
        }
    }
}

/// Whether an operator has put an alarm aside for a while. Shelving always has an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shelving {
    /// Not shelved.
    None,
    /// Until the condition is over, or until the given time.
    OneShot {
        /// The latest end.
        until: WallTime,
    },
    /// Until the given time.
    Timed {
        /// The end.
        until: WallTime,
    },
}

impl Shelving {
    /// When it ends at the latest.
    pub const fn until(self) -> Option<WallTime> {
        match self {
            Self::None => None,
            Self::OneShot { until } | Self::Timed { until } => Some(until),
        }
    }
}

/// Everything that is remembered of one alarm. Journal rows carry it, so its serialised form is the journal's format.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AlarmFacts {
    /// Whether the condition holds, past delay and deadband.
    pub active: bool,
    /// Whether the last occurrence is acknowledged; true when there is nothing to acknowledge.
    pub acked: bool,
    /// Whether it has latched since the last reset.
    pub latched: bool,
    /// Whether an operator has put it aside.
    pub shelving: Shelving,
    /// The design rule that suppresses it, if one does.
    pub suppressed_by: Option<String>,
    /// The work order under which it is out of service, if it is.
    pub out_of_service: Option<String>,
    /// Who took it out of service, while it is.
    #[serde(default)]
    pub out_of_service_by: Option<String>,
    /// Who looks after it.
    #[serde(default)]
    pub assigned_to: Option<String>,
    /// How often the operator was called again for the open or last occurrence.
    #[serde(default)]
    pub re_alarms: u32,
    /// The alarm that was first in its first-out group when the open or last occurrence began, perhaps itself; `None` for an
    /// alarm of no group.
    #[serde(default)]
    pub first_out: Option<AlarmId>,
    /// Quality of what it watches; with bad or stale quality the other facts are frozen.
    pub quality: Quality,
    /// The highest severity of the open occurrence, else the configured one.
    pub severity: Severity,
    /// The open occurrence, or the last one.
    pub occurrence: Option<OccurrenceId>,
    /// Whether that occurrence is open.
    pub open: bool,
    /// When the open or last occurrence was raised, plant time.
    pub raised_at: Option<SourceTime>,
    /// When the open or last occurrence was last annunciated, or taken off the shelf by hand, wall time.
    pub annunciated_at: Option<WallTime>,
    /// Its place in the group of the alarm from which the open or last occurrence follows, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<GroupPlace>,
    /// What the plant file has made of the alarm without anybody's approval, as a fingerprint that is the same for as long as
    /// the file says the same; `None` while the alarm runs as was approved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unapproved: Option<String>,
}

impl AlarmFacts {
    /// An alarm of which nothing has happened yet.
    pub const fn quiet(severity: Severity) -> Self {
        Self {
            active: false,
            acked: true,
            latched: false,
            shelving: Shelving::None,
            suppressed_by: None,
            out_of_service: None,
            out_of_service_by: None,
            assigned_to: None,
            re_alarms: 0,
            first_out: None,
            quality: Quality::Good,
            severity,
            occurrence: None,
            open: false,
            raised_at: None,
            annunciated_at: None,
            group: None,
            unapproved: None,
        }
    }

    /// The displayed state, by the precedence of the specification.
    pub fn state(&self) -> AlarmState {
        if self.out_of_service.is_some() {
            AlarmState::OutOfService
        } else if self.suppressed_by.is_some() {
            AlarmState::Suppressed
        } else if self.shelving != Shelving::None {
            AlarmState::Shelved
        } else if self.active {
            if self.acked { AlarmState::Acknowledged } else { AlarmState::Unacknowledged }
        } else if self.latched {
            if self.acked { AlarmState::LatchedAcknowledged } else { AlarmState::LatchedUnacknowledged }
        } else if self.acked {
            AlarmState::Normal
        } else {
            AlarmState::RtnUnacknowledged
        }
    }
}

/// The nine states of ISA-18.2, by name; tools disagree about the letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AlarmState {
    /// Nothing to tell.
    Normal,
    /// The condition holds and nobody has taken notice.
    Unacknowledged,
    /// The condition holds and somebody has taken notice.
    Acknowledged,
    /// The condition is over and nobody has taken notice of it.
    RtnUnacknowledged,
    /// The condition is over, latched, and nobody has taken notice.
    LatchedUnacknowledged,
    /// The condition is over, latched, acknowledged, and waits for a reset.
    LatchedAcknowledged,
    /// Put aside by an operator, for a limited time.
    Shelved,
    /// Suppressed by a design rule.
    Suppressed,
    /// Taken out of service by maintenance.
    OutOfService,
}

impl AlarmState {
    /// How it makes itself noticed.
    pub const fn annunciation(self) -> Annunciation {
        match self {
            Self::Unacknowledged | Self::LatchedUnacknowledged => Annunciation::FlashAndSound,
            Self::RtnUnacknowledged => Annunciation::Flash,
            Self::Acknowledged | Self::LatchedAcknowledged => Annunciation::Steady,
            Self::Normal | Self::Shelved | Self::Suppressed | Self::OutOfService => Annunciation::None,
        }
    }

    /// Whether an operator still owes an acknowledgement.
    pub const fn owes_acknowledgement(self) -> bool {
        matches!(self, Self::Unacknowledged | Self::RtnUnacknowledged | Self::LatchedUnacknowledged)
    }

    /// Whether it stands in the alarm list (shelved, suppressed and out of service have lists of their own).
    pub const fn in_alarm_list(self) -> bool {
        !matches!(self, Self::Normal | Self::Shelved | Self::Suppressed | Self::OutOfService)
    }
}

/// How an alarm makes itself noticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Annunciation {
    /// Not at all.
    None,
    /// Shown, without motion.
    Steady,
    /// Shown flashing, without sound.
    Flash,
    /// Shown flashing, with sound.
    FlashAndSound,
}

/// What happened to an alarm. The names are the journal's format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TransitionKind {
    /// A new occurrence was raised.
    Raised,
    /// The condition came back within an occurrence that was still open.
    RaisedAgain,
    /// The open occurrence became more severe, so an earlier acknowledgement does not cover it.
    Worsened,
    /// The condition was over.
    ReturnedToNormal,
    /// An operator took notice.
    Acknowledged,
    /// An operator reset a latched alarm.
    Reset,
    /// What it watches turned bad or stale, or good again.
    QualityChanged,
    /// It stood too long, so the operator was called again.
    ReAlarmed,
    /// An operator put it aside for a limited time.
    Shelved,
    /// An operator took it off the shelf.
    Unshelved,
    /// The time of its shelf was over.
    ShelfEnded,
    /// A design rule hides it.
    Suppressed,
    /// The design rule no longer holds.
    Unsuppressed,
    /// Maintenance took it out of service.
    TakenOutOfService,
    /// It came back into service.
    ReturnedToService,
    /// Somebody was given the care of it, or it was taken from them.
    Assigned,
    /// Somebody wrote a remark; nothing else changed.
    Commented,
    /// An approved change of the register took effect: limit, severity, handling or words. Without a person: the plant file runs
    /// as nobody has approved, or again as somebody has.
    ConfigurationChanged,
}

impl TransitionKind {
    /// Whether what was said with it is what the alarm shows from now on.
    pub const fn speaks(self) -> bool {
        matches!(
            self,
            Self::Raised
                | Self::RaisedAgain
                | Self::Worsened
                | Self::Acknowledged
                | Self::Shelved
                | Self::TakenOutOfService
                | Self::ReturnedToService
                | Self::Commented
        )
    }
}

/// One change of one alarm, as the rules decide it: before any journal or screen knows of it.
#[derive(Clone, Debug, PartialEq)]
pub struct AlarmTransition {
    /// What happened.
    pub kind: TransitionKind,
    /// The displayed state before.
    pub from: AlarmState,
    /// The displayed state after.
    pub to: AlarmState,
    /// Whether it must be annunciated (again).
    pub annunciate: bool,
    /// Whether the occurrence is closed by it.
    pub closes: bool,
}

/// One row of the journal: exactly one for every transition. Replaying the rows of an alarm in order gives its facts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JournalEntry {
    /// Which life of the desk wrote it; grows with every start.
    pub epoch: i64,
    /// Counts within the epoch, without gaps.
    pub sequence: i64,
    /// Which alarm.
    pub alarm: AlarmId,
    /// Which occurrence, where there is one.
    pub occurrence: Option<OccurrenceId>,
    /// What happened.
    pub kind: TransitionKind,
    /// The displayed state before.
    pub from: AlarmState,
    /// The displayed state after.
    pub to: AlarmState,
    /// All facts after it.
    pub facts: AlarmFacts,
    /// When the plant says that it happened.
    pub source_time: SourceTime,
    /// When the desk decided it.
    pub wall_time: WallTime,
    /// The scan that caused it, where one did; correlates with logs.
    pub scan: Option<u64>,
    /// The value that decided, where one did, in the tag's unit.
    pub value: Option<f64>,
    /// The limit that it was compared with, where there is one.
    pub limit: Option<f64>,
    /// Who did it, for a command.
    pub by: Option<String>,
    /// What they said.
    pub comment: Option<String>,
    /// From which client.
    pub client: Option<String>,
    /// The key under which a repeated command is recognised.
    pub idempotency_key: Option<String>,
    /// The tags that contributed most, largest first.
    pub contributions: Vec<NamedContribution>,
}

impl JournalEntry {
    /// Whether by this an alarm was put aside, is hidden or runs otherwise, and nobody answers for it.
    pub fn is_unauthorised(&self) -> bool {
        match self.kind {
            TransitionKind::Shelved | TransitionKind::TakenOutOfService => self.by.is_none(),
            TransitionKind::Suppressed => self.facts.suppressed_by.is_none(),
            TransitionKind::ConfigurationChanged => self.by.is_none() && self.facts.unapproved.is_some(),
            _ => false,
        }
    }
}

/// Who has put an alarm aside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PutAside {
    /// Who.
    pub by: Option<String>,
    /// When.
    pub at: WallTime,
    /// Why.
    pub reason: Option<String>,
}

/// Who has put an alarm aside, for as long as it is; see [`Shelving`] and `out_of_service` of [`AlarmFacts`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PutAsideBy {
    /// On the shelf.
    #[serde(default)]
    pub shelf: Option<Box<PutAside>>,
    /// Out of service.
    #[serde(default)]
    pub maintenance: Option<Box<PutAside>>,
}

impl PutAsideBy {
    /// What an entry of the journal makes of it.
    #[must_use]
    pub fn after(&self, entry: &JournalEntry) -> Self {
        let told = |kind, before: &Option<Box<PutAside>>| {
            let now = || PutAside { by: entry.by.clone(), at: entry.wall_time, reason: entry.comment.clone() };
            if entry.kind == kind { Some(Box::new(now())) } else { before.clone() }
        };
        let facts = &entry.facts;
        Self {
            shelf: told(TransitionKind::Shelved, &self.shelf).filter(|_| facts.shelving != Shelving::None),
            maintenance: told(TransitionKind::TakenOutOfService, &self.maintenance)
                .filter(|_| facts.out_of_service.is_some()),
        }
    }
}

/// A contribution by the tag's name, since the journal outlives the order of a plant file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NamedContribution {
    /// Which tag.
    pub tag: TagId,
    /// Its share, 0…1.
    pub share: f64,
}
