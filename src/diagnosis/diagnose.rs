//! From samples to what can honestly be said of them.

use super::frame::Look;
use super::library::{AGES, Library};
use super::roots;
use super::stretch::Stretch;
use crate::detect::multivariate::ModelError;
use crate::domain::{
    Candidate, CauseId, Diagnosis, DiagnosisWindow, Fingerprint, Inconclusive, Root, SimilarIncident, SourceTime,
    TimeToTrip, Told,
};

/// So many roots, causes and similar incidents are told.
const ROOTS: usize = 10;
const CAUSES: usize = 8;
const SIMILAR: usize = 8;
/// A cause less likely than this is not told.
const SCORE_LEAST: f64 = 0.001;

/// A diagnosis with what it rests on.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// What can be said.
    pub diagnosis: Diagnosis,
    /// What the incident looks like; `None` when it is too young or nothing is unusual.
    pub fingerprint: Option<Fingerprint>,
}

/// Plant time of a row of a look.
fn time(stretch: &Stretch, look: &Look, row: usize) -> SourceTime {
    stretch.times()[(row + look.skipped()).min(stretch.rows() - 1)]
}

/// What a look at an incident rests on.
fn window(stretch: &Stretch, look: &Look, departed: usize) -> DiagnosisWindow {
    DiagnosisWindow {
        from: stretch.times()[0],
        departed: time(stretch, look, departed),
        until: time(stretch, look, look.rows() - 1),
    }
}

impl Library {
    /// Diagnoses the incident of which an alarm was raised at a time, from rows in the order of the frame's tags. `None` when
    /// there are too few rows to look at.
    ///
    /// # Errors
    /// When the rows are of another width than the frame.
    pub fn diagnose(&self, stretch: &Stretch, raised: SourceTime) -> Result<Option<Finding>, ModelError> {
        let look = self.frame.look(stretch)?;
        let Some(alarm) = stretch.at(raised).and_then(|row| row.checked_sub(look.skipped())) else { return Ok(None) };
        if look.rows() == 0 {
            return Ok(None);
        }
        match look.departure(alarm) {
            Some(departed) => Ok(Some(self.found(stretch, &look, departed))),
            None => {
                let told = Told::Inconclusive(Inconclusive::NothingUnusual);
                let window = window(stretch, &look, alarm);
                Ok(Some(Finding { diagnosis: self.blank(window, told), fingerprint: None }))
            }
        }
    }

    /// What can be said of an incident that departed at a row of a look.
    pub(super) fn found(&self, stretch: &Stretch, look: &Look, departed: usize) -> Finding {
        let root = |part: &roots::Part| Root {
            tag: self.frame.tags()[part.tag].clone(),
            share: part.share,
            departed: part.departed.map(|row| time(stretch, look, row)),
        };
        let parts = roots::parts(&self.frame, stretch, look, departed);
        let mut diagnosis =
            self.blank(window(stretch, look, departed), Told::Inconclusive(Inconclusive::TooFewSamples));
        diagnosis.roots = parts.iter().take(ROOTS).map(root).collect();
        let old = look.rows() - departed;
        let Some(age) = AGES.iter().rposition(|age| *age <= old) else {
            return Finding { diagnosis, fingerprint: None };
        };
        let prints: Option<Vec<Vec<f32>>> = AGES[..=age].iter().map(|age| look.fingerprint(departed, *age)).collect();
        let Some(prints) = prints else { return Finding { diagnosis, fingerprint: None } };
        self.compare(&mut diagnosis, &prints[age], age, old);
        let values = prints.concat();
        let fingerprint = Fingerprint { frame: self.frame.version().to_owned(), age: AGES[age] as u32, values };
        Finding { diagnosis, fingerprint: Some(fingerprint) }
    }

    fn blank(&self, window: DiagnosisWindow, told: Told) -> Diagnosis {
        Diagnosis {
            window,
            roots: Vec::new(),
            causes: Vec::new(),
            told,
            time_to_trip: None,
            similar: Vec::new(),
            library: self.version().to_owned(),
        }
    }

    fn compare(&self, diagnosis: &mut Diagnosis, print: &[f32], age: usize, old: usize) {
        let (space, calibration) = (&self.spaces[age], &self.calibrations[age]);
        let at = space.place(print);
        let scores = calibration.scores(&space.to_causes(&at));
        let nearest = space.nearest(&at);
        let candidate = |(cause, score): &(usize, f64)| Candidate {
            cause: self.causes[*cause].clone(),
            score: *score,
            support: space.support(*cause) as u32,
        };
        diagnosis.causes =
            scores.iter().filter(|(_, score)| *score >= SCORE_LEAST).take(CAUSES).map(candidate).collect();
        let similar = |(point, distance): &(&super::space::Point, f64)| {
            let known = &self.incidents[point.incident];
            SimilarIncident {
                incident: known.name.clone(),
                cause: Some(self.causes[known.cause].clone()),
                distance: distance / calibration.usual_distance,
                own: known.own,
            }
        };
        diagnosis.similar = nearest.iter().take(SIMILAR).map(similar).collect();
        let possible: Vec<usize> = match scores.iter().take_while(|(_, s)| *s >= calibration.possible_from).count() {
            0 => scores.iter().take(1).map(|(cause, _)| *cause).collect(),
            count => scores[..count].iter().map(|(cause, _)| *cause).collect(),
        };
        let id = |cause: &usize| -> CauseId { self.causes[*cause].id.clone() };
        let strange = nearest.first().is_none_or(|(_, distance)| *distance > calibration.strange_from);
        diagnosis.told = match possible.as_slice() {
            _ if strange => Told::Inconclusive(Inconclusive::UnlikeAllKnown),
            [one] => Told::One(id(one)),
            many if 2 * many.len() <= self.causes.len() => Told::OneOf(many.iter().map(id).collect()),
            _ => Told::Inconclusive(Inconclusive::FitsTooMany),
        };
        if !matches!(diagnosis.told, Told::Inconclusive(_)) {
            diagnosis.time_to_trip = self.time_to_trip(&possible, old);
        }
    }

    /// How long incidents of these causes that were still going on at this age took until the plant shut itself down.
    fn time_to_trip(&self, causes: &[usize], old: usize) -> Option<TimeToTrip> {
        let old = old as u32;
        let mine: Vec<_> = self
            .incidents
            .iter()
            .filter(|known| !known.own && causes.contains(&known.cause) && known.rows > old)
            .collect();
        let mut left: Vec<u32> = mine.iter().filter_map(|known| known.trip_after).map(|after| after - old).collect();
        left.sort_unstable();
        // One more would be as likely in any place between these, before the first or after the last: so the tenth of many is
        // the first of ten, and of fewer nothing further out can be told than what there was.
        let place = |share: f64| share * (left.len() + 1) as f64;
        let at = |place: f64| self.frame.period() * left[(place as usize).clamp(1, left.len()) - 1];
        (!left.is_empty()).then(|| TimeToTrip {
            early: at(place(0.1).floor()),
            median: at(place(0.5).round()),
            late: at(place(0.9).ceil()),
            tripped: left.len() as u32,
            of: mine.len() as u32,
        })
    }
}
