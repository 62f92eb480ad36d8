//! The life of alarms in a running plant.

mod design;
mod orders;
mod putting_aside;
mod register;
mod silence;
mod spool;
