//! What can be ordered. Each order goes to the actor that owns the thing; here it is only checked, translated and audited.

mod alarms;
mod audit_words;
mod broker;
mod explanations;
mod idempotency;
mod incidents;
mod knowledge;
mod models;
mod notifications;
mod register;
mod register_input;
mod registry;
mod source;
mod supervision;
mod suppression;

use async_graphql::{Context, Object, Result};

use self::alarms::Request;
pub use self::alarms::{
    AcknowledgeAlarmsInput, AlarmOrderPayload, AlarmsInput, AssignAlarmsInput, CommentAlarmsInput, ShelveAlarmsInput,
    TakeAlarmsOutOfServiceInput,
};
pub use self::broker::{KillSwitchInput, LlmPayload, SetBreakerInput};
pub use self::explanations::{
    AskAboutAlarmInput, AskPayload, CompareExplanationsInput, ComparisonPayload, ExplainAlarmInput, ExplanationPayload,
    JudgeExplanationInput,
};
pub use self::incidents::{IncidentPayload, JudgeIncidentInput};
pub use self::knowledge::{KnowledgePayload, RemoveKnowledgeDocumentInput};
pub use self::models::{
    CancelTrainingInput, ModelPayload, PromoteModelInput, RetireModelInput, RollBackModelInput, TrainDetectorInput,
};
pub use self::notifications::{NotificationPayload, RetryNotificationInput, SendTestNotificationInput};
pub use self::register::RegisterPayload;
pub(super) use self::register_input::LimitInput;
pub use self::register_input::{ApproveRegisterChangeInput, EndRegisterChangeInput, ProposeRegisterChangeInput};
pub use self::registry::{PublishModelInput, PullModelInput};
pub use self::source::{
    PauseSimulationInput, ResetSimulationInput, SetDisturbanceInput, SetSimulationSpeedInput, SourcePayload,
};
pub use self::supervision::{ActorInput, ActorPayload};
pub use self::suppression::{SetSuppressionRuleInput, SuppressionRulePayload};
use super::limits;
use crate::actors::{PartCommand, SourceCommand};

/// What can be ordered.
pub struct Mutation;

/// What can be ordered.
#[Object]
impl Mutation {
    /// Takes notice of alarms, at most 500 at once, each with its own answer. Answered when the journal holds it.
    #[graphql(complexity = "input.items.len() * child_complexity + 1")]
    async fn acknowledge_alarms(&self, ctx: &Context<'_>, input: AcknowledgeAlarmsInput) -> Result<AlarmOrderPayload> {
        limits::list("items", input.items.len())?;
        Ok(alarms::order(ctx, Request::from(input)).await?)
    }

    /// Resets alarms that have latched, whose condition is over and acknowledged.
    #[graphql(complexity = "input.items.len() * child_complexity + 1")]
    async fn reset_alarms(&self, ctx: &Context<'_>, input: AlarmsInput) -> Result<AlarmOrderPayload> {
        limits::list("items", input.items.len())?;
        Ok(alarms::order(ctx, Request::reset(input)).await?)
    }

    /// Puts alarms aside for a limited time. Their life goes on unseen.
    #[graphql(complexity = "input.items.len() * child_complexity + 1")]
    async fn shelve_alarms(&self, ctx: &Context<'_>, input: ShelveAlarmsInput) -> Result<AlarmOrderPayload> {
        limits::list("items", input.items.len())?;
        match Request::try_from(input) {
            Ok(request) => Ok(alarms::order(ctx, request).await?),
            Err(refused) => Ok(refused),
        }
    }

    /// Takes alarms off the shelf; whoever does so has seen them.
    #[graphql(complexity = "input.items.len() * child_complexity + 1")]
    async fn unshelve_alarms(&self, ctx: &Context<'_>, input: AlarmsInput) -> Result<AlarmOrderPayload> {
        limits::list("items", input.items.len())?;
        Ok(alarms::order(ctx, Request::unshelve(input)).await?)
    }

    /// Takes alarms out of service, under a work order, until they are returned.
    #[graphql(complexity = "input.items.len() * child_complexity + 1")]
    async fn take_alarms_out_of_service(
        &self,
        ctx: &Context<'_>,
        input: TakeAlarmsOutOfServiceInput,
    ) -> Result<AlarmOrderPayload> {
        limits::list("items", input.items.len())?;
        Ok(alarms::order(ctx, Request::from(input)).await?)
    }

    /// Returns alarms to service. The most important ones need another person than the one who took them out.
    #[graphql(complexity = "input.items.len() * child_complexity + 1")]
    async fn return_alarms_to_service(&self, ctx: &Context<'_>, input: AlarmsInput) -> Result<AlarmOrderPayload> {
        limits::list("items", input.items.len())?;
        Ok(alarms::order(ctx, Request::return_to_service(input)).await?)
    }

    /// Gives somebody the care of alarms, or takes it from them.
    #[graphql(complexity = "input.items.len() * child_complexity + 1")]
    async fn assign_alarms(&self, ctx: &Context<'_>, input: AssignAlarmsInput) -> Result<AlarmOrderPayload> {
        limits::list("items", input.items.len())?;
        Ok(alarms::order(ctx, Request::from(input)).await?)
    }

    /// Writes a remark into the journal of alarms.
    #[graphql(complexity = "input.items.len() * child_complexity + 1")]
    async fn comment_alarms(&self, ctx: &Context<'_>, input: CommentAlarmsInput) -> Result<AlarmOrderPayload> {
        limits::list("items", input.items.len())?;
        Ok(alarms::order(ctx, Request::from(input)).await?)
    }

    /// Proposes a change of the rationalisation register; it takes effect when it is approved. One change of an alarm at a time.
    async fn propose_register_change(
        &self,
        ctx: &Context<'_>,
        input: ProposeRegisterChangeInput,
    ) -> Result<RegisterPayload> {
        Ok(register::propose(ctx, input).await?)
    }

    /// Lets a proposed change take effect in the plant that runs. Where the plant wants a second person, that is another
    /// than whoever has proposed it.
    async fn approve_register_change(
        &self,
        ctx: &Context<'_>,
        input: ApproveRegisterChangeInput,
    ) -> Result<RegisterPayload> {
        Ok(register::approve(ctx, input).await?)
    }

    /// Refuses a proposed change.
    async fn reject_register_change(
        &self,
        ctx: &Context<'_>,
        input: EndRegisterChangeInput,
    ) -> Result<RegisterPayload> {
        Ok(register::reject(ctx, input).await?)
    }

    /// Takes one's own proposal back.
    async fn withdraw_register_change(
        &self,
        ctx: &Context<'_>,
        input: EndRegisterChangeInput,
    ) -> Result<RegisterPayload> {
        Ok(register::withdraw(ctx, input).await?)
    }

    /// Lets a design rule have its effect, or not, until it is switched again. Answered when the journal holds it.
    async fn set_suppression_rule(
        &self,
        ctx: &Context<'_>,
        input: SetSuppressionRuleInput,
    ) -> Result<SuppressionRulePayload> {
        Ok(suppression::order(ctx, input).await?)
    }

    /// Switches a disturbance of the simulated plant on or off.
    async fn set_disturbance(&self, ctx: &Context<'_>, input: SetDisturbanceInput) -> Result<SourcePayload> {
        let Ok(number) = u8::try_from(input.number) else {
            return Ok(SourcePayload::invalid("number", format!("there is no disturbance {}", input.number)));
        };
        let command = SourceCommand::SetDisturbance { number, active: input.active };
        Ok(source::order(ctx, command, &input.idempotency_key).await?)
    }

    /// Sets how fast the simulated plant runs, × real time, 1…1000.
    async fn set_simulation_speed(&self, ctx: &Context<'_>, input: SetSimulationSpeedInput) -> Result<SourcePayload> {
        Ok(source::order(ctx, SourceCommand::SetSpeed(input.speed), &input.idempotency_key).await?)
    }

    /// Pauses the simulated plant, or lets it go on.
    async fn pause_simulation(&self, ctx: &Context<'_>, input: PauseSimulationInput) -> Result<SourcePayload> {
        Ok(source::order(ctx, SourceCommand::Pause(input.paused), &input.idempotency_key).await?)
    }

    /// Removes a document that somebody has uploaded. (Documents are added by `POST /plants/{plant}/knowledge/documents`.)
    async fn remove_knowledge_document(
        &self,
        ctx: &Context<'_>,
        input: RemoveKnowledgeDocumentInput,
    ) -> Result<KnowledgePayload> {
        Ok(knowledge::remove(ctx, input).await?)
    }

    /// Has a model of a detector trained. Answered when the job is durable; the model comes out staged.
    async fn train_detector(&self, ctx: &Context<'_>, input: TrainDetectorInput) -> Result<ModelPayload> {
        limits::list("files", input.files.as_ref().map_or(0, Vec::len))?;
        Ok(models::order(ctx, input.into()).await?)
    }

    /// Stops a training that waits or is under way.
    async fn cancel_training(&self, ctx: &Context<'_>, input: CancelTrainingInput) -> Result<ModelPayload> {
        Ok(models::order(ctx, input.into()).await?)
    }

    /// Puts a model to use, or to judge in the shadow of the one in use. The plant loses no sample by it.
    async fn promote_model(&self, ctx: &Context<'_>, input: PromoteModelInput) -> Result<ModelPayload> {
        Ok(models::order(ctx, input.into()).await?)
    }

    /// Puts the model back to use that was in use before the present one.
    async fn roll_back_model(&self, ctx: &Context<'_>, input: RollBackModelInput) -> Result<ModelPayload> {
        Ok(models::order(ctx, input.into()).await?)
    }

    /// Turns a model down that is not in use; it may be put to use again later.
    async fn retire_model(&self, ctx: &Context<'_>, input: RetireModelInput) -> Result<ModelPayload> {
        Ok(models::order(ctx, input.into()).await?)
    }

    /// Publishes a model to the registry that is configured, as a new version.
    async fn publish_model(&self, ctx: &Context<'_>, input: PublishModelInput) -> Result<ModelPayload> {
        Ok(registry::publish(ctx, input).await?)
    }

    /// Fetches a model from the registry that is configured, by alias or number; it comes in staged.
    async fn pull_model(&self, ctx: &Context<'_>, input: PullModelInput) -> Result<ModelPayload> {
        Ok(registry::pull(ctx, input).await?)
    }

    /// Tries a channel of notifications: a notice that says so goes into the outbox like any other.
    async fn send_test_notification(
        &self,
        ctx: &Context<'_>,
        input: SendTestNotificationInput,
    ) -> Result<NotificationPayload> {
        Ok(notifications::send_test(ctx, input).await?)
    }

    /// Has a dead notice tried again.
    async fn retry_notification(
        &self,
        ctx: &Context<'_>,
        input: RetryNotificationInput,
    ) -> Result<NotificationPayload> {
        Ok(notifications::retry(ctx, input).await?)
    }

    /// Has an alarm explained: at once from its evidence, and by a language model where one is configured, which `explanation`
    /// follows. Answered when the first is there.
    async fn explain_alarm(&self, ctx: &Context<'_>, input: ExplainAlarmInput) -> Result<ExplanationPayload> {
        Ok(explanations::explain(ctx, input).await?)
    }

    /// Asks a question about an alarm. The answer says nothing but what the evidence says, and orders nothing.
    async fn ask_about_alarm(&self, ctx: &Context<'_>, input: AskAboutAlarmInput) -> Result<AskPayload> {
        Ok(explanations::ask(ctx, input).await?)
    }

    /// Has several language models explain the same evidence, side by side with what is computed from it.
    async fn compare_explanations(
        &self,
        ctx: &Context<'_>,
        input: CompareExplanationsInput,
    ) -> Result<ComparisonPayload> {
        Ok(explanations::compare(ctx, input).await?)
    }

    /// Says how right an explanation was, and what the true cause is. The newest word of a person counts.
    async fn judge_explanation(&self, ctx: &Context<'_>, input: JudgeExplanationInput) -> Result<ExplanationPayload> {
        Ok(explanations::judge(ctx, input).await?)
    }

    /// Says how right a diagnosis was, and what the true cause is; an incident whose cause is named is compared with from then on.
    /// The newest word counts.
    async fn judge_incident(&self, ctx: &Context<'_>, input: JudgeIncidentInput) -> Result<IncidentPayload> {
        Ok(incidents::judge(ctx, input).await?)
    }

    /// Restarts a part of the actor tree, with whom it takes along, once they have finished what they were told.
    async fn restart_actor(&self, ctx: &Context<'_>, input: ActorInput) -> Result<ActorPayload> {
        Ok(supervision::order(ctx, PartCommand::Restart, input).await?)
    }

    /// Puts a part of the actor tree aside until it is resumed; the pause survives every restart.
    async fn pause_actor(&self, ctx: &Context<'_>, input: ActorInput) -> Result<ActorPayload> {
        Ok(supervision::order(ctx, PartCommand::Pause, input).await?)
    }

    /// Brings a paused part of the actor tree back.
    async fn resume_actor(&self, ctx: &Context<'_>, input: ActorInput) -> Result<ActorPayload> {
        Ok(supervision::order(ctx, PartCommand::Resume, input).await?)
    }

    /// Holds the breaker of one language model, or lets it judge for itself again; for administrators.
    async fn set_breaker(&self, ctx: &Context<'_>, input: SetBreakerInput) -> Result<LlmPayload> {
        Ok(broker::set_breaker(ctx, input).await?)
    }

    /// Forbids every call to every language model, within a second and through every restart, or allows them again; for
    /// administrators.
    async fn kill_switch(&self, ctx: &Context<'_>, input: KillSwitchInput) -> Result<LlmPayload> {
        Ok(broker::kill_switch(ctx, input).await?)
    }

    /// Starts the simulated plant anew from normal operation, without disturbances.
    async fn reset_simulation(&self, ctx: &Context<'_>, input: ResetSimulationInput) -> Result<SourcePayload> {
        Ok(source::order(ctx, SourceCommand::Reset, &input.idempotency_key).await?)
    }
}
