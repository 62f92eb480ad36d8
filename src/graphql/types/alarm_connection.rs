//! The list of alarms, page by page.

use std::cmp::Reverse;
use std::sync::Arc;

use async_graphql::{InputObject, SimpleObject};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::{Alarm, AlarmState, PageInfo, Severity};
use crate::domain;
use crate::feed::{AlarmView, Cursor};
use crate::graphql::error::ApiError;

/// Which alarms; without `states` those of the alarm list.
#[derive(InputObject, Clone, Debug, Default)]
pub struct AlarmFilter {
    /// In one of these states.
    states: Option<Vec<AlarmState>>,
    /// Of one of these severities.
    severities: Option<Vec<Severity>>,
    /// Of this unit.
    unit: Option<String>,
    /// Id, title or tag contains this, whatever the case.
    search: Option<String>,
}

impl AlarmFilter {
    fn lets_through(&self, alarm: &AlarmView) -> bool {
        let state = alarm.facts.state();
        let in_state = match &self.states {
            None => state.in_alarm_list(),
            Some(states) => states.contains(&state.into()),
        };
        in_state
            && self.severities.as_ref().is_none_or(|all| all.contains(&alarm.facts.severity.into()))
            && self.unit.as_ref().is_none_or(|unit| alarm.definition.unit.as_ref().is_some_and(|u| u.as_str() == unit))
            && self.search.as_ref().is_none_or(|words| mentions(alarm, words))
    }
}

fn mentions(alarm: &AlarmView, words: &str) -> bool {
    let words = words.trim().to_lowercase();
    let definition = &alarm.definition;
    let tag = definition.tag.as_ref().map_or("", |tag| tag.as_str());
    [definition.id.as_str(), &definition.title, tag].iter().any(|text| text.to_lowercase().contains(&words))
}

/// One page of the list of alarms: by annunciation, newest first.
#[derive(SimpleObject, Clone)]
pub struct AlarmConnection {
    /// The alarms of this page.
    edges: Vec<AlarmEdge>,
    /// Where the page ends.
    page_info: PageInfo,
    /// How many alarms the filter lets through, on all pages.
    total_count: usize,
    /// For how many of them somebody owes an acknowledgement.
    unacknowledged_count: usize,
    /// Where the stream of alarm events stands; subscribe with `since` from here.
    cursor: String,
}

/// One alarm of a page.
#[derive(SimpleObject, Clone)]
pub struct AlarmEdge {
    /// Pass it as `after` to go on behind this alarm.
    cursor: String,
    /// The alarm.
    node: Alarm,
}

/// What the list is ordered by: newest first, by when it was annunciated or came silently into a group, those never shown last, then by id.
type Key = (Reverse<Option<i64>>, String);

fn key(alarm: &AlarmView) -> Key {
    (Reverse(alarm.facts.shown_since().map(domain::WallTime::as_micros)), alarm.definition.id.to_string())
}

fn cursor_of(key: &Key) -> String {
    let at = key.0.0.map_or_else(|| "-".to_owned(), |micros| micros.to_string());
    URL_SAFE_NO_PAD.encode(format!("{at}|{}", key.1))
}

fn read_cursor(text: &str) -> Option<Key> {
    let decoded = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
    let (at, id) = decoded.split_once('|')?;
    let at = if at == "-" { None } else { Some(at.parse().ok()?) };
    Some((Reverse(at), id.to_owned()))
}

impl AlarmConnection {
    /// The page of `first` alarms after a cursor.
    pub(in crate::graphql) fn page(
        plant: &Arc<domain::Plant>,
        alarms: &[Arc<AlarmView>],
        stream: Cursor,
        filter: &AlarmFilter,
        (first, after): (usize, Option<&str>),
    ) -> Result<Self, ApiError> {
        let wrong = || ApiError::invalid("`after` is not a cursor of this list");
        let after = after.map(|text| read_cursor(text).ok_or_else(wrong)).transpose()?;
        let mut all: Vec<(Key, &Arc<AlarmView>)> =
            alarms.iter().filter(|alarm| filter.lets_through(alarm)).map(|alarm| (key(alarm), alarm)).collect();
        all.sort_by(|(a, _), (b, _)| a.cmp(b));
        let start = after.map_or(0, |after| all.partition_point(|(key, _)| *key <= after));
        let edges: Vec<AlarmEdge> = all[start..]
            .iter()
            .take(first)
            .map(|(key, alarm)| AlarmEdge { cursor: cursor_of(key), node: Alarm::new(plant, alarm) })
            .collect();
        Ok(Self {
            page_info: PageInfo {
                has_next_page: start + edges.len() < all.len(),
                end_cursor: edges.last().map(|edge| edge.cursor.clone()),
            },
            edges,
            total_count: all.len(),
            unacknowledged_count: all.iter().filter(|(_, a)| a.facts.state().owes_acknowledgement()).count(),
            cursor: stream.to_string(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{AlarmDefinition, AlarmFacts, AlarmHandling, Plant, PlantId, WallTime};
    use std::time::Duration;

    fn plant() -> Arc<Plant> {
        Arc::new(Plant {
            id: PlantId::from("p"),
            name: "P".into(),
            scan_period: Duration::from_secs(1),
            lookup: Default::default(),
            stale_after: Duration::from_secs(5),
            units: vec![],
            tags: vec![],
            loops: vec![],
            detectors: vec![],
            alarms: vec![],
            register: domain::RegisterRules::default(),
            suppression_rules: Vec::new(),
            eclipses: Vec::new(),
            first_out: Vec::new(),
            consoles: Vec::new(),
        })
    }

    fn alarm(id: &str, annunciated: Option<i64>) -> Arc<AlarmView> {
        let severity = domain::Severity::High;
        let definition = AlarmDefinition {
            id: id.into(),
            title: format!("Title of {id}"),
            unit: Some("reactor".into()),
            tag: None,
            detector: None,
            severity,
            handling: AlarmHandling::of(severity),
            cause: String::new(),
            consequence: String::new(),
            guidance: String::new(),
            rationale: Default::default(),
            limit: None,
        };
        let facts = AlarmFacts {
            active: annunciated.is_some(),
            acked: annunciated.is_none(),
            annunciated_at: annunciated.map(WallTime::from_micros),
            ..AlarmFacts::quiet(severity)
        };
        Arc::new(AlarmView {
            definition: Arc::new(definition),
            facts,
            value: None,
            limit: None,
            contributions: vec![],
            acknowledged_by: None,
            acknowledged_at: None,
            comment: None,
            put_aside: Default::default(),
        })
    }

    fn page(alarms: &[Arc<AlarmView>], filter: &AlarmFilter, first: usize, after: Option<&str>) -> AlarmConnection {
        AlarmConnection::page(&plant(), alarms, Cursor { epoch: 1, sequence: 0 }, filter, (first, after)).unwrap()
    }

    fn ids(connection: &AlarmConnection) -> Vec<String> {
        connection.edges.iter().map(|edge| read_cursor(&edge.cursor).unwrap().1).collect()
    }

    #[test]
    fn pages_follow_one_another_without_gap_or_overlap() {
        let alarms: Vec<_> = [("a", 5), ("b", 9), ("c", 5), ("d", 1)].map(|(id, at)| alarm(id, Some(at))).into();
        let filter = AlarmFilter::default();
        let first = page(&alarms, &filter, 2, None);
        assert_eq!((ids(&first), first.page_info.has_next_page), (vec!["b".into(), "a".into()], true));
        let second = page(&alarms, &filter, 2, first.page_info.end_cursor.as_deref());
        assert_eq!((ids(&second), second.page_info.has_next_page), (vec!["c".into(), "d".into()], false));
    }

    #[test]
    fn a_page_goes_on_although_its_last_alarm_has_left_the_list() {
        let alarms: Vec<_> = [("a", 5), ("b", 9), ("c", 4)].map(|(id, at)| alarm(id, Some(at))).into();
        let first = page(&alarms, &AlarmFilter::default(), 2, None);
        let without_a = [Arc::clone(&alarms[1]), Arc::clone(&alarms[2])];
        let second = page(&without_a, &AlarmFilter::default(), 2, first.page_info.end_cursor.as_deref());
        assert_eq!(ids(&second), ["c"]);
    }

    #[test]
    fn without_a_filter_only_the_alarm_list_is_shown() {
        let alarms = [alarm("quiet", None), alarm("loud", Some(1))];
        let listed = page(&alarms, &AlarmFilter::default(), 10, None);
        assert_eq!((ids(&listed), listed.total_count, listed.unacknowledged_count), (vec!["loud".into()], 1, 1));
        let normal = AlarmFilter { states: Some(vec![AlarmState::Normal]), ..AlarmFilter::default() };
        assert_eq!(ids(&page(&alarms, &normal, 10, None)), ["quiet"]);
    }

    #[test]
    fn a_search_looks_at_titles_whatever_the_case() {
        let alarms = [alarm("XMEAS_7/HIGH", Some(1)), alarm("XMEAS_8/LOW", Some(1))];
        let filter = AlarmFilter { search: Some("title of xmeas_8".into()), ..AlarmFilter::default() };
        assert_eq!(ids(&page(&alarms, &filter, 10, None)), ["XMEAS_8/LOW"]);
    }

    #[test]
    fn a_foreign_cursor_is_refused() {
        let filter = AlarmFilter::default();
        let refused =
            AlarmConnection::page(&plant(), &[], Cursor { epoch: 1, sequence: 0 }, &filter, (5, Some("nonsense")));
        assert!(refused.is_err());
    }
}
