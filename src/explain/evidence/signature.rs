//! How well what is seen fits what is known of a fault.

use std::collections::{BTreeMap, BTreeSet};

use super::{CauseItem, told};
use crate::domain::{AlarmId, Candidate, CauseId, Diagnosis, Inconclusive, Root, TagId, Told};

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
    /// Whether the diagnosis holds it to be possible.
    pub possible: bool,
}

/// What a comparison with incidents of the past says of an alarm.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Comparison {
    /// Causes, the likeliest first.
    pub findings: Vec<Finding>,
    /// The tags in which it shows first, the largest part first.
    pub roots: Vec<Root>,
    /// Whether it was too early to compare anything by the rules.
    pub young: bool,
    /// Why it cannot decide, if it cannot.
    pub doubt: Option<String>,
}

impl Comparison {
    /// What a diagnosis has found. Of one that is too young to compare anything the `suspects` count, which it looks like so
    /// far; without any it is left to the fault library.
    pub fn of(diagnosis: &Diagnosis, suspects: &[Candidate]) -> Self {
        let young = matches!(
            diagnosis.told,
            Told::Inconclusive(Inconclusive::TooFewSamples | Inconclusive::TooFewBefore | Inconclusive::NothingUnusual)
        );
        let possible = |cause: &CauseId| match &diagnosis.told {
            Told::One(one) => one == cause,
            Told::OneOf(several) => several.contains(cause),
            Told::Inconclusive(_) => false,
        };
        let finding = |candidate: &Candidate| Finding {
            id: candidate.cause.id.to_string(),
            name: candidate.cause.name.clone(),
            score: candidate.score,
            possible: possible(&candidate.cause.id),
        };
        let candidates = if young { suspects } else { &diagnosis.causes };
        let doubt = match &diagnosis.told {
            Told::Inconclusive(why) if !young && !candidates.is_empty() => Some(why.sentence().to_owned()),
            _ => None,
        };
        Self { findings: candidates.iter().map(finding).collect(), roots: diagnosis.roots.clone(), young, doubt }
    }
}

/// What was seen.
pub(super) struct Seen<'a> {
    /// Tags that have departed, by how much.
    pub departed: &'a BTreeMap<TagId, f64>,
    /// Tags of which nobody can say whether they have: they speak neither for a cause nor against it.
    pub unjudged: &'a BTreeSet<TagId>,
    /// The parts of tags in what makes the incident unusual, as far as a diagnosis can tell.
    pub roots: &'a [Root],
    /// Whether it was too early to compare it with known incidents.
    pub young: bool,
    /// Alarms that were raised.
    pub alarms: &'a BTreeSet<AlarmId>,
}

/// The causes that come into question, likeliest first.
pub(super) fn rank(library: &[FaultSignature], findings: &[Finding], seen: &Seen<'_>) -> Vec<CauseItem> {
    let unknown = findings.iter().filter(|finding| !library.iter().any(|fault| fault.id == finding.id));
    let of_library = library.iter().map(|fault| {
        let place = findings.iter().position(|finding| finding.id == fault.id);
        let signs = signs(fault, seen);
        // Most of a fingerprint comes later; of a young incident what shows first counts alone.
        let fit = if seen.young { signs } else { f64::midpoint(signs, fit(fault, seen)) };
        let score = match place {
            Some(at) => DIAGNOSED * findings[at].score + (1.0 - DIAGNOSED) * fit,
            // A diagnosis that knows nothing of a fault is not outvoted by the articles.
            None if findings.is_empty() => fit,
            None => (1.0 - DIAGNOSED) * fit,
        };
        CauseItem { possible: place.is_some_and(|at| findings[at].possible), ..item(fault, score, place, seen) }
    });
    let of_diagnosis = unknown.map(|finding| CauseItem {
        id: format!("cause:{}", finding.id),
        name: finding.name.clone(),
        percent: told(100.0 * DIAGNOSED * finding.score),
        place: findings.iter().position(|one| one.id == finding.id).map(place_of),
        possible: finding.possible,
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
        possible: false,
        fitting,
        lacking: lacking.into_iter().filter(|tag| !seen.unjudged.contains(tag)).take(3).collect(),
        alarms: fault.alarms.iter().filter(|alarm| seen.alarms.contains(*alarm)).cloned().collect(),
        alike: fault.alike.iter().map(|id| format!("cause:{id}")).collect(),
        article: fault.article.clone(),
    }
}

/// How well what shows first fits a fault, 0…1: how early in its fingerprint the tags stand that are farthest away, and how
/// early in its list the alarms that were raised. A fault whose first tags are at rest gets little for its later ones.
fn signs(fault: &FaultSignature, seen: &Seen<'_>) -> f64 {
    let place = |at: usize| 1.0 / (1.0 + at as f64);
    let departed: f64 = seen.departed.values().map(|by| (by / FULL).min(1.0)).sum();
    let roots: f64 = seen.roots.iter().map(|root| root.share).sum();
    let part = |tag: &TagId| {
        let by = ratio(seen.departed.get(tag).map_or(0.0, |by| (by / FULL).min(1.0)), departed);
        let root = ratio(seen.roots.iter().filter(|root| root.tag == *tag).map(|root| root.share).sum(), roots);
        match (departed > 0.0, roots > 0.0) {
            (true, true) => f64::midpoint(by, root),
            _ => by + root,
        }
    };
    let tags: f64 = fault.tags.iter().enumerate().map(|(at, tag)| place(at) * part(tag)).sum();
    if seen.alarms.is_empty() {
        return tags;
    }
    let listed = fault.alarms.iter().enumerate().filter(|(_, alarm)| seen.alarms.contains(*alarm));
    let alarms: f64 = listed.map(|(at, _)| place(at)).sum();
    f64::midpoint(tags, ratio(alarms, seen.alarms.len() as f64))
}

/// How well what is seen fits a fault, 0…1: how much of its fingerprint is there, how much of what is there it accounts for,
/// and the same of alarms.
fn fit(fault: &FaultSignature, seen: &Seen<'_>) -> f64 {
    let strength = |tag: &TagId| seen.departed.get(tag).map_or(0.0, |by| (by / FULL).min(1.0));
    let weight = |at: usize| 1.0 / (1.0 + at as f64);
    let judged = fault.tags.iter().enumerate().filter(|(_, tag)| !seen.unjudged.contains(*tag));
    let expected: f64 = judged.map(|(at, _)| weight(at)).sum();
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
    use proptest::prelude::*;

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
        let seen = Seen { departed: &departed, unjudged: &BTreeSet::new(), roots: &[], young: false, alarms: &alarms };
        rank(&library, findings, &seen).into_iter().map(|cause| cause.id).collect()
    }

    /// Feed A is gone: its own article comes before one that has its tag, its alarm and much else that is at rest.
    #[test]
    fn the_fault_whose_first_tag_is_away_comes_before_one_of_which_a_later_one_is() {
        let lost = fault("lost", &["A", "V", "P", "Q", "R", "S", "T", "U"], &["A/LOW", "V/HIGH", "P/HIGH", "Q/HIGH"]);
        let other = fault("other", &["P", "Q", "A"], &["A/LOW"]);
        let root = |tag: &str, share| Root { tag: tag.into(), share, departed: None };
        let alarms = BTreeSet::from(["A/LOW".into()]);
        for (departed, roots, young) in [
            (BTreeMap::from([("A".into(), 9.0)]), vec![], true),
            (BTreeMap::new(), vec![root("A", 0.6), root("V", 0.3), root("P", 0.1)], true),
            (BTreeMap::from([("A".into(), 9.0), ("V".into(), 10.9), ("P".into(), 3.1)]), vec![root("V", 0.9)], false),
        ] {
            let seen = Seen { departed: &departed, unjudged: &BTreeSet::new(), roots: &roots, young, alarms: &alarms };
            let causes = rank(&[other.clone(), lost.clone()], &[], &seen);
            assert_eq!(causes[0].id, "cause:lost", "{departed:?} {roots:?}: {causes:?}");
        }
    }

    proptest! {
        /// A fault that has a tag first gets at least as much for it as one that has it later.
        #[test]
        fn whoever_has_the_farthest_tag_first_is_not_outranked_for_it(at in 0usize..5, by in 3.0..40.0f64) {
            let tags = ["A", "B", "C", "D", "E"];
            let mut later: Vec<&str> = tags.into_iter().filter(|tag| *tag != "A").collect();
            later.insert(at.min(later.len()), "A");
            let departed = BTreeMap::from([("A".into(), by)]);
            let seen = Seen { departed: &departed, unjudged: &BTreeSet::new(), roots: &[], young: true, alarms: &BTreeSet::new() };
            let (first, later) = (signs(&fault("f", &tags, &[]), &seen), signs(&fault("l", &later, &[]), &seen));
            prop_assert!(first >= later && (0.0..=1.0).contains(&first), "{first} {later}");
        }
    }

    #[test]
    fn the_fault_whose_fingerprint_is_there_comes_first_and_a_diagnosis_outweighs_it() {
        assert_eq!(ranked(&[]), ["cause:f1", "cause:f2"]);
        let finding = |id: &str, score| Finding { id: id.into(), name: id.into(), score, possible: false };
        assert_eq!(ranked(&[finding("f3", 0.9)])[0], "cause:f3");
        assert_eq!(ranked(&[finding("f9", 0.9), finding("f1", 0.1)])[0], "cause:f9", "one that has no article");
    }
}
