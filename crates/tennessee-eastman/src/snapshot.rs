//! A plant as bytes, and back, bit for bit.
//!
//! Layout 2, little-endian throughout:
//!
//! | offset | bytes | what |
//! |---|---|---|
//! | 0 | 4 | `TEPS` |
//! | 4 | 2 | version of this layout |
//! | 6 | 1 | 1: noise, 2: closed loop |
//! | 7 | 1 | purge override: 0 none, 1 venting, 2 closed |
//! | 8 | 2 | held valves, XMV 1 in the lowest bit |
//! | 10 | 1 | shutdown code, 0 for none |
//! | 11 | 1 | model: 0 original, 1 original with double quotients, 2 revised |
//! | 12 | 1 | options of the revised model: 1 amplitudes, 2 separate streams, 4 added measurements |
//! | 13 | 1 | mode in which it began, 0 for the base case |
//! | 14 | 2 | 0 |
//! | 16 | 4 | loops in manual, loop 1 in the lowest bit |
//! | 20 | 4 | 0 |
//! | 24 | 8 | steps done |
//! | 32 | 8 | seed |
//! | 40 | 8 | random generator of the noise |
//! | 48 | 8 | random generator of the disturbances where it is a separate one, else 0 |
//! | 56 | 8 each | every other number, in the order of `each_number` |
//! | end − 8 | 8 | checksum of all before |
//!
//! Layout 1, which knew only the original model, is still read: see [`earlier`].

use core::fmt;

use crate::analysers::Analysers;
use crate::control::{Controllers, Purge};
use crate::flowsheet::Temperatures;
use crate::model::Memory;
use crate::modes::Mode;
use crate::noise::Generator;
use crate::plant::{Config, Plant};
use crate::revision::{Revised, Revision};
use crate::shutdown::Shutdown;
use crate::splines::Spline;
use crate::state::{Inventory, State};

mod earlier;

const MAGIC: [u8; 4] = *b"TEPS";
const VERSION: u16 = 2;
const HEADER: usize = 56;
const NOISE: u8 = 1;
const CLOSED_LOOP: u8 = 2;
/// More steps than a double can count; such a snapshot is not ours.
const STEPS_MAX: u64 = 1 << 53;

/// Why bytes are not a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SnapshotError {
    /// They do not begin as one.
    NotASnapshot,
    /// They were written by another version.
    UnknownVersion(u16),
    /// There are too few or too many.
    WrongLength {
        /// How many a snapshot of this version has.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// The checksum is wrong.
    Damaged,
    /// The checksum is right, but no plant can be in this condition.
    Impossible,
}

impl fmt::Display for SnapshotError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotASnapshot => f.write_str("these bytes are not a snapshot of a plant"),
            Self::UnknownVersion(version) => write!(f, "snapshot version {version} is not known, only 1 to {VERSION}"),
            Self::WrongLength { expected, found } => {
                write!(f, "a snapshot has {expected} bytes, these are {found}")
            }
            Self::Damaged => f.write_str("the checksum of the snapshot is wrong"),
            Self::Impossible => f.write_str("the snapshot describes a condition no plant can be in"),
        }
    }
}

impl core::error::Error for SnapshotError {}

impl Plant {
    /// Everything the plant is, in about three kilobytes.
    #[must_use]
    pub fn snapshot(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(3072);
        let Config { seed, noise, closed_loop, revision, mode } = self.config;
        bytes.extend(MAGIC);
        bytes.extend(VERSION.to_le_bytes());
        bytes.push(u8::from(noise) * NOISE + u8::from(closed_loop) * CLOSED_LOOP);
        bytes.push(self.controllers.purge as u8);
        bytes.extend((bits(&self.holds.held) as u16).to_le_bytes());
        bytes.push(self.shutdown.map_or(0, Shutdown::code));
        bytes.extend(revision_bytes(revision));
        bytes.extend([mode as u8, 0, 0]);
        bytes.extend(bits(&self.controllers.manual).to_le_bytes());
        bytes.extend([0; 4]);
        bytes.extend(self.step.to_le_bytes());
        bytes.extend(seed.to_le_bytes());
        bytes.extend(self.memory.generator.state().to_le_bytes());
        bytes.extend(self.memory.walks_generator.map_or(0, |walks| walks.state()).to_le_bytes());
        each_number(&mut self.clone(), |number| bytes.extend(number.to_le_bytes()));
        bytes.extend(checksum(&bytes).to_le_bytes());
        bytes
    }

    /// The plant that [`Plant::snapshot`] saw, of this layout or an earlier one.
    ///
    /// # Errors
    ///
    /// If the bytes are anything but an undamaged snapshot.
    pub fn restore(bytes: &[u8]) -> Result<Self, SnapshotError> {
        let mut rest = Reader(bytes);
        if rest.take() != Some(MAGIC) {
            return Err(SnapshotError::NotASnapshot);
        }
        let version = rest.take().map(u16::from_le_bytes).ok_or(SnapshotError::NotASnapshot)?;
        let mut blank = Self::new(Config { seed: 1, noise: false, closed_loop: false, ..Config::default() });
        let numbers = match version {
            1 => earlier::LENGTH,
            VERSION => {
                let mut count = 0;
                each_number(&mut blank, |_| count += 1);
                HEADER + 8 * count + 8
            }
            unknown => return Err(SnapshotError::UnknownVersion(unknown)),
        };
        check(bytes, numbers)?;
        let read = if version == 1 { earlier::fill(&mut rest, &mut blank) } else { rest.fill(&mut blank) };
        read.ok_or(SnapshotError::Impossible)?;
        Ok(blank)
    }
}

fn check(bytes: &[u8], expected: usize) -> Result<(), SnapshotError> {
    if bytes.len() != expected {
        return Err(SnapshotError::WrongLength { expected, found: bytes.len() });
    }
    let (content, sum) = bytes.split_at(expected - 8);
    if sum == checksum(content).to_le_bytes() { Ok(()) } else { Err(SnapshotError::Damaged) }
}

fn revision_bytes(revision: Revision) -> [u8; 2] {
    match revision {
        Revision::Original => [0, 0],
        Revision::OriginalDouble => [1, 0],
        Revision::Revised2015(options) => {
            let Revised { amplitudes, separate_streams, added_measurements } = options;
            [2, bits(&[amplitudes, separate_streams, added_measurements]) as u8]
        }
    }
}

fn revision_of(bytes: [u8; 2]) -> Option<Revision> {
    match bytes {
        [0, 0] => Some(Revision::Original),
        [1, 0] => Some(Revision::OriginalDouble),
        [2, options] => {
            let [amplitudes, separate_streams, added_measurements] = flags_of(options.into())?;
            Some(Revision::Revised2015(Revised { amplitudes, separate_streams, added_measurements }))
        }
        _ => None,
    }
}

fn purge_of(byte: u8) -> Option<Purge> {
    match byte {
        0 => Some(Purge::Controlled),
        1 => Some(Purge::Venting),
        2 => Some(Purge::Closed),
        _ => None,
    }
}

/// None where the code is none of ours; else the cause, if there is one.
fn shutdown_of(code: u8) -> Option<Option<Shutdown>> {
    if code == 0 { Some(None) } else { Shutdown::from_code(code).map(Some) }
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (head, tail) = self.0.split_first_chunk()?;
        self.0 = tail;
        Some(*head)
    }

    fn number(&mut self) -> Option<f64> {
        self.take().map(f64::from_le_bytes)
    }

    fn flags(&mut self) -> Option<[bool; 2]> {
        let [flags] = self.take()?;
        flags_of(flags.into())
    }

    fn steps(&mut self) -> Option<u64> {
        self.take().map(u64::from_le_bytes).filter(|steps| *steps <= STEPS_MAX)
    }

    /// Reads what follows the version. None if some part makes no sense.
    fn fill(&mut self, plant: &mut Plant) -> Option<()> {
        let [noise, closed_loop] = self.flags()?;
        let [purge] = self.take()?;
        plant.controllers.purge = purge_of(purge)?;
        plant.holds.held = flags_of(u16::from_le_bytes(self.take()?).into())?;
        let [shutdown] = self.take()?;
        plant.shutdown = shutdown_of(shutdown)?;
        let revision = revision_of(self.take()?)?;
        let [mode, 0, 0] = self.take()? else { return None };
        let mode = *Mode::ALL.get(usize::from(mode))?;
        plant.controllers.manual = flags_of(u32::from_le_bytes(self.take()?))?;
        let [0, 0, 0, 0] = self.take()? else { return None };
        plant.step = self.steps()?;
        let seed = u64::from_le_bytes(self.take()?);
        plant.config = Config { seed, noise, closed_loop, revision, mode };
        plant.memory = Memory::new(seed, noise, revision);
        plant.memory.generator = Generator::new(u64::from_le_bytes(self.take()?));
        let walks = u64::from_le_bytes(self.take()?);
        match &mut plant.memory.walks_generator {
            Some(generator) => *generator = Generator::new(walks),
            None if walks != 0 => return None,
            None => {}
        }
        let mut complete = true;
        each_number(plant, |number| match self.number() {
            Some(found) => *number = found,
            None => complete = false,
        });
        complete.then_some(())
    }
}

/// Visits every double of a plant. Writing and reading share this list, so they cannot disagree.
fn each_number(plant: &mut Plant, mut visit: impl FnMut(&mut f64)) {
    let Plant { time_h, evaluated_h, state, memory, controllers, xmeas, xmv, active, holds, .. } = plant;
    visit(time_h);
    visit(evaluated_h);
    each_state(state, &mut visit);
    memory.commands.0.iter_mut().for_each(&mut visit);
    memory.splines.0.iter_mut().for_each(|spline| each_coefficient(spline, &mut visit));
    each_sample(&mut memory.analysers, &mut visit);
    memory.added.numbers().for_each(&mut visit);
    each_temperature(&mut memory.temperatures, &mut visit);
    let Controllers { setpoints, errors, release, .. } = controllers;
    setpoints.iter_mut().chain(errors).for_each(&mut visit);
    [&mut release.pressure, &mut release.valve, &mut release.setpoint].into_iter().for_each(&mut visit);
    xmeas.0.iter_mut().chain(&mut xmv.0).chain(active.levels_mut()).chain(&mut holds.percent).for_each(&mut visit);
}

fn each_state(state: &mut State, mut visit: impl FnMut(&mut f64)) {
    for Inventory { holdup, energy } in
        [&mut state.reactor, &mut state.separator, &mut state.stripper, &mut state.feed_zone]
    {
        holdup.iter_mut().for_each(&mut visit);
        visit(energy);
    }
    visit(&mut state.reactor_water);
    visit(&mut state.condenser_water);
    state.valves.iter_mut().for_each(&mut visit);
}

fn each_coefficient(spline: &mut Spline, visit: impl FnMut(&mut f64)) {
    let Spline { a, b, c, d, start, end } = spline;
    [a, b, c, d, start, end].into_iter().for_each(visit);
}

fn each_sample(analysers: &mut Analysers, mut visit: impl FnMut(&mut f64)) {
    analysers.reported.iter_mut().chain(&mut analysers.sampled).for_each(&mut visit);
    visit(&mut analysers.gas_due);
    visit(&mut analysers.product_due);
}

fn each_temperature(temperatures: &mut Temperatures, visit: impl FnMut(&mut f64)) {
    let Temperatures { reactor, separator, stripper, feed_zone } = temperatures;
    [reactor, separator, stripper, feed_zone].into_iter().for_each(visit);
}

/// The first flag in the lowest bit.
fn bits(flags: &[bool]) -> u32 {
    flags.iter().rev().fold(0, |bits, &flag| bits << 1 | u32::from(flag))
}

fn flags_of<const N: usize>(bits: u32) -> Option<[bool; N]> {
    (bits >> N == 0).then(|| core::array::from_fn(|i| bits >> i & 1 == 1))
}

/// FNV-1a over 64-bit words. Each step is a bijection, so a change within one word never goes unnoticed.
fn checksum(bytes: &[u8]) -> u64 {
    let (words, tail) = bytes.as_chunks::<8>();
    debug_assert!(tail.is_empty(), "every part of a snapshot is a multiple of eight bytes");
    words.iter().fold(0xcbf2_9ce4_8422_2325, |hash, word| {
        let mixed = (hash ^ u64::from_le_bytes(*word)).wrapping_mul(0x0000_0100_0000_01b3);
        mixed ^ mixed >> 29
    })
}
