//! Typed identifiers. Two ids of different kinds never compare.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The id as text, as it stands in configuration, database and API.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(Arc::from(text))
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(Arc::from(text))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text_id!(
    /// A plant: the unit of placement, for example `tennessee-eastman`.
    PlantId
);
text_id!(
    /// A node: one running `tep serve`, for example `tep-1`.
    NodeName
);
text_id!(
    /// A process unit of a plant, for example `reactor`.
    UnitId
);
text_id!(
    /// A tag: one measured or manipulated variable, for example `XMEAS_7`.
    TagId
);
text_id!(
    /// A control loop of a plant, for example `reactor-level`.
    LoopId
);
text_id!(
    /// An operator console, for example `north`.
    ConsoleId
);
text_id!(
    /// A detector, for example `multivariate` (plant-wide) or `limits/reactor` (one per unit).
    DetectorId
);
text_id!(
    /// A provider of a language model, as configured, for example `control-room`.
    ProviderId
);
text_id!(
    /// An alarm: one configured condition, for example `XMEAS_7/HIGH` or `multivariate/VERDICT`. It exists while it is configured,
    /// whether or not it is active.
    AlarmId
);

text_id!(
    /// A cause of incidents, for example `idv-5`.
    CauseId
);
text_id!(
    /// A design rule, for example `plant-tripped`.
    RuleId
);
text_id!(
    /// A first-out group, for example `reactor-trip`.
    FirstOutId
);
text_id!(
    /// A channel: one way by which notices leave, for example `mail`.
    ChannelName
);
text_id!(
    /// A contact: somebody or something that is told, by one channel, for example `olga`.
    ContactName
);

text_id!(
    /// A document of the library: an article that TEP comes with (`disturbances/IDV_06`), or a document of the site
    /// (`folder/pumps/p-101`, `documents/start-up`).
    DocumentId
);
text_id!(
    /// A passage: document and heading, for example `disturbances/IDV_06#trip-risk`. Quoted in answers and stored with
    /// incidents, so it does not change while the heading stands.
    PassageId
);

/// Position of a tag in [`Plant::tags`](super::Plant::tags), and so in every scan of that plant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TagIndex(pub u16);

impl TagIndex {
    /// The position as an index into `Plant::tags`, `Scan::values` and `Scan::qualities`.
    pub fn get(self) -> usize {
        usize::from(self.0)
    }
}

/// One excursion of one alarm, from the moment that it is raised until nobody owes it anything. An acknowledgement names
/// the occurrence that it saw, so it cannot land on a newer one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OccurrenceId(pub Uuid);

impl fmt::Display for OccurrenceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::str::FromStr for OccurrenceId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}
