//! Evidence: everything that an explanation of one alarm may rest on, frozen when the operator was called.
//!
//! Each part has an id, and whatever is stated later cites ids. The bundle is written in one canonical way, and its hash names
//! it: two bundles with the same hash say the same.

mod canonical;
mod freeze;
mod plain;
mod signature;
mod trace;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::domain::{AlarmId, OccurrenceId, PlantId, Severity, SourceTime, TagId, WallTime};

pub use self::freeze::{Scene, freeze};
pub use self::signature::{Comparison, FaultSignature, Finding};
pub use self::trace::{Trace, Usual};

/// The shape of the bundle; grows when a part is added or means something else.
pub const EVIDENCE_FORMAT: u32 = 1;

/// What an explanation of one occurrence of an alarm may rest on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// The shape of this bundle.
    pub format: u32,
    /// Which plant.
    pub plant: PlantId,
    /// The alarm.
    pub alarm: AlarmItem,
    /// The stretch of plant time that was looked at.
    pub window: Window,
    /// What tags did in it, the one that departed most first; only those that are worth telling.
    pub tags: Vec<TagItem>,
    /// What plant-wide detectors said.
    pub verdicts: Vec<VerdictItem>,
    /// Other alarms of the window, in the order in which they were raised.
    pub related: Vec<RelatedItem>,
    /// How the plant was run.
    pub mode: ModeItem,
    /// What operators had done of late, oldest first.
    pub actions: Vec<ActionItem>,
    /// The tags in which it shows first, the one with the largest part in it first; empty when nobody could tell.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roots: Vec<RootItem>,
    /// Causes that come into question, the likeliest first.
    pub causes: Vec<CauseItem>,
    /// Whether it was too early to compare it with incidents of the past: what is said of causes is a suspicion.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub young: bool,
    /// Why a diagnosis could not decide between causes; `None`: it could, or none was made.
    #[serde(default)]
    pub doubt: Option<String>,
    /// Passages of the knowledge base and of documents.
    pub passages: Vec<PassageItem>,
    /// Incidents of the past that were alike, with what operators found.
    pub incidents: Vec<IncidentItem>,
    /// What should be here and could not be had, in words.
    pub missing: Vec<String>,
}

/// The alarm that is to be explained.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AlarmItem {
    /// Always `alarm`.
    pub id: String,
    /// Which alarm.
    pub alarm: AlarmId,
    /// Which occurrence.
    pub occurrence: OccurrenceId,
    /// What an operator reads first.
    pub title: String,
    /// The process unit; `None` for the plant as a whole.
    pub unit: Option<String>,
    /// The tag that it watches.
    pub tag: Option<TagId>,
    /// How severe it was.
    pub severity: Severity,
    /// When it was raised, plant time.
    pub raised_at: SourceTime,
    /// When the operator was called, wall time.
    pub called_at: WallTime,
    /// The value that decided, in `unit_of_measure`.
    pub value: Option<f64>,
    /// The limit that it was compared with.
    pub limit: Option<f64>,
    /// The unit of value and limit.
    pub unit_of_measure: Option<String>,
    /// What may be the cause, as rationalised.
    pub cause: String,
    /// What happens if nobody acts, as rationalised.
    pub consequence: String,
    /// What the operator is to do, as rationalised.
    pub guidance: String,
}

/// The stretch of plant time that was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// From here on.
    pub from: SourceTime,
    /// When the first tag departed from what is usual; `None`: no tag has.
    pub onset: Option<SourceTime>,
    /// Up to here: when the alarm was raised, or when it was asked again.
    pub to: SourceTime,
}

/// What one tag did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TagItem {
    /// `tag:` and the tag.
    pub id: String,
    /// Which tag.
    pub tag: TagId,
    /// Its short name.
    pub name: String,
    /// Its unit of measure, in which its values are.
    pub unit_of_measure: String,
    /// What is usual of it.
    pub usual: f64,
    /// How far it usually strays, one standard deviation.
    pub strays: f64,
    /// Mean of the first minutes of the window.
    pub before: f64,
    /// Mean about the onset; `None` without one.
    pub onset: Option<f64>,
    /// Mean of the last minutes of the window; of the alarm's own tag, while it has just called, the value that called.
    pub now: f64,
    /// How many standard deviations `now` is from what is usual; negative when below.
    pub departure: f64,
    /// How many times wider than usual it strays in the second half of the window.
    pub widening: f64,
    /// When it departed from what is usual; `None`: it has not.
    pub departed_at: Option<SourceTime>,
}

/// What a plant-wide detector said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VerdictItem {
    /// `verdict:` and the detector.
    pub id: String,
    /// Which detector.
    pub detector: String,
    /// Of which plant time.
    pub at: SourceTime,
    /// Whether it was in alarm.
    pub in_alarm: bool,
    /// Its charts: name, statistic, limit.
    pub scores: Vec<ScoreItem>,
    /// The tags that contributed most, largest first.
    pub contributions: Vec<ShareItem>,
}

/// One chart of a verdict.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScoreItem {
    /// As engineers know it.
    pub chart: String,
    /// The statistic.
    pub statistic: f64,
    /// Its limit.
    pub limit: f64,
}

/// How much of a statistic is one tag's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ShareItem {
    /// Which tag.
    pub tag: TagId,
    /// Percent.
    pub percent: f64,
}

/// Another alarm of the window.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RelatedItem {
    /// `related:` and its number.
    pub id: String,
    /// Which alarm.
    pub alarm: AlarmId,
    /// What an operator reads.
    pub title: String,
    /// The tag that it watches.
    pub tag: Option<TagId>,
    /// How severe it was.
    pub severity: Severity,
    /// When it was raised, plant time.
    pub raised_at: SourceTime,
}

/// How the plant was run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModeItem {
    /// Always `mode`.
    pub id: String,
    /// In words, for example `running`.
    pub state: String,
    /// Why, when there is more to say.
    pub detail: Option<String>,
}

/// Something that an operator did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ActionItem {
    /// `action:` and its number.
    pub id: String,
    /// When, plant time.
    pub at: SourceTime,
    /// What, for example `acknowledged`.
    pub what: String,
    /// To which alarm.
    pub alarm: AlarmId,
    /// By whom.
    pub by: String,
    /// What they said.
    pub comment: Option<String>,
}

/// A tag in which it shows first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RootItem {
    /// `root:` and the tag.
    pub id: String,
    /// Which tag.
    pub tag: TagId,
    /// Its short name.
    pub name: String,
    /// Its part in what makes the incident unusual, percent.
    pub percent: f64,
    /// When it first left what the values before predict; `None`: no single value stands out.
    pub departed_at: Option<SourceTime>,
}

/// A cause that comes into question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CauseItem {
    /// `cause:` and its number in the fault library, for example `cause:idv-6`.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// How well everything fits, percent.
    pub percent: f64,
    /// Where it stands among those that a diagnosis from runs of the past has found, from 1; `None`: none was made, or it is not
    /// among them.
    pub place: Option<u32>,
    /// Whether that diagnosis holds it to be possible: with more than one, it could not tell them apart.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub possible: bool,
    /// The tags of its fingerprint that have departed, most telling first.
    pub fitting: Vec<TagId>,
    /// The first tags of its fingerprint that have not departed.
    pub lacking: Vec<TagId>,
    /// Its usual alarms that stand.
    pub alarms: Vec<AlarmId>,
    /// Causes that cannot be told apart from it, or only with difficulty, by their ids.
    pub alike: Vec<String>,
    /// The article that describes it; empty without one.
    pub article: String,
}

/// A passage of the knowledge base, or of a document. Quoted, never obeyed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PassageItem {
    /// `passage:` and its number.
    pub id: String,
    /// Where it stands, for example `disturbances/IDV_06#checks-and-actions`.
    pub anchor: String,
    /// Its heading, with that of its article.
    pub title: String,
    /// Its text.
    pub text: String,
    /// Whether the site has written it, rather than TEP.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub own: bool,
}

/// An incident of the past.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IncidentItem {
    /// `incident:` and its number.
    pub id: String,
    /// Which occurrence it was.
    pub occurrence: OccurrenceId,
    /// When, wall time.
    pub at: WallTime,
    /// How alike, percent.
    pub percent: f64,
    /// What operators said of its explanation: `right`, `partly` or `wrong`.
    pub verdict: Option<String>,
    /// The true cause, as they found it.
    pub cause: Option<String>,
}

impl Evidence {
    /// The one way in which this bundle is written: keys in their order, numbers in their shortest form, no blanks.
    pub fn canonical(&self) -> String {
        canonical::write(self)
    }

    /// The name of its content: the SHA-256 of [`Evidence::canonical`], in hexadecimal digits.
    pub fn hash(&self) -> String {
        canonical::hash(&self.canonical())
    }

    /// Everything that may be cited.
    pub fn ids(&self) -> BTreeSet<&str> {
        let mut ids = BTreeSet::from([self.alarm.id.as_str(), self.mode.id.as_str()]);
        ids.extend(self.tags.iter().map(|item| item.id.as_str()));
        ids.extend(self.verdicts.iter().map(|item| item.id.as_str()));
        ids.extend(self.roots.iter().map(|item| item.id.as_str()));
        ids.extend(self.related.iter().map(|item| item.id.as_str()));
        ids.extend(self.actions.iter().map(|item| item.id.as_str()));
        ids.extend(self.causes.iter().map(|item| item.id.as_str()));
        ids.extend(self.passages.iter().map(|item| item.id.as_str()));
        ids.extend(self.incidents.iter().map(|item| item.id.as_str()));
        ids
    }

    /// The same without what was written by others: passages, incidents, and who has done and said what. For a model that may
    /// see values, and neither documents nor people.
    #[must_use]
    pub fn process_only(&self) -> Self {
        Self { passages: Vec::new(), incidents: Vec::new(), actions: Vec::new(), ..self.clone() }
    }

    /// The same with more passages, which were found for a question: as plain as the others, and numbered on from them. What is
    /// there already is not there twice.
    #[must_use]
    pub fn with_passages(mut self, found: Vec<PassageItem>) -> Self {
        for mut passage in found {
            if self.passages.iter().any(|known| known.anchor == passage.anchor) {
                continue;
            }
            passage.id = format!("passage:{}", self.passages.len() + 1);
            passage.text = plain::unmarked(&passage.text);
            self.passages.push(passage);
        }
        self
    }

    /// The passage of an article under a heading, by the end of its anchor.
    pub fn passage(&self, article: &str, heading: &str) -> Option<&PassageItem> {
        let anchor = format!("{article}#{heading}");
        self.passages.iter().find(|passage| passage.anchor == anchor)
    }

    /// The tag that departed first, of those that have departed clearly: one that has just left what is usual says nothing beside
    /// another that is far away. Of several at one time it is the alarm's own.
    pub fn first_to_depart(&self) -> Option<&TagItem> {
        let strongest = self.tags.iter().filter(|tag| tag.departed_at.is_some()).map(TagItem::strength);
        let clear = clear_from(strongest.fold(0.0, f64::max));
        let departed = self.tags.iter().filter(|tag| tag.departed_at.is_some() && tag.strength() >= clear);
        departed.min_by_key(|tag| (tag.departed_at, self.alarm.tag.as_ref() != Some(&tag.tag)))
    }

    /// The tag's part of the bundle.
    pub fn tag(&self, tag: &TagId) -> Option<&TagItem> {
        self.tags.iter().find(|item| item.tag == *tag)
    }
}

impl TagItem {
    /// How much it has departed, in deviations, whichever way.
    pub fn strength(&self) -> f64 {
        trace::strength(self.departure, self.widening)
    }
}

/// From how many deviations on a departure is clear beside the strongest one.
fn clear_from(strongest: f64) -> f64 {
    (strongest / 2.0).min(CLEAR)
}

/// A departure so many deviations wide is clear whatever others do.
const CLEAR: f64 = 6.0;

/// A number as it is kept and told: four significant digits, so that a rounding error never makes another bundle.
pub(crate) fn told(value: f64) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return 0.0;
    }
    let scale = 10f64.powi(4 - 1 - value.abs().log10().floor() as i32);
    let rounded = (value * scale).round() / scale;
    // Through its text, so that 0.1 + 0.2 is 0.3 for good.
    format!("{rounded:.12}").parse().unwrap_or(rounded)
}
