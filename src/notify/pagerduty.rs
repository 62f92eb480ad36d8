//! The Events API v2 of PagerDuty: an alarm triggers an incident, an acknowledgement acknowledges it, the end of the
//! occurrence resolves it. The occurrence is the `dedup_key`, so an event that comes twice is one incident.

use hyper::HeaderMap;
use serde_json::{Value, json};

use super::http::Target;
use super::webhook::reading;
use super::{Channel, Outgoing, Undelivered, headline, severity_word};
use crate::config::Secret;
use crate::config::notifications::ChannelConfig;
use crate::domain::{NoticeKind, Severity};

/// Longest summary, characters.
const SUMMARY_MAX: usize = 1_024;

pub(super) struct PagerDuty {
    target: Target,
    routing_key: Secret,
}

impl PagerDuty {
    pub fn open(config: &ChannelConfig, secret: Option<Secret>) -> Result<Self, (&'static str, String)> {
        let routing_key = secret.ok_or_else(|| ("routing_key_file", "must be set (or routing_key)".to_owned()))?;
        Ok(Self { target: Target::open(config)?, routing_key })
    }

    pub async fn deliver(&self, channel: &Channel, outgoing: Outgoing<'_>) -> Result<(), Undelivered> {
        self.send(channel, outgoing, action(outgoing.notice.kind)).await?;
        // Nobody shall have to tidy up after a test.
        if outgoing.notice.kind == NoticeKind::Test {
            self.send(channel, outgoing, "resolve").await?;
        }
        Ok(())
    }

    async fn send(&self, channel: &Channel, outgoing: Outgoing<'_>, action: &str) -> Result<(), Undelivered> {
        let line = self.target.connect(channel).await?;
        let event = event(self.routing_key.expose(), &outgoing, action, line.values);
        self.target.post(line, HeaderMap::new(), event.to_string(), outgoing.now).await
    }
}

const fn action(kind: NoticeKind) -> &'static str {
    match kind {
        NoticeKind::Raised | NoticeKind::Again | NoticeKind::Escalated | NoticeKind::Test => "trigger",
        NoticeKind::Acknowledged | NoticeKind::Hidden => "acknowledge",
        NoticeKind::Closed => "resolve",
    }
}

/// PagerDuty knows four severities by other names.
const fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "critical",
        Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low => "info",
    }
}

fn event(routing_key: &str, outgoing: &Outgoing<'_>, action: &str, values: bool) -> Value {
    let notice = outgoing.notice;
    let incident = notice.occurrence.map_or_else(|| notice.key.clone(), |occurrence| occurrence.to_string());
    let mut event = json!({ "routing_key": routing_key, "event_action": action, "dedup_key": incident });
    if action != "trigger" {
        return event;
    }
    let details = json!({
        "alarm": notice.alarm,
        "severity": severity_word(notice.severity),
        "state": notice.state,
        "guidance": notice.guidance,
        "waited_seconds": notice.waited_seconds,
        "key": notice.key,
        "reading": reading(notice, values),
    });
    event["client"] = json!("TEP");
    event["payload"] = json!({
        "summary": headline(notice).chars().take(SUMMARY_MAX).collect::<String>(),
        "source": notice.plant_name,
        "severity": severity(notice.severity),
        "timestamp": notice.at.to_string(),
        "component": notice.unit,
        "group": notice.plant,
        "class": notice.alarm,
        "custom_details": details,
    });
    if let Some(link) = &notice.link {
        event["client_url"] = json!(link);
        event["links"] = json!([{ "href": link, "text": "The alarm in TEP" }]);
    }
    event
}
