//! Seeded shifts: the whole platform in one process, an operator, an engineer, and everything that can go wrong. A shift
//! that breaks a rule prints its seed and is played again by it; see `docs/how-to/replay-a-shift.md`.

mod chance;
mod checker;
mod faults;
mod life;
mod outsiders;
mod people;
mod play;
mod record;
mod script;
mod stage;
mod tampered;

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::panic::catch_unwind;
use std::time::{Duration, Instant};

use play::{play, report, shrunk};
use script::Script;

/// Played whenever all tests are: of the first hundreds, those with most of what can go wrong in them.
const SEEDS: [u64; 4] = [3, 4, 103, 105];

/// Played with and without those who are asked from outside.
const OUTAGE: u64 = 7;

/// Played twice: with a crash, restarts and a kill.
const TWICE: u64 = 105;

fn number(name: &str) -> Option<u64> {
    let text = env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} is a number, not {text:?}")))
}

/// Plays one shift; what there is to tell when it broke a rule.
fn play_and_tell(seed: u64) -> Option<String> {
    let script = match env::var("TEP_TEST_SHIFT_SCRIPT") {
        Ok(file) => fs::read_to_string(&file).unwrap_or_else(|e| panic!("{file}: {e}")).parse().unwrap(),
        Err(_) => Script::of_seed(seed, &life::plant()),
    };
    let Ok(outcome) = catch_unwind(|| play(seed, &script)) else {
        return Some(format!(
            "\nThe shift of seed {seed} could not be played to its end; see above. The script:\n{script}"
        ));
    };
    println!("seed {seed}: {} faults, {}", script.0.len(), outcome.record.summary());
    if env::var("TEP_TEST_SHIFT_TELL").is_ok() {
        println!("{script}\n{}", outcome.record.story());
    }
    let violation = outcome.violation.as_ref()?;
    let mut told = report(seed, &script, &outcome);
    println!("{told}");
    let (shorter, again) = shrunk(seed, &script, violation);
    if shorter.0.len() < script.0.len() && again.violation.is_some() {
        told = format!("{told}\nThe same with fewer faults:\n{}", report(seed, &shorter, &again));
    }
    Some(told)
}

/// Seeds and scripts that once broke a rule, each with what was wrong.
const ONCE_BROKEN: [(&str, u64, &str); 3] = [
    (
        "a journal writer that crashed took along what the database had not taken yet",
        1,
        "4.0 corrupt beyond-limit 3000 XMEAS_7
         4.0 corrupt beyond-limit 3000 XMEAS_1
         4.5 fail-writes journal 6000
         6.5 crash 1 journal writer:journal",
    ),
    (
        "an alarm of the runtime's own stood for ever when the process was killed in the midst of the trouble",
        1,
        "4.0 fail-writes scans 9000
         7.0 kill",
    ),
    (
        "what a publisher that crashed had not passed on was never told, not even as a discontinuity",
        1086,
        "3.783 crash 5 detector:multivariate
         7.158 set-clock 5
         10.695 corrupt beyond-limit 300 XMEAS_22
         16.003 corrupt beyond-limit 2000 XMV_11
         19.530 pause 4000
         20.925 corrupt beyond-limit 120 XMV_7
         22.083 corrupt beyond-limit 2000 XMEAS_40
         31.567 corrupt beyond-limit 40 XMEAS_8
         31.662 slow-reader 9000
         31.790 crash 5 historian:historian
         32.818 corrupt beyond-limit 40 XMV_9
         33.775 corrupt beyond-limit 300 XMV_9
         34.989 corrupt beyond-limit 2000 XMEAS_10
         39.012 ambush scan publisher:feed",
    ),
];

#[test]
fn what_once_broke_a_rule_does_not_any_more() {
    for (what, seed, script) in ONCE_BROKEN {
        let script: Script = script.parse().unwrap();
        let outcome = play(seed, &script);
        assert!(outcome.violation.is_none(), "{what}:\n{}", report(seed, &script, &outcome));
    }
}

/// The same shift twice: with models and a vector store that answer, and with all of them away from the first second to the
/// last. Alarms, scans and what every subscriber gets come at the same millisecond.
#[test]
fn an_outage_of_every_model_and_of_the_vector_store_delays_nothing() {
    let others = "2.0 disturb 6 on
                  3.0 corrupt beyond-limit 600 XMEAS_7
                  5.0 corrupt beyond-limit 900 XMEAS_9
                  8.0 corrupt beyond-limit 300 XMV_10
                  9.0 slow-reader 4000
                  12.0 crash 1 publisher:feed
                  16.0 leave-reader 3000
                  20.0 corrupt beyond-limit 900 XMEAS_12
                  26.0 restart
                  30.0 corrupt beyond-limit 600 XMEAS_15";
    let away = "0.1 models-out 3600000
                0.1 vectors-out 3600000";
    let [there, out] = [others.to_owned(), format!("{away}\n{others}")].map(|script| {
        let script: Script = script.parse().unwrap();
        let outcome = play(OUTAGE, &script);
        assert!(outcome.violation.is_none(), "{}", report(OUTAGE, &script, &outcome));
        outcome
    });
    assert!(there.asked.answered > 3 && there.asked.found > 3, "{:?}", there.asked);
    assert!(out.asked.answered == 0 && out.asked.unanswered > 3 && out.asked.found == 0, "{:?}", out.asked);
    assert!(out.asked.not_found > 3, "{:?}", out.asked);
    let (there, out) = (streams(&there), streams(&out));
    assert_eq!(there.keys().collect::<Vec<_>>(), out.keys().collect::<Vec<_>>());
    for (stream, lines) in &there {
        for (line, (a, b)) in lines.iter().zip(&out[stream]).enumerate() {
            assert_eq!(a, b, "line {line} of {stream}");
        }
        assert_eq!(lines.len(), out[stream].len(), "{stream}");
    }
    assert!(
        there["told"].len() > 5 && there["steady"].len() > 5 && there["values"].len() > 1_000,
        "something happened"
    );
}

/// What was seen, each stream and each subscriber for itself: which of two is woken first in the same millisecond is no delay.
fn streams(outcome: &play::Outcome) -> BTreeMap<String, Vec<String>> {
    let mut streams: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in outcome.record.deterministic_story() {
        if line.contains("FAULT models-out") || line.contains("FAULT vectors-out") {
            continue;
        }
        let who = line.split_whitespace().nth(3).unwrap_or_default().trim_end_matches(':').to_owned();
        streams.entry(who).or_default().push(line);
    }
    streams
}

#[test]
fn the_same_seed_tells_the_same_story() {
    let script = Script::of_seed(TWICE, &life::plant());
    let [one, other] = [(), ()].map(|()| play(TWICE, &script).record.deterministic_story());
    for (line, (a, b)) in one.iter().zip(&other).enumerate() {
        assert_eq!(a, b, "line {line} of the story");
    }
    assert_eq!(one.len(), other.len());
    assert!(one.len() > 1_000, "there is something to tell");
}

#[test]
fn a_shift_breaks_no_rule() {
    let seeds = match (number("TEP_TEST_SHIFT_SEED"), number("TEP_TEST_SHIFT_COUNT")) {
        (None, None) => SEEDS.to_vec(),
        (seed, count) => (seed.unwrap_or(1)..).take(count.unwrap_or(1) as usize).collect(),
    };
    let until = number("TEP_TEST_SHIFT_MINUTES").map(|minutes| Instant::now() + Duration::from_secs(60 * minutes));
    let mut broken = Vec::new();
    for seed in seeds {
        if until.is_some_and(|until| Instant::now() > until) {
            break;
        }
        broken.extend(play_and_tell(seed).map(|told| (seed, told)));
    }
    let seeds: Vec<u64> = broken.iter().map(|(seed, _)| *seed).collect();
    let told: String = broken.into_iter().map(|(_, told)| told).collect();
    assert!(seeds.is_empty(), "{told}\nseeds that broke a rule: {seeds:?}");
}
