//! Trying a channel, and having a dead notice tried again. Both are rows of the outbox, which the notifier of whichever node
//! owns the plant finds there.

use async_graphql::{Context, ID, InputObject, SimpleObject};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::idempotency;
use crate::domain::{AlarmState, ChannelKind, ChannelName, ContactName, Notice, NoticeKind, Severity, WallTime};
use crate::graphql::Api;
use crate::graphql::api::{Change, storage_error};
use crate::graphql::error::{ApiError, ErrorCode};
use crate::graphql::scope;
use crate::graphql::types::{Notification, UserError};
use crate::security::{Action, Resource};
use crate::storage::{self, NotificationState, StorageError};

/// Tries a channel.
#[derive(InputObject, Clone, Debug)]
pub struct SendTestNotificationInput {
    /// Which channel.
    channel: String,
    /// To whom; without, to the first contact of the channel.
    contact: Option<String>,
    /// The same key sends it once.
    idempotency_key: String,
}

/// Has a dead notice tried again.
#[derive(InputObject, Clone, Debug)]
pub struct RetryNotificationInput {
    /// Which notice.
    id: ID,
}

/// The notice after an order.
#[derive(SimpleObject)]
pub struct NotificationPayload {
    /// The notice as it stands now; null when the order was refused.
    notification: Option<Notification>,
    /// What stood in the way.
    user_errors: Vec<UserError>,
}

impl NotificationPayload {
    fn refused(field: &str, error: ApiError) -> Self {
        Self { notification: None, user_errors: vec![UserError::at(&["input", field], error)] }
    }

    fn done(row: storage::Notification) -> Self {
        Self { notification: Some(row.into()), user_errors: Vec::new() }
    }
}

/// Puts a test into the outbox, once for each key.
pub(super) async fn send_test(
    ctx: &Context<'_>,
    input: SendTestNotificationInput,
) -> Result<NotificationPayload, ApiError> {
    if let Err(error) = idempotency::check_key(&input.idempotency_key) {
        return Ok(NotificationPayload::refused("idempotencyKey", error));
    }
    let (api, user) = (scope::api(ctx), &scope::principal(ctx)?.name);
    let test = match test(api, user, &input) {
        Ok(test) => test,
        Err((field, error)) => return Ok(NotificationPayload::refused(field, error)),
    };
    match api.storage.order_notification(&test).await {
        Ok(()) => {}
        Err(StorageError::Conflict { .. }) => return answered_before(api, test).await,
        Err(error) => return Err(storage_error("trying a channel", &error)),
    }
    audit(ctx, format!("test of {} to {}", test.channel, test.contact)).await;
    Ok(NotificationPayload::done(test))
}

async fn answered_before(api: &Api, test: storage::Notification) -> Result<NotificationPayload, ApiError> {
    let found = api.storage.notification(test.id).await.map_err(|e| storage_error("trying a channel", &e))?;
    Ok(match found {
        Some(found) if found.channel == test.channel && found.contact == test.contact => {
            NotificationPayload::done(found)
        }
        _ => {
            let message = "the key was used for another test";
            NotificationPayload::refused("idempotencyKey", ApiError::new(ErrorCode::IdempotencyConflict, message))
        }
    })
}

fn test(
    api: &Api,
    user: &str,
    input: &SendTestNotificationInput,
) -> Result<storage::Notification, (&'static str, ApiError)> {
    let name = ChannelName::from(input.channel.as_str());
    let plan = api.notifications.as_ref().map(|notifications| &notifications.plan);
    let Some((plan, channel)) = plan.and_then(|plan| Some((plan, plan.channels.get(&name)?))) else {
        return Err(("channel", ApiError::invalid(format!("there is no channel `{name}`"))));
    };
    let mut contacts = plan.contacts.iter().filter(|(_, contact)| contact.channel == name);
    let found = match &input.contact {
        None => contacts.next(),
        Some(wanted) => match contacts.find(|(contact, _)| contact.as_str() == wanted) {
            None => return Err(("contact", ApiError::invalid(format!("`{wanted}` is no contact of this channel")))),
            found => found,
        },
    };
    let (contact, address) = match found {
        Some((contact, found)) => (contact.clone(), found.address.clone()),
        None if channel.kind == ChannelKind::Email => {
            return Err(("channel", ApiError::invalid("the channel has no contact to whom a test could go")));
        }
        None => (ContactName::from("test"), None),
    };
    let digest = Sha256::digest(format!("{user}\0{}", input.idempotency_key));
    let mut id = [0; 16];
    id.copy_from_slice(&digest[..16]);
    let (id, now) = (Uuid::from_bytes(id), api.clock.now());
    Ok(storage::Notification {
        id,
        channel: name,
        contact,
        address,
        notice: notice(api, id, now),
        state: NotificationState::Pending,
        attempts: 0,
        created: now,
        next_at: now,
        give_up_at: now + channel.give_up_after,
        finished_at: None,
        last_error: None,
    })
}

fn notice(api: &Api, id: Uuid, now: WallTime) -> Notice {
    let base = api.notifications.as_ref().and_then(|notifications| notifications.plan.base_url.as_ref());
    Notice {
        key: format!("test/{id}"),
        kind: NoticeKind::Test,
        plant: api.plant.id.clone(),
        plant_name: api.plant.name.clone(),
        alarm: None,
        occurrence: None,
        title: "Test of a channel".into(),
        severity: Severity::Low,
        state: AlarmState::Normal,
        unit: None,
        guidance: "Nothing is to be done: somebody tries whether notices arrive.".into(),
        raised_at: None,
        at: now,
        waited_seconds: None,
        link: base.map(|base| format!("{base}/p/{}/notifications", api.plant.id)),
        reading: None,
    }
}

/// Has a dead notice tried again. One that waits or was delivered is left as it is: what was wanted is so already.
pub(super) async fn retry(ctx: &Context<'_>, input: RetryNotificationInput) -> Result<NotificationPayload, ApiError> {
    let api = scope::api(ctx);
    let unknown = || NotificationPayload::refused("id", ApiError::invalid("there is no such notice"));
    let Ok(id) = input.id.parse::<Uuid>() else { return Ok(unknown()) };
    let failed = |e: StorageError| storage_error("having a notice tried again", &e);
    let Some(found) = api.storage.notification(id).await.map_err(failed)? else { return Ok(unknown()) };
    let plan = api.notifications.as_ref().map(|notifications| &notifications.plan);
    let Some(channel) = plan.and_then(|plan| plan.channels.get(&found.channel)) else {
        let message = format!("there is no channel `{}` any more", found.channel);
        return Ok(NotificationPayload::refused("id", ApiError::invalid(message)));
    };
    let now = api.clock.now();
    if api.storage.revive_notification(id, now, now + channel.give_up_after).await.map_err(failed)? {
        audit(ctx, format!("notice {id} tried again")).await;
    }
    let after = api.storage.notification(id).await.map_err(failed)?;
    Ok(after.map_or_else(unknown, NotificationPayload::done))
}

async fn audit(ctx: &Context<'_>, after: String) {
    let api = scope::api(ctx);
    let on = Resource::Plant(api.plant.id.clone());
    let change = Change { action: Action::NotificationManage, on: &on, before: None, after };
    api.audit_order(scope::visitor(ctx), &change).await;
}
