//! The recorder of metrics, drawn as Prometheus text.

use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use thiserror::Error;

/// Buckets of latencies, seconds.
const LATENCY_BUCKETS: [f64; 10] = [0.000_1, 0.000_5, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0];

/// Buckets of language models as OpenTelemetry proposes them: seconds, and tokens.
const MODEL_BUCKETS: [f64; 14] =
    [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];
const TOKEN_BUCKETS: [f64; 8] = [1.0, 4.0, 16.0, 64.0, 256.0, 1_024.0, 4_096.0, 16_384.0];

/// Why metrics cannot be recorded.
#[derive(Debug, Error)]
#[error("metrics cannot be recorded")]
pub struct RecorderError(#[from] BuildError);

/// Draws the recorded metrics.
#[derive(Clone, Debug)]
pub struct Metrics(PrometheusHandle);

impl Metrics {
    /// Installs the recorder of this process.
    ///
    /// # Errors
    /// When one is installed already.
    pub fn install() -> Result<Self, RecorderError> {
        let handle = PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Suffix("_seconds".into()), &LATENCY_BUCKETS)?
            .set_buckets_for_metric(Matcher::Prefix("gen_ai_client_operation".into()), &MODEL_BUCKETS)?
            .set_buckets_for_metric(Matcher::Full("gen_ai_client_token_usage".into()), &TOKEN_BUCKETS)?
            .install_recorder()?;
        super::events::describe();
        Ok(Self(handle))
    }

    /// Every metric now, as Prometheus text.
    pub fn render(&self) -> String {
        self.0.run_upkeep();
        self.0.render()
    }
}
