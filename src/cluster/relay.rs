//! What the owner of a plant tells of its streams, and how another node repeats it.
//!
//! A mirror asks for what comes after its cursors, the owner answers as soon as there is something, and the mirror asks
//! again. So one answer at most is under way for each mirror, nothing is remembered at the owner, and a mirror that was
//! away goes on from where it is: from the owner's rings, or behind a gap that its own subscribers are told of.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, sleep_until, timeout_at};

use crate::domain::{DetectorPortrait, PlantId};
use crate::feed::{
    AlarmEvent, Cursor, Delivery, Feed, Gap, GapReason, Stream, Subscriber, SupervisionFrame, ValuesFrame,
};

/// Values are told at most this often: no eye follows more, and a subscription shows half of it.
const VALUES_PERIOD: Duration = Duration::from_millis(50);

/// Items of one stream in one answer; the rest comes with the next, which is asked for at once.
const ITEMS_MAX: usize = 200;

/// How long an answer may wait for something to tell. Shorter than the asker's patience.
pub(super) const WAIT: Duration = Duration::from_millis(1000);

/// Asks for what comes after these cursors.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Follow {
    pub plant: PlantId,
    pub values: Cursor,
    pub alarms: Cursor,
    pub detectors: Cursor,
    pub supervision: Cursor,
}

/// One step in a stream.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Piece<T> {
    /// The next item.
    Item(Cursor, Arc<T>),
    /// What lies before this cursor cannot be had.
    Break(Cursor),
}

/// What has come meanwhile.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct News {
    pub values: Vec<Piece<ValuesFrame>>,
    pub alarms: Vec<Piece<AlarmEvent>>,
    pub detectors: Vec<Piece<DetectorPortrait>>,
    pub supervision: Vec<Piece<SupervisionFrame>>,
}

impl News {
    fn is_empty(&self) -> bool {
        self.values.is_empty() && self.alarms.is_empty() && self.detectors.is_empty() && self.supervision.is_empty()
    }
}

impl Follow {
    /// What a mirror that fills this feed asks for next.
    pub fn after(plant: PlantId, feed: &Feed) -> Self {
        Self {
            plant,
            values: feed.values.tip(),
            alarms: feed.alarms.tip(),
            detectors: feed.detectors.tip(),
            supervision: feed.supervision.tip(),
        }
    }
}

impl Follow {
    /// Whether whoever asks knows more than this feed: it has heard of a later owner.
    fn is_ahead_of(&self, feed: &Feed) -> bool {
        self.values > feed.values.tip()
            || self.alarms > feed.alarms.tip()
            || self.detectors > feed.detectors.tip()
            || self.supervision > feed.supervision.tip()
    }
}

/// Tells what comes after the cursors; waits a while for something to tell, and empty news say that there was nothing.
/// `None` when whoever asks has heard of a later owner than this one.
pub(super) async fn tell(feed: &Feed, follow: &Follow) -> Option<News> {
    if follow.is_ahead_of(feed) {
        return None;
    }
    let began = Instant::now();
    let mut values = feed.values.subscribe(Some(follow.values));
    let mut alarms = feed.alarms.subscribe(Some(follow.alarms));
    let mut detectors = feed.detectors.subscribe(Some(follow.detectors));
    let mut supervision = feed.supervision.subscribe(Some(follow.supervision));
    let until = began + WAIT;
    let mut told = News::default();
    loop {
        let values_due = Instant::now() >= began + VALUES_PERIOD;
        collect(&mut told.alarms, &mut alarms);
        collect(&mut told.detectors, &mut detectors);
        collect(&mut told.supervision, &mut supervision);
        if values_due {
            fold(&mut told.values, &mut values);
        }
        if !told.is_empty() || Instant::now() >= until {
            return Some(told);
        }
        let values_later = async {
            sleep_until(began + VALUES_PERIOD).await;
            values.arrival().await;
        };
        let anything = async {
            tokio::select! {
                () = values_later => {}
                () = alarms.arrival() => {}
                () = detectors.arrival() => {}
                () = supervision.arrival() => {}
            }
        };
        drop(timeout_at(until, anything).await);
    }
}

/// Takes everything that is there, in order, none left out.
fn collect<T>(into: &mut Vec<Piece<T>>, from: &mut Subscriber<T>) {
    while into.len() < ITEMS_MAX {
        match from.next().now_or_never().flatten() {
            Some(Delivery::Item { cursor, item, .. }) => into.push(Piece::Item(cursor, item)),
            Some(Delivery::Gap(gap)) => into.push(Piece::Break(gap.to)),
            None => return,
        }
    }
}

/// Takes the newest frame, and remembers whether plant time broke in one that is folded into it.
fn fold(into: &mut Vec<Piece<ValuesFrame>>, from: &mut Subscriber<ValuesFrame>) {
    let mut newest: Option<(Cursor, Arc<ValuesFrame>)> = None;
    let mut broken = false;
    while let Some(delivery) = from.next().now_or_never().flatten() {
        match delivery {
            Delivery::Item { cursor, item, .. } => {
                broken |= item.discontinuous;
                newest = Some((cursor, item));
            }
            Delivery::Gap(Gap { to, reason: GapReason::Restarted, .. }) => {
                (newest, broken) = (None, false);
                into.push(Piece::Break(to));
            }
            // What the ring has lost is folded like everything else.
            Delivery::Gap(_) => {}
        }
    }
    match newest {
        Some((cursor, frame)) if broken && !frame.discontinuous => {
            into.push(Piece::Item(cursor, Arc::new(ValuesFrame { discontinuous: true, ..(*frame).clone() })));
        }
        Some((cursor, frame)) => into.push(Piece::Item(cursor, frame)),
        None => {}
    }
}

/// Repeats the owner's news in the feed of this node.
pub(super) fn repeat(feed: &Feed, news: News) {
    replay(&feed.values, news.values);
    replay(&feed.alarms, news.alarms);
    replay(&feed.detectors, news.detectors);
    replay(&feed.supervision, news.supervision);
}

fn replay<T: Clone>(stream: &Stream<T>, pieces: Vec<Piece<T>>) {
    for piece in pieces {
        match piece {
            Piece::Item(cursor, item) => stream.publish_at(cursor, Arc::unwrap_or_clone(item)),
            Piece::Break(to) => stream.break_at(to),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        ActorPortrait, Health, Importance, MailboxState, Quality, Scan, SourceReport, SourceState, SourceTime, WallTime,
    };

    fn plant() -> PlantId {
        "p".into()
    }

    fn values(number: u64, discontinuous: bool) -> ValuesFrame {
        let scan = Scan {
            number,
            source_time: SourceTime::from_micros(0),
            ingest_time: WallTime::from_micros(0),
            values: vec![number as f64, f64::NAN],
            qualities: vec![Quality::Good, Quality::Bad],
        };
        let source = SourceReport {
            kind: "simulator".into(),
            state: SourceState::Running,
            message: None,
            speed: 1.0,
            achieved_speed: 1.0,
            plant_time: None,
            plant_hours: 0.0,
            controllable: true,
        };
        ValuesFrame { scan: Arc::new(scan), source: Arc::new(source), discontinuous }
    }

    fn supervision(message: &str) -> SupervisionFrame {
        let actor = ActorPortrait {
            path: "root".into(),
            name: "root".into(),
            role: "root".into(),
            importance: Importance::Essential,
            health: Health::Running,
            reason: None,
            restarts: 0,
            last_error: None,
            started_at: None,
            detail: None,
            mailbox: MailboxState::default(),
            not_pausable: None,
            actor_id: None,
            children: vec![],
        };
        SupervisionFrame { at: WallTime::from_micros(0), actor, message: message.into() }
    }

    fn at(epoch: i64, sequence: i64) -> Cursor {
        Cursor { epoch, sequence }
    }

    /// One question and its answer, through an envelope.
    async fn round(owner: &Feed, mirror: &Feed) {
        let news = tell(owner, &Follow::after(plant(), mirror)).await.expect("the owner knows as much");
        let sealed = super::super::wire::seal(super::super::wire::NEWEST, &news).unwrap();
        repeat(mirror, super::super::wire::open(&sealed).unwrap());
    }

    /// What a subscriber of the mirror reads: messages, and `!` for a gap.
    fn read(subscriber: &mut Subscriber<SupervisionFrame>) -> Vec<String> {
        let mut seen = Vec::new();
        while let Some(delivery) = subscriber.next().now_or_never().flatten() {
            seen.push(match delivery {
                Delivery::Item { item, .. } => item.message.clone(),
                Delivery::Gap(_) => "!".into(),
            });
        }
        seen
    }

    #[tokio::test(start_paused = true)]
    async fn a_mirror_repeats_the_owner_under_its_own_cursors() {
        let (owner, mirror) = (Feed::new(0), Feed::new(0));
        owner.begin(7);
        owner.supervision.publish(supervision("one"));
        owner.supervision.publish(supervision("two"));
        owner.values.publish(values(1, false));
        let mut subscriber = mirror.supervision.subscribe(None);
        round(&owner, &mirror).await;
        round(&owner, &mirror).await;
        assert_eq!(read(&mut subscriber), ["!", "one", "two"]);
        assert_eq!((mirror.supervision.tip(), mirror.values.tip()), (at(7, 2), at(7, 1)));
        let frame = mirror.values.latest().unwrap();
        assert!(frame.scan.values[1].is_nan(), "a value that is none stays none");
    }

    #[tokio::test(start_paused = true)]
    async fn a_mirror_that_was_away_goes_on_where_it_was() {
        let (owner, mirror) = (Feed::new(7), Feed::new(7));
        owner.supervision.publish(supervision("one"));
        round(&owner, &mirror).await;
        let mut subscriber = mirror.supervision.subscribe(None);
        // The line is lost for a while; the owner goes on.
        owner.supervision.publish(supervision("two"));
        owner.supervision.publish(supervision("three"));
        round(&owner, &mirror).await;
        assert_eq!(read(&mut subscriber), ["two", "three"]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_new_owner_is_a_gap_to_every_subscriber() {
        let (first, mirror) = (Feed::new(7), Feed::new(7));
        first.supervision.publish(supervision("one"));
        round(&first, &mirror).await;
        let mut subscriber = mirror.supervision.subscribe(None);
        let second = Feed::new(0);
        second.begin(9);
        second.supervision.publish(supervision("two"));
        round(&second, &mirror).await;
        assert_eq!(read(&mut subscriber), ["!", "two"]);
        // The old owner wakes up and has more to say: nobody listens.
        first.supervision.publish(supervision("late"));
        assert!(tell(&first, &Follow::after(plant(), &mirror)).await.is_none());
        assert_eq!(read(&mut subscriber), [""; 0]);
    }

    #[tokio::test(start_paused = true)]
    async fn what_the_owner_has_forgotten_is_a_gap_and_not_silence() {
        let (owner, mirror) = (Feed::new(7), Feed::new(7));
        owner.supervision.publish(supervision("one"));
        round(&owner, &mirror).await;
        let mut subscriber = mirror.supervision.subscribe(None);
        for n in 0..1_200 {
            owner.supervision.publish(supervision(&n.to_string()));
        }
        let mut seen = Vec::new();
        while mirror.supervision.tip() < owner.supervision.tip() {
            round(&owner, &mirror).await;
            seen.extend(read(&mut subscriber));
        }
        assert_eq!((seen.len(), seen[0].as_str(), seen[1].as_str()), (1_001, "!", "200"));
        assert_eq!(seen.last().unwrap(), "1199");
    }

    #[tokio::test(start_paused = true)]
    async fn values_are_folded_and_a_reset_among_them_is_not_lost() {
        let (owner, mirror) = (Feed::new(7), Feed::new(7));
        let mut subscriber = mirror.values.subscribe(None);
        for (number, reset) in [(8, false), (1, true), (2, false)] {
            owner.values.publish(values(number, reset));
        }
        round(&owner, &mirror).await;
        let Some(Delivery::Item { cursor, item, .. }) = subscriber.next().await else { panic!("a frame") };
        assert_eq!((cursor, item.scan.number, item.discontinuous), (at(7, 3), 2, true));
    }

    #[tokio::test(start_paused = true)]
    async fn alarms_do_not_wait_for_values_and_quiet_owners_answer_in_time() {
        let (owner, mirror) = (Feed::new(7), Feed::new(7));
        let began = Instant::now();
        owner.supervision.publish(supervision("one"));
        round(&owner, &mirror).await;
        assert_eq!(began.elapsed(), Duration::ZERO);
        round(&owner, &mirror).await;
        assert_eq!(began.elapsed(), WAIT);
        let asked = tokio::spawn({
            let (owner, follow) = (owner.clone(), Follow::after(plant(), &mirror));
            async move { tell(&owner, &follow).await }
        });
        tokio::time::sleep(Duration::from_millis(300)).await;
        owner.values.publish(values(1, false));
        assert_eq!(asked.await.unwrap().unwrap().values.len(), 1);
        assert_eq!(began.elapsed(), WAIT + Duration::from_millis(300));
    }

    #[tokio::test(start_paused = true)]
    async fn a_new_numbering_without_an_item_is_told_as_well() {
        let (owner, mirror) = (Feed::new(7), Feed::new(7));
        owner.alarms.begin(8);
        round(&owner, &mirror).await;
        assert_eq!(mirror.alarms.tip(), at(8, 0));
    }
}
