use super::*;
use crate::explain::sample::evidence;

/// What is struck out of a text.
fn struck(text: &str) -> Vec<String> {
    let grounds = Grounds::of(&evidence());
    let claims = grounds.check(text);
    claims.iter().filter(|claim| claim.source.is_none()).map(|claim| text[claim.from..claim.to].to_owned()).collect()
}

#[test]
fn what_the_evidence_says_stands() {
    for text in [
        "XMEAS_1 fell from 0.251 to 0 kscmh, and XMV_3 opened to 100 %.",
        "xmeas(1), written XMEAS 1 or XMEAS_01, is 83.3 σ below what is usual.",
        "Reactor pressure rose to 2,896 kPa gauge; the limit is 2895 kPa.",
        "A feed low came at 09:13, 79 minutes before 10:32.",
        "It began at 09:12:00, an hour and 80 min before the alarm: 1.3 h.",
        "IDV 6 fits best (82 %). It is “A feed lost (step)”.",
        "The T2 chart stands at 412.5, limit 31.2; XMEAS_1 has 61.5 percent of it.",
        "The article says \"the plant trips within 7 hours\" without A.",
        "Two alarms stand, and 2 alarms are not many.",
        "1. Look at XMV_6.\n2) Then at the supply.",
        "The limit of the trip is 3000 kPa gauge.",
    ] {
        assert_eq!(struck(text), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn what_it_does_not_say_is_struck_out() {
    for (text, expected) in [
        ("XMEAS_1 fell to 0.2 kscmh.", vec!["0.2 kscmh"]),
        ("XMEAS_12 is high.", vec!["XMEAS_12"]),
        ("Pump P-101 has tripped.", vec!["P-101"]),
        ("Reactor pressure is 2896 bar.", vec!["2896 bar"]),
        ("XMEAS_9 is at 2896 kPa gauge.", vec!["2896 kPa gauge"]),
        ("XMEAS_1 rose.", vec!["rose"]),
        ("It began at 09:13:20.", vec!["09:13:20"]),
        ("It began at 2026-01-06T09:12:00Z.", vec!["2026-01-06T09:12:00Z"]),
        ("The article says \"open the purge fully\".", vec!["\"open the purge fully\""]),
        ("IDV 7 is likely, 90 %.", vec!["IDV 7", "90 %"]),
        ("It took three hours and 45 minutes.", vec!["three hours", "45 minutes"]),
        ("Five alarms stand.", vec!["Five"]),
        ("Pressure will reach ３０００ soon, ½ of it.", vec!["３", "０", "０", "０", "½"]),
        ("XMEAS_1 is at 100 %.", vec!["100 %"]),
        ("It is 0 kPa gauge.", vec!["0 kPa gauge"]),
        ("Reduce feed by 30%.", vec!["30%"]),
    ] {
        assert_eq!(struck(text), expected, "{text}");
    }
}

#[test]
fn how_long_something_took_is_told_of_what_it_is_about() {
    let mut bundle = evidence();
    let at = bundle.alarm.raised_at + std::time::Duration::from_secs(37 * 60);
    bundle.tags[0].departed_at = Some(at);
    let named = bundle.tags[0].tag.to_string();
    let grounds = Grounds::of(&bundle);
    let struck = |text: &str| grounds.check(text).iter().filter(|claim| claim.source.is_none()).count();
    assert_eq!(struck("A trip follows in 37 min."), 1, "it happens to be how long that tag was late");
    assert_eq!(struck(&format!("{named} departed 37 min after the alarm.")), 0);
}

#[test]
fn a_number_is_no_truer_for_being_coarse() {
    assert_eq!(struck("Reactor pressure is 3 kPa."), ["3 kPa"]);
    assert_eq!(struck("XMEAS_1 is usually 0.3 kscmh."), ["0.3 kscmh"]);
    assert!(struck("XMEAS_1 is usually 0.25 kscmh.").is_empty());
    assert_eq!(struck("It was raised 3 h after the onset."), ["3 h"], "it was 80 min");
}
