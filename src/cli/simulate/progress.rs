//! How far we are, for whoever waits at a terminal, and whether we shall stop.

use std::io;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::runtime::Handle;
use tokio::signal::unix::{SignalKind, signal};

/// What is done sooner needs no bar.
const SHOWN_AFTER: Duration = Duration::from_millis(500);

/// The wish to end: Ctrl-C, or the service manager's.
#[derive(Clone, Debug, Default)]
pub(super) struct Stop(Arc<AtomicBool>);

impl Stop {
    /// From now on these signals are wishes; until now they were deaths.
    ///
    /// # Errors
    /// When the system does not let us listen.
    pub(super) fn listen(runtime: &Handle) -> io::Result<Self> {
        let stop = Self::default();
        let _inside = runtime.enter();
        let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
        let told = stop.clone();
        runtime.spawn(async move {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            told.order();
        });
        Ok(stop)
    }

    pub(super) fn order(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_ordered(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// A bar on standard error, if that is a terminal and the work is long.
pub(super) struct Progress {
    bar: ProgressBar,
    shown: AtomicBool,
    stop: Stop,
}

impl Progress {
    /// Of `steps` in all.
    pub(super) fn new(steps: u64, stop: Stop) -> Self {
        let bar = ProgressBar::with_draw_target(Some(steps), ProgressDrawTarget::hidden());
        let style = ProgressStyle::with_template("{bar:40} {percent:>3} %  {msg}  {eta} left");
        bar.set_style(style.expect("the template is a constant"));
        Self { bar, shown: AtomicBool::new(false), stop }
    }

    /// Without a bar.
    pub(super) fn quiet(stop: Stop) -> Self {
        Self { bar: ProgressBar::hidden(), shown: AtomicBool::new(true), stop }
    }

    /// So many steps more are done. Shall we go on?
    pub(super) fn advance(&self, steps: u64) -> ControlFlow<()> {
        if !self.shown.load(Ordering::Relaxed)
            && self.bar.elapsed() > SHOWN_AFTER
            && !self.shown.swap(true, Ordering::Relaxed)
        {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        self.bar.inc(steps);
        if self.stop.is_ordered() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    /// What stands beside the bar.
    pub(super) fn say(&self, words: String) {
        self.bar.set_message(words);
    }

    /// The wish to end.
    pub(super) fn stop(&self) -> &Stop {
        &self.stop
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
