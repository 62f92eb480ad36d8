//! Putting the bundle together, from what was read. Nothing here reads anything.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::plain::unmarked;
use super::signature::{Comparison, FaultSignature, Seen, rank};
use super::trace::{Course, Trace};
use super::{
    ActionItem, AlarmItem, CLEAR, CauseItem, EVIDENCE_FORMAT, Evidence, IncidentItem, ModeItem, PassageItem,
    RelatedItem, RootItem, ScoreItem, ShareItem, TagItem, VerdictItem, Window, clear_from, told,
};
use crate::domain::{
    AlarmDefinition, AlarmId, DetectorState, JournalEntry, Plant, Root, SourceReport, SourceState, SourceTime, Tag,
    TagId, TagIndex, TransitionKind, Verdict,
};

/// Tags that are told at most.
const TAGS_MOST: usize = 16;
/// Tags that are told at most because a cause lacks them, beside those.
const LACKING_MOST: usize = 6;
/// Contributions of a verdict that are told at most.
const SHARES_MOST: usize = 6;
/// Roots that are told at most.
const ROOTS_MOST: usize = 6;
/// A smaller part in what is unusual is not told, 0…1.
const ROOT_LEAST: f64 = 0.03;
/// Related alarms that are told at most, those nearest to the alarm.
const RELATED_MOST: usize = 24;
/// Actions that are told at most, the newest.
const ACTIONS_MOST: usize = 12;

/// What cannot be said of tags that no model has learnt.
const UNTOLD: &str = "Whether all tags of the likeliest cause's fingerprint have departed: of some no model has learnt what is usual, and nothing is concluded from those.";

/// Everything that was read about one occurrence.
pub struct Scene<'a> {
    /// The plant as configured.
    pub plant: &'a Plant,
    /// The alarm as configured.
    pub definition: &'a AlarmDefinition,
    /// The row of the journal with which the operator was called.
    pub called: &'a JournalEntry,
    /// The end of the window: when it was raised, or later when it is asked again.
    pub until: SourceTime,
    /// How far back the window goes.
    pub span: Duration,
    /// The values of tags in the window.
    pub traces: &'a [Trace],
    /// The newest verdict of each plant-wide detector.
    pub verdicts: &'a [Verdict],
    /// Rows of the journal in the window, oldest first.
    pub journal: &'a [JournalEntry],
    /// How the source was doing; `None`: nobody knows.
    pub source: Option<&'a SourceReport>,
    /// What the fault library knows.
    pub library: &'a [FaultSignature],
    /// What a comparison with incidents of the past says.
    pub comparison: &'a Comparison,
    /// The passages that help, best first, once it is known which causes come into question.
    pub passages: &'a dyn Fn(&[CauseItem]) -> Vec<PassageItem>,
    /// Incidents that were alike, most alike first.
    pub incidents: Vec<IncidentItem>,
    /// What could not be had.
    pub missing: Vec<String>,
}

/// Freezes the evidence.
pub fn freeze(scene: Scene<'_>) -> Evidence {
    let courses = scene.courses();
    let strongest = courses.iter().filter(|(.., course)| course.has_departed()).map(|(.., course)| course.strength());
    let clear = clear_from(strongest.fold(0.0, f64::max));
    let clearly = courses.iter().filter(|(.., course)| course.strength() >= clear);
    let onset = clearly.filter_map(|(.., course)| course.departed_at).min();
    let window = Window { from: scene.until - scene.span, onset, to: scene.until };
    let mut departed: BTreeMap<TagId, f64> = courses
        .iter()
        .filter(|(_, _, course)| course.has_departed())
        .filter_map(|(_, trace, course)| Some((scene.plant.tag(trace.tag)?.id.clone(), course.strength())))
        .collect();
    if let Some((tag, strength)) = scene.own_departure(&courses) {
        departed.entry(tag).and_modify(|known| *known = known.max(strength)).or_insert(strength);
    }
    let related = scene.related();
    let mut raised: BTreeSet<AlarmId> = related.iter().map(|item| item.alarm.clone()).collect();
    raised.insert(scene.called.alarm.clone());
    raised.retain(|alarm| scene.of_tag(alarm));
    let (roots, young) = (&scene.comparison.roots[..], scene.comparison.young);
    let unjudged: BTreeSet<TagId> = scene.unjudged(&courses).filter(|tag| !departed.contains_key(tag)).collect();
    let seen = Seen { departed: &departed, unjudged: &unjudged, roots, young, alarms: &raised };
    let causes = rank(scene.library, &scene.comparison.findings, &seen);
    let passages = (scene.passages)(&causes);
    let expected = causes.first().and_then(|best| scene.library.iter().find(|fault| fault.article == best.article));
    let untold = expected.is_some_and(|fault| fault.tags.iter().any(|tag| unjudged.contains(tag)));
    let missing = scene.missing.iter().cloned().chain(untold.then(|| UNTOLD.to_owned())).collect();
    let roots = scene.roots();
    let fitting = causes.iter().flat_map(|cause| &cause.fitting).cloned();
    let telling = fitting.chain(roots.iter().map(|root| root.tag.clone())).collect();
    let lacking: Vec<&TagId> = causes.iter().flat_map(|cause| &cause.lacking).collect();
    let tags = scene.tags(&courses, onset, &telling, &lacking);
    Evidence {
        format: EVIDENCE_FORMAT,
        plant: scene.plant.id.clone(),
        alarm: scene.alarm(),
        window,
        tags,
        verdicts: scene.verdicts.iter().filter_map(|verdict| scene.verdict(verdict)).collect(),
        related,
        mode: scene.mode(),
        actions: scene.actions(),
        roots,
        causes,
        young: scene.comparison.young,
        doubt: scene.comparison.doubt.clone(),
        passages: numbered("passage", passages, |passage, id| {
            passage.id = id;
            passage.text = unmarked(&passage.text);
        }),
        incidents: numbered("incident", scene.incidents, |incident, id| incident.id = id),
        missing,
    }
}

impl std::fmt::Debug for Scene<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (alarm, traces) = (&self.definition.id, self.traces.len());
        f.debug_struct("Scene")
            .field("alarm", alarm)
            .field("until", &self.until)
            .field("traces", &traces)
            .finish_non_exhaustive()
    }
}

impl<'a> Scene<'a> {
    fn alarm(&self) -> AlarmItem {
        let (definition, called) = (self.definition, self.called);
        let tag = definition.tag.as_ref().and_then(|tag| self.plant.tag(self.plant.tag_index(tag)?));
        AlarmItem {
            id: "alarm".into(),
            alarm: definition.id.clone(),
            occurrence: called.occurrence.unwrap_or(crate::domain::OccurrenceId(uuid::Uuid::nil())),
            title: definition.title.clone(),
            unit: definition.unit.as_ref().map(|unit| self.unit_name(unit.as_str())),
            tag: definition.tag.clone(),
            severity: called.facts.severity,
            raised_at: called.facts.raised_at.unwrap_or(called.source_time),
            called_at: called.wall_time,
            // What a condition holds against its limit may be a rate: that is no reading.
            value: called.value.map(|value| match tag.filter(|_| definition.limit.is_some()) {
                Some(tag) => read(value, tag),
                None => told(value),
            }),
            limit: called.limit.map(told),
            unit_of_measure: tag.map(|tag| tag.unit_of_measure.clone()),
            cause: definition.cause.clone(),
            consequence: definition.consequence.clone(),
            guidance: definition.guidance.clone(),
        }
    }

    fn unit_name(&self, unit: &str) -> String {
        let found = self.plant.units.iter().find(|known| known.id.as_str() == unit);
        found.map_or_else(|| unit.to_owned(), |known| known.name.clone())
    }

    /// What each trace comes to, the one that departed most first.
    fn courses(&self) -> Vec<(usize, &'a Trace, Course)> {
        let course = |(at, trace): (usize, &'a Trace)| {
            let course = trace.course(self.plant.tag(trace.tag)?.resolution)?;
            Some((at, trace, self.has_called(trace).map_or(course, |value| course.called_at(value, trace))))
        };
        let mut courses: Vec<_> = self.traces.iter().enumerate().filter_map(course).collect();
        courses.sort_by(|a, b| b.2.strength().total_cmp(&a.2.strength()).then_with(|| a.0.cmp(&b.0)));
        courses
    }

    /// Tags of which it cannot be said whether they have departed.
    fn unjudged(&self, courses: &[(usize, &Trace, Course)]) -> impl Iterator<Item = TagId> {
        let known = |at: TagIndex| courses.iter().any(|(_, trace, course)| trace.tag == at && course.is_judged());
        (0u16..).zip(&self.plant.tags).filter(move |(at, _)| !known(TagIndex(*at))).map(|(_, tag)| tag.id.clone())
    }

    /// The value with which the alarm's own tag has just called; `None` for every other, and when it is asked again later. What a
    /// condition holds against its limit may be a rate: that is no value of the tag.
    fn has_called(&self, trace: &Trace) -> Option<f64> {
        let own = self.definition.tag.as_ref().filter(|_| self.definition.limit.is_some())?;
        let just_now = self.until == self.called.source_time && self.plant.tag_index(own) == Some(trace.tag);
        self.called.value.filter(|value| just_now && value.is_finite())
    }

    /// How far the tag of the alarm was away when it was raised, deviations: its mean comes later.
    fn own_departure(&self, courses: &[(usize, &Trace, Course)]) -> Option<(TagId, f64)> {
        let (own, value) = (self.definition.tag.as_ref()?, self.called.value?);
        let at = self.plant.tag_index(own)?;
        let (.., course) = courses.iter().find(|(_, trace, _)| trace.tag == at)?;
        let away = course.usual.away(value).abs();
        // Who calls is beyond a limit, whatever is known of what is usual.
        Some((own.clone(), if away.is_finite() { away.max(CLEAR) } else { CLEAR }))
    }

    /// Those that have departed, that of the alarm, and those by which causes are told; after them those that are lacking, of the
    /// likeliest cause first: that they have not departed speaks against it.
    fn tags(
        &self,
        courses: &[(usize, &Trace, Course)],
        onset: Option<SourceTime>,
        telling: &BTreeSet<TagId>,
        lacking: &[&TagId],
    ) -> Vec<TagItem> {
        let own = self.definition.tag.as_ref();
        let wanted = |trace: &Trace, course: &Course| {
            let tag = self.plant.tag(trace.tag).map(|tag| &tag.id);
            course.has_departed() || tag == own || tag.is_some_and(|tag| telling.contains(tag))
        };
        let item = |(_, trace, course): &(usize, &Trace, Course)| {
            let tag = self.plant.tag(trace.tag)?;
            Some(TagItem {
                id: format!("tag:{}", tag.id),
                tag: tag.id.clone(),
                name: tag.name.clone(),
                unit_of_measure: tag.unit_of_measure.clone(),
                usual: read(course.usual.mean, tag),
                strays: told(course.usual.deviation),
                before: read(course.before, tag),
                onset: onset.and_then(|onset| trace.about(onset)).map(|value| read(value, tag)),
                now: read(course.now, tag),
                departure: tenth(course.departure),
                widening: tenth(course.widening),
                departed_at: course.departed_at,
            })
        };
        let own_first = |course: &&(usize, &Trace, Course)| {
            let tag = self.plant.tag(course.1.tag).map(|tag| &tag.id);
            tag != own
        };
        let mut chosen: Vec<&(usize, &Trace, Course)> =
            courses.iter().filter(|(_, trace, course)| wanted(trace, course)).collect();
        // However many have departed, that of the alarm is told.
        if let Some(at) = chosen.iter().position(|course| !own_first(course)).filter(|at| *at >= TAGS_MOST) {
            let own = chosen.remove(at);
            chosen.insert(TAGS_MOST - 1, own);
        }
        chosen.truncate(TAGS_MOST);
        let most = chosen.len() + LACKING_MOST;
        for id in lacking {
            let of_tag = |course: &&(usize, &Trace, Course)| Some(course.1.tag) == self.plant.tag_index(id);
            if !chosen.iter().any(&of_tag) && chosen.len() < most {
                chosen.extend(courses.iter().find(of_tag));
            }
        }
        chosen.into_iter().filter_map(item).collect()
    }

    fn verdict(&self, verdict: &Verdict) -> Option<VerdictItem> {
        if verdict.scores.is_empty() {
            return None;
        }
        let score = |score: &crate::domain::ChartScore| ScoreItem {
            chart: score.chart.clone(),
            statistic: told(score.statistic),
            limit: told(score.limit),
        };
        let share = |part: &crate::domain::Contribution| {
            Some(ShareItem { tag: self.plant.tag(part.tag)?.id.clone(), percent: tenth(100.0 * part.share) })
        };
        Some(VerdictItem {
            id: format!("verdict:{}", verdict.detector),
            detector: verdict.detector.to_string(),
            at: verdict.source_time,
            in_alarm: matches!(verdict.state, DetectorState::Alarm),
            scores: verdict.scores.iter().map(score).collect(),
            contributions: verdict.contributions.iter().filter_map(share).take(SHARES_MOST).collect(),
        })
    }

    /// The tags in which it shows first, those with a part worth telling.
    fn roots(&self) -> Vec<RootItem> {
        let item = |root: &Root| {
            let tag = self.plant.tag(self.plant.tag_index(&root.tag)?)?;
            Some(RootItem {
                id: format!("root:{}", tag.id),
                tag: tag.id.clone(),
                name: tag.name.clone(),
                percent: tenth(100.0 * root.share),
                departed_at: root.departed.filter(|at| *at <= self.until),
            })
        };
        let worth_telling = |root: &&Root| root.share >= ROOT_LEAST;
        self.comparison.roots.iter().filter(worth_telling).take(ROOTS_MOST).filter_map(item).collect()
    }

    /// Other alarms, each once, with its first time in the window.
    fn related(&self) -> Vec<RelatedItem> {
        let mut known = BTreeSet::new();
        let first = |entry: &&JournalEntry| {
            entry.is_new_alarm() && entry.occurrence != self.called.occurrence && entry.source_time <= self.until
        };
        let mut items: Vec<RelatedItem> = self
            .journal
            .iter()
            .filter(first)
            .filter(|entry| entry.alarm != self.called.alarm && known.insert(entry.alarm.clone()))
            .filter_map(|entry| {
                let definition = &self.plant.alarms[self.plant.alarm_index(&entry.alarm)?];
                Some(RelatedItem {
                    id: String::new(),
                    alarm: entry.alarm.clone(),
                    title: definition.title.clone(),
                    tag: definition.tag.clone(),
                    severity: entry.facts.severity,
                    raised_at: entry.source_time,
                })
            })
            .collect();
        items.sort_by_key(|item| item.raised_at);
        let spare = items.len().saturating_sub(RELATED_MOST);
        numbered("related", items.split_off(spare), |item, id| item.id = id)
    }

    /// Whether an alarm is about the process: those of TEP itself and of detectors are in no fingerprint.
    fn of_tag(&self, alarm: &AlarmId) -> bool {
        let at = self.plant.alarm_index(alarm);
        at.and_then(|at| self.plant.alarms.get(at)).is_some_and(|definition| definition.tag.is_some())
    }

    fn mode(&self) -> ModeItem {
        let state = self.source.map(|source| match source.state {
            SourceState::Running => "running",
            SourceState::Paused => "paused",
            SourceState::ShutDown => "tripped",
            SourceState::Ended => "the recording has ended",
            SourceState::Silent => "silent: no samples come",
        });
        let detail = self.source.and_then(|source| source.message.clone());
        ModeItem { id: "mode".into(), state: state.unwrap_or("unknown").into(), detail }
    }

    fn actions(&self) -> Vec<ActionItem> {
        let action = |entry: &JournalEntry| {
            Some(ActionItem {
                id: String::new(),
                at: entry.source_time,
                what: words(entry.kind)?.to_owned(),
                alarm: entry.alarm.clone(),
                by: entry.by.clone()?,
                comment: entry.comment.clone().filter(|comment| !comment.trim().is_empty()),
            })
        };
        let mut items: Vec<ActionItem> = self.journal.iter().filter_map(action).collect();
        let spare = items.len().saturating_sub(ACTIONS_MOST);
        numbered("action", items.split_off(spare), |item, id| item.id = id)
    }
}

/// What a person has done, in a word; `None` for what nobody did.
const fn words(kind: TransitionKind) -> Option<&'static str> {
    Some(match kind {
        TransitionKind::Acknowledged => "acknowledged",
        TransitionKind::Reset => "reset",
        TransitionKind::Shelved => "shelved",
        TransitionKind::Unshelved => "taken off the shelf",
        TransitionKind::TakenOutOfService => "taken out of service",
        TransitionKind::ReturnedToService => "returned to service",
        TransitionKind::Assigned => "assigned",
        TransitionKind::Commented => "commented",
        TransitionKind::ConfigurationChanged => "changed in the register",
        _ => return None,
    })
}

fn numbered<T>(kind: &str, mut items: Vec<T>, set: impl Fn(&mut T, String)) -> Vec<T> {
    items.iter_mut().enumerate().for_each(|(n, item)| set(item, format!("{kind}:{}", n + 1)));
    items
}

/// A value of a tag, no finer than its instrument reads: of a flow that is none, noise of the last digit is not told.
fn read(value: f64, tag: &Tag) -> f64 {
    if tag.resolution <= 0.0 || !tag.resolution.is_finite() {
        return told(value);
    }
    let step = 10f64.powi(tag.resolution.log10().floor() as i32);
    told((value / step).round() * step)
}

fn tenth(value: f64) -> f64 {
    if value.is_finite() { told((value * 10.0).round() / 10.0) } else { 0.0 }
}
