//! Two nodes in one process. The runtime keeps its groups by process, so each sees the gateway of the other twice; the
//! messages arrive all the same, as long as no second pair of nodes is about. How whole processes behave is tested in
//! `tests/cluster`.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use chrono::Utc;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::{Mutex, watch};
use tokio::task::JoinHandle;
use tokio::time::Instant;
use uuid::Uuid;

use super::hello::tests::introduction;
use super::*;
use crate::actors::{NodeSetup, Root, Terms};
use crate::config::Secret;
use crate::domain::{Members, NodeName};
use crate::storage::Holder;
use crate::telemetry::Clock;

/// The longest that any awaited state may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Certificates and ports of some nodes.
struct Site {
    dir: TempDir,
    authority: Authority,
}

/// One test at a time.
static ALONE: Mutex<()> = Mutex::const_new(());

struct Node {
    cluster: Cluster,
    address: SocketAddr,
    _ended: JoinHandle<()>,
}

impl Site {
    fn new() -> Self {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let dir = tempfile::tempdir().unwrap();
        let authority = Authority::open(dir.path(), Utc::now()).unwrap();
        Self { dir, authority }
    }

    async fn setup(&self, node: &str, peers: &[SocketAddr]) -> ClusterSetup {
        let name = NodeName::from(node);
        let files = CredentialFiles {
            certificate: self.dir.path().join(format!("{node}.pem")),
            private_key: self.dir.path().join(format!("{node}.key")),
            authority: self.dir.path().join("authority.pem"),
        };
        if !files.certificate.exists() {
            self.authority.issue(&name, 12, Utc::now()).unwrap();
        }
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut me = introduction(node);
        (me.wire_oldest, me.wire_newest) = (OLDEST.0, NEWEST.0);
        me.address = listener.local_addr().unwrap().to_string();
        ClusterSetup {
            listener,
            credentials: Credentials::read(&files, &name).unwrap(),
            cookie: Secret::from("a secret of some length".to_owned()),
            me,
            peers: peers.iter().map(ToString::to_string).collect(),
            rhythm: Rhythm::default(),
            clock: Clock::system(),
            members: watch::Sender::new(Members::default()),
            root: without_plants(&name).await,
            feeds: BTreeMap::new(),
        }
    }

    async fn node(&self, node: &str, peers: &[SocketAddr]) -> Node {
        Node::start(self.setup(node, peers).await).await
    }
}

/// A node needs a root, though no plant is about here.
async fn without_plants(node: &NodeName) -> Root {
    let members = watch::Sender::new(Members::default()).subscribe();
    let setup = NodeSetup {
        plants: Vec::new(),
        holder: Holder { node: node.clone(), home: Uuid::now_v7() },
        terms: Terms::Shared { lease: Duration::from_secs(3), members },
        broker: None,
        library: None,
        retriever: None,
        clock: Clock::system(),
    };
    Root::start(setup).await.unwrap().0
}

impl Node {
    async fn start(setup: ClusterSetup) -> Self {
        let address = setup.listener.local_addr().unwrap();
        let (cluster, ended) = Cluster::start(setup).await.unwrap();
        Self { cluster, address, _ended: ended }
    }

    async fn sees(&self, others: usize) {
        let mut members = self.cluster.members();
        let seen = members.wait_for(|members| members.count() == others + 1);
        tokio::time::timeout(PATIENCE, seen).await.expect("the members in time").unwrap();
    }

    /// Waits until the first peer is in a state that the test wants.
    async fn peer_is(&self, what: &str, wanted: impl Fn(&Peer) -> bool) -> Peer {
        let search = async {
            loop {
                if let Some(peer) = self.cluster.peers().await.into_iter().find(|peer| wanted(peer)) {
                    return peer;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(PATIENCE, search).await.unwrap_or_else(|_| panic!("no peer that {what}"))
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_find_each_other_and_one_that_leaves_is_missed_at_once() {
    let _alone = ALONE.lock().await;
    let site = Site::new();
    let a = site.node("a", &[]).await;
    let b = site.node("b", &[a.address]).await;
    a.sees(1).await;
    b.sees(1).await;
    assert!(a.cluster.answers(&"b".into()).await && b.cluster.answers(&"a".into()).await);
    b.cluster.leave().await;
    a.sees(0).await;
    a.peer_is("left in good order", |peer| peer.state == PeerState::Left).await;
    // It comes back under its old name.
    let again = site.node("b", &[a.address]).await;
    again.sees(1).await;
    a.sees(1).await;
    a.cluster.leave().await;
    again.cluster.leave().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_that_call_each_other_at_once_keep_one_line() {
    let _alone = ALONE.lock().await;
    let site = Site::new();
    let (mut one, mut two) = (site.setup("a", &[]).await, site.setup("b", &[]).await);
    one.peers = vec![two.me.address.clone()];
    two.peers = vec![one.me.address.clone()];
    let (a, b) = tokio::join!(Node::start(one), Node::start(two));
    a.sees(1).await;
    b.sees(1).await;
    // Whichever line survives, it carries questions both ways, for as long as it takes a spare one to end.
    let until = Instant::now() + Duration::from_secs(3);
    while Instant::now() < until {
        assert!(a.cluster.answers(&"b".into()).await && b.cluster.answers(&"a".into()).await);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    a.cluster.leave().await;
    b.cluster.leave().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_peer_that_falls_silent_is_given_up_though_its_line_stands() {
    let _alone = ALONE.lock().await;
    let site = Site::new();
    let mut mute = site.setup("b", &[]).await;
    // It beats once an hour, as a process does that is frozen between two instructions.
    mute.rhythm.beat = Duration::from_secs(3600);
    let b = Node::start(mute).await;
    let a = site.node("a", &[b.address]).await;
    a.sees(1).await;
    // How soon is the business of `pulse`; without it nobody would ever notice.
    a.sees(0).await;
    let peer = a.peer_is("is lost", |peer| peer.state == PeerState::Lost).await;
    assert!(peer.last_error.unwrap().contains("silent for"));
    a.cluster.leave().await;
    b.cluster.leave().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_that_do_not_go_together_say_why_on_both_sides() {
    let _alone = ALONE.lock().await;
    async fn check(change: impl FnOnce(&mut ClusterSetup), refusal: Refusal, advice: &str) {
        let site = Site::new();
        let a = site.node("a", &[]).await;
        let mut setup = site.setup("b", &[a.address]).await;
        change(&mut setup);
        let b = Node::start(setup).await;
        let wanted = PeerState::Refused(refusal);
        for node in [&a, &b] {
            let peer = node.peer_is(refusal.as_str(), |peer| peer.state == wanted).await;
            let said = peer.last_error.unwrap();
            assert!(said.contains(advice), "{said}");
            assert_eq!(node.cluster.members().borrow().count(), 1);
        }
        a.cluster.leave().await;
        b.cluster.leave().await;
    }
    check(|b| b.cookie = Secret::from("another secret, also long".to_owned()), Refusal::Cookie, "cookie_file").await;
    check(|b| (b.me.wire_oldest, b.me.wire_newest) = (7, 9), Refusal::WireVersion, "upgrade the older one").await;
    check(|b| b.me.schema = "m20300101_later".into(), Refusal::Schema, "stop all nodes").await;
    check(|b| b.me.database = "two".into(), Refusal::Database, "database_url").await;
    check(|b| b.me.node = "c".into(), Refusal::Certificate, "does not bear the name `c`").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_node_of_one_name_is_kept_out() {
    let _alone = ALONE.lock().await;
    let site = Site::new();
    let a = site.node("a", &[]).await;
    let b = site.node("b", &[a.address]).await;
    a.sees(1).await;
    let boot = b.cluster.members().borrow().member(&"b".into()).unwrap().since;
    let twin = site.node("b", &[a.address]).await;
    twin.peer_is("refuses the twin", |peer| peer.state == PeerState::Refused(Refusal::NameTaken)).await;
    assert_eq!(a.cluster.members().borrow().count(), 2);
    assert_eq!(b.cluster.members().borrow().member(&"b".into()).unwrap().since, boot);
    assert!(a.cluster.answers(&"b".into()).await);
    for node in [a, b, twin] {
        node.cluster.leave().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stranger_without_a_certificate_of_the_authority_gets_nowhere() {
    let _alone = ALONE.lock().await;
    let (site, foreign) = (Site::new(), Site::new());
    let a = site.node("a", &[]).await;
    let b = foreign.node("b", &[a.address]).await;
    let peer = b.peer_is("has an error", |peer| peer.last_error.is_some()).await;
    assert!(peer.node.is_none() && peer.last_error.unwrap().contains("TLS"));
    assert_eq!(a.cluster.peers().await, []);
    a.cluster.leave().await;
    b.cluster.leave().await;
}
