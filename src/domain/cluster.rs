//! Who runs the plants together: the nodes of a cluster as one of them sees them.

use serde::{Deserialize, Serialize};

use super::{NodeName, WallTime};

/// One node of the cluster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// What it is called.
    pub node: NodeName,
    /// How other nodes reach it, `host:port`.
    pub address: String,
    /// Since when it has been there without a break, as the node that tells this has seen it.
    pub since: WallTime,
}

/// The living nodes, the one that asks among them, in the order of their names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Members(Vec<Member>);

impl Members {
    /// These nodes, each once; of two with one name the one that came later counts.
    pub fn new(members: impl IntoIterator<Item = Member>) -> Self {
        let mut sorted: Vec<Member> = members.into_iter().collect();
        sorted.sort_by(|a, b| a.node.cmp(&b.node).then(b.since.cmp(&a.since)));
        sorted.dedup_by(|later, first| later.node == first.node);
        Self(sorted)
    }

    /// Every living node, in the order of their names.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Member> {
        self.0.iter()
    }

    /// How many nodes live.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// Whether this node lives.
    pub fn has(&self, node: &NodeName) -> bool {
        self.member(node).is_some()
    }

    /// What is known of a node.
    pub fn member(&self, node: &NodeName) -> Option<&Member> {
        self.0.iter().find(|member| member.node == *node)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_sorted_and_each_is_there_once_as_it_was_seen_last() {
        let member = |node: &str, since| Member {
            node: node.into(),
            address: format!("{node}:1"),
            since: WallTime::from_micros(since),
        };
        let members = Members::new([member("b", 1), member("a", 5), member("b", 9)]);
        let told: Vec<_> = members.iter().map(|m| (m.node.as_str(), m.since.as_micros())).collect();
        assert_eq!(told, [("a", 5), ("b", 9)]);
        assert!(members.has(&"a".into()) && !members.has(&"c".into()));
        assert_eq!(members.count(), 2);
    }
}
