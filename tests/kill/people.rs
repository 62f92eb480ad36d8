//! Who works at the server: two acknowledge, one shelves and unshelves, one writes remarks. Each remembers what was answered.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tep::domain::AlarmId;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::checker::{Answered, Day, What};
use super::house::{House, PLANT, time};
use crate::cluster::node::Asker;

/// Alarms of these tags are shelved, by one person only, so that everybody knows what was ordered of them last.
const SHELVED: [&str; 6] = ["T50/HIGH", "T51/HIGH", "T52/LOW", "T53/HIGH", "T54/LOW", "T55/LOW"];

pub struct Crew {
    people: JoinSet<Day>,
    home: watch::Sender<bool>,
}

#[derive(Clone)]
struct Person {
    asker: std::sync::Arc<Asker>,
    token: String,
    home: watch::Receiver<bool>,
    /// Begins every key.
    name: String,
}

impl Crew {
    pub fn at_work(house: &House, life: u64) -> Self {
        let (home, going) = watch::channel(false);
        let asker = std::sync::Arc::new(house.asker());
        let person = |name: &str| Person {
            asker: std::sync::Arc::clone(&asker),
            token: house.token.clone(),
            home: going.clone(),
            name: format!("{name}-{life}"),
        };
        let mut people = JoinSet::new();
        people.spawn(acknowledges(person("olga"), "HIGH"));
        people.spawn(acknowledges(person("otto"), "LOW"));
        people.spawn(shelves(person("sven"), life));
        people.spawn(comments(person("clara")));
        Self { people, home }
    }

    /// The server is gone. What was answered in this life, person after person.
    pub async fn gone_home(self) -> Day {
        self.home.send_replace(true);
        let mut all = Day::default();
        for day in self.people.join_all().await {
            all.answered.extend(day.answered);
            all.open.extend(day.open);
        }
        all
    }
}

impl Person {
    fn stays(&self) -> bool {
        !*self.home.borrow()
    }

    async fn ask(&self, query: &str, variables: Value) -> Option<Value> {
        self.asker.ask(&self.token, PLANT, query, variables).await.ok()
    }

    /// Orders something of several alarms; the results item by item, or nothing when it was not answered.
    async fn order(&self, operation: &str, input: &str, variables: Value) -> Option<Vec<Value>> {
        let query = format!(
            "mutation($input: {input}!) {{ {operation}(input: $input) {{ \
             results {{ alarm ok alarmNow {{ shelvedUntil }} userErrors {{ code }} }} userErrors {{ code }} }} }}"
        );
        let told = self.ask(&query, json!({ "input": variables })).await?;
        let results = told[operation]["results"].as_array()?.clone();
        (!results.is_empty()).then_some(results)
    }
}

fn succeeded(results: &[Value]) -> BTreeSet<AlarmId> {
    results.iter().filter(|one| one["ok"] == true).filter_map(|one| one["alarm"].as_str().map(AlarmId::from)).collect()
}

async fn acknowledges(person: Person, which: &str) -> Day {
    const OWED: &str = "query($search: String) { alarms(first: 20, filter: { search: $search, \
         states: [UNACKNOWLEDGED, RTN_UNACKNOWLEDGED, LATCHED_UNACKNOWLEDGED] }) { edges { node { key occurrenceId } } } }";
    let mut day = Day::default();
    let mut number = 0;
    while person.stays() {
        let Some(told) = person.ask(OWED, json!({ "search": which })).await else { continue };
        let items: Vec<Value> = told["alarms"]["edges"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|edge| json!({ "alarm": edge["node"]["key"], "occurrenceId": edge["node"]["occurrenceId"] }))
            .collect();
        if items.is_empty() {
            tokio::task::yield_now().await;
            continue;
        }
        number += 1;
        let key = format!("{}-{number}", person.name);
        let input = json!({ "items": items, "comment": "seen", "idempotencyKey": key });
        let Some(results) = person.order("acknowledgeAlarms", "AcknowledgeAlarmsInput", input).await else { continue };
        let done = succeeded(&results);
        for item in items {
            let alarm = AlarmId::from(item["alarm"].as_str().unwrap());
            if done.contains(&alarm) {
                let occurrence = item["occurrenceId"].as_str().unwrap().parse().unwrap();
                day.answered.push(Answered { key: key.clone(), alarm, what: What::Acknowledged(occurrence) });
            }
        }
    }
    day
}

async fn shelves(person: Person, life: u64) -> Day {
    let mut day = Day::default();
    let mut number = 0;
    while person.stays() {
        let turn = (number + life) as usize;
        let alarm = SHELVED[turn % SHELVED.len()];
        number += 1;
        let key = format!("{}-{number}", person.name);
        let items = json!([{ "alarm": alarm }]);
        // A round of shelves, a round of the opposite: by the number alone it was always the same alarm that was unshelved.
        let unshelve = (turn / SHELVED.len()) % 2 == 1;
        let answer = if unshelve {
            let input = json!({ "items": items, "idempotencyKey": key });
            person.order("unshelveAlarms", "AlarmsInput", input).await
        } else {
            let input = json!({ "items": items, "minutes": 60.0, "reason": "repair", "idempotencyKey": key });
            person.order("shelveAlarms", "ShelveAlarmsInput", input).await
        };
        let id = AlarmId::from(alarm);
        let Some(results) = answer else {
            day.open.insert(id);
            continue;
        };
        if !succeeded(&results).contains(&id) {
            continue;
        }
        let until = time(&results[0]["alarmNow"]["shelvedUntil"]);
        let what = if unshelve { What::Unshelved } else { What::Shelved(until.expect("a shelf has an end")) };
        // What is known of it now counts, whatever was left open before.
        day.open.remove(&id);
        day.answered.push(Answered { key, alarm: id, what });
    }
    day
}

async fn comments(person: Person) -> Day {
    let mut day = Day::default();
    let mut number = 0_usize;
    while person.stays() {
        number += 1;
        let (alarm, key) = (format!("T{}/HIGH", number % 40), format!("{}-{number}", person.name));
        let input = json!({ "items": [{ "alarm": alarm }], "comment": "watched", "idempotencyKey": key });
        let Some(results) = person.order("commentAlarms", "CommentAlarmsInput", input).await else { continue };
        if succeeded(&results).contains(&AlarmId::from(alarm.as_str())) {
            day.answered.push(Answered { key, alarm: alarm.as_str().into(), what: What::Commented });
        }
    }
    day
}
