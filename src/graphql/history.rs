//! The journal of many alarms in one question: whoever asks while a document is being executed waits for a moment, and the
//! first one asks for all.

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_graphql::Context;
use tokio::sync::oneshot;

use super::error::ApiError;
use super::scope;
use crate::domain::{AlarmId, JournalEntry};

/// The journal of each alarm, newest first.
pub(super) type Histories = HashMap<AlarmId, Vec<Arc<JournalEntry>>>;

type Answer = Result<Arc<Histories>, ApiError>;

/// Gathers questions of one execution.
#[derive(Default)]
pub(super) struct HistoryLoader {
    waiting: Mutex<Vec<Question>>,
}

struct Question {
    alarm: AlarmId,
    first: usize,
    reply: oneshot::Sender<Answer>,
}

impl HistoryLoader {
    /// The newest `first` rows of one alarm. `load` is called once for everybody who asks at the same time, with their
    /// alarms and the largest `first`.
    pub(super) async fn get<F, L>(
        &self,
        alarm: &AlarmId,
        first: usize,
        load: F,
    ) -> Result<Vec<Arc<JournalEntry>>, ApiError>
    where
        F: FnOnce(Vec<AlarmId>, usize) -> L,
        L: Future<Output = Result<Histories, ApiError>>,
    {
        let (reply, answer) = oneshot::channel();
        let leads = {
            let mut waiting = self.waiting();
            waiting.push(Question { alarm: alarm.clone(), first, reply });
            waiting.len() == 1
        };
        if leads {
            // All fields of a list are asked before the first of them is asked again, so now everybody has come.
            tokio::task::yield_now().await;
            self.ask_for_all(load).await;
        }
        let histories = answer.await.map_err(|_| ApiError::unavailable("the journal"))??;
        Ok(histories.get(alarm).into_iter().flatten().take(first).map(Arc::clone).collect())
    }

    async fn ask_for_all<F, L>(&self, load: F)
    where
        F: FnOnce(Vec<AlarmId>, usize) -> L,
        L: Future<Output = Result<Histories, ApiError>>,
    {
        let questions = std::mem::take(&mut *self.waiting());
        let mut alarms: Vec<AlarmId> = questions.iter().map(|question| question.alarm.clone()).collect();
        alarms.sort();
        alarms.dedup();
        let most = questions.iter().map(|question| question.first).max().unwrap_or_default();
        let answer = load(alarms, most).await.map(Arc::new);
        for question in questions {
            // Somebody who does not wait any more does not mind.
            drop(question.reply.send(answer.clone()));
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Vec<Question>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The newest journal rows of one alarm.
pub(super) async fn of_alarm(
    ctx: &Context<'_>,
    alarm: &AlarmId,
    first: usize,
) -> Result<Vec<Arc<JournalEntry>>, ApiError> {
    let api = scope::api(ctx);
    scope::scope(ctx).history.get(alarm, first, |alarms, first| api.histories(alarms, first)).await
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures_util::future::join_all;

    use super::*;

    #[tokio::test]
    async fn five_hundred_alarms_are_asked_for_in_one_query() {
        let loader = HistoryLoader::default();
        let queries = AtomicUsize::new(0);
        let ids: Vec<AlarmId> = (0..500).map(|n| AlarmId::from(format!("XMEAS_{n}/HIGH"))).collect();
        let answers = join_all(ids.iter().map(|id| {
            loader.get(id, 20, |alarms, first| {
                queries.fetch_add(1, Ordering::Relaxed);
                assert_eq!((alarms.len(), first), (500, 20));
                async { Ok(Histories::new()) }
            })
        }))
        .await;
        assert!(answers.iter().all(Result::is_ok));
        assert_eq!(queries.load(Ordering::Relaxed), 1);
    }

    #[tokio::test]
    async fn a_failed_query_fails_for_everybody() {
        let loader = HistoryLoader::default();
        let ids = [AlarmId::from("a"), AlarmId::from("b")];
        let refused = || async { Err(ApiError::unavailable("the journal")) };
        let answers = join_all(ids.iter().map(|id| loader.get(id, 5, |_, _| refused()))).await;
        assert!(answers.iter().all(Result::is_err));
    }
}
