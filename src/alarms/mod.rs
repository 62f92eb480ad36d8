//! The alarm rules; pure, with time passed in.
