//! May they? Asks the policies, and turns a refusal into a sentence for the one who is refused.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;

use cedar_policy::{
    Authorizer, Context, Entities, Entity, EntityId, EntityTypeName, EntityUid, PolicySet, Request, Response,
    RestrictedExpression,
};
use tracing::info;

use super::action::{Action, Resource};
use super::policies::{self, PolicyError};
use super::role::{Principal, Role};
use crate::domain::{PlantId, Severity, UnitId};

/// What a policy's refusal is annotated with when the engine cannot know the reason by itself.
const REASON: &str = "reason";

/// The answer of the policies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// They may.
    Allow,
    /// They may not.
    Deny {
        /// Why not, for the person: `needs the role engineer`.
        reason: String,
    },
}

impl Decision {
    /// Whether they may.
    pub const fn is_allowed(&self) -> bool {
        matches!(self, Self::Allow)
    }

    /// Why they may not, when they may not.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Allow => None,
            Self::Deny { reason } => Some(reason),
        }
    }
}

/// Decides who may do what. Cheap to clone.
#[derive(Clone)]
pub struct Authority(Arc<Inner>);

struct Inner {
    authorizer: Authorizer,
    policies: PolicySet,
}

impl Authority {
    /// Reads the built-in policies, or those of a directory, and holds them against the schema.
    ///
    /// # Errors
    /// When a policy cannot be read, is not in the language or does not fit the schema; the error names the file.
    pub fn load(directory: Option<&Path>) -> Result<Self, PolicyError> {
        let schema = policies::schema()?;
        let policies = policies::load(directory, &schema)?;
        Ok(Self(Arc::new(Inner { authorizer: Authorizer::new(), policies })))
    }

    /// Whether they may do this to that. A refusal is logged.
    pub fn decide(&self, who: &Principal, action: Action, on: &Resource) -> Decision {
        let decision = self.ask(who, action, on);
        if let Decision::Deny { reason } = &decision {
            info!(user = %who.name, role = %who.role, action = %action, on = ?on, "refused {action} to {}: {reason}", who.name);
        }
        decision
    }

    /// Every action, with whether they may do it in this plant and if not why: what the page needs to disable a button
    /// with its reason. Actions on alarms are asked of the mildest one and those on accounts of their own, so an action
    /// that is allowed here may still be refused for one alarm.
    pub fn permissions(&self, who: &Principal, plant: &PlantId) -> Vec<(Action, Decision)> {
        Action::ALL.map(|action| (action, self.ask(who, action, &typical(action, who, plant)))).into()
    }

    fn ask(&self, who: &Principal, action: Action, on: &Resource) -> Decision {
        let response = self.response(&who.name, who.role, action, on);
        if response.decision() == cedar_policy::Decision::Allow {
            Decision::Allow
        } else {
            Decision::Deny { reason: self.reason(who, action, on, &response) }
        }
    }

    /// The policy's own words where a policy forbids; otherwise which role would be let through, found by asking.
    fn reason(&self, who: &Principal, action: Action, on: &Resource, response: &Response) -> String {
        let forbidden = response.diagnostics().reason().find_map(|policy| self.0.policies.annotation(policy, REASON));
        if let Some(words) = forbidden {
            return words.to_owned();
        }
        let allowed: Vec<Role> = Role::ALL
            .into_iter()
            .filter(|role| self.response(&who.name, *role, action, on).decision() == cedar_policy::Decision::Allow)
            .collect();
        let humblest: Vec<&str> = allowed
            .iter()
            .filter(|role| !allowed.iter().any(|other| other != *role && role.includes(*other)))
            .map(|role| role.as_str())
            .collect();
        match humblest.as_slice() {
            [] => "no role may do this here".to_owned(),
            roles => format!("needs the role {}", roles.join(" or ")),
        }
    }

    fn response(&self, name: &str, role: Role, action: Action, on: &Resource) -> Response {
        let request =
            Request::new(uid("User", name), uid("Action", action.as_str()), resource_uid(on), Context::empty(), None)
                .expect("without a schema to check against, a request of three uids is always well-formed");
        self.0.authorizer.is_authorized(&request, &self.0.policies, &entities(name, role, on))
    }
}

/// What an action is usually done to.
fn typical(action: Action, who: &Principal, plant: &PlantId) -> Resource {
    match action {
        Action::PlantView
        | Action::AlarmView
        | Action::JournalView
        | Action::TrendView
        | Action::DetectorView
        | Action::SourceControl => Resource::Plant(plant.clone()),
        Action::AlarmAcknowledge => {
            Resource::Alarm { plant: plant.clone(), unit: None, alarm: "any".into(), severity: Severity::Low }
        }
        Action::DetectorTrain => Resource::Detector { plant: plant.clone(), detector: "any".into() },
        Action::SupervisionView | Action::MetricsView | Action::SchemaIntrospect | Action::UserManage => {
            Resource::System
        }
        Action::AccountChangePassword => Resource::User(who.name.clone()),
    }
}

fn uid(kind: &str, id: &str) -> EntityUid {
    let kind = EntityTypeName::from_str(kind).expect("the kinds in this file are identifiers");
    EntityUid::from_type_name_and_id(kind, EntityId::new(id))
}

/// A unit's name is its own only within its plant.
fn unit_uid(plant: &PlantId, unit: &UnitId) -> EntityUid {
    uid("Unit", &format!("{plant}/{unit}"))
}

fn resource_uid(on: &Resource) -> EntityUid {
    match on {
        Resource::Plant(plant) => uid("Plant", plant.as_str()),
        Resource::Unit { plant, unit } => unit_uid(plant, unit),
        Resource::Alarm { plant, alarm, .. } => uid("Alarm", &format!("{plant}/{alarm}")),
        Resource::Detector { plant, detector } => uid("Detector", &format!("{plant}/{detector}")),
        Resource::System => uid("System", "tep"),
        Resource::User(name) => uid("User", name),
    }
}

/// Everything that a policy may look at for one request: who, the roles, and what it is done to with its parents.
fn entities(name: &str, role: Role, on: &Resource) -> Entities {
    let mut all: Vec<Entity> = Role::ALL
        .iter()
        .map(|role| Entity::new_no_attrs(role_uid(*role), role.parents().iter().map(|p| role_uid(*p)).collect()))
        .collect();
    all.push(entity(uid("User", name), [("name", text(name))], [role_uid(role)]));
    match on {
        Resource::Plant(plant) => all.push(plant_entity(plant)),
        Resource::Unit { plant, unit } => all.extend([plant_entity(plant), unit_entity(plant, unit)]),
        Resource::Alarm { plant, unit, severity, .. } => {
            let parent = unit.as_ref().map_or_else(|| uid("Plant", plant.as_str()), |unit| unit_uid(plant, unit));
            let attributes = [
                ("severity", text(severity_name(*severity))),
                ("unit", text(unit.as_ref().map_or("", UnitId::as_str))),
            ];
            all.push(plant_entity(plant));
            all.extend(unit.as_ref().map(|unit| unit_entity(plant, unit)));
            all.push(entity(resource_uid(on), attributes, [parent]));
        }
        Resource::Detector { plant, .. } => {
            all.extend([plant_entity(plant), entity(resource_uid(on), [], [uid("Plant", plant.as_str())])]);
        }
        Resource::System => all.push(entity(resource_uid(on), [], [])),
        // Of another account only its name is known here.
        Resource::User(other) if other != name => {
            all.push(entity(resource_uid(on), [("name", text(other))], []));
        }
        Resource::User(_) => {}
    }
    Entities::from_entities(all, None).expect("the entities above are distinct and their parents form a tree")
}

fn role_uid(role: Role) -> EntityUid {
    uid("Role", role.as_str())
}

fn plant_entity(plant: &PlantId) -> Entity {
    entity(uid("Plant", plant.as_str()), [], [])
}

fn unit_entity(plant: &PlantId, unit: &UnitId) -> Entity {
    entity(unit_uid(plant, unit), [], [uid("Plant", plant.as_str())])
}

fn text(value: &str) -> RestrictedExpression {
    RestrictedExpression::new_string(value.to_owned())
}

fn entity<const A: usize, const P: usize>(
    uid: EntityUid,
    attributes: [(&str, RestrictedExpression); A],
    parents: [EntityUid; P],
) -> Entity {
    let attributes: HashMap<_, _> = attributes.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    Entity::new(uid, attributes, HashSet::from(parents)).expect("plain strings evaluate to themselves")
}

const fn severity_name(severity: Severity) -> &'static str {
    match severity {
        Severity::Low => "low",
        Severity::Medium => "medium",
        Severity::High => "high",
        Severity::Critical => "critical",
    }
}
