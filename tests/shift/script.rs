//! The fault script of a shift: what goes wrong, and when. It is data with a text form, so that it can be printed, cut down
//! and played again.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use tep::domain::Plant;

use super::chance::Chance;

/// One thing that goes wrong.
#[derive(Clone, Debug, PartialEq)]
pub enum Fault {
    /// An actor ends as by a crash, and its successors too: so many times, each when it is back.
    Crash { path: String, times: u64 },
    /// The same in the midst of work: when the next alarm is told, or the next scan comes from the source.
    Ambush { path: String, at: Moment },
    /// Another program holds the lock of the database.
    LockDatabase { millis: u64 },
    /// The database refuses to write into one table.
    FailWrites { table: Table, millis: u64 },
    /// Somebody sets the clock of the machine; TEP sees it at its next start.
    SetClock { seconds: i64 },
    /// An instrument lies for some scans.
    Corrupt { tag: String, how: Lie, scans: u64 },
    /// The plant runs at many times its speed for a while.
    Burst { speed: u64, millis: u64 },
    /// A subscriber does not read for a while.
    SlowReader { millis: u64 },
    /// A subscriber goes away for a while, and goes on from its cursor.
    LeaveReader { millis: u64 },
    /// No language model answers for a while, each in its own way.
    ModelsOut { millis: u64 },
    /// The vector store does not answer for a while.
    VectorsOut { millis: u64 },
    /// The process is stopped in order and started again.
    Restart,
    /// The process is gone at once, with all that it had not written, and is started again.
    Kill,
    /// A disturbance of the plant is switched.
    Disturb { number: u8, on: bool },
    /// The engineer pauses the plant for a while.
    Pause { millis: u64 },
    /// The engineer starts the plant anew.
    Reset,
}

/// A moment at which mailboxes are full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    Alarm,
    Scan,
}

/// Where the database refuses to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Table {
    Scans,
    Journal,
}

/// How an instrument lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lie {
    /// Not a number.
    NotANumber,
    /// Far outside of every range.
    Absurd,
    /// The same value over and over.
    Stuck,
    /// Nothing at all, and the source says so.
    Missing,
    /// Believable, and just beyond the tag's first limit.
    BeyondLimit,
}

/// A fault and its time, milliseconds since the shift began.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    pub at_ms: u64,
    pub fault: Fault,
}

/// Everything that goes wrong in a shift, in order.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Script(pub Vec<Step>);

/// How long faults may begin, milliseconds of the shift; what follows is calm.
const STORM_MS: u64 = 40_000;

impl Script {
    /// The script of a seed.
    pub fn of_seed(seed: u64, plant: &Plant) -> Self {
        let mut chance = Chance::stream_for(seed, "script");
        // Some shifts are quiet with one fault, some are a mess.
        let faults = *chance.one_of(&[2, 4, 6, 9, 14]);
        let mut steps: Vec<Step> = (0..faults)
            .map(|_| Step { at_ms: chance.between(1_000, STORM_MS), fault: Fault::drawn(&mut chance, plant) })
            .collect();
        // Alarms that come and go all the while, so that there is something to lose.
        for _ in 0..chance.between(3, 9) {
            let (tag, scans) = (drawn_limited_tag(&mut chance, plant), *chance.one_of(&[40, 120, 300, 900, 2_000]));
            let fault = Fault::Corrupt { tag, how: Lie::BeyondLimit, scans };
            steps.push(Step { at_ms: chance.between(500, STORM_MS), fault });
        }
        // Chance of their own: a seed keeps whatever else goes wrong in its shift.
        let mut chance = Chance::stream_for(seed, "outsiders");
        for _ in 0..chance.between(0, 3) {
            let (at_ms, millis) = (chance.between(500, STORM_MS), *chance.one_of(&[1_500, 9_000, 40_000]));
            let fault = if chance.percent(50) { Fault::ModelsOut { millis } } else { Fault::VectorsOut { millis } };
            steps.push(Step { at_ms, fault });
        }
        steps.sort_by_key(|step| step.at_ms);
        Self(steps)
    }

    /// The same script without one of its steps.
    pub fn without(&self, index: usize) -> Self {
        let mut steps = self.0.clone();
        steps.remove(index);
        Self(steps)
    }
}

impl Fault {
    fn drawn(chance: &mut Chance, plant: &Plant) -> Self {
        let while_ms = |chance: &mut Chance| *chance.one_of(&[300, 1_500, 4_000, 9_000]);
        match chance.between(0, 23) {
            20..=23 => Self::Ambush {
                path: drawn_actor(chance, plant),
                at: *chance.one_of(&[Moment::Alarm, Moment::Alarm, Moment::Scan]),
            },
            0..=5 => Self::Crash { path: drawn_actor(chance, plant), times: *chance.one_of(&[1, 1, 1, 2, 5]) },
            6 => Self::LockDatabase { millis: while_ms(chance) },
            7 => Self::FailWrites { table: *chance.one_of(&[Table::Scans, Table::Journal]), millis: while_ms(chance) },
            8 => Self::SetClock { seconds: *chance.one_of(&[-86_400, -3_600, -5, 5, 3_600, 86_400]) },
            9..=12 => Self::Corrupt {
                tag: drawn_tag(chance, plant),
                how: *chance.one_of(&[
                    Lie::BeyondLimit,
                    Lie::BeyondLimit,
                    Lie::BeyondLimit,
                    Lie::NotANumber,
                    Lie::Absurd,
                    Lie::Stuck,
                    Lie::Missing,
                ]),
                scans: *chance.one_of(&[1, 20, 90, 400, 1_000]),
            },
            13 => Self::Burst { speed: 1_000, millis: *chance.one_of(&[200, 800]) },
            14 => Self::SlowReader { millis: while_ms(chance) },
            15 => Self::LeaveReader { millis: while_ms(chance) },
            16 => Self::Restart,
            17 => Self::Kill,
            18 => Self::Disturb { number: *chance.one_of(&[1, 4, 6, 6, 7, 8]), on: chance.percent(70) },
            _ => match chance.between(0, 1) {
                0 => Self::Pause { millis: while_ms(chance) },
                _ => Self::Reset,
            },
        }
    }
}

/// Any actor of the tree, by the end of its path; those that many lean on more often than one of many sensors.
fn drawn_actor(chance: &mut Chance, plant: &Plant) -> String {
    let unit = |chance: &mut Chance| chance.one_of(&plant.units).id.to_string();
    match chance.between(0, 12) {
        0 => "root".into(),
        1 => format!("plant:{}", plant.id),
        2 => "journal writer:journal".into(),
        3 => "historian:historian".into(),
        4 => "publisher:feed".into(),
        5 => "alarm desk:alarms".into(),
        6 => format!("detector:{}", chance.one_of(&plant.detectors).id),
        7 => format!("unit:{}", unit(chance)),
        8 => format!("unit:{}/limit charts:limits", unit(chance)),
        9 => "scan aligner:aligner".into(),
        10 => "source:source".into(),
        11 => "trainer:trainer".into(),
        _ => format!("sensor:{}", chance.one_of(&plant.tags).id),
    }
}

/// A tag that has a limit, mostly: there is more to get wrong.
fn drawn_tag(chance: &mut Chance, plant: &Plant) -> String {
    if chance.percent(80) { drawn_limited_tag(chance, plant) } else { chance.one_of(&plant.tags).id.to_string() }
}

fn drawn_limited_tag(chance: &mut Chance, plant: &Plant) -> String {
    let limited: Vec<_> = plant.tags.iter().filter(|tag| !tag.limits.is_empty()).collect();
    chance.one_of(&limited).id.to_string()
}

/// One step a line: `12.500 crash 2 sensor:XMEAS_7`.
impl fmt::Display for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for step in &self.0 {
            writeln!(f, "{}.{:03} {}", step.at_ms / 1_000, step.at_ms % 1_000, step.fault)?;
        }
        Ok(())
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Crash { path, times } => write!(f, "crash {times} {path}"),
            Self::Ambush { path, at: Moment::Alarm } => write!(f, "ambush alarm {path}"),
            Self::Ambush { path, at: Moment::Scan } => write!(f, "ambush scan {path}"),
            Self::LockDatabase { millis } => write!(f, "lock-database {millis}"),
            Self::FailWrites { table: Table::Scans, millis } => write!(f, "fail-writes scans {millis}"),
            Self::FailWrites { table: Table::Journal, millis } => write!(f, "fail-writes journal {millis}"),
            Self::SetClock { seconds } => write!(f, "set-clock {seconds}"),
            Self::Corrupt { tag, how, scans } => write!(f, "corrupt {} {scans} {tag}", how.name()),
            Self::Burst { speed, millis } => write!(f, "burst {speed} {millis}"),
            Self::SlowReader { millis } => write!(f, "slow-reader {millis}"),
            Self::LeaveReader { millis } => write!(f, "leave-reader {millis}"),
            Self::ModelsOut { millis } => write!(f, "models-out {millis}"),
            Self::VectorsOut { millis } => write!(f, "vectors-out {millis}"),
            Self::Restart => f.write_str("restart"),
            Self::Kill => f.write_str("kill"),
            Self::Disturb { number, on } => write!(f, "disturb {number} {}", if *on { "on" } else { "off" }),
            Self::Pause { millis } => write!(f, "pause {millis}"),
            Self::Reset => f.write_str("reset"),
        }
    }
}

impl Lie {
    const ALL: [Self; 5] = [Self::NotANumber, Self::Absurd, Self::Stuck, Self::Missing, Self::BeyondLimit];

    const fn name(self) -> &'static str {
        match self {
            Self::NotANumber => "not-a-number",
            Self::Absurd => "absurd",
            Self::Stuck => "stuck",
            Self::Missing => "missing",
            Self::BeyondLimit => "beyond-limit",
        }
    }
}

impl FromStr for Script {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        lines
            .map(|line| step(line).ok_or_else(|| format!("not a step of a script: `{line}`")))
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

fn step(line: &str) -> Option<Step> {
    let (at, fault) = line.split_once(' ')?;
    let at_ms = Duration::try_from_secs_f64(at.parse().ok()?).ok()?;
    Some(Step { at_ms: u64::try_from((at_ms + Duration::from_micros(500)).as_millis()).ok()?, fault: parsed(fault)? })
}

fn parsed(text: &str) -> Option<Fault> {
    let (verb, rest) = text.split_once(' ').unwrap_or((text, ""));
    let mut words = rest.splitn(if matches!(verb, "crash" | "ambush") { 2 } else { 3 }, ' ');
    let mut word = || words.next().filter(|word| !word.is_empty());
    Some(match verb {
        "crash" => Fault::Crash { times: word()?.parse().ok()?, path: word()?.to_owned() },
        "ambush" => {
            let at = match word()? {
                "alarm" => Moment::Alarm,
                "scan" => Moment::Scan,
                _ => return None,
            };
            Fault::Ambush { at, path: word()?.to_owned() }
        }
        "lock-database" => Fault::LockDatabase { millis: word()?.parse().ok()? },
        "fail-writes" => {
            let table = match word()? {
                "scans" => Table::Scans,
                "journal" => Table::Journal,
                _ => return None,
            };
            Fault::FailWrites { table, millis: word()?.parse().ok()? }
        }
        "set-clock" => Fault::SetClock { seconds: word()?.parse().ok()? },
        "corrupt" => {
            let how = word()?;
            Fault::Corrupt {
                how: Lie::ALL.into_iter().find(|lie| lie.name() == how)?,
                scans: word()?.parse().ok()?,
                tag: word()?.to_owned(),
            }
        }
        "burst" => Fault::Burst { speed: word()?.parse().ok()?, millis: word()?.parse().ok()? },
        "slow-reader" => Fault::SlowReader { millis: word()?.parse().ok()? },
        "leave-reader" => Fault::LeaveReader { millis: word()?.parse().ok()? },
        "models-out" => Fault::ModelsOut { millis: word()?.parse().ok()? },
        "vectors-out" => Fault::VectorsOut { millis: word()?.parse().ok()? },
        "restart" => Fault::Restart,
        "kill" => Fault::Kill,
        "disturb" => Fault::Disturb { number: word()?.parse().ok()?, on: word()? == "on" },
        "pause" => Fault::Pause { millis: word()?.parse().ok()? },
        "reset" => Fault::Reset,
        _ => return None,
    })
}

#[test]
fn a_script_survives_its_text() {
    let plant = tep::config::plant::built_in();
    for seed in 0..200 {
        let script = Script::of_seed(seed, &plant);
        assert_eq!(script.to_string().parse(), Ok(script));
    }
}

#[test]
fn what_is_no_step_is_refused_with_its_line() {
    for line in ["now kill", "1.0 explode", "1.0 crash", "1.0 corrupt a-little 3 XMEAS_1", "1.0 pause"] {
        let refused = line.parse::<Script>().unwrap_err();
        assert!(refused.contains(line), "{refused}");
    }
}
