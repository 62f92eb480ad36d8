//! How a line comes about: connect or accept, TLS, introductions, verdicts.

use std::io;
use std::time::Duration;

use ractor::RpcReplyPort;
use ractor::rpc::CallResult;
use rustls::pki_types::CertificateDer;
use thiserror::Error;
use tokio::net::TcpStream;
use tokio::time::timeout;
use uuid::Uuid;

use super::credentials::{Credentials, bears_name, unnamed};
use super::hello::{Hello, Introduction, Refusal, Refuser, Side, hear, judge, say};
use super::line::Wire;
use super::link::Msg;
use super::wire;
use crate::actors::mailbox::Mailbox;
use crate::config::Secret;

/// How long two nodes may take until they know what they think of each other.
const PATIENCE: Duration = Duration::from_secs(3);

/// What this node brings to every meeting.
#[derive(Clone, Debug)]
pub(super) struct Host {
    pub credentials: Credentials,
    pub cookie: Secret,
    pub me: Introduction,
    pub link: Mailbox<Msg>,
}

/// Two nodes that go together, and the wire between them.
pub(super) struct Met {
    pub peer: Introduction,
    pub version: wire::Version,
    pub side: Side,
    pub wire: Wire,
}

/// A peer that has proved who it is asks to be linked.
pub(super) struct MayJoin {
    /// Which meeting this is about, and on which side this node is in it.
    pub meeting: Uuid,
    pub side: Side,
    pub peer: Introduction,
    pub reply: RpcReplyPort<Result<(), Refusal>>,
}

/// Why a meeting came to nothing.
#[derive(Debug, Error)]
pub(super) enum Missed {
    #[error("cannot be reached: {0}")]
    Unreachable(#[source] io::Error),
    #[error("no TLS session: {0}")]
    Tls(#[source] io::Error),
    #[error("broke off the introduction: {0}")]
    BrokeOff(#[source] io::Error),
    #[error("does not answer in time")]
    Late,
    #[error("{who} refused: {advice}")]
    Refused { refusal: Refusal, peer: Box<Introduction>, who: Refuser, advice: String },
}

impl Missed {
    /// In one word.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Unreachable(_) => "unreachable",
            Self::Tls(_) => "tls",
            Self::BrokeOff(_) => "broke_off",
            Self::Late => "late",
            Self::Refused { refusal, .. } => refusal.as_str(),
        }
    }
}

impl Host {
    /// Calls an address.
    pub async fn call(&self, meeting: Uuid, address: &str) -> Result<Met, Missed> {
        timed(async {
            let stream = TcpStream::connect(address).await.map_err(Missed::Unreachable)?;
            stream.set_nodelay(true).map_err(Missed::Unreachable)?;
            let tls = self.credentials.connector().connect(unnamed(), stream).await.map_err(Missed::Tls)?;
            let (_, session) = tls.get_ref();
            let (ours, theirs) = (export(session, Side::Caller)?, export(session, Side::Called)?);
            self.introduce(meeting, Wire::Client(tls), Side::Caller, (&ours, &theirs)).await
        })
        .await
    }

    /// Takes up a call.
    pub async fn answer(&self, meeting: Uuid, stream: TcpStream) -> Result<Met, Missed> {
        timed(async {
            stream.set_nodelay(true).map_err(Missed::Unreachable)?;
            let tls = self.credentials.acceptor().accept(stream).await.map_err(Missed::Tls)?;
            let (_, session) = tls.get_ref();
            let (ours, theirs) = (export(session, Side::Called)?, export(session, Side::Caller)?);
            self.introduce(meeting, Wire::Server(tls), Side::Called, (&ours, &theirs)).await
        })
        .await
    }

    async fn introduce(
        &self,
        meeting: Uuid,
        mut wire: Wire,
        side: Side,
        (ours, theirs): (&[u8; 32], &[u8; 32]),
    ) -> Result<Met, Missed> {
        say(&mut wire, &Hello::new(&self.me, &self.cookie, ours, side)).await.map_err(Missed::BrokeOff)?;
        let hello: Hello = hear(&mut wire).await.map_err(Missed::BrokeOff)?;
        let verdict = self.judge(meeting, &hello, certificate(&wire), theirs, side).await;
        let word: Result<(), Refusal> = verdict.map(|_| ());
        say(&mut wire, &word).await.map_err(Missed::BrokeOff)?;
        let their_word: Result<(), Refusal> = hear(&mut wire).await.map_err(Missed::BrokeOff)?;
        let peer = hello.who;
        match (verdict, their_word) {
            (Ok(version), Ok(())) => Ok(Met { peer, version, side, wire }),
            (Err(refusal), _) => Err(self.refused(refusal, peer, Refuser::ThisNode)),
            (_, Err(refusal)) => Err(self.refused(refusal, peer, Refuser::OtherNode)),
        }
    }

    async fn judge(
        &self,
        meeting: Uuid,
        hello: &Hello,
        certificate: Option<&CertificateDer<'static>>,
        exported: &[u8; 32],
        side: Side,
    ) -> Result<wire::Version, Refusal> {
        if !certificate.is_some_and(|certificate| bears_name(certificate, &hello.who.node)) {
            return Err(Refusal::Certificate);
        }
        if !hello.proves(&self.cookie, exported, side.other()) {
            return Err(Refusal::Cookie);
        }
        let version = judge(&self.me, &hello.who)?;
        let ask = |reply| Msg::MayJoin(Box::new(MayJoin { meeting, side, peer: hello.who.clone(), reply }));
        match self.link.call(ask, Some(PATIENCE)).await {
            Ok(CallResult::Success(answer)) => answer.map(|()| version),
            // The link is being restarted and forgets all lines; the next try will find it.
            _ => Err(Refusal::Linked),
        }
    }

    fn refused(&self, refusal: Refusal, peer: Introduction, who: Refuser) -> Missed {
        let advice = refusal.advice(who, &self.me, &peer);
        Missed::Refused { refusal, peer: Box::new(peer), who, advice }
    }
}

async fn timed(meeting: impl Future<Output = Result<Met, Missed>>) -> Result<Met, Missed> {
    timeout(PATIENCE, meeting).await.unwrap_or(Err(Missed::Late))
}

/// Bytes that only the two ends of this TLS session know.
fn export<D>(session: &rustls::ConnectionCommon<D>, side: Side) -> Result<[u8; 32], Missed> {
    let context: &[u8] = match side {
        Side::Caller => b"caller",
        Side::Called => b"called",
    };
    session
        .export_keying_material([0; 32], b"EXPORTER-tep-cluster-cookie", Some(context))
        .map_err(|e| Missed::Tls(io::Error::other(e)))
}

fn certificate(wire: &Wire) -> Option<&CertificateDer<'static>> {
    wire.get_ref().1.peer_certificates()?.first()
}
