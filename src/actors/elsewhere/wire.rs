//! What is asked of a plant on another node, and what comes back. Part of what crosses between versions: a variant or a
//! field is added, never changed; the envelope around it bears the version.

use serde::{Deserialize, Serialize};

use crate::actors::{
    AlarmDeskError, AlarmOrder, AlarmSnapshot, Doors, ModelDone, ModelOrder, ModelRefused, OrderOutcome, RegisterOrder,
    RegisterOutcome, SourceCommand, SourceDoorError,
};
use crate::domain::{DetectorPortrait, DisturbanceState, SourceReport};

/// A question to a plant, or an order.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Question {
    /// Every configured alarm.
    Alarms,
    /// An order of alarms.
    OrderAlarms(Box<AlarmOrder>),
    /// What every plant-wide detector says of itself.
    Detectors,
    /// The disturbances that can be switched on.
    Disturbances,
    /// An order to the source.
    Order(SourceCommand),
    /// An order of the rationalisation register.
    ChangeRegister(Box<RegisterOrder>),
    /// An order of models.
    OrderModels(Box<ModelOrder>),
}

/// What a plant answers.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// To [`Question::Alarms`].
    Alarms(Result<Box<AlarmSnapshot>, AlarmDeskError>),
    /// To [`Question::OrderAlarms`].
    AlarmsOrdered(Result<Vec<OrderOutcome>, AlarmDeskError>),
    /// To [`Question::Detectors`]; `None` while the plant is being restarted.
    Detectors(Option<Vec<DetectorPortrait>>),
    /// To [`Question::Disturbances`].
    Disturbances(Result<Vec<DisturbanceState>, SourceDoorError>),
    /// To [`Question::Order`].
    Ordered(Result<Box<SourceReport>, SourceDoorError>),
    /// To [`Question::ChangeRegister`].
    RegisterChanged(Result<RegisterOutcome, AlarmDeskError>),
    /// To [`Question::OrderModels`].
    ModelsOrdered(Result<ModelDone, ModelRefused>),
}

impl Question {
    /// Whether it changes something, and is answered only when that is durable.
    pub fn is_order(&self) -> bool {
        match self {
            Self::OrderAlarms(_) | Self::Order(_) | Self::ChangeRegister(_) | Self::OrderModels(_) => true,
            Self::Alarms | Self::Detectors | Self::Disturbances => false,
        }
    }

    /// Puts it to the plant, which is here.
    pub async fn put_to(self, doors: &Doors) -> Answer {
        match self {
            Self::Alarms => Answer::Alarms(doors.alarm_desk.snapshot().await.map(Box::new)),
            Self::OrderAlarms(order) => Answer::AlarmsOrdered(doors.alarm_desk.carry_out(*order).await),
            Self::Detectors => Answer::Detectors(doors.plant.detectors().await.ok()),
            Self::Disturbances => Answer::Disturbances(doors.source.disturbances().await),
            Self::ChangeRegister(order) => Answer::RegisterChanged(doors.alarm_desk.change_register(*order).await),
            Self::OrderModels(order) => Answer::ModelsOrdered(match &doors.trainer {
                Some(trainer) => trainer.carry_out(*order).await,
                None => Err(ModelRefused::Gone),
            }),
            Self::Order(command) => Answer::Ordered(doors.source.order(command).await.map(Box::new)),
        }
    }
}
