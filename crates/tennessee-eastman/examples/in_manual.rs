//! An operator takes the reactor's cooling valve, and gives it back without a bump.
//!
//! `cargo run --release -p tennessee-eastman --example in_manual`

use tennessee_eastman::{Config, Loop, LoopMode, Plant, Xmeas, Xmv};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut plant = Plant::new(Config::default());
    let told = |plant: &mut Plant, what: &str| {
        for _ in 0..600 {
            plant.step();
        }
        let (measured, valves) = (plant.measurements(), plant.positions());
        println!("{what:20} {:.2} °C, valve {:.1} %", measured[Xmeas::ReactorTemperature], valves[Xmv::ReactorWater]);
    };
    told(&mut plant, "automatic");
    plant.set_loop_mode(Loop::ReactorWaterOutlet, LoopMode::Manual)?;
    plant.move_valve(Xmv::ReactorWater, 43.0)?;
    told(&mut plant, "manual, 43 %");
    plant.set_loop_mode(Loop::ReactorWaterOutlet, LoopMode::Automatic)?;
    told(&mut plant, "automatic again");
    plant.set_setpoint(Loop::ReactorTemperature, 121.0)?;
    told(&mut plant, "set point 121 °C");
    Ok(())
}
