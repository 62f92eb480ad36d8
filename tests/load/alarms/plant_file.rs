//! A plant file with very many alarms: four limits a tag, five hundred tags a unit.

use std::fmt::Write as _;

const LIMITS: [(&str, f64, &str); 4] =
    [("high-high", 95.0, "critical"), ("high", 90.0, "high"), ("low", 10.0, "medium"), ("low-low", 5.0, "low")];
const TAGS_A_UNIT: usize = 500;

/// The text of a plant file with at least so many alarms.
pub fn of(alarms: usize) -> String {
    let tags = alarms.div_ceil(LIMITS.len());
    let mut text =
        String::from("id = \"load\"\nname = \"Load\"\nscan_period_seconds = 1.0\nstale_after_seconds = 60.0\n");
    for unit in 0..tags.div_ceil(TAGS_A_UNIT) {
        let _ = write!(
            text,
            "\n[[units]]\nid = \"unit-{unit}\"\nname = \"Unit {unit}\"\ndescription = \"One of many.\"\nguidance = \"Look at it.\"\n"
        );
    }
    for tag in 0..tags {
        let unit = tag / TAGS_A_UNIT;
        let _ = write!(
            text,
            "\n[[tags]]\nid = \"TAG-{tag}\"\nname = \"Tag {tag}\"\ndescription = \"A pressure.\"\nunit_of_measure = \"kPa\"\n\
             unit = \"unit-{unit}\"\nkind = \"pressure\"\nrole = \"measured\"\nrange_low = 0.0\nrange_high = 100.0\n\
             normal = 50.0\nresolution = 0.1\n"
        );
        for (kind, value, severity) in LIMITS {
            let _ = write!(
                text,
                "\n[[tags.limits]]\nkind = \"{kind}\"\nvalue = {value:?}\nseverity = \"{severity}\"\n\
                 cause = \"Its valve does not follow.\"\nconsequence = \"The unit trips.\"\n"
            );
        }
    }
    text
}
