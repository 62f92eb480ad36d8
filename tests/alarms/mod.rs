//! The life of alarms in a running plant.

mod design;
mod orders;
mod preview;
mod putting_aside;
mod register;
mod silence;
mod spool;
mod unapproved;
