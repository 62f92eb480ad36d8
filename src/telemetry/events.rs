//! The events worth telling: log line and metric are emitted together, so neither can be forgotten.
//!
//! Metric names carry their unit, as Prometheus asks; `describe` gives each its help text.

mod models;

use std::collections::BTreeMap;
use std::time::Duration;

use metrics::{Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
use tracing::{debug, error, info, warn};

use crate::domain::{
    ActorPortrait, ChannelName, DetectorState, JournalEntry, MailboxState, NodeName, Notice, PlantId, Quality, Scan,
    SourceReport, Verdict, WallTime,
};

pub use self::models::{ModelCall, llm_breaker, llm_budget_warnings, llm_called};

/// Gives every metric its help text and unit; call it once, after the recorder is installed.
pub fn describe() {
    models::describe();
    describe_counter!("tep_scans_total", "Scans aligned, by plant");
    describe_counter!("tep_samples_total", "Samples judged, by plant and quality");
    describe_histogram!("tep_scan_latency_seconds", Unit::Seconds, "From ingest to alignment of a scan");
    describe_counter!("tep_scans_written_total", "Scans made durable");
    describe_gauge!("tep_database_connections_busy", "Connections to the database that are at work");
    describe_counter!("tep_history_hours_sealed_total", "Hours of history sealed into files");
    describe_counter!("tep_alarms_raised_total", "Alarms raised, by severity");
    describe_counter!("tep_alarms_acknowledged_total", "Alarms acknowledged");
    describe_counter!("tep_alarms_returned_total", "Alarms returned to normal");
    describe_gauge!("tep_spool_records", "Records of the journal that wait in the spool for the database, by plant");
    describe_gauge!("tep_spool_bytes", Unit::Bytes, "Size of the spool, by plant");
    describe_counter!(
        "tep_spool_refused_total",
        "Records that an earlier process left and that came too late, by plant"
    );
    describe_counter!("tep_detector_verdicts_total", "Verdicts, by detector and state");
    describe_gauge!("tep_detector_statistic_ratio", "Statistic over its limit, by detector and chart");
    describe_counter!("tep_shed_total", "What a full door has left out or refused, by door and policy");
    describe_gauge!("tep_actor_mailbox_depth", "Messages in mailboxes, by actor; sensors of a unit together");
    describe_gauge!(
        "tep_actor_mailbox_oldest_seconds",
        Unit::Seconds,
        "Age of the oldest message in a mailbox, by actor; of the sensors of a unit the oldest"
    );
    describe_counter!("tep_notifications_total", "Attempts to tell somebody, by plant, channel and outcome");
    describe_gauge!(
        "tep_notifications_waiting",
        "Notices that wait for a channel, by plant and channel; 200 at most are counted"
    );
    describe_gauge!("tep_source_speed_ratio", "Plant time over wall time, as measured");
    describe_gauge!("tep_source_lag_scans", "Scans that are due and wait for a ticket");
    describe_histogram!(
        "tep_http_request_duration_seconds",
        Unit::Seconds,
        "From a request to the head of its answer, by route and status"
    );
    describe_gauge!("tep_sockets_open", "WebSockets that are open");
    describe_counter!("tep_sockets_closed_total", "WebSockets that were closed, by reason");
    describe_gauge!("tep_subscriptions_open", "Subscriptions that are open, by stream");
    describe_counter!("tep_subscriptions_ended_total", "Subscriptions that have ended, by stream and reason");
    describe_gauge!("tep_cluster_members", "Living nodes, this one among them, as this node sees it");
    describe_gauge!("tep_cluster_peer_up", "Whether this node is linked with a peer, by peer");
    describe_gauge!("tep_cluster_peer_silence_seconds", Unit::Seconds, "Since a linked peer was heard of, by peer");
    describe_counter!("tep_cluster_suspicions_total", "Silences longer than beats can be late, by peer");
    describe_counter!("tep_cluster_lines_ended_total", "Lines to other nodes that have ended, by peer and reason");
    describe_counter!("tep_cluster_refusals_total", "Meetings of nodes that do not go together, by reason");
    describe_counter!("tep_cluster_bytes_total", "Bytes exchanged with other nodes, by direction");
    describe_counter!("tep_cluster_envelopes_unread_total", "Envelopes of other nodes that could not be read");
    describe_counter!(
        "tep_cluster_questions_turned_away_total",
        "Questions of other nodes beyond what is answered at once"
    );
}

/// A scan has been judged by all units and put together.
pub fn scan_aligned(plant: &PlantId, scan: &Scan, now: WallTime) {
    let plant_label = plant.as_str().to_owned();
    counter!("tep_scans_total", "plant" => plant_label.clone()).increment(1);
    for (quality, label) in
        [(Quality::Good, "good"), (Quality::Uncertain, "uncertain"), (Quality::Bad, "bad"), (Quality::Stale, "stale")]
    {
        let count = scan.qualities.iter().filter(|one| **one == quality).count() as u64;
        if count > 0 {
            counter!("tep_samples_total", "plant" => plant_label.clone(), "quality" => label).increment(count);
        }
    }
    histogram!("tep_scan_latency_seconds", "plant" => plant_label).record(now.since(scan.ingest_time).as_secs_f64());
    debug!(plant = %plant, scan = scan.number, source_time = %scan.source_time, "aligned a scan");
}

/// Scans have become durable.
pub fn scans_written(plant: &PlantId, count: usize) {
    counter!("tep_scans_written_total", "plant" => plant.to_string()).increment(count as u64);
}

/// So many connections to the database are at work.
pub fn database_connections(busy: u32) {
    gauge!("tep_database_connections_busy").set(f64::from(busy));
}

/// Hours of history have been sealed into files.
pub fn hours_sealed(plant: &PlantId, count: usize) {
    counter!("tep_history_hours_sealed_total", "plant" => plant.to_string()).increment(count as u64);
}

/// A detector has reached a verdict.
pub fn verdict_reached(plant: &PlantId, verdict: &Verdict) {
    let state = match verdict.state {
        DetectorState::Untrained => "untrained",
        DetectorState::WarmingUp { .. } => "warming_up",
        DetectorState::Normal => "normal",
        DetectorState::Alarm => "alarm",
        DetectorState::Blind { .. } => "blind",
        DetectorState::Absent { .. } => "absent",
    };
    let (plant_label, detector) = (plant.to_string(), verdict.detector.to_string());
    counter!("tep_detector_verdicts_total", "plant" => plant_label.clone(), "detector" => detector.clone(), "state" => state)
        .increment(1);
    for score in &verdict.scores {
        let ratio = score.statistic / score.limit;
        let labels = [("plant", plant_label.clone()), ("detector", detector.clone()), ("chart", score.chart.clone())];
        gauge!("tep_detector_statistic_ratio", &labels).set(ratio);
    }
    debug!(plant = %plant, detector = %verdict.detector, scan = verdict.scan, state, "reached a verdict");
}

/// An alarm must be noticed.
pub fn alarm_raised(plant: &PlantId, entry: &JournalEntry, title: &str, severity: &'static str) {
    counter!("tep_alarms_raised_total", "plant" => plant.to_string(), "severity" => severity).increment(1);
    warn!(
        plant = %plant, alarm.id = %entry.alarm, occurrence = entry.occurrence.map(|id| id.to_string()), scan = entry.scan,
        source_time = %entry.source_time, value = entry.value, limit = entry.limit,
        "raised {severity} alarm: {title}"
    );
}

/// The condition of an alarm is over.
pub fn alarm_returned(plant: &PlantId, entry: &JournalEntry, title: &str) {
    counter!("tep_alarms_returned_total", "plant" => plant.to_string()).increment(1);
    info!(
        plant = %plant, alarm.id = %entry.alarm, occurrence = entry.occurrence.map(|id| id.to_string()), scan = entry.scan,
        source_time = %entry.source_time, "returned to normal: {title}"
    );
}

/// An operator has taken notice.
pub fn alarm_acknowledged(plant: &PlantId, entry: &JournalEntry, title: &str) {
    counter!("tep_alarms_acknowledged_total", "plant" => plant.to_string()).increment(1);
    info!(
        plant = %plant, alarm.id = %entry.alarm, occurrence = entry.occurrence.map(|id| id.to_string()), by = entry.by.as_deref(),
        comment = entry.comment.as_deref(), "acknowledged: {title}"
    );
}

/// So much of the journal waits in the spool for the database.
pub fn spooled(plant: &PlantId, records: usize, bytes: u64) {
    gauge!("tep_spool_records", "plant" => plant.to_string()).set(records as f64);
    gauge!("tep_spool_bytes", "plant" => plant.to_string()).set(bytes as f64);
}

/// A record that an earlier process has left could not be carried over.
pub fn spool_refused(plant: &PlantId) {
    counter!("tep_spool_refused_total", "plant" => plant.to_string()).increment(1);
}

/// Somebody was told.
pub fn notification_delivered(plant: &PlantId, channel: &ChannelName, notice: &Notice) {
    count_notification(plant, channel, "delivered");
    info!(plant = %plant, channel = %channel, key = %notice.key, "told by {channel}: {} {}", notice.kind.word(), notice.title);
}

/// Somebody could not be told yet.
pub fn notification_failed(plant: &PlantId, channel: &ChannelName, notice: &Notice, problem: &str) {
    count_notification(plant, channel, "failed");
    warn!(plant = %plant, channel = %channel, key = %notice.key, "a notice did not get through by {channel}: {problem}");
}

/// Somebody will not be told.
pub fn notification_died(plant: &PlantId, channel: &ChannelName, notice: &Notice, problem: Option<&str>) {
    count_notification(plant, channel, "dead");
    let problem = problem.unwrap_or_default();
    error!(plant = %plant, channel = %channel, key = %notice.key, "nobody was told by {channel} of {}: {problem}", notice.title);
}

/// A notice was not true any more, so it is not sent.
pub fn notification_superseded(plant: &PlantId, channel: &ChannelName, notice: &Notice, why: &str) {
    count_notification(plant, channel, "superseded");
    info!(plant = %plant, %channel, key = %notice.key, "a notice of `{}` is not sent: {why}", notice.title);
}

fn count_notification(plant: &PlantId, channel: &ChannelName, outcome: &'static str) {
    let labels = [("plant", plant.to_string()), ("channel", channel.to_string()), ("outcome", outcome.to_owned())];
    counter!("tep_notifications_total", &labels).increment(1);
}

/// So many notices wait for a channel.
pub fn notifications_waiting(plant: &PlantId, channel: &ChannelName, count: usize) {
    gauge!("tep_notifications_waiting", "plant" => plant.to_string(), "channel" => channel.to_string())
        .set(count as f64);
}

/// How the source is doing, once a second.
pub fn source_reported(plant: &PlantId, report: &SourceReport, lag_scans: u64) {
    gauge!("tep_source_speed_ratio", "plant" => plant.to_string()).set(report.achieved_speed);
    gauge!("tep_source_lag_scans", "plant" => plant.to_string()).set(lag_scans as f64);
}

/// A full door has left something out, or sent somebody away.
pub fn shed(door: &'static str, policy: &'static str) {
    counter!("tep_shed_total", "door" => door, "policy" => policy).increment(1);
}

/// Roles of which a unit has so many that they are told together.
const TOLD_TOGETHER: [&str; 1] = ["sensor"];

/// How full the mailboxes are, about once a second. There is one label for each actor that is configured, sensors apart,
/// so their number does not grow with time.
pub fn mailboxes(parent: &ActorPortrait) {
    let mut together: BTreeMap<&str, MailboxState> = BTreeMap::new();
    for actor in &parent.children {
        if TOLD_TOGETHER.contains(&actor.role.as_str()) {
            let all = together.entry(&actor.role).or_default();
            all.depth += actor.mailbox.depth;
            all.oldest = all.oldest.max(actor.mailbox.oldest);
        } else {
            mailbox(actor.path.clone(), &actor.role, actor.mailbox);
            mailboxes(actor);
        }
    }
    for (role, state) in together {
        mailbox(format!("{}/{role}", parent.path), role, state);
    }
}

fn mailbox(path: String, role: &str, state: MailboxState) {
    let role = role.to_owned();
    gauge!("tep_actor_mailbox_depth", "actor" => path.clone(), "role" => role.clone()).set(state.depth as f64);
    gauge!("tep_actor_mailbox_oldest_seconds", "actor" => path, "role" => role).set(state.oldest.as_secs_f64());
}

/// The head of an answer has gone out.
pub fn request_answered(route: String, status: u16, took: Duration) {
    histogram!("tep_http_request_duration_seconds", "route" => route, "status" => status.to_string())
        .record(took.as_secs_f64());
}

/// A client has connected.
pub fn socket_opened() {
    gauge!("tep_sockets_open").increment(1.0);
}

/// A client's connection has ended.
pub fn socket_closed(reason: &'static str, code: u16) {
    gauge!("tep_sockets_open").decrement(1.0);
    counter!("tep_sockets_closed_total", "reason" => reason).increment(1);
    debug!(code, reason, "closed a socket: {reason}");
}

/// A client follows a stream.
pub fn subscription_opened(stream: &'static str) {
    gauge!("tep_subscriptions_open", "stream" => stream).increment(1.0);
}

/// A client follows a stream no longer.
pub fn subscription_ended(stream: &'static str, reason: &'static str) {
    gauge!("tep_subscriptions_open", "stream" => stream).decrement(1.0);
    counter!("tep_subscriptions_ended_total", "stream" => stream, "reason" => reason).increment(1);
}

/// Two nodes are linked.
pub fn peer_linked(peer: &NodeName, address: &str, product: &str, envelope: u16) {
    gauge!("tep_cluster_peer_up", "peer" => peer.to_string()).set(1.0);
    info!(peer = %peer, address, product, envelope, "linked with {peer}");
}

/// A peer is silent for longer than beats can be late.
pub fn peer_suspected(peer: &NodeName, silence: Duration) {
    counter!("tep_cluster_suspicions_total", "peer" => peer.to_string()).increment(1);
    warn!(peer = %peer, "{peer} has been silent for {:.1} s", silence.as_secs_f64());
}

/// A peer that was suspected speaks again.
pub fn peer_recovered(peer: &NodeName) {
    info!(peer = %peer, "{peer} speaks again");
}

/// A peer has been silent for so long that it is given up.
pub fn peer_gone(peer: &NodeName, silence: Duration) {
    peer_down(peer, "silent");
    warn!(peer = %peer, "{peer} is given up after {:.1} s of silence: its line is cut", silence.as_secs_f64());
}

/// The line to a peer is lost.
pub fn peer_lost(peer: &NodeName, why: &str) {
    peer_down(peer, "lost");
    warn!(peer = %peer, "lost {peer}: {why}");
}

/// A peer has gone in good order.
pub fn peer_left(peer: &NodeName) {
    peer_down(peer, "left");
    info!(peer = %peer, "{peer} has left");
}

fn peer_down(peer: &NodeName, reason: &'static str) {
    gauge!("tep_cluster_peer_up", "peer" => peer.to_string()).set(0.0);
    counter!("tep_cluster_lines_ended_total", "peer" => peer.to_string(), "reason" => reason).increment(1);
}

/// Two nodes have met and do not go together.
pub fn peer_refused(reason: &'static str) {
    counter!("tep_cluster_refusals_total", "reason" => reason).increment(1);
}

/// For how long a peer has been silent.
pub fn peer_silence(peer: &NodeName, silence: Duration) {
    gauge!("tep_cluster_peer_silence_seconds", "peer" => peer.to_string()).set(silence.as_secs_f64());
}

/// How many nodes live, as this one sees it.
pub fn members_counted(count: usize) {
    gauge!("tep_cluster_members").set(count as f64);
}

/// Bytes have come from other nodes.
pub fn cluster_bytes_received(count: usize) {
    counter!("tep_cluster_bytes_total", "direction" => "in").increment(count as u64);
}

/// Bytes have gone to other nodes.
pub fn cluster_bytes_sent(count: usize) {
    counter!("tep_cluster_bytes_total", "direction" => "out").increment(count as u64);
}

/// Something that another node has said is not understood.
pub fn envelope_unread() {
    counter!("tep_cluster_envelopes_unread_total").increment(1);
}

/// A question of another node was turned away, since too many are under way.
pub fn question_turned_away() {
    counter!("tep_cluster_questions_turned_away_total").increment(1);
}

/// Another node did not answer in time, or could not.
pub fn question_unanswered(peer: &NodeName) {
    counter!("tep_cluster_questions_unanswered_total", "peer" => peer.to_string()).increment(1);
}

/// The owner of a plant that is followed has fallen silent.
pub fn mirror_interrupted(plant: &PlantId) {
    counter!("tep_cluster_mirrors_interrupted_total", "plant" => plant.to_string()).increment(1);
}
