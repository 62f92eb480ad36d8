//! Writes down what was called, beside the broker's mailbox: an answer does not wait for the database.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use backon::{ExponentialBuilder, Retryable};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tracing::error;

use super::{CallRecord, Ledger};
use crate::config::bounds;
use crate::telemetry::events;

/// Rows in one statement.
const ROWS_MOST: usize = 100;
/// So long the writer rests after a statement: of many calls the rows gather meanwhile, and it is not woken for each; that of a
/// single call is written at once.
const RESTS: Duration = Duration::from_millis(10);

/// So long the last rows may take when the broker ends.
const LAST_PATIENCE: Duration = Duration::from_millis(1_500);

/// The way to the audit. When it is dropped, what waits is still written.
pub(super) struct Audit {
    rows: mpsc::Sender<CallRecord>,
    writer: JoinHandle<()>,
    /// Ends every rest of the writer.
    ends: CancellationToken,
    /// Rows that are not in the ledger yet.
    unwritten: Arc<AtomicUsize>,
}

impl Audit {
    pub fn start(ledger: Arc<dyn Ledger>) -> Self {
        let (rows, mut waiting) = mpsc::channel(bounds::MODEL_AUDIT.most);
        let unwritten = Arc::new(AtomicUsize::new(0));
        let (left, ends) = (Arc::clone(&unwritten), CancellationToken::new());
        let is_to_end = ends.clone();
        let writer = tokio::spawn(async move {
            let mut batch = Vec::new();
            while waiting.recv_many(&mut batch, ROWS_MOST).await > 0 {
                write(ledger.as_ref(), &batch).await;
                left.fetch_sub(batch.len(), Ordering::Relaxed);
                batch.clear();
                drop(tokio::time::timeout(RESTS, is_to_end.cancelled()).await);
            }
        });
        Self { rows, writer, ends, unwritten }
    }

    pub fn write(&self, row: CallRecord) {
        self.unwritten.fetch_add(1, Ordering::Relaxed);
        if let Err(unwritten) = self.rows.try_send(row) {
            self.unwritten.fetch_sub(1, Ordering::Relaxed);
            events::shed("model audit", bounds::MODEL_AUDIT.when_full.policy());
            let row = unwritten.into_inner();
            error!(provider = %row.provider, prompt = row.prompt_hash, outcome = row.outcome, "a call is not in the audit");
        }
    }

    /// Has written what waits. A ledger that does not answer is not waited for longer than the end of a node may take; where the
    /// process goes on, the writer does.
    pub async fn finish(&mut self) {
        // The way is closed: what is on it arrives, and nothing after it.
        self.rows = mpsc::channel(1).0;
        self.ends.cancel();
        let written = tokio::time::timeout(LAST_PATIENCE, &mut self.writer).await;
        if !matches!(written, Ok(Ok(()))) {
            let rows = self.unwritten.load(Ordering::Relaxed);
            error!("{rows} calls of language models are not in the audit when the broker ends");
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
