//! Three real processes on one machine, tormented: killed, frozen, cut off, without a database, restarted one by one. What
//! clients were told meanwhile is held against what the journal says.

mod follower;
mod history;
pub mod node;
mod proxy;
mod town;

mod a_frozen_node_wakes_up_to_nothing;
mod a_killed_node_is_replaced;
mod a_node_that_is_cut_off_stops_deciding;
mod nodes_are_upgraded_one_by_one;
mod without_a_database_nobody_decides;
