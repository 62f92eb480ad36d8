//! What there is to diagnose: alarms of detectors that stand, what began later under one of them, and charts that advise.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::config::plant::detector_alarm;
use crate::diagnosis::Onset;
use crate::domain::{
    AlarmFacts, AlarmId, CalledBy, ChartRole, DetectorId, DetectorSpec, Incident, NamedContribution, OccurrenceId,
    Plant, SourceTime, Verdict,
};

/// Plant time after which advice that has ended and comes again is another incident.
const ADVICE_GOES_ON: Duration = Duration::from_secs(3_600);

/// One incident that goes on.
#[derive(Clone, Debug)]
pub(super) struct Standing {
    /// What it is known by: the occurrence of its alarm, or an id of its own.
    pub id: OccurrenceId,
    pub call: CalledBy,
    pub alarm: AlarmId,
    pub detector: DetectorId,
    /// When it was called for.
    pub raised: SourceTime,
    pub contributions: Vec<NamedContribution>,
    /// Up to which sample it has been looked at.
    pub until: Option<SourceTime>,
    /// How it began, when something else was under way.
    pub onset: Option<Onset>,
    /// When it left normal operation, and by which library that was told.
    pub told: Option<Told>,
    /// When something else began: what came from then on is not of this incident.
    pub ends: Option<SourceTime>,
}

/// What was told of an incident that the next look rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::actors) struct Told {
    pub library: String,
    pub departed: SourceTime,
}

/// What is to be done for one of them.
#[derive(Clone, Debug)]
pub(super) struct Job {
    pub standing: Standing,
    /// Whether it is to be diagnosed anew.
    pub diagnose: bool,
    /// Whether to look for something new under it.
    pub look_on: bool,
}

/// What came of it.
#[derive(Clone, Debug, Default)]
pub(in crate::actors) struct Looked {
    pub told: Option<Told>,
    pub onset: Option<Onset>,
}

/// All of them.
#[derive(Debug, Default)]
pub(super) struct Standings {
    all: Vec<Standing>,
    /// Of each detector the advice that ended last, and when.
    ended: Vec<(Standing, SourceTime)>,
    /// Detectors of which a chart has advised while their alarm stood, and still does: that is not another incident.
    within_alarm: BTreeSet<DetectorId>,
}

impl Standings {
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Hears what has happened to an alarm; of other alarms than detectors' verdicts nothing.
    pub fn changed(&mut self, plant: &Plant, alarm: &AlarmId, facts: &AlarmFacts, contributions: &[NamedContribution]) {
        let definition = plant.alarm_index(alarm).map(|at| &plant.alarms[at]);
        let detector = definition.and_then(|definition| definition.detector.clone());
        // Its verdict, not the alarm that it cannot do its work.
        let Some(detector) = detector.filter(|detector| detector_alarm(detector) == *alarm) else { return };
        let standing = facts.occurrence.zip(facts.raised_at).filter(|_| facts.open && facts.active);
        let of_alarm = |one: &Standing| one.alarm == *alarm && !matches!(one.call, CalledBy::Advisory { .. });
        let known = self.all.iter().find(|one| of_alarm(one) && one.call == CalledBy::Alarm).map(|one| one.id);
        if known.is_some() && known == standing.map(|(occurrence, _)| occurrence) {
            return;
        }
        self.all.retain(|one| !of_alarm(one));
        if let Some((id, raised)) = standing {
            self.all.push(Standing {
                id,
                call: CalledBy::Alarm,
                alarm: alarm.clone(),
                detector,
                raised,
                contributions: contributions.to_vec(),
                until: None,
                onset: None,
                told: None,
                ends: None,
            });
        }
    }

    /// Hears what a detector says of a sample. A chart that is confirmed to advise while no alarm stands is an incident; advice
    /// that comes again within an hour goes on as the same. `fresh` makes an id.
    pub fn advised(
        &mut self,
        plant: &Plant,
        spec: &DetectorSpec,
        verdict: &Verdict,
        fresh: impl FnOnce() -> OccurrenceId,
    ) {
        if verdict.scores.is_empty() {
            return; // It cannot see, and says neither that it is over nor that it goes on.
        }
        let advises = verdict
            .scores
            .iter()
            .find(|score| score.role == ChartRole::Advising && spec.advisory.contains(&score.chart))
            .map(|score| score.chart.clone());
        let alarm = detector_alarm(&spec.id);
        let stands = self.all.iter().any(|one| one.alarm == alarm && one.call == CalledBy::Alarm);
        let known = self.all.iter().position(|one| one.alarm == alarm && matches!(one.call, CalledBy::Advisory { .. }));
        if advises.is_none() {
            self.within_alarm.remove(&spec.id);
        } else if stands {
            self.within_alarm.insert(spec.id.clone());
        }
        match (advises.filter(|_| !stands), known) {
            (Some(_), Some(_)) => {}
            (None, None) => {}
            (None, Some(at)) => {
                let over = self.all.swap_remove(at);
                self.ended.retain(|(other, _)| other.detector != spec.id);
                self.ended.push((over, verdict.source_time));
            }
            (Some(_), None) if self.within_alarm.contains(&spec.id) => {}
            (Some(chart), None) => {
                let goes_on = |(one, over): &(Standing, SourceTime)| {
                    one.detector == spec.id
                        && verdict.source_time >= *over
                        && verdict.source_time.since(*over) <= ADVICE_GOES_ON
                };
                let standing = match self.ended.iter().position(goes_on) {
                    Some(at) => self.ended.swap_remove(at).0,
                    None => Standing {
                        id: fresh(),
                        call: CalledBy::Advisory { chart },
                        alarm,
                        detector: spec.id.clone(),
                        raised: verdict.source_time,
                        contributions: verdict.contributions.iter().filter_map(|one| named(plant, one)).collect(),
                        until: None,
                        onset: None,
                        told: None,
                        ends: None,
                    },
                };
                self.all.push(standing);
            }
        }
    }

    /// Takes up again what was diagnosed before a restart: what began later under alarms that stand, by what library each was
    /// looked at, and the advice that was heard last.
    pub fn restore(&mut self, mut incidents: Vec<Incident>) {
        incidents.sort_by_key(|incident| incident.began);
        for incident in &incidents {
            let window = &incident.diagnosis.window;
            let told = (!incident.diagnosis.library.is_empty())
                .then(|| Told { library: incident.diagnosis.library.clone(), departed: window.departed });
            let again = Standing {
                id: incident.occurrence,
                call: incident.called_by.clone(),
                alarm: incident.alarm.clone(),
                detector: incident.detector.clone(),
                raised: incident.began,
                contributions: Vec::new(),
                until: None,
                onset: None,
                told: told.clone(),
                ends: None,
            };
            match &incident.called_by {
                CalledBy::Alarm => {
                    let of_it = self.all.iter_mut().filter(|one| one.id == incident.occurrence);
                    of_it.for_each(|one| one.told.clone_from(&told));
                }
                CalledBy::LaterOnset { under } => {
                    let onset = Onset { began: window.departed, seen: incident.began, settled: window.from };
                    if self.all.iter().any(|one| one.id == *under) {
                        self.begun_under(*under, onset);
                        self.all.push(Standing { onset: Some(onset), ..again });
                    }
                }
                CalledBy::Advisory { .. } => {
                    self.ended.retain(|(other, _)| other.detector != incident.detector);
                    self.ended.push((again, window.until));
                }
            }
        }
    }

    /// The one that has waited longest to be looked at. `newest` is the last sample, `watched` for how long an incident is
    /// diagnosed anew.
    pub fn next(&self, newest: Option<SourceTime>, watched: Option<Duration>) -> Option<Job> {
        let job = |standing: &Standing| {
            let first = standing.until.is_none();
            let news = newest > standing.until && standing.ends.is_none();
            let young = newest.zip(watched).is_some_and(|(newest, watched)| newest.since(standing.raised) <= watched);
            let look_on = news && !matches!(standing.call, CalledBy::Advisory { .. });
            let diagnose = first || news && young;
            (diagnose || look_on).then(|| Job { standing: standing.clone(), diagnose, look_on })
        };
        self.all.iter().filter_map(job).min_by_key(|job| job.standing.until)
    }

    /// Takes what came of looking at one of them, up to a sample. What has begun under it becomes an incident known by `fresh`.
    pub fn looked_at(&mut self, id: OccurrenceId, until: SourceTime, looked: Looked, fresh: OccurrenceId) {
        let Some(standing) = self.all.iter_mut().find(|one| one.id == id) else { return };
        standing.until = Some(until);
        standing.told = looked.told.or(standing.told.take());
        let Some(onset) = looked.onset else { return };
        let under = match &standing.call {
            CalledBy::LaterOnset { under } => *under,
            _ => id,
        };
        let later = Standing {
            id: fresh,
            call: CalledBy::LaterOnset { under },
            raised: onset.seen,
            until: None,
            onset: Some(onset),
            contributions: Vec::new(),
            ..standing.clone()
        };
        self.begun_under(under, onset);
        self.all.push(later);
    }

    /// What has failed is tried again with the next sample.
    pub fn failed(&mut self, id: OccurrenceId, until: SourceTime) {
        self.all.iter_mut().filter(|one| one.id == id).for_each(|one| one.until = Some(until));
    }

    /// Whatever was under way with this alarm ends where something else begins, and is looked at once more up to there.
    fn begun_under(&mut self, under: OccurrenceId, onset: Onset) {
        let mine = |one: &&mut Standing| one.id == under || one.call == CalledBy::LaterOnset { under };
        for one in self.all.iter_mut().filter(mine).filter(|one| one.ends.is_none()) {
            (one.ends, one.until) = (Some(onset.began), None);
        }
    }
}

fn named(plant: &Plant, one: &crate::domain::Contribution) -> Option<NamedContribution> {
    Some(NamedContribution { tag: plant.tag(one.tag)?.id.clone(), share: one.share })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::plant::built_in;
    use crate::domain::{
        ChartScore, Contribution, DetectorState, Diagnosis, DiagnosisWindow, Inconclusive, Severity, TagIndex,
        Told as HowMuch, WallTime,
    };

    const PERIOD: Duration = Duration::from_secs(180);

    fn id(n: u128) -> OccurrenceId {
        OccurrenceId(uuid::Uuid::from_u128(n))
    }

    fn at(row: u32) -> SourceTime {
        SourceTime::from_micros(0) + PERIOD * row
    }

    /// What happens to the alarm of the detector of the built-in plant.
    fn alarm(standings: &mut Standings, occurrence: Option<(u128, u32)>) {
        let plant = built_in();
        let alarm = detector_alarm(&plant.detectors[0].id);
        let facts = match occurrence {
            None => AlarmFacts::quiet(Severity::Medium),
            Some((n, row)) => AlarmFacts {
                active: true,
                open: true,
                occurrence: Some(id(n)),
                raised_at: Some(at(row)),
                ..AlarmFacts::quiet(Severity::Medium)
            },
        };
        standings.changed(&plant, &alarm, &facts, &[]);
    }

    /// What the detector says of a row: its slow chart advises or not, or it cannot see.
    fn verdict(standings: &mut Standings, row: u32, advises: Option<bool>, fresh: u128) {
        let plant = built_in();
        let score = |advises: bool| ChartScore {
            chart: "slow".into(),
            statistic: 2.0,
            limit: 1.0,
            role: if advises { ChartRole::Advising } else { ChartRole::Advisory },
        };
        let verdict = Verdict {
            detector: plant.detectors[0].id.clone(),
            source_time: at(row),
            scan: 0,
            state: DetectorState::Normal,
            scores: advises.map(score).into_iter().collect(),
            contributions: vec![Contribution { tag: TagIndex(0), share: 1.0 }],
            model_version: None,
        };
        standings.advised(&plant, &plant.detectors[0], &verdict, || id(fresh));
    }

    fn calls(standings: &Standings) -> Vec<(u128, CalledBy)> {
        standings.all.iter().map(|one| (one.id.0.as_u128(), one.call.clone())).collect()
    }

    fn next(standings: &Standings, newest: u32) -> Option<(u128, bool, bool)> {
        let job = standings.next(Some(at(newest)), Some(PERIOD * 100))?;
        Some((job.standing.id.0.as_u128(), job.diagnose, job.look_on))
    }

    fn onset(row: u32) -> Onset {
        Onset { began: at(row), seen: at(row + 2), settled: at(row - 40) }
    }

    #[test]
    fn an_alarm_is_diagnosed_while_it_is_young_and_looked_under_as_long_as_it_stands() {
        let mut standings = Standings::default();
        alarm(&mut standings, Some((1, 10)));
        assert_eq!(next(&standings, 10), Some((1, true, true)), "at once");
        standings.looked_at(id(1), at(10), Looked::default(), id(9));
        assert_eq!(next(&standings, 10), None, "until there is another sample");
        assert_eq!(next(&standings, 11), Some((1, true, true)));
        assert_eq!(next(&standings, 111), Some((1, false, true)), "its beginning is no longer known");
        alarm(&mut standings, None);
        assert_eq!(next(&standings, 112), None);
    }

    #[test]
    fn what_begins_under_an_alarm_is_an_incident_of_its_own_and_ends_what_was_before() {
        let mut standings = Standings::default();
        alarm(&mut standings, Some((1, 10)));
        let looked = Looked { told: Some(Told { library: "l".into(), departed: at(8) }), onset: Some(onset(100)) };
        standings.looked_at(id(1), at(103), looked, id(2));
        let under = CalledBy::LaterOnset { under: id(1) };
        assert_eq!(calls(&standings), [(1, CalledBy::Alarm), (2, under.clone())]);
        assert_eq!(standings.all[1].told.as_ref().map(|told| told.library.as_str()), Some("l"), "by the same library");
        assert_eq!(next(&standings, 103), Some((1, true, false)), "once more, up to where the other began");
        standings.looked_at(id(1), at(103), Looked::default(), id(9));
        assert_eq!(next(&standings, 103), Some((2, true, true)), "the other");
        standings.looked_at(id(2), at(103), Looked::default(), id(9));
        assert_eq!(next(&standings, 104), Some((2, true, true)), "and only that from then on");
        let third = Looked { told: None, onset: Some(onset(180)) };
        standings.looked_at(id(2), at(183), third, id(3));
        assert_eq!(calls(&standings)[2], (3, under), "under the same alarm");
        assert_eq!((standings.all[0].ends, standings.all[1].ends), (Some(at(100)), Some(at(180))));
        alarm(&mut standings, Some((7, 300)));
        assert_eq!(calls(&standings), [(7, CalledBy::Alarm)], "another occurrence is another story");
    }

    #[test]
    fn a_chart_that_advises_is_an_incident_until_it_is_quiet_for_an_hour() {
        let mut standings = Standings::default();
        let slow = CalledBy::Advisory { chart: "slow".into() };
        verdict(&mut standings, 5, Some(false), 1);
        assert_eq!(calls(&standings), []);
        verdict(&mut standings, 6, Some(true), 2);
        verdict(&mut standings, 7, Some(true), 3);
        verdict(&mut standings, 8, None, 4);
        assert_eq!(calls(&standings), [(2, slow.clone())], "a detector that cannot see says nothing");
        assert_eq!(standings.all[0].contributions.len(), 1);
        assert_eq!(next(&standings, 8), Some((2, true, false)), "nobody looks for more under it");
        verdict(&mut standings, 9, Some(false), 5);
        assert_eq!(calls(&standings), []);
        verdict(&mut standings, 29, Some(true), 6);
        assert_eq!(calls(&standings), [(2, slow.clone())], "within an hour it goes on");
        verdict(&mut standings, 30, Some(false), 7);
        verdict(&mut standings, 51, Some(true), 8);
        assert_eq!(calls(&standings), [(8, slow)], "later it is another");
    }

    #[test]
    fn an_alarm_takes_the_place_of_advice_and_its_echo_is_no_incident() {
        let mut standings = Standings::default();
        verdict(&mut standings, 5, Some(true), 1);
        alarm(&mut standings, Some((2, 6)));
        verdict(&mut standings, 6, Some(true), 3);
        assert_eq!(calls(&standings), [(2, CalledBy::Alarm)]);
        alarm(&mut standings, None);
        verdict(&mut standings, 40, Some(true), 4);
        assert_eq!(calls(&standings), [], "the chart has advised all along");
        verdict(&mut standings, 41, Some(false), 5);
        verdict(&mut standings, 80, Some(true), 6);
        assert_eq!(calls(&standings), [(6, CalledBy::Advisory { chart: "slow".into() })]);
    }

    fn kept(n: u128, call: CalledBy, began: u32, until: u32) -> Incident {
        let plant = built_in();
        Incident {
            occurrence: id(n),
            called_by: call,
            alarm: detector_alarm(&plant.detectors[0].id),
            detector: plant.detectors[0].id.clone(),
            began: at(began),
            updated: WallTime::from_micros(0),
            diagnosis: Diagnosis {
                window: DiagnosisWindow { from: at(began - 40), departed: at(began - 2), until: at(until) },
                roots: Vec::new(),
                causes: Vec::new(),
                told: HowMuch::Inconclusive(Inconclusive::FitsTooMany),
                time_to_trip: None,
                similar: Vec::new(),
                library: "l".into(),
            },
            fingerprint: None,
            verdict: None,
        }
    }

    #[test]
    fn after_a_restart_everything_goes_on_under_the_id_that_it_had() {
        let mut standings = Standings::default();
        alarm(&mut standings, Some((1, 50)));
        let under = |of: u128| CalledBy::LaterOnset { under: id(of) };
        let slow = CalledBy::Advisory { chart: "slow".into() };
        standings.restore(vec![
            kept(4, slow.clone(), 350, 360),
            kept(1, CalledBy::Alarm, 50, 150),
            kept(3, under(1), 300, 360),
            kept(2, under(1), 152, 290),
            kept(8, under(7), 45, 48),
        ]);
        assert_eq!(calls(&standings), [(1, CalledBy::Alarm), (2, under(1)), (3, under(1))]);
        let ends: Vec<_> = standings.all.iter().map(|one| one.ends).collect();
        assert_eq!(ends, [Some(at(150)), Some(at(298)), None]);
        let third = &standings.all[2];
        assert_eq!(third.onset, Some(Onset { began: at(298), seen: at(300), settled: at(260) }));
        assert_eq!(third.told, Some(Told { library: "l".into(), departed: at(298) }));
        alarm(&mut standings, None);
        verdict(&mut standings, 370, Some(true), 9);
        assert_eq!(calls(&standings), [(4, slow)], "advice that goes on is the same incident");
    }
}
