//! Who is told outside of TEP: what the outbox and the configuration say of it.

use crate::actors::Notifications as Setup;
use crate::alarms::notification::{is_quiet, on_duty};
use crate::domain::{Channel, ChannelName, NotificationPlan, Recipient, WallTime};
use crate::storage::{self, ChannelCondition};

use super::api::storage_error;
use super::error::ApiError;
use super::types::{
    ChannelState, NotificationChannel, NotificationConnection, NotificationFilter, NotificationRoster,
    NotificationRoute, NotificationStep, Notifications,
};
use super::{Api, limits};

const READING: &str = "reading the outbox of notices";

/// Everything about notifications of this plant, with a page of the outbox.
pub(super) async fn read(
    api: &Api,
    filter: NotificationFilter,
    first: usize,
    after: Option<&str>,
) -> Result<Notifications, ApiError> {
    let outbox = outbox(api, filter, first, after).await?;
    let Some(Setup { plan, .. }) = &api.notifications else {
        return Ok(Notifications { channels: Vec::new(), rosters: Vec::new(), routes: Vec::new(), outbox });
    };
    let now = api.clock.now();
    let conditions = api.storage.channel_conditions().await.map_err(|e| storage_error(READING, &e))?;
    let mut channels = Vec::with_capacity(plan.channels.len());
    for (name, channel) in &plan.channels {
        let waiting = api.storage.notifications_waiting_count(name).await;
        let waiting = waiting.map_err(|e| storage_error(READING, &e))?;
        let condition = conditions.iter().find(|condition| condition.channel == *name);
        channels.push(drawn(plan, name, channel, condition, waiting));
    }
    Ok(Notifications { channels, rosters: rosters(plan, now), routes: routes(plan, api, now), outbox })
}

async fn outbox(
    api: &Api,
    filter: NotificationFilter,
    first: usize,
    after: Option<&str>,
) -> Result<NotificationConnection, ApiError> {
    let below = match after.map(NotificationConnection::read_cursor) {
        Some(None) => return Err(ApiError::invalid("`after` is not a cursor of this list")),
        found => found.flatten(),
    };
    limits::list("states", filter.states.as_ref().map_or(0, Vec::len))?;
    let wanted = storage::NotificationFilter {
        states: filter.states.unwrap_or_default().into_iter().map(Into::into).collect(),
        channel: filter.channel.map(Into::into),
        alarm: filter.alarm.map(Into::into),
    };
    let rows = api.storage.notification_page(&wanted, below, first as u64 + 1).await;
    let mut rows = rows.map_err(|e| storage_error(READING, &e))?;
    let has_next_page = rows.len() > first;
    rows.truncate(first);
    Ok(NotificationConnection::page(rows, has_next_page))
}

fn drawn(
    plan: &NotificationPlan,
    name: &ChannelName,
    channel: &Channel,
    condition: Option<&ChannelCondition>,
    waiting: u64,
) -> NotificationChannel {
    let contacts = plan.contacts.iter().filter(|(_, contact)| contact.channel == *name);
    let state = match condition {
        Some(condition) if condition.last_error.is_some() => ChannelState::Troubled,
        Some(condition) if condition.delivered_at.is_some() => ChannelState::Working,
        _ => ChannelState::Untried,
    };
    let time = |at: Option<WallTime>| at.map(WallTime::to_datetime);
    NotificationChannel {
        key: name.to_string(),
        kind: channel.kind.into(),
        place: channel.place.clone(),
        state,
        values: channel.values,
        contacts: contacts.map(|(name, _)| name.to_string()).collect(),
        waiting: i32::try_from(waiting).unwrap_or(i32::MAX),
        failures: condition.map_or(0, |condition| i32::try_from(condition.failures).unwrap_or(i32::MAX)),
        resting_until: time(condition.and_then(|condition| condition.resting_until)),
        last_error: condition.and_then(|condition| condition.last_error.clone()),
        failed_at: time(condition.and_then(|condition| condition.failed_at)),
        delivered_at: time(condition.and_then(|condition| condition.delivered_at)),
    }
}

fn rosters(plan: &NotificationPlan, now: WallTime) -> Vec<NotificationRoster> {
    let draw = |(name, roster): (&String, _)| {
        let roster: &crate::domain::Roster = roster;
        NotificationRoster {
            key: name.clone(),
            on_duty: on_duty(roster, now).iter().map(ToString::to_string).collect(),
            local_time: roster.zone.local(now).format("%a %-d %b %H:%M").to_string(),
        }
    };
    plan.rosters.iter().map(draw).collect()
}

fn routes(plan: &NotificationPlan, api: &Api, now: WallTime) -> Vec<NotificationRoute> {
    let here = plan.routes.iter().filter(|(_, route)| route.plants.is_empty() || route.plants.contains(&api.plant.id));
    here.map(|(name, route)| NotificationRoute {
        key: name.clone(),
        severity: route.least.into(),
        units: route.units.iter().map(ToString::to_string).collect(),
        quiet: route.quiet.as_ref().is_some_and(|quiet| is_quiet(quiet, route.least, now)),
        steps: route
            .steps
            .iter()
            .map(|step| NotificationStep {
                after_seconds: i32::try_from(step.after.as_secs()).unwrap_or(i32::MAX),
                notify: step.notify.iter().map(recipient).collect(),
            })
            .collect(),
    })
    .collect()
}

fn recipient(recipient: &Recipient) -> String {
    match recipient {
        Recipient::Contact(name) => name.to_string(),
        Recipient::Roster(name) => name.clone(),
    }
}
