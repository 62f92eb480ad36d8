//! A fork of a running plant: what if the operator cut the feed of stream 4 now?
//!
//! `cargo run --release -p tennessee-eastman --example what_if`

use tennessee_eastman::{Config, Idv, Plant, Xmeas, Xmv};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut plant = Plant::new(Config::default());
    plant.set_disturbance(Idv::AFeedLoss, true)?;
    plant.records(3600)?.nth(3);
    let mut other = plant.clone();
    other.hold_valve(Xmv::AcFeed, 55.0)?;
    for _ in 0..3 {
        let (is, would_be) = (plant.records(3600)?.next(), other.records(3600)?.next());
        for (name, record) in [("as it is", is), ("what if", would_be)] {
            let Some(record) = record else { continue };
            println!("{:5} s  {name:9} {:.1} kPa", record.step, record.xmeas[Xmeas::ReactorPressure]);
        }
    }
    Ok(())
}
