//! Virtual time around a real database.
//!
//! Tokio's paused clock leaps to the next timer whenever no task can run, and a statement that SQLite's own thread is
//! working on looks like that: every timeout would fire at once. Tokio holds the clock while a `spawn_blocking` job runs.
//! So before the runtime goes to rest it looks whether a connection to the database is at work, and if one is, starts a job
//! that lasts until none is. A statement thus takes no virtual time at all, however long it takes really, and everything
//! else is as fast as it can be computed.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tep::storage::Storage;
use tokio::runtime::{Builder, Runtime};

/// How often the job looks whether the database has come to rest.
const LOOK: Duration = Duration::from_micros(30);

/// Where one life of the platform is played.
#[derive(Clone, Default)]
pub struct Stage {
    watched: Arc<Mutex<Option<Storage>>>,
    /// Whether a job holds the clock. A job lets go of it only under this lock and only at a database at rest, so whoever
    /// sees work and a holder can rely on both.
    held: Arc<Mutex<bool>>,
    over: Arc<AtomicBool>,
}

impl Stage {
    /// A runtime of one thread whose clock stands while the watched storage is at work.
    pub fn runtime(&self) -> Runtime {
        let stage = self.clone();
        let mut builder = Builder::new_current_thread();
        builder.enable_all().start_paused(true).on_thread_park(move || stage.hold_the_clock());
        builder.build().expect("a runtime")
    }

    /// From now on the clock stands while this storage is at work.
    pub fn watch(&self, storage: &Storage) {
        *self.watched.lock().unwrap() = Some(storage.clone());
    }

    /// The curtain falls: what the database was at no longer matters, and nobody waits for it.
    pub fn end(&self) {
        self.over.store(true, Ordering::Release);
        *self.watched.lock().unwrap() = None;
    }

    /// The clock stands until `work` is done: for what happens before there is a storage to watch, or beside it.
    pub async fn meanwhile_time_stands<T>(&self, work: impl Future<Output = T>) -> T {
        let (done, wait) = std::sync::mpsc::channel::<()>();
        let hold = tokio::task::spawn_blocking(move || _ = wait.recv());
        let result = work.await;
        drop(done);
        hold.await.expect("the holder does not panic");
        result
    }

    fn hold_the_clock(&self) {
        let Some(storage) = self.watched.lock().unwrap().clone() else { return };
        let mut held = self.held.lock().unwrap();
        if *held || storage.connections_busy() == 0 {
            return;
        }
        *held = true;
        let stage = self.clone();
        tokio::task::spawn_blocking(move || {
            while !stage.lets_go(&storage) {
                // No worker of the runtime is blocked by it: that is what the thread is for.
                std::thread::park_timeout(LOOK);
            }
        });
    }

    fn lets_go(&self, storage: &Storage) -> bool {
        let mut held = self.held.lock().unwrap();
        *held = storage.connections_busy() > 0 && !self.over.load(Ordering::Acquire);
        !*held
    }
}
