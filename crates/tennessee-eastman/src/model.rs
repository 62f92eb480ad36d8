//! One call of the plant model: derivatives and measurements at an instant.

use crate::added::Added;
use crate::analysers::Analysers;
use crate::disturbances::{Active, Inputs};
use crate::flowsheet::{Flowsheet, Temperatures};
use crate::measurements::{self, CONTINUOUS, NOISE, XMEAS_COUNT};
use crate::noise::Generator;
use crate::revision::Revision;
use crate::shutdown::Shutdown;
use crate::splines::Splines;
use crate::state::{State, VALVES};
use crate::valves::{ValveCommands, sticking};

/// What the model remembers from call to call, besides the states.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Memory {
    /// The commands the valves follow.
    pub commands: ValveCommands,
    /// The random walks.
    pub splines: Splines,
    /// The analysers.
    pub analysers: Analysers,
    /// The random generator of the noise, and of the disturbances unless those have their own.
    pub generator: Generator,
    /// The random generator of the disturbances, where it is a separate one.
    pub walks_generator: Option<Generator>,
    /// The added measurements of the revised model.
    pub added: Added,
    /// Where the temperature searches begin.
    pub temperatures: Temperatures,
    /// Do the instruments have noise? Without it the numbers are drawn all the same.
    pub noise: bool,
    /// Which model this is.
    pub revision: Revision,
}

impl Memory {
    /// Before the first call.
    #[must_use]
    pub fn new(seed: u64, noise: bool, revision: Revision) -> Self {
        let separate = revision.revised().is_some_and(|options| options.separate_streams);
        Self {
            commands: ValveCommands::default(),
            splines: Splines::at_rest(),
            analysers: Analysers::default(),
            generator: Generator::new(seed),
            walks_generator: separate.then(|| Generator::new(seed)),
            added: Added::default(),
            temperatures: Temperatures::default(),
            noise,
            revision,
        }
    }
}

/// What one call yields.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Evaluation {
    /// Rates of change per hour.
    pub rates: State,
    /// XMEAS 1…41.
    pub xmeas: [f64; XMEAS_COUNT],
    /// Has the plant tripped?
    pub shutdown: Option<Shutdown>,
    /// Everything in between.
    pub plant: Flowsheet,
    /// What the surroundings do.
    pub inputs: Inputs,
}

/// Evaluates the plant at time `time_h` (h).
///
/// The call renews random walks, draws noise, takes samples and moves valve commands, all in `memory`; the order of
/// these is part of the model because they share one random generator. At time zero the walks are reset, the valves
/// take over every command and nothing is noisy. A tripped plant has zero rates and noise only on its analysers.
pub fn derivatives(
    time_h: f64,
    state: &State,
    xmv: &[f64; VALVES],
    active: &Active,
    memory: &mut Memory,
) -> Evaluation {
    let inputs = surroundings(time_h, active, memory);
    let plant = Flowsheet::solve(state, &inputs, memory.revision, &mut memory.temperatures);
    let Observed { rates, xmeas, shutdown } = observe(time_h, state, xmv, active, memory, &inputs, &plant);
    Evaluation { rates, xmeas, shutdown, plant, inputs }
}

/// What a step needs of a call. The flowsheet stays where it was made: it is large.
pub(crate) struct Observed {
    pub rates: State,
    pub xmeas: [f64; XMEAS_COUNT],
    pub shutdown: Option<Shutdown>,
}

/// How a call begins: what the surroundings do, the walks renewed.
#[inline]
pub(crate) fn surroundings(time_h: f64, active: &Active, memory: &mut Memory) -> Inputs {
    let generator = memory.walks_generator.as_mut().unwrap_or(&mut memory.generator);
    memory.splines.renew(time_h, active, memory.revision, generator);
    if time_h == 0.0 {
        memory.splines = Splines::at_rest();
    }
    Inputs::at(time_h, &memory.splines, active)
}

/// How it ends: instruments, limits, valves, and the rates of change.
#[inline]
pub(crate) fn observe(
    time_h: f64,
    state: &State,
    xmv: &[f64; VALVES],
    active: &Active,
    memory: &mut Memory,
    inputs: &Inputs,
    plant: &Flowsheet,
) -> Observed {
    let at_start = time_h == 0.0;
    let shutdown = Shutdown::judge(plant);

    let mut continuous = measurements::continuous(plant, state);
    if time_h > 0.0 && shutdown.is_none() {
        for (value, sigma) in continuous.iter_mut().zip(NOISE) {
            *value += memory.generator.gaussian(if memory.noise { sigma } else { 0.0 });
        }
    }
    let adds = memory.revision.revised().is_some_and(|options| options.added_measurements);
    if adds {
        let (noisy, generator) = (memory.noise, &mut memory.generator);
        let running = time_h > 0.0 && shutdown.is_none();
        memory.added.measure(plant, inputs, |sigma| {
            if running { generator.gaussian(if noisy { sigma } else { 0.0 }) } else { 0.0 }
        });
    }
    if at_start {
        memory.analysers.start(plant);
        if adds {
            memory.added.start(plant);
        }
    }
    let added = adds.then_some(&mut memory.added);
    memory.analysers.sample(time_h, plant, memory.noise, &mut memory.generator, added);

    let mut xmeas = [0.0; XMEAS_COUNT];
    xmeas[..CONTINUOUS].copy_from_slice(&continuous);
    xmeas[CONTINUOUS..].copy_from_slice(&memory.analysers.reported);

    memory.commands.follow(xmv, &sticking(active), at_start);
    // The revised model lets a plant that begins beyond a limit take its first step.
    let frozen = shutdown.is_some() && (time_h > 0.0 || memory.revision.revised().is_none());
    let rates = if frozen {
        State::default()
    } else {
        let mut rates = plant.rates(state, inputs);
        rates.valves = memory.commands.rates(&state.valves);
        rates
    };
    Observed { rates, xmeas, shutdown }
}
