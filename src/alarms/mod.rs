//! The alarm rules; pure, with time passed in.
//!
//! [`apply`] changes the facts of one alarm, [`Agenda`] knows what time will do to whom, [`Suppression`] which alarms are
//! hidden by design, [`FirstOut`] which came first, [`Grouping`] says which alarm calls and which one joins the group of
//! another, [`replay`] reads the facts back from the journal, [`display_order`] and [`annunciation_order`] say in which
//! order lists are drawn and told.

mod agenda;
mod cause;
mod first_out;
mod flood;
mod grouping;
mod input;
mod kpi;
mod lifecycle;
pub mod notification;
mod order;
mod outlook;
mod refusal;
/// The rationalisation register.
pub mod register;
mod replay;
#[cfg(test)]
mod samples;
mod suppression;

pub use agenda::{Agenda, MEMBER_PATIENCE, RELEASE_GAP};
pub use cause::{Causes, Kinship};
pub use first_out::FirstOut;
pub use flood::{FLOOD_ENDS_BELOW, FLOOD_STARTS_ABOVE, FLOOD_WINDOW, Flood};
pub use grouping::{CALLS_MAX, CONSEQUENCE_WINDOW, GROUP_LASTS_MAX, Grouping, turns};
pub use input::AlarmInput;
pub use kpi::{
    EemuaLevel, KPI_WINDOW, KpiKey, KpiReport, KpiRow, KpiVerdict, Nuisances, Period, RUN_UP, RedundantPair, Standing,
    Tally,
};
pub use lifecycle::{Step, apply};
pub use order::{annunciation_order, display_order};
pub use outlook::{Excursion, Outlook, OutlookDay, OutlookTally};
pub use refusal::CommandRefused;
pub use replay::replay;
pub use suppression::{RuleState, Suppression, Wanted};
