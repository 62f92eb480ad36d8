//! Agreement with the public program, as recorded in `tests/data`.

mod published_data;
mod revised;
mod second_by_second;
mod single_calls;
mod trajectories;
