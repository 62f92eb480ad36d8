//! Where samples come from: one trait, and the sources that keep it.
