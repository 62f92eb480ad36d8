//! The articles under `knowledge/`: complete, well-formed, and in agreement with the plant that they describe.

mod article;
mod baseline;
mod claims;
mod coverage;
mod form;
mod questions;
