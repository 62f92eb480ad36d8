//! Rules of values: they only move forward, frame by frame, unless the frame itself says that plant time did not simply go
//! on.

use tep::domain::SourceTime;
use tep::feed::Cursor;

use super::{Entry, Rule, Verdict, holds};
use crate::shift::record::Seen;

const NUMBERED: &str = "frames of values are numbered without gap";
const FORWARD: &str = "values only move forward, or say that they do not";

#[derive(Default)]
pub struct Forward(Option<(Cursor, u64, SourceTime)>);

impl Rule for Forward {
    fn see(&mut self, entry: &Entry) -> Verdict {
        match &entry.seen {
            Seen::LifeBegan => self.0 = None,
            Seen::Values { cursor, number, source_time, discontinuous, .. } => {
                if let Some((last, last_number, last_time)) = self.0 {
                    let next = Cursor { sequence: last.sequence + 1, ..last };
                    holds(*cursor == next, NUMBERED, || format!("{cursor} came after {last}"))?;
                    let forward = *discontinuous || (*number >= last_number && *source_time >= last_time);
                    holds(forward, FORWARD, || format!("scan {number} came after scan {last_number}"))?;
                }
                self.0 = Some((*cursor, *number, *source_time));
            }
            _ => {}
        }
        Ok(())
    }
}
