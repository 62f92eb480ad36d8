//! Passages are found: every home of the index against the same expectations.

mod contract;
mod damage;
mod expected;
pub mod library;
pub mod pdf;
mod qdrant;
pub mod qdrant_server;
mod real;
mod shelves;
