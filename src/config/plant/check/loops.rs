//! Control loops: every one measures something and moves something.

use std::collections::HashMap;

use super::{refuse, unique};
use crate::config::plant::error::Problem;
use crate::config::plant::file::LoopEntry;
use crate::domain::{ControlLoop, Tag, TagIndex, TagRole};

pub(super) fn checked(
    entries: &[LoopEntry],
    index: &HashMap<&str, TagIndex>,
    tags: &[Tag],
) -> Result<Vec<ControlLoop>, Problem> {
    unique(entries.iter().map(|entry| &entry.id), "loops")?;
    let loops: Vec<ControlLoop> =
        entries.iter().map(|entry| control_loop(entry, index)).collect::<Result<_, Problem>>()?;
    for (entry, made) in entries.iter().zip(&loops) {
        moves_something(entry, made, &loops, tags)?;
    }
    Ok(loops)
}

fn control_loop(entry: &LoopEntry, index: &HashMap<&str, TagIndex>) -> Result<ControlLoop, Problem> {
    let find = |name: &toml::Spanned<String>, key: &str| match index.get(name.get_ref().as_str()) {
        Some(&tag) => Ok(tag),
        None => {
            refuse(name, format!("loops.{}.{key}", entry.id.get_ref()), format!("there is no tag `{}`", name.get_ref()))
        }
    };
    Ok(ControlLoop {
        id: entry.id.get_ref().as_str().into(),
        name: entry.name.clone(),
        measured: find(&entry.measured, "measured")?,
        output: find(&entry.output, "output")?,
        cascade: entry.cascade,
    })
}

/// A plain loop moves a valve; a cascade moves the set point of a loop that must exist.
fn moves_something(entry: &LoopEntry, made: &ControlLoop, all: &[ControlLoop], tags: &[Tag]) -> Result<(), Problem> {
    let key = format!("loops.{}.output", entry.id.get_ref());
    let output = entry.output.get_ref();
    if made.cascade {
        if all.iter().any(|inner| inner.measured == made.output && inner.id != made.id) {
            return Ok(());
        }
        return refuse(&entry.output, key, format!("no loop measures `{output}`, so nobody follows this set point"));
    }
    match tags.get(made.output.get()) {
        Some(tag) if tag.role == TagRole::Manipulated => Ok(()),
        _ => refuse(&entry.output, key, format!("`{output}` is not a manipulated tag; did you mean cascade = true?")),
    }
}
