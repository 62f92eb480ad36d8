//! Passwords, tokens, sessions and policies.
