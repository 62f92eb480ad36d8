//! Calls to language models, under the names that OpenTelemetry gives them where it has one.

use std::time::Duration;

use metrics::{Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
use tracing::{debug, warn};

use crate::domain::{Money, ProviderId, Usage};

/// Gives the metrics their help text and unit.
pub(super) fn describe() {
    describe_histogram!("gen_ai.client.token.usage", "Tokens of a call to a language model, by type (input, output)");
    describe_histogram!("gen_ai.client.operation.duration", Unit::Seconds, "From a call to the end of its answer");
    describe_histogram!(
        "gen_ai.client.operation.time_to_first_chunk",
        Unit::Seconds,
        "From a call to the first piece of its answer"
    );
    describe_counter!("tep_llm_cost_micros_total", "What calls have cost, millionths of the configured currency");
    describe_gauge!("tep_llm_breaker_state", "How a provider stands: 0 serving, 1 probing, 2 resting");
    describe_counter!("tep_llm_budget_warnings_total", "Soft limits of the budget that were passed");
}

/// One call that has ended.
#[derive(Debug)]
pub struct ModelCall<'a> {
    /// What OpenTelemetry calls the provider.
    pub provider: &'static str,
    /// The model that was asked.
    pub model: &'a str,
    /// What was read and written.
    pub usage: Usage,
    /// What it has cost.
    pub cost: Money,
    /// How long it took.
    pub took: Duration,
    /// How long until something was there.
    pub first_token: Option<Duration>,
    /// What went wrong, in a word.
    pub error: Option<&'static str>,
}

/// A call to a model has ended.
pub fn llm_called(call: &ModelCall<'_>) {
    let labels = |more: Option<(&'static str, String)>| {
        let mut labels = vec![
            ("gen_ai.operation.name", "chat".to_owned()),
            ("gen_ai.provider.name", call.provider.to_owned()),
            ("gen_ai.request.model", call.model.to_owned()),
        ];
        labels.extend(more);
        labels
    };
    for (kind, tokens) in [("input", call.usage.input), ("output", call.usage.output)] {
        let labels = labels(Some(("gen_ai.token.type", kind.to_owned())));
        histogram!("gen_ai.client.token.usage", &labels).record(f64::from(tokens));
    }
    let ended = labels(call.error.map(|error| ("error.type", error.to_owned())));
    histogram!("gen_ai.client.operation.duration", &ended).record(call.took.as_secs_f64());
    if let Some(first) = call.first_token {
        histogram!("gen_ai.client.operation.time_to_first_chunk", &labels(None)).record(first.as_secs_f64());
    }
    let micros = call.cost.as_micros().max(0).unsigned_abs();
    counter!("tep_llm_cost_micros_total", "model" => call.model.to_owned()).increment(micros);
    match call.error {
        None => debug!(model = call.model, took = call.took.as_secs_f64(), "{} has answered", call.model),
        Some(error) => warn!(model = call.model, error, "{} has not answered: {error}", call.model),
    }
}

/// How a provider stands, twice a second: 0 serving, 1 probing, 2 resting.
pub fn llm_breaker(provider: &ProviderId, model: &str, state: u8) {
    gauge!("tep_llm_breaker_state", "provider" => provider.to_string(), "model" => model.to_owned())
        .set(f64::from(state));
}

/// Soft limits of the budget have been passed.
pub fn llm_budget_warnings(warnings: &[String]) {
    for words in warnings {
        counter!("tep_llm_budget_warnings_total").increment(1);
        warn!("language models: {words}");
    }
}
