//! The schema as a contract.

mod schema;
