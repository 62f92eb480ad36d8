//! What the tree does when a part of it ends.

mod a_database_that_is_away_loses_nothing;
mod crashes_are_mended;
mod plants_are_placed;
mod shutdown_loses_nothing;
