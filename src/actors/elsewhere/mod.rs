//! A plant that runs on another node: its doors lead there.
//!
//! Whoever holds [`Doors`] need not know where the plant is. To a plant that is here a door is one match more than the
//! address of its actor; to one elsewhere it is a question to the owner, with a deadline.

mod wire;

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::watch;

pub use self::wire::{Answer, Question};
use super::{
    AlarmDesk, AlarmDeskError, AlarmOrder, AlarmSnapshot, Doors, ModelDone, ModelOrder, ModelRefused, OrderOutcome,
    PartOrder, PartOutcome, PlantDoor, RegisterOrder, RegisterOutcome, SourceCommand, SourceDoor, SourceDoorError,
    Trainer, Unavailable,
};
use crate::domain::{ActorPortrait, DetectorPortrait, DisturbanceState, PlantId, SourceReport};

/// Reaches the owners of plants that run on other nodes.
#[async_trait]
pub trait Elsewhere: fmt::Debug + Send + Sync {
    /// Puts a question to the owner of a plant.
    ///
    /// # Errors
    /// When nobody owns the plant now, or the owner does not answer in time. An order may have been carried out all the
    /// same: repeat it under its key.
    async fn ask(&self, plant: &PlantId, question: Question) -> Result<Answer, Unavailable>;

    /// The trees of all nodes, with this node's own among them: each node is a level of its own.
    async fn whole_tree(&self, own: ActorPortrait) -> ActorPortrait;

    /// The whole tree as it is drawn anew about once a second, while somebody looks.
    fn watch_tree(&self) -> watch::Receiver<Arc<ActorPortrait>>;

    /// Gives an order to a part of the whole tree, here or on the node where it is.
    ///
    /// # Errors
    /// As [`Root::order`](super::Root::order); [`PartRefused::Unavailable`](super::PartRefused::Unavailable) when the node
    /// does not answer.
    async fn order_part(&self, order: PartOrder) -> PartOutcome;
}

/// A plant on another node, and the way there.
#[derive(Clone, Debug)]
pub struct There {
    plant: PlantId,
    way: Arc<dyn Elsewhere>,
}

/// The door of an actor, here or on another node.
#[derive(Clone, Debug)]
pub enum Door<D> {
    /// Of this node.
    Here(D),
    /// Of the plant's owner.
    There(There),
}

impl There {
    async fn ask(&self, question: Question) -> Result<Answer, Unavailable> {
        self.way.ask(&self.plant, question).await
    }
}

impl Doors {
    /// The doors of a plant that another node owns.
    pub fn elsewhere(plant: &PlantId, way: &Arc<dyn Elsewhere>) -> Self {
        let there = There { plant: plant.clone(), way: Arc::clone(way) };
        Self {
            alarm_desk: Door::There(there.clone()),
            source: Door::There(there.clone()),
            journal: None,
            statistics: None,
            explainer: None,
            trainer: Some(Door::There(there.clone())),
            plant: Door::There(there),
        }
    }
}

impl Door<AlarmDesk> {
    /// Every configured alarm.
    ///
    /// # Errors
    /// [`AlarmDeskError::Gone`] while the desk is not there.
    pub async fn snapshot(&self) -> Result<AlarmSnapshot, AlarmDeskError> {
        match self {
            Self::Here(desk) => desk.snapshot().await,
            Self::There(there) => match there.ask(Question::Alarms).await {
                Ok(Answer::Alarms(answer)) => answer.map(|snapshot| *snapshot),
                _ => Err(AlarmDeskError::Gone),
            },
        }
    }

    /// Carries an order out, each alarm with its own outcome; see [`AlarmDesk::carry_out`].
    ///
    /// # Errors
    /// When the desk is not there, the journal is behind, or the key was used for another order.
    pub async fn carry_out(&self, order: AlarmOrder) -> Result<Vec<OrderOutcome>, AlarmDeskError> {
        match self {
            Self::Here(desk) => desk.carry_out(order).await,
            Self::There(there) => match there.ask(Question::OrderAlarms(Box::new(order))).await {
                Ok(Answer::AlarmsOrdered(answer)) => answer,
                _ => Err(AlarmDeskError::Gone),
            },
        }
    }
}

impl Door<AlarmDesk> {
    /// Decides an order of the register; see [`AlarmDesk::change_register`].
    ///
    /// # Errors
    /// When the desk is not there, the journal is behind, or the key was used for another order.
    pub async fn change_register(&self, order: RegisterOrder) -> Result<RegisterOutcome, AlarmDeskError> {
        match self {
            Self::Here(desk) => desk.change_register(order).await,
            Self::There(there) => match there.ask(Question::ChangeRegister(Box::new(order))).await {
                Ok(Answer::RegisterChanged(answer)) => answer,
                _ => Err(AlarmDeskError::Gone),
            },
        }
    }
}

impl Door<SourceDoor> {
    /// Gives an order; answered once it is durable.
    ///
    /// # Errors
    /// When the source is not there, does not take this order, or the order could not be made durable.
    pub async fn order(&self, command: SourceCommand) -> Result<SourceReport, SourceDoorError> {
        match self {
            Self::Here(source) => source.order(command).await,
            Self::There(there) => match there.ask(Question::Order(command)).await {
                Ok(Answer::Ordered(answer)) => answer.map(|report| *report),
                _ => Err(SourceDoorError::Gone),
            },
        }
    }

    /// The disturbances that can be switched on; empty where there are none.
    ///
    /// # Errors
    /// [`SourceDoorError::Gone`] while the source is not there.
    pub async fn disturbances(&self) -> Result<Vec<DisturbanceState>, SourceDoorError> {
        match self {
            Self::Here(source) => source.disturbances().await,
            Self::There(there) => match there.ask(Question::Disturbances).await {
                Ok(Answer::Disturbances(answer)) => answer,
                _ => Err(SourceDoorError::Gone),
            },
        }
    }
}

impl Door<Trainer> {
    /// Carries an order out; see [`Trainer::carry_out`].
    ///
    /// # Errors
    /// When it makes no sense, cannot be made durable, or the trainer is not there.
    pub async fn carry_out(&self, order: ModelOrder) -> Result<ModelDone, ModelRefused> {
        match self {
            Self::Here(trainer) => trainer.carry_out(order).await,
            Self::There(there) => match there.ask(Question::OrderModels(Box::new(order))).await {
                Ok(Answer::ModelsOrdered(answer)) => answer,
                _ => Err(ModelRefused::Gone),
            },
        }
    }
}

impl Door<PlantDoor> {
    /// What every plant-wide detector says of itself.
    ///
    /// # Errors
    /// While the plant is not there.
    pub async fn detectors(&self) -> Result<Vec<DetectorPortrait>, Unavailable> {
        match self {
            Self::Here(plant) => plant.detectors().await,
            Self::There(there) => match there.ask(Question::Detectors).await {
                Ok(Answer::Detectors(Some(portraits))) => Ok(portraits),
                _ => Err(Unavailable),
            },
        }
    }
}
