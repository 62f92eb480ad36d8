//! Explanations of an alarm: what they rest on, what they say, and what was struck out of them.

use std::collections::{BTreeMap, BTreeSet};

use async_graphql::{Enum, SimpleObject};
use chrono::{DateTime, Utc};

use crate::domain::{SourceTime, WallTime};
use crate::explain::{self, Grounded};
use crate::storage::{self, StoredEvidence, StoredExplanation, StoredTurn};

/// What an explanation comes to.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "explain::Conclusion")]
pub enum ExplanationConclusion {
    /// Causes are named.
    Causes,
    /// Causes are named as a first suspicion: it is too early to compare with incidents of the past, or they do not decide.
    Suspected,
    /// The evidence does not tell.
    Inconclusive,
}

/// What kind of thing is claimed.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "explain::ClaimKind")]
pub enum ClaimKind {
    /// A tag, an alarm, a fault, or anything else that is called by letters and digits.
    Name,
    /// A number with its unit.
    Number,
    /// A time of day.
    Time,
    /// Words in quotation marks.
    Quotation,
    /// That something went up or down.
    Direction,
}

/// How right an explanation was.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "storage::Judgement")]
pub enum ExplanationJudgement {
    /// It named the cause.
    Right,
    /// It named the cause among others, or a part of it.
    Partly,
    /// It did not.
    Wrong,
}

/// A stretch of a text.
#[derive(SimpleObject, Clone, Debug, PartialEq, Eq)]
pub struct TextSegment {
    /// The words.
    text: String,
    /// What kind of thing they claim; null for words that claim nothing that a program can check.
    claim: Option<ClaimKind>,
    /// The part of the evidence that bears the claim out; null when nothing does.
    source: Option<String>,
    /// Whether it is struck out: a claim that nothing bears out.
    struck: bool,
}

/// A text whose claims were held against the evidence.
#[derive(SimpleObject, Clone, Debug)]
pub struct GroundedText {
    /// The text, what is struck out included.
    text: String,
    /// The same in stretches.
    segments: Vec<TextSegment>,
    /// The parts of the evidence on which it rests, as its author says.
    cites: Vec<String>,
}

/// A cause that an explanation holds to be possible.
#[derive(SimpleObject, Clone, Debug)]
pub struct ExplanationCause {
    /// Its id in the evidence, for example `cause:idv-6`, or `other`.
    cause: String,
    /// What it is called; null for one that is not in the evidence.
    name: Option<String>,
    /// The article that describes it.
    article: Option<String>,
    /// How sure, 0…1.
    confidence: f64,
    /// What speaks of it.
    statement: GroundedText,
    /// The parts of the evidence that speak against it.
    contradicts: Vec<String>,
}

/// One part of the evidence.
#[derive(SimpleObject, Clone, Debug)]
pub struct EvidenceItem {
    /// Its id, by which it is cited.
    key: String,
    /// What it is, in short.
    title: String,
    /// What it says.
    text: String,
    /// The tag that it is about, for a trend.
    tag: Option<String>,
    /// The alarm that it is about.
    alarm: Option<String>,
    /// The passage that it quotes, for example `disturbances/IDV_06#checks-and-actions`.
    anchor: Option<String>,
    /// When it was so, plant time.
    at: Option<DateTime<Utc>>,
}

/// Everything that an explanation may rest on, as it was frozen.
#[derive(SimpleObject, Clone, Debug)]
pub struct Evidence {
    /// The name of its content: SHA-256 of `json`.
    hash: String,
    /// When it was frozen, wall time.
    frozen_at: DateTime<Utc>,
    /// From here on plant time was looked at.
    from: DateTime<Utc>,
    /// When the first tag departed from what is usual; null when none has.
    onset: Option<DateTime<Utc>>,
    /// Up to here.
    to: DateTime<Utc>,
    /// Its parts.
    #[graphql(complexity = "40 * child_complexity + 1")]
    items: Vec<EvidenceItem>,
    /// What should be there and could not be had.
    missing: Vec<String>,
    /// All of it, as canonical JSON, for export.
    json: String,
}

/// What one person has found of an explanation.
#[derive(SimpleObject, Clone, Debug)]
pub struct ExplanationVerdict {
    /// Who.
    by: String,
    /// When, wall time.
    at: DateTime<Utc>,
    /// How right it was.
    judgement: ExplanationJudgement,
    /// The true cause.
    cause: Option<String>,
    /// What they wrote.
    comment: Option<String>,
}

/// An explanation of one occurrence of an alarm.
#[derive(SimpleObject, Clone, Debug)]
pub struct Explanation {
    /// Its id; pass it to `judgeExplanation`.
    key: String,
    /// Who has written it: `deterministic`, or the id of a language model's provider.
    explainer: String,
    /// With which model; null for one that was computed.
    model: Option<String>,
    /// With which prompt; null for one that was computed.
    prompt: Option<String>,
    /// The evidence that it rests on.
    evidence_hash: String,
    /// What of it the explanation cites, as it was then.
    #[graphql(complexity = "4 * child_complexity + 1")]
    rests_on: Vec<EvidenceItem>,
    /// When, wall time.
    at: DateTime<Utc>,
    /// What it comes to.
    conclusion: ExplanationConclusion,
    /// In a few sentences.
    summary: GroundedText,
    /// Causes, the likeliest first.
    causes: Vec<ExplanationCause>,
    /// In which order things happened.
    course: Vec<GroundedText>,
    /// What to check next.
    checks: Vec<GroundedText>,
    /// What to do.
    actions: Vec<GroundedText>,
    /// What is not known.
    unknown: Vec<GroundedText>,
    /// Claims in it that a program can check.
    claims: u32,
    /// How many of them are struck out.
    struck: u32,
    /// How long it took, milliseconds.
    took_milliseconds: f64,
    /// What it has cost.
    cost: f64,
    /// What people have found of it.
    verdicts: Vec<ExplanationVerdict>,
}

/// A question about an alarm, with its answer.
#[derive(SimpleObject, Clone, Debug)]
pub struct ExplanationTurn {
    /// Its id.
    key: String,
    /// When, wall time.
    at: DateTime<Utc>,
    /// Who asked.
    asked_by: String,
    /// What.
    question: String,
    /// What the evidence says to it.
    answer: Vec<GroundedText>,
    /// What is not known.
    unknown: Vec<GroundedText>,
    /// The evidence that it rests on: that of the explanation, with what was found for the question.
    evidence_hash: String,
    /// What of it the answer cites, as it was then.
    #[graphql(complexity = "4 * child_complexity + 1")]
    rests_on: Vec<EvidenceItem>,
    /// Who answered: `deterministic`, or the id of a provider.
    explainer: String,
    /// With which model.
    model: Option<String>,
    /// What it has cost.
    cost: f64,
}

/// Everything that is known of why one occurrence of an alarm came.
#[derive(SimpleObject, Clone, Debug)]
pub struct AlarmExplanation {
    /// Which occurrence.
    occurrence_id: String,
    /// The newest evidence; null while none is frozen.
    evidence: Option<Evidence>,
    /// Explanations, the newest first.
    #[graphql(complexity = "10 * child_complexity + 1")]
    explanations: Vec<Explanation>,
    /// What was asked about it, oldest first.
    #[graphql(complexity = "10 * child_complexity + 1")]
    turns: Vec<ExplanationTurn>,
}

/// What one explainer makes of the same evidence.
#[derive(SimpleObject, Clone, Debug)]
pub struct ComparedExplanation {
    /// Which: `deterministic`, or the id of a provider.
    explainer: String,
    /// Its explanation; null when there is none.
    explanation: Option<Explanation>,
    /// Why there is none.
    failure: Option<String>,
    /// Whether it names the cause on which at least two agree.
    agrees: bool,
}

/// Several explanations of the same evidence, side by side.
#[derive(SimpleObject, Clone, Debug)]
pub struct ExplanationComparison {
    /// The computed one first, then each model.
    all: Vec<ComparedExplanation>,
    /// The cause on which at least two agree.
    agreed: Option<String>,
    /// The share of tags that those who agree have in common, 0…1.
    tags_in_common: f64,
}

/// How far an explanation has come.
#[derive(SimpleObject, Clone, Debug)]
pub struct ExplanationUpdate {
    /// The one that is computed from the evidence alone; it comes first.
    computed: Option<Explanation>,
    /// Which model is being asked.
    asking: Option<String>,
    /// Grows when what a model has told so far is to be thrown away.
    attempt: u32,
    /// What a model has told so far: its texts, line by line, without a check yet.
    draft: String,
    /// What came of it, checked.
    written: Option<Explanation>,
    /// Why no model has explained it.
    failure: Option<String>,
    /// Whether nothing more will come before `nextLook`.
    over: bool,
    /// When it is explained anew by itself, plant time, if the alarm still stands then; null when it is not.
    next_look: Option<DateTime<Utc>>,
}

/// The claims of an explanation's texts, by their places.
struct Texts<'a>(BTreeMap<&'a str, &'a Grounded>);

impl<'a> Texts<'a> {
    fn of(grounded: &'a [Grounded]) -> Self {
        Self(grounded.iter().map(|text| (text.place.as_str(), text)).collect())
    }

    fn text(&self, place: &str, text: &str, cites: &[String]) -> GroundedText {
        let known = self.0.get(place).filter(|grounded| grounded.text == text);
        let segments = known.map_or_else(Vec::new, |grounded| segments(grounded));
        GroundedText { text: text.to_owned(), segments, cites: cites.to_vec() }
    }

    fn list(&self, name: &str, list: &[explain::Statement]) -> Vec<GroundedText> {
        let text = |(at, one): (usize, &explain::Statement)| self.text(&format!("{name}[{at}]"), &one.text, &one.cites);
        list.iter().enumerate().map(text).collect()
    }
}

fn segments(grounded: &Grounded) -> Vec<TextSegment> {
    let mut segments = Vec::new();
    let mut at = 0;
    let plain = |text: &str| TextSegment { text: text.to_owned(), claim: None, source: None, struck: false };
    for claim in &grounded.claims {
        let (Some(before), Some(words)) = (grounded.text.get(at..claim.from), grounded.text.get(claim.from..claim.to))
        else {
            continue;
        };
        if !before.is_empty() {
            segments.push(plain(before));
        }
        segments.push(TextSegment {
            text: words.to_owned(),
            claim: Some(claim.kind.into()),
            source: claim.source.clone(),
            struck: claim.source.is_none(),
        });
        at = claim.to;
    }
    if let Some(rest) = grounded.text.get(at..).filter(|rest| !rest.is_empty()) {
        segments.push(plain(rest));
    }
    segments
}

/// What is cited of the evidence, and what bears the claims out.
fn rests_on<'a>(
    evidence: Option<&explain::Evidence>,
    said: impl Iterator<Item = &'a String>,
    grounded: &'a [Grounded],
) -> Vec<EvidenceItem> {
    let borne_out = grounded.iter().flat_map(|text| &text.claims).filter_map(|claim| claim.source.as_ref());
    let cited: BTreeSet<&str> = said.chain(borne_out).map(String::as_str).collect();
    let all = evidence.map(items).unwrap_or_default();
    all.into_iter().filter(|item| cited.contains(item.key.as_str())).collect()
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

impl Explanation {
    /// With what it rests on and the names of causes, where that evidence is kept still, and what people have found.
    pub(in crate::graphql) fn new(
        stored: &StoredExplanation,
        evidence: Option<&explain::Evidence>,
        verdicts: &[storage::ExplanationVerdict],
    ) -> Self {
        let told = &stored.explanation;
        let texts = Texts::of(&stored.grounded);
        let cause = |(at, cause): (usize, &explain::RankedCause)| {
            let known = evidence.and_then(|evidence| evidence.causes.iter().find(|known| known.id == cause.cause));
            ExplanationCause {
                cause: cause.cause.clone(),
                name: known.map(|known| known.name.clone()),
                article: known.map(|known| known.article.clone()).filter(|article| !article.is_empty()),
                confidence: cause.confidence,
                statement: texts.text(&format!("causes[{at}]"), &cause.statement, &cause.supports),
                contradicts: cause.contradicts.clone(),
            }
        };
        let lists = [&told.course, &told.checks, &told.actions, &told.unknown];
        let said = std::iter::once(&told.summary).chain(lists.into_iter().flatten());
        let of_causes = told.causes.iter().flat_map(|cause| cause.supports.iter().chain(&cause.contradicts));
        let cited = said.flat_map(|one| &one.cites).chain(of_causes);
        let mine = verdicts.iter().filter(|verdict| verdict.explanation == stored.id);
        Self {
            key: stored.id.to_string(),
            explainer: stored.explainer.clone(),
            model: stored.model.clone(),
            prompt: stored.prompt.clone(),
            evidence_hash: stored.evidence_hash.clone(),
            rests_on: rests_on(evidence, cited, &stored.grounded),
            at: stored.at.to_datetime(),
            conclusion: told.conclusion.into(),
            summary: texts.text("summary", &told.summary.text, &told.summary.cites),
            causes: told.causes.iter().enumerate().map(cause).collect(),
            course: texts.list("course", &told.course),
            checks: texts.list("checks", &told.checks),
            actions: texts.list("actions", &told.actions),
            unknown: texts.list("unknown", &told.unknown),
            claims: count(stored.grounded.iter().map(|text| text.claims.len()).sum()),
            struck: count(stored.grounded.iter().map(|text| text.struck().count()).sum()),
            took_milliseconds: stored.took.as_secs_f64() * 1e3,
            cost: stored.cost.as_units(),
            verdicts: mine.map(ExplanationVerdict::from).collect(),
        }
    }
}

impl From<&storage::ExplanationVerdict> for ExplanationVerdict {
    fn from(verdict: &storage::ExplanationVerdict) -> Self {
        Self {
            by: verdict.by.clone(),
            at: verdict.at.to_datetime(),
            judgement: verdict.judgement.into(),
            cause: verdict.cause.clone(),
            comment: verdict.comment.clone(),
        }
    }
}

impl ExplanationTurn {
    /// With what it rests on, where that is kept still.
    pub(in crate::graphql) fn new(turn: &StoredTurn, evidence: Option<&explain::Evidence>) -> Self {
        let texts = Texts::of(&turn.grounded);
        let said = turn.answer.answer.iter().chain(&turn.answer.unknown).flat_map(|one| &one.cites);
        Self {
            key: turn.id.to_string(),
            at: turn.at.to_datetime(),
            asked_by: turn.asked_by.clone(),
            question: turn.question.clone(),
            answer: texts.list("answer", &turn.answer.answer),
            unknown: texts.list("unknown", &turn.answer.unknown),
            evidence_hash: turn.evidence_hash.clone(),
            rests_on: rests_on(evidence, said, &turn.grounded),
            explainer: turn.explainer.clone(),
            model: turn.model.clone(),
            cost: turn.cost.as_units(),
        }
    }
}

impl AlarmExplanation {
    /// Everything that is kept of an occurrence; `evidence` is the newest, `each` that of every explanation and turn.
    pub(in crate::graphql) fn new(
        occurrence: crate::domain::OccurrenceId,
        evidence: Option<&StoredEvidence>,
        explanations: &[StoredExplanation],
        turns: &[StoredTurn],
        each: &[StoredEvidence],
        verdicts: &[storage::ExplanationVerdict],
    ) -> Self {
        let own = |hash: &str| each.iter().find(|kept| kept.hash == hash).map(|kept| &kept.evidence);
        let explained = |stored: &StoredExplanation| Explanation::new(stored, own(&stored.evidence_hash), verdicts);
        Self {
            occurrence_id: occurrence.to_string(),
            evidence: evidence.map(Into::into),
            explanations: explanations.iter().map(explained).collect(),
            turns: turns.iter().map(|turn| ExplanationTurn::new(turn, own(&turn.evidence_hash))).collect(),
        }
    }
}

impl From<&crate::actors::ExplanationProgress> for ExplanationUpdate {
    fn from(progress: &crate::actors::ExplanationProgress) -> Self {
        let evidence = progress.evidence.as_ref().map(|kept| &kept.evidence);
        let told = |stored: &std::sync::Arc<StoredExplanation>| Explanation::new(stored, evidence, &[]);
        Self {
            computed: progress.computed.as_ref().map(told),
            asking: progress.asking.as_ref().map(ToString::to_string),
            attempt: progress.attempt,
            draft: progress.draft.clone(),
            written: progress.written.as_ref().map(told),
            failure: progress.failure.clone(),
            over: progress.over,
            next_look: progress.next_look.map(SourceTime::to_datetime),
        }
    }
}

impl ExplanationUpdate {
    /// Whether nothing has come, and nothing is on its way.
    pub(in crate::graphql) const fn says_nothing(&self) -> bool {
        self.over && self.computed.is_none() && self.written.is_none() && self.failure.is_none()
    }

    /// The same, until another one's next look.
    pub(in crate::graphql) fn until(self, other: &Self) -> Self {
        Self { next_look: other.next_look, ..self }
    }
}

impl From<&crate::actors::ComparedExplanations> for ExplanationComparison {
    fn from(compared: &crate::actors::ComparedExplanations) -> Self {
        let evidence = Some(&compared.evidence.evidence);
        let one = |one: &crate::actors::ComparedExplanation| ComparedExplanation {
            explainer: one.explainer.clone(),
            explanation: one.outcome.as_ref().ok().map(|stored| Explanation::new(stored, evidence, &[])),
            failure: one.outcome.as_ref().err().cloned(),
            agrees: one.agrees,
        };
        Self {
            all: compared.all.iter().map(one).collect(),
            agreed: compared.agreed.clone(),
            tags_in_common: compared.tags_in_common,
        }
    }
}

impl From<&StoredEvidence> for Evidence {
    fn from(kept: &StoredEvidence) -> Self {
        let evidence = &kept.evidence;
        Self {
            hash: kept.hash.clone(),
            frozen_at: kept.frozen_at.to_datetime(),
            from: evidence.window.from.to_datetime(),
            onset: evidence.window.onset.map(SourceTime::to_datetime),
            to: evidence.window.to.to_datetime(),
            items: items(evidence),
            missing: evidence.missing.clone(),
            json: evidence.canonical(),
        }
    }
}

/// A part of the evidence with nothing but its words.
fn item(key: &str, title: impl Into<String>, text: String) -> EvidenceItem {
    EvidenceItem { key: key.to_owned(), title: title.into(), text, tag: None, alarm: None, anchor: None, at: None }
}

fn items(evidence: &explain::Evidence) -> Vec<EvidenceItem> {
    let time = |at: SourceTime| Some(at.to_datetime());
    let alarm = &evidence.alarm;
    let unit = alarm.unit_of_measure.as_deref().unwrap_or_default();
    let deciding = alarm.value.zip(alarm.limit).map(|(value, limit)| format!("{value} {unit}, limit {limit} {unit}"));
    let mut items = vec![EvidenceItem {
        tag: alarm.tag.as_ref().map(ToString::to_string),
        alarm: Some(alarm.alarm.to_string()),
        at: time(alarm.raised_at),
        ..item(&alarm.id, alarm.title.as_str(), deciding.unwrap_or_default())
    }];
    for tag in &evidence.tags {
        let unit = &tag.unit_of_measure;
        let text = format!(
            "usual {} {unit} (± {}), before {} {unit}, now {} {unit}: {} σ",
            tag.usual, tag.strays, tag.before, tag.now, tag.departure
        );
        items.push(EvidenceItem {
            tag: Some(tag.tag.to_string()),
            at: tag.departed_at.map(SourceTime::to_datetime),
            ..item(&tag.id, format!("{} ({})", tag.name, tag.tag), text)
        });
    }
    for verdict in &evidence.verdicts {
        let scores = verdict.scores.iter().map(|s| format!("{} {} (limit {})", s.chart, s.statistic, s.limit));
        let shares = verdict.contributions.iter().map(|share| format!("{} {} %", share.tag, share.percent));
        let text = scores.chain(shares).collect::<Vec<_>>().join(", ");
        items.push(EvidenceItem {
            at: time(verdict.at),
            ..item(&verdict.id, format!("Detector {}", verdict.detector), text)
        });
    }
    for other in &evidence.related {
        items.push(EvidenceItem {
            alarm: Some(other.alarm.to_string()),
            tag: other.tag.as_ref().map(ToString::to_string),
            at: time(other.raised_at),
            ..item(&other.id, other.title.as_str(), other.alarm.to_string())
        });
    }
    for root in &evidence.roots {
        let text = format!("{} % of what makes it unusual", root.percent);
        items.push(EvidenceItem {
            tag: Some(root.tag.to_string()),
            at: root.departed_at.map(SourceTime::to_datetime),
            ..item(&root.id, format!("It shows first in {} ({})", root.name, root.tag), text)
        });
    }
    for cause in &evidence.causes {
        let tags: Vec<&str> = cause.fitting.iter().map(crate::domain::TagId::as_str).collect();
        let text = format!("fits by {} %: {}", cause.percent, tags.join(", "));
        let anchor = Some(cause.article.clone()).filter(|article| !article.is_empty());
        items.push(EvidenceItem { anchor, ..item(&cause.id, cause.name.as_str(), text) });
    }
    for action in &evidence.actions {
        let comment = action.comment.as_ref().map(|comment| format!(": {comment}")).unwrap_or_default();
        items.push(EvidenceItem {
            alarm: Some(action.alarm.to_string()),
            at: time(action.at),
            ..item(&action.id, format!("{} {}", action.by, action.what), format!("{}{comment}", action.alarm))
        });
    }
    for passage in &evidence.passages {
        let anchor = Some(passage.anchor.clone());
        items.push(EvidenceItem { anchor, ..item(&passage.id, passage.title.as_str(), passage.text.clone()) });
    }
    for incident in &evidence.incidents {
        let cause = incident.cause.as_deref().unwrap_or("cause not found");
        let verdict = incident.verdict.as_deref().unwrap_or("not judged");
        let text = format!("alike by {} %: {cause} ({verdict})", incident.percent);
        let title = format!("Incident of {}", WallTime::to_datetime(incident.at).format("%Y-%m-%d %H:%M"));
        items.push(item(&incident.id, title, text));
    }
    let detail = evidence.mode.detail.as_ref().map(|detail| format!(": {detail}")).unwrap_or_default();
    items.push(item(&evidence.mode.id, "Mode of operation", format!("{}{detail}", evidence.mode.state)));
    items
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explain::Claim;

    #[test]
    fn segments_put_together_are_the_text() {
        let text = "XMEAS_1 fell to 0.2 kscmh – 20 °C.";
        let claim = |words: &str, source: Option<&str>| {
            let from = text.find(words).unwrap();
            let kind = explain::ClaimKind::Number;
            Claim { from, to: from + words.len(), kind, source: source.map(str::to_owned) }
        };
        let claims =
            vec![claim("XMEAS_1", Some("tag:XMEAS_1")), claim("0.2 kscmh", None), claim("20 °C", Some("alarm"))];
        let segments = segments(&Grounded { place: "summary".into(), text: text.into(), claims });
        let whole: String = segments.iter().map(|segment| segment.text.as_str()).collect();
        assert_eq!(whole, text);
        let struck: Vec<&str> = segments.iter().filter(|s| s.struck).map(|segment| segment.text.as_str()).collect();
        assert_eq!(struck, ["0.2 kscmh"]);
    }
}
