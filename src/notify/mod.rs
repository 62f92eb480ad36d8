//! Speaks to the outside: posts a notice by a webhook, by mail, or to the Events API of PagerDuty.
//!
//! Every connection goes through one door ([`Egress`]): the host's addresses are looked up, the policies are asked about the
//! farthest of them, and the line goes to one of these very addresses. No redirect is followed, no proxy of the environment is
//! used, and what the other end answers is read up to a limit and believed only as far as its status.

mod connect;
mod http;
mod pagerduty;
mod smtp;
mod webhook;

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use thiserror::Error;
use tokio::time::timeout;

pub use self::connect::{Egress, reach_of};
use self::pagerduty::PagerDuty;
use self::smtp::Mail;
use self::webhook::Webhook;
use crate::config::notifications::{ChannelConfig, ChannelKindConfig};
use crate::domain::{ChannelName, ContactName, Destination, Notice, NoticeData, Reach, WallTime};

/// What is to be delivered.
#[derive(Clone, Copy, Debug)]
pub struct Outgoing<'a> {
    /// To whom.
    pub contact: &'a ContactName,
    /// The address within the channel; of mail, the mail address.
    pub address: Option<&'a str>,
    /// What it says.
    pub notice: &'a Notice,
    /// What time it is; signatures and dates of messages carry it.
    pub now: WallTime,
}

/// Why a notice was not delivered.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{problem}")]
pub struct Undelivered {
    /// In words.
    pub problem: String,
    /// What that says about the next attempt.
    pub kind: Trouble,
}

/// What a failed attempt says about the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The channel as a whole does not work now; every notice waits, at least so long where the other end says so.
    Channel {
        /// What the other end asks for.
        retry_after: Option<Duration>,
    },
    /// The other end does not take this notice now; others may be taken.
    Later,
    /// The other end will never take this notice; others may be taken.
    Notice,
    /// The policies do not let it out.
    Denied,
}

impl Undelivered {
    fn channel(problem: impl Into<String>) -> Self {
        Self { problem: problem.into(), kind: Trouble::Channel { retry_after: None } }
    }

    fn notice(problem: impl Into<String>) -> Self {
        Self { problem: problem.into(), kind: Trouble::Notice }
    }

    fn denied(problem: impl Into<String>) -> Self {
        Self { problem: problem.into(), kind: Trouble::Denied }
    }
}

/// One way out. Cheap to clone; all clones share one rate.
#[derive(Clone)]
pub struct Channel(Arc<Inner>);

struct Inner {
    name: ChannelName,
    kind: &'static str,
    values: bool,
    timeout: Duration,
    rate: DefaultDirectRateLimiter,
    egress: Egress,
    way: Way,
}

enum Way {
    Webhook(Box<Webhook>),
    Mail(Box<Mail>),
    PagerDuty(PagerDuty),
}

impl std::fmt::Debug for Channel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Channel").field("name", &self.0.name).field("kind", &self.0.kind).finish_non_exhaustive()
    }
}

/// A channel cannot be opened as configured.
#[derive(Debug, Error)]
#[error("configuration key `notifications.channels.{channel}.{key}`: {problem}")]
pub struct ChannelError {
    channel: String,
    key: &'static str,
    problem: String,
}

impl Channel {
    /// Opens a channel as configured; nothing is sent yet.
    ///
    /// # Errors
    /// When its secret or its authority cannot be read; the error names key and file.
    pub fn open(name: &str, config: &ChannelConfig, egress: Egress) -> Result<Self, ChannelError> {
        let wrong = |(key, problem)| ChannelError { channel: name.to_owned(), key, problem };
        let secret = config.read_secret().map_err(wrong)?;
        let way = match config.kind {
            ChannelKindConfig::Webhook => Way::Webhook(Box::new(Webhook::open(config, secret).map_err(wrong)?)),
            ChannelKindConfig::Email => Way::Mail(Box::new(Mail::open(config, secret).map_err(wrong)?)),
            ChannelKindConfig::PagerDuty => Way::PagerDuty(PagerDuty::open(config, secret).map_err(wrong)?),
        };
        let rate = Quota::per_minute(NonZeroU32::new(config.per_minute).unwrap_or(NonZeroU32::MIN));
        Ok(Self(Arc::new(Inner {
            name: ChannelName::from(name),
            kind: crate::domain::ChannelKind::from(config.kind).word(),
            values: config.data == NoticeData::Values,
            timeout: Duration::from_secs(config.timeout_seconds),
            rate: RateLimiter::direct(rate),
            egress,
            way,
        })))
    }

    /// Whether one more may go out now; counts it when it may.
    pub fn has_room(&self) -> bool {
        self.0.rate.check().is_ok()
    }

    /// Delivers a notice: one attempt, within the channel's time.
    ///
    /// # Errors
    /// When it was not delivered, or it is not known whether it was: then another attempt carries the same key.
    pub async fn deliver(&self, outgoing: Outgoing<'_>) -> Result<(), Undelivered> {
        let attempt = async {
            match &self.0.way {
                Way::Webhook(way) => way.deliver(self, outgoing).await,
                Way::Mail(way) => way.deliver(self, outgoing).await,
                Way::PagerDuty(way) => way.deliver(self, outgoing).await,
            }
        };
        let limit = self.0.timeout;
        match timeout(limit, attempt).await {
            Ok(outcome) => outcome,
            Err(_) => Err(Undelivered::channel(format!("no answer within {} s", limit.as_secs()))),
        }
    }

    /// What the policies say about a host this far away: whether a notice may go there, and whether it may carry what was
    /// measured.
    fn may_send(&self, host: &str, reach: Reach) -> Result<bool, Undelivered> {
        let to = |data| Destination {
            channel: self.0.name.clone(),
            kind: self.0.kind.to_owned(),
            host: host.to_owned(),
            reach,
            data,
        };
        self.0.egress.ask(&to(NoticeData::Summary)).map_err(|reason| {
            Undelivered::denied(format!("the policies do not let it out to {host} ({}): {reason}", reach.word()))
        })?;
        Ok(self.0.values && self.0.egress.ask(&to(NoticeData::Values)).is_ok())
    }
}

/// A severity as messages name it.
const fn severity_word(severity: crate::domain::Severity) -> &'static str {
    use crate::domain::Severity;
    match severity {
        Severity::Low => "low",
        Severity::Medium => "medium",
        Severity::High => "high",
        Severity::Critical => "critical",
    }
}

/// Kind and subject in one line, for subjects and summaries.
fn headline(notice: &Notice) -> String {
    use crate::domain::NoticeKind;
    let what = match notice.kind {
        NoticeKind::Raised => "ALARM",
        NoticeKind::Again => "ALARM AGAIN",
        NoticeKind::Escalated => "ESCALATED",
        NoticeKind::Acknowledged => "Acknowledged",
        NoticeKind::Hidden => "Put aside",
        NoticeKind::Closed => "Over",
        NoticeKind::Test => "Test",
    };
    let unit = notice.unit.as_deref().map(|unit| format!(", {unit}")).unwrap_or_default();
    format!("{what} ({}): {}{unit}, {}", severity_word(notice.severity), notice.title, notice.plant_name)
}
