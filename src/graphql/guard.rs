//! Who may see which field. Every field of the schema stands here; one that does not is refused, and a test finds it.
//!
//! A document is looked through once, before anything is executed: which fields it names decides which actions it takes,
//! and each action is asked of the policies once. What depends on a single object (an alarm to acknowledge, a node) is
//! asked again where that object is known.

use std::collections::HashSet;

use async_graphql::parser::types::{ExecutableDocument, OperationType, Selection, SelectionSet};
use async_graphql::registry::{MetaTypeName, Registry};

use crate::domain::PlantId;
use crate::security::{Action, Resource};

/// What a field asks of whoever wants it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    /// To have signed in.
    SignedIn,
    /// To be allowed an action in this plant.
    May(Action),
    /// To be allowed an action on each single object; its resolver asks.
    EachObject(Action),
}

/// What a field asks. `None`: nobody has decided.
pub(super) fn access(parent: &str, field: &str) -> Option<Access> {
    let access = match parent {
        "Query" => return query(field),
        "Mutation" => return mutation(field),
        "Subscription" => return subscription(field),
        "Node" | "User" | "Permission" | "PageInfo" | "Discontinuity" => Access::SignedIn,
        // Each is left out of the list for whom the policies hide its plant.
        "PlantPlacement" => Access::SignedIn,
        "AlarmOrderPayload"
        | "AlarmOrderResult"
        | "RegisterPayload"
        | "SourcePayload"
        | "ActorPayload"
        | "LlmPayload"
        | "ExplanationPayload"
        | "IncidentPayload"
        | "AskPayload"
        | "ComparisonPayload"
        | "SuppressionRulePayload"
        | "UserError"
        | "KnowledgePayload"
        | "ModelPayload"
        | "NotificationPayload" => Access::SignedIn,
        "Unit" if matches!(field, "worstAlarm" | "activeAlarms" | "unacknowledgedAlarms") => {
            Access::May(Action::AlarmView)
        }
        "Plant" if field == "flood" => Access::May(Action::AlarmView),
        "Plant" | "Source" | "Unit" | "Tag" | "TagCondition" | "Limit" | "Value" | "ControlLoop" | "Contribution"
        | "Disturbance" | "ValuesBatch" | "TagValue" => Access::May(Action::PlantView),
        "Trend" | "TrendSeries" | "TrendPoint" | "LimitPreview" | "LimitOutlook" | "LimitOutlookDay"
        | "LimitExcursion" => Access::May(Action::TrendView),
        "Alarm" if field == "incident" => Access::May(Action::DetectorView),
        "Incident" | "IncidentCause" | "IncidentRoot" | "IncidentVerdict" | "SimilarIncident" | "TimeToTrip"
        | "Cause" => Access::May(Action::DetectorView),
        "Alarm" if field == "history" => Access::May(Action::JournalView),
        "SuppressionRule" | "FirstOutGroup" => Access::May(Action::AlarmView),
        "Alarm" | "PutAside" | "AlarmGroup" | "Flood" | "AlarmConnection" | "AlarmEdge" | "AlarmSnapshot"
        | "AlarmEvent" => Access::May(Action::AlarmView),
        "RegisterEntry" | "RegisterSettings" | "RegisterAssessment" | "RegisterChange" | "RegisterDifference"
        | "RegisterDrift" | "RegisterConnection" | "RegisterEdge" | "RegisterRules" | "PriorityMatrixRow"
        | "LimitSettings" | "HandlingSettings" => Access::May(Action::AlarmView),
        "JournalEntry" | "JournalConnection" | "JournalEdge" => Access::May(Action::JournalView),
        "AlarmKpis" | "AlarmKpi" | "AlarmsStanding" | "AlarmPeriod" | "FloodSpan" | "PriorityMix" | "NuisanceAlarm"
        | "NuisanceAlarms" | "RedundantAlarms" => Access::May(Action::JournalView),
        "Console" => Access::May(Action::PlantView),
        "Model" | "ModelChart" | "TrainingRun" | "TrainingJob" | "Shadow" | "Agreement" | "Drift" => {
            Access::May(Action::DetectorView)
        }
        "Detector" | "TrainingProgress" | "Verdict" | "ChartScore" | "DetectorSnapshot" | "DetectorEvent" => {
            Access::May(Action::DetectorView)
        }
        "Evidence" | "EvidenceItem" => Access::May(Action::JournalView),
        "AlarmExplanation"
        | "Explanation"
        | "ExplanationCause"
        | "ExplanationTurn"
        | "ExplanationVerdict"
        | "ExplanationComparison"
        | "ComparedExplanation"
        | "ExplanationUpdate"
        | "GroundedText"
        | "TextSegment" => Access::May(Action::AlarmView),
        "LlmBroker" | "LlmProvider" | "LlmBudget" | "LlmDirective" | "LlmCall" => Access::May(Action::LlmView),
        "KnowledgeState"
        | "KnowledgeSearch"
        | "KnowledgePassage"
        | "KnowledgeDocument"
        | "KnowledgeConnection"
        | "KnowledgeEdge" => Access::May(Action::KnowledgeView),
        "Notifications"
        | "NotificationChannel"
        | "NotificationRoster"
        | "NotificationRoute"
        | "NotificationStep"
        | "NotificationConnection"
        | "NotificationEdge"
        | "Notification" => Access::May(Action::NotificationView),
        "AuditEntry" | "AuditConnection" | "AuditEdge" => Access::May(Action::AuditRead),
        "ActorNode" | "ActorChange" | "SupervisionSnapshot" | "SupervisionDiff" | "SupervisionEvent" => {
            Access::May(Action::SupervisionView)
        }
        _ => return None,
    };
    Some(access)
}

fn query(field: &str) -> Option<Access> {
    Some(match field {
        "viewer" | "node" | "nodes" => Access::SignedIn,
        "plants" => Access::EachObject(Action::PlantView),
        "plant" | "tag" | "unit" | "disturbances" => Access::May(Action::PlantView),
        "trend" | "previewLimit" => Access::May(Action::TrendView),
        "alarms" | "alarm" | "alarmRegister" | "alarmRegisterCsv" | "registerEntry" | "registerDrift"
        | "registerRules" | "suppressionRules" | "firstOutGroups" | "alarmExplanation" => {
            Access::May(Action::AlarmView)
        }
        "journal" | "kpiBoard" | "alarmKpis" | "evidence" => Access::May(Action::JournalView),
        "detectors" | "incident" | "incidents" | "incidentCauses" | "models" | "trainingJobs" | "modelRegistry" => {
            Access::May(Action::DetectorView)
        }
        "actorTree" => Access::May(Action::SupervisionView),
        "audit" => Access::May(Action::AuditRead),
        "broker" | "llmCalls" => Access::May(Action::LlmView),
        "notifications" => Access::May(Action::NotificationView),
        "knowledge" | "knowledgeDocuments" | "knowledgeDocument" | "searchKnowledge" => {
            Access::May(Action::KnowledgeView)
        }
        "__schema" | "__type" => Access::May(Action::SchemaIntrospect),
        _ => return None,
    })
}

fn mutation(field: &str) -> Option<Access> {
    Some(match field {
        "acknowledgeAlarms" => Access::EachObject(Action::AlarmAcknowledge),
        "resetAlarms" => Access::EachObject(Action::AlarmReset),
        "shelveAlarms" | "unshelveAlarms" => Access::EachObject(Action::AlarmShelve),
        "takeAlarmsOutOfService" | "returnAlarmsToService" => Access::EachObject(Action::AlarmOutOfService),
        "assignAlarms" | "commentAlarms" => Access::EachObject(Action::AlarmComment),
        "explainAlarm" | "askAboutAlarm" | "compareExplanations" => Access::EachObject(Action::ExplanationRequest),
        "judgeExplanation" | "judgeIncident" => Access::EachObject(Action::ExplanationJudge),
        "proposeRegisterChange" | "withdrawRegisterChange" => Access::EachObject(Action::RegisterPropose),
        "approveRegisterChange" | "rejectRegisterChange" => Access::EachObject(Action::RegisterApprove),
        "setDisturbance" | "setSimulationSpeed" | "pauseSimulation" | "resetSimulation" => {
            Access::May(Action::SourceControl)
        }
        "trainDetector" | "cancelTraining" => Access::EachObject(Action::DetectorTrain),
        "promoteModel" | "rollBackModel" | "retireModel" | "publishModel" | "pullModel" => {
            Access::EachObject(Action::DetectorPromote)
        }
        "setBreaker" | "killSwitch" => Access::May(Action::LlmControl),
        "removeKnowledgeDocument" => Access::May(Action::KnowledgeEdit),
        "setSuppressionRule" => Access::May(Action::SuppressionSet),
        "restartActor" => Access::May(Action::SupervisionRestart),
        "sendTestNotification" | "retryNotification" => Access::May(Action::NotificationManage),
        "pauseActor" | "resumeActor" => Access::May(Action::SupervisionPause),
        _ => return None,
    })
}

fn subscription(field: &str) -> Option<Access> {
    Some(match field {
        "values" => Access::May(Action::PlantView),
        "alarmEvents" | "explanation" => Access::May(Action::AlarmView),
        "detectorScores" => Access::May(Action::DetectorView),
        "supervisionEvents" => Access::May(Action::SupervisionView),
        _ => return None,
    })
}

/// What a global id's kind asks, for objects that are asked for by id alone.
pub(super) fn access_to_kind(kind: &str) -> Option<Access> {
    access(kind, "id")
}

/// What an action is done to when no single object is meant.
pub(super) fn resource(action: Action, plant: &PlantId) -> Resource {
    match action {
        Action::SupervisionView
        | Action::SupervisionRestart
        | Action::SupervisionPause
        | Action::SchemaIntrospect
        | Action::MetricsView
        | Action::AuditRead
        | Action::LlmView
        | Action::LlmControl
        | Action::UserManage => Resource::System,
        _ => Resource::Plant(plant.clone()),
    }
}

/// What a document needs.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Needs {
    /// The actions, in the order in which the document first needs them.
    pub actions: Vec<Action>,
    /// Fields for which nobody has decided.
    pub undecided: Vec<String>,
}

/// Looks a document through. Fields that do not exist are left to the validation that follows.
pub(super) fn needs(document: &ExecutableDocument, registry: &Registry) -> Needs {
    let mut walk = Walk { registry, seen: HashSet::new(), needs: Needs::default() };
    for (_, operation) in document.operations.iter() {
        let root = match operation.node.ty {
            OperationType::Query => Some(registry.query_type.as_str()),
            OperationType::Mutation => registry.mutation_type.as_deref(),
            OperationType::Subscription => registry.subscription_type.as_deref(),
        };
        if let Some(root) = root {
            walk.selections(root, &operation.node.selection_set.node);
        }
    }
    for fragment in document.fragments.values() {
        walk.selections(&fragment.node.type_condition.node.on.node, &fragment.node.selection_set.node);
    }
    walk.needs
}

struct Walk<'a> {
    registry: &'a Registry,
    seen: HashSet<(String, String)>,
    needs: Needs,
}

impl Walk<'_> {
    fn selections(&mut self, parent: &str, selections: &SelectionSet) {
        for selection in &selections.items {
            match &selection.node {
                Selection::Field(field) => self.field(parent, &field.node.name.node, &field.node.selection_set.node),
                Selection::InlineFragment(fragment) => {
                    let on = fragment.node.type_condition.as_ref().map_or(parent, |on| on.node.on.node.as_str());
                    self.selections(on, &fragment.node.selection_set.node);
                }
                // Each fragment is looked through once, by its own type.
                Selection::FragmentSpread(_) => {}
            }
        }
    }

    fn field(&mut self, parent: &str, name: &str, inner: &SelectionSet) {
        if name == "__typename" {
            return;
        }
        let introspection = matches!(name, "__schema" | "__type");
        let kind = self.registry.types.get(parent).and_then(|kind| kind.field_by_name(name)).map(|field| &field.ty);
        if !introspection && kind.is_none() {
            return;
        }
        if self.seen.insert((parent.to_owned(), name.to_owned())) {
            self.need(parent, name);
        }
        // Below `__schema` everything is schema.
        if let Some(kind) = kind.filter(|_| !introspection) {
            self.selections(MetaTypeName::concrete_typename(kind), inner);
        }
    }

    fn need(&mut self, parent: &str, name: &str) {
        match access(parent, name) {
            None => self.needs.undecided.push(format!("{parent}.{name}")),
            Some(Access::May(action)) if !self.needs.actions.contains(&action) => self.needs.actions.push(action),
            Some(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, HashMap};

    use async_graphql::parser::parse_query;
    use async_graphql::registry::MetaType;
    use async_graphql::{IntrospectionMode, OutputType, SubscriptionType};

    use super::*;
    use crate::graphql::{Mutation, Query, Subscription};

    /// Every type of the schema; the library shows its own only to extensions.
    fn registry() -> Registry {
        let mut registry = Registry {
            types: BTreeMap::new(),
            directives: BTreeMap::new(),
            implements: HashMap::new(),
            query_type: Query::type_name().into_owned(),
            mutation_type: Some(Mutation::type_name().into_owned()),
            subscription_type: Some(Subscription::type_name().into_owned()),
            introspection_mode: IntrospectionMode::Enabled,
            enable_federation: false,
            federation_subscription: false,
            ignore_name_conflicts: HashSet::new(),
            enable_suggestions: false,
        };
        Query::create_type_info(&mut registry);
        Mutation::create_type_info(&mut registry);
        Subscription::create_type_info(&mut registry);
        registry
    }

    /// Every field of the schema for which nobody has decided.
    fn undecided(registry: &Registry) -> Vec<String> {
        let mut found = Vec::new();
        for (name, kind) in &registry.types {
            let fields = match kind {
                MetaType::Object { fields, .. } | MetaType::Interface { fields, .. } if !name.starts_with("__") => {
                    fields
                }
                _ => continue,
            };
            found.extend(
                fields.keys().filter(|field| access(name, field).is_none()).map(|field| format!("{name}.{field}")),
            );
        }
        found
    }

    fn needs_of(text: &str) -> Needs {
        needs(&parse_query(text).unwrap(), &registry())
    }

    #[test]
    fn every_field_has_a_decided_guard() {
        // This list may only shrink.
        let known: [&str; 0] = [];
        assert_eq!(undecided(&registry()), known);
    }

    #[test]
    fn a_document_needs_what_its_fields_need() {
        for (text, expected) in [
            ("{ viewer { name } __typename }", vec![]),
            ("{ plant { tags { key } } }", vec![Action::PlantView]),
            ("{ plant { units { worstAlarm } } }", vec![Action::PlantView, Action::AlarmView]),
            ("{ alarms { edges { node { history { kind } } } } }", vec![Action::AlarmView, Action::JournalView]),
            ("{ node(id: \"x\") { id ... on Detector { status } } }", vec![Action::DetectorView]),
            ("{ node(id: \"x\") { ...f } } fragment f on ActorNode { key }", vec![Action::SupervisionView]),
            ("{ __schema { types { name } } }", vec![Action::SchemaIntrospect]),
            (
                "mutation { resetSimulation(input: {idempotencyKey: \"k\"}) { userErrors { code } } }",
                vec![Action::SourceControl],
            ),
            (
                "mutation { pauseActor(input: {key: \"root\", reason: \"r\", idempotencyKey: \"k\"}) { ok } }",
                vec![Action::SupervisionPause],
            ),
            ("subscription { supervisionEvents { __typename } }", vec![Action::SupervisionView]),
        ] {
            assert_eq!(needs_of(text), Needs { actions: expected, undecided: vec![] }, "{text}");
        }
    }

    #[test]
    fn every_node_can_be_authorised_by_its_kind() {
        for kind in ["User", "Plant", "Unit", "Tag", "Alarm", "JournalEntry", "Detector"] {
            assert!(access_to_kind(kind).is_some(), "{kind}");
        }
        assert_eq!(access_to_kind("Elsewhere"), None);
    }
}
