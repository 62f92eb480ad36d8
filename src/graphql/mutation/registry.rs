//! Sending models to another registry, and fetching them from there.

use async_graphql::{Context, InputObject};

use super::idempotency::{self, Answer, Keyed};
use super::models::{ModelPayload, answered, reason, refuse_without_permission};
use crate::actors::train;
use crate::domain::{DetectorId, ModelId};
use crate::graphql::Api;
use crate::graphql::api::{Change, storage_error};
use crate::graphql::error::{ApiError, ErrorCode};
use crate::graphql::scope;
use crate::registry::{Registry, RegistryError, Wanted};
use crate::security::{Action, Resource};

/// Publishes a model to the registry.
#[derive(InputObject, Clone, Debug)]
pub struct PublishModelInput {
    /// Which, by its key.
    model: String,
    /// Why, at most 500 characters.
    reason: String,
    /// The same key gives the first answer again.
    idempotency_key: String,
}

/// Fetches a model from the registry; it comes in staged.
#[derive(InputObject, Clone, Debug)]
pub struct PullModelInput {
    /// For which detector, by its id in the plant.
    detector: String,
    /// The alias that marks what has been approved there.
    #[graphql(default_with = "String::from(\"approved\")")]
    alias: String,
    /// The number of the version instead.
    number: Option<u32>,
    /// Why, at most 500 characters.
    reason: String,
    /// The same key gives the first answer again.
    idempotency_key: String,
}

/// Publishes, once for each key.
pub(super) async fn publish(ctx: &Context<'_>, input: PublishModelInput) -> Result<ModelPayload, ApiError> {
    let api = scope::api(ctx);
    let found = match input.model.parse::<ModelId>() {
        Ok(id) => api.storage.model(id).await.map_err(|e| storage_error("reading a model", &e))?,
        Err(_) => None,
    };
    let Some(model) = found else {
        let error = ApiError::new(ErrorCode::NotFound, format!("there is no model `{}`", input.model));
        return Ok(ModelPayload::refused("model", error));
    };
    let order = Order {
        operation: "publish_model",
        field: "model",
        detector: model.detector.clone(),
        words: format!("publish model {} ({})", model.version, model.id),
        reason: input.reason,
        key: input.idempotency_key,
    };
    order
        .carry_out(ctx, async |registry: &Registry, _: &str| {
            let name = registry.name_of(api.plant.id.as_str(), model.detector.as_str());
            let card = train::card(&model).map_err(|e| ApiError::invalid(e.to_string()))?;
            let listed = registry.publish(&name, &card).await.map_err(|e| refusal(&e))?;
            let marked = api.storage.mark_published(model.id, &listed.place()).await;
            marked.map_err(|e| storage_error("remembering where a model is published", &e))?;
            Ok(model.id)
        })
        .await
}

/// Fetches, once for each key.
pub(super) async fn pull(ctx: &Context<'_>, input: PullModelInput) -> Result<ModelPayload, ApiError> {
    let api = scope::api(ctx);
    let detector = DetectorId::from(input.detector.as_str());
    let Some(spec) = api.plant.detectors.iter().find(|spec| spec.id == detector) else {
        let error = ApiError::new(ErrorCode::NotFound, format!("the plant has no detector `{detector}`"));
        return Ok(ModelPayload::refused("detector", error));
    };
    let wanted = input.number.map_or(Wanted::Alias(input.alias), |number| Wanted::Number(number.to_string()));
    let order = Order {
        operation: "pull_model",
        field: "detector",
        detector: detector.clone(),
        words: format!("fetch {wanted} of {detector}"),
        reason: input.reason,
        key: input.idempotency_key,
    };
    order
        .carry_out(ctx, async |registry: &Registry, user: &str| {
            let name = registry.name_of(api.plant.id.as_str(), detector.as_str());
            let fetched = registry.fetch(&name, &wanted).await.map_err(|e| refusal(&e))?;
            let model = train::from_fetched(&fetched, &api.plant, spec, user);
            let model = model.map_err(|e| ApiError::invalid(format!("{}: {e}", fetched.listed.place())))?;
            let known = api.storage.list_models().await.map_err(|e| storage_error("reading models", &e))?;
            let same = known.iter().find(|one| one.detector == detector && one.version == model.version);
            if let Some(same) = same {
                return Ok(same.id);
            }
            api.storage.install_model(&model).await.map_err(|e| storage_error("keeping a model", &e))?;
            Ok(model.id)
        })
        .await
}

/// What both have in common.
struct Order {
    operation: &'static str,
    field: &'static str,
    detector: DetectorId,
    words: String,
    reason: String,
    key: String,
}

impl Order {
    async fn carry_out(
        self,
        ctx: &Context<'_>,
        work: impl AsyncFnOnce(&Registry, &str) -> Result<ModelId, ApiError>,
    ) -> Result<ModelPayload, ApiError> {
        let refused = |field: &str, error| Ok(ModelPayload::refused(field, error));
        if let Err(e) = idempotency::check_key(&self.key) {
            return refused("idempotencyKey", e);
        }
        let reason = match reason(&self.reason) {
            Ok(reason) => reason,
            Err(e) => return refused("reason", e),
        };
        let api: &Api = scope::api(ctx);
        let on = Resource::Detector { plant: api.plant.id.clone(), detector: self.detector };
        if let Some(payload) = refuse_without_permission(ctx, self.field, Action::DetectorPromote, &on).await? {
            return Ok(payload);
        }
        let Some(registry) = &api.registry else {
            return refused(self.field, ApiError::invalid("no registry is configured: set `registry.url`"));
        };
        let user = scope::principal(ctx)?.name.clone();
        let request = format!("{} {} {reason}", api.plant.id, self.words);
        let keyed = Keyed { key: &self.key, user: &user, operation: self.operation, request };
        match keyed.answered_before(api).await {
            Err(e) => return refused("idempotencyKey", e),
            Ok(Some(answer)) => return answered(api, self.field, answer).await,
            Ok(None) => {}
        }
        let outcome = work(registry, &user).await;
        let after = match &outcome {
            Ok(_) => format!("{}: {reason}", self.words),
            Err(why) => format!("{}: {reason}; not done: {}", self.words, why.message),
        };
        let change = Change { action: Action::DetectorPromote, on: &on, before: None, after };
        api.audit_order(scope::visitor(ctx), &change).await;
        let answer = match outcome {
            Ok(model) => Answer::Model(model.to_string()),
            Err(why) => return refused(self.field, why),
        };
        keyed.remember(api, &answer).await;
        answered(api, self.field, answer).await
    }
}

fn refusal(error: &RegistryError) -> ApiError {
    let code = if error.is_passing() { ErrorCode::Unavailable } else { ErrorCode::InvalidInput };
    ApiError::new(code, error.to_string())
}
