//! What can be ordered. Each order goes to the actor that owns the thing; here it is only checked, translated and audited.

mod acknowledge;
mod idempotency;
mod source;

use async_graphql::{Context, Object, Result};

pub use self::acknowledge::{AcknowledgeAlarmsInput, AcknowledgeAlarmsPayload};
pub use self::source::{
    PauseSimulationInput, ResetSimulationInput, SetDisturbanceInput, SetSimulationSpeedInput, SourcePayload,
};
use super::limits;
use crate::actors::SourceCommand;

/// What can be ordered.
pub struct Mutation;

/// What can be ordered.
#[Object]
impl Mutation {
    /// Takes notice of alarms, at most 500 at once, each with its own answer. Answered when the journal holds it.
    #[graphql(complexity = "input.items.len() * child_complexity + 1")]
    async fn acknowledge_alarms(
        &self,
        ctx: &Context<'_>,
        input: AcknowledgeAlarmsInput,
    ) -> Result<AcknowledgeAlarmsPayload> {
        limits::list("items", input.items.len())?;
        Ok(acknowledge::acknowledge(ctx, input).await?)
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

    /// Starts the simulated plant anew from normal operation, without disturbances.
    async fn reset_simulation(&self, ctx: &Context<'_>, input: ResetSimulationInput) -> Result<SourcePayload> {
        Ok(source::order(ctx, SourceCommand::Reset, &input.idempotency_key).await?)
    }
}
