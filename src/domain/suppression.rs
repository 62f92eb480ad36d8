//! What hides alarms by design, and which alarms belong together when one asks what came first.

use std::time::Duration;

use super::expression::Expression;
use super::ids::{AlarmId, FirstOutId, RuleId};

/// A design rule: while its expression holds, it hides the alarms that mean nothing then.
#[derive(Clone, Debug, PartialEq)]
pub struct SuppressionRule {
    /// Its id, for example `plant-tripped`.
    pub id: RuleId,
    /// What it is called on the screen.
    pub title: String,
    /// Why these alarms mean nothing while it holds.
    pub why: String,
    /// When it holds.
    pub when: Expression,
    /// The alarms that it hides, in the order of the plant.
    pub alarms: Vec<AlarmId>,
    /// How long the expression must be true before the rule holds, plant time.
    pub on_delay: Duration,
    /// How long it must not be true before the rule no longer holds, plant time.
    pub off_delay: Duration,
}

/// One alarm says all that another says, and more: HIGH_HIGH hides HIGH of the same tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Eclipse {
    /// The alarm that says more.
    pub by: AlarmId,
    /// The alarm that is hidden while that one stands in the list with its condition.
    pub of: AlarmId,
}

/// Alarms that come as a crowd: the first one is the one to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FirstOutGroup {
    /// Its id, for example `reactor-trip`.
    pub id: FirstOutId,
    /// What it is called on the screen.
    pub title: String,
    /// Its alarms.
    pub alarms: Vec<AlarmId>,
}
