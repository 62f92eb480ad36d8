//! Fingerprints as the file keeps them: in whole steps, and of each age only what it adds to the one before.

/// Fingerprints are kept in twentieths: incidents of one cause differ by more.
const STEPS: f32 = 20.0;

/// Of all ages of one incident. What lies beyond ±1638 is kept as that, and what is no number as 0.
pub(super) fn folded(prints: &[Vec<f32>]) -> Vec<Vec<i16>> {
    let mut before: Vec<i16> = Vec::new();
    let fold = |print: &Vec<f32>| {
        let steps: Vec<i16> = print.iter().map(|value| (value * STEPS).round() as i16).collect();
        let added = steps.iter().enumerate();
        let added = added.map(|(n, step)| step.wrapping_sub(before.get(n).copied().unwrap_or(0))).collect();
        before = steps;
        added
    };
    prints.iter().map(fold).collect()
}

/// What was folded, in twentieths.
pub(super) fn unfolded(folded: &[Vec<i16>]) -> Vec<Vec<f32>> {
    let mut steps: Vec<i16> = Vec::new();
    let unfold = |added: &Vec<i16>| {
        steps.resize(added.len(), 0);
        steps.iter_mut().zip(added).for_each(|(step, added)| *step = step.wrapping_add(*added));
        steps.iter().map(|step| f32::from(*step) / STEPS).collect()
    };
    folded.iter().map(unfold).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_was_folded_comes_back_to_half_a_step(
            prints in (1_usize..9).prop_flat_map(|width| {
                prop::collection::vec(prop::collection::vec(-1_600.0_f32..1_600.0, width), 0..6)
            }),
        ) {
            let back = unfolded(&folded(&prints));
            prop_assert_eq!(back.len(), prints.len());
            for (back, print) in back.iter().flatten().zip(prints.iter().flatten()) {
                prop_assert!((back - print).abs() <= 0.5 / STEPS + 1e-3, "{} of {}", back, print);
            }
        }
    }

    #[test]
    fn what_is_too_large_is_cut_and_what_is_no_number_is_nothing() {
        assert_eq!(unfolded(&folded(&[vec![1e9, f32::NAN], vec![-1e9, 2.0]])), [[1_638.35, 0.0], [-1_638.4, 2.0]]);
    }
}
