//! Alarms of detectors are diagnosed beside the way, as long as they stand, by whoever lives.

use std::time::Duration;

use tep::actors::SourceCommand;
use tep::config::SourceConfig;
use tep::domain::{
    AlarmState, CalledBy, Cause, CauseId, ChartRole, DetectorState, Incident, IncidentVerdict, Judgement, Told,
    WallTime,
};

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

#[tokio::test(flavor = "multi_thread")]
async fn a_second_fault_under_an_alarm_that_stands_is_diagnosed_by_itself() {
    let home = Home::new();
    let plant = home.start_with(SourceConfig::Simulator { speed: 1_000.0, seed: 1_431_655_765 }).await;
    let normal = async || (plant.detector().await.state == DetectorState::Normal).then_some(());
    plant.until("a detector that sees", normal).await;
    plant.order(SourceCommand::SetDisturbance { number: 4, active: true }).await;
    let alarm = plant.alarm_reaches("multivariate/VERDICT", AlarmState::Unacknowledged).await;
    let occurrence = alarm.facts.occurrence.expect("it was raised");
    let raised = alarm.facts.raised_at.expect("it was raised");
    let settled = raised + Duration::from_secs(3 * 3_600);
    let later = async || (plant.storage.last_scan().await.ok()??.source_time > settled).then_some(());
    plant.until("three hours under the alarm", later).await;
    let first = plant.storage.incident(occurrence).await.expect("a database").expect("it was diagnosed");
    assert_eq!(first.called_by, CalledBy::Alarm);
    assert_eq!(plant.alarm("multivariate/VERDICT").await.facts.occurrence, Some(occurrence), "the alarm stands");

    plant.order(SourceCommand::SetDisturbance { number: 6, active: true }).await;
    let named = async || {
        let mut under = plant.storage.incidents_under(occurrence).await.ok()?;
        let lost = CauseId::from("idv-6");
        under.retain(|incident| incident.diagnosis.causes.first().is_some_and(|first| first.cause.id == lost));
        under.pop()
    };
    let second = plant.until("a diagnosis of the second fault", named).await;
    assert!(second.diagnosis.window.departed > settled, "{:?}", second.diagnosis.window);
    assert!(second.diagnosis.window.from > raised, "it is seen against what the plant had settled at");
    let roots: Vec<&str> = second.diagnosis.roots.iter().take(3).map(|root| root.tag.as_str()).collect();
    assert!(roots.contains(&"XMEAS_1") || roots.contains(&"XMV_3"), "{roots:?}");
    let first = plant.storage.incident(occurrence).await.expect("a database").expect("it stays");
    assert!(first.diagnosis.window.until < second.diagnosis.window.until, "what came later is not of the first");
    assert_ne!(first.diagnosis.told, Told::One(CauseId::from("idv-6")));

    // Whoever comes after it goes on with the same incidents.
    let count = plant.storage.incidents_under(occurrence).await.expect("a database").len();
    plant.kill("diagnostician:diagnostician").await;
    let anew = async || {
        let again = plant.storage.incident(second.occurrence).await.ok()??;
        (again.diagnosis.window.until > second.diagnosis.window.until).then_some(())
    };
    plant.until("a diagnosis by its successor", anew).await;
    assert_eq!(plant.storage.incidents_under(occurrence).await.expect("a database").len(), count);
    plant.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn advice_of_a_chart_is_diagnosed_and_raises_no_alarm() {
    let home = Home::new();
    let plant = home.start().await;
    let judged = async || Some(plant.detector().await).filter(|told| told.state == DetectorState::Normal);
    let mut told = plant.until("a detector that sees", judged).await;
    let verdict = told.verdict.as_mut().expect("it has judged");
    let slow = verdict.scores.iter_mut().find(|score| score.chart == "slow").expect("a chart that may advise");
    slow.role = ChartRole::Advising;
    let at = verdict.source_time;
    // What the detector says next ends the advice, perhaps before anybody has looked: so it is said until it is heard.
    let heard = async || {
        plant.feed.detectors.publish(told.clone());
        plant.storage.incidents(1).await.ok()?.pop()
    };
    let advice = plant.until("a diagnosis of the advice", heard).await;
    assert_eq!((advice.called_by, advice.began), (CalledBy::Advisory { chart: "slow".into() }, at));
    assert_eq!(advice.alarm.as_str(), "multivariate/VERDICT", "the alarm that was not raised");
    assert_eq!(plant.alarm("multivariate/VERDICT").await.facts.state(), AlarmState::Normal);
    assert!(plant.storage.incidents_under(advice.occurrence).await.expect("a database").is_empty());
    plant.stop().await;
}
