//! What the site has written itself about an alarm, when evidence is frozen: passages of documents that people have uploaded or
//! laid into the folder of the site, found by the search that the page *Knowledge* has.

use std::collections::BTreeSet;

use super::Args;
use crate::domain::{AlarmDefinition, DocumentOrigin, Passage, PassageFilter};
use crate::explain::evidence::{Finding, PassageItem};
use crate::knowledge::terms;

/// Passages that are laid beside the evidence.
const PASSAGES_MOST: usize = 3;
/// Passages that are looked at, the best first.
const LOOKED_AT: usize = 12;
/// Causes whose names are looked for.
const CAUSES_MOST: usize = 3;
/// Words of what is looked for that a passage has at least, unless its document is about the alarm by its own word.
const WORDS_LEAST: usize = 2;
/// Words that nearly every alarm has.
const EVERYWHERE: [&str; 4] = ["high", "low", "alarm", "plant"];

/// The passages of this plant's own documents that help with an alarm which may have these causes.
pub(super) async fn of_the_site(
    args: &Args,
    definition: &AlarmDefinition,
    findings: &[Finding],
    missing: &mut Vec<String>,
) -> Vec<PassageItem> {
    let Some(retriever) = &args.retriever else { return Vec::new() };
    let filter = PassageFilter {
        plant: Some(args.plant.id.clone()),
        origins: vec![DocumentOrigin::Folder, DocumentOrigin::Uploaded],
        ..PassageFilter::default()
    };
    let question = question(args, definition, findings);
    let found = retriever.passages(&question, &filter, LOOKED_AT).await;
    if found.means.without.is_some() {
        missing.push("The site's own documents were searched without a part of the search, which is away.".into());
    }
    let asked = counted(&question);
    let fits = |passage: &&Passage| is_about(passage, definition) || words_in_common(passage, &asked) >= WORDS_LEAST;
    let passages = found.passages.iter().map(|found| &*found.passage);
    passages.filter(fits).take(PASSAGES_MOST).map(super::shelf::item).collect()
}

/// The alarm in words, with the likeliest causes.
fn question(args: &Args, definition: &AlarmDefinition, findings: &[Finding]) -> String {
    let tag = definition.tag.as_ref().and_then(|tag| args.plant.tag(args.plant.tag_index(tag)?));
    let named = tag.map(|tag| format!("{} {}", tag.name, tag.id)).unwrap_or_default();
    let causes = findings.iter().take(CAUSES_MOST).map(|finding| finding.name.as_str());
    std::iter::once(definition.title.as_str()).chain([named.as_str()]).chain(causes).collect::<Vec<_>>().join(" ")
}

pub(super) fn counted(text: &str) -> BTreeSet<String> {
    terms(text).into_iter().filter(|term| !EVERYWHERE.contains(&term.as_str())).collect()
}

/// Whether the document says itself that it is about this alarm or its tag.
fn is_about(passage: &Passage, definition: &AlarmDefinition) -> bool {
    passage.alarms.contains(&definition.id) || definition.tag.as_ref().is_some_and(|tag| passage.tags.contains(tag))
}

pub(super) fn words_in_common(passage: &Passage, asked: &BTreeSet<String>) -> usize {
    let there = counted(&format!("{} {} {}", passage.title, passage.heading, passage.text));
    asked.intersection(&there).count()
}
