//! The actors, and the one function that builds their tree.
