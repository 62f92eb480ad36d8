//! The public fault-detection data sets come out of the simulator again.
//!
//! They were computed by another compiler decades ago and are printed to five figures, so a few last figures differ by
//! one. The sets here have faults that the other reference runs do not contain; all of them are compared where the data sets
//! are, in the tests of the program.

use tennessee_eastman::braatz::{self, BraatzError, DATA_SETS, Kind};

use crate::support::rows;

/// Least share of values equal to the five printed figures, and within 1.2 units of the fifth.
fn check(name: &str, equal: f64, close: f64) {
    let found = braatz::run(name).expect("a known seed");
    // The one copy in the project, with its licence.
    let expected = rows(&format!("../../../../data/braatz/{name}.csv.gz"));
    assert_eq!(found.len(), expected.len());
    let (mut same, mut near, mut total) = (0_u32, 0_u32, 0_u32);
    for (found, expected) in found.zip(&expected) {
        for (found, expected) in found.iter().zip(expected) {
            let units = (found - expected).abs() / unit_of_fifth_figure(*expected);
            same += u32::from(units <= 0.5);
            near += u32::from(units <= 1.2);
            total += 1;
        }
    }
    let share = |count: u32| f64::from(count) / f64::from(total);
    println!("{name}: equal {:.4}, close {:.4}", share(same), share(near));
    assert!(share(same) >= equal, "{name}: only {} equal", share(same));
    assert!(share(near) >= close, "{name}: only {} close", share(near));
}

fn unit_of_fifth_figure(value: f64) -> f64 {
    10_f64.powi(value.abs().max(1e-10).log10().floor() as i32 - 4)
}

#[test]
fn test_sets_of_faults_not_recorded_elsewhere() {
    for name in ["d02_te", "d05_te", "d10_te", "d12_te", "d18_te"] {
        check(name, 0.98, 0.998);
    }
    check("d21_te", 0.94, 0.985);
}

#[test]
fn a_training_set() {
    check("d15", 0.98, 0.998);
}

#[test]
fn every_name_is_known_and_no_other() {
    assert_eq!(DATA_SETS.len(), 44);
    for set in &DATA_SETS {
        assert_eq!(braatz::find(set.name), Ok(set));
        assert_eq!(set.name.ends_with("_te"), set.kind == Kind::Test);
    }
    let unknown = braatz::run("d22").err();
    assert_eq!(unknown, Some(BraatzError::UnknownName("d22".into())));
    assert_eq!(braatz::find("d00").map(braatz::DataSet::rows), Ok(500));
    assert_eq!(braatz::find("d01").map(braatz::DataSet::rows), Ok(480));
}

#[test]
fn a_data_set_without_known_seed_says_so() {
    let without: Vec<&str> = DATA_SETS.iter().filter(|set| set.seed.is_none()).map(|set| set.name).collect();
    assert_eq!(without, ["d00_te", "d15_te", "d18", "d21"]);
    let error = braatz::run("d18").err().map(|error| error.to_string());
    assert_eq!(error.as_deref(), Some("d18 cannot be made anew: it matches none of the published seeds"));
}
