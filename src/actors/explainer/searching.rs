//! Passages for a question about an alarm: what is written of its unit and of its equipment, and elsewhere when that shares words
//! with the question. They are frozen with the evidence of the answer, so an answer rests on what was read then.

use std::collections::BTreeSet;

use super::documents::{counted, words_in_common};
use super::shelf::item;
use super::{Args, scene::definition};
use crate::domain::{Passage, PassageFilter, TagId};
use crate::explain::Evidence;
use crate::storage::StoredEvidence;

/// Passages that are laid beside the evidence of an answer.
const PASSAGES_MOST: usize = 4;
/// Passages of each search that are looked at, the best first.
const LOOKED_AT: usize = 8;
/// Tags that stand for the equipment of an alarm.
const TAGS_MOST: usize = 8;
/// Words of a question that a passage has at least; of a shorter question, all.
const WORDS_LEAST: usize = 2;

/// Evidence with what was found for a question.
pub(super) struct Found {
    pub kept: StoredEvidence,
    /// The anchors of what was found, the best first.
    pub anchors: Vec<String>,
    /// What the search had to do without, for people.
    pub without: Option<String>,
}

/// Looks for what is written about a question. Without a library, and where nothing fits, the evidence stays what it is.
pub(super) async fn found_for(args: &Args, kept: StoredEvidence, question: &str) -> Found {
    let nothing = |kept, without| Found { kept, anchors: Vec::new(), without };
    let Some(retriever) = &args.retriever else { return nothing(kept, None) };
    let asked = counted(question);
    if asked.is_empty() {
        return nothing(kept, None);
    }
    let (mut passages, mut without): (Vec<std::sync::Arc<Passage>>, Option<String>) = (Vec::new(), None);
    for filter in filters(args, &kept.evidence) {
        let finding = retriever.passages(question, &filter, LOOKED_AT).await;
        let fits = |passage: &Passage| words_in_common(passage, &asked) >= WORDS_LEAST.min(asked.len());
        for found in finding.passages.into_iter().filter(|found| fits(&found.passage)) {
            if !passages.iter().any(|known| known.anchor == found.passage.anchor) {
                passages.push(found.passage);
            }
        }
        without = without.or(finding.means.without);
    }
    passages.truncate(PASSAGES_MOST);
    let anchors: Vec<String> = passages.iter().map(|passage| passage.anchor.to_string()).collect();
    let evidence = kept.evidence.clone().with_passages(passages.iter().map(|passage| item(passage)).collect());
    let hash = evidence.hash();
    let frozen_at = if hash == kept.hash { kept.frozen_at } else { args.clock.now() };
    Found { kept: StoredEvidence { hash, frozen_at, evidence, ..kept }, anchors, without }
}

/// Where is searched: what is about the equipment of the alarm, what is about its unit, and everything of this plant.
fn filters(args: &Args, evidence: &Evidence) -> Vec<PassageFilter> {
    let of_plant = PassageFilter { plant: Some(args.plant.id.clone()), ..PassageFilter::default() };
    let tags = equipment(evidence);
    let unit = definition(&args.plant, &evidence.alarm.alarm).and_then(|definition| definition.unit.clone());
    let of_tags = (!tags.is_empty()).then(|| PassageFilter { tags, ..of_plant.clone() });
    let of_unit = unit.map(|unit| PassageFilter { unit: Some(unit), ..of_plant.clone() });
    of_tags.into_iter().chain(of_unit).chain([of_plant]).collect()
}

/// The tag of the alarm, those in which it shows first, and those that have departed.
fn equipment(evidence: &Evidence) -> Vec<TagId> {
    let roots = evidence.roots.iter().map(|root| &root.tag);
    let departed = evidence.tags.iter().filter(|tag| tag.departed_at.is_some()).map(|tag| &tag.tag);
    let mut known = BTreeSet::new();
    let all = evidence.alarm.tag.iter().chain(roots).chain(departed);
    all.filter(|tag| known.insert(*tag)).take(TAGS_MOST).cloned().collect()
}
