//! Operator consoles: who sits before which units.

use super::{refuse, unique};
use crate::config::plant::error::Problem;
use crate::config::plant::file::ConsoleEntry;
use crate::domain::{Console, Unit};

/// The consoles of the file. What belongs to no unit is answered at those that say so, or at all when none does.
pub(super) fn checked(entries: &[ConsoleEntry], units: &[Unit]) -> Result<Vec<Console>, Problem> {
    unique(entries.iter().map(|entry| &entry.id), "consoles")?;
    if entries.is_empty() {
        return Ok(vec![Console::of_everything(units)]);
    }
    let nobody_says = !entries.iter().any(|entry| entry.whole_plant);
    entries.iter().map(|entry| console(entry, units, nobody_says)).collect()
}

fn console(entry: &ConsoleEntry, units: &[Unit], nobody_says: bool) -> Result<Console, Problem> {
    let key = format!("consoles.{}.units", entry.id.get_ref());
    if entry.units.get_ref().is_empty() {
        return refuse(&entry.units, key, "a console looks after at least one unit");
    }
    for name in entry.units.get_ref() {
        if !units.iter().any(|unit| unit.id.as_str() == name.get_ref()) {
            return refuse(name, key, format!("there is no unit `{}`", name.get_ref()));
        }
    }
    Ok(Console {
        id: entry.id.get_ref().as_str().into(),
        name: entry.name.clone(),
        units: entry.units.get_ref().iter().map(|name| name.get_ref().as_str().into()).collect(),
        whole_plant: entry.whole_plant || nobody_says,
    })
}
