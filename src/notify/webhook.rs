//! A webhook: each notice is posted as JSON, signed, with its key in a header. The form is told in
//! `docs/how-to/notify-people.md`.

use aws_lc_rs::hmac;
use hyper::HeaderMap;
use hyper::header::HeaderValue;
use serde_json::{Value, json};

use super::http::Target;
use super::{Channel, Outgoing, Undelivered, severity_word};
use crate::config::Secret;
use crate::config::notifications::ChannelConfig;
use crate::domain::Notice;

/// The version of the form.
const FORM: u32 = 1;

pub(super) struct Webhook {
    target: Target,
    key: Option<hmac::Key>,
}

impl Webhook {
    pub fn open(config: &ChannelConfig, secret: Option<Secret>) -> Result<Self, (&'static str, String)> {
        let key = secret.map(|secret| hmac::Key::new(hmac::HMAC_SHA256, secret.expose().as_bytes()));
        Ok(Self { target: Target::open(config)?, key })
    }

    pub async fn deliver(&self, channel: &Channel, outgoing: Outgoing<'_>) -> Result<(), Undelivered> {
        let line = self.target.connect(channel).await?;
        let body = body(&outgoing, line.values).to_string();
        let headers = self.headers(&outgoing, &body)?;
        self.target.post(line, headers, body, outgoing.now).await
    }

    fn headers(&self, outgoing: &Outgoing<'_>, body: &str) -> Result<HeaderMap, Undelivered> {
        let value = |text: &str| {
            HeaderValue::from_str(text).map_err(|_| Undelivered::notice(format!("`{text}` cannot stand in a header")))
        };
        let mut headers = HeaderMap::new();
        headers.insert("idempotency-key", value(&outgoing.notice.key)?);
        if let Some(key) = &self.key {
            let at = outgoing.now.as_micros() / 1_000_000;
            headers.insert("tep-signature", value(&format!("t={at},v1={}", signature(key, at, body)))?);
        }
        Ok(headers)
    }
}

/// HMAC-SHA256 over the time, a point and the body: an old message cannot be sent again as a new one.
fn signature(key: &hmac::Key, at: i64, body: &str) -> String {
    let tag = hmac::sign(key, format!("{at}.{body}").as_bytes());
    tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn body(outgoing: &Outgoing<'_>, values: bool) -> Value {
    let notice = outgoing.notice;
    let mut body = json!({
        "version": FORM,
        "key": notice.key,
        "kind": notice.kind,
        "contact": outgoing.contact,
        "plant": { "id": notice.plant, "name": notice.plant_name },
        "alarm": notice.alarm,
        "occurrence": notice.occurrence,
        "title": notice.title,
        "severity": severity_word(notice.severity),
        "state": notice.state,
        "unit": notice.unit,
        "guidance": notice.guidance,
        "raised_at": notice.raised_at.map(|at| at.to_string()),
        "at": notice.at.to_string(),
        "waited_seconds": notice.waited_seconds,
        "link": notice.link,
    });
    if let Some(reading) = reading(notice, values) {
        body["reading"] = reading;
    }
    body
}

/// What was measured, where it may be told.
pub(super) fn reading(notice: &Notice, values: bool) -> Option<Value> {
    let reading = notice.reading.as_ref().filter(|_| values)?;
    Some(json!({ "value": reading.value, "limit": reading.limit, "unit_of_measure": reading.unit_of_measure }))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4231, test case 2, with our time and point in front of nothing.
    #[test]
    fn the_signature_is_that_of_the_standard() {
        let key = hmac::Key::new(hmac::HMAC_SHA256, b"Jefe");
        let tag = hmac::sign(&key, b"what do ya want for nothing?");
        let hex: String = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
        let over: String = hmac::sign(&key, b"17.{}").as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(signature(&key, 17, "{}"), over);
    }
}
