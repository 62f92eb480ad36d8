//! The broker of language models, with models and a ledger in memory, in virtual time.

mod asking;
mod egress;
mod orders;
pub mod stage;
mod table;
mod troubles;
