//! Ordering something of alarms: one order, many alarms, an answer for each.

use std::time::Duration;

use async_graphql::{Context, ID, InputObject, SimpleObject};

use crate::actors::{AlarmCommand, AlarmDeskError, AlarmOrder, OrderItem, OrderOutcome, OrderRefused};
use crate::alarms::CommandRefused;
use crate::domain::OccurrenceId;
use crate::graphql::api::Change;
use crate::graphql::error::{ApiError, ErrorCode};
use crate::graphql::scope;
use crate::graphql::types::{Alarm, UserError};
use crate::security::{Action, Decision, Resource};

use super::{audit_words, idempotency};

/// Longest comment, characters.
const COMMENT_MAX: usize = 1_000;
/// Longest work order, characters.
const WORK_ORDER_MAX: usize = 100;

/// One alarm, and the occurrence of it that was seen.
#[derive(InputObject, Clone, Debug)]
pub struct AlarmOrderItem {
    /// The alarm's id in the plant, for example `XMEAS_7/HIGH`.
    alarm: String,
    /// The occurrence that was seen. An acknowledgement needs it; elsewhere, when it is given, the order holds for no other.
    occurrence_id: Option<ID>,
}

/// Takes notice of alarms.
#[derive(InputObject, Clone, Debug)]
pub struct AcknowledgeAlarmsInput {
    /// Which occurrences, at most 500.
    pub(super) items: Vec<AlarmOrderItem>,
    /// What to write into the journal with it, at most 1000 characters.
    comment: Option<String>,
    /// The same key gives the first answer again.
    idempotency_key: String,
}

/// Resets alarms that have latched, or takes them off the shelf, or returns them to service.
#[derive(InputObject, Clone, Debug)]
pub struct AlarmsInput {
    /// Which alarms, at most 500.
    pub(super) items: Vec<AlarmOrderItem>,
    /// What to write into the journal with it, at most 1000 characters.
    comment: Option<String>,
    /// The same key gives the first answer again.
    idempotency_key: String,
}

/// Puts alarms aside for a limited time.
#[derive(InputObject, Clone, Debug)]
pub struct ShelveAlarmsInput {
    /// Which alarms, at most 500.
    pub(super) items: Vec<AlarmOrderItem>,
    /// For how many minutes at most; each alarm has a longest shelf of its own (`Alarm.shelveMinutesMax`).
    minutes: f64,
    /// Whether the shelf ends with the condition already.
    #[graphql(default)]
    one_shot: bool,
    /// Why, at most 1000 characters.
    reason: String,
    /// The same key gives the first answer again.
    idempotency_key: String,
}

/// Takes alarms out of service.
#[derive(InputObject, Clone, Debug)]
pub struct TakeAlarmsOutOfServiceInput {
    /// Which alarms, at most 500.
    pub(super) items: Vec<AlarmOrderItem>,
    /// Under which work order, at most 100 characters.
    work_order: String,
    /// What to write into the journal with it, at most 1000 characters.
    comment: Option<String>,
    /// The same key gives the first answer again.
    idempotency_key: String,
}

/// Gives somebody the care of alarms.
#[derive(InputObject, Clone, Debug)]
pub struct AssignAlarmsInput {
    /// Which alarms, at most 500.
    pub(super) items: Vec<AlarmOrderItem>,
    /// Who; null takes the alarms from whoever has them.
    to: Option<String>,
    /// What to write into the journal with it, at most 1000 characters.
    comment: Option<String>,
    /// The same key gives the first answer again.
    idempotency_key: String,
}

/// Writes a remark into the journal of alarms.
#[derive(InputObject, Clone, Debug)]
pub struct CommentAlarmsInput {
    /// Which alarms, at most 500.
    pub(super) items: Vec<AlarmOrderItem>,
    /// The remark, at most 1000 characters.
    comment: String,
    /// The same key gives the first answer again.
    idempotency_key: String,
}

/// What became of an order.
#[derive(SimpleObject)]
pub struct AlarmOrderPayload {
    /// One result an item, in their order.
    results: Vec<AlarmOrderResult>,
    /// What stood in the way of the whole order.
    user_errors: Vec<UserError>,
}

/// What became of one item.
#[derive(SimpleObject)]
pub struct AlarmOrderResult {
    /// The alarm's id in the plant.
    alarm: String,
    /// Whether it was done.
    ok: bool,
    /// The alarm after it; null when there is no such alarm, or the visitor may not order this of it.
    alarm_now: Option<Alarm>,
    /// What stood in the way of this item.
    user_errors: Vec<UserError>,
}

/// An order as it came in: not yet checked.
pub(super) struct Request {
    command: AlarmCommand,
    action: Action,
    items: Vec<AlarmOrderItem>,
    comment: Option<String>,
    /// The field of the input that holds the comment.
    comment_field: &'static str,
    comment_required: bool,
    idempotency_key: String,
}

impl Request {
    fn new(command: AlarmCommand, action: Action, items: Vec<AlarmOrderItem>, idempotency_key: String) -> Self {
        let (comment, comment_field, comment_required) = (None, "comment", false);
        Self { command, action, items, comment, comment_field, comment_required, idempotency_key }
    }

    fn saying(self, comment: Option<String>) -> Self {
        Self { comment, ..self }
    }

    pub(super) fn reset(input: AlarmsInput) -> Self {
        Self::new(AlarmCommand::Reset, Action::AlarmReset, input.items, input.idempotency_key).saying(input.comment)
    }

    pub(super) fn unshelve(input: AlarmsInput) -> Self {
        Self::new(AlarmCommand::Unshelve, Action::AlarmShelve, input.items, input.idempotency_key).saying(input.comment)
    }

    pub(super) fn return_to_service(input: AlarmsInput) -> Self {
        let command = AlarmCommand::ReturnToService;
        Self::new(command, Action::AlarmOutOfService, input.items, input.idempotency_key).saying(input.comment)
    }

    /// What is said of a request as a whole, before any alarm is looked at.
    fn problem(&self) -> Option<(&'static str, ApiError)> {
        if let Err(e) = idempotency::check_key(&self.idempotency_key) {
            return Some(("idempotencyKey", e));
        }
        let said = self.comment.as_deref().unwrap_or_default();
        if said.chars().count() > COMMENT_MAX {
            let field = self.comment_field;
            return Some((field, ApiError::invalid(format!("a {field} has at most {COMMENT_MAX} characters"))));
        }
        if self.comment_required && said.trim().is_empty() {
            return Some((self.comment_field, ApiError::invalid(format!("a {} is needed", self.comment_field))));
        }
        match &self.command {
            AlarmCommand::TakeOutOfService { work_order } if work_order.chars().count() > WORK_ORDER_MAX => {
                let problem = format!("a work order has at most {WORK_ORDER_MAX} characters");
                Some(("workOrder", ApiError::invalid(problem)))
            }
            AlarmCommand::TakeOutOfService { work_order } if work_order.trim().is_empty() => {
                Some(("workOrder", ApiError::invalid(CommandRefused::NoWorkOrder.to_string())))
            }
            _ => None,
        }
    }
}

impl From<AcknowledgeAlarmsInput> for Request {
    fn from(input: AcknowledgeAlarmsInput) -> Self {
        let AcknowledgeAlarmsInput { items, comment, idempotency_key } = input;
        Self::new(AlarmCommand::Acknowledge, Action::AlarmAcknowledge, items, idempotency_key).saying(comment)
    }
}

impl TryFrom<ShelveAlarmsInput> for Request {
    type Error = AlarmOrderPayload;

    fn try_from(input: ShelveAlarmsInput) -> Result<Self, AlarmOrderPayload> {
        let ShelveAlarmsInput { items, minutes, one_shot, reason, idempotency_key } = input;
        let lasting = Duration::try_from_secs_f64(minutes * 60.0).map_err(|_| {
            let error = ApiError::invalid(format!("{minutes} is not a number of minutes"));
            AlarmOrderPayload::refused(&["input", "minutes"], error)
        })?;
        let command = AlarmCommand::Shelve { lasting, one_shot };
        let request = Self::new(command, Action::AlarmShelve, items, idempotency_key).saying(Some(reason));
        Ok(Self { comment_field: "reason", comment_required: true, ..request })
    }
}

impl From<TakeAlarmsOutOfServiceInput> for Request {
    fn from(input: TakeAlarmsOutOfServiceInput) -> Self {
        let command = AlarmCommand::TakeOutOfService { work_order: input.work_order.trim().to_owned() };
        Self::new(command, Action::AlarmOutOfService, input.items, input.idempotency_key).saying(input.comment)
    }
}

impl From<AssignAlarmsInput> for Request {
    fn from(input: AssignAlarmsInput) -> Self {
        let to = input.to.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty());
        let command = AlarmCommand::Assign { to };
        Self::new(command, Action::AlarmComment, input.items, input.idempotency_key).saying(input.comment)
    }
}

impl From<CommentAlarmsInput> for Request {
    fn from(input: CommentAlarmsInput) -> Self {
        let CommentAlarmsInput { items, comment, idempotency_key } = input;
        let request = Self::new(AlarmCommand::Comment, Action::AlarmComment, items, idempotency_key);
        Self { comment_required: true, ..request.saying(Some(comment)) }
    }
}

impl AlarmOrderPayload {
    fn refused(path: &[&str], error: ApiError) -> Self {
        Self { results: Vec::new(), user_errors: vec![UserError::at(path, error)] }
    }
}

impl AlarmOrderResult {
    fn refused(position: usize, alarm: &str, field: &str, error: ApiError) -> Self {
        let path = ["input", "items", &position.to_string(), field];
        Self { alarm: alarm.to_owned(), ok: false, alarm_now: None, user_errors: vec![UserError::at(&path, error)] }
    }
}

/// An item that may be put to the desk, or its refusal.
type Checked = Result<OrderItem, AlarmOrderResult>;

/// Checks an order, and puts what may be ordered to the desk.
pub(super) async fn order(ctx: &Context<'_>, request: Request) -> Result<AlarmOrderPayload, ApiError> {
    if let Some((field, problem)) = request.problem() {
        return Ok(AlarmOrderPayload::refused(&["input", field], problem));
    }
    let mut checked = Vec::with_capacity(request.items.len());
    for (position, item) in request.items.iter().enumerate() {
        checked.push(check(ctx, &request, position, item).await?);
    }
    let allowed: Vec<OrderItem> = checked.iter().filter_map(|item| item.as_ref().ok().cloned()).collect();
    if allowed.is_empty() {
        let results = checked.into_iter().filter_map(Result::err).collect();
        return Ok(AlarmOrderPayload { results, user_errors: Vec::new() });
    }
    let on = audited_on(ctx, &allowed).await?;
    let order = AlarmOrder {
        command: request.command,
        items: allowed,
        by: scope::principal(ctx)?.name.clone(),
        comment: request.comment.filter(|words| !words.trim().is_empty()),
        client: scope::visitor(ctx).client(),
        idempotency_key: request.idempotency_key,
    };
    let api = scope::api(ctx);
    let doors = scope::doors(ctx).await?;
    let outcome = doors.alarm_desk.carry_out(order.clone()).await;
    let after = audit_words::of_alarms(&order, &outcome);
    api.audit_order(scope::visitor(ctx), &Change { action: request.action, on: &on, before: None, after }).await;
    match outcome {
        Ok(outcomes) => Ok(AlarmOrderPayload { results: weave(ctx, checked, outcomes), user_errors: Vec::new() }),
        Err(e) => Ok(AlarmOrderPayload::refused(&["input"], desk_error(&e))),
    }
}

/// What the audit says an order is about: its alarm, or the plant for an order of several.
async fn audited_on(ctx: &Context<'_>, items: &[OrderItem]) -> Result<Resource, ApiError> {
    let plant = &scope::api(ctx).plant;
    let snapshot = scope::alarms(ctx).await?;
    let view = match items {
        [item] => snapshot.alarm(plant, &item.alarm),
        _ => None,
    };
    let of_alarm = view.map(|view| Resource::alarm(&plant.id, &view.definition, view.facts.severity));
    Ok(of_alarm.unwrap_or_else(|| Resource::Plant(plant.id.clone())))
}

/// Whether the item makes sense, and whether this person may order it of this alarm as severe as it is now.
async fn check(
    ctx: &Context<'_>,
    request: &Request,
    position: usize,
    item: &AlarmOrderItem,
) -> Result<Checked, ApiError> {
    let refused = |field: &str, error| Ok(Err(AlarmOrderResult::refused(position, &item.alarm, field, error)));
    let occurrence = match item.occurrence_id.as_ref().map(|id| id.parse::<OccurrenceId>()) {
        None => None,
        Some(Ok(id)) => Some(id),
        Some(Err(_)) => return refused("occurrenceId", ApiError::invalid("this is not the id of an occurrence")),
    };
    let snapshot = scope::alarms(ctx).await?;
    let Some(view) = snapshot.alarm(&scope::api(ctx).plant, &item.alarm.as_str().into()) else {
        return refused("alarm", ApiError::new(ErrorCode::NotFound, OrderRefused::UnknownAlarm.to_string()));
    };
    let api = scope::api(ctx);
    let on = Resource::alarm(&api.plant.id, &view.definition, view.facts.severity);
    match api.authority.decide(scope::principal(ctx)?, request.action, &on) {
        Decision::Allow => Ok(Ok(OrderItem { alarm: view.definition.id.clone(), occurrence })),
        Decision::Deny { reason } => {
            api.audit_refusal(scope::visitor(ctx), request.action, &on, &reason).await;
            refused("alarm", ApiError::new(ErrorCode::Forbidden, reason))
        }
    }
}

/// Puts the outcomes of the desk between the refusals, in the order of the input.
fn weave(ctx: &Context<'_>, checked: Vec<Checked>, outcomes: Vec<OrderOutcome>) -> Vec<AlarmOrderResult> {
    let mut outcomes = outcomes.into_iter();
    checked
        .into_iter()
        .enumerate()
        .filter_map(|(position, item)| match item {
            Err(refused) => Some(refused),
            Ok(_) => outcomes.next().map(|outcome| result(ctx, position, outcome)),
        })
        .collect()
}

fn result(ctx: &Context<'_>, position: usize, outcome: OrderOutcome) -> AlarmOrderResult {
    let alarm = outcome.alarm.as_str();
    match outcome.result {
        Ok(view) => AlarmOrderResult {
            alarm: alarm.to_owned(),
            ok: true,
            alarm_now: Some(Alarm::new(&scope::api(ctx).plant, &view)),
            user_errors: Vec::new(),
        },
        Err(refused) => {
            let (field, code) = told(&refused);
            AlarmOrderResult::refused(position, alarm, field, ApiError::new(code, refused.to_string()))
        }
    }
}

/// Which part of an item a refusal is about, and its code.
fn told(refused: &OrderRefused) -> (&'static str, ErrorCode) {
    match refused {
        OrderRefused::UnknownAlarm => ("alarm", ErrorCode::NotFound),
        OrderRefused::NotOfAnAlarm => ("alarm", ErrorCode::InvalidInput),
        OrderRefused::NoOccurrenceNamed => ("occurrenceId", ErrorCode::InvalidInput),
        OrderRefused::OccurrenceMismatch => ("occurrenceId", ErrorCode::OccurrenceMismatch),
        OrderRefused::Rules(rule) => match rule {
            CommandRefused::OccurrenceMismatch { .. } => ("occurrenceId", ErrorCode::OccurrenceMismatch),
            CommandRefused::NotAcknowledgeable(_) => ("alarm", ErrorCode::NotAcknowledgeable),
            CommandRefused::ShelfLength(_) => ("alarm", ErrorCode::ShelfTooLong),
            CommandRefused::AnotherPersonNeeded(_) => ("alarm", ErrorCode::AnotherPersonNeeded),
            CommandRefused::NoWorkOrder => ("alarm", ErrorCode::InvalidInput),
            CommandRefused::NothingLatched
            | CommandRefused::StillActive
            | CommandRefused::AcknowledgeFirst
            | CommandRefused::ConditionUnknown(_)
            | CommandRefused::NotResettable(_)
            | CommandRefused::NotShelvable(_)
            | CommandRefused::NotShelved(_)
            | CommandRefused::AlreadyOutOfService(_)
            | CommandRefused::InService => ("alarm", ErrorCode::StateForbids),
        },
    }
}

pub(super) fn desk_error(error: &AlarmDeskError) -> ApiError {
    let code = match error {
        AlarmDeskError::Gone | AlarmDeskError::Busy => ErrorCode::Unavailable,
        AlarmDeskError::JournalUnavailable => ErrorCode::JournalUnavailable,
        AlarmDeskError::IdempotencyConflict => ErrorCode::IdempotencyConflict,
    };
    ApiError::new(code, error.to_string())
}
