//! One run of the simulated plant, row by row into a table.

use std::io;

use tennessee_eastman::{Config, Plant, Record, Xmeas, Xmv};

use super::events::Events;
use super::progress::Progress;
use super::schedule::Schedule;
use super::table::{Cell, Column, Kind, Provenance, Table};

pub(super) const SECONDS_IN_HOUR: f64 = 3600.0;
/// More than eleven years; longer is a slip of the pen.
pub(super) const HOURS_MAX: f64 = 100_000.0;
/// How often a run looks up whether it shall go on.
const STEPS_BETWEEN_LOOKS: u64 = 1024;
/// What `fault` says when nothing is wrong.
const NORMAL: &str = "normal";

/// What happens in a run.
#[derive(Clone, Debug)]
pub(super) struct Run {
    /// The plant as it is before the first step.
    pub plant: Plant,
    pub steps: u64,
    /// Seconds of plant time between two rows.
    pub every: u64,
    pub schedule: Schedule,
    /// No rows after a trip; otherwise they go on, and the plant stands still.
    pub stop_at_trip: bool,
}

/// Which columns a table has besides step, time, measurements and valves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Labels {
    None,
    /// What is wrong with the plant, and whether it has tripped.
    Faults,
    /// The same, and in front the number of the run and its seed.
    Run(u64),
}

/// What came out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Told {
    pub rows: u64,
    pub tripped: Option<Trip>,
}

/// The plant's own end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Trip {
    pub step: u64,
    pub message: String,
}

impl Trip {
    /// When, in hours of plant time.
    pub(super) fn hour(&self) -> f64 {
        self.step as f64 / SECONDS_IN_HOUR
    }
}

/// Why a run has not come to its end.
#[derive(Debug)]
pub(super) enum Unfinished {
    /// We were told to stop.
    Stopped,
    /// A row could not be written.
    Unwritten(io::Error),
}

impl From<io::Error> for Unfinished {
    fn from(error: io::Error) -> Self {
        Self::Unwritten(error)
    }
}

impl Run {
    /// The plant's steps lie between these two numbers, the first excluded.
    pub(super) fn bounds(&self) -> (u64, u64) {
        (self.plant.steps_done(), self.plant.steps_done() + self.steps)
    }

    /// The columns of its table.
    pub(super) fn columns(&self, labels: Labels) -> Vec<Column> {
        let column =
            |name: &str, title: &str, unit, kind| Column { name: name.into(), title: title.into(), unit, kind };
        let mut columns = Vec::new();
        if matches!(labels, Labels::Run(_)) {
            columns.push(column("run", "Number of the run in its plan", "", Kind::Whole));
            columns.push(column("seed", "Seed of the random generator", "", Kind::Whole));
        }
        columns.push(column("step", "Number of the step, one a second", "", Kind::Whole));
        columns.push(column("t_h", "Plant time", "h", Kind::Number));
        columns.extend(tag_columns());
        if labels != Labels::None {
            columns.push(column("fault", "What is wrong with the plant", "", Kind::Text));
            columns.push(column("tripped", "Whether the plant has tripped", "", Kind::Flag));
        }
        columns
    }

    /// What the file's metadata say of the run.
    pub(super) fn provenance(&self) -> Provenance {
        let Config { seed, noise, closed_loop, revision, mode } = self.plant.config();
        let (done, last) = self.bounds();
        let orders = self.schedule.written();
        vec![
            ("tep.version", env!("CARGO_PKG_VERSION").into()),
            ("tep.plant", "Tennessee Eastman process, simulated".into()),
            ("tep.seed", seed.to_string()),
            ("tep.noise", noise.to_string()),
            ("tep.closed_loop", closed_loop.to_string()),
            ("tep.from_step", done.to_string()),
            ("tep.until_step", last.to_string()),
            ("tep.every_s", self.every.to_string()),
            ("tep.revision", if revision.revised().is_some() { "2015" } else { "1993" }.into()),
            ("tep.mode", mode.to_string()),
            ("tep.disturbances", orders.disturbances.join(" ")),
            ("tep.holds", orders.holds.join(" ")),
            ("tep.set_points", orders.set_points.join(" ")),
            ("tep.manual", orders.manuals.join(" ")),
        ]
    }

    /// Runs to the end, and gives back the plant as it is then.
    ///
    /// # Errors
    /// When it was stopped, or a row could not be written.
    pub(super) fn write(
        mut self,
        table: &mut Table,
        events: Option<&mut Table>,
        labels: Labels,
        progress: &Progress,
    ) -> Result<(Told, Plant), Unfinished> {
        let (done, last) = self.bounds();
        let mut tripped = None;
        // A snapshot may be of a plant that stands still already; that is no news.
        let stood_still = self.plant.shutdown().is_some();
        let mut fault = fault_of(&self.plant);
        let mut due = self.schedule.steps(done + 1).into_iter().peekable();
        let mut events = Events::new(events, &self.plant);
        for step in done + 1..=last {
            // A row shows what the step before has left behind, and so do its labels.
            let label = Label { labels, fault: &fault, tripped: self.plant.shutdown().is_some() };
            let ordered = due.next_if_eq(&step).is_some();
            if ordered {
                self.schedule.apply(step, done + 1, &mut self.plant).expect("orders are checked before the run");
            }
            let record = self.plant.step();
            if record.step.is_multiple_of(self.every) {
                row(table, &record, &label, self.plant.config().seed)?;
            }
            if ordered {
                fault = fault_of(&self.plant);
            }
            events.stepped(&self.plant)?;
            if tripped.is_none() && !stood_still {
                tripped = self.plant.shutdown().map(|cause| Trip { step, message: cause.to_string() });
            }
            if self.stop_at_trip && tripped.is_some() {
                break;
            }
            if step.is_multiple_of(STEPS_BETWEEN_LOOKS) && progress.advance(STEPS_BETWEEN_LOOKS).is_break() {
                return Err(Unfinished::Stopped);
            }
        }
        Ok((Told { rows: table.rows(), tripped }, self.plant))
    }
}

/// One column for each measurement and each valve.
pub(super) fn tag_columns() -> impl Iterator<Item = Column> {
    let column = |name: String, title: &str, unit| Column { name, title: title.into(), unit, kind: Kind::Number };
    let measured = Xmeas::ALL.into_iter().map(move |tag| column(tag.to_string(), tag.title(), tag.unit()));
    measured.chain(Xmv::ALL.into_iter().map(move |tag| column(tag.to_string(), tag.title(), Xmv::UNIT)))
}

struct Label<'a> {
    labels: Labels,
    fault: &'a str,
    tripped: bool,
}

fn row(table: &mut Table, record: &Record, label: &Label<'_>, seed: u64) -> io::Result<()> {
    let mut cells = Vec::with_capacity(64);
    if let Labels::Run(number) = label.labels {
        cells.extend([Cell::Whole(number), Cell::Whole(seed)]);
    }
    cells.extend([Cell::Whole(record.step), Cell::Number(record.step as f64 / SECONDS_IN_HOUR)]);
    cells.extend(record.xmeas.iter().chain(&record.xmv).map(|value| Cell::Number(*value)));
    if label.labels != Labels::None {
        cells.extend([Cell::Text(label.fault), Cell::Flag(label.tripped)]);
    }
    table.row(&cells)
}

/// What is wrong with a plant, as in `IDV_1+XMV_4=61.302`.
fn fault_of(plant: &Plant) -> String {
    let disturbed = plant.disturbances().iter().filter(|idv| plant.is_disturbed(**idv));
    let disturbed = disturbed.map(|idv| match plant.amplitude(*idv) {
        1.0 => idv.to_string(),
        amplitude => format!("{idv}={amplitude}"),
    });
    let held = Xmv::ALL.into_iter().filter_map(|xmv| plant.held(xmv).map(|percent| format!("{xmv}={percent}")));
    let faults: Vec<String> = disturbed.chain(held).collect();
    if faults.is_empty() { NORMAL.to_owned() } else { faults.join("+") }
}
