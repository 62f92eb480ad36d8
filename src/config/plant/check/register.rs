//! How the rationalisation register is kept: who must approve, and how a severity follows from an assessment.

use std::collections::BTreeSet;
use std::time::Duration;

use super::{SECONDS_MAX, Spanned, refuse};
use crate::config::plant::error::Problem;
use crate::config::plant::file::{MatrixEntry, RegisterTable, SecondPerson};
use crate::domain::{PriorityMatrix, RegisterRules, Severity};

const EVERY: [Severity; 4] = [Severity::Low, Severity::Medium, Severity::High, Severity::Critical];

pub(super) fn checked(table: &RegisterTable, matrix: Option<&Spanned<MatrixEntry>>) -> Result<RegisterRules, Problem> {
    let second_person = match &table.second_person {
        SecondPerson::Always(false) => BTreeSet::new(),
        SecondPerson::Always(true) => EVERY.into(),
        SecondPerson::For(severities) => severities.iter().copied().collect(),
    };
    let matrix = matrix.map_or_else(|| Ok(PriorityMatrix::default()), matrix_of)?;
    Ok(RegisterRules { matrix, second_person })
}

fn matrix_of(entry: &Spanned<MatrixEntry>) -> Result<PriorityMatrix, Problem> {
    let MatrixEntry { times_minutes, minor, major, severe } = entry.get_ref();
    let mut times = Vec::with_capacity(times_minutes.get_ref().len());
    for minutes in times_minutes.get_ref() {
        let end = Some(*minutes).filter(|minutes| *minutes > 0.0 && *minutes <= SECONDS_MAX / 60.0);
        let end = end.map(|minutes| Duration::from_secs_f64(minutes * 60.0));
        match end {
            Some(end) if times.last().is_none_or(|last| *last < end) => times.push(end),
            _ => {
                let problem = format!("{minutes} is not a number of minutes above the one before it, up to a day");
                return refuse(times_minutes, "priority_matrix.times_minutes", problem);
            }
        }
    }
    let classes = times.len() + 1;
    for (name, column) in [("minor", minor), ("major", major), ("severe", severe)] {
        let given = column.get_ref().len();
        if given != classes {
            let problem = format!("has {given} severities, and the times make {classes} classes");
            return refuse(column, format!("priority_matrix.{name}"), problem);
        }
    }
    let rows = minor.get_ref().iter().zip(major.get_ref()).zip(severe.get_ref());
    let rows: Vec<[Severity; 3]> = rows.map(|((minor, major), severe)| [*minor, *major, *severe]).collect();
    // Less time or a worse consequence never makes an alarm less important.
    let falls = rows.iter().all(|row| row.is_sorted())
        && rows.windows(2).all(|pair| pair[0].iter().zip(&pair[1]).all(|(sooner, later)| sooner >= later));
    if !falls {
        let problem = "less time to respond, or a worse consequence, gives a lower severity somewhere";
        return refuse(entry, "priority_matrix", problem);
    }
    Ok(PriorityMatrix { times, rows })
}
