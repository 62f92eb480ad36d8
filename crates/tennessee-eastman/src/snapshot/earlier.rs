//! Layout 1 of a snapshot, as installations have it in their databases. It is read and never written.
//!
//! | offset | bytes | what |
//! |---|---|---|
//! | 6 | 1 | 1: noise, 2: closed loop |
//! | 7 | 1 | purge override: 0 none, 1 venting, 2 closed |
//! | 8 | 4 | disturbances, IDV 1 in the lowest bit |
//! | 12 | 2 | held valves, XMV 1 in the lowest bit |
//! | 14 | 1 | shutdown code, 0 for none |
//! | 15 | 1 | 0 |
//! | 16 | 8 | steps done |
//! | 24 | 8 | seed |
//! | 32 | 8 | random generator |
//! | 40 | 8 each | every other number |
//! | end − 8 | 8 | checksum of all before |
//!
//! It knew the original model in the base case only, with all loops in automatic.

use super::{Reader, each_coefficient, each_sample, each_state, each_temperature, flags_of, purge_of, shutdown_of};
use crate::control::Controllers;
use crate::disturbances::Active;
use crate::model::Memory;
use crate::noise::Generator;
use crate::plant::{Config, Plant};
use crate::tags::Idv;

/// Bytes of such a snapshot.
pub(super) const LENGTH: usize = 2320;
/// It had twelve walks.
const SPLINES: usize = 12;

/// Reads what follows the version. None if some part makes no sense.
pub(super) fn fill(from: &mut Reader<'_>, plant: &mut Plant) -> Option<()> {
    let [noise, closed_loop] = from.flags()?;
    plant.controllers = Controllers::default();
    let [purge] = from.take()?;
    plant.controllers.purge = purge_of(purge)?;
    let on: [bool; 20] = flags_of(u32::from_le_bytes(from.take()?))?;
    plant.active = Active::only(Idv::ALL.into_iter().zip(on).filter_map(|(idv, on)| on.then_some(idv)));
    plant.holds.held = flags_of(u16::from_le_bytes(from.take()?).into())?;
    let [shutdown, 0] = from.take()? else { return None };
    plant.shutdown = shutdown_of(shutdown)?;
    plant.step = from.steps()?;
    let seed = u64::from_le_bytes(from.take()?);
    plant.config = Config { seed, noise, closed_loop, ..Config::default() };
    plant.memory = Memory::new(seed, noise, plant.config.revision);
    plant.memory.generator = Generator::new(u64::from_le_bytes(from.take()?));
    let mut complete = true;
    each_number(plant, |number| match from.number() {
        Some(found) => *number = found,
        None => complete = false,
    });
    // Not kept by this layout; it differs from the truth by less than the last bit of a second.
    plant.evaluated_h = (plant.time_h - plant.config.revision.step_h()).max(0.0);
    complete.then_some(())
}

fn each_number(plant: &mut Plant, mut visit: impl FnMut(&mut f64)) {
    let Plant { time_h, state, memory, controllers, xmeas, xmv, holds, .. } = plant;
    visit(time_h);
    each_state(state, &mut visit);
    memory.commands.0.iter_mut().for_each(&mut visit);
    memory.splines.0[..SPLINES].iter_mut().for_each(|spline| each_coefficient(spline, &mut visit));
    each_sample(&mut memory.analysers, &mut visit);
    each_temperature(&mut memory.temperatures, &mut visit);
    controllers.setpoints.iter_mut().chain(&mut controllers.errors).for_each(&mut visit);
    xmeas.0.iter_mut().chain(&mut xmv.0).chain(&mut holds.percent).for_each(&mut visit);
}
