//! The whole plant at one instant: from states and inputs to flows, heat duties and rates of change.

use crate::compressor::Compressor;
use crate::disturbances::Inputs;
use crate::feed_zone::{FeedZone, Feeds};
use crate::properties::Contents;
use crate::reactor::{self, Coil, Reactions};
use crate::revision::Revision;
use crate::separator::{self, Condenser};
use crate::state::{Inventory, State};
use crate::stream::Stream;
use crate::stripper::{Stripper, Sump};
use crate::two_phase::TwoPhase;

/// The temperatures (°C) found at the previous evaluation, where the next search begins. Zero at first.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Temperatures {
    /// Reactor.
    pub reactor: f64,
    /// Separator.
    pub separator: f64,
    /// Stripper sump.
    pub stripper: f64,
    /// Feed zone.
    pub feed_zone: f64,
}

/// All that follows algebraically from the states.
///
/// ```text
///  A, D, E feeds ─┐            ┌── purge
///                 ▼            │
///   ┌───────► feed zone ► reactor ► condenser ► separator ─► compressor ─┐
///   │             ▲                                 │ underflow          │
///   │  overhead ──┘                                 ▼                    │
///   │             └─────────────────────────── stripper ◄─ A+C feed      │
///   │                                               ▼ product            │
///   └────────────────────────────────────────────────────── recycle ─────┘
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[expect(missing_docs, reason = "the types say what the parts are")]
pub struct Flowsheet {
    pub reactor: TwoPhase,
    pub separator: TwoPhase,
    pub sump: Sump,
    pub feed_zone: FeedZone,
    pub feeds: Feeds,
    pub reactor_feed: Stream,
    pub reactor_effluent: Stream,
    pub reactions: Reactions,
    pub coil: Coil,
    pub condenser: Condenser,
    pub purge: Stream,
    pub underflow: Stream,
    pub compressor: Compressor,
    pub stripper: Stripper,
}

impl Flowsheet {
    /// Solves the plant. The temperatures found become the next start values.
    // Made in place: a copy of it costs as much as a tenth of a step.
    #[must_use]
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "measured")]
    pub fn solve(state: &State, inputs: &Inputs, revision: Revision, temperatures: &mut Temperatures) -> Self {
        let in_reactor = TwoPhase::liquid(&state.reactor);
        let in_separator = TwoPhase::liquid(&state.separator);
        let in_sump = state.stripper.mixture();
        let in_feed_zone = state.feed_zone.mixture();
        let contents = Contents {
            fractions: [in_reactor.1, in_separator.1, in_sump.1, in_feed_zone.1],
            energy: [
                state.reactor.energy / in_reactor.0,
                state.separator.energy / in_separator.0,
                state.stripper.energy / in_sump.0,
                state.feed_zone.energy / in_feed_zone.0,
            ],
            start: [temperatures.reactor, temperatures.separator, temperatures.stripper, temperatures.feed_zone],
        };
        let [t_reactor, t_separator, t_sump, t_feed_zone] = contents.temperatures();
        let reactor = TwoPhase::settle(&state.reactor, in_reactor, reactor::VOLUME, t_reactor);
        let separator = TwoPhase::settle(&state.separator, in_separator, separator::VOLUME, t_separator);
        let sump = Sump::settle(in_sump, t_sump);
        let feed_zone = FeedZone::settle(in_feed_zone, t_feed_zone);
        *temperatures = Temperatures {
            reactor: reactor.temperature,
            separator: separator.temperature,
            stripper: sump.temperature,
            feed_zone: feed_zone.temperature,
        };

        let valves = &state.valves;
        let feeds = Feeds::new(valves, inputs);
        let reactor_feed = reactor::feed(&feed_zone, &reactor);
        let reactor_effluent = reactor::effluent(&reactor, &separator, inputs);
        let reactions = Reactions::new(&reactor, inputs.activity, revision.kinetics());
        let coil = Coil::new(&reactor, valves, state.reactor_water, inputs);
        let condenser = Condenser::new(&reactor_effluent, valves, state.condenser_water, inputs);
        let purge = separator::purge(&separator, valves);
        let underflow = separator::underflow(&separator, valves);
        let compressor = Compressor::new(&separator, &feed_zone, &purge, valves);
        let stripper = Stripper::new(&sump, &feeds, &underflow, valves, inputs);
        Self {
            reactor,
            separator,
            sump,
            feed_zone,
            feeds,
            reactor_feed,
            reactor_effluent,
            reactions,
            coil,
            condenser,
            purge,
            underflow,
            compressor,
            stripper,
        }
    }

    /// Rates of change of states 1–38, per hour. The valves follow their own law, see [`crate::valves`].
    #[must_use]
    pub fn rates(&self, state: &State, inputs: &Inputs) -> State {
        let recycle = &self.compressor.recycle;
        State {
            reactor: reactor::balance(&self.reactor_feed, &self.reactor_effluent, &self.reactions, &self.coil),
            separator: separator::balance(
                &self.reactor_effluent,
                recycle,
                &self.purge,
                &self.underflow,
                &self.condenser,
            ),
            stripper: self.stripper.balance(&self.feeds.ac, &self.underflow),
            feed_zone: self.feed_zone_balance(),
            reactor_water: self.coil.outlet_rate(state.reactor_water, inputs.reactor_water_temperature),
            condenser_water: self.condenser.outlet_rate(state.condenser_water, inputs.condenser_water_temperature),
            valves: [0.0; crate::state::VALVES],
        }
    }

    fn feed_zone_balance(&self) -> Inventory {
        let Feeds { d, e, a, .. } = &self.feeds;
        let (overhead, recycle, out) = (&self.stripper.overhead, &self.compressor.recycle, &self.reactor_feed);
        Inventory {
            holdup: core::array::from_fn(|i| {
                d.components[i] + e.components[i] + a.components[i] + overhead.components[i] + recycle.components[i]
                    - out.components[i]
            }),
            energy: d.heat() + e.heat() + a.heat() + overhead.heat() + recycle.heat() - out.heat(),
        }
    }
}
