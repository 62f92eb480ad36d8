//! Having alarms explained, asking about them, and saying how right an explanation was.

use async_graphql::{Context, ID, InputObject, SimpleObject};
use tracing::warn;
use uuid::Uuid;

use super::idempotency::{self, Answer, Keyed};
use crate::actors::{AskOrder, Asker, ExplainOrder, ExplainRefused, Explainer};
use crate::domain::{self, AlarmId, Cause, IncidentVerdict, OccurrenceId, ProviderId};
use crate::explain::Evidence;
use crate::graphql::Api;
use crate::graphql::api::{Change, storage_error};
use crate::graphql::error::{ApiError, ErrorCode};
use crate::graphql::types::{
    AlarmExplanation, ExplanationComparison, ExplanationJudgement, ExplanationTurn, UserError,
};
use crate::graphql::{explanations, scope};
use crate::security::{Action, Decision, Resource};
use crate::storage::{self, ExplanationVerdict, StoredExplanation};

/// Longest question, comment and name of a cause, characters.
const WORDS_MAX: usize = 1_000;
/// Models that are laid side by side at once.
const PROVIDERS_MAX: usize = 5;

/// Has an alarm explained.
#[derive(InputObject, Clone, Debug)]
pub struct ExplainAlarmInput {
    /// The alarm's id in the plant, for example `XMEAS_7/HIGH`.
    alarm: String,
    /// Which occurrence of it.
    occurrence_id: ID,
    /// Whether evidence is frozen anew, up to now; else that of the annunciation counts.
    #[graphql(default)]
    afresh: bool,
    /// Whether a language model is asked as well, when one is configured.
    #[graphql(default = true)]
    with_model: bool,
    /// The same key gives the first answer again.
    idempotency_key: String,
}

/// Asks a question about an alarm.
#[derive(InputObject, Clone, Debug)]
pub struct AskAboutAlarmInput {
    /// The alarm's id in the plant.
    alarm: String,
    /// Which occurrence of it.
    occurrence_id: ID,
    /// The question, at most 1000 characters.
    question: String,
    /// The same key gives the first answer again.
    idempotency_key: String,
}

/// Says how right an explanation was.
#[derive(InputObject, Clone, Debug)]
pub struct JudgeExplanationInput {
    /// Which explanation.
    explanation: ID,
    /// How right it was.
    judgement: ExplanationJudgement,
    /// The true cause, where it was found: an id of the fault library (`idv-6`), or words, at most 1000 characters.
    cause: Option<String>,
    /// What to keep with it, at most 1000 characters.
    comment: Option<String>,
    /// The same key gives the first answer again.
    idempotency_key: String,
}

/// Has several models explain the same evidence.
#[derive(InputObject, Clone, Debug)]
pub struct CompareExplanationsInput {
    /// The alarm's id in the plant.
    alarm: String,
    /// Which occurrence of it.
    occurrence_id: ID,
    /// Ids of providers, at most 5; all that are configured without it.
    providers: Option<Vec<String>>,
    /// The same key gives the first answer again.
    idempotency_key: String,
}

/// What is known of why an alarm came, after an order.
#[derive(SimpleObject)]
pub struct ExplanationPayload {
    /// Everything that is kept of the occurrence; follow `explanation` for what a model adds. Null when the order was refused.
    explanation: Option<AlarmExplanation>,
    /// What stood in the way.
    user_errors: Vec<UserError>,
}

/// The answer to a question.
#[derive(SimpleObject)]
pub struct AskPayload {
    /// The question with its answer; null when it was refused.
    turn: Option<ExplanationTurn>,
    /// What stood in the way.
    user_errors: Vec<UserError>,
}

/// Explanations side by side.
#[derive(SimpleObject)]
pub struct ComparisonPayload {
    /// The explanations; null when the order was refused, and when it was carried out under the same key before: they are
    /// among the explanations of the occurrence then.
    comparison: Option<ExplanationComparison>,
    /// What stood in the way.
    user_errors: Vec<UserError>,
}

/// A part of the input with what is wrong with it.
pub(super) type Wrong = (&'static str, ApiError);

pub(super) fn errors((field, error): Wrong) -> Vec<UserError> {
    vec![UserError::at(&["input", field], error)]
}

impl ExplanationPayload {
    fn refused(wrong: Wrong) -> Self {
        Self { explanation: None, user_errors: errors(wrong) }
    }
}

/// What an order is about, once it is known that this person may give it.
pub(super) struct Subject {
    alarm: AlarmId,
    occurrence: OccurrenceId,
    pub on: Resource,
    by: Asker,
}

/// An order that came in under a key.
pub(super) struct Given<'a> {
    pub key: &'a str,
    pub operation: &'static str,
    pub action: Action,
    pub request: String,
}

/// What is to be done with an order.
pub(super) enum Turn<'a> {
    /// It is new.
    New(Keyed<'a>),
    /// It was carried out, and this came of it.
    Known(Answer),
}

pub(super) async fn explain(ctx: &Context<'_>, input: ExplainAlarmInput) -> Result<ExplanationPayload, ApiError> {
    let api = scope::api(ctx);
    let action = Action::ExplanationRequest;
    let subject = match subject(ctx, action, &input.alarm, &input.occurrence_id).await? {
        Ok(subject) => subject,
        Err(wrong) => return Ok(ExplanationPayload::refused(wrong)),
    };
    let request = format!("explain {} {} {} {}", input.alarm, *input.occurrence_id, input.afresh, input.with_model);
    let given = Given { key: &input.idempotency_key, operation: "explain_alarm", action, request };
    let keyed = match begin(ctx, &given).await {
        Err(wrong) => return Ok(ExplanationPayload::refused(wrong)),
        Ok(Turn::Known(_)) => return explained(api, subject.occurrence).await,
        Ok(Turn::New(keyed)) => keyed,
    };
    audit(ctx, &given, &subject.on).await;
    let order = ExplainOrder {
        alarm: subject.alarm,
        occurrence: subject.occurrence,
        by: subject.by,
        afresh: input.afresh,
        with_model: input.with_model,
    };
    let mut follows = match explainer(ctx).await?.explain(order).await {
        Ok(follows) => follows,
        Err(refused) => return Ok(ExplanationPayload::refused(told(&refused))),
    };
    // What is computed is worth waiting for; a model is not.
    let seen = follows.wait_for(|progress| progress.computed.is_some() || progress.over).await;
    let failure = seen.ok().and_then(|progress| progress.failure.clone().filter(|_| progress.computed.is_none()));
    if let Some(failure) = failure {
        return Ok(ExplanationPayload::refused(("occurrenceId", ApiError::new(ErrorCode::Unavailable, failure))));
    }
    keyed.remember(api, &Answer::Done).await;
    explained(api, subject.occurrence).await
}

async fn explained(api: &Api, occurrence: OccurrenceId) -> Result<ExplanationPayload, ApiError> {
    Ok(ExplanationPayload { explanation: Some(api.alarm_explanation(occurrence).await?), user_errors: Vec::new() })
}

pub(super) async fn ask(ctx: &Context<'_>, input: AskAboutAlarmInput) -> Result<AskPayload, ApiError> {
    let refused = |wrong: Wrong| AskPayload { turn: None, user_errors: errors(wrong) };
    let api = scope::api(ctx);
    let question = match words(&input.question, "question") {
        Ok(Some(question)) => question,
        Ok(None) => return Ok(refused(("question", ApiError::invalid("ask something")))),
        Err(wrong) => return Ok(refused(wrong)),
    };
    let action = Action::ExplanationRequest;
    let subject = match subject(ctx, action, &input.alarm, &input.occurrence_id).await? {
        Ok(subject) => subject,
        Err(wrong) => return Ok(refused(wrong)),
    };
    let request = format!("ask about {} {}: {question}", input.alarm, *input.occurrence_id);
    let given = Given { key: &input.idempotency_key, operation: "ask_about_alarm", action, request };
    let keyed = match begin(ctx, &given).await {
        Err(wrong) => return Ok(refused(wrong)),
        Ok(Turn::Known(answer)) => {
            let turns = api.storage.turns(subject.occurrence).await;
            let turns = turns.map_err(|e| storage_error("reading earlier answers", &e))?;
            let known = |id: String| turns.iter().find(|turn| turn.id.to_string() == id);
            let turn = if let Answer::Made(id) = answer { known(id) } else { None };
            let turn = match turn {
                Some(turn) => Some(api.turn(turn).await?),
                None => None,
            };
            return Ok(AskPayload { turn, user_errors: Vec::new() });
        }
        Ok(Turn::New(keyed)) => keyed,
    };
    audit(ctx, &given, &subject.on).await;
    let order = AskOrder { alarm: subject.alarm, occurrence: subject.occurrence, by: subject.by, question };
    match explainer(ctx).await?.ask(order).await {
        Err(why) => Ok(refused(told(&why))),
        Ok(turn) => {
            keyed.remember(api, &Answer::Made(turn.id.to_string())).await;
            Ok(AskPayload { turn: Some(api.turn(&turn).await?), user_errors: Vec::new() })
        }
    }
}

pub(super) async fn compare(ctx: &Context<'_>, input: CompareExplanationsInput) -> Result<ComparisonPayload, ApiError> {
    let refused = |wrong: Wrong| ComparisonPayload { comparison: None, user_errors: errors(wrong) };
    let api = scope::api(ctx);
    let action = Action::ExplanationRequest;
    let subject = match subject(ctx, action, &input.alarm, &input.occurrence_id).await? {
        Ok(subject) => subject,
        Err(wrong) => return Ok(refused(wrong)),
    };
    let providers = match providers(api, input.providers.as_deref()).await {
        Ok(providers) => providers,
        Err(error) => return Ok(refused(("providers", error))),
    };
    let names = providers.iter().map(ProviderId::as_str).collect::<Vec<_>>().join(", ");
    let request = format!("compare {} {} by {names}", input.alarm, *input.occurrence_id);
    let given = Given { key: &input.idempotency_key, operation: "compare_explanations", action, request };
    let keyed = match begin(ctx, &given).await {
        Err(wrong) => return Ok(refused(wrong)),
        Ok(Turn::Known(_)) => return Ok(ComparisonPayload { comparison: None, user_errors: Vec::new() }),
        Ok(Turn::New(keyed)) => keyed,
    };
    audit(ctx, &given, &subject.on).await;
    let order = ExplainOrder {
        alarm: subject.alarm,
        occurrence: subject.occurrence,
        by: subject.by,
        afresh: false,
        with_model: true,
    };
    match explainer(ctx).await?.compare(order, providers).await {
        Err(why) => Ok(refused(told(&why))),
        Ok(compared) => {
            keyed.remember(api, &Answer::Done).await;
            Ok(ComparisonPayload { comparison: Some((&compared).into()), user_errors: Vec::new() })
        }
    }
}

/// Those that were named, or all that are configured.
async fn providers(api: &Api, named: Option<&[String]>) -> Result<Vec<ProviderId>, ApiError> {
    if !api.root.has_broker() {
        return Err(ApiError::new(ErrorCode::NotFound, "no language model is configured"));
    }
    let away = || ApiError::unavailable("the broker of language models");
    let board = api.root.broker().await.map_err(|_| away())?.board().await.map_err(|_| away())?;
    let all: Vec<ProviderId> = board.providers.into_iter().map(|provider| provider.id).collect();
    let Some(named) = named else { return Ok(all.into_iter().take(PROVIDERS_MAX).collect()) };
    if named.is_empty() || named.len() > PROVIDERS_MAX {
        return Err(ApiError::invalid(format!("name 1 to {PROVIDERS_MAX} providers")));
    }
    let mut chosen: Vec<ProviderId> = Vec::new();
    for name in named {
        let known = all.iter().find(|id| id.as_str() == name);
        let id = known.ok_or_else(|| ApiError::new(ErrorCode::NotFound, format!("there is no provider `{name}`")))?;
        if !chosen.contains(id) {
            chosen.push(id.clone());
        }
    }
    Ok(chosen)
}

pub(super) async fn judge(ctx: &Context<'_>, input: JudgeExplanationInput) -> Result<ExplanationPayload, ApiError> {
    let api = scope::api(ctx);
    let (cause, comment) =
        match (optional(input.cause.as_deref(), "cause"), optional(input.comment.as_deref(), "comment")) {
            (Ok(cause), Ok(comment)) => (cause, comment),
            (Err(wrong), _) | (_, Err(wrong)) => return Ok(ExplanationPayload::refused(wrong)),
        };
    let unknown = || ("explanation", ApiError::new(ErrorCode::NotFound, "there is no such explanation"));
    let Ok(id) = input.explanation.parse::<Uuid>() else { return Ok(ExplanationPayload::refused(unknown())) };
    let found = api.storage.explanation(id).await.map_err(|e| storage_error("reading an explanation", &e))?;
    let Some(StoredExplanation { occurrence, evidence_hash, .. }) = found else {
        return Ok(ExplanationPayload::refused(unknown()));
    };
    let evidence = api.storage.evidence(&evidence_hash).await.map_err(|e| storage_error("reading evidence", &e))?;
    let Some(evidence) = evidence else { return Ok(ExplanationPayload::refused(unknown())) };
    let action = Action::ExplanationJudge;
    let subject = match subject(ctx, action, evidence.alarm.as_str(), &ID::from(occurrence.to_string())).await? {
        Ok(subject) => subject,
        Err((_, error)) => return Ok(ExplanationPayload::refused(("explanation", error))),
    };
    let judgement = storage::Judgement::from(input.judgement);
    let told = [cause.as_deref(), comment.as_deref()].into_iter().flatten().collect::<Vec<_>>().join("; ");
    let request = format!("judges explanation {id} {}: {told}", judgement.as_str());
    let given = Given { key: &input.idempotency_key, operation: "judge_explanation", action, request };
    let keyed = match begin(ctx, &given).await {
        Err(wrong) => return Ok(ExplanationPayload::refused(wrong)),
        Ok(Turn::Known(_)) => return explained(api, occurrence).await,
        Ok(Turn::New(keyed)) => keyed,
    };
    audit(ctx, &given, &subject.on).await;
    let by = scope::principal(ctx)?.name.clone();
    let verdict =
        ExplanationVerdict { explanation: id, occurrence, by, at: api.clock.now(), judgement, cause, comment };
    if api.storage.judge_explanation(&verdict).await.is_err() {
        let error =
            ApiError::new(ErrorCode::JournalUnavailable, "it could not be kept just now; repeat it with the same key");
        return Ok(ExplanationPayload::refused(("explanation", error)));
    }
    join_incident(api, &evidence.evidence, &verdict).await;
    keyed.remember(api, &Answer::Done).await;
    explained(api, occurrence).await
}

/// What was found joins the incident of the occurrence, where it was diagnosed: by it the next one is known.
async fn join_incident(api: &Api, evidence: &Evidence, verdict: &ExplanationVerdict) {
    let judgement = match verdict.judgement {
        storage::Judgement::Right => domain::Judgement::Right,
        storage::Judgement::Partly => domain::Judgement::PartlyRight,
        storage::Judgement::Wrong => domain::Judgement::Wrong,
    };
    let cause = verdict.cause.as_ref().map(|cause| {
        let known = evidence.causes.iter().find(|known| known.id.trim_start_matches("cause:") == cause);
        Cause { id: cause.as_str().into(), name: known.map_or_else(|| cause.clone(), |known| known.name.clone()) }
    });
    let found =
        IncidentVerdict { judgement, cause, comment: verdict.comment.clone(), by: verdict.by.clone(), at: verdict.at };
    if let Err(problem) = api.storage.judge_incident(verdict.occurrence, &found).await {
        warn!("a verdict has not joined its incident: {problem}");
    }
}

async fn explainer(ctx: &Context<'_>) -> Result<Explainer, ApiError> {
    let doors = scope::doors(ctx).await?;
    doors
        .explainer
        .clone()
        .ok_or_else(|| ApiError::unavailable("the explainer (it is on the node that runs the plant)"))
}

fn told(refused: &ExplainRefused) -> Wrong {
    let code = match refused {
        ExplainRefused::Unknown => ErrorCode::NotFound,
        ExplainRefused::Busy | ExplainRefused::Unavailable(_) => ErrorCode::Unavailable,
    };
    ("occurrenceId", ApiError::new(code, refused.to_string()))
}

/// Whether the order makes sense, and whether this person may give it about this alarm as severe as it is now.
pub(super) async fn subject(
    ctx: &Context<'_>,
    action: Action,
    alarm: &str,
    occurrence: &ID,
) -> Result<Result<Subject, Wrong>, ApiError> {
    let occurrence = match explanations::occurrence(occurrence) {
        Ok(occurrence) => occurrence,
        Err(error) => return Ok(Err(("occurrenceId", error))),
    };
    let api = scope::api(ctx);
    let snapshot = scope::alarms(ctx).await?;
    let Some(view) = snapshot.alarm(&api.plant, &alarm.into()) else {
        return Ok(Err(("alarm", ApiError::new(ErrorCode::NotFound, "the plant has no such alarm"))));
    };
    let principal = scope::principal(ctx)?;
    let on = Resource::alarm(&api.plant.id, &view.definition, view.facts.severity);
    if let Decision::Deny { reason } = api.authority.decide(principal, action, &on) {
        api.audit_refusal(scope::visitor(ctx), action, &on, &reason).await;
        return Ok(Err(("alarm", ApiError::new(ErrorCode::Forbidden, reason))));
    }
    let by = Asker { name: Some(principal.name.clone()), role: principal.role };
    Ok(Ok(Subject { alarm: view.definition.id.clone(), occurrence, on, by }))
}

/// Whether an order is new under its key.
pub(super) async fn begin<'a>(ctx: &'a Context<'_>, given: &Given<'a>) -> Result<Turn<'a>, Wrong> {
    let wrong = |error| ("idempotencyKey", error);
    idempotency::check_key(given.key).map_err(wrong)?;
    let user = scope::principal(ctx).map_err(wrong)?.name.as_str();
    let keyed = Keyed { key: given.key, user, operation: given.operation, request: given.request.clone() };
    Ok(match keyed.answered_before(scope::api(ctx)).await.map_err(wrong)? {
        Some(answer) => Turn::Known(answer),
        None => Turn::New(keyed),
    })
}

pub(super) async fn audit(ctx: &Context<'_>, given: &Given<'_>, on: &Resource) {
    let change = Change { action: given.action, on, before: None, after: given.request.clone() };
    scope::api(ctx).audit_order(scope::visitor(ctx), &change).await;
}

/// Words that are not too many; `None` when there are none.
fn words(text: &str, field: &'static str) -> Result<Option<String>, Wrong> {
    let text = text.trim();
    if text.chars().count() > WORDS_MAX {
        return Err((field, ApiError::invalid(format!("a {field} has at most {WORDS_MAX} characters"))));
    }
    Ok(Some(text.to_owned()).filter(|text| !text.is_empty()))
}

pub(super) fn optional(text: Option<&str>, field: &'static str) -> Result<Option<String>, Wrong> {
    text.map_or(Ok(None), |text| words(text, field))
}
