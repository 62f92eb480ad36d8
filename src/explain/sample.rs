//! A small bundle for tests of this floor.

use std::time::Duration;

use super::evidence::{
    AlarmItem, CauseItem, EVIDENCE_FORMAT, Evidence, ModeItem, PassageItem, RelatedItem, ScoreItem, ShareItem, TagItem,
    VerdictItem, Window,
};
use crate::domain::{OccurrenceId, Severity, SourceTime, WallTime};

/// Minutes after midnight of 2026-01-05, plant time.
pub fn minute(minutes: u32) -> SourceTime {
    SourceTime::from_micros(1_767_571_200_000_000) + Duration::from_secs(60) * minutes
}

pub fn tag(tag: &str, name: &str, unit: &str, numbers: [f64; 5], departed: Option<u32>) -> TagItem {
    let [usual, strays, before, now, departure] = numbers;
    TagItem {
        id: format!("tag:{tag}"),
        tag: tag.into(),
        name: name.into(),
        unit_of_measure: unit.into(),
        usual,
        strays,
        before,
        onset: None,
        now,
        departure,
        widening: 1.0,
        departed_at: departed.map(minute),
    }
}

/// The A feed is lost; reactor pressure has just become high.
pub fn evidence() -> Evidence {
    Evidence {
        format: EVIDENCE_FORMAT,
        plant: "tennessee-eastman".into(),
        alarm: AlarmItem {
            id: "alarm".into(),
            alarm: "XMEAS_7/HIGH".into(),
            occurrence: OccurrenceId(uuid::Uuid::from_u128(7)),
            title: "Reactor pressure high".into(),
            unit: Some("Reactor".into()),
            tag: Some("XMEAS_7".into()),
            severity: Severity::High,
            raised_at: minute(632),
            called_at: WallTime::from_micros(1_767_571_200_000_000),
            value: Some(2_896.0),
            limit: Some(2_895.0),
            unit_of_measure: Some("kPa gauge".into()),
            cause: "Purge closed, or a feed is lost.".into(),
            consequence: "A trip at 3000 kPa gauge.".into(),
            guidance: "Look at the purge valve XMV_6.".into(),
        },
        window: Window { from: minute(512), onset: Some(minute(552)), to: minute(632) },
        tags: vec![
            tag("XMEAS_1", "A feed", "kscmh", [0.25, 0.003, 0.251, 0.0, -83.3], Some(552)),
            tag("XMV_3", "A feed valve", "%", [24.6, 1.1, 24.7, 100.0, 68.5], Some(555)),
            tag("XMEAS_7", "Reactor pressure", "kPa gauge", [2_705.0, 6.2, 2_704.0, 2_896.0, 30.8], Some(571)),
            tag("XMEAS_9", "Reactor temperature", "°C", [120.4, 0.02, 120.4, 120.4, 0.1], None),
        ],
        verdicts: vec![VerdictItem {
            id: "verdict:pca".into(),
            detector: "pca".into(),
            at: minute(632),
            in_alarm: true,
            scores: vec![ScoreItem { chart: "T2".into(), statistic: 412.5, limit: 31.2 }],
            contributions: vec![ShareItem { tag: "XMEAS_1".into(), percent: 61.5 }],
        }],
        related: vec![RelatedItem {
            id: "related:1".into(),
            alarm: "XMEAS_1/LOW".into(),
            title: "A feed low".into(),
            tag: Some("XMEAS_1".into()),
            severity: Severity::Medium,
            raised_at: minute(553),
        }],
        mode: ModeItem { id: "mode".into(), state: "running".into(), detail: None },
        actions: Vec::new(),
        roots: Vec::new(),
        causes: vec![cause("idv-6", "A feed lost (step)", 82.0, Some(1)), cause("idv-1", "A/C ratio of stream 4 (step)", 22.0, None)],
        young: false,
        doubt: None,
        passages: vec![PassageItem {
            own: false,
            id: "passage:1".into(),
            anchor: "disturbances/IDV_06#checks-and-actions".into(),
            title: "IDV 6: A feed lost (step): Checks and actions".into(),
            text: "Look at the supply pressure of feed A first. Without A the plant trips within 7 hours. Reduce the product flow."
                .into(),
        }],
        incidents: Vec::new(),
        missing: Vec::new(),
    }
}

fn cause(id: &str, name: &str, percent: f64, place: Option<u32>) -> CauseItem {
    CauseItem {
        id: format!("cause:{id}"),
        name: name.into(),
        percent,
        place,
        possible: false,
        fitting: vec!["XMEAS_1".into(), "XMV_3".into()],
        lacking: Vec::new(),
        alarms: vec!["XMEAS_1/LOW".into()],
        alike: Vec::new(),
        article: format!("disturbances/{}", id.to_uppercase().replace('-', "_0")),
    }
}
