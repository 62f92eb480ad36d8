//! Who is linked with this node, who is to be called, and who is given up. Decides; the link does. Time is passed in.

use std::collections::BTreeMap;
use std::time::Duration;

use ractor_cluster::NodeId;
use tokio_util::sync::CancellationToken;

use crate::cluster::hello::{Introduction, Refusal};
use crate::cluster::pulse::{Life, Pulses, Rhythm};
use crate::cluster::redial::Redial;
use crate::cluster::wire;
use crate::domain::{ActorPortrait, Health, Importance, MailboxState, Member, Members, NodeName, WallTime};

/// A line that has not become a session by then never will.
const READY_WITHIN: Duration = Duration::from_secs(5);

/// The name of one line, unlike that of any other line of this process.
pub(in crate::cluster) type Label = String;

/// How a letter reaches a peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cluster) struct Route {
    pub session: NodeId,
    pub version: wire::Version,
}

/// How letters reach the peers of now.
pub(in crate::cluster) type Routes = BTreeMap<NodeName, Route>;

/// How this node stands to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PeerState {
    /// Linked and heard of.
    Linked,
    /// Linked, but silent for longer than beats can be late.
    Suspected,
    /// It was there, and went in good order.
    Left,
    /// It was there, or should be, and is not.
    Lost,
    /// It is there, but does not go together with this node.
    Refused(Refusal),
}

/// What is known of a peer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// What it is called; `None` for an address where nobody was met yet.
    pub node: Option<NodeName>,
    /// How it is reached.
    pub address: String,
    /// How it stands to this node.
    pub state: PeerState,
    /// Since when, wall time.
    pub since: WallTime,
    /// The version of TEP that it runs.
    pub product: Option<String>,
    /// What stood in the way last.
    pub last_error: Option<String>,
}

impl Peer {
    fn is_there(&self) -> bool {
        matches!(self.state, PeerState::Linked | PeerState::Suspected)
    }

    /// As the supervision tree shows it.
    pub(super) fn portrait(&self, parent: &str) -> ActorPortrait {
        let name = self.node.as_ref().map_or_else(|| self.address.clone(), ToString::to_string);
        let (health, reason) = match self.state {
            PeerState::Linked => (Health::Running, None),
            PeerState::Suspected => (Health::Degraded, Some("silent".to_owned())),
            PeerState::Left => (Health::Stopped, Some("has left".to_owned())),
            PeerState::Lost => (Health::Stopped, Some("not linked".to_owned())),
            PeerState::Refused(refusal) => (Health::Stopped, Some(format!("refused: {refusal}"))),
        };
        ActorPortrait {
            path: format!("{parent}/peer:{name}"),
            name,
            role: "peer".into(),
            importance: Importance::Auxiliary,
            health,
            reason,
            restarts: 0,
            last_error: self.last_error.clone(),
            started_at: Some(self.since),
            detail: self.product.as_ref().map(|product| format!("TEP {product} at {}", self.address)),
            mailbox: MailboxState::default(),
            not_pausable: Some("another node is not ours to pause".into()),
            actor_id: None,
            children: Vec::new(),
        }
    }
}

/// An address of the configuration.
struct Place {
    address: String,
    node: Option<NodeName>,
    oneself: bool,
    redial: Redial,
    /// What stood in the way last, as a kind of trouble and in words.
    last_error: Option<(&'static str, String)>,
}

/// A wire that was handed to the runtime.
struct Line {
    peer: Introduction,
    version: wire::Version,
    opened: Duration,
    cut: CancellationToken,
    session: Option<NodeId>,
}

/// A change that is worth telling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum News {
    Linked(Introduction, wire::Version),
    Suspected(NodeName, Duration),
    Recovered(NodeName),
    Gone(NodeName, Duration),
    Lost(NodeName, String),
    Left(NodeName),
    Refused(NodeName, Refusal, String),
    Unreachable(String, String),
    /// Its plants are made of something else than here.
    OtherPlants(NodeName),
}

/// Who is linked with this node, and who should be.
pub(super) struct Roster {
    me: Introduction,
    places: Vec<Place>,
    lines: BTreeMap<Label, Line>,
    peers: BTreeMap<NodeName, Peer>,
    pulses: Pulses,
    next: u64,
    started: WallTime,
}

impl Roster {
    pub fn new(me: Introduction, addresses: &[String], rhythm: Rhythm, now: WallTime) -> Self {
        let place = |address: &String| Place {
            address: address.clone(),
            node: None,
            oneself: *address == me.address,
            redial: Redial::default(),
            last_error: None,
        };
        let places = addresses.iter().map(place).collect();
        let (lines, peers) = (BTreeMap::new(), BTreeMap::new());
        Self { me, places, lines, peers, pulses: Pulses::new(rhythm), next: 0, started: now }
    }

    /// The addresses that are to be called now; they count as being called.
    pub fn calls_due(&mut self, now: Duration) -> Vec<String> {
        let linked = self.linked_nodes();
        let idle = |place: &&mut Place| {
            let there = place.node.as_ref().is_some_and(|node| linked.contains(node));
            !place.oneself && !there && place.redial.is_due(now)
        };
        let mut due = Vec::new();
        for place in self.places.iter_mut().filter(idle) {
            place.redial.begun();
            due.push(place.address.clone());
        }
        due
    }

    /// A call has reached somebody, who may be the node itself, or have been refused.
    pub fn call_reached(&mut self, address: &str, peer: &Introduction, now: Duration) {
        let oneself = peer.boot == self.me.boot;
        if let Some(place) = self.place(address) {
            place.oneself = oneself;
            place.node = Some(peer.node.clone()).filter(|_| !oneself);
            place.last_error = None;
            place.redial.reached(now);
        }
    }

    /// A call came to nothing; told again only when it is trouble of another kind.
    pub fn call_failed(
        &mut self,
        address: &str,
        (kind, why): (&'static str, String),
        now: Duration,
        chance: f64,
    ) -> Option<News> {
        let place = self.place(address)?;
        place.redial.failed(now, chance);
        let before = place.last_error.replace((kind, why.clone()));
        if before.is_some_and(|(before, _)| before == kind) {
            return None;
        }
        if let Some(peer) = self.places.iter().find(|place| place.address == address).and_then(|p| p.node.clone())
            && let Some(peer) = self.peers.get_mut(&peer)
        {
            peer.last_error = Some(why.clone());
        }
        Some(News::Unreachable(address.to_owned(), why))
    }

    /// A peer and this node do not go together; told again only when the reason is another.
    pub fn refused(&mut self, peer: &Introduction, refusal: Refusal, advice: String, now: WallTime) -> Option<News> {
        if refusal.is_harmless() || self.is_linked(&peer.node) {
            // A second node of a taken name must be told of all the same.
            return (refusal == Refusal::NameTaken).then(|| News::Refused(peer.node.clone(), refusal, advice));
        }
        let state = PeerState::Refused(refusal);
        if self.peers.get(&peer.node).is_some_and(|known| known.state == state) {
            return None;
        }
        self.note(peer, state, Some(advice.clone()), now);
        Some(News::Refused(peer.node.clone(), refusal, advice))
    }

    /// Whether a peer that has proved who it is gets a line. A line that has gone silent makes room for it; one that is
    /// about to become a session does not.
    pub fn may_join(&mut self, peer: &Introduction, now: Duration) -> Result<(), Refusal> {
        let fresh = self.pulses.is_fresh(&peer.node, now);
        let Some(line) = self.session_of(&peer.node) else {
            let begun = self.lines.values().any(|line| line.peer.boot == peer.boot);
            return if begun { Err(Refusal::Linked) } else { Ok(()) };
        };
        match (line.peer.boot == peer.boot, fresh) {
            (true, true) => Err(Refusal::Linked),
            (false, true) => Err(Refusal::NameTaken),
            (_, false) => {
                line.cut.cancel();
                Ok(())
            }
        }
    }

    /// A wire is handed to the runtime, under this label.
    pub fn opened(
        &mut self,
        peer: Introduction,
        version: wire::Version,
        cut: CancellationToken,
        now: Duration,
    ) -> Label {
        self.next += 1;
        let label = format!("{}#{}", peer.node, self.next);
        self.lines.insert(label.clone(), Line { peer, version, opened: now, cut, session: None });
        label
    }

    /// The runtime has a session on this line, with a peer that calls itself `name` in it.
    pub fn ready(&mut self, label: &str, session: NodeId, name: &str, now: Duration, at: WallTime) -> Vec<News> {
        let Some(line) = self.lines.get_mut(label) else { return Vec::new() };
        // Inside of the session a node could still call itself as it likes.
        if name != runtime_name(&line.peer.node) {
            line.cut.cancel();
            let said = format!("it calls itself `{name}` inside of the session");
            return vec![News::Lost(line.peer.node.clone(), said)];
        }
        line.session = Some(session);
        let (peer, version) = (line.peer.clone(), line.version);
        for (other, older) in &self.lines {
            if other != label && older.peer.node == peer.node && older.session.is_some() {
                older.cut.cancel();
            }
        }
        self.lines.retain(|other, line| other == label || line.peer.node != peer.node || line.session.is_none());
        self.pulses.forget(&peer.node);
        self.pulses.heard(&peer.node, now);
        self.note(&peer, PeerState::Linked, None, at);
        for place in self.places.iter_mut().filter(|place| place.address == peer.address) {
            place.node = Some(peer.node.clone());
        }
        let same_version = peer.product == self.me.product;
        let odd = (same_version && peer.plants != self.me.plants).then(|| News::OtherPlants(peer.node.clone()));
        [News::Linked(peer, version)].into_iter().chain(odd).collect()
    }

    /// The session on this line is over.
    pub fn ended(&mut self, label: &str, now: WallTime) -> Option<News> {
        let line = self.lines.remove(label)?;
        line.cut.cancel();
        let node = line.peer.node.clone();
        // Another line may be about to be ready; if nothing comes of it, its own end is the loss.
        let lost = self.peers.get(&node).is_some_and(Peer::is_there);
        if !lost || self.lines.values().any(|other| other.peer.node == node) {
            return None;
        }
        self.pulses.forget(&node);
        let why = "the connection has ended".to_owned();
        self.note(&line.peer, PeerState::Lost, Some(why.clone()), now);
        Some(News::Lost(node, why))
    }

    /// A peer was heard of.
    pub fn heard(&mut self, node: &NodeName, now: Duration) {
        if self.is_linked(node) {
            self.pulses.heard(node, now);
        }
    }

    /// A peer says that it goes: hanging up tells it that it was heard.
    pub fn leaving(&mut self, node: &NodeName, now: WallTime) -> Option<News> {
        let peer = self.peers.get_mut(node)?;
        (peer.state, peer.since) = (PeerState::Left, now);
        self.hang_up(node);
        Some(News::Left(node.clone()))
    }

    /// Looks at everybody, once a beat; whoever has been silent for too long is given up.
    pub fn look(&mut self, now: Duration, at: WallTime) -> Vec<News> {
        for line in self.lines.values().filter(|line| line.session.is_none()) {
            if now.saturating_sub(line.opened) >= READY_WITHIN {
                line.cut.cancel();
            }
        }
        let mut news = Vec::new();
        for (node, life, silence) in self.pulses.look(now) {
            let state = match life {
                Life::Alive => PeerState::Linked,
                Life::Suspected => PeerState::Suspected,
                Life::Gone => PeerState::Lost,
            };
            if let Some(peer) = self.peers.get_mut(&node) {
                (peer.state, peer.since) = (state, at);
            }
            news.push(match life {
                Life::Alive => News::Recovered(node),
                Life::Suspected => News::Suspected(node, silence),
                Life::Gone => {
                    self.give_up(&node, silence);
                    News::Gone(node, silence)
                }
            });
        }
        news
    }

    fn give_up(&mut self, node: &NodeName, silence: Duration) {
        if let Some(peer) = self.peers.get_mut(node) {
            peer.last_error = Some(format!("silent for {:.1} s", silence.as_secs_f64()));
        }
        self.hang_up(node);
    }

    fn hang_up(&mut self, node: &NodeName) {
        self.pulses.forget(node);
        self.lines.retain(|_, line| {
            let of_it = line.peer.node == *node && line.session.is_some();
            if of_it {
                line.cut.cancel();
            }
            !of_it
        });
    }

    /// Cuts every line.
    pub fn cut_all(&mut self) {
        self.lines.values().for_each(|line| line.cut.cancel());
    }

    /// The living nodes, this one among them.
    pub fn members(&self) -> Members {
        let me = Member { node: self.me.node.clone(), address: self.me.address.clone(), since: self.started };
        let others = self.lines.values().filter(|line| line.session.is_some()).map(|line| Member {
            node: line.peer.node.clone(),
            address: line.peer.address.clone(),
            since: self.peers.get(&line.peer.node).map_or(self.started, |peer| peer.since),
        });
        Members::new(others.chain([me]))
    }

    /// How letters reach the peers of now.
    pub fn routes(&self) -> Routes {
        let route =
            |line: &Line| Some((line.peer.node.clone(), Route { session: line.session?, version: line.version }));
        self.lines.values().filter_map(route).collect()
    }

    /// Everybody who is known, and every address where nobody was met yet.
    pub fn peers(&self) -> Vec<Peer> {
        let known = self.peers.values().cloned();
        let unmet = self.places.iter().filter(|place| !place.oneself && place.node.is_none()).map(|place| Peer {
            node: None,
            address: place.address.clone(),
            state: PeerState::Lost,
            since: self.started,
            product: None,
            last_error: place.last_error.as_ref().map(|(_, why)| why.clone()),
        });
        known.chain(unmet).collect()
    }

    /// How long each linked peer has been silent.
    pub fn silences(&self, now: Duration) -> impl Iterator<Item = (&NodeName, Duration)> {
        self.pulses.silences(now)
    }

    fn note(&mut self, peer: &Introduction, state: PeerState, last_error: Option<String>, now: WallTime) {
        let known = Peer {
            node: Some(peer.node.clone()),
            address: peer.address.clone(),
            state,
            since: now,
            product: Some(peer.product.clone()),
            last_error: last_error.or_else(|| self.peers.get(&peer.node).and_then(|peer| peer.last_error.clone())),
        };
        self.peers.insert(peer.node.clone(), known);
    }

    fn place(&mut self, address: &str) -> Option<&mut Place> {
        self.places.iter_mut().find(|place| place.address == address)
    }

    fn session_of(&self, node: &NodeName) -> Option<&Line> {
        self.lines.values().find(|line| line.peer.node == *node && line.session.is_some())
    }

    fn is_linked(&self, node: &NodeName) -> bool {
        self.session_of(node).is_some()
    }

    fn linked_nodes(&self) -> Vec<NodeName> {
        self.lines.values().filter(|line| line.session.is_some()).map(|line| line.peer.node.clone()).collect()
    }
}

/// What a node is called inside of the runtime. It wants a name and a host, and takes two nodes of one host and port for
/// one; the port that it knows is that of its own listener, which nobody uses, so the host must tell nodes apart.
pub(super) fn runtime_name(node: &NodeName) -> String {
    format!("{node}@{node}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::hello::tests::introduction;

    const NOW: WallTime = WallTime::from_micros(1);

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    fn roster(addresses: &[&str]) -> Roster {
        let addresses: Vec<String> = addresses.iter().map(ToString::to_string).collect();
        Roster::new(introduction("a"), &addresses, Rhythm::default(), NOW)
    }

    /// Links a peer, and returns its label and what cuts its line.
    fn link(roster: &mut Roster, peer: &Introduction, session: NodeId, now: Duration) -> (Label, CancellationToken) {
        let cut = CancellationToken::new();
        let label = roster.opened(peer.clone(), wire::Version(1), cut.clone(), now);
        let news = roster.ready(&label, session, &runtime_name(&peer.node), now, NOW);
        assert_eq!(news, [News::Linked(peer.clone(), wire::Version(1))]);
        (label, cut)
    }

    #[test]
    fn an_address_is_called_until_its_node_is_linked_and_again_when_it_is_lost() {
        let mut roster = roster(&["b.plant:8802"]);
        let b = introduction("b");
        assert_eq!(roster.calls_due(ms(0)), ["b.plant:8802"]);
        assert_eq!(roster.calls_due(ms(0)), [""; 0], "it is being called");
        roster.call_reached("b.plant:8802", &b, ms(10));
        let (label, _) = link(&mut roster, &b, 0, ms(20));
        assert_eq!(roster.calls_due(ms(60_000)), [""; 0]);
        assert!(matches!(roster.ended(&label, NOW), Some(News::Lost(node, _)) if node == b.node));
        assert_eq!(roster.calls_due(ms(60_001)), ["b.plant:8802"]);
    }

    #[test]
    fn a_node_that_has_called_us_is_not_called_back() {
        let mut roster = roster(&["b.plant:8802"]);
        link(&mut roster, &introduction("b"), 0, ms(0));
        assert_eq!(roster.calls_due(ms(1)), [""; 0]);
    }

    #[test]
    fn an_address_that_turns_out_to_be_oneself_is_never_called_again() {
        let mut roster = roster(&["localhost:8802", "a.plant:8802"]);
        assert_eq!(roster.calls_due(ms(0)), ["localhost:8802"], "its own address is known");
        let me = roster.me.clone();
        roster.call_reached("localhost:8802", &me, ms(10));
        assert_eq!(roster.calls_due(ms(60_000)), [""; 0]);
        assert_eq!(roster.peers(), []);
    }

    #[test]
    fn a_fresh_line_keeps_others_out_and_a_silent_one_makes_room() {
        let mut roster = roster(&[]);
        let b = introduction("b");
        let (_, cut) = link(&mut roster, &b, 0, ms(0));
        let twin = introduction("b");
        assert_eq!(roster.may_join(&b, ms(900)), Err(Refusal::Linked));
        assert_eq!(roster.may_join(&twin, ms(900)), Err(Refusal::NameTaken));
        assert!(!cut.is_cancelled());
        assert_eq!(roster.may_join(&twin, ms(1100)), Ok(()));
        assert!(cut.is_cancelled());
    }

    #[test]
    fn a_newer_session_replaces_the_older_one_and_its_late_end_is_no_loss() {
        let mut roster = roster(&[]);
        let b = introduction("b");
        let (old, cut) = link(&mut roster, &b, 0, ms(0));
        link(&mut roster, &b, 1, ms(10));
        assert!(cut.is_cancelled());
        assert_eq!(roster.ended(&old, NOW), None);
        assert_eq!(roster.routes()[&b.node].session, 1);
        assert!(roster.members().has(&b.node));
    }

    #[test]
    fn a_peer_that_calls_itself_otherwise_inside_of_the_session_is_cut() {
        let mut roster = roster(&[]);
        let cut = CancellationToken::new();
        let label = roster.opened(introduction("b"), wire::Version(1), cut.clone(), ms(0));
        let news = roster.ready(&label, 0, &runtime_name(&"c".into()), ms(1), NOW);
        assert!(matches!(&news[..], [News::Lost(node, why)] if node.as_str() == "b" && why.contains("`c@c`")));
        assert!(cut.is_cancelled() && roster.routes().is_empty());
    }

    #[test]
    fn a_line_that_never_becomes_a_session_is_cut() {
        let mut roster = roster(&[]);
        let cut = CancellationToken::new();
        let label = roster.opened(introduction("b"), wire::Version(1), cut.clone(), ms(0));
        roster.look(ms(4_900), NOW);
        assert!(!cut.is_cancelled());
        roster.look(ms(5_000), NOW);
        assert!(cut.is_cancelled());
        assert_eq!(roster.ended(&label, NOW), None);
    }

    #[test]
    fn a_line_that_is_about_to_be_a_session_keeps_others_out_but_not_another_life_of_the_peer() {
        let mut roster = roster(&[]);
        let b = introduction("b");
        let label = roster.opened(b.clone(), wire::Version(1), CancellationToken::new(), ms(0));
        assert_eq!(roster.may_join(&b, ms(1)), Err(Refusal::Linked));
        assert_eq!(roster.may_join(&introduction("b"), ms(1)), Ok(()));
        assert_eq!(roster.ended(&label, NOW), None);
        assert_eq!(roster.may_join(&b, ms(2)), Ok(()));
    }

    #[test]
    fn a_peer_is_lost_when_the_line_that_was_to_take_over_comes_to_nothing() {
        let mut roster = roster(&[]);
        let b = introduction("b");
        let (old, _) = link(&mut roster, &b, 0, ms(0));
        let next = roster.opened(b.clone(), wire::Version(1), CancellationToken::new(), ms(1));
        assert_eq!(roster.ended(&old, NOW), None);
        assert!(matches!(roster.ended(&next, NOW), Some(News::Lost(node, _)) if node == b.node));
        assert!(matches!(roster.peers()[..], [Peer { state: PeerState::Lost, .. }]));
    }

    #[test]
    fn silence_ends_membership_and_the_line() {
        let mut roster = roster(&[]);
        let b = introduction("b");
        let (label, cut) = link(&mut roster, &b, 0, ms(0));
        let mut news = Vec::new();
        for at in (0..=2_250).step_by(250) {
            news.extend(roster.look(ms(at), NOW));
        }
        assert_eq!(news, [News::Suspected(b.node.clone(), ms(1000)), News::Gone(b.node.clone(), ms(2000))]);
        assert!(cut.is_cancelled() && !roster.members().has(&b.node));
        assert_eq!(roster.ended(&label, NOW), None, "its end is no further news");
    }

    #[test]
    fn the_same_trouble_is_told_once() {
        let mut roster = roster(&["b.plant:8802"]);
        let fails = |roster: &mut Roster, why: &'static str| {
            roster.call_failed("b.plant:8802", (why, "in words".into()), ms(0), 0.5)
        };
        assert!(fails(&mut roster, "unreachable").is_some());
        assert!(fails(&mut roster, "unreachable").is_none());
        assert!(fails(&mut roster, "tls").is_some());
        let refused = |roster: &mut Roster| roster.refused(&introduction("b"), Refusal::Cookie, "why".into(), NOW);
        assert!(refused(&mut roster).is_some());
        assert!(refused(&mut roster).is_none());
    }

    #[test]
    fn other_plant_files_are_told_of_and_do_no_harm() {
        let mut roster = roster(&[]);
        let odd = Introduction { plants: "other".into(), ..introduction("b") };
        let label = roster.opened(odd.clone(), wire::Version(1), CancellationToken::new(), ms(0));
        let news = roster.ready(&label, 0, &runtime_name(&odd.node), ms(1), NOW);
        assert_eq!(news[1], News::OtherPlants(odd.node.clone()));
        assert!(roster.members().has(&odd.node));
    }
}
