//! The explanation that is computed from the evidence alone: no model, no network, always there. It is the last rung of the
//! ladder, and what every model's answer is laid beside.

use std::time::Duration;

use chrono::Timelike;

use super::conclusion::concluded;
use super::evidence::{CauseItem, Evidence, PassageItem, TagItem};
use super::explanation::{Conclusion, Explanation, RankedCause, Statement};
use super::figure::{figure, measured, percent};
use crate::domain::{AlarmId, SourceTime, TagId};

/// Tags or alarms that are named one after the other; of more it is said that there are others.
const LISTED_MOST: usize = 5;
/// Causes that are ranked.
const CAUSES_MOST: usize = 3;
/// Steps of the course that are told.
const STEPS_MOST: usize = 8;
/// Characters that are quoted of a passage.
const QUOTE_MOST: usize = 480;
/// Passages of the site's own documents that are quoted.
const OWN_MOST: usize = 2;
/// Less than this share of the best cause's fit, and another cannot be mistaken for it.
const NEARLY_AS_GOOD: f64 = 0.6;
/// What has departed within so long after the beginning of the window had done so before.
const EDGE: Duration = Duration::from_secs(300);

/// Explains.
pub fn explain(evidence: &Evidence) -> Explanation {
    let conclusion = concluded(evidence);
    let best = evidence.causes.first().filter(|_| conclusion != Conclusion::Inconclusive);
    let writer = Writer { evidence, conclusion, best };
    Explanation {
        conclusion,
        summary: writer.summary(),
        causes: writer.causes(),
        course: writer.course(),
        checks: writer.checks(),
        actions: writer.actions(),
        unknown: writer.unknown(),
    }
}

struct Writer<'a> {
    evidence: &'a Evidence,
    conclusion: Conclusion,
    best: Option<&'a CauseItem>,
}

impl<'a> Writer<'a> {
    fn summary(&self) -> Statement {
        let (alarm, window) = (&self.evidence.alarm, &self.evidence.window);
        let mut cites = vec![alarm.id.clone()];
        let mut text = format!("{} was raised at {}", alarm.title, clock(alarm.raised_at));
        text.push_str(&self.value());
        text.push_str(". ");
        match self.evidence.first_to_depart() {
            None if self.evidence.roots.is_empty() => text.push_str("No tag has clearly departed from what is usual. "),
            None => {}
            Some(first) => {
                cites.push(first.id.clone());
                let departed = self.departed();
                let others = match departed.iter().filter(|tag| tag.departed_at == first.departed_at).count() {
                    _ if departed.len() < 2 => "",
                    1 => ", others after it",
                    _ => ", others with it or after it",
                };
                let since = window.onset.map(clock).unwrap_or_default();
                // Of its own tag the departure is the alarm itself, not something before it.
                let when = match first.departed_at <= Some(alarm.raised_at) {
                    _ if alarm.tag.as_ref() == Some(&first.tag) => "",
                    true => "Before it ",
                    false => "After it ",
                };
                let told = match window.onset {
                    Some(onset) if self.is_from_before(onset) => {
                        format!(
                            "{} was away from what is usual before {}, where this evidence begins. ",
                            called(first),
                            clock(window.from)
                        )
                    }
                    _ => format!("{when}{} departed from what is usual at {since}{others}. ", called(first)),
                };
                text.push_str(&told);
            }
        }
        if let Some(root) = self.evidence.roots.first() {
            cites.push(root.id.clone());
            let percent = percent(root.percent);
            text.push_str(&format!("It shows most in {} ({}), {percent} of what is unusual. ", root.name, root.tag));
        }
        match self.best {
            Some(best) => {
                cites.push(best.id.clone());
                text.push_str(&self.verdict(best));
            }
            None if self.evidence.young => {
                text.push_str("It is too early to tell the cause: too little of it has been seen to compare.");
            }
            None => text.push_str("The evidence does not tell the cause."),
        }
        Statement { text, cites }
    }

    /// The value that decided beside its limit; of a detector, whose limit is 1, how far its statistic is above it.
    fn value(&self) -> String {
        let alarm = &self.evidence.alarm;
        let (Some(value), Some(limit)) = (alarm.value, alarm.limit) else { return String::new() };
        match &alarm.unit_of_measure {
            Some(unit) => {
                let strays = alarm.tag.as_ref().and_then(|tag| self.evidence.tag(tag)).map(|tag| tag.strays);
                // A limit is told as it was configured.
                format!(": {}, limit {}", measured(value, strays, unit), format!("{limit} {unit}").trim_end())
            }
            None if limit > 0.0 => format!(": its statistic is {} × its limit", figure(value / limit, None)),
            None => String::new(),
        }
    }

    /// A tag as people call it, with its id.
    fn named(&self, tag: &TagId) -> String {
        let of_tag = self.evidence.tag(tag).map(|item| &item.name);
        let name = of_tag.or_else(|| self.evidence.roots.iter().find(|root| root.tag == *tag).map(|root| &root.name));
        name.map_or_else(|| tag.to_string(), |name| format!("{name} ({tag})"))
    }

    fn listed(&self, tags: &[TagId]) -> String {
        listed(&tags.iter().map(|tag| self.named(tag)).collect::<Vec<_>>())
    }

    /// An alarm by its title, with its id.
    fn titled(&self, id: &AlarmId) -> String {
        let alarm = &self.evidence.alarm;
        let own = (alarm.alarm == *id).then_some(&alarm.title);
        let title =
            own.or_else(|| self.evidence.related.iter().find(|other| other.alarm == *id).map(|other| &other.title));
        title.map_or_else(|| id.to_string(), |title| format!("{title} ({id})"))
    }

    /// What it comes to.
    fn verdict(&self, best: &CauseItem) -> String {
        let rivals: Vec<String> = self.rivals(best).iter().map(|rival| format!("“{}”", rival.name)).collect();
        if self.conclusion == Conclusion::Suspected {
            let others = if rivals.is_empty() { String::new() } else { format!(", or {}", rivals.join(" or ")) };
            let why = match (&self.evidence.doubt, self.evidence.young) {
                (Some(doubt), _) => doubt.as_str(),
                (None, true) => "It is too early to compare this with incidents of the past.",
                (None, false) if best.place.is_some() => "Incidents of the past do not decide it.",
                (None, false) => "Signs of an article alone speak for it.",
            };
            return format!("A first suspicion is “{}”{others}. {why}", best.name);
        }
        let mut text = format!("What is seen fits “{}” best, {}", best.name, percent(best.percent));
        if !rivals.is_empty() {
            text.push_str(&format!("; it cannot be told apart for certain from {}", rivals.join(" and ")));
        }
        text + "."
    }

    /// Whether something that has departed at this time was away from the first rows on, so that nobody knows since when.
    fn is_from_before(&self, at: SourceTime) -> bool {
        at <= self.evidence.window.from + EDGE
    }

    /// When a tag departed, or before when.
    fn began(&self, at: SourceTime) -> String {
        if self.is_from_before(at) { format!("Before {}", clock(self.evidence.window.from)) } else { clock(at) }
    }

    /// Tags that have departed, the first first.
    fn departed(&self) -> Vec<&'a TagItem> {
        let mut all: Vec<&TagItem> = self.evidence.tags.iter().filter(|tag| tag.departed_at.is_some()).collect();
        all.sort_by_key(|tag| tag.departed_at);
        all
    }

    /// Causes that it may be as well: those that a diagnosis could not tell from it, or that look like it and fit nearly as
    /// well; of a suspicion all that fit nearly as well.
    fn rivals(&self, best: &CauseItem) -> Vec<&'a CauseItem> {
        let near = |cause: &CauseItem| cause.percent >= NEARLY_AS_GOOD * best.percent;
        let rival = |cause: &&CauseItem| match self.conclusion {
            Conclusion::Suspected => near(cause),
            _ => best.possible && cause.possible || near(cause) && best.alike.contains(&cause.id),
        };
        self.evidence.causes.iter().filter(|cause| cause.id != best.id).filter(rival).take(2).collect()
    }

    fn causes(&self) -> Vec<RankedCause> {
        let Some(best) = self.best else { return Vec::new() };
        let worth_telling = |cause: &&CauseItem| cause.percent >= best.percent / 10.0;
        self.evidence.causes.iter().filter(worth_telling).take(CAUSES_MOST).map(|cause| self.cause(cause)).collect()
    }

    fn cause(&self, cause: &CauseItem) -> RankedCause {
        let mut text = format!("{}.", cause.name);
        if !cause.fitting.is_empty() {
            let departed = if cause.fitting.len() > 1 { "have departed" } else { "has departed" };
            text.push_str(&format!(" Of its fingerprint {} {departed}", self.listed(&cause.fitting)));
            if !cause.lacking.is_empty() {
                let have = if cause.lacking.len() > 1 { "have" } else { "has" };
                text.push_str(&format!("; {} {have} not", self.listed(&cause.lacking)));
            }
            text.push('.');
        }
        if !cause.alarms.is_empty() {
            let alarms: Vec<String> = cause.alarms.iter().map(|alarm| self.titled(alarm)).collect();
            let were = if alarms.len() > 1 { "were" } else { "was" };
            text.push_str(&format!(" Of the alarms that it always raises, {} {were} raised.", listed(&alarms)));
        }
        match cause.place {
            Some(place) if self.evidence.young => {
                let place = ordinal(place);
                text.push_str(&format!(" By its first samples it comes {place} among incidents of the past."));
            }
            Some(place) => {
                text.push_str(&format!(" A diagnosis from runs of the past puts it {}.", ordinal(place)));
            }
            None => {}
        }
        let fitting = cause.fitting.iter().filter_map(|tag| self.evidence.tag(tag)).map(|tag| tag.id.clone());
        let of_alarm = |id: &crate::domain::AlarmId| {
            let related = self.evidence.related.iter().find(|other| other.alarm == *id).map(|other| other.id.clone());
            related.or_else(|| (self.evidence.alarm.alarm == *id).then(|| self.evidence.alarm.id.clone()))
        };
        let alarms = cause.alarms.iter().filter_map(of_alarm);
        let lacking = cause.lacking.iter().filter_map(|tag| self.evidence.tag(tag)).map(|tag| tag.id.clone());
        RankedCause {
            cause: cause.id.clone(),
            statement: text,
            confidence: (cause.percent / 100.0).clamp(0.0, 1.0),
            supports: std::iter::once(cause.id.clone()).chain(fitting).chain(alarms).collect(),
            contradicts: lacking.collect(),
        }
    }

    /// What happened, in the order in which it did.
    fn course(&self) -> Vec<Statement> {
        let mut steps: Vec<(SourceTime, u8, Statement)> = Vec::new();
        for tag in &self.evidence.tags {
            let Some(at) = tag.departed_at else { continue };
            // What was away before the evidence begins comes before all else, nobody knows since when.
            let place = if self.is_from_before(at) { self.evidence.window.from - EDGE } else { at };
            steps.push((place, 0, Statement { text: step(&self.began(at), tag), cites: vec![tag.id.clone()] }));
        }
        for other in &self.evidence.related {
            let text = format!("{} {} was raised.", clock(other.raised_at), other.title);
            steps.push((other.raised_at, 1, Statement { text, cites: vec![other.id.clone()] }));
        }
        let alarm = &self.evidence.alarm;
        let own = Statement {
            text: format!("{} {} was raised.", clock(alarm.raised_at), alarm.title),
            cites: vec![alarm.id.clone()],
        };
        steps.push((alarm.raised_at, 2, own.clone()));
        steps.sort_by_key(|(at, kind, _)| (*at, *kind));
        let mut told: Vec<Statement> = steps.into_iter().map(|(.., step)| step).take(STEPS_MOST).collect();
        // However much came before it, the alarm itself is told.
        if !told.contains(&own) {
            told.truncate(STEPS_MOST - 1);
            told.push(own);
        }
        told
    }

    fn checks(&self) -> Vec<Statement> {
        let mut checks = Vec::new();
        if let Some(best) = self.best {
            let article = best.article.as_str();
            for heading in ["checks-and-actions", "telling-it-apart"] {
                checks.extend(self.evidence.passage(article, heading).map(quoted));
            }
            for rival in self.rivals(best) {
                checks.extend(self.evidence.passage(&rival.article, "telling-it-apart").map(quoted));
            }
        }
        // What the site says itself comes from nowhere else.
        checks.extend(self.evidence.passages.iter().filter(|passage| passage.own).take(OWN_MOST).map(quoted));
        if let Some(tag) = self.evidence.first_to_depart() {
            let text =
                format!("Compare {}, which departed first, with its neighbours and its instrument.", called(tag));
            checks.push(Statement { text, cites: vec![tag.id.clone()] });
        }
        if checks.is_empty() {
            checks.extend(self.evidence.passages.first().map(quoted));
        }
        checks
    }

    fn actions(&self) -> Vec<Statement> {
        let alarm = &self.evidence.alarm;
        let mut actions = Vec::new();
        if !alarm.guidance.trim().is_empty() {
            actions.push(Statement { text: quotation(&alarm.guidance), cites: vec![alarm.id.clone()] });
        }
        let response = self.evidence.passages.iter().find(|passage| passage.anchor.starts_with("responses/"));
        actions.extend(response.map(quoted));
        let named = self.best.filter(|_| self.conclusion == Conclusion::Causes);
        let risk = named.and_then(|best| self.evidence.passage(&best.article, "trip-risk"));
        actions.extend(risk.map(quoted));
        actions
    }

    fn unknown(&self) -> Vec<Statement> {
        let mut unknown = Vec::new();
        let mut say = |text: String, cites: Vec<String>| unknown.push(Statement { text, cites });
        if let Some(doubt) = &self.evidence.doubt {
            say(doubt.clone(), Vec::new());
        }
        match self.best {
            None if self.evidence.young => say(
                "Which cause it is: there are too few samples since it began to compare with incidents of the past."
                    .into(),
                Vec::new(),
            ),
            None => say("Which cause it is: nothing that is known fits what is seen well enough.".into(), Vec::new()),
            Some(best) => {
                for rival in self.rivals(best) {
                    let text = format!("Whether it is “{}” or “{}”.", best.name, rival.name);
                    say(text, vec![best.id.clone(), rival.id.clone()]);
                }
                let departed = self.departed();
                let strange: Vec<&&TagItem> = departed.iter().filter(|tag| !best.fitting.contains(&tag.tag)).collect();
                if !strange.is_empty() && !best.fitting.is_empty() {
                    let tags: Vec<TagId> = strange.iter().take(4).map(|tag| tag.tag.clone()).collect();
                    let it = if tags.len() > 1 { "them" } else { "it" };
                    let text = format!("Why {} departed as well: the article does not name {it}.", self.listed(&tags));
                    say(text, strange.iter().take(4).map(|tag| tag.id.clone()).collect());
                }
            }
        }
        for missing in self.evidence.missing.iter().take(4) {
            say(missing.clone(), Vec::new());
        }
        unknown.truncate(STEPS_MOST);
        unknown
    }
}

fn step(at: &str, tag: &TagItem) -> String {
    if tag.departure.abs() < 3.0 {
        let wider = figure(tag.widening, None);
        return format!("{} {} began to stray, {wider} × as wide as usual.", at, called(tag));
    }
    let direction = if tag.departure > 0.0 { "above" } else { "below" };
    let (usual, now) = (tag.told(tag.usual), tag.told(tag.now));
    // Beside a large value a departure that is clear may be too small to be read.
    if usual == now {
        let away = figure(tag.departure.abs(), None);
        return format!("{} {} went {direction} its usual {usual}, by {away} σ.", at, called(tag));
    }
    format!("{} {} went {direction} its usual {usual}; it stands at {now}.", at, called(tag))
}

fn called(tag: &TagItem) -> String {
    format!("{} ({})", tag.name, tag.tag)
}

/// Names one after the other.
fn listed(names: &[String]) -> String {
    match names.split_last() {
        Some(_) if names.len() > LISTED_MOST => format!("{} and others", names[..LISTED_MOST].join(", ")),
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => names.concat(),
    }
}

const fn ordinal(place: u32) -> &'static str {
    match place {
        1 => "first",
        2 => "second",
        3 => "third",
        _ => "further down",
    }
}

/// Hour and minute of the plant, UTC.
fn clock(at: SourceTime) -> String {
    let at = at.to_datetime();
    format!("{:02}:{:02}", at.hour(), at.minute())
}

fn quoted(passage: &PassageItem) -> Statement {
    Statement { text: quotation(&passage.text), cites: vec![passage.id.clone()] }
}

/// Whole sentences between quotation marks, as many as fit.
pub(super) fn quotation(text: &str) -> String {
    let mut end = 0;
    for (at, letter) in text.char_indices() {
        let next = at + letter.len_utf8();
        let closes = matches!(letter, '.' | '!' | '?') && text[next..].chars().next().is_none_or(char::is_whitespace);
        if text[..next].chars().count() > QUOTE_MOST {
            break;
        }
        if closes || next == text.len() {
            end = next;
        }
    }
    // One sentence that is longer than that ends at a word.
    if end == 0 {
        let cut = text.char_indices().nth(QUOTE_MOST).map_or(text.len(), |(at, _)| at);
        end = text[..cut].rfind(char::is_whitespace).unwrap_or(cut);
    }
    // Marks within it would end it.
    let inner = text[..end].trim().replace(['“', '„'], "‘").replace(['”', '"'], "’");
    format!("“{inner}”")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explain::grounding::Grounds;
    use crate::explain::sample::evidence;

    #[test]
    fn the_lost_feed_is_explained() {
        let told = explain(&evidence());
        assert_eq!(told.conclusion, Conclusion::Causes);
        assert_eq!(
            told.summary.text,
            "Reactor pressure high was raised at 10:32: 2896 kPa gauge, limit 2895 kPa gauge. Before it A feed (XMEAS_1) \
             departed from what is usual at 09:12, others after it. What is seen fits “A feed lost (step)” best, 82 %."
        );
        assert_eq!(
            told.causes.iter().map(|cause| cause.cause.as_str()).collect::<Vec<_>>(),
            ["cause:idv-6", "cause:idv-1"]
        );
        assert_eq!(
            told.causes[0].statement,
            "A feed lost (step). Of its fingerprint A feed (XMEAS_1) and A feed valve (XMV_3) have departed. Of the alarms \
             that it always raises, A feed low (XMEAS_1/LOW) was raised. A diagnosis from runs of the past puts it first."
        );
        let course: Vec<&str> = told.course.iter().map(|step| step.text.as_str()).collect();
        assert_eq!(course[0], "09:12 A feed (XMEAS_1) went below its usual 0.250 kscmh; it stands at 0 kscmh.");
        assert_eq!(course.last(), Some(&"10:32 Reactor pressure high was raised."));
        assert!(told.checks[0].text.starts_with("“Look at the supply pressure of feed A first."), "{:?}", told.checks);
        assert_eq!(told.check(&evidence()), Ok(()));
    }

    #[test]
    fn what_was_away_when_the_evidence_begins_is_not_told_to_have_begun_then() {
        let mut bundle = evidence();
        let from = bundle.window.from;
        (bundle.tags[0].departed_at, bundle.window.onset) = (Some(from), Some(from));
        let told = explain(&bundle);
        let expected = "A feed (XMEAS_1) was away from what is usual before 08:32, where this evidence begins.";
        assert!(told.summary.text.contains(expected), "{}", told.summary.text);
        assert!(told.course[0].text.starts_with("Before 08:32 A feed (XMEAS_1) went below"), "{:?}", told.course[0]);
        assert_eq!(Grounds::of(&bundle).ground(&told).iter().flat_map(|text| text.struck()).count(), 0);
    }

    #[test]
    fn of_a_detector_it_is_told_how_far_it_is_above_its_limit() {
        let mut bundle = evidence();
        let alarm = &mut bundle.alarm;
        (alarm.alarm, alarm.title) = ("pca/VERDICT".into(), "Unusual operation".into());
        (alarm.tag, alarm.unit_of_measure, alarm.value, alarm.limit) = (None, None, Some(13.221), Some(1.0));
        let told = explain(&bundle);
        let expected = "Unusual operation was raised at 10:32: its statistic is 13.2 × its limit. Before it";
        assert!(told.summary.text.starts_with(expected), "{}", told.summary.text);
        assert_eq!(Grounds::of(&bundle).ground(&told).iter().flat_map(|text| text.struck()).count(), 0);
    }

    #[test]
    fn a_departure_that_cannot_be_read_from_the_value_is_told_in_deviations() {
        let mut bundle = evidence();
        let tag = &mut bundle.tags[3];
        (tag.departure, tag.departed_at) = (3.2, Some(bundle.window.to));
        let told = explain(&bundle);
        let step = "10:32 Reactor temperature (XMEAS_9) went above its usual 120.4 °C, by 3.2 σ.";
        assert!(told.course.iter().any(|one| one.text == step), "{:?}", told.course);
        assert_eq!(Grounds::of(&bundle).ground(&told).iter().flat_map(|text| text.struck()).count(), 0);
    }

    #[test]
    fn tags_that_are_lacking_have_names_and_speak_against_a_cause() {
        let mut bundle = evidence();
        bundle.causes[0].lacking = vec!["XMEAS_9".into(), "XMEAS_99".into()];
        let cause = &explain(&bundle).causes[0];
        let expected = "have departed; Reactor temperature (XMEAS_9) and XMEAS_99 have not.";
        assert!(cause.statement.contains(expected), "{}", cause.statement);
        assert_eq!(cause.contradicts, ["tag:XMEAS_9"]);
    }

    #[test]
    fn what_is_quoted_within_a_passage_does_not_end_its_quotation() {
        let mut bundle = evidence();
        bundle.passages[0].text =
            "The answer is \"one of the group 3, 9, 15\". XMEAS_1 rises and IDV 77 does not.".into();
        let told = explain(&bundle);
        assert!(told.checks[0].text.starts_with("“The answer is ’one of the group"), "{:?}", told.checks);
        let struck: Vec<_> =
            Grounds::of(&bundle).ground(&told).iter().flat_map(|text| text.struck().map(str::to_owned)).collect();
        assert_eq!(struck, Vec::<String>::new());
    }

    #[test]
    fn what_was_away_before_the_evidence_begins_comes_first() {
        let mut bundle = evidence();
        bundle.window.from = bundle.alarm.raised_at;
        bundle.tags[0].departed_at = Some(bundle.alarm.raised_at + Duration::from_secs(60));
        let course = explain(&bundle).course;
        let place = |words: &str| course.iter().position(|step| step.text.starts_with(words));
        let (before, own) = (place("Before 10:32 A feed (XMEAS_1)"), place("10:32 Reactor pressure high was raised"));
        assert!(before.is_some() && before < own, "{course:?}");
    }

    #[test]
    fn without_a_fitting_cause_it_says_so() {
        let mut bundle = evidence();
        bundle.causes.clear();
        let told = explain(&bundle);
        assert!(told.conclusion == Conclusion::Inconclusive && told.causes.is_empty());
        assert!(told.summary.text.ends_with("The evidence does not tell the cause."), "{}", told.summary.text);
        bundle.young = true;
        let told = explain(&bundle);
        assert!(told.summary.text.contains("too early to tell the cause"), "{}", told.summary.text);
        assert!(told.unknown[0].text.contains("too few samples since it began"), "{:?}", told.unknown);
    }

    #[test]
    fn a_suspicion_says_that_it_is_one_and_why() {
        let mut bundle = evidence();
        bundle.young = true;
        bundle.causes[1].percent = 70.0;
        let told = explain(&bundle);
        assert_eq!(told.conclusion, Conclusion::Suspected);
        let wanted = "A first suspicion is “A feed lost (step)”, or “A/C ratio of stream 4 (step)”. It is too early";
        assert!(told.summary.text.contains(wanted), "{}", told.summary.text);
        assert_eq!(told.check(&bundle), Ok(()));
        assert!(Grounds::of(&bundle).ground(&told).iter().all(|text| text.struck().count() == 0));
        bundle.young = false;
        bundle.doubt = Some("It resembles no incident that is known.".into());
        let told = explain(&bundle);
        assert_eq!(told.conclusion, Conclusion::Suspected);
        assert!(told.summary.text.ends_with("It resembles no incident that is known."), "{}", told.summary.text);
    }

    #[test]
    fn one_that_has_just_left_what_is_usual_is_not_the_first_beside_one_that_is_far_away() {
        let mut bundle = evidence();
        let early =
            crate::explain::sample::tag("XMEAS_33", "E in purge", "mol %", [18.6, 0.1, 18.6, 18.9, 3.2], Some(530));
        bundle.tags.push(early);
        let told = explain(&bundle);
        assert!(told.summary.text.contains("Before it A feed (XMEAS_1) departed"), "{}", told.summary.text);
        assert!(
            told.checks.iter().any(|check| check.text.starts_with("Compare A feed (XMEAS_1)")),
            "{:?}",
            told.checks
        );
    }

    #[test]
    fn causes_that_look_alike_are_named_together() {
        let mut bundle = evidence();
        bundle.causes[0].alike = vec![bundle.causes[1].id.clone()];
        bundle.causes[1].percent = 70.0;
        let told = explain(&bundle);
        assert!(told.summary.text.contains("cannot be told apart for certain from “A/C ratio of stream 4 (step)”"));
        assert!(told.unknown.iter().any(|one| one.text.starts_with("Whether it is")), "{:?}", told.unknown);
        assert!(Grounds::of(&bundle).ground(&told).iter().all(|text| text.struck().count() == 0));
    }

    #[test]
    fn a_quotation_ends_with_a_sentence() {
        let long = format!("First sentence. {} end.", "word ".repeat(200));
        assert_eq!(quotation(&long), "“First sentence.”");
        let endless = "word ".repeat(200);
        assert!(quotation(&endless).chars().count() <= QUOTE_MOST + 2);
        assert_eq!(quotation("No full stop"), "“No full stop”");
        assert_eq!(quotation("He said \"recovered\"."), "“He said ’recovered’.”");
    }
}
