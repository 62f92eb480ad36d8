//! Which of several meetings with one peer may become the line. Decides; the link does. Time is passed in.
//!
//! Two nodes that call each other at once hold two meetings, and each node may hear of them in another order. If both became
//! lines, the runtime would end one of them, and until it has heard so a node would send into the dead one. So the call of
//! the node with the earlier name gives way at once to the other call, and that one waits for it, should it have come first:
//! either way one line is left, and nobody waits for somebody who waits.

use std::time::Duration;

use uuid::Uuid;

use crate::cluster::hello::{Introduction, Side};
use crate::domain::NodeName;

/// A meeting that was not reported by then was lost with its task.
const OVER_WITHIN: Duration = Duration::from_secs(10);

/// What becomes of a meeting for now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// No other stands in its way.
    Go,
    /// Another with the same peer is to end first.
    Wait,
    /// Another with the same peer goes before it.
    GiveWay,
}

struct Meeting {
    id: Uuid,
    boot: Uuid,
    side: Side,
    since: Duration,
}

/// The meetings that may still become lines.
pub(super) struct Meetings {
    me: NodeName,
    under_way: Vec<Meeting>,
}

impl Meetings {
    pub fn new(me: NodeName) -> Self {
        Self { me, under_way: Vec::new() }
    }

    /// The turn of a meeting in which this node is on `side`; it counts as under way once it may go.
    pub fn turn(&mut self, id: Uuid, peer: &Introduction, side: Side, now: Duration) -> Turn {
        self.under_way.retain(|meeting| now.saturating_sub(meeting.since) < OVER_WITHIN);
        let Some(other) = self.under_way.iter().find(|meeting| meeting.boot == peer.boot && meeting.id != id) else {
            self.under_way.push(Meeting { id, boot: peer.boot, side, since: now });
            return Turn::Go;
        };
        let later_name_calls = (side == Side::Caller) == (self.me > peer.node);
        let first = if other.side == side { side == Side::Called } else { later_name_calls };
        if first { Turn::Wait } else { Turn::GiveWay }
    }

    /// A meeting has ended, or has become a line.
    pub fn over(&mut self, id: Uuid) {
        self.under_way.retain(|meeting| meeting.id != id);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::cluster::hello::tests::introduction;

    const NOW: Duration = Duration::ZERO;

    #[test]
    fn the_call_of_the_earlier_name_gives_way_and_the_other_waits() {
        let (ours, theirs, peer) = (Uuid::now_v7(), Uuid::now_v7(), introduction("b"));
        let mut meetings = Meetings::new("a".into());
        assert_eq!(meetings.turn(theirs, &peer, Side::Called, NOW), Turn::Go);
        assert_eq!(meetings.turn(ours, &peer, Side::Caller, NOW), Turn::GiveWay);
        let mut meetings = Meetings::new("a".into());
        assert_eq!(meetings.turn(ours, &peer, Side::Caller, NOW), Turn::Go);
        assert_eq!(meetings.turn(theirs, &peer, Side::Called, NOW), Turn::Wait);
        meetings.over(ours);
        assert_eq!(meetings.turn(theirs, &peer, Side::Called, NOW), Turn::Go);
    }

    #[test]
    fn other_peers_and_other_lives_of_a_peer_are_nobodys_business() {
        let mut meetings = Meetings::new("a".into());
        assert_eq!(meetings.turn(Uuid::now_v7(), &introduction("b"), Side::Caller, NOW), Turn::Go);
        assert_eq!(meetings.turn(Uuid::now_v7(), &introduction("c"), Side::Caller, NOW), Turn::Go);
        assert_eq!(meetings.turn(Uuid::now_v7(), &introduction("b"), Side::Caller, NOW), Turn::Go);
    }

    #[test]
    fn a_meeting_that_is_never_reported_blocks_nobody_for_long() {
        let (peer, mut meetings) = (introduction("b"), Meetings::new("a".into()));
        assert_eq!(meetings.turn(Uuid::now_v7(), &peer, Side::Caller, NOW), Turn::Go);
        assert_eq!(meetings.turn(Uuid::now_v7(), &peer, Side::Called, NOW), Turn::Wait);
        assert_eq!(meetings.turn(Uuid::now_v7(), &peer, Side::Called, OVER_WITHIN), Turn::Go);
    }

    /// One end of one meeting.
    #[derive(Clone, Copy, Debug, Default, PartialEq)]
    struct End {
        asked: bool,
        verdict: Option<bool>,
        over: bool,
    }

    proptest! {
        /// Two nodes with several calls at once, in whatever order things happen: one line, and nobody waits for ever.
        #[test]
        fn of_calls_at_once_just_one_becomes_the_line(
            callers in proptest::collection::vec(0..2usize, 1..5),
            order in proptest::collection::vec((0..2usize, 0..4usize), 0..60),
        ) {
            let nodes = [introduction("a"), introduction("b")];
            let ids: Vec<Uuid> = callers.iter().map(|_| Uuid::now_v7()).collect();
            let mut meetings = nodes.each_ref().map(|me| Meetings::new(me.node.clone()));
            let mut lines = [Vec::new(), Vec::new()];
            let mut ends = vec![[End::default(); 2]; callers.len()];
            let everything = (0..20).flat_map(|_| (0..2).flat_map(|node| (0..4).map(move |call| (node, call))));
            for (node, call) in order.into_iter().chain(everything) {
                if call >= callers.len() || ends[call][node].over {
                    continue;
                }
                let side = if callers[call] == node { Side::Caller } else { Side::Called };
                ends[call][node].asked = true;
                if ends[call][node].verdict.is_none() {
                    // As the roster does: a line that is there keeps others out.
                    let turn = if lines[node].is_empty() {
                        meetings[node].turn(ids[call], &nodes[1 - node], side, NOW)
                    } else {
                        Turn::GiveWay
                    };
                    ends[call][node].verdict = match turn {
                        Turn::Go => Some(true),
                        Turn::Wait => None,
                        Turn::GiveWay => Some(false),
                    };
                } else if let [Some(one), Some(other)] = ends[call].map(|end| end.verdict) {
                    ends[call][node].over = true;
                    meetings[node].over(ids[call]);
                    if one && other {
                        lines[node].push(call);
                    }
                }
            }
            prop_assert!(ends.iter().flatten().all(|end| end.over), "somebody waits for ever: {ends:?}");
            prop_assert_eq!(&lines[0], &lines[1]);
            prop_assert_eq!(lines[0].len(), 1);
        }
    }
}
