//! The signed token of a session, and the key that signs it.
//!
//! A token says whose it is and until when; whether its session still stands, only the accounts know.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use rand::TryRngCore;
use rand::rngs::OsRng;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use thiserror::Error;
use tracing::warn;
use uuid::Uuid;

use super::accounts::{Session, SessionId, UserId};
use super::role::Role;
use super::setup_token::SetupToken;
use crate::domain::WallTime;

/// For whom tokens are meant; a token of another product with the same key would be refused.
const AUDIENCE: &str = "tep";

/// Bytes of the key.
const KEY_BYTES: usize = 32;

/// Why the key of the tokens is not usable.
#[derive(Debug, Error)]
pub enum KeyError {
    /// The file cannot be read or written.
    #[error("the session key {path} cannot be {verb}")]
    File {
        /// Which file.
        path: PathBuf,
        /// What was tried.
        verb: &'static str,
        /// Why it failed.
        #[source]
        source: io::Error,
    },
    /// The file holds something else.
    #[error(
        "the session key {path} holds {bytes} bytes and not {KEY_BYTES}; delete it for a new one (everybody signs in again)"
    )]
    Length {
        /// Which file.
        path: PathBuf,
        /// How long it is.
        bytes: usize,
    },
    /// The system gives no random numbers.
    #[error("the system gives no random numbers for a session key: {0}")]
    Random(String),
}

/// Signs tokens and recognises its own signature. Losing it signs everybody out; leaking it lets anybody in, as far as
/// they know an open session.
#[derive(Clone)]
pub struct SessionKey {
    signs: EncodingKey,
    checks: DecodingKey,
    /// The set-up token of all who derive the same key; `None` where each start has one of its own.
    setup_token: Option<SetupToken>,
}

impl SessionKey {
    /// A key that lives as long as the process.
    ///
    /// # Errors
    /// When the system gives no random numbers.
    pub fn ephemeral() -> Result<Self, KeyError> {
        random_bytes().map(|bytes| Self::from_bytes(&bytes))
    }

    /// The key of this data directory, `keys/session.key`; made at the first start, for its owner's eyes only.
    ///
    /// # Errors
    /// When it can be neither read nor made, or holds something else; the error names the file.
    pub fn open(data_dir: &Path) -> Result<Self, KeyError> {
        let path = data_dir.join("keys").join("session.key");
        if !path.exists() {
            create(&path)?;
        }
        let failed = |source| KeyError::File { path: path.clone(), verb: "read", source };
        let mode = fs::metadata(&path).map_err(failed)?.permissions().mode();
        if mode & 0o077 != 0 {
            warn!(path = %path.display(), "others than its owner may read the session key {}; set its mode to 600", path.display());
        }
        let bytes = fs::read(&path).map_err(failed)?;
        if bytes.len() != KEY_BYTES {
            return Err(KeyError::Length { path, bytes: bytes.len() });
        }
        Ok(Self::from_bytes(&bytes))
    }

    /// The key that follows from a secret and a salt, the same wherever both are known: HMAC-SHA-256 (RFC 2104) of the salt
    /// under the secret.
    ///
    /// With it goes a set-up token, the same for all, since whichever of them starts last must not void what another has
    /// printed.
    pub fn derived(secret: &str, salt: &str) -> Self {
        let bytes = |what: &str| hmac_sha256(secret.as_bytes(), format!("tep {what} {salt}").as_bytes());
        let setup_token = Some(SetupToken::of(bytes("set-up token")));
        Self { setup_token, ..Self::from_bytes(&bytes("session key")) }
    }

    /// The set-up token that goes with the key, or a fresh one.
    pub(super) fn setup_token(&self) -> SetupToken {
        self.setup_token.clone().unwrap_or_else(SetupToken::generate)
    }

    fn from_bytes(bytes: &[u8]) -> Self {
        Self { signs: EncodingKey::from_secret(bytes), checks: DecodingKey::from_secret(bytes), setup_token: None }
    }
}

fn hmac_sha256(secret: &[u8], message: &[u8]) -> [u8; KEY_BYTES] {
    /// Of one block of SHA-256.
    const BLOCK_BYTES: usize = 64;
    let mut key = [0; BLOCK_BYTES];
    if secret.len() > BLOCK_BYTES {
        key[..KEY_BYTES].copy_from_slice(&Sha256::digest(secret));
    } else {
        key[..secret.len()].copy_from_slice(secret);
    }
    let padded = |pad: u8| key.map(|byte| byte ^ pad);
    let inner = Sha256::new().chain_update(padded(0x36)).chain_update(message).finalize();
    Sha256::new().chain_update(padded(0x5c)).chain_update(inner).finalize().into()
}

/// Written beside its place and linked to it, so that two processes that start together end up with one key, and a crash
/// leaves none or a whole one.
fn create(path: &Path) -> Result<(), KeyError> {
    let failed = |source| KeyError::File { path: path.to_owned(), verb: "made", source };
    let directory = path.parent().unwrap_or(Path::new("."));
    DirBuilder::new().recursive(true).mode(0o700).create(directory).map_err(failed)?;
    let draft = path.with_extension(format!("{}.draft", Uuid::from_bytes(rand::random()).simple()));
    let written = write_private(&draft, &random_bytes()?).and_then(|()| match fs::hard_link(&draft, path) {
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        linked => linked,
    });
    let removed = fs::remove_file(&draft);
    written.and(removed).map_err(failed)
}

fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn random_bytes() -> Result<[u8; KEY_BYTES], KeyError> {
    let mut bytes = [0; KEY_BYTES];
    OsRng.try_fill_bytes(&mut bytes).map_err(|e| KeyError::Random(e.to_string()))?;
    Ok(bytes)
}

/// What a token says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Claims {
    /// Whose it is.
    pub sub: UserId,
    /// The role at sign-in; a token of another role than the account's is refused.
    pub role: Role,
    /// Which session.
    pub sid: SessionId,
    /// When it was issued, seconds since 1970.
    pub iat: i64,
    /// When it ends, seconds since 1970.
    pub exp: i64,
    /// For whom it is meant.
    pub aud: String,
}

impl SessionKey {
    /// The signed token of a session.
    pub(super) fn sign(&self, session: &Session, role: Role) -> Result<String, jsonwebtoken::errors::Error> {
        let claims = Claims {
            sub: session.user,
            role,
            sid: session.id,
            iat: seconds(session.created_at),
            exp: seconds(session.expires_at),
            aud: AUDIENCE.to_owned(),
        };
        encode(&Header::new(Algorithm::HS256), &claims, &self.signs)
    }

    /// What a token says, if we signed it, for us, and it has not ended.
    pub(super) fn read(&self, token: &str, now: WallTime) -> Option<Claims> {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_audience(&[AUDIENCE]);
        validation.set_required_spec_claims(&["exp", "aud", "sub"]);
        // The library would ask the system's clock; ours can be moved in tests and not be set back by an administrator.
        validation.validate_exp = false;
        let claims: Claims = decode(token, &self.checks, &validation).ok()?.claims;
        (seconds(now) < claims.exp).then_some(claims)
    }
}

fn seconds(at: WallTime) -> i64 {
    at.as_micros().div_euclid(1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_of_a_directory_is_made_once_and_for_its_owner() {
        let directory = tempfile::tempdir().unwrap();
        SessionKey::open(directory.path()).unwrap();
        let path = directory.path().join("keys/session.key");
        let bytes = fs::read(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        SessionKey::open(directory.path()).unwrap();
        assert_eq!(fs::read(&path).unwrap(), bytes);
        assert_eq!(fs::read_dir(directory.path().join("keys")).unwrap().count(), 1, "the draft is gone");
    }

    #[test]
    fn a_damaged_key_is_named_and_not_replaced() {
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir(directory.path().join("keys")).unwrap();
        fs::write(directory.path().join("keys/session.key"), b"short").unwrap();
        let error = SessionKey::open(directory.path()).map(|_| ()).unwrap_err().to_string();
        assert!(error.contains("session.key holds 5 bytes and not 32"), "{error}");
    }

    #[test]
    fn a_directory_that_cannot_be_written_is_named() {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("keys"), b"a file where the directory should be").unwrap();
        let error = SessionKey::open(directory.path()).map(|_| ()).unwrap_err().to_string();
        assert!(error.contains("keys/session.key cannot be made"), "{error}");
    }
}
