//! Passwords, tokens, sessions and policies: who somebody is, and what they may do.
//!
//! [`Gate`] answers *who*: it signs people in and recognises their tokens again. [`Authority`] answers *may they*: it
//! asks the Cedar policies of `policies/`. Where users and sessions are remembered is behind the trait [`Accounts`], so
//! that this room knows no database.

mod accounts;
mod action;
mod authority;
mod egress;
mod gate;
mod name;
mod password;
mod policies;
mod role;
mod setup_token;
mod throttle;
mod token;

pub use accounts::{Account, AccountEvent, Accounts, AccountsError, Session, SessionId, UserId};
pub use action::{Action, Resource};
pub use authority::{Authority, Decision};
pub use gate::{Gate, GateError, SessionEnd, SignedIn};
pub use name::NameProblem;
pub use password::PasswordProblem;
pub use policies::PolicyError;
pub use role::{Principal, Role, UnknownRole};
pub use setup_token::SetupToken;
pub use token::{KeyError, SessionKey};
