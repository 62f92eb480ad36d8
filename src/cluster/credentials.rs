//! What proves to the others who this node is, and what their proofs are held against.
//!
//! Both sides present a certificate. That it was signed by the authority of the cluster is checked in the TLS handshake; that
//! it bears the name of the node that presents it is checked as soon as the node has told its name (`hello`), since an address
//! alone does not say who is to be expected there.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::{ClientHello, ParsedCertificate, ResolvesServerCert, WebPkiClientVerifier};
use rustls::sign::CertifiedKey;
use rustls::version::TLS13;
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, ServerConfig, SignatureScheme};
use thiserror::Error;
use tokio_rustls::{TlsAcceptor, TlsConnector};

use crate::domain::NodeName;

/// Where the proofs of a node are kept, all PEM.
#[derive(Clone, Debug)]
pub struct CredentialFiles {
    /// The certificate of this node with its chain.
    pub certificate: PathBuf,
    /// Its private key.
    pub private_key: PathBuf,
    /// Who has signed the certificates of all nodes.
    pub authority: PathBuf,
}

/// Why nodes could not prove each other who they are.
#[derive(Debug, Error)]
pub enum CredentialsError {
    /// A file cannot be read, or holds nothing of the kind.
    #[error("configuration key `{key}`: {}: {problem}", file.display())]
    File {
        /// The key, with dots.
        key: &'static str,
        /// The file that it names.
        file: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// The name cannot stand in a certificate.
    #[error("configuration key `cluster.node`: `{0}` cannot stand in a certificate; use letters, digits, - and .")]
    Name(NodeName),
    /// The certificate is for somebody else.
    #[error(
        "configuration key `cluster.certificate`: {} is not for this node: it does not bear the name `{node}` among its \
         subject alternative names (DNS)",
        file.display()
    )]
    OtherName {
        /// The file.
        file: PathBuf,
        /// This node.
        node: NodeName,
    },
}

/// Ready to speak to other nodes. Cheap to clone.
#[derive(Clone)]
pub struct Credentials {
    server: Arc<ServerConfig>,
    client: Arc<ClientConfig>,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials")
    }
}

impl Credentials {
    /// Reads the files, and checks what can be checked alone: that they belong together, that the certificate is for this
    /// node, and that the authority has signed it and it is valid today.
    ///
    /// # Errors
    /// Names the configuration key and the file.
    pub fn read(files: &CredentialFiles, node: &NodeName) -> Result<Self, CredentialsError> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let chain = certificates("cluster.certificate", &files.certificate)?;
        let authorities = certificates("cluster.authority", &files.authority)?;
        let key = PrivateKeyDer::from_pem_file(&files.private_key)
            .map_err(|e| wrong("cluster.private_key", &files.private_key, format!("no private key in PEM: {e}")))?;
        let mut roots = RootCertStore::empty();
        for authority in authorities {
            roots.add(authority).map_err(|e| wrong("cluster.authority", &files.authority, e.to_string()))?;
        }
        let roots = Arc::new(roots);
        let verifier = Arc::new(OfTheAuthority { roots: Arc::clone(&roots), provider: Arc::clone(&provider) });
        check_own(&verifier, &chain, files, node)?;

        let pair = |e: rustls::Error| {
            wrong("cluster.private_key", &files.private_key, format!("does not belong to the certificate: {e}"))
        };
        let authority = |e: &dyn fmt::Display| wrong("cluster.authority", &files.authority, e.to_string());
        let clients = WebPkiClientVerifier::builder_with_provider(roots, Arc::clone(&provider))
            .build()
            .map_err(|e| authority(&e))?;
        let server = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(&[&TLS13])
            .map_err(|e| authority(&e))?
            .with_client_cert_verifier(clients)
            .with_single_cert(chain.clone(), key.clone_key())
            .map_err(pair)?;
        let client = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&TLS13])
            .map_err(|e| authority(&e))?
            .dangerous()
            .with_custom_certificate_verifier(verifier)
            .with_client_auth_cert(chain, key)
            .map_err(pair)?;
        Ok(Self { server: Arc::new(server), client: Arc::new(client) })
    }

    /// For those who call.
    pub(super) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(Arc::clone(&self.server))
    }

    /// For those who are called.
    pub(super) fn connector(&self) -> TlsConnector {
        TlsConnector::from(Arc::clone(&self.client))
    }
}

/// The name that is sent in the open while connecting. Whom we expect is not known yet, so it says nothing.
pub(super) fn unnamed() -> ServerName<'static> {
    ServerName::try_from("node.tep.invalid").expect("a plain name")
}

/// An acceptor that has nothing to show: every handshake fails. `ractor_cluster` insists on a listener of its own.
pub(super) fn nobody_home() -> TlsAcceptor {
    #[derive(Debug)]
    struct Nothing;
    impl ResolvesServerCert for Nothing {
        fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
            None
        }
    }
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(&[&TLS13])
        .expect("the library speaks TLS 1.3")
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(Nothing));
    TlsAcceptor::from(Arc::new(config))
}

/// Whether a certificate can bear this name.
pub(super) fn can_be_certified(node: &NodeName) -> bool {
    ServerName::try_from(node.as_str()).is_ok()
}

/// Whether a certificate is for the node that presents it.
pub(super) fn bears_name(certificate: &CertificateDer<'_>, node: &NodeName) -> bool {
    let Ok(name) = ServerName::try_from(node.as_str()) else { return false };
    ParsedCertificate::try_from(certificate).is_ok_and(|parsed| verify_server_name(&parsed, &name).is_ok())
}

fn wrong(key: &'static str, file: &Path, problem: String) -> CredentialsError {
    CredentialsError::File { key, file: file.to_owned(), problem }
}

fn certificates(key: &'static str, file: &Path) -> Result<Vec<CertificateDer<'static>>, CredentialsError> {
    let read = CertificateDer::pem_file_iter(file).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    match read {
        Ok(found) if found.is_empty() => Err(wrong(key, file, "no certificate in PEM".into())),
        Ok(found) => Ok(found),
        Err(e) => Err(wrong(key, file, format!("no certificate in PEM: {e}"))),
    }
}

fn check_own(
    verifier: &OfTheAuthority,
    chain: &[CertificateDer<'static>],
    files: &CredentialFiles,
    node: &NodeName,
) -> Result<(), CredentialsError> {
    if !can_be_certified(node) {
        return Err(CredentialsError::Name(node.clone()));
    }
    let Some((own, between)) = chain.split_first() else {
        return Err(wrong("cluster.certificate", &files.certificate, "no certificate in PEM".into()));
    };
    verifier
        .signed(own, between, UnixTime::now())
        .map_err(|e| wrong("cluster.certificate", &files.certificate, format!("the others would refuse it: {e}")))?;
    if !bears_name(own, node) {
        return Err(CredentialsError::OtherName { file: files.certificate.clone(), node: node.clone() });
    }
    Ok(())
}

/// Believes every certificate that the authority of the cluster has signed; its name is looked at later.
#[derive(Debug)]
struct OfTheAuthority {
    roots: Arc<RootCertStore>,
    provider: Arc<CryptoProvider>,
}

impl OfTheAuthority {
    fn signed(
        &self,
        certificate: &CertificateDer<'_>,
        between: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<(), rustls::Error> {
        let parsed = ParsedCertificate::try_from(certificate)?;
        let algorithms = self.provider.signature_verification_algorithms.all;
        verify_server_cert_signed_by_trust_anchor(&parsed, &self.roots, between, now, algorithms)
    }
}

impl ServerCertVerifier for OfTheAuthority {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        between: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        self.signed(certificate, between, now).map(|()| ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
