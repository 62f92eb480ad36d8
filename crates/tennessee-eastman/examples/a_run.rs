//! Two days of plant under one fault, a line an hour, and what happened meanwhile.
//!
//! `cargo run --release -p tennessee-eastman --example a_run`

use tennessee_eastman::{Config, EventKind, Idv, Plant, Watch, Xmeas};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut plant = Plant::new(Config::default());
    let mut watch = Watch::new(&plant);
    for step in 1..=48 * 3600 {
        if step == 8 * 3600 {
            plant.set_disturbance(Idv::AFeedLoss, true)?;
        }
        let record = plant.step();
        for event in watch.look(&plant) {
            if !matches!(event.kind, EventKind::Sampled(_)) {
                println!("{:6.2} h  {:?}", event.time_h, event.kind);
            }
        }
        if step % 3600 == 0 {
            println!("{:6.2} h  {:.1} kPa", step as f64 / 3600.0, record.xmeas[Xmeas::ReactorPressure]);
        }
        if plant.shutdown().is_some() {
            break;
        }
    }
    Ok(())
}
