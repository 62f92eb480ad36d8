//! Diagnoses of a small made-up plant of four tags, whose faults are known.

use std::ops::ControlFlow;
use std::time::Duration;

use uuid::Uuid;

use super::*;
use crate::detect::TrainingData;
use crate::detect::multivariate::{ChartModel, ChartSettings, Method, train};
use crate::domain::{
    AlarmId, CalledBy, Cause, CauseId, DetectorId, Fingerprint, Incident, IncidentVerdict, Inconclusive, Judgement,
    OccurrenceId, SourceTime, TagId, Told, WallTime,
};

const TAGS: usize = 4;
const PERIOD: Duration = Duration::from_secs(180);
const ONSET: usize = 60;
const ROWS: usize = 160;

/// Noise of a seed, about normal.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> f64 {
        let mut sum = 0.0;
        for _ in 0..12 {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            sum += (self.0 >> 11) as f64 / (1_u64 << 53) as f64;
        }
        sum - 6.0
    }
}

/// What goes wrong from the onset on: a shift of a tag, a tag that swings, or two causes that do the same.
#[derive(Clone, Copy, Debug)]
enum Fault {
    None,
    Shift(usize),
    Swing(usize),
}

/// Causes 2 and 3 are one and the same to whoever looks from outside.
const FAULTS: [Fault; 4] = [Fault::Shift(0), Fault::Swing(1), Fault::Shift(3), Fault::Shift(3)];

fn rows(seed: u64, fault: Fault, rows: usize) -> Vec<[f64; TAGS]> {
    rows_of(seed, &[(ONSET, fault, 3.0)], rows)
}

/// With faults from a row on each, so large.
fn rows_of(seed: u64, faults: &[(usize, Fault, f64)], rows: usize) -> Vec<[f64; TAGS]> {
    let mut noise = Noise(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let mut state = [0.0; TAGS];
    let row = |at: usize| {
        for value in &mut state {
            *value = 0.6 * *value + 0.5 * noise.next();
        }
        let mut row = state;
        row[2] = 0.5 * state[0] + 0.5 * state[2];
        for (_, fault, size) in faults.iter().filter(|(from, ..)| at >= *from) {
            match *fault {
                Fault::None => {}
                Fault::Shift(tag) => row[tag] += size,
                Fault::Swing(tag) => row[tag] += size * (at as f64 * 1.3).sin(),
            }
        }
        row
    };
    (0..rows).map(row).collect()
}

fn stretch(rows: &[[f64; TAGS]]) -> Stretch {
    let mut stretch = Stretch::new(TAGS);
    for (at, row) in rows.iter().enumerate() {
        assert!(stretch.push(time(at), row));
    }
    stretch
}

fn widened(rows: &[[f64; TAGS]], wider: f64) -> Stretch {
    stretch(&rows.iter().map(|row| row.map(|value| wider * value)).collect::<Vec<_>>())
}

fn time(row: usize) -> SourceTime {
    SourceTime::from_micros(0) + PERIOD * row as u32
}

fn model(wider: f64) -> ChartModel {
    let tags = (0..TAGS).map(|n| TagId::from(format!("T{n}"))).collect();
    let mut data = TrainingData::new(tags).expect("tags");
    for seed in 0..12 {
        data.begin_run(format!("run {seed}"));
        let rows = rows(1_000 + seed, Fault::None, 500);
        rows.iter().for_each(|row| data.push_row(&row.map(|value| wider * value)).expect("a row"));
    }
    let settings = ChartSettings { method: Method::var(data.rows()), false_alarm_rate: 0.01, sample_period: PERIOD };
    train(&data, &settings, WallTime::from_micros(0), &mut |_| ControlFlow::Continue(())).expect("a model")
}

fn cause(number: usize) -> Cause {
    Cause { id: CauseId::from(format!("fault-{number}")), name: format!("Fault {number}") }
}

/// The library of ten runs of each fault; cause 0 trips at the end of its runs.
fn library() -> Library {
    library_of(1.0)
}

/// The same of a plant whose every value is so many times as large.
fn library_of(wider: f64) -> Library {
    let run = |cause: usize, seed: u64| RecordedRun {
        cause,
        seed: seed as u32,
        stretch: widened(&rows(100 * cause as u64 + seed, FAULTS[cause], ROWS), wider),
        onset: ONSET,
        tripped: cause == 0,
    };
    let runs: Vec<RecordedRun> =
        (0..FAULTS.len()).flat_map(|cause| (0..10).map(move |seed| run(cause, seed))).collect();
    let causes = (0..FAULTS.len()).map(cause).collect();
    let json = Library::make(model(wider), causes, &runs, 3, "a made-up plant".into()).expect("a library");
    Library::read(&json).expect("what was made can be read")
}

/// A fresh run, diagnosed as it stood after `known` rows; its alarm is raised where the frame would.
fn diagnosed(library: &Library, fault: Fault, seed: u64, known: usize) -> Finding {
    let mut stretch = stretch(&rows(seed, fault, ROWS));
    stretch.keep_first(known);
    let alarm = library.frame().alarm(&stretch, ONSET, 3).expect("a row is as wide as the frame");
    let raised = alarm.map_or(ONSET + 3, |(alarm, _)| alarm);
    library.diagnose(&stretch, time(raised)).expect("a row is as wide as the frame").expect("enough rows")
}

#[test]
fn a_cause_that_looks_like_no_other_is_named_and_its_tag_comes_first() {
    let library = library();
    for (number, fault, root) in [(0, FAULTS[0], "T0"), (1, FAULTS[1], "T1")] {
        let Finding { diagnosis, fingerprint } = diagnosed(&library, fault, 77_000, ROWS);
        assert_eq!(diagnosis.told, Told::One(cause(number).id), "{diagnosis:?}");
        assert_eq!(diagnosis.causes[0].cause, cause(number));
        assert_eq!((diagnosis.causes[0].support, diagnosis.roots[0].tag.as_str()), (10, root));
        let departed = diagnosis.window.departed;
        assert!(departed >= time(ONSET - 2) && departed <= time(ONSET + 6), "{departed}");
        assert!(diagnosis.similar[0].incident.starts_with(cause(number).id.as_str()));
        assert_eq!(fingerprint.map(|print| print.age), Some(80));
    }
}

#[test]
fn causes_that_do_the_same_are_said_not_to_be_told_apart() {
    let library = library();
    let mut both = 0;
    for seed in 0..6 {
        let told = diagnosed(&library, FAULTS[2], 55_000 + seed, ROWS).diagnosis.told;
        let Told::OneOf(possible) = told else { continue };
        assert!(possible.iter().all(|id| *id == cause(2).id || *id == cause(3).id), "{possible:?}");
        both += 1;
    }
    assert!(both >= 5, "{both} of 6");
}

#[test]
fn a_fault_that_nobody_has_seen_is_like_none_that_is_known() {
    let library = library();
    let told = diagnosed(&library, Fault::Swing(2), 66_000, ROWS).diagnosis.told;
    assert_eq!(told, Told::Inconclusive(Inconclusive::UnlikeAllKnown));
}

#[test]
fn nothing_is_said_of_an_incident_that_is_too_young_or_none() {
    let library = library();
    let young = diagnosed(&library, FAULTS[0], 77_000, ONSET + 3);
    assert_eq!((young.diagnosis.told, young.fingerprint), (Told::Inconclusive(Inconclusive::TooFewSamples), None));
    let quiet = stretch(&rows(4_242, Fault::None, ONSET));
    let quiet = library.diagnose(&quiet, time(30)).expect("a row").expect("enough rows").diagnosis;
    assert_eq!((quiet.told, quiet.roots.len()), (Told::Inconclusive(Inconclusive::NothingUnusual), 0));
    assert_eq!(library.diagnose(&Stretch::new(TAGS), time(3)).expect("no row"), None);
    assert!(library.diagnose(&stretch_of_width(3), time(9)).is_err(), "rows of another plant");
}

fn stretch_of_width(width: usize) -> Stretch {
    let mut stretch = Stretch::new(width);
    (0..20).for_each(|at| assert!(stretch.push(time(at), &vec![0.0; width])));
    stretch
}

#[test]
fn the_time_to_a_trip_is_that_of_the_possible_causes_and_counts_down() {
    let library = library();
    let trip = |known: usize| diagnosed(&library, FAULTS[0], 77_000, known).diagnosis.time_to_trip;
    let (later, sooner) = (trip(ONSET + 20).expect("a trip"), trip(ONSET + 50).expect("a trip"));
    assert_eq!((later.tripped, later.of), (10, 10));
    assert_eq!(later.median - sooner.median, PERIOD * 30);
    assert!(later.early <= later.median && later.median <= later.late);
    let left = PERIOD * (ROWS - ONSET - 20) as u32;
    assert!(later.median.abs_diff(left) <= PERIOD * 5, "{later:?}");
    assert_eq!(diagnosed(&library, FAULTS[1], 77_000, ROWS).diagnosis.time_to_trip, None, "none of them tripped");
}

#[test]
fn what_people_found_joins_the_library_as_a_cause_of_its_own() {
    let library = library();
    let seen = |seed: u64| diagnosed(&library, Fault::Swing(2), seed, ROWS);
    let own = |finding: Finding, named: bool| Incident {
        occurrence: OccurrenceId(Uuid::now_v7()),
        called_by: CalledBy::Alarm,
        alarm: AlarmId::from("a/VERDICT"),
        detector: DetectorId::from("a"),
        began: time(ONSET),
        updated: WallTime::from_micros(0),
        diagnosis: finding.diagnosis,
        fingerprint: finding.fingerprint,
        verdict: Some(IncidentVerdict {
            judgement: Judgement::Wrong,
            cause: named.then(|| cause(9)),
            comment: None,
            by: "olga".into(),
            at: WallTime::from_micros(0),
        }),
    };
    let mut foreign = own(seen(1), true);
    foreign.fingerprint = foreign.fingerprint.map(|print| Fingerprint { frame: "another".into(), ..print });
    let wider = library.with(&[own(seen(66_001), true), own(seen(66_002), true), own(seen(66_003), false), foreign]);
    assert_eq!(wider.causes().len(), 5);
    let diagnosis = diagnosed(&wider, Fault::Swing(2), 66_000, ROWS).diagnosis;
    assert_eq!((&diagnosis.causes[0].cause, diagnosis.causes[0].support), (&cause(9), 2));
    assert_eq!(diagnosis.similar.iter().filter(|similar| similar.own).count(), 2);
    assert!(diagnosis.similar[0].own);
    assert_eq!(library.causes().len(), 4, "the library itself is as it was");
}

#[test]
fn a_damaged_library_is_refused() {
    for text in ["", "{}", "[1]"] {
        assert!(matches!(Library::read(text.as_bytes()), Err(LibraryError::Unreadable(_))), "{text}");
    }
}

#[test]
fn the_sharpest_library_is_taken_whose_frame_finds_normal_what_was_normal() {
    let (sharp, broad) = (library(), library_of(4.0));
    let (sharp_version, broad_version) = (sharp.version().to_owned(), broad.version().to_owned());
    let both = Libraries::new(broad, vec![sharp]).expect("of one process");
    let taken = |rows: &[[f64; TAGS]], wider: f64, before: usize| {
        let stretch = widened(rows, wider);
        both.fitting(&stretch, time(before)).expect("a row is as wide as the frames").version().to_owned()
    };
    for seed in 0..4 {
        let incident = rows(44_000 + seed, FAULTS[0], ROWS);
        assert_eq!(taken(&incident, 1.0, ONSET + 10), sharp_version);
        assert_eq!(taken(&incident, 4.0, ONSET + 10), broad_version, "wider than the sharp frame has ever seen");
        assert_eq!(taken(&incident, 1.0, 20), broad_version, "too few rows to know");
        let stretch = widened(&incident, 4.0);
        let found = both.diagnose(&[], &stretch, time(ONSET + 10)).expect("rows").expect("enough").diagnosis;
        assert_eq!((found.told, found.library), (Told::One(cause(0).id), broad_version.clone()));
    }
    assert_eq!((both.tags().len(), both.period(), both.causes().len(), both.all().count()), (TAGS, PERIOD, 4, 2));
}

/// Rows at which the second of two faults begins.
const SECOND: usize = ONSET + 60;

fn both(seed: u64, first: Fault, second: Fault) -> Stretch {
    stretch(&rows_of(seed, &[(ONSET, first, 3.0), (SECOND, second, 6.0)], SECOND + 90))
}

#[test]
fn what_begins_under_a_settled_incident_is_seen_and_compared_as_if_it_were_alone() {
    let library = library();
    let (mut seen, mut named) = (0, 0);
    for seed in 0..10 {
        for (first, second, cause_of, root) in [(FAULTS[2], FAULTS[0], 0, "T0"), (FAULTS[0], FAULTS[1], 1, "T1")] {
            let stretch = both(91_000 + seed, first, second);
            let found = library.later_onset(&stretch, time(ONSET)).expect("rows");
            let Some(onset) = found.filter(|onset| onset.began >= time(SECOND)) else { continue };
            seen += usize::from(onset.began <= time(SECOND + 20));
            let Finding { diagnosis, fingerprint } =
                library.diagnose_onset(&stretch, &onset).expect("rows").expect("settled rows are known");
            assert_eq!((diagnosis.window.from, diagnosis.window.departed), (onset.settled, onset.began));
            let age = fingerprint.map(|print| print.age);
            named += usize::from(
                age >= Some(40)
                    && diagnosis.causes[0].cause == cause(cause_of)
                    && diagnosis.roots[0].tag.as_str() == root,
            );
        }
    }
    println!("{seen} seen, {named} named, of 20");
    assert!(seen >= 12 && named >= 12, "{seen} seen, {named} named, of 20");
}

#[test]
fn nothing_new_is_seen_under_an_incident_that_only_goes_on() {
    let library = library();
    let mut seen = 0;
    for seed in 0..20 {
        for fault in [Fault::None, FAULTS[0], FAULTS[1], FAULTS[2]] {
            let stretch = stretch(&rows(92_000 + seed, fault, 400));
            seen += usize::from(library.later_onset(&stretch, time(ONSET)).expect("rows").is_some());
        }
    }
    // In 1,360 hours.
    assert!(seen <= 4, "{seen} onsets of nothing");
}

#[test]
fn without_settled_rows_nothing_can_be_new() {
    let library = library();
    let stretch = both(93_000, FAULTS[2], FAULTS[0]);
    let onset = library.later_onset(&stretch, time(ONSET)).expect("rows").expect("it is seen");
    let mut late = stretch.clone();
    late.keep_last(95);
    assert_eq!(library.diagnose_onset(&late, &onset).expect("rows"), None, "its settled rows are gone");
    let mut short = stretch;
    short.keep_first(ONSET + 20);
    assert_eq!(library.later_onset(&short, time(ONSET)).expect("rows"), None, "nothing has settled yet");
    assert!(library.later_onset(&stretch_of_width(3), time(0)).is_err(), "rows of another plant");
}
