//! One hour of one unit in memory, column by column.

use std::collections::{BTreeMap, HashMap};

use crate::storage::columns::{Column, Layout, quality_at, rounded, value_at};
use crate::storage::entities::scan;

/// Values of a tag without a value are NaN, of quality bad.
pub(super) const NO_QUALITY: u8 = 2;

/// Rows ascending by time, each time once.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct UnitTable {
    pub times: Vec<i64>,
    pub ingest_times: Vec<i64>,
    pub numbers: Vec<i64>,
    pub columns: Vec<TagColumn>,
}

/// One tag's values and qualities, one a row.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct TagColumn {
    pub column: Column,
    pub values: Vec<f64>,
    pub qualities: Vec<u8>,
}

impl TagColumn {
    fn empty(column: Column, rows: usize) -> Self {
        Self { column, values: vec![f64::NAN; rows], qualities: vec![NO_QUALITY; rows] }
    }
}

/// The tables of one hour, one a unit, from rows that ascend by time.
pub(super) fn by_unit(rows: &[scan::Model], layouts: &HashMap<String, Layout>) -> BTreeMap<String, UnitTable> {
    let mut columns: Vec<Column> = Vec::new();
    let mut known: HashMap<(String, String), usize> = HashMap::new();
    // For each layout in use, which column every position fills.
    let mut places: HashMap<&str, Vec<usize>> = HashMap::new();
    for row in rows {
        let Some(layout) = layouts.get(&row.layout) else { continue };
        places.entry(row.layout.as_str()).or_insert_with(|| {
            let place = |column: &Column| {
                *known.entry((column.unit.clone(), column.tag.clone())).or_insert_with(|| {
                    columns.push(column.clone());
                    columns.len() - 1
                })
            };
            layout.columns.iter().map(place).collect()
        });
    }
    let mut filled: Vec<TagColumn> = columns.into_iter().map(|column| TagColumn::empty(column, rows.len())).collect();
    for (at, row) in rows.iter().enumerate() {
        let targets = places.get(row.layout.as_str()).map_or(&[][..], Vec::as_slice);
        for (position, target) in targets.iter().enumerate() {
            if let Some(tag) = filled.get_mut(*target) {
                tag.values[at] = rounded(value_at(&row.tag_values, position), tag.column.resolution);
                tag.qualities[at] = quality_at(&row.tag_qualities, position).code();
            }
        }
    }
    let empty = UnitTable {
        times: rows.iter().map(|row| row.source_time).collect(),
        ingest_times: rows.iter().map(|row| row.ingest_time).collect(),
        numbers: rows.iter().map(|row| row.number).collect(),
        columns: Vec::new(),
    };
    let mut units: BTreeMap<String, UnitTable> = BTreeMap::new();
    for tag in filled {
        units.entry(tag.column.unit.clone()).or_insert_with(|| empty.clone()).columns.push(tag);
    }
    units
}

impl UnitTable {
    pub fn rows(&self) -> usize {
        self.times.len()
    }

    /// Both tables in one; where both have a row, this one's counts.
    pub fn over(self, older: Self) -> Self {
        if older.times.is_empty() {
            return self;
        }
        let mut picks: BTreeMap<i64, (bool, usize)> = BTreeMap::new();
        picks.extend(older.times.iter().enumerate().map(|(at, time)| (*time, (false, at))));
        picks.extend(self.times.iter().enumerate().map(|(at, time)| (*time, (true, at))));
        let pick = |ours: &[i64], theirs: &[i64]| -> Vec<i64> {
            picks.values().map(|(newer, at)| if *newer { ours[*at] } else { theirs[*at] }).collect()
        };
        let mut columns: Vec<TagColumn> = Vec::new();
        let only_older =
            older.columns.iter().filter(|old| !self.columns.iter().any(|c| c.column.tag == old.column.tag));
        for column in self.columns.iter().chain(only_older).map(|tag| tag.column.clone()) {
            let find = |table: &Self| table.columns.iter().position(|c| c.column.tag == column.tag);
            let (ours, theirs) = (find(&self), find(&older));
            let mut tag = TagColumn::empty(column, picks.len());
            for (row, (newer, at)) in picks.values().enumerate() {
                let (table, place) = if *newer { (&self, ours) } else { (&older, theirs) };
                if let Some(from) = place.map(|place| &table.columns[place]) {
                    tag.values[row] = from.values[*at];
                    tag.qualities[row] = from.qualities[*at];
                }
            }
            columns.push(tag);
        }
        Self {
            times: picks.keys().copied().collect(),
            ingest_times: pick(&self.ingest_times, &older.ingest_times),
            numbers: pick(&self.numbers, &older.numbers),
            columns,
        }
    }

    /// Keeps the rows up to and including a time.
    pub fn until(mut self, last: i64) -> Self {
        let keep = self.times.partition_point(|time| *time <= last);
        self.times.truncate(keep);
        self.ingest_times.truncate(keep);
        self.numbers.truncate(keep);
        for tag in &mut self.columns {
            tag.values.truncate(keep);
            tag.qualities.truncate(keep);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(times: &[i64], tags: &[(&str, f64)]) -> UnitTable {
        let column =
            |tag: &str| Column { tag: tag.into(), unit: "u".into(), unit_of_measure: "%".into(), resolution: 0.1 };
        UnitTable {
            times: times.to_vec(),
            ingest_times: times.to_vec(),
            numbers: times.to_vec(),
            columns: tags
                .iter()
                .map(|(tag, value)| TagColumn {
                    column: column(tag),
                    values: vec![*value; times.len()],
                    qualities: vec![0; times.len()],
                })
                .collect(),
        }
    }

    #[test]
    fn a_late_row_finds_its_place_and_the_newer_table_wins() {
        let merged = table(&[2, 3], &[("A", 20.0)]).over(table(&[1, 2], &[("A", 10.0)]));
        assert_eq!(merged.times, [1, 2, 3]);
        assert_eq!(merged.columns[0].values, [10.0, 20.0, 20.0]);
    }

    #[test]
    fn a_tag_that_only_one_table_knows_keeps_what_is_known_of_it() {
        let merged = table(&[2], &[("B", 2.0)]).over(table(&[1], &[("A", 1.0)]));
        let names: Vec<&str> = merged.columns.iter().map(|tag| tag.column.tag.as_str()).collect();
        assert_eq!(names, ["B", "A"]);
        assert!(merged.columns[0].values[0].is_nan());
        assert_eq!(merged.columns[0].qualities, [NO_QUALITY, 0]);
        assert_eq!(merged.columns[1].values[0], 1.0);
    }
}
