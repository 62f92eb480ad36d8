//! Writes down what was called, beside the broker's mailbox: an answer does not wait for the database.

use std::sync::Arc;
use std::time::Duration;

use backon::{ExponentialBuilder, Retryable};
use tokio::sync::mpsc;
use tracing::error;

use super::{CallRecord, Ledger};
use crate::config::bounds;
use crate::telemetry::events;

/// Rows in one statement.
const ROWS_MOST: usize = 100;
/// So long the writer rests after a statement: of many calls the rows gather meanwhile, and it is not woken for each; that of a
/// single call is written at once.
const RESTS: Duration = Duration::from_millis(10);

/// The way to the audit. When it is dropped, what waits is still written.
pub(super) struct Audit(mpsc::Sender<CallRecord>);

impl Audit {
    pub fn start(ledger: Arc<dyn Ledger>) -> Self {
        let (rows, mut waiting) = mpsc::channel(bounds::MODEL_AUDIT.most);
        tokio::spawn(async move {
            let mut batch = Vec::new();
            while waiting.recv_many(&mut batch, ROWS_MOST).await > 0 {
                write(ledger.as_ref(), &batch).await;
                batch.clear();
                tokio::time::sleep(RESTS).await;
            }
        });
        Self(rows)
    }

    pub fn write(&self, row: CallRecord) {
        if let Err(unwritten) = self.0.try_send(row) {
            events::shed("model audit", bounds::MODEL_AUDIT.when_full.policy());
            let row = unwritten.into_inner();
            error!(provider = %row.provider, prompt = row.prompt_hash, outcome = row.outcome, "a call is not in the audit");
        }
    }
}

async fn write(ledger: &dyn Ledger, rows: &[CallRecord]) {
    let patience = ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(200))
        .with_max_delay(Duration::from_secs(10))
        .with_max_times(10);
    if let Err(e) = (|| ledger.write(rows)).retry(patience).await {
        for row in rows {
            error!(provider = %row.provider, prompt = row.prompt_hash, outcome = row.outcome, "a call is not in the audit: {e}");
        }
    }
}
