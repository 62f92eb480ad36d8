//! What happened during a run, one row an event.

use std::io;

use tennessee_eastman::{Analyser, Event, EventKind, Loop, LoopMode, Plant, Purge, Watch};

use super::run::SECONDS_IN_HOUR;
use super::table::{Cell, Column, Kind, Table};

/// The columns of such a table.
pub(super) fn columns() -> Vec<Column> {
    let column = |name: &str, title: &str, unit, kind| Column { name: name.into(), title: title.into(), unit, kind };
    vec![
        column("step", "Number of the step in which it happened", "", Kind::Whole),
        column("t_h", "Plant time", "h", Kind::Number),
        column("event", "What happened", "", Kind::Text),
        column("tag", "To what", "", Kind::Text),
        column("value", "Strength, position, set point, state of the override, or cause of the trip", "", Kind::Text),
    ]
}

/// Writes down what happens. Without a table it looks at nothing.
pub(super) struct Events<'a>(Option<(&'a mut Table, Watch)>);

impl<'a> Events<'a> {
    pub(super) fn new(table: Option<&'a mut Table>, plant: &Plant) -> Self {
        Self(table.map(|table| (table, Watch::new(plant))))
    }

    /// A step has been made.
    pub(super) fn stepped(&mut self, plant: &Plant) -> io::Result<()> {
        let Some((table, watch)) = &mut self.0 else { return Ok(()) };
        for Event { step, kind, .. } in watch.look(plant) {
            let [event, tag, value] = words(kind);
            // The hour as in the rows, not the plant's own accumulated one.
            let hour = Cell::Number(step as f64 / SECONDS_IN_HOUR);
            table.row(&[Cell::Whole(step), hour, Cell::Text(&event), Cell::Text(&tag), Cell::Text(&value)])?;
        }
        Ok(())
    }
}

/// Event, tag and value.
fn words(kind: EventKind) -> [String; 3] {
    let (event, tag, value) = match kind {
        EventKind::Disturbed(idv, strength) => ("disturbance", idv.to_string(), strength.to_string()),
        EventKind::Held(xmv, Some(percent)) => ("hold", xmv.to_string(), percent.to_string()),
        EventKind::Held(xmv, None) => ("release", xmv.to_string(), String::new()),
        EventKind::LoopMode(of, LoopMode::Manual) => ("manual", of.to_string(), String::new()),
        EventKind::LoopMode(of, LoopMode::Automatic) => ("automatic", of.to_string(), String::new()),
        EventKind::Setpoint(of, value) => ("set point", of.to_string(), value.to_string()),
        EventKind::Override(purge) => ("override", Loop::Purge.to_string(), state(purge).to_owned()),
        EventKind::Sampled(Analyser::Gas) => ("sample", "gas analyser".to_owned(), String::new()),
        EventKind::Sampled(Analyser::Product) => ("sample", "product analyser".to_owned(), String::new()),
        EventKind::Tripped(cause) => ("trip", String::new(), cause.to_string()),
    };
    [event.to_owned(), tag, value]
}

fn state(purge: Purge) -> &'static str {
    match purge {
        Purge::Controlled => "controlled",
        Purge::Venting => "venting",
        Purge::Closed => "closed",
    }
}
