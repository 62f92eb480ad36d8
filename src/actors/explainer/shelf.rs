//! What is known beforehand: the fault library and the passages that help with an alarm, from the articles.

use crate::domain::{AlarmDefinition, DocumentKind, DocumentOrigin, Passage, Plant};
use crate::explain::evidence::{CauseItem, FaultSignature, PassageItem};
use crate::knowledge::built_in;

/// Causes whose articles are laid beside the evidence.
const CAUSES_MOST: usize = 3;
/// Passages of one article about a cause, by the ends of their anchors.
const OF_A_CAUSE: [&str; 3] = ["checks-and-actions", "telling-it-apart", "trip-risk"];
/// Passages about the tag of the alarm, and about how the alarm is answered.
const OTHERS_MOST: usize = 3;

/// The articles that are about a plant.
#[derive(Debug)]
pub struct Shelf {
    signatures: Vec<FaultSignature>,
    passages: Vec<&'static Passage>,
}

impl Shelf {
    /// Articles whose tags this plant has.
    pub fn of(plant: &Plant) -> Self {
        let known = built_in();
        let has = |tags: &[String]| tags.iter().all(|tag| plant.tag_index(&tag.as_str().into()).is_some());
        let signature = |article: &crate::knowledge::Article| {
            let front = &article.front;
            let (id, idv) = (front.id.as_deref()?, front.idv?);
            if front.kind != Some(DocumentKind::Disturbance) || front.tags.is_empty() || !has(&front.tags) {
                return None;
            }
            Some(FaultSignature {
                id: cause_id(front.held.as_deref(), idv),
                name: article.heading.clone(),
                tags: front.tags.iter().map(|tag| tag.as_str().into()).collect(),
                alarms: front.alarms.iter().map(|alarm| alarm.as_str().into()).collect(),
                alike: front.confusable.iter().filter_map(|other| id_of_article(other)).collect(),
                article: id.to_owned(),
            })
        };
        let of_plant = |passage: &&Passage| passage.tags.iter().all(|tag| plant.tag_index(tag).is_some());
        Self {
            signatures: known.articles.iter().filter_map(signature).collect(),
            passages: known.passages.iter().filter(of_plant).collect(),
        }
    }

    /// The fault library.
    pub fn signatures(&self) -> &[FaultSignature] {
        &self.signatures
    }

    /// The passages that help with an alarm that may have these causes.
    pub fn passages(&self, definition: &AlarmDefinition, causes: &[CauseItem]) -> Vec<PassageItem> {
        let of_causes = causes.iter().take(CAUSES_MOST).flat_map(|cause| {
            let mine = move |passage: &&&Passage| passage.document.as_str() == cause.article;
            let telling = |passage: &&&Passage| OF_A_CAUSE.iter().any(|end| passage.anchor.as_str().ends_with(end));
            self.passages.iter().filter(mine).filter(telling)
        });
        let answers =
            |passage: &&&Passage| passage.kind == DocumentKind::Response && passage.alarms.contains(&definition.id);
        let about = |passage: &&&Passage| {
            let of_tag = matches!(passage.kind, DocumentKind::Measurement | DocumentKind::Valve);
            of_tag && definition.tag.is_some() && passage.tags.first() == definition.tag.as_ref()
        };
        let responses = self.passages.iter().filter(answers).take(OTHERS_MOST);
        let tag = self.passages.iter().filter(about).take(OTHERS_MOST);
        of_causes.chain(responses).chain(tag).map(|passage| item(passage)).collect()
    }
}

pub(super) fn item(passage: &Passage) -> PassageItem {
    PassageItem {
        own: passage.origin != DocumentOrigin::BuiltIn,
        id: String::new(),
        anchor: passage.anchor.to_string(),
        title: format!("{}: {}", passage.title, passage.heading),
        text: passage.text.clone(),
    }
}

/// The id under which a fault is known everywhere: its number, or the valve that is held.
fn cause_id(held: Option<&str>, idv: u8) -> String {
    match held {
        Some(tag) => format!("{}-held", tag.to_lowercase().replace('_', "-")),
        None => format!("idv-{idv}"),
    }
}

/// The id of the fault that an article is about, by the article's own: `disturbances/IDV_06` is about `idv-6`.
fn id_of_article(article: &str) -> Option<String> {
    let front =
        built_in().articles.iter().find(|other| other.front.id.as_deref() == Some(article)).map(|a| &a.front)?;
    Some(cause_id(front.held.as_deref(), front.idv?))
}
