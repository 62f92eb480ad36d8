//! Incidents, with what was diagnosed and what people found.

use std::time::Duration;

use tep::domain::{
    AlarmId, CalledBy, Candidate, Cause, CauseId, DetectorId, Diagnosis, DiagnosisWindow, Fingerprint, Incident,
    IncidentVerdict, Inconclusive, Judgement, OccurrenceId, Root, SimilarIncident, SourceTime, TagId, TimeToTrip, Told,
    WallTime,
};
use uuid::Uuid;

use super::house::{House, NOW};
use super::on_both;

on_both!(
    an_incident_comes_back_as_it_was_kept,
    a_new_diagnosis_keeps_the_verdict,
    only_incidents_of_a_known_cause_and_the_same_frame_join_the_library,
    old_incidents_are_forgotten_unless_somebody_has_judged_them,
    what_began_under_an_alarm_is_found_by_its_occurrence,
);

fn cause(number: u32) -> Cause {
    Cause { id: CauseId::from(format!("idv-{number}")), name: format!("Fault {number}") }
}

fn incident(updated: WallTime) -> Incident {
    let at = |minutes: u64| SourceTime::from_micros(0) + Duration::from_secs(60 * minutes);
    Incident {
        occurrence: OccurrenceId(Uuid::now_v7()),
        called_by: CalledBy::Alarm,
        alarm: AlarmId::from("pca/VERDICT"),
        detector: DetectorId::from("pca"),
        began: at(9),
        updated,
        diagnosis: Diagnosis {
            window: DiagnosisWindow { from: at(0), departed: at(3), until: at(15) },
            roots: vec![Root { tag: TagId::from("XMV_10"), share: 0.75, departed: Some(at(3)) }],
            causes: vec![Candidate { cause: cause(4), score: 0.5, support: 10 }],
            told: Told::OneOf(vec![CauseId::from("idv-4"), CauseId::from("idv-11")]),
            time_to_trip: Some(TimeToTrip {
                early: Duration::from_secs(60),
                median: Duration::from_secs(120),
                late: Duration::from_secs(180),
                tripped: 3,
                of: 10,
            }),
            similar: Vec::new(),
            library: "library-1".into(),
        },
        fingerprint: Some(Fingerprint { frame: "frame-1".into(), age: 5, values: vec![0.0, -1.5, f32::MIN_POSITIVE] }),
        verdict: None,
    }
}

fn verdict(cause: Option<Cause>) -> IncidentVerdict {
    IncidentVerdict {
        judgement: Judgement::PartlyRight,
        cause,
        comment: Some("the cooling water, said the field".into()),
        by: "olga".into(),
        at: NOW,
    }
}

async fn an_incident_comes_back_as_it_was_kept(house: House) {
    let storage = house.open().await;
    let kept = incident(NOW);
    storage.record_incident(&kept).await.unwrap();
    assert_eq!(storage.incident(kept.occurrence).await.unwrap().as_ref(), Some(&kept));
    let mut blank = incident(NOW + Duration::from_secs(1));
    blank.fingerprint = None;
    blank.diagnosis.told = Told::Inconclusive(Inconclusive::NoLibrary);
    storage.record_incident(&blank).await.unwrap();
    assert_eq!(storage.incidents(5).await.unwrap(), [blank, kept], "the newest first");
    assert_eq!(storage.incident(OccurrenceId(Uuid::now_v7())).await.unwrap(), None);
}

async fn a_new_diagnosis_keeps_the_verdict(house: House) {
    let storage = house.open().await;
    let mut kept = incident(NOW);
    let verdict = verdict(Some(cause(4)));
    assert!(!storage.judge_incident(kept.occurrence, &verdict).await.unwrap(), "there is none yet");
    storage.record_incident(&kept).await.unwrap();
    assert!(storage.judge_incident(kept.occurrence, &verdict).await.unwrap());
    kept.updated = NOW + Duration::from_secs(5);
    kept.diagnosis.told = Told::One(CauseId::from("idv-4"));
    storage.record_incident(&kept).await.unwrap();
    kept.verdict = Some(verdict);
    assert_eq!(storage.incident(kept.occurrence).await.unwrap(), Some(kept));
}

async fn only_incidents_of_a_known_cause_and_the_same_frame_join_the_library(house: House) {
    let storage = house.open().await;
    let (named, unnamed, unjudged, mut elsewhere) = (incident(NOW), incident(NOW), incident(NOW), incident(NOW));
    elsewhere.fingerprint.as_mut().unwrap().frame = "frame-0".into();
    for one in [&named, &unnamed, &unjudged, &elsewhere] {
        storage.record_incident(one).await.unwrap();
    }
    for (one, cause) in [(&named, Some(cause(4))), (&unnamed, None), (&elsewhere, Some(cause(4)))] {
        storage.judge_incident(one.occurrence, &verdict(cause)).await.unwrap();
    }
    let known = storage.known_incidents("frame-1", 10).await.unwrap();
    assert_eq!(known.iter().map(|one| one.occurrence).collect::<Vec<_>>(), [named.occurrence]);
    storage.judge_incident(named.occurrence, &verdict(None)).await.unwrap();
    assert_eq!(storage.known_incidents("frame-1", 10).await.unwrap(), [], "a verdict may be taken back");
}

async fn old_incidents_are_forgotten_unless_somebody_has_judged_them(house: House) {
    let storage = house.open().await;
    let (old, judged, young) = (incident(NOW), incident(NOW), incident(NOW + Duration::from_secs(10)));
    for one in [&old, &judged, &young] {
        storage.record_incident(one).await.unwrap();
    }
    storage.judge_incident(judged.occurrence, &verdict(None)).await.unwrap();
    assert_eq!(storage.forget_incidents(NOW + Duration::from_secs(10)).await.unwrap(), 1);
    let left: Vec<_> = storage.incidents(9).await.unwrap().into_iter().map(|one| one.occurrence).collect();
    assert_eq!(left, [young.occurrence, judged.occurrence]);
}

async fn what_began_under_an_alarm_is_found_by_its_occurrence(house: House) {
    let storage = house.open().await;
    let first = incident(NOW);
    let under = CalledBy::LaterOnset { under: first.occurrence };
    let [mut second, mut third, mut alike, mut advice] = [1, 2, 3, 4].map(|n| incident(NOW + Duration::from_secs(n)));
    (second.called_by, third.called_by) = (under.clone(), under);
    third.began = second.began + Duration::from_secs(60);
    let similar = SimilarIncident { incident: first.occurrence.to_string(), cause: None, distance: 1.0, own: true };
    alike.diagnosis.similar = vec![similar];
    advice.called_by = CalledBy::Advisory { chart: "slow".into() };
    for one in [&first, &third, &second, &alike, &advice] {
        storage.record_incident(one).await.unwrap();
    }
    assert_eq!(storage.incidents_under(first.occurrence).await.unwrap(), [second, third], "the oldest first");
    assert_eq!(storage.incident(advice.occurrence).await.unwrap().as_ref(), Some(&advice));
    assert_eq!(storage.incidents_under(advice.occurrence).await.unwrap(), []);
}
