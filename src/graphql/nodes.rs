//! Objects by their global ids, each authorised by itself.

use async_graphql::Context;

use super::error::ApiError;
use super::guard::{self, Access};
use super::scope;
use super::types::{JournalEntry, Node, Plant, Tag, Unit, User, read_global_id};
use crate::domain::Severity;
use crate::security::{Action, Resource};

/// The object of a global id. What the visitor may not see is told apart from what does not exist by nobody.
pub(super) async fn find(ctx: &Context<'_>, id: &str) -> Result<Option<Node>, ApiError> {
    let Some((kind, key)) = read_global_id(id) else { return Ok(None) };
    if !may_see(ctx, &kind, &key)? {
        return Ok(None);
    }
    let plant = &scope::api(ctx).plant;
    Ok(match kind.as_str() {
        "User" => own_user(ctx, &key)?.map(Node::User),
        "Plant" => (plant.id.as_str() == key).then(|| Node::Plant(Plant::from(plant))),
        "Unit" => Unit::by_key(plant, &key).map(Node::Unit),
        "Tag" => Tag::by_key(plant, &key).map(Node::Tag),
        "Alarm" => scope::alarm(ctx, &key).await?.map(Node::Alarm),
        "Detector" => scope::detector(ctx, &key).await?.map(Node::Detector),
        "JournalEntry" => journal_entry(ctx, &key).await?.map(Node::JournalEntry),
        _ => None,
    })
}

fn may_see(ctx: &Context<'_>, kind: &str, key: &str) -> Result<bool, ApiError> {
    let principal = scope::principal(ctx)?;
    let api = scope::api(ctx);
    let action = match guard::access_to_kind(kind) {
        None => return Ok(false),
        Some(Access::SignedIn) => return Ok(true),
        Some(Access::May(action) | Access::EachObject(action)) => action,
    };
    Ok(api.authority.decide(principal, action, &resource(ctx, kind, key, action)).is_allowed())
}

fn resource(ctx: &Context<'_>, kind: &str, key: &str, action: Action) -> Resource {
    let plant = &scope::api(ctx).plant;
    match kind {
        "Unit" => Resource::Unit { plant: plant.id.clone(), unit: key.into() },
        "Detector" => Resource::Detector { plant: plant.id.clone(), detector: key.into() },
        "Alarm" => {
            let configured = plant.alarm_index(&key.into()).map(|at| &plant.alarms[at]);
            let (unit, severity) = configured.map_or((None, Severity::Low), |a| (a.unit.clone(), a.severity));
            Resource::Alarm { plant: plant.id.clone(), unit, alarm: key.into(), severity }
        }
        _ => guard::resource(action, &plant.id),
    }
}

/// Of users only oneself has an object in this API.
fn own_user(ctx: &Context<'_>, name: &str) -> Result<Option<User>, ApiError> {
    let principal = scope::principal(ctx)?;
    Ok((principal.name == name).then(|| User::from(principal)))
}

async fn journal_entry(ctx: &Context<'_>, key: &str) -> Result<Option<JournalEntry>, ApiError> {
    let Ok(cursor) = key.parse() else { return Ok(None) };
    Ok(scope::api(ctx).journal_entry(cursor).await?.map(JournalEntry::new))
}
