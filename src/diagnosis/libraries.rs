//! Libraries of one process that differ in how its samples were taken.
//!
//! A plant has cycles of its own: controllers, analysers. Samples that keep step with them see one phase of them only, and see
//! it far more sharply than samples that see every phase in turn. A frame of the one kind would take the normal operation of
//! the other for a fault, or see nothing in it; so there is a library for each, and the rows before an incident tell which.

use std::time::Duration;

use super::diagnose::Finding;
use super::library::{Library, LibraryError};
use super::onset::Onset;
use super::stretch::Stretch;
use crate::detect::multivariate::ModelError;
use crate::domain::{Candidate, Cause, Incident, SourceTime, TagId};

/// Libraries of one process, which look at the same tags at the same period. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Libraries {
    /// Each of one way of taking samples; taken when its frame fits what was normal.
    sharper: Vec<Library>,
    /// Of samples however they were taken; taken when none of the others fits.
    broadest: Library,
}

impl Libraries {
    /// Of one that fits samples however they were taken, and of sharper ones, the sharpest first.
    ///
    /// # Errors
    /// When they do not look at the same tags at the same period.
    pub fn new(broadest: Library, sharper: Vec<Library>) -> Result<Self, LibraryError> {
        let alike = |one: &Library| {
            one.frame().tags() == broadest.frame().tags() && one.frame().period() == broadest.frame().period()
        };
        match sharper.iter().find(|one| !alike(one)) {
            Some(other) => Err(LibraryError::Unlike(other.version().to_owned())),
            None => Ok(Self { sharper, broadest }),
        }
    }

    /// All of them, the sharpest first.
    pub fn all(&self) -> impl Iterator<Item = &Library> {
        self.sharper.iter().chain([&self.broadest])
    }

    /// The tags that they look at, in the order of columns.
    pub fn tags(&self) -> &[TagId] {
        self.broadest.frame().tags()
    }

    /// Plant time between two rows.
    pub fn period(&self) -> Duration {
        self.broadest.frame().period()
    }

    /// The causes that they know.
    pub fn causes(&self) -> &[Cause] {
        self.broadest.causes()
    }

    /// The one in whose frame the rows long before a time are normal operation: the sharpest that fits.
    ///
    /// # Errors
    /// When the rows are of another width than the frames.
    pub fn fitting(&self, stretch: &Stretch, before: SourceTime) -> Result<&Library, ModelError> {
        let until = stretch.at(before).unwrap_or(0);
        for library in &self.sharper {
            if library.frame().fits(stretch, until)? {
                return Ok(library);
            }
        }
        Ok(&self.broadest)
    }

    /// Diagnoses the incident of which an alarm was raised at a time by the library that fits, with incidents of the plant in
    /// it. `None` when there are too few rows to look at.
    ///
    /// # Errors
    /// When the rows are of another width than the frames.
    pub fn diagnose(
        &self,
        own: &[Incident],
        stretch: &Stretch,
        raised: SourceTime,
    ) -> Result<Option<Finding>, ModelError> {
        self.fitting(stretch, raised)?.with(own).diagnose(stretch, raised)
    }

    /// The one of a version; the broadest when there is none of it, or none is named.
    pub fn of_version(&self, version: Option<&str>) -> &Library {
        self.all().find(|library| Some(library.version()) == version).unwrap_or(&self.broadest)
    }

    /// Diagnoses what has begun under an incident that was under way, by the library of a version, by which that incident
    /// was looked at: the rows before it no longer show which one fits. With incidents of the plant in it. `None` when the
    /// settled rows are no longer among those that are known.
    ///
    /// # Errors
    /// When the rows are of another width than the frames.
    pub fn diagnose_onset(
        &self,
        version: Option<&str>,
        own: &[Incident],
        stretch: &Stretch,
        onset: &Onset,
    ) -> Result<Option<Finding>, ModelError> {
        self.of_version(version).with(own).diagnose_onset(stretch, onset)
    }

    /// What an incident may be that is too young to be diagnosed, by the library that fits ([`Library::suspects`]).
    ///
    /// # Errors
    /// When the rows are of another width than the frames.
    pub fn suspects(&self, stretch: &Stretch, raised: SourceTime) -> Result<Vec<Candidate>, ModelError> {
        self.fitting(stretch, raised)?.suspects(stretch, raised)
    }
}
