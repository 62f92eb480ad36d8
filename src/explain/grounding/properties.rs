//! No claim passes that the evidence does not bear out, and no mutation of a true text does either.

use proptest::prelude::*;

use super::*;
use crate::explain::deterministic::explain;
use crate::explain::sample::{evidence, minute, tag};

/// Bundles of which every number is drawn.
fn bundles() -> impl Strategy<Value = Evidence> {
    let tags = prop::collection::vec((1u32..40, 1.0..4_000.0f64, 0.01..50.0f64, -60.0..60.0f64, 0u32..110), 1..8);
    (tags, 0usize..4, 0.0..100.0f64, any::<bool>()).prop_map(|(tags, related, percent, told_apart)| {
        let mut bundle = evidence();
        bundle.tags = tags
            .into_iter()
            .map(|(number, usual, strays, departure, at)| {
                let told = crate::explain::evidence::told;
                let now = usual + strays * departure;
                let numbers = [told(usual), told(strays), told(usual), told(now), (departure * 10.0).round() / 10.0];
                let away = departure.abs() >= 3.0;
                tag(
                    &format!("XMEAS_{number}"),
                    &format!("Tag number {number}"),
                    "kPa gauge",
                    numbers,
                    away.then(|| 520 + at),
                )
            })
            .collect();
        bundle.tags.dedup_by(|a, b| a.id == b.id);
        bundle.window.onset = bundle.tags.iter().filter_map(|tag| tag.departed_at).min();
        let one = bundle.related[0].clone();
        bundle.related = (0..related)
            .map(|n| {
                let mut other = one.clone();
                (other.id, other.raised_at) = (format!("related:{}", n + 1), minute(600 + n as u32));
                other
            })
            .collect();
        bundle.causes[0].percent = crate::explain::evidence::told(percent);
        if told_apart {
            bundle.causes[0].alike = vec!["cause:idv-1".into()];
        }
        bundle
    })
}

/// Every number of the bundle, read as JSON, with the differences that a reader makes of a tag's values, the counts of its
/// lists, and the numbers in its texts.
fn naive(bundle: &Evidence) -> Vec<f64> {
    fn walk(value: &serde_json::Value, found: &mut Vec<f64>) {
        match value {
            serde_json::Value::Number(number) => found.extend(number.as_f64().filter(|number| *number < 1e12)),
            serde_json::Value::String(text) => {
                let parts = text.split(|c: char| !c.is_ascii_digit() && c != '.');
                found.extend(parts.filter_map(|part| part.trim_matches('.').parse::<f64>().ok()));
            }
            serde_json::Value::Array(all) => {
                found.extend([all.len() as f64, all.len() as f64 + 1.0]);
                all.iter().for_each(|one| walk(one, found));
            }
            serde_json::Value::Object(all) => all.values().for_each(|one| walk(one, found)),
            serde_json::Value::Bool(_) | serde_json::Value::Null => {}
        }
    }
    let mut found = vec![bundle.tags.iter().filter(|tag| tag.departed_at.is_some()).count() as f64];
    walk(&serde_json::to_value(bundle).expect("a bundle is JSON"), &mut found);
    for tag in &bundle.tags {
        found.extend([tag.now - tag.before, tag.now - tag.usual]);
    }
    for score in bundle.verdicts.iter().flat_map(|verdict| &verdict.scores) {
        found.push(score.statistic / score.limit);
    }
    found
}

proptest! {
    /// The explanation that is computed from the evidence states nothing that the evidence does not say.
    #[test]
    fn the_computed_explanation_is_grounded_in_every_word(bundle in bundles()) {
        let explanation = explain(&bundle);
        prop_assert_eq!(explanation.check(&bundle), Ok(()));
        for text in Grounds::of(&bundle).ground(&explanation) {
            let struck: Vec<&str> = text.struck().collect();
            prop_assert!(struck.is_empty(), "{}: {:?} of {:?}", text.place, struck, text.text);
        }
    }

    /// A number that is nowhere in the evidence is struck out, in whatever unit and spelling.
    #[test]
    fn an_invented_number_is_struck_out(
        whole in 10_000u32..9_000_000, cents in 0u32..100, unit in 0usize..6, spelling in 0usize..3,
    ) {
        let unit = ["kPa gauge", "kscmh", "%", "°C", "hours", ""][unit];
        let number = match spelling {
            0 => format!("{whole}.{cents:02}"),
            1 => whole.to_string(),
            _ => format!("{},{:03}", whole / 1_000, whole % 1_000),
        };
        for text in [format!("It is {number} {unit} now."), format!("XMEAS_7 stood at {number} {unit}"), format!("({number}{unit})")] {
            let claims = Grounds::of(&evidence()).check(&text);
            prop_assert!(claims.iter().any(|claim| claim.source.is_none()), "{text:?}: {claims:?}");
        }
    }

    /// A tag that is not in the evidence is struck out, however it is written.
    #[test]
    fn an_invented_tag_is_struck_out(number in 42u32..9_999, form in 0usize..6) {
        let written = match form {
            0 => format!("XMEAS_{number}"),
            1 => format!("XMEAS({number})"),
            2 => format!("xmeas {number}"),
            3 => format!("XMEAS-{number}"),
            4 => format!("FIC-{number}"),
            _ => format!("TI{number}A"),
        };
        let text = format!("Look at {written} first.");
        let claims = Grounds::of(&evidence()).check(&text);
        prop_assert!(claims.iter().any(|claim| claim.source.is_none()), "{text:?}: {claims:?}");
    }

    /// Whatever number passes, a naive reading of the bundle finds it too, within the tolerance: nothing passes by a trick of
    /// the way it is written.
    #[test]
    fn a_number_passes_only_if_the_bundle_has_it(
        bundle in bundles(), at in any::<prop::sample::Index>(), shift in prop::sample::select(vec![1.0, 1.01, 0.97, 1.2, 0.5, 10.0, -1.0]),
        digits in 0usize..4,
    ) {
        let known = naive(&bundle);
        let told = at.get(&known) * shift;
        let text = format!("It is {told:.digits$}.");
        let claims = Grounds::of(&bundle).check(&text);
        let passes = claims.iter().all(|claim| claim.source.is_some());
        let written: f64 = format!("{told:.digits$}").parse().expect("a number");
        let there = known.iter().any(|value| (written - value).abs() <= 0.0251 * value.abs() + 1e-6);
        prop_assert!(!passes || there, "{text} passes: {claims:?}");
    }

    /// Change the first digit of any number of a true text, and it is struck out, unless that is a number of the bundle again.
    #[test]
    fn a_mutated_digit_is_struck_out(bundle in bundles(), at in any::<prop::sample::Index>(), by in 1u32..9) {
        let grounds = Grounds::of(&bundle);
        let text = explain(&bundle).summary.text;
        let claims = grounds.check(&text);
        let numbers: Vec<&Claim> = claims.iter().filter(|claim| claim.kind == ClaimKind::Number).collect();
        prop_assume!(!numbers.is_empty());
        let claim = at.get(&numbers);
        let digit_at = claim.from + text[claim.from..claim.to].find(|c: char| c.is_ascii_digit()).expect("a digit");
        let old = text[digit_at..].chars().next().and_then(|c| c.to_digit(10)).expect("a digit");
        let mutated = format!("{}{}{}", &text[..digit_at], (old + by) % 10, &text[digit_at + 1..]);
        let told = grounds.check(&mutated);
        if let Some(Claim { source: Some(source), from, to, .. }) = told.iter().find(|claim| (claim.from..claim.to).contains(&digit_at)) {
            let number: String = mutated[*from..*to].chars().take_while(|c| c.is_ascii_digit() || matches!(c, '.' | '-')).collect();
            let value: f64 = number.parse().expect("a number");
            let there = naive(&bundle).iter().any(|known| (value.abs() - known.abs()).abs() <= 0.0251 * known.abs() + 1e-6);
            prop_assert!(there, "{value} of {mutated:?} passes as {source}");
        }
    }

    /// Nothing that anybody writes makes the check fail, and claims do not overlap.
    #[test]
    fn any_text_is_read_to_its_end(text in "\\PC{0,200}") {
        let claims = Grounds::of(&evidence()).check(&text);
        let mut end = 0;
        for claim in &claims {
            prop_assert!(claim.from >= end.min(claim.to) && claim.to > claim.from && text.get(claim.from..claim.to).is_some());
            end = claim.to;
        }
    }
}
