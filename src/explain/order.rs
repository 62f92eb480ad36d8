//! In which order providers are asked. The last rung needs none.

use crate::domain::{Locality, OrderPolicy, ProviderId};

/// A provider that could be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Which one.
    pub provider: ProviderId,
    /// Where it computes.
    pub locality: Locality,
}

/// One step of the ladder that a question goes down until it is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rung {
    /// A model.
    Provider(ProviderId),
    /// The explanation that is computed from the evidence alone: no network, no model, always there.
    Deterministic,
}

/// The ladder: every candidate once, of one locality in the order in which they were configured, and the deterministic
/// rung last.
pub fn order(candidates: &[Candidate], policy: OrderPolicy) -> Vec<Rung> {
    let first = match policy {
        OrderPolicy::LocalFirst => Locality::Local,
        OrderPolicy::CloudFirst => Locality::Cloud,
    };
    let (near, far): (Vec<_>, Vec<_>) = candidates.iter().partition(|candidate| candidate.locality == first);
    let providers = near.into_iter().chain(far).map(|candidate| Rung::Provider(candidate.provider.clone()));
    providers.chain([Rung::Deterministic]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_says_who_is_first_and_the_deterministic_rung_is_last() {
        let candidate = |name: &str, locality| Candidate { provider: name.into(), locality };
        let all = [
            candidate("c1", Locality::Cloud),
            candidate("l1", Locality::Local),
            candidate("c2", Locality::Cloud),
            candidate("l2", Locality::Local),
        ];
        let check = |policy, expected: [&str; 4]| {
            let mut ladder = order(&all, policy);
            assert_eq!(ladder.pop(), Some(Rung::Deterministic));
            assert_eq!(ladder, expected.map(|name| Rung::Provider(name.into())));
        };
        check(OrderPolicy::LocalFirst, ["l1", "l2", "c1", "c2"]);
        check(OrderPolicy::CloudFirst, ["c1", "c2", "l1", "l2"]);
        assert_eq!(order(&[], OrderPolicy::LocalFirst), [Rung::Deterministic]);
    }
}
