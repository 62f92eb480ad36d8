//! Introduces everybody to everybody.
