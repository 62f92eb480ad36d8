//! A plant as bytes, and back, bit for bit.
//!
//! Little-endian throughout:
//!
//! | offset | bytes | what |
//! |---|---|---|
//! | 0 | 4 | `TEPS` |
//! | 4 | 2 | version of this layout |
//! | 6 | 1 | 1: noise, 2: closed loop |
//! | 7 | 1 | purge override: 0 none, 1 venting, 2 closed |
//! | 8 | 4 | disturbances, IDV 1 in the lowest bit |
//! | 12 | 2 | held valves, XMV 1 in the lowest bit |
//! | 14 | 1 | shutdown code, 0 for none |
//! | 15 | 1 | 0 |
//! | 16 | 8 | steps done |
//! | 24 | 8 | seed |
//! | 32 | 8 | random generator |
//! | 40 | 8 each | every other number, in the order of `each_number` |
//! | end − 8 | 8 | checksum of all before |

use core::fmt;

use crate::closed_loop::{Options, Simulator};
use crate::control::Purge;
use crate::disturbances::Active;
use crate::noise::Generator;
use crate::shutdown::Shutdown;
use crate::state::Inventory;

const MAGIC: [u8; 4] = *b"TEPS";
const VERSION: u16 = 1;
const HEADER: usize = 40;
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
            Self::UnknownVersion(version) => write!(f, "snapshot version {version} is not known, only {VERSION}"),
            Self::WrongLength { expected, found } => {
                write!(f, "a snapshot has {expected} bytes, these are {found}")
            }
            Self::Damaged => f.write_str("the checksum of the snapshot is wrong"),
            Self::Impossible => f.write_str("the snapshot describes a condition no plant can be in"),
        }
    }
}

impl core::error::Error for SnapshotError {}

impl Simulator {
    /// Everything the plant is, in about two kilobytes.
    #[must_use]
    pub fn snapshot(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(2304);
        let Options { seed, noise, closed_loop } = self.options;
        bytes.extend(MAGIC);
        bytes.extend(VERSION.to_le_bytes());
        bytes.push(u8::from(noise) * NOISE + u8::from(closed_loop) * CLOSED_LOOP);
        bytes.push(self.controllers.purge as u8);
        bytes.extend(bits(&self.active.0).to_le_bytes());
        bytes.extend((bits(&self.holds.held) as u16).to_le_bytes());
        bytes.push(self.shutdown.map_or(0, Shutdown::code));
        bytes.push(0);
        bytes.extend(self.step.to_le_bytes());
        bytes.extend(seed.to_le_bytes());
        bytes.extend(self.memory.generator.state().to_le_bytes());
        each_number(&mut self.clone(), |number| bytes.extend(number.to_le_bytes()));
        bytes.extend(checksum(&bytes).to_le_bytes());
        bytes
    }

    /// The plant that [`Simulator::snapshot`] saw.
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
        if version != VERSION {
            return Err(SnapshotError::UnknownVersion(version));
        }
        let mut blank = Self::new(Options { seed: 1, noise: false, closed_loop: false });
        let mut numbers = 0;
        each_number(&mut blank, |_| numbers += 1);
        let expected = HEADER + 8 * numbers + 8;
        if bytes.len() != expected {
            return Err(SnapshotError::WrongLength { expected, found: bytes.len() });
        }
        let (content, sum) = bytes.split_at(expected - 8);
        if sum != checksum(content).to_le_bytes() {
            return Err(SnapshotError::Damaged);
        }
        rest.fill(&mut blank).ok_or(SnapshotError::Impossible)?;
        Ok(blank)
    }
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (head, tail) = self.0.split_first_chunk()?;
        self.0 = tail;
        Some(*head)
    }

    /// Reads what follows the version. None if some part makes no sense.
    fn fill(&mut self, plant: &mut Simulator) -> Option<()> {
        let [flags, purge] = self.take()?;
        if flags > NOISE + CLOSED_LOOP {
            return None;
        }
        plant.controllers.purge = match purge {
            0 => Purge::Controlled,
            1 => Purge::Venting,
            2 => Purge::Closed,
            _ => return None,
        };
        plant.active = Active(flags_of(u32::from_le_bytes(self.take()?))?);
        plant.holds.held = flags_of(u16::from_le_bytes(self.take()?).into())?;
        let [shutdown, reserved] = self.take()?;
        plant.shutdown = match shutdown {
            0 => None,
            code => Some(Shutdown::from_code(code)?),
        };
        plant.step = u64::from_le_bytes(self.take()?);
        if reserved != 0 || plant.step > STEPS_MAX {
            return None;
        }
        let seed = u64::from_le_bytes(self.take()?);
        plant.options = Options { seed, noise: flags & NOISE != 0, closed_loop: flags & CLOSED_LOOP != 0 };
        plant.memory.noise = plant.options.noise;
        plant.memory.generator = Generator::new(u64::from_le_bytes(self.take()?));
        let mut complete = true;
        each_number(plant, |number| match self.take() {
            Some(bytes) => *number = f64::from_le_bytes(bytes),
            None => complete = false,
        });
        complete.then_some(())
    }
}

/// Visits every double of a plant. Writing and reading share this list, so they cannot disagree.
fn each_number(plant: &mut Simulator, mut visit: impl FnMut(&mut f64)) {
    let Simulator { time_h, state, memory, controllers, xmeas, xmv, holds, .. } = plant;
    visit(time_h);
    for Inventory { holdup, energy } in
        [&mut state.reactor, &mut state.separator, &mut state.stripper, &mut state.feed_zone]
    {
        holdup.iter_mut().for_each(&mut visit);
        visit(energy);
    }
    visit(&mut state.reactor_water);
    visit(&mut state.condenser_water);
    state.valves.iter_mut().for_each(&mut visit);

    memory.commands.0.iter_mut().for_each(&mut visit);
    for spline in &mut memory.splines.0 {
        let pieces = [&mut spline.a, &mut spline.b, &mut spline.c, &mut spline.d, &mut spline.start, &mut spline.end];
        pieces.into_iter().for_each(&mut visit);
    }
    let analysers = &mut memory.analysers;
    analysers.reported.iter_mut().for_each(&mut visit);
    analysers.sampled.iter_mut().for_each(&mut visit);
    visit(&mut analysers.gas_due);
    visit(&mut analysers.product_due);
    let t = &mut memory.temperatures;
    [&mut t.reactor, &mut t.separator, &mut t.stripper, &mut t.feed_zone].into_iter().for_each(&mut visit);

    controllers.setpoints.iter_mut().for_each(&mut visit);
    controllers.errors.iter_mut().for_each(&mut visit);
    xmeas.iter_mut().for_each(&mut visit);
    xmv.iter_mut().for_each(&mut visit);
    holds.percent.iter_mut().for_each(&mut visit);
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
