//! From what people write to what the rules read, with every name looked up.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use chrono::{DateTime, NaiveDate, NaiveTime};
use url::Url;

use super::channel::{ChannelConfig, is_mailbox};
use super::{
    ContactConfig, DayConfig, NotificationsConfig, QuietConfig, RosterConfig, RouteConfig, ShiftConfig, StepConfig,
};
use crate::config::{ConfigError, plant};
use crate::domain::{
    Channel, ChannelKind, ChannelName, Contact, ContactName, Cycle, NoticeData, NoticeKind, NotificationPlan, Quiet,
    Recipient, Roster, Route, Shift, Step, TimeZone,
};

/// Longest pattern of a roster, days.
const CYCLE_DAYS_MAX: u32 = 366;
/// Longest wait of a step, seconds: a week.
const AFTER_SECONDS_MAX: u64 = 7 * 86_400;

const WEEK: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

fn wrong<T>(key: impl AsRef<str>, problem: impl Into<String>) -> Result<T, ConfigError> {
    let key = format!("notifications.{}", key.as_ref());
    Err(ConfigError::Value { key, problem: problem.into() })
}

pub(super) fn of(config: &NotificationsConfig) -> Result<NotificationPlan, ConfigError> {
    let plan = NotificationPlan {
        base_url: base_url(config.base_url.as_deref())?,
        channels: named("channels", &config.channels, channel)?,
        contacts: named("contacts", &config.contacts, |at, contact| self::contact(config, at, contact))?,
        rosters: named("rosters", &config.rosters, |at, roster| self::roster(config, at, roster))?,
        routes: named("routes", &config.routes, |at, route| self::route(config, at, route))?,
    };
    for (name, chain) in &config.chains {
        steps(config, &format!("chains.{name}"), &chain.steps)?;
    }
    for name in config.contacts.keys() {
        if config.rosters.contains_key(name) {
            return wrong(format!("rosters.{name}"), "is the name of a contact as well; steps could mean either");
        }
    }
    Ok(plan)
}

fn named<C, K: for<'a> From<&'a str> + Ord, V>(
    table: &str,
    entries: &BTreeMap<String, C>,
    mut read: impl FnMut(&str, &C) -> Result<V, ConfigError>,
) -> Result<BTreeMap<K, V>, ConfigError> {
    let mut all = BTreeMap::new();
    for (name, entry) in entries {
        let at = format!("{table}.{name}");
        if let Some(problem) = plant::id_problem(name) {
            return wrong(at, problem);
        }
        all.insert(K::from(name.as_str()), read(&at, entry)?);
    }
    Ok(all)
}

fn base_url(text: Option<&str>) -> Result<Option<String>, ConfigError> {
    let Some(text) = text else { return Ok(None) };
    match Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() && url.query().is_none() => {
            Ok(Some(text.trim_end_matches('/').to_owned()))
        }
        _ => wrong("base_url", format!("`{text}` is no http:// or https:// address")),
    }
}

fn channel(at: &str, config: &ChannelConfig) -> Result<Channel, ConfigError> {
    if let Err((key, problem)) = config.check() {
        return wrong(format!("{at}.{key}"), problem);
    }
    let kind = ChannelKind::from(config.kind);
    let usual = || match kind {
        // Mail is read one by one: what somebody was called for and that it is over is enough.
        ChannelKind::Email => {
            vec![NoticeKind::Raised, NoticeKind::Again, NoticeKind::Escalated, NoticeKind::Closed]
        }
        ChannelKind::Webhook | ChannelKind::PagerDuty => NoticeKind::ALL.to_vec(),
    };
    Ok(Channel {
        kind,
        place: config.place(),
        tells: config.tells.clone().unwrap_or_else(usual).into_iter().collect(),
        values: config.data == NoticeData::Values,
        give_up_after: Duration::from_secs(config.give_up_seconds),
    })
}

fn contact(config: &NotificationsConfig, at: &str, contact: &ContactConfig) -> Result<Contact, ConfigError> {
    let Some(channel) = config.channels.get(&contact.channel) else {
        return wrong(format!("{at}.channel"), format!("there is no channel `{}`", contact.channel));
    };
    match (ChannelKind::from(channel.kind), &contact.address) {
        (ChannelKind::Email, None) => return wrong(format!("{at}.address"), "must be set, since its channel is mail"),
        (ChannelKind::Email, Some(address)) if !is_mailbox(address) => {
            return wrong(format!("{at}.address"), format!("`{address}` is no mail address"));
        }
        (ChannelKind::Email, Some(_)) | (_, None) => {}
        (kind, Some(_)) => {
            return wrong(format!("{at}.address"), format!("a channel of kind {} has no addresses", kind.word()));
        }
    }
    Ok(Contact { channel: ChannelName::from(contact.channel.as_str()), address: contact.address.clone() })
}

fn contacts(config: &NotificationsConfig, at: &str, names: &[String]) -> Result<Vec<ContactName>, ConfigError> {
    if names.is_empty() {
        return wrong(at, "names nobody");
    }
    match names.iter().find(|name| !config.contacts.contains_key(*name)) {
        Some(name) => wrong(at, format!("there is no contact `{name}`")),
        None => Ok(names.iter().map(|name| ContactName::from(name.as_str())).collect()),
    }
}

fn roster(config: &NotificationsConfig, at: &str, roster: &RosterConfig) -> Result<Roster, ConfigError> {
    let cycle = cycle(at, roster)?;
    let read = |(n, one): (usize, &ShiftConfig)| shift(config, &format!("{at}.shifts[{n}]"), cycle, one);
    Ok(Roster {
        zone: time_zone(&format!("{at}.time_zone"), &roster.time_zone)?,
        cycle,
        shifts: roster.shifts.iter().enumerate().map(read).collect::<Result<_, _>>()?,
        otherwise: contacts(config, &format!("{at}.otherwise"), &roster.otherwise)?,
    })
}

fn cycle(at: &str, roster: &RosterConfig) -> Result<Option<Cycle>, ConfigError> {
    let (start, days) = match (&roster.cycle_start, roster.cycle_days) {
        (None, None) => return Ok(None),
        (Some(start), Some(days)) => (start, days),
        (None, Some(_)) => return wrong(format!("{at}.cycle_start"), "must be set, since cycle_days is"),
        (Some(_), None) => return wrong(format!("{at}.cycle_days"), "must be set, since cycle_start is"),
    };
    if !(1..=CYCLE_DAYS_MAX).contains(&days) {
        return wrong(format!("{at}.cycle_days"), format!("{days} is outside 1…{CYCLE_DAYS_MAX}"));
    }
    match NaiveDate::parse_from_str(start, "%Y-%m-%d") {
        Ok(start) => Ok(Some(Cycle { start, days })),
        Err(_) => wrong(format!("{at}.cycle_start"), format!("`{start}` is no date such as 2026-11-23")),
    }
}

fn shift(
    config: &NotificationsConfig,
    at: &str,
    cycle: Option<Cycle>,
    shift: &ShiftConfig,
) -> Result<Shift, ConfigError> {
    let last = cycle.map_or(7, |cycle| cycle.days);
    let day = |day: &DayConfig| -> Result<u32, ConfigError> {
        let found = match (day, cycle) {
            (DayConfig::OfWeek(name), None) => WEEK.iter().zip(1..).find(|(day, _)| *day == name).map(|(_, n)| n),
            (DayConfig::OfCycle(day), Some(_)) if (1..=last).contains(day) => Some(*day),
            _ => None,
        };
        let known = if cycle.is_some() { format!("1…{last}") } else { WEEK.join(", ") };
        found.map_or_else(|| wrong(format!("{at}.days"), format!("a day is one of {known}")), Ok)
    };
    let days: BTreeSet<u32> = if shift.days.is_empty() {
        (1..=last).collect()
    } else {
        shift.days.iter().map(day).collect::<Result<_, _>>()?
    };
    Ok(Shift {
        days,
        from: time(&format!("{at}.from"), &shift.from)?,
        to: time(&format!("{at}.to"), &shift.to)?,
        contacts: contacts(config, &format!("{at}.contacts"), &shift.contacts)?,
    })
}

fn time(at: &str, text: &str) -> Result<NaiveTime, ConfigError> {
    // A day ends where the next begins.
    let text = if text == "24:00" { "00:00" } else { text };
    NaiveTime::parse_from_str(text, "%H:%M").or_else(|_| wrong(at, format!("`{text}` is no time such as 06:00")))
}

fn time_zone(at: &str, text: &str) -> Result<TimeZone, ConfigError> {
    if let Ok(zone) = text.parse::<chrono_tz::Tz>() {
        return Ok(TimeZone::Named(zone));
    }
    match DateTime::parse_from_rfc3339(&format!("2026-01-01T00:00:00{text}")) {
        Ok(moment) => Ok(TimeZone::Fixed(*moment.offset())),
        Err(_) => {
            wrong(at, format!("`{text}` is neither a time zone such as Europe/Berlin nor an offset such as +01:00"))
        }
    }
}

fn steps(config: &NotificationsConfig, at: &str, steps: &[StepConfig]) -> Result<Vec<Step>, ConfigError> {
    if steps.is_empty() {
        return wrong(format!("{at}.steps"), "has no step, so nobody would be told");
    }
    let mut read: Vec<Step> = Vec::with_capacity(steps.len());
    for (n, step) in steps.iter().enumerate() {
        let at = format!("{at}.steps[{n}]");
        let after = Duration::from_secs(step.after_seconds);
        if step.after_seconds > AFTER_SECONDS_MAX {
            return wrong(
                format!("{at}.after_seconds"),
                format!("{} is outside 0…{AFTER_SECONDS_MAX}", step.after_seconds),
            );
        }
        if read.last().is_some_and(|last| last.after >= after) {
            return wrong(format!("{at}.after_seconds"), "is not later than the step before it");
        }
        if step.notify.is_empty() {
            return wrong(format!("{at}.notify"), "names nobody");
        }
        let recipient = |name: &String| {
            if config.contacts.contains_key(name) {
                Ok(Recipient::Contact(ContactName::from(name.as_str())))
            } else if config.rosters.contains_key(name) {
                Ok(Recipient::Roster(name.clone()))
            } else {
                wrong(format!("{at}.notify"), format!("there is neither a contact nor a roster `{name}`"))
            }
        };
        read.push(Step { after, notify: step.notify.iter().map(recipient).collect::<Result<_, _>>()? });
    }
    Ok(read)
}

fn route(config: &NotificationsConfig, at: &str, route: &RouteConfig) -> Result<Route, ConfigError> {
    let Some(chain) = config.chains.get(&route.chain) else {
        return wrong(format!("{at}.chain"), format!("there is no chain `{}`", route.chain));
    };
    let quiet = |quiet: &QuietConfig| -> Result<Quiet, ConfigError> {
        Ok(Quiet {
            zone: time_zone(&format!("{at}.quiet.time_zone"), &quiet.time_zone)?,
            from: time(&format!("{at}.quiet.from"), &quiet.from)?,
            to: time(&format!("{at}.quiet.to"), &quiet.to)?,
            below: quiet.below,
        })
    };
    Ok(Route {
        plants: route.plants.iter().map(|plant| plant.as_str().into()).collect(),
        units: route.units.iter().map(|unit| unit.as_str().into()).collect(),
        least: route.severity,
        quiet: route.quiet.as_ref().map(quiet).transpose()?,
        steps: steps(config, &format!("chains.{}", route.chain), &chain.steps)?,
    })
}
