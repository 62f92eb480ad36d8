//! How well what is seen fits what is known of a fault.

use std::collections::{BTreeMap, BTreeSet};

use super::{CauseItem, told};
use crate::domain::{AlarmId, Diagnosis, TagId, Told};

/// The share of the verdict that a diagnosis from runs of the past has; the rest is what the fault library says.
const DIAGNOSED: f64 = 0.85;
/// Causes that are told.
const CAUSES_MOST: usize = 6;
/// A departure so many deviations wide counts in full.
const FULL: f64 = 12.0;

/// What the fault library knows of one fault.
#[derive(Clone, Debug, PartialEq)]
pub struct FaultSignature {
    /// Its id, for example `idv-6`.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// The tags that tell it, the most telling first.
    pub tags: Vec<TagId>,
    /// The alarms that it always raises.
    pub alarms: Vec<AlarmId>,
    /// Faults that look alike, by their ids.
    pub alike: Vec<String>,
    /// The article that describes it.
    pub article: String,
}

/// What a diagnosis says of one fault.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// Its id in the fault library.
    pub id: String,
    /// What it is called there.
    pub name: String,
    /// How likely, 0…1; of all findings together at most 1.
    pub score: f64,
}

/// What a diagnosis has found, likeliest first, and why it cannot decide, if it cannot. One that is too young to compare
/// anything has found nothing, and leaves it to the fault library.
pub fn findings(diagnosis: &Diagnosis) -> (Vec<Finding>, Option<String>) {
    let finding = |candidate: &crate::domain::Candidate| Finding {
        id: candidate.cause.id.to_string(),
        name: candidate.cause.name.clone(),
        score: candidate.score,
    };
    let found: Vec<Finding> = diagnosis.causes.iter().map(finding).collect();
    let doubt = match &diagnosis.told {
        Told::Inconclusive(why) if !found.is_empty() => Some(why.sentence().to_owned()),
        _ => None,
    };
    (found, doubt)
}

/// What was seen.
pub(super) struct Seen<'a> {
    /// Tags that have departed, by how much.
    pub departed: &'a BTreeMap<TagId, f64>,
    /// Alarms that were raised.
    pub alarms: &'a BTreeSet<AlarmId>,
}

/// The causes that come into question, likeliest first.
pub(super) fn rank(library: &[FaultSignature], findings: &[Finding], seen: &Seen<'_>) -> Vec<CauseItem> {
    let unknown = findings.iter().filter(|finding| !library.iter().any(|fault| fault.id == finding.id));
    let of_library = library.iter().map(|fault| {
        let place = findings.iter().position(|finding| finding.id == fault.id);
        let fit = fit(fault, seen);
        let score = match place {
            Some(at) => DIAGNOSED * findings[at].score + (1.0 - DIAGNOSED) * fit,
            // A diagnosis that knows nothing of a fault is not outvoted by the articles.
            None if findings.is_empty() => fit,
            None => (1.0 - DIAGNOSED) * fit,
        };
        item(fault, score, place, seen)
    });
    let of_diagnosis = unknown.map(|finding| CauseItem {
        id: format!("cause:{}", finding.id),
        name: finding.name.clone(),
        percent: told(100.0 * DIAGNOSED * finding.score),
        place: findings.iter().position(|one| one.id == finding.id).map(place_of),
        fitting: Vec::new(),
        lacking: Vec::new(),
        alarms: Vec::new(),
        alike: Vec::new(),
        article: String::new(),
    });
    let mut causes: Vec<CauseItem> = of_library.chain(of_diagnosis).filter(|cause| cause.percent >= 1.0).collect();
    causes.sort_by(|a, b| b.percent.total_cmp(&a.percent).then_with(|| a.id.cmp(&b.id)));
    causes.truncate(CAUSES_MOST);
    causes
}

fn place_of(at: usize) -> u32 {
    u32::try_from(at + 1).unwrap_or(u32::MAX)
}

fn item(fault: &FaultSignature, score: f64, place: Option<usize>, seen: &Seen<'_>) -> CauseItem {
    let (fitting, lacking): (Vec<TagId>, Vec<TagId>) =
        fault.tags.iter().cloned().partition(|tag| seen.departed.contains_key(tag));
    CauseItem {
        id: format!("cause:{}", fault.id),
        name: fault.name.clone(),
        percent: told(100.0 * score),
        place: place.map(place_of),
        fitting,
        lacking: lacking.into_iter().take(3).collect(),
        alarms: fault.alarms.iter().filter(|alarm| seen.alarms.contains(*alarm)).cloned().collect(),
        alike: fault.alike.iter().map(|id| format!("cause:{id}")).collect(),
        article: fault.article.clone(),
    }
}

/// How well what is seen fits a fault, 0…1: how much of its fingerprint is there, how much of what is there it accounts for,
/// and the same of alarms.
fn fit(fault: &FaultSignature, seen: &Seen<'_>) -> f64 {
    let strength = |tag: &TagId| seen.departed.get(tag).map_or(0.0, |by| (by / FULL).min(1.0));
    let weight = |at: usize| 1.0 / (1.0 + at as f64);
    let expected: f64 = (0..fault.tags.len()).map(weight).sum();
    let there: f64 = fault.tags.iter().enumerate().map(|(at, tag)| weight(at) * strength(tag)).sum();
    let all: f64 = seen.departed.keys().map(strength).sum();
    let accounted: f64 = fault.tags.iter().map(strength).sum();
    let tags = harmonic(ratio(there, expected), ratio(accounted, all));
    if fault.alarms.is_empty() {
        return tags / 2.0;
    }
    let common = fault.alarms.iter().filter(|alarm| seen.alarms.contains(*alarm)).count() as f64;
    let alarms = harmonic(ratio(common, fault.alarms.len() as f64), ratio(common, seen.alarms.len() as f64));
    f64::midpoint(tags, alarms)
}

fn ratio(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 0.0 }
}

fn harmonic(a: f64, b: f64) -> f64 {
    if a + b > 0.0 { 2.0 * a * b / (a + b) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(id: &str, tags: &[&str], alarms: &[&str]) -> FaultSignature {
        FaultSignature {
            id: id.into(),
            name: id.to_uppercase(),
            tags: tags.iter().map(|tag| TagId::from(*tag)).collect(),
            alarms: alarms.iter().map(|alarm| AlarmId::from(*alarm)).collect(),
            alike: Vec::new(),
            article: format!("disturbances/{id}"),
        }
    }

    fn ranked(findings: &[Finding]) -> Vec<String> {
        let library =
            [fault("f1", &["A", "B"], &["A/HIGH"]), fault("f2", &["C", "A"], &["C/LOW"]), fault("f3", &["D"], &[])];
        let departed = BTreeMap::from([("A".into(), 20.0), ("B".into(), 6.0)]);
        let alarms = BTreeSet::from(["A/HIGH".into()]);
        let causes = rank(&library, findings, &Seen { departed: &departed, alarms: &alarms });
        causes.into_iter().map(|cause| cause.id).collect()
    }

    #[test]
    fn the_fault_whose_fingerprint_is_there_comes_first_and_a_diagnosis_outweighs_it() {
        assert_eq!(ranked(&[]), ["cause:f1", "cause:f2"]);
        let finding = |id: &str, score| Finding { id: id.into(), name: id.into(), score };
        assert_eq!(ranked(&[finding("f3", 0.9)])[0], "cause:f3");
        assert_eq!(ranked(&[finding("f9", 0.9), finding("f1", 0.1)])[0], "cause:f9", "one that has no article");
    }
}
