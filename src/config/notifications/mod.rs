//! Who is told of alarms outside of TEP: channels, contacts, rosters and routes, as people write them.
//!
//! Everything that a name refers to is looked up here, so a contact that nobody has configured is found at the start and
//! not at night.

mod channel;
mod plan;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use self::channel::{ChannelConfig, ChannelKindConfig, MailSecurity};
use super::ConfigError;
use crate::domain::{
    AlarmDefinition, AlarmHandling, AlarmId, ChannelName, ConsequenceSeverity, NotificationPlan, Severity,
};

/// The notifier of a plant cannot be kept alive.
pub const NOTIFIER_DEGRADED: &str = "SYSTEM/NOTIFIER_DEGRADED";

/// Who is told of alarms outside of TEP. Without channels, nobody.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NotificationsConfig {
    /// Under which address people reach TEP, for links in notices.
    pub base_url: Option<String>,
    /// The ways out, by name.
    pub channels: BTreeMap<String, ChannelConfig>,
    /// Who can be told, by name.
    pub contacts: BTreeMap<String, ContactConfig>,
    /// Who is on duty when, by name.
    pub rosters: BTreeMap<String, RosterConfig>,
    /// Steps of escalation, by name.
    pub chains: BTreeMap<String, ChainConfig>,
    /// Which alarms go to whom, by name.
    pub routes: BTreeMap<String, RouteConfig>,
}

/// Somebody or something that can be told.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContactConfig {
    /// By which channel.
    pub channel: String,
    /// The mail address; only with a channel of mail.
    #[serde(default)]
    pub address: Option<String>,
}

/// Who is on duty when.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RosterConfig {
    /// Where its hours are counted: a name of the IANA database, or an offset such as `+01:00`.
    pub time_zone: String,
    /// A first day, `2026-11-23`, of a pattern of `cycle_days`; without both, the pattern is that of the week.
    #[serde(default)]
    pub cycle_start: Option<String>,
    /// How many days until the pattern begins anew.
    #[serde(default)]
    pub cycle_days: Option<u32>,
    /// Its shifts.
    #[serde(default)]
    pub shifts: Vec<ShiftConfig>,
    /// Who is on duty when no shift is.
    pub otherwise: Vec<String>,
}

/// One shift of a roster.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShiftConfig {
    /// On which days it begins: `mon` … `sun`, or numbers of the cycle's days from 1; without, on every day.
    #[serde(default)]
    pub days: Vec<DayConfig>,
    /// When it begins, `06:00`.
    pub from: String,
    /// When it ends; at or before `from` means on the next day.
    pub to: String,
    /// Who is on duty.
    pub contacts: Vec<String>,
}

/// A day of a shift.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub enum DayConfig {
    /// The number of a day of the cycle, from 1.
    OfCycle(u32),
    /// `mon`, `tue`, `wed`, `thu`, `fri`, `sat` or `sun`.
    OfWeek(String),
}

/// Steps of escalation.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChainConfig {
    /// The steps, in the order of time.
    pub steps: Vec<StepConfig>,
}

/// One step of a chain.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StepConfig {
    /// When nobody has taken notice for so long, seconds of wall time; 0 at once.
    #[serde(default)]
    pub after_seconds: u64,
    /// Names of contacts and rosters.
    pub notify: Vec<String>,
}

/// Which alarms go to whom.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RouteConfig {
    /// Only alarms that are at least as severe.
    pub severity: Severity,
    /// Only alarms of these plants, by id; without, of all.
    #[serde(default)]
    pub plants: Vec<String>,
    /// Only alarms of these units, by id; without, of all.
    #[serde(default)]
    pub units: Vec<String>,
    /// The chain that it goes along.
    pub chain: String,
    /// When less severe ones wait.
    #[serde(default)]
    pub quiet: Option<QuietConfig>,
}

/// Hours in which less severe alarms wait.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuietConfig {
    /// Where its hours are counted.
    pub time_zone: String,
    /// When it begins, `22:00`.
    pub from: String,
    /// When it ends; at or before `from` means on the next day.
    pub to: String,
    /// Alarms less severe than this wait.
    pub below: Severity,
}

impl NotificationsConfig {
    /// Whether anybody is told of anything.
    pub fn is_on(&self) -> bool {
        !self.channels.is_empty()
    }

    /// Refuses what makes no sense, and names that refer to nothing.
    ///
    /// # Errors
    /// Names the first such key.
    pub fn validate(&self) -> Result<(), ConfigError> {
        self.plan().map(drop)
    }

    /// What the rules read.
    ///
    /// # Errors
    /// Names the first key that makes no sense.
    pub fn plan(&self) -> Result<NotificationPlan, ConfigError> {
        plan::of(self)
    }

    /// The alarms of the notifications themselves, for every plant: silence is the one wrong answer.
    pub fn alarms(&self) -> Vec<AlarmDefinition> {
        if !self.is_on() {
            return Vec::new();
        }
        let channels = self.channels.keys().map(|name| channel_failing(&ChannelName::from(name.as_str())));
        channels.chain([notifier_degraded()]).collect()
    }
}

/// The alarm of a channel that does not deliver, for example `SYSTEM/NOTIFICATION_FAILING/mail`.
pub fn notification_failing(channel: &ChannelName) -> AlarmId {
    format!("SYSTEM/NOTIFICATION_FAILING/{channel}").into()
}

fn channel_failing(channel: &ChannelName) -> AlarmDefinition {
    AlarmDefinition {
        id: notification_failing(channel),
        title: format!("Notifications by {channel} fail"),
        unit: None,
        tag: None,
        detector: None,
        limit: None,
        severity: Severity::Medium,
        handling: AlarmHandling::of(Severity::Medium),
        rationale: super::plant::rationale((5, ConsequenceSeverity::Major)),
        cause: "The server at the other end is away or refuses, or the policies do not let this channel send.".into(),
        consequence: "Whoever is told by this channel hears of no alarm. Alarms on the screen are not affected.".into(),
        guidance:
            "Call those on duty by telephone. Read the last error on the notifications page, repair the server or \
                   the configuration, try the channel with its test button, and repeat the notices that are dead."
                .into(),
    }
}

fn notifier_degraded() -> AlarmDefinition {
    AlarmDefinition {
        id: NOTIFIER_DEGRADED.into(),
        title: "Nobody is notified".into(),
        cause: "The notifier has failed repeatedly, or a person has paused it.".into(),
        consequence: "Nobody outside of the control room hears of any alarm. Alarms on the screen are not affected."
            .into(),
        guidance:
            "Call those on duty by telephone. Read the last error on the supervision page and restart the notifier \
                   there; what has waited is sent then."
                .into(),
        ..channel_failing(&ChannelName::from("notifier"))
    }
}
