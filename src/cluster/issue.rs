//! Makes an authority and certificates for nodes, for plants whose IT has no authority of its own at hand.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Datelike as _, Days, Months, Utc};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    date_time_ymd,
};
use sha2::{Digest, Sha256};
use thiserror::Error;

use super::credentials::{CredentialFiles, Credentials, CredentialsError, can_be_certified};
use crate::domain::NodeName;

/// An authority lives long: to replace it, every node must be given the new one first.
const AUTHORITY_YEARS: u32 = 20;
/// Certificates are valid a day before they are made, for machines whose clock is behind.
const DAYS_BEFORE: u64 = 1;

/// Why no certificate was made.
#[derive(Debug, Error)]
pub enum IssueError {
    /// A file cannot be written or read.
    #[error("{}: {problem}", file.display())]
    File {
        /// Which.
        file: PathBuf,
        /// Why.
        problem: String,
    },
    /// The name cannot stand in a certificate.
    #[error("`{0}` cannot stand in a certificate; use letters, digits, - and .")]
    Name(NodeName),
    /// The library refuses.
    #[error("no certificate for `{name}` can be made")]
    Refused {
        /// For whom.
        name: String,
        /// Why.
        source: rcgen::Error,
    },
    /// What was made does not go together; the files in the directory are of different authorities.
    #[error("the new certificate is not good: the files in {} are of different authorities", dir.display())]
    Unfit {
        /// The directory.
        dir: PathBuf,
        /// What the check says.
        source: CredentialsError,
    },
}

/// A directory with the files of an authority.
#[derive(Clone, Debug)]
pub struct Authority {
    dir: PathBuf,
    pem: String,
    key: String,
    /// Whether it was made just now.
    pub is_new: bool,
}

impl Authority {
    /// Opens the authority of a directory, or makes one there.
    ///
    /// # Errors
    /// When the directory cannot be written, or holds only one half of an authority.
    pub fn open(dir: &Path, now: DateTime<Utc>) -> Result<Self, IssueError> {
        fs::create_dir_all(dir).map_err(|e| file(dir, &e))?;
        let (pem, key) = (authority_file(dir), dir.join("authority.key"));
        if pem.exists() || key.exists() {
            let read = |path: &Path| fs::read_to_string(path).map_err(|e| file(path, &e));
            return Ok(Self { dir: dir.to_owned(), pem: read(&pem)?, key: read(&key)?, is_new: false });
        }
        let pair = KeyPair::generate().map_err(refused("authority"))?;
        let mut params = authority_params(&pair);
        limit_validity(&mut params, now, AUTHORITY_YEARS * 12);
        let made = params.self_signed(&pair).map_err(refused("authority"))?;
        let authority = Self { dir: dir.to_owned(), pem: made.pem(), key: pair.serialize_pem(), is_new: true };
        write_new(&key, authority.key.as_bytes(), 0o600)?;
        write_new(&pem, authority.pem.as_bytes(), 0o644)?;
        Ok(authority)
    }

    /// Makes key and certificate of a node, `NODE.key` and `NODE.pem` in the directory, and checks that they are good.
    ///
    /// # Errors
    /// When the files exist already, or the node's name cannot stand in a certificate.
    pub fn issue(&self, node: &NodeName, months: u32, now: DateTime<Utc>) -> Result<CredentialFiles, IssueError> {
        let name = node.as_str();
        if !can_be_certified(node) {
            return Err(IssueError::Name(node.clone()));
        }
        let pair = KeyPair::from_pem(&self.key).map_err(|e| file(&self.dir.join("authority.key"), &e))?;
        let issuer = Issuer::new(authority_params(&pair), pair);
        let own = KeyPair::generate().map_err(refused(name))?;
        let mut params = CertificateParams::new(vec![name.to_owned()]).map_err(refused(name))?;
        params.distinguished_name.push(DnType::CommonName, name);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        params.use_authority_key_identifier_extension = true;
        limit_validity(&mut params, now, months);
        let made = params.signed_by(&own, &issuer).map_err(refused(name))?;

        let files = CredentialFiles {
            certificate: self.dir.join(format!("{name}.pem")),
            private_key: self.dir.join(format!("{name}.key")),
            authority: authority_file(&self.dir),
        };
        write_new(&files.private_key, own.serialize_pem().as_bytes(), 0o600)?;
        write_new(&files.certificate, made.pem().as_bytes(), 0o644)?;
        match Credentials::read(&files, node) {
            Ok(_) => Ok(files),
            Err(source) => Err(IssueError::Unfit { dir: self.dir.clone(), source }),
        }
    }
}

fn authority_file(dir: &Path) -> PathBuf {
    dir.join("authority.pem")
}

/// The name follows from the key, so it need not be read back from the certificate to sign with it again.
fn authority_params(pair: &KeyPair) -> CertificateParams {
    let mut params = CertificateParams::default();
    let fingerprint = format!("{:x}", Sha256::digest(pair.public_key_raw()));
    params.distinguished_name.push(DnType::CommonName, format!("TEP cluster authority {}", &fingerprint[..8]));
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

/// Valid from shortly before `now` for some months. The library's type of time is that of a crate that is not ours.
fn limit_validity(params: &mut CertificateParams, now: DateTime<Utc>, months: u32) {
    let from = now.checked_sub_days(Days::new(DAYS_BEFORE)).unwrap_or(now);
    let until = now.checked_add_months(Months::new(months)).unwrap_or(now);
    let day = |at: DateTime<Utc>| date_time_ymd(at.year(), at.month() as u8, at.day() as u8);
    (params.not_before, params.not_after) = (day(from), day(until));
}

fn refused(name: &str) -> impl Fn(rcgen::Error) -> IssueError {
    let name = name.to_owned();
    move |source| IssueError::Refused { name: name.clone(), source }
}

fn file(path: &Path, problem: &dyn std::fmt::Display) -> IssueError {
    IssueError::File { file: path.to_owned(), problem: problem.to_string() }
}

/// Never over another file: a key that is replaced by mistake cuts its node off.
fn write_new(path: &Path, content: &[u8], mode: u32) -> Result<(), IssueError> {
    let written = OpenOptions::new().write(true).create_new(true).mode(mode).open(path).and_then(|mut to| {
        to.write_all(content)?;
        to.sync_all()
    });
    written.map_err(|e| match e.kind() {
        io::ErrorKind::AlreadyExists => file(path, &"is there already; move it away first"),
        _ => file(path, &e),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime<Utc> {
        Utc::now()
    }

    #[test]
    fn an_authority_is_made_once_and_signs_for_more_nodes_later() {
        let dir = tempfile::tempdir().unwrap();
        let first = Authority::open(dir.path(), now()).unwrap();
        first.issue(&"tep-1".into(), 36, now()).unwrap();
        let again = Authority::open(dir.path(), now()).unwrap();
        assert!(first.is_new && !again.is_new);
        again.issue(&"tep-2".into(), 36, now()).unwrap();
    }

    #[test]
    fn a_name_that_cannot_be_certified_leaves_nothing_behind() {
        let dir = tempfile::tempdir().unwrap();
        let authority = Authority::open(dir.path(), now()).unwrap();
        assert!(matches!(authority.issue(&"a b".into(), 36, now()), Err(IssueError::Name(_))));
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2);
    }

    #[test]
    fn a_node_s_files_are_never_overwritten() {
        let dir = tempfile::tempdir().unwrap();
        let authority = Authority::open(dir.path(), now()).unwrap();
        let files = authority.issue(&"tep-1".into(), 36, now()).unwrap();
        let key = fs::read(&files.private_key).unwrap();
        let again = authority.issue(&"tep-1".into(), 36, now()).unwrap_err().to_string();
        assert!(again.contains("tep-1.key") && again.contains("move it away"), "{again}");
        assert_eq!(fs::read(&files.private_key).unwrap(), key);
    }

    #[test]
    fn keys_are_for_their_owner_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let files = Authority::open(dir.path(), now()).unwrap().issue(&"tep-1".into(), 36, now()).unwrap();
        for key in [files.private_key, dir.path().join("authority.key")] {
            assert_eq!(fs::metadata(key).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn files_of_two_authorities_are_found_out() {
        let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        Authority::open(one.path(), now()).unwrap();
        Authority::open(two.path(), now()).unwrap();
        fs::copy(two.path().join("authority.pem"), one.path().join("authority.pem")).unwrap();
        let mixed = Authority::open(one.path(), now()).unwrap().issue(&"tep-1".into(), 36, now());
        assert!(matches!(mixed, Err(IssueError::Unfit { .. })), "{mixed:?}");
    }

    #[test]
    fn a_certificate_that_has_run_out_or_is_for_another_node_is_refused_at_the_start() {
        let dir = tempfile::tempdir().unwrap();
        let authority = Authority::open(dir.path(), now()).unwrap();
        let files = authority.issue(&"tep-1".into(), 36, now()).unwrap();
        let other = Credentials::read(&files, &"tep-2".into()).unwrap_err().to_string();
        assert!(other.contains("tep-1.pem") && other.contains("`tep-2`"), "{other}");
        let long_ago = now().checked_sub_months(Months::new(24)).unwrap();
        let old = authority.issue(&"tep-3".into(), 12, long_ago).unwrap_err();
        let IssueError::Unfit { source, .. } = old else { panic!("{old:?}") };
        assert!(source.to_string().contains("tep-3.pem"), "{source}");
    }

    #[test]
    fn a_key_that_is_not_the_certificate_s_is_refused_at_the_start() {
        let dir = tempfile::tempdir().unwrap();
        let authority = Authority::open(dir.path(), now()).unwrap();
        let mut files = authority.issue(&"tep-1".into(), 36, now()).unwrap();
        files.private_key = authority.issue(&"tep-2".into(), 36, now()).unwrap().private_key;
        let error = Credentials::read(&files, &"tep-1".into()).unwrap_err().to_string();
        assert!(error.contains("cluster.private_key") && error.contains("tep-2.key"), "{error}");
    }
}
