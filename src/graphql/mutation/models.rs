//! Ordering models of detectors about.

use async_graphql::{Context, InputObject, SimpleObject};
use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::idempotency::{self, Answer, Keyed};
use crate::actors::{ModelCommand, ModelDone, ModelOrder, ModelRefused};
use crate::domain::{self, DetectorId, ModelId, SourceTime, TrainingJobId, TrainingOrigin};
use crate::graphql::Api;
use crate::graphql::api::{Change, storage_error};
use crate::graphql::error::{ApiError, ErrorCode};
use crate::graphql::scope;
use crate::graphql::types::{Model, ModelState, TrainingFrom, TrainingJob, UserError};
use crate::security::{Action, Decision, Resource};

/// Longest reason, characters.
const REASON_MAX: usize = 500;

/// Has a model trained.
#[derive(InputObject, Clone, Debug)]
pub struct TrainDetectorInput {
    /// For which detector, by its id in the plant.
    detector: String,
    /// By which method, for example `cva`; as the detector is configured when it is left out.
    method: Option<String>,
    /// On what.
    from: TrainingFrom,
    /// With history: the first plant time.
    since: Option<DateTime<Utc>>,
    /// With history: the last plant time.
    until: Option<DateTime<Utc>>,
    /// With files: their names in the directory `training` of the data directory, each an unbroken run.
    pub(super) files: Option<Vec<String>>,
    /// Why, at most 500 characters.
    reason: String,
    /// The same key gives the first answer again.
    idempotency_key: String,
}

/// Stops a training.
#[derive(InputObject, Clone, Debug)]
pub struct CancelTrainingInput {
    /// Which, by its key.
    job: String,
    /// Why, at most 500 characters.
    reason: String,
    /// The same key gives the first answer again.
    idempotency_key: String,
}

/// Puts a model forward.
#[derive(InputObject, Clone, Debug)]
pub struct PromoteModelInput {
    /// Which, by its key.
    model: String,
    /// Where: `ACTIVE`, `SHADOW`, or `STAGED` for a shadow that is to judge no more.
    #[graphql(default_with = "ModelState::Active")]
    to: ModelState,
    /// Why, at most 500 characters.
    reason: String,
    /// The same key gives the first answer again.
    idempotency_key: String,
}

/// Puts the model back to use that was in use before.
#[derive(InputObject, Clone, Debug)]
pub struct RollBackModelInput {
    /// Of which detector, by its id in the plant.
    detector: String,
    /// Why, at most 500 characters.
    reason: String,
    /// The same key gives the first answer again.
    idempotency_key: String,
}

/// Turns a model down.
#[derive(InputObject, Clone, Debug)]
pub struct RetireModelInput {
    /// Which, by its key.
    model: String,
    /// Why, at most 500 characters.
    reason: String,
    /// The same key gives the first answer again.
    idempotency_key: String,
}

/// What came of an order of models.
#[derive(SimpleObject)]
pub struct ModelPayload {
    /// The model after it; null when the order was about a training or was refused.
    model: Option<Model>,
    /// The training after it; null when the order was about a model or was refused.
    job: Option<TrainingJob>,
    /// What stood in the way.
    user_errors: Vec<UserError>,
}

impl ModelPayload {
    pub(super) fn refused(field: &str, error: ApiError) -> Self {
        Self { model: None, job: None, user_errors: vec![UserError::at(&["input", field], error)] }
    }
}

/// An order on its way in.
pub(super) struct Request {
    operation: &'static str,
    action: Action,
    /// The part of the input that names what it is about.
    field: &'static str,
    words: String,
    wanted: Result<Wanted, ApiError>,
    reason: String,
    idempotency_key: String,
}

enum Wanted {
    Train { detector: DetectorId, method: Option<String>, origin: TrainingOrigin },
    Other(ModelCommand),
}

fn named<T: std::str::FromStr>(what: &str, key: &str) -> Result<T, ApiError> {
    key.parse().map_err(|_| ApiError::new(ErrorCode::NotFound, format!("there is no {what} `{key}`")))
}

impl From<TrainDetectorInput> for Request {
    fn from(input: TrainDetectorInput) -> Self {
        let origin = match (input.from, input.since, input.until) {
            (TrainingFrom::Simulator, ..) => Ok(TrainingOrigin::Simulator),
            (TrainingFrom::History, Some(since), Some(until)) => Ok(TrainingOrigin::History {
                since: SourceTime::from_datetime(since),
                until: SourceTime::from_datetime(until),
            }),
            (TrainingFrom::History, ..) => Err(ApiError::invalid("say since when and until when")),
            (TrainingFrom::Files, ..) => Ok(TrainingOrigin::Files { names: input.files.unwrap_or_default() }),
        };
        let detector = DetectorId::from(input.detector.as_str());
        let method = input.method.as_ref().map(|method| format!(" by {method}")).unwrap_or_default();
        let on = origin.as_ref().map(|origin| format!(" on {origin}")).unwrap_or_default();
        let words = format!("train {}{method}{on}", input.detector);
        Self {
            operation: "train_detector",
            action: Action::DetectorTrain,
            field: "detector",
            words,
            wanted: origin.map(|origin| Wanted::Train { detector, method: input.method, origin }),
            reason: input.reason,
            idempotency_key: input.idempotency_key,
        }
    }
}

impl From<CancelTrainingInput> for Request {
    fn from(input: CancelTrainingInput) -> Self {
        let job = named::<TrainingJobId>("training", &input.job);
        Self {
            operation: "cancel_training",
            action: Action::DetectorTrain,
            field: "job",
            words: format!("cancel training {}", input.job),
            wanted: job.map(|job| Wanted::Other(ModelCommand::Cancel { job })),
            reason: input.reason,
            idempotency_key: input.idempotency_key,
        }
    }
}

impl Request {
    fn decide(operation: &'static str, model: &str, to: ModelState, reason: String, idempotency_key: String) -> Self {
        let id = named::<ModelId>("model", model);
        Self {
            operation,
            action: Action::DetectorPromote,
            field: "model",
            words: format!("model {model} to {}", domain::ModelState::from(to).word()),
            wanted: id.map(|model| Wanted::Other(ModelCommand::Decide { model, to: to.into() })),
            reason,
            idempotency_key,
        }
    }
}

impl From<PromoteModelInput> for Request {
    fn from(input: PromoteModelInput) -> Self {
        Self::decide("promote_model", &input.model, input.to, input.reason, input.idempotency_key)
    }
}

impl From<RetireModelInput> for Request {
    fn from(input: RetireModelInput) -> Self {
        Self::decide("retire_model", &input.model, ModelState::Retired, input.reason, input.idempotency_key)
    }
}

impl From<RollBackModelInput> for Request {
    fn from(input: RollBackModelInput) -> Self {
        let detector = DetectorId::from(input.detector.as_str());
        Self {
            operation: "roll_back_model",
            action: Action::DetectorPromote,
            field: "detector",
            words: format!("roll back {}", input.detector),
            wanted: Ok(Wanted::Other(ModelCommand::RollBack { detector })),
            reason: input.reason,
            idempotency_key: input.idempotency_key,
        }
    }
}

/// Why somebody wants it, without what surrounds it.
pub(super) fn reason(given: &str) -> Result<String, ApiError> {
    let reason = given.trim();
    if reason.is_empty() || reason.chars().count() > REASON_MAX {
        return Err(ApiError::invalid(format!("say why, in at most {REASON_MAX} characters")));
    }
    Ok(reason.to_owned())
}

/// What whoever may not is answered; the audit remembers it.
pub(super) async fn refuse_without_permission(
    ctx: &Context<'_>,
    field: &str,
    action: Action,
    on: &Resource,
) -> Result<Option<ModelPayload>, ApiError> {
    let api = scope::api(ctx);
    let Decision::Deny { reason } = api.authority.decide(scope::principal(ctx)?, action, on) else { return Ok(None) };
    api.audit_refusal(scope::visitor(ctx), action, on, &reason).await;
    let error = ApiError::new(ErrorCode::Forbidden, format!("{action} {reason}"));
    Ok(Some(ModelPayload::refused(field, error)))
}

/// Carries an order out, once for each key.
pub(super) async fn order(ctx: &Context<'_>, request: Request) -> Result<ModelPayload, ApiError> {
    let refused = |field: &str, error| Ok(ModelPayload::refused(field, error));
    if let Err(e) = idempotency::check_key(&request.idempotency_key) {
        return refused("idempotencyKey", e);
    }
    let reason = match reason(&request.reason) {
        Ok(reason) => reason,
        Err(e) => return refused("reason", e),
    };
    let wanted = match request.wanted {
        Ok(wanted) => wanted,
        Err(e) => return refused(request.field, e),
    };
    let api = scope::api(ctx);
    let user = scope::principal(ctx)?.name.clone();
    let on = Resource::Detector { plant: api.plant.id.clone(), detector: about(api, &wanted).await? };
    if let Some(payload) = refuse_without_permission(ctx, request.field, request.action, &on).await? {
        return Ok(payload);
    }
    let content = format!("{} {} {reason}", api.plant.id, request.words);
    let key = request.idempotency_key.as_str();
    let keyed = Keyed { key, user: &user, operation: request.operation, request: content };
    match keyed.answered_before(api).await {
        Err(e) => return refused("idempotencyKey", e),
        Ok(Some(answer)) => return answered(api, request.field, answer).await,
        Ok(None) => {}
    }
    let command = match wanted {
        Wanted::Train { detector, method, origin } => {
            ModelCommand::Train { job: job_of(&user, key), detector, method, origin }
        }
        Wanted::Other(command) => command,
    };
    let Some(trainer) = scope::doors(ctx).await?.trainer.clone() else {
        return refused(request.field, refusal(&ModelRefused::Gone));
    };
    let outcome = trainer.carry_out(ModelOrder { command, by: user.clone(), reason: reason.clone() }).await;
    let after = match &outcome {
        Ok(_) => format!("{}: {reason}", request.words),
        Err(why) => format!("{}: {reason}; not done: {why}", request.words),
    };
    api.audit_order(scope::visitor(ctx), &Change { action: request.action, on: &on, before: None, after }).await;
    let answer = match outcome {
        Ok(ModelDone::Job(job)) => Answer::Training(job.id.to_string()),
        Ok(ModelDone::Model(model)) => Answer::Model(model.to_string()),
        // What may be otherwise in a moment is not remembered as the answer.
        Err(why) => return refused(request.field, refusal(&why)),
    };
    keyed.remember(api, &answer).await;
    answered(api, request.field, answer).await
}

/// The detector that an order is about. Of a model or a training that is not there nobody knows; whoever may do nothing to
/// any detector is refused all the same.
async fn about(api: &Api, wanted: &Wanted) -> Result<DetectorId, ApiError> {
    let found = match wanted {
        Wanted::Train { detector, .. } | Wanted::Other(ModelCommand::RollBack { detector }) => Some(detector.clone()),
        Wanted::Other(ModelCommand::Cancel { job }) => {
            let job = api.storage.training_job(*job).await.map_err(|e| storage_error("reading a training", &e))?;
            job.map(|job| job.detector)
        }
        Wanted::Other(ModelCommand::Decide { model, .. }) => {
            let model = api.storage.model(*model).await.map_err(|e| storage_error("reading a model", &e))?;
            model.map(|model| model.detector)
        }
        Wanted::Other(ModelCommand::Train { detector, .. }) => Some(detector.clone()),
    };
    Ok(found.unwrap_or_else(|| DetectorId::from("unknown")))
}

/// The same order twice is the same job.
fn job_of(user: &str, key: &str) -> TrainingJobId {
    let hash = Sha256::new().chain_update(user).chain_update([0]).chain_update(key).finalize();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    TrainingJobId(Uuid::from_bytes(bytes))
}

fn refusal(why: &ModelRefused) -> ApiError {
    let code = match why {
        ModelRefused::NoDetector(_) | ModelRefused::NoModel(_) | ModelRefused::NoJob(_) => ErrorCode::NotFound,
        ModelRefused::NothingBefore(_) | ModelRefused::Ended => ErrorCode::StateForbids,
        ModelRefused::Invalid(_) => ErrorCode::InvalidInput,
        ModelRefused::TooMany(_) | ModelRefused::Gone => ErrorCode::Unavailable,
        ModelRefused::StorageUnavailable => ErrorCode::JournalUnavailable,
    };
    ApiError::new(code, why.to_string())
}

/// What an order was about, as it is now.
pub(super) async fn answered(api: &Api, field: &str, answer: Answer) -> Result<ModelPayload, ApiError> {
    let none = ModelPayload { model: None, job: None, user_errors: Vec::new() };
    match answer {
        Answer::Training(id) => {
            let found = match id.parse() {
                Ok(id) => api.storage.training_job(id).await,
                Err(_) => Ok(None),
            };
            let job = found.map_err(|e| storage_error("reading a training", &e))?;
            Ok(ModelPayload { job: job.map(TrainingJob::from), ..none })
        }
        Answer::Model(id) => {
            let found = match id.parse() {
                Ok(id) => api.storage.model(id).await,
                Err(_) => Ok(None),
            };
            let model = found.map_err(|e| storage_error("reading a model", &e))?;
            Ok(ModelPayload { model: model.map(Model::from), ..none })
        }
        Answer::Done | Answer::Made(_) => Ok(none),
        Answer::Invalid(why) | Answer::NotControllable(why) | Answer::NotPausable(why) => {
            Ok(ModelPayload::refused(field, ApiError::invalid(why)))
        }
    }
}
