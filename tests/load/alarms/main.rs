//! A plant with very many alarms under load: how long it takes to load, how many transitions a second it sustains from the
//! alarm desk through the journal to a subscriber of the API, and how long a client waits that comes back.
//!
//! `scripts/load-alarms` runs it; `docs/how-to/measure-alarm-load.md` says what the lines mean. Conditions are told to the
//! desk's own door, as limit charts do; everything behind it is the platform as `tep serve` builds it.

#![allow(clippy::unwrap_used, reason = "all of this is tests; the lint sees only functions that are marked so")]

mod plant_file;
mod site;
mod subscriber;

use std::collections::HashSet;
use std::env;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tep::actors::AlarmDesk;
use tep::actors::elsewhere::Door;
use tep::config::plant;
use tep::domain::{AlarmDefinition, ConditionReport, Plant, SourceTime};

use site::Site;
use subscriber::{Heard, Subscriber};

/// That of the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Conditions that are told at once, before the driver looks at the clock again.
const TOGETHER: usize = 50;
/// So far ahead of its reader the driver goes, with the feed remembering twice as many events.
const AHEAD_MAX: usize = 5_000;
/// What is to be reached.
const LOAD_MAX: Duration = Duration::from_secs(3);
const RATE_MIN: f64 = 5_000.0;
const RESYNC_MAX: Duration = Duration::from_secs(2);
/// How often a client comes back in the same way.
const RESYNCS: usize = 3;

fn number(name: &str, usual: usize) -> usize {
    match env::var(name) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{name} is a number, not {text:?}")),
        Err(_) => usual,
    }
}

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let kept = runtime.block_on(measure());
    assert!(kept, "at least one figure is worse than what was promised");
}

async fn measure() -> bool {
    let alarms = number("LOAD_ALARMS", 100_000);
    let rate = number("LOAD_RATE", 5_000);
    let seconds = number("LOAD_SECONDS", 20);
    let standing = number("LOAD_STANDING", 3_000);
    // What an operator's log costs is part of it; the lines go where the script sends them.
    tep::telemetry::init_logging("info", tep::telemetry::Lines::Text).expect("a log");
    let mut table = Table::default();

    let text = plant_file::of(alarms);
    let begun = Instant::now();
    let plant = Arc::new(plant::parse(&text, "load.toml").expect("a plant"));
    let parsed = begun.elapsed();
    table.line(
        "plant file",
        format!("{:.1} MB, {} tags, {} alarms", text.len() as f64 / 1e6, plant.tags.len(), plant.alarms.len()),
    );
    table.limit("read and checked in", parsed, LOAD_MAX);
    drop(text);

    let home = tempfile::tempdir().expect("a directory");
    let database = site::database().await;
    let (site, started) = start(&plant, &home, database.as_deref()).await;
    table.line("database", site.storage().describe().split(' ').next().unwrap_or_default().to_owned());
    table.limit("desk opened, nothing known of any alarm", started, LOAD_MAX);

    let entered = site.register_is_entered(&plant).await;
    table.line(
        "first entries of its register written, once in its life, s after that",
        format!("{:.1}", entered.as_secs_f64()),
    );

    let mut driver = Driver::of(&plant, site.desk().await);
    let subscriber = Subscriber::attach(&site, None).await;
    let busy = processor_seconds();
    let sustained = driver.drive(rate, seconds * rate, None).await;
    let heard = subscriber.heard_through(driver.told).await;
    let written = site.journal_reaches(driver.told).await;
    let took = sustained.begun.elapsed();
    table.line("sustained: transitions", format!("{} at {rate}/s for {seconds} s", driver.told));
    table.rate("sustained: told to the subscriber and written", driver.told, took);
    table.lags("sustained: lag of the subscriber", &heard);
    let share = (processor_seconds() - busy) / took.as_secs_f64() / 2.0;
    table.line("sustained: processor time, of two cores", format!("{:.0} %", share * 100.0));
    table.line("sustained: journal behind the last told by", format!("{:.0} ms", written.as_secs_f64() * 1e3));

    let before = driver.told;
    let burst = driver.drive(usize::MAX, seconds * rate, Some(&subscriber)).await;
    subscriber.heard_through(driver.told).await;
    site.journal_reaches(driver.told).await;
    table.line(
        "as fast as it goes",
        format!("{:.0}/s", (driver.told - before) as f64 / burst.begun.elapsed().as_secs_f64()),
    );
    driver.only_stand(standing, &subscriber).await;
    site.journal_reaches(driver.told).await;
    subscriber.heard_through(driver.told).await;
    let at = subscriber.cursor_at(driver.told.saturating_sub(9_000));
    let older = subscriber.cursor_at(driver.told.saturating_sub(12_000));
    drop(subscriber);
    for (what, since) in
        [("a fresh list", None), ("9,000 events behind, from the feed", at), ("12,000 events behind", older)]
    {
        let mut took = Duration::ZERO;
        let mut listed = 0;
        for _ in 0..RESYNCS {
            let begun = Instant::now();
            let back = Subscriber::attach(&site, since).await;
            back.is_level_with(driver.told).await;
            took = took.max(begun.elapsed());
            listed = back.listed();
        }
        let what = if listed > 0 { format!("{what} of {listed} alarms, {standing} active") } else { what.to_owned() };
        table.limit(&format!("resync, the slowest of {RESYNCS}: {what}"), took, RESYNC_MAX);
    }
    table.line("resident memory", format!("{} MiB", resident_mib()));
    site.stop().await;

    let (site, started) = start(&plant, &home, database.as_deref()).await;
    table.limit("started again: facts of every alarm read", started, LOAD_MAX);
    let register = site.register_is_read().await;
    table.line("started again: its whole register read, s after that", format!("{:.1}", register.as_secs_f64()));
    table.line("known alarms at the start", site.known_alarms().await.to_string());
    site.stop().await;
    table.kept
}

/// Until the desk answers with every alarm.
async fn start(plant: &Arc<Plant>, home: &TempDir, database: Option<&str>) -> (Site, Duration) {
    let storage = site::storage(plant, home, database).await;
    let begun = Instant::now();
    let site = Site::start(plant, storage).await;
    let snapshot = site.desk().await.snapshot().await.expect("the desk answers");
    assert_eq!(snapshot.alarms.len(), plant.alarms.len());
    (site, begun.elapsed())
}

struct Drive {
    begun: Instant,
}

/// Tells the desk of conditions, one alarm after the other: each comes, and goes when its turn comes again.
struct Driver {
    desk: AlarmDesk,
    alarms: Vec<Arc<AlarmDefinition>>,
    active: Vec<bool>,
    next: usize,
    told: usize,
}

impl Driver {
    fn of(plant: &Plant, desk: Door<AlarmDesk>) -> Self {
        let Door::Here(desk) = desk else { panic!("the plant runs here") };
        // Those that say more hide others, which would be transitions of their own that nobody here counts.
        let hiding: HashSet<_> = plant.eclipses.iter().map(|eclipse| &eclipse.by).collect();
        let told = |alarm: &&Arc<AlarmDefinition>| alarm.tag.is_some() && !hiding.contains(&alarm.id);
        let alarms: Vec<_> = plant.alarms.iter().filter(told).cloned().collect();
        let active = vec![false; alarms.len()];
        Self { desk, alarms, active, next: 0, told: 0 }
    }

    /// So many transitions at so many a second; with somebody to wait for, never so many ahead of them that they are lost.
    async fn drive(&mut self, rate: usize, count: usize, waits_for: Option<&Subscriber>) -> Drive {
        let begun = Instant::now();
        let mut done = 0;
        while done < count {
            for _ in 0..TOGETHER.min(count - done) {
                self.turn(self.next);
                self.next = (self.next + 1) % self.alarms.len();
                done += 1;
            }
            let due = begun + Duration::from_secs_f64(done as f64 / rate as f64);
            tokio::time::sleep_until(due.into()).await;
            if let Some(subscriber) = waits_for {
                subscriber.is_level_with(self.told.saturating_sub(AHEAD_MAX)).await;
            }
        }
        Drive { begun }
    }

    /// Lets everything go but so many.
    async fn only_stand(&mut self, standing: usize, subscriber: &Subscriber) {
        for at in 0..self.alarms.len() {
            if self.active[at] != (at < standing) {
                self.turn(at);
                subscriber.is_level_with(self.told.saturating_sub(AHEAD_MAX)).await;
            }
        }
    }

    fn turn(&mut self, at: usize) {
        self.active[at] = !self.active[at];
        self.told += 1;
        let alarm = &self.alarms[at];
        self.desk.condition_changed(ConditionReport {
            alarm: alarm.id.clone(),
            active: Some(self.active[at]),
            severity: alarm.severity,
            source_time: SourceTime::from_micros(self.told as i64 * 1_000),
            scan: self.told as u64,
            value: 91.0,
            limit: 90.0,
            contributions: Vec::new(),
        });
    }
}

/// Prints each line as soon as it is known.
struct Table {
    kept: bool,
}

impl Default for Table {
    fn default() -> Self {
        Self { kept: true }
    }
}

impl Table {
    fn line(&mut self, what: &str, figure: String) {
        println!("| {what} | {figure} |");
    }

    fn limit(&mut self, what: &str, took: Duration, most: Duration) {
        self.kept &= took <= most;
        let mark = if took <= most { "" } else { ", NOT KEPT" };
        self.line(what, format!("{:.2} s (at most {:.0} s{mark})", took.as_secs_f64(), most.as_secs_f64()));
    }

    fn rate(&mut self, what: &str, count: usize, took: Duration) {
        let rate = count as f64 / took.as_secs_f64();
        // The last of a steady flow needs its own way to the end.
        let kept = rate >= RATE_MIN * 0.98;
        self.kept &= kept;
        self.line(what, format!("{rate:.0}/s (at least {RATE_MIN:.0}/s{})", if kept { "" } else { ", NOT KEPT" }));
    }

    fn lags(&mut self, what: &str, heard: &Heard) {
        let at = |share: f64| heard.lag(share).as_secs_f64() * 1e3;
        self.line(what, format!("p50 {:.0} ms, p99 {:.0} ms, most {:.0} ms", at(0.5), at(0.99), at(1.0)));
    }
}

/// Processor time of this process so far, driver and subscriber included.
fn processor_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The name in brackets may hold anything; what follows is counted from behind it.
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|ticks| ticks.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) / 100.0
}

fn resident_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok()).unwrap_or(0) / 1024
}
