//! What two nodes tell each other before anything else, and whether they go together.
//!
//! Both send a [`Hello`], both judge, both tell the verdict. So whoever is refused hears why, and both logs say what to do.

use std::fmt;
use std::io;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use uuid::Uuid;

use super::wire;
use crate::config::Secret;
use crate::domain::NodeName;

/// Longest introduction, bytes; a stranger who gets as far as this has a certificate, and still no more room.
const LENGTH_MAX: u32 = 16 * 1024;

/// What a node is. Its serialised form is kept for ever: it is how versions find out that they do not go together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Introduction {
    /// What it is called.
    pub node: NodeName,
    /// Another at each start of the process, so that a node that comes back is told from one that is still there.
    pub boot: Uuid,
    /// How the others reach it, `host:port`.
    pub address: String,
    /// The version of TEP that it runs.
    pub product: String,
    /// The oldest envelope that it understands.
    pub wire_oldest: u16,
    /// The newest envelope that it understands.
    pub wire_newest: u16,
    /// The newest change of the database that it knows.
    pub schema: String,
    /// Which database it works on.
    pub database: String,
    /// A digest of what its plants are made of.
    pub plants: String,
}

/// An introduction with the proof that its author knows the cookie.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Hello {
    #[serde(flatten)]
    pub who: Introduction,
    proof: String,
}

/// Why two nodes do not go together. Sent to the other side, so its serialised form is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// No envelope that both understand.
    WireVersion,
    /// They expect different tables.
    Schema,
    /// They work on different databases.
    Database,
    /// They do not share the secret.
    Cookie,
    /// The certificate is for somebody else.
    Certificate,
    /// Another living node has this name.
    NameTaken,
    /// It is the node itself.
    Oneself,
    /// There is a good line between the two already.
    Linked,
    /// A reason that this version does not know.
    #[serde(other)]
    Unknown,
}

impl Refusal {
    /// Whether nothing is wrong: the two just need no further line.
    pub fn is_harmless(self) -> bool {
        matches!(self, Self::Oneself | Self::Linked)
    }

    /// In one word, for a metric.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::WireVersion => "wire_version",
            Self::Schema => "schema",
            Self::Database => "database",
            Self::Cookie => "cookie",
            Self::Certificate => "certificate",
            Self::NameTaken => "name_taken",
            Self::Oneself => "oneself",
            Self::Linked => "linked",
            Self::Unknown => "unknown",
        }
    }

    /// Why, and what a person can do about it; `by` is who refuses.
    pub(super) fn advice(self, by: Refuser, me: &Introduction, peer: &Introduction) -> String {
        let refused = match by {
            Refuser::ThisNode => peer,
            Refuser::OtherNode => me,
        };
        match self {
            Self::WireVersion => format!(
                "TEP {} here and TEP {} there do not understand each other (envelopes {}…{} and {}…{}); upgrade the older one",
                me.product, peer.product, me.wire_oldest, me.wire_newest, peer.wire_oldest, peer.wire_newest
            ),
            Self::Schema => format!(
                "TEP {} here knows the database up to {}, TEP {} there up to {}; stop all nodes and start them in one version",
                me.product, me.schema, peer.product, peer.schema
            ),
            Self::Database => "they keep things in different databases; set the same `storage.database_url`".into(),
            Self::Cookie => "they do not share the secret; give both the same `cluster.cookie_file`".into(),
            Self::Certificate => {
                format!("the certificate of `{}` does not bear the name `{0}`; issue one that does", refused.node)
            }
            Self::NameTaken => {
                format!("another living node is called `{}`; give each its own `cluster.node`", refused.node)
            }
            Self::Oneself => "it is this node itself".into(),
            Self::Linked => "they are linked already".into(),
            Self::Unknown => "for a reason that only the newer version knows; look at its log".into(),
        }
    }
}

/// Who does not want the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refuser {
    ThisNode,
    OtherNode,
}

impl fmt::Display for Refuser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ThisNode => "this node",
            Self::OtherNode => "the other node",
        })
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The newest envelope that both understand, or why they cannot be one cluster.
pub(super) fn judge(me: &Introduction, peer: &Introduction) -> Result<wire::Version, Refusal> {
    if peer.node == me.node {
        return Err(if peer.boot == me.boot { Refusal::Oneself } else { Refusal::NameTaken });
    }
    let common = me.wire_newest.min(peer.wire_newest);
    if common < me.wire_oldest.max(peer.wire_oldest) {
        return Err(Refusal::WireVersion);
    }
    if peer.schema != me.schema {
        return Err(Refusal::Schema);
    }
    if peer.database != me.database {
        return Err(Refusal::Database);
    }
    Ok(wire::Version(common))
}

/// The proof that a node knows the cookie: bound to this TLS session by `exported` and to who says it by `side`, so nothing
/// can be learned or replayed by whoever gets to see it.
fn proof(cookie: &Secret, exported: &[u8; 32], side: Side) -> String {
    let mut hash = Sha256::new();
    hash.update(side.label());
    hash.update(exported);
    hash.update(cookie.expose());
    format!("{:x}", hash.finalize())
}

/// Who began the conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Caller,
    Called,
}

impl Side {
    pub fn other(self) -> Self {
        match self {
            Self::Caller => Self::Called,
            Self::Called => Self::Caller,
        }
    }

    fn label(self) -> &'static str {
        match self {
            Self::Caller => "tep-cluster caller",
            Self::Called => "tep-cluster called",
        }
    }
}

impl Hello {
    pub fn new(who: &Introduction, cookie: &Secret, exported: &[u8; 32], side: Side) -> Self {
        Self { who: who.clone(), proof: proof(cookie, exported, side) }
    }

    /// Whether its author, on this side, knows the cookie.
    pub fn proves(&self, cookie: &Secret, exported: &[u8; 32], side: Side) -> bool {
        self.proof == proof(cookie, exported, side)
    }
}

/// Sends one piece of an introduction: its length, then JSON.
pub(super) async fn say<T: Serialize>(stream: &mut (impl AsyncWrite + Unpin), what: &T) -> io::Result<()> {
    let text = serde_json::to_vec(what)?;
    stream.write_u32(u32::try_from(text.len()).map_err(io::Error::other)?).await?;
    stream.write_all(&text).await?;
    stream.flush().await
}

/// Reads one piece of an introduction.
pub(super) async fn hear<T: DeserializeOwned>(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<T> {
    let length = stream.read_u32().await?;
    if length > LENGTH_MAX {
        return Err(io::Error::new(io::ErrorKind::InvalidData, format!("{length} bytes are no introduction")));
    }
    let mut text = vec![0; length as usize];
    stream.read_exact(&mut text).await?;
    Ok(serde_json::from_slice(&text)?)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::cluster) fn introduction(node: &str) -> Introduction {
        Introduction {
            node: node.into(),
            boot: Uuid::now_v7(),
            address: format!("{node}.plant:8802"),
            product: "0.1.0".into(),
            wire_oldest: 1,
            wire_newest: 2,
            schema: "m20260101_000000_start".into(),
            database: "one".into(),
            plants: "abc".into(),
        }
    }

    #[test]
    fn nodes_go_together_or_say_why_not() {
        #[track_caller]
        fn check(change: impl FnOnce(&mut Introduction), expected: Result<u16, Refusal>) {
            let (me, mut peer) = (introduction("a"), introduction("b"));
            change(&mut peer);
            assert_eq!(judge(&me, &peer), expected.map(wire::Version));
            // Both sides come to one verdict.
            assert_eq!(judge(&peer, &me), judge(&me, &peer));
        }
        check(|_| (), Ok(2));
        check(|peer| peer.wire_newest = 1, Ok(1));
        check(|peer| (peer.wire_oldest, peer.wire_newest) = (2, 5), Ok(2));
        check(|peer| (peer.wire_oldest, peer.wire_newest) = (3, 5), Err(Refusal::WireVersion));
        check(|peer| peer.schema = "m20270101_000000_more".into(), Err(Refusal::Schema));
        check(|peer| peer.database = "two".into(), Err(Refusal::Database));
        check(|peer| peer.node = "a".into(), Err(Refusal::NameTaken));
        check(|peer| peer.product = "0.2.0".into(), Ok(2));
        check(|peer| peer.plants = "other".into(), Ok(2));
    }

    #[test]
    fn a_node_recognises_itself() {
        let me = introduction("a");
        assert_eq!(judge(&me, &me.clone()), Err(Refusal::Oneself));
    }

    #[test]
    fn a_proof_is_good_for_one_session_and_one_side() {
        let (cookie, other) = (Secret::from("cookie".to_owned()), Secret::from("biscuit".to_owned()));
        let hello = Hello::new(&introduction("a"), &cookie, &[1; 32], Side::Caller);
        assert!(hello.proves(&cookie, &[1; 32], Side::Caller));
        assert!(!hello.proves(&other, &[1; 32], Side::Caller));
        assert!(!hello.proves(&cookie, &[2; 32], Side::Caller));
        assert!(!hello.proves(&cookie, &[1; 32], Side::Called));
    }

    #[test]
    fn a_reason_of_a_later_version_is_still_a_refusal() {
        let later: Result<(), Refusal> = serde_json::from_str(r#"{"Err":"phase_of_the_moon"}"#).unwrap();
        assert_eq!(later, Err(Refusal::Unknown));
    }

    #[test]
    fn an_introduction_of_a_later_version_is_understood_as_far_as_it_goes() {
        let mut told = serde_json::to_value(introduction("a")).unwrap();
        told["colour"] = "blue".into();
        assert!(serde_json::from_value::<Introduction>(told).is_ok());
    }

    #[tokio::test]
    async fn pieces_arrive_whole_and_endless_ones_are_refused() {
        let (mut near, mut far) = tokio::io::duplex(1024);
        say(&mut near, &introduction("a").node).await.unwrap();
        assert_eq!(hear::<NodeName>(&mut far).await.unwrap().as_str(), "a");
        near.write_u32(LENGTH_MAX + 1).await.unwrap();
        assert_eq!(hear::<NodeName>(&mut far).await.unwrap_err().kind(), io::ErrorKind::InvalidData);
    }
}
