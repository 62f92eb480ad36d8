//! One client that follows the alarms: GraphQL is executed and every answer is written as JSON, as for a socket.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_graphql::{Request, Variables};
use futures_util::StreamExt;
use serde_json::json;
use tep::domain::WallTime;
use tep::feed::Cursor;
use tep::graphql::{self, Visitor};
use tep::security::{Principal, Role, SessionId, UserId};
use tokio::sync::watch;
use tokio::task::AbortHandle;

use super::site::Site;

/// What every page asks for, with the parts of an alarm that it shows.
const FOLLOW: &str = concat!(
    "subscription($since: String) { alarmEvents(since: $since) { __typename \
     ... on AlarmSnapshot { cursor part parts alarms { ...AlarmParts } } \
     ... on AlarmEvent { cursor annunciate entry { id kind wallTime } alarm { ...AlarmParts } } \
     ... on Discontinuity { from to reason } } }\n",
    include_str!("../../../web/src/api/alarms.graphql")
);

/// What was heard so far.
#[derive(Default)]
pub struct Heard {
    lags: Vec<Duration>,
    epoch: i64,
    listed: usize,
}

impl Heard {
    /// The lag that this share of the events did not exceed.
    pub fn lag(&self, share: f64) -> Duration {
        let mut lags = self.lags.clone();
        lags.sort();
        let at = ((lags.len() as f64 * share) as usize).min(lags.len().saturating_sub(1));
        lags.get(at).copied().unwrap_or_default()
    }
}

pub struct Subscriber {
    heard: Arc<Mutex<Heard>>,
    through: watch::Receiver<i64>,
    reads: AbortHandle,
}

impl Drop for Subscriber {
    fn drop(&mut self) {
        self.reads.abort();
    }
}

impl Subscriber {
    /// Follows from a cursor on, or from the list.
    pub async fn attach(site: &Site, since: Option<Cursor>) -> Self {
        let schema = graphql::schema();
        let since = since.map(|cursor| cursor.to_string());
        let request = Request::new(FOLLOW).variables(Variables::from_json(json!({ "since": since })));
        let visitor = Visitor { principal: Some(viewer()), ..Visitor::anonymous() };
        let (heard, (tell, through)) = (Arc::new(Mutex::new(Heard::default())), watch::channel(0));
        let (book, clock, api) = (Arc::clone(&heard), site.api.clock, site.api.clone());
        let reading = tokio::spawn(async move {
            let mut answers = schema.execute_stream(request, api, visitor);
            while let Some(answer) = answers.next().await {
                assert!(answer.errors.is_empty(), "{:?}", answer.errors);
                // A socket would send exactly this text.
                let sent = serde_json::to_string(&answer).expect("an answer is JSON");
                let Some(cursor) = text(&sent, "cursor").and_then(|text| text.parse::<Cursor>().ok()) else {
                    panic!("the subscriber was cut off: {sent}");
                };
                let mut heard = lock(&book);
                heard.epoch = cursor.epoch;
                if sent.contains("\"AlarmSnapshot\"") {
                    heard.listed += sent.matches("\"occurrenceId\":").count();
                }
                if let Some(decided) = text(&sent, "wallTime").map(time) {
                    heard.lags.push(clock.now().since(decided));
                }
                drop(heard);
                tell.send_replace(cursor.sequence);
            }
        });
        let mut subscriber = Self { heard, through, reads: reading.abort_handle() };
        // Something always comes first: the list, or the first event.
        subscriber.through.changed().await.expect("the subscription stands");
        subscriber
    }

    /// Waits until it has heard everything up to the event of this number; forgets what it has noted of the lags.
    pub async fn heard_through(&self, number: usize) -> Heard {
        self.is_level_with(number).await;
        let mut heard = lock(&self.heard);
        let epoch = heard.epoch;
        std::mem::replace(&mut heard, Heard { epoch, ..Heard::default() })
    }

    pub async fn is_level_with(&self, number: usize) {
        let mut through = self.through.clone();
        through.wait_for(|at| *at >= number as i64).await.expect("the subscription stands");
    }

    /// How many alarms the last list had.
    pub fn listed(&self) -> usize {
        lock(&self.heard).listed
    }

    pub fn cursor_at(&self, number: usize) -> Option<Cursor> {
        Some(Cursor { epoch: lock(&self.heard).epoch, sequence: number as i64 })
    }
}

/// The first text of this name in an answer: what the client does with the rest is not measured here.
fn text<'a>(answer: &'a str, name: &str) -> Option<&'a str> {
    let (_, behind) = answer.split_once(&format!("\"{name}\":\""))?;
    behind.split('"').next()
}

fn time(text: &str) -> WallTime {
    WallTime::from_micros(chrono::DateTime::parse_from_rfc3339(text).expect("a time").timestamp_micros())
}

fn lock(heard: &Mutex<Heard>) -> MutexGuard<'_, Heard> {
    heard.lock().unwrap_or_else(PoisonError::into_inner)
}

fn viewer() -> Principal {
    Principal {
        user: UserId::new(WallTime::from_micros(1)),
        name: "vera".into(),
        role: Role::Viewer,
        session: SessionId::new(WallTime::from_micros(1)),
        expires_at: WallTime::from_micros(i64::MAX),
    }
}
