//! Each article for itself: front matter, passages, links.

use tep::config::plant::built_in;

use super::article::{self, Acts, Article, Kind};

const PASSAGE_WORDS: std::ops::RangeInclusive<usize> = 60..=250;

#[test]
fn an_article_is_what_its_front_matter_says() {
    for (id, article) in article::all() {
        let front = &article.front;
        assert_eq!(front.id.as_ref(), Some(&id), "the id is the place of the file");
        assert_eq!(front.title.as_ref(), Some(&article.heading), "{id}");
        assert_eq!(id.split('/').next(), Some(article::folder_of(article.kind)), "{id}");
        assert!(!front.sources.is_empty() && front.sources.iter().all(|source| !source.trim().is_empty()), "{id}");
        assert!(!front.also.is_empty() && front.also.iter().all(|word| !word.trim().is_empty()), "{id}: also");
        let described = matches!(article.kind, Kind::Unit | Kind::Measurement | Kind::Valve | Kind::Loop);
        assert_eq!(front.subject.is_some(), described, "{id}: subject");
        assert_eq!(front.idv.is_some(), article.kind == Kind::Disturbance, "{id}: idv");
        assert_eq!(front.acts.is_some(), article.kind == Kind::Disturbance, "{id}: type");
        assert_eq!(front.held.is_some(), front.acts == Some(Acts::Held), "{id}: held");
        assert_eq!(
            front.revision.is_some(),
            front.acts.is_some_and(|acts| acts != Acts::Held),
            "{id}: a disturbance of the model names its revision"
        );
        assert!(front.trip_hours.is_none_or(|[first, last]| 0.0 < first && first <= last), "{id}: trip_hours");
    }
}

#[test]
fn what_the_front_matter_names_exists() {
    let plant = built_in();
    let articles = article::all();
    for (id, article) in &articles {
        let front = &article.front;
        assert!(!front.tags.is_empty(), "{id} is about no tag");
        for tag in front.tags.iter().chain(&front.held) {
            assert!(plant.tags.iter().any(|known| known.id.to_string() == *tag), "{id}: tag {tag}");
        }
        if let Some(unit) = &front.unit {
            assert!(plant.units.iter().any(|known| known.id.to_string() == *unit), "{id}: unit {unit}");
        }
        for alarm in &front.alarms {
            assert!(plant.alarms.iter().any(|known| known.id.to_string() == *alarm), "{id}: alarm {alarm}");
        }
        for other in &front.confusable {
            let known = articles.get(other).unwrap_or_else(|| panic!("{id}: article {other}"));
            assert_eq!(known.kind, Kind::Disturbance, "{id}: {other}");
            assert_ne!(other, id, "an article is not confused with itself");
        }
    }
}

#[test]
fn every_kind_has_its_headings_and_no_heading_comes_twice() {
    for (id, article) in article::all() {
        let headings: Vec<&str> = article.passages.iter().map(|passage| passage.heading.as_str()).collect();
        let wanted = article::headings_of(article.kind);
        assert!(headings.starts_with(wanted), "{id} has {headings:?}, begins not with {wanted:?}");
        assert!(headings.len() >= 2, "{id} has {headings:?}");
        let anchors: std::collections::BTreeSet<String> = article.passages.iter().map(|p| p.anchor()).collect();
        assert_eq!(anchors.len(), headings.len(), "{id}: {headings:?}");
    }
}

#[test]
fn a_passage_can_be_read_alone() {
    let plant = built_in();
    let alarms = |text: &str| text.contains("SYSTEM/") || text.contains("IDV ");
    for (id, article) in article::all() {
        for passage in &article.passages {
            let place = format!("{id}#{}", passage.anchor());
            assert!(PASSAGE_WORDS.contains(&article::words(passage)), "{place} has {} words", article::words(passage));
            let names = |word: &str| passage.text.contains(word);
            let tag = plant.tags.iter().any(|tag| names(&tag.id.to_string()));
            let unit = plant.units.iter().any(|unit| passage.text.to_lowercase().contains(&unit.name.to_lowercase()));
            assert!(tag || unit || alarms(&passage.text), "{place} does not say what it is about");
            assert!(!passage.text.contains('{') && !passage.text.contains("TODO"), "{place} is not finished");
        }
    }
}

#[test]
fn links_lead_to_articles_and_passages() {
    let articles = article::all();
    let mut documents: Vec<(std::path::PathBuf, String)> =
        articles.values().map(|article| (article.path.clone(), article.text())).collect();
    let readme = article::folder().join("README.md");
    documents.push((readme.clone(), std::fs::read_to_string(readme).unwrap()));
    let mut links = 0;
    for (path, text) in documents {
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
            let aim = path.parent().unwrap().join(file);
            assert!(aim.is_file(), "{}: `{target}` leads nowhere", path.display());
            links += 1;
            if !anchor.is_empty() {
                let aim = aim.canonicalize().unwrap();
                let reached = |article: &Article| article.path.canonicalize().unwrap() == aim;
                let article = articles.values().find(|article| reached(article));
                let found = article.is_some_and(|article| article.passages.iter().any(|p| p.anchor() == anchor));
                assert!(found, "{}: no passage `{target}`", path.display());
            }
        }
    }
    assert!(links > 200, "only {links} links were found");
}
