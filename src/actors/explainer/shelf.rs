//! What is known beforehand of a plant's faults, and the passages that help with an alarm.

use crate::domain::{AlarmDefinition, Plant};
use crate::explain::evidence::{CauseItem, FaultSignature, PassageItem};

/// What is known of one plant. The program does not read the articles yet, so it is nothing.
#[derive(Debug, Default)]
pub struct Shelf {
    signatures: Vec<FaultSignature>,
}

impl Shelf {
    /// Of this plant.
    pub fn of(_: &Plant) -> Self {
        Self::default()
    }

    /// The fault library.
    pub fn signatures(&self) -> &[FaultSignature] {
        &self.signatures
    }

    /// The passages that help with an alarm that may have these causes.
    pub fn passages(&self, _: &AlarmDefinition, _: &[CauseItem]) -> Vec<PassageItem> {
        Vec::new()
    }
}
