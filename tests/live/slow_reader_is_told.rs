use std::sync::Arc;

use tep::domain::{Quality, Scan, SourceReport, SourceState, SourceTime, WallTime};
use tep::feed::{Cursor, ValuesFrame};

use super::site::{Site, alarm_events};

#[tokio::test]
async fn a_gap_that_nobody_can_close_is_said_and_the_list_comes_afresh() {
    let site = Site::start().await;
    let (_, token) = site.sign_in("vera").await;
    let desk = site.desk_at().await;
    // The journal holds none of these.
    site.publish_alarms(desk, 10_010);
    let second = Cursor { sequence: desk.sequence + 2, ..desk };
    let mut socket = site.socket(&token).await;
    socket.subscribe("a", &alarm_events(Some(&second.to_string()))).await;
    let gap = socket.item("alarmEvents").await;
    assert_eq!((gap["__typename"].as_str(), gap["reason"].as_str()), (Some("Discontinuity"), Some("TOO_OLD")));
    assert_eq!(gap["from"].as_str(), Some(&*second.to_string()));
    assert_eq!(socket.item("alarmEvents").await["__typename"], "AlarmSnapshot");
    site.end().await;
}

fn frame(site: &Site, number: u64) -> ValuesFrame {
    let tags = site.api.plant.tags.len();
    let scan = Scan {
        number,
        source_time: SourceTime::from_micros(0),
        ingest_time: WallTime::from_micros(0),
        values: vec![number as f64; tags],
        qualities: vec![Quality::Good; tags],
    };
    let source = SourceReport {
        kind: "simulator".into(),
        state: SourceState::Running,
        message: None,
        speed: 1.0,
        achieved_speed: 1.0,
        plant_time: None,
        plant_hours: 0.0,
        controllable: true,
    };
    ValuesFrame { scan: Arc::new(scan), source: Arc::new(source), discontinuous: false }
}

#[tokio::test]
async fn values_that_come_too_fast_are_folded_and_counted() {
    let site = Site::start().await;
    let (_, token) = site.sign_in("vera").await;
    let query = "subscription { values(tags: [\"XMEAS_7\"]) { __typename \
                 ... on ValuesBatch { scan snapshot conflated values { tag value quality } } } }";
    let mut socket = site.socket(&token).await;
    socket.subscribe("a", query).await;
    let first = socket.item("values").await;
    assert_eq!(first["snapshot"], true);
    assert_eq!(first["values"].as_array().map(Vec::len), Some(1));
    // Far from the numbers of the running plant, and faster than anybody reads.
    for number in 1_000_000..1_000_100 {
        site.api.feed.values.publish(frame(&site, number));
    }
    let mut conflated = 0;
    loop {
        let batch = socket.item("values").await;
        conflated += batch["conflated"].as_u64().unwrap();
        if batch["scan"] == 1_000_099 {
            break;
        }
    }
    assert!(conflated >= 90, "{conflated}");
    site.end().await;
}
