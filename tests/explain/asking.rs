//! Asking over GraphQL, as somebody who has signed in.

use tep::domain::WallTime;
use tep::graphql::{Api, Visitor};
use tep::security::{Authority, Principal, Role, SessionId, UserId};
use tep::telemetry::Clock;

use super::stage::House;
use crate::security::TestGate;

/// The API of the plant of this house.
pub async fn api(house: &House) -> Api {
    let (plant, site) = (&house.plant, &house.plant.site);
    Api {
        plants: [site.plant.clone()].into(),
        plant: site.plant.clone(),
        feed: plant.feed.clone(),
        registry: None,
        notifications: None,
        knowledge: None,
        storage: plant.storage.clone(),
        root: plant.root.clone(),
        elsewhere: None,
        authority: Authority::load(None).unwrap(),
        gate: TestGate::peopled().await.gate,
        clock: Clock::system(),
    }
}

/// Somebody who has signed in.
pub fn visitor(name: &str, role: Role) -> Visitor {
    let principal = Principal {
        user: UserId::new(WallTime::from_micros(1)),
        name: name.into(),
        role,
        session: SessionId::new(WallTime::from_micros(1)),
        expires_at: WallTime::from_micros(i64::MAX),
    };
    Visitor { principal: Some(principal), ..Visitor::anonymous() }
}
