//! The whole way: from an alarm of a running plant through the outbox to servers that record.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use tep::actors::{AlarmCommand, AlarmOrder, OrderItem, SourceCommand};
use tep::domain::{AlarmState, NoticeKind, OccurrenceId, WallTime};
use tep::storage::{Notification, NotificationFilter, NotificationState};

use super::configured;
use super::recorder::{Answer, HttpRecorder, SmtpRecorder};
use crate::support::{Home, TestPlant};

/// An alarm that a person can call up and end at any moment.
const ALARM: &str = "SYSTEM/SOURCE_PAUSED";

async fn start(home: &Home, notifications: &str) -> TestPlant {
    let directory = tempfile::tempdir().unwrap();
    home.start_notifying(&configured(directory.path(), notifications)).await
}

async fn acknowledge(plant: &TestPlant, alarm: &str) {
    let view = plant.alarm(alarm).await;
    let order = AlarmOrder {
        command: AlarmCommand::Acknowledge,
        items: vec![OrderItem { alarm: view.definition.id.clone(), occurrence: view.facts.occurrence }],
        by: "olga".into(),
        comment: None,
        client: None,
        idempotency_key: format!("{alarm} {:?}", view.facts.occurrence),
    };
    plant.doors().await.alarm_desk.carry_out(order).await.unwrap()[0].result.as_ref().unwrap();
}

async fn outbox(plant: &TestPlant) -> Vec<Notification> {
    plant.storage.notification_page(&NotificationFilter::default(), None, 100).await.unwrap()
}

/// Waits until everything of the outbox about an alarm is finished, so many rows.
async fn finished(plant: &TestPlant, alarm: &str, count: usize) -> Vec<Notification> {
    plant
        .until(&format!("{count} notices of {alarm} are finished"), async || {
            let mut rows = outbox(plant).await;
            rows.retain(|row| row.notice.alarm.as_ref().is_some_and(|one| one.as_str() == alarm));
            (rows.len() == count && rows.iter().all(|row| row.state != NotificationState::Pending)).then_some(rows)
        })
        .await
}

fn hook(server: SocketAddr) -> String {
    format!(
        "[notifications.channels.hook]\nkind = \"webhook\"\nurl = \"http://{server}/tep\"\ntimeout_seconds = 1\n\
         [notifications.contacts.screen]\nchannel = \"hook\"\n\
         [notifications.chains.usual]\nsteps = [{{ notify = [\"screen\"] }}]\n\
         [notifications.routes.all]\nseverity = \"low\"\nchain = \"usual\"\n"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alarm_is_told_acknowledged_and_resolved_on_every_channel() {
    let (hook, pager, mail) = (HttpRecorder::start().await, HttpRecorder::start().await, SmtpRecorder::start().await);
    let home = Home::new();
    let config = format!(
        "[notifications.channels.hook]\nkind = \"webhook\"\nurl = \"{}\"\n\
         [notifications.channels.pager]\nkind = \"pagerduty\"\nurl = \"{}\"\nrouting_key = \"R\"\n\
         [notifications.channels.mail]\nkind = \"email\"\nhost = \"127.0.0.1\"\nport = {}\nsecurity = \"none\"\n\
         from = \"tep@plant.example\"\n\
         [notifications.contacts.screen]\nchannel = \"hook\"\n\
         [notifications.contacts.service]\nchannel = \"pager\"\n\
         [notifications.contacts.olga]\nchannel = \"mail\"\naddress = \"olga@plant.example\"\n\
         [notifications.rosters.shift]\ntime_zone = \"Europe/Berlin\"\notherwise = [\"olga\"]\n\
         [notifications.chains.usual]\nsteps = [{{ notify = [\"screen\", \"shift\"] }}, \
         {{ after_seconds = 2, notify = [\"service\"] }}]\n\
         [notifications.routes.all]\nseverity = \"low\"\nchain = \"usual\"\n",
        hook.url(),
        pager.url(),
        mail.address.port()
    );
    let plant = start(&home, &config).await;
    plant.order(SourceCommand::Pause(true)).await;
    // Nobody takes notice, so after two seconds the service is called as well.
    plant.until("the escalation", async || (pager.posted().len() == 1).then_some(())).await;
    acknowledge(&plant, ALARM).await;
    plant.until("the acknowledgement", async || (pager.posted().len() == 2).then_some(())).await;
    plant.order(SourceCommand::Pause(false)).await;
    finished(&plant, ALARM, 8).await;
    let actions: Vec<_> = pager.posted().iter().map(|event| event.json()["event_action"].clone()).collect();
    assert_eq!(actions, ["trigger", "acknowledge", "resolve"]);
    let incidents: Vec<_> = pager.posted().iter().map(|event| event.json()["dedup_key"].clone()).collect();
    assert!(incidents.iter().all(|one| *one == incidents[0]));
    let kinds: Vec<_> = hook.posted().iter().map(|posted| posted.json()["kind"].clone()).collect();
    assert_eq!(kinds, ["raised", "acknowledged", "closed"]);
    assert_eq!(mail.mails().len(), 2, "mail tells that it began and that it is over");
    plant.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn neither_a_crash_nor_a_restart_loses_a_notice_or_doubles_one() {
    let server = HttpRecorder::start().await;
    let home = Home::new();
    let plant = start(&home, &hook(server.address)).await;
    // It takes the first and never says so: nobody knows whether it has arrived.
    server.answer([Answer::Silence(Duration::from_secs(60)), Answer::Status(503)]);
    plant.order(SourceCommand::Pause(true)).await;
    plant.until("the first attempt", async || (!server.posted().is_empty()).then_some(())).await;
    plant.kill("notifier:notifier").await;
    plant.until("another attempt", async || (server.posted().len() >= 2).then_some(())).await;
    // The whole platform is started anew while the notice waits.
    plant.stop().await;
    let plant = start(&home, &hook(server.address)).await;
    finished(&plant, ALARM, 1).await;
    plant.order(SourceCommand::Pause(false)).await;
    acknowledge(&plant, ALARM).await;
    finished(&plant, ALARM, 2).await;
    let mut taken: BTreeMap<String, Vec<u16>> = BTreeMap::new();
    for posted in server.posted() {
        let key = posted.header("idempotency-key").to_owned();
        assert_eq!(posted.json()["key"], key);
        taken.entry(key).or_default().push(posted.status.as_u16());
    }
    assert_eq!(taken.len(), 2, "that it began and that it is over, each under one key: {taken:?}");
    assert!(taken.values().all(|answers| answers.last() == Some(&202)), "{taken:?}");
    plant.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_channel_delays_no_other_and_says_so_until_it_is_back() {
    let works = HttpRecorder::start().await;
    let gone = HttpRecorder::start().await;
    let address = gone.address;
    drop(gone);
    let home = Home::new();
    let config = format!(
        "{}[notifications.channels.gone]\nkind = \"webhook\"\nurl = \"http://{address}/tep\"\ntimeout_seconds = 1\n\
         give_up_seconds = 2\n[notifications.contacts.away]\nchannel = \"gone\"\n",
        hook(works.address).replace("[\"screen\"]", "[\"away\", \"screen\"]")
    );
    let plant = start(&home, &config).await;
    plant.order(SourceCommand::Pause(true)).await;
    let rows = finished(&plant, ALARM, 2).await;
    let state = |channel: &str| rows.iter().find(|row| row.channel.as_str() == channel).unwrap();
    assert_eq!(state("hook").state, NotificationState::Delivered);
    assert_eq!(state("gone").state, NotificationState::Dead);
    assert!(state("gone").last_error.as_ref().unwrap().contains("cannot be reached"), "{:?}", state("gone"));
    let delivered_at = state("hook").finished_at.unwrap();
    assert!(delivered_at < state("gone").finished_at.unwrap(), "the one that works did not wait");
    let alarm = "SYSTEM/NOTIFICATION_FAILING/gone";
    plant.alarm_reaches(alarm, AlarmState::Unacknowledged).await;
    // The failure itself is told by the channel that works.
    plant
        .until("the news", async || works.posted().iter().any(|posted| posted.json()["alarm"] == alarm).then_some(()))
        .await;
    // Somebody repairs it and has the dead notice tried again.
    let back = HttpRecorder::at(address).await;
    let later = WallTime::from_datetime(chrono::Utc::now()) + Duration::from_secs(60);
    assert!(
        plant
            .storage
            .revive_notification(state("gone").id, WallTime::from_datetime(chrono::Utc::now()), later)
            .await
            .unwrap()
    );
    plant.alarm_reaches(alarm, AlarmState::RtnUnacknowledged).await;
    assert!(back.posted().iter().any(|posted| posted.json()["alarm"] == ALARM));
    plant.stop().await;
}

/// No server is there: every line to it is refused.
async fn nobody_at() -> SocketAddr {
    HttpRecorder::start().await.address
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_while_a_channel_was_away_is_not_told_as_if_nobody_had() {
    let address = nobody_at().await;
    let home = Home::new();
    let config = format!(
        "[notifications.channels.pager]\nkind = \"pagerduty\"\nurl = \"http://{address}/tep\"\nrouting_key = \"R\"\n\
         timeout_seconds = 1\n[notifications.contacts.service]\nchannel = \"pager\"\n\
         [notifications.chains.usual]\nsteps = [{{ notify = [\"service\"] }}, {{ after_seconds = 1, notify = [\"service\"] }}]\n\
         [notifications.routes.all]\nseverity = \"low\"\nchain = \"usual\"\n"
    );
    let plant = start(&home, &config).await;
    plant.order(SourceCommand::Pause(true)).await;
    let failing = "SYSTEM/NOTIFICATION_FAILING/pager";
    for alarm in [ALARM, failing] {
        plant.alarm_reaches(alarm, AlarmState::Unacknowledged).await;
        // The first of the two was tried by now; the second waits behind it.
        plant
            .until(&format!("a call for {alarm}"), async || {
                outbox(&plant).await.iter().any(|row| about(row, alarm) && row.notice.kind.calls()).then_some(())
            })
            .await;
    }
    plant.until("an attempt", async || outbox(&plant).await.iter().any(|row| row.attempts > 0).then_some(())).await;
    acknowledge(&plant, ALARM).await;
    acknowledge(&plant, failing).await;
    let withdrawn = plant
        .until("every call is withdrawn", async || {
            let mut calls = outbox(&plant).await;
            calls.retain(|row| row.notice.kind.calls());
            calls.iter().all(|row| row.state == NotificationState::Superseded).then_some(calls)
        })
        .await;
    for row in &withdrawn {
        let why = row.last_error.as_deref().unwrap_or_default();
        assert!(why.contains("acknowledged, by olga") && row.finished_at.is_some(), "{row:?}");
    }
    // A restart changes nothing; then the channel is back.
    plant.stop().await;
    let plant = start(&home, &config).await;
    let pager = HttpRecorder::at(address).await;
    plant.order(SourceCommand::Pause(false)).await;
    let rows = plant
        .until("nothing waits", async || {
            let rows = outbox(&plant).await;
            let over = rows.iter().any(|row| about(row, ALARM) && row.notice.kind == NoticeKind::Closed);
            (over && rows.iter().all(|row| row.state != NotificationState::Pending)).then_some(rows)
        })
        .await;
    let was_tried = |occurrence: Option<OccurrenceId>| {
        let calls = rows.iter().filter(|row| row.notice.occurrence == occurrence && row.notice.kind.calls());
        calls.map(|call| call.attempts).sum::<u32>() > 0
    };
    for row in &rows {
        let may_have_arrived = !row.notice.kind.calls() && was_tried(row.notice.occurrence);
        let expected = if may_have_arrived { NotificationState::Delivered } else { NotificationState::Superseded };
        assert_eq!(row.state, expected, "{row:?}");
    }
    let first = rows.iter().find(|row| about(row, ALARM)).and_then(|row| row.notice.occurrence).unwrap().to_string();
    let posted: Vec<_> = pager.posted().iter().map(|event| event.json()).collect();
    assert!(posted.iter().all(|event| event["event_action"] != "trigger"), "{posted:?}");
    let of_first: Vec<_> = posted.iter().filter(|event| event["dedup_key"] == *first).collect();
    let actions: Vec<_> = of_first.iter().map(|event| event["event_action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["acknowledge", "resolve"], "of the call that may have arrived");
    // What comes anew calls.
    plant.order(SourceCommand::Pause(true)).await;
    plant
        .until("a trigger", async || {
            pager.posted().iter().any(|event| event.json()["event_action"] == "trigger").then_some(())
        })
        .await;
    plant.stop().await;
}

fn about(row: &Notification, alarm: &str) -> bool {
    row.notice.alarm.as_ref().is_some_and(|one| one.as_str() == alarm)
}
