//! The ways out: a webhook, a mail server, or the Events API of PagerDuty.

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use url::{Host, Url};

use crate::config::Secret;
use crate::domain::{ChannelKind, NoticeData, NoticeKind};

/// One way out. Which keys make sense depends on its kind; the others are refused.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChannelConfig {
    /// What speaks at the other end.
    pub kind: ChannelKindConfig,
    /// Which kinds of notices it carries; without, what is usual for its kind.
    #[serde(default)]
    pub tells: Option<Vec<NoticeKind>>,
    /// What its notices carry: `summary`, or `values` with what was measured, if the policies allow it.
    #[serde(default = "summary")]
    pub data: NoticeData,
    /// Most notices a minute.
    #[serde(default = "per_minute")]
    pub per_minute: u32,
    /// How long one attempt may take, seconds.
    #[serde(default = "timeout_seconds")]
    pub timeout_seconds: u64,
    /// A notice that could not be delivered for so long is dead, seconds.
    #[serde(default = "give_up_seconds")]
    pub give_up_seconds: u64,
    /// Who has signed the certificate at the other end, PEM, beside the authorities that browsers know.
    #[serde(default)]
    pub authority: Option<PathBuf>,

    /// Webhook and PagerDuty: where to post.
    #[serde(default)]
    pub url: Option<String>,
    /// Webhook: what notices are signed with.
    #[serde(default)]
    pub secret: Option<Secret>,
    /// Webhook: a file with the secret instead.
    #[serde(default)]
    pub secret_file: Option<PathBuf>,
    /// PagerDuty: the integration key of the service.
    #[serde(default)]
    pub routing_key: Option<Secret>,
    /// PagerDuty: a file with the key instead.
    #[serde(default)]
    pub routing_key_file: Option<PathBuf>,
    /// Mail: the server's name or address.
    #[serde(default)]
    pub host: Option<String>,
    /// Mail: its port; without, 587 with `starttls`, 465 with `tls`, 25 with `none`.
    #[serde(default)]
    pub port: Option<u16>,
    /// Mail: how the line is protected; without, `starttls`.
    #[serde(default)]
    pub security: Option<MailSecurity>,
    /// Mail: from whom it is, `TEP <tep@plant.example>`.
    #[serde(default)]
    pub from: Option<String>,
    /// Mail: the account at the server.
    #[serde(default)]
    pub username: Option<String>,
    /// Mail: its password.
    #[serde(default)]
    pub password: Option<Secret>,
    /// Mail: a file with the password instead.
    #[serde(default)]
    pub password_file: Option<PathBuf>,
}

/// What speaks at the other end, as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChannelKindConfig {
    /// An HTTP endpoint of one's own.
    Webhook,
    /// A mail server.
    Email,
    /// The Events API v2 of PagerDuty.
    PagerDuty,
}

/// How the line to a mail server is protected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MailSecurity {
    /// Begins in the clear and must turn to TLS before anything is said.
    #[default]
    StartTls,
    /// TLS from the first byte.
    Tls,
    /// In the clear; only to an address of this machine.
    None,
}

/// Where events of PagerDuty go when nothing else is said.
const PAGERDUTY_URL: &str = "https://events.pagerduty.com/v2/enqueue";

fn summary() -> NoticeData {
    NoticeData::Summary
}

fn per_minute() -> u32 {
    30
}

fn timeout_seconds() -> u64 {
    10
}

fn give_up_seconds() -> u64 {
    3_600
}

impl From<ChannelKindConfig> for ChannelKind {
    fn from(kind: ChannelKindConfig) -> Self {
        match kind {
            ChannelKindConfig::Webhook => Self::Webhook,
            ChannelKindConfig::Email => Self::Email,
            ChannelKindConfig::PagerDuty => Self::PagerDuty,
        }
    }
}

/// A key of a channel with what is wrong with it.
pub(super) type Problem = (&'static str, String);

impl ChannelConfig {
    /// Where webhooks and events go.
    pub fn url(&self) -> &str {
        self.url.as_deref().unwrap_or(PAGERDUTY_URL)
    }

    /// How the line to the mail server is protected.
    pub fn security(&self) -> MailSecurity {
        self.security.unwrap_or_default()
    }

    /// The port of the mail server.
    pub fn port(&self) -> u16 {
        self.port.unwrap_or(match self.security() {
            MailSecurity::StartTls => 587,
            MailSecurity::Tls => 465,
            MailSecurity::None => 25,
        })
    }

    /// Where it goes, for people; without secrets, so of a URL only the host and port.
    pub fn place(&self) -> String {
        match self.kind {
            ChannelKindConfig::Email => format!("{}:{}", self.host.as_deref().unwrap_or_default(), self.port()),
            _ => Url::parse(self.url()).map_or_else(|_| String::new(), |url| origin(&url)),
        }
    }

    /// Its secret, from the configuration or from its file; `None` when it has none.
    ///
    /// # Errors
    /// When the file cannot be read or is empty; names the key, and in words the file.
    pub fn read_secret(&self) -> Result<Option<Secret>, (&'static str, String)> {
        let (key, here, file) = match self.kind {
            ChannelKindConfig::Webhook => ("secret_file", &self.secret, &self.secret_file),
            ChannelKindConfig::Email => ("password_file", &self.password, &self.password_file),
            ChannelKindConfig::PagerDuty => ("routing_key_file", &self.routing_key, &self.routing_key_file),
        };
        match (here, file) {
            (Some(_), Some(_)) => Err((key, "set this or the secret itself, not both".into())),
            (Some(secret), None) => Ok(Some(secret.clone())),
            (None, Some(file)) => read(file).map(Some).map_err(|problem| (key, problem)),
            (None, None) => Ok(None),
        }
    }

    /// Refuses what makes no sense for its kind.
    pub(super) fn check(&self) -> Result<(), Problem> {
        self.check_strangers()?;
        for (key, value, most) in [
            ("per_minute", u64::from(self.per_minute), 6_000),
            ("timeout_seconds", self.timeout_seconds, 120),
            ("give_up_seconds", self.give_up_seconds, 7 * 86_400),
        ] {
            if !(1..=most).contains(&value) {
                return Err((key, format!("{value} is outside 1…{most}")));
            }
        }
        if self.tells.as_ref().is_some_and(|kinds| kinds.contains(&NoticeKind::Test)) {
            return Err(("tells", "`test` is always carried and is not named here".into()));
        }
        if self.tells.as_ref().is_some_and(|kinds| !kinds.iter().any(|kind| kind.calls())) {
            return Err(("tells", "names none of raised, again and escalated, so nobody would ever be called".into()));
        }
        match self.kind {
            ChannelKindConfig::Email => self.check_mail(),
            ChannelKindConfig::Webhook => self.check_url(self.url.as_deref()),
            ChannelKindConfig::PagerDuty => {
                if self.read_secret()?.is_none() {
                    return Err(("routing_key_file", "must be set (or routing_key)".into()));
                }
                self.check_url(Some(self.url()))
            }
        }?;
        self.read_secret().map(drop)
    }

    /// A key that belongs to another kind has no effect, and somebody believes that it has.
    fn check_strangers(&self) -> Result<(), Problem> {
        use ChannelKindConfig::{Email, PagerDuty, Webhook};
        let keys: [(&str, bool, &[ChannelKindConfig]); 12] = [
            ("url", self.url.is_some(), &[Webhook, PagerDuty]),
            ("secret", self.secret.is_some(), &[Webhook]),
            ("secret_file", self.secret_file.is_some(), &[Webhook]),
            ("routing_key", self.routing_key.is_some(), &[PagerDuty]),
            ("routing_key_file", self.routing_key_file.is_some(), &[PagerDuty]),
            ("host", self.host.is_some(), &[Email]),
            ("port", self.port.is_some(), &[Email]),
            ("security", self.security.is_some(), &[Email]),
            ("from", self.from.is_some(), &[Email]),
            ("username", self.username.is_some(), &[Email]),
            ("password", self.password.is_some(), &[Email]),
            ("password_file", self.password_file.is_some(), &[Email]),
        ];
        match keys.iter().find(|(_, set, kinds)| *set && !kinds.contains(&self.kind)) {
            Some((key, ..)) => {
                Err((key, format!("is no key of a channel of kind {}", ChannelKind::from(self.kind).word())))
            }
            None => Ok(()),
        }
    }

    fn check_url(&self, url: Option<&str>) -> Result<(), Problem> {
        let url = url.ok_or_else(|| ("url", "must be set".to_owned()))?;
        let parsed = Url::parse(url).map_err(|error| ("url", format!("`{url}` is not a URL: {error}")))?;
        if !matches!(parsed.scheme(), "http" | "https") || !parsed.has_host() {
            return Err(("url", format!("`{url}` is neither http:// nor https:// with a host")));
        }
        if !parsed.username().is_empty() || parsed.password().is_some() {
            return Err(("url", "carries a user or a password; notices are signed with `secret` instead".into()));
        }
        let secret = self.kind == ChannelKindConfig::PagerDuty;
        if secret && parsed.scheme() == "http" && !is_loopback(&parsed) {
            return Err(("url", format!("`{url}` would carry the routing key in the clear; use https://")));
        }
        Ok(())
    }

    fn check_mail(&self) -> Result<(), Problem> {
        let host = self.host.as_deref().unwrap_or_default();
        if Host::parse(host).is_err() {
            return Err(("host", format!("`{host}` is no name or address of a host")));
        }
        if self.port == Some(0) {
            return Err(("port", "0 is no port".into()));
        }
        let from = self.from.as_deref().unwrap_or_default();
        if !is_mailbox(from) {
            return Err(("from", format!("`{from}` is no mail address")));
        }
        let local = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
        if self.security() == MailSecurity::None && !local {
            return Err(("security", format!("`none` is for a server on this machine, and `{host}` is not")));
        }
        match (&self.username, self.read_secret()?) {
            (Some(_), None) => Err(("password_file", "must be set (or password), since username is".into())),
            (None, Some(_)) => Err(("username", "must be set, since there is a password".into())),
            _ => Ok(()),
        }
    }
}

/// Whether mail can be sent to this, or from it.
pub(super) fn is_mailbox(text: &str) -> bool {
    let address = match text.trim().split_once('<') {
        Some((_, rest)) => rest.strip_suffix('>').unwrap_or_default(),
        None => text.trim(),
    };
    let plain =
        !text.chars().any(|c| c.is_control()) && !address.chars().any(|c| c.is_whitespace() || "<>,;\"".contains(c));
    let parts = address.rsplit_once('@');
    plain
        && parts.is_some_and(|(local, domain)| !local.is_empty() && Host::parse(domain).is_ok() && !local.contains('@'))
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

fn origin(url: &Url) -> String {
    match (url.host_str(), url.port_or_known_default()) {
        (Some(host), Some(port)) => format!("{host}:{port}"),
        _ => String::new(),
    }
}

fn read(file: &Path) -> Result<Secret, String> {
    let text = std::fs::read_to_string(file).map_err(|error| format!("{} cannot be read: {error}", file.display()))?;
    match text.trim() {
        "" => Err(format!("{} is empty", file.display())),
        secret => Ok(Secret::from(secret.to_owned())),
    }
}
