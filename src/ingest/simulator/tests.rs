use super::*;
use crate::config::plant::built_in;

fn start() -> SourceTime {
    SourceTime::from_micros(1_700_000_000_000_000)
}

fn plant() -> SimulatedPlant {
    SimulatedPlant::open(&built_in(), 7, None, start()).unwrap()
}

fn scans(source: &mut SimulatedPlant, count: usize) -> Vec<RawScan> {
    (0..count).map(|_| source.scan()).collect()
}

/// Bit for bit; `==` would forgive −0 and refuse NaN.
fn bits(scan: &RawScan) -> Vec<u64> {
    scan.values.iter().map(|value| value.to_bits()).collect()
}

#[test]
fn source_time_starts_where_told_and_advances_with_the_steps() {
    let scans = scans(&mut plant(), 3);
    assert_eq!(scans.iter().map(|scan| scan.number).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(scans[0].source_time, start());
    assert_eq!(scans[2].source_time, start() + Duration::from_secs(2));
}

#[test]
fn values_stand_in_the_order_of_the_plant_file() {
    let plant = built_in();
    let scan = scans(&mut self::plant(), 1).remove(0);
    for (tag, value) in plant.tags.iter().zip(&scan.values) {
        let distance = (value - tag.normal).abs() / (tag.range_high - tag.range_low);
        assert!(distance < 0.05, "{}: {value} is far from {}", tag.id, tag.normal);
    }
}

#[test]
fn a_resumed_plant_goes_on_bit_for_bit_with_noise_and_disturbances() {
    let mut whole = plant();
    let mut first = scans(&mut whole, 30);
    whole.control(SourceOrder::SetDisturbance { number: 8, active: true }).unwrap();
    whole.control(SourceOrder::HoldValve { valve: 4, percent: 61.302 }).unwrap();
    first.extend(scans(&mut whole, 70));

    let mut resumed = SimulatedPlant::open(&built_in(), 99, first[59].checkpoint.as_deref(), start()).unwrap();
    assert!(resumed.disturbances()[7].active);
    for expected in &first[60..] {
        let found = resumed.scan();
        assert_eq!((found.number, found.source_time), (expected.number, expected.source_time));
        assert_eq!(bits(&found), bits(expected));
        assert_eq!(found.checkpoint, expected.checkpoint);
    }
}

#[test]
fn after_a_reset_the_plant_is_new_but_time_and_numbers_go_on() {
    let mut source = plant();
    let before = scans(&mut source, 50);
    source.control(SourceOrder::SetDisturbance { number: 6, active: true }).unwrap();
    source.control(SourceOrder::Reset).unwrap();
    assert_eq!(source.plant_hours(), 0.0);
    assert!(source.disturbances().iter().all(|disturbance| !disturbance.active));
    let after = source.scan();
    assert_eq!(after.number, 51);
    assert_eq!(after.source_time, before[49].source_time + Duration::from_secs(1));
    assert_eq!(bits(&after), bits(&before[0]));
}

#[test]
fn a_tripped_plant_says_so_and_its_scans_go_on_frozen() {
    let mut source = plant();
    // The cooling water is shut off: the reactor runs away.
    source.control(SourceOrder::HoldValve { valve: 10, percent: 0.0 }).unwrap();
    assert_eq!(source.status(), SourceStatus::Running);
    while source.status() == SourceStatus::Running && source.plant_hours() < 10.0 {
        source.scan();
    }
    let SourceStatus::ShutDown { message } = source.status() else { panic!("no trip in ten hours") };
    assert!(message.contains("eactor"), "{message}");
    let scans = scans(&mut source, 10);
    assert_eq!(scans[9].values[6], scans[1].values[6]);
    assert_eq!(scans[9].source_time, scans[0].source_time + Duration::from_secs(9));
}

#[test]
fn a_valve_is_never_told_outside_its_ends() {
    let mut source = plant();
    source.control(SourceOrder::SetDisturbance { number: 6, active: true }).unwrap();
    for scan in scans(&mut source, 4 * 3600) {
        assert!(scan.values[41..].iter().all(|value| (0.0..=100.0).contains(value)));
    }
}

#[test]
fn a_corrupt_checkpoint_is_an_error_and_not_a_new_start() {
    let mut bytes = scans(&mut plant(), 1).remove(0).checkpoint.unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    let error = SimulatedPlant::open(&built_in(), 7, Some(&bytes), start()).err().unwrap();
    assert!(matches!(error, SourceError::Checkpoint(_)), "{error}");
    let error = SimulatedPlant::open(&built_in(), 7, Some(&[]), start()).err().unwrap();
    assert!(matches!(error, SourceError::Checkpoint(_)), "{error}");
}

#[test]
fn a_snapshot_that_no_plant_can_have_is_an_error() {
    let fake = Checkpoint { kind: Kind::Simulator, number: 1, source_time: start(), payload: vec![0; 100] };
    let error = SimulatedPlant::open(&built_in(), 7, Some(&fake.encode()), start()).err().unwrap();
    assert!(matches!(error, SourceError::Snapshot(_)), "{error}");
}

#[test]
fn what_is_not_there_is_refused_and_changes_nothing() {
    let mut source = plant();
    let orders = [
        SourceOrder::SetDisturbance { number: 0, active: true },
        SourceOrder::SetDisturbance { number: 21, active: true },
        SourceOrder::HoldValve { valve: 13, percent: 50.0 },
        SourceOrder::HoldValve { valve: 4, percent: 101.0 },
        SourceOrder::HoldValve { valve: 4, percent: f64::NAN },
        SourceOrder::ReleaseValve { valve: 0 },
    ];
    for order in orders {
        assert!(source.control(order).is_err(), "{order:?}");
    }
    assert_eq!(bits(&source.scan()), bits(&plant().scan()));
}

#[test]
fn a_plant_with_other_tags_is_refused_by_name() {
    let mut other = built_in();
    other.tags[3].id = "FLOW_4".into();
    let error = SimulatedPlant::open(&other, 7, None, start()).err().unwrap();
    assert!(error.to_string().contains("`FLOW_4`"), "{error}");
    let mut half = built_in();
    half.scan_period = Duration::from_millis(1500);
    let error = SimulatedPlant::open(&half, 7, None, start()).err().unwrap();
    assert!(error.to_string().contains("1.5 s"), "{error}");
}

#[test]
fn a_longer_scan_period_skips_steps_but_not_time() {
    let mut slow = built_in();
    slow.scan_period = Duration::from_secs(5);
    let mut source = SimulatedPlant::open(&slow, 7, None, start()).unwrap();
    let (one, two) = (source.scan(), source.scan());
    assert_eq!(two.source_time, one.source_time + Duration::from_secs(5));
    assert_eq!(bits(&two), bits(&scans(&mut plant(), 10)[9]));
}
