//! Who lives: a deadline on the silence of each peer. Pure: time is passed in, as the span since some common start.
//!
//! `ractor_cluster` has no such deadline: a process that is frozen keeps its sockets, and its actors would stay listed
//! until somebody tried to write enough to it. A deadline that is fixed was preferred to one that learns (φ accrual): beats
//! come four times a second from every node, so the spread that a learned one would learn is the load of a machine.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::domain::NodeName;

/// How often each node is heard of, and how much silence is believed to be its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rhythm {
    /// Between two beats.
    pub beat: Duration,
    /// Silence that is worth a word.
    pub suspect_after: Duration,
    /// Silence that is taken for the end of the peer.
    pub gone_after: Duration,
}

impl Default for Rhythm {
    fn default() -> Self {
        Self {
            beat: Duration::from_millis(250),
            suspect_after: Duration::from_millis(1000),
            gone_after: Duration::from_millis(2000),
        }
    }
}

/// What is believed of a peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Life {
    /// Heard of lately.
    Alive,
    /// Silent for longer than beats can be late.
    Suspected,
    /// Silent for so long that it is taken for dead.
    Gone,
}

/// When each peer was last heard of.
#[derive(Clone, Debug)]
pub struct Pulses {
    rhythm: Rhythm,
    peers: BTreeMap<NodeName, Pulse>,
    looked: Option<Duration>,
}

#[derive(Clone, Copy, Debug)]
struct Pulse {
    heard: Duration,
    life: Life,
}

impl Pulses {
    /// Nobody is known yet.
    pub fn new(rhythm: Rhythm) -> Self {
        Self { rhythm, peers: BTreeMap::new(), looked: None }
    }

    /// A peer that is new or was heard of.
    pub fn heard(&mut self, node: &NodeName, now: Duration) {
        match self.peers.get_mut(node) {
            Some(pulse) => pulse.heard = pulse.heard.max(now),
            None => drop(self.peers.insert(node.clone(), Pulse { heard: now, life: Life::Alive })),
        }
    }

    /// Whether a peer was heard of within the time that a beat may be late.
    pub fn is_fresh(&self, node: &NodeName, now: Duration) -> bool {
        self.peers.get(node).is_some_and(|pulse| now.saturating_sub(pulse.heard) < self.rhythm.suspect_after)
    }

    /// A peer that is no longer waited for.
    pub fn forget(&mut self, node: &NodeName) {
        self.peers.remove(node);
    }

    /// How long each peer has been silent.
    pub fn silences(&self, now: Duration) -> impl Iterator<Item = (&NodeName, Duration)> {
        self.peers.iter().map(move |(node, pulse)| (node, now.saturating_sub(pulse.heard)))
    }

    /// Looks at all peers, once a beat, and tells whose life is judged otherwise than before, with the silence.
    ///
    /// A look that comes late means that this node itself was held up: what the others said meanwhile still waits at the
    /// door, so the time of the absence is not counted as their silence.
    pub fn look(&mut self, now: Duration) -> Vec<(NodeName, Life, Duration)> {
        let absent = self.looked.map_or(Duration::ZERO, |looked| now.saturating_sub(looked + 2 * self.rhythm.beat));
        self.looked = Some(now);
        let rhythm = self.rhythm;
        let mut changed = Vec::new();
        for (node, pulse) in &mut self.peers {
            pulse.heard = (pulse.heard + absent).min(now);
            let silence = now - pulse.heard;
            let life = rhythm.judge(silence);
            if life != pulse.life {
                pulse.life = life;
                changed.push((node.clone(), life, silence));
            }
        }
        changed
    }
}

impl Rhythm {
    fn judge(self, silence: Duration) -> Life {
        if silence >= self.gone_after {
            Life::Gone
        } else if silence >= self.suspect_after {
            Life::Suspected
        } else {
            Life::Alive
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    /// Looks every beat until `until`, while `node` beats as long as `beats` says so.
    fn watch(pulses: &mut Pulses, from: u64, until: u64, beats: impl Fn(u64) -> bool) -> Vec<(u64, Life)> {
        let node = NodeName::from("b");
        let mut seen = Vec::new();
        for at in (from..=until).step_by(250) {
            if beats(at) {
                pulses.heard(&node, ms(at));
            }
            seen.extend(pulses.look(ms(at)).into_iter().map(|(_, life, _)| (at, life)));
        }
        seen
    }

    #[test]
    fn a_peer_that_falls_silent_is_suspected_and_then_gone_within_two_seconds() {
        let mut pulses = Pulses::new(Rhythm::default());
        let seen = watch(&mut pulses, 0, 6000, |at| at <= 1000);
        assert_eq!(seen, [(2000, Life::Suspected), (3000, Life::Gone)]);
    }

    #[test]
    fn a_peer_that_speaks_again_in_time_is_alive_again() {
        let mut pulses = Pulses::new(Rhythm::default());
        let seen = watch(&mut pulses, 0, 4000, |at| !(500..2000).contains(&at));
        assert_eq!(seen, [(1250, Life::Suspected), (2000, Life::Alive)]);
    }

    #[test]
    fn beats_that_are_a_little_late_are_no_news() {
        let mut pulses = Pulses::new(Rhythm::default());
        assert_eq!(watch(&mut pulses, 0, 8000, |at| at % 750 == 0), []);
    }

    #[test]
    fn a_node_that_was_held_up_itself_blames_nobody() {
        let mut pulses = Pulses::new(Rhythm::default());
        assert_eq!(watch(&mut pulses, 0, 1000, |_| true), []);
        // Nine seconds asleep; the beats of the peer are read only after the first look.
        assert_eq!(pulses.look(ms(10_000)), []);
        assert_eq!(watch(&mut pulses, 10_250, 11_000, |_| true), []);
        // But a peer that stays silent from then on is found out as ever.
        let seen = watch(&mut pulses, 11_250, 14_000, |_| false);
        assert_eq!(seen, [(12_000, Life::Suspected), (13_000, Life::Gone)]);
    }

    #[test]
    fn a_peer_that_is_forgotten_is_not_told_of_again() {
        let mut pulses = Pulses::new(Rhythm::default());
        watch(&mut pulses, 0, 500, |_| true);
        pulses.forget(&"b".into());
        assert_eq!(watch(&mut pulses, 750, 5000, |_| false), []);
        assert!(!pulses.is_fresh(&"b".into(), ms(5000)));
    }
}
