//! Nothing of the plant is without an article.

use std::collections::BTreeMap;

use tennessee_eastman::Idv;
use tennessee_eastman::tags::DisturbanceKind;
use tep::config::plant::{built_in, limit_alarm};
use tep::domain::TagRole;

use super::article::{self, Acts, Article, Kind};

/// The articles of a kind by what they describe.
fn by_subject(kind: Kind) -> BTreeMap<String, Article> {
    let articles = article::all().into_values().filter(|article| article.kind == kind);
    articles.map(|article| (article.front.subject.clone().expect("a subject"), article)).collect()
}

fn same(kind: Kind, wanted: impl Iterator<Item = String>) {
    let told: Vec<String> = by_subject(kind).into_keys().collect();
    let mut wanted: Vec<String> = wanted.collect();
    wanted.sort();
    assert_eq!(told, wanted, "{kind:?}: articles on the left, plant on the right");
}

#[test]
fn every_unit_tag_and_loop_has_its_article() {
    let plant = built_in();
    let tags = |role: TagRole| plant.tags.iter().filter(move |tag| tag.role == role).map(|tag| tag.id.to_string());
    same(Kind::Unit, plant.units.iter().map(|unit| unit.id.to_string()));
    same(Kind::Measurement, tags(TagRole::Measured));
    same(Kind::Valve, tags(TagRole::Manipulated));
    same(Kind::Loop, plant.loops.iter().map(|control| control.id.to_string()));
}

#[test]
fn every_article_stands_with_the_unit_of_its_subject() {
    let plant = built_in();
    let articles = by_subject(Kind::Measurement).into_iter().chain(by_subject(Kind::Valve));
    for (subject, article) in articles {
        let tag = plant.tags.iter().find(|tag| tag.id.to_string() == subject).unwrap();
        assert_eq!(article.front.unit, Some(tag.unit.to_string()), "{subject}");
        assert_eq!(article.front.tags.first(), Some(&subject), "{subject} is the first of its tags");
        assert!(article.heading.starts_with(&format!("{subject}: ")), "{subject}: {}", article.heading);
    }
}

#[test]
fn every_loop_names_what_it_measures_and_moves() {
    let plant = built_in();
    let articles = by_subject(Kind::Loop);
    for control in &plant.loops {
        let text = articles[&control.id.to_string()].text();
        for tag in [control.measured, control.output] {
            let tag = plant.tag(tag).unwrap().id.to_string();
            assert!(text.contains(&tag), "{} does not name {tag}", control.id);
        }
    }
}

#[test]
fn every_disturbance_of_both_models_has_its_article() {
    let articles = article::all();
    for idv in Idv::ALL {
        let article = &articles[&format!("disturbances/IDV_{:02}", idv.number())];
        let acts = match idv.kind() {
            DisturbanceKind::Step => Acts::Step,
            DisturbanceKind::Random => Acts::Random,
            DisturbanceKind::Drift => Acts::Drift,
            DisturbanceKind::Sticking => Acts::Sticking,
            DisturbanceKind::Pulses => Acts::Pulses,
        };
        let revision = if idv.number() > 20 { 2015 } else { 1993 };
        let front = &article.front;
        assert_eq!((front.idv, front.acts, front.revision), (Some(idv.number()), Some(acts), Some(revision)), "{idv}");
        assert!(article.heading.starts_with(&format!("IDV {}", idv.number())), "{}", article.heading);
    }
    let disturbances = articles.values().filter(|article| article.kind == Kind::Disturbance);
    let held: Vec<&Article> = disturbances.filter(|article| article.front.held.is_some()).collect();
    assert_eq!(held.len(), 1, "the held valve of the data sets");
    assert_eq!((held[0].front.idv, held[0].front.held.as_deref()), (Some(21), Some("XMV_4")));
}

#[test]
fn every_alarm_is_answered_by_one_response() {
    let mut answers: BTreeMap<String, Vec<String>> =
        built_in().alarms.iter().map(|alarm| (alarm.id.to_string(), Vec::new())).collect();
    for (id, article) in article::all().into_iter().filter(|(_, article)| article.kind == Kind::Response) {
        for alarm in article.front.alarms {
            answers.get_mut(&alarm).unwrap_or_else(|| panic!("{id}: {alarm}")).push(id.clone());
        }
    }
    for (alarm, answers) in answers {
        assert_eq!(answers.len(), 1, "{alarm} is answered by {answers:?}: knowledge/responses needs just one");
    }
}

/// The numbers of a text, as they are written in it.
fn numbers(text: &str) -> Vec<f64> {
    let text = text.replace('−', "-");
    let parts = text.split(|c: char| !c.is_ascii_digit() && c != '.' && c != '-');
    parts.filter_map(|part| part.trim_end_matches(['.', '-']).parse().ok()).collect()
}

#[test]
fn a_limit_stands_in_the_article_of_its_tag_and_in_the_response_to_its_alarm() {
    let plant = built_in();
    let articles = article::all();
    let of_tag = |id: &str| articles.values().find(|article| article.front.subject.as_deref() == Some(id));
    let to_alarm = |alarm: &String| {
        let responses = articles.values().filter(|article| article.kind == Kind::Response);
        responses.into_iter().find(|article| article.front.alarms.contains(alarm))
    };
    for tag in &plant.tags {
        let article = of_tag(&tag.id.to_string()).unwrap();
        for limit in &tag.limits {
            let alarm = limit_alarm(&tag.id, limit.kind).to_string();
            let response = to_alarm(&alarm).unwrap_or_else(|| panic!("no response to {alarm}"));
            for told in [article, response] {
                let found = numbers(&told.text()).contains(&limit.value);
                assert!(found, "{:?} does not name {}, the limit of {alarm}", told.front.id, limit.value);
            }
        }
    }
}
