//! A plant can be copied, stored and brought back without a trace.

use tennessee_eastman::{Config, Idv, Plant, Revised, Revision, SEED_BRAATZ, SnapshotError, Xmv};

fn plant(seed: u64) -> Plant {
    Plant::new(Config { seed, ..Config::default() })
}

fn run(plant: &mut Plant, seconds: u32) {
    for _ in 0..seconds {
        plant.step();
    }
}

/// The one answer to "are these two the same?": every bit of both.
fn assert_same(a: &Plant, b: &Plant) {
    assert_eq!(a.snapshot(), b.snapshot());
}

#[test]
fn a_restored_plant_continues_as_if_nothing_had_happened() {
    // Every kind of disturbance, and one valve held.
    let mut original = plant(SEED_BRAATZ);
    for idv in [4, 8, 13, 14, 17, 19, 20] {
        original.set_disturbance(Idv::try_from(idv).expect("a number"), true).expect("a disturbance of the model");
    }
    original.hold_valve(Xmv::AcFeed, 61.302).expect("a valve of the plant");
    for pause in [0, 1, 359, 360, 1000, 7200, 40_000] {
        run(&mut original, pause);
        let bytes = original.snapshot();
        let mut restored = Plant::restore(&bytes).expect("a fresh snapshot");
        assert_eq!(restored, original);
        assert_eq!(restored.config(), original.config());
        assert_eq!(restored.snapshot(), bytes);
        let mut uninterrupted = original.clone();
        for _ in 0..2000 {
            assert_eq!(restored.step(), uninterrupted.step());
        }
        assert_same(&restored, &uninterrupted);
    }
}

/// Two disturbances at once, switched on and off, in every option of the revised model.
#[test]
fn a_restored_plant_of_the_revised_model_continues_too() {
    for bits in 0..8_u8 {
        let options =
            Revised { amplitudes: bits & 1 != 0, separate_streams: bits & 2 != 0, added_measurements: bits & 4 != 0 };
        let mut original = Plant::new(Config { revision: Revision::Revised2015(options), ..Config::default() });
        original.set_disturbance(Idv::AFeedPressure, true).expect("in the revised model");
        let strength = if options.amplitudes { 0.4 } else { 1.0 };
        original.set_amplitude(Idv::ReactorWaterPressure, strength).expect("a strength of this model");
        assert_eq!(original.set_amplitude(Idv::EFeedPressure, 0.4).is_ok(), options.amplitudes);
        assert!(original.set_amplitude(Idv::EFeedPressure, f64::NAN).is_err());
        run(&mut original, 2500);
        original.set_disturbance(Idv::AFeedPressure, false).expect("in the revised model");
        let mut restored = Plant::restore(&original.snapshot()).expect("a fresh snapshot");
        assert!(restored == original);
        for _ in 0..2000 {
            assert_eq!(restored.step(), original.step());
        }
        assert_eq!(restored.added_measurements(), original.added_measurements());
        assert_eq!(restored.added_measurements().is_some(), options.added_measurements);
        assert_same(&restored, &original);
    }
}

#[test]
fn a_tripped_plant_stays_tripped_through_a_snapshot() {
    let mut plant = Plant::new(Config { closed_loop: false, noise: false, ..Config::default() });
    plant.set_disturbance(Idv::ReactorWaterTemperature, true).expect("a disturbance of the model");
    run(&mut plant, 5000);
    assert!(plant.shutdown().is_some());
    let restored = Plant::restore(&plant.snapshot()).expect("a fresh snapshot");
    assert_eq!(restored.shutdown(), plant.shutdown());
}

#[test]
fn a_fork_goes_its_own_way() {
    let mut plant = plant(SEED_BRAATZ);
    run(&mut plant, 600);
    let mut undisturbed = plant.clone();
    let mut disturbed = plant.clone();
    disturbed.set_disturbance(Idv::ReactorWaterTemperature, true).expect("a disturbance of the model");
    run(&mut plant, 600);
    run(&mut undisturbed, 600);
    run(&mut disturbed, 600);
    assert_same(&plant, &undisturbed);
    assert!(
        (disturbed.positions()[Xmv::ReactorWater] - plant.positions()[Xmv::ReactorWater]).abs() > 1.0,
        "the cooling valve does not answer"
    );
}

#[test]
fn the_seed_decides_everything() {
    let mut first = plant(12_345_678_901);
    let mut second = plant(12_345_678_901);
    let mut other = plant(12_345_678_903);
    run(&mut first, 5000);
    run(&mut second, 5000);
    run(&mut other, 5000);
    assert_same(&first, &second);
    assert_ne!(first.measurements(), other.measurements());
}

#[test]
fn extravagant_seeds_run_too() {
    for seed in [0, 1, 1 << 32, 1 << 53, u64::MAX] {
        let mut plant = plant(seed);
        run(&mut plant, 100);
        let restored = Plant::restore(&plant.snapshot()).expect("a fresh snapshot");
        assert_same(&restored, &plant);
    }
}

#[test]
fn a_snapshot_is_small() {
    assert!(plant(SEED_BRAATZ).snapshot().len() < 4096);
}

/// Recorded by the version that wrote layout 1: a disturbed plant with a held valve, and the same 2000 steps later.
#[test]
fn a_snapshot_of_the_earlier_layout_goes_on_bit_for_bit() {
    let mut plant = Plant::restore(&recorded("snapshot_layout1.bin")).expect("layout 1");
    assert_eq!(plant.config(), Config { seed: SEED_BRAATZ, ..Config::default() });
    assert_eq!((plant.steps_done(), plant.held(Xmv::AcFeed)), (20_000, Some(61.302)));
    run(&mut plant, 2000);
    let mut later = Plant::restore(&recorded("snapshot_layout1_later.bin")).expect("layout 1");
    assert_eq!(later.steps_done(), plant.steps_done());
    assert_eq!(later.state(), plant.state());
    for _ in 0..2000 {
        assert_eq!(later.step(), plant.step());
    }
    assert_same(&later, &plant);
}

#[test]
fn every_damaged_byte_of_the_earlier_layout_is_noticed() {
    let mut bytes = recorded("snapshot_layout1.bin");
    for i in 0..bytes.len() {
        bytes[i] ^= 0x10;
        assert!(Plant::restore(&bytes).is_err(), "byte {i}");
        bytes[i] ^= 0x10;
    }
}

fn recorded(name: &str) -> Vec<u8> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name);
    std::fs::read(path).expect("a file of the clone")
}

#[test]
fn a_cut_snapshot_is_refused() {
    let bytes = plant(SEED_BRAATZ).snapshot();
    for length in 0..bytes.len() {
        let expected = match length {
            0..6 => SnapshotError::NotASnapshot,
            found => SnapshotError::WrongLength { expected: bytes.len(), found },
        };
        assert_eq!(Plant::restore(&bytes[..length]), Err(expected));
    }
}

#[test]
fn every_damaged_byte_is_noticed() {
    let mut bytes = plant(SEED_BRAATZ).snapshot();
    for i in 0..bytes.len() {
        for damage in [0x01, 0x80, 0xff] {
            bytes[i] ^= damage;
            assert!(Plant::restore(&bytes).is_err(), "byte {i}");
            bytes[i] ^= damage;
        }
    }
}

#[test]
fn a_snapshot_of_another_version_is_named() {
    let mut bytes = plant(SEED_BRAATZ).snapshot();
    bytes[4] = 9;
    let error = Plant::restore(&bytes).expect_err("an unknown version");
    assert_eq!(error, SnapshotError::UnknownVersion(9));
    assert_eq!(error.to_string(), "snapshot version 9 is not known, only 1 to 2");
}

#[test]
fn noise_of_any_length_is_refused() {
    let mut state = 1_u64;
    for length in 0..3000 {
        let garbage: Vec<u8> = (0..length)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                (state >> 56) as u8
            })
            .collect();
        assert!(Plant::restore(&garbage).is_err());
    }
}
