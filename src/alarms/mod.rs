//! The alarm rules; pure, with time passed in.
//!
//! [`apply`] changes the facts of one alarm, [`Agenda`] knows what time will do to whom, [`replay`] reads the facts back
//! from the journal, [`display_order`] and [`annunciation_order`] say in which order lists are drawn and told.

mod agenda;
mod input;
mod lifecycle;
mod order;
mod refusal;
/// The rationalisation register.
pub mod register;
mod replay;

pub use agenda::{Agenda, RELEASE_GAP};
pub use input::AlarmInput;
pub use lifecycle::{Step, apply};
pub use order::{annunciation_order, display_order};
pub use refusal::CommandRefused;
pub use replay::replay;
