//! One driver for all tests of the simulator.

mod forks_and_snapshots;
mod handling;
mod loops_in_manual;
mod operating_modes;
mod reference;
mod support;
mod watching;
