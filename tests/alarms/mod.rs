//! The life of alarms in a running plant.

mod orders;
mod putting_aside;
mod register;
mod spool;
