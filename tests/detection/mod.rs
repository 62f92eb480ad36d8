//! Detection against the public benchmark and against fresh seeds of the simulated plant.

mod braatz;
mod claims;
mod incidents_are_diagnosed;
mod pca_row_by_row;
mod phases;
mod unseen_seeds;
