//! The outbox keeps everything of a step or nothing, and no notice twice.

use std::time::Duration;

use tep::alarms::notification::Watch;
use tep::domain::{AlarmState, Notice, NoticeKind, OccurrenceId, Severity, WallTime};
use tep::storage::{
    ChannelCondition, Notification, NotificationCursor, NotificationFilter, NotificationState, NotificationStep,
    StorageError,
};
use uuid::Uuid;

use super::house::House;
use super::on_both;

fn at(seconds: u64) -> WallTime {
    WallTime::from_micros(1_800_000_000_000_000) + Duration::from_secs(seconds)
}

fn notification(number: u128, key: &str, contact: &str) -> Notification {
    let occurrence = OccurrenceId(Uuid::from_u128(7));
    let created = at(u64::try_from(number).unwrap());
    Notification {
        id: Uuid::from_u128(number),
        channel: "mail".into(),
        contact: contact.into(),
        address: Some("olga@plant.example".into()),
        notice: Notice {
            key: key.into(),
            kind: NoticeKind::Raised,
            plant: "p".into(),
            plant_name: "P \0 Ü".into(),
            alarm: Some("XMEAS_7/HIGH".into()),
            occurrence: Some(occurrence),
            title: "Reactor pressure high".into(),
            severity: Severity::High,
            state: AlarmState::Unacknowledged,
            unit: None,
            guidance: String::new(),
            raised_at: None,
            at: created,
            waited_seconds: None,
            link: None,
            reading: None,
        },
        state: NotificationState::Pending,
        attempts: 0,
        created,
        next_at: created,
        give_up_at: at(3_600),
        finished_at: None,
        last_error: None,
    }
}

fn watch() -> Watch {
    Watch {
        route: "all".into(),
        alarm: "XMEAS_7/HIGH".into(),
        occurrence: OccurrenceId(Uuid::from_u128(7)),
        severity: Severity::Critical,
        again: true,
        since: at(5),
        place: (3, 17),
        next: 1,
    }
}

async fn a_step_is_kept_whole_and_read_back(house: House) {
    let storage = house.open().await;
    assert_eq!(storage.notification_mark().await.unwrap(), None);
    let notices = vec![notification(1, "k1", "olga"), notification(2, "k1", "paul"), notification(3, "k2", "olga")];
    let step = NotificationStep { mark: (3, 17), notices: notices.clone(), watches: vec![watch()] };
    storage.keep_notifications(&step).await.unwrap();
    // The very same worked out again, under other ids: nothing is doubled.
    let again = vec![notification(11, "k1", "olga"), notification(12, "k1", "paul"), notification(13, "k3", "olga")];
    let later = NotificationStep { mark: (3, 18), notices: again, watches: vec![watch()] };
    storage.keep_notifications(&later).await.unwrap();
    assert_eq!(storage.notification_mark().await.unwrap(), Some((3, 18)));
    assert_eq!(storage.notification_watches().await.unwrap(), vec![watch()]);
    let waiting = storage.notifications_waiting(&"mail".into(), 10).await.unwrap();
    let ids: Vec<u128> = waiting.iter().map(|row| row.id.as_u128()).collect();
    assert_eq!(ids, [1, 2, 3, 13], "in the order in which they were put in");
    assert_eq!((waiting[0].next_at, waiting[0].notice.plant_name.as_str()), (at(1), "P \0 Ü"));
    let told = storage.notified(&[OccurrenceId(Uuid::from_u128(7)), OccurrenceId(Uuid::from_u128(8))]).await.unwrap();
    let told: Vec<&str> = told.iter().map(|(_, contact)| contact.as_str()).collect();
    assert_eq!(told, ["olga", "paul"]);
}

async fn nothing_of_a_step_stays_when_the_plant_is_no_longer_ours(house: House) {
    let storage = house.open().await;
    let _successor = house.open().await;
    let step = NotificationStep { mark: (1, 1), notices: vec![notification(1, "k", "olga")], watches: vec![watch()] };
    let refused = storage.keep_notifications(&step).await.unwrap_err();
    assert!(matches!(refused, StorageError::Fenced { .. }), "{refused:?}");
    assert_eq!(storage.notification_mark().await.unwrap(), None);
    assert!(storage.notifications_waiting(&"mail".into(), 10).await.unwrap().is_empty());
    assert!(storage.notification_watches().await.unwrap().is_empty());
}

async fn a_dead_notice_is_revived_and_a_finished_one_is_not_touched(house: House) {
    let storage = house.open().await;
    let one = notification(1, "k", "olga");
    let step = NotificationStep { mark: (1, 1), notices: vec![one.clone()], watches: Vec::new() };
    storage.keep_notifications(&step).await.unwrap();
    let mut condition = ChannelCondition::unknown("mail".into());
    condition.failures = 4;
    condition.last_error = Some("no route".into());
    condition.failed_at = Some(at(9));
    let dead = Notification {
        state: NotificationState::Dead,
        attempts: 4,
        finished_at: Some(at(9)),
        last_error: Some("no route".into()),
        ..one.clone()
    };
    storage.notification_tried(&dead, &condition).await.unwrap();
    assert_eq!(storage.notification(one.id).await.unwrap(), Some(dead.clone()));
    assert_eq!(storage.channel_conditions().await.unwrap(), vec![condition.clone()]);
    assert_eq!(storage.notifications_waiting_count(&"mail".into()).await.unwrap(), 0);
    assert!(!storage.revive_notification(Uuid::from_u128(99), at(20), at(30)).await.unwrap());
    assert!(storage.revive_notification(one.id, at(20), at(30)).await.unwrap());
    assert!(!storage.revive_notification(one.id, at(21), at(31)).await.unwrap(), "it is not dead any more");
    let delivered = Notification { state: NotificationState::Delivered, attempts: 5, finished_at: Some(at(22)), ..one };
    condition = ChannelCondition::unknown("mail".into());
    condition.delivered_at = Some(at(22));
    storage.notification_tried(&delivered, &condition).await.unwrap();
    // A late word of an attempt that another has overtaken changes nothing.
    storage.notification_tried(&dead, &condition).await.unwrap();
    assert_eq!(storage.notification(delivered.id).await.unwrap().unwrap().state, NotificationState::Delivered);
    assert_eq!(storage.forget_notifications(at(22)).await.unwrap(), 0);
    assert_eq!(storage.forget_notifications(at(23)).await.unwrap(), 1);
}

async fn a_notice_that_is_withdrawn_says_why_and_whoever_had_only_that_was_not_called(house: House) {
    let storage = house.open().await;
    let notices = vec![notification(1, "k1", "olga"), notification(2, "k1", "paul"), notification(3, "k1", "max")];
    let step = NotificationStep { mark: (1, 1), notices: notices.clone(), watches: Vec::new() };
    storage.keep_notifications(&step).await.unwrap();
    let tried = Notification { attempts: 1, ..notices[1].clone() };
    let condition = ChannelCondition::unknown("mail".into());
    storage.notification_tried(&tried, &condition).await.unwrap();
    let why = "withdrawn: the alarm was acknowledged".to_owned();
    let withdrawn: Vec<_> = notices[..2].iter().map(|one| (one.id, why.clone())).collect();
    storage.supersede_notifications(&withdrawn, at(9)).await.unwrap();
    let row = storage.notification(notices[0].id).await.unwrap().unwrap();
    assert_eq!((row.state, row.finished_at, row.last_error), (NotificationState::Superseded, Some(at(9)), Some(why)));
    let told = storage.notified(&[OccurrenceId(Uuid::from_u128(7))]).await.unwrap();
    let told: Vec<&str> = told.iter().map(|(_, contact)| contact.as_str()).collect();
    assert_eq!(told, ["max", "paul"], "who is to be called still, and who may have been");
    assert!(!storage.revive_notification(notices[0].id, at(10), at(30)).await.unwrap(), "it is not dead");
    let delivered = Notification { state: NotificationState::Delivered, finished_at: Some(at(11)), ..tried };
    storage.notification_tried(&delivered, &condition).await.unwrap();
    let row = storage.notification(delivered.id).await.unwrap().unwrap();
    assert_eq!(row.state, NotificationState::Superseded, "what was withdrawn stays so");
    let _successor = house.open().await;
    let late = storage.supersede_notifications(&[(notices[2].id, "x".into())], at(12)).await.unwrap_err();
    assert!(matches!(late, StorageError::Fenced { .. }), "{late:?}");
}

async fn the_outbox_is_read_page_by_page_and_filtered(house: House) {
    let storage = house.open().await;
    let notices: Vec<Notification> = (1..=7).map(|n| notification(n, &format!("k{n}"), "olga")).collect();
    let step = NotificationStep { mark: (1, 1), notices, watches: Vec::new() };
    storage.keep_notifications(&step).await.unwrap();
    let mut seen = Vec::new();
    let mut before = None;
    loop {
        let page = storage.notification_page(&NotificationFilter::default(), before, 3).await.unwrap();
        let Some(last) = page.last() else { break };
        before = Some(NotificationCursor { created: last.created, id: last.id });
        seen.extend(page.iter().map(|row| row.id.as_u128()));
    }
    assert_eq!(seen, [7, 6, 5, 4, 3, 2, 1]);
    for (filter, count) in [
        (NotificationFilter { states: vec![NotificationState::Dead], ..NotificationFilter::default() }, 0),
        (NotificationFilter { channel: Some("mail".into()), ..NotificationFilter::default() }, 7),
        (NotificationFilter { channel: Some("pager".into()), ..NotificationFilter::default() }, 0),
        (NotificationFilter { alarm: Some("XMEAS_7/HIGH".into()), ..NotificationFilter::default() }, 7),
    ] {
        assert_eq!(storage.notification_page(&filter, None, 100).await.unwrap().len(), count, "{filter:?}");
    }
}

on_both! {
    a_step_is_kept_whole_and_read_back,
    nothing_of_a_step_stays_when_the_plant_is_no_longer_ours,
    a_dead_notice_is_revived_and_a_finished_one_is_not_touched,
    a_notice_that_is_withdrawn_says_why_and_whoever_had_only_that_was_not_called,
    the_outbox_is_read_page_by_page_and_filtered,
}
