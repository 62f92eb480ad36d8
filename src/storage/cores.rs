//! Reads rows on all cores: a plant may have a hundred thousand alarms, and is blind until they are read.

use std::num::NonZero;
use std::thread;

/// Rows that are not worth a core of their own.
const ROWS_A_CORE: usize = 500;

/// What `read` makes of each row, in their order. Blocks.
///
/// # Errors
/// The first row that cannot be read, in words.
pub(super) fn on_all_cores<Row: Send, Read: Send>(
    rows: Vec<Row>,
    read: impl Fn(Row) -> Result<Read, String> + Sync,
) -> Result<Vec<Read>, String> {
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let share = rows.len().div_ceil(cores).max(ROWS_A_CORE);
    let mut all = Vec::with_capacity(rows.len());
    let mut rows = rows.into_iter();
    let read = &read;
    thread::scope(|scope| {
        let mut readers = Vec::new();
        while rows.len() > 0 {
            let rows: Vec<Row> = rows.by_ref().take(share).collect();
            readers.push(scope.spawn(move || rows.into_iter().map(read).collect::<Result<Vec<_>, _>>()));
        }
        for reader in readers {
            all.extend(reader.join().map_err(|_| "a reader of it ended too early".to_owned())??);
        }
        Ok(all)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_read_once_and_in_order() {
        for count in [0, 1, ROWS_A_CORE - 1, ROWS_A_CORE, ROWS_A_CORE + 1, 20 * ROWS_A_CORE + 7] {
            let read = on_all_cores((0..count).collect(), |row| Ok(row + 1)).unwrap();
            assert_eq!(read, (1..=count).collect::<Vec<_>>());
        }
    }

    #[test]
    fn one_row_that_cannot_be_read_is_told() {
        let read = |row: usize| if row == 4_321 { Err(format!("row {row}")) } else { Ok(row) };
        assert_eq!(on_all_cores((0..9_000).collect(), read), Err("row 4321".to_owned()));
    }
}
