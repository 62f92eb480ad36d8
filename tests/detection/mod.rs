//! Detection against the public benchmark and against fresh seeds of the simulated plant.

mod braatz;
mod claims;
mod incidents_are_diagnosed;
mod pca_on_the_benchmark;
mod pca_on_the_simulated_plant;
mod phases;
