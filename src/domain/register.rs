//! The rationalisation register: what was decided of each alarm, by whom, and what became of every wish to change it.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::alarm::{AlarmDefinition, AlarmHandling, Severity};
use super::ids::AlarmId;
use super::plant::Limit;
use super::time::WallTime;

/// How a limit alarm is tuned.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LimitSettings {
    /// The limit, in the tag's unit.
    #[serde(with = "exact")]
    pub value: f64,
    /// How far the value must come back before the condition is over, in the tag's unit.
    #[serde(with = "exact")]
    pub deadband: f64,
    /// How long the value must stay beyond before the condition holds, plant time.
    pub on_delay: Duration,
    /// How long it must stay back before the condition is over, plant time.
    pub off_delay: Duration,
}

impl From<&Limit> for LimitSettings {
    fn from(limit: &Limit) -> Self {
        let Limit { value, deadband, on_delay, off_delay, .. } = *limit;
        Self { value, deadband, on_delay, off_delay }
    }
}

impl LimitSettings {
    /// The same limit under these settings.
    pub fn of(self, limit: &Limit) -> Limit {
        let Self { value, deadband, on_delay, off_delay } = self;
        Limit { value, deadband, on_delay, off_delay, ..limit.clone() }
    }
}

/// A number as the shortest text that reads back as the same number: a register that comes back from the database must
/// equal what was approved, to the last bit.
mod exact {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub fn serialize<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&value.to_string())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

/// How bad it is in one respect if nobody acts, ascending.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConsequenceSeverity {
    /// Nothing happens in this respect.
    #[default]
    None,
    /// Bearable: a disturbance, a first-aid case, off-specification product.
    Minor,
    /// Grave: an injury, a reportable release, days of lost production.
    Major,
    /// Irreversible: a death, a lasting release, loss of a main machine.
    Severe,
}

/// How bad it is if nobody acts, in each respect.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consequences {
    /// For people.
    pub safety: ConsequenceSeverity,
    /// For the environment.
    pub environment: ConsequenceSeverity,
    /// For production, quality and machines.
    pub economics: ConsequenceSeverity,
}

impl Consequences {
    /// The worst of them decides.
    pub fn worst(self) -> ConsequenceSeverity {
        self.safety.max(self.environment).max(self.economics)
    }
}

/// What rationalisation has found, from which the severity follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assessment {
    /// How long the operator has until the consequence cannot be averted any more, plant time.
    pub time_to_respond: Duration,
    /// What happens then.
    pub consequences: Consequences,
}

impl Assessment {
    /// A longer time to respond is a slip of the pen.
    pub const TIME_MAX: Duration = Duration::from_secs(86_400);
}

/// What the severity of an alarm follows from, as rationalisation (ISA-18.2) has found it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rationale {
    /// How long the operator has, and what happens otherwise; `None` while nobody has assessed it.
    pub assessment: Option<Assessment>,
    /// Its alarm class, for example `quality`.
    pub class: Option<String>,
    /// Why there is such an alarm, or why its severity is another than that of the matrix.
    pub justification: Option<String>,
}

impl Rationale {
    /// Longest name of an alarm class, characters.
    pub const CLASS_MAX: usize = 64;
}

/// Why a severity does not follow from an assessment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RationaleProblem {
    /// The time to respond is nothing, or longer than [`Assessment::TIME_MAX`].
    Time,
    /// Nothing happens if nobody acts.
    NoConsequence,
    /// The matrix gives this severity, and nobody has said why it is to be another.
    Unjustified(Severity),
}

/// Everything that the register holds of one alarm.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RegisterEntry {
    /// What may be the cause.
    pub cause: String,
    /// What happens if nobody acts.
    pub consequence: String,
    /// What the operator is to do.
    pub guidance: String,
    /// Its severity.
    pub severity: Severity,
    /// How its life goes where ISA-18.2 leaves a choice.
    pub handling: AlarmHandling,
    /// How it is tuned, for an alarm of a limit.
    pub limit: Option<LimitSettings>,
    /// What the severity follows from; `None` while nobody has assessed it.
    #[serde(default)]
    pub assessment: Option<Assessment>,
    /// Its alarm class, for example `quality`.
    #[serde(default)]
    pub class: Option<String>,
    /// Why there is such an alarm, or why its severity is another than that of the matrix.
    #[serde(default)]
    pub justification: Option<String>,
}

impl From<&AlarmDefinition> for RegisterEntry {
    fn from(definition: &AlarmDefinition) -> Self {
        let Rationale { assessment, class, justification } = definition.rationale.clone();
        Self {
            cause: definition.cause.clone(),
            consequence: definition.consequence.clone(),
            guidance: definition.guidance.clone(),
            severity: definition.severity,
            handling: definition.handling,
            limit: definition.limit.as_ref().map(LimitSettings::from),
            assessment,
            class,
            justification,
        }
    }
}

/// One wish to change the register, from the day that somebody proposed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ChangeId(pub Uuid);

impl fmt::Display for ChangeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for ChangeId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

/// What has become of a change. The names are the database's format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeState {
    /// It waits for approval.
    Proposed,
    /// It was approved and is what the register says now.
    InForce,
    /// It was in force until a later one was.
    Superseded,
    /// Somebody has refused it.
    Rejected,
    /// Whoever proposed it has taken it back.
    Withdrawn,
}

/// Where a change comes from. The names are the database's format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeOrigin {
    /// The plant file, when the register first saw the alarm: the file goes on deciding.
    PlantFile,
    /// A person: the register decides.
    Person,
}

/// One change of one entry of the register, with everything that has become of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RegisterChange {
    /// Its id.
    pub id: ChangeId,
    /// Which alarm.
    pub alarm: AlarmId,
    /// Counts the changes of this alarm, from 1.
    pub version: i64,
    /// What has become of it.
    pub state: ChangeState,
    /// Where it comes from.
    pub origin: ChangeOrigin,
    /// What the register said when it was proposed; `None` when it said nothing.
    pub before: Option<Arc<RegisterEntry>>,
    /// What it is to say; `None` takes an alarm out of the register that the plant file does not have any more.
    pub after: Option<Arc<RegisterEntry>>,
    /// What the plant file said when it was proposed; drift is counted from here.
    pub file: Option<Arc<RegisterEntry>>,
    /// Why.
    pub reason: String,
    /// Who has proposed it.
    pub proposed_by: String,
    /// When.
    pub proposed_at: WallTime,
    /// Who has approved, rejected or withdrawn it.
    pub decided_by: Option<String>,
    /// When.
    pub decided_at: Option<WallTime>,
    /// What they said.
    pub decision: Option<String>,
}

/// How the severity follows from an assessment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PriorityMatrix {
    /// Upper ends of the classes of time to respond, ascending; the last class has none.
    pub times: Vec<Duration>,
    /// For each class of time, the severity for a minor, a major and a severe consequence.
    pub rows: Vec<[Severity; 3]>,
}

impl Default for PriorityMatrix {
    /// Four classes of time and three of consequence (EEMUA 191): most alarms come out low.
    fn default() -> Self {
        use Severity::{Critical, High, Low, Medium};
        let minutes = |minutes: u64| Duration::from_secs(minutes * 60);
        Self {
            times: vec![minutes(3), minutes(10), minutes(30)],
            rows: vec![[Medium, High, Critical], [Low, Medium, High], [Low, Low, Medium], [Low, Low, Low]],
        }
    }
}

impl PriorityMatrix {
    /// The severity of an assessment; `None` when nothing happens if nobody acts, which is no alarm.
    pub fn severity(&self, assessment: &Assessment) -> Option<Severity> {
        let column = match assessment.consequences.worst() {
            ConsequenceSeverity::None => return None,
            ConsequenceSeverity::Minor => 0,
            ConsequenceSeverity::Major => 1,
            ConsequenceSeverity::Severe => 2,
        };
        let class = self.times.iter().take_while(|end| assessment.time_to_respond >= **end).count();
        self.rows.get(class).map(|row| row[column])
    }

    /// Why this severity does not follow from this assessment; `None` when it does, or when somebody has said why it is to be
    /// another.
    pub fn problem(
        &self,
        severity: Severity,
        assessment: &Assessment,
        justification: Option<&str>,
    ) -> Option<RationaleProblem> {
        let time = assessment.time_to_respond;
        if time.is_zero() || time > Assessment::TIME_MAX {
            return Some(RationaleProblem::Time);
        }
        match self.severity(assessment) {
            None => Some(RationaleProblem::NoConsequence),
            Some(expected) if expected != severity && justification.is_none() => {
                Some(RationaleProblem::Unjustified(expected))
            }
            Some(_) => None,
        }
    }
}

/// How a plant keeps its register.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RegisterRules {
    /// How the severity follows from an assessment.
    pub matrix: PriorityMatrix,
    /// A change of an alarm of one of these severities, before or after it, is approved by another than its proposer.
    pub second_person: BTreeSet<Severity>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assessment(minutes: u64, worst: ConsequenceSeverity) -> Assessment {
        let consequences = Consequences { environment: worst, ..Consequences::default() };
        Assessment { time_to_respond: Duration::from_secs(minutes * 60), consequences }
    }

    #[test]
    fn the_worst_consequence_and_the_time_to_respond_decide() {
        use ConsequenceSeverity::{Major, Minor, None, Severe};
        let matrix = PriorityMatrix::default();
        for (minutes, worst, expected) in [
            (0, Severe, Some(Severity::Critical)),
            (2, Major, Some(Severity::High)),
            (3, Major, Some(Severity::Medium)),
            (9, Severe, Some(Severity::High)),
            (10, Severe, Some(Severity::Medium)),
            (45, Severe, Some(Severity::Low)),
            (2, Minor, Some(Severity::Medium)),
            (2, None, Option::None),
        ] {
            assert_eq!(matrix.severity(&assessment(minutes, worst)), expected, "{minutes} min, {worst:?}");
        }
    }

    #[test]
    fn settings_come_back_to_the_last_bit() {
        let settings = LimitSettings {
            value: 0.1 + 0.2,
            deadband: 1e-17,
            on_delay: Duration::from_millis(1500),
            off_delay: Duration::ZERO,
        };
        let text = serde_json::to_string(&settings).unwrap();
        assert_eq!(serde_json::from_str::<LimitSettings>(&text).unwrap(), settings);
    }
}
