//! May they? Asks the policies, and turns a refusal into a sentence for the one who is refused.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};

use cedar_policy::{
    Authorizer, Context, Entities, Entity, EntityId, EntityTypeName, EntityUid, PolicySet, Request, Response,
    RestrictedExpression, Schema,
};
use tracing::info;

use super::action::{Action, Resource};
use super::policies::{self, PolicyError};
use super::role::{Principal, Role};
use crate::domain::{DataClass, Locality, PlantId, Severity, UnitId};

/// What a policy's refusal is annotated with when the engine cannot know the reason by itself.
pub(super) const REASON: &str = "reason";

/// Most answers that are remembered; past this all are forgotten, which costs a moment and no correctness.
const REMEMBERED_MAX: usize = 4096;

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
    schema: Schema,
    policies: PolicySet,
    /// Policies look at nothing but the question, so an answer holds as long as they do. A page asks the same questions
    /// for every row that it shows.
    remembered: Mutex<HashMap<Question, Decision>>,
}

/// Whose name and role, what, on what.
type Question = (String, Role, Action, Resource);

impl Authority {
    /// Reads the built-in policies, or those of a directory, and holds them against the schema.
    ///
    /// # Errors
    /// When a policy cannot be read, is not in the language or does not fit the schema; the error names the file.
    pub fn load(directory: Option<&Path>) -> Result<Self, PolicyError> {
        let schema = policies::schema()?;
        let policies = policies::load(directory, &schema)?;
        Ok(Self(Arc::new(Inner { authorizer: Authorizer::new(), schema, policies, remembered: Mutex::default() })))
    }

    /// Whether they may do this to that. A refusal is logged.
    pub fn decide(&self, who: &Principal, action: Action, on: &Resource) -> Decision {
        let decision = self.ask(&who.name, who.role, action, on);
        if let Decision::Deny { reason } = &decision {
            info!(user = %who.name, role = %who.role, action = %action, on = %on, "refused {action} to {}: {reason}", who.name);
        }
        decision
    }

    /// The same for somebody of whom only name and role are known, or for TEP by itself. It is asked for every call to a
    /// language model, so a refusal is told by whoever asks.
    pub fn decide_for(&self, name: &str, role: Role, action: Action, on: &Resource) -> Decision {
        self.ask(name, role, action, on)
    }

    /// Every action, with whether they may do it in this plant and if not why: what the page needs to disable a button
    /// with its reason. Actions on alarms are asked of the mildest one and those on accounts of their own, so an action
    /// that is allowed here may still be refused for one alarm.
    pub fn permissions(&self, who: &Principal, plant: &PlantId) -> Vec<(Action, Decision)> {
        Action::ALL.map(|action| (action, self.ask(&who.name, who.role, action, &typical(action, who, plant)))).into()
    }

    /// Whether the schema knows this action for this kind of thing; anything else is refused to everybody.
    pub fn is_about(&self, action: Action, on: &Resource) -> bool {
        self.request("somebody", action, on).is_some()
    }

    /// What another question is put with.
    pub(super) fn parts(&self) -> (&Authorizer, &Schema, &PolicySet) {
        (&self.0.authorizer, &self.0.schema, &self.0.policies)
    }

    fn ask(&self, name: &str, role: Role, action: Action, on: &Resource) -> Decision {
        let question = (name.to_owned(), role, action, on.clone());
        let remembered = || self.0.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(decision) = remembered().get(&question) {
            return decision.clone();
        }
        let decision = self.work_out(name, role, action, on);
        let mut remembered = remembered();
        if remembered.len() >= REMEMBERED_MAX {
            remembered.clear();
        }
        remembered.insert(question, decision.clone());
        decision
    }

    fn work_out(&self, name: &str, role: Role, action: Action, on: &Resource) -> Decision {
        let Some(request) = self.request(name, action, on) else {
            return Decision::Deny { reason: format!("this cannot be done to {}", on.kind()) };
        };
        let response = self.response(&request, name, role, on);
        if response.decision() == cedar_policy::Decision::Allow {
            Decision::Allow
        } else {
            Decision::Deny { reason: self.reason(&request, name, on, &response) }
        }
    }

    /// The policy's own words where a policy forbids; otherwise which role would be let through, found by asking.
    fn reason(&self, request: &Request, name: &str, on: &Resource, response: &Response) -> String {
        let forbidden = response.diagnostics().reason().find_map(|policy| self.0.policies.annotation(policy, REASON));
        if let Some(words) = forbidden {
            return words.to_owned();
        }
        let allows = |role: Role| self.response(request, name, role, on).decision() == cedar_policy::Decision::Allow;
        let allowed: Vec<Role> = Role::ALL.into_iter().filter(|role| allows(*role)).collect();
        let is_humblest = |role: &Role| !allowed.iter().any(|other| other != role && role.includes(*other));
        let humblest: Vec<&str> = allowed.iter().filter(|role| is_humblest(role)).map(|role| role.as_str()).collect();
        match humblest.as_slice() {
            [] => "no role may do this here".to_owned(),
            roles => format!("needs the role {}", roles.join(" or ")),
        }
    }

    /// The request, if the schema knows the action for this kind of thing.
    fn request(&self, name: &str, action: Action, on: &Resource) -> Option<Request> {
        let action = uid("Action", action.as_str());
        Request::new(uid("User", name), action, resource_uid(on), Context::empty(), Some(&self.0.schema)).ok()
    }

    fn response(&self, request: &Request, name: &str, role: Role, on: &Resource) -> Response {
        self.0.authorizer.is_authorized(request, &self.0.policies, &entities(name, role, on))
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
        | Action::SuppressionSet
        | Action::SourceControl
        | Action::NotificationView
        | Action::NotificationManage
        | Action::KnowledgeView
        | Action::KnowledgeEdit => Resource::Plant(plant.clone()),
        Action::AlarmAcknowledge
        | Action::AlarmReset
        | Action::AlarmShelve
        | Action::AlarmOutOfService
        | Action::AlarmComment
        | Action::ExplanationRequest
        | Action::ExplanationJudge
        | Action::RegisterPropose
        | Action::RegisterApprove => {
            Resource::Alarm { plant: plant.clone(), unit: None, alarm: "any".into(), severity: Severity::Low }
        }
        Action::DetectorTrain | Action::DetectorPromote => {
            Resource::Detector { plant: plant.clone(), detector: "any".into() }
        }
        Action::LlmSend => Resource::Egress {
            provider: "any".into(),
            locality: Locality::Cloud,
            class: DataClass::Process,
            granted: false,
        },
        Action::LlmView
        | Action::LlmControl
        | Action::SupervisionView
        | Action::SupervisionRestart
        | Action::SupervisionPause
        | Action::MetricsView
        | Action::AuditRead
        | Action::SchemaIntrospect
        | Action::UserManage => Resource::System,
        Action::AccountChangePassword => Resource::User(who.name.clone()),
    }
}

pub(super) fn uid(kind: &str, id: &str) -> EntityUid {
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
        Resource::Egress { provider, class, .. } => uid("Egress", &format!("{provider}/{class}")),
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
        Resource::Egress { provider, locality, class, granted } => {
            let attributes = [
                ("provider", text(provider.as_str())),
                ("locality", text(locality.as_str())),
                ("class", text(class.as_str())),
                ("granted", RestrictedExpression::new_bool(*granted)),
            ];
            all.push(entity(resource_uid(on), attributes, []));
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

pub(super) fn text(value: &str) -> RestrictedExpression {
    RestrictedExpression::new_string(value.to_owned())
}

pub(super) fn entity<const A: usize, const P: usize>(
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn code_and_schema_name_the_same_actions() {
        let mut schema: Vec<String> =
            policies::schema().unwrap().actions().map(|uid| uid.id().unescaped().to_owned()).collect();
        // What TEP itself does is asked elsewhere.
        schema.retain(|action| action != super::super::egress::ACTION);
        let mut code = Action::ALL.map(|action| action.as_str().to_owned()).to_vec();
        schema.sort();
        code.sort();
        assert_eq!(schema, code);
    }

    #[test]
    fn what_the_code_tells_of_a_resource_is_what_the_schema_expects() {
        let schema = policies::schema().unwrap();
        let plant = PlantId::from("p");
        let alarm = |unit: Option<UnitId>| Resource::Alarm {
            plant: "p".into(),
            unit,
            alarm: "XMEAS_7/HIGH".into(),
            severity: Severity::High,
        };
        let all = [
            Resource::Plant(plant.clone()),
            Resource::Unit { plant: plant.clone(), unit: "reactor".into() },
            alarm(None),
            alarm(Some("reactor".into())),
            Resource::Detector { plant, detector: "pca".into() },
            Resource::Egress {
                provider: "claude".into(),
                locality: Locality::Cloud,
                class: DataClass::People,
                granted: true,
            },
            Resource::System,
            Resource::User("olga".into()),
            Resource::User("otto".into()),
        ];
        for on in all {
            let told = entities("olga", Role::Operator, &on);
            Entities::from_entities(told.iter().cloned(), Some(&schema)).unwrap_or_else(|e| panic!("{on:?}: {e}"));
        }
    }

    #[test]
    fn answers_are_remembered_apart_and_not_without_bound() {
        let authority = Authority::load(None).unwrap();
        let olga = somebody("olga", Role::Operator);
        let own = Resource::User("olga".into());
        for _ in 0..2 {
            assert!(authority.decide(&olga, Action::AccountChangePassword, &own).is_allowed());
            let vera = somebody("vera", Role::Operator);
            assert!(!authority.decide(&vera, Action::AccountChangePassword, &own).is_allowed());
            assert!(!authority.decide(&olga, Action::UserManage, &own).is_allowed());
            let promoted = somebody("olga", Role::Administrator);
            assert!(authority.decide(&promoted, Action::UserManage, &own).is_allowed());
        }
        assert_eq!(authority.0.remembered.lock().unwrap().len(), 4);
        for n in 0..REMEMBERED_MAX + 10 {
            authority.decide(&olga, Action::PlantView, &Resource::Plant(n.to_string().into()));
        }
        assert!(authority.0.remembered.lock().unwrap().len() <= REMEMBERED_MAX);
    }

    fn somebody(name: &str, role: Role) -> Principal {
        let at = crate::domain::WallTime::from_micros(0);
        Principal {
            user: crate::security::UserId::new(at),
            name: name.into(),
            role,
            session: crate::security::SessionId::new(at),
            expires_at: at,
        }
    }

    proptest! {
        #[test]
        fn no_name_is_too_odd_to_be_decided(name in ".*", plant in ".*", unit in ".*", alarm in ".*") {
            let authority = Authority::load(None).unwrap();
            let on = Resource::Alarm {
                plant: plant.into(),
                unit: Some(unit.into()),
                alarm: alarm.into(),
                severity: Severity::High,
            };
            prop_assert!(authority.decide(&somebody(&name, Role::Operator), Action::AlarmAcknowledge, &on).is_allowed());
            prop_assert!(!authority.decide(&somebody(&name, Role::Viewer), Action::AlarmAcknowledge, &on).is_allowed());
        }
    }

    #[test]
    fn each_permission_is_about_something_that_the_schema_knows() {
        let authority = Authority::load(None).unwrap();
        let who = somebody("olga", Role::Operator);
        let plant = PlantId::from("p");
        for action in Action::ALL {
            assert!(authority.is_about(action, &typical(action, &who, &plant)), "{action}");
        }
        let allowed = authority.permissions(&who, &plant).into_iter().filter(|(_, d)| d.is_allowed()).count();
        assert_eq!(
            allowed, 16,
            "what a viewer may, the four orders of alarms and the two of explanations that are an operator's, and the own password"
        );
    }
}
