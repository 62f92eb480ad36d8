//! Who is let in, who is shown out, and who may do what.

pub mod accounts;
mod cases;
mod golden;
mod over_http;
mod passwords;
mod revoking;
mod setting_up;
mod signing_in;
mod tokens;

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use accounts::MemoryAccounts;
use tep::config::SecurityConfig;
use tep::domain::WallTime;
use tep::security::{Gate, Role, SessionKey};
use tep::telemetry::Clock;

/// The desk in the control room.
pub const DESK: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1));

/// A password that no rule refuses.
pub const PASSWORD: &str = "copper ladder 7 rain";

/// Another.
pub const OTHER_PASSWORD: &str = "seven quiet harbours";

/// A gate before accounts in memory.
pub struct TestGate {
    pub gate: Arc<Gate>,
    pub accounts: Arc<MemoryAccounts>,
    pub key: SessionKey,
    pub clock: Clock,
}

impl TestGate {
    /// Nobody has an account.
    pub fn empty() -> Self {
        let accounts = Arc::new(MemoryAccounts::default());
        let key = SessionKey::ephemeral().unwrap();
        let clock = Clock::starting_at(WallTime::from_micros(1_800_000_000_000_000));
        let gate = Arc::new(Gate::new(accounts.clone(), key.clone(), clock, &SecurityConfig::default()));
        Self { gate, accounts, key, clock }
    }

    /// An administrator `ada` and an operator `olga`, both with [`PASSWORD`].
    pub async fn peopled() -> Self {
        let test = Self::empty();
        test.gate.create_user("ada", Role::Administrator, PASSWORD).await.unwrap();
        test.gate.create_user("olga", Role::Operator, PASSWORD).await.unwrap();
        test
    }
}
