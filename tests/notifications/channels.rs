//! One channel and one attempt at a time.

use std::time::Duration;

use tep::domain::{AlarmState, ContactName, Notice, NoticeKind, Reading, Severity, SourceTime, WallTime};
use tep::notify::{Channel, Egress, Outgoing, Trouble, Undelivered};
use tep::security::{Authority, Decision};
use uuid::Uuid;

use super::configured;
use super::recorder::{Answer, HttpRecorder, Mood, SmtpRecorder};

const NOW: WallTime = WallTime::from_micros(1_800_000_000_000_000);

fn notice(kind: NoticeKind) -> Notice {
    Notice {
        key: format!("{}/1.7+0", Uuid::from_u128(7)),
        kind,
        plant: "tennessee-eastman".into(),
        plant_name: "Tennessee Eastman".into(),
        alarm: Some("XMEAS_7/HIGH".into()),
        occurrence: Some(tep::domain::OccurrenceId(Uuid::from_u128(7))),
        title: "Reaktordruck überschritten — 3 000 kPa".into(),
        severity: Severity::High,
        state: AlarmState::Unacknowledged,
        unit: Some("Reactor".into()),
        guidance: "Reduce the feed.".into(),
        raised_at: Some(SourceTime::from_micros(0)),
        at: NOW,
        waited_seconds: None,
        link: Some("https://tep.plant.example/p/tennessee-eastman/alarms?alarm=XMEAS_7%2FHIGH".into()),
        reading: Some(Reading { value: 2_900.5, limit: Some(2_895.0), unit_of_measure: "kPa".into() }),
    }
}

fn egress() -> Egress {
    let authority = Authority::load(None).unwrap();
    Egress::by(move |to| match authority.may_send(to) {
        Decision::Allow => Ok(()),
        Decision::Deny { reason } => Err(reason),
    })
}

/// A channel of these keys.
fn channel(keys: &str) -> Channel {
    let directory = tempfile::tempdir().unwrap();
    let config = configured(directory.path(), &format!("[notifications.channels.it]\n{keys}\n"));
    Channel::open("it", &config.notifications.channels["it"], egress()).unwrap()
}

async fn deliver(channel: &Channel, notice: &Notice) -> Result<(), Undelivered> {
    let contact = ContactName::from("olga");
    let address = Some("Olga Öl <olga@plant.example>");
    channel.deliver(Outgoing { contact: &contact, address, notice, now: NOW }).await
}

fn mail_to(server: &SmtpRecorder) -> Channel {
    channel(&format!(
        "kind = \"email\"\nhost = \"127.0.0.1\"\nport = {}\nsecurity = \"none\"\nfrom = \"TEP <tep@plant.example>\"\n\
         timeout_seconds = 2",
        server.address.port()
    ))
}

#[tokio::test]
async fn a_webhook_is_signed_and_carries_its_key() {
    let server = HttpRecorder::start().await;
    let channel = channel(&format!("kind = \"webhook\"\nurl = \"{}\"\nsecret = \"sesame\"", server.url()));
    deliver(&channel, &notice(NoticeKind::Raised)).await.unwrap();
    let posted = server.posted().pop().unwrap();
    let body = posted.json();
    assert_eq!(posted.header("idempotency-key"), body["key"].as_str().unwrap());
    assert_eq!((body["kind"].as_str(), body["severity"].as_str()), (Some("raised"), Some("high")));
    assert_eq!(body["alarm"], "XMEAS_7/HIGH");
    assert_eq!(body.get("reading"), None, "what was measured stays here unless the channel says otherwise");
    // As a receiver would check it.
    let (time, signature) = posted.header("tep-signature").split_once(",v1=").unwrap();
    let time = time.strip_prefix("t=").unwrap();
    assert_eq!(time, "1800000000");
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, b"sesame");
    let bytes: Vec<u8> =
        (0..signature.len()).step_by(2).map(|i| u8::from_str_radix(&signature[i..i + 2], 16).unwrap()).collect();
    aws_lc_rs::hmac::verify(&key, format!("{time}.{}", posted.body).as_bytes(), &bytes).unwrap();
}

#[tokio::test]
async fn what_was_measured_goes_along_where_channel_and_policies_say_so() {
    let server = HttpRecorder::start().await;
    let channel = channel(&format!("kind = \"webhook\"\nurl = \"{}\"\ndata = \"values\"", server.url()));
    deliver(&channel, &notice(NoticeKind::Raised)).await.unwrap();
    assert_eq!(server.posted()[0].json()["reading"]["value"], 2_900.5);
}

#[tokio::test]
async fn pagerduty_is_told_to_trigger_to_acknowledge_and_to_resolve_one_incident() {
    let server = HttpRecorder::start().await;
    let channel = channel(&format!("kind = \"pagerduty\"\nurl = \"{}\"\nrouting_key = \"R1\"", server.url()));
    for kind in
        [NoticeKind::Raised, NoticeKind::Escalated, NoticeKind::Acknowledged, NoticeKind::Hidden, NoticeKind::Closed]
    {
        deliver(&channel, &notice(kind)).await.unwrap();
    }
    let events: Vec<_> = server.posted().iter().map(super::recorder::Posted::json).collect();
    let actions: Vec<_> = events.iter().map(|event| event["event_action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["trigger", "trigger", "acknowledge", "acknowledge", "resolve"]);
    assert!(events.iter().all(|event| event["dedup_key"] == Uuid::from_u128(7).to_string()));
    assert!(events.iter().all(|event| event["routing_key"] == "R1"));
    let payload = &events[0]["payload"];
    assert_eq!((payload["severity"].as_str(), payload["component"].as_str()), (Some("error"), Some("Reactor")));
    assert!(payload["summary"].as_str().unwrap().contains("Reaktordruck"));
    deliver(&channel, &notice(NoticeKind::Test)).await.unwrap();
    assert_eq!(server.posted().len(), 7, "a test tidies up after itself");
}

#[tokio::test]
async fn an_answer_says_whether_the_notice_or_the_channel_is_at_fault() {
    let server = HttpRecorder::start().await;
    let channel = channel(&format!("kind = \"webhook\"\nurl = \"{}\"\ntimeout_seconds = 1", server.url()));
    let seconds = |seconds| Some(Duration::from_secs(seconds));
    for (answer, expected) in [
        (Answer::Status(400), Trouble::Notice),
        (Answer::Status(413), Trouble::Notice),
        (Answer::Status(404), Trouble::Channel { retry_after: None }),
        (Answer::Status(500), Trouble::Channel { retry_after: None }),
        (Answer::With(429, "retry-after", "17".into()), Trouble::Channel { retry_after: seconds(17) }),
        (
            Answer::With(503, "retry-after", "Fri, 15 Jan 2027 08:00:30 GMT".into()),
            Trouble::Channel { retry_after: seconds(30) },
        ),
        (Answer::Silence(Duration::from_secs(30)), Trouble::Channel { retry_after: None }),
    ] {
        server.answer([answer.clone()]);
        let problem = deliver(&channel, &notice(NoticeKind::Raised)).await.unwrap_err();
        assert_eq!(problem.kind, expected, "{answer:?}: {problem}");
    }
    drop(server);
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = HttpRecorder::start().await;
    let server = HttpRecorder::start().await;
    server.answer([Answer::With(307, "location", elsewhere.url())]);
    let channel = channel(&format!("kind = \"webhook\"\nurl = \"{}\"", server.url()));
    let problem = deliver(&channel, &notice(NoticeKind::Raised)).await.unwrap_err();
    assert!(problem.to_string().contains("307"), "{problem}");
    assert!(elsewhere.posted().is_empty());
}

#[tokio::test]
async fn nothing_leaves_the_local_network_unless_a_policy_says_so() {
    // An address that is nobody's (RFC 5737): were it tried, the answer would be another.
    let channel = channel("kind = \"webhook\"\nurl = \"http://192.0.2.1:9/tep\"\ntimeout_seconds = 1");
    let problem = deliver(&channel, &notice(NoticeKind::Raised)).await.unwrap_err();
    assert_eq!(problem.kind, Trouble::Denied);
    assert!(problem.to_string().contains("notification:send of summary to a public host"), "{problem}");
}

#[tokio::test]
async fn a_mail_can_be_read_and_belongs_to_its_occurrence() {
    let server = SmtpRecorder::start().await;
    let channel = mail_to(&server);
    deliver(&channel, &notice(NoticeKind::Raised)).await.unwrap();
    deliver(&channel, &notice(NoticeKind::Closed)).await.unwrap();
    let mails = server.mails();
    assert!(mails[0].to.contains("olga@plant.example"), "{}", mails[0].to);
    assert!(mails[0].header("subject").contains("=?utf-8?b?"), "a subject of any letters: {}", mails[0].text);
    assert_eq!(mails[0].header("in-reply-to"), mails[1].header("in-reply-to"), "one thread");
    assert!(!mails[0].text.contains("2900.5"));
}

#[tokio::test]
async fn a_mail_that_may_have_arrived_is_sent_again_under_the_same_id() {
    let server = SmtpRecorder::start().await;
    let channel = mail_to(&server);
    server.moods([Mood::HangsUp]);
    let problem = deliver(&channel, &notice(NoticeKind::Raised)).await.unwrap_err();
    assert_eq!(problem.kind, Trouble::Channel { retry_after: None }, "{problem}");
    deliver(&channel, &notice(NoticeKind::Raised)).await.unwrap();
    let ids: Vec<String> = server.mails().iter().map(|mail| mail.header("message-id")).collect();
    assert_eq!((ids.len(), &ids[0]), (2, &ids[1]));
}

#[tokio::test]
async fn a_mail_server_says_whether_it_is_at_fault() {
    let server = SmtpRecorder::start().await;
    let channel = mail_to(&server);
    for (mood, expected) in [
        (Mood::Refuses("450 come back later\r\n"), Trouble::Later),
        (Mood::Refuses("550 nobody of this name\r\n"), Trouble::Notice),
        (Mood::Refuses("421 going home\r\n"), Trouble::Channel { retry_after: None }),
        (Mood::HalfCloses, Trouble::Channel { retry_after: None }),
        (Mood::Silent, Trouble::Channel { retry_after: None }),
    ] {
        server.moods([mood.clone()]);
        let problem = deliver(&channel, &notice(NoticeKind::Raised)).await.unwrap_err();
        assert_eq!(problem.kind, expected, "{mood:?}: {problem}");
    }
    assert!(server.mails().is_empty());
}

fn mail_over_tls(server: &SmtpRecorder, authority: Option<&std::path::Path>) -> Channel {
    let authority = authority.map(|path| format!("authority = \"{}\"", path.display())).unwrap_or_default();
    channel(&format!(
        "kind = \"email\"\nhost = \"localhost\"\nport = {}\nfrom = \"tep@plant.example\"\nusername = \"tep\"\n\
         password = \"open\"\ntimeout_seconds = 5\n{authority}",
        server.address.port()
    ))
}

#[tokio::test]
async fn a_mail_server_is_spoken_to_over_tls_and_its_word_is_checked() {
    let server = SmtpRecorder::with_tls().await;
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("ca.pem");
    std::fs::write(&file, server.authority.as_ref().unwrap()).unwrap();
    deliver(&mail_over_tls(&server, Some(&file)), &notice(NoticeKind::Raised)).await.unwrap();
    let mail = server.mails().pop().unwrap();
    assert!(mail.encrypted);
    assert!(mail.sign_in.unwrap().starts_with("AUTH PLAIN"));
    let problem = deliver(&mail_over_tls(&server, None), &notice(NoticeKind::Raised)).await.unwrap_err();
    assert!(problem.to_string().contains("does not turn to TLS"), "who signed it is unknown: {problem}");
    server.moods([Mood::ShutsOut("535 no\r\n")]);
    let problem = deliver(&mail_over_tls(&server, Some(&file)), &notice(NoticeKind::Raised)).await.unwrap_err();
    assert_eq!(problem.kind, Trouble::Channel { retry_after: None }, "a wrong password kills no notice: {problem}");
    assert!(!problem.to_string().contains("open"), "{problem}");
}

#[tokio::test]
async fn a_mail_server_without_tls_is_told_nothing() {
    let server = SmtpRecorder::start().await;
    let problem = deliver(&mail_over_tls(&server, None), &notice(NoticeKind::Raised)).await.unwrap_err();
    assert!(problem.to_string().contains("does not turn to TLS"), "{problem}");
    assert!(server.mails().is_empty());
}
