//! Who works the shift: an operator who acknowledges, shelves and does whatever else can be ordered of alarms, and those who
//! read along over the API.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_graphql::{Request, Variables};
use futures_util::StreamExt;
use serde_json::{Value, json};
use tep::actors::elsewhere::Door;
use tep::actors::{AlarmCommand, AlarmDesk, AlarmOrder, OrderItem, Root};
use tep::domain::{AlarmId, AlarmState};
use tep::feed::{AlarmView, Cursor};
use tep::graphql::{self, Api, Visitor};
use tep::security::Principal;
use tokio::time::{sleep, timeout};

use super::chance::Chance;
use super::life::PLANT;
use super::record::{Item, Record, Seen};

/// How long somebody waits before trying again.
const AGAIN: Duration = Duration::from_millis(500);

/// What the operator remembers; it outlives the process.
pub struct Operator {
    chance: Chance,
    orders: u64,
    /// An order that was not answered: it is sent again, with its key, until it is.
    pending: Option<AlarmOrder>,
}

impl Operator {
    pub fn of_seed(seed: u64) -> Self {
        Self { chance: Chance::stream_for(seed, "operator"), orders: 0, pending: None }
    }
}

/// Looks at the alarms now and then, and orders something of some.
pub async fn operate(root: Root, operator: Arc<Mutex<Operator>>, record: Record) {
    loop {
        let pause = operator.lock().unwrap().chance.between(200, 2_500);
        sleep(Duration::from_millis(pause)).await;
        let Ok(doors) = root.doors(&PLANT.into()).await else { continue };
        let pending = operator.lock().unwrap().pending.clone();
        let order = match pending {
            Some(order) => Some(order),
            None => match doors.alarm_desk.snapshot().await {
                Ok(snapshot) => operator.lock().unwrap().choose(&snapshot.alarms),
                Err(_) => None,
            },
        };
        let Some(order) = order else { continue };
        let items = order.items.iter().map(|item| (item.alarm.clone(), item.occurrence)).collect();
        record.note(Seen::Ordered { key: order.idempotency_key.clone(), command: order.command.clone(), items });
        let answered = send(&doors.alarm_desk, &order, &record).await;
        let twice = answered && operator.lock().unwrap().chance.percent(20);
        if answered {
            operator.lock().unwrap().pending = None;
        }
        if twice {
            send(&doors.alarm_desk, &order, &record).await;
        }
    }
}

impl Operator {
    /// What to order now: mostly an acknowledgement.
    fn command(&mut self) -> AlarmCommand {
        match self.chance.between(0, 99) {
            0..62 => AlarmCommand::Acknowledge,
            62..76 => AlarmCommand::Shelve {
                lasting: Duration::from_secs(*self.chance.one_of(&[2, 5, 12, 40, 600])),
                one_shot: self.chance.percent(30),
            },
            76..83 => AlarmCommand::Unshelve,
            83..88 => AlarmCommand::TakeOutOfService { work_order: format!("WO-{}", self.orders) },
            88..94 => AlarmCommand::ReturnToService,
            _ => AlarmCommand::Comment,
        }
    }

    /// An order of one to three alarms of which it makes sense, and sometimes of others.
    fn choose(&mut self, alarms: &[Arc<AlarmView>]) -> Option<AlarmOrder> {
        let command = self.command();
        let mistaken = self.chance.percent(10);
        let sensible = |view: &&Arc<AlarmView>| match (&command, view.facts.state()) {
            (AlarmCommand::Acknowledge, state) => {
                view.facts.occurrence.is_some() && (mistaken || state.owes_acknowledgement())
            }
            (AlarmCommand::Unshelve, state) => mistaken || state == AlarmState::Shelved,
            (AlarmCommand::ReturnToService, state) => mistaken || state == AlarmState::OutOfService,
            // Of one that has something to say.
            (_, state) => view.facts.occurrence.is_some() && (mistaken || state.in_alarm_list()),
        };
        let mut choices: Vec<_> = alarms.iter().filter(sensible).collect();
        let mut items: Vec<OrderItem> = Vec::new();
        for _ in 0..self.chance.between(1, 3) {
            if choices.is_empty() {
                break;
            }
            let view = choices.remove(self.chance.between(0, choices.len() as u64 - 1) as usize);
            let occurrence = view.facts.occurrence.filter(|_| command == AlarmCommand::Acknowledge);
            items.push(OrderItem { alarm: view.definition.id.clone(), occurrence });
        }
        if items.is_empty() {
            return None;
        }
        self.orders += 1;
        let order = AlarmOrder {
            command,
            items,
            by: "olga".into(),
            comment: Some(format!("seen, order {}", self.orders)),
            client: None,
            idempotency_key: format!("order-{}", self.orders),
        };
        self.pending = Some(order.clone());
        Some(order)
    }
}

async fn send(desk: &Door<AlarmDesk>, order: &AlarmOrder, record: &Record) -> bool {
    let key = order.idempotency_key.clone();
    match desk.carry_out(order.clone()).await {
        Ok(outcomes) => {
            let accepted = outcomes.iter().map(|outcome| outcome.result.is_ok()).collect();
            record.note(Seen::Answered { key, accepted });
            true
        }
        Err(error) => {
            record.note(Seen::Unanswered { key, why: error.to_string() });
            false
        }
    }
}

/// What a subscriber remembers; it outlives the process.
#[derive(Default)]
pub struct Reader {
    since: Option<Cursor>,
    /// It does not read before this time, milliseconds of the shift.
    pub slow_until_ms: u64,
    /// It is not there before this time.
    pub away_until_ms: u64,
}

impl Reader {
    /// It is there and reads.
    pub fn comes_back(&mut self) {
        self.slow_until_ms = 0;
        self.away_until_ms = 0;
    }
}

const FOLLOW: &str = "subscription($since: String) { alarmEvents(since: $since) { __typename
    ... on AlarmSnapshot { cursor alarms { key state } }
    ... on AlarmEvent { cursor alarm { key state } }
    ... on Discontinuity { from to }
} }";

/// Follows the alarms over the API, and goes on from its cursor whenever it was cut off.
pub async fn read(name: &'static str, api: Api, principal: Principal, reader: Arc<Mutex<Reader>>, record: Record) {
    let schema = graphql::schema();
    loop {
        let since = reader.lock().unwrap().since.map(|cursor| cursor.to_string());
        let request = Request::new(FOLLOW).variables(Variables::from_json(json!({ "since": since })));
        let visitor = Visitor { principal: Some(principal.clone()), ..Visitor::anonymous() };
        let mut answers = schema.execute_stream(request, api.clone(), visitor);
        loop {
            let now = record.now_ms();
            if reader.lock().unwrap().away_until_ms > now {
                break;
            }
            if reader.lock().unwrap().slow_until_ms > now {
                sleep(AGAIN).await;
                continue;
            }
            let Ok(answer) = timeout(AGAIN, answers.next()).await else { continue };
            let Some(answer) = answer.filter(|answer| answer.errors.is_empty()) else { break };
            let data = answer.data.into_json().expect("an answer is JSON");
            let item = item(&data["alarmEvents"]).unwrap_or_else(|| panic!("not an item: {data}"));
            if let Item::Snapshot { cursor, .. } | Item::Event { cursor, .. } = &item {
                reader.lock().unwrap().since = Some(*cursor);
            }
            record.note(Seen::Read { reader: name, item });
        }
        drop(answers);
        sleep(AGAIN).await;
        while reader.lock().unwrap().away_until_ms > record.now_ms() {
            sleep(AGAIN).await;
        }
    }
}

fn item(value: &Value) -> Option<Item> {
    let cursor = |key: &str| value[key].as_str()?.parse::<Cursor>().ok();
    let alarm = |value: &Value| Some((AlarmId::from(value["key"].as_str()?), state(&value["state"])?));
    Some(match value["__typename"].as_str()? {
        "AlarmSnapshot" => {
            let listed = value["alarms"].as_array()?.iter().map(alarm).collect::<Option<_>>()?;
            Item::Snapshot { cursor: cursor("cursor")?, listed }
        }
        "AlarmEvent" => {
            let (alarm, to) = alarm(&value["alarm"])?;
            Item::Event { cursor: cursor("cursor")?, alarm, to }
        }
        "Discontinuity" => Item::Discontinuity { from: cursor("from"), to: cursor("to")? },
        _ => return None,
    })
}

/// `RTN_UNACKNOWLEDGED` as the domain spells it.
fn state(value: &Value) -> Option<AlarmState> {
    serde_json::from_value(Value::String(value.as_str()?.to_lowercase().replace('_', "-"))).ok()
}
