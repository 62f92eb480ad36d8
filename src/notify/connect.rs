//! The one door to the outside: looks a host up, asks whether something may go there, and connects to what was asked about.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::{Channel, Undelivered};
use crate::domain::{Destination, Reach};

/// The question whether something may leave; a refusal says why.
type Rule = dyn Fn(&Destination) -> Result<(), String> + Send + Sync;

/// Whether something may leave. Cheap to clone.
#[derive(Clone)]
pub struct Egress(Arc<Rule>);

impl fmt::Debug for Egress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Egress")
    }
}

impl Egress {
    /// Asks this rule.
    pub fn by(rule: impl Fn(&Destination) -> Result<(), String> + Send + Sync + 'static) -> Self {
        Self(Arc::new(rule))
    }

    pub(super) fn ask(&self, to: &Destination) -> Result<(), String> {
        (self.0)(to)
    }
}

/// How far away an address is.
pub fn reach_of(address: IpAddr) -> Reach {
    let address = match address {
        IpAddr::V6(v6) => v6.to_ipv4_mapped().map_or(IpAddr::V6(v6), IpAddr::V4),
        v4 @ IpAddr::V4(_) => v4,
    };
    let private = match address {
        IpAddr::V4(v4) => v4.is_private() || v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_unique_local() || v6.is_unicast_link_local(),
    };
    if address.is_loopback() {
        Reach::Loopback
    } else if private {
        Reach::Private
    } else {
        Reach::Public
    }
}

/// How far away the other end of a line is.
pub(super) fn reach_of_peer(peer: SocketAddr) -> Reach {
    reach_of(peer.ip())
}

/// A line that is open, and what may be said on it.
pub(super) struct Line {
    pub stream: TcpStream,
    /// Whether what was measured may go over it.
    pub values: bool,
}

/// Connects to a host, if the policies let anything go there.
pub(super) async fn connect(channel: &Channel, host: &str, port: u16) -> Result<Line, Undelivered> {
    // A URL writes an address of version 6 in brackets.
    let name = host.trim_start_matches('[').trim_end_matches(']');
    let found = tokio::net::lookup_host((name, port)).await;
    let addresses: Vec<SocketAddr> =
        found.map_err(|error| Undelivered::channel(format!("{name} cannot be looked up: {error}")))?.collect();
    let farthest = addresses.iter().map(|address| reach_of(address.ip())).max();
    let reach = farthest.ok_or_else(|| Undelivered::channel(format!("{name} has no address")))?;
    let values = channel.may_send(&name.to_ascii_lowercase(), reach)?;
    let mut last = None;
    for address in addresses {
        match TcpStream::connect(address).await {
            Ok(stream) => return Ok(Line { stream, values }),
            Err(error) => last = Some(format!("{name} ({address}) cannot be reached: {error}")),
        }
    }
    Err(Undelivered::channel(last.unwrap_or_default()))
}

/// What TLS trusts: the authorities that browsers know, and one of one's own.
pub(super) fn trust(authority: Option<&Path>) -> Result<Arc<ClientConfig>, (&'static str, String)> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    if let Some(path) = authority {
        let wrong = |problem: String| ("authority", format!("{}: {problem}", path.display()));
        let certificates = CertificateDer::pem_file_iter(path).map_err(|error| wrong(error.to_string()))?;
        let mut count = 0;
        for certificate in certificates {
            let certificate = certificate.map_err(|error| wrong(error.to_string()))?;
            roots.add(certificate).map_err(|error| wrong(error.to_string()))?;
            count += 1;
        }
        if count == 0 {
            return Err(wrong("holds no certificate".into()));
        }
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| ("authority", error.to_string()))?;
    Ok(Arc::new(builder.with_root_certificates(roots).with_no_client_auth()))
}

/// Turns an open line to TLS.
pub(super) async fn encrypt(
    stream: TcpStream,
    host: &str,
    trust: &Arc<ClientConfig>,
) -> Result<TlsStream<TcpStream>, Undelivered> {
    let name = host.trim_start_matches('[').trim_end_matches(']');
    let server = ServerName::try_from(name.to_owned())
        .map_err(|error| Undelivered::channel(format!("{name} is no name of a server: {error}")))?;
    let connector = TlsConnector::from(Arc::clone(trust));
    let encrypted = connector.connect(server, stream).await;
    encrypted.map_err(|error| Undelivered::channel(format!("TLS with {name} failed: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_as_far_away_as_its_network_says() {
        for (address, reach) in [
            ("127.0.0.1", Reach::Loopback),
            ("127.8.9.1", Reach::Loopback),
            ("::1", Reach::Loopback),
            ("::ffff:127.0.0.1", Reach::Loopback),
            ("10.1.2.3", Reach::Private),
            ("172.16.0.1", Reach::Private),
            ("172.32.0.1", Reach::Public),
            ("192.168.1.1", Reach::Private),
            ("169.254.1.1", Reach::Private),
            ("::ffff:192.168.1.1", Reach::Private),
            ("fd00::1", Reach::Private),
            ("fe80::1", Reach::Private),
            ("8.8.8.8", Reach::Public),
            ("::ffff:8.8.8.8", Reach::Public),
            ("2001:db8::1", Reach::Public),
            ("0.0.0.0", Reach::Public),
            ("100.64.0.1", Reach::Public),
        ] {
            assert_eq!(reach_of(address.parse().unwrap()), reach, "{address}");
        }
    }
}
