//! Several nodes that run as one: who is there, and how they speak to each other.
//!
//! ```text
//!            TLS, hello            ractor_cluster               envelopes
//! address ─► meeting ─► line ─► session ─► gateway ─► letters, questions
//!    ▲                               │
//!    └ redial ◄─ link ◄─ pulse ◄─────┘ beats
//! ```
//!
//! ```text
//!                      questions, orders
//! door ─► ways ─► gateway of the owner ─► doors of the plant
//! subscription ─► feed ◄─ mirror ◄─ gateway of the owner ◄─ feed of the plant
//! ```
//!
//! A line is made in a *meeting*: both nodes prove who they are and learn whether they go together. The runtime of actors
//! (`ractor_cluster`) carries messages over it. The *link* keeps lines alive and knows who lives; the *gateway* is the one
//! actor that other nodes can speak to. By the *ways* any node answers for any plant; a *mirror* repeats the streams of a
//! plant that is elsewhere.

mod credentials;
mod desk;
mod gateway;
mod hello;
mod issue;
mod line;
mod link;
mod meeting;
mod mirror;
mod post;
mod pulse;
mod redial;
mod relay;
mod supervisor;
mod tree;
mod ways;
mod wire;

#[cfg(test)]
mod tests;

pub use credentials::{CredentialFiles, Credentials, CredentialsError};
pub use hello::{Introduction, Refusal};
pub use issue::{Authority, IssueError};
pub use link::{Peer, PeerState};
pub use pulse::Rhythm;
pub use supervisor::{Cluster, ClusterSetup};
pub use wire::{NEWEST, OLDEST, Version};
