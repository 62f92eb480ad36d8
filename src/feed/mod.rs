//! Rings from which subscribers read, each with a sequence.
