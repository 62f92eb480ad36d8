//! Passages are found: every home of the index against the same expectations.

mod contract;
mod damage;
mod expected;
mod library;
pub mod pdf;
mod qdrant;
mod qdrant_server;
mod real;
mod shelves;
