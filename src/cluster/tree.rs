//! The trees of several nodes as one. Pure.
//!
//! A plant runs on one node, so the paths of its actors are what they are on a node alone. Whatever each node has of its own
//! gets the node's name before its path.

use crate::actors::portrait::Sketch;
use crate::domain::{ActorPortrait, Health, Importance, MailboxState, NodeName, PlantId};

/// The role of plants in the tree of a node.
const PLANT: &str = "plant";

/// Where a part of the whole tree is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Whereabouts {
    /// With the owner of a plant, under the same path.
    Plant(PlantId),
    /// At a node, which knows it under this path.
    Node(NodeName, String),
    /// Nowhere but here.
    Here,
}

impl Whereabouts {
    /// What the path of a part says.
    pub fn of(path: &str) -> Self {
        if let Some((node, own)) = path.strip_prefix("node:").and_then(|rest| rest.split_once('/')) {
            return Self::Node(node.into(), own.to_owned());
        }
        match path.strip_prefix("root/plant:").and_then(|rest| rest.split('/').next()) {
            Some(plant) => Self::Plant(plant.into()),
            None => Self::Here,
        }
    }
}

/// Path, name and role of a node's part in the cluster.
pub(super) const PART: &str = "cluster";

/// A node's tree with its part in the cluster, where that tells of itself.
pub(super) fn with_part(own: ActorPortrait, sketch: Option<Sketch>) -> ActorPortrait {
    ActorPortrait { children: own.children.into_iter().chain(sketch.map(part)).collect(), ..own }
}

fn part(sketch: Sketch) -> ActorPortrait {
    let health = sketch.health.unwrap_or(Health::Running);
    let importance = Importance::Essential;
    ActorPortrait {
        detail: sketch.detail,
        reason: sketch.reason,
        ..level(PART, PART, PART, importance, health, sketch.children)
    }
}

/// One node with what runs on it; without a tree, when it did not tell one.
pub(super) fn node(name: &NodeName, tree: Option<ActorPortrait>) -> ActorPortrait {
    let path = format!("node:{name}");
    let Some(tree) = tree else {
        let silent = level(&path, name.as_str(), "node", Importance::Auxiliary, Health::Degraded, Vec::new());
        return ActorPortrait { reason: Some("does not answer".into()), ..silent };
    };
    let children = tree.children.into_iter().map(|child| if child.role == PLANT { child } else { under(&path, child) });
    level(&path, name.as_str(), "node", Importance::Auxiliary, Health::Running, children.collect())
}

/// All nodes.
pub(super) fn cluster(nodes: impl IntoIterator<Item = ActorPortrait>) -> ActorPortrait {
    let mut nodes: Vec<ActorPortrait> = nodes.into_iter().collect();
    nodes.sort_by(|a, b| a.name.cmp(&b.name));
    level("cluster", "cluster", "cluster", Importance::Essential, Health::Running, nodes)
}

fn under(node: &str, portrait: ActorPortrait) -> ActorPortrait {
    let path = format!("{node}/{}", portrait.path);
    let children = portrait.children.into_iter().map(|child| under(node, child)).collect();
    ActorPortrait { path, children, ..portrait }
}

fn level(
    path: &str,
    name: &str,
    role: &str,
    importance: Importance,
    health: Health,
    children: Vec<ActorPortrait>,
) -> ActorPortrait {
    ActorPortrait {
        path: path.to_owned(),
        name: name.to_owned(),
        role: role.to_owned(),
        importance,
        health,
        reason: None,
        restarts: 0,
        last_error: None,
        started_at: None,
        detail: None,
        mailbox: MailboxState::default(),
        not_pausable: None,
        actor_id: None,
        children,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn portrait(path: &str, role: &str, children: Vec<ActorPortrait>) -> ActorPortrait {
        level(path, path, role, Importance::Essential, Health::Running, children)
    }

    #[test]
    fn the_path_of_a_part_says_where_it_is() {
        let check = |path: &str, expected: Whereabouts| assert_eq!(Whereabouts::of(path), expected, "{path}");
        check("root/plant:north/unit:reactor", Whereabouts::Plant("north".into()));
        check("root/plant:north", Whereabouts::Plant("north".into()));
        let placement = "root/placement:placement".to_owned();
        check("node:b/root/placement:placement", Whereabouts::Node("b".into(), placement));
        check("nonsense", Whereabouts::Here);
    }

    #[test]
    fn paths_of_a_plant_stay_and_those_of_a_node_tell_nodes_apart() {
        let own = |plant: &str| {
            let desk = portrait(&format!("root/plant:{plant}/desk"), "alarm desk", vec![]);
            let plant = portrait(&format!("root/plant:{plant}"), "plant", vec![desk]);
            portrait("root", "root", vec![plant, portrait("root/placement:placement", "placement", vec![])])
        };
        let all = cluster([
            node(&"b".into(), Some(own("south"))),
            node(&"a".into(), Some(own("north"))),
            node(&"c".into(), None),
        ]);
        let mut paths = Vec::new();
        fn walk(portrait: &ActorPortrait, paths: &mut Vec<String>) {
            paths.push(portrait.path.clone());
            portrait.children.iter().for_each(|child| walk(child, paths));
        }
        walk(&all, &mut paths);
        let expected = [
            "cluster",
            "node:a",
            "root/plant:north",
            "root/plant:north/desk",
            "node:a/root/placement:placement",
            "node:b",
            "root/plant:south",
            "root/plant:south/desk",
            "node:b/root/placement:placement",
            "node:c",
        ];
        assert_eq!(paths, expected);
        assert_eq!(all.children[2].reason.as_deref(), Some("does not answer"));
    }
}
