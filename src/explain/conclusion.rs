//! What may be concluded from evidence: whether a cause is named, suspected, or neither.

use super::evidence::{CauseItem, Evidence};
use super::explanation::Conclusion;

/// A cause that fits at least so well, percent, and that a comparison with known incidents has decided on, is named.
pub const FITS_LEAST: f64 = 50.0;
/// The same for a cause that no comparison with known incidents speaks for: signs of an article alone mislead.
const FITS_LEAST_BY_SIGNS: f64 = 60.0;
/// A best cause that fits worse than this, percent, is no cause that anybody should hear of.
const SUSPECTED_FROM: f64 = 20.0;
/// A part in what is unusual, percent, that shows although no value has left what is usual.
const ROOT_SHOWS: f64 = 25.0;

/// What the evidence comes to. A suspicion is what could not be compared with known incidents yet, or is not decided by that.
pub(super) fn concluded(evidence: &Evidence) -> Conclusion {
    let shown = |best: &&CauseItem| best.percent >= SUSPECTED_FROM && shows(evidence, best);
    let Some(best) = evidence.causes.first().filter(shown) else { return Conclusion::Inconclusive };
    let least = if best.place.is_some() { FITS_LEAST } else { FITS_LEAST_BY_SIGNS };
    let decided = !evidence.young && evidence.doubt.is_none();
    if decided && best.percent >= least { Conclusion::Causes } else { Conclusion::Suspected }
}

/// Whether anything is to be seen at all: a value that has left what is usual, a tag that stands out, or a likeness that
/// normal operation and its smallest faults do not have.
fn shows(evidence: &Evidence, best: &CauseItem) -> bool {
    let departed = evidence.tags.iter().any(|tag| tag.departed_at.is_some());
    let beyond = evidence.alarm.tag.is_some() && evidence.alarm.value.is_some();
    let stands_out = evidence.roots.first().is_some_and(|root| root.percent >= ROOT_SHOWS);
    departed || beyond || stands_out || best.percent >= FITS_LEAST
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explain::sample::evidence;

    fn check(change: impl FnOnce(&mut Evidence), expected: Conclusion) {
        let mut bundle = evidence();
        change(&mut bundle);
        assert_eq!(concluded(&bundle), expected, "{:?}", bundle.causes);
    }

    fn nothing_to_see(bundle: &mut Evidence) {
        bundle.tags.iter_mut().for_each(|tag| tag.departed_at = None);
        (bundle.alarm.tag, bundle.alarm.value) = (None, None);
    }

    #[test]
    fn a_cause_is_named_when_it_is_decided_and_suspected_until_then() {
        check(|_| {}, Conclusion::Causes);
        check(|bundle| bundle.causes[0].percent = FITS_LEAST - 1.0, Conclusion::Suspected);
        check(|bundle| bundle.causes[0].percent = SUSPECTED_FROM - 1.0, Conclusion::Inconclusive);
        check(|bundle| bundle.causes[0].place = None, Conclusion::Causes);
        let by_signs = |bundle: &mut Evidence| {
            (bundle.causes[0].percent, bundle.causes[0].place) = (FITS_LEAST_BY_SIGNS - 1.0, None);
        };
        check(by_signs, Conclusion::Suspected);
        check(|bundle| bundle.young = true, Conclusion::Suspected);
        check(|bundle| bundle.doubt = Some("Three causes look alike.".into()), Conclusion::Suspected);
        check(|bundle| bundle.causes.clear(), Conclusion::Inconclusive);
    }

    #[test]
    fn where_nothing_is_to_be_seen_a_slight_likeness_is_no_suspicion() {
        let slight = |bundle: &mut Evidence| {
            nothing_to_see(bundle);
            bundle.causes[0].percent = FITS_LEAST - 1.0;
        };
        check(slight, Conclusion::Inconclusive);
        check(nothing_to_see, Conclusion::Causes);
    }
}
