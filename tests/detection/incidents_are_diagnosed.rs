//! Alarms of detectors are diagnosed beside the way, as long as they stand, by whoever lives.

use tep::actors::SourceCommand;
use tep::domain::{AlarmState, Cause, CauseId, DetectorState, Incident, IncidentVerdict, Judgement, Told, WallTime};

use crate::support::{Home, TestPlant};

async fn incident(plant: &TestPlant, wanted: impl Fn(&Incident) -> bool) -> Incident {
    let found = async || plant.storage.incidents(1).await.ok()?.pop().filter(|incident| wanted(incident));
    plant.until("a diagnosis", found).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_feed_is_named_whoever_diagnoses_it_and_what_people_found_stays() {
    let home = Home::new();
    let plant = home.start().await;
    let normal = async || (plant.detector().await.state == DetectorState::Normal).then_some(());
    plant.until("a detector that sees", normal).await;
    plant.order(SourceCommand::SetDisturbance { number: 6, active: true }).await;
    let alarm = plant.alarm_reaches("multivariate/VERDICT", AlarmState::Unacknowledged).await;
    let occurrence = alarm.facts.occurrence.expect("it was raised");
    let lost = CauseId::from("idv-6");
    let first = incident(&plant, |incident| incident.diagnosis.told == Told::One(lost.clone())).await;
    assert_eq!((first.occurrence, &first.alarm), (occurrence, &alarm.definition.id));
    let roots: Vec<&str> = first.diagnosis.roots.iter().take(3).map(|root| root.tag.as_str()).collect();
    assert!(roots.contains(&"XMEAS_1") || roots.contains(&"XMV_3"), "{roots:?}");
    assert!(first.diagnosis.window.departed <= first.began, "it left normal operation before anybody was called");
    assert!(first.diagnosis.time_to_trip.is_some_and(|trip| trip.tripped > 0), "{:?}", first.diagnosis.time_to_trip);
    assert!(first.diagnosis.similar.iter().all(|similar| !similar.own));

    // Whoever comes after it finds the alarm that stands, and what the plant did before.
    plant.kill("diagnostician:diagnostician").await;
    let later = |incident: &Incident| {
        incident.updated > first.updated && incident.diagnosis.window.until > first.diagnosis.window.until
    };
    let second = incident(&plant, later).await;
    assert_eq!(second.occurrence, occurrence);

    // What a person has found stays, and an incident is not compared with itself.
    let cause = Cause { id: CauseId::from("leak"), name: "A leak in the A feed".into() };
    let verdict = IncidentVerdict {
        judgement: Judgement::Wrong,
        cause: Some(cause),
        comment: None,
        by: "olga".into(),
        at: WallTime::from_micros(1),
    };
    assert!(plant.storage.judge_incident(occurrence, &verdict).await.expect("a database"));
    let third = incident(&plant, |incident| incident.diagnosis.window.until > second.diagnosis.window.until).await;
    assert_eq!(third.verdict, Some(verdict));
    assert!(third.diagnosis.similar.iter().all(|similar| !similar.own));
    plant.stop().await;
}
