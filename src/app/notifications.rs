//! Opens the channels of notifications as configured, behind the policies.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use anyhow::{Context, ensure};

use crate::actors::Notifications;
use crate::config::{Config, SourceConfig};
use crate::domain::{ChannelName, Destination, Plant};
use crate::notify::{Channel, Egress};
use crate::security::{Authority, Decision};

/// The notifications as configured; `None` without a channel.
///
/// # Errors
/// When a channel cannot be opened, or a route names a plant or a unit that no plant has; the error names the key.
pub fn open(
    config: &Config,
    plants: &[(Arc<Plant>, SourceConfig)],
    authority: &Authority,
) -> anyhow::Result<Option<Notifications>> {
    if !config.notifications.is_on() {
        return Ok(None);
    }
    let plan = config.notifications.plan()?;
    let known: BTreeSet<&str> = plants.iter().map(|(plant, _)| plant.id.as_str()).collect();
    let units: BTreeSet<&str> =
        plants.iter().flat_map(|(plant, _)| &plant.units).map(|unit| unit.id.as_str()).collect();
    for (name, route) in &plan.routes {
        for plant in &route.plants {
            let key = format!("configuration key `notifications.routes.{name}.plants`");
            ensure!(known.contains(plant.as_str()), "{key}: there is no plant `{plant}`");
        }
        for unit in &route.units {
            let key = format!("configuration key `notifications.routes.{name}.units`");
            ensure!(units.contains(unit.as_str()), "{key}: no plant has a unit `{unit}`");
        }
    }
    let authority = authority.clone();
    let egress = Egress::by(move |to: &Destination| match authority.may_send(to) {
        Decision::Allow => Ok(()),
        Decision::Deny { reason } => Err(reason),
    });
    let open = |(name, channel): (&String, _)| {
        let opened =
            Channel::open(name, channel, egress.clone()).context("a channel of notifications cannot be opened")?;
        Ok((ChannelName::from(name.as_str()), opened))
    };
    let channels: BTreeMap<_, _> = config.notifications.channels.iter().map(open).collect::<anyhow::Result<_>>()?;
    Ok(Some(Notifications { plan: Arc::new(plan), channels: Arc::new(channels) }))
}
