//! Does nothing. An example is built with the features that the tests add to shared crates, so building it along with the
//! binary gives `make run` and `make test` one feature set: tokio and all that stands on it are built once, not twice.

fn main() {}
