//! Who is to be told of what, as configured: channels, contacts, rosters, chains and routes. The rules that read it are in
//! `crate::alarms::notification`.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use chrono::{FixedOffset, NaiveDate, NaiveDateTime, NaiveTime};

use super::alarm::Severity;
use super::ids::{ChannelName, ContactName, PlantId, UnitId};
use super::notice::NoticeKind;
use super::time::WallTime;

/// Everything that was configured about notifications.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NotificationPlan {
    /// Under which address people reach TEP, without a slash at the end; it goes into links.
    pub base_url: Option<String>,
    /// The ways out.
    pub channels: BTreeMap<ChannelName, Channel>,
    /// Who can be told.
    pub contacts: BTreeMap<ContactName, Contact>,
    /// Who is on duty when.
    pub rosters: BTreeMap<String, Roster>,
    /// Whom an alarm goes to, by the name of the route.
    pub routes: BTreeMap<String, Route>,
}

/// What speaks at the other end of a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChannelKind {
    /// An HTTP endpoint of one's own.
    Webhook,
    /// A mail server.
    Email,
    /// The Events API v2 of PagerDuty, or something that speaks it.
    PagerDuty,
}

impl ChannelKind {
    /// Its name in configuration and policies.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Webhook => "webhook",
            Self::Email => "email",
            Self::PagerDuty => "pagerduty",
        }
    }
}

/// One way out, as far as the rules need to know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Channel {
    /// What speaks at the other end.
    pub kind: ChannelKind,
    /// Where it goes, for people: host and port, without secrets.
    pub place: String,
    /// Which kinds of notices it carries. A test always goes.
    pub tells: BTreeSet<NoticeKind>,
    /// Whether its notices are to carry what was measured, if the policies allow it.
    pub values: bool,
    /// A notice that could not be delivered for so long is dead.
    pub give_up_after: Duration,
}

/// Somebody or something that can be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    /// By which channel.
    pub channel: ChannelName,
    /// The address within the channel: of a mail channel, a mail address.
    pub address: Option<String>,
}

/// Where days and hours of the wall are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeZone {
    /// A fixed offset from UTC.
    Fixed(FixedOffset),
    /// A zone of the IANA database, with its daylight-saving time.
    Named(chrono_tz::Tz),
}

impl TimeZone {
    /// What a clock on the wall shows there. Each instant has one such time, also where the clock is set back.
    pub fn local(self, at: WallTime) -> NaiveDateTime {
        match self {
            Self::Fixed(offset) => at.to_datetime().with_timezone(&offset).naive_local(),
            Self::Named(zone) => at.to_datetime().with_timezone(&zone).naive_local(),
        }
    }
}

/// Who is on duty when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Roster {
    /// Where its hours are counted.
    pub zone: TimeZone,
    /// When the pattern is not that of a week.
    pub cycle: Option<Cycle>,
    /// Its shifts; those that overlap are all on duty.
    pub shifts: Vec<Shift>,
    /// Who is on duty when no shift is; never empty.
    pub otherwise: Vec<ContactName>,
}

/// A pattern of so many days that begins anew each time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cycle {
    /// A day that is day 1.
    pub start: NaiveDate,
    /// How many days until it begins anew.
    pub days: u32,
}

/// One shift of a roster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shift {
    /// The days on which it begins: of the week, Monday 1 … Sunday 7, or of the roster's cycle, from 1.
    pub days: BTreeSet<u32>,
    /// When it begins.
    pub from: NaiveTime,
    /// When it ends; at or before `from` means on the next day.
    pub to: NaiveTime,
    /// Who is on duty.
    pub contacts: Vec<ContactName>,
}

/// Who a step speaks to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recipient {
    /// This one.
    Contact(ContactName),
    /// Whoever this roster has on duty when the step is taken.
    Roster(String),
}

/// One step of a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// When nobody has taken notice for so long, wall time.
    pub after: Duration,
    /// These are told.
    pub notify: Vec<Recipient>,
}

/// Hours in which less severe alarms wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quiet {
    /// Where its hours are counted.
    pub zone: TimeZone,
    /// When it begins.
    pub from: NaiveTime,
    /// When it ends; at or before `from` means on the next day.
    pub to: NaiveTime,
    /// Alarms that are less severe than this wait until it ends, if nobody has taken notice by then.
    pub below: Severity,
}

/// Which alarms go to whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// Only alarms of these plants; empty for all.
    pub plants: BTreeSet<PlantId>,
    /// Only alarms of these units; empty for all, those of the plant as a whole among them.
    pub units: BTreeSet<UnitId>,
    /// Only alarms that are at least as severe.
    pub least: Severity,
    /// When less severe ones wait.
    pub quiet: Option<Quiet>,
    /// Whom it goes to, the first at once, in the order of time.
    pub steps: Vec<Step>,
}
