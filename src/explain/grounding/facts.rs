//! What the evidence says, as things that a claim can be held against.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, Timelike};

use super::lexer::{self, Kind, Lexicon, Moment, Number, name};
use super::units::{Unit, Units};
use crate::domain::{SourceTime, TagId, WallTime};
use crate::explain::evidence::Evidence;

/// How far a number may be from its fact, as a share of the fact, however coarsely it is written.
const VALUE_TOLERANCE: f64 = 0.025;
/// The same for a stretch of time.
const SPAN_TOLERANCE: f64 = 0.1;
/// Shorter phrases are words like any other.
const PHRASE_LETTERS_MIN: usize = 4;

/// A number that stands in the evidence.
#[derive(Clone, Debug)]
struct Fact {
    value: f64,
    unit: Unit,
    /// The tags that it is about, as names; empty: none in particular.
    about: BTreeSet<String>,
    /// Whether the sentence must name one of them. Thirty tags that depart are thirty stretches of time, one of which is near
    /// whatever somebody makes up.
    named: bool,
    source: String,
}

/// Everything that the evidence says.
#[derive(Clone, Debug)]
pub(super) struct Facts {
    pub lexicon: Lexicon,
    numbers: Vec<Fact>,
    /// Moments with the part of the evidence that has them, in seconds since 1970.
    moments: Vec<(i64, String)>,
    /// Names with the part of the evidence that has them.
    names: BTreeMap<String, String>,
    /// Tags among the names.
    tags: BTreeSet<String>,
    /// For each phrase the part of the evidence that has it, and the tag that it names.
    phrases: Vec<(String, Option<String>)>,
    /// Texts that may be quoted, in plain form, with their parts.
    texts: Vec<(String, String)>,
    /// Tags that have clearly gone up (true) or down.
    directions: BTreeMap<String, bool>,
}

impl Facts {
    pub fn of(evidence: &Evidence) -> Self {
        let units = Units::with(evidence.tags.iter().map(|tag| tag.unit_of_measure.as_str()));
        let mut facts = Self {
            lexicon: Lexicon { prefixes: BTreeSet::new(), phrases: Vec::new(), units },
            numbers: Vec::new(),
            moments: Vec::new(),
            names: BTreeMap::new(),
            tags: BTreeSet::new(),
            phrases: Vec::new(),
            texts: Vec::new(),
            directions: BTreeMap::new(),
        };
        facts.learn_names(evidence);
        facts.learn_moments(evidence);
        facts.learn_numbers(evidence);
        facts.learn_texts(evidence);
        facts
    }

    fn learn_names(&mut self, evidence: &Evidence) {
        for id in evidence.ids() {
            self.name(id.split_once(':').map_or(id, |(_, rest)| rest), id);
        }
        let alarm = &evidence.alarm;
        self.alarm_name(alarm.alarm.as_str(), &alarm.id);
        self.phrase(&alarm.title, &alarm.id, alarm.tag.as_ref());
        if let Some(tag) = &alarm.tag {
            self.tag(tag, &alarm.id);
        }
        for item in &evidence.tags {
            self.tag(&item.tag, &item.id);
            self.phrase(&item.name, &item.id, Some(&item.tag));
            if item.departure.abs() >= 1.0 {
                self.directions.insert(name(item.tag.as_str()), item.departure > 0.0);
            }
        }
        for item in &evidence.related {
            self.alarm_name(item.alarm.as_str(), &item.id);
            self.phrase(&item.title, &item.id, item.tag.as_ref());
            if let Some(tag) = &item.tag {
                self.tag(tag, &item.id);
            }
        }
        for item in &evidence.verdicts {
            item.scores.iter().for_each(|score| self.name(&score.chart, &item.id));
            item.contributions.iter().for_each(|share| self.tag(&share.tag, &item.id));
        }
        for item in &evidence.roots {
            self.tag(&item.tag, &item.id);
            self.phrase(&item.name, &item.id, Some(&item.tag));
        }
        for item in &evidence.causes {
            item.fitting.iter().chain(&item.lacking).for_each(|tag| self.tag(tag, &item.id));
            item.alarms.iter().for_each(|alarm| self.alarm_name(alarm.as_str(), &item.id));
            item.alike.iter().for_each(|id| self.name(id.trim_start_matches("cause:"), &item.id));
            self.phrase(&item.name, &item.id, None);
            self.name(&item.article, &item.id);
            self.alarm_name(&item.article, &item.id);
        }
        for item in &evidence.actions {
            self.alarm_name(item.alarm.as_str(), &item.id);
        }
        for item in &evidence.passages {
            self.phrase(&item.title, &item.id, None);
        }
    }

    fn name(&mut self, written: &str, source: &str) {
        let plain = name(written);
        let prefix: String = plain.chars().take_while(|c| c.is_alphabetic()).collect();
        let numbered = plain.len() > prefix.len() && plain[prefix.len()..].chars().all(|c| c.is_ascii_digit());
        if numbered && prefix.len() > 1 {
            self.lexicon.prefixes.insert(prefix);
        }
        self.names.entry(plain).or_insert_with(|| source.to_owned());
    }

    /// An alarm is called by its parts as well: `XMEAS_7/HIGH` holds `XMEAS_7` and `HIGH`.
    fn alarm_name(&mut self, written: &str, source: &str) {
        for part in written.split('/') {
            self.name(part, source);
        }
    }

    fn tag(&mut self, tag: &TagId, source: &str) {
        self.name(tag.as_str(), source);
        self.tags.insert(name(tag.as_str()));
    }

    fn phrase(&mut self, written: &str, source: &str, tag: Option<&TagId>) {
        let letters: Vec<char> = written.trim().chars().map(super::units::lower).collect();
        if letters.len() >= PHRASE_LETTERS_MIN && !self.lexicon.phrases.iter().any(|(known, _)| *known == letters) {
            self.lexicon.phrases.push((letters, self.phrases.len()));
            self.phrases.push((source.to_owned(), tag.map(|tag| name(tag.as_str()))));
        }
        self.lexicon.phrases.sort_by_key(|(phrase, _)| std::cmp::Reverse(phrase.len()));
    }

    fn learn_moments(&mut self, evidence: &Evidence) {
        let alarm = &evidence.alarm;
        let mut plant: Vec<(SourceTime, &str, Option<&TagId>)> = vec![
            (alarm.raised_at, &alarm.id, None),
            (evidence.window.from, &alarm.id, None),
            (evidence.window.to, &alarm.id, None),
        ];
        plant.extend(evidence.window.onset.map(|onset| (onset, alarm.id.as_str(), None)));
        plant.extend(evidence.tags.iter().filter_map(|tag| Some((tag.departed_at?, tag.id.as_str(), Some(&tag.tag)))));
        plant.extend(evidence.verdicts.iter().map(|verdict| (verdict.at, verdict.id.as_str(), None)));
        plant.extend(
            evidence.roots.iter().filter_map(|root| Some((root.departed_at?, root.id.as_str(), Some(&root.tag)))),
        );
        plant.extend(evidence.related.iter().map(|other| (other.raised_at, other.id.as_str(), other.tag.as_ref())));
        plant.extend(evidence.actions.iter().map(|action| (action.at, action.id.as_str(), None)));
        // How long before the end, before the alarm, and after the onset.
        let anchors = [Some(evidence.window.to), Some(alarm.raised_at), evidence.window.onset];
        for (at, source, tag) in &plant {
            for anchor in anchors.iter().flatten() {
                let value = (anchor.as_micros() - at.as_micros()).abs() as f64 / 1e6;
                let about = tag.iter().map(|tag| name(tag.as_str())).collect();
                let (unit, source, named) = (Unit::Seconds(1), (*source).to_owned(), tag.is_some());
                self.numbers.push(Fact { value, unit, about, named, source });
            }
            self.moments.push((at.as_micros().div_euclid(1_000_000), (*source).to_owned()));
        }
        let wall = |at: WallTime| at.as_micros().div_euclid(1_000_000);
        self.moments.push((wall(alarm.called_at), alarm.id.clone()));
        self.moments.extend(evidence.incidents.iter().map(|incident| (wall(incident.at), incident.id.clone())));
    }

    fn number(&mut self, value: f64, unit: Unit, about: &[&TagId], source: &str) {
        let about = about.iter().map(|tag| name(tag.as_str())).collect();
        self.numbers.push(Fact { value, unit, about, named: false, source: source.to_owned() });
    }

    fn learn_numbers(&mut self, evidence: &Evidence) {
        let percent = || Unit::Measure("%".into());
        let alarm = &evidence.alarm;
        let unit = self.lexicon.units.of(alarm.unit_of_measure.as_deref().unwrap_or_default());
        for value in [alarm.value, alarm.limit].into_iter().flatten() {
            self.number(value, unit.clone(), &alarm.tag.iter().collect::<Vec<_>>(), &alarm.id);
        }
        // Of a detector it is told how far its statistic is above its limit.
        if let (Some(value), Some(limit), None) = (alarm.value, alarm.limit, &alarm.unit_of_measure) {
            self.number(value / limit, Unit::Measure("×".into()), &[], &alarm.id);
        }
        for item in &evidence.tags {
            let unit = self.lexicon.units.of(&item.unit_of_measure);
            let change = item.now - item.before;
            let off = item.now - item.usual;
            let values = [Some(item.usual), Some(item.strays), Some(item.before), item.onset, Some(item.now)];
            for value in values.into_iter().flatten().chain([change, change.abs(), off, off.abs()]) {
                self.number(value, unit.clone(), &[&item.tag], &item.id);
            }
            for value in [item.departure, item.departure.abs()] {
                self.number(value, Unit::Measure("σ".into()), &[&item.tag], &item.id);
            }
            self.number(item.widening, Unit::Measure("×".into()), &[&item.tag], &item.id);
        }
        for item in &evidence.verdicts {
            for score in &item.scores {
                self.number(score.statistic, Unit::None, &[], &item.id);
                self.number(score.limit, Unit::None, &[], &item.id);
                self.number(score.statistic / score.limit, Unit::Measure("×".into()), &[], &item.id);
            }
            item.contributions.iter().for_each(|share| self.number(share.percent, percent(), &[&share.tag], &item.id));
        }
        evidence.roots.iter().for_each(|item| self.number(item.percent, percent(), &[&item.tag], &item.id));
        evidence.causes.iter().for_each(|item| self.number(item.percent, percent(), &[], &item.id));
        evidence.incidents.iter().for_each(|item| self.number(item.percent, percent(), &[], &item.id));
        let departed = evidence.tags.iter().filter(|tag| tag.departed_at.is_some()).count();
        let counts = [departed, evidence.related.len(), evidence.related.len() + 1, evidence.incidents.len()];
        counts.into_iter().for_each(|count| self.number(count as f64, Unit::None, &[], &alarm.id));
    }

    fn learn_texts(&mut self, evidence: &Evidence) {
        let alarm = &evidence.alarm;
        let mut texts: Vec<(&str, &str)> = vec![
            (&alarm.cause, &alarm.id),
            (&alarm.consequence, &alarm.id),
            (&alarm.guidance, &alarm.id),
            (&alarm.title, &alarm.id),
            (&evidence.mode.state, &evidence.mode.id),
        ];
        texts.extend(evidence.mode.detail.iter().map(|text| (text.as_str(), evidence.mode.id.as_str())));
        texts.extend(evidence.related.iter().map(|item| (item.title.as_str(), item.id.as_str())));
        texts.extend(evidence.tags.iter().map(|item| (item.name.as_str(), item.id.as_str())));
        texts.extend(evidence.causes.iter().map(|item| (item.name.as_str(), item.id.as_str())));
        texts.extend(
            evidence
                .passages
                .iter()
                .flat_map(|p| [(p.title.as_str(), p.id.as_str()), (p.text.as_str(), p.id.as_str())]),
        );
        texts.extend(evidence.actions.iter().filter_map(|item| Some((item.comment.as_deref()?, item.id.as_str()))));
        texts.extend(evidence.incidents.iter().filter_map(|item| Some((item.cause.as_deref()?, item.id.as_str()))));
        for (text, source) in texts {
            self.learn_text(text, source);
        }
    }

    /// A text may be quoted, and states the numbers and names that stand in it, each about the tags of its sentence.
    fn learn_text(&mut self, text: &str, source: &str) {
        // Phrases are left out, so that what stands within one is learnt as well.
        let lexicon = Lexicon { phrases: Vec::new(), ..self.lexicon.clone() };
        let tokens = lexer::read(text, &lexicon);
        for sentence in tokens.split(|token| token.kind == Kind::Stop) {
            let names: BTreeSet<String> = sentence
                .iter()
                .filter_map(|token| match &token.kind {
                    Kind::Name(name) => Some(name.clone()),
                    _ => None,
                })
                .collect();
            let about: BTreeSet<String> = names.iter().filter(|name| self.tags.contains(*name)).cloned().collect();
            for token in sentence {
                if let Kind::Number(Number { value, unit, .. }) = &token.kind {
                    let (value, unit) = seconds(*value, unit);
                    let (about, source) = (about.clone(), source.to_owned());
                    self.numbers.push(Fact { value, unit, about, named: false, source });
                }
            }
            for name in names {
                self.names.entry(name).or_insert_with(|| source.to_owned());
            }
        }
        self.texts.push((plain(text), source.to_owned()));
    }

    /// The part of the evidence that has this name.
    pub fn has_name(&self, name: &str) -> Option<&str> {
        self.names.get(name).map(String::as_str)
    }

    /// The tag that a token names, if it names one.
    pub fn tag_of<'a>(&'a self, kind: &'a Kind) -> Option<&'a String> {
        match kind {
            Kind::Name(name) => self.tags.get(name),
            Kind::Phrase(number) => self.phrases.get(*number)?.1.as_ref(),
            _ => None,
        }
    }

    /// The part of the evidence that has this phrase.
    pub fn has_phrase(&self, number: usize) -> Option<&str> {
        self.phrases.get(number).map(|(source, _)| source.as_str())
    }

    /// The part of the evidence in which these words stand.
    pub fn has_words(&self, quote: &str) -> Option<&str> {
        let wanted = plain(quote);
        self.texts
            .iter()
            .find(|(text, _)| text.contains(&wanted))
            .map(|(_, source)| source.as_str())
            .or_else(|| self.has_name(&name(quote)).filter(|_| !quote.contains(' ')))
    }

    /// Which way a tag has gone, if it clearly has.
    pub fn direction(&self, tag: &str) -> Option<bool> {
        self.directions.get(tag).copied()
    }

    /// The part of the evidence that has this moment.
    pub fn has_moment(&self, moment: &Moment) -> Option<&str> {
        let same = |at: i64| {
            let at = chrono::DateTime::from_timestamp(at, 0).unwrap_or_default();
            let date = (at.year(), at.month(), at.day());
            at.hour() == moment.hour
                && at.minute() == moment.minute
                && moment.second.is_none_or(|second| second == at.second())
                && moment.date.is_none_or(|told| told == date)
        };
        self.moments.iter().find(|(at, _)| same(*at)).map(|(_, source)| source.as_str())
    }

    /// The part of the evidence that has this number, when the sentence speaks of these tags.
    pub fn has_number(&self, told: &Number, about: &BTreeSet<&String>) -> Option<&str> {
        let (value, unit) = seconds(told.value, &told.unit);
        let (half, tolerance) = match told.unit {
            Unit::Seconds(each) => (told.half * f64::from(each), SPAN_TOLERANCE),
            _ => (told.half, VALUE_TOLERANCE),
        };
        let fits = |fact: &&Fact| {
            let among = || fact.about.iter().any(|tag| about.contains(tag));
            let concerns = among() || (!fact.named && (about.is_empty() || fact.about.is_empty()));
            // A number without a unit may be a value of a tag only where that tag is named.
            let bare = told.unit == Unit::None && fact.about.iter().any(|tag| about.contains(tag));
            let right_unit = unit.may_mean(&fact.unit) || bare;
            let near = (value - fact.value).abs() <= half.min(tolerance * fact.value.abs()) + 1e-9 * fact.value.abs();
            concerns && right_unit && near
        };
        self.numbers.iter().find(fits).map(|fact| fact.source.as_str())
    }
}

/// Stretches of time are compared in seconds.
fn seconds(value: f64, unit: &Unit) -> (f64, Unit) {
    match unit {
        Unit::Seconds(each) => (value * f64::from(*each), Unit::Seconds(1)),
        other => (value, other.clone()),
    }
}

/// Lower case, one blank between words, one kind of mark: a quotation within a quotation has other marks than by itself.
fn plain(text: &str) -> String {
    let one = text.to_lowercase().replace(['“', '”', '„', '"', '`', '’', '‘'], "'");
    one.split_whitespace().collect::<Vec<_>>().join(" ")
}
