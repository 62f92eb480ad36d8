//! The plant as clients follow it: over real sockets, with real actors below, on a plant without limits and detectors, so
//! that only the test raises alarms.

mod actors_are_ordered_about;
mod anonymous_gets_nothing;
mod bad_files_teach_nothing;
mod design_rules_are_switched;
mod detector_models_are_decided_about;
mod documents_are_added;
mod documents_have_limits;
mod each_plant_is_an_endpoint;
mod incidents_are_judged;
mod models_are_ordered_about;
mod orders;
mod resume_without_gap;
mod revoked_session_is_closed;
pub mod site;
mod slow_reader_is_told;
mod socket;
mod sse_carries_what_ws_carries;
mod the_audit_is_read;
mod the_board_is_kept;
mod the_pages_ask_what_is_answered;
mod the_register_is_changed_by_two;
