//! Several providers side by side, on the same question. When two of them agree, nobody else is waited for.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;

use super::{Broker, Question, Refusal, Reply};
use crate::domain::ProviderId;

/// What an answer comes down to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gist {
    /// The cause that it names first.
    pub cause: String,
    /// The tags that it cites.
    pub tags: BTreeSet<String>,
}

/// What came of one provider.
#[derive(Clone, Debug)]
pub struct Compared {
    /// Which.
    pub provider: ProviderId,
    /// What it has answered, or why it has not; one that was not waited for is `Abandoned`.
    pub outcome: Result<Arc<Reply>, Refusal>,
    /// What the answer comes down to, when it can be read.
    pub gist: Option<Gist>,
}

/// Several answers.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// One for each provider, in the order in which they were named.
    pub all: Vec<Compared>,
    /// Those who name the same cause, when there are at least two.
    pub agreed: Vec<ProviderId>,
    /// The share of tags that those who agree have in common, 0…1.
    pub tags_in_common: f64,
}

impl Broker {
    /// Asks several providers the same. `gist` reads an answer; one that it cannot read agrees with nobody.
    pub async fn compare(
        &self,
        question: &Question,
        providers: &[ProviderId],
        gist: impl Fn(&str) -> Option<Gist>,
    ) -> Comparison {
        let ask = |at: usize, provider: ProviderId| async move {
            let outcome = match self.ask_only(question.clone(), provider).await {
                Ok(listening) => listening.answer().await,
                Err(refusal) => Err(refusal),
            };
            (at, outcome)
        };
        let unheard = |provider: &ProviderId| Compared {
            provider: provider.clone(),
            outcome: Err(Refusal::Abandoned),
            gist: None,
        };
        let mut all: Vec<Compared> = providers.iter().map(unheard).collect();
        let mut answers: FuturesUnordered<_> =
            providers.iter().enumerate().map(|(at, provider)| ask(at, provider.clone())).collect();
        while let Some((at, outcome)) = answers.next().await {
            all[at].gist = outcome.as_ref().ok().and_then(|reply| gist(&reply.text));
            all[at].outcome = outcome;
            if agreed(&all).len() > 1 {
                break;
            }
        }
        // Whoever is still at work is called off: nobody listens to them any more.
        drop(answers);
        let together = agreed(&all);
        let tags_in_common = in_common(&together);
        let agreed = together.iter().map(|one| one.provider.clone()).collect();
        Comparison { all, agreed, tags_in_common }
    }
}

/// The largest party that names the same cause, if it has two members; of two as large, the one that is named first.
fn agreed(all: &[Compared]) -> Vec<&Compared> {
    let causes = all.iter().filter_map(|one| one.gist.as_ref()).map(|gist| gist.cause.as_str());
    let party = |cause: &str| -> Vec<&Compared> {
        all.iter().filter(|one| one.gist.as_ref().is_some_and(|gist| gist.cause == cause)).collect()
    };
    let parties = causes.map(party).filter(|party| party.len() > 1);
    parties.reduce(|best, next| if next.len() > best.len() { next } else { best }).unwrap_or_default()
}

fn in_common(party: &[&Compared]) -> f64 {
    let sets: Vec<&BTreeSet<String>> =
        party.iter().filter_map(|one| one.gist.as_ref()).map(|gist| &gist.tags).collect();
    let union: BTreeSet<&String> = sets.iter().flat_map(|tags| tags.iter()).collect();
    let common = union.iter().filter(|tag| sets.iter().all(|tags| tags.contains(**tag))).count();
    if union.is_empty() { 0.0 } else { common as f64 / union.len() as f64 }
}
