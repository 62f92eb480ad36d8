//! What the tree does when a part of it ends, or a person orders it about.

mod a_burst_passes;
mod a_database_that_is_away_loses_nothing;
mod crashes_are_mended;
mod parts_are_ordered_about;
mod plants_are_placed;
mod shutdown_loses_nothing;
