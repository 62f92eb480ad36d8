//! Several rankings become one.

use std::collections::HashMap;
use std::hash::Hash;

/// How little the first place counts more than the second. With the 60 of the paper, places of hundreds of results hardly differ;
/// among fifty, 10 finds more (measured on our questions: 86 % against 81 %). Qdrant is told the same number.
pub const RANK_CONSTANT: u32 = 10;

/// Reciprocal rank fusion (Cormack, Clarke & Büttcher 2009): each ranking gives the passage at place *p*, from 0, a share of
/// 1 ∕ (10 + *p*). The best first; of equals the lower key.
pub fn fuse<K: Clone + Eq + Hash + Ord>(rankings: &[Vec<K>]) -> Vec<(K, f64)> {
    let mut scores: HashMap<&K, f64> = HashMap::new();
    for ranking in rankings {
        for (place, key) in ranking.iter().enumerate() {
            *scores.entry(key).or_default() += 1.0 / (f64::from(RANK_CONSTANT) + place as f64);
        }
    }
    let mut fused: Vec<(K, f64)> = scores.into_iter().map(|(key, score)| (key.clone(), score)).collect();
    fused.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    fused
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_two_rankings_agree_on_comes_first() {
        let fused = fuse(&[vec!["a", "b", "c"], vec!["d", "b"]]);
        let order: Vec<&str> = fused.iter().map(|(key, _)| *key).collect();
        assert_eq!(order, ["b", "a", "d", "c"]);
        assert!((fused[0].1 - 2.0 / 11.0).abs() < 1e-12);
        assert_eq!(fuse::<u8>(&[]), []);
        assert_eq!(fuse(&[vec![3], vec![]]), [(3, 1.0 / 10.0)]);
    }
}
