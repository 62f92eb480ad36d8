//! The plant file that comes with the program, held against the plant that it describes.

mod a_trip_is_told_in_groups;
mod detector_of_the_built_in_plant;
mod limits_of_the_built_in_plant;
mod models_are_put_to_use;
mod replay_of_the_benchmark;
