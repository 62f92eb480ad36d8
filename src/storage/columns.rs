//! Which tag stands at which position of a scan.
//!
//! A scan is kept as plain bytes in the order of the plant's tags. The order belongs to the plant file, and a plant file
//! changes; so each row names the layout under which it was written, and is read under that one.

use std::collections::HashMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::domain::{Plant, Quality};

/// One column of the history: all that a file needs to know of a tag, without the plant file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Column {
    /// The tag.
    pub tag: String,
    /// The process unit that it belonged to.
    pub unit: String,
    /// Its engineering unit.
    pub unit_of_measure: String,
    /// The step to which its history is rounded, in its unit.
    pub resolution: f64,
}

/// The columns of a scan, in order.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    /// A fingerprint of the columns.
    pub id: String,
    /// The columns.
    pub columns: Arc<[Column]>,
}

impl Layout {
    pub fn of(plant: &Plant) -> Self {
        let columns = plant.tags.iter().map(|tag| Column {
            tag: tag.id.to_string(),
            unit: tag.unit.to_string(),
            unit_of_measure: tag.unit_of_measure.clone(),
            resolution: tag.resolution,
        });
        Self::new(columns.collect())
    }

    fn new(columns: Arc<[Column]>) -> Self {
        let text = columns_to_text(&columns);
        let id = Sha256::digest(text.as_bytes()).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        Self { id, columns }
    }

    pub fn to_text(&self) -> String {
        columns_to_text(&self.columns)
    }

    pub fn from_text(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str::<Vec<Column>>(text).map(|columns| Self::new(columns.into()))
    }

    /// Where each of `wanted` stands in this layout.
    pub fn positions(&self, wanted: &[String]) -> Vec<Option<usize>> {
        let at: HashMap<&str, usize> = self.columns.iter().enumerate().map(|(at, c)| (c.tag.as_str(), at)).collect();
        wanted.iter().map(|tag| at.get(tag.as_str()).copied()).collect()
    }
}

fn columns_to_text(columns: &[Column]) -> String {
    serde_json::to_string(columns).expect("plain texts and numbers always serialise")
}

/// Values as they lie in a row: little-endian, NaN and all.
pub(super) fn values_to_bytes(values: &[f64]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

/// The value at one position; NaN beyond the end of the row.
pub(super) fn value_at(bytes: &[u8], position: usize) -> f64 {
    let at = position * 8;
    bytes.get(at..at + 8).and_then(|eight| eight.try_into().ok()).map_or(f64::NAN, f64::from_le_bytes)
}

/// The quality at one position; bad beyond the end of the row, since nothing is known there.
pub(super) fn quality_at(bytes: &[u8], position: usize) -> Quality {
    bytes.get(position).map_or(Quality::Bad, |code| Quality::from_code(*code))
}

/// A value at the step that history keeps; asking twice changes nothing.
///
/// A step such as 0.001 has no exact double, but 1000 has: dividing by it gives the double that prints as three decimals.
pub(super) fn rounded(value: f64, resolution: f64) -> f64 {
    if !value.is_finite() || !resolution.is_finite() || resolution <= 0.0 {
        return value;
    }
    let steps_per_one = (1.0 / resolution).round();
    let steps = if resolution < 1.0 && (steps_per_one * resolution - 1.0).abs() < 1e-9 {
        (value * steps_per_one).round() / steps_per_one
    } else {
        (value / resolution).round() * resolution
    };
    // Minus zero would show as "-0" and be a second word for the same thing.
    if steps.is_finite() { steps + 0.0 } else { value }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_rounded_value_is_the_double_that_prints_short() {
        let check = |value: f64, resolution: f64, printed: &str| {
            assert_eq!(rounded(value, resolution).to_string(), printed, "{value} at {resolution}");
        };
        check(2_705.123_456, 0.1, "2705.1");
        check(0.250_521_39, 0.0001, "0.2505");
        check(0.3, 0.1, "0.3");
        check(4509.268, 1.0, "4509");
        check(4509.268, 5.0, "4510");
        check(-0.04, 0.1, "0");
        check(12.3, 0.0, "12.3");
        check(1e300, 1e-300, &1e300.to_string());
        check(f64::NAN, 0.1, "NaN");
    }

    #[test]
    fn a_row_that_is_too_short_answers_nothing_rather_than_something_wrong() {
        let bytes = values_to_bytes(&[1.5, -2.0]);
        assert_eq!(value_at(&bytes, 1), -2.0);
        assert!(value_at(&bytes, 2).is_nan());
        assert_eq!(quality_at(&[0], 1), Quality::Bad);
    }

    proptest! {
        #[test]
        fn rounding_twice_is_rounding_once(value in -1e9f64..1e9, power in 0i32..7) {
            let resolution = 10f64.powi(-power);
            let once = rounded(value, resolution);
            prop_assert_eq!(rounded(once, resolution).to_bits(), once.to_bits());
            let tolerance = resolution / 2.0 + value.abs() * 2.0 * f64::EPSILON;
            prop_assert!((once - value).abs() <= tolerance);
        }
    }
}
