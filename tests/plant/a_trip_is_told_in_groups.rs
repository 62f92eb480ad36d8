//! A reactor trip as an operator hears it: few calls, the root among the first, and the rest in groups.

use tep::actors::{AlarmSnapshot, SourceCommand};
use tep::alarms::{AlarmInput, CALLS_MAX, FLOOD_STARTS_ABOVE, FLOOD_WINDOW, Grouping, apply};
use tep::config::SourceConfig;
use tep::config::plant::{PLANT_TRIPPED, built_in, limit_alarm};
use tep::detect::limit::LimitChart;
use tep::domain::{
    ALARM_FLOOD, AlarmFacts, AlarmId, AlarmState, JournalEntry, OccurrenceId, Plant, Quality, SourceTime, WallTime,
};
use tep::ingest::{Next, Source, SourceOrder, SourceStatus, open};
use uuid::Uuid;

use crate::support::Home;

const SEED: u64 = 1_431_655_765;

/// The built-in plant with all its limits and the rules of its alarms, without a runtime. The wall clock goes with the
/// plant's, so many times slower.
struct Watched {
    plant: Plant,
    source: Box<dyn Source>,
    charts: Vec<(usize, AlarmId, LimitChart)>,
    facts: Vec<AlarmFacts>,
    /// Without it every alarm calls by itself, as the rules of its own life want it.
    grouping: Option<Grouping>,
    journal: Vec<JournalEntry>,
    speed: u32,
}

impl Watched {
    fn new(speed: u32, grouped: bool) -> Self {
        let plant = built_in();
        let config = SourceConfig::Simulator { speed: 1.0, seed: SEED };
        let source = open(&config, &plant, None, SourceTime::from_micros(0)).unwrap();
        let charts = plant.tags.iter().enumerate().flat_map(|(at, tag)| {
            tag.limits.iter().map(move |limit| (at, limit_alarm(&tag.id, limit.kind), LimitChart::new(limit.clone())))
        });
        let charts = charts.collect();
        let facts = plant.alarms.iter().map(|alarm| AlarmFacts::quiet(alarm.severity)).collect();
        let grouping = grouped.then(|| Grouping::of(&plant));
        Self { charts, source, facts, grouping, journal: Vec::new(), plant, speed }
    }

    fn disturb(&mut self, number: u8) {
        self.source.control(SourceOrder::SetDisturbance { number, active: true }).unwrap();
    }

    fn condition(&mut self, alarm: &AlarmId, active: bool, at: SourceTime) {
        let position = self.plant.alarms.iter().position(|one| one.id == *alarm).unwrap();
        let (definition, before) = (&self.plant.alarms[position], &self.facts[position]);
        let now = WallTime::from_micros(0) + at.since(SourceTime::from_micros(0)) / self.speed;
        let fresh = OccurrenceId(Uuid::from_u128(self.journal.len() as u128 + 1));
        let input = AlarmInput::Condition { active, severity: definition.severity, at };
        let mut step = apply(before, definition, input, now, fresh).unwrap();
        if let Some(grouping) = &mut self.grouping {
            grouping.decide(definition, before, &mut step, &[], now);
        }
        let Some(transition) = step.transition else { return };
        let entry = JournalEntry {
            epoch: 1,
            sequence: i64::try_from(self.journal.len()).unwrap() + 1,
            alarm: alarm.clone(),
            occurrence: step.facts.occurrence,
            kind: transition.kind,
            from: transition.from,
            to: transition.to,
            facts: step.facts.clone(),
            source_time: at,
            wall_time: now,
            scan: None,
            value: None,
            limit: None,
            by: None,
            comment: None,
            client: None,
            idempotency_key: None,
            contributions: Vec::new(),
        };
        if let Some(grouping) = &mut self.grouping {
            grouping.remember(&entry);
        }
        self.facts[position] = step.facts;
        self.journal.push(entry);
    }

    /// Runs until the plant trips, or for as long as this.
    fn run(&mut self, seconds: usize) {
        let mut at = SourceTime::from_micros(0);
        for _ in 0..seconds {
            if self.source.status() != SourceStatus::Running {
                break;
            }
            let Next::Scan(scan) = self.source.next_scan().unwrap() else { panic!("a simulated plant never ends") };
            at = scan.source_time;
            let heard: Vec<_> = self
                .charts
                .iter_mut()
                .filter_map(|(tag, alarm, chart)| {
                    let change = chart.push(at, scan.values[*tag], Quality::Good)?;
                    Some((alarm.clone(), change.active?))
                })
                .collect();
            for (alarm, active) in heard {
                self.condition(&alarm, active, at);
            }
        }
        if matches!(self.source.status(), SourceStatus::ShutDown { .. }) {
            self.condition(&PLANT_TRIPPED.into(), true, at);
        }
    }
}

fn calls(journal: &[JournalEntry]) -> Vec<&JournalEntry> {
    journal.iter().filter(|entry| entry.is_annunciated()).collect()
}

/// The most of these within any ten minutes.
fn most(of: &[&JournalEntry]) -> usize {
    let near = |one: &JournalEntry, last: &JournalEntry| {
        one.wall_time <= last.wall_time && last.wall_time.since(one.wall_time) < FLOOD_WINDOW
    };
    of.iter().map(|last| of.iter().filter(|one| near(one, last)).count()).max().unwrap_or(0)
}

/// Feed A is lost; everything until the trip follows from it.
const A_FEED_LOST: u8 = 6;
const ROOT: &str = "XMEAS_1/LOW";
/// From the loss to the trip in less than this, plant time.
const HOURS: usize = 8 * 3_600;

fn tripped(speed: u32, grouped: bool) -> Vec<JournalEntry> {
    let mut plant = Watched::new(speed, grouped);
    plant.disturb(A_FEED_LOST);
    plant.run(HOURS);
    assert!(matches!(plant.source.status(), SourceStatus::ShutDown { .. }), "{:?}", plant.source.status());
    plant.journal
}

/// The trip as it must be heard, whoever has written the journal.
fn is_told_in_groups(journal: &[JournalEntry]) {
    let calls = calls(journal);
    assert!(most(&calls) <= CALLS_MAX, "{} calls within ten minutes: {:?}", most(&calls), names(&calls));
    assert!(names(&calls).iter().take(3).any(|alarm| alarm == ROOT), "{:?}", names(&calls));
    for entry in journal.iter().filter(|entry| entry.is_new_alarm() && !entry.is_annunciated()) {
        let leader = entry.facts.group.as_ref().map(|group| group.leader.clone());
        assert!(leader.is_some(), "{} was neither told nor put into a group", entry.alarm);
        assert!(entry.to.owes_acknowledgement(), "{} owes an acknowledgement in its group, too", entry.alarm);
    }
}

fn names(of: &[&JournalEntry]) -> Vec<String> {
    of.iter().map(|entry| entry.alarm.to_string()).collect()
}

fn news(journal: &[JournalEntry]) -> Vec<&JournalEntry> {
    journal.iter().filter(|entry| entry.is_new_alarm()).collect()
}

#[test]
fn at_real_speed_a_trip_calls_for_its_root_first_and_never_floods() {
    let journal = tripped(1, true);
    is_told_in_groups(&journal);
    assert_eq!(names(&calls(&journal)).first().map(String::as_str), Some(ROOT));
    assert!(news(&journal).len() > calls(&journal).len(), "something has joined a group");
}

/// Six hours of the plant in six minutes are a flood for whoever sits before it.
#[test]
fn the_same_trip_in_six_minutes_is_a_flood_that_is_told_in_groups() {
    let without = tripped(60, false);
    assert!(most(&calls(&without)) > CALLS_MAX, "without groups there are too many: {:?}", names(&calls(&without)));
    let journal = tripped(60, true);
    assert!(most(&news(&journal)) > FLOOD_STARTS_ABOVE);
    is_told_in_groups(&journal);
    let led: Vec<_> =
        journal.iter().filter_map(|entry| entry.facts.group.as_ref()).map(|group| &group.leader).collect();
    assert!(led.len() >= 6 && led.iter().all(|leader| leader.as_str() == ROOT), "one root, one group: {led:?}");
    let heard = names(&calls(&journal));
    for must_be_heard in ["XMEAS_7/HIGH_HIGH", PLANT_TRIPPED] {
        assert!(heard.iter().any(|alarm| alarm == must_be_heard), "{must_be_heard} is not in {heard:?}");
    }
}

/// The whole platform, with its own clock: six hours of the plant in less than half a minute.
#[tokio::test(flavor = "multi_thread")]
async fn a_flood_is_told_in_groups_by_the_running_platform_and_survives_its_restart() {
    let home = Home::new();
    let source = SourceConfig::Simulator { speed: 2_000.0, seed: SEED };
    let plant = home.start_with(source.clone()).await;
    plant.order(SourceCommand::SetDisturbance { number: A_FEED_LOST, active: true }).await;
    plant.alarm_reaches(PLANT_TRIPPED, AlarmState::Unacknowledged).await;
    plant.alarm_reaches(ALARM_FLOOD, AlarmState::Unacknowledged).await;
    let before = plant.doors().await.alarm_desk.snapshot().await.unwrap();
    assert!(before.flood.since.is_some() && before.flood.count > FLOOD_STARTS_ABOVE as u64, "{:?}", before.flood);
    plant.stop().await;
    let plant = home.start_with(source).await;
    let after = plant.doors().await.alarm_desk.snapshot().await.unwrap();
    assert_eq!(after.flood.since, before.flood.since, "the flood goes on");
    let groups = |snapshot: &AlarmSnapshot| -> Vec<_> {
        snapshot.alarms.iter().map(|view| (view.definition.id.clone(), view.facts.group.clone())).collect()
    };
    assert_eq!(groups(&after), groups(&before), "and so do the groups");
    let rows = plant.storage.journal_since(WallTime::from_micros(0), 10_000).await.unwrap();
    is_told_in_groups(&rows);
    assert!(most(&news(&rows)) > FLOOD_STARTS_ABOVE);
    plant.stop().await;
}
